"""Reading one partition from somewhere to its end: the lane log at a takeover, audits and rules by commands.

The end is the last stable offset. A position passes markers and aborted batches, records do not show where the end is:
so the position decides when reading is done, never the last record.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from tidegate.broker import patches
from tidegate.broker.closing import close_consumer
from tidegate.broker.cluster import Cluster
from tidegate.broker.connecting import client_arguments, not_there
from tidegate.errors import BadInput, BrokerUnavailable
from tidegate.settings import KafkaSettings

_POLL_MS = 10
"""``getmany`` waits its whole timeout out when nothing but markers came."""
_FIRST_TAIL = 8
FETCH_BYTES, FEW_BYTES = 16 << 20, 64 << 10
_ONE_S = 10.0
"""How long the reading of a single record may take."""


class PartitionLog:
    """One partition, read with a consumer that nothing else reads with meanwhile.

    Every method raises ``BrokerUnavailable`` where the broker does not give what is asked.
    """

    def __init__(self, consumer: AIOKafkaConsumer, topic: str, partition: int) -> None:
        self._consumer = consumer
        self._tp = TopicPartition(topic, partition)

    async def bounds(self) -> tuple[int, int]:
        """The first offset that is there, and the last stable offset: nothing committed lies at or beyond it."""
        with self._told():
            begin = await self._consumer.beginning_offsets([self._tp])
            end = await self._consumer.end_offsets([self._tp])
        return begin[self._tp], end[self._tp]

    async def offset_at(self, time_ms: int) -> int | None:
        """The first offset whose timestamp is not before a time, or None when there is none."""
        with self._told():
            found = (await self._consumer.offsets_for_times({self._tp: time_ms}))[self._tp]
        return None if found is None else int(found.offset)

    async def read(self, start: int, end: int) -> AsyncIterator[Any]:
        """Records from ``start`` up to ``end``, without those of aborted transactions."""
        self._consumer.assign([self._tp])
        self._consumer.seek(self._tp, start)
        while await self._consumer.position(self._tp) < end:
            with self._told():
                said = await self._consumer.getmany(self._tp, timeout_ms=_POLL_MS)
            if await self._consumer.position(self._tp) >= end:
                # A fetch for more would wait at the broker, and whatever is asked next would wait behind it.
                self._consumer.pause(self._tp)
            for record in said.get(self._tp, ()):
                if record.offset < end:
                    yield record

    async def at(self, offset: int) -> Any | None:
        """The record at an offset, or None where there is none any more."""
        with self._told():
            async with asyncio.timeout(_ONE_S):
                begin, end = await self.bounds()
                if not begin <= offset < end:
                    return None
                found = [record async for record in self.read(offset, offset + 1)]
        return found[0] if found else None

    async def tail(self) -> list[Any]:
        """The last records, at least one where there is any; few, and at no cost in the length of the log."""
        begin, end = await self.bounds()
        reach = _FIRST_TAIL
        while True:
            start = max(begin, end - reach)
            found = [record async for record in self.read(start, end)]
            if found or start == begin:
                return found
            reach *= 8  # nothing but markers and aborted records there

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What the client raises, in a sentence that names the partition."""
        try:
            yield
        except (TimeoutError, KafkaError) as exc:
            raise BrokerUnavailable(f"{self._tp.topic}-{self._tp.partition} could not be read: {exc!r}") from exc


@asynccontextmanager
async def open_log(
    kafka: KafkaSettings, topic: str, partition: int, *, fetch_bytes: int = FETCH_BYTES
) -> AsyncIterator[PartitionLog]:
    """A partition for a command to read. Raises ``BrokerUnavailable``.

    ``fetch_bytes`` are about so many at once; who asks for single records wants few (``FEW_BYTES``).
    """
    async with _open_consumer(kafka, fetch_bytes) as consumer:
        yield PartitionLog(consumer, topic, partition)


async def follow(
    kafka: KafkaSettings, topic: str, *, from_beginning: bool, stop_at_end: bool = False
) -> AsyncGenerator[tuple[int, Any], None]:
    """``(partition, record)`` of all partitions of a topic, in order within each; what comes later is waited for.

    With ``stop_at_end`` it ends where the topic ended when it began. Raises ``BadInput`` when there is no such topic.
    """
    there = (await Cluster(kafka).topics([topic])).get(topic)
    if there is None:
        raise BadInput(f"there is no topic {topic}")
    async with _open_consumer(kafka) as consumer:
        tps = [TopicPartition(topic, partition) for partition in range(there.partitions)]
        ends = await consumer.end_offsets(tps)
        begins = await consumer.beginning_offsets(tps) if from_beginning else ends
        consumer.assign(tps)
        for tp in tps:  # before anything is awaited: a consumer without positions looks for them itself, in vain
            consumer.seek(tp, begins[tp])
        while True:
            for tp, records in (await consumer.getmany(timeout_ms=200)).items():
                for record in records:
                    if not stop_at_end or record.offset < ends[tp]:
                        yield tp.partition, record
            if stop_at_end and all([await consumer.position(tp) >= ends[tp] for tp in tps]):
                return


@asynccontextmanager
async def _open_consumer(kafka: KafkaSettings, fetch_bytes: int = FETCH_BYTES) -> AsyncIterator[AIOKafkaConsumer]:
    patches.apply()
    consumer = AIOKafkaConsumer(
        **client_arguments(kafka),
        enable_auto_commit=False,
        auto_offset_reset="none",
        isolation_level="read_committed",
        key_deserializer=patches.raw_record,
        max_partition_fetch_bytes=fetch_bytes,
        consumer_timeout_ms=10,
        retry_backoff_ms=20,
        request_timeout_ms=int(kafka.connect_s * 1000),
    )
    try:
        async with asyncio.timeout(kafka.connect_s):
            await consumer.start()
    except (TimeoutError, KafkaError) as exc:
        await close_consumer(consumer, kafka.connect_s)
        raise BrokerUnavailable(not_there(kafka)) from exc
    try:
        yield consumer
    finally:
        await close_consumer(consumer, kafka.connect_s)
