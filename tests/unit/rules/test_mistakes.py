"""Every kind of mistake in rule documents: found with its file, its line, and a sentence that says what to write.

The cases are data: ``tests/cases/wrong-rules.toml``.
"""

from __future__ import annotations

import json
import re
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.builders import a_class, a_grant, a_hub, a_partner, a_plan, a_publisher, a_rule_set, documents

from tidegate.errors import BadRules

CASES: dict[str, Any] = tomllib.loads((Path(__file__).parents[2] / "cases" / "wrong-rules.toml").read_text())
FILES: dict[str, str] = CASES["files"]
GRANTS = FILES["grants.toml"]
TEXT = {"type": ["null", "string"], "confluent:tags": ["GENERAL"]}


def found(texts: dict[str, str], schemas: dict[str, Any] | None = None) -> list[str]:
    """The mistakes in a rule set, as they are shown."""
    try:
        a_plan(a_rule_set(texts, schemas))
    except BadRules as exc:
        assert str(exc).splitlines() == [str(mistake) for mistake in exc.mistakes]
        return [str(mistake) for mistake in exc.mistakes]
    return []


def in_grants(**said: Any) -> list[str]:
    return [one.partition(": ")[2] for one in found(documents(**said))]


def changed(case: dict[str, Any]) -> dict[str, str]:
    if "schema" in case:
        return FILES
    text = FILES.get(case["file"], "")
    for old, new in case["changes"]:
        assert old in text
        text = text.replace(old, new, 1) if old else text + new
    return {**FILES, case["file"]: text}


def an_event_schema(*fields: dict[str, Any]) -> dict[str, Any]:
    """A writer schema of a rule set's own."""
    event_id = {"name": "eventId", "type": "string", "confluent:tags": ["GENERAL"]}
    return {"type": "record", "name": "ShipmentEvent", "namespace": "logistics", "fields": [event_id, *fields]}


def test_the_files_that_cases_change_are_right() -> None:
    assert found(FILES) == []
    assert len(CASES["wrong"]) > 100


@pytest.mark.parametrize("case", CASES["wrong"], ids=[case["name"] for case in CASES["wrong"]])
def test_mistakes(case: dict[str, Any]) -> None:
    # Given right documents, and one change that makes them wrong
    texts = changed(case)
    schemas = {"own.avsc": json.loads(case["schema"])} if "schema" in case else None

    # When they are loaded and compiled
    said = found(texts, schemas)

    # Then all that is wrong is said, where it stands, and nothing else
    assert len(said) == len(case["said"]), said
    for got, expected in zip(said, case["said"], strict=True):
        assert got.startswith(expected.removesuffix("...")) if expected.endswith("...") else got == expected


def test_of_what_a_file_that_cannot_be_read_may_hold_nothing_is_said() -> None:
    case = next(one for one in CASES["wrong"] if one["name"] == "an extension of a paper that there is not")
    texts = {**changed(case), "unread.toml": "[[authorization"}

    assert [one.partition(":")[0] for one in found(texts)] == ["unread.toml"]
    assert len(found(changed(case))) == len(case["said"])


ABOUT_LAW = re.compile(
    r"no edge from|raw events would reach|can be read in|extension of|is extended|extends |never lower|guardian|"
    r"no consent is on record|holds \d years|number from the authority|would be off it|day of publication|no law of"
)
"""Beginnings and parts of sentences that say what the law does not allow."""


def test_cases_of_the_law_name_their_article() -> None:
    told = [case for case in CASES["wrong"] if ABOUT_LAW.search(" ".join(case["said"]))]

    assert len(told) >= 20
    assert [case["name"] for case in told if not case.get("article")] == []
    assert len([case for case in CASES["wrong"] if "extends" in str(case.get("changes"))]) >= 4


def test_all_mistakes_at_once_in_the_order_of_files_and_lines() -> None:
    # Given documents with one mistake in each file
    texts = {**FILES, "more.toml": "[[grants]]\n"}
    for name, old, new in (
        ("hub.toml", '"k1"', "1"),
        ("parties.toml", '"HK"', '"XX"'),
        ("grants.toml", "eventTime", "eventTim"),
    ):
        texts[name] = texts[name].replace(old, new, 1)

    # When they are loaded
    said = found(texts)

    # Then each is named once: what is wrong with a party is not held against the grants that name it
    assert [one.partition(": ")[0] for one in said] == ["grants.toml:9", "hub.toml:3", "more.toml:1", "parties.toml:16"]


