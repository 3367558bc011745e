"""V3 UN/LOCODEs, V4 facilities, V5 offsets from UTC: does the place exist, and is the clock that of the place?

Sources: UN/LOCODE (UN/CEFACT Recommendation 16: country by ISO 3166-1, then letters or 2 to 9), the SMDG terminal list,
BIC facility codes, and the IANA time zone data for the offsets of a country on a date.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import pycountry

from tidegate.events.checks.parts import NONE, Found, Part, remembering, spans
from tidegate.events.checks.reading import Fields, shown
from tidegate.events.checks.references import NO_REFERENCES, References
from tidegate.events.facts import Marks
from tidegate.events.findings import Severity
from tidegate.events.transforms import long_bytes

_FORM = re.compile(r"[A-Z]{2}[A-Z2-9]{3}")
_BESIDE_ISO = frozenset(("XZ", "XK"))
"""Installations in international waters, and Kosovo."""
_SEA_PORT = "1"
HOURS_US = 1 << 34
"""The upper three bytes of the eight of a time tell so many microseconds apart: 4.8 hours."""
_NAMED_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)*)([+-]\d\d:\d\d)")
_PLACE = ("location.unLocode", "location.facilityCode", "location.facilityCodeListProvider")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parts(fields: Fields, references: References) -> list[Part]:
    """The parts of the schema that these rules apply to."""
    slot = fields.schema.slot
    if not fields.slots("location.unLocode"):
        return []
    asked = _PLACE[:1] if references == NO_REFERENCES else (*_PLACE, "eventType", "transport.mode")
    key = spans(fields.slots(*asked))
    made = [remembering(key, lambda b, m: locode(fields, references, b, m) + facility(fields, references, b, m))]
    if "utcOffsetMinutes" in slot and "eventTime" in slot:
        code, time, clock = (slot[path] for path in ("location.unLocode", "eventTime", "utcOffsetMinutes"))
        hours = (f"m[{time.end}] - 3", f"m[{time.end}]")
        shift = (f"m[{clock.start}]", f"m[{clock.end}]")
        stretch = f"b[{hours[0]}:{shift[1]}]" if hours[1] == shift[0] else f"b[{':'.join(hours)}], b[{':'.join(shift)}]"
        size = f"m[{time.end}] - m[{time.start}]"
        first = time.null_index is not None
        # Its upper bytes alone would be those of a time before 1970, or of another length, as well.
        era = f"{size}, {f'{size} > 1 and ' if first else ''}b[m[{time.start}]{' + 1' if first else ''}] & 1"
        made.append(remembering(f"({spans([code])}, {stretch}, {era})", lambda b, m: offset(fields, b, m)))
        if fields.slots("eventTimeRaw"):
            zero = b"\0" if clock.null_index is None else long_bytes(1 - clock.null_index) + b"\0"
            other = f"b[m[{clock.start}]:m[{clock.end}]] != {zero!r}"
            made.append(
                Part(f"{other} or b':' not in {spans([slot['eventId']])}", lambda b, m: clock_of_id(fields, b, m))
            )
            raw = slot["eventTimeRaw"]
            known = f"m[{clock.end}] - m[{clock.start}] > 1 or m[{raw.end}] - m[{raw.start}] <= 1"
            made.append(Part(known, lambda b, m: naive(fields, b, m)))
    return made


def locode(fields: Fields, references: References, b: bytes, m: Marks) -> Found:
    """V3. The form is an ERROR: no list can make sense of it. A code that is in no list is a WARN: lists are late."""
    code = fields.word("location.unLocode", b, m)
    path = "location.unLocode"
    if not code:
        return NONE
    if not _FORM.fullmatch(code):
        said = f"{shown(code)} is not a UN/LOCODE: two letters for the country, then three letters or digits 2 to 9"
        return (fields.finding("V3", path, said, Severity.ERROR),)
    if code[:2] not in _BESIDE_ISO and pycountry.countries.get(alpha_2=code[:2]) is None:
        return (
            fields.finding("V3", path, f"{code} is not a UN/LOCODE: there is no country {code[:2]}", Severity.ERROR),
        )
    if references.places is None:
        return NONE
    functions = references.places.get(code)
    if functions is None:
        return (fields.finding("V3", path, f"{code} is not in the list of UN/LOCODEs"),)
    by_sea = fields.word("eventType", b, m) == "TRANSPORT" and fields.word("transport.mode", b, m) == "VESSEL"
    if by_sea and functions and _SEA_PORT not in functions:
        return (fields.finding("V3", path, f"{code} is no sea port, but the event is about a vessel there"),)
    return NONE


def facility(fields: Fields, references: References, b: bytes, m: Marks) -> Found:
    """V4. The facility is one of the place that is named with it."""
    place, code, provider = (fields.word(path, b, m) for path in _PLACE)
    known = references.facilities.get(provider)
    if not place or not code or known is None:
        return NONE
    places = known.get(code) or known.get(code.removeprefix(place), frozenset())  # BIC writes the place before it
    if place in places:
        return NONE
    elsewhere = f"; it is in {', '.join(sorted(places)[:3])}" if places else ""
    said = f"the {provider} list has no facility {shown(code)} in {place}{elsewhere}"
    return (fields.finding("V4", "location.facilityCode", said),)


def offset(fields: Fields, b: bytes, m: Marks) -> Found:
    """V5. The offset is one that the country has on that date. UTC itself (Z) is right everywhere."""
    minutes, code = fields.number("utcOffsetMinutes", b, m), fields.word("location.unLocode", b, m)
    if not minutes or not _FORM.fullmatch(code):
        return NONE
    time_us = fields.number("eventTime", b, m) or 0
    possible = offsets(code[:2], time_us // HOURS_US)
    if not possible or minutes in possible:
        return NONE
    usual = ", ".join(_clock(one) for one in sorted(possible)[:4])
    said = f"the clocks at {code} do not stand at {_clock(minutes)} on that day, but at {usual}"
    return (fields.finding("V5", "eventTime", said),)


def clock_of_id(fields: Fields, b: bytes, m: Marks) -> Found:
    """V5. An id that holds the same wall clock with another offset than UTC: local time was labelled as UTC."""
    raw = fields.word("eventTimeRaw", b, m)
    named = _NAMED_TIME.search(fields.word("eventId", b, m))
    if named is None or fields.number("utcOffsetMinutes", b, m) != 0:
        return NONE
    if not raw.endswith(("Z", "z")) or not raw.startswith(named[1][:16]) or named[2][1:] == "00:00":
        return NONE
    said = f"the time says UTC (Z), the event id says {named[2]} for the same hour: is it local time? Write its offset"
    return (fields.finding("V5", "eventTime", said),)


def naive(fields: Fields, b: bytes, m: Marks) -> Found:
    """V5. The sender's own text of the time has no offset, and none is given beside it: nobody can tell the moment."""
    raw = fields.word("eventTimeRaw", b, m)
    if (
        not raw
        or fields.number("utcOffsetMinutes", b, m) is not None
        or re.search(r"(?:[Zz]|[+-]\d\d(?::?\d\d)?)$", raw[10:])
    ):
        return NONE
    said = f"{shown(raw)} has no offset from UTC, so nobody can tell which moment is meant"
    return (fields.finding("V5", "eventTimeRaw", said, Severity.ERROR),)


@cache
def _zones() -> dict[str, tuple[str, ...]]:
    """IANA time zones by country."""
    found: dict[str, tuple[str, ...]] = {}
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    for line in table.splitlines():
        if line and not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            found[country] = (*found.get(country, ()), zone)
    return found


@cache
def _zone(name: str) -> ZoneInfo:
    """From the pinned package, not from the machine: all hubs have to decide alike."""
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, name)


def offsets(country: str, hours: int) -> frozenset[int]:
    """All offsets, in minutes, that clocks of a country have at the ends of one of the stretches of ``HOURS_US``."""
    found = set()
    for number in (hours, hours + 1):
        try:
            moment = _EPOCH + timedelta(microseconds=number * HOURS_US)
        except OverflowError:
            return frozenset()
        for name in _zones().get(country, ()):
            shift = moment.astimezone(_zone(name)).utcoffset() or timedelta()
            found.add(int(shift.total_seconds()) // 60)
    return frozenset(found)


def _clock(minutes: int) -> str:
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
