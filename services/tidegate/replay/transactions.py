"""The transactions of a lane that touch a window, from its audit, with the source records they took in."""

from __future__ import annotations

from array import array
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import chain, groupby
from typing import Any

from tidegate import audit
from tidegate.audit import Entry, Kind, Remark
from tidegate.broker.logs import PartitionLog, open_log
from tidegate.gate import Counts, Reason, Run, Verdict, Verdicts, source_of
from tidegate.quarantine.book import last_orders_at
from tidegate.settings import KafkaSettings

CLOCK_MARGIN_MS = 60_000
"""How much earlier than the window's first record an audit entry about it may be stamped: brokers' clocks differ."""


@dataclass
class Transaction:
    """One transaction of a lane: its entry, put together from its parts, and the records it was about.

    ``missing`` counts records that the source topic no longer has; then nothing can be recomputed.
    """

    entry: Entry
    runs: list[Run]
    missing: int = 0
    remarks: dict[int, Remark] = field(default_factory=dict)

    def verdicts(self) -> Verdicts:
        """The claim verdicts as they were found then."""
        found = [Verdict(number) for number in self.entry.columns.verdicts]
        winners = {place: remark.winner for place, remark in self.remarks.items() if remark.winner}
        return Verdicts(found, winners)

    @property
    def again(self) -> bool:
        """Whether its records were in quarantine, and were decided again or let go: they were counted before."""
        return self.entry.kind is Kind.ORDER

    def freed(self) -> dict[int, str]:
        """The deliveries that a person let go, by place of the record."""
        return {one.record: one.partner for one in self.entry.orders if one.partner and one.record >= 0}

    def counts(self) -> Counts:
        """What the counter answered then. A bug of then stays one: nobody can tell what it kept from being asked."""
        found = list(self.entry.counts())
        return Counts(
            {place: level for place, level, _, _ in found},
            {place: (people, sensitive) for place, _, people, sensitive in found},
            bugs=frozenset(place for place, remark in self.remarks.items() if remark.reason == Reason.BUG),
        )

    def places(self) -> Iterator[tuple[int, int]]:
        """``(place, timestamp)`` of every record."""
        return enumerate(timestamp for run in self.runs for timestamp in run.timestamps)

    def partners_of(self, place: int) -> tuple[str, ...]:
        """Which partners were sent a record."""
        return self.entry.partner_sets[self.entry.columns.set_of[place]]


async def transactions(
    kafka: KafkaSettings, audit_topic: str, topics: dict[str, str], lane: int, from_ms: int, to_ms: int
) -> AsyncIterator[Transaction]:
    """Transactions of a lane with at least one record whose timestamp is in ``[from_ms, to_ms)``, in order; and those
    of heartbeats that were sent then.

    ``topics`` are the ids of the source topics by name: a topic made anew does not hold what the old one held.
    """
    async with AsyncExitStack() as stack:
        log = await stack.enter_async_context(open_log(kafka, audit_topic, lane))
        sources: dict[str, _SourceRecords] = {}
        bounds: dict[str, tuple[int, int]] = {}
        for topic in topics:
            source = await stack.enter_async_context(open_log(kafka, topic, lane))
            bounds[topic] = await _offsets(source, from_ms, to_ms)
            sources[topic] = _SourceRecords(source)
        behind = -1
        async for offset, entry in _entries(log, from_ms - CLOCK_MARGIN_MS):
            touched = _is_heartbeat(entry, from_ms, to_ms) or any(
                _touches(one, bounds, topics) for one in entry.sources
            )
            if touched:
                yield await _with_records(entry, sources, topics)
            elif entry.decided_us >= to_ms * 1_000 and all(_passed(topic, bounds[topic], entry) for topic in topics):
                behind = offset
                break
        # What was in quarantine may have been decided again, or let go, long after all else of the window.
        for entry in await _orders_behind(log, behind) if behind >= 0 else ():
            if any(_touches(one, bounds, topics) for one in entry.sources):
                yield await _with_records(entry, sources, topics)


async def _offsets(log: PartitionLog, from_ms: int, to_ms: int) -> tuple[int, int]:
    """The offsets of a window of time: first in it, first after it."""
    _, end = await log.bounds()
    first, after = await log.offset_at(from_ms), await log.offset_at(to_ms)
    return (end if first is None else first), (end if after is None else after)


def _touches(one: audit.SourceRange, bounds: dict[str, tuple[int, int]], topics: dict[str, str]) -> bool:
    if topics.get(one.topic) != one.topic_id:
        return False
    first, after = bounds[one.topic]
    return one.count > 0 and one.first < after and one.next > first


def _is_heartbeat(entry: Entry, from_ms: int, to_ms: int) -> bool:
    return entry.kind is Kind.HEARTBEAT and from_ms * 1_000 <= entry.decided_us < to_ms * 1_000


def _passed(topic: str, window: tuple[int, int], entry: Entry) -> bool:
    """Whether a lane's log says at this entry that a source has been read past the window."""
    if entry.positions is None:
        return False
    return any(one.topic == topic and one.next >= window[1] for one in entry.positions)