def test_after_a_mistake_the_rest_is_read_as_well() -> None:
    hub, party = FILES["hub.toml"], FILES["parties.toml"].partition("\n[[party]]")[0] + "\n"
    texts = {"a.toml": "oops\n", "b.toml": "oops\n", **FILES, "z.toml": "[[grants]]\n"}
    assert [one.partition(":")[0] for one in found(texts)] == ["a.toml", "b.toml", "z.toml"]

    broken = {"a.avsc": "string", "b.avsc": "string"}
    assert [one.partition(":")[0] for one in found(FILES, broken)] == ["a.avsc", "b.avsc"]

    # A table that stands once, in a file after others, and again in two more
    assert [one.partition(":")[0] for one in found({**FILES, "x.toml": hub, "y.toml": hub})] == ["x.toml", "y.toml"]
    others = {name: text for name, text in FILES.items() if name != "hub.toml"}
    assert found({**others, "z.toml": hub}) == []
    said = found({**others, "a.toml": "hub = 5\n", "z.toml": hub})
    assert said == ["a.toml:1: there is one hub: write [hub]", "z.toml:1: [hub] stands in a.toml already; keep one"]

    # Tables of one id
    again = [one.partition(": ")[2] for one in found({**FILES, "x.toml": party, "y.toml": party})]
    assert again == ["there is a party 'forwarder' already; ids are unique"] * 2
    again = [one.partition(": ")[2] for one in found({**FILES, **dict.fromkeys(("x.toml", "y.toml"), GRANTS)})]
    assert again == ["there is a grant 'moves' already; ids are unique"] * 2


@pytest.mark.parametrize("value", ["5", "'x'", "true", "{ id = 'x' }", "[]", "[1]", "[{ id = 'x' }, 1]"])
def test_what_may_stand_many_times_is_a_list_of_tables(value: str) -> None:
    said = found({**FILES, "x.toml": f"approver = {value}\n"})

    assert said == ([] if value == "[]" else ["x.toml:1: there may be many of these: write [[approver]]"])


def test_what_cannot_be_read_is_not_held_against_what_can() -> None:
    # Given a file with parties and the hub that is no TOML, and a schema that is none
    broken = {**FILES, "parties.toml": FILES["parties.toml"] + "oops\n"}
    del broken["hub.toml"]

    # When they are loaded, then only what is wrong is said, and not that parties, hub and fields are missing
    assert [one.partition(": this")[0] for one in found(broken)] == ["parties.toml:21"]
    fields = {**FILES, "grants.toml": FILES["grants.toml"].replace("equipment.isoSizeType", "ownField")}
    assert found(fields, {"own.avsc": "string"}) == ["own.avsc:1: the top level of an event schema has to be a record"]


def test_an_empty_folder() -> None:
    assert found({}) == [".:1: there is no .toml file here; a rule set has at least a [hub]"]
    assert found({"a.toml": ""}) == [
        "a.toml:1: no file says where the hub keeps data; add [hub] with zone = 'CN-GD-SZ' or the like"
    ]


def test_a_hub_in_hong_kong_serves_publishers_outside_the_mainland() -> None:
    assert found(documents(hub=a_hub(zone="HK"), parties=[a_publisher(zone="SG"), a_partner()])) == []
    assert len(found(documents(hub=a_hub(zone="HK"), parties=[a_publisher(zone="CN"), a_partner()]))) == 1


def test_a_class_may_be_raised_in_any_order() -> None:
    """Several documents may speak of one field: the strictest word counts, and none of them is wrong."""
    for classes in (("COMMERCIAL", "IMPORTANT"), ("IMPORTANT", "COMMERCIAL"), ("IMPORTANT", "IMPORTANT")):
        rules = a_rule_set(classes=[a_class("eventSubtype", one) for one in classes])
        (known,) = rules.leaves.values()
        assert [leaf.field_class for leaf in known if leaf.path == "eventSubtype"] == ["IMPORTANT"]


