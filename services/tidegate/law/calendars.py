"""Working days of the Mainland, with its make-up days, and of Hong Kong.

The days are those of the ``holidays`` library. The State Council announces a year's holidays and make-up days in the
November before it; of years that are not announced yet only the statutory holidays are known, so a date in them is
provisional and says so. Hong Kong's general holidays follow from its ordinance
(Cap. 149) for any year; a Saturday is a working day there, which is the earlier and so the stricter date.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from functools import cache
from typing import Protocol

SHANGHAI = timezone(timedelta(hours=8))
"""Asia/Shanghai and Asia/Hong_Kong alike: eight hours ahead of UTC, and no summer time since 1991 and 1979."""


class Calendar(StrEnum):
    """Whose working days count."""

    MAINLAND = "CN"
    HONG_KONG = "HK"


@dataclass(frozen=True, slots=True)
class Due:
    """A day that working days were counted to. ``certain`` is False where a year on the way is not announced yet."""

    day: date
    certain: bool = True

    def __str__(self) -> str:
        return f"{self.day}" if self.certain else f"{self.day} (provisional: the calendar is not announced yet)"


class _Days(Protocol):
    """A year of the library's."""

    @property
    def weekend_workdays(self) -> set[date]: ...

    def is_working_day(self, key: date) -> bool: ...


@cache
def _days(calendar: Calendar, year: int) -> _Days:
    # All of the library's calendars take longer to load than most commands to run, and most ask for no working day.
    from holidays import country_holidays  # noqa: PLC0415

    return country_holidays(str(calendar), years=year)


@cache
def announced(calendar: Calendar, year: int) -> bool:
    """Whether the library knows the year's make-up days. Every announced year of the Mainland since 2008 has some."""
    if calendar is Calendar.HONG_KONG:
        return True
    return any(day.year == year for day in _days(calendar, year).weekend_workdays)


@cache
def announced_through(year: int) -> int:
    """The last announced year of the Mainland, looked for up to a year."""
    return next((one for one in range(year, 2007, -1) if announced(Calendar.MAINLAND, one)), 2007)


def is_working_day(calendar: Calendar, day: date) -> bool:
    return bool(_days(calendar, day.year).is_working_day(day))


def add_working_days(calendar: Calendar, day: date, count: int) -> Due:
    """The day some working days after a day, which does not count itself; before it where ``count`` is negative."""
    step = timedelta(days=1 if count > 0 else -1)
    left, certain = abs(count), announced(calendar, day.year)
    while left:
        day += step
        certain = certain and announced(calendar, day.year)
        if is_working_day(calendar, day):
            left -= 1
    return Due(day, certain)


def add_months(day: date, count: int) -> date:
    """The same day some months later, or the last of that month where it is shorter."""
    month = day.month - 1 + count
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def day_of(moment: datetime) -> date:
    """The day of a moment in Asia/Shanghai."""
    return moment.astimezone(SHANGHAI).date()


def start_of(day: date) -> datetime:
    """The first moment of a day in Asia/Shanghai."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI).astimezone(UTC)


def day_of_us(at_us: int) -> date:
    """The day in Asia/Shanghai of a moment in microseconds: it begins at 16:00 UTC."""
    return day_of(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us))


def micros_of(moment: datetime) -> int:
    """A moment in microseconds since 1970."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def year_of_us(at_us: int) -> int:
    """The calendar year in Asia/Shanghai of a moment in microseconds: it begins at 16:00 UTC on 31 December."""
    return day_of_us(at_us).year


OLDEST = 125
"""Years that nobody has ever lived: the oldest person whose age is proved became 122."""


def of_age(years: int, day: date) -> tuple[date, date]:
    """The first and the last birth date with which somebody is at least so many years old on a day.

    Whoever was born on 29 February becomes a year older on 1 March where a year has no such day. What is before the
    first or after the day itself is no birth date.
    """
    return add_months(day, -12 * OLDEST), add_months(day, -12 * years)
