"""Protections: what in a rule set keeps data back, and what of it another rule set lowers.

Lowered is whatever can make more visible without a grant or a paper that says so by its own: a class, a fact about a
party, a check, an open point, the day of the law, an item of a list or a register, what a paper may cover, what a grant
requires, and who may approve all that. What a grant or a paper opens is in the exposure, and is acknowledged field by
field instead. A tag may be lowered by two people only (LAW 8.4(13)); so may the rest of what protects.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, fields
from typing import TypeAlias

from tidegate.events.checks import RULES
from tidegate.events.findings import Severity
from tidegate.law import Origin, Points, Tri
from tidegate.law.points import STRICT
from tidegate.rules.documents import PartyDocument
from tidegate.rules.exposure import exposure, waits
from tidegate.rules.paper_documents import ROLES, NegativeListDocument
from tidegate.rules.papers import end_of, list_of
from tidegate.rules.plan import Plan
from tidegate.rules.ruleset import RuleSet

Key: TypeAlias = tuple[Hashable, ...]

_YES_IS_STRICT = ("ciio", "state_organ", "foreign_authority", "restricted")
_GONE = "none"
_FOREVER = -(1 << 60)
APPROVALS = 2
"""How many different people have to approve what lowers a protection (LAW 8.4(13))."""
_SOME = {"V3": 1, "V5": 1}
_REFUSING = {**dict.fromkeys(RULES, 0), **_SOME, "V7": 2, "V8": 2}
"""How much a check keeps back of itself: nothing, some of its findings do, all do. Only an ERROR keeps back."""


@dataclass(frozen=True, slots=True)
class Protection:
    """One thing that keeps data back. ``strictness`` is compared; ``said`` is its value in words.

    ``needed`` tells whether something is lost when it is not there any more. ``fixed`` protections have no order: any
    change of their value lowers them.
    """

    strictness: int
    said: str
    about: str
    needed: bool = True
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Lowered:
    """A protection that is weaker than it was."""

    about: str
    before: str
    after: str

    @property
    def sentence(self) -> str:
        return f"{self.about}: {self.before} becomes {self.after}"


def lowered(old: RuleSet, new: RuleSet) -> tuple[Lowered, ...]:
    """What a new rule set protects less than an old one, in a fixed order.

    What only the old one speaks of (a party that is gone, a grant) protects nothing any more and is not lowered.
    """
    before, after = _protections(old), _protections(new)
    if len(old.approvers) < APPROVALS:
        # Nobody could approve yet, so naming those who can is the way to begin.
        before, after = ({key: one for key, one in side.items() if key[0] != "approver"} for side in (before, after))
    found = []
    for key, was in before.items():
        now = after.get(key)
        if now is None:
            if was.needed and _still_there(key, new):
                found.append(Lowered(was.about, was.said, _GONE))
        elif now.strictness < was.strictness or (
            was.fixed and now.strictness == was.strictness and now.said != was.said
        ):
            found.append(Lowered(was.about, was.said, now.said))
    found += [
        Lowered(one.about, _GONE, one.said) for key, one in after.items() if key[0] == "approver" and key not in before
    ]
    return tuple(sorted(set(found), key=lambda one: (one.about, one.before)))


def no_longer_held(old: Plan, new: Plan) -> tuple[Lowered, ...]:
    """Fields for which deliveries waited for a person and no longer do, to partners who still see something there.

    A grant that names a suspect field holds the whole delivery; without it the fields of the other grants go at once.
    """
    before, after = waits(old), waits(new)
    served = {(seen.publisher, seen.partner) for seen in exposure(new)}
    return tuple(
        Lowered(f"deliveries to {seen.partner} wait for {seen.path} of {seen.publisher}", way, _GONE)
        for seen, ways in sorted(before.items())
        if (seen.publisher, seen.partner) in served
        for way in sorted(ways - after.get(seen, frozenset()))
    )


def _still_there(key: Key, new: RuleSet) -> bool:
    """Whether what a protection was about is still spoken of."""
    kind, name = key[0], str(key[1]) if len(key) > 1 else ""
    match kind:
        case "required":
            return any(grant.said.id == name for grant in new.grants)
        case "item":
            return any(one.id == name and one.verified for one in new.lists)
        case "party":
            return key[2] == "looks_up" and name in new.parties
        case "class" | "severity" | "paper" | "list":
            return False
        case _:
            return True


def _protections(rules: RuleSet) -> dict[Key, Protection]:
    return {
        key: one
        for part in (_classes, _parties, _severities, _law, _lists, _register, _papers, _grants, _people)
        for key, one in part(rules)
    }


_Found: TypeAlias = Iterator[tuple[Key, Protection]]


def _classes(rules: RuleSet) -> _Found:
    """Classes in every schema, and the mildest of all: a schema that is new may not call a known field less."""
    mildest: dict[str, Protection] = {}
    for schema_id, leaves in rules.leaves.items():
        for leaf in leaves:
            one = Protection(leaf.field_class.strictness, leaf.field_class, f"class of {leaf.path}")
            yield ("class", schema_id, leaf.path), one
            mildest[leaf.path] = min(one, mildest.get(leaf.path, one), key=lambda found: found.strictness)
    for path, one in mildest.items():
        yield ("class", "mildest", path), one


def _parties(rules: RuleSet) -> _Found:
    yield ("hub",), Protection(0, rules.hub.zone.code, "zone of the hub", fixed=True)
    for zone in rules.hub.readable_in:
        yield ("readable", zone.code), Protection(0, "read there", f"hub readable in {zone.code}")
    for name, party in rules.parties.items():
        yield ("party", name, "zone"), Protection(0, party.zone.code, f"zone of {name}", fixed=True)
        for fact in (*_YES_IS_STRICT, "small_handler"):
            said: Tri = getattr(party, fact)
            lenient = Tri.YES if fact == "small_handler" else Tri.NO
            yield ("party", name, fact), Protection(int(said is not lenient), said, f"{fact} of {name}")
        for fact, proof in party.proofs.items():
            ends = _FOREVER if proof.until is None else -proof.until.toordinal()
            until, about = str(proof.until or _GONE), f"of the proof of {fact} of {name}"
            yield ("party", name, "proof", fact), Protection(ends, until, f"end {about}")
            starts = proof.starts.toordinal()
            yield ("party", name, "proof starts", fact), Protection(starts, str(proof.starts), f"begin {about}")
        for side in (party.publisher, party.partner):
            if side is not None:
                relays = ", ".join(zone.code for zone in side.relays) or _GONE
                way = "to" if side is party.publisher else "from"
                yield (
                    ("party", name, "relays", way),
                    Protection(0, relays, f"relays {way} the hub of {name}", fixed=True),
                )
        for path in party.partner.looks_up if party.partner else ():
            yield ("party", name, "looks_up", path), Protection(0, "looked up", f"{path} looked up by {name}")
        yield from _collection(name, party)


def _collection(name: str, party: PartyDocument) -> _Found:
    said = party.publisher
    if said is None:
        return
    origin = said.collected_in
    yield (
        ("party", name, "collected_in"),
        # Every origin but the unknown one opens a row of its own, so a change between two of them is no order.
        Protection(
            int(origin is Origin.UNKNOWN), origin, f"collected_in of {name}", fixed=origin is not Origin.UNKNOWN
        ),
    )
    own = said.own_data
    yield ("party", name, "own_data"), Protection(int(own is not Tri.YES), own, f"own_data of {name}")


def _severities(rules: RuleSet) -> _Found:
    for name, party in rules.parties.items():
        for side, settings, usual in (("publisher", party.publisher, _REFUSING), ("partner", party.partner, {})):
            given = {} if settings is None else {str(rule): severity for rule, severity in settings.severities.items()}
            for rule in RULES if settings is not None else ():
                severity = given.get(rule)
                strict = usual.get(rule, 0) if severity is None else 2 * (severity is Severity.ERROR)
                said = "as usual" if severity is None else severity
                yield ("severity", name, side, rule), Protection(strict, said, f"severity of {rule} for {side} {name}")


def _law(rules: RuleSet) -> _Found:
    for one in fields(Points):
        said = getattr(rules.law.points, one.name)
        strict = said == getattr(STRICT, one.name)
        yield ("point", one.name), Protection(int(strict), str(said).lower(), f"open point {one.name}")
    yield ("law",), Protection(rules.law.day.toordinal(), str(rules.law.day), "day of the law")


def _lists(rules: RuleSet) -> _Found:
    for one in rules.lists:
        permits = one.verified and one.published is not None
        said = "verified" if permits else "not verified"
        yield ("list", one.id), Protection(int(not permits), said, f"negative list {one.id}")
        for path, people in _on_list(one).items():
            said = "from the first person on" if people == 1 else f"from {people:,} people on"
            yield ("item", one.id, path), Protection(-people, said, f"{path} on negative list {one.id}")
    # A list opens something to whom it is in force for: by its area, sectors and day, and by theirs.
    for name, party in rules.publishers.items():
        found = list_of(party, rules.lists, rules.law)
        about = f"negative list in force for {name}"
        if found is None:
            yield ("party", name, "list"), Protection(1, _GONE, about)
        else:
            yield ("party", name, "list"), Protection(0, found.id, about, fixed=True)


def _on_list(found: NegativeListDocument) -> dict[str, int]:
    """From how many people on each path of a list is on it: the fewest of the items that name it."""
    named: dict[str, int] = {}
    for item in found.items:
        for path in item.fields:
            people = item.threshold or 1
            named[path] = min(people, named.get(path, people))
    return named


def _register(rules: RuleSet) -> _Found:
    for one in rules.register:
        about = f"important data {one.id}"
        yield ("important", one.id), Protection(len(one.fields), ", ".join(one.fields), about)
        # A later notice is a longer grace.
        yield (
            ("important", one.id, "notified"),
            Protection(-one.notified.toordinal(), str(one.notified), f"notice of {about}", needed=False),
        )


def _papers(rules: RuleSet) -> _Found:
    for paper in rules.papers:
        said = paper.said
        # No end, and no limit of people, is the least strict of all.
        end = end_of(said, rules.law)
        ends = _FOREVER if end is None else -int(end.timestamp())
        yield ("paper", said.id, "expires"), Protection(ends, str(end or _GONE), f"end of paper {said.id}")
        people = _FOREVER if said.people is None else -said.people
        yield ("paper", said.id, "people"), Protection(people, str(said.people or _GONE), f"people of paper {said.id}")
        if paper.usable and said.effective is not None:
            # One that could not be used yet opens what the exposure shows; one that could does so no earlier.
            starts = int(said.effective.timestamp())
            yield (
                ("paper", said.id, "effective"),
                Protection(starts, str(said.effective), f"begin of paper {said.id}"),
            )
            about = f"mechanism of paper {said.id}"
            yield ("paper", said.id, "mechanism"), Protection(0, said.mechanism, about, fixed=True)
        roles = ", ".join(sorted(said.roles)) or "everybody"
        onward = ", ".join(sorted(said.onward)) or _GONE
        further = f"to whom paper {said.id} lets data go on"
        yield ("paper", said.id, "onward"), Protection(-len(said.onward), onward, further, fixed=True)
        about = f"whom paper {said.id} is about"
        yield ("paper", said.id, "roles"), Protection(-(len(said.roles) or len(ROLES)), roles, about, fixed=True)


def _grants(rules: RuleSet) -> _Found:
    for grant in rules.grants:
        for path in grant.said.required:
            about = f"{path} required by grant {grant.said.id}"
            yield ("required", grant.said.id, path), Protection(1, "required", about)


def _people(rules: RuleSet) -> _Found:
    for one in rules.approvers:
        yield ("approver", one.id), Protection(0, one.key, f"key of approver {one.id}", fixed=True)
