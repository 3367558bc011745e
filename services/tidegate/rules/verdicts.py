"""Verdicts: for a set of grants that hold together, what happens to every field of a schema, and why.

A field leaves only if a grant names it AND the law lets it. Each grant stands alone before the law; of several that
name a field one that passes is enough, and what holds a delivery does so whichever grant named the field.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tidegate import law
from tidegate.events.schemas import Schema
from tidegate.law import Action, Decision, Facts, FieldClass, PartyFacts
from tidegate.rules.documents import PartyDocument
from tidegate.rules.granting import Grant
from tidegate.rules.paths import Elements, Leaf, Target, resolve
from tidegate.rules.plan import Presence, Verdict

NOT_GRANTED = "not_granted"


@dataclass(frozen=True)
class Naming:
    """How one grant names one field: by its own path or not, which elements of arrays, transformed how."""

    grant: Grant
    own: bool
    filters: tuple[Elements, ...]
    transform: str
    required: bool


@dataclass(frozen=True)
class Situation:
    """Who sends what to whom, where the hub is: the facts that all fields of a delivery share."""

    exporter: PartyDocument
    recipient: PartyDocument
    storage: law.Zone

    def facts(self, field_class: FieldClass) -> Facts:
        return Facts(field_class, party_facts(self.exporter), party_facts(self.recipient), self.storage)


def party_facts(party: PartyDocument) -> PartyFacts:
    return PartyFacts(party.zone, party.ciio, party.state_organ, party.foreign_authority, party.restricted)


def namings(grants: Sequence[Grant], schema: Schema, leaves: Sequence[Leaf]) -> dict[str, tuple[Naming, ...]]:
    """For every leaf, how the grants name it. A path that this schema does not have is passed over here."""
    found: dict[str, list[Naming]] = {leaf.path: [] for leaf in leaves}
    for grant in grants:
        targets = [(path, target) for path in grant.said.fields if (target := _target(path, schema, leaves))]
        required = [target for path in grant.said.required if (target := _target(path, schema, leaves))]
        for leaf in leaves:
            mine = [target for _, target in targets if target.covers(leaf)]
            if mine and not _left_by_port(grant, leaf):
                found[leaf.path].append(
                    Naming(
                        grant,
                        own=any(target.own for target in mine),
                        filters=_filters(mine),
                        transform=_transform_of(grant, leaf, schema, leaves),
                        required=any(target.covers(leaf) for target in required),
                    )
                )
    return {path: tuple(named) for path, named in found.items()}


def _target(path: str, schema: Schema, leaves: Sequence[Leaf]) -> Target | None:
    try:
        return resolve(path, schema, leaves)
    except ValueError:
        return None


def _filters(targets: Sequence[Target]) -> tuple[Elements, ...]:
    """The element filters of the paths that name a field. One without a filter asks for all elements."""
    found = [
        next((step for step in target.steps if isinstance(step, Elements) and step.where), Elements())
        for target in targets
    ]
    return (Elements(),) if Elements() in found else tuple(dict.fromkeys(found))


def _transform_of(grant: Grant, leaf: Leaf, schema: Schema, leaves: Sequence[Leaf]) -> str:
    for path, text in grant.said.transforms.items():
        target = _target(path, schema, leaves)
        if target is not None and target.own and target.covers(leaf):
            return text
    return ""


def _left_by_port(grant: Grant, leaf: Leaf) -> bool:
    """``location = 'port'`` leaves the port's UN/LOCODE of a location and nothing nearer."""
    if grant.said.transforms.get("location") != "port":
        return False
    return leaf.path.startswith("location.") and leaf.path != "location.unLocode"


def decide(situation: Situation, leaf: Leaf, named: Sequence[Naming]) -> tuple[Verdict, Decision | None]:
    """The verdict on one field. The decision is None where no grant names it."""
    if not named:
        return Verdict(leaf.path, leaf.field_class, Action.DROP, law.Mechanism.NONE, NOT_GRANTED, 0, ""), None
    best: tuple[Decision, Naming] | None = None
    for naming in named:
        facts = replace(
            situation.facts(leaf.field_class),
            purpose=naming.grant.said.purpose,
            own_path=naming.own,
            mandatory=naming.required,
        )
        decision = law.decide(facts)
        if best is None or _weight(decision) < _weight(best[0]):
            best = decision, naming
    assert best is not None  # noqa: S101 - named is not empty
    decision, naming = best
    action = decision.action
    if action is Action.PASS and naming.transform:
        action = Action.TOKENISE if naming.transform == "pseudonym" else Action.GENERALISE
    verdict = Verdict(
        leaf.path, leaf.field_class, action, decision.mechanism, decision.reason, decision.row, naming.grant.said.id
    )
    return verdict, decision


def _weight(decision: Decision) -> int:
    """HOLD and BLOCK_EVENT before PASS, since one grant's suspicion is not lifted by another; PASS before DROP."""
    order = (Action.BLOCK_EVENT, Action.HOLD, Action.PASS, Action.DROP)
    return order.index(decision.action)


def presence_of(leaf: Leaf, decision: Decision | None) -> Presence | None:
    """What the presence of a granted field does to the whole delivery: it may have to wait for a person.

    Row 1 leaves nothing to deliver anyway, and row 2 is asked for every field of the event, granted or not.
    """
    if decision is None or decision.action is not Action.HOLD:
        return None
    return Presence(leaf.slot, decision.action, decision.reason)
