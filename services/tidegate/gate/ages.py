"""Ages: whether an event says of somebody that he or she is not so many years old yet at the moment of its decision.

What cannot be a birth date counts as one of a child: in the future, longer ago than anybody has lived, no date at all,
or one that could not be read and stands among the extensions.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import TypeAlias

from tidegate.events import avro
from tidegate.events.avro import Array, Primitive, Record
from tidegate.events.facts import Marks, long_at, text_reader
from tidegate.events.identity import DAY_US
from tidegate.events.memo import Memo
from tidegate.events.rewriting import compile_elements
from tidegate.events.schemas import Schema
from tidegate.events.slots import Slot, slots
from tidegate.law.calendars import day_of_us, of_age

Young: TypeAlias = Callable[[bytes, Marks], bool]
_DayOf: TypeAlias = Callable[[bytes, Marks], int | None]
"""A day since 1970; None where nothing is said."""

_SHANGHAI_US = 8 * 3_600_000_000
_EPOCH = date(1970, 1, 1).toordinal()
_NO_DATE = -(10**9)
"""A day on which nobody was born."""
_UNITS = {"timestamp-micros": 1, "timestamp-millis": 1_000}


def compile_young(schema: Schema, path: str, years: int) -> Callable[[int], Young]:
    """From a moment of decision, in microseconds, to the test of an event. ``path`` leads into an array of records."""
    array, _, field = path.partition("[].")
    births = _births(schema.slot[array], field)
    start, end = schema.slot[array].start, schema.slot[array].end
    unread = _unread(schema, field)
    of_day: dict[date, Young] = {}

    def on(day: date) -> Young:
        first, last = (one.toordinal() - _EPOCH for one in of_age(years, day))

        def young(b: bytes, m: Marks) -> bool:
            said = b[m[start] : m[end]]
            if said != b"\0":
                between = births[said]
                if between is not None and not (first <= between[0] and between[1] <= last):
                    return True
            return unread(b, m)

        return young

    def at(decided_us: int) -> Young:
        day = day_of_us(decided_us)
        if day not in of_day:
            of_day.clear()
            of_day[day] = on(day)
        return of_day[day]

    return at


def _births(slot: Slot, field: str) -> Memo[tuple[int, int] | None]:
    """From an array's bytes to the first and the last of the days that it says; None where it says none."""
    inner = avro.child(slot.node)
    assert isinstance(inner, Array) and isinstance(inner.items, Record)  # noqa: S101 - the plan asks for no other
    elements = compile_elements(inner.items)
    read = _day_reader(next(one for one in slots(inner.items) if one.path == field))
    skip, null = (0, -1) if slot.null_index is None else (1, 2 * slot.null_index)

    def between(b: bytes) -> tuple[int, int] | None:
        if not b or b[0] == null:
            return None
        said = b[skip:]
        days = [day for m in elements(said) if (day := read(said, m)) is not None]
        return (min(days), max(days)) if days else None

    return Memo(between)


def _day_reader(slot: Slot) -> _DayOf:
    inner = avro.child(slot.node)
    first, after, skip = slot.start, slot.end, 0 if slot.null_index is None else 1
    day: Callable[[int], int]
    match inner:
        case Primitive("string"):
            text = text_reader(slot)
            return lambda b, m: _day(said) if (said := text(b, m)) else None
        case Primitive("int", "date"):
            day = _same
        case Primitive("long", "timestamp-micros" | "timestamp-millis" as kind):
            day = partial(_day_of_moment, _UNITS[kind])
        case _:
            return lambda b, m: _NO_DATE if m[first] + skip < m[after] else None

    def read(b: bytes, m: Marks) -> int | None:
        start, end = m[first] + skip, m[after]
        return day(long_at(b, start, end)) if start < end else None

    return read


def _same(day: int) -> int:
    return day


def _day_of_moment(unit_us: int, moment: int) -> int:
    """The day in Asia/Shanghai of a moment in some microseconds each."""
    return (moment * unit_us + _SHANGHAI_US) // DAY_US


def _day(said: bytes) -> int:
    try:
        return date.fromisoformat(said.decode()).toordinal() - _EPOCH
    except ValueError:
        return _NO_DATE


def _unread(schema: Schema, field: str) -> Young:
    """Whether a field of some element stands among the extensions, where what could not be read is put by its path."""
    slot = schema.slot.get("extensions")
    if slot is None:
        return lambda b, m: False
    first, after, name = slot.start, slot.end, f"].{field}".encode()
    return lambda b, m: name in b[m[first] : m[after]]
