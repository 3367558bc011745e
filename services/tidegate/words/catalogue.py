"""Catalogues: messages by id, with named places in braces."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("en", "zh-Hant", "zh-Hans")
"""Language tags of RFC 5646; the script, not the place, says which characters are used."""


@dataclass(frozen=True)
class Catalogue:
    """The messages of one language."""

    language: str
    messages: Mapping[str, str] = field(repr=False)

    def say(self, message: str, **places: object) -> str:
        """A message with its places filled. An id without a message, as of a rule set newer than this program, is said
        as it is: a code is better than nothing, and better than a wrong word."""
        text = self.messages.get(message)
        return text.format(**places) if text is not None else message.rpartition(".")[2]

    def all_of(self, items: Iterable[str]) -> str:
        """Items one after the other, as this language lists them."""
        return self.messages["list.separator"].join(items)

    def clauses(self, items: Iterable[str]) -> str:
        """Items that may have commas of their own, one after the other."""
        return self.messages["list.clauses"].join(items)


@cache
def catalogue(language: str) -> Catalogue:
    """The catalogue of one of ``LANGUAGES``."""
    text = (files("tidegate.words") / "data" / f"{language}.toml").read_text(encoding="utf-8")
    return Catalogue(language, dict(_flat(tomllib.loads(text))))


def _flat(tables: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in tables.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
