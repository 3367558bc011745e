"""Situations: who sends what to whom, where the hub is, which papers hold, how many people were counted.

What all fields of a delivery share, made into the facts that the decision table asks of one field.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from tidegate import law
from tidegate.events.schemas import Schema
from tidegate.law import Bucket, Facts, FieldClass, Law, Mechanism, Origin, PartyFacts, Tri
from tidegate.rules.combining import forms
from tidegate.rules.documents import PartyDocument
from tidegate.rules.paper_documents import NegativeListDocument
from tidegate.rules.papers import Paper, matters, people_off_list, targets
from tidegate.rules.paths import Leaf
from tidegate.rules.proofs import proved
from tidegate.rules.ruleset import RuleSet


@dataclass(frozen=True, slots=True)
class Level:
    """Between which thresholds the counts of an exporter are, for personal data (0 to 2) and sensitive data (0, 1)."""

    pi: int
    spi: int


LEVELS = tuple(Level(pi, spi) for pi, spi in product(range(3), range(2)))
"""All levels, in the order in which a plan keeps the views of a counted delivery."""


def people_at(level: Level, field_class: FieldClass, in_force: Law) -> int:
    """A number of people at a level: the fewest of it."""
    if field_class is FieldClass.SPI:
        return (1, in_force["spi_assessment"])[level.spi]
    return (1, in_force["pi_contract"], in_force["pi_assessment"])[level.pi]


def people_below(level: Level, field_class: FieldClass, in_force: Law) -> int | None:
    """The first number of people that is above a level; None where there is none."""
    if field_class is FieldClass.SPI:
        return (in_force["spi_assessment"], None)[level.spi]
    return (in_force["pi_contract"], in_force["pi_assessment"], None)[level.pi]


@dataclass(frozen=True)
class Covering:
    """What papers, the list and the register say of the fields of one schema, for one exporter and recipient.

    ``off_list`` says of fields up to how many people they are off the exporter's list; None is any number. ``proofs``
    are facts about the exporter that hold while they are proved.
    """

    papers: Mapping[str, tuple[Paper, ...]]
    off_list: Mapping[str, int | None]
    register: Mapping[str, tuple[str, ...]]
    proofs: frozenset[str] = frozenset()

    @property
    def facts(self) -> frozenset[str]:
        """The facts about papers and notices that can change a verdict here."""
        ids = {paper.said.id for mine in self.papers.values() for paper in mine}
        items = {item for mine in self.register.values() for item in mine}
        return self.proofs | frozenset(
            (*(f"{kind}:{one}" for one in ids for kind in ("paper", "overdue")), *(f"grace:{one}" for one in items))
        )


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
        )
        if not matters(leaf):
            return found
        usable, overdue = self._papers(leaf, purpose, "paper"), self._papers(leaf, purpose, "overdue")
        mechanisms = frozenset(paper.said.mechanism for paper in usable)
        return replace(
            found,
            lineage_known=not found.personal or self._lineage_known(),
            papers=mechanisms,
            overdue=frozenset(paper.said.mechanism for paper in overdue),
            evidence=_yes(any(paper.said.evidence for paper in (*usable, *overdue))),
            unmixed=_yes(Mechanism.ART4_TRANSIT in mechanisms),
            off_list=_yes(self._off_list(leaf)),
            list_reference=_yes(Mechanism.FTZ_OFFLIST in mechanisms),
            counsel=_yes(
                any(paper.said.counsel for paper in usable if paper.said.mechanism is Mechanism.STATUTORY_DUTY)
            ),
            grace=_yes(any(f"grace:{item}" in self.held for item in self.covering.register.get(leaf.path, ()))),
            people=None if self.level is None else people_at(self.level, leaf.field_class, self.law),
        )

    def _small_handler(self) -> Tri:
        """Whether the exporter is one. It counts while it is proved, and is never inferred from a count."""
        small = self.exporter.small_handler
        return Tri.UNKNOWN if small is Tri.YES and f"small_handler:{self.exporter.id}" not in self.held else small

    def _off_list(self, leaf: Leaf) -> bool:
        """Whether a field is off the list for as many people as there are at this level.

        Counts are known against the thresholds of the law only, so what an item's own threshold cuts a level in two
        for counts as on the list. So it does where exempt flows are not counted: then nobody knows how many they are.
        """
        if leaf.path not in self.covering.off_list:
            return False
        limit = self.covering.off_list[leaf.path]
        if limit is None:
            return True
        first_above = None if self.level is None else people_below(self.level, leaf.field_class, self.law)
        return self.law.points.exempt_counts and first_above is not None and first_above <= limit

    def _lineage_known(self) -> bool:
        """A stamp of ours says where personal data comes from; without, the sender does, where it is its own."""
        said = self.exporter.publisher
        return self.stamp is not None or (said is not None and said.own_data is Tri.YES)

    def _zones_of_stamp(self) -> frozenset[str] | None:
        """The stamp as the law asks for it, in zones. That of a party that it names is among them."""
        if self.stamp is None:
            return None
        named = {self.recipient.zone.code} if f"{PARTY}{self.recipient.id}" in self.stamp else set()
        return frozenset({one for one in self.stamp if not one.startswith(PARTY)} | named)

    def onward_of(self, leaf: Leaf, purpose: str, mechanism: Mechanism) -> frozenset[str] | None:
        """Where alone a field may go on to by the paper under which it leaves; None where that says nothing of it.

        Under a Greater Bay Area contract only inside the recipient's own jurisdiction, else to those of an onward list.
        """
        used = self._used(leaf, purpose, mechanism)
        if used is None:
            return None
        if used.said.mechanism in _GBA:
            return self.law.edges.jurisdiction(self.recipient.zone)
        return frozenset(f"{PARTY}{name}" for name in used.said.onward) or None

    def _papers(self, leaf: Leaf, purpose: str, kind: str) -> list[Paper]:
        """Papers that name field and purpose and hold. One is used up where even the fewest people are too many.

        Counts are known against the thresholds of the law; what lies between them is for ``rules.scales`` to say.
        """
        alone = self.covering.papers.get(leaf.path, ())
        mine = self.covering.papers.get(_form(leaf), alone)
        fewest = 0 if self.level is None else people_at(self.level, leaf.field_class, self.law)
        return [
            one
            for one in mine
            if purpose in one.said.purposes
            and f"{kind}:{one.said.id}" in self.held
            and (one.said.people is None or fewest <= one.said.people)
        ]

    def paper_of(self, leaf: Leaf, purpose: str, mechanism: Mechanism) -> str:
        """The id of the paper under which a field leaves; nothing where none is needed."""
        used = self._used(leaf, purpose, mechanism)
        return "" if used is None else used.said.id

    def _used(self, leaf: Leaf, purpose: str, mechanism: Mechanism) -> Paper | None:
        """The paper under which a field leaves. A Greater Bay Area contract is a contract of Hong Kong's side too."""
        papers = self._papers(leaf, purpose, "paper")
        asked = (mechanism, *_GBA) if mechanism is Mechanism.HK_DPP else (mechanism,)
        return next((one for kind in asked for one in papers if one.said.mechanism is kind), None)