def test_a_condition_may_name_symbols_of_any_schema() -> None:
    # Given a schema of the rule set's own, with an event type that the hub's own does not have
    kinds = {"type": "enum", "name": "EventType", "symbols": ["UNKNOWN", "DRONE"], "default": "UNKNOWN"}
    own = an_event_schema({"name": "eventType", "type": kinds, "confluent:tags": ["GENERAL"]})
    grants = [a_grant(when={"eventType": ["DRONE"]})]

    # Then a condition may ask for it, and without the schema it may not
    assert found(documents(grants=grants), {"own.avsc": own}) == []
    assert "eventType is never 'DRONE'" in in_grants(grants=grants)[0]


def test_a_transform_has_to_fit_in_every_schema() -> None:
    # Given a schema in which the equipment is a number
    number = {"name": "transport", "type": {"type": "record", "name": "T", "fields": []}}
    number["type"]["fields"] = [{"name": "callReference", "type": "long", "confluent:tags": ["GENERAL"]}]  # type: ignore[index]
    grants = [a_grant("transport.callReference", transforms={"transport.callReference": "pseudonym"})]

    # When a grant wants a pseudonym of it, then it is refused, though the hub's own schema would have it
    (said,) = found(documents(grants=grants), {"own.avsc": an_event_schema(number)})
    assert "transport.callReference: pseudonym works on string fields, and this one is long (in schema" in said
    assert found(documents(grants=grants)) == []


def test_a_schema_in_which_a_field_is_a_record_does_not_lose_its_transform() -> None:
    # Given a schema in which what was one field is a record of two
    inner = {"type": "record", "name": "Call", "fields": [{"name": name, **TEXT} for name in ("a", "b")]}
    call = {"name": "callReference", "type": inner, "confluent:tags": ["GENERAL"]}
    own = an_event_schema({"name": "transport", "type": {"type": "record", "name": "T", "fields": [call]}})
    grants = [a_grant("transport.callReference", transforms={"transport.callReference": "pseudonym"})]

    # Then the transform does not silently stay away from it
    assert "'transport.callReference' is more than one field" in found(documents(grants=grants), {"own.avsc": own})[0]


def test_only_the_outermost_array_has_a_filter() -> None:
    # Given arrays inside arrays
    inner = {"type": "record", "name": "Inner", "fields": [{"name": "kind", "type": "string"}, {"name": "x", **TEXT}]}
    parts = {"name": "parts", "type": {"type": "array", "items": inner}, "confluent:tags": ["GENERAL"]}
    outer = {"type": "record", "name": "Outer", "fields": [{"name": "kind", **TEXT}, parts]}
    own = an_event_schema({"name": "units", "type": {"type": "array", "items": outer}, "confluent:tags": ["GENERAL"]})

    # Then a filter of the inner ones is refused, and one of the outer ones is taken
    wrong = documents(grants=[a_grant("units[].parts[kind in A].x")])
    assert "only the outermost array of a path can have a filter" in found(wrong, {"own.avsc": own})[0]
    assert found(documents(grants=[a_grant("units[kind in A].parts[].x")]), {"own.avsc": own}) == []


def test_there_is_an_end_to_schemas() -> None:
    schemas = {f"{n}.avsc": an_event_schema({"name": f"field{n}", **TEXT}) for n in range(200)}
    assert found(FILES, schemas) == ["schemas:1: there are more than 200 writer schemas; take old ones away"]


def test_as_many_schemas_as_may_be_are_read() -> None:
    schemas = {f"{n}.avsc": an_event_schema({"name": f"field{n}", **TEXT}) for n in range(198)}

    a_rule_set(FILES, schemas)
    with pytest.raises(BadRules, match="there are more than 200 writer schemas"):
        a_rule_set(FILES, {**schemas, "one.avsc": an_event_schema({"name": "one", **TEXT})})


PERSON = {"type": "record", "name": "Person", "fields": [{"name": "name", **TEXT}]}
NO_PEOPLE = "people is not an array of records, by which people are told and counted"
NO_TRUCK = "truck is not a record, by which its person is told and counted"


