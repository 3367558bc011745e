"""The straight way of DCSA Track & Trace 3.0, of both drafts: of events about which ``dcsa30`` has nothing to say."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tidegate.events.avro import Record
from tidegate.standards import dcsa30_table as table
from tidegate.standards.dcsa import List
from tidegate.standards.straight import values
from tidegate.standards.straight.dcsa import Reading
from tidegate.standards.straight.source import Way

_VALUES: dict[str, Callable[[Iterable[Any]], bytes]] = {"probes": values.numbers, "alarms": values.texts}


def way_of(record: Record) -> Way:
    """The way to the Avro schema of events."""
    reading = Reading(table.EVENT_TABLE, record)
    reading.take(table.RETRACTED)  # whoever goes this way has looked at it
    reading.identity_and_time()
    reading.rows(table.ROWS)
    types = {name: (reading.first(sources), words) for name, (sources, words) in table.SUBTYPES.items()}
    reading.subtype(reading.variable_of("eventType"), types)
    reading.texts("transport.delayReasonCodes", table.DELAYS)
    reading.plain("location.address", _address(reading))
    for source, (name, field) in table.VALUES.items():
        listed = reading.listed(source)
        reading.source.lines(1, f"if {listed} is not None:", f"    n += len({listed})")
        reading.values(f"reefer.{field}", listed, _inside(name, _VALUES[field]))
    documents = _documents(reading)
    reading.elements(table.DOCUMENTS, documents)
    _lists(reading)
    return reading.way("DCSA 3.0", table.DOCUMENTS, documents)


def _inside(name: str, take: Callable[[Iterable[Any]], bytes]) -> Callable[[list[dict[str, Any]]], bytes]:
    """The array of one property of each element, where an element has no other."""

    def taken(elements: list[dict[str, Any]]) -> bytes:
        if any(len(element) != 1 for element in elements):
            values.unfit()
        return take([element[name] for element in elements])

    return taken


def _address(reading: Reading) -> str:
    """The parts of the address, then its lines."""
    said, lines = reading.address(f"{table.PLACE}.address", table.ADDRESS), reading.take(table.ADDRESS_LINES)
    more = reading.source.constant(values.with_lines)
    reading.source.lines(1, f"if {lines} is not None:", f"    {said} = {more}({said}, {lines})")
    return said


def _documents(reading: Reading) -> str:
    """The document that the event is about, before those that it names."""
    own, others = reading.take(table.OWN_DOCUMENT), reading.listed(table.DOCUMENTS.source)
    reading.source.lines(1, f"if {own} is not None:", f"    {others} = [{own}, *({others} or ())]")
    return others


def _lists(reading: Reading) -> None:
    """The other lists. January's single party and May's parties are one list."""
    found: dict[str, tuple[List, str]] = {}
    for listed in table.LISTS:
        variable = reading.listed(listed.source, one=True)
        if listed.name not in found:
            found[listed.name] = listed, variable
            continue
        before = found[listed.name][1]
        reading.source.line(1, f"if {variable} is not None:")
        reading.source.line(2, f"{before} = [*({before} or ()), *{variable}]")
    for listed, variable in found.values():
        reading.elements(listed, variable)
