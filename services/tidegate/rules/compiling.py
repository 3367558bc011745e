"""A rule set to a plan: every view of every partner is worked out here, none inside the path.

For each publisher, schema and partner the grants fall into groups that hold or do not hold together (same conditions,
same dates). Every set of groups that can hold at once gives a view. There may be at most ``MAX_VIEWS`` of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from tidegate.errors import BadRules, Mistake
from tidegate.events.avro import Primitive
from tidegate.events.builtin import HEARTBEAT_SCHEMA, builtin
from tidegate.events.checks import digest_of
from tidegate.events.facts import EVENT, RETRACTION
from tidegate.events.schemas import Registry, Schema
from tidegate.law import Action, FieldClass
from tidegate.rules.bounds import bounds_of
from tidegate.rules.conflicts import conflicts
from tidegate.rules.covering import covering
from tidegate.rules.documents import PartyDocument
from tidegate.rules.granting import Grant
from tidegate.rules.groups import MAX_SETS, fact_bits, fact_groups, granted_bits, groups_of, masks
from tidegate.rules.levels import Bounds
from tidegate.rules.minors import MINORS
from tidegate.rules.papers import caps_of, list_of
from tidegate.rules.paths import Leaf, leaves
from tidegate.rules.plan import (
    FieldTest,
    PartnerPlan,
    PartnerViews,
    Plan,
    PublisherPlan,
    Section,
    Verdict,
    View,
    every_view,
)
from tidegate.rules.ruleset import RuleSet
from tidegate.rules.situations import Situation
from tidegate.rules.verdicts import Named, Naming, decide, named_by, not_granted, ungranted
from tidegate.rules.viewing import Projections, fields_seen, projected

Stamp: TypeAlias = tuple[str, ...] | None
MAX_VIEWS = 64


def compile_plan(rules: RuleSet, notice: Schema) -> Plan:
    """The plan of a rule set. Raises ``BadRules`` for what only shows when grants are put together."""
    compiler = _Compiler(rules, notice)
    sections = tuple(compiler.sections())
    if compiler.mistakes:
        raise BadRules(tuple(sorted(dict.fromkeys(compiler.mistakes), key=lambda m: (m.file, m.line))))
    return Plan(
        rule_set=rules.digest,
        hub_zone=rules.hub.zone.code,
        digest_key=rules.hub.digest_key,
        pseudonym_key=rules.hub.pseudonym_key,
        law=f"{rules.law.since} {rules.law.digest}",
        references={name: digest_of(text) for name, text in rules.references.items()},
        schemas={schema.schema_id: schema.json for schema in compiler.registry},
        writers=tuple(schema.schema_id for schema in rules.schemas),
        publishers={
            name: _publisher_plan(party, compiler.bounds[name], rules) for name, party in rules.publishers.items()
        },
        partners={name: _partner_plan(party) for name, party in rules.partners.items()},
        sections=sections,
        verdicts=tuple(compiler.tables),
    )


def _publisher_plan(party: PartyDocument, bounds: Bounds, rules: RuleSet) -> PublisherPlan:
    said = party.publisher
    assert said is not None  # noqa: S101 - RuleSet.publishers has only parties with the table
    return PublisherPlan(
        zone=party.zone.code,
        horizon_s=int(said.duplicate_horizon.total_seconds()),
        identity_adds=said.identity_adds,
        severities={rule: str(severity) for rule, severity in said.severities.items()},
        feedback=said.feedback,
        claims_quota=said.claims_quota,
        dimensions=bounds.dimensions,
        caps=tuple(cap for one in rules.papers if one.said.exporter == party.id for cap in caps_of(one, rules.law)),
    )


def _partner_plan(party: PartyDocument) -> PartnerPlan:
    said = party.partner
    assert said is not None  # noqa: S101 - RuleSet.partners has only parties with the table
    return PartnerPlan(
        zone=party.zone.code,
        severities={rule: str(severity) for rule, severity in said.severities.items()},
        attributes=said.attributes,
        retention_s=int(said.retention.total_seconds()),
        heartbeat_s=int(said.heartbeat.total_seconds()) if said.heartbeat is not None else 0,
    )


class _Compiler:
    def __init__(self, rules: RuleSet, notice: Schema) -> None:
        self._rules = rules
        self.bounds = {name: bounds_of(name, rules.papers, rules.law) for name in rules.publishers}
        self._notice = notice
        asked = any(one.partner is not None and one.partner.heartbeat is not None for one in rules.partners.values())
        self.registry = Registry([*rules.schemas, notice, *([builtin(HEARTBEAT_SCHEMA)] if asked else [])])
        self._projections = Projections(self.registry)
        self.mistakes: list[Mistake] = []
        self.tables: list[tuple[Verdict, ...]] = []
        self._table_of: dict[tuple[Verdict, ...], int] = {}
        self._named: dict[tuple[str, int], Named] = {}

    def sections(self) -> Iterator[Section]:
        """Events of every publisher as they are, and of one that is a partner too with each stamp that it may be sent.

        What it passes on is stamped again, and may come in from the next.
        """
        publishers = self._rules.publishers
        waiting: list[tuple[str, Stamp]] = [(name, None) for name in publishers]
        waiting += [(name, stamp) for name in publishers if (stamp := self._jurisdiction(name)) is not None]
        known = set(waiting)
        while waiting:
            publisher, stamp = waiting.pop(0)
            for schema in self._rules.schemas:
                if schema.name not in (EVENT, RETRACTION):
                    continue
                of = self._events if schema.name == EVENT else self._retractions
                section = of(publisher, schema, stamp)
                yield section
                sent = [(one.partner, view.stamp) for one in section.partners for view in every_view(one)]
                new = sorted({one for one in sent if one[0] in publishers and one not in known})
                known.update(new)
                waiting += new

    def _jurisdiction(self, name: str) -> Stamp:
        """The stamp of what a party gets under a Greater Bay Area contract, whether or not one is there now."""
        party, edges = self._rules.parties[name], self._rules.law.edges
        if party.partner is None or not edges.stamping(party.zone):
            return None
        return tuple(sorted(edges.jurisdiction(party.zone)))

    def _grants(self, publisher: str, partner: str) -> list[Grant]:
        found = [
            grant
            for grant in self._rules.grants
            if publisher in grant.said.publishers and partner in grant.said.partners
        ]
        return sorted(found, key=lambda grant: grant.said.id)  # where they stand in the documents means nothing

    def _situation(self, publisher: str, partner: str, stamp: Stamp) -> Situation:
        parties = self._rules.parties
        found = Situation(parties[publisher], parties[partner], self._rules.hub.zone, self._rules.law, stamp=stamp)
        return replace(found, bounds=self.bounds[publisher])

    def _events(self, publisher: str, schema: Schema, stamp: Stamp) -> Section:
        known = self._rules.leaves[schema.schema_id]
        tests: list[FieldTest] = []
        partners = []
        for partner in self._rules.partners:
            grants = [g for g in self._grants(publisher, partner) if all(path in schema.slot for path in g.said.when)]
            if grants:
                partners.append(self._partner(self._situation(publisher, partner, stamp), schema, known, grants, tests))
        anyone = Situation(self._rules.parties[publisher], _ANYONE, self._rules.hub.zone, self._rules.law)
        verdicts, presences = ungranted(anyone, known)
        table = self._table(verdicts)
        return Section(publisher, schema.schema_id, tuple(tests), presences, tuple(partners), table, stamp)

    def _partner(
        self,
        situation: Situation,
        schema: Schema,
        known: Sequence[Leaf],
        grants: Sequence[Grant],
        tests: list[FieldTest],
    ) -> PartnerViews:
        groups = groups_of(grants, tests)
        by_id = {grant.said.id: grant for grant in grants}
        views: dict[int, View] = {}
        people: dict[int, tuple[View, ...]] = {}
        situation = self._with_papers(situation, schema, grants)
        groups += fact_groups(self._rules, situation.covering.facts, tests)
        bits, levels = granted_bits(groups), self.bounds[situation.exporter.id].levels
        sets = masks(groups, tests)
        found = [mask for mask in sets or () if mask & bits]
        if sets is None or len({mask & ~fact_bits(groups, MINORS) for mask in found}) > MAX_VIEWS:
            forms = f"more than {MAX_VIEWS} forms" if sets else f"the forms of more than {MAX_SETS:,} sets of grants"
            self._say(
                grants[-1],
                f"{situation.recipient.id} would see events of {situation.exporter.id} in {forms}; let fewer grants "
                "have conditions of their own, or give them the same fields",
            )
            found = []
        for mask in found:
            here = [group for bit, group in enumerate(groups) if mask >> bit & 1]
            holding = [by_id[name] for group in here for name in group.grants]
            held = replace(situation, held=frozenset(fact for group in here for fact in group.facts))
            views[mask] = self._view(held, schema, known, holding)
            if held.held:
                leveled = [self._view(replace(held, level=level), schema, known, holding) for level in levels]
                if any(one.counts for view in leveled for one in (view, view.freed) if one is not None):
                    people[mask] = tuple(leveled)
                # Where somebody is under 14 what waits without them waits at whichever level that is.
                for one in leveled if held.minors else leveled[:1]:
                    views[mask] = self._waiting(views[mask], one)
        return PartnerViews(situation.recipient.id, tuple(groups), views, counted=people)

    def _with_papers(self, situation: Situation, schema: Schema, grants: Sequence[Grant]) -> Situation:
        """The situation with what papers, lists and the register say of what grants name."""
        known = self._rules.leaves[schema.schema_id]
        named = {path for grant in grants for path in self._named_by(grant, schema, known)}
        listed = list_of(situation.exporter, self._rules.hub.zone, self._rules.lists, self._rules.law)
        # A contract of the Greater Bay Area stamps for a jurisdiction; what names parties came under another paper.
        stamped = situation.stamp is not None and situation.stamp == self._jurisdiction(situation.exporter.id)
        found = covering(
            self._rules, situation.exporter, situation.recipient.id, schema, listed, named, stamped=stamped
        )
        return replace(situation, covering=found)

    def _say(self, grant: Grant, sentence: str, *inner: str | int) -> None:
        self.mistakes.append(grant.at.mistake(sentence, *inner))

    def _view(self, situation: Situation, schema: Schema, known: Sequence[Leaf], grants: Sequence[Grant]) -> View:
        """What leaves, and where something waits for a person, what leaves instead once a person lets it go."""
        named = [self._named_by(grant, schema, known) for grant in grants]
        view = self._seen(situation, schema, known, grants, named, freed=False)
        if not view.presences:
            return view
        freed = self._seen(situation, schema, known, grants, named, freed=True)
        return view if freed.pieces == view.pieces else replace(view, freed=freed)

    def _waiting(self, view: View, fewest: View) -> View:
        """A view without a count. An event that waits wherever somebody would be counted for it counts nobody, and
        nobody asks how many people there are: so what waits of the fewest waits (a late filing of a contract for
        sensitive data: LAW 8.4(9)).
        """
        more = [one for one in fewest.presences if one not in view.presences]
        if not more:
            return view
        pairs = zip(self.tables[view.verdicts], self.tables[fewest.verdicts], strict=True)
        table = self._table(tuple(late if late.action == Action.HOLD else one for one, late in pairs))
        return replace(view, presences=(*view.presences, *more), verdicts=table, freed=view.freed or view)

    def _seen(
        self,
        situation: Situation,
        schema: Schema,
        known: Sequence[Leaf],
        grants: Sequence[Grant],
        named: Sequence[Named],
        *,
        freed: bool,
    ) -> View:
        fields = fields_seen(situation, known, named, freed=freed)
        self.mistakes.extend(conflicts(grants, fields.kept))
        table, attributes = self._table(fields.verdicts), situation.recipient.partner
        return projected(fields, schema, self._projections, table, attributes.attributes if attributes else ())

    def _named_by(self, grant: Grant, schema: Schema, known: Sequence[Leaf]) -> Named:
        place = grant.said.id, schema.schema_id
        if place not in self._named:
            self._named[place] = named_by(grant, schema, known)
        return self._named[place]

    def _table(self, verdicts: tuple[Verdict, ...]) -> int:
        index = self._table_of.setdefault(verdicts, len(self.tables))
        if index == len(self.tables):
            self.tables.append(verdicts)
        return index

    def _retractions(self, publisher: str, schema: Schema, stamp: Stamp) -> Section:
        """A retraction reaches every partner that a grant of the publisher reaches, as one GENERAL field."""
        partners = []
        for partner in self._rules.partners:
            grants = self._grants(publisher, partner)
            if not grants:
                continue
            situation = self._situation(publisher, partner, stamp)
            groups = groups_of(grants, None)
            partners.append(
                PartnerViews(partner, tuple(groups), {1: self._notice_view(situation, schema, grants)}, any_group=True)
            )
        table = self._table(tuple(not_granted(leaf) for leaf in leaves(schema)))
        return Section(publisher, schema.schema_id, (), (), tuple(partners), table, stamp)

    def _notice_view(self, situation: Situation, schema: Schema, grants: Sequence[Grant]) -> View:
        """The notice is one verdict; of the retraction itself nothing leaves."""
        leaf = Leaf("notice", (), "", Primitive("string"), FieldClass.GENERAL)
        named = [Naming(grant, own=True, filters=(), transform="", required=False) for grant in grants]
        decided = decide(situation, leaf, named)
        table = self._table((decided.verdict, *(not_granted(one) for one in leaves(schema))))
        if not decided.passing:
            return View(verdicts=table)
        return View(schema_id=self._notice.schema_id, notice=True, verdicts=table)


_ANYONE = PartyDocument.model_validate(
    {"id": "anyone", "name": "anyone", "zone": "SG", "roles": ["any"], "foreign_authority": "no", "restricted": "no"}
)
"""A recipient that nothing bars, to ask row 2 with: it concerns the event, whoever would get it."""
