"""Latency: from a publisher's send to a partner's read, at a steady rate; and of a quiet publisher beside a backlog."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from tests.bench.events import events
from tests.bench.rig import LANES, PUBLISHER, Rig, clear, preload, provision, run, subject
from tests.hubs import HubProbe, hub_command

from tidegate.broker.names import TopicNames
from tidegate.gate.keys import murmur2

QUIET = "quiet"
_WARM_UP_S = 5


@dataclass(frozen=True)
class Latency:
    """Milliseconds between send and read, of so many events."""

    what: str
    events: int
    p50_ms: float
    p99_ms: float
    worst_ms: float


def _summary(what: str, seconds: list[float]) -> Latency:
    ordered = sorted(seconds)
    count = len(ordered)
    return Latency(
        what,
        count,
        ordered[count // 2] * 1e3,
        ordered[min(count - 1, count * 99 // 100)] * 1e3,
        ordered[-1] * 1e3,
    )


async def _through(rig: Rig, prefix: str, publisher: str, rate: float, seconds: float) -> list[float]:
    """Sends at a steady rate and reads partner q0's topic. Deliveries are matched by the event id in the value."""
    names = TopicNames(prefix)
    bootstrap = rig.servers.endpoints.bootstrap
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=5)  # the default of Kafka 4's own producer
    reader = AIOKafkaConsumer(
        names.out("q0"), bootstrap_servers=bootstrap, isolation_level="read_committed", consumer_timeout_ms=10
    )
    await producer.start()
    await reader.start()
    while len(reader.assignment()) < LANES:
        await asyncio.sleep(0.05)
    sent: dict[bytes, float] = {}
    seen: dict[bytes, float] = {}

    async def send() -> None:
        began = time.monotonic()
        total = int(rate * (seconds + _WARM_UP_S))
        for number, (key, value) in enumerate(events(total, seed=7)):
            due = began + number / rate
            now = time.monotonic()
            if due > now:
                await asyncio.sleep(due - now)
            event_id = value[6:42]
            sent[event_id] = time.monotonic()
            await producer.send(names.incoming(publisher), value, key=key, partition=murmur2(key) % LANES)

    async def read() -> None:
        while True:
            for records in (await reader.getmany(timeout_ms=100)).values():
                now = time.monotonic()
                for record in records:
                    seen[record.value[6:42]] = now

    reading = asyncio.create_task(read())
    await send()
    until = time.monotonic() + 10
    while not sent.keys() <= seen.keys() and time.monotonic() < until:
        await asyncio.sleep(0.1)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    await producer.stop()
    await reader.stop()
    first = min(sent.values()) + _WARM_UP_S
    return [seen[one] - at for one, at in sent.items() if at >= first and one in seen]


def steady(rig: Rig, rate: float, seconds: float) -> Latency:
    """One publisher at a steady rate, five partners."""
    prefix = f"l{int(time.time())}-"
    run(provision(rig, prefix, 5))
    log = rig.folder / f"{prefix}hub.log"
    with subject(hub_command(), rig.environment(prefix), log):
        _until_open(log)
        found = run(_through(rig, prefix, PUBLISHER, rate, seconds))
    run(clear(rig, prefix))
    return _summary(f"{rate:,.0f} events/s, 5 partners", found)


def beside_backlog(rig: Rig, backlog: int, seconds: float) -> Latency:
    """A quiet publisher's events while another has a backlog."""
    prefix = f"f{int(time.time())}-"
    run(provision(rig, prefix, 1, (PUBLISHER, QUIET)))
    run(preload(rig, prefix, backlog))
    log = rig.folder / f"{prefix}hub.log"
    with subject(hub_command(), rig.environment(prefix), log):
        _until_open(log)
        found = run(_through(rig, prefix, QUIET, 20, seconds))
    run(clear(rig, prefix))
    return _summary(f"a quiet publisher beside a backlog of {backlog:,}", found)


def _until_open(log: Path) -> None:
    probe = HubProbe(log)
    until = time.monotonic() + 60
    while probe.open_lanes() < LANES:
        if time.monotonic() > until:
            raise TimeoutError("the hub did not open its lanes")
        time.sleep(0.1)
