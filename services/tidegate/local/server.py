"""What the two servers have in common: start, wait, stop, kill, pause, restart on the same data and ports."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from tidegate.errors import BadInput, Unavailable
from tidegate.local import ports
from tidegate.local.processes import Process, launch

_POLL_S = 0.05
_TAIL_LINES = 12
_TAIL_BYTES = 16_384
_BIND_FAILED = "address already in use"


@dataclass(frozen=True, slots=True)
class _Trouble:
    """Why a start did not succeed. ``port_taken`` says that other ports may help."""

    sentence: str
    port_taken: bool = False


def _ignore() -> None:
    return None


@dataclass(kw_only=True, eq=False)
class Server(ABC):
    """One server on 127.0.0.1 with a folder of its own for data, configuration and log.

    Not for two threads at once. A server that was not stopped goes on when we end; give its ``process`` and ports to a
    new object to take it over. Errors are ``unavailable``, with the end of the server's log in the text.
    """

    name: ClassVar[str]
    unavailable: ClassVar[type[Unavailable]]

    folder: Path = field(kw_only=False)
    port: int | None = None
    """Where clients connect. None: a free one is chosen at the first start, and kept."""
    cpus: frozenset[int] | None = None
    """The CPUs it may use (Linux); None: all that we may."""
    process: Process | None = None
    on_launch: Callable[[], None] = _ignore
    """Called once the process exists and before it is ready: the moment to write down ``process`` and the ports."""
    _log_begins: int = field(default=0, init=False, repr=False)

    def __post_init__(self) -> None:
        self.folder = self.folder.resolve()

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def running(self) -> bool:
        """Whether its process lives; a paused or a hung one does too."""
        return self.process is not None and self.process.alive()

    @property
    def pid(self) -> int:
        return self._started().pid

    @property
    def address(self) -> str:
        """``127.0.0.1:port``. ``BadInput`` before the first start of a server without a given port."""
        if self.port is None:
            raise BadInput(f"{self.name} has no port before its first start")
        return f"{ports.HOST}:{self.port}"

    def start(self, timeout_s: float = 60.0) -> None:
        """Start on the data that is there and return when clients can use it. One that fails leaves nothing running.

        Ports that we chose ourselves may be taken by somebody before the server has them: then once more with others.
        """
        if self.running:
            raise BadInput(f"{self.name} runs already, as process {self.pid}")
        self.folder.mkdir(parents=True, exist_ok=True)
        self._log_begins = self._log_size()
        asked = self._ports()
        trouble = self._attempt(asked, timeout_s)
        if trouble and trouble.port_taken and None in asked:
            trouble = self._attempt(asked, timeout_s)
        if trouble:
            raise self._error(trouble.sentence)

    def wait_ready(self, timeout_s: float = 60.0) -> None:
        """Return when clients can use it. For one that was resumed, or started by somebody else."""
        trouble = self._watch(time.monotonic() + timeout_s)
        if trouble:
            raise self._error(trouble.sentence)

    def stop(self, timeout_s: float = 30.0) -> None:
        """End it politely; after ``timeout_s`` kill it. Nothing happens when it does not run."""
        if self.process is not None:
            self.process.stop(timeout_s)

    def kill(self) -> None:
        """SIGKILL: what a crash leaves behind."""
        self._started().kill()

    def pause(self) -> None:
        """SIGSTOP: it keeps its connections and answers nothing."""
        self._started().pause()

    def resume(self) -> None:
        """SIGCONT. It may need a moment (``wait_ready``)."""
        self._started().resume()

    def restart(self, timeout_s: float = 60.0) -> None:
        """Stop it if it runs, and start it on the same data and ports."""
        self.stop()
        self.start(timeout_s)

    @abstractmethod
    def _ports(self) -> tuple[int | None, ...]:
        """All ports it listens on; None for one that is still to be chosen."""

    @abstractmethod
    def _use(self, chosen: tuple[int, ...]) -> None:
        """Keep these ports, in the order of ``_ports``."""

    @abstractmethod
    def _prepare(self, timeout_s: float) -> None:
        """Write configuration and whatever the first start needs."""

    @abstractmethod
    def _command(self) -> list[str]:
        """Program and arguments, the program with its full path."""

    @abstractmethod
    def _answers(self) -> bool:
        """Whether this very server can be used now. False on any trouble; takes a second at most."""

    def _attempt(self, asked: tuple[int | None, ...], timeout_s: float) -> _Trouble | None:
        deadline = time.monotonic() + timeout_s
        given = [port for port in asked if port is not None]
        taken = [port for port in given if not ports.is_free(port)]
        if taken:
            return _Trouble(f"port {taken[0]} on {ports.HOST} is taken by another process", port_taken=True)
        fresh = iter(ports.free_ports(len(asked) - len(given), besides=given))
        self._use(tuple(next(fresh) if port is None else port for port in asked))
        self._prepare(timeout_s)
        try:
            self.process = launch(self._command(), self.log, cpus=self.cpus)
            self.on_launch()
            trouble = self._watch(deadline)
        except BaseException:
            self.stop(0)
            raise
        if trouble:
            self.stop(0)
        return trouble

    def _watch(self, deadline: float) -> _Trouble | None:
        """Wait until it answers."""
        begun = time.monotonic()
        while self.running:
            if self._answers():
                return None
            if time.monotonic() >= deadline:
                return _Trouble(f"it does not answer on {self.address} after {time.monotonic() - begun:.0f} s")
            time.sleep(_POLL_S)
        return _Trouble("its process ended before it was ready", port_taken=_BIND_FAILED in self._log_end().lower())

    def _started(self) -> Process:
        if self.process is None:
            raise BadInput(f"{self.name} was not started")
        return self.process

    def _error(self, sentence: str) -> Unavailable:
        end = self._log_end()
        quoted = f", its last lines:\n{end}" if end else ", with nothing in it"
        return self.unavailable(f"{self.name} is not ready: {sentence}; its log is {self.log}{quoted}")

    def _log_size(self) -> int:
        return self.log.stat().st_size if self.log.exists() else 0

    def _log_end(self) -> str:
        """The last lines of what was logged since the last start, without the frames of Java's stack traces."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as file:
            file.seek(max(self._log_begins, self._log_size() - _TAIL_BYTES))
            lines = file.read().decode(errors="replace").splitlines()
        return "\n".join([line for line in lines if not line.startswith("\tat ")][-_TAIL_LINES:])
