"""Advice: what is not wrong in a rule set and what its author may not have meant."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from tidegate.events.facts import EVENT
from tidegate.events.schemas import Schema
from tidegate.law import Action, Decision, FieldClass, Tri
from tidegate.rules.combining import FOLLOWED, VEHICLE, is_track, raised_as, with_conditions
from tidegate.rules.covering import STAMPING, covering
from tidegate.rules.documents import PartyDocument
from tidegate.rules.granting import Grant
from tidegate.rules.levels import FEWEST
from tidegate.rules.papers import list_of
from tidegate.rules.paths import Leaf, Target, resolve
from tidegate.rules.reports import Note
from tidegate.rules.reviewing import reviews
from tidegate.rules.ruleset import RuleSet
from tidegate.rules.scoping import whole_stream
from tidegate.rules.situations import Situation
from tidegate.rules.verdicts import decide, named_by

_BARRED = ("foreign_authority", "restricted_recipient")
"""Reasons that concern a partner altogether; they are said where the partner stands."""
_COARSE = ("hour", "date")
_JOINED_BY = ("equipment.reference", "documents[].reference", "references[].value", "seals[].number")
"""Fields by which events of one consignment are joined; a pseudonym of one joins as well."""


def advice(rules: RuleSet) -> Iterator[Note]:
    """All notes on a rule set."""
    for name, party in rules.parties.items():
        for said, inner in _of_party(party, rules):
            yield rules.placed[name].note(said, *inner)
    yield from _of_papers(rules)
    for at, rule in rules.classes:
        if rule.field_class in (FieldClass.CORE, FieldClass.EXPORT_CONTROLLED):
            slots = {leaf.slot for known in rules.leaves.values() for leaf in known if leaf.path == rule.field}
            for slot in sorted(slots):
                yield at.note(f"every event in which {slot} says anything is now blocked, for everyone", "field")
    for grant in rules.grants:
        for said, inner in (
            *_of_paths(grant, rules),
            *_of_times(grant),
            *_of_conditions(grant, rules),
            *_of_scope(grant, rules),
            *_of_company(grant, rules),
        ):
            yield grant.at.note(said, *inner)


def _of_papers(rules: RuleSet) -> Iterator[Note]:
    for paper in rules.papers:
        if paper.incomplete:
            yield paper.at.note(paper.incomplete, "mechanism")
        if paper.undocumented:
            yield paper.at.note(paper.undocumented, "mechanism")
        if paper.usable and paper.said.pipia and paper.said.pipia_on is None:
            said = f"{paper.said.id} does not say of which day {paper.said.pipia} is; add pipia_on, or nobody is told"
            yield paper.at.note(f"{said} when to look at it again", "pipia")
    for one in reviews(rules):
        yield one.paper.at.note(f"{one.sentence} [{one.article}]", one.key)


_Said = Iterator[tuple[str, tuple[str | int, ...]]]


def _of_party(party: PartyDocument, rules: RuleSet) -> _Said:
    name = party.id
    if party.publisher is None and party.partner is None:
        yield f"{name} neither publishes nor receives; add [party.publisher] or [party.partner]", ()
    for fact in party.proofs:
        if getattr(party, fact) is Tri.UNKNOWN:
            said = f"the proof of {fact} of {name} is of other days, so it is not known, which is the strict answer"
            yield f"{said}; prove it anew and activate again", ("proofs", fact)
    yield from _of_publisher(party, rules)
    if party.partner is not None:
        for fact in ("foreign_authority", "restricted"):
            if getattr(party, fact) is Tri.UNKNOWN:
                yield f"{name} does not say {fact} = 'no'; unknown counts as yes: nothing is delivered to it", ()
        if all(name not in grant.said.partners for grant in rules.grants):
            yield f"no grant names {name} as partner, so it gets nothing", ("partner",)


def _of_publisher(party: PartyDocument, rules: RuleSet) -> _Said:
    name = party.id
    if party.publisher is None:
        return
    if party.publisher.identity_adds:
        added = " and ".join(party.publisher.identity_adds)
        said = f"events of {name} that have one id are told apart by {added}: one id may stand for many events"
        yield said, ("publisher", "identity_adds")
    if party.state_organ is Tri.UNKNOWN:
        yield f"{name} does not say state_organ = 'no'; unknown counts as yes: events with personal data stop", ()
    if all(name not in grant.said.publishers for grant in rules.grants):
        yield f"no grant names {name} as publisher, so nobody gets anything of its events", ("publisher",)
    if party.publisher.own_data is Tri.YES and (under := _bound_by(name, rules)):
        said = f"{name} says own_data = 'yes' and gets data that may go on to few only, under {under}: "
        yield (
            said + "what it passes on has to come in with its stamp; without, it counts as its own",
            ("publisher",),
        )


def _bound_by(name: str, rules: RuleSet) -> str:
    """Papers under which a party gets what carries a stamp."""
    mine = (one.said for one in rules.papers if one.usable and name in one.said.recipients)
    return " and ".join(said.id for said in mine if said.onward or said.mechanism in STAMPING)


def _of_paths(grant: Grant, rules: RuleSet) -> _Said:
    """Paths of which nothing leaves, whatever the event."""
    decided = list(_decisions(grant, rules))
    for index, path in enumerate(grant.said.fields):
        targets = {
            schema.schema_id: _target(path, rules.leaves[schema.schema_id], schema)
            for schema in rules.schemas
            if schema.name == EVENT
        }
        found = [
            (leaf, decision, freed)
            for schema_id, leaf, decision, freed in decided
            if (target := targets[schema_id]) and target.covers(leaf)
        ]
        if not found or any(decision.action is Action.PASS for _, decision, _ in found):
            continue
        leaf, decision, _ = found[0]
        if decision.reason in _BARRED:
            continue
        if all(decision.reason == "commercial_not_named" for _, decision, _ in found):
            fields = dict.fromkeys(leaf.path for leaf, _, _ in found)
            some = ", ".join(list(fields)[:3]) + (" ..." if len(fields) > 3 else "")
            said = f"{path!r} lets nothing out: what is COMMERCIAL is named field by field, as in {some}"
        elif decision.action is Action.HOLD:
            goes = any(freed is not None and freed.action is Action.PASS for _, _, freed in found)
            then = "leaves with them once one lets them go" if goes else "stays even when one lets them go"
            why = f"it is {leaf.field_class} ({decision.reason}), and {then}"
            said = f"{path!r} makes deliveries wait for a person: {why}"
        else:
            every = [one for known in rules.leaves.values() for one in known]
            raised = raised_as(leaf, every)
            why = f"{leaf.path} is {leaf.field_class}{raised} ({decision.reason}, row {decision.row})"
            said = f"{path!r} lets nothing out: {why}"
        yield said, ("fields", index)


def _decisions(grant: Grant, rules: RuleSet) -> Iterator[tuple[int, Leaf, Decision, Decision | None]]:
    """What the law says of every leaf that a grant names, for all publishers, partners and schemas; and of one that
    waits, what it says once a person lets it go. A leaf has the class that it has in its company.

    Whatever papers can be used at some time count as usable, and few people as counted: so what stays, always does.
    """
    pairs = [(rules.parties[one], rules.parties[two]) for one in grant.said.publishers for two in grant.said.partners]
    for schema in rules.schemas:
        if schema.name != EVENT:
            continue
        known = rules.leaves[schema.schema_id]
        named = named_by(grant, schema, known)
        situations = [_at_best(rules, exporter, recipient, schema, named) for exporter, recipient in pairs]
        for leaf in known:
            for situation in situations:
                naming = named.get(leaf.path, ())
                found = decide(situation, leaf, naming)
                if found.decision is not None:
                    waits = found.decision.action is Action.HOLD
                    freed = decide(situation, leaf, naming, freed=True).decision if waits else None
                    said = replace(leaf, field_class=FieldClass(found.verdict.field_class))
                    yield schema.schema_id, said, found.decision, freed


def _at_best(
    rules: RuleSet, exporter: PartyDocument, recipient: PartyDocument, schema: Schema, named: Collection[str]
) -> Situation:
    listed = list_of(exporter, rules.hub.zone, rules.lists, rules.law)
    found = covering(rules, exporter, recipient.id, schema, listed, named)
    usable = frozenset(fact for fact in found.facts if fact.startswith("paper:"))
    return Situation(exporter, recipient, rules.hub.zone, rules.law, found, usable, FEWEST)


def _of_times(grant: Grant) -> _Said:
    if grant.said.transforms.get("eventTime") not in _COARSE:
        return
    finer = [name for name in ("eventCreatedTime", "eventUpdatedTime") if _seen_as_it_is(grant, name)]
    beside = f", and {' and '.join(finer)} beside it to the microsecond" if finer else ""
    yield (
        f"eventTime leaves as its {grant.said.transforms['eventTime']}, but whoever reads live sees when the event "
        f"came{beside}; that bounds the time of what has just happened",
        ("transforms", "eventTime"),
    )


def _of_scope(grant: Grant, rules: RuleSet) -> _Said:
    """Single events are harmless; a whole port's stream is important data by its scale (NDSMR 37)."""
    for index, name in enumerate(grant.said.publishers):
        if whole_stream(grant.said, rules.parties[name]):
            yield (
                f"{grant.said.id} gives every event of {name}: all that moves there, which may be important data by "
                "its scale; add limits = { lanes = [...], days = 30 }, or conditions that name the partner's shipments",
                ("publishers", index),
            )


