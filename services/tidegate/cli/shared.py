"""What several commands share: durations and times, output for people or programs."""

from __future__ import annotations

import getpass
import json
import re
import time
from datetime import UTC, datetime
from typing import Any

import click

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)\Z")
_JSON = json.JSONEncoder(ensure_ascii=False, default=str)
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class Duration(click.ParamType[float]):
    """Seconds, from a text like 60s, 5m or 0s."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        found = _DURATION.match(str(value))
        if found is None:
            self.fail(f"{value!r} is no duration; write one like 60s, 5m or 2h", param, ctx)
        return float(found[1]) * _UNITS[found[2]]


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
