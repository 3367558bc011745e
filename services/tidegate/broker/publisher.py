"""A plain producer for commands: publish events, put rules in force."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError, UnknownTopicOrPartitionError

from tidegate.broker.connecting import client_arguments, not_there
from tidegate.errors import BadInput, BrokerUnavailable
from tidegate.settings import KafkaSettings

_MAX_REQUEST = 32 << 20


class Publisher:
    """Sends records, each acknowledged by all replicas, in their order."""

    def __init__(self, producer: AIOKafkaProducer, kafka: KafkaSettings) -> None:
        self._producer = producer
        self._kafka = kafka

    async def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes,
        headers: tuple[tuple[str, bytes], ...] = (),
        partition: int | None = None,
    ) -> asyncio.Future[object]:
        """Hands a record over. The future is done when the broker has it; ``confirmed`` tells what went wrong."""
        try:
            async with asyncio.timeout(self._kafka.connect_s):
                future: asyncio.Future[object] = await self._producer.send(
                    topic, value, key=key, partition=partition, headers=list(headers)
                )
        except (TimeoutError, KafkaError, AssertionError) as exc:
            raise self._translated(topic, value, exc) from exc
        return future

    async def confirmed(self, topic: str, value: bytes, future: asyncio.Future[object]) -> None:
        """Waits until the broker has a record. Raises ``BadInput`` when it refuses it, ``BrokerUnavailable`` else."""
        try:
            await future
        except (TimeoutError, KafkaError) as exc:
            raise self._translated(topic, value, exc) from exc

    async def send_and_wait(self, topic: str, key: bytes | None, value: bytes) -> None:
        await self.confirmed(topic, value, await self.send(topic, key, value))

    def _translated(self, topic: str, value: bytes, exc: Exception) -> BadInput | BrokerUnavailable:
        if isinstance(exc, (MessageSizeTooLargeError, RecordListTooLargeError)):
            return BadInput(f"the broker refuses a record of {len(value)} bytes: {topic} takes no record that large")
        if isinstance(exc, UnknownTopicOrPartitionError):
            return BadInput(
                f"there is no topic {topic}; run 'tidegate topics apply DIR' with rules that know the party"
            )
        return BrokerUnavailable(f"{not_there(self._kafka)} ({exc!r})")


@asynccontextmanager
async def open_publisher(kafka: KafkaSettings, *, idempotent: bool = True) -> AsyncIterator[Publisher]:
    """A publisher for as long as the block runs; what was handed over is sent before it ends.

    ``idempotent``: a repeat after trouble is not a second record. Such a producer cannot go on after a record that the
    broker refuses, since the refused one leaves a gap in its sequence; who has to go on does without.
    """
    producer = AIOKafkaProducer(
        **client_arguments(kafka),
        acks="all",
        enable_idempotence=idempotent,
        linger_ms=5,
        max_batch_size=1 << 20,
        max_request_size=_MAX_REQUEST,
        request_timeout_ms=int(kafka.connect_s * 1000),
    )
    try:
        async with asyncio.timeout(kafka.connect_s):
            await producer.start()
    except (TimeoutError, KafkaError) as exc:
        await producer.client.close()
        raise BrokerUnavailable(not_there(kafka)) from exc
    try:
        yield Publisher(producer, kafka)
    finally:
        await producer.stop()
