"""Reasons are those of the decision: the table, asked again with their facts, says what the plan says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from tests.builders import (
    COMMON,
    EVENT,
    LEVELS,
    RETRACTION,
    a_class,
    a_grant,
    a_hub,
    a_paper,
    a_partner,
    a_plan,
    a_publisher,
    a_rule_set,
)

from tidegate.law import Bucket
from tidegate.rules import RuleSet
from tidegate.rules.bounds import bounds_of
from tidegate.rules.levels import thresholds
from tidegate.rules.plan import Verdict
from tidegate.rules.reasons import Asker, level_of
from tidegate.rules.verdicts import NOT_COUNTED, USED_UP

EVERYTHING = a_grant(*COMMON, "*", "cargo.hsCodes", "people[].name", "people[].idNumber", "truck", required=["reason"])


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"grants": [EVERYTHING]},
        {"grants": [EVERYTHING], "papers": [a_paper()]},
        {
            "grants": [EVERYTHING],
            "papers": [a_paper(), a_paper("ASSESSMENT", id="deep", number="N-2", classes=["PI", "SPI"])],
        },
        {"grants": [EVERYTHING], "papers": [a_paper("GBA_SC_HK")]},
        {"grants": [EVERYTHING], "papers": [a_paper()], "parties": [a_publisher(ciio="unknown"), a_partner()]},
        {"grants": [EVERYTHING], "parties": [a_publisher(state_organ="unknown"), a_partner(restricted="unknown")]},
        {"grants": [EVERYTHING], "classes": [a_class("location.name", "SUSPECT_IMPORTANT")]},
        {
            "grants": [EVERYTHING],
            "classes": [a_class("location.name", "CORE")],
            "hub": a_hub(zone="HK"),
            "parties": [a_publisher(zone="HK"), a_partner()],
        },
    ],
)
def test_every_verdict_of_every_view_has_the_facts_of_its_own_row(said: dict[str, Any]) -> None:
    rules = a_rule_set(**said)
    plan = a_plan(rules)
    asked = 0
    for section in plan.sections:
        if section.schema_id != EVENT.schema_id:
            continue
        for one in section.partners:
            for mask, view in one.views.items():
                held = frozenset(f for bit, group in enumerate(one.groups) if mask >> bit & 1 for f in group.facts)
                leveled = zip(LEVELS, one.counted.get(mask, ()), strict=False)
                for level, mine in [(None, view), *leveled]:
                    asker = Asker(rules, section.publisher, one.partner, EVENT, held, level)
                    for verdict in plan.verdicts[mine.verdicts]:
                        why = asker.because(verdict)
                        assert why.row == verdict.row
                        assert bool(why.facts) == bool(verdict.row), verdict
                        assert (why.paper.id if why.paper else "") == verdict.paper
                        asked += bool(verdict.row)
    assert asked


def test_a_retraction_has_the_row_of_its_verdict_and_no_facts_of_fields() -> None:
    plan = a_plan()
    section = next(one for one in plan.sections if one.schema_id == RETRACTION.schema_id)
    asker = Asker(a_rule_set(), section.publisher, "terminal", RETRACTION)
    table = plan.verdicts[section.partners[0].views[1].verdicts]

    assert table
    assert [asker.because(one).row for one in table] == [one.row for one in table]


def test_facts_that_give_another_decision_explain_nothing() -> None:
    """Else an explanation would give the facts of one decision for another."""
    grants = [a_grant(*COMMON, "truck.tractorPlate")]
    tables = a_plan(grants=grants).verdicts
    verdict = next(one for table in tables for one in table if one.path == "truck.tractorPlate" and one.row)
    others = Asker(
        a_rule_set(grants=grants, papers=[a_paper()]), "forwarder", "terminal", EVENT, frozenset({"paper:paper"})
    )

    found = others.because(verdict)

    assert (found.row, verdict.row) == (10, 10)
    assert found.facts == ()


def test_people_are_those_of_the_class_that_a_field_has_in_its_company() -> None:
    # Given a plate that leaves with place and time, and so is sensitive
    said = {"grants": [a_grant(*COMMON, "location.unLocode", "truck.tractorPlate")]}
    rules = a_rule_set(**said, papers=[a_paper(classes=["PI", "SPI"])])
    views = next(one for one in a_plan(rules).sections if one.schema_id == EVENT.schema_id).partners[0]
    table = a_plan(rules).verdicts[next(iter(views.counted.values()))[0].verdicts]
    plate = next(one for one in table if one.path == "truck.tractorPlate")
    assert (plate.row, plate.field_class) == (17, "SPI")

    # Then its number is that of sensitive data
    counters = {Bucket.PI: 500, Bucket.SPI: 7}
    asker = Asker(rules, "forwarder", "terminal", EVENT, frozenset({"paper:paper"}), LEVELS[0], counters)
    assert asker.because(plate).people == 7


@pytest.mark.parametrize(
    ("pi", "spi", "level"),
    [(1, 0, 0), (99_999, 9_999, 0), (99_999, 10_000, 1), (100_000, 0, 2), (999_999, 10_000, 3), (1_000_000, 0, 4)],
)
def test_a_level_is_between_two_thresholds(pi: int, spi: int, level: int) -> None:
    found = level_of({Bucket.PI: pi, Bucket.SPI: spi}, thresholds(a_rule_set().law))

    assert LEVELS.index(found) == level


def test_events_are_said_of_important_data_alone_and_people_of_what_it_is_otherwise() -> None:
    # Given important data that is sensitive, personal data, and other data, under an assessment of so many events
    fields = ("people[].idNumber", "people[].name", "equipment.reference", "eventId")
    notice = {"id": "crew", "item": "crew", "notified": date(2025, 1, 1), "source": "x", "fields": [fields[0]]}
    for volume in ({}, {"volume": 50}):
        paper = {**a_paper("ASSESSMENT", classes=["IMPORTANT", "PI", "SPI"], items=["crew"]), **volume}
        rules = a_rule_set(grants=[a_grant(*fields)], papers=[paper], important=[notice])
        plan = a_plan(rules)
        views = plan.sections[0].partners[0]
        table = plan.verdicts[views.counted[max(views.counted)][0].verdicts]
        counters = {Bucket.PI: 500, Bucket.SPI: 7, Bucket.IMPORTANT: 3}
        asker = Asker(rules, "forwarder", "terminal", EVENT, frozenset({"paper:paper"}), LEVELS[0], counters)

        # Then each says what was counted of its own
        found = {one.path: (one.field_class, asker.because(one)) for one in table if one.path in fields}
        said = {path: (name, why.people, why.events) for path, (name, why) in found.items()}
        assert said == {
            "people[].idNumber": ("IMPORTANT", 7, 3 if volume else None),
            "people[].name": ("PI", 500, None),
            "equipment.reference": ("COMMERCIAL", None, None),
            "eventId": ("GENERAL", None, None),
        }


@pytest.mark.parametrize("counters", [{}, {Bucket.PI: 50}, {Bucket.PI: 51}, {Bucket.SPI: 50}, {Bucket.SPI: 51}])
def test_of_a_bucket_without_a_count_there_is_nobody(counters: dict[Bucket, int]) -> None:
    rules = a_rule_set(papers=[a_paper(people=50, classes=["PI", "SPI"])])
    bounds = bounds_of("forwarder", rules.papers, rules.law)

    assert level_of(counters, bounds) == level_of({Bucket.PI: 0, Bucket.SPI: 0, **counters}, bounds)


def plate_of(rules: RuleSet, publisher: str, partner: str, stamped: bool = False) -> tuple[Asker, Verdict]:
    """The verdict on a plate at the lowest level, where people are counted, and who can say why."""
    plan = a_plan(rules)
    section = next(
        one
        for one in plan.sections
        if (one.publisher, one.schema_id, one.stamp is not None) == (publisher, EVENT.schema_id, stamped)
    )
    views = next(one for one in section.partners if one.partner == partner)
    mask = max(views.views)
    held = frozenset(fact for bit, group in enumerate(views.groups) if mask >> bit & 1 for fact in group.facts)
    levels = views.counted.get(mask, ())
    table = plan.verdicts[(*levels, views.views[mask])[0].verdicts]
    asker = Asker(rules, publisher, partner, EVENT, held, LEVELS[0] if levels else None, stamp=section.stamp)
    return asker, next(one for one in table if one.path == "truck.tractorPlate")


@pytest.mark.parametrize("turned", [False, True])
def test_of_several_grants_and_papers_it_is_those_of_the_verdict(turned: bool) -> None:
    # Given a plate in the second of three grants and under the second of three papers, in either order
    grants = [a_grant("eventId", id="a"), a_grant("eventId", "truck.tractorPlate", id="m"), a_grant("eventId", id="z")]
    mechanisms = {"a": "ASSESSMENT", "m": "GBA_SC_HK", "z": "SCC"}
    papers = [a_paper(mechanism, id=name, number=name) for name, mechanism in mechanisms.items()]
    order = -1 if turned else 1
    asker, verdict = plate_of(a_rule_set(grants=grants[::order], papers=papers[::order]), "forwarder", "terminal")
    assert (verdict.row, verdict.grant, verdict.paper) == (14, "m", "m")

    why = asker.because(verdict)

    assert why.facts
    assert why.paper is not None
    assert why.paper.id == "m"
    assert sorted(one.id for one in why.papers) == ["a", "z"]


def test_only_the_number_of_people_is_said_as_it_was_counted() -> None:
    rules = a_rule_set(grants=[a_grant("eventId", "truck.tractorPlate")], papers=[a_paper()])
    asker, verdict = plate_of(rules, "forwarder", "terminal")

    bare = {one.name: one.value for one in asker.because(verdict).facts}
    counted = replace(asker, counters={Bucket.PI: 500, Bucket.SPI: 7}).because(verdict).facts

    assert bare["people"] is not None
    assert {one.name: one.value for one in counted} == {**bare, "people": 500}


SENSITIVE = {
    "grants": [a_grant("eventId", "truck.tractorPlate")],
    "classes": [a_class("truck.tractorPlate", "SPI")],
}


def test_where_nobody_is_ever_counted_a_verdict_has_its_facts_whatever_the_counts_are() -> None:
    """Nothing can leave there that would be counted, so there is one verdict, and nobody's number in it."""
    rules = a_rule_set(**SENSITIVE, papers=[a_paper("ART5_SMALL", classes=["SPI"])])
    asker, verdict = plate_of(rules, "forwarder", "terminal")
    assert (asker.level, verdict.reason) == (None, "no_assessment_uncounted")

    why = replace(asker, level=LEVELS[0], counters={Bucket.PI: 5, Bucket.SPI: 7}).because(verdict)

    assert why.facts == asker.because(verdict).facts != ()
    assert why.people is None


