"""What the lanes of one process share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from tidegate.broker.cluster import Cluster
from tidegate.broker.lease import Lease
from tidegate.broker.names import TopicNames
from tidegate.claims import namespace_of
from tidegate.gate import Executor, Keyring, Source
from tidegate.hub.catalog import Catalog
from tidegate.hub.following import RulesFollower
from tidegate.settings import Settings
from tidegate.telemetry import Metrics, get_logger


def now_us() -> int:
    """The wall clock, in microseconds since 1970. The one place where the hub looks at it."""
    return time.time_ns() // 1_000


@dataclass
class HubContext:
    """Settings, names, and the parts that all lanes ask. ``waits`` say what each lane is waiting for, if anything."""

    settings: Settings
    names: TopicNames
    cluster: Cluster
    cluster_id: str
    lanes: int
    process: str
    keyring: Keyring
    lease: Lease
    follower: RulesFollower
    catalog: Catalog
    metrics: Metrics
    waits: dict[int, str] = field(default_factory=dict)
    floods: dict[int, dict[str, str]] = field(default_factory=dict)
    """Of whom lanes take nothing in, and why: see ``flooding``."""
    over_quota: frozenset[str] = frozenset()
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    probing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while a child process tries records: one at a time, so that the hub itself gets on meanwhile."""

    @property
    def namespace(self) -> str:
        return namespace_of(self.settings.kafka, self.cluster_id)

    def sources_for(self, executor: Executor) -> dict[str, Source]:
        """The sources whose publishers a plan knows: the catalog may be a moment behind the rules. And the orders."""
        return {
            topic: one
            for topic, one in self.catalog.sources.items()
            if one.publisher in executor.publishers or topic == self.names.orders
        }

    def waiting(self, lane: int, what: str) -> None:
        """Says what a lane waits for, once per change; nothing when it waits for nothing."""
        if self.waits.get(lane, "") == what:
            return
        if what:
            self.waits[lane] = what
            get_logger().warning(f"lane waits: {what}", lane=lane)
        else:
            del self.waits[lane]
            get_logger().info("lane goes on", lane=lane)

    def flooding(self, lane: int, reasons: Mapping[str, str]) -> None:
        """Says of whom a lane takes nothing in, once per change."""
        before, self.floods[lane] = self.floods.get(lane, {}), dict(reasons)
        for publisher in reasons.keys() - before.keys():
            get_logger().error(reasons[publisher], lane=lane, publisher=publisher)
            self.metrics.flooding.labels(lane, publisher).set(1)
        for publisher in before.keys() - reasons.keys():
            get_logger().info("the flood is over", lane=lane, publisher=publisher)
            self.metrics.flooding.labels(lane, publisher).set(0)
