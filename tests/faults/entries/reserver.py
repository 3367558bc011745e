"""A hub that meets trouble between reserving persons and committing them, once; then ``tidegate`` as ever.

``TIDEGATE_TEST_RESERVED`` is ``<trouble>:<file>``: it happens after a reservation while the file is there, and removes
the file. ``kill`` is SIGKILL, ``wipe`` is a Redis that loses everything, ``away`` one that does not answer for a while.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from redis import Redis

from tidegate import gate
from tidegate.cli import main
from tidegate.hub import counting, work

_trouble, _, _file = os.environ["TIDEGATE_TEST_RESERVED"].partition(":")  # noqa: TID251


async def _reserve(*arguments: Any) -> gate.Counts:
    found = await counting.reserve(*arguments)
    if found.asked:
        _trouble_once()
    return found


def _trouble_once() -> None:
    flag = Path(_file)
    if not flag.exists():
        return
    flag.unlink()
    match _trouble:
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "wipe":
            with Redis.from_url(os.environ["TIDEGATE_REDIS__URL"]) as client:  # noqa: TID251
                client.flushall()
        case "away":
            with Redis.from_url(os.environ["TIDEGATE_REDIS__URL"]) as client:  # noqa: TID251
                client.client_pause(3_000, all=True)
        case _:
            raise SystemExit(f"there is no trouble {_trouble!r}")


work.reserve = _reserve

if __name__ == "__main__":
    main()
