"""Bounds: from which numbers of people on something changes for an exporter, and the levels between them.

They are the thresholds of the law and the caps of papers: a paper that was approved for 50,000 people carries 50,000
and not one more (NDSMR 38). A cap is compared with all distinct people whom the exporter has provided this calendar
year in the buckets of what the paper covers, whoever got them and under whichever paper. That is never fewer than left
under the paper in that year, so to split a flow over papers, recipients or topics gains nothing (SCC Measures 4).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from tidegate.law import THRESHOLDS, Bucket, Law
from tidegate.rules.papers import Paper

MAX_LEVELS = 120
"""The levels of one exporter: a plan has a view for each, and the audit a byte for the level of a record."""


@dataclass(frozen=True, slots=True)
class Level:
    """Between which bounds the counts of an exporter are: of personal data, of sensitive data, of both together."""

    pi: int
    spi: int
    both: int = 0


@dataclass(frozen=True)
class Bounds:
    """Ascending numbers of people in PI, in SPI, and of those who are in one of the two or in both."""

    pi: tuple[int, ...]
    spi: tuple[int, ...]
    both: tuple[int, ...] = ()

    @cached_property
    def levels(self) -> tuple[Level, ...]:
        """All levels, in the order in which a plan keeps the views of a counted delivery."""
        sizes = (range(len(one) + 1) for one in (self.pi, self.spi, self.both))
        return tuple(Level(*places) for places in product(*sizes))

    def level(self, pi: int, spi: int, both: int) -> Level:
        """The level of so many people."""
        return Level(bisect_right(self.pi, pi), bisect_right(self.spi, spi), bisect_right(self.both, both))

    def fewest(self, level: Level, buckets: Collection[Bucket]) -> int:
        """The fewest people that there are at a level in a bucket, or in PI and SPI together."""
        if len(buckets) != 1:
            return (1, *self.both)[level.both]
        return (1, *self.pi)[level.pi] if Bucket.PI in buckets else (1, *self.spi)[level.spi]


def thresholds(law: Law) -> Bounds:
    """The bounds where no paper has a cap."""
    pi, spi = (tuple(sorted(law[name] for name in THRESHOLDS[bucket])) for bucket in (Bucket.PI, Bucket.SPI))
    return Bounds(pi, spi)


def bounds_of(exporter: str, papers: Iterable[Paper], law: Law) -> Bounds:
    """The bounds of an exporter: of the law, and of papers under which it sends, or passes on what it got."""
    return with_caps(
        thresholds(law),
        (
            (one.said.people, one.buckets)
            for one in papers
            if one.usable and one.said.people is not None and exporter in (one.said.exporter, *one.said.recipients)
        ),
    )


def too_many(papers: Sequence[Paper], law: Law) -> Iterator[tuple[Paper, str]]:
    """Papers with which an exporter has more levels than a plan can hold views for."""
    for name in sorted({one for paper in papers for one in (paper.said.exporter, *paper.said.recipients)}):
        caps = [one for one in papers if bounds_of(name, [one], law) != thresholds(law)]
        found = bounds_of(name, papers, law)
        count = (len(found.pi) + 1) * (len(found.spi) + 1) * (len(found.both) + 1)
        if count > MAX_LEVELS:
            yield (
                caps[-1],
                f"the papers of {name} have {len(caps)} numbers of people, so its counts would have {count} levels; "
                f"{MAX_LEVELS} is the most: give papers that cover alike the same number, or end those not in use",
            )


def with_caps(bounds: Bounds, caps: Iterable[tuple[int, Collection[Bucket]]]) -> Bounds:
    """Bounds with those of papers: of each how many people it was approved for, and in which buckets."""
    found = {"pi": set(bounds.pi), "spi": set(bounds.spi), "both": set(bounds.both)}
    for people, buckets in caps:
        of = "both" if len(buckets) != 1 else "pi" if Bucket.PI in buckets else "spi"
        found[of].add(people + 1)
    return Bounds(**{name: tuple(sorted(one)) for name, one in found.items()})