def test_what_waits_though_nobody_was_counted_has_the_facts_of_few_people() -> None:
    late = {key: value for key, value in a_paper(classes=["SPI"]).items() if key != "filed"}
    asker, verdict = plate_of(a_rule_set(**SENSITIVE, papers=[late]), "forwarder", "terminal")
    assert (asker.level, verdict.row, verdict.reason) == (None, 17, "filing_overdue")

    why = asker.because(verdict)

    assert {one.name: one.value for one in why.facts}["people"] == 1
    assert why.people is None


@pytest.mark.parametrize("row", [16, 17, 19])
def test_facts_of_another_row_explain_nothing_whatever_the_reason(row: int) -> None:
    rules = a_rule_set(grants=[a_grant("eventId", "truck.tractorPlate")], papers=[a_paper()])
    asker, verdict = plate_of(rules, "forwarder", "terminal")
    assert verdict.row == 18

    for reason in (NOT_COUNTED, USED_UP, verdict.reason):
        assert asker.because(replace(verdict, reason=reason)).facts
        assert asker.because(replace(verdict, reason=reason, row=row)).facts == ()
    assert asker.because(replace(verdict, reason="no_basis_on_record")).facts == ()


@pytest.mark.parametrize("stamped", [True, False])
def test_what_came_in_stamped_is_explained_by_the_contract_that_it_came_under(stamped: bool) -> None:
    # Given what Hong Kong got under a Greater Bay Area contract that lets it go on to a third
    own = {"publisher": {"collected_in": "HK", "own_data": "yes"}}
    second = {**a_publisher("second", zone="HK", **own), "partner": {}}
    grants = [
        a_grant("eventId", "truck.tractorPlate", id=name, publishers=[name], partners=[to])
        for name, to in (("forwarder", "second"), ("second", "third"))
    ]
    papers = [a_paper("GBA_SC_HK", recipients=["second"], onward=["third"])]
    parties = [a_publisher(), second, a_partner("third")]
    rules = a_rule_set(parties=parties, grants=grants, papers=papers)

    asker, verdict = plate_of(rules, "second", "third", stamped)
    why = asker.because(verdict)

    # Then it goes on under that, and what it sends of its own does not
    assert verdict.paper == ("paper" if stamped else "")
    assert why.facts
    assert (why.paper.id if why.paper else "") == verdict.paper
    assert {one.name: one.value for one in why.facts}.get("papers", frozenset()) == (
        {"GBA_SC_HK"} if stamped else set()
    )
