"""The catalog: which source topics there are, by the parties that the rules register.

A topic with the wrong number of partitions is left out, with an alarm, and stops no lane. A stray topic is not even
looked at: only publishers that the rules know have one.
"""

from __future__ import annotations

import asyncio

from tidegate.broker.cluster import Cluster
from tidegate.broker.names import TopicNames
from tidegate.errors import TidegateError
from tidegate.gate import Source, source_of
from tidegate.hub.following import RulesFollower
from tidegate.telemetry import Metrics, get_logger


class Catalog:
    """The sources of this hub. One per process; ``version`` grows with every change."""

    def __init__(
        self, cluster: Cluster, names: TopicNames, lanes: int, follower: RulesFollower, metrics: Metrics
    ) -> None:
        self._cluster = cluster
        self._names = names
        self._lanes = lanes
        self._follower = follower
        self._metrics = metrics
        self._log = get_logger()
        self._excluded: dict[str, str] = {}
        self.sources: dict[str, Source] = {}
        self.version = 0
        self.ready = asyncio.Event()

    async def run(self, every_s: float) -> None:
        """Looks until cancelled, at once when the rules change."""
        while True:
            try:
                await self.refresh()
            except TidegateError as exc:
                self._log.warning("topics cannot be looked at", error=str(exc))
            await self._follower.wait(every_s)

    async def refresh(self) -> None:
        """Looks once. Raises ``BrokerUnavailable``."""
        in_force = self._follower.in_force
        if in_force is None:
            return
        wanted = {self._names.incoming(name): name for name in in_force.executor.publishers}
        topics = await self._cluster.topics(wanted)
        found: dict[str, Source] = {}
        excluded: dict[str, str] = {}
        for name, publisher in wanted.items():
            topic = topics.get(name)
            if topic is None:
                excluded[name] = "it is not there"
            elif topic.partitions != self._lanes:
                excluded[name] = f"it has {topic.partitions} partitions instead of {self._lanes}"
            else:
                found[name] = source_of(name, topic.topic_id, publisher)
        self._tell(excluded)
        if found != self.sources:
            self.sources = found
            self.version += 1
        self.ready.set()

    def _tell(self, excluded: dict[str, str]) -> None:
        for name, why in excluded.items():
            if self._excluded.get(name) != why:
                self._log.error(f"a source topic is left out: {why}; run 'tidegate topics apply'", topic=name)
        self._excluded = excluded
        self._metrics.excluded.set(len(excluded))
