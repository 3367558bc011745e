"""Dated parameters: every number of the law with the day from which it holds, its article and its source.

They stand in ``data/parameters.toml``. A change of law is a new dated value; a decision of an earlier day is explained
by the value of that day, which stays.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files

from tidegate.law.edges import Edges, read_edges
from tidegate.law.points import STRICT, Points


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a parameter and the day from which it holds, in Asia/Shanghai."""

    since: date
    value: int
    article: str
    source: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number of the law, and all its values, oldest first."""

    name: str
    about: str
    unit: str
    values: tuple[Value, ...]

    def on(self, day: date) -> Value | None:
        """The value of a day, or None where there was none yet."""
        return next((one for one in reversed(self.values) if one.since <= day), None)


@dataclass(frozen=True)
class Law:
    """The law of one day: its numbers, its edges, and how the open points are settled."""

    day: date
    values: Mapping[str, Value]
    edges: Edges
    points: Points = field(default=STRICT)

    def __getitem__(self, name: str) -> int:
        return self.values[name].value

    @property
    def since(self) -> date:
        """The day of its last change: two laws of one such day are one law."""
        return max(*(one.since for one in self.values.values()), *(edge.since for edge in self.edges.all))

    @property
    def digest(self) -> str:
        """Over all that decides: values with their articles, edges, points. Plans name it."""
        said = {
            "values": {name: [str(one.since), one.value, one.article] for name, one in sorted(self.values.items())},
            "edges": self.edges.to_json(),
            "points": asdict(self.points),
        }
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


@cache
def parameters() -> tuple[Parameter, ...]:
    """All parameters, in the order of the file."""
    said = tomllib.loads(_text("parameters.toml"))
    return tuple(
        Parameter(
            one["name"],
            one["about"],
            one["unit"],
            tuple(
                sorted(
                    (
                        Value(value["from"], value["value"], value["article"], value["source"])
                        for value in one["values"]
                    ),
                    key=lambda value: value.since,
                )
            ),
        )
        for one in said["parameter"]
    )


NEEDED = ("pi_contract", "pi_assessment", "spi_assessment", "certificate_route", "statutory_duty_small_handler")
"""What the table itself asks. Without these there is no law to decide by."""


def first_day() -> date:
    """The first day for which this table holds; before it other law was in force."""
    return max(one.values[0].since for one in parameters() if one.name in NEEDED)


def newest_day() -> date:
    """The day from which the newest value or edge known here holds."""
    return max(
        *(value.since for one in parameters() for value in one.values),
        *(edge.since for edge in every_edge().all),
    )


def every_edge() -> Edges:
    """All edges known here, of whatever day."""
    return read_edges(_text("edges.toml"))


@cache
def law_on(day: date, points: Points = STRICT) -> Law:
    """The law of a day. Raises ``ValueError`` for a day before this table held."""
    if day < first_day():
        raise ValueError(
            f"there is no law of {day} here: the table is that of the CAC provisions in force since {first_day()}"
        )
    values = {one.name: found for one in parameters() if (found := one.on(day)) is not None}
    return Law(day, values, every_edge().on(day), points)


def changes_after(day: date) -> dict[date, tuple[str, ...]]:
    """What is known to change later, by the day from which it holds: names of parameters, and areas of edges."""
    found: dict[date, list[str]] = {}
    for one in parameters():
        for value in one.values:
            found.setdefault(value.since, []).append(one.name)
    for edge in every_edge().all:
        found.setdefault(edge.since, []).append(f"{edge.start} to {edge.end}")
    return {since: tuple(dict.fromkeys(names)) for since, names in sorted(found.items()) if since > day}


def newest_law(points: Points = STRICT) -> Law:
    """The law by the newest values known here, though they may not be in force yet. No rules are compiled by it."""
    return law_on(newest_day(), points)


def _text(name: str) -> str:
    return (files("tidegate.law") / "data" / name).read_text(encoding="utf-8")
