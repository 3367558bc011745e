"""Work in forked processes: they begin with all that this one has imported, and take it with them when they end."""

from __future__ import annotations

import os
import resource
import select
import signal
from collections.abc import Callable

MEMORY = 6 << 30
WAIT_S = 3600.0
FAILED = 70
"""How a process ends that failed of itself."""

Say = Callable[[str], object]


def child(work: Callable[[Say], int]) -> tuple[int, str]:
    """Does work in a forked process. Its exit code, below zero for a signal, and what it said last."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = FAILED
        try:
            os.close(reading)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            quiet = os.open(os.devnull, os.O_RDWR)
            for number in (0, 1, 2):
                os.dup2(quiet, number)
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            code = work(lambda said: os.write(writing, f"\n{said}".encode()))
        finally:
            os._exit(code)
    os.close(writing)
    said = b""
    try:
        while select.select([reading], [], [], WAIT_S)[0]:
            more = os.read(reading, 65536)
            if not more:
                break
            said += more
        else:
            os.kill(pid, signal.SIGKILL)
    except BaseException:
        os.kill(pid, signal.SIGKILL)
        raise
    finally:
        os.close(reading)
        _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), said.decode().rpartition("\n")[2]


def limit(seconds: float) -> None:
    """Ends this process after so much work of the processor: waiting for it, or being stopped, costs nothing."""
    signal.setitimer(signal.ITIMER_PROF, seconds)


def apart(work: Callable[[], int]) -> int:
    """Does work in a forked process that Ctrl-C reaches as it reaches this one."""
    pid = os.fork()
    if pid == 0:
        code = FAILED
        try:
            quiet = os.open(os.devnull, os.O_RDWR)
            os.dup2(quiet, 1)
            code = work()
        finally:
            os._exit(code)
    try:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    except KeyboardInterrupt:
        os.kill(pid, signal.SIGINT)
        os.waitpid(pid, 0)
        raise
