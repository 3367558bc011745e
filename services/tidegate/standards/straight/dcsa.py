"""What the straight ways of both versions of DCSA Track & Trace share: the properties of an item as variables.

A property that no field uses must not be there, else the item is left to ``dcsa22`` or ``dcsa30``: so a property
that is new in their tables gets lost nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from tidegate.events import avro
from tidegate.events.avro import Record
from tidegate.events.encoder import time_bytes
from tidegate.events.transforms import long_bytes
from tidegate.standards import shape
from tidegate.standards.dcsa import EVENT_ID, EVENT_TIME, Lines, List, Row, Words, spelt
from tidegate.standards.gather import Node, Table
from tidegate.standards.straight import values
from tidegate.standards.straight.extensions import Beside
from tidegate.standards.straight.source import NULL, Source, Way, code_table, record_of
from tidegate.standards.straight.values import SOME

Emit: TypeAlias = Callable[[int, avro.Node], None]
"""Writes a field of the event, at a depth of the text."""

_TAKE: Mapping[shape.Kind, Callable[[Any], bytes] | None] = {
    shape.Kind.TEXT: None,
    shape.Kind.INT: values.whole,
    shape.Kind.DOUBLE: values.number,
    shape.Kind.TIME: values.time,
}
_KEYS = ("eventId", "equipment.reference", "transport.callReference")
_REPEATING = ("location", "transport")
"""Records of which most texts are the same in many events."""
_OFFSET_SOURCE = shape.Code(frozenset({"GIVEN"}), None, default="NONE")


class Reading:
    """Reads an item by the table of its standard, and writes the event that is filled in field by field."""

    def __init__(self, table: Table, record: Record) -> None:
        self.source = Source()
        self._record_of_event = record
        self._nodes = {field.name: field.node for field in record.fields}
        self._fields: dict[str, tuple[tuple[str, ...], Emit]] = {}
        """The variables of which one has to be given for a field to be there, and what writes it."""
        self._variables: dict[str, str] = {}
        self._unused: set[str] = set()
        beside = Beside(table)
        self._beside_all = self.source.constant(beside.of_all)
        self.source.lines(0, "def way(e):", "    x, n, left = (), 0, ()")
        self._object(1, table, beside, "e")

    # The item.

    def _object(self, depth: int, table: Table, beside: Beside, sent: str) -> None:
        """The properties of the object in the variable ``sent``."""
        source = self.source
        source.lines(
            depth,
            f"if not {sent}.keys() <= {source.constant(frozenset(table.nodes))}:",
            # In which order those of several objects stand, only the whole item tells.
            f"    x = {self._beside_all}(e) if x else {source.constant(beside.of_object)}({sent})",
        )
        get = source.fresh()
        source.lines(depth, f"n += len({sent})", f"{get} = {sent}.get")
        for name, node in table.nodes.items():
            asked = f"{get}({name!r})"
            if node.inner.nodes:
                self._inner(depth, asked, node, beside.inner(name))
            else:
                source.line(depth, f"{self._variable(node)} = {asked}")

    def _inner(self, depth: int, asked: str, node: Node, beside: Beside) -> None:
        source, sent = self.source, self.source.fresh()
        source.lines(depth, f"{sent} = {asked}", f"if {sent} is None:")
        source.line(depth + 1, " = ".join([*map(self._variable, _leaves(node)), "None"]))
        source.line(depth, "else:")
        self._object(depth + 1, node.inner, beside, sent)

    def _variable(self, node: Node) -> str:
        if node.path not in self._variables:
            self._variables[node.path] = self.source.fresh()
            self._unused.add(node.path)
        return self._variables[node.path]

    def take(self, path: str) -> str:
        """The variable of a property, which somebody now uses."""
        self._unused.discard(path)
        return self._variables[path]

    def variable_of(self, path: str) -> str:
        """The variable of a field of the event that is filled in."""
        return self._fields[path][0][0]

    def first(self, sources: Iterable[str]) -> str:
        """The first of some properties that is given. All that are given have to say the same."""
        names = [self.take(path) for path in sources]
        if len(names) == 1:
            return names[0]
        chosen = self.source.fresh()
        self.source.line(1, f"{chosen} = {names[0]}")
        for name in names[1:]:
            self.agree(1, chosen, name)
        return chosen

    def agree(self, depth: int, chosen: str, other: str) -> None:
        """``chosen`` takes the value of ``other`` where it has none; if it has one, the two have to be the same."""
        self.source.lines(
            depth,
            f"if {other} is not None:",
            f"    if {chosen} is None:",
            f"        {chosen} = {other}",
            f"    elif {chosen} != {other} or type({chosen}) is not type({other}):",
            "        unfit()",
        )

    # The fields of the event.

    def fill(self, path: str, variables: Sequence[str], emit: Emit) -> None:
        """A field of the event, and the variables that it is made of."""
        self._fields[path] = tuple(variables), emit

    def plain(self, path: str, variable: str, take: Callable[[Any], bytes] | None = None) -> None:
        """A field that is no code; text without ``take``."""
        repeats = path.rpartition(".")[0] in _REPEATING and path not in _KEYS
        self.fill(path, [variable], lambda d, node: self.source.write(d, node, variable, take, repeats=repeats))

    def code(self, path: str, variable: str, code: shape.Code, words: Words) -> None:
        self.fill(
            path, [variable], lambda depth, node: self.source.code(depth, variable, code_table(node, code, words))
        )

    def rows(self, rows: Iterable[Row]) -> None:
        """The fields of the rows of a table."""
        for row in rows:
            variable = self.first(row.sources)
            if isinstance(row.shape, shape.Code):
                self.code(row.path, variable, row.shape, row.words)
            elif row.degrees is not None:
                self.plain(row.path, variable, values.degrees(row.degrees))
            else:
                self.plain(row.path, variable, _TAKE[row.shape.kind])

    def needed(self, path: str) -> None:
        """A field without which there is something to say."""
        self.source.lines(1, f"if {self.variable_of(path)} is None:", "    unfit()")

    def identity_and_time(self) -> None:
        """The id, and the time with its text and its offset."""
        event_id, said, source = self.take(EVENT_ID), self.take(EVENT_TIME), self.source
        source.lines(1, f"if len({event_id}) > {shape.MAX_EVENT_ID}:", "    unfit()", f"m, z = moment({said})")
        self.plain("eventId", event_id)
        self.plain("eventTime", "m", time_bytes)
        self.plain("eventTimeRaw", said)
        self.plain("utcOffsetMinutes", "z", long_bytes)
        given = code_table(self._nodes["offsetSource"], _OFFSET_SOURCE)
        self.fill(
            "offsetSource",
            ["z"],
            lambda depth, _: source.line(depth, f"a({NULL!r} if z is None else {given['GIVEN']!r})"),
        )

    def subtype(self, kind: str, by_kind: Mapping[str, tuple[str, Words]], older: str | None = None) -> None:
        """The milestone: in the property of the event's type, or of an ``older`` name for all types; in no other.

        ``kind`` is the variable of the type. ``by_kind`` are the variables of the properties, with their words.
        """
        source, subtype, codes = self.source, self.source.fresh(), self.source.fresh()
        node, form = self._nodes["eventSubtype"], shape.plain(shape.EVENT, "eventSubtype")
        if not isinstance(form, shape.Code):
            raise TypeError("the milestone is a code")
        source.line(1, f"{subtype}, {codes} = None, {source.constant(code_table(node, form))}")
        for name, (variable, words) in by_kind.items():
            source.lines(1, f"if {variable} is not None:", f"    if {kind} != {name!r}:", "        unfit()")
            source.line(2, f"{subtype}, {codes} = {variable}, {source.constant(code_table(node, form, words))}")
        if older is not None:
            self.agree(1, subtype, older)
        self.fill("eventSubtype", [subtype], lambda depth, _: source.line(depth, f"a({codes}[{subtype}])"))

    def listed(self, path: str, *, one: bool = False) -> str:
        """The variable of a property that has to be a list, None where it is empty. With ``one`` an object will do."""
        variable, source = self.take(path), self.source
        source.line(1, f"if {variable} is not None:")
        if one:
            source.lines(2, f"if type({variable}) is dict:", f"    {variable} = [{variable}]")
        source.lines(2, f"if type({variable}) is not list:", "    unfit()", f"{variable} = {variable} or None")
        return variable

    def texts(self, path: str, source: str) -> None:
        """A list of texts; one text alone is a list of it."""
        variable = self.take(source)
        self.source.lines(1, f"if {variable} == []:", f"    {variable} = None")
        self.values(path, variable, values.texts)

    def values(self, path: str, variable: str, take: Callable[[Any], bytes]) -> None:
        """A list of which ``take`` makes the bytes."""
        said = f"a({NULL!r} if {variable} is None else {self.source.constant(take)}({variable}))"
        self.fill(path, [variable], lambda depth, _: self.source.line(depth, said))

    def address(self, base: str, lines: Lines) -> str:
        """A new variable with the address whose parts stand under ``base``, in one line."""
        groups = [[self.take(f"{base}.{part}") for part in group] for group in lines]
        none = " is ".join([*(one for group in groups for one in group), "None"])
        said = ", ".join(f"({', '.join(group)},)" for group in groups)
        variable = self.source.fresh()
        self.source.line(1, f"{variable} = None if {none} else {self.source.constant(values.address)}({said})")
        return variable

    def elements(self, listed: List, variable: str) -> None:
        """A list of records, of the elements in a variable: a list with some, or None."""

        def emit(depth: int, node: avro.Node) -> None:
            source = self.source
            source.lines(depth, f"if {variable} is None:", f"    a({NULL!r})", "else:")
            source.lines(depth + 1, f"a(SIZES[len({variable})])", f"for e in {variable}:")
            self._element(depth + 2, listed, record_of(node))
            source.bytes_(depth + 1, NULL)

        self.fill(listed.name, [variable], emit)

    def _element(self, depth: int, listed: List, record: Record) -> None:
        source, found = self.source, {}
        source.lines(depth, "n += len(e)", "g = e.get")
        for sources, name, form, words in listed.fields:
            variable = source.fresh()
            source.line(depth, f"{variable} = g({sources[0]!r})")
            for other in sources[1:]:
                source.line(depth, f"v = g({other!r})")
                self.agree(depth, variable, "v")
            found[name] = variable, form, words
        few = " or ".join([f"len(e) != {len(found)}", *(f"{variable} is None" for variable, _, _ in found.values())])
        known = source.constant(frozenset(listed.table.nodes))
        source.lines(depth, f"if ({few}) and not e.keys() <= {known}:", "    unfit()")
        for field in record.fields:
            if field.name not in found:
                source.absent(depth, field.node)
                continue
            variable, form, words = found[field.name]
            if isinstance(form, shape.Code):
                source.code(depth, variable, code_table(field.node, form, words))
            else:
                source.write(depth, field.node, variable)

    # The text.

    def way(self, name: str, documents: List, variable: str) -> Way:
        """The function. ``documents`` are in a variable."""
        for path in sorted(self._unused):
            self.source.lines(1, f"if {self._variables[path]} is not None:", "    unfit()")
        self.source.lines(1, "out = []", "a = out.append")
        self._record(1, self._record_of_event, "")
        event_id, equipment, call = map(self.variable_of, _KEYS)
        booked = self.source.constant(key_of_documents(documents))
        self.source.line(1, f"key = {equipment} or {booked}({variable}) or {call} or {event_id}")
        self.source.line(1, f"return b''.join(out), {event_id}, key, n, left")
        return self.source.compiled(name)

    def _record(self, depth: int, record: Record, prefix: str) -> None:
        source = self.source
        for field in record.fields:
            path, inner = prefix + field.name, avro.child(field.node)
            beneath = [one for at, (used, _) in self._fields.items() if at.startswith(f"{path}.") for one in used]
            if path in self._fields:
                self._fields[path][1](depth, field.node)
            elif beneath and isinstance(inner, Record):
                source.line(depth, f"if {' is '.join([*dict.fromkeys(beneath), 'None'])}:")
                source.bytes_(depth + 1, NULL)
                source.line(depth, "else:")
                source.bytes_(depth + 1, SOME)
                self._record(depth + 1, inner, f"{path}.")
            elif path == "extensions":
                source.line(depth, f"a({source.constant(values.array)}(x) if x else {NULL!r})")
            else:
                source.absent(depth, field.node)


def _leaves(node: Node) -> Iterable[Node]:
    for inner in node.inner.nodes.values():
        if inner.inner.nodes:
            yield from _leaves(inner)
        else:
            yield inner


def key_of_documents(listed: List) -> Callable[[list[dict[str, Any]] | None], str | None]:
    """The reference of the booking in a list of documents as sent, else that of the first document."""
    found = {name: (sources, words) for sources, name, _, words in listed.fields}

    def said(document: dict[str, Any], name: str) -> Any:
        sources, words = found[name]
        return spelt(words, next((document[one] for one in sources if document.get(one) is not None), None))

    def key(documents: list[dict[str, Any]] | None) -> str | None:
        bookings = [one for one in documents or [] if said(one, "type") == "BKG"]
        return next((said(one, "reference") for one in bookings or documents or []), None)

    return key
