"""The counters of a hub in a real Redis, and what to count with them."""

from __future__ import annotations

from collections.abc import Sequence

from tests.builders import LEVELS

from tidegate.claims import ClaimStore, Counted, PeopleStore
from tidegate.gate import Asked, Persons
from tidegate.law import Bucket, newest_law
from tidegate.local import RedisServer
from tidegate.rules.bounds import with_caps
from tidegate.rules.levels import Bounds, Cap, Level, Window, thresholds
from tidegate.settings import RedisSettings

YEAR = 2026
USUAL = thresholds(newest_law())
FEW = tuple(level[0] == 0 for level in LEVELS)
"""Personal data that leaves as long as few people are counted (row 18)."""
CONTRACT = tuple(level[0] < 2 for level in LEVELS)
FEW_SENSITIVE = tuple(level[1] == 0 for level in LEVELS)
ALWAYS = (True,) * len(LEVELS)
BOTH = Window((Bucket.PI, Bucket.SPI))
"""Who is in either, each once."""


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

    async def count(self, bucket: Bucket = Bucket.PI, year: int = YEAR) -> int:
        return (await self.people[0].counts("forwarder", year))[bucket]


def person(number: int) -> bytes:
    return number.to_bytes(16, "big")


def standing(count: int, bucket: str = "PI", year: int = YEAR, first: int = 0) -> Counted:
    """People that were counted before."""
    return Counted("forwarder", year, bucket, [person(number) for number in range(first, first + count)])


def a_record(
    index: int, persons: Sequence[int], passes: tuple[bool, ...] = FEW, bucket: str = "PI", year: int = YEAR
) -> Persons:
    return Persons(index, "forwarder", year, (Asked(bucket, tuple(map(person, persons)), passes),))


def capped(*caps: tuple[int, Window]) -> Bounds:
    """The thresholds of the law, and papers for so many."""
    return with_caps(USUAL, [Cap(f"paper-{place}", *cap, 0) for place, cap in enumerate(caps)])


def within(bounds: Bounds, window: Window) -> tuple[bool, ...]:
    """At which levels nobody is too many for a paper."""
    place = [one.window for one in bounds.dimensions].index(window)
    return tuple(level[place] == 0 for level in bounds.levels)
