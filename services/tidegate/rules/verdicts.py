"""Verdicts: for a set of grants that hold together, what happens to every field of a schema, and why.

A field leaves only if a grant names it AND the law lets it. Each grant stands alone before the law; of several that
name a field one that passes is enough, and what holds a delivery does so whichever grant named the field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from tidegate import law
from tidegate.events.schemas import Schema
from tidegate.law import Action, Decision
from tidegate.rules.combining import as_combined, is_track, with_conditions
from tidegate.rules.granting import Grant
from tidegate.rules.minors import of_people
from tidegate.rules.paths import Elements, Leaf, Target, resolve
from tidegate.rules.plan import Presence, Verdict
from tidegate.rules.situations import Situation

Ask: TypeAlias = Callable[[law.Facts, law.Law], Decision]
"""The table, as it is asked for what leaves by itself, or for what leaves once a person lets it go."""
NOT_GRANTED = "not_granted"
NOT_COUNTED = "not_counted"
USED_UP = "paper_used_up"
"""A paper would carry the field if it were approved for more people, or events."""
NO_GUARDIAN = "no_guardian"
"""Somebody is under 14, no paper that names the field has a guardian's consent, and that makes the difference."""


@dataclass(frozen=True)
class Naming:
    """How one grant names one field: by its own path or not, which elements of arrays, transformed how.

    ``track`` says that with what else the grant shows it follows a vehicle or a person.
    """

    grant: Grant
    own: bool
    filters: tuple[Elements, ...]
    transform: str
    required: bool
    track: bool = False


Named: TypeAlias = Mapping[str, tuple[Naming, ...]]
"""For every leaf that a grant names, how it does."""


def named_by(grant: Grant, schema: Schema, leaves: Sequence[Leaf]) -> Named:
    """How a grant names the leaves of a schema. A path that this schema does not have is passed over here."""
    said = grant.said
    targets = [target for path in said.fields if (target := _target(path, schema, leaves))]
    required = [target for path in said.required if (target := _target(path, schema, leaves))]
    transforms = [(target, text) for path, text in said.transforms.items() if (target := _target(path, schema, leaves))]
    found: dict[str, tuple[Naming, ...]] = {}
    for leaf in leaves:
        mine = [target for target in targets if target.covers(leaf)]
        if not mine or _left_by_port(grant, leaf):
            continue
        transform = next((text for target, text in transforms if target.owns(leaf)), "")
        needed = any(target.covers(leaf) for target in required)
        # Apart: what its own path opens of some elements, a parent's or a wildcard's does not open of the others.
        found[leaf.path] = tuple(
            Naming(grant, own, _filters(alike), transform, needed)
            for own in (True, False)
            if (alike := [target for target in mine if target.owns(leaf) is own])
        )
    shown = {path: {one.transform for one in named} for path, named in found.items()}
    if is_track(with_conditions(shown, said.when)):
        found = {path: tuple(replace(one, track=True) for one in named) for path, named in found.items()}
    return found


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


def _left_by_port(grant: Grant, leaf: Leaf) -> bool:
    """``location = 'port'`` leaves the port's UN/LOCODE of a location and nothing nearer."""
    if grant.said.transforms.get("location") != "port":
        return False
    return leaf.path.startswith("location.") and leaf.path != "location.unLocode"


@dataclass(frozen=True)
class Decided:
    """What happens to one field, which namings let it leave, who is counted for it, and where alone it may go on."""

    verdict: Verdict
    decision: Decision | None = None
    passing: tuple[Naming, ...] = ()
    counts: frozenset[law.Bucket] = frozenset()
    stamps: tuple[frozenset[str], ...] = ()


