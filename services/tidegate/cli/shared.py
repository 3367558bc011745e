"""What several commands share: durations and times, output for people or programs."""

from __future__ import annotations

import getpass
import json
import re
import time
from datetime import UTC, date, datetime
from typing import Any

import click

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)\Z")
_JSON = json.JSONEncoder(ensure_ascii=False, default=str)
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


FIRST_YEAR, LAST_YEAR = 2000, 2199
"""Years in which a hub can have run, or anything can be asked of it. Beyond, days and moments cannot be worked out."""
_LONGEST_S = 3650 * 86400.0
"""Longer than a hub keeps anything but what its audit says."""


class Day(click.ParamType[date]):
    """A day, written 2026-03-31, of a year of this or the next century."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            day = datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no time zone
        except ValueError:
            self.fail(f"{value!r} is no day; write 2026-03-31", param, ctx)
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            self.fail(f"{value!r} is not in the years {FIRST_YEAR} to {LAST_YEAR}", param, ctx)
        return day


class Duration(click.ParamType[float]):
    """Seconds, from a text like 60s, 5m or 0s."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        found = _DURATION.match(str(value))
        if found is None:
            self.fail(f"{value!r} is no duration; write one like 60s, 5m or 2h", param, ctx)
        seconds = float(found[1]) * _UNITS[found[2]]
        if seconds > _LONGEST_S:
            self.fail(f"{value!r} is too long; 3650d is the longest", param, ctx)
        return seconds


class Moment(click.ParamType[int]):
    """Milliseconds since 1970, from a time with an offset or from how long ago."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        if value == "now":
            return time.time_ns() // 1_000_000
        ago = value.removeprefix("-")
        if ago != value or _DURATION.match(ago):
            return time.time_ns() // 1_000_000 - int(Duration().convert(ago, param, ctx) * 1_000)
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time; write 2026-03-01T08:00:00+08:00, or 2h for two hours ago", param, ctx)
        if moment.tzinfo is None:
            self.fail(f"{value!r} has no offset; write 2026-03-01T08:00:00+08:00", param, ctx)
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            self.fail(f"{value!r} is not in the years {FIRST_YEAR} to {LAST_YEAR}", param, ctx)
        return int(moment.astimezone(UTC).timestamp() * 1_000)


def json_line(value: Any) -> str:
    """A value as one line for programs."""
    return _JSON.encode(value)


def show_json(value: Any) -> None:
    """A value as one line for programs, on stdout."""
    click.echo(json_line(value))


def approver() -> str:
    """Who gives this command, for what is written down for ever."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
