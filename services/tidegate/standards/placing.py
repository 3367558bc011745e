"""How rows of the tables that DCSA events are read by are written: the same row, the other way round."""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.standards import times
from tidegate.standards.dcsa import List, Row
from tidegate.standards.outgoing import Codes, Outgoing
from tidegate.standards.shape import EVENT, Code


class Placing:
    """Places values of one event."""

    def __init__(self, out: Outgoing) -> None:
        self._out = out

    def row(self, row: Row, codes: Codes, place: str | None = None) -> None:
        """A plain field. ``codes`` are those of the standard, where it is a code; ``place`` where not the table's."""
        out, where = self._out, place or row.sources[0]
        content: object | None
        if isinstance(row.shape, Code):
            raw = row.path.removesuffix(row.name) + (row.shape.raw or "")
            content = out.code(row.path, raw, codes, row.shape.symbols | row.words.keys())
        elif row.degrees is not None:
            content = out.degrees(row.path, 90 if row.name == "latitude" else 180)
        elif row.path.endswith("Time"):
            self.moment(row.path, where)
            return
        else:
            content = out.plain(row.path)
        if content is not None:
            out.put(where, content)

    def moment(self, path: str, place: str) -> None:
        """A time without a text of its own."""
        micros = self._out.left.pop(path, None)
        if not isinstance(micros, int):
            return
        if times.FIRST <= micros <= times.LAST:
            self._out.put(place, times.rfc3339(micros))
        else:
            self._out.lose(path, "the time is outside the years 1 to 9999")

    def subtype(self, place: str, codes: Codes, misread: frozenset[str]) -> None:
        """The milestone, in the property that goes with the type."""
        shape = EVENT.fields["eventSubtype"]
        symbols = shape.symbols if isinstance(shape, Code) else frozenset()
        content = self._out.code("eventSubtype", "rawEventSubtype", codes, symbols | misread)
        if content is not None:
            self._out.put(place, content)

    def elements(self, listed: List, codes: Mapping[str, Codes], first: int = 0) -> None:
        """A list of records, from its element ``first`` on. ``codes`` are those of the standard by field."""
        indexes = range(first, self._out.count(listed.name))
        found = [one for index in indexes if (one := self.element(listed, index, codes))]
        if found:
            self._out.put(listed.source, found)

    def element(self, listed: List, index: int, codes: Mapping[str, Codes]) -> dict[str, object]:
        """One record of a list; nothing where it lacks the value that makes it one."""
        out, prefix = self._out, f"{listed.name}[{index}]."
        element: dict[str, object] = {}
        for sources, name, shape, words in sorted(listed.fields, key=lambda field: field[0] != listed.needed):
            if isinstance(shape, Code):
                raw, misread = prefix + (shape.raw or ""), shape.symbols | words.keys()
                content: object | None = out.code(prefix + name, raw, codes.get(name, {}), misread)
            else:
                content = out.plain(prefix + name)
            if content is not None:
                element[sources[0]] = content
            elif sources == listed.needed:
                for path in [path for path in out.left if path.startswith(prefix)]:
                    out.lose(path, f"without its {name} it is nothing")
                return {}
        return element
