"""A hub that counts people: a port's forwarder and terminal, real servers, and what can be asked of them."""

from __future__ import annotations

import asyncio
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from confluent_kafka import Producer
from tests.builders import COMMON, EVENT, a_grant, a_paper, a_partner, a_publisher, an_event, documents
from tests.faults.evidence import Progress, Reader
from tests.faults.flow import LANES
from tests.faults.rig import until
from tests.hubs import HubProcess, environment_for, hub_command, provision, settings_for

from tidegate import gate
from tidegate.broker.cluster import Cluster
from tidegate.claims import PeopleStore, namespace_of, open_store
from tidegate.events.encoding import decode, encode_framed
from tidegate.events.wire import PREFIX_SIZE
from tidegate.gate import Executor, Subject
from tidegate.gate.subjects import VALUE
from tidegate.law import Bucket
from tidegate.law.calendars import year_of_us
from tidegate.local import Servers
from tidegate.provision.folders import compile_rules, read_keyring, read_rules
from tidegate.replay import Report, Window, new_report, replay

DRIVERS = 60
NAMED = ("people[].name", "people[].licenceNumber")
THE_RECORD = a_paper("ART5_SMALL", number="")
"""Basis, notice and PIPIA of what leaves as of few people."""
ENTRY = "tests.faults.entries.reserver"
YEAR = year_of_us(time.time_ns() // 1_000)
_numbers = itertools.count(1)


class Port:
    """A forwarder that names drivers to a terminal in Hong Kong, as one of few people (row 18), and its hub."""

    def __init__(self, servers: Servers, folder: Path) -> None:
        self.servers, self.folder = servers, folder
        self.prefix = f"p{next(_numbers)}-"
        self.settings = settings_for(servers.endpoints, folder, self.prefix)
        self.hubs: list[HubProcess] = []
        self.progress = Progress(servers.endpoints.bootstrap, self.prefix)
        self.sent = 0
        self._producer = Producer({"bootstrap.servers": servers.endpoints.bootstrap, "log_level": 0})

    def provision(
        self, papers: Sequence[dict[str, Any]] = (THE_RECORD,), fields: Sequence[str] = NAMED, **said: Any
    ) -> None:
        parties, grants = [a_publisher(), a_partner()], [a_grant(*COMMON, *fields)]
        texts = documents(parties=parties, grants=grants, papers=papers, **said)
        (self.folder / "rules").mkdir()
        for name, text in texts.items():
            (self.folder / "rules" / name).write_text(text)
        (self.folder / "keyring.toml").write_text(f'[keys]\nk1 = "{"5e" * 32}"\n')
        asyncio.run(provision(self.settings, self.folder / "rules", LANES))

    def hub(self, module: str = "tidegate", **environment: str) -> HubProcess:
        # Small batches: many transactions of four lanes near the threshold at once.
        said = environment_for(self.servers.endpoints, self.folder, self.prefix) | {"TIDEGATE_HUB__BATCH": "5"}
        found = HubProcess(said | environment, self.folder / f"hub-{len(self.hubs)}.log", hub_command(module))
        self.hubs.append(found)
        return found

    def count_before(self, people: int, year: int = YEAR, bucket: str = "PI") -> None:
        """So many people, or events, are in the log, from all lanes alike."""
        for number in range(people):
            self._produce("subjects", gate.subject_key(a_subject(number, year, bucket)), VALUE, number % LANES)
        self.flush()

    def send(self, driver: int, lane: int) -> None:
        person = {"role": "DRIVER", "name": f"Driver {driver}", "licenceNumber": f"TD-{driver:06}"}
        self.send_event(lane, people=[person])

    def send_event(self, lane: int, **said: Any) -> None:
        event = an_event(**{"eventId": f"e-{self.sent}", "equipment": {"reference": f"MSKU{self.sent:07d}"}, **said})
        key = event["equipment"]["reference"].encode()
        self._produce("in.forwarder", key, encode_framed(EVENT, event), lane)
        self.sent += 1

    def send_drivers(self) -> None:
        """Each driver twice, in two lanes."""
        for turn, driver in itertools.product(range(2), range(DRIVERS)):
            self.send(driver, (driver + turn) % LANES)
        self.flush()

    def _produce(self, topic: str, key: bytes, value: bytes, lane: int) -> None:
        while True:
            try:
                self._producer.produce(f"{self.prefix}{topic}", value, key, lane)
            except BufferError:
                self._producer.poll(0.1)
            else:
                return

    def flush(self) -> None:
        assert not self._producer.flush(60)

    def await_open(self) -> None:
        def lanes() -> list[int]:
            return sorted(lane for hub in self.hubs if hub.running for lane in hub.lanes())

        until(lambda: all(hub.lanes() for hub in self.hubs) and lanes() == list(range(LANES)), "every lane open once")

    def transactions(self) -> int:
        self.progress.look()
        return sum(entry.kind == "TRANSACTION" for lane in self.progress.entries.values() for entry in lane)

    def settle(self) -> None:
        until(lambda: self.progress.look() >= self.sent, f"{self.sent} records decided")

    @property
    def executor(self) -> Executor:
        rules = read_rules(self.folder / "rules")
        return Executor(compile_rules(rules), read_keyring(self.folder / "keyring.toml"))

    def delivered(self) -> list[dict[str, Any]]:
        """What the terminal got, decoded."""
        registry = self.executor.registry
        records = Reader(self.servers.endpoints.bootstrap).read(f"{self.prefix}out.terminal")
        found = [record.value() for some in records.values() for record in some]
        return [
            decode(registry.get(int.from_bytes(value[1:PREFIX_SIZE], "big")), value[PREFIX_SIZE:]) for value in found
        ]

    def subjects(self) -> set[bytes]:
        """Everybody of whom the log says that they were counted."""
        found = Reader(self.servers.endpoints.bootstrap).read(f"{self.prefix}subjects")
        return {record.key() for some in found.values() for record in some}

    def counted(self, bucket: Bucket = Bucket.PI, year: int = YEAR) -> int:
        """How many Redis has."""

        async def ask() -> int:
            cluster_id = await Cluster(self.settings.kafka).cluster_id()
            async with open_store(self.settings.redis, namespace_of(self.settings.kafka, cluster_id)) as store:
                return (await PeopleStore(store).counts("forwarder", year))[bucket]

        return asyncio.run(ask())

    def counters(self) -> int:
        """How many the audit says that there were in the end."""
        self.progress.look()
        return max(one.pi for lane in self.progress.entries.values() for entry in lane for one in entry.counters)

    def replayed(self) -> Report:
        """All of it again, under the rules of then."""
        now_ms = time.time_ns() // 1_000_000
        report = new_report("case", "then", Window(now_ms - 3_600_000, now_ms + 60_000))
        keyring = read_keyring(self.folder / "keyring.toml")
        asyncio.run(replay(self.settings, keyring, report, (), execute=False))
        return report

    def obligations(self) -> list[dict[str, Any]]:
        """What the command says of the rules in force."""
        said = subprocess.run(
            [sys.executable, "-m", "tidegate", "obligations", "--json"],
            env=environment_for(self.servers.endpoints, self.folder, self.prefix),
            cwd=self.folder,
            capture_output=True,
            check=False,
            text=True,
        )
        assert said.returncode in (0, 1), said.stderr
        found: list[dict[str, Any]] = json.loads(said.stdout)["obligations"]
        return found

    def close(self) -> None:
        for hub in self.hubs:
            hub.end()


def a_subject(number: int, year: int, bucket: str) -> Subject:
    return Subject("forwarder", year, bucket, number.to_bytes(16, "big"))
