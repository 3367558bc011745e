"""Protections: what in a rule set keeps data back, and what of it another rule set lowers.

Lowered is whatever can make more visible without a grant or a paper that says so by its own: a class, a fact about a
party, a check, an open point, the day of the law, an item of a list or a register, what a paper may cover, what a grant
requires, and who may approve all that. What a grant or a paper opens is in the exposure, and is acknowledged field by
field instead. A tag may be lowered by two people only (LAW 8.4(13)); so may the rest of what protects.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, fields

from tidegate.events.checks import RULES
from tidegate.events.findings import Severity
from tidegate.law import IMPORTANCE, FieldClass, Origin, Points, Tri
from tidegate.law.points import STRICT
from tidegate.rules.documents import PartyDocument, Provable
from tidegate.rules.exposure import exposure, waits
from tidegate.rules.papers import OF_IMPORTANT, end_of
from tidegate.rules.plan import Plan
from tidegate.rules.protected_lists import GONE, Found, Key, Protection, lists, references, register
from tidegate.rules.protected_papers import filed
from tidegate.rules.ruleset import RuleSet

_YES_IS_STRICT: tuple[Provable, ...] = ("ciio", "state_organ", "foreign_authority", "restricted")
_FOREVER = -(1 << 60)
APPROVALS = 2
"""How many different people have to approve what lowers a protection (LAW 8.4(13))."""
_SOME = {"V3": 1, "V5": 1}
_REFUSING = {**dict.fromkeys(RULES, 0), **_SOME, "V7": 2, "V8": 2}
"""How much a check keeps back of itself: nothing, some of its findings do, all do. Only an ERROR keeps back."""


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
    return _sorted(one for _, one in _weaker(old, new))


def lowered_on_return(old: RuleSet, new: RuleSet, parties: Collection[str]) -> tuple[Lowered, ...]:
    """What a new rule set says more mildly of parties that are back than the last one that spoke of them.

    Else to leave a party out and to write it anew with milder facts would be a way around the two people.
    """
    return _sorted(one for key, one in _weaker(old, new) if key[0] in ("party", "severity") and str(key[1]) in parties)


def _sorted(found: Iterable[Lowered]) -> tuple[Lowered, ...]:
    return tuple(sorted(set(found), key=lambda one: (one.about, one.before)))


def _weaker(old: RuleSet, new: RuleSet) -> Iterator[tuple[Key, Lowered]]:
    before, after = _protections(old), _protections(new)
    if len(old.approvers) < APPROVALS:
        # Nobody could approve yet, so naming those who can is the way to begin.
        before, after = ({key: one for key, one in side.items() if key[0] != "approver"} for side in (before, after))
    for key, was in before.items():
        now = after.get(key)
        if now is None:
            if was.needed and _still_there(key, new):
                yield key, Lowered(was.about, was.said, GONE)
        elif now.strictness < was.strictness or (
            now.strictness == was.strictness and (_changed(was, now) or not now.allowed <= was.allowed)
        ):
            yield key, Lowered(was.about, was.said, now.said)
    for key, one in after.items():
        if key[0] == "approver" and key not in before:
            yield key, Lowered(one.about, GONE, one.said)


def _changed(was: Protection, now: Protection) -> bool:
    return was.fixed and now.said != was.said


def no_longer_held(old: Plan, new: Plan) -> tuple[Lowered, ...]:
    """Fields for which deliveries waited for a person and no longer do, to partners who still see something there.

    A grant that names a suspect field holds the whole delivery; without it the fields of the other grants go at once.
    A filing that is made is none of that: what waits for want of it goes on under the paper that waited for it.
    """
    before, after, shown = waits(old), waits(new), exposure(new)
    served, filed = {(seen.publisher, seen.partner) for seen in shown}, _filed_since(old, new)
    return tuple(
        Lowered(f"deliveries to {seen.partner} wait for {seen.path} of {seen.publisher}", way, GONE)
        for seen, ways in sorted(before.items())
        if (seen.publisher, seen.partner) in served
        for way in sorted(ways - after.get(seen, frozenset()))
        if not ((seen.publisher, seen.partner) in filed and _leaves_instead(way, shown.get(seen, ())))
    )


def _filed_since(old: Plan, new: Plan) -> set[tuple[str, str]]:
    """Publishers and partners between whom papers could be late and are there still, and cannot be: all are filed."""
    late, later, there = _named(old, "overdue:"), _named(new, "overdue:"), _named(new, "paper:")
    gone = {pair: names - later.get(pair, set()) for pair, names in late.items()}
    return {pair for pair, names in gone.items() if names and names <= there.get(pair, set())}


def _named(plan: Plan, kind: str) -> dict[tuple[str, str], set[str]]:
    """The papers of which a fact of some kind may hold, by publisher and partner."""
    found: dict[tuple[str, str], set[str]] = {}
    for section in plan.sections:
        for partner in section.partners:
            facts = (fact for group in partner.groups for fact in group.facts if fact.startswith(kind))
            found.setdefault((section.publisher, partner.partner), set()).update(fact[len(kind) :] for fact in facts)
    return found


def _leaves_instead(way: str, ways: Iterable[str]) -> bool:
    """Whether a field that waited for a filing leaves now by the grant by which it waited."""
    return way.startswith(_LATE) and any(f"{way.removeprefix(_LATE)} " in f"{one} " for one in ways)


_LATE = "filing_overdue"


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
        case "document":
            return any(paper.said.id == name for paper in new.papers)
        case "class" | "severity" | "paper" | "list" | "reference":
            return False
        case _:
            return True


def _protections(rules: RuleSet) -> dict[Key, Protection]:
    return {
        key: one
        for part in (
            *(_classes, _otherwise, _parties, _severities, references, _law),
            *(lists, register, _papers, filed, _grants, _people),
        )
        for key, one in part(rules)
    }


def _classes(rules: RuleSet) -> Found:
    """Classes in every schema, and the mildest of all: a schema that is new may not call a known field less."""
    mildest: dict[str, Protection] = {}
    for schema_id, leaves in rules.leaves.items():
        for leaf in leaves:
            one = Protection(leaf.field_class.strictness, leaf.field_class, f"class of {leaf.path}")
            yield ("class", schema_id, leaf.path), one
            if leaf.confidential:
                # Of what is nothing else its class says it.
                further = leaf.field_class is not FieldClass.COMMERCIAL
                about = f"{leaf.path} as a commercial secret"
                yield ("secret", leaf.path), Protection(1, "kept", about, needed=further)
            mildest[leaf.path] = min(one, mildest.get(leaf.path, one), key=lambda found: found.strictness)
    for path, one in mildest.items():
        yield ("class", "mildest", path), one


def _otherwise(rules: RuleSet) -> Found:
    """Of what is important, or suspect, as what it has to be allowed as well, and as what a person may let it go."""
    mildest: dict[str, Protection] = {}
    for leaf in (one for leaves in rules.leaves.values() for one in leaves if one.field_class in IMPORTANCE):
        about = f"class of {leaf.path} should it be no important data"
        one = Protection(leaf.otherwise.strictness, leaf.otherwise, about, needed=False)
        mildest[leaf.path] = min(one, mildest.get(leaf.path, one), key=lambda found: found.strictness)
    for path, one in mildest.items():
        yield ("otherwise", path), one


def _proofs(name: str, party: PartyDocument) -> Found:
    """From when to when facts are proved; one that counts as it is said does for ever where no proof limits it."""
    unlimited = [fact for fact in _YES_IS_STRICT if getattr(party, fact) is Tri.NO]
    for fact in dict.fromkeys((*party.proofs, *unlimited)):
        proof = party.proofs.get(fact)
        starts, until = (None, None) if proof is None else (proof.starts, proof.until)
        about = f"of the proof of {fact} of {name}"
        ends = _FOREVER if until is None else -until.toordinal()
        yield ("party", name, "proof", fact), Protection(ends, str(until or GONE), f"end {about}")
        begins = 0 if starts is None else starts.toordinal()
        yield ("party", name, "proof starts", fact), Protection(begins, str(starts or GONE), f"begin {about}")


def _parties(rules: RuleSet) -> Found:
    yield ("hub",), Protection(0, rules.hub.zone.code, "zone of the hub", fixed=True)
    for zone in rules.hub.readable_in:
        yield ("readable", zone.code), Protection(0, "read there", f"hub readable in {zone.code}")
    for name, party in rules.parties.items():
        yield ("party", name, "zone"), Protection(0, party.zone.code, f"zone of {name}", fixed=True)
        for fact in (*_YES_IS_STRICT, "small_handler"):
            said: Tri = getattr(party, fact)
            lenient = Tri.YES if fact == "small_handler" else Tri.NO
            yield ("party", name, fact), Protection(int(said is not lenient), said, f"{fact} of {name}")
        yield from _proofs(name, party)
        for side in (party.publisher, party.partner):
            if side is not None:
                relays = ", ".join(zone.code for zone in side.relays) or GONE
                way = "to" if side is party.publisher else "from"
                yield (
                    ("party", name, "relays", way),
                    Protection(0, relays, f"relays {way} the hub of {name}", fixed=True),
                )
        for path in party.partner.looks_up if party.partner else ():
            yield ("party", name, "looks_up", path), Protection(0, "looked up", f"{path} looked up by {name}")
        yield from _collection(name, party)


def _collection(name: str, party: PartyDocument) -> Found:
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


def _severities(rules: RuleSet) -> Found:
    for name, party in rules.parties.items():
        for side, settings, usual in (("publisher", party.publisher, _REFUSING), ("partner", party.partner, {})):
            given = {} if settings is None else {str(rule): severity for rule, severity in settings.severities.items()}
            for rule in RULES if settings is not None else ():
                severity = given.get(rule)
                strict = usual.get(rule, 0) if severity is None else 2 * (severity is Severity.ERROR)
                said = "as usual" if severity is None else severity
                yield ("severity", name, side, rule), Protection(strict, said, f"severity of {rule} for {side} {name}")


def _law(rules: RuleSet) -> Found:
    for one in fields(Points):
        said = getattr(rules.law.points, one.name)
        strict = said == getattr(STRICT, one.name)
        yield ("point", one.name), Protection(int(strict), str(said).lower(), f"open point {one.name}")
    yield ("law",), Protection(rules.law.day.toordinal(), str(rules.law.day), "day of the law")


def _papers(rules: RuleSet) -> Found:
    for paper in rules.papers:
        said = paper.said
        # No end, and no limit of people or events, is the least strict of all.
        end = end_of(said, rules.law)
        ends = _FOREVER if end is None else -int(end.timestamp())
        yield ("paper", said.id, "expires"), Protection(ends, str(end or GONE), f"end of paper {said.id}")
        for name in ("people", "volume"):
            number: int | None = getattr(said, name)
            strict = _FOREVER if number is None else -number
            yield ("paper", said.id, name), Protection(strict, str(number or GONE), f"{name} of paper {said.id}")
        if paper.usable and said.effective is not None:
            # One that could not be used yet opens what the exposure shows; one that could does so no earlier.
            starts = int(said.effective.timestamp())
            yield (
                ("paper", said.id, "effective"),
                Protection(starts, str(said.effective), f"begin of paper {said.id}"),
            )
            about = f"mechanism of paper {said.id}"
            yield ("paper", said.id, "mechanism"), Protection(0, said.mechanism, about, fixed=True)
        for item in rules.register if said.mechanism in OF_IMPORTANT else ():
            named = item.id in said.items
            about = f"important data {item.id} in paper {said.id}"
            yield ("paper", said.id, "item", item.id), Protection(int(not named), "named" if named else GONE, about)


def _grants(rules: RuleSet) -> Found:
    for grant in rules.grants:
        for path in grant.said.required:
            about = f"{path} required by grant {grant.said.id}"
            yield ("required", grant.said.id, path), Protection(1, "required", about)


def _people(rules: RuleSet) -> Found:
    for one in rules.approvers:
        yield ("approver", one.id), Protection(0, one.key, f"key of approver {one.id}", fixed=True)
