"""The pulse of a lane: partners that ask for it are told when there was nothing for them.

Off the hot path: a batch that was written costs two entries in a dictionary, and a comparison tells whether anything is
due. A lane that stalls has no pulse; that is how a partner notices.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import replace

from tidegate.audit import Entry
from tidegate.gate import Heartbeat, Released, heartbeats
from tidegate.hub.context import HubContext
from tidegate.hub.following import InForce
from tidegate.hub.takeover import Tenure

_AGAIN_S = 1.0
"""When to look again where nothing true could be said: a source of the partner's has not been decided at all yet."""
_NEVER = float("inf")


class Pulse:
    """When each partner is to be told next, and how far each source has been decided, during one tenure."""

    def __init__(self, hub: HubContext, tenure: Tenure, current: Callable[[], bool]) -> None:
        """``current`` tells whether what was found out may be written: rules may change while the broker is asked."""
        self._hub = hub
        self._tenure = tenure
        self._current = current
        self._in_force: InForce | None = None
        self._every: dict[str, int] = {}
        self._next: dict[str, float] = {}
        self._soonest = _NEVER
        self._publishers: dict[str, frozenset[str]] = {}
        self._reached: dict[str, int] = {}
        """By topic id: all records that were committed there before this moment, us since 1970, have been decided."""

    @property
    def due(self) -> bool:
        if self._tenure.in_force is not self._in_force:
            self._ask_anew()
        return time.monotonic() >= self._soonest

    def _ask_anew(self) -> None:
        """Who wants heartbeats under the rules of now. A suspended partner is not woken."""
        self._in_force = self._tenure.in_force
        executor = self._in_force.executor
        now, before = time.monotonic(), self._next
        self._every = {
            name: partner.heartbeat_s
            for name, partner in executor.plan.partners.items()
            if partner.heartbeat_s and name not in executor.suspended
        }
        self._next = {name: before.get(name, now + every) for name, every in self._every.items()}
        self._publishers = {
            name: frozenset(
                section.publisher
                for section in executor.plan.sections
                if any(said.partner == name for said in section.partners)
            )
            for name in self._every
        }
        self._soonest = min(self._next.values(), default=_NEVER)

    def wrote(self, released: Released) -> None:
        """A batch was committed: its partners have heard of the lane, its sources have come so far."""
        for run in released.inspected.batch.runs:
            self._reach(run.source.topic_id, run.timestamps[-1] * 1_000)
        if self._next:
            now = time.monotonic()
            for output in released.outputs:
                if output.partner in self._next:
                    self._next[output.partner] = now + self._every[output.partner]
            self._soonest = min(self._next.values())

    def _reach(self, topic_id: str, moment_us: int) -> None:
        self._reached[topic_id] = max(moment_us, self._reached.get(topic_id, 0))

    async def beat(self, entry: Entry, undecided: Collection[str]) -> None:
        """Tells all partners for whom it is time. ``entry`` is the lane's, made just now; ``undecided`` are topics of
        which records have been read that no transaction has taken in yet.

        Called between two transactions. Raises what a write raises.
        """
        now = time.monotonic()
        due = [name for name, moment in self._next.items() if moment <= now]
        told = await self._heartbeats(entry, due, undecided)
        if not self._current():
            return  # who is due is asked anew under the rules of then
        if told:
            bodies = {self._hub.names.out(one.partner): [one.body] for one in told}
            positions = entry.positions if self._tenure.state.wants_vector else None
            said = replace(entry, deliveries=tuple(one.delivery for one in told), positions=positions)
            await self._tenure.write(self._hub, said, bodies, {})
        now, heard = time.monotonic(), {one.partner for one in told}
        for name in due:
            self._next[name] = now + (self._every[name] if name in heard else _AGAIN_S)
        self._soonest = min(self._next.values(), default=_NEVER)

    async def _heartbeats(self, entry: Entry, due: Collection[str], undecided: Collection[str]) -> list[Heartbeat]:
        tenure = self._tenure
        behind = {*undecided, *await tenure.reader.behind()}
        for topic, source in tenure.sources.items():
            if topic not in behind:
                self._reach(source.topic_id, entry.decided_us)
        up_to = {}
        for name in due:
            reached = self._reached_for(name, entry.decided_us)
            if reached is not None:
                up_to[name] = reached
        return heartbeats(tenure.in_force.executor, tenure.lane, entry.decided_us, up_to) if up_to else []

    def _reached_for(self, partner: str, now_us: int) -> int | None:
        """Up to when all that this partner may get has been decided; None where a source of its has not begun.

        Only by publishers that may reach it: how far others are is no matter of its own.
        """
        topics = {source.publisher: source.topic_id for source in self._tenure.sources.values()}
        reached = now_us
        for publisher in self._publishers[partner]:
            moment = self._reached.get(topics.get(publisher, ""))
            if moment is None:
                return None
            reached = min(reached, moment)
        return reached
