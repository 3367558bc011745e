"""What a plan lets through in the cases that are easy to get wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.builders import (
    COMMON,
    NOW_US,
    a_class,
    a_grant,
    a_paper,
    a_partner,
    a_plan,
    a_publisher,
    a_record,
    a_retraction,
    a_rule_set,
    an_event,
    an_executor,
    released,
)
from tests.builders import RETRACTION as RETRACTION_SCHEMA
from tests.reading import deliveries

from tidegate.errors import BadRules
from tidegate.events.schemas import Schema
from tidegate.gate import Outcome, views
from tidegate.rules import Plan
from tidegate.rules.compiling import MAX_VIEWS
from tidegate.rules.viewing import KEY_PATHS

TEXT = {"type": "string", "confluent:tags": ["GENERAL"]}
FULL = an_event(
    extensions={"customs": "C-7", "other": "x"},
    transport={"mode": "VESSEL", "callReference": "CALL-1", "serviceCode": "AE1"},
    cargo={"hsCodes": ["850440", "8471"], "packages": 17},
    truck={"tractorPlate": "粤B12345"},
)


def verdicts(plan: Plan, path: str) -> set[str]:
    """The verdicts on a field in all views of a plan with one partner."""
    return {
        f"{one.action} {one.reason}"
        for section in plan.sections
        for views in section.partners
        for view in views.views.values()
        for one in plan.verdicts[view.verdicts]
        if one.path == path
    }


def value(event: dict[str, Any] | None = None, **said: Any) -> Any:
    """What the terminal sees of an event; None when it gets nothing."""
    found = deliveries(released(an_executor(**said), a_record(event or FULL)))
    return found["terminal"][0].value if found else None


@pytest.mark.parametrize("wide", ["*", "equipment", "equipment.*"])
def test_a_parent_or_a_wildcard_opens_what_is_general_and_nothing_commercial(wide: str) -> None:
    seen = value(grants=[a_grant(wide)])

    assert seen["equipment"] == {"isoSizeType": "45G1", "emptyIndicator": "UNKNOWN", "transportPhase": "UNKNOWN"}


def test_a_field_beside_a_parent_is_opened_by_its_own_path() -> None:
    seen = value(grants=[a_grant("equipment", "equipment.reference")])

    assert seen["equipment"]["reference"] == "MSKU1234565"
    assert "rawEmptyIndicator" not in seen["equipment"]


@pytest.mark.parametrize("wide", ["*", "documents", "documents.*", "documents[]"])
@pytest.mark.parametrize("apart", [True, False])
def test_a_filter_is_not_widened_by_a_wildcard(wide: str, apart: bool) -> None:
    """What its own path opens of some elements, a wildcard beside it does not open of the others."""
    # Given a path with a filter and a wildcard, in one grant or in two
    own = "documents[type in TRD].reference"
    grants = [a_grant(own, wide)]
    if apart:
        grants = [a_grant(wide, id="a"), a_grant(own, id="b"), a_grant(wide, id="c")]

    # When an event with documents of two types comes
    seen = value(grants=grants)

    # Then only those of the filter are seen
    assert seen["documents"] == [{"reference": "BL-1"}]


@pytest.mark.parametrize("before", [True, False])
def test_a_transform_is_not_undone_by_a_grant_that_opens_nothing(before: bool) -> None:
    # Given a pseudonym, and a wildcard that names the field too and that the law does not let open it
    grants = [a_grant("*", id="a" if before else "z"), a_grant("equipment.reference", id="m", transforms=HIDDEN)]

    # Then it is the pseudonym that leaves, and nothing is wrong with the rules
    assert value(grants=grants)["equipment"]["reference"].startswith("~")


HIDDEN = {"equipment.reference": "pseudonym"}


@pytest.mark.parametrize("wide", ["*", "extensions", "extensions.*"])
@pytest.mark.parametrize("field_class", ["GENERAL", "COMMERCIAL"])
def test_a_key_of_the_extensions_leaves_only_when_it_is_named_itself(wide: str, field_class: str) -> None:
    classes = [a_class('extensions["customs"]', field_class)]

    assert "extensions" not in value(grants=[a_grant("eventId", wide)], classes=classes)
    named = value(grants=[a_grant("eventId", wide, 'extensions["customs"]')], classes=classes)
    assert named["extensions"] == {"customs": "C-7"}
    assert value(grants=[a_grant("eventId", wide)])["eventId"] == "e-1"


def test_a_personal_key_stays_though_it_is_named() -> None:
    seen = value(grants=[a_grant("eventId", 'extensions["customs"]')], classes=[a_class('extensions["customs"]', "PI")])

    assert seen == {"eventId": "e-1"}


def own_schema(*fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "record",
        "name": "ShipmentEvent",
        "namespace": "logistics",
        "fields": [{"name": "eventId", **TEXT}, *fields],
    }


def seen_of_own(schema: dict[str, Any], event: dict[str, Any], *grants: dict[str, Any], **said: Any) -> Any:
    """What the terminal sees of an event of a schema of the rule set's own."""
    executor = an_executor(a_plan(a_rule_set(schemas={"own.avsc": schema}, grants=grants, **said)))
    found = deliveries(released(executor, a_record({"eventId": "e-1", **event}, schema=Schema.of(schema), key=None)))
    return found["terminal"][0].value if found else None


