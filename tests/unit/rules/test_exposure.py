"""Who sees what: read from the compiled plan, with what leaves only where persons are counted."""

from __future__ import annotations

from tests.builders import a_class, a_grant, a_paper, a_plan

from tidegate.rules.exposure import Seen, compare, who_sees
from tidegate.rules.readers import reader_schema

PLATE = Seen("forwarder", "terminal", "truck.tractorPlate")
GRANTS = [a_grant("eventId", "truck.tractorPlate", when={"eventType": "EQUIPMENT"})]


def test_what_leaves_under_a_paper_is_seen_under_it() -> None:
    # Given a contract, which few people do not need and more do
    plan = a_plan(grants=GRANTS, papers=[a_paper()])

    way = "PASS by moves when eventType is EQUIPMENT"
    assert who_sees(plan, "truck.tractorPlate") == {PLATE: frozenset({way, f"{way} under paper"})}
    assert who_sees(plan, "truck") == who_sees(plan, "truck.tractorPlate")


def test_nobody_sees_what_needs_a_paper_and_has_none() -> None:
    assert who_sees(a_plan(grants=GRANTS), "truck.tractorPlate") == {}


def test_a_field_is_not_found_by_the_beginning_of_its_name() -> None:
    assert who_sees(a_plan(grants=[a_grant("eventId", "eventType")]), "event") == {}


def test_a_new_paper_exposes_and_its_end_takes_away() -> None:
    without, with_paper = a_plan(grants=GRANTS), a_plan(grants=GRANTS, papers=[a_paper()])

    (opened,) = compare(without, with_paper)
    (closed,) = compare(with_paper, without)

    assert opened.seen == closed.seen == PLATE
    assert opened.exposes
    assert not closed.exposes


SUSPECT = {"grants": [a_grant("eventId", "location.name")], "classes": [a_class("location.name", "SUSPECT_IMPORTANT")]}


def test_what_a_person_may_let_go_is_seen_once_a_person_does_and_a_change_of_that_is_shown() -> None:
    plan, without = a_plan(**SUSPECT), a_plan(grants=[a_grant("eventId")])

    (name,) = compare(without, plan)

    assert name.sentence == "+ terminal and location.name of forwarder: PASS by moves once a person lets it go"
    assert name.exposes
    assert who_sees(plan, "eventId") == {Seen("forwarder", "terminal", "eventId"): frozenset({"PASS by moves"})}


def test_a_partners_reader_schema_reads_what_a_person_lets_go() -> None:
    names = [field["name"] for field in reader_schema(a_plan(**SUSPECT), "terminal")["fields"]]

    assert names == ["eventId", "location"]


def test_a_partners_reader_schema_reads_what_leaves_under_a_count_too() -> None:
    plan = a_plan(grants=GRANTS, papers=[a_paper()])

    names = [field["name"] for field in reader_schema(plan, "terminal")["fields"]]

    assert names == ["eventId", "truck"]