def decide(situation: Situation, leaf: Leaf, named: Sequence[Naming], *, freed: bool = False) -> Decided:
    """What happens to one field. There is no decision where no grant names it. ``freed``: a person let it go."""
    if not named:
        return Decided(not_granted(leaf))
    decisions = [_decision(situation, leaf, naming, law.decide_freed if freed else law.decide) for naming in named]
    decision, naming = min(zip(decisions, named, strict=True), key=lambda pair: _weight(pair[0]))
    action, said = decision.action, in_company(situation, leaf, naming)
    if action is Action.PASS and naming.transform:
        action = Action.TOKENISE if naming.transform == "pseudonym" else Action.GENERALISE
    verdict = Verdict(
        leaf.path,
        said.field_class,
        action,
        decision.mechanism,
        decision.reason,
        decision.row,
        naming.grant.said.id,
        situation.paper_of(said, naming.grant.said.purpose, decision.mechanism),
    )
    if decision.action is not Action.PASS:
        return Decided(verdict, decision)
    letting = [(said, one) for said, one in zip(decisions, named, strict=True) if said.action is Action.PASS]
    counts = frozenset(bucket for said, _ in letting for bucket in said.counts)
    stamps = [said.stamp for said, _ in letting if said.stamp is not None and situation.stamp is None]
    limits = (
        situation.onward_of(in_company(situation, leaf, one), one.grant.said.purpose, mechanism)
        for said, one in letting
        for mechanism in (said.mechanism, said.beside)
    )
    stamps += [limit for limit in limits if limit is not None]
    return Decided(verdict, decision, tuple(one for _, one in letting), counts, tuple(stamps))


def in_company(situation: Situation, leaf: Leaf, naming: Naming) -> Leaf:
    """The field with the class that it has beside what else the grant names, to this recipient."""
    track, transform = naming.track, naming.transform
    return as_combined(leaf, situation.recipient, track=track, transform=transform, minors=situation.minors)


def _decision(situation: Situation, leaf: Leaf, naming: Naming, ask: Ask) -> Decision:
    """What the law says of a field under one grant.

    Where somebody is under 14 the field of people is asked for twice, and the stricter answer holds: few people with
    sensitive data need less than very many without.
    """
    said, purpose = in_company(situation, leaf, naming), naming.grant.said.purpose
    if not situation.minors or not of_people(said):
        return _counted(situation, leaf, naming, ask)
    usual, found = (_counted(one, leaf, naming, ask) for one in (situation.without_minors(), situation))
    if found.action is Action.DROP and found.reason != usual.reason and not situation.guardian(said, purpose):
        found = replace(found, reason=NO_GUARDIAN)
    return max(found, usual, key=lambda one: one.action.strictness)


def _counted(situation: Situation, leaf: Leaf, naming: Naming, ask: Ask) -> Decision:
    """What would have to be counted stays where nobody counts, and what a paper is used up for says so."""
    said, purpose = in_company(situation, leaf, naming), naming.grant.said.purpose
    found = situation.with_event(said, _asked(situation, said, naming, ask))
    if (found.counts and situation.level is None) or situation.uncounted(said, purpose, found):
        return Decision(found.row, Action.DROP, law.Mechanism.NONE, NOT_COUNTED)
    if found.action is Action.DROP and situation.used_up(said, purpose):
        free = _asked(replace(situation, capped=False), said, naming, ask)
        return replace(found, reason=USED_UP) if free.action is Action.PASS else found
    return found


def _asked(situation: Situation, leaf: Leaf, naming: Naming, ask: Ask) -> Decision:
    facts = situation.facts(leaf, naming.grant.said.purpose)
    return ask(replace(facts, own_path=naming.own, mandatory=naming.required), situation.law)


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


def not_granted(leaf: Leaf) -> Verdict:
    """The verdict on a field that no grant names."""
    return Verdict(leaf.path, leaf.field_class, Action.DROP, law.Mechanism.NONE, NOT_GRANTED, 0, "")


def ungranted(situation: Situation, known: Sequence[Leaf]) -> tuple[tuple[Verdict, ...], tuple[Presence, ...]]:
    """What happens to fields that no grant names, and those whose presence blocks the whole event (row 2)."""
    verdicts, presences = [], []
    for leaf in known:
        verdict = not_granted(leaf)
        decision = law.decide_presence(situation.facts(leaf), situation.law)
        if decision is not None:
            verdict = replace(verdict, action=decision.action, reason=decision.reason, row=decision.row)
            presences.append(Presence(leaf.slot, decision.action, decision.reason))
        verdicts.append(verdict)
    return tuple(verdicts), tuple(dict.fromkeys(presences))
