"""Situations: who sends what to whom, where the hub is, which papers hold, how many people were counted.

What all fields of a delivery share, made into the facts that the decision table asks of one field.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from tidegate import law
from tidegate.events.schemas import Schema
from tidegate.law import PERSONAL, Bucket, Decision, Facts, FieldClass, Law, Mechanism, Origin, PartyFacts, Tri
from tidegate.rules.bounds import Bounds, Level, thresholds
from tidegate.rules.combining import forms, forms_of_minors
from tidegate.rules.documents import PartyDocument
from tidegate.rules.minors import MINORS, of_people, says_births
from tidegate.rules.paper_documents import NegativeListDocument
from tidegate.rules.papers import Paper, matters, people_off_list, targets
from tidegate.rules.paths import Leaf
from tidegate.rules.proofs import proved
from tidegate.rules.ruleset import RuleSet


@dataclass(frozen=True)
class Covering:
    """What papers, the list and the register say of the fields of one schema, for one exporter and recipient.

    ``off_list`` says of fields up to how many people they are off the exporter's list; None is any number. ``filed`` is
    that the list asks for a filing first, of itself. ``proofs`` are facts about the exporter that hold while they are
    proved, ``of_event`` those that an event says.
    """

    papers: Mapping[str, tuple[Paper, ...]]
    off_list: Mapping[str, int | None]
    register: Mapping[str, tuple[str, ...]]
    proofs: frozenset[str] = frozenset()
    filed: bool = False
    of_event: frozenset[str] = frozenset()

    @property
    def facts(self) -> frozenset[str]:
        """The facts about papers, notices and events that can change a verdict here."""
        ids = {paper.said.id for mine in self.papers.values() for paper in mine}
        items = {item for mine in self.register.values() for item in mine}
        of_papers = {f"{kind}:{one}" for one in ids for kind in ("paper", "overdue")}
        return self.proofs | self.of_event | of_papers | {f"grace:{one}" for one in items}


PARTY = "party:"
"""Begins a place of a stamp that is a party and not a zone."""
NOTHING = Covering({}, {}, {})


@dataclass(frozen=True)
class Situation:
    """``held`` are the facts about papers and notices that hold, ``level`` is None where nobody counted people.

    ``stamp`` is what the event came in with: it left under an earlier paper, and this is where alone it may go on to.
    """

    exporter: PartyDocument
    recipient: PartyDocument
    storage: law.Zone
    law: Law
    covering: Covering = NOTHING
    held: frozenset[str] = frozenset()
    level: Level | None = None
    stamp: tuple[str, ...] | None = None
    bounds: Bounds | None = None
    """Between which numbers of people its level is; None is the thresholds of the law alone."""
    capped: bool = True
    """Whether a paper carries no more people than it was approved for."""

    @property
    def minors(self) -> bool:
        """Whether the event says of somebody that he or she is under 14."""
        return MINORS in self.held

    def without_minors(self) -> Situation:
        return replace(self, held=self.held - {MINORS})

    def facts(self, leaf: Leaf, purpose: str = "") -> Facts:
        said, partner = self.exporter.publisher, self.recipient.partner
        found = Facts(
            leaf.field_class,
            replace(party_facts(self.exporter), small_handler=self._small_handler()),
            party_facts(self.recipient),
            self.storage,
            purpose=purpose,
            relays=(*(said.relays if said else ()), *(partner.relays if partner else ())),
            origin=Origin.UNKNOWN if said is None else said.collected_in,
            stamp=self._zones_of_stamp(),
            otherwise=leaf.otherwise,
            confidential=leaf.confidential,
        )
        if not matters(leaf):
            return found
        usable, overdue = self._papers(leaf, purpose, "paper"), self._papers(leaf, purpose, "overdue")
        mechanisms = frozenset(paper.said.mechanism for paper in usable)
        return replace(
            found,
            lineage_known=not found.personal_too or self._lineage_known(),
            papers=mechanisms,
            overdue=frozenset(paper.said.mechanism for paper in overdue),
            evidence=_yes(any(paper.recorded for paper in (*usable, *overdue))),
            unmixed=_yes(Mechanism.ART4_TRANSIT in mechanisms),
            off_list=_yes(self._off_list(leaf) and (not self.covering.filed or Mechanism.FTZ_OFFLIST in mechanisms)),
            list_reference=_yes(Mechanism.FTZ_OFFLIST in mechanisms),
            counsel=_yes(
                any(paper.said.counsel for paper in usable if paper.said.mechanism is Mechanism.STATUTORY_DUTY)
            ),
            grace=_yes(leaf.by_notice and self._in_grace(leaf, purpose)),
            people=None if self.level is None else self._fewest(leaf),
        )

    def _in_grace(self, leaf: Leaf, purpose: str) -> bool:
        """Whether a person may let a notified field go on: some notice is young, and every other is answered.

        One that is not young any more is answered by an assessment that names its item, not by having asked for one: a
        later notice of the same field gives no new grace for the earlier one.
        """
        items = self.covering.register.get(leaf.path, ())
        young = {item for item in items if f"grace:{item}" in self.held}
        named = self._approved(self._named(leaf, purpose, "paper"))
        answered = {one for paper in named if paper.said.mechanism is Mechanism.ASSESSMENT for one in paper.said.items}
        return bool(young) and young | answered >= set(items)

    def _small_handler(self) -> Tri:
        """Whether the exporter is one. It counts while it is proved, and is never inferred from a count."""
        small = self.exporter.small_handler
        return Tri.UNKNOWN if small is Tri.YES and f"small_handler:{self.exporter.id}" not in self.held else small

    def _off_list(self, leaf: Leaf) -> bool:
        """Whether a field is off the list for as many people as there are at this level.

        Here counts are told against the thresholds of the law only: what an item's own threshold lies between counts
        as on the list. So it does where exempt flows are not counted: then nobody knows how many they are.
        """
        if leaf.path not in self.covering.off_list:
            return False
        limit = self.covering.off_list[leaf.path]
        if limit is None:
            return True
        first_above = None if self.level is None else self._first_above(leaf)
        return self.law.points.exempt_counts and first_above is not None and first_above <= limit

    def _fewest(self, leaf: Leaf) -> int:
        """A number of people at the level, in the bucket of a field: the fewest of it."""
        return 0 if self.level is None else self._bounds().fewest(self.level, {_bucket(leaf)})

    def _first_above(self, leaf: Leaf) -> int | None:
        """The first threshold of the law that is above the level; None where there is none."""
        law_alone, fewest = thresholds(self.law), self._fewest(leaf)
        asked = law_alone.spi if _bucket(leaf) is Bucket.SPI else law_alone.pi
        return next((one for one in asked if one > fewest), None)

    def _bounds(self) -> Bounds:
        return thresholds(self.law) if self.bounds is None else self.bounds

    def _lineage_known(self) -> bool:
        """A stamp of ours says where personal data comes from; without, the sender does, where it is its own."""
        said = self.exporter.publisher
        return self.stamp is not None or (said is not None and said.own_data is Tri.YES)

    def _zones_of_stamp(self) -> frozenset[str] | None:
        """The stamp as the law asks for it, in zones. That of a party that it names is among them."""
        if self.stamp is None:
            return None
        named = {self.recipient.zone.city} if f"{PARTY}{self.recipient.id}" in self.stamp else set()
        return frozenset({one for one in self.stamp if not one.startswith(PARTY)} | named)

    def onward_of(self, leaf: Leaf, purpose: str, mechanism: Mechanism) -> frozenset[str] | None:
        """Where alone a field may go on to by the paper under which it leaves; None where that says nothing of it.

        Under a Greater Bay Area contract only inside the recipient's own jurisdiction, else to those of an onward list.
        """
        used = self._used(leaf, purpose, mechanism)
        if used is None:
            return None
        if used.said.mechanism in STAMPING:
            return self.law.edges.jurisdiction(self.recipient.zone)
        return frozenset(f"{PARTY}{name}" for name in used.said.onward) or None

    def _papers(self, leaf: Leaf, purpose: str, kind: str) -> list[Paper]:
        """Papers that name field and purpose and hold. One is used up where even the fewest people are too many.

        Its cap is one of the bounds, so that at a level all numbers are within it or none is. Where nobody counts what
        leaves under it nobody could keep the cap, and it carries nothing.
        """
        return self._approved(self._naming(leaf, purpose, kind))

    def _approved(self, papers: Sequence[Paper]) -> list[Paper]:
        return [one for one in papers if not self.capped or self._within(one)]

    def _naming(self, leaf: Leaf, purpose: str, kind: str) -> list[Paper]:
        """Papers that hold and name field and purpose; an assessment all items of the register that name the field."""
        items = self.covering.register.get(leaf.path, ())
        return [one for one in self._named(leaf, purpose, kind) if one.carries(items)]

    def _named(self, leaf: Leaf, purpose: str, kind: str) -> list[Paper]:
        alone = self.covering.papers.get(leaf.path, ())
        mine = self.covering.papers.get(_form(leaf), alone)
        if self.minors and of_people(leaf):
            mine = tuple(one for one in mine if one.guarded)
        return [one for one in mine if purpose in one.said.purposes and f"{kind}:{one.said.id}" in self.held]

    def _within(self, paper: Paper) -> bool:
        if paper.said.people is None:
            return True
        if not paper.counted(self.law.points):
            return False
        return self.level is None or self._bounds().fewest(self.level, paper.buckets) <= paper.said.people

    def guardian(self, leaf: Leaf, purpose: str) -> bool:
        """Whether, where somebody is under 14, a paper with a guardian's consent names field and purpose."""
        return any(self._naming(leaf, purpose, kind) for kind in ("paper", "overdue"))

    def used_up(self, leaf: Leaf, purpose: str) -> bool:
        """Whether a paper names field and purpose, holds, and was approved for fewer people than there are."""
        return any(not self._within(one) for one in self._naming(leaf, purpose, "paper"))

    def uncounted(self, leaf: Leaf, purpose: str, found: Decision) -> bool:
        """Whether a field would leave under a paper with a cap, and nobody count whom it is about."""
        if leaf.plain not in PERSONAL or _bucket(leaf) in found.counts:
            return False
        used = self._used(leaf, purpose, found.mechanism)
        return used is not None and used.said.people is not None

    def paper_of(self, leaf: Leaf, purpose: str, mechanism: Mechanism) -> str:
        """The id of the paper under which a field leaves; nothing where none is needed."""
        used = self._used(leaf, purpose, mechanism)
        return "" if used is None else used.said.id

    def _used(self, leaf: Leaf, purpose: str, mechanism: Mechanism) -> Paper | None:
        """The paper under which a field leaves. A Greater Bay Area contract is a contract of Hong Kong's side too."""
        papers = self._papers(leaf, purpose, "paper")
        asked = (mechanism, *STAMPING) if mechanism is Mechanism.HK_DPP else (mechanism,)
        return next((one for kind in asked for one in papers if one.said.mechanism is kind), None)


