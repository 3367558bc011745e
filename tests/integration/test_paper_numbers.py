"""The numbers of papers, of people and of events, in a real Redis: exact over years, whoever asks, whatever breaks."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from redis import Redis
from tests.integration.counters import (
    ALWAYS,
    BOTH,
    USUAL,
    YEAR,
    Hub,
    a_record,
    capped,
    person,
    standing,
    within,
)

from tidegate.claims import Counted
from tidegate.gate import Asked, Persons
from tidegate.law import Bucket
from tidegate.law.calendars import micros_of, year_of_us
from tidegate.local import RedisServer
from tidegate.rules.levels import PEOPLE, Level, Window

pytestmark = [pytest.mark.kafka, pytest.mark.faults]

CAPPED = capped((50_000, PEOPLE))
UNDER_THE_CAP = within(CAPPED, PEOPLE)
TOGETHER = capped((1_000, BOTH))
WITHIN = within(TOGETHER, BOTH)


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
        return [level[0] == 0 for level in found]

    await asyncio.gather(*[a_lane(lane) for lane in range(4)])
    known, new = await hub.reserve(a_record(0, [7], UNDER_THE_CAP), a_record(1, [20_000_000], UNDER_THE_CAP))

    # Then the 50,000th leaves, the 50,001st does not, and whoever is among them still does
    assert await hub.count() == 50_000
    assert (known[0], new[0]) == (0, 1)


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
    assert [level[2] for level in ten] == [0] * 10
    assert (one_more[2], half_known[2], known[2]) == (1, 0, 0)
    assert (await hub.count(), await hub.count(Bucket.SPI)) == (910, 111)

    # And two new persons in one event count as two
    assert (await hub.reserve(of_both(0, 7_000, 7_001)))[0][2] == 1


async def test_who_was_added_by_others_is_found_in_the_number_of_both(hub: Hub) -> None:
    # Given a number of both that was worked out
    hub.bounds = {"forwarder": TOGETHER}
    await hub.open(standing(998))
    assert (await hub.reserve(a_record(0, [1], WITHIN)))[0][2] == 0

    # When somebody adds persons who does not know that number, as under a plan without that paper
    hub.bounds = {"forwarder": USUAL}
    await hub.reserve(a_record(0, [10_000_000], ALWAYS[:6], "SPI"), a_record(1, [10_000_001], ALWAYS[:6], "SPI"))

    # Then they are in it all the same: the thousandth is there
    hub.bounds = {"forwarder": TOGETHER}
    new, known = await hub.reserve(a_record(0, [10_000_002], WITHIN), a_record(1, [10_000_001], WITHIN))
    assert (new[2], known[2]) == (1, 0)


SINCE = Window((Bucket.PI,), YEAR - 1)
EVENTS = Window((Bucket.IMPORTANT,), YEAR - 1)
ASSESSED = capped((100, SINCE))
"""An assessment of 100 people that took effect last year."""


def beyond(found: list[Level]) -> list[int]:
    """Which records would be more than the paper says: its dimension comes after those of the law."""
    assert all(len(level) == 3 for level in found)
    return [level[-1] for level in found]


@pytest.mark.parametrize(("new", "expected"), [(9, [0] * 9), (10, [0] * 10), (11, [*[0] * 10, 1])])
async def test_an_assessment_is_for_all_of_its_years_together(hub: Hub, new: int, expected: list[int]) -> None:
    # Given an assessment of 100 people since last year, who were 60 last year and 50 this year, 20 of them in both
    hub.bounds = {"forwarder": ASSESSED}
    await hub.open(standing(60, year=YEAR - 1), standing(50, first=40), standing(99, year=YEAR - 2, first=500))

    # When new people come, and then one of last year and one of this
    passes = within(ASSESSED, SINCE)
    found = await hub.reserve(*[a_record(n, [1_000 + n], passes) for n in range(new)])
    known = await hub.reserve(a_record(0, [3], passes), a_record(1, [80], passes))

    # Then the hundredth leaves, the hundred-and-first does not, and whoever is known in any of the years does
    assert beyond(found) == expected
    assert beyond(known) == [0, 0]
    assert await hub.count() == 50 + min(new, 10) + 1, "of last year's, one was provided this year too"


async def test_the_window_goes_on_over_the_end_of_a_year_and_the_law_begins_anew(hub: Hub) -> None:
    # Given 98 people since last year, and the last second and the first of a year in Shanghai
    hub.bounds = {"forwarder": ASSESSED}
    await hub.open(standing(60, year=YEAR - 1), standing(38, first=60))
    midnight = micros_of(datetime(YEAR, 12, 31, 16, tzinfo=UTC))
    years = [year_of_us(at) for at in (midnight - 1, midnight)]
    assert years == [YEAR, YEAR + 1]

    # When a person comes before midnight, two after it, and the first one again
    passes = within(ASSESSED, SINCE)
    batch = [(1_000, years[0]), (1_001, years[1]), (1_002, years[1]), (1_000, years[1])]
    found = await hub.reserve(*[a_record(n, [one], passes, year=year) for n, (one, year) in enumerate(batch)])

    # Then the hundredth is the last, and the new year has whoever was provided in it
    assert beyond(found) == [0, 0, 1, 0]
    assert [await hub.count(year=year) for year in years] == [39, 2]


async def test_a_paper_that_takes_effect_later_has_nobody_yet_and_one_of_long_ago_four_years(hub: Hub) -> None:
    later, ago = Window((Bucket.PI,), YEAR + 1), Window((Bucket.PI,), YEAR - 5)
    await hub.open(*[standing(10, year=YEAR - back, first=10 * back) for back in range(6)])

    found = await hub.people[0].distinct("forwarder", YEAR, (later, PEOPLE, ago), hub.epoch)

    assert found == {later: 0, PEOPLE: 10, ago: 40}


async def test_people_and_events_are_each_within_their_own_number(hub: Hub) -> None:
    # Given an assessment of 3 people and 2 events since last year, one event of last year among them
    bounds = capped((3, SINCE), (2, EVENTS))
    hub.bounds = {"forwarder": bounds}
    await hub.open(standing(1, "IMPORTANT", YEAR - 1, first=900))
    both = tuple(a and b for a, b in zip(within(bounds, SINCE), within(bounds, EVENTS), strict=True))

    def an_event(index: int, driver: int, event: int | None) -> Persons:
        asked = (
            Asked("PI", (person(driver),), both),
            Asked("IMPORTANT", () if event is None else (person(event),), both),
        )
        return Persons(index, "forwarder", YEAR, asked)

    # When events come: with important data, the same again, one event more, and others without
    batch = [(1, 901), (1, 901), (2, 902), (2, None), (3, None), (4, None), (3, 901)]
    found = await hub.reserve(*[an_event(n, *one) for n, one in enumerate(batch)])

    # Then the second event is the last with important data, and the third person the last
    names = [one.window for one in bounds.dimensions]
    people, events = ([level[names.index(window)] for level in found] for window in (SINCE, EVENTS))
    assert (people, events) == ([0, 0, 0, 0, 0, 1, 0], [0, 0, 1, 0, 0, 0, 0])
    assert (await hub.count(), await hub.count(Bucket.IMPORTANT)) == (3, 1)


async def test_four_lanes_let_exactly_as_many_events_pass_as_a_volume_says(hub: Hub) -> None:
    # Given a volume of 50 events, of which 12 left in the years before
    since = Window((Bucket.IMPORTANT,), YEAR - 3)
    bounds = capped((50, since))
    hub.bounds = {"forwarder": bounds}
    before = [standing(4, "IMPORTANT", YEAR - back, first=100 * back) for back in (1, 2, 3)]
    await hub.open(*before)
    passes = within(bounds, since)

    # When four lanes bring 40 events each, some of them twice, all at once
    async def a_lane(lane: int) -> list[bool]:
        events = [1_000 + 1_000 * lane + n - n % 7 // 6 for n in range(40)]
        batches = [
            [a_record(n, [one], passes, "IMPORTANT") for n, one in enumerate(events[at : at + 5])]
            for at in range(0, 40, 5)
        ]
        found = [level for batch in batches for level in await hub.reserve(*batch, lane=lane)]
        return [level[-1] == 0 for level in found]

    await asyncio.gather(*[a_lane(lane) for lane in range(4)])

    # Then 38 of them passed, and a window over all of them says so
    assert await hub.count(Bucket.IMPORTANT) == 38
    assert await hub.people[0].distinct("forwarder", YEAR, (since,), hub.epoch) == {since: 50}


async def test_after_a_wipe_four_years_are_back_and_the_count_is_exact(hub: Hub, redis: RedisServer) -> None:
    # Given a paper of four calendar years with 95 of its 100 people, in windows that were worked out
    since = Window((Bucket.PI, Bucket.SPI), YEAR - 3)
    bounds = capped((100, since))
    hub.bounds = {"forwarder": bounds}
    before = [standing(30, "PI" if back % 2 else "SPI", YEAR - back, first=20 * back) for back in range(4)]
    await hub.open(*before)
    passes = within(bounds, since)
    reserved = await hub.reserve(*[a_record(n, [1_000 + n], passes) for n in range(5)])
    assert beyond(reserved) == [0] * 5

    # When Redis loses everything and has it written back
    with Redis.from_url(redis.url) as client:
        client.flushall()
    await hub.open(*before, standing(5, first=1_000))

    # Then five more pass, and no sixth
    found = await hub.reserve(*[a_record(n, [1_003 + n], passes) for n in range(10)])
    assert beyond(found) == [0] * 7 + [1] * 3
    assert await hub.people[0].distinct("forwarder", YEAR, (since,), hub.epoch) == {since: 100}


async def test_whoever_was_written_under_another_plan_or_in_an_earlier_year_is_found(hub: Hub) -> None:
    # Given a window whose number was worked out
    hub.bounds = {"forwarder": ASSESSED}
    await hub.open(standing(98, year=YEAR - 1))
    passes = within(ASSESSED, SINCE)
    assert beyond(await hub.reserve(a_record(0, [97], passes))) == [0]

    # When a late batch of last year adds somebody under a plan without that paper, and one of this year too
    hub.bounds = {"forwarder": USUAL}
    await hub.reserve(a_record(0, [2_000], ALWAYS, year=YEAR - 1))
    await hub.reserve(a_record(0, [2_001], ALWAYS))

    # Then they are the 99th and the 100th
    hub.bounds = {"forwarder": ASSESSED}
    found = await hub.reserve(a_record(0, [2_002], passes), a_record(1, [2_001], passes), a_record(2, [5], passes))
    assert beyond(found) == [1, 0, 0]
