"""Counting people in Redis: one set per exporter, calendar year and bucket, reserved by one script call for a batch.

A set holds keyed digests of persons, or of events, so the same person in five hundred events is one. A window of
several years counts whoever is in any of their sets. A reservation belongs to the epoch of the claim store: after a
wipe nobody reserves until the sets were written back from the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tidegate.claims.store import ClaimStore
from tidegate.gate.counting import Asked, Counts, Persons
from tidegate.law import Bucket
from tidegate.rules.levels import Bounds, Dimension, Window

RECORDS_PER_CALL = 1_000
MEMBERS_PER_CALL = 20_000
"""Records of one exporter in one script call, and persons of all their buckets, but for a record that has more of its
own: Redis does nothing else meanwhile, and one that is busy for seconds answers nobody.
"""
PERSONS_PER_CALL = 1_000
YEARS_KEPT = 4
"""How many calendar years are kept, this one included: so many may a paper reach over that holds for three years."""
YEARS_LOOKED_BACK = 8
"""How far back a hub looks for years to forget, should none have run for long."""

_BUCKETS = tuple(Bucket)
"""In the order in which the script has its sets."""
_NOBODY = ("0", "")
_UNIONS = "unions"
"""How many are in windows of several sets, with the sizes of these for which that holds."""
_MOMENT = "union"
"""Where such sets are put together for a moment, when their sizes are others."""


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
        parts = [(place, some) for place, mine in groups.items() for some in _parts(mine)]
        answers = await self._store.run_all(
            "reserve",
            [
                (keys, (epoch, *dimensions, *_flat(some)))
                for place, some in parts
                for keys, dimensions in [self._asked(*place, bounds[place[0]])]
            ],
        )
        levels: dict[int, int] = {}
        people: dict[int, tuple[int, int]] = {}
        totals: dict[tuple[str, int], tuple[int, ...]] = {}
        for (place, some), said in zip(parts, answers, strict=True):
            behind = 3 * len(some)
            totals[place] = tuple(said[behind : behind + len(_BUCKETS)])
            for start, one in zip(range(0, behind, 3), some, strict=True):
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
        """Deletes what is left of calendar years before those that are kept, and written back after a wipe."""
        years, kinds = range(year - YEARS_LOOKED_BACK, year - YEARS_KEPT + 1), (*_BUCKETS, _UNIONS)
        await self._store.delete([self._set(name, old, kind) for name in exporters for old in years for kind in kinds])

    async def counts(self, exporter: str, year: int) -> Mapping[Bucket, int]:
        """How many distinct people each bucket of an exporter holds."""
        keys = [self._set(exporter, year, bucket) for bucket in _BUCKETS]
        return dict(zip(_BUCKETS, await self._store.sizes(keys), strict=True))

    async def distinct(self, exporter: str, year: int, windows: Sequence[Window], epoch: str) -> Mapping[Window, int]:
        """How many distinct people, or events, an exporter has provided up to a year in some windows.

        Raises ``ClaimsLost`` or ``ClaimsUnavailable``.
        """
        keys, dimensions = self._asked(exporter, year, Bounds(tuple(map(Dimension, windows))))
        (said,) = await self._store.run_all("reserve", [(keys, (epoch, *dimensions))])
        return dict(zip(windows, said[len(_BUCKETS) :], strict=True))

    def _asked(self, exporter: str, year: int, bounds: Bounds) -> tuple[Sequence[str], Sequence[str | int]]:
        """The keys of the script for an exporter's records of a year, and as arguments its dimensions."""
        kinds = (*_BUCKETS, _UNIONS, _MOMENT)
        keys = [self._store.epoch_key, *(self._set(exporter, year, kind) for kind in kinds)]
        said: list[str | int] = [len(bounds.dimensions)]
        for one in bounds.dimensions:
            sets = [
                self._set(exporter, of, bucket) for of in years_of(one.window, year) for bucket in one.window.buckets
            ]
            keys += [key for key in sets if key not in keys]
            said += [one.window.name, len(sets), *(keys.index(key) + 1 for key in sets), len(one.bounds), *one.bounds]
        return keys, said

    def _set(self, exporter: str, year: int, bucket: str) -> str:
        return f"{self._store.namespace}:people:{exporter}:{year}:{bucket}"


def years_of(window: Window, year: int) -> Sequence[int]:
    """The calendar years of a window, up to that of the decision; none where it begins later. Those that are kept."""
    return range(year if window.since is None else window.since, year + 1)[-YEARS_KEPT:]


def _parts(batch: Iterable[Persons]) -> Iterator[list[Persons]]:
    """Records in their order, as many together as one script call takes."""
    some: list[Persons] = []
    members = 0
    for one in batch:
        more = sum(len(mine.persons) for mine in one.asked)
        if some and (len(some) == RECORDS_PER_CALL or members + more > MEMBERS_PER_CALL):
            yield some
            some, members = [], 0
        some.append(one)
        members += more
    if some:
        yield some


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
