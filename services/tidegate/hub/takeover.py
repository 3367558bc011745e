"""Takeover: the only way a lane starts, and the answer to every trouble.

1. The lease is held.
2. The lane's producer starts: whoever wrote the lane before is fenced, an open transaction of theirs ends.
3. Nothing of theirs is open in the lane's log any more, and it is read from its end: positions, head of the chain,
   batch size.
4. The reader is put at these positions.
5. The lease is still held, the claim store is of a known epoch, the rules are read to their end, and nothing is open
   in any topic that the lane writes.
6. A takeover entry is written, in a transaction of its own.
7. The gate opens: the ``Tenure`` is given to whoever works the lane.

Nothing of an earlier attempt is used again: producer, reader, Redis client, positions and head are all new.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from tidegate import audit
from tidegate.audit import Entry, Kind, LaneState, Position
from tidegate.broker.reader import LaneReader
from tidegate.broker.writer import LaneWriter, Written
from tidegate.claims import ClaimStore
from tidegate.errors import LaneLost
from tidegate.gate import Released, Source
from tidegate.gate.bodies import body
from tidegate.hub.context import HubContext, now_us
from tidegate.hub.counting import SubjectsWritten, rebuild_people
from tidegate.hub.following import InForce
from tidegate.hub.rebuilding import rebuild
from tidegate.telemetry import get_logger

SMALLER_BATCH = 64
"""How many records a batch takes after one takeover that found no progress; after another it takes one. Batches of a
lane that comes with one so small are tried in a child process first."""
EPOCH_WAIT_S = 1.0
"""How long a transaction may stay open for the answer whether its reservations still stand."""


@dataclass
class Tenure:
    """A lane between a takeover and its drop. All of it is thrown away together."""

    lane: int
    writer: LaneWriter
    reader: LaneReader
    store: ClaimStore
    epoch: str
    in_force: InForce
    sources: dict[str, Source]
    catalog_version: int
    state: LaneState = field(default_factory=LaneState)
    covered: int = -1
    """Audit offset up to which this lane's claims were committed."""
    subjects: SubjectsWritten = field(default_factory=SubjectsWritten)
    suspect: bool = False
    """Whether something among the next records may kill the process that inspects them."""

    async def log_entry(self, hub: HubContext, entry: Entry) -> None:
        """Writes one entry in a transaction of its own."""
        await self.write(hub, entry, {}, {})

    async def write(
        self,
        hub: HubContext,
        entry: Entry,
        bodies: Mapping[str, list[bytes]],
        offsets: Mapping[str, int],
        released: Released | None = None,
    ) -> Written:
        """Writes an entry with what belongs to it, all or nothing, and moves the state on once it is committed.

        Of a ``released`` batch the persons that were counted are written too, and what was reserved has to stand still.
        """
        check = None
        if released is not None and released.counts.asked:
            check = partial(self.store.check, self.epoch, EPOCH_WAIT_S)
            bodies = {**bodies, **self.subjects.bodies(released, hub.names.subjects)}
        state, key_id = self.state, self.in_force.executor.key_id
        entry = replace(entry, vector_at=state.vector_at, orders_at=state.orders_at, digest_key=key_id)
        values, head = audit.seal(entry, self.lane, self.state.head)
        key = str(self.lane).encode()
        topic = hub.names.audit
        everything = {**bodies, topic: [body(key, value) for value in values]}
        written = await self.writer.write(everything, offsets, now_us() // 1_000, check)
        self.subjects.committed()
        offset = written.offsets[topic]
        self.state = self.state.after(values, entry, offset, head)
        self.covered = offset + len(values) - 1
        return written

    def positions(self) -> dict[str, int]:
        """Where to read on, by topic."""
        return {source.topic: self.state.positions[source.topic_id].next for source in self.sources.values()}

    async def drop(self) -> None:
        await asyncio.gather(self.writer.drop(), self.reader.drop(), self.store.drop())


async def take_over(hub: HubContext, lane: int, reason: str) -> Tenure:
    """Steps 1 to 6. Raises ``LaneLost``, or what a dependency raises; nothing of it is left behind then."""
    began = time.monotonic()
    kafka, limits = hub.settings.kafka, hub.settings.lane
    if not await hub.lease.held(lane):
        raise LaneLost(f"lane {lane} is not held")
    writer = LaneWriter(kafka, limits, lane)
    reader = LaneReader(kafka, limits, lane)
    store = ClaimStore(hub.settings.redis, hub.namespace)
    try:
        await writer.start()
        await reader.start()
        await _ended(hub, lane, [hub.names.audit])
        state = await _read_tail(hub, reader)
        in_force, sources, version = await _rules_and_sources(hub, lane)
        await _ended(hub, lane, _written(hub, in_force))
        state, gaps = await _placed(hub, reader, state, sources, lane)
        await store.start()
        epoch = await _claims_open(hub, lane, store, reader, in_force)
        if not await hub.lease.held(lane):
            raise LaneLost(f"lane {lane} was lost while it was taken over")
        tenure = Tenure(lane, writer, reader, store, epoch, in_force, sources, version, state)
        reader.assign(tenure.positions())
        batch, tenure.suspect = await _batch(hub, tenure, reader)
        for gap in gaps:
            await tenure.log_entry(hub, replace(gap, process=hub.process, batch=batch))
        await tenure.log_entry(hub, _takeover_entry(hub, tenure, batch, reason))
    except BaseException:
        await asyncio.gather(writer.drop(), reader.drop(), store.drop())
        raise
    seconds = time.monotonic() - began
    hub.metrics.takeovers.labels(lane, reason).inc()
    hub.metrics.takeover.labels(lane).observe(seconds)
    get_logger().info("lane taken over", lane=lane, reason=reason, batch=batch, seconds=round(seconds, 3))
    return tenure


def _takeover_entry(hub: HubContext, tenure: Tenure, batch: int, reason: str) -> Entry:
    activation = tenure.in_force.activation
    if tenure.state.activation != activation.sequence:
        reason = f"{reason}; activation {activation.approved}"  # no SWITCHED entry will say it
    return Entry(
        kind=Kind.TAKEOVER,
        decided_us=now_us(),
        process=hub.process,
        activation=activation.sequence,
        plan=tenure.in_force.executor.digest,
        suspended=activation.suspended,
        batch=batch,
        reason=reason,
        positions=tenure.state.vector(),
    )


def _written(hub: HubContext, in_force: InForce) -> list[str]:
    """Every topic that a lane writes under some rules. A suspended partner's is not waited for."""
    plan, names = in_force.executor.plan, hub.names
    partners = plan.partners.keys() - set(in_force.activation.suspended)
    return [names.quarantine, names.subjects, *map(names.out, partners), *map(names.feedback, plan.publishers)]


async def _ended(hub: HubContext, lane: int, topics: list[str]) -> None:
    """Waits until no transaction is open in this lane's partitions of some topics.

    Nobody but this lane's producer writes them, and its start has ended what was open. A broker that loses the end of a
    transaction leaves it open nevertheless (KAFKA-20734, in Kafka 4.3 and 4.4: a partition without a leader counts as
    deleted). The tail of the log then hides entries that the next commit would show: the log would fork, and what they
    delivered would be delivered twice.
    """
    while unfinished := await hub.cluster.unfinished(topics, lane):
        hub.waiting(
            lane,
            f"the end of a transaction that nobody writes any more, in partition {lane} of {', '.join(unfinished)}: "
            "the broker has lost it; find it with 'kafka-transactions.sh find-hanging', end it everywhere with "
            "'kafka-transactions.sh abort', and the lane goes on",
        )
        await _still_held(hub, lane)
        await asyncio.sleep(0.5)


async def _read_tail(hub: HubContext, reader: LaneReader) -> LaneState:
    """What the log says: from the last entry that has positions on."""
    log = reader.log(hub.names.audit)
    records = await log.tail()
    if not records:
        return LaneState()
    last = audit.from_bytes(records[-1].value)
    start = records[-1].offset if last.positions is not None else last.vector_at
    entries = [
        (record.offset, record.value, audit.from_bytes(record.value))
        async for record in log.read(start, records[-1].offset + 1)
    ]
    return audit.replay_tail(entries)


async def _rules_and_sources(hub: HubContext, lane: int) -> tuple[InForce, dict[str, Source], int]:
    """Waits until rules are in force and the sources are known: before that a lane reads nothing."""
    while True:
        in_force = hub.follower.in_force
        if in_force is not None and hub.follower.fresh and hub.catalog.ready.is_set():
            return in_force, hub.sources_for(in_force.executor), hub.catalog.version
        if hub.follower.failure is not None:
            hub.waiting(lane, f"rules that can be run here ({hub.follower.failure})")
        else:
            hub.waiting(lane, "rules in force" if in_force is None else "the rules topic, to confirm its rules")
        await _still_held(hub, lane)
        await hub.follower.wait(hub.settings.lane.rules_confirm_s)


async def _still_held(hub: HubContext, lane: int) -> None:
    if hub.stopping.is_set() or lane not in hub.lease.lanes:
        raise LaneLost(f"lane {lane} was given up while it was taken over")


async def _placed(
    hub: HubContext, reader: LaneReader, state: LaneState, sources: Mapping[str, Source], lane: int
) -> tuple[LaneState, list[Entry]]:
    """The state with a position for every source, and an entry for each source that lost records unread."""
    begins = await reader.beginnings(sorted(sources))
    ends = await reader.ends(sorted(sources))
    # The group's offsets serve every lag tool. Here they count only where there is no log at all: they expire, vanish
    # with the topic, and are stale right after a commit.
    committed = await hub.lease.committed(sorted(sources), lane)
    without_log = not state.head.sequence
    positions = dict(state.positions)
    gaps: list[Entry] = []
    for topic, source in sources.items():
        begin = begins[topic]
        known = positions.get(source.topic_id)
        at = begin if known is None else known.next
        if known is None and without_log:
            at = committed.get(topic, begin)
        if known is not None and committed.get(topic, at) != at:
            get_logger().warning(
                "the group's offset differs from the audit, and the audit wins",
                lane=lane, topic=topic, position=at, found=committed[topic],
            )  # fmt: skip
        there = min(max(at, begin), max(begin, ends[topic]))
        if known is not None and there != at:
            gaps.append(_gap(source, at, there))
        positions[source.topic_id] = Position(topic, source.topic_id, there)
    # A lane that waits for Redis reads nothing, and what comes meanwhile is its backlog.
    waiting = sum(max(0, ends[topic] - positions[source.topic_id].next) for topic, source in sources.items())
    hub.metrics.lag.labels(lane).set(waiting)
    return replace(state, positions=positions), gaps


def _gap(source: Source, at: int, there: int) -> Entry:
    """Records that retention took before they were read, or that the broker itself lost. Nothing else loses one."""
    reason = "retention" if there > at else "truncated"
    get_logger().error(
        "a source does not have the record that comes next", topic=source.topic, position=at, found=there, reason=reason
    )
    lost = audit.SourceRange(source.topic, source.topic_id, source.publisher, at, 0, there)
    return Entry(kind=Kind.GAP, decided_us=now_us(), process="", sources=(lost,), reason=reason)


async def _batch(hub: HubContext, tenure: Tenure, reader: LaneReader) -> tuple[int, bool]:
    """How many records a batch may take, fewer after a takeover that found nothing done since the one before it; and
    whether its records are suspect."""
    full = hub.settings.hub.batch
    before = min(tenure.state.batch or full, full)
    if tenure.state.progressed or not await _has_lag(tenure, reader):
        return before, before < full and before <= SMALLER_BATCH
    return min(SMALLER_BATCH, full) if before > SMALLER_BATCH else 1, True


async def _has_lag(tenure: Tenure, reader: LaneReader) -> bool:
    ends = await reader.ends(sorted(source.topic for source in tenure.sources.values()))
    return any(ends[topic] > at for topic, at in tenure.positions().items())


async def _claims_open(hub: HubContext, lane: int, store: ClaimStore, reader: LaneReader, in_force: InForce) -> str:
    """The epoch of the claim store, once it is open. A store that lost its claims gets this lane's back first."""
    standing = await store.join()
    if standing.is_open:
        return standing.epoch
    log = get_logger().bind(lane=lane, epoch=standing.epoch)
    hub.waiting(lane, "the claims of all lanes to be written back")
    covered = await store.covered(lane)
    if hub.settings.redis.on_claims_lost == "rebuild":
        horizons = {name: one.plan.horizon_s for name, one in in_force.executor.publishers.items()}
        count = await rebuild(store, standing.epoch, reader.log(hub.names.audit), horizons, now_us(), covered=covered)
        log.info("claims written back", claims=count)
    else:
        log.error("claims were lost and are not written back (on_claims_lost = go_on): duplicates may pass")
    people = await rebuild_people(store, standing.epoch, reader.log(hub.names.subjects), now_us())
    log.info("people written back", count=people)
    while True:
        is_open, done = await store.done(standing.epoch, lane, hub.lanes)
        hub.metrics.rebuild.set(-1 if is_open else done)
        if is_open:
            return standing.epoch
        await _still_held(hub, lane)
        await asyncio.sleep(0.1)
