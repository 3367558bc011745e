"""A hub in which one kind of record kills the process that inspects it, hub and probing child alike.

The child imports this module too: multiprocessing makes the main module of its parent anew. The product has no hook.
"""

from __future__ import annotations

import os
import signal

from tests.faults.entries import POISON

from tidegate import gate
from tidegate.cli import main
from tidegate.gate import Batch, Executor, Inspected

_inspect = gate.inspect


def _deadly(batch: Batch, executor: Executor, unread: frozenset[int] = frozenset()) -> Inspected:
    values = [value for run in batch.runs for value in run.values]
    if any(value is not None and POISON in value for place, value in enumerate(values) if place not in unread):
        os.kill(os.getpid(), signal.SIGKILL)
    return _inspect(batch, executor, unread)


gate.inspect = _deadly

if __name__ == "__main__":
    main()