@pytest.mark.parametrize(
    ("name", "kind", "why"),
    [
        ("people", {"type": "array", "items": PERSON}, ""),
        ("people", ["null", {"type": "array", "items": PERSON}], ""),
        ("people", {"type": "array", "items": ["null", PERSON]}, NO_PEOPLE),
        ("people", {"type": "array", "items": "string"}, NO_PEOPLE),
        ("people", PERSON, NO_PEOPLE),
        ("truck", PERSON, ""),
        ("truck", ["null", PERSON], ""),
        ("truck", "string", NO_TRUCK),
        ("trucks", "string", ""),
    ],
)
def test_people_and_trucks_have_the_form_by_which_they_are_told(name: str, kind: Any, why: str) -> None:
    """Of another form nobody read that one is a child (LAW 8.4(12)), and to count them was an error in every event."""
    own = an_event_schema({"name": name, "type": kind, "confluent:tags": ["PI"]})

    said = f"own.avsc:1: logistics.ShipmentEvent: {why}"
    assert found(documents(), {"own.avsc": own}) == ([said] if why else [])


def test_a_location_that_leaves_as_its_port_needs_the_code_and_nothing_nearer() -> None:
    port = {"transforms": {"location": "port"}}
    no_code = "'location' is transformed into its port and location.unLocode is not granted; add it"
    nearer = "'location' leaves as its port only, and {} is nearer; leave one of them out"

    for others in (["eventId", "location.name"], ["location.name", "reason"]):
        assert in_grants(grants=[a_grant(*others, **port)]) == [no_code]
    for first, *others in (["location.name"], ["location.name", "location.facilityCode"]):
        fields = ["eventId", "location.unLocode", *others, first, "reason"]
        assert in_grants(grants=[a_grant(*fields, **port)]) == [nearer.format(first)]


def test_no_field_of_a_location_leaves_beside_its_port_whatever_its_name() -> None:
    code, quay, zone = ({"name": name, **TEXT} for name in ("unLocode", "quay", "zone"))
    place = {"type": "record", "name": "Place", "fields": [code, quay, zone]}
    own = an_event_schema({"name": "location", "type": place, "confluent:tags": ["GENERAL"]})
    port = a_grant("eventId", "location.unLocode", transforms={"location": "port"})

    for name in ("quay", "zone"):
        said = found(documents(grants=[port, a_grant(f"location.{name}", id="more")]), {"own.avsc": own})
        assert [f"location.{name} leaves beside the port alone" in one for one in said] == [True]


def test_beside_its_port_no_field_of_a_location_is_named_in_one_grant_either_whatever_its_name() -> None:
    code, *others = ({"name": name, **TEXT} for name in ("unLocode", "quay", "zone"))
    yard = {"name": "yard", "type": {"type": "record", "name": "Yard", "fields": [others[0]]}}
    place = {"type": "record", "name": "Place", "fields": [code, *others, {**yard, "confluent:tags": ["GENERAL"]}]}
    own = {"own.avsc": an_event_schema({"name": "location", "type": place, "confluent:tags": ["GENERAL"]})}

    def said(*fields: str) -> list[str]:
        return found(documents(grants=[a_grant("eventId", *fields, transforms={"location": "port"})]), own)

    for name in ("quay", "zone"):
        (nearer,) = said("location.unLocode", f"location.{name}")
        assert f"'location' leaves as its port only, and location.{name} is nearer" in nearer
    (no_code,) = said("location.yard")
    assert "'location' is transformed into its port and location.unLocode is not granted" in no_code


def test_a_grant_that_ends_as_it_begins_never_holds() -> None:
    moment = datetime(2026, 6, 1, tzinfo=UTC)

    said = in_grants(grants=[a_grant(valid_from=moment, valid_to=moment)])

    assert said == ["valid_to is not after valid_from, so the grant never holds"]
    assert in_grants(grants=[a_grant(valid_from=moment, valid_to=moment + timedelta(microseconds=1))]) == []


def test_a_filter_tells_of_the_field_that_it_compares_and_of_no_other() -> None:
    personal = [a_class("documents[].reference", "PI")]

    assert in_grants(grants=[a_grant("eventId", "documents[type in TRD].type")], classes=personal) == []


def test_an_array_and_its_elements_have_one_transform() -> None:
    """What is no path is said beside, and hides nothing."""
    transforms = {"cargo.": "date", "cargo.hsCodes": "prefix 2", "cargo.hsCodes[]": "prefix 4", "cargo.packages": "x"}

    said = in_grants(grants=[a_grant("eventId", "cargo.hsCodes[]", "cargo.packages", transforms=transforms)])

    assert [one for one in said if "are one field" in one] == [
        "'cargo.hsCodes[]' and 'cargo.hsCodes' are one field; give it one transform"
    ]
    assert len(said) > 2
