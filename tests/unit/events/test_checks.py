"""Semantic checks: both sides of every rule, over the bytes of canonical events."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.builders import EVENT, NOW_US, RETRACTION, a_retraction, an_event

from tidegate.events.checks import NO_REFERENCES, RULES, References, compile_checks
from tidegate.events.encoding import encode
from tidegate.events.findings import Finding, Severity
from tidegate.events.schemas import Schema

LISTS = References.of(
    {
        "un-locode": "AEKHL 1-------\nCNYTN 1-3-----\nDEBER --3-----\nFRPAR 1234----\n",
        "smdg": "AEKHL ADT\nCNYTN YICT\n",
        "liners": "MSK\n",
    }
)
CLEAN = compile_checks(EVENT, references=LISTS)


def us(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


def found(check: Any = CLEAN, now_us: int = NOW_US, **said: Any) -> list[tuple[str, str, str]]:
    """Rule, severity and path of what is found; the same when it is asked again, from memory."""
    value = encode(EVENT, an_event(**{"location": {"unLocode": "CNYTN"}, **said}))
    marks = EVENT.scan(value, 0)
    first, again = check(value, marks, now_us), check(value, marks, now_us)
    assert first == again
    return [(one.rule, str(one.severity), one.path) for one in first]


def message(**said: Any) -> str:
    value = encode(EVENT, an_event(**said))
    (one,) = CLEAN(value, EVENT.scan(value, 0), NOW_US)
    return one.message


def test_a_good_event_has_no_findings() -> None:
    assert found() == []
    assert found(transport={"mode": "VESSEL", "vesselImo": "9321483", "vesselMmsi": "278111222"}) == []


@pytest.mark.parametrize("number", ["APZU4812090", "MAGU2480027", "TRHU3240046", "TGHB1234561", None])
def test_v1_containers_that_are_right(number: str | None) -> None:
    # TGHB: an ILU code of European rail.
    assert found(equipment={"reference": number}, eventType="SHIPMENT", eventSubtype="CONF") == []


@pytest.mark.parametrize(
    "number",
    ["HLCU1234567", "MSKU1234567", "HMMU5443121", "apzu4812090", "APZU 4812090", "APZC4812090", "APZU48120901"],
)
def test_v1_containers_that_are_wrong(number: str) -> None:
    assert found(equipment={"reference": number}) == [("V1", "WARN", "$.equipment.reference")]


@pytest.mark.parametrize(
    ("number", "right"),
    [
        ("9321483", True),
        ("7654321", False),
        ("9398405", False),
        ("1234567", False),
        ("0000000", False),
        ("932148", False),
    ],
)
def test_v2(number: str, right: bool) -> None:
    expected = [] if right else [("V2", "WARN", "$.transport.vesselImo")]

    assert found(transport={"mode": "VESSEL", "vesselImo": number}) == expected


@pytest.mark.parametrize(
    ("code", "severity"),
    [
        ("CNYTN", None),
        ("XZABC", "WARN"),  # international waters; not in our list
        ("CNYT1", "ERROR"),
        ("cnytn", "ERROR"),
        ("CNYTN\n", "ERROR"),
        ("XYABC", "ERROR"),
        ("CNZZZ", "WARN"),
    ],
)
def test_v3(code: str, severity: str | None) -> None:
    expected = [] if severity is None else [("V3", severity, "$.location.unLocode")]

    assert found(location={"unLocode": code}) == expected


def test_v3_ships_call_at_sea_ports() -> None:
    by_sea: dict[str, Any] = {"eventType": "TRANSPORT", "eventSubtype": "ARRI", "transport": {"mode": "VESSEL"}}
    by_rail: dict[str, Any] = {"eventType": "TRANSPORT", "eventSubtype": "ARRI", "transport": {"mode": "RAIL"}}

    assert found(location={"unLocode": "DEBER"}, **by_sea) == [("V3", "WARN", "$.location.unLocode")]
    assert found(location={"unLocode": "DEBER"}, **by_rail) == []


def test_v4() -> None:
    def at(place: str, code: str, provider: str = "SMDG") -> dict[str, Any]:
        return {"unLocode": place, "facilityCode": code, "facilityCodeListProvider": provider}

    assert found(location=at("CNYTN", "YICT")) == []
    assert found(location=at("CNYTN", "YICT", "BIC")) == []  # no list, no check
    assert found(location=at("FRPAR", "ADT")) == [("V4", "WARN", "$.location.facilityCode")]
    assert "it is in AEKHL" in message(location=at("FRPAR", "ADT"))


@pytest.mark.parametrize(
    ("place", "minutes", "right"),
    [
        ("CNYTN", 480, True),
        ("CNYTN", 0, True),
        ("CNYTN", 510, False),
        ("FRPAR", 60, True),
        ("FRPAR", 120, False),  # November
        ("XZABC", 510, True),  # nobody knows the clocks of international waters
    ],
)
def test_v5_offsets(place: str, minutes: int, right: bool) -> None:
    said = found(compile_checks(EVENT), location={"unLocode": place}, utcOffsetMinutes=minutes, offsetSource="GIVEN")

    assert said == ([] if right else [("V5", "WARN", "$.eventTime")])


def test_v5_a_time_without_offset() -> None:
    assert found(eventTimeRaw="2025-11-24T15:00:00") == [("V5", "ERROR", "$.eventTimeRaw")]
    assert found(eventTimeRaw="2025-11-24T15:00:00Z") == []


def test_v5_local_time_labelled_as_utc() -> None:
    raw = {"eventTimeRaw": "2025-11-24T04:00:00Z", "utcOffsetMinutes": 0}

    assert found(eventId="ACT2025-11-24T04:00:00:00+09:00", **raw) == [("V5", "WARN", "$.eventTime")]
    assert found(eventId="ACT2025-11-24T04:00:00:00+00:00", **raw) == []


@pytest.mark.parametrize(
    ("classifier", "event", "created", "path"),
    [
        ("ACT", NOW_US, NOW_US, None),
        ("ACT", NOW_US + 5 * 60_000_000, None, None),  # within the skew
        ("ACT", NOW_US + 11 * 60_000_000, None, "$.eventTime"),
        ("ACT", us("2021-01-14T00:00:00"), us("2020-11-16T00:00:00"), "$.eventTime"),
        ("EST", NOW_US + 86_400_000_000, NOW_US, None),
        ("EST", us("2019-11-12T00:00:00"), us("2021-01-09T00:00:00"), "$.eventCreatedTime"),
        ("EST", NOW_US, NOW_US, "$.eventCreatedTime"),
        ("PLN", NOW_US - 3_600_000_000, NOW_US, None),
    ],
)
def test_v6(classifier: str, event: int, created: int | None, path: str | None) -> None:
    expected = [] if path is None else [("V6", "WARN", path)]

    assert found(classifier=classifier, eventTime=event, eventCreatedTime=created) == expected


def test_v6_is_judged_at_the_time_of_each_record() -> None:
    value = encode(EVENT, an_event(eventTime=NOW_US))
    marks = EVENT.scan(value, 0)

    assert [len(CLEAN(value, marks, NOW_US + shift)) for shift in (0, -3_600_000_000, 0)] == [0, 1, 0]


@pytest.mark.parametrize("path", ["eventTime", "eventCreatedTime", "eventUpdatedTime"])
@pytest.mark.parametrize("time", ["1999-01-01T00:00:00", "2099-01-01T00:00:00"])
def test_v7_covers_every_time(path: str, time: str) -> None:
    said = found(classifier="REQ", **{path: us(time)})

    assert said == [("V7", "ERROR", f"$.{path}")]


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({"eventId": ""}, "$.eventId"),
        ({"eventType": "UNKNOWN", "rawEventType": "GTOT"}, "$.eventType"),
        ({"eventSubtype": "ARRI"}, "$.eventSubtype"),
        ({"eventSubtype": "MEAS"}, "$.eventSubtype"),
        ({"equipment": None}, "$.equipment.reference"),
        ({"eventType": "TRANSPORT", "eventSubtype": "ARRI"}, "$.transport"),
        ({"reason": ""}, "$.reason"),
    ],
)
def test_v8(said: dict[str, Any], path: str) -> None:
    assert ("V8", "ERROR", path) in found(**said)


def test_v9_codes_outside_their_lists() -> None:
    said = found(
        eventType="UNKNOWN",
        rawEventType="Shipment",
        equipment={"reference": "MSKU1234565", "rawEmptyIndicator": "Laden"},
        transport={"rawMode": "Truck"},
        documents=[{"type": "BKG", "reference": "B"}, {"rawType": "bkg", "reference": "B"}],
    )

    assert said == [
        ("V9", "WARN", "$.equipment.emptyIndicator"),
        ("V9", "WARN", "$.transport.mode"),
        ("V9", "WARN", "$.eventType"),
        ("V9", "WARN", "$.documents[1].type"),
    ]


def test_v11() -> None:
    call = "transportDetails.transportCall"
    right = {f"{call}.serviceCodeOrReference.universalServiceReference": "SR12345A", "x": "universal"}
    wrong = {f"{call}.importVoyageNumberOrReference.universalVoyageReference": "230"}

    assert found(extensions=right) == []
    assert found(extensions=wrong) == [
        ("V11", "WARN", f"$.extensions[{call}.importVoyageNumberOrReference.universalVoyageReference]")
    ]


def test_v13() -> None:
    assert found(location={"unLocode": "CNYTN", "address": "Antwerpenstraße, 深圳"}) == []
    assert found(location={"unLocode": "CNYTN", "address": "AntwerpenstraÃŸe"}) == [
        ("V13", "INFO", "$.location.address")
    ]


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({"transport": {"vesselMmsi": "278111222"}}, None),
        ({"transport": {"vesselMmsi": "178111222"}}, "$.transport.vesselMmsi"),
        ({"transport": {"operatorCode": "MAEU", "operatorCodeList": "NMFTA"}}, None),
        ({"transport": {"operatorCode": "M", "operatorCodeList": "NMFTA"}}, "$.transport.operatorCode"),
        ({"transport": {"operatorCode": "MSK", "operatorCodeList": "SMDG"}}, None),
        ({"transport": {"operatorCode": "XXX", "operatorCodeList": "SMDG"}}, "$.transport.operatorCode"),
        ({"truck": {"tractorPlate": "粤B12345", "vin": "LZZ1CLVB0HA123456"}}, None),
        ({"truck": {"tractorPlate": "?"}}, "$.truck.tractorPlate"),
        ({"truck": {"vin": "IOQ"}}, "$.truck.vin"),
        ({"originatingParties": [{"code": "5493001KJTIIGC8Y1R12", "codeListProvider": "GLEIF"}]}, None),
        (
            {"originatingParties": [{"code": "5493001KJTIIGC8Y1R13", "codeListProvider": "GLEIF"}]},
            "$.originatingParties[0].code",
        ),
        (
            {"destinationParties": [{"code": "A"}, {"code": "b", "codeListName": "SCAC"}]},
            "$.destinationParties[1].code",
        ),
    ],
)
def test_v14(said: dict[str, Any], path: str | None) -> None:
    assert found(**said) == ([] if path is None else [("V14", "WARN", path)])


def test_v14_never_repeats_a_number_plate() -> None:
    assert "?" not in message(truck={"tractorPlate": "?"})


@pytest.mark.parametrize("rule", RULES)
def test_a_publisher_sets_the_severity_of_a_rule(rule: str) -> None:
    wrong = an_event(
        eventTime=NOW_US + 10**12,
        eventUpdatedTime=us("1999-01-01T00:00:00"),
        equipment={"reference": "HLCU1234567", "rawEmptyIndicator": "Laden"},
        location={"unLocode": "FRPAR", "facilityCode": "ADT", "facilityCodeListProvider": "SMDG", "name": "straÃŸe"},
        transport={"vesselImo": "7654321", "vesselMmsi": "1", "serviceCode": ""},
        utcOffsetMinutes=510,
        extensions={"universalServiceReference": "x"},
    )
    wrong["location"]["unLocode"] = "cnytn" if rule == "V3" else "FRPAR"
    value = encode(EVENT, wrong)
    marks = EVENT.scan(value, 0)
    check = compile_checks(EVENT, {rule: Severity.INFO}, LISTS)

    said: tuple[Finding, ...] = check(value, marks, NOW_US)

    assert {one.severity for one in said if one.rule == rule} == {Severity.INFO}


def test_what_was_remembered_does_not_leak_from_one_place_to_another() -> None:
    check = compile_checks(EVENT)
    offsets = {"utcOffsetMinutes": 480, "offsetSource": "GIVEN"}

    assert found(check, location={"unLocode": "CNYTN"}, **offsets) == []
    assert found(check, location={"unLocode": "FRPAR"}, **offsets) == [("V5", "WARN", "$.eventTime")]


@pytest.mark.parametrize(
    ("unknown", "known"),
    [
        ({"equipment": {"reference": "UNKNOWN"}}, {"equipment": {"reference": "APZU4812090"}}),
        (
            {"eventType": "TRANSPORT", "eventSubtype": "ARRI", "transport": {"vesselName": "UNKNOWN"}},
            {"eventType": "TRANSPORT", "eventSubtype": "ARRI", "transport": {"vesselName": "MV TIDE"}},
        ),
    ],
)
def test_an_event_that_names_nothing_speaks_for_none_that_does(unknown: dict[str, Any], known: dict[str, Any]) -> None:
    for order in ((unknown, known), (known, unknown)):
        check = compile_checks(EVENT)
        assert {len(found(check, **said)): said for said in order} == {1: unknown, 0: known}


def test_a_time_before_1970_speaks_for_none_after_it() -> None:
    check = compile_checks(EVENT)
    there = {"location": {"unLocode": "NLRTM"}, "utcOffsetMinutes": 60, "offsetSource": "GIVEN"}

    assert ("V5", "WARN", "$.eventTime") in found(check, eventTime=-NOW_US, **there)  # +00:20 in those days
    assert found(check, **there) == []


def own_schema(**types: Any) -> Schema:
    """The canonical event with other types of some fields, as a rule set may have it."""
    fields = [
        {"name": field["name"], "type": types[field["name"]](field["type"])} if field["name"] in types else field
        for field in EVENT.json["fields"]
    ]
    return Schema.of({**EVENT.json, "fields": fields})


@pytest.mark.parametrize("own", [lambda enum: ["null", enum], lambda enum: "string"])
def test_v6_whatever_the_type_of_the_classifier(own: Any) -> None:
    schema = own_schema(classifier=own)
    check = compile_checks(schema)
    value = encode(schema, an_event(classifier="ACT", eventTime=NOW_US + 10**12))

    for _ in range(2):
        assert [one.rule for one in check(value, schema.scan(value, 0), NOW_US)] == ["V6"]


@pytest.mark.parametrize("own", [lambda optional: "int", lambda optional: ["int", "null"]])
def test_v5_whatever_the_type_of_the_offset(own: Any) -> None:
    schema = own_schema(utcOffsetMinutes=own)
    said = {"eventId": "e-2025-11-24T23:00+08:00", "eventTimeRaw": "2025-11-24T23:00Z", "utcOffsetMinutes": 0}
    value = encode(schema, an_event(**said))

    assert [one.rule for one in compile_checks(schema)(value, schema.scan(value, 0), NOW_US)] == ["V5"]


def test_v9_of_a_code_beside_a_record_that_is_not_there() -> None:
    first = ("equipment", "rawEventType")  # the last fields of equipment are codes as sent, too
    fields = sorted(EVENT.json["fields"], key=lambda field: [field["name"] != name for name in first])
    schema = Schema.of({**EVENT.json, "fields": fields})
    assert [slot.path for slot in schema.slots][5:8] == [
        "equipment.rawEmptyIndicator",
        "equipment.rawTransportPhase",
        "rawEventType",
    ]
    value = encode(schema, an_event(equipment=None, eventType="SHIPMENT", eventSubtype="CONF", rawEventType="q"))

    assert [one.path for one in compile_checks(schema)(value, schema.scan(value, 0), NOW_US)] == ["$.eventType"]


def test_retractions_have_an_id_and_a_plausible_time() -> None:
    check = compile_checks(RETRACTION)
    value = encode(RETRACTION, a_retraction(eventId="", eventUpdatedTime=us("1999-01-01T00:00:00")))

    said = check(value, RETRACTION.scan(value, 0), NOW_US)

    assert [(one.rule, one.path) for one in said] == [("V7", "$.eventUpdatedTime"), ("V8", "$.eventId")]


def test_lists_that_are_not_there_are_named() -> None:
    assert NO_REFERENCES.missing() == ("un-locode", "smdg", "bic", "liners", "scac")
    assert LISTS.missing() == ("bic", "scac")
    assert LISTS.not_checked()[0].startswith("not checked: whether a BIC facility")


@pytest.mark.parametrize(
    ("place", "code", "right"),
    [("DEBER", "TGTA", True), ("DEBER", "DEBERTGTA", True), ("CNYTN", "TGTA", False), ("CNYTN", "DEBERTGTA", False)],
)
def test_a_bic_facility_is_known_with_and_without_its_place(place: str, code: str, right: bool) -> None:
    check = compile_checks(EVENT, references=References.of({"bic": "DEBER TGTA\n"}))
    there = {"unLocode": place, "facilityCode": code, "facilityCodeListProvider": "BIC"}

    assert found(check, location=there) == ([] if right else [("V4", "WARN", "$.location.facilityCode")])


@pytest.mark.parametrize(("code", "right"), [("MAEU", True), ("MAEX", False), ("maeu", False)])
def test_a_carrier_is_one_of_the_list_where_there_is_one(code: str, right: bool) -> None:
    check = compile_checks(EVENT, references=References.of({"scac": "MAEU\n"}))
    expected = [] if right else [("V14", "WARN", "$.transport.operatorCode")]

    assert found(check, transport={"operatorCode": code, "operatorCodeList": "NMFTA"}) == expected
