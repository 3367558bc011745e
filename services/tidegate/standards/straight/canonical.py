"""The straight way of canonical JSON: of events about which ``canonical`` has nothing to say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tidegate.events import avro
from tidegate.events.avro import Record
from tidegate.standards import shape
from tidegate.standards.canonical import ORIGIN
from tidegate.standards.shape import Kind
from tidegate.standards.straight import values
from tidegate.standards.straight.source import NULL, Source, Way, code_table
from tidegate.standards.straight.source import record_of as avro_record_of
from tidegate.standards.straight.values import SOME

_TAKE: Mapping[Kind, Callable[[Any], bytes] | None] = {
    Kind.TEXT: None,
    Kind.INT: values.whole,
    Kind.DOUBLE: values.number,
    Kind.FLAG: values.flag,
    Kind.TIME: values.time_or_micros,
    Kind.DAY: values.day,
}


def way_of(record: Record) -> Way:
    """The way to the Avro schema of events."""
    source = Source()
    source.line(0, "def way(e):")
    _Writing(source).event(record)
    booked = source.constant(_booked)
    source.lines(
        1,
        "q, t = e.get('equipment'), e.get('transport')",
        f"key = q and q.get('reference') or {booked}(e.get('documents')) or t and t.get('callReference')",
        "return b''.join(out), e['eventId'], key or e['eventId'], n, ()",
    )
    return source.compiled("canonical JSON")


def _booked(documents: list[dict[str, str]] | None) -> str | None:
    """The reference of the booking, else that of the first document."""
    listed = documents or []
    bookings = [one for one in listed if one.get("type") == "BKG"]
    return next((one["reference"] for one in bookings or listed), None)


class _Writing:
    """Writes an event and what is inside it, record by record."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def event(self, record: Record) -> None:
        source = self._source
        source.lines(1, "out = []", "a = out.append", "n, r, o, z = len(e), e.get('eventTime'), e, None")
        source.lines(1, f"if len(e['eventId']) > {shape.MAX_EVENT_ID}:", "    unfit()")
        # A time that is not in UTC is kept as text too, with its offset, where nothing is said of that.
        given = " is ".join([*(f"e.get({name!r})" for name in ORIGIN), "None"])
        source.lines(1, f"if type(r) is str and {given}:", "    z = moment(r)[1]", "    if z:")
        source.line(3, "o = {**e, 'eventTimeRaw': r, 'utcOffsetMinutes': z, 'offsetSource': 'GIVEN'}")
        self._record(1, record, shape.EVENT, "o")

    def _inner(self, depth: int, record: Record, form: shape.Record, sent: str) -> None:
        self._source.line(depth, f"n += len({sent})")
        self._record(depth, record, form, sent)

    def _record(self, depth: int, record: Record, form: shape.Record, sent: str) -> None:
        source, get = self._source, self._source.fresh()
        known = source.constant(frozenset(form.fields))
        source.lines(depth, f"if not {sent}.keys() <= {known}:", "    unfit()", f"{get} = {sent}.get")
        for field in record.fields:
            variable = source.fresh()
            source.line(depth, f"{variable} = {get}({field.name!r})")
            repeats = form in (shape.LOCATION, shape.TRANSPORT) and field.name != "callReference"
            self._field(depth, field.node, form.fields[field.name], variable, repeats=repeats)

    def _field(self, depth: int, node: avro.Node, form: shape.Shape, variable: str, *, repeats: bool) -> None:
        source = self._source
        match form:
            case shape.Code():
                source.code(depth, variable, code_table(node, form, unknown=True))
            case shape.Leaf():
                self._leaf(depth, node, form, variable, repeats=repeats)
            case shape.Record():
                source.lines(depth, f"if {variable} is None:", f"    a({NULL!r})", "else:")
                source.bytes_(depth + 1, SOME)
                self._inner(depth + 1, avro_record_of(node), form, variable)
            case shape.Items():
                self._items(depth, node, form, variable)
            case shape.Texts():
                take = source.constant(values.entries)
                source.lines(depth, f"if {variable} is None:", f"    a({NULL!r})", "else:")
                source.lines(depth + 1, f"a({take}({variable}))", f"n += len({variable})")

    def _leaf(self, depth: int, node: avro.Node, form: shape.Leaf, variable: str, *, repeats: bool) -> None:
        if form.kind is Kind.FLAG:
            # Not null, but false where it is not given.
            take = self._source.constant(values.flag)
            self._source.line(depth, f"a({NULL!r} if {variable} is None else {take}({variable}))")
        else:
            self._source.write(depth, node, variable, _TAKE[form.kind], repeats=repeats)

    def _items(self, depth: int, node: avro.Node, form: shape.Items, variable: str) -> None:
        source = self._source
        if isinstance(form.item, shape.Leaf):
            take = source.constant(values.texts if form.item.kind is Kind.TEXT else values.numbers)
            source.lines(depth, f"if type({variable}) is str:", "    unfit()  # in this form one text is no list")
            source.line(depth, f"a({NULL!r} if {variable} is None else {take}({variable}))")
            return
        source.lines(depth, f"if {variable} is None or {variable} == []:", f"    a({NULL!r})", "else:")
        source.lines(depth + 1, f"if type({variable}) is not list:", "    unfit()")
        element = source.fresh()
        source.lines(depth + 1, f"a(SIZES[len({variable})])", f"for {element} in {variable}:")
        self._inner(depth + 2, avro_record_of(node), form.item, element)
        source.bytes_(depth + 1, NULL)
