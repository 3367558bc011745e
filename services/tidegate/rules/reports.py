"""What is wrong with rule documents, or only odd: collected, placed, and said so that its author can mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tidegate.errors import Mistake
from tidegate.rules.documents import PartnerSettings, PublisherSettings
from tidegate.rules.paper_documents import ListItem
from tidegate.rules.places import Document
from tidegate.rules.tables import TABLES


@dataclass(frozen=True, slots=True)
class Note:
    """Something that is not wrong and that its author may not have meant."""

    file: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: note: {self.sentence}"


@dataclass(frozen=True)
class Placed:
    """A part of a document, and where it stands."""

    document: Document
    path: tuple[str | int, ...]

    def mistake(self, sentence: str, *inner: str | int) -> Mistake:
        return self.document.mistake((*self.path, *inner), sentence)

    def note(self, sentence: str, *inner: str | int) -> Note:
        return Note(self.document.name, self.document.line((*self.path, *inner)), sentence)


@dataclass
class Report:
    """All that was found, in the order in which it was."""

    mistakes: list[Mistake] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def sorted_mistakes(self) -> tuple[Mistake, ...]:
        return tuple(sorted(dict.fromkeys(self.mistakes), key=lambda m: (m.file, m.line)))


def nearest(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` where something known is near, whatever its case; else nothing."""
    by_folded = {one.casefold(): one for one in known}
    near = difflib.get_close_matches(word.casefold(), list(by_folded), n=1, cutoff=0.5)
    return f"; did you mean {by_folded[near[0]]!r}?" if near else ""


def place(loc: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Where in the document pydantic stumbled."""
    return tuple(part for part in loc if part not in ("function-plain", "[key]"))


def sentence(error: Any, table: str) -> str:
    """What pydantic found in a table of a rule document, in words for its author."""
    loc = place(error["loc"])
    name = next((part for part in reversed(loc) if isinstance(part, str)), table)
    if error["type"] == "extra_forbidden":
        return f"{name!r} is not known here{nearest(name, _known_keys(loc, table))}"
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    if error["type"] == "string_pattern_mismatch":
        return _FORMS[str(name)]
    said = _SENTENCES.get(error["type"], "{name}: {message}, not {value}")
    expected = error.get("ctx", {}).get("expected", "")
    message = error["msg"].lower()
    return said.format(name=repr(name), value=_shown(error["input"]), expected=expected, message=message)


_SENTENCES = {
    "missing": "{name} is missing",
    "enum": "{value} is not one of {expected}",
    "literal_error": "{value} is not one of {expected}",
    "string_type": "{name} is a text; write it in quotes, not {value}",
    "tuple_type": "{name} is a list; write [...] around it, as in ['a', 'b']",
    "too_short": "{name} is empty; write at least one",
    "string_too_short": "{name} is empty; write at least one letter",
    "dict_type": "{name} is a table, as in {{ key = 'value' }}, not {value}",
    "model_type": "{name} is a table, as in {{ key = 'value' }}, not {value}",
    "int_type": "{name} is a whole number, without quotes, as in 5000, not {value}",
    "bool_type": "{name} is true or false, without quotes, not {value}",
    "bool_parsing": "{name} is true or false, without quotes, not {value}",
}

_FORMS = {
    "document": "a document is named by its digest: 'sha256:' and 64 hexadecimal digits",
    "ports": "a port is named by its UN/LOCODE, two letters and three more letters or digits, as in 'CNYTN'",
}
"""Keys whose texts have a form, and the form in words."""


def _shown(value: object) -> str:
    """A value as its author wrote it."""
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


LONGEST = 60
"""How much of a wrong value a sentence repeats."""

_INNER: Mapping[str, Any] = {"publisher": PublisherSettings, "partner": PartnerSettings, "items": ListItem}


def _known_keys(loc: tuple[int | str, ...], table: str) -> list[str]:
    """The keys that could have stood where an unknown one stands."""
    inside = next((part for part in reversed(loc[:-1]) if isinstance(part, str)), "")
    model: Any = _INNER.get(inside, TABLES[table])
    return [info.alias or name for name, info in model.model_fields.items()]