_GBA = (Mechanism.GBA_SC_HK, Mechanism.GBA_SC_MO)


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
    came = [one for one in rules.papers if one.said.mechanism in _GBA and exporter.id in one.said.recipients]
    going_on = came if stamped and all(recipient in one.said.onward for one in came) else []
    mine = [one for one in rules.papers if one.usable and (one.between(exporter.id, recipient) or one in going_on)]
    papers = {leaf.path: _covering(mine, leaf, schema, known) for leaf in named_leaves if matters(leaf)}
    in_company = {_form(leaf): _covering(mine, leaf, schema, known) for leaf in other}
    off = {} if listed is None else {leaf.path: people_off_list(leaf, listed, schema, known) for leaf in asked}
    duty = any(paper.said.mechanism is Mechanism.STATUTORY_DUTY for paper in mine)
    proofs = frozenset(one.fact for one in proved(exporter)) if duty else frozenset()
    return Covering(
        {**{path: found for path, found in papers.items() if found}, **in_company},
        off,
        _register(rules, asked, schema, known),
        proofs,
    )


def _form(leaf: Leaf) -> str:
    """A field as what it is in some company: there only where that is not what it is alone."""
    return f"{leaf.path} as {leaf.field_class}"


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


def _yes(holds: bool) -> Tri:
    return Tri.YES if holds else Tri.NO


SOURCES = {"people[]": "people", "truck": "truck"}
"""Where the persons behind a field are found in an event; elsewhere the event itself stands for a new person."""


def source_of(leaf: Leaf) -> str:
    return next((source for prefix, source in SOURCES.items() if leaf.path.startswith(f"{prefix}.")), "event")


def counted(leaf: Leaf, buckets: Collection[Bucket]) -> list[tuple[str, str]]:
    """In which buckets the persons behind a field are counted, and where they are found."""
    return [(str(bucket), source_of(leaf)) for bucket in sorted(buckets)]
