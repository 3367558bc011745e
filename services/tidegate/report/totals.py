"""Totals of a period, added up from the audit of every lane; they refuse to be whole where the audit is not.

Each entry is checked against the one before it and against itself: the records of its columns, its sources and its
deliveries are three counts of the same thing. A sum that does not hold is a gap, and is named.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tidegate import audit
from tidegate.audit import CarriedOut, Entry, Head, Kind
from tidegate.gate import Outcome
from tidegate.law import Bucket

NO_LAWFUL_GRANT = "no_lawful_grant"
"""Why a record was withheld of which the audit says no more: no grant held, or nothing that was granted may leave."""


@dataclass(frozen=True, slots=True)
class Period:
    """Decisions from a moment on, up to another, exclusive; microseconds since 1970."""

    from_us: int
    to_us: int

    def holds(self, moment_us: int) -> bool:
        return self.from_us <= moment_us < self.to_us


@dataclass(frozen=True, slots=True)
class Gap:
    """Where the audit of a lane is not whole: a report over it would be a guess."""

    lane: int | None
    sentence: str

    def __str__(self) -> str:
        return self.sentence if self.lane is None else f"lane {self.lane}: {self.sentence}"


@dataclass
class LaneTotals:
    """What one lane's entries of the period were: how many, from which to which, and the digest of the last."""

    entries: int = 0
    first: int = -1
    last: int = -1
    digest: bytes = b""


@dataclass
class Totals:
    """Sums of a period. Keys name parties and codes; no field value is in an audit entry."""

    period: Period
    lanes: dict[int, LaneTotals] = field(default_factory=dict)
    outcomes: Counter[tuple[str, Outcome]] = field(default_factory=Counter)
    """Records by exporter and outcome."""
    deliveries: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Deliveries by exporter, recipient and plan."""
    schemas: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    """Deliveries by recipient, plan and the id of their schema."""
    reasons: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Records that did not leave, or waited, by exporter, outcome and reason."""
    held: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Deliveries that wait for a person, by exporter, recipient and reason."""
    lost: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Records that a source lost before they were read, by topic and reason."""
    people: dict[tuple[str, int, Bucket], int] = field(default_factory=dict)
    """Distinct people, of IMPORTANT distinct events, by exporter, calendar year and bucket, as the last counter of the
    period has them. Whom two lanes counted is one: the counter is the exporter's, and the highest is the newest."""
    orders: list[tuple[int, CarriedOut]] = field(default_factory=list)
    """What operators asked about single records and what came of it, with the moment. Records that they had decided
    again are counted once, by what first became of them; what then left is among the deliveries."""
    activations: set[int] = field(default_factory=set)
    plans: set[str] = field(default_factory=set)
    gaps: list[Gap] = field(default_factory=list)

    @property
    def records(self) -> int:
        return sum(self.outcomes.values())

    @property
    def exporters(self) -> frozenset[str]:
        """Whose records were decided in the period, or left in it by an order about earlier ones."""
        return frozenset({one for one, _ in self.outcomes} | {one for one, _, _ in self.deliveries})

    @property
    def delivered(self) -> int:
        return sum(self.deliveries.values())


