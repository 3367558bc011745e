"""A hub that is killed again and again before it gets anywhere: right before its first batch, or amid a probe.

``TIDEGATE_TEST_STORM`` is a file with one byte for every kill to come. The probing child is never harmed.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

from tidegate import gate
from tidegate.cli import main
from tidegate.gate import Batch, Executor, Inspected
from tidegate.hub import probing

_left = Path(os.environ["TIDEGATE_TEST_STORM"])  # noqa: TID251
_inspect, _kills_its_process = gate.inspect, probing.kills_its_process


def _is_due() -> bool:
    """Whether another kill is to come; it is then taken off the file."""
    said = _left.read_bytes()
    _left.write_bytes(said[1:])
    return bool(said)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


_doomed = threading.Event()
"""Set once a kill is under way: nothing may be written before it strikes."""


def _struck(batch: Batch, executor: Executor, unread: frozenset[int] = frozenset()) -> Inspected:
    if multiprocessing.parent_process() is None:
        if _doomed.is_set():
            time.sleep(60)
        if _is_due():
            _die()
    return _inspect(batch, executor, unread)


def _is_due_amid() -> bool:
    """Every other kill strikes while a child runs, if one does."""
    return len(_left.read_bytes()) % 2 == 1 and _is_due()


async def _struck_amid(*arguments: Any) -> bool:
    if _is_due_amid():
        _doomed.set()
        threading.Timer(1.0, _die).start()
    return await _kills_its_process(*arguments)


gate.inspect = _struck
probing.kills_its_process = _struck_amid  # before the hub takes it from there

if __name__ == "__main__":
    main()