NOTES = {"name": "notes", "type": {"type": "map", "values": "string"}}


def test_a_map_leaves_whole_only_when_all_its_classed_keys_may() -> None:
    # Given a map that is GENERAL, with a key that a document calls personal
    schema = own_schema({**NOTES, "confluent:tags": ["GENERAL"]})
    event = {"notes": {"driver": "Chan", "gate": "7"}}

    # Then the map leaves whole before, and not after
    assert seen_of_own(schema, event, a_grant("eventId", "notes"))["notes"] == event["notes"]
    classes = [a_class('notes["driver"]', "PI"), a_class('notes["gate"]', "GENERAL")]
    assert seen_of_own(schema, event, a_grant("eventId", "notes"), classes=classes) == {"eventId": "e-1"}
    some = a_grant("eventId", 'notes["driver"]', 'notes["gate"]')
    assert seen_of_own(schema, event, some, classes=classes)["notes"] == {"gate": "7"}


def test_a_key_cannot_be_milder_than_its_map() -> None:
    schema = own_schema({**NOTES, "confluent:tags": ["PI"]})

    with pytest.raises(Exception, match="is PI; a rule document may raise a class, never lower it"):
        seen_of_own(schema, {"notes": {}}, a_grant(), classes=[a_class('notes["gate"]', "GENERAL")])


def test_what_lies_in_a_union_or_a_map_counts_with_its_own_class() -> None:
    """Verdicts do not look into them, so they are as strict as the strictest thing inside."""
    person = {"type": "record", "name": "P", "fields": [{"name": "phone", "type": "string", "confluent:tags": ["PI"]}]}
    either = {"name": "either", "type": ["null", "string", person], "confluent:tags": ["GENERAL"]}
    by_name = {"name": "byName", "type": {"type": "map", "values": "P"}, "confluent:tags": ["GENERAL"]}
    schema = own_schema(either, by_name)

    seen = seen_of_own(schema, {"either": {"phone": "1"}, "byName": {"a": {"phone": "2"}}}, a_grant("*"))

    assert seen == {"eventId": "e-1"}


def test_a_filter_of_the_outer_array_leaves_inner_ones_whole() -> None:
    marks = {"name": "marks", "type": {"type": "array", "items": "string"}, "confluent:tags": ["GENERAL"]}
    item = {"type": "record", "name": "U", "fields": [{"name": "kind", **TEXT}, marks]}
    unit = {"name": "units", "type": {"type": "array", "items": item}, "confluent:tags": ["GENERAL"]}
    event = {"units": [{"kind": "A", "marks": ["1", "A"]}, {"kind": "B", "marks": ["2"]}]}

    seen = seen_of_own(own_schema(unit), event, a_grant("units[kind in A].marks"))

    assert seen == {"units": [{"marks": ["1", "A"]}]}


def test_fields_that_a_schema_lacks_are_passed_over_and_new_ones_need_a_class() -> None:
    # Given a schema with fewer fields than the hub's own, and new ones with and without a class
    schema = own_schema(
        {"name": "berth", **TEXT},
        {"name": "gate", "type": "string"},
        {"name": "lane", "type": "string", "confluent:tags": ["GENERL"]},
    )
    event = {"berth": "B7", "gate": "G1", "lane": "L1"}

    # Then a grant for both opens what is there
    assert seen_of_own(schema, event, a_grant("*", "equipment.reference", "gate", "lane")) == {
        "eventId": "e-1",
        "berth": "B7",
    }


def test_a_condition_on_a_field_that_a_schema_lacks_never_holds() -> None:
    assert seen_of_own(own_schema(), {}, a_grant(when={"eventSubtype": "LOAD"})) is None


def test_suspended_partners_count_as_not_granted() -> None:
    executor = an_executor(a_plan(parties=TWO, grants=[a_grant(partners=["terminal", "bank"])]), suspended=["bank"])

    found = released(executor, a_record())

    assert list(deliveries(found)) == ["terminal"]
    nobody = released(
        an_executor(suspended=["terminal"]), a_record(), a_record(a_retraction(), schema=RETRACTION_SCHEMA)
    )
    assert nobody.outcomes == [Outcome.WITHHELD, Outcome.WITHHELD]


