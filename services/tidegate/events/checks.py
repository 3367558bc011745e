"""Semantic checks: does the event make sense, beyond being decodable. Each is a small part with a name.

======  ==========================================================================  ===============
rule    what it asks                                                                default
======  ==========================================================================  ===============
``V7``  every time lies between 2000 and two years after the record came in          ERROR
``V8``  what has to be there for this kind of event is there; an empty text is none  ERROR
======  ==========================================================================  ===============

"Now" is the record's own timestamp, so a replay sees what the live flow saw. A check reads spans, never the whole
event, and remembers what it has judged: events repeat kinds and hours far more often than they differ in them.
Source of the rules: DCSA Track & Trace 2.2 (conditional presence), and times that no shipment has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from tidegate.events import avro
from tidegate.events.avro import Primitive
from tidegate.events.facts import EventFields, Marks, TextOf, fields_of, long_at, text_reader, word_reader
from tidegate.events.findings import Finding, Severity
from tidegate.events.memo import WIDEST
from tidegate.events.scanner_source import EMPTY_TEXT
from tidegate.events.schemas import Schema
from tidegate.events.slots import Slot

DEFAULT_SEVERITY: Mapping[str, Severity] = {"V7": Severity.ERROR, "V8": Severity.ERROR}
EARLIEST_US = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
LATEST_AFTER_US = int(timedelta(days=730.5).total_seconds()) * 1_000_000
_MEMO_SIZE = 4_096
_HOURS_BITS = 34
"""The upper three bytes of the eight of a time's varint tell 2**34 microseconds apart: 4.8 hours."""

SUBTYPES: Mapping[str, frozenset[str]] = {
    # DCSA Track & Trace 2.2 and 2.3. A code in none of the lists is new, and fits everywhere.
    "SHIPMENT": frozenset(
        [
            "RECE",
            "DRFT",
            "PENA",
            "PENU",
            "PENC",
            "REJE",
            "APPR",
            "ISSU",
            "SURR",
            "SUBM",
            "VOID",
            "CONF",
            "REQS",
            "CMPL",
            "CANC",
            "HOLD",
            "RELS",
        ]
    ),
    "TRANSPORT": frozenset(["ARRI", "DEPA"]),
    "EQUIPMENT": frozenset(["LOAD", "DISC", "GTIN", "GTOT", "STUF", "STRP", "PICK", "DROP", "INSP", "RSEA", "RMVD"]),
}
_KNOWN = frozenset().union(*SUBTYPES.values())

Found: TypeAlias = tuple[Finding, ...]
Check: TypeAlias = Callable[[bytes, Marks, int], Found]
"""From a scanned value and the record's timestamp in microseconds to what was found; nearly always nothing."""

_NONE: Found = ()


def compile_checks(schema: Schema, severities: Mapping[str, Severity] = DEFAULT_SEVERITY) -> Check:
    """All checks of a schema as one function, with a publisher's severities."""
    fields = fields_of(schema)
    times = _Times(fields.times, severities.get("V7", Severity.ERROR)).check
    presence = _Presence(schema, fields, severities.get("V8", Severity.ERROR)).check

    def check(b: bytes, m: Marks, now_us: int) -> Found:
        return times(b, m, now_us) + presence(b, m)

    return check


class _Times:
    """V7. A time whose upper three bytes have been judged plausible for an earlier record is not even decoded."""

    def __init__(self, times: tuple[Slot, ...], severity: Severity) -> None:
        self._severity = severity
        self._slots = times
        self._plausible: set[bytes] = set()
        self._since_us = 0
        self._all_plausible = _compile_all_plausible(times, self._plausible)

    def check(self, b: bytes, m: Marks, now_us: int) -> Found:
        if now_us >= self._since_us and self._all_plausible(b, m):
            return _NONE
        found = _NONE
        for slot in self._slots:
            start = m[slot.start] + (slot.null_index is not None)
            if start < m[slot.end]:
                found += self._judge(b, start, m[slot.end], slot.path, now_us)
        return found

    def _judge(self, b: bytes, start: int, end: int, path: str, now_us: int) -> Found:
        time_us = long_at(b, start, end)
        if time_us < EARLIEST_US:
            return (Finding("V7", self._severity, f"$.{path}", f"{_show(time_us)} is before the year 2000"),)
        if time_us > now_us + LATEST_AFTER_US:
            said = f"{_show(time_us)} is more than two years after the hub received it"
            return (Finding("V7", self._severity, f"$.{path}", said),)
        self._remember(b, start, end, time_us, now_us)
        return _NONE

    def _remember(self, b: bytes, start: int, end: int, time_us: int, now_us: int) -> None:
        """What is remembered lies inside the window of every record from ``_since_us`` on, to its last microsecond."""
        if now_us < self._since_us or not self._plausible:  # an older record than those remembered for: a replay
            self._plausible.clear()
            self._since_us = now_us
        lowest = time_us >> _HOURS_BITS << _HOURS_BITS
        highest = lowest + (1 << _HOURS_BITS)
        if end - start == 8 and lowest >= EARLIEST_US and highest <= self._since_us + LATEST_AFTER_US:
            self._plausible.add(b[end - 3 : end])


