"""The rig: broker, Redis and loader on core 0, the subject alone on core 1; data on disk, topics deleted afterwards."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
from aiokafka import AIOKafkaProducer
from tests import hubs
from tests.bench.events import events, grant_fields
from tests.hubs import environment_for, settings_for

from tidegate.broker.batches import batches_of
from tidegate.broker.cluster import Cluster
from tidegate.broker.names import TopicNames
from tidegate.gate.bodies import body
from tidegate.gate.keys import murmur2
from tidegate.local import Servers
from tidegate.settings import Settings

LANES = 4
SERVER_CORE = frozenset({0})
SUBJECT_CORE = "1"
PUBLISHER = "forwarder"


@dataclass(frozen=True)
class Rig:
    """Servers, and a folder for what a case writes down."""

    servers: Servers
    folder: Path

    def settings(self, prefix: str) -> Settings:
        return settings_for(self.servers.endpoints, self.folder, prefix)

    def environment(self, prefix: str) -> dict[str, str]:
        """For a process of ours."""
        return environment_for(self.servers.endpoints, self.folder, prefix)


def write_rules(folder: Path, partners: int, publishers: Sequence[str] = (PUBLISHER,)) -> Path:
    """A rule set: so many partners, each with twelve fields of its own."""
    party = 'zone = "SG"\nroles = ["any"]\nstate_organ = "no"\nforeign_authority = "no"\nrestricted = "no"\n'
    text = ['[hub]\nzone = "SG"\ndigest_key = "k1"\npseudonym_key = "k1"\n']
    text += [f'[[party]]\nid = "{name}"\nname = "{name}"\n{party}[party.publisher]\n' for name in publishers]
    for number in range(partners):
        text.append(f'[[party]]\nid = "q{number}"\nname = "Q"\n{party}[party.partner]\n')
        text.append(
            f'[[grant]]\nid = "g{number}"\npublishers = {json.dumps(list(publishers))}\npartners = ["q{number}"]\n'
            f'purpose = "carrier operations"\nfields = {json.dumps(grant_fields(number))}\n'
        )
    rules = folder / "rules"
    rules.mkdir(parents=True, exist_ok=True)
    (rules / "bench.toml").write_text("\n".join(text))
    (folder / "keyring.toml").write_text(f'[keys]\nk1 = "{"5e" * 32}"\n')
    return rules


async def provision(rig: Rig, prefix: str, partners: int, publishers: Sequence[str] = (PUBLISHER,)) -> None:
    """Topics and rules for a case."""
    rules = write_rules(rig.folder, partners, publishers)
    await hubs.provision(rig.settings(prefix), rules, LANES)


async def clear(rig: Rig, prefix: str) -> None:
    """Deletes the topics of a case and empties Redis."""
    cluster = Cluster(rig.settings(prefix).kafka)
    await cluster.delete([name for name in await cluster.names() if name.startswith(prefix)])
    redis.Redis.from_url(rig.servers.endpoints.redis_url).flushall()


async def preload(rig: Rig, prefix: str, count: int, publisher: str = PUBLISHER, seed: int = 1) -> None:
    """Events in the publisher's topic, placed as a standard producer places them."""
    topic = TopicNames(prefix).incoming(publisher)
    producer = AIOKafkaProducer(bootstrap_servers=rig.servers.endpoints.bootstrap, enable_idempotence=True)
    await producer.start()
    lanes: list[list[bytes]] = [[] for _ in range(LANES)]
    hashes: dict[bytes, int] = {}

    async def flush(lane: int) -> None:
        for batch in batches_of(lanes[lane], time.time_ns() // 1_000_000, transactional=False):
            await (await producer.send_batch(batch, topic, partition=lane))
        lanes[lane] = []

    for key, value in events(count, seed):
        lane = hashes.setdefault(key, murmur2(key) % LANES)
        lanes[lane].append(body(key, value))
        if len(lanes[lane]) >= 2_000:
            await flush(lane)
    for lane in range(LANES):
        if lanes[lane]:
            await flush(lane)
    await producer.stop()


@contextmanager
def subject(command: list[str], environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[str]]:
    """A process on the subject's core."""
    with log.open("w") as errors:
        process = subprocess.Popen(
            ["taskset", "-c", SUBJECT_CORE, *command], env=environment, stdout=subprocess.PIPE, stderr=errors, text=True
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()


def cpu_seconds(pid: int) -> float:
    """User and system time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_mib(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def run(work: Any) -> Any:
    return asyncio.run(work)