STAMPING = (Mechanism.GBA_SC_HK, Mechanism.GBA_SC_MO)
"""Greater Bay Area contracts: what leaves under one goes on inside the recipient's own jurisdiction only."""


def party_facts(party: PartyDocument) -> PartyFacts:
    return PartyFacts(
        party.zone, party.ciio, party.state_organ, party.foreign_authority, party.restricted, party.small_handler
    )


def covering(
    rules: RuleSet,
    exporter: PartyDocument,
    recipient: str,
    schema: Schema,
    listed: NegativeListDocument | None,
    named: Collection[str],
    *,
    stamped: bool = False,
) -> Covering:
    """What is said of the fields that grants name, by papers that can be used at some time.

    For what came in ``stamped`` under a Greater Bay Area contract that contract counts too, if its onward list has the
    recipient. A stamp does not say under which of several it came: then all of them have to.
    """
    known = rules.leaves[schema.schema_id]
    named_leaves = [leaf for leaf in known if leaf.path in named]
    other = [form for leaf in named_leaves for form in forms(leaf, rules.parties[recipient])]
    asked = [leaf for leaf in (*named_leaves, *other) if matters(leaf)]
    came = [one for one in rules.papers if one.said.mechanism in STAMPING and exporter.id in one.said.recipients]
    going_on = came if stamped and all(recipient in one.said.onward for one in came) else []
    mine = [one for one in rules.papers if one.usable and (one.between(exporter.id, recipient) or one in going_on)]
    papers = {leaf.path: _covering(mine, leaf, schema, known) for leaf in named_leaves if matters(leaf)}
    in_company = {_form(leaf): _covering(mine, leaf, schema, known) for leaf in other}
    births, guarded = says_births(schema), [one for one in mine if one.guarded]
    young = [form for leaf in named_leaves if births for form in forms_of_minors(leaf, rules.parties[recipient])]
    # What sensitive data is without children too is asked of all papers; of children the guarded ones among them.
    in_company = {**{_form(leaf): _covering(guarded, leaf, schema, known) for leaf in young}, **in_company}
    off = {} if listed is None else {leaf.path: people_off_list(leaf, listed, schema, known) for leaf in asked}
    duty = any(paper.said.mechanism is Mechanism.STATUTORY_DUTY for paper in mine)
    proofs = frozenset(one.fact for one in proved(exporter)) if duty else frozenset()
    return Covering(
        {**{path: found for path, found in papers.items() if found}, **in_company},
        off,
        _register(rules, asked, schema, known),
        proofs,
        filed=listed is not None and listed.registration_required,
        of_event=frozenset({MINORS} if births and any(map(of_people, (*named_leaves, *other))) else ()),
    )


def _form(leaf: Leaf) -> str:
    """A field as what it is in some company: there only where that is not what it is alone."""
    return f"{leaf.path} as {leaf.field_class} {leaf.plain}"


def _covering(papers: Sequence[Paper], leaf: Leaf, schema: Schema, known: Sequence[Leaf]) -> tuple[Paper, ...]:
    return tuple(paper for paper in papers if paper.covers(leaf, schema, known))


def _register(
    rules: RuleSet, asked: Sequence[Leaf], schema: Schema, known: Sequence[Leaf]
) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for item in rules.register:
        for target in targets(item.fields, schema, known):
            for leaf in asked:
                if target.covers(leaf):
                    found[leaf.path] = (*found.get(leaf.path, ()), item.id)
    return found


def _bucket(leaf: Leaf) -> Bucket:
    return Bucket.SPI if leaf.plain is FieldClass.SPI else Bucket.PI


def _yes(holds: bool) -> Tri:
    return Tri.YES if holds else Tri.NO
