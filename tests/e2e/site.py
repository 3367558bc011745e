"""One hub, worked as its people work it: the ``tidegate`` command as a process, ordinary Kafka clients beside it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from confluent_kafka import KafkaError, Producer
from tests.builders import Sent
from tests.e2e.topics import Decided, Record, decisions, read_topic

from tidegate import audit
from tidegate.audit import Entry
from tidegate.events.schemas import Registry, Schema
from tidegate.gate import Keyring
from tidegate.local import Endpoints
from tidegate.provision.folders import compile_rules, read_keyring, read_rules

T = TypeVar("T")
TIDEGATE = str(Path(sys.executable).with_name("tidegate"))
REPO = Path(__file__).parents[2]
LANES = 4
_PATIENCE_S = 60.0


@dataclass(frozen=True)
class Said:
    """What a command printed, and how it ended."""

    out: str
    err: str
    code: int
    seconds: float

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """One JSON value per line."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class HubProcess:
    """One process of the hub."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def logs(self) -> list[dict[str, Any]]:
        """All lines but what the command says to whoever interrupted it."""
        return [json.loads(line) for line in self.log.read_text().removesuffix("\ninterrupted\n").splitlines()]

    @property
    def port(self) -> int:
        started = eventually("the hub to say its port", lambda: [one for one in self.logs if "port" in one], self.alive)
        return int(started[0]["port"])

    def alive(self) -> None:
        code = self.process.poll()
        assert code is None, f"the hub ended with {code}: {self.log.read_text()[-2_000:]}"

    def get(self, path: str) -> tuple[int, str]:
        """Status and text of one of its pages."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as exc:
            with exc:
                return exc.code, exc.read().decode()

    def ready(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.get("/readyz")[1])
        return found

    def metrics(self) -> dict[str, float]:
        """Every sample of ``/metrics``, by name with labels."""
        lines = [line for line in self.get("/metrics")[1].splitlines() if line and not line.startswith("#")]
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}

    def await_ready(self) -> None:
        eventually("the hub to be ready", lambda: self.get("/readyz")[0] == 200, self.alive)

    def stop(self) -> int:
        """Asks for a graceful end; gives the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


@dataclass
class Site:
    """A hub with topics of its own on a shared stack. Its folder holds settings, keyring and rules."""

    folder: Path
    stack: Endpoints
    prefix: str
    settings: Mapping[str, str] = field(default_factory=dict)
    """More settings, as ``TIDEGATE_*`` variables without that prefix."""
    hubs: list[HubProcess] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "tidegate.toml").write_text(
            f'[kafka]\nbootstrap = "{self.stack.bootstrap}"\ntopic_prefix = "{self.prefix}"\n'
            f'group = "hub"\n[redis]\nurl = "{self.stack.redis_url}"\n'
        )

    def write_rules(self, texts: Mapping[str, str], name: str = "rules") -> Path:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        for file, text in texts.items():
            (folder / file).write_text(text)
        return folder

    def write(self, name: str, content: Any) -> Path:
        """A file of JSON, or of bytes as they are."""
        file = self.folder / name
        file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return file

    def environment(self, **more: str) -> dict[str, str]:
        own = {f"TIDEGATE_{name}": value for name, value in {**self.settings, **more}.items()}
        return {**os.environ, "COLUMNS": "200", **own}  # noqa: TID251 - handed on to a process, not read

    def tidegate(self, *arguments: str | Path, code: int | None = 0, **settings: str) -> Said:
        """Runs a command in the folder of this hub. ``code`` is how it has to end; None: however."""
        began = time.monotonic()
        done = subprocess.run(
            [TIDEGATE, *map(str, arguments)],
            cwd=self.folder,
            env=self.environment(**settings),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        said = Said(done.stdout, done.stderr, done.returncode, time.monotonic() - began)
        assert code is None or said.code == code, (
            f"{arguments} ended with {said.code}: {said.out[-600:]} {said.err[-600:]}"
        )
        assert "Traceback" not in said.err, said.err
        return said

    def together(self, *calls: Callable[[], Said]) -> list[Said]:
        """Commands that have nothing to do with each other, at the same time."""
        with ThreadPoolExecutor(len(calls)) as pool:
            return [one.result() for one in [pool.submit(call) for call in calls]]

    def start_hub(self, program: Sequence[str] = (TIDEGATE,), **settings: str) -> HubProcess:
        log = self.folder / f"hub-{len(self.hubs)}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [*program, "hub", "--port", "0"],
                cwd=self.folder,
                env=self.environment(**settings),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        self.hubs.append(HubProcess(process, log))
        return self.hubs[-1]

    def stop(self) -> None:
        for hub in self.hubs:
            hub.stop()

    @property
    def keyring(self) -> Keyring:
        return read_keyring(self.folder / "keyring.toml")

    def registry(self, *rules: str) -> Registry:
        """The schemas that partners get under some of the rule sets written here."""
        registry = Registry()
        for name in rules or ("rules",):
            for schema in compile_rules(read_rules(self.folder / name)).schemas.values():
                registry.add(Schema.of(schema))
        return registry

    def send(self, publisher: str, *records: Sent) -> None:
        """Sends records as they are, with a client that places keys as Java's does; the broker has them afterwards."""
        refused: list[str] = []

        def told(error: KafkaError | None, _: object) -> None:
            if error is not None:
                refused.append(error.str())

        producer = Producer(
            {"bootstrap.servers": self.stack.bootstrap, "partitioner": "murmur2_random", "message.max.bytes": 32 << 20}
        )
        for record in records:
            headers = [(name, content) for name, content in record.headers]
            producer.produce(
                f"{self.prefix}in.{publisher}", record.value, record.key, headers=headers, on_delivery=told
            )
            producer.poll(0)
        assert producer.flush(60) == 0
        assert not refused

    def put(self, topic: str, lane: int, value: bytes | None) -> None:
        """Puts anything at all into a topic of the hub."""
        producer = Producer({"bootstrap.servers": self.stack.bootstrap})
        producer.produce(f"{self.prefix}{topic}", value, partition=lane)
        assert producer.flush(60) == 0

    def read(self, topic: str) -> list[Record]:
        """What a topic holds by now, committed, from the beginning, lane after lane."""
        return read_topic(self.stack.bootstrap, self.prefix, topic)

    def entries(self) -> list[Entry]:
        """The audit, lane after lane."""
        return [audit.from_bytes(record.value or b"") for record in self.read("audit")]

    def decided(self, publisher: str) -> list[Decided]:
        """What the audit says of every record of a publisher."""
        return [one for entry in self.entries() for one in decisions(entry) if one.publisher == publisher]

    def settle(self, publisher: str, count: int) -> list[Decided]:
        """Waits until so many records of a publisher are decided, and gives what was decided."""

        def enough() -> list[Decided] | None:
            found = self.decided(publisher)
            return found if len(found) >= count else None

        return eventually(f"{count} records of {publisher} to be decided", enough, self.alive)

    def alive(self) -> None:
        for hub in self.hubs:
            hub.alive()


def eventually(
    what: str,
    condition: Callable[[], T | None],
    check: Callable[[], None] = lambda: None,
    within_s: float = _PATIENCE_S,
) -> T:
    """The first true value of a condition. ``check`` raises when waiting is in vain."""
    until = time.monotonic() + within_s
    while not (found := condition()):
        check()
        assert time.monotonic() < until, f"waited {within_s:.0f} s for {what}"
        time.sleep(0.1)
    return found
