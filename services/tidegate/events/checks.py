"""Semantic checks: does the event make sense, beyond being decodable. Each is a small function with a name.

======  ==========================================================================  ===============
rule    what it asks                                                                default
======  ==========================================================================  ===============
``V7``  every time lies between 2000 and two years after the record came in          ERROR
``V8``  what has to be there for this kind of event is there; an empty text is none  ERROR
======  ==========================================================================  ===============

"Now" is the record's own timestamp, so a replay sees what the live flow saw. A check reads spans, never the whole event,
and remembers what it has judged: events repeat kinds and hours far more often than they differ in them.
Source: LOGISTICS notes on DCSA Track & Trace, rules V7 and V8.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from tidegate.events.facts import EventFields, Marks, fields_of, long_at, text_reader, word_reader
from tidegate.events.findings import Finding, Severity
from tidegate.events.scanner_source import EMPTY_TEXT
from tidegate.events.schemas import Schema
from tidegate.events.slots import Slot

DEFAULT_SEVERITY: Mapping[str, Severity] = {"V7": Severity.ERROR, "V8": Severity.ERROR}
EARLIEST_US = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
LATEST_AFTER_US = int(timedelta(days=730.5).total_seconds()) * 1_000_000
_MEMO_SIZE = 4_096

SUBTYPES: Mapping[str, frozenset[str]] = {
    # DCSA Track & Trace 2.2 and 2.3; a code in none of the lists is new and fits everywhere.
    "SHIPMENT": frozenset("RECE DRFT PENA PENU PENC REJE APPR ISSU SURR SUBM VOID CONF REQS CMPL CANC HOLD RELS".split()),
    "TRANSPORT": frozenset({"ARRI", "DEPA"}),
    "EQUIPMENT": frozenset("LOAD DISC GTIN GTOT STUF STRP PICK DROP INSP RSEA RMVD".split()),
}
_KNOWN = frozenset().union(*SUBTYPES.values())

Check: TypeAlias = Callable[[bytes, Marks, int], tuple[Finding, ...]]
"""From a scanned value and the record's timestamp in microseconds to what was found; nearly always nothing."""

_NONE: tuple[Finding, ...] = ()


def compile_checks(schema: Schema, severities: Mapping[str, Severity] = DEFAULT_SEVERITY) -> Check:
    """All checks of a schema as one function, with a publisher's severities."""
    fields = fields_of(schema)
    times = _times_check(fields.times, severities.get("V7", Severity.ERROR))
    presence = _presence_check(schema, fields, severities.get("V8", Severity.ERROR))

    def check(b: bytes, m: Marks, now_us: int) -> tuple[Finding, ...]:
        late = times(b, m, now_us)
        absent = presence(b, m, now_us)
        return late + absent if late or absent else _NONE

    return check


def _times_check(times: tuple[Slot, ...], severity: Severity) -> Check:
    """V7. Most times are judged by the upper three of the eight bytes of their varint, 4.8 hours at once.

    ``plausible`` holds such hours that lie wholly inside the window of every record since ``since``.
    """
    places = tuple((slot.start, slot.end, 0 if slot.null_index is None else 1, slot.path) for slot in times)
    plausible: set[bytes] = set()
    since = 0

    def check(b: bytes, m: Marks, now_us: int) -> tuple[Finding, ...]:
        nonlocal since
        if now_us < since:  # an older record than those remembered for: a replay
            plausible.clear()
            since = now_us
        found = _NONE
        for first, after, skip, path in places:
            start = m[first] + skip
            end = m[after]
            if end - start == 8 and b[end - 3 : end] in plausible and not b[start] & 1:
                continue
            if start < end:
                found += _judge(b, start, end, path, now_us)
        return found

    def _judge(b: bytes, start: int, end: int, path: str, now_us: int) -> tuple[Finding, ...]:
        nonlocal since
        time_us = long_at(b, start, end)
        if time_us < EARLIEST_US:
            return (Finding("V7", severity, f"$.{path}", f"{_show(time_us)} is before the year 2000"),)
        if time_us > now_us + LATEST_AFTER_US:
            said = f"{_show(time_us)} is more than two years after the hub received it"
            return (Finding("V7", severity, f"$.{path}", said),)
        lowest = time_us >> 34 << 34
        if not plausible:
            since = now_us
        if end - start == 8 and lowest >= EARLIEST_US and lowest + (1 << 34) <= since + LATEST_AFTER_US:
            plausible.add(b[end - 3 : end])
        return _NONE

    return check


