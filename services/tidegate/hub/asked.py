"""What orders ask: each with the record of the quarantine that it is about, and why it cannot be carried out, if so."""

from __future__ import annotations

import time
from collections import deque
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from tidegate.broker.logs import FEW_BYTES, PartitionLog, open_log
from tidegate.broker.topics import QUARANTINE_MS
from tidegate.errors import BadInput, InvalidEvent
from tidegate.gate import Executor, Quarantined, read_quarantined
from tidegate.hub.context import HubContext, now_us
from tidegate.quarantine.book import Book, Standing, read_book
from tidegate.quarantine.orders import Order, OrderKind

TOGETHER = 100
"""How many orders one transaction carries out at most."""
SLICE_S = 0.5
"""How long a lane looks records of the quarantine up before it goes on with those that it has."""
_MARGIN_US = 86_400_000_000
"""How much further back than the quarantine's retention the book is read: segments are deleted late, never early."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An order with the record that it is about. ``refused`` says why it cannot be carried out, if so."""

    order: Order | None
    found: Quarantined | None = None
    refused: str = ""

    @property
    def again(self) -> bool:
        """Whether the record is to take the path again."""
        return not self.refused and self.order is not None and self.order.kind in (OrderKind.REDRIVE, OrderKind.RELEASE)


@dataclass
class Chunk:
    """Orders that are carried out in one transaction, in their order, each about another record.

    Those whose records take the path again are of one kind: a release lets one delivery go, a redrive decides all.
    """

    records: list[Any] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    bytes: int = 0

    def takes(self, one: Asked, limit: int, limit_bytes: int) -> bool:
        """Whether one more order fits. Any does into an empty one."""
        if not self.asked or one.order is None:
            return len(self.asked) < limit
        kinds = {other.order.kind for other in (*self.asked, one) if other.again and other.order is not None}
        size = len(one.found.value or b"") if one.found is not None and one.again else 0
        fits = len(self.asked) < limit and self.bytes + size <= limit_bytes
        return fits and one.order.quarantine not in self.seen and len(kinds) <= 1

    def add(self, record: Any, one: Asked) -> None:
        self.records.append(record)
        self.asked.append(one)
        if one.order is not None:
            self.seen.add(one.order.quarantine)
        if one.found is not None and one.again:
            self.bytes += len(one.found.value or b"")


async def next_chunk(
    hub: HubContext, lane: int, waiting: deque[Any], book: Book, executor: Executor, limit: int
) -> Chunk:
    """The first of the orders that wait, as many as fit together and as there is time for."""
    chunk = Chunk()
    until = time.monotonic() + SLICE_S
    async with open_log(hub.settings.kafka, hub.names.quarantine, lane, fetch_bytes=FEW_BYTES) as log:
        while waiting and (not chunk.asked or time.monotonic() < until):
            one = await _asked(waiting[0], log, book, executor)
            if not chunk.takes(one, min(TOGETHER, limit), hub.settings.hub.batch_bytes):
                break
            chunk.add(waiting.popleft(), one)
    return chunk


async def open_book(hub: HubContext, lane: int, orders_at: int) -> Book:
    """What became of the records of a lane's quarantine so far, from the lane's log."""
    async with AsyncExitStack() as stack:
        log = await stack.enter_async_context(
            open_log(hub.settings.kafka, hub.names.audit, lane, fetch_bytes=FEW_BYTES)
        )
        return await read_book(log, orders_at, now_us() - QUARANTINE_MS * 1_000 - _MARGIN_US)


async def _asked(record: Any, quarantine: PartitionLog, book: Book, executor: Executor) -> Asked:
    try:
        order = Order.from_bytes(record.value)
    except BadInput as exc:
        return Asked(None, refused=str(exc))
    if order.kind is OrderKind.DRAIN:
        return Asked(order)
    there = await quarantine.at(order.quarantine)
    if there is None:
        return Asked(order, refused="no such record in the quarantine of this lane any more")
    try:
        found = read_quarantined(there.value, there.headers)
    except InvalidEvent as exc:
        return Asked(order, refused=str(exc))
    if (found.topic, found.topic_id, found.offset) != (order.topic, order.topic_id, order.offset):
        return Asked(order, refused="the quarantine has another record there")
    if order.kind is OrderKind.LOOK:
        late = now_us() // 1_000 > record.timestamp + order.wait_ms
        return Asked(order, found, "nobody waits for an answer any more" if late else "")
    standing = book.of(order.quarantine, order.topic_id, order.offset)
    return Asked(order, found, refusal(order, found, standing, executor))


def refusal(order: Order, found: Quarantined, standing: Standing, executor: Executor) -> str:
    """Why an order cannot be carried out on a record that stands so; empty where it can."""
    if standing.settled:
        return f"already {standing.settled}"
    if order.kind is OrderKind.DISCARD:
        return ""
    if found.held != (order.kind is OrderKind.RELEASE):
        return (
            "a held delivery is released or discarded, never redriven"
            if found.held
            else "nothing of this record is held; it is redriven or discarded"
        )
    if not found.complete:
        return "only the head of it is kept, since it was too large; its sender has to send it anew"
    if found.publisher not in executor.publishers:
        return f"the rules in force know no publisher {found.publisher!r}"
    if order.kind is OrderKind.RELEASE and found.partner in executor.suspended:
        return f"{found.partner} is suspended"
    return ""
