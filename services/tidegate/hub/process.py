"""One hub process: checks what it stands on, then runs the lanes that the lease gives it until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from tidegate.broker.cluster import Cluster
from tidegate.broker.lease import Lease
from tidegate.broker.names import TopicNames
from tidegate.claims import open_store
from tidegate.errors import TidegateError
from tidegate.gate import Keyring
from tidegate.hub.catalog import Catalog
from tidegate.hub.context import HubContext, now_us
from tidegate.hub.expiring import HeldWatch
from tidegate.hub.following import RulesFollower
from tidegate.hub.ground import verified_lanes
from tidegate.hub.http import HttpServer
from tidegate.hub.lane import Lane
from tidegate.hub.registry import SchemaBook
from tidegate.hub.registry_http import RegistryPages
from tidegate.hub.thresholds import ThresholdWatch
from tidegate.settings import Settings
from tidegate.telemetry import Metrics, get_logger

QUOTA_ALARM = 0.7
USAGE_EVERY_S = 30.0
COLLECT_AFTER = 100_000
"""Allocations between two collections of the youngest objects; Python's default is 700."""


class Hub:
    """A hub process. ``run`` returns after ``stop``, and raises what makes going on senseless."""

    def __init__(self, settings: Settings, keyring: Keyring) -> None:
        self._settings = settings
        self._keyring = keyring
        self._metrics = Metrics()
        self._thresholds = ThresholdWatch(self._metrics)
        self._lanes: dict[int, tuple[Lane, asyncio.Task[None]]] = {}
        self._reassigned = asyncio.Event()
        self._stop = asyncio.Event()
        self._context: HubContext | None = None
        self._log = get_logger()
        self.http = HttpServer(self._metrics.registry, self._live, self._ready)

    def stop(self) -> None:
        """Asks for a graceful end: transactions in flight are finished, lanes handed over, then ``run`` returns."""
        self._stop.set()
        if self._context is not None:
            self._context.stopping.set()

    async def run(self) -> None:
        _calm_collector()
        settings, names = self._settings, TopicNames(self._settings.kafka.topic_prefix)
        cluster = Cluster(settings.kafka)
        cluster_id = await cluster.cluster_id()
        lanes = await verified_lanes(cluster, names)
        process = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        follower = RulesFollower(settings, names.rules, self._keyring, self._metrics)
        catalog = Catalog(cluster, names, lanes, follower, self._metrics)
        lease = Lease(settings.kafka, settings.lane, names.lanes, self._assigned)
        self._context = HubContext(
            settings, names, cluster, cluster_id, lanes, process, self._keyring, lease, follower, catalog, self._metrics
        )
        self._metrics.rules_age.set_function(lambda: follower.age_s)
        self.http.add(RegistryPages(SchemaBook(names, lambda: follower.ledger)).routes())
        await self.http.start(settings.hub.host, settings.hub.port)
        self._log.info("hub starts", process=process, lanes=lanes, cluster=cluster_id, port=self.http.port)
        if settings.kafka.security_protocol in ("PLAINTEXT", "SSL"):
            self._log.warning("without SASL and ACLs the topic name alone says who published; nothing proves it")
        helpers = [
            asyncio.create_task(follower.run(), name="rules"),
            asyncio.create_task(catalog.run(settings.hub.catalog_s), name="catalog"),
            asyncio.create_task(self._watch_usage(), name="usage"),
            asyncio.create_task(HeldWatch(self._context).run(settings.hub.held_check_s), name="held"),
        ]
        try:
            await lease.start()
            await self._run_lanes(helpers)
        finally:
            await self._shut_down(lease, helpers)

    async def _run_lanes(self, helpers: Sequence[asyncio.Task[None]]) -> None:
        """Starts and ends lanes as the lease says, until the stop. A lane or a helper that raises ends the process."""
        while not self._stop.is_set():
            self._start_lanes()
            waits = [asyncio.create_task(self._reassigned.wait()), asyncio.create_task(self._stop.wait())]
            tasks = [task for _, task in self._lanes.values()]
            done, _ = await asyncio.wait([*waits, *tasks, *helpers], return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
            for helper in helpers:
                if helper in done:
                    helper.result()
                    raise RuntimeError(f"the hub cannot go on without its task {helper.get_name()!r}, which ended")
            self._reassigned.clear()
            for number, (_, task) in list(self._lanes.items()):
                if task in done:
                    del self._lanes[number]
                    task.result()

    def _assigned(self, lanes: frozenset[int]) -> None:
        self._log.info("lanes assigned", lanes=sorted(lanes))
        self._reassigned.set()

    def _start_lanes(self) -> None:
        context = self._context
        if context is None:
            return
        for number in context.lease.lanes:
            if number not in self._lanes:
                lane = Lane(context, number)
                self._metrics.stuck.labels(number).set_function(lane.stuck_s)
                self._lanes[number] = lane, asyncio.create_task(lane.run(), name=f"lane-{number}")

    async def _shut_down(self, lease: Lease, helpers: list[asyncio.Task[None]]) -> None:
        """Within ``stop_s``: lanes end their transactions, the group is left, the rest is cancelled."""
        self._log.info("hub stops")
        if self._context is not None:
            self._context.stopping.set()
        tasks = [task for _, task in self._lanes.values()]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=self._settings.lane.stop_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await lease.stop()
        for helper in helpers:
            helper.cancel()
        await asyncio.gather(*helpers, return_exceptions=True)
        await self.http.stop()
        self._log.info("hub stopped")

    async def _watch_usage(self) -> None:
        """Counts claims and people by publisher. One over its quota of claims is paused and named; the others go on."""
        while True:
            try:
                await self._count_claims()
            except TidegateError as exc:
                self._log.warning("claims cannot be counted", error=str(exc))
            await asyncio.sleep(USAGE_EVERY_S)

    async def _count_claims(self) -> None:
        context = self._context
        if context is None or context.follower.in_force is None:
            return
        publishers = context.follower.in_force.executor.publishers
        async with open_store(self._settings.redis, context.namespace) as store:
            usage = await store.usage(publishers)
            await self._thresholds.look(store, context.follower.in_force.executor, now_us())
            policy = await store.eviction_policy()
        if policy not in (None, "noeviction"):
            self._log.error(
                f"Redis evicts keys when its memory is full (maxmemory-policy {policy}): duplicates would pass unseen; "
                "set it to noeviction"
            )
        over = set()
        for name, used in usage.items():
            quota = publishers[name].plan.claims_quota
            self._metrics.claims.labels(name).set(used)
            if used >= quota:
                over.add(name)
                self._log.error(
                    "a publisher is over its quota of claims and paused", publisher=name, usage=used, quota=quota
                )
            elif used >= quota * QUOTA_ALARM:
                self._log.warning("a publisher nears its quota of claims", publisher=name, usage=used, quota=quota)
        context.over_quota = frozenset(over)

    def _live(self) -> tuple[bool, Mapping[str, Any]]:
        """Whether this process gets on. A named wait is no fault of its own."""
        waits = self._context.waits if self._context is not None else {}
        seconds = {number: lane.stuck_s() for number, (lane, _) in self._lanes.items() if number not in waits}
        stuck = {number: round(passed) for number, passed in seconds.items() if passed > self._settings.hub.stuck_s}
        return not stuck, {"live": not stuck, "stuckSeconds": stuck}

    def _ready(self) -> tuple[bool, Mapping[str, Any]]:
        """Whether all lanes of this process are open, and what the others wait for."""
        context = self._context
        if context is None:
            return False, {"ready": False, "waitsFor": ["the broker"]}
        waits = [f"lane {number}: {what}" for number, what in sorted(context.waits.items())]
        waits += [f"lane {number}: {why}" for number, some in sorted(context.floods.items()) for why in some.values()]
        opening = [number for number, (lane, _) in self._lanes.items() if lane.work is None]
        if not context.follower.fresh:
            waits.append("the rules topic, to confirm its rules")
        if context.follower.in_force is None:
            waits.append("rules in force: run 'tidegate rules activate'")
        ready = not waits and not opening and context.lease.generation >= 0
        return ready, {
            "ready": ready,
            "lanes": sorted(self._lanes),
            "opening": sorted(opening),
            "waitsFor": waits,
            "rules": context.follower.in_force.activation.sequence if context.follower.in_force else None,
        }


def _calm_collector() -> None:
    """Fewer garbage collections: a batch makes tens of thousands of tuples and no cycles, and each collection looks at
    them all. What is there already (modules, schemas) is not looked at again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 50)