def _of_company(grant: Grant, rules: RuleSet) -> _Said:
    """A plate of one event and time and place of another are a track to whoever can join the two (LAW 8.4(6)).

    In one event that is a mistake; no event shows what a partner makes of two, so here it is only said.
    """
    named = _named_in_all(grant, rules)
    plate = next((path for path in FOLLOWED if path in named), None)
    if plate is None or is_track(named) or not _may_leave(plate, grant, rules):
        return
    for other in rules.grants:
        both = sorted(set(grant.said.partners) & set(other.said.partners))
        beside = _named_in_all(other, rules)
        by = next((path for path in _JOINED_BY if path in named and path in beside), None)
        if both and by and is_track({**named, **{path: beside[path] for path in beside if path not in FOLLOWED}}):
            whom = "vehicle" if plate in VEHICLE else "person"
            yield (
                f"{both[0]} gets {plate} under {grant.said.id}, and under {other.said.id} time and place of events "
                f"with {by} too: whoever joins them follows a {whom}, and no paper is asked about that; let "
                f"{other.said.id} leave port and hour only, or leave {by} out of one",
                ("fields",),
            )
            return


def _named_in_all(grant: Grant, rules: RuleSet) -> dict[str, Collection[str]]:
    """What a grant shows in any event schema, and how it is transformed; what its conditions ask among it."""
    found: dict[str, set[str]] = {}
    for schema in rules.schemas:
        if schema.name == EVENT:
            for path, namings in named_by(grant, schema, rules.leaves[schema.schema_id]).items():
                found.setdefault(path, set()).update(one.transform for one in namings)
    return with_conditions(found, grant.said.when)


def _may_leave(path: str, grant: Grant, rules: RuleSet) -> bool:
    """Whether a field may leave, by itself or once a person lets it go."""
    return any(
        one is not None and one.action is Action.PASS
        for _, leaf, found, freed in _decisions(grant, rules)
        if leaf.path == path
        for one in (found, freed)
    )


def _of_conditions(grant: Grant, rules: RuleSet) -> _Said:
    """A condition on a field that the partner does not see tells it of that field whatever the grant withholds."""
    for path in grant.said.when:
        known = [leaf for found in rules.leaves.values() for leaf in found if leaf.path == path]
        commercial = any(leaf.field_class is FieldClass.COMMERCIAL for leaf in known)
        if commercial and path not in grant.said.fields:
            said = f"whoever gets an event under {grant.said.id} learns what is asked of {path} here"
            yield f"{said}; it is COMMERCIAL and not granted", ("when", path)


def _seen_as_it_is(grant: Grant, path: str) -> bool:
    return path not in grant.said.transforms and any(named in (path, "*") for named in grant.said.fields)


def _target(path: str, known: Sequence[Leaf], schema: Schema) -> Target | None:
    try:
        return resolve(path, schema, known)
    except ValueError:
        return None
