"""The catalog: which source topics there are, by the parties that the rules register.

A source topic that is not what it has to be, as far as decisions or the hub's memory hang on it, is left out, with an
alarm, and stops no lane. Whatever else differs, in the topics of partners too, is an alarm alone. A stray topic is not
even looked at: only parties that the rules know have one. What operators ask comes by a source of its own, of nobody.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping

from tidegate.broker.cluster import Cluster, Topic
from tidegate.broker.names import TopicNames
from tidegate.broker.topics import Difference, TopicSpec, differences, specs
from tidegate.errors import TidegateError
from tidegate.gate import Executor, Source, source_of
from tidegate.hub.following import RulesFollower
from tidegate.telemetry import Metrics, get_logger

SETTINGS_EVERY_S = 60.0
"""How often settings are looked at while nothing seems to change."""
EXCLUDING = frozenset({"message.timestamp.type", "compression.type", "max.message.bytes"})
"""What a source topic must have right to be read: else a publisher says itself what "now" is, or sends a bomb."""
NOBODY = ""
"""Whose source the orders are."""


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
        self._said: dict[str, str] = {}
        self._topics: dict[str, Topic] = {}
        self._settings: dict[str, dict[str, str]] = {}
        self._settings_at = float("-inf")
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
        wanted = party_specs(self._names, self._lanes, in_force.executor)
        topics = await self._cluster.topics(spec.name for spec in wanted)
        if topics != self._topics or time.monotonic() - self._settings_at > SETTINGS_EVERY_S:
            self._settings = await self._cluster.settings(sorted(topics))
            self._settings_at = time.monotonic()
        self._topics = topics
        differing = differences(wanted, topics, self._settings)
        sources = {self._names.incoming(name): name for name in in_force.executor.publishers}
        sources[self._names.orders] = NOBODY
        excluded = excluded_of(differing, sources)
        self._tell(differing, excluded)
        found = {
            topic: source_of(topic, topics[topic].topic_id, publisher)
            for topic, publisher in sources.items()
            if topic not in excluded
        }
        if found != self.sources:
            self.sources = found
            self.version += 1
        self.ready.set()

    def _tell(self, differing: Iterable[Difference], excluded: frozenset[str]) -> None:
        """Says what is wrong, each once until it changes."""
        said = {one.spec.name: one.sentence for one in differing}
        for name, sentence in said.items():
            if self._said.get(name) != sentence:
                what = "a source topic is left out" if name in excluded else "a topic is not as it has to be"
                self._log.error(f"{what}: {sentence}; run 'tidegate topics apply'", topic=name)
        self._said = said
        self._metrics.excluded.set(len(excluded))


def party_specs(names: TopicNames, lanes: int, executor: Executor) -> list[TopicSpec]:
    """What the topics of all parties in the rules in force have to be."""
    plan = executor.plan
    partners = {name: partner.retention_s for name, partner in plan.partners.items()}
    own = {names.lanes, names.audit, names.quarantine, names.rules, names.subjects}
    return [spec for spec in specs(names, lanes, plan.publishers, partners) if spec.name not in own]


def excluded_of(differing: Iterable[Difference], sources: Mapping[str, str]) -> frozenset[str]:
    """The source topics that cannot be read as they are."""
    return frozenset(
        one.spec.name
        for one in differing
        if one.spec.name in sources and (one.missing or one.refused or EXCLUDING & one.settings.keys())
    )
