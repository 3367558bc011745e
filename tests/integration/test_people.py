"""Counting people in a real Redis: exact thresholds whatever the interleaving, redelivery, a wipe and its rebuild."""

from __future__ import annotations

import asyncio

import pytest
from redis import Redis
from tests.integration.counters import (
    ALWAYS,
    CONTRACT,
    FEW,
    FEW_SENSITIVE,
    YEAR,
    Hub,
    a_record,
    person,
    standing,
)

from tidegate.claims import ClaimsLost, Counted
from tidegate.errors import ClaimsUnavailable
from tidegate.gate import Asked, Persons
from tidegate.law import Bucket
from tidegate.local import RedisServer
from tidegate.rules.levels import Level

pytestmark = [pytest.mark.kafka, pytest.mark.faults]


@pytest.mark.parametrize(
    ("bucket", "passes", "before", "levels", "after"),
    [
        ("PI", FEW, 99_998, [(0, 0), (1, 0), (1, 0)], 99_999),
        ("PI", CONTRACT, 99_998, [(0, 0), (1, 0), (1, 0)], 100_001),
        ("SPI", FEW_SENSITIVE, 9_998, [(0, 0), (0, 1), (0, 1)], 9_999),
        ("SPI", FEW_SENSITIVE, 0, [(0, 0), (0, 0), (0, 0)], 3),
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
    assert found == levels
    assert await hub.count(Bucket(bucket)) == after


async def test_the_hundred_thousandth_person_leaves_row_18_and_known_ones_stay(hub: Hub) -> None:
    # Given a full count
    await hub.open(standing(99_999))

    # When a new person comes, then a known one
    new, known = await hub.reserve(a_record(0, [10_000_000]), a_record(1, [7]))

    # Then the new one would be the 100,000th, and the known one is among the others
    assert (new, known) == ((1, 0), (0, 0))
    assert await hub.count() == 99_999


async def test_of_one_event_all_people_are_counted_or_none(hub: Hub) -> None:
    await hub.open(standing(99_998))

    found = await hub.reserve(a_record(0, [10_000_000, 10_000_001]), a_record(1, [10_000_002]))

    assert found == [(1, 0), (0, 0)]
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
    assert counts.totals == {("forwarder", YEAR): (99_999, 0, 0, 1, 0)}


async def test_redelivery_adds_nothing(hub: Hub) -> None:
    # Given a batch that was reserved by a lane that died before it committed
    await hub.open(standing(99_990))
    batch = [a_record(n, [10_000_000 + n]) for n in range(9)]
    first = await hub.reserve(*batch, lane=0)

    # When another lane's client asks for the same
    again = await hub.reserve(*batch, lane=1)

    # Then all is as it was
    assert first == again == [(0, 0)] * 9
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
    assert sum(level[0] == 0 for found in lanes for level in found) == 9
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
    assert sum(level[0] == 0 for level in found) == 9
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
    assert found == [(0, 0)] * 2
    assert (await hub.people[0].counts("forwarder", YEAR + 1))[Bucket.PI] == 1
    assert (await hub.people[0].counts("carrier", YEAR))[Bucket.PI] == 1


async def test_shadow_buckets_are_filled_and_limit_nothing(hub: Hub) -> None:
    # Given a full count of personal data, and a contract that has no threshold
    await hub.open(standing(1_000_000 - 1))
    gba = (Asked("GBA", (person(10_000_000),), ALWAYS), Asked("PI", (person(10_000_000),), ALWAYS))

    # When one more person leaves under it
    (found,) = await hub.reserve(Persons(0, "forwarder", YEAR, gba))

    # Then it passes at the level where an assessment would be asked, and counts in both
    assert found == (2, 0)
    counts = await hub.people[0].counts("forwarder", YEAR)
    assert (counts[Bucket.PI], counts[Bucket.GBA]) == (1_000_000, 1)


async def test_years_long_over_are_forgotten_and_those_of_a_running_paper_never(hub: Hub) -> None:
    # Given people of several years, of one exporter and of another
    years = [YEAR - 6, YEAR - 4, YEAR - 3, YEAR - 1, YEAR, YEAR + 1]
    await hub.open(*[Counted("forwarder", year, "PI", [person(n) for n in range(3)]) for year in years])
    await hub.reserve(Persons(0, "carrier", YEAR - 4, (Asked("SPI", (person(1),), ALWAYS),)))

    # When the years that are long over are forgotten, twice
    for _ in range(2):
        await hub.people[0].forget(["forwarder"], YEAR)

    # Then this year, the three before it and the next have everybody, and others have what they had
    left = {year: (await hub.people[0].counts("forwarder", year))[Bucket.PI] for year in years}
    assert left == {YEAR - 6: 0, YEAR - 4: 0, YEAR - 3: 3, YEAR - 1: 3, YEAR: 3, YEAR + 1: 3}
    assert (await hub.people[0].counts("carrier", YEAR - 4))[Bucket.SPI] == 1


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
