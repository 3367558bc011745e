"""Times: RFC 3339 text to microseconds since 1970-01-01T00:00:00Z and back. No clock, and nothing is guessed.

Accepted is RFC 3339 section 5.6, with what ISO 8601 senders write beside it and what leaves no doubt about the moment:
a space for the ``T``, a comma before the fraction, an offset without colon or without minutes, no seconds.
Refused is what would need a guess: no offset, no time of day, a date or an offset that does not exist, a leap second.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

MICROS = 1_000_000
MAX_TEXT = 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()
FIRST = (date.min.toordinal() - _EPOCH_DAY) * 86_400 * MICROS
LAST = (date.max.toordinal() + 1 - _EPOCH_DAY) * 86_400 * MICROS - 1
WESTMOST, EASTMOST = -12 * 60, 14 * 60

_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(?:[.,](\d+))?)?([Zz]|[+-]\d\d(?::?\d\d)?)?", re.ASCII)
_NOTHING = timedelta()
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

_HOW = "Write the local time with its offset from UTC, as in 2026-03-01T14:05:00+08:00, or UTC with a Z at the end"
NO_OFFSET = f"has no offset from UTC, so nobody can tell which moment is meant. {_HOW}"
NO_TIME = f"is a date without a time of day. {_HOW}"
NO_FORM = f"is not a date and time in the form of RFC 3339. {_HOW}"
NO_DAY = "names a day or a time of day that does not exist"
NO_SUCH_OFFSET = "has an offset from UTC that no place on earth has (-12:00 to +14:00)"
NO_YEAR = "is outside the years 1 to 9999 in UTC"

CUT = "is more exact than a millionth of a second; the further digits are cut off"
NO_SECONDS = "gives no seconds and is taken as the full minute"


class Instant(NamedTuple):
    """A moment: microseconds since the epoch (UTC), the sender's offset, and what was peculiar about the text.

    ``offset_minutes`` is None for ``-00:00``: the moment is known, the local time is not (RFC 3339 section 4.3).
    """

    micros: int
    offset_minutes: int | None
    remark: str | None = None


def instant(text: str) -> Instant | str:
    """The moment that ``text`` names, or a sentence without its subject: what is wrong and how to mend it."""
    match = _TIME.fullmatch(text) if len(text) <= MAX_TEXT else None
    if match is None:
        return NO_TIME if _DAY.fullmatch(text) else NO_FORM
    seconds, fraction, offset = match.groups()
    if offset is None:
        return NO_OFFSET
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        return NO_DAY if _possible(offset) else NO_SUCH_OFFSET
    since, shift = moment - _EPOCH, moment.utcoffset() or _NOTHING
    # By their parts: to divide by a timedelta costs as much as the rest of this function.
    micros = (since.days * 86_400 + since.seconds) * MICROS + since.microseconds
    minutes = shift.days * 1_440 + shift.seconds // 60
    if not WESTMOST <= minutes <= EASTMOST or not _possible(offset):
        return NO_SUCH_OFFSET
    if not FIRST <= micros <= LAST:
        return NO_YEAR
    remark = None if seconds else NO_SECONDS
    if fraction and fraction[6:].strip("0"):
        remark = CUT
    unknown_place = minutes == 0 and offset[0] == "-"
    return Instant(micros, None if unknown_place else minutes, remark)


def _possible(offset: str) -> bool:
    return offset in "Zz" or (offset[1:3] < "15" and offset[3:].lstrip(":") < "60")


def rfc3339(micros: int) -> str:
    """``micros`` in UTC with a ``Z``; only between ``FIRST`` and ``LAST``."""
    return (_EPOCH + timedelta(microseconds=micros)).isoformat().replace("+00:00", "Z")


def day(text: str) -> int | str:
    """Days since 1970-01-01 of a full-date (RFC 3339 section 5.6), or a sentence that says what is wrong."""
    if not _DAY.fullmatch(text):
        return "is not a date in the form 2026-03-01"
    try:
        return date.fromisoformat(text).toordinal() - _EPOCH_DAY
    except ValueError:
        return NO_DAY


def iso_day(days: int) -> str:
    """The date ``days`` after 1970-01-01; only between the years 1 and 9999."""
    return date.fromordinal(days + _EPOCH_DAY).isoformat()


def has_iso_day(days: int) -> bool:
    """Whether ``iso_day`` can write it."""
    return date.min.toordinal() <= days + _EPOCH_DAY <= date.max.toordinal()
