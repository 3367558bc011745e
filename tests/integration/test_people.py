"""Counting people in a real Redis: exact thresholds whatever the interleaving, redelivery, a wipe and its rebuild."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest
from redis import Redis
from tests.builders import LEVELS

from tidegate.claims import ClaimsLost, ClaimStore, Counted, PeopleStore
from tidegate.errors import ClaimsUnavailable
from tidegate.gate import Asked, Persons
from tidegate.law import Bucket, newest_law
from tidegate.local import RedisServer
from tidegate.rules.bounds import Bounds, Level, thresholds, with_caps
from tidegate.settings import RedisSettings

pytestmark = [pytest.mark.kafka, pytest.mark.faults]

YEAR = 2026
USUAL = thresholds(newest_law())
FEW = tuple(level.pi == 0 for level in LEVELS)
"""Personal data that leaves as long as few people are counted (row 18)."""
CONTRACT = tuple(level.pi < 2 for level in LEVELS)
SENSITIVE = tuple(level.spi == 0 for level in LEVELS)
ALWAYS = (True,) * len(LEVELS)


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    folder: Path = tmp_path_factory.mktemp("people")
    server = RedisServer(folder / "redis")
    server.start()
    try:
        yield server
    finally:
        server.stop(0)


class Hub:
    """Some lanes' clients of one store, whose epoch is open."""

    def __init__(self, redis: RedisServer, namespace: str) -> None:
        self.stores = [ClaimStore(RedisSettings(url=redis.url), namespace) for _ in range(4)]
        self.people = [PeopleStore(store) for store in self.stores]
        self.epoch = ""
        self.bounds: dict[str, Bounds] = {"forwarder": USUAL, "carrier": USUAL}

    async def open(self, *before: Counted) -> None:
        for store in self.stores:
            await store.start()
        standing = await self.stores[0].join()
        if not standing.is_open:
            await self.people[0].restore(standing.epoch, before)
            await self.stores[0].done(standing.epoch, 0, 1)
        self.epoch = standing.epoch

    async def close(self) -> None:
        for store in self.stores:
            await store.drop()

    async def reserve(self, *batch: Persons, lane: int = 0) -> list[Level]:
        counts = await self.people[lane].reserve(batch, self.epoch, self.bounds)
        return [self.bounds[one.exporter].levels[counts.levels[one.index]] for one in batch]

    async def count(self, bucket: Bucket = Bucket.PI) -> int:
        return (await self.people[0].counts("forwarder", YEAR))[bucket]


@pytest.fixture
async def hub(redis: RedisServer, request: pytest.FixtureRequest) -> AsyncIterator[Hub]:
    with Redis.from_url(redis.url) as client:
        client.flushall()
    made = Hub(redis, f"test:{request.node.name}")
    yield made
    await made.close()


def person(number: int) -> bytes:
    return number.to_bytes(16, "big")


def standing(count: int, bucket: str = "PI") -> Counted:
    """People that were counted before."""
    return Counted("forwarder", YEAR, bucket, [person(number) for number in range(count)])


def a_record(index: int, persons: Sequence[int], passes: tuple[bool, ...] = FEW, bucket: str = "PI") -> Persons:
    return Persons(index, "forwarder", YEAR, (Asked(bucket, tuple(map(person, persons)), passes),))


@pytest.mark.parametrize(
    ("bucket", "passes", "before", "levels", "after"),
    [
        ("PI", FEW, 99_998, [(0, 0), (1, 0), (1, 0)], 99_999),
        ("PI", CONTRACT, 99_998, [(0, 0), (1, 0), (1, 0)], 100_001),
        ("SPI", SENSITIVE, 9_998, [(0, 0), (0, 1), (0, 1)], 9_999),
        ("SPI", SENSITIVE, 0, [(0, 0), (0, 0), (0, 0)], 3),
    ],
)
async def test_thresholds_are_exact(
    hub: Hub,
    bucket: str,
    passes: tuple[bool, ...],
    before: int,
    levels: list[tuple[int, int]],
    after: int,
) -> None:
    # Given so many people
    await hub.open(standing(before, bucket))

    # When three more come, one after another
    found = await hub.reserve(*[a_record(n, [10_000_000 + n], passes, bucket) for n in range(3)])

    # Then each is at the level of the number that includes it, and is added where that level lets it pass
    assert found == [Level(*level) for level in levels]
    assert await hub.count(Bucket(bucket)) == after


