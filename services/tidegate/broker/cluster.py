"""The cluster: its id, its topics with their ids and settings, and making topics.

aiokafka knows neither topic ids nor the cluster id, nor incremental configuration; confluent-kafka's admin client does.
It answers from its own threads, so every call is awaited in a worker thread with a deadline.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from confluent_kafka import IsolationLevel, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ConfigSource,
    NewTopic,
    OffsetSpec,
    ResourceType,
)

from tidegate.broker.connecting import admin_arguments, not_there
from tidegate.errors import BadInput, BrokerUnavailable
from tidegate.settings import KafkaSettings

_T = TypeVar("_T")
_COORDINATOR_SOON = ("COORDINATOR_NOT_AVAILABLE", "COORDINATOR_LOAD_IN_PROGRESS", "NOT_COORDINATOR")
_GONE = ("UNKNOWN_TOPIC_OR_PART", "UNKNOWN_TOPIC_OR_PARTITION")
_NOT_OURS = ("TOPIC_AUTHORIZATION_FAILED",)
_OLD_LEADER = (
    *("FENCED_LEADER_EPOCH", "UNKNOWN_LEADER_EPOCH", "LEADER_NOT_AVAILABLE", "_NOENT"),
    *("NOT_LEADER_FOR_PARTITION", "NOT_LEADER_OR_FOLLOWER"),
)
"""What is said to a client that asks by the leaders of before a restart, or knows none."""
_AWAY = ("_TRANSPORT", "_TIMED_OUT", "_ALL_BROKERS_DOWN", "_RESOLVE", *_OLD_LEADER)


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it is. A topic that is deleted and made anew has another id."""

    name: str
    topic_id: str
    partitions: int


