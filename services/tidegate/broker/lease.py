"""The lease: who is assigned partition i of the empty topic ``lanes`` owns lane i.

Kafka's own groups share the lanes among processes; nothing else does. aiokafka's rebalances are eager: all is revoked
before anything is assigned anew. Revoking stops nothing here. A lane goes on until the next assignment excludes it, and
the fence protects what is written meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.errors import KafkaError
from aiokafka.protocol.group import HeartbeatRequest
from aiokafka.structs import TopicPartition

from tidegate.broker.closing import close_consumer
from tidegate.broker.connecting import client_arguments, not_there
from tidegate.errors import BrokerUnavailable
from tidegate.settings import KafkaSettings, LaneSettings

_FOREVER_MS = 2**31 - 1
_NO_GENERATION = -1


class Lease:
    """The lanes of this process, and the means to ask whether one is still held."""

    def __init__(
        self, kafka: KafkaSettings, limits: LaneSettings, topic: str, changed: Callable[[frozenset[int]], None]
    ) -> None:
        """``changed`` is called with the lanes of every new assignment."""
        self._kafka = kafka
        self._limits = limits
        self._topic = topic
        self._changed = changed
        self._lanes: frozenset[int] = frozenset()
        self._generation = _NO_GENERATION
        self._settled = asyncio.Event()
        self._poll: asyncio.Task[None] | None = None
        self._consumer = AIOKafkaConsumer(
            **client_arguments(kafka),
            group_id=f"{kafka.topic_prefix}{kafka.group}",
            client_id=f"{kafka.group}-lease",
            enable_auto_commit=False,
            auto_offset_reset="latest",
            partition_assignment_strategy=(StickyPartitionAssignor,),
            session_timeout_ms=int(limits.session_s * 1000),
            heartbeat_interval_ms=int(limits.heartbeat_s * 1000),
            rebalance_timeout_ms=int(limits.rebalance_s * 1000),
            # Heartbeats stop beyond the poll interval without a word. This consumer always polls; whether lanes make
            # progress is our own watchdog's matter.
            max_poll_interval_ms=_FOREVER_MS,
            request_timeout_ms=int(limits.request_s * 1000),
            retry_backoff_ms=50,
        )

    @property
    def lanes(self) -> frozenset[int]:
        """The lanes of the last assignment. Held only as long as ``held`` says so."""
        return self._lanes

    async def start(self) -> None:
        """Connects and begins to join the group. Raises ``BrokerUnavailable``."""
        try:
            async with asyncio.timeout(self._kafka.connect_s):
                await self._consumer.start()
        except (TimeoutError, KafkaError) as exc:
            await close_consumer(self._consumer, self._limits.drop_s)
            raise BrokerUnavailable(not_there(self._kafka)) from exc
        # Not before: a consumer that has subscribed starts only once it has joined, and while the group waits for a
        # member that was killed that takes longer than any time in which a broker has to answer.
        self._consumer.subscribe([self._topic], listener=_Listener(self))
        self._poll = asyncio.create_task(self._polling(), name="lease")

    async def _polling(self) -> None:
        """Polls for ever: an idle consumer is put out of its group. The topic is empty."""
        while True:
            try:
                await self._consumer.getmany(timeout_ms=500)
            except KafkaError:
                await asyncio.sleep(self._limits.retry_s)

    async def held(self, lane: int) -> bool:
        """Whether the coordinator still knows this process as the owner of a lane, asked now.

        A heartbeat of our own, because it has no side effects: a commit as a check ends in a storm of rebalances, and
        aiokafka's own heartbeat says yes while the group rebalances. Asked between an assignment and the next revoke
        only; at any other time the answer is no, and the caller waits.
        """
        generation = self._generation
        if generation == _NO_GENERATION or lane not in self._lanes:
            return False
        coordinator = self._consumer._coordinator  # noqa: SLF001 - aiokafka has no public way to ask
        if coordinator.generation != generation:
            return False
        request = HeartbeatRequest(coordinator.group_id, generation, coordinator.member_id)
        try:
            async with asyncio.timeout(self._limits.request_s):
                response = await coordinator._send_req(request)  # noqa: SLF001
        except (TimeoutError, KafkaError):
            return False
        return bool(response.error_code == 0 and generation == self._generation == coordinator.generation)

    async def committed(self, topics: Sequence[str], lane: int) -> dict[str, int]:
        """What the group committed for some topics. Only to be asked once the lane's producer has started."""
        found = {}
        for topic in topics:
            offset = await self._consumer.committed(TopicPartition(topic, lane))
            if offset is not None and offset >= 0:
                found[topic] = offset
        return found

    @property
    def generation(self) -> int:
        """The generation of the group in which the lanes were assigned; -1 while it rebalances."""
        return self._generation

    async def settled(self) -> None:
        """Waits for the end of a rebalance."""
        await self._settled.wait()

    async def stop(self) -> None:
        """Leaves the group, so that others get the lanes at once; within the time limit."""
        if self._poll is not None:
            self._poll.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._poll
        await close_consumer(self._consumer, self._limits.session_s)

    def _assigned(self, partitions: set[TopicPartition]) -> None:
        self._lanes = frozenset(tp.partition for tp in partitions)
        self._generation = self._consumer._coordinator.generation  # noqa: SLF001
        self._settled.set()
        self._changed(self._lanes)

    def _revoked(self) -> None:
        self._generation = _NO_GENERATION
        self._settled.clear()


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    def __init__(self, lease: Lease) -> None:
        self._lease = lease

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        self._lease._revoked()  # noqa: SLF001 - the two halves of one class

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        self._lease._assigned(assigned)  # noqa: SLF001
