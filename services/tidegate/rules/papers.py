"""Papers at work: what each covers, from when to when it can be used, and what is on record for a field under them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tidegate.events.schemas import Schema
from tidegate.law import PERSONAL, FieldClass, Law, Mechanism
from tidegate.law.calendars import Calendar, Due, add_months, add_working_days, day_of, start_of
from tidegate.rules.documents import PartyDocument
from tidegate.rules.paper_documents import AuthorizationDocument, ImportantDocument, NegativeListDocument, Status
from tidegate.rules.paths import Leaf, Target, resolve
from tidegate.rules.reports import Placed

_DAY = timedelta(days=1)
_FILED = {
    Mechanism.SCC: "scc_filing_days",
    Mechanism.GBA_SC_HK: "gba_filing_days",
    Mechanism.GBA_SC_MO: "gba_filing_days",
}
"""Mechanisms whose contract is filed within working days of its effect, and the parameter that says how many."""


@dataclass(frozen=True)
class Paper:
    """An authorization with its place. ``review`` are facts that changed under it; with any, it lets nothing out."""

    said: AuthorizationDocument
    at: Placed
    review: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        return self.said.status is Status.EFFECTIVE and self.said.effective is not None and not self.review

    def covers(self, leaf: Leaf, schema: Schema, known: Sequence[Leaf]) -> bool:
        """Whether it names a field: by its path, by a parent's, or by its class."""
        if leaf.field_class in self.said.classes:
            return True
        return any(target.covers(leaf) for target in targets(self.said.fields, schema, known))

    def between(self, exporter: str, recipient: str) -> bool:
        return self.said.exporter == exporter and recipient in self.said.recipients


def targets(paths: Iterable[str], schema: Schema, known: Sequence[Leaf]) -> list[Target]:
    """What paths mean in a schema; those that it does not have left out."""
    found = []
    for path in paths:
        try:
            found.append(resolve(path, schema, known))
        except ValueError:
            continue
    return found


def filing_due(said: AuthorizationDocument, law: Law) -> Due | None:
    """The last day for filing a contract that takes effect, by the Mainland's calendar; None where none is filed."""
    name = _FILED.get(said.mechanism)
    if name is None or said.effective is None or name not in law.values:
        return None
    return add_working_days(Calendar.MAINLAND, day_of(said.effective), law[name])


@dataclass(frozen=True, slots=True)
class Interval:
    """When something about papers holds: ``fact`` is ``paper:<id>``, ``overdue:<id>`` or ``grace:<id>``."""

    fact: str
    start: datetime | None
    end: datetime | None


def intervals(paper: Paper, law: Law) -> Iterator[Interval]:
    """When a paper can be used, and when its filing is late instead."""
    said = paper.said
    if not paper.usable:
        return
    due = filing_due(said, law)
    late_from = None if due is None or said.filed is not None else start_of(due.day + _DAY)
    if late_from is None or (said.expires is not None and said.expires <= late_from):
        yield Interval(f"paper:{said.id}", said.effective, said.expires)
        return
    yield Interval(f"paper:{said.id}", said.effective, late_from)
    yield Interval(f"overdue:{said.id}", late_from, said.expires)


def grace_of(item: ImportantDocument, law: Law) -> Interval:
    """The two months after the notice of important data in which deliveries wait for a person."""
    end = start_of(add_months(item.notified, law["important_grace_months"]))
    return Interval(f"grace:{item.id}", start_of(item.notified), end)


def matters(leaf: Leaf) -> bool:
    """Whether papers say anything about a field of this class."""
    return leaf.field_class in (*PERSONAL, FieldClass.IMPORTANT, FieldClass.SUSPECT_IMPORTANT)


def list_of(party: PartyDocument, lists: Iterable[NegativeListDocument], law: Law) -> NegativeListDocument | None:
    """The verified and published list of a party's area and sector on the day of the law, the newest of several."""
    found = [
        one
        for one in lists
        if one.verified
        and one.published is not None
        and one.published <= law.day
        and party.sector in one.sectors
        and law.edges.within(one.area, party.zone)
    ]
    return max(found, key=lambda one: (one.published, one.id), default=None)


def off_list(leaf: Leaf, found: NegativeListDocument, schema: Schema, known: Sequence[Leaf]) -> bool:
    """Whether no item of a list names a field. An item with a threshold of its own names it all the same: the strict
    reading, since nobody counts for it."""
    paths = [path for item in found.items for path in item.fields]
    return not any(target.covers(leaf) for target in targets(paths, schema, known))
