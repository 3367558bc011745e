"""Counting people across lanes and processes: exactly as many pass as the law lets, whatever breaks meanwhile."""

from __future__ import annotations

import asyncio
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from redis import Redis
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

BEFORE = 99_990
LAST = 99_999
"""The 100,000th person leaves row 18."""
DRIVERS = 60
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

    def provision(self, papers: Sequence[dict[str, Any]] = (THE_RECORD,)) -> None:
        texts = documents(
            parties=[a_publisher(), a_partner()],
            grants=[a_grant(*COMMON, "people[].name", "people[].licenceNumber")],
            papers=papers,
        )
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

    def count_before(self, people: int) -> None:
        """So many people are in the log, from all lanes alike."""
        for number in range(people):
            self._produce("subjects", gate.subject_key(a_subject(number)), VALUE, number % LANES)
        self._flush()

    def send(self, driver: int, lane: int) -> None:
        person = {"role": "DRIVER", "name": f"Driver {driver}", "licenceNumber": f"TD-{driver:06}"}
        reference = f"MSKU{self.sent:07d}"
        value = encode_framed(
            EVENT, an_event(eventId=f"e-{self.sent}", people=[person], equipment={"reference": reference})
        )
        self._produce("in.forwarder", reference.encode(), value, lane)
        self.sent += 1

    def send_drivers(self) -> None:
        """Each driver twice, in two lanes."""
        for turn, driver in itertools.product(range(2), range(DRIVERS)):
            self.send(driver, (driver + turn) % LANES)
        self._flush()

    def _produce(self, topic: str, key: bytes, value: bytes, lane: int) -> None:
        while True:
            try:
                self._producer.produce(f"{self.prefix}{topic}", value, key, lane)
            except BufferError:
                self._producer.poll(0.1)
            else:
                return

    def _flush(self) -> None:
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

    def counted(self) -> int:
        """How many Redis has."""

        async def ask() -> int:
            cluster_id = await Cluster(self.settings.kafka).cluster_id()
            async with open_store(self.settings.redis, namespace_of(self.settings.kafka, cluster_id)) as store:
                return (await PeopleStore(store).counts("forwarder", YEAR))[Bucket.PI]

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


def a_subject(number: int) -> Subject:
    return Subject("forwarder", YEAR, "PI", number.to_bytes(16, "big"))


@pytest.fixture
def port(servers: Servers, tmp_path: Path) -> Iterator[Port]:
    made = Port(servers, tmp_path)
    try:
        yield made
    except BaseException:
        for hub in made.hubs:
            print(f"--- {hub.log.name}", *hub.log.read_text().splitlines()[-40:], sep="\n")
        raise
    finally:
        made.close()


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "trouble", ["kill", *(pytest.param(trouble, marks=pytest.mark.soak) for trouble in ("", "wipe", "away"))]
)
def test_at_99_990_people_two_processes_let_exactly_99_999_pass(port: Port, trouble: str) -> None:
    # Given a log that counted 99,990 people, a Redis that knows nothing, and two processes with two lanes each
    port.provision()
    port.count_before(BEFORE)
    flag = port.folder / "trouble"
    if trouble:
        flag.touch()
        port.hub(ENTRY, TIDEGATE_TEST_RESERVED=f"{trouble}:{flag}")
    else:
        port.hub()
    port.hub()
    port.await_open()
    assert port.counted() == BEFORE

    # When sixty more drivers come, twice each, and a process dies or Redis is wiped between reserving and committing
    port.send_drivers()
    if trouble == "kill":
        until(lambda: not port.hubs[0].running, "the process to die after it reserved")
        port.hub()
    port.settle()

    # Then nine more people pass, each with both events, and every event is delivered once
    events = port.delivered()
    assert sorted(event["eventId"] for event in events) == sorted(f"e-{number}" for number in range(2 * DRIVERS))
    passed = [event["people"][0]["licenceNumber"] for event in events if event.get("people")]
    assert len(set(passed)) == LAST - BEFORE
    assert len(passed) == 2 * len(set(passed))
    # And the log, Redis and the audit say so
    assert len(port.subjects()) == port.counted() == LAST
    assert port.counters() == LAST
    assert not flag.exists()
    if trouble == "away":
        assert any("lane waits: Redis" in one["event"] for one in port.hubs[0].events())
    # And a replay reproduces all of it from the audit's answers, and counts nobody
    report = port.replayed()
    assert (report.reproduced, report.delivered) == (2 * DRIVERS, 2 * DRIVERS), report.to_json()
    assert port.counted() == LAST