async def _orders_behind(log: PartitionLog, offset: int) -> list[Entry]:
    """The entries with orders behind an offset, without reading what lies between them."""
    found: list[Entry] = []
    at = await last_orders_at(log)
    while at > offset:
        last = await log.at(at)
        if last is None:
            break
        entry = audit.from_bytes(last.value)
        parts = [audit.from_bytes(record.value) async for record in log.read(at - entry.part, at + 1)]
        found.append(_joined(parts))
        at = entry.orders_at
    return found[::-1]


async def _entries(log: PartitionLog, from_ms: int) -> AsyncIterator[tuple[int, Entry]]:
    """Entries from a time on, each with the offset of its end; a split one as one entry."""
    begin, end = await log.bounds()
    start = await log.offset_at(from_ms)
    if start is None:
        return
    parts: list[Entry] = []
    async for record in log.read(max(begin, start), end):
        entry = audit.from_bytes(record.value)
        if entry.part == 0:
            parts = []
        parts.append(entry)
        if len(parts) == entry.parts and entry.kind is not Kind.GAP:
            yield record.offset, _joined(parts)


def _joined(parts: list[Entry]) -> Entry:
    """A split entry put together again."""
    if len(parts) == 1:
        return parts[0]
    last = parts[-1]
    sets = {names: place for place, names in enumerate(dict.fromkeys(n for part in parts for n in part.partner_sets))}
    set_of = array("H", [sets[part.partner_sets[place]] for part in parts for place in part.columns.set_of])
    remarks: list[Remark] = []
    before = 0
    for part in parts:
        remarks += [Remark(one.record + before, one.reason, one.findings, one.winner, one.held) for one in part.remarks]
        before += len(part.columns)
    offsets = array("I")
    sources = []
    for topic, pieces in groupby(_ranges(parts), key=lambda piece: piece[0].topic_id):
        del topic
        found = list(pieces)
        first = found[0][0].first
        offsets.extend(offset - first for one, deltas in found for offset in (one.first + delta for delta in deltas))
        whole = sum(one.count for one, _ in found)
        sources.append(
            audit.SourceRange(
                found[0][0].topic, found[0][0].topic_id, found[0][0].publisher, first, whole, found[-1][0].next
            )
        )
    columns = audit.Columns(
        offsets=offsets,
        received=array("q", chain.from_iterable(part.columns.received for part in parts)),
        outcomes=b"".join(part.columns.outcomes for part in parts),
        verdicts=b"".join(part.columns.verdicts for part in parts),
        set_of=set_of,
        levels=b"".join(part.columns.levels for part in parts),
        people=array("I", [number for part in parts for number in part.columns.people]),
    )
    return audit.Entry(
        kind=last.kind,
        decided_us=last.decided_us,
        process=last.process,
        lane=last.lane,
        sequence=last.sequence,
        activation=last.activation,
        plan=last.plan,
        suspended=last.suspended,
        digest_key=last.digest_key,
        positions=last.positions,
        sources=tuple(sources),
        partner_sets=tuple(sets),
        columns=columns,
        remarks=tuple(remarks),
        deliveries=last.deliveries,
        orders=last.orders,
        counters=last.counters,
    )


def _ranges(parts: list[Entry]) -> Iterator[tuple[audit.SourceRange, array[int]]]:
    for part in parts:
        place = 0
        for one in part.sources:
            yield one, part.columns.offsets[place : place + one.count]
            place += one.count


class _SourceRecords:
    """Records of one source, asked for in the order of their offsets; but for those that were in quarantine."""

    def __init__(self, log: PartitionLog) -> None:
        self._log = log
        self._records: AsyncIterator[Any] | None = None
        self._next: Any = None

    async def take(self, wanted: list[int]) -> dict[int, Any]:
        """Those of some records that are still there."""
        found: dict[int, Any] = {}
        if self._records is None or self._next is None or self._next.offset > wanted[0]:
            begin, end = await self._log.bounds()
            self._records = self._log.read(min(max(begin, wanted[0]), end), end)
            self._next = await anext(self._records, None)
        needed = set(wanted)
        while self._next is not None and self._next.offset <= wanted[-1]:
            if self._next.offset in needed:
                found[self._next.offset] = self._next
            self._next = await anext(self._records, None)
        return found


async def _with_records(entry: Entry, sources: dict[str, _SourceRecords], topics: dict[str, str]) -> Transaction:
    """A transaction with the records that its entry names."""
    runs, missing = [], 0
    offsets = entry.records()
    for said in entry.sources:
        wanted = [offset for _, (_, offset) in zip(range(said.count), offsets, strict=False)]
        run = Run(source_of(said.topic, said.topic_id, said.publisher))
        there = await sources[said.topic].take(wanted) if wanted and topics.get(said.topic) == said.topic_id else {}
        missing += len(set(wanted)) - len(there)
        for offset in wanted:
            record = there.get(offset)
            if record is not None:
                run.offsets.append(offset)
                run.timestamps.append(record.timestamp)
                run.keys.append(record.key)
                run.values.append(record.value)
                run.headers.append(record.headers)
        runs.append(run)
    return Transaction(entry, runs, missing, {remark.record: remark for remark in entry.remarks})
