"""Reasons: the facts behind a verdict, its articles, numbers and paper, worked out from the rule set that gave it.

A plan holds verdicts and no facts. So the table is asked again, with the facts of the grant that the verdict names;
that it says the same is what tests hold it to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from tidegate import law
from tidegate.events.schemas import Schema
from tidegate.law import Bucket, Facts, FieldClass
from tidegate.law.parameters import Value
from tidegate.law.tracing import Fact, trace
from tidegate.rules.bounds import bounds_of
from tidegate.rules.covering import covering
from tidegate.rules.levels import FEWEST, Bounds, Level
from tidegate.rules.minors import MINORS, of_people
from tidegate.rules.paper_documents import AuthorizationDocument
from tidegate.rules.papers import list_of
from tidegate.rules.paths import Leaf
from tidegate.rules.plan import Verdict
from tidegate.rules.ruleset import RuleSet
from tidegate.rules.situations import Situation
from tidegate.rules.verdicts import NO_GUARDIAN, NOT_COUNTED, USED_UP, in_company, named_by

Counters = Mapping[Bucket, int]
"""How many distinct people, and events, an exporter has provided, the event's own included, by bucket."""


@dataclass(frozen=True, slots=True)
class Because:
    """Why a verdict is what it is. Row 0 is that of a field that no grant names, and has nothing else.

    ``unknown`` are names of facts that were looked at and are not known. ``numbers`` are parameters of the law by name.
    ``people`` is what was counted in the bucket of the field's class, ``events`` what of important data, where that is
    counted; None where nobody counted. ``paper`` is the
    authorization under which the field leaves; ``papers`` are those that name it and do not let it out here.
    """

    row: int
    articles: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    unknown: tuple[str, ...] = ()
    numbers: Mapping[str, Value] = field(default_factory=dict)
    people: int | None = None
    events: int | None = None
    paper: AuthorizationDocument | None = None
    papers: tuple[AuthorizationDocument, ...] = ()


@dataclass(frozen=True)
class Asker:
    """Asks for one event of one publisher to one partner. ``held`` are facts about papers that hold at its moment."""

    rules: RuleSet
    publisher: str
    partner: str
    schema: Schema
    held: frozenset[str] = frozenset()
    level: Level | None = None
    counters: Counters | None = None
    stamp: tuple[str, ...] | None = None
    """What the event came in with."""

    def because(self, verdict: Verdict) -> Because:
        """The reasons of a verdict of this event's view."""
        leaves = self.rules.leaves.get(self.schema.schema_id, ())  # none of a retraction: it is asked about as a whole
        leaf = next((one for one in leaves if one.path == verdict.path), None)
        row = next((one for one in law.ROWS if one.number == verdict.row), None)
        if leaf is None or row is None:
            return Because(verdict.row)
        situation = self._situation(leaf)
        asked, traced = next(
            (
                (facts, found)
                # A view where nobody is counted has one verdict whatever the counts are; what waits in it does of few.
                for level in dict.fromkeys((self.level, None, FEWEST))
                for facts in self._facts(replace(situation, level=level), leaf, verdict.grant)
                for found in [trace(facts, self.rules.law)]
                if found.decision.row == verdict.row
                and (verdict.reason == found.decision.reason or (level is self.level and _loose(verdict)))
            ),
            (None, None),
        )
        values = self.rules.law.values
        numbers = {name: values[name] for name in row.parameters if name in values}
        if asked is None or traced is None:
            return Because(row.number, row.articles, numbers=numbers)
        used = next((paper.said for paper in self.rules.papers if paper.said.id == verdict.paper), None)
        naming = situation.covering.papers.get(leaf.path, ())
        return Because(
            row.number,
            row.articles,
            (*self._minors(leaf, asked), *self._counted(traced.used, asked)),
            traced.unknown,
            numbers,
            self._people(asked),
            self._events(verdict, situation),
            used,
            tuple(paper.said for paper in naming if paper.said.id != verdict.paper),
        )

    def _situation(self, leaf: Leaf) -> Situation:
        parties = self.rules.parties
        exporter = parties[self.publisher]
        listed = list_of(exporter, self.rules.hub.zone, self.rules.lists, self.rules.law)
        stamped = self.stamp is not None
        found = covering(self.rules, exporter, self.partner, self.schema, listed, [leaf.path], stamped=stamped)
        situation = Situation(exporter, parties[self.partner], self.rules.hub.zone, self.rules.law, stamp=self.stamp)
        bounds = bounds_of(self.publisher, self.rules.papers, self.rules.law)
        return replace(situation, covering=found, held=self.held, level=self.level, bounds=bounds)

    def _facts(self, situation: Situation, leaf: Leaf, grant_id: str) -> Iterator[Facts]:
        """The facts of each way in which the grant names the field; without a grant, of its mere presence."""
        grant = next((one for one in self.rules.grants if one.said.id == grant_id), None)
        if grant is None:
            yield replace(situation.facts(leaf), granted=False)
            return
        known = self.rules.leaves[self.schema.schema_id]
        for naming in named_by(grant, self.schema, known).get(leaf.path, ()):
            for one in (situation, situation.without_minors()) if situation.minors else (situation,):
                facts = one.facts(in_company(one, leaf, naming), grant.said.purpose)
                yield replace(facts, own_path=naming.own, mandatory=naming.required)

    def _people(self, asked: Facts) -> int | None:
        """What was counted in the bucket of the class that the field has in its company, or has as well."""
        if self.counters is None or asked.people is None or not asked.personal_too:
            return None
        plain = asked.field_class if asked.personal else asked.otherwise
        return self.counters[Bucket.SPI if plain is FieldClass.SPI else Bucket.PI]

    def _minors(self, leaf: Leaf, asked: Facts) -> tuple[Fact, ...]:
        """That somebody is under 14, of a field as what it is in its company."""
        said = replace(leaf, field_class=asked.field_class, otherwise=asked.otherwise)
        return (Fact(MINORS, value=True),) if MINORS in self.held and of_people(said) else ()

    def _events(self, verdict: Verdict, situation: Situation) -> int | None:
        """How many events with important data were counted, where a paper says of how many it may leave."""
        if self.counters is None or verdict.field_class != FieldClass.IMPORTANT or not situation.counts_events:
            return None
        return self.counters.get(Bucket.IMPORTANT, 0)

    def _counted(self, facts: tuple[Fact, ...], asked: Facts) -> tuple[Fact, ...]:
        """The facts with the number that was counted; the table is asked with the fewest people of its level."""
        people = self._people(asked)
        return tuple(Fact("people", people) if one.name == "people" and people is not None else one for one in facts)


def _loose(verdict: Verdict) -> bool:
    """Whether a verdict has a reason that is none of the table, or none is asked for: no grant names the field."""
    return verdict.reason in (NOT_COUNTED, USED_UP, NO_GUARDIAN) or not verdict.grant


_DATES = (
    *("signed", "issued", "effective", "filed", "recipient_filed", "first_transfer", "reported"),
    *("pipia_on", "pipia_reviewed", "expires"),
)


def dates_of(paper: AuthorizationDocument) -> dict[str, date | datetime]:
    """The dates of a paper that are on record, by their names in rule documents."""
    return {name: value for name in _DATES if (value := getattr(paper, name)) is not None}


def level_of(counters: Counters, bounds: Bounds) -> Level:
    """The level of so many people and events. Who is in two buckets is not known, all may be others; and of windows of
    several years the same is taken.
    """
    windows = [one.window for one in bounds.dimensions]
    return bounds.level({one: sum(counters.get(bucket, 0) for bucket in one.buckets) for one in windows})
