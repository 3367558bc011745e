"""Exposure: who sees what under a plan, and what a change of plans makes visible or takes away."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tidegate.events.projection import Changed, Fields, Items, Operation, Selection
from tidegate.law import Action, Mechanism
from tidegate.rules.groups import fact_bits
from tidegate.rules.minors import MINORS
from tidegate.rules.paths import Elements, Name, parse
from tidegate.rules.plan import FieldTest, Group, PartnerViews, Plan, Section, View


@dataclass(frozen=True, slots=True, order=True)
class Seen:
    """One field of one publisher's events, as one partner may see it."""

    publisher: str
    partner: str
    path: str


@dataclass(frozen=True, slots=True)
class Change:
    """How one field's visibility differs between two plans; nothing on a side means that it is not seen there."""

    seen: Seen
    before: frozenset[str]
    after: frozenset[str]

    @property
    def exposes(self) -> bool:
        """Whether something is seen after in a way in which it was not before; to say of whom less is no such way."""
        return any(self.before.isdisjoint(_wider(one)) for one in self.after - self.before)

    @property
    def sentence(self) -> str:
        name = f"{self.seen.partner} and {self.seen.path} of {self.seen.publisher}"
        before, after = " or ".join(sorted(self.before)), " or ".join(sorted(self.after))
        if not self.before:
            return f"+ {name}: {after}"
        if not self.after:
            return f"- {name}: {before}"
        return f"~ {name}: {before} becomes {after}"


LET_GO = " once a person lets it go"
"""Ends a way in which a field is seen only of a delivery that waited."""


FEW = " for few people (row 18)"
"""Stands in a way that is open only as long as the exporter's people of the year are fewer than the lower threshold."""

UNLESS_MINORS = " unless somebody is under 14"
OF_MINORS = " if somebody is under 14"
"""Ends of ways in which a field is seen only of events that say so, or only of others."""


def _wider(way: str) -> tuple[str, ...]:
    """A way, and what it would be for people of any age, for any number of them, and for both."""
    any_age = way.removesuffix(UNLESS_MINORS)
    return way, any_age, way.replace(FEW, ""), any_age.replace(FEW, "")


def exposure(plan: Plan) -> Mapping[Seen, frozenset[str]]:
    """Every field that some partner may see, with the ways in which it may.

    A way is the action, what is made of the field, of which elements, by which grant, under which conditions and paper;
    and whether a person has to let the delivery go first.
    """
    found: dict[Seen, set[str]] = {}
    for section in plan.sections:
        for partner in section.partners:
            for path, way in _ways(plan, section, partner):
                found.setdefault(Seen(section.publisher, partner.partner, path), set()).add(way)
    return {seen: frozenset(ways) for seen, ways in found.items()}


def _ways(plan: Plan, section: Section, partner: PartnerViews) -> Iterator[tuple[str, str]]:
    conditions = _conditions(partner, section.tests)
    stamped = "" if section.stamp is None else f" if stamped for {' and '.join(section.stamp) or 'nobody'}"

    def seen_in(view: View) -> Iterator[tuple[str, str]]:
        for verdict in plan.verdicts[view.verdicts] if view.pieces or view.notice else ():
            if Action(verdict.action).leaves:
                paper = f" under {verdict.paper}{stamped}" if verdict.paper else stamped
                paper = f"{FEW}{paper}" if verdict.mechanism == Mechanism.ART5_SMALL else paper
                how = _how(view, verdict.path)
                yield verdict.path, f"{verdict.action}{how} by {verdict.grant}{conditions[verdict.grant]}{paper}"
        for header in _headers(view):
            yield header, "sent as a header"

    def ways(minors: bool) -> Iterator[tuple[str, str]]:
        for (mask, _), view in partner.every():
            if bool(mask & young) is minors:
                usual = list(seen_in(view))
                yield from usual
                if view.freed is not None:
                    yield from ((path, way + LET_GO) for path, way in seen_in(view.freed) if (path, way) not in usual)

    young = fact_bits(partner.groups, MINORS)
    others, theirs = dict.fromkeys(ways(minors=False)), dict.fromkeys(ways(minors=True))
    for path, way in others:
        yield path, way if not young or (path, way) in theirs else way + UNLESS_MINORS
    yield from ((path, way + OF_MINORS) for path, way in theirs if (path, way) not in others)