async def test_the_hundred_thousandth_person_leaves_row_18_and_known_ones_stay(hub: Hub) -> None:
    # Given a full count
    await hub.open(standing(99_999))

    # When a new person comes, then a known one
    new, known = await hub.reserve(a_record(0, [10_000_000]), a_record(1, [7]))

    # Then the new one would be the 100,000th, and the known one is among the others
    assert (new, known) == (Level(1, 0), Level(0, 0))
    assert await hub.count() == 99_999


async def test_of_one_event_all_people_are_counted_or_none(hub: Hub) -> None:
    await hub.open(standing(99_998))

    found = await hub.reserve(a_record(0, [10_000_000, 10_000_001]), a_record(1, [10_000_002]))

    assert found == [Level(1, 0), Level(0, 0)]
    assert await hub.count() == 99_999


async def test_what_all_buckets_hold_afterwards_is_said_with_the_answer(hub: Hub) -> None:
    # Given an exporter with people in one bucket
    await hub.open(standing(99_998))

    # When one person comes under a contract of the Greater Bay Area, and one too many
    gba = (Asked("GBA", (person(10_000_000),), ALWAYS), Asked("PI", (person(10_000_000),), ALWAYS))
    batch = [Persons(0, "forwarder", YEAR, gba), a_record(1, [10_000_001])]
    counts = await hub.people[0].reserve(batch, hub.epoch, hub.bounds)

    # Then the number with each record is said, and who was counted in the end
    assert counts.people == {0: (99_999, 0), 1: (100_000, 0)}
    assert counts.totals == {("forwarder", YEAR): (99_999, 0, 0, 1)}


async def test_redelivery_adds_nothing(hub: Hub) -> None:
    # Given a batch that was reserved by a lane that died before it committed
    await hub.open(standing(99_990))
    batch = [a_record(n, [10_000_000 + n]) for n in range(9)]
    first = await hub.reserve(*batch, lane=0)

    # When another lane's client asks for the same
    again = await hub.reserve(*batch, lane=1)

    # Then all is as it was
    assert first == again == [Level(0, 0)] * 9
    assert await hub.count() == 99_999


async def test_four_lanes_at_99_990_let_exactly_99_999_pass(hub: Hub) -> None:
    # Given 99,990 people
    await hub.open(standing(99_990))

    # When four lanes bring 200 more in batches of five, all at once
    async def a_lane(lane: int) -> list[Level]:
        found = []
        for batch in range(10):
            people = [10_000_000 + 1_000 * lane + 5 * batch + n for n in range(5)]
            found += await hub.reserve(*[a_record(n, [one]) for n, one in enumerate(people)], lane=lane)
        return found

    lanes = await asyncio.gather(*[a_lane(lane) for lane in range(4)])

    # Then nine of them pass
    assert sum(level.pi == 0 for found in lanes for level in found) == 9
    assert await hub.count() == 99_999


async def test_a_wipe_is_seen_and_the_rebuilt_count_is_exact(hub: Hub, redis: RedisServer) -> None:
    # Given a count near its threshold, all of which a log has
    await hub.open(standing(99_990))
    await hub.reserve(a_record(0, [10_000_000]))

    # When Redis loses everything
    with Redis.from_url(redis.url) as client:
        client.flushall()

    # Then nobody is counted until the epoch is open again
    with pytest.raises((ClaimsLost, ClaimsUnavailable)):
        await hub.reserve(a_record(0, [10_000_001]))

    # And after the rebuild the count goes on where it was
    await hub.open(standing(99_990), Counted("forwarder", YEAR, "PI", [person(10_000_000)]))
    found = await hub.reserve(*[a_record(n, [10_000_000 + n]) for n in range(20)])
    assert sum(level.pi == 0 for level in found) == 9
    assert await hub.count() == 99_999