def _show(time_us: int) -> str:
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time_us)
    except OverflowError:
        return f"{time_us} microseconds"
    return moment.isoformat().replace("+00:00", "Z")


def _presence_check(schema: Schema, fields: EventFields, severity: Severity) -> Check:
    """V8. One look at the spans that decide it, remembered by their bytes."""
    deciding = [schema.slot[path] for path in ("rawEventType", "rawEventSubtype") if path in schema.slot]
    deciding += [slot for slot in (fields.event_type, fields.subtype) if slot is not None]
    whether = [
        schema.slot[path]
        for path in ("equipment.reference", "transport.mode", "transport.vesselImo", "transport.vesselName")
        if path in schema.slot
    ]
    spans = [(slot.start, slot.end) for slot in deciding]
    bounds = [(slot.start, slot.end) for slot in whether]
    event_id = text_reader(fields.event_id)
    judge = _kind_judge(schema, fields, severity)
    texts = [(slot, text_reader(slot)) for slot in schema.slots if slot.null_index is not None and _is_text(slot)]
    memo: dict[tuple[bytes, ...], tuple[Finding, ...]] = {}

    def check(b: bytes, m: Marks, now_us: int) -> tuple[Finding, ...]:
        del now_us
        # Of a present text only the first two bytes matter here: whether it is null, and whether it is empty.
        key = (*[b[m[i] : m[j]] for i, j in spans], *[b[m[i] : min(m[i] + 2, m[j])] for i, j in bounds])
        found = memo.get(key)
        if found is None:
            if len(memo) >= _MEMO_SIZE:
                memo.clear()
            found = memo[key] = judge(b, m)
        if not event_id(b, m):
            found += (Finding("V8", severity, "$.eventId", "the event has no id; every event needs one of its own"),)
        if m[-1] & EMPTY_TEXT:
            found += tuple(
                Finding("V8", severity, f"$.{slot.path}", "an empty text is not a value; leave the field out instead")
                for slot, text in texts
                if text(b, m) == b""
            )
        return found

    return check


def _is_text(slot: Slot) -> bool:
    from tidegate.events import avro

    return avro.child(slot.node) == avro.Primitive("string")


def _kind_judge(
    schema: Schema, fields: EventFields, severity: Severity
) -> Callable[[bytes, Marks], tuple[Finding, ...]]:
    """What an event of its kind has to have."""

    def word(path: str) -> Callable[[bytes, Marks], str]:
        slot = schema.slot.get(path)
        if slot is None:
            return lambda b, m: ""
        read = word_reader(slot)
        return lambda b, m: (read(b, m) or b"").decode()

    kind_of, raw_kind_of = word("eventType"), word("rawEventType")
    subtype_of, raw_subtype_of = word("eventSubtype"), word("rawEventSubtype")
    equipment_of, mode_of = word("equipment.reference"), word("transport.mode")
    imo_of, vessel_of = word("transport.vesselImo"), word("transport.vesselName")

    def judge(b: bytes, m: Marks) -> tuple[Finding, ...]:
        if fields.event_type is None:
            return _NONE
        found = []

        def missing(path: str, said: str) -> None:
            found.append(Finding("V8", severity, path, said))

        kind, subtype = kind_of(b, m), subtype_of(b, m)
        if kind == "UNKNOWN" and not raw_kind_of(b, m):
            missing("$.eventType", "the event does not say what it is about")
        if fields.subtype is not None and subtype in ("", "UNKNOWN") and not raw_subtype_of(b, m):
            missing("$.eventSubtype", "the event does not say which milestone it is")
        elif kind in SUBTYPES and subtype in _KNOWN and subtype not in SUBTYPES[kind]:
            missing("$.eventSubtype", f"{subtype} is not a milestone of {kind} events")
        if kind == "EQUIPMENT" and not equipment_of(b, m):
            missing("$.equipment.reference", "an EQUIPMENT event names its container or other unit")
        if kind == "TRANSPORT" and mode_of(b, m) in ("", "UNKNOWN") and not (imo_of(b, m) or vessel_of(b, m)):
            missing("$.transport", "a TRANSPORT event names its vessel, or its mode of transport")
        return tuple(found)

    return judge