class LaneReader:
    """Takes the entries of one lane in their order."""

    def __init__(self, totals: Totals, lane: int) -> None:
        self._totals = totals
        self._lane = lane
        self._head: Head | None = None
        self._sent: Counter[str] = Counter()

    def take(self, value: bytes, entry: Entry) -> None:
        """One entry, of the period or before it; what comes after the period is not asked for."""
        self._chain(value, entry)
        if not self._totals.period.holds(entry.decided_us):
            return
        lane = self._totals.lanes.setdefault(self._lane, LaneTotals())
        lane.first = entry.sequence if lane.first < 0 else lane.first
        lane.last, lane.entries = entry.sequence, lane.entries + 1
        lane.digest = audit.digest_of(value)
        if entry.activation >= 0:
            self._totals.activations.add(entry.activation)
        for counter in entry.counters:
            for bucket in Bucket:
                key = counter.exporter, counter.year, bucket
                count: int = getattr(counter, bucket.lower())
                self._totals.people[key] = max(count, self._totals.people.get(key, 0))
        self._totals.orders += [(entry.decided_us, one) for one in entry.orders]
        if entry.kind is Kind.GAP:
            for source in entry.sources:
                self._totals.lost[source.topic, entry.reason] += source.count
        elif entry.kind is not Kind.HEARTBEAT and (len(entry.columns) or entry.deliveries):
            self._transaction(entry)

    def _gap(self, sentence: str) -> None:
        self._totals.gaps.append(Gap(self._lane, sentence))

    def _chain(self, value: bytes, entry: Entry) -> None:
        if self._head is None and entry.sequence:
            if self._totals.period.holds(entry.decided_us):
                self._gap(
                    f"the audit begins with entry {entry.sequence} of {_moment(entry.decided_us)}; those before it are "
                    "no longer there, and some may be of this period"
                )
        elif self._head is not None and entry.sequence != self._head.sequence:
            lost = entry.sequence - self._head.sequence
            said = (
                f"entries {self._head.sequence} to {entry.sequence - 1} are missing" if lost > 0 else "entries repeat"
            )
            self._gap(f"{said}, before {_moment(entry.decided_us)}")
        elif self._head is not None and entry.previous != self._head.digest:
            self._gap(f"entry {entry.sequence} of {_moment(entry.decided_us)} does not follow the one before it")
        self._head = Head(entry.sequence + 1, audit.digest_of(value))

    def _transaction(self, entry: Entry) -> None:
        totals, plan = self._totals, entry.plan.hex()
        totals.plans.add(plan)
        publishers = [source.publisher for source in entry.sources for _ in range(source.count)]
        if len(publishers) != len(entry.columns):
            self._gap(f"entry {entry.sequence} has {len(entry.columns)} records, its sources {len(publishers)}")
            return
        remarks = {remark.record: remark for remark in entry.remarks}
        for place, (publisher, number) in enumerate(zip(publishers, entry.columns.outcomes, strict=True)):
            outcome, remark = Outcome(number), remarks.get(place)
            for partner in entry.partner_sets[entry.columns.set_of[place]]:
                totals.deliveries[publisher, partner, plan] += 1
                self._sent[partner] += 1
            if entry.kind is Kind.ORDER:
                continue
            totals.outcomes[publisher, outcome] += 1
            if outcome is not Outcome.RELEASED:
                reason = remark.reason if remark is not None and remark.reason else ""
                totals.reasons[publisher, outcome.word, reason or _usual(outcome)] += 1
            for held in remark.held if remark is not None else ():
                partner, _, reason = held.partition(" ")
                totals.held[publisher, partner, reason] += 1
        if entry.part + 1 == entry.parts:
            self._reconcile(entry, plan)

    def _reconcile(self, entry: Entry, plan: str) -> None:
        """The last part of a transaction says what each partner was sent; its records say it too."""
        said = {one.partner: one.count for one in entry.deliveries}
        if said != {partner: count for partner, count in self._sent.items() if count}:
            self._gap(
                f"entry {entry.sequence} of {_moment(entry.decided_us)} says that {sum(said.values())} deliveries were "
                f"made, and its records {sum(self._sent.values())}"
            )
        for one in entry.deliveries:
            if sum(one.schemas.values()) != one.count:
                self._gap(f"entry {entry.sequence} has other counts by schema than deliveries to {one.partner}")
            for schema_id, count in one.schemas.items():
                self._totals.schemas[one.partner, plan, schema_id] += count
        self._sent.clear()


def _usual(outcome: Outcome) -> str:
    return {Outcome.WITHHELD: NO_LAWFUL_GRANT, Outcome.HELD: "waits_for_a_person"}.get(outcome, outcome.word)


def _moment(at_us: int) -> str:
    return datetime.fromtimestamp(at_us / 1e6, tz=UTC).isoformat(timespec="seconds")