async def test_a_transaction_waits_no_longer_than_it_may_for_a_redis_that_stands_still(
    hub: Hub, redis: RedisServer
) -> None:
    # Given an open epoch
    await hub.open()
    await hub.stores[0].check(hub.epoch, 5.0)

    # When Redis stands still, then what was reserved is not confirmed; and it is once Redis is back
    redis.pause()
    try:
        with pytest.raises(ClaimsUnavailable, match=r"within 0\.3 s"):
            await hub.stores[0].check(hub.epoch, 0.3)
    finally:
        redis.resume()
    await hub.stores[1].check(hub.epoch, 5.0)
    with pytest.raises(ClaimsLost):
        await hub.stores[1].check("another", 5.0)


async def test_a_year_an_exporter_and_a_bucket_are_counted_apart(hub: Hub) -> None:
    # Given a full year of one exporter
    await hub.open(standing(99_999))

    # When the same person comes in another year, and of another exporter
    others = [
        Persons(0, "forwarder", YEAR + 1, (Asked("PI", (person(1),), FEW),)),
        Persons(1, "carrier", YEAR, (Asked("PI", (person(10_000_000),), FEW),)),
    ]
    found = await hub.reserve(*others)

    # Then both are the first of theirs
    assert found == [Level(0, 0)] * 2
    assert (await hub.people[0].counts("forwarder", YEAR + 1))[Bucket.PI] == 1
    assert (await hub.people[0].counts("carrier", YEAR))[Bucket.PI] == 1


async def test_shadow_buckets_are_filled_and_limit_nothing(hub: Hub) -> None:
    # Given a full count of personal data, and a contract that has no threshold
    await hub.open(standing(1_000_000 - 1))
    gba = (Asked("GBA", (person(10_000_000),), ALWAYS), Asked("PI", (person(10_000_000),), ALWAYS))

    # When one more person leaves under it
    (found,) = await hub.reserve(Persons(0, "forwarder", YEAR, gba))

    # Then it passes at the level where an assessment would be asked, and counts in both
    assert found == Level(2, 0)
    counts = await hub.people[0].counts("forwarder", YEAR)
    assert (counts[Bucket.PI], counts[Bucket.GBA]) == (1_000_000, 1)


CAPPED = with_caps(USUAL, [(50_000, {Bucket.PI})])
UNDER_THE_CAP = tuple(level.pi == 0 for level in CAPPED.levels)
TOGETHER = with_caps(USUAL, [(1_000, {Bucket.PI, Bucket.SPI})])
WITHIN = tuple(level.both == 0 for level in TOGETHER.levels)


async def test_a_paper_for_fifty_thousand_people_carries_as_many_whatever_the_interleaving(hub: Hub) -> None:
    # Given a paper for 50,000 people, of whom 49,990 are there
    hub.bounds = {"forwarder": CAPPED}
    await hub.open(standing(49_990))

    # When four lanes bring the same 40 more in other orders, all at once, and two that are known
    async def a_lane(lane: int) -> list[bool]:
        people = [10_000_000 + (7 * n + 11 * lane) % 40 for n in range(40)]
        batches = [
            [a_record(n, [one], UNDER_THE_CAP) for n, one in enumerate(people[at : at + 5])] for at in range(0, 40, 5)
        ]
        found = [level for batch in batches for level in await hub.reserve(*batch, lane=lane)]
        return [level.pi == 0 for level in found]

    await asyncio.gather(*[a_lane(lane) for lane in range(4)])
    known, new = await hub.reserve(a_record(0, [7], UNDER_THE_CAP), a_record(1, [20_000_000], UNDER_THE_CAP))

    # Then the 50,000th leaves, the 50,001st does not, and whoever is among them still does
    assert await hub.count() == 50_000
    assert (known.pi, new.pi) == (0, 1)


