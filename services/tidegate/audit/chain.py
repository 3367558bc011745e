"""The chain: every entry of a lane names the digest of the one before it; and the state that a tail adds up to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from tidegate.audit.coding import to_bytes
from tidegate.audit.entry import Entry, Kind, Position
from tidegate.errors import TidegateError

GENESIS = bytes(32)
ENTRY_BYTES = 512 << 10
"""An entry that would be larger is split."""
VECTOR_BYTES = 1 << 20
VECTOR_ENTRIES = 64
"""At least one entry in so many bytes and so many entries carries the positions of all sources."""


class BrokenChain(TidegateError):
    """An entry does not follow the one before it: the log was altered, or two wrote the lane."""

    code = "broken_chain"


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a lane's chain: the number of the next entry, and the digest that it has to name."""

    sequence: int = 0
    digest: bytes = GENESIS


def digest_of(value: bytes) -> bytes:
    """The digest by which the next entry names this one."""
    return hashlib.sha256(value).digest()


def seal(entry: Entry, lane: int, head: Head, limit: int = ENTRY_BYTES) -> tuple[list[bytes], Head]:
    """The values of an entry, split where it is too large, chained to ``head``; and the head after them."""
    values = []
    for part in entry.split(limit):
        value = to_bytes(replace(part, lane=lane, sequence=head.sequence, previous=head.digest))
        head = Head(head.sequence + 1, digest_of(value))
        values.append(value)
    return values, head


def verify(entries: Iterable[tuple[bytes, Entry]], head: Head | None = None) -> Head | None:
    """The head after some entries, in order, each with its value. Raises ``BrokenChain`` at the first misfit.

    Without ``head`` the first entry is taken at its word.
    """
    for value, entry in entries:
        if head is not None and (entry.sequence, entry.previous) != (head.sequence, head.digest):
            raise BrokenChain(
                f"lane {entry.lane}: entry {entry.sequence} does not follow entry {head.sequence - 1}; "
                "the log was altered, or two processes wrote it"
            )
        head = Head(entry.sequence + 1, digest_of(value))
    return head


@dataclass(frozen=True)
class LaneState:
    """What a lane has to know to go on, as its log says it.

    ``positions`` are by topic id. ``vector_at`` is the offset of the last entry with positions, ``orders_at`` that of
    the last one with orders. ``progressed`` tells whether anything was committed since the last takeover.
    """

    head: Head = Head()
    positions: dict[str, Position] = field(default_factory=dict)
    vector_at: int = -1
    orders_at: int = -1
    since_vector: int = 0
    bytes_since_vector: int = 0
    activation: int = -1
    batch: int = 0
    progressed: bool = True
    last_us: int = 0

    @property
    def wants_vector(self) -> bool:
        return self.vector_at < 0 or self.since_vector >= VECTOR_ENTRIES or self.bytes_since_vector >= VECTOR_BYTES

    def vector(self, moved: Iterable[Position] = ()) -> tuple[Position, ...]:
        """All positions, some of them moved on."""
        positions = {**self.positions, **{one.topic_id: one for one in moved}}
        return tuple(sorted(positions.values(), key=lambda one: (one.topic, one.topic_id)))

    def after(self, values: Sequence[bytes], entry: Entry, offset: int, head: Head) -> LaneState:
        """The state after an entry, whose first value stands at ``offset``."""
        return self.moved(entry, offset + len(values) - 1, sum(map(len, values)), head, parts=len(values))

    def moved(self, entry: Entry, offset: int, size: int, head: Head, *, parts: int = 1) -> LaneState:
        """The state after an entry whose positions, if it has any, stand at ``offset``."""
        positions = dict(self.positions) if entry.positions is None else {}
        for one in entry.positions or ():
            positions[one.topic_id] = one
        if entry.positions is None:
            for source in entry.moves:
                positions[source.topic_id] = Position(source.topic, source.topic_id, source.next)
        vector = entry.positions is not None
        progressed = self.progressed
        if entry.kind is Kind.TAKEOVER:
            progressed = False
        elif entry.kind in (Kind.TRANSACTION, Kind.ORDER):
            progressed = True
        return LaneState(
            head=head,
            positions=positions,
            vector_at=offset if vector else self.vector_at,
            orders_at=offset if entry.kind is Kind.ORDER else entry.orders_at,
            since_vector=0 if vector else self.since_vector + parts,
            bytes_since_vector=0 if vector else self.bytes_since_vector + size,
            activation=entry.activation,
            batch=entry.batch,
            progressed=progressed,
            last_us=entry.decided_us,
        )


def replay_tail(entries: Sequence[tuple[int, bytes, Entry]]) -> LaneState:
    """The state that the entries from the last vector on add up to: ``(offset, value, entry)``, in order.

    Raises ``BrokenChain`` when they do not follow each other, or begin with an entry that has no positions.
    """
    state = LaneState()
    for offset, value, entry in entries:
        if state.vector_at < 0 and entry.positions is None and entry.sequence:
            raise BrokenChain(f"lane {entry.lane}: entry {entry.sequence} points to no entry that has positions")
        expected = state.head if state.head.sequence else None
        head = verify([(value, entry)], expected)
        state = state.moved(entry, offset, len(value), head or state.head)
    return state
