"""The lane's reader: one partition of every source topic, by manual assignment.

No group has a say here: a new publisher is one more partition to fetch, never a rebalance.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError, OffsetOutOfRangeError
from aiokafka.structs import TopicPartition

from tidegate.broker import patches
from tidegate.broker.closing import close_consumer
from tidegate.broker.connecting import client_arguments
from tidegate.broker.logs import PartitionLog
from tidegate.errors import LaneLost, TidegateError
from tidegate.settings import KafkaSettings, LaneSettings

PARTITION_BYTES = 4 << 20
"""How much of one source is fetched at once. More than the largest record that a source topic takes."""


class OutOfRange(TidegateError):
    """A source no longer has the record that comes next, or does not have it yet."""

    code = "out_of_range"

    def __init__(self, topics: Mapping[str, int]) -> None:
        self.topics = dict(topics)
        super().__init__(f"not there: {', '.join(f'{topic} at {offset}' for topic, offset in self.topics.items())}")


class LaneReader:
    """The consumer of one lane. Its records have ``offset``, ``timestamp``, ``key``, ``value`` and ``headers``."""

    def __init__(self, kafka: KafkaSettings, limits: LaneSettings, lane: int) -> None:
        patches.apply()
        self._limits = limits
        self._lane = lane
        self._turn = 0
        self._topics: list[str] = []
        self._carried: dict[str, list[Any]] = {}
        self._put_back: dict[str, int] = {}
        self._consumer = AIOKafkaConsumer(
            **client_arguments(kafka),
            client_id=f"{kafka.group}-lane-{lane}-reader",
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
            key_deserializer=patches.raw_record,
            max_partition_fetch_bytes=PARTITION_BYTES,
            fetch_max_wait_ms=200,
            consumer_timeout_ms=10,
            request_timeout_ms=int(limits.request_s * 1000),
            retry_backoff_ms=20,
        )

    async def start(self) -> None:
        try:
            async with asyncio.timeout(self._limits.start_s):
                await self._consumer.start()
        except (TimeoutError, KafkaError) as exc:
            raise LaneLost(f"the reader of lane {self._lane} did not start: {exc!r}") from exc

    async def beginnings(self, topics: list[str]) -> dict[str, int]:
        """The first offset that each topic still has."""
        wanted = [TopicPartition(topic, self._lane) for topic in topics]
        try:
            async with asyncio.timeout(self._limits.start_s):
                found = await self._consumer.beginning_offsets(wanted)
        except (TimeoutError, KafkaError) as exc:
            raise LaneLost(f"lane {self._lane} cannot look up where its sources begin: {exc!r}") from exc
        return {tp.topic: offset for tp, offset in found.items()}

    async def ends(self, topics: list[str]) -> dict[str, int]:
        """The last stable offset of each topic."""
        wanted = [TopicPartition(topic, self._lane) for topic in topics]
        try:
            async with asyncio.timeout(self._limits.start_s):
                found = await self._consumer.end_offsets(wanted)
        except (TimeoutError, KafkaError) as exc:
            raise LaneLost(f"lane {self._lane} cannot look up where its sources end: {exc!r}") from exc
        return {tp.topic: offset for tp, offset in found.items()}

    def assign(self, positions: Mapping[str, int]) -> None:
        """Reads these topics from these offsets on. What was fetched before is forgotten."""
        self._topics = sorted(positions)
        self._carried.clear()
        self._put_back.clear()
        wanted = {topic: TopicPartition(topic, self._lane) for topic in self._topics}
        self._consumer.assign(list(wanted.values()))
        for topic, tp in wanted.items():
            self._consumer.seek(tp, positions[topic])

    async def read(self, limit: int, limit_bytes: int, wait_s: float, skip: frozenset[str]) -> dict[str, list[Any]]:
        """Records by topic: at most ``limit`` in all and about ``limit_bytes`` of values, but one if there is one.

        Every topic gets its share before any gets more, and the topic that is asked first changes with every call.
        Waits up to ``wait_s`` for the first record. Topics in ``skip`` are left alone. Raises ``OutOfRange`` or
        ``LaneLost``; records already taken are then lost to this reader, until ``assign`` is called again.
        """
        topics = [topic for topic in self._topics if topic not in skip]
        if not topics:
            await asyncio.sleep(wait_s)
            return {}
        try:
            found = await self._shares(topics, limit)
            if not found:
                wanted = [TopicPartition(topic, self._lane) for topic in topics]
                said = await self._consumer.getmany(*wanted, timeout_ms=int(wait_s * 1000), max_records=limit)
                found = {tp.topic: list(records) for tp, records in said.items()}
        except OffsetOutOfRangeError as exc:
            raise OutOfRange({tp.topic: offset for tp, offset in exc.args[0].items()}) from exc
        except KafkaError as exc:
            raise LaneLost(f"lane {self._lane} cannot read: {exc!r}") from exc
        return self._cut(found, limit_bytes)

    async def _shares(self, topics: list[str], limit: int) -> dict[str, list[Any]]:
        """What is there already. First a share of each, then what is left of the limit to whoever has more."""
        self._turn = (self._turn + 1) % len(topics)
        found: dict[str, list[Any]] = {}
        room = limit
        for allowed in (max(1, limit // len(topics)), limit):
            for topic in topics[self._turn :] + topics[: self._turn]:
                if room <= 0:
                    break
                taken = await self._take(topic, min(allowed, room))
                if taken:
                    found.setdefault(topic, []).extend(taken)
                    room -= len(taken)
        return found

    async def _take(self, topic: str, count: int) -> list[Any]:
        carried = self._carried.pop(topic, None)
        if carried is None:
            tp = TopicPartition(topic, self._lane)
            return list((await self._consumer.getmany(tp, timeout_ms=0, max_records=count)).get(tp, ()))
        if len(carried) > count:
            self._carried[topic] = carried[count:]
        return carried[:count]

    def _cut(self, found: dict[str, list[Any]], limit_bytes: int) -> dict[str, list[Any]]:
        """Keeps what goes beyond the bytes for the next call. Large records are rare: one sum nearly always decides."""
        sizes = {topic: [len(record.value or b"") for record in records] for topic, records in found.items()}
        if sum(map(sum, sizes.values())) <= limit_bytes:
            return found
        cut: dict[str, list[Any]] = {}
        room = limit_bytes
        for topic, records in found.items():
            fit = 0
            while fit < len(records) and (sizes[topic][fit] <= room or not (cut or fit)):
                room -= sizes[topic][fit]
                fit += 1
            if fit:
                cut[topic] = records[:fit]
            if fit < len(records):
                self._carried[topic] = records[fit:] + self._carried.get(topic, [])
        return cut

    def put_back_half(self, found: dict[str, list[Any]]) -> dict[str, list[Any]]:
        """Gives the first half of what was just read; the rest comes again with the next read. At least one is left."""
        room = max(1, sum(map(len, found.values())) // 2)
        kept: dict[str, list[Any]] = {}
        for topic, records in found.items():
            if room:
                kept[topic] = records[:room]
            if records[room:]:
                self._carried[topic] = records[room:] + self._carried.get(topic, [])
                self._put_back[topic] = max(records[-1].offset, self._put_back.get(topic, -1))
            room = max(0, room - len(records))
        return kept

    @property
    def has_put_back(self) -> bool:
        """Whether something that was put back has not been read again yet."""
        return any(
            topic in self._carried and self._carried[topic][0].offset <= last for topic, last in self._put_back.items()
        )

    async def lag(self, skip: frozenset[str] = frozenset()) -> int | None:
        """Records between where the reader is and the last stable offset, or None while a source has not answered.

        Topics in ``skip`` do not count.
        """
        total = 0
        for topic in self._topics:
            if topic in skip:
                continue
            tp = TopicPartition(topic, self._lane)
            stable = self._consumer.last_stable_offset(tp)
            if stable is None or stable < 0:
                return None
            # The position passes markers and aborted records, so a source that was read to its end lags by nothing.
            total += max(0, stable - await self._consumer.position(tp))
        return total

    async def behind(self) -> frozenset[str]:
        """Topics of which something that is committed has not been handed out yet. Asks the broker where they end."""
        ends = await self.ends(self._topics)
        return frozenset(
            [
                topic
                for topic in self._topics
                if topic in self._carried
                or await self._consumer.position(TopicPartition(topic, self._lane)) < ends[topic]
            ]
        )

    def log(self, topic: str) -> PartitionLog:
        """This lane's partition of another topic, read with the same consumer. ``assign`` afterwards starts anew."""
        return PartitionLog(self._consumer, topic, self._lane)

    async def drop(self) -> None:
        await close_consumer(self._consumer, self._limits.drop_s)
