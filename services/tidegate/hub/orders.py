"""Orders carried out: what operators ask about records of the quarantine, in the lane's own transactions.

Orders are one more source of the lane. Their position moves with the transaction that carries them out and tells the
audit of it, so whatever dies at any moment, an order is carried out once. Of two orders about one record the first wins
and the other is refused, with the reason in the audit.

A record that is redriven or released takes the one path again, under its original coordinates: its own claim lets it
pass, and that of another record does not.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from tidegate import gate
from tidegate.audit import DONE, CarriedOut, Entry, Kind, Position, SourceRange
from tidegate.gate import Batch, Outcome, Quarantined, Reason, Released
from tidegate.hub.asked import TOGETHER, Asked, Chunk, next_chunk, open_book
from tidegate.hub.context import HubContext, now_us
from tidegate.hub.flooding import Floods
from tidegate.hub.probing import Limits, kills_its_process
from tidegate.hub.takeover import Tenure
from tidegate.hub.writing import bodies_of
from tidegate.quarantine.book import Book
from tidegate.quarantine.orders import OrderKind, no_order
from tidegate.telemetry import get_logger

Decide: TypeAlias = Callable[[Batch, Mapping[int, str]], Awaitable[Released]]
"""The path: inspect, claim and release of a batch, with the deliveries that a person let go."""
_DEADLY = "the process that tried it died again"


class OrderDesk:
    """The orders of one lane during one tenure: taken as they are read, carried out between two batches."""

    def __init__(
        self, hub: HubContext, tenure: Tenure, floods: Floods, decide: Decide, current: Callable[[], bool]
    ) -> None:
        """``current`` tells whether what was decided may still be written: rules may change while a lane waits."""
        self._hub = hub
        self._tenure = tenure
        self._floods = floods
        self._decide = decide
        self._current = current
        self._log = get_logger().bind(lane=tenure.lane)
        self._waiting: deque[Any] = deque()
        self._turn = True
        self._book: Book | None = None

    @property
    def due(self) -> bool:
        """Whether orders are to be carried out now: they take turns with batches."""
        return bool(self._waiting) and self._turn

    @property
    def full(self) -> bool:
        """Whether more wait than one transaction carries out: until then no more are to be read. A command may ask for
        everything that lies in quarantine.
        """
        return len(self._waiting) >= TOGETHER

    def take(self, records: Iterable[Any]) -> None:
        """Takes in records of the orders topic, in their order."""
        self._waiting.extend(records)

    def forget(self) -> None:
        """The reader starts anew from the lane's positions, and will read these orders again."""
        self._waiting.clear()

    def batch_done(self) -> None:
        """Records had their turn."""
        self._turn = True

    async def carry_out(self, batch: int) -> None:
        """Carries out some of the orders that wait, in one transaction. ``batch`` goes into the entry."""
        self._turn = False
        hub, tenure = self._hub, self._tenure
        if self._book is None:
            self._book = await open_book(hub, tenure.lane, tenure.state.orders_at)
        executor = tenure.in_force.executor
        chunk = await next_chunk(hub, tenure.lane, self._waiting, self._book, executor, batch)
        chunk.asked = await self._without_deadly(chunk.asked)
        released, places = await self._again(chunk.asked)
        if not self._current():
            self._waiting.extendleft(reversed(chunk.records))
            return
        told = [_told(one, released, places.get(number, -1)) for number, one in enumerate(chunk.asked)]
        entry = self._entry(chunk, told, released, batch)
        await tenure.write(
            hub, entry, self._bodies(chunk, released), {hub.names.orders: chunk.records[-1].offset + 1}, released
        )
        for answer in told:
            self._book.apply(entry.decided_us, answer)
        for one in chunk.asked:
            if one.order is not None and one.order.kind is OrderKind.DRAIN:
                self._floods.free(time.monotonic() + one.order.for_s)
                hub.flooding(tenure.lane, self._floods.reasons)
        self._tell(told, released)

    async def _again(self, asked: Sequence[Asked]) -> tuple[Released | None, dict[int, int]]:
        """The records that take the path again, released; and the place of each order's there."""
        going = [(number, one) for number, one in enumerate(asked) if one.again]
        if not going:
            return None, {}
        batch, places = gate.batch_again(_records(asked), self._tenure.lane, self._hub.lanes)
        freed = {
            places[place]: one.found.partner
            for place, (_, one) in enumerate(going)
            if one.found is not None and one.found.held
        }
        released = await self._decide(batch, freed)
        return released, {number: places[place] for place, (number, _) in enumerate(going)}

    async def _without_deadly(self, asked: list[Asked]) -> list[Asked]:
        """Refuses what kills the process that tries it: a record that did so before is tried in a child first, and all
        are when the lane comes from a takeover that found no progress.
        """
        every = self._tenure.suspect
        suspects = [one for one in asked if one.again and (every or _was_poison(one))]
        if not suspects or not await self._kills(suspects):
            return asked
        deadly = [one for one in suspects if len(suspects) == 1 or await self._kills([one])]
        return [replace(one, refused=_DEADLY) if one in deadly else one for one in asked]

    async def _kills(self, asked: Sequence[Asked]) -> bool:
        hub = self._hub
        batch, _ = gate.batch_again(_records(asked), self._tenure.lane, hub.lanes)
        limits = Limits(hub.settings.hub.child_memory_mb, hub.settings.hub.child_s)
        async with hub.probing:
            return await kills_its_process(batch, self._tenure.in_force.executor, hub.keyring, limits)

    def _entry(self, chunk: Chunk, told: Sequence[CarriedOut], released: Released | None, batch: int) -> Entry:
        """What was asked and what came of it, and the records that took the path again."""
        hub, tenure = self._hub, self._tenure
        in_force, source = tenure.in_force, tenure.sources[hub.names.orders]
        first, after = chunk.records[0].offset, chunk.records[-1].offset + 1
        if released is not None:
            entry = gate.entry_of(released, hub.process, in_force.activation.sequence)
        else:
            entry = Entry(
                kind=Kind.ORDER,
                decided_us=now_us(),
                process=hub.process,
                activation=in_force.activation.sequence,
                plan=in_force.executor.digest,
                suspended=in_force.activation.suspended,
            )
        taken = SourceRange(source.topic, source.topic_id, source.publisher, first, len(chunk.records), after)
        entry = replace(entry, kind=Kind.ORDER, batch=batch, taken=taken, orders=tuple(told))
        if tenure.state.wants_vector:
            moved = Position(source.topic, source.topic_id, after)
            entry = replace(entry, positions=tenure.state.vector([moved]))
        return entry

    def _bodies(self, chunk: Chunk, released: Released | None) -> dict[str, list[bytes]]:
        """What else the transaction writes. A publisher is told what became of a record that was redriven; whom a
        delivery was let go to is not for it to know.
        """
        if released is None:
            return {}
        names = self._hub.names
        bodies = bodies_of(released, names, again=True)
        if any(one.again and one.order is not None and one.order.kind is OrderKind.RELEASE for one in chunk.asked):
            told = {names.feedback(name) for name in self._tenure.in_force.executor.publishers}
            return {topic: some for topic, some in bodies.items() if topic not in told}
        return bodies

    def _tell(self, told: Sequence[CarriedOut], released: Released | None) -> None:
        metrics = self._hub.metrics
        for output in released.outputs if released is not None else ():
            metrics.deliveries.labels(output.partner).inc(len(output.bodies))
        for one in told:
            metrics.orders.labels(one.kind or "none", one.outcome).inc()
            self._log.info(
                "order carried out" if one.outcome == DONE else "order refused",
                action=one.kind, topic=one.topic, offset=one.offset, reason=one.said, seconds=_since(one.asked_us),
            )  # fmt: skip


