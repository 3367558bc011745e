"""Tables of a report, from totals and from the rules that the audit names."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias

from tidegate.gate import OUTCOMES, Outcome
from tidegate.law import Action, Bucket
from tidegate.law.obligations import Obligation, State
from tidegate.report.totals import Totals
from tidegate.rules import Plan
from tidegate.rules.activations import Activation, Ledger
from tidegate.rules.plan import Verdict, every_view

Cell: TypeAlias = str | int


@dataclass(frozen=True)
class Table:
    """One table. ``name`` is short, for sheets and files; ``about`` says what a reader has to know of it."""

    name: str
    about: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...] = field(repr=False)


@dataclass(frozen=True)
class Sources:
    """What the totals are read with: the rules topic, what was overdue at the period's end, and one exporter or all."""

    ledger: Ledger
    overdue: Sequence[Obligation] = ()
    exporter: str | None = None

    def wants(self, exporter: str) -> bool:
        return self.exporter is None or exporter == self.exporter


def tables_of(totals: Totals, sources: Sources) -> tuple[Table, ...]:
    """All tables of a report. Raises ``BadSchema`` for a plan of another version of the hub."""
    plans = {digest: Plan.from_bytes(sources.ledger.plans[digest]) for digest in sorted(totals.plans)}
    grants = {digest: _grants(sources.ledger, plan) for digest, plan in plans.items()}
    return (
        _records(totals, sources),
        _people(totals, sources),
        _important(totals, sources),
        _recipients(totals, sources, plans, grants),
        _items(totals, sources, plans),
        _withheld(totals, sources),
        _overrides(totals, sources),
        _orders(totals, sources),
        _overdue(sources),
        _proof(totals),
    )


def _records(totals: Totals, sources: Sources) -> Table:
    exporters = sorted({exporter for exporter, _ in totals.outcomes if sources.wants(exporter)})
    rows: list[tuple[Cell, ...]] = []
    for one in exporters:
        counts = [totals.outcomes[one, outcome] for outcome in OUTCOMES]
        rows.append((one, sum(counts), *counts))
    columns = ("exporter", "records", *(outcome.word for outcome in OUTCOMES))
    return Table("records", "Every record that was decided, by what became of it.", columns, tuple(rows))


def _people(totals: Totals, sources: Sources) -> Table:
    rows = [
        (exporter, str(year), str(bucket), count)
        for (exporter, year, bucket), count in sorted(totals.people.items())
        if sources.wants(exporter) and bucket is not Bucket.IMPORTANT
    ]
    about = (
        "Distinct people whose data an exporter provided, from 1 January of the calendar year in Asia/Shanghai to the "
        "last count of the period. EXEMPT and GBA are shadows: whether they count is an open legal point."
    )
    return Table("people", about, ("exporter", "year", "bucket", "people"), tuple(rows))


def _important(totals: Totals, sources: Sources) -> Table:
    rows = [
        (exporter, str(year), count)
        for (exporter, year, bucket), count in sorted(totals.people.items())
        if sources.wants(exporter) and bucket is Bucket.IMPORTANT and count
    ]
    about = (
        "Distinct events from which important data left under an assessment, from 1 January of the calendar year in "
        "Asia/Shanghai to the last count of the period. Counted where an assessment says of how many it may (volume)."
    )
    return Table("important", about, ("exporter", "year", "events"), tuple(rows))


def _recipients(
    totals: Totals, sources: Sources, plans: Mapping[str, Plan], purposes: Mapping[str, Mapping[str, str]]
) -> Table:
    """Deliveries, with purposes, mechanisms and papers of the views that could have been theirs."""
    counts: Counter[tuple[str, str]] = Counter()
    said: dict[tuple[str, str], set[Verdict]] = {}
    named: dict[tuple[str, str], set[str]] = {}
    for (exporter, recipient, digest), count in totals.deliveries.items():
        if not sources.wants(exporter):
            continue
        pair = exporter, recipient
        counts[pair] += count
        found = set(_left(plans[digest], totals, digest, pair))
        said.setdefault(pair, set()).update(found)
        named.setdefault(pair, set()).update(purposes[digest].get(one.grant, "") for one in found)
    rows = [
        (
            *pair,
            count,
            _listed(named[pair]),
            _listed(one.mechanism for one in said[pair]),
            _listed(one.paper for one in said[pair]),
        )
        for pair, count in sorted(counts.items())
    ]
    about = (
        "Who got how many deliveries. Purposes, mechanisms and papers are all those under which the rules of the time "
        "let out what was sent; of two that let out the same fields the audit does not say which it was."
    )
    return Table(
        "recipients", about, ("exporter", "recipient", "deliveries", "purposes", "mechanisms", "papers"), tuple(rows)
    )


