"""Times: RFC 3339 text to microseconds since 1970-01-01T00:00:00Z and back. No clock, and nothing is guessed.

Accepted is RFC 3339 section 5.6, with what ISO 8601 senders write beside it and what leaves no doubt about the moment:
a space for the ``T``, a comma before the fraction, an offset without colon or without minutes, no seconds.
Refused is what would need a guess: no offset, no time of day, a date or an offset that does not exist, a leap second.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

MICROS = 1_000_000
MAX_TEXT = 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()
FIRST = (date.min.toordinal() - _EPOCH_DAY) * 86_400 * MICROS
LAST = (date.max.toordinal() + 1 - _EPOCH_DAY) * 86_400 * MICROS - 1
WESTMOST, EASTMOST = -12 * 60, 14 * 60

_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?:([Zz])|([+-])(\d\d)(:?)(\d\d)?)?", re.ASCII
)
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


@dataclass(frozen=True, slots=True)
class Instant:
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
    year, month, day, hour, minute, second, fraction, zulu, sign, _, colon, _ = match.groups()
    if not zulu and not sign:
        return NO_OFFSET
    if colon and match[12] is None:
        return NO_FORM
    offset = 0 if zulu else _offset(match)
    if not WESTMOST <= offset <= EASTMOST:
        return NO_SUCH_OFFSET
    try:
        days = date(int(year), int(month), int(day)).toordinal() - _EPOCH_DAY
    except ValueError:
        return NO_DAY
    if hour > "23" or minute > "59" or (second or "00") > "59":
        return NO_DAY
    seconds = (days * 1440 + int(hour) * 60 + int(minute) - offset) * 60 + int(second or 0)
    micros = seconds * MICROS + (int(fraction[:6].ljust(6, "0")) if fraction else 0)
    if not FIRST <= micros <= LAST:
        return NO_YEAR
    unknown_place = sign == "-" and offset == 0
    return Instant(micros, None if unknown_place else offset, _remark(second, fraction))


def _offset(match: re.Match[str]) -> int:
    minutes = int(match[12] or 0)
    if minutes > 59:
        return EASTMOST + 1
    size = int(match[10]) * 60 + minutes
    return -size if match[9] == "-" else size


def _remark(second: str | None, fraction: str | None) -> str | None:
    if second is None:
        return NO_SECONDS
    return CUT if fraction and fraction[6:].strip("0") else None


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