def _records(asked: Sequence[Asked]) -> list[Quarantined]:
    return [one.found for one in asked if one.again and one.found is not None]


def _was_poison(one: Asked) -> bool:
    return one.found is not None and one.found.reason is Reason.POISON


def _told(one: Asked, released: Released | None, place: int) -> CarriedOut:
    """What the audit says of an order."""
    order, found = one.order, one.found
    if order is None:
        return no_order(one.refused)
    if one.refused:
        return order.told(found, said=one.refused)
    if released is None or place < 0:
        return order.told(found, outcome=DONE)
    outcome = released.outcomes[place]
    if order.kind is OrderKind.RELEASE and outcome is not Outcome.RELEASED:
        return order.told(found, said=_not_let_go(released, place), record=place)
    freed: tuple[str, ...] = ()
    if order.kind is OrderKind.RELEASE and found is not None:
        freed = gate.let_go(released, place, found.partner)
    return order.told(found, outcome=DONE, said=outcome.word, record=place, freed=freed)


def _not_let_go(released: Released, place: int) -> str:
    """Why nothing left although a person let it go."""
    fault = released.faults.get(place)
    why = f": {fault.reason} {fault.detail}" if fault is not None else ""
    return f"under the rules of today it is {released.outcomes[place].word}{why}"


def _since(asked_us: int) -> float:
    """How long ago something was asked, by two clocks."""
    return round(time.time() - asked_us / 1e6, 3)
