"""Working a lane: read, inspect, claim, release, write; the next batch is claimed while this one is written.

No transaction is open while anything is waited for. What was read ahead is thrown away with all else when a write
fails, and read again when the rules or the sources change.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from tidegate import gate
from tidegate.audit import Entry, Kind, Position
from tidegate.errors import LaneLost
from tidegate.gate import NOTHING_FREED, Batch, Inspected, Reason, Released, Verdicts
from tidegate.hub.context import HubContext, now_us
from tidegate.hub.counting import reserve
from tidegate.hub.flooding import EVERYBODY, Floods, tallies
from tidegate.hub.measuring import tell
from tidegate.hub.orders import OrderDesk
from tidegate.hub.pace import Pace
from tidegate.hub.pulse import Pulse
from tidegate.hub.suspecting import as_batch, tried
from tidegate.hub.takeover import SMALLER_BATCH, Tenure
from tidegate.hub.writing import bodies_of
from tidegate.telemetry import get_logger

READ_WAIT_S = 0.2
"""How long a read waits for a first record; a stop, new rules and new sources are noticed this fast."""
EPOCH_EVERY_S = 1.0
"""How often a lane that claims nothing asks whether its claims still stand: after a wipe the others wait for it."""
OFFSETS_EVERY_S = 1.0
"""How often a busy lane commits its source offsets. Only lag tools read them, and two of the five round trips of a
transaction are theirs; a lane with nothing to do commits what it has not committed at once."""
_NONE: frozenset[int] = frozenset()
IDLE_ENTRY_US = 24 * 3600 * 1_000_000


@dataclass(slots=True)
class Prepared:
    """A batch that was read, inspected and claimed under one plan, and waits for its release."""

    inspected: Inspected
    verdicts: Verdicts

    @property
    def topics(self) -> list[str]:
        return [run.source.topic for run in self.inspected.batch.runs]


class LaneWork:
    """The work on one lane during one tenure."""

    def __init__(self, hub: HubContext, tenure: Tenure, floods: Floods) -> None:
        self._hub = hub
        self._tenure = tenure
        self._lane = tenure.lane
        self._batch = tenure.state.batch or hub.settings.hub.batch
        self._floods = floods
        self._desk = OrderDesk(hub, tenure, floods, self._decided, self._current)
        self._pulse = Pulse(hub, tenure, self._current)
        self._log = get_logger().bind(lane=tenure.lane)
        self._epoch_seen = time.monotonic()
        self._offsets_at = float("-inf")
        self._offsets_due = True
        self._pace = Pace(hub.settings.hub.batch)
        self.last_progress = time.monotonic()
        self.lag = 0

    async def run(self) -> None:
        """Works until the lane is to be given up; returns with no transaction open. Any trouble is raised."""
        prepared: Prepared | None = None
        while not self._given_up():
            if not self._hub.follower.fresh:
                await self._until_confirmed()
                prepared = None
            elif self._changed():
                prepared = None
                await self._switch()
            elif self._desk.due:
                await self._desk.carry_out(self._batch)
                self.last_progress = time.monotonic()
            elif self._pulse.due:
                undecided = prepared.topics if prepared is not None else ()
                await self._pulse.beat(self._entry(Kind.HEARTBEAT), undecided)
            elif prepared is None:
                prepared = await self._prepare()
                self._desk.batch_done()
                if prepared is None:
                    await self._idle()
            else:
                prepared = await self._write_and_prepare(prepared)
                self._desk.batch_done()
        if self._hub.stopping.is_set():
            await self._commit_offsets()

    def _given_up(self) -> bool:
        return self._hub.stopping.is_set() or self._lane not in self._hub.lease.lanes

    def _current(self) -> bool:
        """Whether what was decided under the rules of this tenure may still be written."""
        return self._hub.follower.fresh and not self._changed()

    def _changed(self) -> bool:
        hub, tenure = self._hub, self._tenure
        return hub.follower.in_force is not tenure.in_force or hub.catalog.version != tenure.catalog_version

    async def _until_confirmed(self) -> None:
        """Decides nothing while the rules in force cannot be confirmed."""
        self._hub.waiting(self._lane, "the rules topic, to confirm its rules")
        while not self._hub.follower.fresh and not self._given_up():
            await self._check_epoch()
            await self._hub.follower.wait(READ_WAIT_S)
        self._hub.waiting(self._lane, "")
        self._read_anew()

    def _read_anew(self) -> None:
        """What was read ahead is forgotten, orders too."""
        self._desk.forget()
        self._tenure.reader.assign(self._tenure.positions())

    async def _switch(self) -> None:
        """Other rules, or other sources: from the next transaction on, and not before."""
        hub, tenure = self._hub, self._tenure
        in_force = hub.follower.in_force
        if in_force is None:
            raise LaneLost(f"lane {self._lane} has no rules that it can run")
        version, sources = hub.catalog.version, hub.sources_for(in_force.executor)
        known = {source.topic_id for source in tenure.sources.values()}
        new = [source for source in sources.values() if source.topic_id not in known]
        positions = dict(tenure.state.positions)
        begins = await tenure.reader.beginnings([source.topic for source in new])
        for source in new:
            positions.setdefault(source.topic_id, Position(source.topic, source.topic_id, begins[source.topic]))
        tenure.state = replace(tenure.state, positions=positions)
        switched = in_force is not tenure.in_force
        tenure.in_force, tenure.sources, tenure.catalog_version = in_force, sources, version
        if switched:
            said = f"activation {in_force.activation.approved}"
            await tenure.log_entry(hub, self._entry(Kind.SWITCHED, said))
            hub.waiting(self._lane, "")
        self._read_anew()
        self._log.info("lane switched", sequence=in_force.activation.sequence, count=len(sources))

    def _entry(self, kind: Kind, reason: str = "") -> Entry:
        in_force = self._tenure.in_force
        return Entry(
            kind=kind,
            decided_us=now_us(),
            process=self._hub.process,
            activation=in_force.activation.sequence,
            plan=in_force.executor.digest,
            suspended=in_force.activation.suspended,
            batch=self._batch,
            reason=reason,
            positions=self._tenure.state.vector(),
        )

    async def _idle(self) -> None:
        """Nothing to do just now. Once a day the log says so, with all positions."""
        if now_us() - self._tenure.state.last_us > IDLE_ENTRY_US:
            await self._tenure.log_entry(self._hub, self._entry(Kind.IDLE))
        await self._commit_offsets()
        await self._measure()

    async def _commit_offsets(self) -> None:
        """The source offsets alone, if any were not committed with a batch."""
        offsets = self._tenure.positions()
        if self._offsets_due and offsets:
            await self._tenure.writer.write({}, offsets, now_us() // 1_000)
            self._offsets_due = False

    async def _prepare(self) -> Prepared | None:
        """The next batch, inspected and claimed; None when nothing came."""
        hub, tenure = self._hub, self._tenure
        limit = self._pace.limit(self._batch)
        skip = self._paused() | {hub.names.orders} if self._desk.full else self._paused()
        found = await tenure.reader.read(limit, hub.settings.hub.batch_bytes, READ_WAIT_S, skip)
        self._desk.take(found.pop(hub.names.orders, ()))
        if not found:
            await self._check_epoch()
            return None
        self._pace.took(sum(map(len, found.values())), len(found))
        batch, unread = await tried(hub, tenure, found) if tenure.suspect else (as_batch(hub, tenure, found), _NONE)
        return await self._claimed(batch, unread)

    async def _claimed(self, batch: Batch, unread: frozenset[int] = _NONE) -> Prepared:
        """A batch, inspected and claimed."""
        tenure = self._tenure
        inspected = gate.inspect(batch, tenure.in_force.executor, unread)
        claims = gate.claims_of(inspected)
        groups = gate.claim_groups(inspected, claims)
        answers = await tenure.store.claim(groups, tenure.epoch, self._lane, tenure.covered)
        if groups:
            self._epoch_seen = time.monotonic()
        else:
            await self._check_epoch()
        return Prepared(inspected, gate.judge(inspected, claims, answers))

    async def _decided(self, batch: Batch, freed: Mapping[int, str]) -> Released:
        """Records of the quarantine on the same path, with the deliveries that a person let go."""
        return await self._released(await self._claimed(batch), freed)

    async def _released(self, prepared: Prepared, freed: Mapping[int, str] = NOTHING_FREED) -> Released:
        """A batch, its persons counted, released."""
        tenure, inspected, verdicts = self._tenure, prepared.inspected, prepared.verdicts
        decided_us = now_us()
        counts = await reserve(tenure.store, tenure.epoch, gate.persons(inspected, verdicts, decided_us, freed))
        return gate.release(inspected, verdicts, decided_us, counts, freed)

    async def _check_epoch(self) -> None:
        """Once in a while: have the claims been lost? Only a lane that claims something notices by that."""
        now = time.monotonic()
        if now - self._epoch_seen > EPOCH_EVERY_S:
            await self._tenure.store.check(self._tenure.epoch)
            self._epoch_seen = now

    async def _write_and_prepare(self, prepared: Prepared) -> Prepared | None:
        """Counts, releases and writes a batch, and meanwhile prepares the next one where that pays."""
        released = await self._released(prepared)
        if released.counts.asked and not self._current():
            return prepared  # the counter took its time: other rules may be in force by now
        if not self._takes(released):
            self._read_anew()
            return None
        if not self._pace.reads_ahead(len(prepared.inspected.batch)):
            await self._write(released)
            return None
        write = asyncio.create_task(self._write(released))
        ahead = asyncio.create_task(self._prepare())
        try:
            await write
            return await ahead
        except BaseException:
            for task in (write, ahead):
                task.cancel()
            with contextlib.suppress(BaseException):
                await asyncio.gather(write, ahead, return_exceptions=True)
            raise

    async def _write(self, released: Released) -> None:
        """One transaction: deliveries, feedback, quarantine, the audit entry, the source offsets."""
        hub, tenure = self._hub, self._tenure
        runs = released.inspected.batch.runs
        offsets = {}
        if time.monotonic() - self._offsets_at > OFFSETS_EVERY_S:
            offsets = tenure.positions() | {run.source.topic: run.offsets[-1] + 1 for run in runs}
        full = hub.settings.hub.batch
        next_batch = min(full, self._batch * 2)
        entry = gate.entry_of(released, hub.process, tenure.in_force.activation.sequence)
        entry = replace(entry, batch=next_batch)
        if tenure.state.wants_vector:
            moved = [Position(run.source.topic, run.source.topic_id, run.offsets[-1] + 1) for run in runs]
            entry = replace(entry, positions=tenure.state.vector(moved))
        written = await tenure.write(hub, entry, bodies_of(released, hub.names), offsets, released)
        self._offsets_due = not offsets
        if offsets:
            self._offsets_at = time.monotonic()
        hub.waiting(self._lane, "")
        self._batch = next_batch
        if next_batch > min(SMALLER_BATCH, full - 1) and not tenure.reader.has_put_back:
            tenure.suspect = False
        self.last_progress = time.monotonic()
        self._pulse.wrote(released)
        tell(hub.metrics, self._lane, released, written.seconds)
        await self._measure()

    def _takes(self, released: Released) -> bool:
        """Whether a batch may be written: not when too much of it would go to quarantine."""
        found = tallies(released)
        bugs = sum(one.bugs for one in found.values())
        if bugs:
            total = len(released.outcomes)
            self._log.error("records fail by an error of ours", reason=Reason.BUG, count=bugs, total=total)
        good = self._floods.takes(time.monotonic(), found)
        self._hub.flooding(self._lane, self._floods.reasons)
        return good

    def _paused(self) -> frozenset[str]:
        """Sources of publishers that are over their quota of claims, or of whom too much fails."""
        hub = self._hub
        held = self._floods.held_back(time.monotonic())
        if EVERYBODY in held:
            return frozenset(topic for topic in self._tenure.sources if topic != hub.names.orders)
        return frozenset(hub.names.incoming(publisher) for publisher in hub.over_quota | held)

    async def _measure(self) -> None:
        """``lag`` is what the lane could work on: a publisher that is paused and named is no lack of progress."""
        every, due = await self._tenure.reader.lag(), await self._tenure.reader.lag(self._paused())
        if every is None or due is None:
            return
        self.lag = due
        self._hub.metrics.lag.labels(self._lane).set(every)
        if not due:
            self.last_progress = time.monotonic()
