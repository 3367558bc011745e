"""Situations: who sends what to whom, where the hub is, which papers hold, how many people were counted.

What all fields of a delivery share, made into the facts that the decision table asks of one field.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tidegate import law
from tidegate.law import PERSONAL, Bucket, Decision, Facts, FieldClass, Law, Mechanism, Origin, PartyFacts, Tri
from tidegate.rules.covering import NOTHING, STAMPING, Covering, form_of
from tidegate.rules.documents import PartyDocument
from tidegate.rules.levels import PEOPLE, SENSITIVE, Bounds, Level, Window, thresholds
from tidegate.rules.minors import MINORS, of_people
from tidegate.rules.papers import Paper, matters
from tidegate.rules.paths import Leaf

PARTY = "party:"
"""Begins a place of a stamp that is a party and not a zone."""


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
    """Whether a paper carries no more people, and events, than it was approved for."""

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
        return 0 if self.level is None else self._bounds().fewest(self.level, _window(leaf))

    def _first_above(self, leaf: Leaf) -> int | None:
        """The first threshold of the law that is above the level; None where there is none."""
        window, fewest = _window(leaf), self._fewest(leaf)
        asked = (one for of in thresholds(self.law).dimensions if of.window == window for one in of.bounds)
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
        """Papers that name field and purpose and hold. One is used up where even the fewest people, or events, are too
        many: an event with which there are more than it was approved for takes nothing out under it.

        Its caps are among the bounds, so that at a level all numbers are within one or none is. Where nobody counts
        what leaves under it nobody could keep the cap, and it carries nothing.
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
        mine = self.covering.papers.get(form_of(leaf), alone)
        if self.minors and of_people(leaf):
            mine = tuple(one for one in mine if one.guarded)
        return [one for one in mine if purpose in one.said.purposes and f"{kind}:{one.said.id}" in self.held]

    def _within(self, paper: Paper) -> bool:
        if not paper.numbers:
            return True
        if not paper.counted(self.law.points):
            return False
        level, bounds = self.level, self._bounds()
        return level is None or all(bounds.fewest(level, window) <= number for number, window in paper.numbers)

    def guardian(self, leaf: Leaf, purpose: str) -> bool:
        """Whether, where somebody is under 14, a paper with a guardian's consent names field and purpose."""
        return any(self._naming(leaf, purpose, kind) for kind in ("paper", "overdue"))

    def used_up(self, leaf: Leaf, purpose: str) -> bool:
        """Whether a paper names field and purpose, holds, and was approved for fewer people, or events, than left."""
        return any(not self._within(one) for one in self._naming(leaf, purpose, "paper"))

    def uncounted(self, leaf: Leaf, purpose: str, found: Decision) -> bool:
        """Whether a field would leave under a paper with a cap, and nobody count whom it is about."""
        if leaf.plain not in PERSONAL or not found.counts.isdisjoint(_window(leaf).buckets):
            return False
        used = self._used(leaf, purpose, found.mechanism)
        return used is not None and used.said.people is not None

    def with_event(self, leaf: Leaf, found: Decision) -> Decision:
        """A decision, with the event counted where important data leaves under an assessment and a paper says how often
        it may. That is no matter of the law, which counts people alone.
        """
        if leaf.field_class is not FieldClass.IMPORTANT or found.mechanism is not Mechanism.ASSESSMENT:
            return found
        return replace(found, counts=found.counts | {Bucket.IMPORTANT}) if self.counts_events else found

    @property
    def counts_events(self) -> bool:
        """Whether a paper says from how many events important data may leave."""
        return self.bounds is not None and any(one.window.of_events for one in self.bounds.dimensions)

    def paper_of(self, leaf: Leaf, purpose: str, mechanism: Mechanism) -> str:
        """The id of the paper under which a field leaves; nothing where none is needed."""
        used = self._used(leaf, purpose, mechanism)
        return "" if used is None else used.said.id

    def _used(self, leaf: Leaf, purpose: str, mechanism: Mechanism) -> Paper | None:
        """The paper under which a field leaves. A Greater Bay Area contract is a contract of Hong Kong's side too."""
        papers = self._papers(leaf, purpose, "paper")
        asked = (mechanism, *STAMPING) if mechanism is Mechanism.HK_DPP else (mechanism,)
        return next((one for kind in asked for one in papers if one.said.mechanism is kind), None)


def party_facts(party: PartyDocument) -> PartyFacts:
    return PartyFacts(
        party.zone, party.ciio, party.state_organ, party.foreign_authority, party.restricted, party.small_handler
    )


def _window(leaf: Leaf) -> Window:
    """Whom the law counts for a field."""
    return SENSITIVE if leaf.plain is FieldClass.SPI else PEOPLE


def _yes(holds: bool) -> Tri:
    return Tri.YES if holds else Tri.NO