def _items(totals: Totals, sources: Sources, plans: Mapping[str, Plan]) -> Table:
    rows: set[tuple[str, ...]] = set()
    for exporter, recipient, digest in totals.deliveries:
        if sources.wants(exporter):
            rows |= {
                (exporter, recipient, one.path, one.field_class, one.action, one.mechanism, one.paper, one.grant)
                for one in _left(plans[digest], totals, digest, (exporter, recipient))
            }
    columns = ("exporter", "recipient", "item", "class", "action", "mechanism", "paper", "grant")
    about = "Fields of the deliveries that were made. A field leaves where the event has it."
    return Table("items", about, columns, tuple(sorted(rows)))


def _left(plan: Plan, totals: Totals, digest: str, pair: tuple[str, str]) -> Iterator[Verdict]:
    """The verdicts on fields that left, in the views whose schema some delivery to the recipient had."""
    exporter, recipient = pair
    for section in plan.sections:
        if section.publisher != exporter:
            continue
        for partner in section.partners:
            for view in every_view(partner) if partner.partner == recipient else ():
                if totals.schemas[recipient, digest, view.schema_id]:
                    yield from (one for one in plan.verdicts[view.verdicts] if Action(one.action).leaves)


def _grants(ledger: Ledger, plan: Plan) -> dict[str, str]:
    """The purpose of every grant of a plan's rule set, by its id."""
    texts = json.loads(ledger.documents.get(plan.rule_set, b"{}"))
    tables = [table for text in texts.values() for table in tomllib.loads(text).get("grant", ())]
    return {table["id"]: table["purpose"] for table in tables}


def _withheld(totals: Totals, sources: Sources) -> Table:
    rows = [
        (exporter, "record", outcome, reason, "", count)
        for (exporter, outcome, reason), count in sorted(totals.reasons.items())
        if sources.wants(exporter)
    ]
    rows += [
        (exporter, "delivery", Outcome.HELD.word, reason, recipient, count)
        for (exporter, recipient, reason), count in sorted(totals.held.items())
        if sources.wants(exporter)
    ]
    if sources.exporter is None:
        rows += [("", "lost", topic, reason, "", count) for (topic, reason), count in sorted(totals.lost.items())]
    about = "What did not leave, and why. A delivery waits for one recipient; the record may have left for others."
    return Table("withheld", about, ("exporter", "what", "outcome", "reason", "recipient", "count"), tuple(rows))


def _overrides(totals: Totals, sources: Sources) -> Table:
    rows = [_override(one) for one in sources.ledger.activations if _inside(one, totals)]
    columns = ("activation", "at", "by", "reason", "lowered", "approvals", "acknowledged", "suspended")
    about = "What people put in force: rules, with what they lower and who signed for that; partners suspended."
    return Table("overrides", about, columns, tuple(rows))


def _inside(one: Activation, totals: Totals) -> bool:
    return one.sequence in totals.activations or totals.period.holds(one.at_us)


def _override(one: Activation) -> tuple[Cell, ...]:
    moment = _moment(one.at_us)
    approvals = "; ".join(" ".join(said.split()[:2]) for said in one.approvals)
    lists = "; ".join(one.lowered), approvals, "; ".join(one.acknowledged), ", ".join(one.suspended)
    return (one.sequence, moment, one.approver, one.reason, *lists)


def _orders(totals: Totals, sources: Sources) -> Table:
    rows = [
        (
            *(_moment(at_us), one.kind, one.by, one.reason, one.publisher, one.partner, one.outcome, one.said),
            "; ".join(one.freed),
        )
        for at_us, one in sorted(totals.orders, key=lambda pair: (pair[0], pair[1].id))
        if sources.exporter in (None, one.publisher)
    ]
    columns = ("at", "order", "by", "reason", "exporter", "recipient", "outcome", "said", "freed")
    about = (
        "What people had done with single records that failed or waited: by name, and with their reason. Freed are the "
        "fields for which a delivery waited and that left with it on a person's word, each with why it waited."
    )
    return Table("orders", about, columns, tuple(rows))


def _moment(at_us: int) -> str:
    return datetime.fromtimestamp(at_us / 1e6, tz=UTC).isoformat(timespec="seconds")


def _overdue(sources: Sources) -> Table:
    rows = [
        (one.who, one.about, str(one.due.day) if one.due else "", one.sentence, one.article)
        for one in sources.overdue
        if one.state is State.OVERDUE and (sources.exporter is None or one.who in ("", sources.exporter))
    ]
    about = "What was overdue on the last day of the period, under the rules then in force."
    return Table("overdue", about, ("who", "about", "due", "what", "article"), tuple(rows))


def _proof(totals: Totals) -> Table:
    rows = [(lane, one.entries, one.first, one.last, one.digest.hex()) for lane, one in sorted(totals.lanes.items())]
    about = (
        f"The audit entries that this was added up from, all of them chained: {totals.records:,} records, "
        f"{totals.delivered:,} deliveries."
    )
    return Table("proof", about, ("lane", "entries", "first", "last", "digest of the last"), tuple(rows))


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted({word for word in words if word}))
