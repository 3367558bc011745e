"""Child processes that outlive us: started in a session of their own, and known again by another process.

A pid alone names nobody: the system gives it to the next process. So a ``Process`` is a pid *and* the time at which
it began, and no signal is sent unless both still fit. A foreign process that got the pid is never touched.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tidegate.errors import BadInput, Unavailable

POLL_S = 0.02
KILL_TIMEOUT_S = 10.0
_PROC = Path("/proc")
# /proc/<pid>/stat, counted after the ")" that ends the program's name (which may itself hold spaces and brackets).
_STATE, _THREADS, _START_TIME = 0, 17, 19


@dataclass(frozen=True, slots=True)
class Process:
    """One process that we started. ``started`` is opaque: equal only for the same process."""

    pid: int
    started: str

    def alive(self) -> bool:
        """Whether it still runs (or is paused). One that ended and was not waited for does not."""
        seen = _look_up(self.pid)
        if seen is None or seen.started != self.started:
            return False
        return seen.state not in ("Z", "X") or _is_ending(self.pid, seen.threads)

    def paused(self) -> bool:
        seen = _look_up(self.pid)
        return seen is not None and seen.started == self.started and seen.state in ("T", "t")

    def signal(self, number: signal.Signals) -> bool:
        """Send a signal. False, and nothing sent, when this process is gone, whoever has its pid now."""
        try:
            handle = os.pidfd_open(self.pid) if hasattr(os, "pidfd_open") else None
        except OSError:
            handle = None
        try:
            if not self.alive():
                return False
            # The handle was taken before the look: it cannot slip to another process between look and signal.
            if handle is None:
                os.kill(self.pid, number)
            else:
                signal.pidfd_send_signal(handle, number)
        except ProcessLookupError:
            return False
        finally:
            if handle is not None:
                os.close(handle)
        return True

    def stop(self, timeout_s: float) -> bool:
        """SIGTERM, and SIGKILL when it still runs after ``timeout_s``. True when it ended by itself."""
        self.signal(signal.SIGTERM)
        self.signal(signal.SIGCONT)
        if self.gone_within(timeout_s):
            return True
        self.kill()
        return False

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone. ``Unavailable`` when the system cannot end it (stuck in I/O)."""
        self.signal(signal.SIGKILL)
        if not self.gone_within(KILL_TIMEOUT_S):
            raise Unavailable(f"process {self.pid} does not end, {KILL_TIMEOUT_S:.0f} s after SIGKILL")

    def pause(self) -> None:
        """SIGSTOP, and wait until it stands."""
        if self.signal(signal.SIGSTOP):
            until(lambda: self.paused() or not self.alive(), KILL_TIMEOUT_S)

    def resume(self) -> None:
        self.signal(signal.SIGCONT)

    def gone_within(self, timeout_s: float) -> bool:
        return until(lambda: not self.alive(), timeout_s)


def launch(command: Sequence[str], log: Path, *, cpus: frozenset[int] | None = None) -> Process:
    """Start ``command`` (its first word is a full path) in a session of its own, both outputs appended to ``log``.

    The child gets a small fixed environment, so that it runs the same from every shell. With ``cpus`` it may run on
    those only (Linux). ``Unavailable`` when the program cannot be executed.
    """
    # posix_spawn and not Popen: a Popen that is dropped while its child lives on warns, and this child is to live on.
    to_log = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    with _on_cpus(cpus):
        try:
            pid = os.posix_spawn(
                command[0],
                list(command),
                {"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_OPEN, 1, str(log), to_log, 0o644),
                    (os.POSIX_SPAWN_DUP2, 1, 2),
                ],
                setsid=True,
                setsigdef=[signal.SIGPIPE],
            )
        except OSError as error:
            raise Unavailable(f"{command[0]} cannot be started: {error.strerror}") from error
    # Nobody has waited for it, so the pid is its own even when it has ended already.
    seen = _look_up(pid)
    return Process(pid, seen.started if seen else "")


def until(condition: Callable[[], bool], timeout_s: float) -> bool:
    """Ask ``condition`` again and again. False when it was not met within ``timeout_s``."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_S)
    return True


@contextmanager
def _on_cpus(cpus: frozenset[int] | None) -> Iterator[None]:
    """A child is born with the affinity of the thread that starts it: set ours around the birth."""
    if cpus is None:
        yield
        return
    if not hasattr(os, "sched_setaffinity"):
        raise BadInput("this system cannot bind a process to CPUs; leave cpus out")
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, cpus)
    except (OSError, ValueError) as error:
        raise BadInput(f"the CPUs {sorted(cpus)} are not all there; we may use {sorted(before)}") from error
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the system says of a pid: a letter, how many threads are left, and an opaque start time."""

    state: str
    threads: int
    started: str


def _look_up(pid: int) -> _Seen | None:
    """Whoever has this pid now, None when nobody has."""
    if not (_PROC / "self").exists():
        return _look_up_with_ps(pid)
    try:
        fields = (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return _Seen(fields[_STATE], int(fields[_THREADS]), fields[_START_TIME])


def _look_up_with_ps(pid: int) -> _Seen | None:
    """For systems without /proc (macOS): the start time to a second."""
    ps = shutil.which("ps") or "ps"
    answer = subprocess.run(  # noqa: S603  a fixed command and a number
        [ps, "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, started = answer.stdout.strip().partition(" ")
    return _Seen(state[0], 1, started.strip()) if state else None


def _is_ending(pid: int, threads: int) -> bool:
    """Whether a process whose first thread is over still has others, and with them its ports and files.

    If it is a child of ours, the system may forget it now; another process's child is not ours to wait for.
    """
    try:
        return os.waitpid(pid, os.WNOHANG) == (0, 0)
    except ChildProcessError:
        return threads > 1
