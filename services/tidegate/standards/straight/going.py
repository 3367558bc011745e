"""Which items go the straight way, and what they are then."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from tidegate.errors import BadInput
from tidegate.events.builtin import EVENT_SCHEMA, builtin
from tidegate.events.findings import Finding, Severity
from tidegate.standards import json_text, recognition
from tidegate.standards.dcsa import left_over
from tidegate.standards.draft import RULE
from tidegate.standards.mapped import Mapped
from tidegate.standards.reading import READ, Wanted, check_wanted, places, read_item
from tidegate.standards.recognition import RETRACTED
from tidegate.standards.straight import canonical, dcsa22, dcsa30
from tidegate.standards.straight.source import Way
from tidegate.standards.straight.values import UNFIT
from tidegate.standards.streaming import read_items

_WAYS: dict[str, Callable[..., Way]] = {
    "dcsa-2.2": dcsa22.way_of,
    "dcsa-3.0": dcsa30.way_of,
    "canonical": canonical.way_of,
}
MAX_KNOWN = 4_096
"""For how many lists of names the way is remembered: more than any sender's programs make."""
MAX_NAMES = 1_024
"""How long the names of one list may be together; longer ones are nobody's events."""


@dataclass(slots=True, eq=False)
class Straight:
    """An event that went straight: there was nothing to say of how it was mapped, or only of what is left over."""

    index: int
    """Place in the document, from 0."""
    path: str
    """The JSONPath of the item."""
    item: dict[str, Any]
    value: bytes
    """The canonical event as Avro, without framing."""
    event_id: str
    key: str
    """The record key."""
    members: int
    """How many members the objects of the item have together."""
    left: Sequence[str]
    """The paths in the item of what is kept under extensions, because another value fills its field."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What there is to say of how it was mapped."""
        return tuple([Finding(RULE, Severity.INFO, self.path + rel, left_over(rel)) for rel in self.left])

    def mapped(self, standard: Wanted) -> Mapped:
        """The same item, mapped: for the paths of what is found in it."""
        return read_item(self.index, self.path, self.item, standard)


def read_straight(chunks: Iterable[bytes], standard: Wanted = "auto") -> Iterator[Straight | Mapped]:
    """As ``read_text``: every item of the text in ``chunks``, gone straight where it could."""
    check_wanted(standard)
    return read_items(chunks, Going(standard))


class Going:
    """Lets items go straight where they can, and maps the others. Ways are remembered by the names of an item."""

    def __init__(self, standard: Wanted) -> None:
        self._standard = standard
        self._known: dict[tuple[str, ...], Way | None] = {}

    def item(self, index: int, path: str, item: object, beside: Sequence[str] = ()) -> Straight | Mapped:
        """An item of a document that was parsed by ``json_text.parse``."""
        return read_item(index, path, item, self._standard, beside)

    def part(self, index: int, path: str, text: bytes) -> Straight | None:
        """The item whose text is ``text``, gone straight."""
        parsed = json_text.loosely(text)
        made = self.straight(index, path, parsed[0]) if parsed else None
        return made if made is not None and json_text.proven(text, made.members) else None

    def whole(self, text: bytes) -> Iterator[Straight | Mapped] | None:
        """All items of a document of which some went straight. The others are mapped from the proven document."""
        parsed = json_text.loosely(text)
        if parsed is None:
            return None
        made = [None if beside else self.straight(at, path, item) for at, path, item, beside in places(parsed[0])]
        gone = [one for one in made if one is not None]
        if len(gone) == len(made):
            told = {id(one.item): one.members for one in gone}
            return iter(gone) if json_text.proven(text, json_text.count_members(parsed[0], told)) else None
        return None if not gone else self._others(text, made)

    def straight(self, index: int, path: str, item: object) -> Straight | None:
        """The item, gone straight; None where it has to be mapped."""
        if type(item) is not dict or item.get(RETRACTED) not in (None, False):
            return None
        try:
            way = self._known[tuple(item)]
        except KeyError:
            way = self._way_for(item)
        try:
            return None if way is None else Straight(index, path, item, *way(item))
        except UNFIT:
            return None

    def _others(self, text: bytes, made: list[Straight | None]) -> Iterator[Straight | Mapped] | None:
        try:
            document = json_text.parse(text)
        except BadInput:
            return None
        mapped = zip(made, places(document), strict=True)
        # One by one: a document of numbers alone would else be a thousand million bytes of findings.
        return (self.item(*place) if one is None else one for one, place in mapped)

    def _way_for(self, item: dict[str, Any]) -> Way | None:
        """The way of items with these names. By names alone a standard is told, but for ``isRetracted``."""
        told, _ = recognition.of_item(item)
        follows = told if self._standard == "auto" or told not in (*READ, "unknown") else self._standard
        way = _way(follows) if follows in READ else None
        if sum(map(len, item)) <= MAX_NAMES:
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            self._known[tuple(item)] = way
        return way


@cache
def _way(standard: str) -> Way:
    return _WAYS[standard](builtin(EVENT_SCHEMA).record)
