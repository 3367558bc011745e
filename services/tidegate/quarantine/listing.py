"""Listing: what lies in quarantine, by reason, publisher, time and state, with how many of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from typing import Any

from tidegate.broker.cluster import Cluster
from tidegate.broker.logs import FEW_BYTES, open_log
from tidegate.broker.names import TopicNames
from tidegate.broker.topics import QUARANTINE_MS
from tidegate.errors import BadInput, ConfigError, InvalidEvent
from tidegate.gate.quarantined import Quarantined, read_quarantined
from tidegate.quarantine.book import Book, Standing, State, last_orders_at, read_book
from tidegate.settings import Settings

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Lying:
    """A record of the quarantine: where it lies, since when, how many bytes its value has there, and how it stands."""

    lane: int
    at: int
    since_ms: int
    size: int
    record: Quarantined
    standing: Standing

    @property
    def name(self) -> str:
        """What commands call it."""
        return f"{self.lane}/{self.at}"

    def expires_in_ms(self, now_ms: int) -> int:
        """How long until the quarantine's retention takes it."""
        return self.since_ms + QUARANTINE_MS - now_ms


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records: all that fit everything that is given. Times are when they came into quarantine."""

    reason: str = ""
    publisher: str = ""
    state: State | None = None
    from_ms: int | None = None
    to_ms: int | None = None

    def fits(self, one: Lying) -> bool:
        return (
            self.reason in ("", one.record.reason)
            and self.publisher in ("", one.record.publisher)
            and self.state in (None, one.standing.state)
            and (self.to_ms is None or one.since_ms < self.to_ms)
        )


@dataclass
class Listing:
    """What fits: the newest of it, and how many there are by reason, publisher and state."""

    newest: list[Lying] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    publishers: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    expiring: int = 0
    """Open held deliveries whose time runs out within the warning."""

    @property
    def total(self) -> int:
        return self.reasons.total()


async def list_quarantine(
    settings: Settings,
    wanted: Wanted,
    limit: int,
    now_ms: int,
    warning_s: float,
    progress: Callable[[int], None] = lambda count: None,
) -> Listing:
    """The newest ``limit`` records that fit, in the order in which they came, and counts over all that do."""
    found = Listing()
    kept: list[tuple[int, int, int, Lying]] = []
    for lane in range(await lanes_of(settings)):
        async for whole in lying(settings, lane, wanted.from_ms):
            progress(1)
            if not wanted.fits(whole):
                continue
            one = without_bytes(whole)
            found.reasons[one.record.reason] += 1
            found.publishers[one.record.publisher] += 1
            found.states[one.standing.state] += 1
            waits = one.record.held and one.standing.state is State.OPEN
            found.expiring += waits and one.expires_in_ms(now_ms) < warning_s * 1_000
            heappush(kept, (one.since_ms, one.lane, one.at, one))
            if len(kept) > limit:
                heappop(kept)
    found.newest = [one for *_, one in sorted(kept)]
    return found


async def lying(
    settings: Settings, lane: int, from_ms: int | None = None, before_ms: int | None = None, after: int = -1
) -> AsyncGenerator[Lying, None]:
    """Records in the quarantine of one lane, of a time and behind an offset, with how they stand. What is not the hub's
    is left out.
    """
    topic = TopicNames(settings.kafka.topic_prefix).quarantine
    book = await book_of(settings, lane)
    async with open_log(settings.kafka, topic, lane) as log:
        begin, end = await log.bounds()
        start = begin if from_ms is None else await log.offset_at(from_ms)
        stop = end if before_ms is None else await log.offset_at(before_ms)
        if start is None:
            return
        start, stop = max(begin, start, after + 1), end if stop is None else min(stop, end)
        if start >= stop:
            return
        async for record in log.read(start, stop):
            one = _lying(lane, record, book)
            if one is not None:
                yield one


def _lying(lane: int, record: Any, book: Book) -> Lying | None:
    try:
        found = read_quarantined(record.value, record.headers)
    except InvalidEvent:
        return None
    standing = book.of(record.offset, found.topic_id, found.offset)
    return Lying(lane, record.offset, record.timestamp, len(record.value or b""), found, standing)


def without_bytes(one: Lying) -> Lying:
    """A record of which nothing is wanted but to name it."""
    return replace(one, record=replace(one.record, key=None, value=None, headers=()))


async def find(settings: Settings, name: str) -> Lying:
    """The record of a name like 3/1042. Raises ``BadInput``."""
    lane, slash, at = name.partition("/")
    if not (slash and lane.isdecimal() and at.isdecimal()):
        raise BadInput(f"{name!r} is no record of the quarantine; 'tidegate quarantine list' says names like 3/1042")
    if int(lane) >= await lanes_of(settings):
        raise BadInput(f"{name}: this hub has no lane {lane}")
    topic = TopicNames(settings.kafka.topic_prefix).quarantine
    async with open_log(settings.kafka, topic, int(lane), fetch_bytes=FEW_BYTES) as log:
        record = await log.at(int(at))
    found = None if record is None else _lying(int(lane), record, await book_of(settings, int(lane)))
    if found is None:
        raise BadInput(f"{name} is not in quarantine; it may be that its time is over")
    return found


async def book_of(settings: Settings, lane: int) -> Book:
    """What became of the records of a lane's quarantine, by the lane's audit."""
    topic = TopicNames(settings.kafka.topic_prefix).audit
    async with open_log(settings.kafka, topic, lane, fetch_bytes=FEW_BYTES) as log:
        return await read_book(log, await last_orders_at(log), since_us=0)


async def lanes_of(settings: Settings) -> int:
    """The number of lanes of this hub. Raises ``ConfigError`` when it lacks a topic."""
    names = TopicNames(settings.kafka.topic_prefix)
    needed = (names.lanes, names.audit, names.quarantine, names.orders)
    there = await Cluster(settings.kafka).topics(needed)
    missing = [name for name in needed if name not in there]
    if missing:
        raise ConfigError(f"the hub's topics are not there ({', '.join(missing)}); run 'tidegate topics apply DIR'")
    return there[names.lanes].partitions
