"""Who sees what: read from the compiled plan, with what leaves only where persons are counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from tests.builders import a_class, a_grant, a_paper, a_partner, a_plan, a_publisher

from tidegate.events.avro import Primitive
from tidegate.events.projection import Changed, Fields, Items, Whole
from tidegate.events.transforms import parse as parse_transform
from tidegate.rules.exposure import Change, Seen, _inside, compare, who_sees
from tidegate.rules.paths import Elements, Name
from tidegate.rules.plan import Plan
from tidegate.rules.readers import reader_schema

PLATE = Seen("forwarder", "terminal", "truck.tractorPlate")
GRANTS = [a_grant("eventId", "truck.tractorPlate", when={"eventType": "EQUIPMENT"})]


def test_what_leaves_under_a_paper_is_seen_under_it() -> None:
    # Given a contract, which few people do not need and more do
    plan = a_plan(grants=GRANTS, papers=[a_paper()])

    way = "PASS by moves when eventType is EQUIPMENT"
    few = f"{way} for few people (row 18)"
    assert who_sees(plan, "truck.tractorPlate") == {PLATE: frozenset({few, f"{way} under paper"})}
    assert who_sees(plan, "truck") == who_sees(plan, "truck.tractorPlate")


LESS = " unless somebody is under 14"
FEW = " for few people (row 18)"


@pytest.mark.parametrize(
    ("before", "after", "exposes"),
    [
        ("PASS by g", f"PASS by g{FEW}", False),
        ("PASS by g", f"PASS by g{FEW}{LESS}", False),
        (f"PASS by g{LESS}", f"PASS by g{FEW}{LESS}", False),
        (f"PASS by g{FEW}", f"PASS by g{FEW}{LESS}", False),
        (f"PASS by g{FEW}", "PASS by g", True),
        (f"PASS by g{FEW}{LESS}", "PASS by g", True),
        (f"PASS by g{FEW}{LESS}", f"PASS by g{FEW}", True),
        (f"PASS by g{LESS}", f"PASS by g{FEW}", True),
        (f"PASS by g{FEW}", f"PASS by g{LESS}", True),
        ("PASS by g", f"PASS by other{FEW}", True),
    ],
)
def test_for_fewer_people_than_before_exposes_nothing(before: str, after: str, exposes: bool) -> None:
    assert Change(PLATE, frozenset({before}), frozenset({after})).exposes is exposes
    assert Change(PLATE, frozenset({before}), frozenset({before, after})).exposes is exposes


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


def ways(path: str, *fields: str, attributes: tuple[str, ...] = (), **said: Any) -> list[str]:
    """How one field is seen under one grant, in the order of the words."""
    partner = a_partner(partner={"attributes": [*attributes]})
    found = who_sees(a_plan(parties=[a_publisher(), partner], grants=[a_grant(*fields, **said)]), path)
    return sorted(way for mine in found.values() for way in mine)


EIGHT_AHEAD = timezone(timedelta(hours=8))


def test_a_way_says_when_its_grant_holds() -> None:
    said = ways(
        "eventId",
        "eventId",
        when={"eventType": ["EQUIPMENT", "TRANSPORT"], "location.unLocode": {"prefix": "CN"}},
        valid_from=datetime(2026, 1, 1, tzinfo=UTC),
        valid_to=datetime(2026, 6, 30, 12, tzinfo=EIGHT_AHEAD),
    )

    assert said == [
        "PASS by moves when eventType is EQUIPMENT or TRANSPORT and location.unLocode begins with CN "
        "from 2026-01-01T00:00:00+00:00 until 2026-06-30T04:00:00+00:00"
    ]


def test_how_a_field_is_seen_is_found_as_deep_as_it_lies() -> None:
    hour = Changed(parse_transform("hour", Primitive("long", "timestamp-micros")))
    deep = Items(Fields((("opened", Fields((("at", hour), ("by", Whole())))), ("closed", Whole()))), "kind", ("C", "S"))
    elements, opened, closed, at, by = Elements(), *map(Name, ("opened", "closed", "at", "by"))

    assert _inside(deep, [elements, opened, at]) == " where kind is C or S as hour"
    for steps in ([elements, opened, by], [elements, closed, at], [elements, opened], [elements]):
        assert _inside(deep, steps) == " where kind is C or S"
    for other in ([opened, at], []):
        assert _inside(deep, other) == ""
    for other in ([elements, at], [elements], [at, opened], []):
        assert _inside(deep.item, other) == ""


@pytest.mark.parametrize(
    ("field", "transforms", "path", "how"),
    [
        ("eventTime", {"eventTime": "hour"}, "eventTime", "GENERALISE as hour"),
        ("cargo.hsCodes[]", {"cargo.hsCodes[]": "prefix:4"}, "cargo.hsCodes[]", "GENERALISE as prefix:4"),
        ("equipment.reference", {"equipment.reference": "pseudonym"}, "equipment.reference", "TOKENISE as pseudonym"),
        ("documents[type in TRD].reference", {}, "documents[].reference", "PASS where type is TRD"),
        ("documents[type in TRD, SHI].reference", {}, "documents[].reference", "PASS where type is SHI or TRD"),
        ("documents[].reference", {}, "documents[].reference", "PASS"),
        (
            "documents[type in TRD].reference",
            {"documents[].reference": "pseudonym"},
            "documents[].reference",
            "TOKENISE where type is TRD as pseudonym",
        ),
        ("transport.vesselName", {}, "transport.vesselName", "PASS"),
    ],
)
def test_a_way_says_what_is_made_of_a_field_and_of_which_elements(
    field: str, transforms: dict[str, str], path: str, how: str
) -> None:
    # Beside others in the same record, before and after it, each of which is made into something else or nothing
    others = ("eventId", "eventUpdatedTime", "equipment.isoSizeType", "transport.vesselImo", "cargo.packages")
    made = {"eventUpdatedTime": "date", **transforms}

    assert ways(path, *others, field, transforms=made) == [f"{how} by moves"]


@pytest.mark.parametrize("header", ["ce_subject", "ce_time", "ce_source"])
def test_what_leaves_as_a_header_is_seen(header: str) -> None:
    named = {"ce_subject": "equipment.reference", "ce_time": "eventTime", "ce_source": "originatingParties[].code"}
    attributes = {"ce_subject": ("subject",), "ce_time": ("time",), "ce_source": ()}[header]

    # Given the field alone, and the header asked for alone, and both
    alone = ways(header, "eventId", named[header])
    asked = ways(header, "eventId", attributes=attributes)
    both = ways(header, "eventId", named[header], attributes=attributes)

    assert both == ["sent as a header"]
    assert asked == []
    assert alone == ([] if attributes else both)


def test_a_change_says_what_it_was_and_what_it_becomes() -> None:
    one, other = a_plan(grants=[a_grant("eventId")]), a_plan(grants=[a_grant("eventId", transforms={})])
    assert compare(one, other) == []

    hour = a_plan(grants=[a_grant("eventTime", transforms={"eventTime": "hour"})])
    date = a_plan(grants=[a_grant("eventTime", transforms={"eventTime": "date"})])
    (coarser,) = compare(hour, date)
    (gone,) = (one for one in compare(hour, a_plan(grants=[a_grant("eventId")])) if one.seen.path == "eventTime")

    name = "terminal and eventTime of forwarder"
    assert coarser.sentence == f"~ {name}: GENERALISE as hour by moves becomes GENERALISE as date by moves"
    assert gone.sentence == f"- {name}: GENERALISE as hour by moves"
    assert not gone.exposes


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("A or B", ["A", "B"]),
        ("A", "A for few people (row 18)"),
        ("A B", "A B for few people (row 18)"),
        ("A", "A unless somebody is under 14"),
        ("A", 'A" or "B'),
        (["A", "B"], "A or B"),
        ({"prefix": "A"}, {"prefix": "A for few people (row 18)"}),
    ],
)
def test_no_text_of_a_condition_reads_like_another_condition(before: object, after: object) -> None:
    def plan(asked: object) -> Plan:
        return a_plan(grants=[a_grant("eventId", when={"location.name": asked})])

    found = compare(plan(before), plan(after))

    assert [change.seen.path for change in found if change.exposes] == ["eventId"]
