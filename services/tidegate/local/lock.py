"""A lock between processes (and threads): the second waits, and a holder that dies lets go."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tidegate.errors import Unavailable
from tidegate.local.processes import until


@contextmanager
def locked(file: Path, timeout_s: float) -> Iterator[None]:
    """Hold ``file`` as a lock, made with its folder when missing. ``Unavailable`` when others hold it longer."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab") as handle:
        if not until(lambda: _try(handle), timeout_s):
            raise Unavailable(f"another command has been busy in {file.parent} for {timeout_s:.0f} s; try again later")
        yield


def _try(handle: IO[bytes]) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
