"""What is made of the items of a text while it is read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from tidegate.events.findings import Finding, Severity
from tidegate.standards.mapped import Mapped, Paths
from tidegate.standards.reading import Wanted, read_item

T_co = TypeVar("T_co", covariant=True)
RULE = "JSON"


class Making(Protocol[T_co]):
    """What is made of the items of a text."""

    def item(self, index: int, path: str, item: object, beside: Sequence[str] = ()) -> T_co:
        """The item that stands at a path. ``beside`` are paths of what belongs to no item."""
        ...

    def part(self, index: int, path: str, text: bytes) -> T_co | None:
        """The item whose whole text may be ``text``; None where that has to be parsed first."""
        ...

    def whole(self, text: bytes) -> Iterable[T_co] | None:
        """All items of a document; None where it has to be parsed first."""
        ...


class Mapping:
    """Makes mapped items."""

    def __init__(self, standard: Wanted) -> None:
        self._standard = standard

    def item(self, index: int, path: str, item: object, beside: Sequence[str] = ()) -> Mapped:
        return read_item(index, path, item, self._standard, beside)

    def part(self, index: int, path: str, text: bytes) -> None:
        return None

    def whole(self, text: bytes) -> None:
        return None


def unread(index: int, path: str, sentence: str) -> Mapped:
    """An item that could not be read."""
    finding = Finding(RULE, Severity.ERROR, path, sentence)
    return Mapped(index, None, None, None, None, None, "", Paths(path, {}), (finding,))
