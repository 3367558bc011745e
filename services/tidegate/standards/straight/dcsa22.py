"""The straight way of DCSA Track & Trace 2.2: of events about which ``dcsa22`` has nothing to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tidegate.events.avro import Record
from tidegate.standards import dcsa22_table as table
from tidegate.standards import shape
from tidegate.standards.dcsa import AS_IT_IS, DEGREES, Words
from tidegate.standards.straight import values
from tidegate.standards.straight.dcsa import Reading
from tidegate.standards.straight.source import Way

_DOCUMENTS = next(one for one in table.ARRAYS if one.name == "documents")
_CALL_FIELDS = frozenset(table.PLACE[name] for name in table.CALL_FIELDS)
_ONE_FACILITY = ("unLocode", "facilityCode")


def way_of(record: Record) -> Way:
    """The way to the Avro schema of events."""
    reading = Reading(table.EVENT_TABLE, record)
    reading.identity_and_time()
    reading.rows(table.ROWS)
    reading.needed("eventCreatedTime")
    types: dict[str, tuple[str, Words]] = {
        name: (reading.take(source), AS_IT_IS) for name, source in table.SUBTYPES.items()
    }
    reading.subtype(reading.variable_of("eventType"), types, reading.take(table.OLD_SUBTYPE))
    _delays(reading)
    _location(reading)
    documents = _documents(reading)
    for array in table.ARRAYS:
        reading.elements(array, documents if array is _DOCUMENTS else reading.listed(array.source))
    return reading.way("DCSA 2.2", _DOCUMENTS, documents)


def _delays(reading: Reading) -> None:
    """The first of the two names; the other is left to ``dcsa22_lists``, which puts them together."""
    reading.texts("transport.delayReasonCodes", table.DELAYS[0])


def _documents(reading: Reading) -> str:
    """The document that the event is about, before those that it names."""
    own, kind = reading.take(table.OWN_DOCUMENT["reference"][0]), reading.first(table.OWN_DOCUMENT["type"])
    others = reading.listed(_DOCUMENTS.source)
    names = {name: sources[0] for sources, name, _, _ in _DOCUMENTS.fields}
    count = len(names)
    made = f"{{{names['type']!r}: {kind}, {names['reference']!r}: {own}}}"
    reading.source.lines(
        1,
        f"if {own} is not None:",
        f"    {others} = [{made}, *({others} or ())]",
        f"    n -= {count}",  # it was counted where it stands
        f"elif {kind} is not None:",
        "    unfit()",
    )
    return others


def _location(reading: Reading) -> None:
    """The place of the event, with that of the call where it is the same, as ``dcsa22_location`` puts them together."""
    own = _place(reading, table.EVENT_PLACE, table.PLACE)
    call = _place(reading, table.CALL_PLACE, table.CALL_FIELDS)
    inside = _place(reading, table.CALL_LOCATION, table.PLACE)
    source = reading.source
    source.line(1, f"if not {' is '.join([*dict.fromkeys([*call.values(), *inside.values()]), 'None'])}:")
    for name in call:
        reading.agree(2, call[name], inside[name])
    call = inside | call
    source.line(2, f"if {' is '.join([*own.values(), 'None'])}:")
    source.line(3, f"{', '.join(own.values())} = {', '.join(call[name] for name in own)}")
    source.line(2, "else:")
    _join(reading, own, call)
    source.line(3, f"elif not {' is '.join([*inside.values(), 'None'])}:")
    source.line(4, "unfit()  # what is left of two objects would have to be put in order")
    source.line(3, "else:")
    source.line(4, f"x, left = {source.constant(_left)}(x, e[{table.CALL_PLACE!r}])")
    _fill(reading, own)


def _join(reading: Reading, own: Mapping[str, str], call: Mapping[str, str]) -> None:
    """Takes over what the call's place adds, where the two are sure to be one."""
    source = reading.source
    same = " and ".join(f"{place[name]} is not None" for name in _ONE_FACILITY for place in (own, call))
    source.line(3, f"same = {same}")
    agreed = []
    for name, variable in own.items():
        # Of two addresses one is left over, whatever they say.
        equal = (
            "False" if name == "address" else f"{variable} == {call[name]} and type({variable}) is type({call[name]})"
        )
        agreed.append(f"({call[name]} is None or (same if {variable} is None else {equal}))")
    source.line(3, f"if {' and '.join(agreed)}:")
    for name, variable in own.items():
        source.lines(4, f"if {variable} is None:", f"    {variable} = {call[name]}")


def _left(entries: Sequence[bytes], call: dict[str, Any]) -> tuple[list[bytes], list[str]]:
    """The place of a call that is another than that of the event: as extensions, after those before, and its paths."""
    left = [name for name, value in call.items() if name in _CALL_FIELDS and value is not None]
    found = [values.entry(f"{table.CALL_PLACE}.{name}", call[name]) for name in left]
    return [*entries, *found], [f".{table.CALL_PLACE}.{name}" for name in left]


def _place(reading: Reading, at: str, fields: Mapping[str, str] | tuple[str, ...]) -> dict[str, str]:
    """The variables of a place, by field of the canonical location."""
    found = {name: reading.take(f"{at}.{table.PLACE[name]}") for name in fields if name != "address"}
    if "address" in fields:
        found["address"] = reading.address(f"{at}.address", table.ADDRESS)
    return found


def _fill(reading: Reading, place: Mapping[str, str]) -> None:
    for name, variable in place.items():
        form, path = shape.plain(shape.LOCATION, name), f"location.{name}"
        if isinstance(form, shape.Code):
            reading.code(path, variable, form, AS_IT_IS)
        else:
            reading.plain(path, variable, values.degrees(DEGREES[name]) if name in DEGREES else None)
