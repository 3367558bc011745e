"""Reading what came in again, to find which records name a person: the audit holds nothing by which one could tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tidegate.broker.cluster import Cluster
from tidegate.broker.logs import PartitionLog, open_log
from tidegate.broker.names import TopicNames
from tidegate.errors import BadInput, RecordError
from tidegate.events.schemas import Registry
from tidegate.events.wire import Frames
from tidegate.gate import Named, Run, Sought, named_in, source_of
from tidegate.settings import KafkaSettings
from tidegate.tracing.searching import Window

MOST_RECORDS = 20_000
MOST_BYTES = 256 << 20
"""How much of what names a person is kept until it is answered. Beyond, a shorter time has to be asked for."""

Place: TypeAlias = tuple[str, int, int]
"""Topic id, partition and offset of a record."""
Progress: TypeAlias = Callable[[str, int, int], None]
"""What is being read, how many records of it have been, of how many."""


@dataclass(frozen=True, slots=True)
class Match:
    """A record that names the person, as it came in, in a run of its own."""

    named: Named
    run: Run


@dataclass
class Incoming:
    """What is to be known of one input topic. ``bounds`` are the first offset of a partition that is still there, and
    the end as it was when it was read. ``unread`` records nobody can read, and so nobody can tell whom they are about.
    """

    publisher: str
    topic_id: str = ""
    matches: dict[Place, Match] = field(default_factory=dict)
    bounds: dict[int, tuple[int, int]] = field(default_factory=dict)
    records: int = 0
    unread: int = 0
    _bytes: int = 0

    def gone(self, place: Place) -> bool:
        """Whether the topic has the record at a place no longer: its retention took it, or the topic was made anew."""
        topic_id, lane, offset = place
        return topic_id != self.topic_id or lane not in self.bounds or offset < self.bounds[lane][0]

    def later(self, place: Place) -> bool:
        """Whether the record came in after the topic was read."""
        return not self.gone(place) and place[2] >= self.bounds[place[1]][1]

    def look(self, topic: str, lane: int, record: Any, frames: Frames, sought: Sought) -> None:
        """Takes in one record. Raises ``BadInput`` where too many name the person."""
        self.records += 1
        try:
            schema, start = frames.schema_of(record.value, record.headers)
            named = named_in(schema, record.value, start, sought)
        except RecordError:
            self.unread += 1
            return
        if not named:
            return
        self._bytes += len(record.value)
        if len(self.matches) >= MOST_RECORDS or self._bytes > MOST_BYTES:
            raise BadInput(
                f"more than {len(self.matches):,} records name this person; ask for shorter times, one after the "
                "other, with --since and --until"
            )
        source = source_of(topic, self.topic_id, self.publisher)
        run = Run(source, [record.offset], [record.timestamp], [record.key], [record.value], [record.headers])
        self.matches[self.topic_id, lane, record.offset] = Match(named, run)


async def read_incoming(
    kafka: KafkaSettings, publisher: str, writers: Registry, sought: Sought, window: Window, progress: Progress
) -> Incoming:
    """Reads the input topic of a publisher. ``writers`` are all schemas that it was ever let write with."""
    topic = TopicNames(kafka.topic_prefix).incoming(publisher)
    there = (await Cluster(kafka).topics([topic])).get(topic)
    found = Incoming(publisher)
    if there is None:
        return found
    found.topic_id = there.topic_id
    frames, done, total = Frames(writers), 0, 0
    for lane in range(there.partitions):
        async with open_log(kafka, topic, lane) as log:
            found.bounds[lane] = await log.bounds()
            start, end = await _stretch(log, window, found.bounds[lane])
            total += end - start
            async for record in log.read(start, end):
                found.look(topic, lane, record, frames, sought)
                progress(topic, done + record.offset + 1 - start, total)
            done += end - start
    return found


async def _stretch(log: PartitionLog, window: Window, bounds: tuple[int, int]) -> tuple[int, int]:
    """The offsets of a window of time."""
    begin, end = bounds
    first = begin if window.since_ms is None else await log.offset_at(window.since_ms)
    after = end if window.until_ms is None else await log.offset_at(window.until_ms)
    start, stop = end if first is None else max(begin, first), end if after is None else min(after, end)
    return start, max(start, stop)
