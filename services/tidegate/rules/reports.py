"""What is wrong with rule documents, or only odd: collected, placed, and said so that its author can mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tidegate.errors import Mistake
from tidegate.rules.documents import (
    ClassDocument,
    GrantDocument,
    HubDocument,
    PartnerSettings,
    PartyDocument,
    PublisherSettings,
    RuleDocument,
)
from tidegate.rules.places import Document


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
    """``; did you mean 'x'?`` where something known is near, else nothing."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else ""


def place(loc: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Where in the document pydantic stumbled."""
    return tuple(part for part in loc if part != "function-plain")


def sentence(error: Any) -> str:
    """What pydantic found, in the words of a rule document."""
    name = error["loc"][-1] if error["loc"] else ""
    match error["type"]:
        case "extra_forbidden":
            return f"{name!r} is not known here{nearest(str(name), _known_keys(error['loc']))}"
        case "missing":
            return f"{name!r} is missing"
        case "enum" | "literal_error":
            return f"{error['input']!r} is not one of {error['ctx']['expected']}"
        case "value_error":
            return str(error["ctx"]["error"])
        case _:
            return f"{error['msg'].lower()}: {error['input']!r}"


_MODELS: Mapping[str, Any] = {
    "hub": HubDocument,
    "party": PartyDocument,
    "grant": GrantDocument,
    "class": ClassDocument,
    "publisher": PublisherSettings,
    "partner": PartnerSettings,
}


def _known_keys(loc: tuple[int | str, ...]) -> list[str]:
    """The keys that could have stood where an unknown one stands."""
    tables = [part for part in loc[:-1] if isinstance(part, str)]
    model: Any = _MODELS.get(tables[-1]) if tables else RuleDocument
    return [info.alias or name for name, info in model.model_fields.items()] if model is not None else []