TWO = [a_publisher(), a_partner(), a_partner("bank")]


@pytest.mark.parametrize(
    ("offset_us", "held"), [(-1, False), (0, True), (1, True), (3_600_000_000 - 1, True), (3_600_000_000, False)]
)
@pytest.mark.parametrize("fraction", [0, 1, 999_999])
def test_a_grant_holds_from_its_first_microsecond_to_before_its_last(offset_us: int, held: bool, fraction: int) -> None:
    # Given a grant for an hour
    start = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=NOW_US + fraction)
    grant = a_grant(valid_from=start, valid_to=start + timedelta(hours=1))
    executor = an_executor(grants=[grant])

    # When it is decided on at some moment, then it holds in that hour, whatever was decided before
    for moment, expected in ((fraction + offset_us, held), (fraction, True), (fraction + offset_us, held)):
        assert bool(deliveries(released(executor, a_record(), at_us=NOW_US + moment))) is expected
        notice = released(executor, a_record(a_retraction(), schema=RETRACTION_SCHEMA), at_us=NOW_US + moment)
        assert bool(deliveries(notice)) is expected


def test_there_are_as_many_views_as_conditions_make_and_no_more() -> None:
    # Given six grants with conditions that hold or do not hold independently of each other
    paths = (
        "eventSubtype",
        "location.unLocode",
        "location.name",
        "transport.vesselImo",
        "transport.vesselName",
        "eventId",
    )
    grants = [a_grant("eventTime", id=f"g{n}", when={path: "x"}) for n, path in enumerate(paths)]

    # Then there is a view for each set of them that holds, beside the one that always does
    (section, _) = a_plan(grants=[*grants[:5], a_grant()]).sections
    assert len(section.partners[0].views) == 32
    assert len(a_plan(grants=grants).sections[0].partners[0].views) == MAX_VIEWS - 1
    assert len(a_plan(grants=[*grants, a_grant()]).sections[0].partners[0].views) == MAX_VIEWS


def test_with_more_sets_of_grants_than_are_looked_at_there_is_no_plan() -> None:
    """What holds together was not asked to the end, so nobody would know what leaves, be it in few forms."""
    place, ship = ("name", "unLocode", "facilityCode"), ("Imo", "Mmsi", "Name", "Flag")
    paths = [*(f"location.{one}" for one in place), *(f"transport.vessel{one}" for one in ship)]
    paths += [*(f"transport.{one}Voyage" for one in ("import", "export")), "transport.callReference"]
    paths += ["transport.portVisitReference", "eventId", "equipment.isoSizeType"]

    # Given a grant that asks of so many fields, and for each of them one that holds with no other
    def grants(count: int) -> list[dict[str, Any]]:
        some = paths[:count]
        alone = [
            a_grant("eventTime", id=f"g{n}", when={path: "x", "eventSubtype": path}) for n, path in enumerate(some)
        ]
        return [a_grant("eventTime", id="a", when=dict.fromkeys(some, "x")), *alone]

    assert len(a_plan(grants=grants(12)).sections[0].partners[0].views) == 12 + 12 + 1
    with pytest.raises(BadRules, match="in the forms of more than 4,096 sets of grants; let fewer"):
        a_plan(grants=grants(13))


def test_the_law_is_asked_for_each_grant_alone() -> None:
    """One grant's purpose does not serve another; a class waits whichever grant names the field."""
    assert verdicts(a_plan(grants=[a_grant("people[].name")]), "people[].name") == {"DROP no_basis_on_record"}
    suspect = [a_class("eventSubtype", "SUSPECT_IMPORTANT")]
    assert verdicts(a_plan(grants=[a_grant()], classes=suspect), "eventSubtype") == {"HOLD suspect_important"}
    assert verdicts(a_plan(grants=[a_grant("eventId")], classes=suspect), "eventSubtype") == {"DROP not_granted"}
    needed = a_plan(grants=[a_grant("eventId", "reason", required=["reason"])])
    assert verdicts(needed, "reason") == {"HOLD unclassified"}


def test_nobody_barred_gets_anything_not_even_a_notice() -> None:
    for fact in ("foreign_authority", "restricted"):
        plan = a_plan(parties=[a_publisher(), a_partner(**{fact: "unknown"})])
        found = released(an_executor(plan), a_record(), a_record(a_retraction(), schema=RETRACTION_SCHEMA))
        assert found.outcomes == [Outcome.WITHHELD, Outcome.WITHHELD]


def test_the_words_for_record_keys_are_the_same_in_plan_and_gate() -> None:
    assert KEY_PATHS == views.KEY_PATHS


