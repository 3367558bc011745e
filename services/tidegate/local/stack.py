"""The local stack: one Kafka and one Redis in a folder, up and down by any process that knows the folder."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tidegate.errors import BadInput
from tidegate.local import ports
from tidegate.local.jars import ensure_jars, kafka_version, recipe
from tidegate.local.kafka import KafkaServer
from tidegate.local.lock import locked
from tidegate.local.processes import Process
from tidegate.local.redis import RedisServer, find_redis
from tidegate.local.server import Server

Say = Callable[[str], None]
"""Is told of each step in one line."""

_LOCK_TIMEOUT_S = 300.0
_NO_PROCESS: dict[str, Any] = {"pid": None, "started": None}


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where clients find the two servers."""

    bootstrap: str
    redis_url: str


@dataclass(frozen=True, slots=True)
class Servers:
    """The two servers themselves, for who starts and breaks them."""

    kafka: KafkaServer
    redis: RedisServer

    @property
    def endpoints(self) -> Endpoints:
        """``BadInput`` before both have ports."""
        return Endpoints(self.kafka.bootstrap, self.redis.url)


@dataclass(frozen=True, slots=True)
class StackStatus:
    """A stack as it is now. Addresses are None before the first ``up``, a pid is None while that server is down."""

    running: bool
    """Whether both processes live. A paused one does, and answers nothing."""
    bootstrap: str | None
    redis_url: str | None
    kafka_pid: int | None
    redis_pid: int | None
    kafka_version: str | None
    redis_version: str | None
    folder: Path


def default_folder() -> Path:
    """``.local`` at the root of a checkout; of an installed Tidegate, in the current directory."""
    root = recipe().parents[1] if recipe().name == "local" else Path.cwd()
    return root / ".local"


def _silent(_: str) -> None:
    return None


class LocalStack:
    """Kafka and Redis with data, logs, jars and ``state.json`` in one folder.

    The state names each process by pid and start time, and keeps the ports over ``down``, so that what was exported
    into a shell stays true. ``up`` and ``down`` of several processes wait for each other.
    """

    def __init__(
        self, folder: Path, *, jars: Path | None = None, heap_mb: int = 512, short_lived: bool = False
    ) -> None:
        """``jars``: the folder of fetched jars, when shared between stacks; the others are of a broker started here."""
        self.folder = folder.resolve()
        self._jars = jars or self.folder / "jars"
        self._heap_mb = heap_mb
        self._short_lived = short_lived

    @property
    def _state_file(self) -> Path:
        return self.folder / "state.json"

    def up(self, say: Say = _silent) -> Endpoints:
        """Start what does not run, leave alone what does, and return when clients can use both.

        Raises ``Unavailable`` with the reason and the log when a server does not come up. What this call started and
        got ready before stays up.
        """
        with locked(self.folder / "lock", _LOCK_TIMEOUT_S):
            state = self._load()
            servers = self._servers(state)
            kafka, redis = servers.kafka, servers.redis

            def save() -> None:
                broker = _kept(kafka, kafka_version()) | {"controller_port": kafka.controller_port}
                self._save(broker, _kept(redis, find_redis().version))

            kafka.on_launch = redis.on_launch = save
            # Redis first: it is there in no time, or its absence is said before anything is fetched.
            _bring_up(redis, say)
            if not kafka.running:
                ensure_jars(self._jars, say)
            _bring_up(kafka, say)
            return servers.endpoints

    def down(self, say: Say = _silent) -> None:
        """Stop what runs; data and ports are kept. Nothing happens where nothing was up."""
        if not self._state_file.exists():
            say(f"nothing was ever up in {self.folder}")
            return
        with locked(self.folder / "lock", _LOCK_TIMEOUT_S):
            state = self._load()
            servers = self._servers(state)
            for server in (servers.kafka, servers.redis):
                was_running = server.running
                server.stop()
                say(f"{server.name}: {'stopped' if was_running else 'did not run'}")
            self._save({**state["kafka"], **_NO_PROCESS}, {**state["redis"], **_NO_PROCESS})

    def status(self) -> StackStatus:
        """What runs, found without asking the servers themselves."""
        state = self._load()
        servers = self._servers(state)
        kafka, redis = servers.kafka, servers.redis
        return StackStatus(
            running=kafka.running and redis.running,
            bootstrap=kafka.bootstrap if kafka.port else None,
            redis_url=redis.url if redis.port else None,
            kafka_pid=kafka.pid if kafka.running else None,
            redis_pid=redis.pid if redis.running else None,
            kafka_version=state["kafka"].get("version"),
            redis_version=state["redis"].get("version"),
            folder=self.folder,
        )

    def _servers(self, state: dict[str, Any]) -> Servers:
        """Objects for the servers of this folder, running or not."""
        kafka = KafkaServer(
            self.folder / "kafka",
            jars=self._jars.resolve() / kafka_version(),
            heap_mb=self._heap_mb,
            short_lived=self._short_lived,
        )
        _recall(kafka, state["kafka"])
        kafka.controller_port = _usable(kafka, state["kafka"].get("controller_port"))
        redis = RedisServer(self.folder / "redis")
        _recall(redis, state["redis"])
        return Servers(kafka, redis)

    def _load(self) -> dict[str, Any]:
        if not self._state_file.exists():
            return {"kafka": {}, "redis": {}}
        try:
            state = json.loads(self._state_file.read_text())
            return {"kafka": dict(state["kafka"]), "redis": dict(state["redis"])}
        except (ValueError, KeyError, TypeError) as error:
            raise BadInput(
                f"{self._state_file} is not the state of a local stack: end its servers and delete it"
            ) from error

    def _save(self, kafka: dict[str, Any], redis: dict[str, Any]) -> None:
        """In one step: a reader sees the old state or the new one."""
        draft = self._state_file.with_suffix(".draft")
        draft.write_text(json.dumps({"kafka": kafka, "redis": redis}, indent=2) + "\n")
        draft.replace(self._state_file)


def _bring_up(server: Server, say: Say) -> None:
    if server.running:
        server.wait_ready()
        say(f"{server.name}: runs already on {server.address} (process {server.pid})")
        return
    begun = time.monotonic()
    server.start()
    say(f"{server.name}: ready on {server.address} after {time.monotonic() - begun:.1f} s (process {server.pid})")


def _recall(server: Server, kept: dict[str, Any]) -> None:
    """Give a new object the process and the port that the state holds of its server."""
    if kept.get("pid") is not None:
        server.process = Process(kept["pid"], kept["started"])
    server.port = _usable(server, kept.get("port"))


def _usable(server: Server, port: int | None) -> int | None:
    """A port that somebody took while the server was down is chosen anew."""
    return port if port is not None and (server.running or ports.is_free(port)) else None


def _kept(server: Server, version: str) -> dict[str, Any]:
    process = server.process
    identity = {"pid": process.pid, "started": process.started} if process else _NO_PROCESS
    return {**identity, "port": server.port, "version": version}
