"""The decision table proved for all facts at once, from the source that runs, by z3.

A test of a case says that one question has the right answer. Here every question is asked: that each has one answer,
that each row is reached, that less knowledge and fewer papers never show more, and that a second transcription of the
table says the same. Where a proof fails it shows the facts that break it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pycountry
import pytest
import z3
from hypothesis import given, settings
from tests.proof import asked, planted
from tests.proof.claims import Table, broken_by, difference, goes_on, leaves, proved, second, table, which, with_fact
from tests.proof.symbolic import FALSE, TRUE, never
from tests.properties.naive_table import naive
from tests.properties.test_law import settled, situations

from tidegate import law
from tidegate.law import Facts, FieldClass, Mechanism, Origin, Points, Tri, Zone, law_on, newest_law, parse_zone
from tidegate.law.points import STRICT
from tidegate.law.zones import FREE_TRADE_ZONES, GBA_CITIES

# That the formulas are what runs.


@settings(max_examples=150, deadline=None, derandomize=True)
@given(situations, settled)
def test_the_formulas_say_what_the_functions_say(facts: Facts, points: Points) -> None:
    zones = (facts.exporter.zone, facts.recipient.zone, facts.storage, *facts.relays)
    facts = replace(facts, relays=facts.relays or (facts.storage,))
    assert set(zones) <= set(asked.ZONES)
    fixed = asked.fixed(facts, points)

    place = z3.simplify(z3.substitute(which(), *fixed)).as_long()

    found, said = table().outcomes[place][1], law.decide(facts, newest_law(points))
    assert replace(found, stamp=None) == replace(said, stamp=None)
    assert (found.stamp is None) == (said.stamp is None)


def signature(zone: Zone) -> tuple[object, ...]:
    edges = newest_law().edges
    return (zone.mainland, *(edges.within(area, zone) for area in (*edges.areas, "*")))


def test_every_zone_is_like_one_of_those_that_the_proofs_ask_about() -> None:
    codes = [country.alpha_2 for country in pycountry.countries]
    codes += [one.code for one in pycountry.subdivisions if one.code not in ("CN-HK", "CN-MO", "CN-TW")]
    codes += [*(f"CN-GD-{city}" for city in GBA_CITIES), *FREE_TRADE_ZONES]
    known = {signature(zone) for zone in asked.ZONES if zone is not None}

    assert {code for code in codes if signature(parse_zone(code)) not in known} == set()


def test_places_between_matter_by_what_they_are_and_not_by_how_many_they_are() -> None:
    """So one open relay is enough: none is one that is where the storage is, and a second adds nothing of its own."""
    none, one = Table(law.decide, relays=0).verdicts(), table().verdicts()
    storage, relay = (asked.PLACES[name] for name in ("storage", "relay"))
    same = [z3.And(storage.variable == storage.said(zone), relay.variable == relay.said(zone)) for zone in asked.ZONES]

    proved(z3.Implies(z3.Or(same), z3.Not(difference(none, one))))


# Total, and every row is there for something.


@pytest.mark.parametrize(
    "day",
    [
        date(2024, 3, 22),
        pytest.param(date(2024, 12, 31), marks=pytest.mark.soak),
        pytest.param(date(2026, 1, 1), marks=pytest.mark.soak),
        date(2026, 9, 1),
    ],
    ids=str,
)
def test_all_facts_have_one_answer_and_nothing_raises(day: date) -> None:
    found = Table(law.decide, law=law_on(day))
    whens = [when for when, decision in found.outcomes if decision is not None]

    proved(z3.Not(found.raises))
    proved(z3.Sum([z3.If(when, 1, 0) for when in whens]) == 1)


@pytest.mark.parametrize("number", range(1, 20))
def test_each_row_decides_something(number: int) -> None:
    # Given facts that z3 says a row decides
    model = broken_by(z3.Not(table().where(lambda decision: decision is not None and decision.row == number)))
    assert model is not None

    # When the table itself is asked with them
    found = asked.example(model)

    # Then it is that row
    assert law.decide(found.facts, found.law).row == number


# Closed: not to know, and not to have, never opens.


UNKNOWNS: dict[str, tuple[z3.ExprRef, z3.ExprRef]] = {
    **{name: (one.variable, one.said(Tri.UNKNOWN)) for name, one in asked.TRIS.items()},
    **{f"exporter {name}": (one.variable, one.said(Tri.UNKNOWN)) for name, one in asked.EXPORTER.items()},
    **{f"recipient {name}": (one.variable, one.said(Tri.UNKNOWN)) for name, one in asked.RECIPIENT.items()},
    **{name: (one.variable, one.said(None)) for name, one in asked.PLACES.items()},
    "origin": (asked.ORIGIN.variable, asked.ORIGIN.said(Origin.UNKNOWN)),
    "class": (asked.CLASS.variable, asked.CLASS.said(FieldClass.UNCLASSIFIED)),
    "purpose": (asked.PURPOSE.variable, asked.PURPOSE.said("")),
    "lineage": (asked.FLAGS["lineage_known"], FALSE),
    "people": (asked.COUNTED, FALSE),
    "own path": (asked.FLAGS["own_path"], FALSE),
    "that it is no secret": (asked.FLAGS["confidential"], TRUE),
}


_OF_GRANTS = ("class", "people", "own path", "purpose", "that it is no secret")


@pytest.mark.parametrize("fact", UNKNOWNS)
def test_what_leaves_without_a_fact_or_a_tag_leaves_with_any(fact: str) -> None:
    proved(z3.Implies(with_fact(leaves(), *UNKNOWNS[fact]), leaves()))


@pytest.mark.parametrize("fact", [name for name in UNKNOWNS if name not in _OF_GRANTS])
def test_an_event_that_goes_on_without_a_fact_goes_on_with_any(fact: str) -> None:
    proved(z3.Implies(with_fact(goes_on(), *UNKNOWNS[fact]), goes_on()))


@pytest.mark.parametrize("paper", asked.PAPERS)
def test_what_leaves_without_a_paper_leaves_with_it(paper: Mechanism) -> None:
    proved(z3.Implies(with_fact(leaves(), asked.USABLE.bits[paper], FALSE), leaves()))


@pytest.mark.parametrize("paper", asked.PAPERS)
def test_a_late_filing_opens_nothing(paper: Mechanism) -> None:
    """It may hold what would leave under another paper: to take the late one away is then no way around its filing."""
    proved(z3.Implies(with_fact(leaves(), asked.OVERDUE.bits[paper], TRUE), leaves()))


def test_what_leaves_of_more_people_leaves_of_fewer() -> None:
    proved(z3.Implies(with_fact(leaves(), asked.PEOPLE, asked.PEOPLE + 1), leaves()))


@pytest.mark.parametrize("point", asked.POINTS)
def test_the_strict_answer_to_an_open_point_shows_no_more(point: str) -> None:
    strict = TRUE if getattr(STRICT, point) else FALSE
    proved(z3.Implies(with_fact(leaves(), asked.POINTS[point], strict), leaves()))


RAISED = (FieldClass.SUSPECT_IMPORTANT, FieldClass.IMPORTANT, FieldClass.EXPORT_CONTROLLED, FieldClass.CORE)
TRADE = z3.Or([asked.PURPOSE.variable == asked.PURPOSE.said(one) for one in law.PURPOSES])


def as_class(formula: z3.BoolRef, one: FieldClass) -> z3.BoolRef:
    return with_fact(formula, asked.CLASS.variable, asked.CLASS.said(one))


@pytest.mark.parametrize("raised", RAISED)
def test_to_raise_a_class_shows_no_more_than_what_the_field_is_otherwise(raised: FieldClass) -> None:
    for one in FieldClass:
        was = asked.OTHERWISE.variable == asked.OTHERWISE.said(one)

        proved(z3.Implies(z3.And(was, as_class(leaves(), raised)), as_class(leaves(), one)))
        if one.strictness < raised.strictness:
            proved(z3.Implies(z3.And(was, as_class(goes_on(), raised)), as_class(goes_on(), one)))


@pytest.mark.parametrize(
    ("stricter", "milder", "where"),
    [
        (FieldClass.SPI, FieldClass.PI, TRUE),
        (FieldClass.PI, FieldClass.COMMERCIAL, asked.FLAGS["confidential"]),
        (FieldClass.PI, FieldClass.GENERAL, TRADE),
        (FieldClass.COMMERCIAL, FieldClass.GENERAL, TRADE),
    ],
)
def test_a_stricter_class_shows_no_more(stricter: FieldClass, milder: FieldClass, where: z3.BoolRef) -> None:
    """A grant has a purpose of trade always, and what was COMMERCIAL before it was called personal is it still."""
    proved(z3.Implies(z3.And(where, as_class(leaves(), stricter)), as_class(leaves(), milder)))


def test_a_suspicion_that_a_notice_confirms_may_leave_under_its_assessment_and_never_beyond_what_it_is() -> None:
    """The one class that shows more than a milder one: what is suspect waits for a person, and an assessment decides.

    A person cannot be asked what the authority has answered; so from suspect to important is not a raise that closes.
    """
    important, suspect = (as_class(leaves(), one) for one in (FieldClass.IMPORTANT, FieldClass.SUSPECT_IMPORTANT))
    under = asked.USABLE.bits[Mechanism.ASSESSMENT]

    assert broken_by(z3.Implies(important, suspect)) is not None
    proved(z3.Implies(z3.And(important, z3.Not(under)), suspect))


# Written twice, and errors in either found.


def test_a_second_transcription_says_the_same_of_all_facts() -> None:
    proved(z3.Not(second().raises))
    proved(z3.Not(difference(table().verdicts(), second().verdicts())))


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(error, marks=[pytest.mark.soak] if n % 8 else [], id=str(error))
        for n, error in enumerate(planted.ERRORS)
    ],
)
def test_a_planted_error_in_either_is_found(error: planted.Error) -> None:
    # Given the table, or its second transcription, with one error
    wrong = Table(error.function, planted={error.where: (error.old, error.new)})
    right = (table() if error.function is naive else second()).verdicts()

    # When the two are compared
    model = broken_by(z3.Not(difference(wrong.verdicts(), right)))

    # Then facts are shown of which they differ, and there they do: the true ones agree
    assert model is not None
    found = asked.example(model)
    said = law.decide(found.facts, found.law)
    assert (said.row, said.action, said.mechanism) == naive(found.facts, found.law)


def test_what_is_never_true_is_not_proved() -> None:
    """The proofs can fail: a claim that is wrong is broken by facts, and those facts break it."""
    model = broken_by(never(leaves()))
    assert model is not None
    found = asked.example(model)

    assert law.decide(found.facts, found.law).action.leaves