def waits(plan: Plan) -> Mapping[Seen, frozenset[str]]:
    """Every field whose presence lets a delivery to some partner wait for a person: why, by which grant, and when."""
    found: dict[Seen, set[str]] = {}
    for section in plan.sections:
        for partner in section.partners:
            conditions = _conditions(partner, section.tests)
            for _, view in partner.every():
                for verdict in plan.verdicts[view.verdicts]:
                    if verdict.action == Action.HOLD:
                        seen = Seen(section.publisher, partner.partner, verdict.path)
                        way = f"{verdict.reason} by {verdict.grant}{conditions[verdict.grant]}"
                        found.setdefault(seen, set()).add(way)
    return {seen: frozenset(ways) for seen, ways in found.items()}


def who_sees(plan: Plan, path: str) -> Mapping[Seen, frozenset[str]]:
    """Who may see a field, or any field below a path, and in which ways: exactly what the plan lets out."""
    below = (f"{path}.", f"{path}[")
    return {
        seen: ways for seen, ways in sorted(exposure(plan).items()) if seen.path == path or seen.path.startswith(below)
    }


def _headers(view: View) -> Iterator[str]:
    """What leaves beside the value."""
    if view.publisher_shown:
        yield "ce_source"
    if view.subject is not None:
        yield "ce_subject"
    if view.time is not None:
        yield "ce_time"


def _conditions(partner: PartnerViews, tests: Sequence[FieldTest]) -> dict[str, str]:
    """For every grant what it asks of an event and of the time, in words."""
    return {name: _condition(group, tests) for group in partner.groups for name in group.grants}


def _condition(group: Group, tests: Sequence[FieldTest]) -> str:
    asked = [_test(tests[index]) for index in group.tests]
    when = f" when {' and '.join(asked)}" if asked else ""
    start = "" if group.valid_from is None else f" from {_moment(group.valid_from)}"
    end = "" if group.valid_to is None else f" until {_moment(group.valid_to)}"
    return f"{when}{start}{end}"


def _test(test: FieldTest) -> str:
    if test.prefix:
        return f"{test.path} begins with {_quoted(test.prefix)}"
    return f"{test.path} is {_any_of(test.values)}"


def _any_of(values: Iterable[str]) -> str:
    """Texts of documents in words, so that no other texts and nothing that is said around them reads the same."""
    return " or ".join(map(_quoted, values))


def _quoted(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False).replace("(", "\\u0028")


_PLAIN = re.compile(r"""[^\s"()]+""")


def _moment(at_us: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us)).isoformat()


def _how(view: View, path: str) -> str:
    """What the pieces of a view make of a field, and of which elements: `` of type TRD as prefix:4``."""
    slot = path.partition("[")[0]
    piece = next((one for one in view.pieces if isinstance(one, Operation) and one.path == slot), None)
    if piece is None:
        return ""
    steps = parse(path)
    # Names up to the slot's own are behind us.
    return _inside(piece.selection, list(steps[slot.count(".") + 1 :]))


def _inside(selection: Selection, steps: Sequence[object]) -> str:
    match selection:
        case Changed(transform):
            return f" as {transform}"
        case Items() if steps and isinstance(steps[0], Elements):
            some = f" where {selection.where} is {_any_of(selection.values)}" if selection.where else ""
            return some + _inside(selection.item, steps[1:])
        case Fields() if steps and isinstance(steps[0], Name):
            inner = dict(selection.fields).get(steps[0].name)
            return "" if inner is None else _inside(inner, steps[1:])
        case _:
            return ""


def compare(old: Plan | None, new: Plan) -> list[Change]:
    """What differs, in the order of publisher, partner and field."""
    before = exposure(old) if old is not None else {}
    after = exposure(new)
    nothing: frozenset[str] = frozenset()
    return [
        Change(seen, before.get(seen, nothing), after.get(seen, nothing))
        for seen in sorted({*before, *after})
        if before.get(seen, nothing) != after.get(seen, nothing)
    ]
