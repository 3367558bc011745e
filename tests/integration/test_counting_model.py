"""The script that reserves, beside a naive count of the same history: whatever the papers, years and plans."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis
from tests.integration.counters import BOTH, YEAR, Hub, capped, person

from tidegate.claims import Counted
from tidegate.claims.people import YEARS_KEPT
from tidegate.gate import Asked, Persons
from tidegate.law import Bucket
from tidegate.local import RedisServer
from tidegate.rules.levels import PEOPLE, SENSITIVE, Bounds, Level, Window

pytestmark = [pytest.mark.kafka, pytest.mark.faults]

BUCKETS = tuple(Bucket)
WINDOWS = (
    *(PEOPLE, SENSITIVE, BOTH, Window((Bucket.IMPORTANT,))),
    *(Window(buckets, YEAR - back) for buckets in (("PI",), ("PI", "SPI"), ("IMPORTANT",)) for back in (-1, 0, 1, 5)),
)
"""What a paper may be compared with: of this year, of several, of one that begins later, of one of long ago."""
_names = count()


@dataclass
class Model:
    """Sets of persons by year and bucket, counted anew for every question."""

    sets: dict[tuple[int, str], set[bytes]] = field(default_factory=lambda: defaultdict(set))

    def inside(self, window: Window, year: int, new: dict[str, set[bytes]]) -> int:
        """Who is in a window, with those whom a record of a year would bring."""
        last = year if window.since is None else window.since
        years = [one for one in range(year - YEARS_KEPT + 1, year + 1) if one >= last]
        found = [self.sets[one, bucket] for one in years for bucket in window.buckets]
        return len(set().union(*found, *(new.get(bucket, set()) for bucket in window.buckets if years)))

    def reserve(self, record: Persons, bounds: Bounds) -> Level:
        new = {one.bucket: set(one.persons) for one in record.asked}
        at = {one.window: self.inside(one.window, record.year, new) for one in bounds.dimensions}
        level = tuple(sum(bound <= at[one.window] for bound in one.bounds) for one in bounds.dimensions)
        for one in record.asked:
            if one.passes[bounds.levels.index(level)]:
                self.sets[record.year, one.bucket] |= set(one.persons)
        return level


@st.composite
def plans(draw: st.DrawFn) -> Bounds:
    papers = draw(st.lists(st.tuples(st.integers(1, 6), st.sampled_from(WINDOWS)), max_size=3))
    return capped(*papers)


@st.composite
def records(draw: st.DrawFn, index: int, bounds: Bounds) -> Persons:
    """Few persons, so that they meet; a record may let each bucket pass at any levels."""
    asked = []
    for bucket in draw(st.lists(st.sampled_from(BUCKETS), unique=True, max_size=3)):
        persons = draw(st.lists(st.integers(0, 9), unique=True, max_size=3))
        free = draw(st.booleans())
        passes = tuple(free or not any(level[2:]) or draw(st.booleans()) for level in bounds.levels)
        asked.append(Asked(bucket, tuple(map(person, persons)), passes))
    return Persons(index, "forwarder", YEAR + draw(st.sampled_from((0, 0, 0, 1, -1))), tuple(asked))


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[Bounds, list[Persons]]]:
    """Batches, each under a plan; the next one may be another."""
    known = draw(st.lists(plans(), min_size=1, max_size=3))
    found = []
    for _ in range(draw(st.integers(1, 4))):
        bounds = draw(st.sampled_from(known))
        found.append((bounds, [draw(records(n, bounds)) for n in range(draw(st.integers(1, 4)))]))
    return found


earlier = st.lists(
    st.tuples(st.integers(0, 6), st.sampled_from(BUCKETS), st.lists(st.integers(0, 9), min_size=1, unique=True)),
    max_size=4,
)


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(earlier, histories())
def test_the_script_counts_as_a_naive_model_does(
    redis: RedisServer, before: list[tuple[int, str, list[int]]], history: list[tuple[Bounds, list[Persons]]]
) -> None:
    with Redis.from_url(redis.url) as client:
        client.flushall()
    asyncio.run(_compare(Hub(redis, f"model-{next(_names)}"), before, history))


async def _compare(
    hub: Hub, before: list[tuple[int, str, list[int]]], history: list[tuple[Bounds, list[Persons]]]
) -> None:
    model = Model()
    standing = [Counted("forwarder", YEAR - back, bucket, list(map(person, some))) for back, bucket, some in before]
    for one in standing:
        model.sets[one.year, one.bucket] |= set(one.persons)
    try:
        await hub.open(*standing)
        for bounds, batch in history:
            hub.bounds = {"forwarder": bounds}
            # Of one year the records are reserved in their order, and years one after another.
            in_order = [one for year in dict.fromkeys(one.year for one in batch) for one in batch if one.year == year]
            expected = {one.index: model.reserve(one, bounds) for one in in_order}
            found = await hub.reserve(*batch)
            assert dict(enumerate(found)) == expected
            for year in {one.year for one in batch}:
                windows = tuple(one.window for one in bounds.dimensions)
                counted = await hub.people[0].distinct("forwarder", year, windows, hub.epoch)
                assert counted == {window: model.inside(window, year, {}) for window in windows}
    finally:
        await hub.close()