def test_no_secret_and_no_document_is_in_a_plan() -> None:
    plan = a_plan(grants=[a_grant(*COMMON, transforms={"eventTime": "hour"})])

    assert b"forwarder Ltd." not in plan.to_bytes()
    assert bytes(range(32)).hex().encode() not in plan.to_bytes()


def test_elements_that_one_grant_shows_of_all_are_shown_of_all_beside_one_that_shows_some() -> None:
    some, whole = a_grant("eventId", "documents[type in TRD].type", id="some"), a_grant("documents[].type", id="whole")

    for first, second in (("a", "b"), ("b", "a")):
        plan = a_plan(grants=[{**some, "id": first}, {**whole, "id": second}])
        alone = a_plan(grants=[{**whole, "fields": ["eventId", "documents[].type"]}])
        assert _pieces(plan) == _pieces(alone)


def test_two_forms_of_one_field_are_refused_in_any_order() -> None:
    for first, second in (("hour", "date"), ("date", "hour"), ("", "hour"), ("hour", "")):
        grants = [
            a_grant("eventId", "eventTime", id=name, transforms={"eventTime": form} if form else {})
            for name, form in (("a", first), ("b", second))
        ]
        with pytest.raises(BadRules, match="eventTime leaves in two forms when a and b both hold"):
            a_plan(grants=grants)


def _pieces(plan: Plan) -> object:
    return [view.pieces for section in plan.sections for one in section.partners for view in one.views.values()]


def test_a_filter_stays_though_every_field_of_the_elements_is_named() -> None:
    item = {"type": "record", "name": "U", "fields": [{"name": "kind", **TEXT}, {"name": "mark", **TEXT}]}
    units = {"name": "units", "type": {"type": "array", "items": item}, "confluent:tags": ["GENERAL"]}
    event = {"units": [{"kind": "A", "mark": "1"}, {"kind": "B", "mark": "2"}]}

    seen = seen_of_own(own_schema(units), event, a_grant("units[kind in A]"))

    assert seen == {"units": [{"kind": "A", "mark": "1"}]}
    assert seen_of_own(own_schema(units), event, a_grant("units")) == event


def test_a_retraction_reaches_a_partner_that_is_granted_something_whoever_is_not() -> None:
    parties = [a_publisher(), *map(a_partner, ("bank", "carrier", "terminal"))]
    executor = an_executor(parties=parties, grants=[a_grant(partners=["carrier"])])

    found = released(executor, a_record(a_retraction(), schema=RETRACTION_SCHEMA))

    assert list(deliveries(found)) == ["carrier"]


@pytest.mark.parametrize(
    ("asked", "known"), [((), False), ((None, None), False), (("1h", None), True), ((None, "1h"), True)]
)
def test_heartbeats_have_a_schema_where_a_partner_asks_for_them(asked: tuple[str | None, ...], known: bool) -> None:
    partners = [
        a_partner(name, partner={} if heartbeat is None else {"heartbeat": heartbeat})
        for name, heartbeat in zip(("terminal", "bank"), asked or (None,), strict=False)
    ]

    plan = a_plan(parties=[a_publisher(), *partners])

    assert any(one["name"] == "Heartbeat" for one in plan.schemas.values()) is known


def test_the_numbers_of_a_paper_are_those_of_its_exporter() -> None:
    exporters = ("carrier", "forwarder", "shipper")
    papers = [
        a_paper(id=f"of-{name}", number=name, exporter=name, people=100 + place) for place, name in enumerate(exporters)
    ]

    plan = a_plan(parties=[*map(a_publisher, exporters), a_partner()], papers=papers)

    caps = {name: [(cap.paper, cap.number) for cap in one.caps] for name, one in plan.publishers.items()}
    assert caps == {name: [(f"of-{name}", 100 + place)] for place, name in enumerate(exporters)}


def test_a_table_of_verdicts_stands_once_in_a_plan_however_many_views_have_it() -> None:
    plan = a_plan(grants=[a_grant(), a_grant("truck.vin", id="more")], papers=[a_paper()])

    assert len(plan.verdicts) == len(set(plan.verdicts)) > 1


def test_of_a_location_that_leaves_as_its_port_nothing_else_leaves_whatever_its_name() -> None:
    code, quay, zone = ({"name": name, **TEXT} for name in ("unLocode", "quay", "zone"))
    place = {"type": "record", "name": "Place", "fields": [code, quay, zone]}
    schema = own_schema({"name": "location", "type": place, "confluent:tags": ["GENERAL"]})
    event = {"location": {"unLocode": "CNYTN", "quay": "Q1", "zone": "Z1"}}

    assert seen_of_own(schema, event, a_grant("eventId", "location"))["location"] == event["location"]
    port = a_grant("eventId", "location", transforms={"location": "port"})
    assert seen_of_own(schema, event, port)["location"] == {"unLocode": "CNYTN"}
