"""The lane's writer: everything of one batch, with the source offsets, in one transaction.

Never used again after trouble: whatever goes wrong, the writer is dropped and the lane taken over, since only a new
producer of the same transactional id can know what became of the last transaction.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    PolicyViolationError,
    ProducerFenced,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
from aiokafka.structs import OffsetAndMetadata, TopicPartition

from tidegate.broker import patches
from tidegate.broker.batches import batches_of
from tidegate.broker.closing import close_producer
from tidegate.broker.connecting import client_arguments
from tidegate.errors import LaneLost
from tidegate.settings import KafkaSettings, LaneSettings

Check: TypeAlias = Callable[[], Awaitable[None]]
"""What has to be so for a transaction to be committed; raises where it is not."""
_BACKOFF_MS = 20
"""At aiokafka's 100 a start that meets an open transaction takes 110 ms."""


class Fenced(LaneLost):
    """Another producer of the lane's transactional id has started."""

    code = "fenced"


class TopicRefused(LaneLost):
    """One topic takes no records: it is gone, closed to us, or set otherwise than it has to be. The rest waits."""

    code = "topic_refused"

    def __init__(self, topic: str, why: str) -> None:
        super().__init__(f"{topic} takes no records: {why}")
        self.topic = topic


_OF_A_TOPIC = (
    InvalidTopicError,
    MessageSizeTooLargeError,
    PolicyViolationError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)


@contextmanager
def _named(topic: str) -> Iterator[None]:
    """Says which topic it was that refused."""
    try:
        yield
    except _OF_A_TOPIC as exc:
        raise TopicRefused(topic, type(exc).__name__.removesuffix("Error")) from exc


@dataclass(frozen=True, slots=True)
class Written:
    """Where the first body of each topic was put, and how long the transaction took."""

    offsets: Mapping[str, int]
    seconds: float


class LaneWriter:
    """The producer of one lane. ``start`` fences whoever had the lane before and ends its open transaction."""

    def __init__(self, kafka: KafkaSettings, limits: LaneSettings, lane: int, name: str = "lane") -> None:
        """``name`` is part of the transactional id: a writer fences only those of its own name and lane."""
        patches.apply()
        self._kafka = kafka
        self._limits = limits
        self._lane = lane
        self._producer = AIOKafkaProducer(
            **client_arguments(kafka),
            transactional_id=f"{kafka.topic_prefix}{kafka.group}-{name}-{lane}",
            transaction_timeout_ms=int(limits.transaction_timeout_s * 1000),
            request_timeout_ms=int(limits.request_s * 1000),
            retry_backoff_ms=_BACKOFF_MS,
            client_id=f"{kafka.group}-lane-{lane}",
        )
        self._usable = True

    async def start(self) -> None:
        """Raises ``LaneLost`` when the broker does not let the producer start in time."""
        try:
            async with asyncio.timeout(self._limits.start_s):
                await self._producer.start()
        except (TimeoutError, KafkaError) as exc:
            raise LaneLost(f"the producer of lane {self._lane} did not start: {exc!r}") from exc

    async def write(
        self,
        bodies: Mapping[str, Sequence[bytes]],
        offsets: Mapping[str, int],
        timestamp_ms: int,
        before_commit: Check | None = None,
    ) -> Written:
        """Writes bodies to this lane's partition of each topic, with the source offsets by topic, all or nothing.

        Batches go out in the order of ``bodies``. ``before_commit`` is awaited when all of them are acknowledged; what
        it raises keeps the transaction from being committed. Raises that, ``Fenced``, ``TopicRefused`` or ``LaneLost``;
        after any of them nothing is known of the transaction, and the writer cannot be used again.
        """
        if not self._usable:
            raise LaneLost(f"the writer of lane {self._lane} was used after trouble")
        self._usable = False
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._limits.transaction_s):
                written = await self._transaction(bodies, offsets, timestamp_ms, before_commit)
        except ProducerFenced as exc:
            raise Fenced(f"lane {self._lane} was fenced: another process has started to write it") from exc
        except (TimeoutError, KafkaError, AssertionError, RuntimeError, ValueError) as exc:
            # AssertionError and the like are how aiokafka says that its own state no longer fits together.
            raise LaneLost(f"the transaction of lane {self._lane} failed: {exc!r}") from exc
        self._usable = True
        return Written(written, time.monotonic() - began)

    async def _transaction(
        self,
        bodies: Mapping[str, Sequence[bytes]],
        offsets: Mapping[str, int],
        timestamp_ms: int,
        before_commit: Check | None,
    ) -> dict[str, int]:
        producer, lane = self._producer, self._lane
        await producer.begin_transaction()
        sent: dict[str, list[asyncio.Future[object]]] = {}
        for topic, records in bodies.items():
            with _named(topic):
                for batch in batches_of(records, timestamp_ms):
                    sent.setdefault(topic, []).append(await producer.send_batch(batch, topic, partition=lane))
        # Every send is awaited before anything else is asked: a commit goes through even when a send has failed.
        first: dict[str, int] = {}
        for topic, futures in sent.items():
            with _named(topic):
                for place, future in enumerate(futures):
                    metadata = await future
                    if not place:
                        first[topic] = metadata.offset  # type: ignore[attr-defined]
        if offsets:
            committed = {
                TopicPartition(topic, lane): OffsetAndMetadata(offset, "") for topic, offset in offsets.items()
            }
            await producer.send_offsets_to_transaction(committed, f"{self._kafka.topic_prefix}{self._kafka.group}")
        if before_commit is not None:
            await before_commit()
        await producer.commit_transaction()
        return first

    async def drop(self) -> None:
        """Lets go of the producer without ending its transaction: the next owner's start does that."""
        self._usable = False
        await close_producer(self._producer, self._limits.drop_s)
