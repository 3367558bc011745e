"""People under 14: what has to be on record for them, what of an event is theirs, and who sees it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.builders import (
    EVENT,
    RETRACTION,
    a_class,
    a_grant,
    a_paper,
    a_partner,
    a_plan,
    a_publisher,
    a_rule_set,
)

from tidegate.errors import BadRules
from tidegate.events.avro import Primitive
from tidegate.events.schemas import Schema
from tidegate.law import Bucket, FieldClass
from tidegate.rules import Plan
from tidegate.rules.combining import as_combined, forms_of_minors
from tidegate.rules.exposure import Seen, compare, who_sees
from tidegate.rules.groups import fact_bits
from tidegate.rules.minors import BIRTH, MINORS, as_minors, of_people, says_births
from tidegate.rules.paper_documents import AuthorizationDocument
from tidegate.rules.paths import Leaf
from tidegate.rules.plan import FieldTest, PartnerViews

CHILDREN: dict[str, Any] = {"minors": True, "guardian": "guardian 1"}
NAME, PLATE = "people[].name", "truck.tractorPlate"


@pytest.mark.parametrize(
    ("said", "complete"),
    [
        ({}, True),
        (CHILDREN, True),
        ({**CHILDREN, "basis": "consent", "consent": "consent 2"}, True),
        ({"basis": "consent", "consent": "consent 2"}, True),
        ({"minors": True}, False),
        ({"minors": True, "basis": "hr"}, False),
        ({"minors": True, "basis": "consent", "consent": "consent 2"}, False),
        ({**CHILDREN, "basis": "consent"}, False),
        ({"basis": "consent"}, False),
        ({**CHILDREN, "basis": None}, False),
        ({**CHILDREN, "notice": ""}, False),
        ({**CHILDREN, "pipia": ""}, False),
    ],
)
def test_a_guardians_consent_is_on_record_for_people_under_14_whatever_the_basis(
    said: dict[str, Any], complete: bool
) -> None:
    assert AuthorizationDocument.model_validate(a_paper(**said)).evidence is complete


@pytest.mark.parametrize(("said", "guarded"), [({}, False), (CHILDREN, True), ({"guardian": "guardian 1"}, False)])
def test_a_paper_is_guarded_that_says_that_it_is_about_children_and_has_a_guardian(
    said: dict[str, Any], guarded: bool
) -> None:
    (paper,) = a_rule_set(papers=[a_paper(**said)]).papers

    assert paper.guarded is guarded


def a_leaf(path: str, field_class: str = "PI", otherwise: str = "PI") -> Leaf:
    return Leaf(path, (), path, Primitive("string"), FieldClass(field_class), FieldClass(otherwise))


@pytest.mark.parametrize(
    ("leaf", "raised"),
    [
        (a_leaf(NAME), ("SPI", "SPI")),
        (a_leaf("location.address"), ("SPI", "SPI")),
        (a_leaf("people[].idNumber", "SPI", "SPI"), ("SPI", "SPI")),
        (a_leaf(NAME, "IMPORTANT"), ("IMPORTANT", "SPI")),
        (a_leaf("trucker.name"), ("SPI", "SPI")),
        (a_leaf(PLATE), None),
        (a_leaf(PLATE, "SPI", "SPI"), None),
        (a_leaf("eventId", "GENERAL", "GENERAL"), None),
        (a_leaf("eventId", "SUSPECT_IMPORTANT", "COMMERCIAL"), None),
    ],
)
def test_what_is_personal_to_the_people_of_an_event_is_sensitive(leaf: Leaf, raised: tuple[str, str] | None) -> None:
    found = as_minors(leaf)

    assert of_people(leaf) is (raised is not None)
    assert (found.field_class, found.otherwise) == (raised or (leaf.field_class, leaf.otherwise))


def test_a_key_that_somebody_looks_up_is_of_people_too() -> None:
    key = a_leaf("equipment.reference", "GENERAL", "GENERAL")
    rules = a_rule_set(
        parties=[a_publisher(), a_partner(partner={"looks_up": ["equipment.reference"]}), a_partner("b")]
    )
    knows, other = rules.parties["terminal"], rules.parties["b"]

    assert [one.field_class for one in forms_of_minors(key, knows)] == ["SPI"]
    assert list(forms_of_minors(key, other)) == []
    assert list(forms_of_minors(a_leaf("people[].idNumber", "SPI", "SPI"), other)) == []
    assert as_combined(key, knows, track=False, transform="", minors=True).field_class == "SPI"
    assert as_combined(key, knows, track=False, transform="pseudonym", minors=True).field_class == "GENERAL"
    assert as_combined(key, knows, track=False, transform="").field_class == "PI"
    # What is the truck's is not, whoever looks it up
    partner = knows.partner
    assert partner is not None
    of_truck = knows.model_copy(update={"partner": partner.model_copy(update={"looks_up": ("truck.code",)})})
    assert list(forms_of_minors(a_leaf("truck.code", "GENERAL", "GENERAL"), of_truck)) == []


def own(people: Any) -> Schema:
    fields = [{"name": "eventId", "type": "string"}, {"name": "people", "type": people}]
    return Schema.of({"type": "record", "name": "ShipmentEvent", "namespace": "logistics", "fields": fields})


def persons(field: str) -> Any:
    fields = [{"name": "name", "type": "string"}, {"name": field, "type": "string"}]
    return {"type": "array", "items": {"type": "record", "name": "Person", "fields": fields}}


def test_which_schemas_have_birth_dates() -> None:
    assert says_births(EVENT)
    assert says_births(own(persons("birthDate")))
    assert says_births(own(["null", persons("birthDate")]))
    assert not any(says_births(own(persons(field))) for field in ("age", "birth", "birthdate", "born"))
    assert not says_births(own({"type": "array", "items": "string"}))
    assert not says_births(own("string"))
    assert not says_births(RETRACTION)


def asks(plan: Plan) -> list[PartnerViews]:
    """The partners for whose views it matters whether somebody is under 14."""
    return [one for section in plan.sections for one in section.partners if fact_bits(one.groups, MINORS)]


@pytest.mark.parametrize(
    ("fields", "asked"),
    [
        (("eventId", "eventTime"), False),
        (("eventId", PLATE), False),
        (("eventId", "location.unLocode"), False),
        (("eventId", NAME), True),
        (("eventId", "people[].idNumber", PLATE), True),
        (("eventId", "location.address"), True),
        (("*",), True),
    ],
)
def test_only_where_something_of_people_is_granted_anybody_asks_how_old_they_are(
    fields: tuple[str, ...], asked: bool
) -> None:
    plan = a_plan(grants=[a_grant(*fields)])

    assert bool(asks(plan)) is asked
    tests = [test for section in plan.sections for test in section.tests]
    assert tests == ([FieldTest(BIRTH, under=14)] if asked else [])
    for partner in asks(plan):
        (group,) = [one for one in partner.groups if MINORS in one.facts]
        assert (group.grants, group.tests, group.valid_from, group.valid_to) == ((), (0,), None, None)


def test_of_a_schema_without_birth_dates_nobody_asks() -> None:
    person = {
        "type": "record",
        "name": "Person",
        "fields": [{"name": "name", "type": "string", "confluent:tags": ["PI"]}],
    }
    fields = [
        {"name": "eventId", "type": "string", "confluent:tags": ["GENERAL"]},
        {"name": "people", "type": {"type": "array", "items": person}, "confluent:tags": ["PI"]},
    ]
    schema = {"type": "record", "name": "ShipmentEvent", "namespace": "logistics", "fields": fields}
    plan = a_plan(a_rule_set(schemas={"own.avsc": schema}, grants=[a_grant("eventId", NAME)], papers=[a_paper()]))

    asked = {section.schema_id: bool(section.tests) for section in plan.sections if section.partners}
    assert asked == {EVENT.schema_id: True, Schema.of(schema).schema_id: False, RETRACTION.schema_id: False}


def test_nobody_asks_for_a_partner_who_gets_nothing_of_people() -> None:
    grants = [a_grant("eventId", NAME), a_grant("eventId", id="bare", partners=["bank"])]

    (partner,) = asks(a_plan(parties=[a_publisher(), a_partner(), a_partner("bank")], grants=grants))

    assert partner.partner == "terminal"


def test_a_key_that_a_partner_looks_up_makes_it_ask() -> None:
    grants = [a_grant("eventId", "equipment.reference")]
    knows = a_partner(partner={"looks_up": ["equipment.reference"]})

    assert asks(a_plan(parties=[a_publisher(), knows], grants=grants))
    assert not asks(a_plan(grants=grants))


def verdicts(plan: Plan, path: str, *, minors: bool) -> Iterator[str]:
    for partner in asks(plan):
        for (mask, _), view in partner.every():
            if bool(mask & fact_bits(partner.groups, MINORS)) is minors:
                found = next(one for one in plan.verdicts[view.verdicts] if one.path == path)
                yield f"{found.field_class} {found.action} {found.paper}".strip()


def test_without_a_guardian_a_child_is_in_no_bucket_and_with_one_in_that_of_sensitive_data() -> None:
    papers = [a_paper("ART5_SMALL"), a_paper("SCC", id="guarded", classes=["PI", "SPI"], **CHILDREN)]
    plan = a_plan(grants=[a_grant("eventId", NAME)], papers=papers)

    (partner,) = asks(plan)
    young = fact_bits(partner.groups, MINORS)
    counts = {bool(mask & young): set() for (mask, _), _ in partner.every()}
    for (mask, _), view in partner.every():
        counts[bool(mask & young)] |= set(view.counts)
    assert counts == {True: {(str(Bucket.SPI), "people")}, False: {(str(Bucket.PI), "people")}}
    assert {"SPI PASS guarded", "SPI DROP"} == set(verdicts(plan, NAME, minors=True))
    assert "PI PASS paper" in set(verdicts(plan, NAME, minors=False))
    bare = a_plan(grants=[a_grant("eventId", NAME)], papers=papers[:1])
    assert set(verdicts(bare, NAME, minors=True)) == {"SPI DROP"}


def test_a_paper_of_sensitive_data_alone_is_asked_for_children_only_with_a_guardian() -> None:
    def facts(**said: Any) -> set[str]:
        # A name may be part of a track without any children, an employer may not
        plan = a_plan(grants=[a_grant("eventId", "people[].employer")], papers=[a_paper(classes=["SPI"], **said)])
        return {fact for one in asks(plan) for group in one.groups for fact in group.facts}

    assert facts() == {MINORS}
    assert facts(**CHILDREN) == {MINORS, "paper:paper"}


def test_the_number_of_people_of_a_paper_about_children_is_one_of_sensitive_people_too() -> None:
    def buckets(**said: Any) -> frozenset[Bucket]:
        paper = a_paper(classes=[], fields=[NAME, PLATE], people=100, **said)
        return a_rule_set(grants=[a_grant("eventId", NAME)], papers=[paper]).papers[0].buckets

    # A plate or a name may be part of a track, which is sensitive
    assert buckets() == {Bucket.PI, Bucket.SPI}
    alone = a_paper(classes=[], fields=["people[].employer"], people=9)
    assert a_rule_set(papers=[alone]).papers[0].buckets == {Bucket.PI}
    about = a_rule_set(papers=[{**alone, **CHILDREN}]).papers[0]
    assert about.buckets == {Bucket.PI, Bucket.SPI}


def test_as_many_forms_as_before_are_allowed_beside_those_of_children() -> None:
    # Given six conditions of their own, so 63 forms and as many of children
    fields = ("transport.vesselImo", "transport.callReference", "equipment.reference", "eventSubtype")
    fields += ("location.unLocode", "location.facilityCode")
    grants = [
        a_grant("eventId", NAME if not number else "eventTime", id=f"g{number}", when={path: "X"})
        for number, path in enumerate(fields)
    ]

    (partner,) = asks(a_plan(grants=grants))
    assert len(partner.views) == 2 * 63

    with pytest.raises(BadRules, match="more than 64 forms"):
        a_plan(grants=[*grants, a_grant("eventId", id="more", when={"transport.vesselName": "X"})])


def ways(plan: Plan, path: str) -> frozenset[str]:
    return who_sees(plan, path)[Seen("forwarder", "terminal", path)]


def test_who_sees_says_of_whom() -> None:
    grants = [a_grant("eventId", NAME, PLATE)]
    bare = a_plan(grants=grants, papers=[a_paper()])
    about = a_plan(grants=grants, papers=[a_paper(classes=["PI", "SPI"], **CHILDREN)])

    # Few people leave without naming the paper; where somebody is under 14 it takes the contract from the first on
    less = " unless somebody is under 14"
    few = "PASS by moves for few people (row 18)"
    assert ways(bare, NAME) == {f"{few}{less}", f"PASS by moves under paper{less}"}
    assert ways(bare, PLATE) == {few, "PASS by moves under paper"}
    assert ways(about, NAME) == {f"{few}{less}", "PASS by moves under paper"}
    guarded = a_paper("ASSESSMENT", id="guarded", classes=["SPI"], **CHILDREN)
    two = a_plan(grants=[a_grant("eventId", NAME)], papers=[a_paper("ART5_CONTRACT"), guarded])
    assert ways(two, NAME) == {
        f"PASS by moves under paper{less}",
        "PASS by moves under guarded if somebody is under 14",
    }


def test_to_say_of_whom_less_exposes_nothing_and_to_say_more_does() -> None:
    grants = [a_grant("eventId", NAME)]
    bare = a_plan(grants=grants, papers=[a_paper()])
    about = a_plan(grants=grants, papers=[a_paper(classes=["PI", "SPI"], **CHILDREN)])

    (opened,) = compare(bare, about)
    (closed,) = compare(about, bare)

    assert opened.exposes
    assert not closed.exposes
    assert "PASS by moves under paper unless somebody is under 14" in closed.after


def test_a_class_of_a_rule_document_makes_a_field_one_of_people() -> None:
    grants = [a_grant("eventId", "location.name")]

    assert not asks(a_plan(grants=grants))
    assert asks(a_plan(grants=grants, classes=[a_class("location.name", "PI")]))