class Cluster:
    """The admin side of a cluster. Every method raises ``BrokerUnavailable`` when nothing answers in time.

    After trouble it asks with a new client: librdkafka forgets its brokers for good when one that is about to start
    says that there are none (its issue 5301), and goes by remembered leaders where it asks for offsets.
    """

    def __init__(self, kafka: KafkaSettings) -> None:
        self._kafka = kafka
        self._client: AdminClient | None = None

    @property
    def _admin(self) -> AdminClient:
        found = self._client  # once: requests start in threads, and another one may renew it meanwhile
        if found is None:
            found = self._client = AdminClient(admin_arguments(self._kafka), logger=_Silent())
        return found

    def _renew(self) -> None:
        """The next request goes through a new client. Letting go of the old one waits for its threads: not here."""
        gone = [self._client]
        self._client = None
        threading.Thread(target=gone.clear, name="admin client", daemon=True).start()

    async def cluster_id(self) -> str:
        said = await self._ask(lambda: self._admin.describe_cluster(request_timeout=self._kafka.connect_s))
        return str(said.cluster_id)

    async def topics(self, names: Iterable[str]) -> dict[str, Topic]:
        """Those of some topics that are there."""
        wanted = sorted(set(names))
        if not wanted:
            return {}
        futures = await asyncio.to_thread(
            self._admin.describe_topics, TopicCollection(wanted), request_timeout=self._kafka.connect_s
        )
        found = {}
        for name, future in futures.items():
            try:
                said = await self._result(future)
            except KafkaException as exc:
                if exc.args[0].name() in _GONE:
                    continue
                raise self._translated(exc) from exc
            found[name] = Topic(name, str(said.topic_id), len(said.partitions))
        return found

    async def names(self) -> list[str]:
        """The names of all topics."""
        metadata = await self._call(lambda: self._admin.list_topics(timeout=self._kafka.connect_s))
        return sorted(metadata.topics)

    async def brokers(self) -> int:
        metadata = await self._call(lambda: self._admin.list_topics(timeout=self._kafka.connect_s))
        return len(metadata.brokers)

    async def settings(self, names: Iterable[str]) -> dict[str, dict[str, str]]:
        """The settings of some topics, defaults included, by topic."""
        resources = [ConfigResource(ResourceType.TOPIC, name) for name in names]
        if not resources:
            return {}
        futures = await asyncio.to_thread(
            self._admin.describe_configs, resources, request_timeout=self._kafka.connect_s
        )
        found = {}
        for resource, future in futures.items():
            entries = await self._ask(lambda f=future: f)  # type: ignore[misc]
            found[resource.name] = {name: str(entry.value) for name, entry in entries.items()}
        return found

    async def broker_setting(self, name: str) -> str | None:
        """One setting of a broker, as the first broker has it."""
        metadata = await self._call(lambda: self._admin.list_topics(timeout=self._kafka.connect_s))
        node = str(min(metadata.brokers))
        resource = ConfigResource(ResourceType.BROKER, node)
        futures = await asyncio.to_thread(
            self._admin.describe_configs, [resource], request_timeout=self._kafka.connect_s
        )
        entries = await self._ask(lambda: next(iter(futures.values())))
        return str(entries[name].value) if name in entries else None

    async def unfinished(self, names: Iterable[str], partition: int) -> list[str]:
        """Those of some topics in whose partition a transaction is open: its last stable offset is below its end.

        Topics that are not there, or not ours to ask, are left out: whoever writes them finds that out by name. Any
        other failure is raised: it must not pass for a partition in which nothing is open.
        """
        wanted = [TopicPartition(name, partition) for name in sorted(set(names))]
        # The stable end first: what is written between the two questions then looks open, never the other way round.
        stable = await self._ends(wanted, IsolationLevel.READ_COMMITTED)
        ends = await self._ends(wanted, IsolationLevel.READ_UNCOMMITTED)
        return [name for name, end in ends.items() if stable.get(name, end) < end]

    async def _ends(self, wanted: list[TopicPartition], isolation: IsolationLevel) -> dict[str, int]:
        if not wanted:
            return {}
        until = time.monotonic() + self._kafka.connect_s
        while True:
            futures = await asyncio.to_thread(
                self._admin.list_offsets,
                {tp: OffsetSpec.latest() for tp in wanted},  # type: ignore[no-untyped-call]
                isolation_level=isolation,
                request_timeout=self._kafka.connect_s,
            )
            try:
                return {tp.topic: end for tp, one in futures.items() if (end := await self._end(one)) is not None}
            except KafkaException as exc:
                if exc.args[0].name() not in _OLD_LEADER:
                    raise self._translated(exc) from exc
                if time.monotonic() > until:
                    raise BrokerUnavailable(not_there(self._kafka)) from exc
            self._renew()
            await asyncio.sleep(0.1)

    async def _end(self, future: Any) -> int | None:
        try:
            return int((await self._result(future)).offset)
        except KafkaException as exc:
            if exc.args[0].name() in (*_GONE, *_NOT_OURS):
                return None
            raise

    async def create(self, name: str, partitions: int, settings: Mapping[str, str]) -> None:
        """Makes a topic. The replication factor is the cluster's default."""
        topic = NewTopic(name, num_partitions=partitions, replication_factor=-1, config=dict(settings))
        await self._ask(lambda: self._admin.create_topics([topic], request_timeout=self._kafka.connect_s)[name])
        # The controller has it; the brokers learn of it a moment later.
        async with asyncio.timeout(self._kafka.connect_s):
            while name not in await self.topics([name]):  # noqa: ASYNC110 - the broker sends no word of it
                await asyncio.sleep(0.02)

    async def alter(self, name: str, settings: Mapping[str, str]) -> None:
        """Sets some settings of a topic and leaves the others alone."""
        resource = ConfigResource(
            ResourceType.TOPIC,
            name,
            incremental_configs=[
                ConfigEntry(
                    key, value, source=ConfigSource.DYNAMIC_TOPIC_CONFIG, incremental_operation=AlterConfigOpType.SET
                )
                for key, value in settings.items()
            ],
        )
        futures = await asyncio.to_thread(
            self._admin.incremental_alter_configs, [resource], request_timeout=self._kafka.connect_s
        )
        await self._ask(lambda: next(iter(futures.values())))
        # As with a new topic: the brokers learn of it a moment after the controller has it.
        async with asyncio.timeout(self._kafka.connect_s):
            while not settings.items() <= (await self.settings([name]))[name].items():  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def owners(self, group: str, topic: str) -> dict[int, str]:
        """Who of a group is assigned which partition of a topic: partition to client id and host.

        A group that never was, or that nobody is in any more, owns nothing.
        """
        said = await self._group(group)
        if said is None:
            return {}
        return {
            tp.partition: f"{member.client_id}@{member.host}"
            for member in said.members
            if member.assignment is not None
            for tp in member.assignment.topic_partitions
            if tp.topic == topic
        }

    async def _group(self, group: str) -> Any:
        """A consumer group as it is, or None. A broker that nobody has asked for a group yet makes the topic of groups
        first; that is worth asking again, and the client does not count it so.
        """
        until = time.monotonic() + self._kafka.connect_s
        while True:
            futures = await asyncio.to_thread(
                self._admin.describe_consumer_groups, [group], request_timeout=self._kafka.connect_s
            )
            try:
                return await self._result(next(iter(futures.values())))
            except KafkaException as exc:
                name = exc.args[0].name()
                if name == "GROUP_ID_NOT_FOUND":
                    return None
                if name not in _COORDINATOR_SOON or time.monotonic() > until:
                    raise self._translated(exc) from exc
            await asyncio.sleep(0.1)

    async def delete(self, names: Iterable[str]) -> None:
        wanted = list(names)
        if not wanted:
            return
        futures = await asyncio.to_thread(self._admin.delete_topics, wanted, request_timeout=self._kafka.connect_s)
        for future in futures.values():
            await self._ask(lambda f=future: f)  # type: ignore[misc]

    async def _ask(self, start: Callable[[], Any]) -> Any:
        try:
            return await self._result(await asyncio.to_thread(start))
        except KafkaException as exc:
            raise self._translated(exc) from exc

    async def _call(self, call: Callable[[], _T]) -> _T:
        try:
            return await asyncio.to_thread(call)
        except KafkaException as exc:
            raise self._translated(exc) from exc

    async def _result(self, future: Any) -> Any:
        try:
            return await asyncio.to_thread(future.result, self._kafka.connect_s + 1)
        except TimeoutError:
            self._renew()
            raise BrokerUnavailable(not_there(self._kafka)) from None

    def _translated(self, exc: KafkaException) -> BrokerUnavailable | BadInput:
        error = exc.args[0]
        if error.retriable() or error.name() in _AWAY:
            self._renew()
            return BrokerUnavailable(not_there(self._kafka))
        # Some answers have no text of their own, only the name of the request.
        return BadInput(f"the broker says: {error.str().rstrip(': ')} ({error.name()})")


class _Silent:
    """librdkafka says on stderr that a broker is away; we say it ourselves, once, in words."""

    def log(self, *_: object, **__: object) -> None:
        pass

    debug = info = warning = error = log
