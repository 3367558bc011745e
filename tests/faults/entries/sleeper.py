"""A hub that stops itself with SIGSTOP, once, at a point that a test names; then ``tidegate`` as ever.

``TIDEGATE_TEST_SLEEP`` is ``<point>:<file>``: it sleeps when it comes to the point while the file is there, and removes
the file.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tidegate.broker import patches
from tidegate.cli import main
from tidegate.hub import takeover

_point, _, _file = os.environ["TIDEGATE_TEST_SLEEP"].partition(":")  # noqa: TID251


def _sleep() -> None:
    flag = Path(_file)
    if flag.exists():
        flag.unlink()
        os.kill(os.getpid(), signal.SIGSTOP)


def _before(function: Callable[..., Any]) -> Callable[..., Any]:
    async def wrapped(*arguments: Any) -> Any:
        _sleep()
        return await function(*arguments)

    return wrapped


def _after(function: Callable[..., Any]) -> Callable[..., Any]:
    async def wrapped(*arguments: Any) -> Any:
        found = await function(*arguments)
        _sleep()
        return found

    return wrapped


match _point:
    case "lease-checked":
        takeover.LaneWriter.start = _before(takeover.LaneWriter.start)
    case "tail-read":
        takeover._read_tail = _after(takeover._read_tail)
    case "sent":
        patches.EndTxnOnce.do = _before(patches.EndTxnOnce.do)
    case _:
        raise SystemExit(f"there is no point {_point!r}")

if __name__ == "__main__":
    main()
