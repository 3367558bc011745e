"""V6 times against each other and against the arrival of the record, V7 times that no shipment has.

"Now" is the record's own timestamp, so a replay sees what the live flow saw.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from struct import Struct

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
_ONE_BYTE = 64
"""Up to so many symbols the index of each takes one byte."""
_NUMBER = Struct("<Q").unpack_from


class Times:
    """Both rules over the times of a schema.

    ``quiet`` is an expression over ``b``, ``m`` and the two numbers of ``limits``; where it is true, neither rule has
    anything to say. It decodes nothing: the varints of times of the current era have eight bytes, and as little-endian
    numbers they compare as the times do. That of a negative number is odd.
    """

    def __init__(self, fields: Fields, facts: EventFields) -> None:
        self._fields = fields
        self._slots = facts.times
        self._told = [one for one in (facts.updated, facts.created) if one is not None]
        slot = fields.schema.slot
        self._ordered = "classifier" in slot and slot.get("eventTime") in facts.times
        self.names = {"number": _NUMBER}
        self.quiet = " and ".join(self._quiet()) or "True"

    def _quiet(self) -> Iterator[str]:
        if not self._ordered:
            yield from (_plausible(slot, "t") for slot in self._slots)
            return
        time, classifier = self._fields.schema.slot["eventTime"], self._fields.schema.slot["classifier"]
        if not isinstance(classifier.node, Enum) or len(classifier.node.symbols) > _ONE_BYTE:
            yield "False"  # of a classifier of another type, in a schema of the rules' own, no single byte tells
            return
        symbols = classifier.node.symbols
        actual = 2 * symbols.index("ACT") if "ACT" in symbols else -1
        yield _present(time, "time")
        yield f"((actual := b[m[{classifier.start}]] == {actual}) is False or time <= limit)"
        for slot in self._slots:
            if slot in self._told:
                yield _plausible(slot, "t", "and (time <= t) is actual")
            elif slot != time:
                yield _plausible(slot, "t")

    def window(self, b: bytes, m: Marks, now_us: int) -> Found:
        """V7, for every time of the event."""
        found = NONE
        for slot in self._slots:
            start = m[slot.start] + (slot.null_index is not None)
            if start < m[slot.end]:
                found += self._judge(long_at(b, start, m[slot.end]), slot.path, now_us)
        return found

    def _judge(self, time_us: int, path: str, now_us: int) -> Found:
        if time_us < EARLIEST_US:
            said = f"{show(time_us)} is before the year 2000"
        elif time_us > now_us + LATEST_AFTER_US:
            said = f"{show(time_us)} is more than two years after the hub received it"
        else:
            return NONE
        return (self._fields.finding("V7", path, said, Severity.ERROR),)

    def order(self, b: bytes, m: Marks, now_us: int) -> Found:
        """V6. An actual event has happened, and before it was told of; a plan or an estimate is made before its time.

        Nothing follows from a message of another era; V7 refuses it.
        """
        if not self._ordered:
            return NONE
        fields, classifier = self._fields, self._fields.word("classifier", b, m)
        time_us = fields.number("eventTime", b, m) or 0
        given = [(slot.path, us) for slot in self._told if (us := fields.number(slot.path, b, m)) is not None]
        told = [(path, us) for path, us in given if us > 0 and _little(us)]
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


def limits(now_us: int) -> tuple[int, int]:
    """``latest`` and ``limit`` of a record's timestamp: V7's last moment, and V6's of what has happened."""
    return _little(now_us + LATEST_AFTER_US), _little(now_us + SKEW_US)


def _little(time_us: int) -> int:
    """A time as its varint compares; of a clock before 1975 or after 3111 nothing is said to be quiet."""
    found = long_bytes(time_us)
    return int.from_bytes(found, "little") if len(found) == 8 else 0


_EARLIEST = _little(EARLIEST_US)


def _present(slot: Slot, name: str) -> str:
    """Whether a time is there and plausible; its number gets the name."""
    skip = 0 if slot.null_index is None else 1
    at = f"m[{slot.start}] + 1" if skip else f"m[{slot.start}]"
    return (
        f"m[{slot.end}] - m[{slot.start}] == {8 + skip} "
        f"and {_EARLIEST} <= ({name} := number(b, {at})[0]) <= latest and not {name} & 1"
    )


def _plausible(slot: Slot, name: str, more: str = "") -> str:
    """Whether a time is null, or there and plausible."""
    if slot.null_index is None:
        return f"{_present(slot, name)} {more}"
    return f"(m[{slot.end}] - m[{slot.start}] <= 1 or {_present(slot, name)} {more})"


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
