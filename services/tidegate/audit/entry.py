"""Audit entries: what a lane's log says. ``coding`` has their bytes."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import accumulate, pairwise

from tidegate.audit.orders import CarriedOut
from tidegate.events.identity import DIGEST_SIZE

NO_SCHEMA = 255
NO_LEVEL = 255
"""The level of a record for which nobody was counted."""


class Kind(StrEnum):
    """What an entry is about; see the schema."""

    TAKEOVER = "TAKEOVER"
    TRANSACTION = "TRANSACTION"
    SWITCHED = "SWITCHED"
    GAP = "GAP"
    IDLE = "IDLE"
    ORDER = "ORDER"
    HEARTBEAT = "HEARTBEAT"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a source goes on."""

    topic: str
    topic_id: str
    next: int


@dataclass(frozen=True, slots=True)
class SourceRange:
    """Which records of one source an entry is about."""

    topic: str
    topic_id: str
    publisher: str
    first: int
    count: int
    next: int


@dataclass(frozen=True, slots=True)
class Remark:
    """What there is to say of one record."""

    record: int
    reason: str = ""
    findings: tuple[str, ...] = ()
    winner: bytes = b""
    held: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one partner was sent. ``up_to_us`` is what a heartbeat said, microseconds since 1970; None for events."""

    partner: str
    count: int
    schemas: Mapping[int, int]
    digest: bytes
    up_to_us: int | None = None


@dataclass(frozen=True, slots=True)
class Counter:
    """How many distinct people an exporter had provided in a calendar year of Asia/Shanghai after a transaction, by
    bucket: personal, sensitive, and the shadows of exempt and Greater Bay Area flows. Of important data it is how many
    distinct events left, where an assessment says of how many it may.
    """

    exporter: str
    year: int
    pi: int
    spi: int
    exempt: int
    gba: int
    important: int = 0


@dataclass(frozen=True, slots=True)
class Columns:
    """What is said of every record, one place per record in each (``documents`` has several).

    ``received`` are when the broker took the records in (LogAppendTime), in milliseconds since 1970; empty in entries
    that were written before it was kept.
    ``levels`` is empty where nobody was counted for any; ``people`` has two places for every record that has a level.
    """

    offsets: array[int] = field(default_factory=lambda: array("I"))
    received: array[int] = field(default_factory=lambda: array("q"))
    outcomes: bytes = b""
    verdicts: bytes = b""
    schema_of: bytes = b""
    identities: bytes = b""
    contents: bytes = b""
    days: array[int] = field(default_factory=lambda: array("i"))
    event_refs: bytes = b""
    equipment: bytes = b""
    document_counts: bytes = b""
    documents: bytes = b""
    set_of: array[int] = field(default_factory=lambda: array("H"))
    levels: bytes = b""
    people: array[int] = field(default_factory=lambda: array("I"))

    def __len__(self) -> int:
        return len(self.outcomes)

    def cut(self, start: int, end: int) -> Columns:
        """The columns of some records."""
        wide = slice(start * DIGEST_SIZE, end * DIGEST_SIZE)
        before = sum(self.document_counts[:start]) * DIGEST_SIZE
        inside = sum(self.document_counts[start:end]) * DIGEST_SIZE
        counted = [2 * sum(level != NO_LEVEL for level in self.levels[:place]) for place in (start, end)]
        return Columns(
            self.offsets[start:end],
            self.received[start:end],
            self.outcomes[start:end],
            self.verdicts[start:end],
            self.schema_of[start:end],
            self.identities[wide],
            self.contents[wide],
            self.days[start:end],
            self.event_refs[wide],
            self.equipment[wide],
            self.document_counts[start:end],
            self.documents[before : before + inside],
            self.set_of[start:end],
            self.levels[start:end],
            self.people[counted[0] : counted[1]],
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. ``lane``, ``sequence`` and ``previous`` are put in when it is chained.

    In an ORDER entry ``taken`` are the records of the orders topic that were read, ``orders`` what came of them; its
    sources and columns are of the records that were decided again or let go, and move no position.
    """

    kind: Kind
    decided_us: int
    process: str
    lane: int = 0
    sequence: int = 0
    previous: bytes = b""
    part: int = 0
    parts: int = 1
    activation: int = -1
    plan: bytes = b""
    suspended: tuple[str, ...] = ()
    digest_key: str = ""
    batch: int = 0
    reason: str = ""
    vector_at: int = -1
    orders_at: int = -1
    positions: tuple[Position, ...] | None = None
    sources: tuple[SourceRange, ...] = ()
    schemas: tuple[int, ...] = ()
    partner_sets: tuple[tuple[str, ...], ...] = ()
    columns: Columns = field(default_factory=Columns)
    remarks: tuple[Remark, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    taken: SourceRange | None = None
    orders: tuple[CarriedOut, ...] = ()
    counters: tuple[Counter, ...] = ()

    @property
    def moves(self) -> tuple[SourceRange, ...]:
        """The sources that go on after this entry."""
        if self.kind is not Kind.ORDER:
            return self.sources
        return () if self.taken is None else (self.taken,)

    def records(self) -> Iterator[tuple[SourceRange, int]]:
        """Source and offset of every record, in release order."""
        place = 0
        for source in self.sources:
            for delta in self.columns.offsets[place : place + source.count]:
                yield source, source.first + delta
            place += source.count

    def digest(self, place: int, column: bytes) -> bytes:
        """The digest of one record in a column of digests."""
        return column[place * DIGEST_SIZE : (place + 1) * DIGEST_SIZE]

    def documents_of(self) -> Iterator[tuple[bytes, ...]]:
        """The document digests of every record."""
        ends = [0, *accumulate(self.columns.document_counts)]
        for start, end in pairwise(ends):
            yield tuple(self.digest(place, self.columns.documents) for place in range(start, end))

    def counts(self) -> Iterator[tuple[int, int, int, int]]:
        """``(record, level, people, people in the sensitive bucket)`` of every record for which people were counted."""
        numbers = iter(self.columns.people)
        for place, level in enumerate(self.columns.levels):
            if level != NO_LEVEL:
                yield place, level, next(numbers), next(numbers)

    def size(self) -> int:
        """About how many bytes the entry takes, rather more than less."""
        per_record = len(self.columns) * (8 * 4 + 5 * DIGEST_SIZE) + 9 * len(self.columns.levels)
        texts = sum(120 + sum(map(len, remark.findings)) + sum(map(len, remark.held)) for remark in self.remarks)
        named = sum(60 + sum(map(len, names)) + 2 * len(names) for names in self.partner_sets)
        places = 160 * (len(self.sources) + len(self.positions or ()) + len(self.deliveries) + len(self.counters))
        asked = sum(200 + 4 * (len(one.reason) + len(one.said)) + sum(map(len, one.freed)) for one in self.orders)
        return 512 + per_record + len(self.columns.documents) + texts + named + places + 5 * len(self.schemas) + asked

    def split(self, limit: int) -> list[Entry]:
        """The entry as parts of at most about ``limit`` bytes each, by halves. The last part carries what is of all."""
        whole = len(self.columns)
        if whole < 2 or self.size() <= limit:
            return [self]
        half = whole // 2
        pieces = [*self._cut(0, half).split(limit), *self._cut(half, whole).split(limit)]
        tail = replace(
            pieces[-1],
            positions=self.positions,
            deliveries=self.deliveries,
            taken=self.taken,
            orders=self.orders,
            counters=self.counters,
        )
        pieces[-1] = tail
        return [replace(piece, part=place, parts=len(pieces)) for place, piece in enumerate(pieces)]

    def _cut(self, start: int, end: int) -> Entry:
        sources = []
        columns = self.columns.cut(start, end)
        place = 0
        for source in self.sources:
            low, high = max(start, place), min(end, place + source.count)
            if low < high:
                last = self.columns.offsets[high - 1] + source.first
                reached = source.next if high == place + source.count else last + 1
                sources.append(replace(source, count=high - low, next=reached))
            place += source.count
        remarks = tuple(
            replace(remark, record=remark.record - start) for remark in self.remarks if start <= remark.record < end
        )
        # Each part names only the sets of partners that it needs: thousands of them may be distinct.
        used = sorted(set(columns.set_of))
        places = {old: new for new, old in enumerate(used)}
        columns = replace(columns, set_of=array("H", [places[old] for old in columns.set_of]))
        return replace(
            self,
            sources=tuple(sources),
            partner_sets=tuple(self.partner_sets[old] for old in used),
            columns=columns,
            remarks=remarks,
            positions=None,
            deliveries=(),
            taken=None,
            orders=(),
            counters=(),
        )
