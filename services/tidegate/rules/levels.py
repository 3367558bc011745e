"""Levels: how far an exporter is, told by dimensions, each of which counts something in a window.

A dimension counts the distinct people, or the events with important data, that the exporter has provided in some
buckets since some 1 January. Between its bounds nothing changes: a plan has views for the places between them, one for
each level, and a level is made of one place for each dimension, the last counting fastest.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
from typing import TypeAlias

from tidegate.law import THRESHOLDS, Bucket, Law

Level: TypeAlias = tuple[int, ...]
"""For each dimension, how many of its bounds are reached."""
FEWEST: Level = ()
"""The level of whoever has provided nothing yet, whatever the dimensions."""


@dataclass(frozen=True, slots=True)
class Window:
    """What is counted: who is in any of some buckets, each once.

    ``since`` is the calendar year of Asia/Shanghai from whose beginning; None is the year of the decision.
    """

    buckets: tuple[Bucket, ...]
    since: int | None = None

    @property
    def name(self) -> str:
        """``PI``, or ``2025:PI+SPI``."""
        return ("" if self.since is None else f"{self.since}:") + "+".join(self.buckets)

    @property
    def of_events(self) -> bool:
        """Whether events are counted and not people."""
        return self.buckets == (Bucket.IMPORTANT,)


@dataclass(frozen=True, slots=True)
class Dimension:
    """A window, and the ascending numbers from which on something changes."""

    window: Window
    bounds: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Cap:
    """What a paper was approved for: so many people, or events, in a window; while it holds (microseconds since 1970).

    ``valid_to`` is None where it has no end.
    """

    paper: str
    number: int
    window: Window
    valid_from: int
    valid_to: int | None = None


@dataclass(frozen=True)
class Bounds:
    """The dimensions of one exporter. Those of the law come first: PI and SPI, in the year of the decision."""

    dimensions: tuple[Dimension, ...]

    @property
    def count(self) -> int:
        """How many levels there are."""
        return prod(len(one.bounds) + 1 for one in self.dimensions)

    @cached_property
    def levels(self) -> tuple[Level, ...]:
        """All levels, in the order in which a plan keeps the views of a counted delivery."""
        return tuple(product(*(range(len(one.bounds) + 1) for one in self.dimensions)))

    def level(self, counted: Mapping[Window, int]) -> Level:
        """The level of so many; of a window of which nothing is said there are none."""
        return tuple(bisect_right(one.bounds, counted.get(one.window, 0)) for one in self.dimensions)

    def fewest(self, level: Level, window: Window) -> int:
        """The fewest that there are at a level in a window; of one that is no dimension, one."""
        places = zip(self.dimensions, level, strict=False)
        return next(((1, *one.bounds)[place] for one, place in places if one.window == window), 1)


PEOPLE = Window((Bucket.PI,))
SENSITIVE = Window((Bucket.SPI,))


def thresholds(law: Law) -> Bounds:
    """The dimensions where no paper has a cap."""
    return Bounds(
        tuple(
            Dimension(window, tuple(sorted(law[name] for name in THRESHOLDS[bucket])))
            for window in (PEOPLE, SENSITIVE)
            for bucket in window.buckets
        )
    )
