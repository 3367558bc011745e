"""Days, months and announced years by which papers end and filings fall due, against the standard library."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

import pytest

from tidegate.law.calendars import (
    Calendar,
    add_months,
    add_working_days,
    announced,
    announced_through,
    day_of_us,
    of_age,
)


@pytest.mark.parametrize("month", range(1, 13))
@pytest.mark.parametrize("day", [1, 15, 28, 31])
def test_months_later_or_earlier_it_is_the_same_day_or_the_last_of_the_month(month: int, day: int) -> None:
    for year in (2024, 2026, 2076):
        start = date(year, month, min(day, monthrange(year, month)[1]))
        for count in range(-40, 41):
            found = add_months(start, count)

            assert (found.year * 12 + found.month) - (start.year * 12 + start.month) == count
            assert found.day == min(start.day, monthrange(found.year, found.month)[1])


def test_a_century_without_a_leap_day_moves_no_end_of_february_before_it() -> None:
    assert add_months(date(2076, 1, 31), 1) == date(2076, 2, 29)
    assert add_months(date(2099, 12, 31), 2) == date(2100, 2, 28)


def test_a_working_day_later_is_never_the_day_itself_and_none_later_is() -> None:
    friday = date(2026, 1, 9)

    assert add_working_days(Calendar.MAINLAND, friday, 0).day == friday
    assert add_working_days(Calendar.MAINLAND, friday, 1).day == date(2026, 1, 12)
    assert add_working_days(Calendar.MAINLAND, friday, -1).day == date(2026, 1, 8)
    # over the end of a year: three days of New Year, and the Sunday after them is made up
    assert add_working_days(Calendar.MAINLAND, date(2025, 12, 31), 1).day == date(2026, 1, 4)


def test_a_date_is_provisional_as_soon_as_any_year_on_its_way_is_not_announced() -> None:
    known = announced_through(2060)
    last, first = date(known, 12, 20), date(known + 1, 1, 20)

    assert add_working_days(Calendar.MAINLAND, date(known, 6, 1), 5).certain
    assert not add_working_days(Calendar.MAINLAND, last, 20).certain
    assert not add_working_days(Calendar.MAINLAND, first, -20).certain


def test_the_last_announced_year_is_the_last_with_days_that_are_made_up() -> None:
    known = announced_through(2060)

    assert 2026 <= known < 2060
    assert announced(Calendar.MAINLAND, known)
    assert not any(announced(Calendar.MAINLAND, year) for year in range(known + 1, 2061))
    assert announced_through(2061) == known
    # nobody made days up before 2008, as far as the library knows
    assert [announced_through(year) for year in (2006, 2007, 2008, 2009, 2010)] == [2007, 2007, 2008, 2009, 2010]
    # of every year the library knows days that are made up in 2001 and 2011 too
    assert not announced(Calendar.MAINLAND, 2000)


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        (date(2026, 6, 1), date(1901, 6, 1), date(2012, 6, 1)),
        (date(2026, 2, 28), date(1901, 2, 28), date(2012, 2, 28)),
        (date(2026, 3, 1), date(1901, 3, 1), date(2012, 3, 1)),
        (date(2028, 2, 29), date(1903, 2, 28), date(2014, 2, 28)),
    ],
)
def test_of_age_is_who_was_born_so_many_years_before_or_earlier(day: date, first: date, last: date) -> None:
    assert of_age(14, day) == (first, last)
    assert of_age(0, day) == (first, day)


def test_a_day_begins_in_shanghai() -> None:
    midnight = 1_780_243_200_000_000  # 2026-05-31T16:00:00Z

    assert day_of_us(midnight) == date(2026, 6, 1)
    assert day_of_us(midnight - 1) == date(2026, 5, 31)
    assert day_of_us(-1) == date(1970, 1, 1)
