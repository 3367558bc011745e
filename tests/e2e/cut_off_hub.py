"""A hub whose way to the ``rules`` topic can be cut: while the file that it is told of exists, no answer comes.

The product has no hook for it. This is an entry module of the tests: ``python cut_off_hub.py FILE hub --port 0``.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tidegate.broker.logs import PartitionLog, open_log
from tidegate.cli import main
from tidegate.hub import following
from tidegate.settings import KafkaSettings

CUT = Path(sys.argv[1])


class _Wire:
    """A log of which nothing is heard while the wire is cut."""

    def __init__(self, log: PartitionLog) -> None:
        self._log = log
        self.read = log.read

    async def bounds(self) -> tuple[int, int]:
        while await asyncio.to_thread(CUT.exists):
            await asyncio.sleep(0.05)
        return await self._log.bounds()


@asynccontextmanager
async def _open(kafka: KafkaSettings, topic: str, partition: int) -> AsyncIterator[_Wire]:
    async with open_log(kafka, topic, partition) as log:
        yield _Wire(log)


following.open_log = _open  # type: ignore[assignment]

if __name__ == "__main__":
    main(sys.argv[2:])
