"""Searching entries of the audit for the records of one publisher. Pure: entries in, what they say of records out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tidegate.audit import NO_SCHEMA, Entry, Kind, Remark, SourceRange
from tidegate.events.identity import DIGEST_SIZE
from tidegate.gate import Outcome, Verdict


@dataclass(frozen=True, slots=True)
class Window:
    """When records came in: from, inclusive, to, exclusive; milliseconds since 1970, None for no limit."""

    since_ms: int | None = None
    until_ms: int | None = None

    def holds(self, at_ms: int) -> bool:
        after = self.since_ms is None or at_ms >= self.since_ms
        return after and (self.until_ms is None or at_ms < self.until_ms)


ALL_TIME = Window()
_FEW = 8
"""How many digests are looked for one after the other; of more it is asked of each record whether it has one."""


@dataclass(frozen=True, slots=True)
class Needle:
    """What is looked for in entries whose digests were made with one key: event references, containers."""

    event_refs: frozenset[bytes] = frozenset()
    equipment: frozenset[bytes] = frozenset()


Needles: TypeAlias = Callable[[str], Needle]
"""The needle for a key id of the keyring."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What the audit says of one record. No field value is in it.

    ``received_ms`` is LogAppendTime, milliseconds since 1970; None in entries that were written before it was kept.
    ``schema_id`` is the writer's schema, None where the record had none that is known. ``delivered`` are, by partner,
    the schema ids of all that it was sent in this transaction. ``by_order``: it was in quarantine, and an operator had
    it decided again or let go; ``let_go`` is the one partner whose held delivery that was about, if any. ``level`` is
    that of the exporter's counts with it, None where nobody was counted. ``entry`` and ``place`` are the number of the
    entry in the lane's log, and the record's place in it.
    """

    source: SourceRange
    lane: int
    offset: int
    received_ms: int | None
    decided_us: int
    outcome: Outcome
    verdict: Verdict
    identity: bytes
    event_ref: bytes
    schema_id: int | None
    remark: Remark
    partners: tuple[str, ...]
    activation: int
    plan: str
    suspended: tuple[str, ...]
    key_id: str
    by_container: bool
    by_order: bool
    let_go: str
    level: int | None
    entry: int
    place: int
    delivered: Mapping[str, frozenset[int]]

    @property
    def decision(self) -> tuple[int, int, int]:
        """Where the audit tells of it. A record may be decided more than once, and twice in one entry, when deliveries
        of it to two partners are let go together.
        """
        return self.lane, self.entry, self.place

    @property
    def at_ms(self) -> int:
        """When it came in, as well as the audit knows."""
        return self.decided_us // 1_000 if self.received_ms is None else self.received_ms


def decided_in(parts: Sequence[Entry], publisher: str, needles: Needles) -> Iterator[Decided]:
    """The records of a publisher that are looked for in an entry, given as all of its parts."""
    delivered = {one.partner: frozenset(one.schemas) for one in parts[-1].deliveries}
    let_go = {one.record: one.partner for one in parts[-1].orders if one.partner}
    before = 0
    for part in parts:
        remarks = {one.record: one for one in part.remarks}
        levels = {place: level for place, level, _, _ in part.counts()}
        start = 0
        for source in part.sources:
            end = start + source.count
            if source.publisher == publisher:
                needle = needles(part.digest_key)
                by_container = set(_places(part.columns.equipment, start, end, needle.equipment))
                for place in sorted(
                    by_container.union(_places(part.columns.event_refs, start, end, needle.event_refs))
                ):
                    about = _About(
                        remarks.get(place, Remark(place)),
                        let_go.get(before + place, ""),
                        levels.get(place),
                        place in by_container,
                    )
                    yield _decided(part, source, about, delivered)
            start = end
        before += len(part.columns)


def _places(column: bytes, start: int, end: int, digests: frozenset[bytes]) -> Iterator[int]:
    """The records from ``start`` up to ``end`` that have one of some digests in a column of them."""
    if len(digests) > _FEW:
        yield from (n for n in range(start, end) if column[n * DIGEST_SIZE : (n + 1) * DIGEST_SIZE] in digests)
        return
    for digest in digests:
        at = column.find(digest, start * DIGEST_SIZE, end * DIGEST_SIZE)
        while at >= 0:
            if at % DIGEST_SIZE == 0:  # else it only looks so: the end of one digest and the beginning of the next
                yield at // DIGEST_SIZE
            at = column.find(digest, at + 1, end * DIGEST_SIZE)


@dataclass(frozen=True, slots=True)
class _About:
    """What an entry says of one record beside its columns."""

    remark: Remark
    let_go: str
    level: int | None
    by_container: bool


def _decided(entry: Entry, source: SourceRange, about: _About, delivered: Mapping[str, frozenset[int]]) -> Decided:
    columns, place = entry.columns, about.remark.record
    schema = columns.schema_of[place]
    partners = entry.partner_sets[columns.set_of[place]]
    return Decided(
        source=source,
        lane=entry.lane,
        offset=source.first + columns.offsets[place],
        received_ms=columns.received[place] if columns.received else None,
        decided_us=entry.decided_us,
        outcome=Outcome(columns.outcomes[place]),
        verdict=Verdict(columns.verdicts[place]),
        identity=entry.digest(place, columns.identities),
        event_ref=entry.digest(place, columns.event_refs),
        schema_id=None if schema == NO_SCHEMA else entry.schemas[schema],
        remark=about.remark,
        partners=partners,
        activation=entry.activation,
        plan=entry.plan.hex(),
        suspended=entry.suspended,
        key_id=entry.digest_key,
        by_container=about.by_container,
        by_order=entry.kind is Kind.ORDER,
        let_go=about.let_go,
        level=about.level,
        entry=entry.sequence,
        place=place,
        delivered={name: delivered.get(name, frozenset()) for name in partners},
    )
