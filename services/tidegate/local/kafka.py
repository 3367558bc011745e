"""A local Apache Kafka: one node (broker and controller, KRaft) from its own jars, 127.0.0.1 only."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

from tidegate.errors import BadInput, BrokerUnavailable, Unavailable
from tidegate.local import ports
from tidegate.local.jars import find_java, recipe
from tidegate.local.probe import ask_kafka
from tidegate.local.server import Server

_CLIENTS = "PLAINTEXT"
_CONTROLLER = "CONTROLLER"
# Only the quick compiler, and the collector without threads of its own.
_QUICK = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


@dataclass(frozen=True, slots=True)
class Listener:
    """A further door for clients: who bootstraps at ``advertised_port`` is told to stay there.

    With a TCP proxy from ``advertised_port`` to ``port``, all traffic of such a client runs through the proxy.
    """

    name: str
    advertised_port: int
    port: int | None = None
    """Where the broker listens; None: a free one, chosen at the first start."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Z][A-Z0-9_]*", self.name) or self.name in (_CLIENTS, _CONTROLLER):
            raise BadInput(f"a listener cannot be named {self.name!r}: capitals, digits and _, not a name of our own")


@dataclass(kw_only=True, eq=False)
class KafkaServer(Server):
    """A broker on the jars of one folder (``ensure_jars``). Its storage is formatted at the first start only.

    The defaults are ``server.properties`` beside the pom: a file, because whoever debugs a broker looks for one, and
    because Java takes the last of two equal keys, so ours and ``overrides`` are appended and nothing is parsed.
    """

    name: ClassVar[str] = "Kafka"
    unavailable: ClassVar[type[Unavailable]] = BrokerUnavailable

    jars: Path
    controller_port: int | None = None
    extra_listeners: Sequence[Listener] = ()
    overrides: Mapping[str, str] = field(default_factory=dict)
    """Broker settings, over all others."""
    heap_mb: int = 512
    short_lived: bool = False
    """For tests: starts with half the CPU time (3.3 s instead of 6.4), and does not get faster in the long run."""

    @property
    def bootstrap(self) -> str:
        return self.address

    @property
    def cluster_id(self) -> str:
        """Given at the first start, and the same as long as the folder lives. ``BadInput`` before."""
        meta = self._meta
        found = re.search(r"^cluster\.id=(\S+)", meta.read_text(), re.MULTILINE) if meta.exists() else None
        if found is None:
            raise BadInput(f"{self.data} holds no cluster: it was not formatted")
        return found[1]

    def _ports(self) -> tuple[int | None, ...]:
        return (self.port, self.controller_port, *(listener.port for listener in self.extra_listeners))

    def _use(self, chosen: tuple[int, ...]) -> None:
        self.port, self.controller_port, *others = chosen
        pairs = zip(self.extra_listeners, others, strict=True)
        self.extra_listeners = tuple(replace(listener, port=port) for listener, port in pairs)

    def _prepare(self, timeout_s: float) -> None:
        if not any(self.jars.glob("kafka_*.jar")):
            raise BadInput(f"{self.jars} holds no jars of Kafka: give the folder that ensure_jars fetched")
        # The native parts of the compression libraries are unpacked there at each start; a killed broker leaves them.
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._scratch.mkdir()
        defaults = (recipe() / "server.properties").read_text()
        lines = (f"{key}={_escape(value)}\n" for key, value in self._settings())
        self._properties.write_text(f"{defaults}\n# Of this broker.\n{''.join(lines)}")
        if not self._meta.exists():
            self._format(timeout_s)

    def _command(self) -> list[str]:
        quick = _QUICK if self.short_lived else ()
        heap = [f"-Xmx{self.heap_mb}m", "-XX:+ExitOnOutOfMemoryError"]
        return [*self._java(), *quick, *heap, "kafka.Kafka", str(self._properties)]

    def _answers(self) -> bool:
        found = ask_kafka(self.port) if self.port is not None else None
        return found is not None and found.brokers > 0 and found.cluster_id == self.cluster_id

    def _settings(self) -> Iterator[tuple[str, str]]:
        doors = [
            (_CLIENTS, self.port, self.port),
            (_CONTROLLER, self.controller_port, None),
            *((listener.name, listener.port, listener.advertised_port) for listener in self.extra_listeners),
        ]
        yield "listeners", ",".join(f"{name}://{ports.HOST}:{port}" for name, port, _ in doors)
        advertised = ((name, port) for name, _, port in doors if port is not None)
        yield "advertised.listeners", ",".join(f"{name}://{ports.HOST}:{port}" for name, port in advertised)
        yield "listener.security.protocol.map", ",".join(f"{name}:PLAINTEXT" for name, _, _ in doors)
        yield "controller.quorum.bootstrap.servers", f"{ports.HOST}:{self.controller_port}"
        yield "log.dirs", str(self.data)
        yield from self.overrides.items()

    def _format(self, timeout_s: float) -> None:
        """Give the folder its cluster id. ``--ignore-formatted``: an earlier attempt may have been cut short."""
        tool = ["kafka.tools.StorageTool", "format", "--standalone", "--ignore-formatted"]
        command = [*self._java(), *_QUICK, *tool, "-t", _new_cluster_id(), "-c", str(self._properties)]
        with self.log.open("ab") as log:
            try:
                subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True, timeout=timeout_s)  # noqa: S603
            except (OSError, subprocess.SubprocessError) as error:
                raise self._error(f"its folder {self.data} could not be formatted") from error

    def _java(self) -> list[str]:
        return [
            str(find_java().program),
            "-Djava.awt.headless=true",
            f"-Djava.io.tmpdir={self._scratch}",
            f"-XX:ErrorFile={self.folder}/crash-%p.log",
            f"-Dlog4j2.configurationFile={(recipe() / 'log4j2.properties').as_uri()}",
            "-cp",
            f"{self.jars}/*",
        ]

    @property
    def _meta(self) -> Path:
        return self.data / "meta.properties"

    @property
    def _properties(self) -> Path:
        return self.folder / "server.properties"

    @property
    def _scratch(self) -> Path:
        return self.folder / "tmp"


def _new_cluster_id() -> str:
    """A random id as Kafka writes them: 22 characters, not beginning like an option."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text


def _escape(value: str) -> str:
    """As Java reads a properties file: ASCII, with the same escapes as JSON has."""
    return json.dumps(value)[1:-1]