def _compile_all_plausible(times: tuple[Slot, ...], plausible: set[bytes]) -> Callable[[bytes, Marks], bool]:
    """Whether every time of an event is null or known to be plausible. Generated: it runs for every event.

    A negative number has the upper bytes of its absolute value, and an odd first byte.
    """
    asked = []
    for slot in times:
        skip = 0 if slot.null_index is None else 1
        start, end = f"m[{slot.start}]", f"m[{slot.end}]"
        known = f"{end} - {start} == {8 + skip} and b[{end} - 3:{end}] in known and not b[{start} + {skip}] & 1"
        asked.append(f"({end} - {start} <= 1 or {known})" if skip else f"({known})")
    text = f"lambda b, m: {' and '.join(asked) or 'True'}"
    return eval(compile(text, "<times of a schema>", "eval"), {"known": plausible})  # type: ignore[no-any-return]  # noqa: S307


def _show(time_us: int) -> str:
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time_us)
    except OverflowError:
        return f"{time_us} microseconds"
    return moment.isoformat().replace("+00:00", "Z")


class _Presence:
    """V8. One look at what decides it: the words of the kind, and of other fields only how many bytes they have."""

    def __init__(self, schema: Schema, fields: EventFields, severity: Severity) -> None:
        self._severity = severity
        self._event_id = text_reader(fields.event_id)
        self._kind = _Kind(schema)
        self._texts = [
            (slot.path, text_reader(slot))
            for slot in schema.slots
            if slot.null_index is not None and avro.child(slot.node) == Primitive("string")
        ]
        self._key = _compile_key(schema)
        self._memo: dict[object, tuple[tuple[str, str], ...]] = {}

    def check(self, b: bytes, m: Marks) -> Found:
        key = self._key(b, m)
        missing = self._memo.get(key)
        if missing is None:
            missing = tuple(self._kind.missing(b, m))
            if len(self._memo) >= _MEMO_SIZE:
                self._memo.clear()
            if len(b) <= WIDEST:
                self._memo[key] = missing
        if missing or m[-1] & EMPTY_TEXT or not self._event_id(b, m):
            return self._findings(missing, b, m)
        return _NONE

    def _findings(self, missing: tuple[tuple[str, str], ...], b: bytes, m: Marks) -> Found:
        said = list(missing)
        if not self._event_id(b, m):
            said.append(("eventId", "the event has no id; every event needs one of its own"))
        if m[-1] & EMPTY_TEXT:
            empty = "an empty text is not a value; leave the field out instead"
            said += [(path, empty) for path, text in self._texts if text(b, m) == b""]
        return tuple(Finding("V8", self._severity, f"$.{path}", sentence) for path, sentence in said)


_WORDS = ("eventType", "eventSubtype", "rawEventType", "rawEventSubtype", "transport.mode")
_NAMES = ("equipment.reference", "transport.vesselImo", "transport.vesselName")


def _compile_key(schema: Schema) -> Callable[[bytes, Marks], object]:
    """What V8 depends on. Two events with the same key lack the same things."""
    words = [schema.slot[path] for path in _WORDS if path in schema.slot]
    named = [schema.slot[path] for path in _NAMES if path in schema.slot]
    parts = [f"b[m[{slot.start}]:m[{slot.end}]]" for slot in words]
    parts += [f"m[{slot.end}] - m[{slot.start}] > {1 if slot.null_index is None else 2}" for slot in named]
    text = f"lambda b, m: ({''.join(f'{part}, ' for part in parts)})"
    return eval(compile(text, "<kind of an event>", "eval"), {})  # type: ignore[no-any-return]  # noqa: S307


class _Kind:
    """What an event of its kind has to have."""

    def __init__(self, schema: Schema) -> None:
        self._applies = "eventType" in schema.slot
        self._words: dict[str, TextOf] = {
            path: word_reader(schema.slot[path]) for path in (*_WORDS, *_NAMES) if path in schema.slot
        }

    def _word(self, path: str, b: bytes, m: Marks) -> str:
        """The word in a field; nothing where it is null, empty or UNKNOWN."""
        read = self._words.get(path)
        word = ((read(b, m) if read else None) or b"").decode()
        return "" if word == "UNKNOWN" else word

    def missing(self, b: bytes, m: Marks) -> list[tuple[str, str]]:
        """Paths and sentences."""
        if not self._applies:
            return []
        found = []
        kind, subtype = self._word("eventType", b, m), self._word("eventSubtype", b, m)
        if not kind and not self._word("rawEventType", b, m):
            found.append(("eventType", "the event does not say what it is about"))
        if not subtype and not self._word("rawEventSubtype", b, m):
            found.append(("eventSubtype", "the event does not say which milestone it is"))
        if kind in SUBTYPES and subtype in _KNOWN and subtype not in SUBTYPES[kind]:
            found.append(("eventSubtype", f"{subtype} is not a milestone of {kind} events"))
        if kind == "EQUIPMENT" and not self._word("equipment.reference", b, m):
            found.append(("equipment.reference", "an EQUIPMENT event names its container or other unit"))
        if kind == "TRANSPORT" and not any(
            self._word(path, b, m) for path in ("transport.mode", "transport.vesselImo", "transport.vesselName")
        ):
            found.append(("transport", "a TRANSPORT event names its vessel, or its mode of transport"))
        return found
