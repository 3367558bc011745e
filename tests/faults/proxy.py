"""A TCP proxy between hubs and broker that knows Kafka's framing and harms requests: a lane's commit, or others.

The answer is lost: the broker has done what was asked, the client's connection ends. Or the request comes late: the
client's connection ends, and the broker gets it some time afterwards, when the client may have gone on.
Source: Apache Kafka protocol guide: a request is a length (4 bytes), then API key (2), version (2), correlation id (4).
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import struct
import threading
from collections.abc import Coroutine
from enum import Enum
from typing import Any, TypeVar

_T = TypeVar("_T")
END_TXN = 26
OF_A_PRODUCER = frozenset({0, 22, 24, 25, END_TXN, 28})
"""Produce, InitProducerId, AddPartitionsToTxn, AddOffsetsToTxn, EndTxn, TxnOffsetCommit."""
_HOST = "127.0.0.1"


class Harm(Enum):
    """What becomes of a request."""

    NONE = "none"
    ANSWER_LOST = "its answer is lost"
    LATE = "it comes late"


class Proxy:
    """Runs in a thread of its own. ``harm``, ``keys`` and ``share`` may be changed while it runs."""

    def __init__(self, port: int, broker_port: int, seed: int = 1) -> None:
        self._port, self._broker_port = port, broker_port
        self._rng = random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()
        self.harm = Harm.NONE
        self.keys = frozenset({END_TXN})
        """API keys of the requests that may be harmed."""
        self.share = 0.1
        """How many of these are harmed."""
        self.seen = 0
        self.harmed = 0

    @property
    def address(self) -> str:
        return f"{_HOST}:{self._port}"

    def start(self) -> None:
        self._thread.start()
        self._server = self._run(asyncio.start_server(self._accepted, _HOST, self._port))

    def stop(self) -> None:
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _end(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await self._serve(reader, writer)
        writer.close()

    async def _serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        broker, to_broker = await asyncio.open_connection(_HOST, self._broker_port)
        back = asyncio.create_task(_pour(broker, to_client))
        try:
            while True:
                frame = await _frame(client)
                harm = self._harm_to(frame)
                if harm is not Harm.NONE:
                    self.harmed += 1
                    # From here on the client hears nothing; what the broker says goes nowhere.
                    back.cancel()
                    if harm is Harm.LATE:
                        to_client.close()
                        await asyncio.sleep(self._rng.uniform(0.15, 0.35))
                    to_broker.write(frame)
                    await to_broker.drain()
                    await asyncio.wait_for(_frame(broker), 20)
                    return
                to_broker.write(frame)
                await to_broker.drain()
        finally:
            back.cancel()
            to_broker.close()

    def _harm_to(self, frame: bytes) -> Harm:
        (key,) = struct.unpack_from(">h", frame, 4)
        if key not in self.keys:
            return Harm.NONE
        self.seen += 1
        return self.harm if self._rng.random() < self.share else Harm.NONE


async def _frame(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(4)
    return head + await reader.readexactly(int.from_bytes(head, "big"))


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Bytes from here to there, until either side ends."""
    with contextlib.suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
        writer.close()
