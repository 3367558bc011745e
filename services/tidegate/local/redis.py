"""A local Redis server: append-only file, no eviction, 127.0.0.1 only."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from tidegate.errors import ClaimsUnavailable, Unavailable
from tidegate.local import ports
from tidegate.local.probe import ask_redis
from tidegate.local.server import Server

_OLDEST = (6, 2)
_HOW_TO_GET_IT = "on Debian or Ubuntu: apt-get install redis-server"


@dataclass(kw_only=True, eq=False)
class RedisServer(Server):
    """A ``redis-server``. Without ``appendonly`` it keeps nothing over a restart. ``overrides`` are directives of
    redis.conf; one that asks for a password makes it look as if it never became ready."""

    name: ClassVar[str] = "Redis"
    unavailable: ClassVar[type[Unavailable]] = ClaimsUnavailable

    appendonly: bool = True
    overrides: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"redis://{self.address}/0"

    def restart(self, timeout_s: float = 60.0, *, empty: bool = False) -> None:
        """Stop it if it runs, and start it on the same port; ``empty``: with all data lost."""
        self.stop()
        if empty:
            shutil.rmtree(self.data, ignore_errors=True)
        self.start(timeout_s)

    def _ports(self) -> tuple[int | None, ...]:
        return (self.port,)

    def _use(self, chosen: tuple[int, ...]) -> None:
        (self.port,) = chosen

    def _prepare(self, timeout_s: float) -> None:
        self.data.mkdir(exist_ok=True)
        directives = {
            "bind": ports.HOST,
            "port": str(self.port),
            "dir": f'"{self.data}"',
            "daemonize": "no",
            "appendonly": "yes" if self.appendonly else "no",
            "appendfsync": "everysec",
            "save": '""',
            "maxmemory-policy": "noeviction",
            **self.overrides,
        }
        self._conf.write_text("".join(f"{name} {value}\n" for name, value in directives.items()))

    def _command(self) -> list[str]:
        return [str(find_redis().program), str(self._conf)]

    def _answers(self) -> bool:
        return self.port is not None and ask_redis(self.port) == self.pid

    @property
    def _conf(self) -> Path:
        return self.folder / "redis.conf"


@dataclass(frozen=True, slots=True)
class RedisProgram:
    """An installed ``redis-server``."""

    program: Path
    version: str


def find_redis() -> RedisProgram:
    """The ``redis-server`` of this machine. ``Unavailable`` when there is none, or it is older than 6.2."""
    found = shutil.which("redis-server")
    if found is None:
        raise Unavailable(f"redis-server is missing ({_HOW_TO_GET_IT})")
    answer = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    version = re.search(r"v=((\d+)\.(\d+)[.\d]*)", answer.stdout)
    if version is None or (int(version[2]), int(version[3])) < _OLDEST:
        raise Unavailable(
            f"{found} is {answer.stdout.strip() or 'broken'}; it has to be 6.2 or newer ({_HOW_TO_GET_IT})"
        )
    return RedisProgram(Path(found), version[1])
