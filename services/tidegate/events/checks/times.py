"""V6 times against each other and against the arrival of the record, V7 times that no shipment has.

"Now" is the record's own timestamp, so a replay sees what the live flow saw.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tidegate.events.avro import Enum
from tidegate.events.checks.parts import NONE, Found
from tidegate.events.checks.reading import Fields
from tidegate.events.facts import EventFields, Marks, long_at
from tidegate.events.findings import Severity
from tidegate.events.slots import Slot
from tidegate.events.transforms import long_bytes

EARLIEST_US = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
LATEST_AFTER_US = int(timedelta(days=730.5).total_seconds()) * 1_000_000
SKEW_US = 10 * 60 * 1_000_000
"""By how much the sender's clock may be ahead."""
STALE_US = 24 * 3_600 * 1_000_000
"""How long after its own time a plan or an estimate may have been made."""
_HOURS_BITS = 34
"""The upper three bytes of the eight of a time's varint tell 2**34 microseconds apart: 4.8 hours."""


class Window:
    """V7. A time whose upper three bytes have been judged plausible for an earlier record is not even decoded."""

    def __init__(self, fields: Fields, times: tuple[Slot, ...]) -> None:
        self._fields = fields
        self._slots = times
        self._plausible: set[bytes] = set()
        self._since_us = 0
        self._all_plausible = _compile_all_plausible(times, self._plausible)

    def check(self, b: bytes, m: Marks, now_us: int) -> Found:
        if now_us >= self._since_us and self._all_plausible(b, m):
            return NONE
        found = NONE
        for slot in self._slots:
            start = m[slot.start] + (slot.null_index is not None)
            if start < m[slot.end]:
                found += self._judge(b, start, m[slot.end], slot.path, now_us)
        return found

    def _judge(self, b: bytes, start: int, end: int, path: str, now_us: int) -> Found:
        time_us = long_at(b, start, end)
        if time_us < EARLIEST_US:
            said = f"{show(time_us)} is before the year 2000"
            return (self._fields.finding("V7", path, said, Severity.ERROR),)
        if time_us > now_us + LATEST_AFTER_US:
            said = f"{show(time_us)} is more than two years after the hub received it"
            return (self._fields.finding("V7", path, said, Severity.ERROR),)
        self._remember(b, start, end, time_us, now_us)
        return NONE

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


class Order:
    """V6. An actual event has happened, and before it was told of; a plan or an estimate is made before its time.

    The varints of two times of eight bytes compare as little-endian numbers as the times do, undecoded.
    """

    def __init__(self, fields: Fields, facts: EventFields) -> None:
        self._fields = fields
        slot = fields.schema.slot
        self._time, self._classifier = slot["eventTime"], slot["classifier"]
        self._told = [one for one in (facts.updated, facts.created) if one is not None]
        node = self._classifier.node
        symbols = node.symbols if isinstance(node, Enum) else ()
        self._actual = 2 * symbols.index("ACT") if "ACT" in symbols else -1
        self._now_us = -1
        self._limit = 0

    def check(self, b: bytes, m: Marks, now_us: int) -> Found:
        if now_us != self._now_us:
            self._now_us, self._limit = now_us, int.from_bytes(long_bytes(now_us + SKEW_US), "little")
        start, end = m[self._time.start], m[self._time.end]
        time = int.from_bytes(b[start:end], "little")
        quiet = end - start == 8
        if b[m[self._classifier.start]] == self._actual:
            quiet = quiet and time <= self._limit
            for slot in self._told:
                after = m[slot.end]
                if after - m[slot.start] == 9:
                    quiet = quiet and time <= int.from_bytes(b[after - 8 : after], "little")
        else:
            for slot in self._told:
                after = m[slot.end]
                if after - m[slot.start] == 9:
                    quiet = quiet and time > int.from_bytes(b[after - 8 : after], "little")
        return NONE if quiet else self._look(b, m, now_us)

    def _look(self, b: bytes, m: Marks, now_us: int) -> Found:
        fields, classifier = self._fields, self._fields.word("classifier", b, m)
        time_us = fields.number("eventTime", b, m) or 0
        told = [(slot.path, us) for slot in self._told if (us := fields.number(slot.path, b, m)) is not None]
        if classifier == "ACT":
            if time_us > now_us + SKEW_US:
                said = (
                    f"an actual event (ACT) cannot lie in the future: {show(time_us)} is {_span(time_us - now_us)} "
                    "after the hub received it. Is it an estimate (EST), or local time that was marked as UTC?"
                )
                return (fields.finding("V6", "eventTime", said),)
            if told and time_us > told[0][1] + SKEW_US:
                said = (
                    f"an actual event (ACT) was told of before it happened: the message is of {show(told[0][1])}, "
                    f"{_span(time_us - told[0][1])} before {show(time_us)}"
                )
                return (fields.finding("V6", "eventTime", said),)
        elif classifier in ("PLN", "EST") and told:
            path, us = told[0]
            if us > time_us + STALE_US:
                said = f"a plan or an estimate ({classifier}) was made {_span(us - time_us)} after its own time"
                return (fields.finding("V6", path, said),)
            if us == time_us:
                said = f"this is the time of the event itself, so nobody can tell when the {classifier} was made"
                return (fields.finding("V6", path, said),)
        return NONE


def show(time_us: int) -> str:
    """A time for a message."""
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time_us)
    except OverflowError:
        return f"{time_us} microseconds"
    return moment.isoformat().replace("+00:00", "Z")


def _span(us: int) -> str:
    minutes = us // 60_000_000
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes // 60} hours" if minutes < 2_880 else f"{minutes // 1_440} days"
