"""Counting people in Redis: one set per exporter, calendar year and bucket, reserved by one script call for a batch.

A set holds keyed digests of persons, so the same person in five hundred events is one. A reservation belongs to the
epoch of the claim store: after a wipe nobody reserves until the sets were written back from the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tidegate.claims.store import ClaimStore
from tidegate.gate.counting import Asked, Counts, Persons
from tidegate.law import Bucket
from tidegate.rules.bounds import Bounds

RECORDS_PER_CALL = 1_000
"""Records of one exporter in one script call: Redis does nothing else meanwhile."""
PERSONS_PER_CALL = 1_000
YEARS_LOOKED_BACK = 6
"""How far back a hub looks for years to forget, should none have run for long."""

_BUCKETS = tuple(Bucket)
"""In the order in which the script has its sets."""
_NOBODY = ("0", "")
_BOTH = "both"
"""How many people are in PI or SPI, with the sizes of the two for which that holds."""
_UNION = "union"
"""Where the two are put together for a moment, when their sizes are others."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Persons of one exporter, year and bucket, to be written back after a wipe."""

    exporter: str
    year: int
    bucket: str
    persons: Sequence[bytes]


class PeopleStore:
    """The counters of a hub, through one lane's client of the claim store."""

    def __init__(self, store: ClaimStore) -> None:
        self._store = store

    async def reserve(self, batch: Sequence[Persons], epoch: str, bounds: Mapping[str, Bounds]) -> Counts:
        """Reserves the persons of a batch in one round trip, by the bounds of each exporter.

        Raises ``ClaimsLost`` or ``ClaimsUnavailable``.

        Of one exporter the records come in the order of the batch. A call that was not answered may have reserved: the
        same persons asked for again are not new.
        """
        groups: dict[tuple[str, int], list[Persons]] = {}
        for one in batch:
            groups.setdefault((one.exporter, one.year), []).append(one)
        parts = [
            (place, mine[start : start + RECORDS_PER_CALL])
            for place, mine in groups.items()
            for start in range(0, len(mine), RECORDS_PER_CALL)
        ]
        answers = await self._store.run_all(
            "reserve",
            [(self._keys(*place), (epoch, *_sizes(bounds[place[0]]), *_flat(some))) for place, some in parts],
        )
        levels: dict[int, int] = {}
        people: dict[int, tuple[int, int]] = {}
        totals: dict[tuple[str, int], tuple[int, ...]] = {}
        for (place, some), said in zip(parts, answers, strict=True):
            totals[place] = tuple(said[-len(_BUCKETS) :])
            for start, one in zip(range(0, len(said), 3), some, strict=False):
                levels[one.index], people[one.index] = said[start], (said[start + 1], said[start + 2])
        return Counts(levels, people, totals)

    async def restore(self, candidate: str, found: Iterable[Counted]) -> int:
        """Writes persons back while the store is rebuilt under a candidate epoch. Gives how many were not there."""
        count = 0
        for one in found:
            key = self._set(one.exporter, one.year, one.bucket)
            calls = [
                ((self._store.candidate_key, key), (candidate, *one.persons[start : start + PERSONS_PER_CALL]))
                for start in range(0, len(one.persons), PERSONS_PER_CALL)
            ]
            count += sum(await self._store.run_all("restore_people", calls))
        return count

    async def forget(self, exporters: Iterable[str], year: int) -> None:
        """Deletes what is left of calendar years that are over, together with the one after them.

        Of this year and the last everybody stays: these two are written back after a wipe.
        """
        years, kinds = range(year - YEARS_LOOKED_BACK, year - 1), (*_BUCKETS, _BOTH)
        await self._store.delete([self._set(name, old, kind) for name in exporters for old in years for kind in kinds])

    async def counts(self, exporter: str, year: int) -> Mapping[Bucket, int]:
        """How many distinct people each bucket of an exporter holds."""
        keys = [self._set(exporter, year, bucket) for bucket in _BUCKETS]
        return dict(zip(_BUCKETS, await self._store.sizes(keys), strict=True))

    def _keys(self, exporter: str, year: int) -> tuple[str, ...]:
        sets = (self._set(exporter, year, bucket) for bucket in (*_BUCKETS, _BOTH, _UNION))
        return (self._store.epoch_key, *sets)

    def _set(self, exporter: str, year: int, bucket: str) -> str:
        return f"{self._store.namespace}:people:{exporter}:{year}:{bucket}"


def _sizes(bounds: Bounds) -> Iterator[int]:
    """The bounds as arguments of the script: of each kind how many, and then which."""
    for each in (bounds.pi, bounds.spi, bounds.both):
        yield len(each)
    for each in (bounds.pi, bounds.spi, bounds.both):
        yield from each


def _flat(batch: Iterable[Persons]) -> Iterator[bytes | str]:
    """The arguments of the script for some records."""
    for one in batch:
        asked: dict[str, Asked] = {mine.bucket: mine for mine in one.asked}
        for bucket in _BUCKETS:
            mine = asked.get(bucket)
            yield from _NOBODY if mine is None else (str(len(mine.persons)), "".join("01"[p] for p in mine.passes))
        for bucket in _BUCKETS:
            if bucket in asked:
                yield from asked[bucket].persons
