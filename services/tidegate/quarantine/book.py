"""The book: what became of every record of a lane's quarantine, as the audit of the lane tells it.

Records stay in quarantine until their time is over; whether one is open, redriven, released or discarded follows from
the orders that were carried out. Every entry of the audit names the last one before it that has orders, so all of them
are found without reading what lies between.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeAlias

from tidegate import audit
from tidegate.audit import DONE, CarriedOut, Entry
from tidegate.broker.logs import PartitionLog
from tidegate.gate.outcomes import Outcome
from tidegate.quarantine.orders import OrderKind


class State(StrEnum):
    """Of a record in quarantine. All but OPEN are final."""

    OPEN = "open"
    REDRIVEN = "redriven"
    RELEASED = "released"
    DISCARDED = "discarded"


AGAIN = frozenset({Outcome.REJECTED.word, Outcome.QUARANTINED.word})
"""Outcomes of a redrive that leave a record where it is."""

Key: TypeAlias = tuple[int, str, int]
"""Offset in quarantine, and topic id and offset of where the record came from: a quarantine made anew begins anew."""


@dataclass(slots=True)
class Standing:
    """How one record stands: ``attempts`` are redrives that were tried; ``orders`` all that was asked, oldest first."""

    state: State = State.OPEN
    attempts: int = 0
    orders: list[tuple[int, CarriedOut]] = field(default_factory=list)
    """Each with when the lane carried it out, in microseconds since 1970."""

    @property
    def settled(self) -> str:
        """Who settled it when, for people; empty while it is open."""
        if self.state is State.OPEN:
            return ""
        at_us, one = next((at, one) for at, one in reversed(self.orders) if state_after(one) is self.state)
        moment = datetime.fromtimestamp(at_us / 1e6, tz=UTC).isoformat(timespec="seconds")
        return f"{self.state} by {one.by} at {moment}"


def state_after(one: CarriedOut) -> State:
    """The state in which an order leaves an open record."""
    if one.outcome != DONE or one.kind in (OrderKind.LOOK, OrderKind.DRAIN):
        return State.OPEN
    if one.kind == OrderKind.DISCARD:
        return State.DISCARDED
    if one.kind == OrderKind.RELEASE:
        return State.RELEASED
    return State.OPEN if one.said in AGAIN else State.REDRIVEN


class Book:
    """The standings of one lane's quarantine."""

    def __init__(self) -> None:
        self._standings: defaultdict[Key, Standing] = defaultdict(Standing)

    def of(self, quarantine: int, topic_id: str, offset: int) -> Standing:
        return self._standings.get((quarantine, topic_id, offset), Standing())

    def apply(self, at_us: int, one: CarriedOut) -> None:
        """Takes in an order that was carried out or refused. The first that settles a record wins."""
        if one.quarantine < 0:
            return  # about no record
        standing = self._standings[one.quarantine, one.topic_id, one.offset]
        standing.orders.append((at_us, one))
        if one.outcome == DONE and one.kind == OrderKind.REDRIVE:
            standing.attempts += 1
        if standing.state is State.OPEN:
            standing.state = state_after(one)


async def read_book(log: PartitionLog, at: int, since_us: int) -> Book:
    """The book of a lane, by its audit: from the last entry with orders, which stands at ``at``, backwards to
    ``since_us``. Nothing older lies in quarantine.
    """
    entries: list[Entry] = []
    while at >= 0:
        record = await log.at(at)
        if record is None:
            break
        entry = audit.from_bytes(record.value)
        if entry.decided_us < since_us:
            break
        entries.append(entry)
        at = entry.orders_at
    book = Book()
    for entry in reversed(entries):
        for one in entry.orders:
            book.apply(entry.decided_us, one)
    return book


async def last_orders_at(log: PartitionLog) -> int:
    """Where in a lane's audit the last entry with orders stands; -1 for nowhere."""
    records = await log.tail()
    if not records:
        return -1
    last = audit.from_bytes(records[-1].value)
    return int(records[-1].offset) if last.kind is audit.Kind.ORDER else last.orders_at