@pytest.mark.timeout(300)
def test_under_a_paper_for_forty_people_exactly_forty_leave(port: Port) -> None:
    # Given a paper for 40 people, far below any threshold of the law, and two processes of which one will die
    port.provision([{**THE_RECORD, "people": 40}])
    flag = port.folder / "trouble"
    flag.touch()
    port.hub(ENTRY, TIDEGATE_TEST_RESERVED=f"kill:{flag}")
    port.hub()
    port.await_open()

    # When sixty drivers come, twice each, and a process dies between reserving and committing
    port.send_drivers()
    until(lambda: not port.hubs[0].running, "the process to die after it reserved")
    port.hub()
    port.settle()

    # Then forty pass, with both events of each, and every event is delivered once
    events = port.delivered()
    assert sorted(event["eventId"] for event in events) == sorted(f"e-{number}" for number in range(2 * DRIVERS))
    passed = [event["people"][0]["licenceNumber"] for event in events if event.get("people")]
    assert (len(set(passed)), len(passed)) == (40, 80)
    # And the log, Redis and the audit say so, and a replay makes the same of it
    assert len(port.subjects()) == port.counted() == port.counters() == 40
    report = port.replayed()
    assert (report.reproduced, report.delivered) == (2 * DRIVERS, 2 * DRIVERS), report.to_json()


def test_who_nears_a_threshold_is_told_by_the_hub_and_by_the_command(port: Port) -> None:
    # Given an exporter that has provided 95,000 people this year
    port.provision()
    port.count_before(95_000)

    # When a hub runs
    hub = port.hub()
    port.await_open()

    # Then its log, its metrics and the command say so
    until(lambda: any("nears the next paper" in one["event"] for one in hub.events()), "a warning")
    assert hub.probe.metric("tidegate_people")['tidegate_people{bucket="PI",exporter="forwarder"}'] == 95_000
    (ahead,) = [one for one in port.obligations() if one["kind"] == "threshold"]
    assert (ahead["who"], ahead["about"], ahead["state"]) == ("forwarder", "PI", "ahead")
    assert "95,000 people in PI this year: more than 95 % of 100,000" in ahead["sentence"]


@pytest.mark.parametrize(("papers", "more"), [((), 0), ((THE_RECORD,), 1)])
def test_redis_is_asked_no_more_than_persons_need(port: Port, papers: Sequence[dict[str, Any]], more: int) -> None:
    # Given a hub whose rules let drivers out, so that they have to be counted, or do not
    port.provision(papers)
    port.hub()
    port.await_open()
    transactions = port.transactions()
    with Redis.from_url(port.servers.redis.url) as client:
        client.config_resetstat()
        began = time.monotonic()

        # When many small batches come
        for _ in range(6):
            port.send_drivers()
        port.settle()

        # Then each batch costs a call that claims, and where it has persons one that reserves and a look at the epoch
        said = client.info("commandstats")
    asked, scripts = (said[f"cmdstat_{name}"]["calls"] for name in ("hget", "evalsha"))
    looks = asked - scripts  # every script looks at the epoch itself
    transactions = port.transactions() - transactions
    idle = LANES * (time.monotonic() - began + 1)  # a lane that has nothing to do looks once a second
    assert transactions > 2 * idle, "too few batches to tell"
    assert scripts == (1 + more) * transactions
    assert more * transactions <= looks <= more * transactions + idle
