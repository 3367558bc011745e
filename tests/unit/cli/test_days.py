"""Days and moments that commands take: of years in which something can be asked, else a sentence and exit code 2."""

from __future__ import annotations

from datetime import date

import click
import pytest
from click.testing import CliRunner

from tidegate.cli.main import group
from tidegate.cli.shared import Day, Duration, Moment

DAYS = [
    ("report", "--from", "--to", "2026-03-31"),
    ("report", "--to", "--from", "2026-03-31"),
    ("obligations", "--on", "--rules", "."),
    ("law", "table", "--on"),
    ("law", "row", "14", "--on"),
]


@pytest.mark.parametrize("day", ["0001-01-01", "1999-12-31", "2200-01-01", "9999-12-31", "2026-02-30", "2026-1", "x"])
@pytest.mark.parametrize("command", DAYS, ids=[" ".join(one) for one in DAYS])
def test_a_day_out_of_all_years_is_a_mistake_of_the_call(command: tuple[str, ...], day: str) -> None:
    place = next(index for index, one in enumerate(command) if one.startswith("--")) + 1
    arguments = [*command[:place], day, *command[place:]]
    found = CliRunner().invoke(group, arguments)
    assert found.exit_code == 2, found.output
    assert f"'{day}'" in found.output


@pytest.mark.parametrize("day", [date(2000, 1, 1), date(2199, 12, 31)])
def test_the_first_and_the_last_day(day: date) -> None:
    assert Day().convert(str(day), None, None) == day
    assert Day().convert(day, None, None) is day


@pytest.mark.parametrize(
    "moment",
    ["0001-01-01T00:00:00+08:00", "1999-12-31T23:59:59Z", "2200-01-01T00:00:00Z", "9999-12-31T23:59:59-08:00"],
)
def test_a_moment_out_of_all_years_is_a_mistake_too(moment: str) -> None:
    with pytest.raises(click.BadParameter, match="is not in the years 2000 to 2199"):
        Moment().convert(moment, None, None)


@pytest.mark.parametrize("ago", ["99999999d", f"{'9' * 400}d", "3651d"])
def test_a_time_that_is_too_long_ago_is_one(ago: str) -> None:
    for kind in (Moment(), Duration()):
        with pytest.raises(click.BadParameter, match="is too long; 3650d is the longest"):
            kind.convert(ago, None, None)


def test_moments_in_between() -> None:
    assert Moment().convert("2000-01-01T00:00:00Z", None, None) == 946_684_800_000
    assert Moment().convert("2199-12-31T23:59:59Z", None, None) == 7_258_118_399_000
    assert Duration().convert("3650d", None, None) == 315_360_000.0
