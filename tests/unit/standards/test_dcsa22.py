"""DCSA Track & Trace 2.2 to the canonical event, property by property."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tidegate.events.findings import Severity
from tidegate.standards import Mapped

MapOne = Callable[..., Mapped]


def event_of(mapped: Mapped) -> dict[str, Any]:
    assert mapped.event is not None, mapped.findings
    return mapped.event


def said(mapped: Mapped) -> list[tuple[Severity, str]]:
    return [(finding.severity, finding.path) for finding in mapped.findings]


CALL = {
    "transportCallID": "c-1",
    "carrierServiceCode": "AE9",
    "exportVoyageNumber": "2611W",
    "importVoyageNumber": "2610E",
    "transportCallSequenceNumber": 3,
    "modeOfTransport": "VESSEL",
    "vessel": {
        "vesselIMONumber": "9999993",
        "vesselName": "MERIDIAN KESTREL",
        "vesselFlag": "HK",
        "vesselCallSignNumber": "VRXX9",
        "vesselOperatorCarrierCode": "PMLX",
        "vesselOperatorCarrierCodeListProvider": "NMFTA",
    },
}


def test_nothing_is_said_about_a_plain_event(map_one: MapOne) -> None:
    mapped = map_one()

    assert mapped.kind == "event"
    assert mapped.findings == ()
    assert event_of(mapped)["eventTimeRaw"] == "2026-03-10T09:41:00+08:00"
    assert event_of(mapped)["utcOffsetMinutes"] == 480
    assert event_of(mapped)["offsetSource"] == "GIVEN"
    assert event_of(mapped)["eventTime"] - event_of(mapped)["eventCreatedTime"] == -240_000_000


@pytest.mark.parametrize(
    ("sent", "field", "value", "path"),
    [
        ({"reason": "late"}, "reason", "late", "$[0].reason"),
        ({"eventUpdatedDateTime": "1970-01-01T00:00:01Z"}, "eventUpdatedTime", 1_000_000, "$[0].eventUpdatedDateTime"),
        ({"equipmentReference": "PMLU4029178"}, "equipment.reference", "PMLU4029178", "$[0].equipmentReference"),
        ({"ISOEquipmentCode": "45G1"}, "equipment.isoSizeType", "45G1", "$[0].ISOEquipmentCode"),
        ({"emptyIndicatorCode": "LADEN"}, "equipment.emptyIndicator", "LADEN", "$[0].emptyIndicatorCode"),
        ({"transportCall": CALL}, "transport.mode", "VESSEL", "$[0].transportCall.modeOfTransport"),
        ({"transportCall": CALL}, "transport.callReference", "c-1", "$[0].transportCall.transportCallID"),
        ({"transportCall": CALL}, "transport.callSequence", 3, "$[0].transportCall.transportCallSequenceNumber"),
        ({"transportCall": CALL}, "transport.importVoyage", "2610E", "$[0].transportCall.importVoyageNumber"),
        ({"transportCall": CALL}, "transport.exportVoyage", "2611W", "$[0].transportCall.exportVoyageNumber"),
        ({"transportCall": CALL}, "transport.serviceCode", "AE9", "$[0].transportCall.carrierServiceCode"),
        ({"transportCall": CALL}, "transport.vesselImo", "9999993", "$[0].transportCall.vessel.vesselIMONumber"),
        ({"transportCall": CALL}, "transport.vesselFlag", "HK", "$[0].transportCall.vessel.vesselFlag"),
        (
            {"transportCall": CALL},
            "transport.operatorCode",
            "PMLX",
            "$[0].transportCall.vessel.vesselOperatorCarrierCode",
        ),
        (
            {"transportCall": CALL},
            "extensions[transportCall.vessel.vesselCallSignNumber]",
            "VRXX9",
            "$[0].transportCall.vessel.vesselCallSignNumber",
        ),
        ({"transportCallID": "c-2"}, "transport.callReference", "c-2", "$[0].transportCallID"),
        (
            {"transportCall": {"carrierVoyageNumber": "9W"}},
            "transport.exportVoyage",
            "9W",
            "$[0].transportCall.carrierVoyageNumber",
        ),
        ({"delayReasonCode": "WEA"}, "transport.delayReasonCodes[0]", "WEA", "$[0].delayReasonCode"),
        ({"delayReasonCodes": ["WEA", "ANA"]}, "transport.delayReasonCodes[1]", "ANA", "$[0].delayReasonCodes[1]"),
        (
            {"documentID": "PML26031877", "documentTypeCode": "BKG"},
            "documents[0].reference",
            "PML26031877",
            "$[0].documentID",
        ),
        ({"documentID": "PML26031877", "documentTypeCode": "BKG"}, "documents[0].type", "BKG", "$[0].documentTypeCode"),
        (
            {"documentID": "x", "shipmentInformationTypeCode": "SHI"},
            "documents[0].type",
            "SHI",
            "$[0].shipmentInformationTypeCode",
        ),
        (
            {"seals": [{"sealNumber": "S1", "sealSource": "CUS", "sealType": "BLT"}]},
            "seals[0].source",
            "CUS",
            "$[0].seals[0].sealSource",
        ),
        (
            {"references": [{"referenceType": "FF", "referenceValue": "F1"}]},
            "references[0].value",
            "F1",
            "$[0].references[0].referenceValue",
        ),
        ({"changeRemark": "swell"}, "extensions[changeRemark]", "swell", "$[0].changeRemark"),
        (
            {"carrierSpecificData": {"x": {"y": 1}}},
            "extensions[carrierSpecificData.x.y]",
            "1",
            "$[0].carrierSpecificData.x.y",
        ),
        (
            {"carrierSpecificData": {"x": [1, None]}},
            "extensions[carrierSpecificData.x]",
            "[1,null]",
            "$[0].carrierSpecificData.x",
        ),
        ({"flag": True}, "extensions[flag]", "true", "$[0].flag"),
        ({"a.b": "1"}, "extensions[['a.b']]", "1", "$[0]['a.b']"),
        ({"it's": {"b c": "1"}}, "extensions[['it\\'s']['b c']]", "1", "$[0]['it\\'s']['b c']"),
        ({"empty": {}}, "extensions[empty]", "{}", "$[0].empty"),
    ],
)
def test_where_a_property_goes(map_one: MapOne, sent: dict[str, Any], field: str, value: object, path: str) -> None:
    mapped = map_one(**sent)

    assert value_at(event_of(mapped), field) == value
    assert mapped.paths[field] == path
    assert mapped.findings == ()


def value_at(event: dict[str, Any], path: str) -> Any:
    if path.startswith("extensions["):
        return event["extensions"][path.removeprefix("extensions[")[:-1]]
    value: Any = event
    for part in path.replace("[", ".").replace("]", "").split("."):
        value = value[int(part)] if part.isdigit() else value[part]
    return value


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"eventID": None}, "$[0].eventID", "no eventID"),
        ({"eventID": ""}, "$[0].eventID", "no eventID"),
        ({"eventID": {"id": 1}}, "$[0].eventID", "no eventID"),
        ({"eventID": "x" * 501}, "$[0].eventID", "longer than 500"),
        ({"eventDateTime": None}, "$[0].eventDateTime", "no eventDateTime"),
        ({"eventDateTime": "2026-03-10T09:41:00"}, "$[0].eventDateTime", "no offset from UTC"),
        ({"eventDateTime": "2026-02-30T09:41:00Z"}, "$[0].eventDateTime", "does not exist"),
        ({"eventDateTime": "2026-03-10T09:41:00+19:00"}, "$[0].eventDateTime", "no place on earth"),
        ({"eventDateTime": 1773140460}, "$[0].eventDateTime", "1773140460 is not a date and time"),
        ({"eventCreatedDateTime": "2026-03-10"}, "$[0].eventCreatedDateTime", "without a time of day"),
        ({"eventUpdatedDateTime": ["x"]}, "$[0].eventUpdatedDateTime", "[...] is not a date"),
        ({"reason": "\ud83d"}, "$[0].reason", "lone surrogate"),
        ({"x": ["\ud83d"]}, "$[0].x", "lone surrogate"),
        ({"\ud83d": "x"}, "$[0]", "lone surrogate"),
    ],
)
def test_cannot_be_mapped(map_one: MapOne, changes: dict[str, Any], path: str, words: str) -> None:
    mapped = map_one(**changes)

    assert mapped.event is None
    assert mapped.key is None
    errors = [finding for finding in mapped.findings if finding.severity is Severity.ERROR]
    assert any(finding.path == path and words in finding.message for finding in errors)
    assert {finding.rule for finding in errors} <= {"MAP", "V5", "V8"}


def test_all_that_is_wrong_is_said_at_once(map_one: MapOne) -> None:
    mapped = map_one(eventID=None, eventDateTime="soon", eventCreatedDateTime="now")

    assert [path for _, path in said(mapped)] == ["$[0].eventID", "$[0].eventDateTime", "$[0].eventCreatedDateTime"]


def test_the_id_is_told_even_when_the_event_cannot_be_mapped(map_one: MapOne) -> None:
    assert map_one(eventDateTime="soon").event_id == "e-1"
    assert map_one(eventID="x" * 500).event_id == "x" * 500


@pytest.mark.parametrize(
    ("sent", "field", "raw"),
    [
        ({"eventType": "Equipment"}, "eventType", "rawEventType"),
        ({"eventType": "UNKNOWN"}, "eventType", "rawEventType"),
        ({"eventClassifierCode": "act"}, "classifier", "rawClassifier"),
        ({"equipmentEventTypeCode": "GATED_IN"}, "eventSubtype", "rawEventSubtype"),
        ({"emptyIndicatorCode": "Laden"}, "equipment.emptyIndicator", "equipment.rawEmptyIndicator"),
        ({"transportCall": {"modeOfTransport": "Truck"}}, "transport.mode", "transport.rawMode"),
        (
            {"eventLocation": {"facilityCodeListProvider": "ISO"}},
            "location.facilityCodeListProvider",
            "location.rawFacilityCodeListProvider",
        ),
        ({"transportCall": {"facilityTypeCode": "YICT"}}, "location.facilityType", "location.rawFacilityType"),
        ({"documentID": "1", "documentTypeCode": "BOK"}, "documents[0].type", "documents[0].rawType"),
        ({"seals": [{"sealNumber": "1", "sealType": "bolt"}]}, "seals[0].type", "seals[0].rawType"),
        (
            {"references": [{"referenceValue": "1", "referenceType": "XX"}]},
            "references[0].type",
            "references[0].rawType",
        ),
    ],
)
def test_unknown_code_is_kept_and_flagged(map_one: MapOne, sent: dict[str, Any], field: str, raw: str) -> None:
    mapped = map_one(**sent)

    assert value_at(event_of(mapped), field) == "UNKNOWN"
    assert mapped.paths[field] == mapped.paths[raw]
    assert said(mapped) == [(Severity.WARN, mapped.paths[raw])]
    assert value_at(event_of(mapped), raw) in mapped.findings[0].message


@pytest.mark.parametrize("code", ["RECE", "RELS", "PENC", "CANC", "ARRI", "DEPA", "GTIN", "CROS", "AMCF", "MEAS"])
def test_milestones_of_all_versions_are_known(map_one: MapOne, code: str) -> None:
    assert event_of(map_one(equipmentEventTypeCode=code))["eventSubtype"] == code


@pytest.mark.parametrize(
    ("sent", "subtype", "extensions"),
    [
        ({"equipmentEventTypeCode": None}, "UNKNOWN", {}),
        ({"equipmentEventTypeCode": None, "eventTypeCode": "LOAD"}, "LOAD", {}),
        ({"eventTypeCode": "GTOT"}, "GTOT", {}),  # says the same
        ({"eventTypeCode": "LOAD"}, "GTOT", {"eventTypeCode": "LOAD"}),
        (
            {"equipmentEventTypeCode": None, "shipmentEventTypeCode": "RECE"},
            "UNKNOWN",
            {"shipmentEventTypeCode": "RECE"},
        ),
        ({"eventType": "TRANSPORT", "transportEventTypeCode": "ARRI"}, "ARRI", {"equipmentEventTypeCode": "GTOT"}),
        ({"eventType": "Equipment"}, "GTOT", {}),  # the type is unknown, but there is only one milestone
        (
            {"eventType": "?", "shipmentEventTypeCode": "RECE"},
            "UNKNOWN",
            {"shipmentEventTypeCode": "RECE", "equipmentEventTypeCode": "GTOT"},
        ),
        ({"eventType": "IOT"}, "UNKNOWN", {"equipmentEventTypeCode": "GTOT"}),
    ],
)
def test_subtype(map_one: MapOne, sent: dict[str, Any], subtype: str, extensions: dict[str, str]) -> None:
    event = event_of(map_one(**sent))

    assert event["eventSubtype"] == subtype
    assert event["extensions"] == extensions


def test_an_unknown_local_offset_is_not_given(map_one: MapOne) -> None:
    event = event_of(map_one(eventDateTime="2026-03-10T01:41:00-00:00"))

    assert (event["utcOffsetMinutes"], event["offsetSource"]) == (None, "NONE")


@pytest.mark.parametrize(
    ("sent", "key"),
    [
        ({"equipmentReference": "PMLU4029178", "documentID": "T1"}, "PMLU4029178"),
        (
            {
                "documentReferences": [
                    {"documentReferenceType": "TRD", "documentReferenceValue": "T1"},
                    {"documentReferenceType": "BKG", "documentReferenceValue": "B1"},
                ]
            },
            "B1",
        ),
        ({"documentID": "T1", "documentTypeCode": "TRD", "transportCallID": "c-1"}, "T1"),
        ({"transportCallID": "c-1"}, "c-1"),
        ({}, "e-1"),
    ],
)
def test_key(map_one: MapOne, sent: dict[str, Any], key: str) -> None:
    assert map_one(**sent).key == key