async def test_people_of_both_buckets_are_each_counted_once_under_a_paper_for_both(hub: Hub) -> None:
    # Given a paper for 1,000 people, 900 in one bucket and 90 others in the other, ten of them in both
    hub.bounds = {"forwarder": TOGETHER}
    people, others = list(range(900)), list(range(890, 990))
    await hub.open(standing(900), Counted("forwarder", YEAR, "SPI", list(map(person, others))))
    assert len({*people, *others}) == 990

    def of_both(index: int, pi: int, spi: int) -> Persons:
        asked = (Asked("PI", (person(pi),), WITHIN), Asked("SPI", (person(spi),), WITHIN))
        return Persons(index, "forwarder", YEAR, asked)

    # When ten more come, each with data of both kinds, then one more, one who was in one bucket only, and one in both
    ten = await hub.reserve(*[of_both(n, 5_000 + n, 5_000 + n) for n in range(10)])
    one_more, half_known, known = await hub.reserve(of_both(0, 6_000, 6_000), of_both(1, 3, 3), of_both(2, 895, 895))

    # Then the first ten are the last who pass, and whoever is known in any bucket passes in both
    assert [level.both for level in ten] == [0] * 10
    assert (one_more.both, half_known.both, known.both) == (1, 0, 0)
    assert (await hub.count(), await hub.count(Bucket.SPI)) == (910, 111)

    # And two new persons in one event count as two
    assert (await hub.reserve(of_both(0, 7_000, 7_001)))[0].both == 1


async def test_who_was_added_by_others_is_found_in_the_number_of_both(hub: Hub) -> None:
    # Given a number of both that was worked out
    hub.bounds = {"forwarder": TOGETHER}
    await hub.open(standing(998))
    assert (await hub.reserve(a_record(0, [1], WITHIN)))[0].both == 0

    # When somebody adds persons who does not know that number, as under a plan without that paper
    hub.bounds = {"forwarder": USUAL}
    await hub.reserve(a_record(0, [10_000_000], ALWAYS[:6], "SPI"), a_record(1, [10_000_001], ALWAYS[:6], "SPI"))

    # Then they are in it all the same: the thousandth is there
    hub.bounds = {"forwarder": TOGETHER}
    new, known = await hub.reserve(a_record(0, [10_000_002], WITHIN), a_record(1, [10_000_001], WITHIN))
    assert (new.both, known.both) == (1, 0)


async def test_years_long_over_are_forgotten_and_this_one_and_the_last_never(hub: Hub, redis: RedisServer) -> None:
    # Given people of several years, of one exporter and of another
    years = [YEAR - 4, YEAR - 2, YEAR - 1, YEAR, YEAR + 1]
    await hub.open(*[Counted("forwarder", year, "PI", [person(n) for n in range(3)]) for year in years])
    await hub.reserve(Persons(0, "carrier", YEAR - 2, (Asked("SPI", (person(1),), ALWAYS),)))

    # When the years that are long over are forgotten, twice
    for _ in range(2):
        await hub.people[0].forget(["forwarder"], YEAR)

    # Then this year, the last and the next have everybody, and others have what they had
    left = {year: (await hub.people[0].counts("forwarder", year))[Bucket.PI] for year in years}
    assert left == {YEAR - 4: 0, YEAR - 2: 0, YEAR - 1: 3, YEAR: 3, YEAR + 1: 3}
    assert (await hub.people[0].counts("carrier", YEAR - 2))[Bucket.SPI] == 1


async def test_a_million_people_fit(hub: Hub, redis: RedisServer) -> None:
    # Given a million people of one exporter, written back as after a wipe
    await hub.open(standing(1_000_000))

    # When Redis is asked what they take
    with Redis.from_url(redis.url) as client:
        taken = client.memory_usage(f"{hub.stores[0].namespace}:people:forwarder:{YEAR}:PI", samples=0)

    # Then it is less than a hundred bytes for each
    assert await hub.count() == 1_000_000
    assert isinstance(taken, int)
    print(f"{taken / 1_000_000:.0f} bytes for each person")
    assert taken < 100 * 1_000_000
