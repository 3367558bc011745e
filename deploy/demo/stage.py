"""The stage: a folder of its own, Kafka and Redis in it, hubs as processes, and the real commands, shown."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from tidegate.local import free_ports
from tidegate.settings import Settings, load_settings

from . import say

T = TypeVar("T")
FOLDER = Path(".local/demo")
RULES = Path("deploy/demo/rules")
CONFIG = FOLDER / "tidegate.toml"
LANES = 4
_POLL_S = 0.1
_STOP_S = 20.0


class Trouble(Exception):
    """The demo cannot go on, or what it found is not what it should be. ``code`` is its exit code."""

    def __init__(self, sentence: str, code: int = 1) -> None:
        self.code = code
        super().__init__(sentence)


@dataclass
class HubProcess:
    """One ``tidegate hub``."""

    number: int
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def name(self) -> str:
        return f"hub {self.number}"

    def ready(self) -> dict[str, Any] | None:
        """What ``/readyz`` says; None while nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2) as answer:
                found: dict[str, Any] = json.loads(answer.read())
        except urllib.error.HTTPError as exc:
            found = json.loads(exc.read())
        except OSError:
            return None
        return found

    def lanes(self) -> list[int]:
        """The lanes that it runs with their gates open."""
        said = self.ready()
        return sorted(set(said["lanes"]) - set(said["opening"])) if said and "lanes" in said else []


class Stage:
    """Everything that the demo starts, and its end."""

    def __init__(self) -> None:
        self.hubs: list[HubProcess] = []
        self.settings = Settings()
        self._up = False

    def tidegate(
        self, *arguments: str, codes: Sequence[int] = (0,), shown: int | None = 8, said: bool = True, notes: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command of the product as a reader would, and shows what it prints; at most ``shown`` lines of it.

        Without ``notes`` only what it prints to stdout.
        """
        if said:
            say.command(f"tidegate {' '.join(_quoted(argument) for argument in arguments)}")
        command = [_program(), *arguments]
        with say.busy(f"tidegate {arguments[0]}"):
            done = subprocess.run(  # noqa: S603  our own command
                command, env=_environment(), capture_output=True, text=True, check=False, **_APART
            )
        if shown is not None:
            say.output(done.stderr + done.stdout if notes else done.stdout, shown)
        if done.returncode not in codes:
            text = (done.stderr or done.stdout).strip()
            raise Trouble(f"'tidegate {arguments[0]} ...' ended with {done.returncode}: {text}", done.returncode)
        return done

    def up(self) -> None:
        """Kafka and Redis with fresh data, and the settings file that points at them."""
        self._clear()
        FOLDER.mkdir(parents=True)
        self._up = True
        up = self.tidegate("local", "up", "--folder", str(FOLDER), "--heap-mb", "384", "--short-lived")
        found = dict(line.removeprefix("export ").split("=", 1) for line in up.stdout.splitlines()[-2:])
        text = (
            f'keyring = "{FOLDER}/keyring.toml"\n'
            f'[kafka]\nbootstrap = "{found["TIDEGATE_KAFKA__BOOTSTRAP"]}"\n'
            f'[redis]\nurl = "{found["TIDEGATE_REDIS__URL"]}"\n'
        )
        CONFIG.write_text(text)
        self.settings = load_settings(CONFIG, {})

    def start_hub(self) -> HubProcess:
        number = max((hub.number for hub in self.hubs), default=0) + 1
        (port,) = free_ports(1)
        log = FOLDER / f"hub-{number}.log"
        say.command(f"tidegate hub --port {port} 2>{log} &")
        with log.open("wb") as out:
            process = subprocess.Popen(  # noqa: S603  our own command
                [_program(), "hub", "--port", str(port)], env=_environment(), stdout=out, stderr=out, **_APART
            )
        hub = HubProcess(number, port, process, log)
        self.hubs.append(hub)
        _remember([one.process.pid for one in self.hubs])
        return hub

    @property
    def running(self) -> list[HubProcess]:
        return [hub for hub in self.hubs if hub.process.poll() is None]

    def await_lanes(self, timeout_s: float = 60.0) -> None:
        """Waits until every lane is run by one of the hubs that live, and every one of these has some."""

        def all_run() -> bool:
            lanes = [hub.lanes() for hub in self.running]
            self.check_hubs()
            return sorted(chain.from_iterable(lanes)) == list(range(LANES)) and all(lanes)

        wait_for("all lanes to be open", all_run, timeout_s)

    def check_hubs(self) -> None:
        """Raises when a hub ended that nobody killed."""
        for hub in self.hubs:
            code = hub.process.poll()
            if code is not None and code != -signal.SIGKILL:
                raise Trouble(f"{hub.name} ended with {code}; its log is {hub.log}", 3)

    def down(self) -> None:
        """Hubs first, each with time to hand over its lanes, then the two servers."""
        for hub in self.running:
            hub.process.terminate()
        until = time.monotonic() + _STOP_S
        for hub in self.hubs:
            try:
                hub.process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                hub.process.kill()
                hub.process.wait()
        _remember([])
        if self._up:
            self.tidegate("local", "down", "--folder", str(FOLDER), shown=None, said=False)
            self._up = False

    def _clear(self) -> None:
        """Ends what a demo that was killed left behind, and its data."""
        for pid in _left_behind():
            os.kill(pid, signal.SIGKILL)
        if FOLDER.exists():
            self.tidegate("local", "down", "--folder", str(FOLDER), shown=None, said=False)
            shutil.rmtree(FOLDER)


def wait_for(what: str, condition: Callable[[], T], timeout_s: float = 60.0) -> T:
    """The first true value of a condition."""
    until = time.monotonic() + timeout_s
    while not (found := condition()):
        if time.monotonic() > until:
            raise Trouble(f"waited {timeout_s:.0f} s for {what}")
        time.sleep(_POLL_S)
    return found


@contextmanager
def alone() -> Iterator[None]:
    """One demo at a time in a checkout."""
    FOLDER.parent.mkdir(parents=True, exist_ok=True)
    with (FOLDER.parent / "demo.lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Trouble("another demo runs in this checkout; end it first", 2) from None
        yield


# In a session of their own: a Ctrl-C is for the demo, which then ends them one after the other.
_APART: dict[str, Any] = {"start_new_session": True, "stdin": subprocess.DEVNULL}


def _program() -> str:
    return str(Path(sys.executable).with_name("tidegate"))


def _environment() -> dict[str, str]:
    """Ours, without settings of the shell: they would win over the demo's file."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TIDEGATE_")}  # noqa: TID251
    kept["COLUMNS"] = str(say.width() - 2)
    return {**kept, "TIDEGATE_CONFIG": str(CONFIG)} if CONFIG.exists() else kept


def _quoted(argument: str) -> str:
    return f"'{argument}'" if " " in argument else argument


def _remember(pids: Sequence[int]) -> None:
    if FOLDER.exists():
        (FOLDER / "hubs.json").write_text(json.dumps(list(pids)))


def _left_behind() -> Iterator[int]:
    """Hubs of a demo that was killed. A pid alone names nobody: it has to be a hub still, started here."""
    try:
        pids = json.loads((FOLDER / "hubs.json").read_text())
    except (OSError, ValueError):
        return
    for pid in pids:
        with contextlib.suppress(OSError):
            command = ["ps", "-o", "args=", "-p", str(int(pid))]
            seen = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  fixed, and a number
            if f"{_program()} hub --port" in seen.stdout:
                yield int(pid)
