"""DCSA Track & Trace 3.0, both drafts, to canonical events and retractions."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tidegate import standards
from tidegate.events.findings import Severity
from tidegate.standards import Mapped, dcsa30_words
from tidegate.standards.shape import DOCUMENT, LOCATION, REFERENCE, SEAL, Code

Sample = Callable[[str], Any]


def an_event(**changes: Any) -> dict[str, Any]:
    event = {
        "eventID": "e-1",
        "eventDateTime": "2026-03-10T09:41:00+08:00",
        "eventUpdatedDateTime": "2026-03-10T01:45:00Z",
        "eventClassification": {
            "eventType": "EQUIPMENT",
            "eventClassifier": "ACTUAL",
            "equipmentEventType": "GATED_OUT",
        },
        **changes,
    }
    return {name: value for name, value in event.items() if value is not None}


def read_one(item: dict[str, Any]) -> Mapped:
    (mapped,) = standards.read(item)
    return mapped


def taken(item: dict[str, Any]) -> dict[str, Any]:
    event: Any = read_one(item).event
    assert event is not None
    return dict(event)


@pytest.fixture
def mapped(sample: Sample) -> dict[str, Mapped]:
    """The items of our sample by their ids; the retractions stand under the id with a ``!``."""
    items = standards.read(sample("tnt-3.0.json"))
    return {f"{item.event_id}{'!' if item.kind == 'retraction' else ''}": item for item in items}


def test_both_drafts_say_the_same(mapped: dict[str, Mapped]) -> None:
    january, may = mapped["pml-30-jan-1"], mapped["pml-30-may-1"]

    assert january.event is not None
    assert may.event is not None
    assert january.event | {"eventId": ""} == may.event | {"eventId": ""}
    assert (january.form, may.form) == ("dcsa-3.0-2026-01", "dcsa-3.0-2026-05")
    assert january.paths["equipment.emptyIndicator"] == "$.events[0].equipmentDetails.emptyIndicatorCode"
    assert may.paths["equipment.emptyIndicator"] == "$.events[1].equipmentDetails.emptyIndicator"


def test_every_place_of_a_gate_in(mapped: dict[str, Mapped]) -> None:
    event: Any = mapped["pml-30-may-1"].event

    assert (event["eventType"], event["eventSubtype"], event["classifier"]) == ("EQUIPMENT", "GTIN", "ACT")
    assert (event["utcOffsetMinutes"], event["eventTimeRaw"]) == (480, "2026-03-06T02:17:30+08:00")
    assert event["eventUpdatedTime"] == 1_772_734_742_000_000
    assert event["location"] | {"latitude": 22.5705, "longitude": 114.2712} == event["location"]
    assert (event["location"]["facilityType"], event["location"]["facilityCode"]) == ("POTE", "YICT")
    assert event["equipment"]["transportPhase"] == "EXPORT"
    assert [(one["type"], one["reference"]) for one in event["documents"]] == [
        ("BKG", "PML26031877"),
        ("VGM", "VGM-77"),
    ]
    assert [(one["type"], one["value"]) for one in event["references"]] == [
        ("FF", "HLF-260306"),
        ("DUE", "26BR000123456-0"),
    ]
    assert [(one["source"], one["type"]) for one in event["seals"]] == [("SHI", "BLT"), ("TER", "WIR")]
    assert event["reason"] == "Late arrival at the gate"
    assert event["originatingParties"] == [
        {"code": "PMLX", "codeListProvider": "NMFTA", "codeListName": "SCAC", "function": "CA"}
    ]
    assert [party["code"] for party in event["forwardingParties"]] == ["HLFF"]
    assert [party["code"] for party in event["destinationParties"]] == ["YICT"]
    assert event["extensions"] == {"equipmentDetails.seals[0].placement": "DOOR"}


@pytest.mark.parametrize(
    ("event_id", "kind", "subtype"),
    [
        ("pml-30-customs", "EQUIPMENT", "CUSI"),
        ("pml-30-iot-jan", "IOT", "DRO"),
        ("pml-30-iot-may", "IOT", "DRO"),
        ("pml-30-iot-fence", "IOT", "GEOFENCE_ENTRY"),
        ("pml-30-reefer", "REEFER", "MEAS"),
        ("pml-30-truck", "TRANSPORT", "APPROACHING"),
        ("pml-30-split", "SHIPMENT", "AMCF"),
    ],
)
def test_milestones(mapped: dict[str, Mapped], event_id: str, kind: str, subtype: str) -> None:
    item = mapped[event_id]

    assert item.event is not None
    assert (item.event["eventType"], item.event["eventSubtype"]) == (kind, subtype)
    assert {finding.severity for finding in item.findings} <= {Severity.INFO}


def test_a_reefer(mapped: dict[str, Mapped]) -> None:
    event: Any = mapped["pml-30-reefer"].event

    assert event["reefer"] == {
        "setpoint": -18.0,
        "ambient": 31.5,
        "unit": "CEL",
        "probes": [-17.5, -17.9],
        "alarms": ["A17"],
    }
    assert event["extensions"] == {
        "reeferDetails.temperatureProbeMeasurements[0].USDAProbeNumber": "1",
        "reeferDetails.temperatureProbeMeasurements[1].probeLabel": "rear",
        "reeferDetails.alarms[0].description": "Door open too long",
        "reeferDetails.measuredParameters.humidityPercentage": "60",
    }


def test_a_truck(mapped: dict[str, Mapped]) -> None:
    event: Any = mapped["pml-30-truck"].event

    assert event["truck"] == {"tractorPlate": "YB12345", "trailerPlate": "YB1234G", "vin": "LZZ1CLVB0HA123456"}
    assert event["location"]["address"] == "1 Harbour Road, Gate 3"
    assert event["transport"]["delayReasonCodes"] == ["STR", "WEA"]
    assert event["extensions"] == {"transportDetails.transportCall.transportCallSequenceNumberMax": "5"}


def test_a_split_booking_keeps_what_replaces_it(mapped: dict[str, Mapped]) -> None:
    item = mapped["pml-30-split"]
    event: Any = item.event

    replaced = json.loads(event["extensions"]["shipmentDetails.documentReferenceReplacements"])
    assert [one["reference"] for one in replaced[0]["newReferences"]] == ["PML26031878", "PML26031879"]
    assert item.key == "PML26031877"


def test_a_retraction_follows_its_event(mapped: dict[str, Mapped]) -> None:
    item, bare = mapped["pml-30-may-1!"], mapped["pml-30-jan-1!"]

    assert item.findings == ()
    assert item.event == {
        "eventId": "pml-30-may-1",
        "eventUpdatedTime": 1_772_928_000_000_000,
        "eventKey": "PMLU4029178",
        "originatingParties": [{"code": "PMLX", "codeListProvider": "NMFTA", "codeListName": "SCAC", "function": "CA"}],
    }
    assert item.key == mapped["pml-30-may-1"].key == "PMLU4029178"
    assert bare.event == {
        "eventId": "pml-30-jan-1",
        "eventUpdatedTime": None,
        "eventKey": None,
        "originatingParties": [],
    }
    assert bare.key == "pml-30-jan-1"


@pytest.mark.parametrize("standard", ["auto", "dcsa-2.2", "dcsa-3.0"])
def test_a_retraction_is_never_read_as_an_event(standard: Any) -> None:
    (item,) = standards.read(an_event(isRetracted=True, eventClassifierCode="ACT"), standard)

    assert item.kind == "retraction"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"isRetracted": "true"}, "$.isRetracted"),
        ({"isRetracted": 1}, "$.isRetracted"),
        ({"isRetracted": True, "eventID": None}, "$.eventID"),
        ({"eventID": None}, "$.eventID"),
        ({"eventDateTime": "2026-03-10T09:41:00"}, "$.eventDateTime"),
        ({"eventUpdatedDateTime": "soon"}, "$.eventUpdatedDateTime"),
    ],
)
def test_cannot_be_mapped(changes: dict[str, Any], path: str) -> None:
    item = read_one(an_event(**changes))

    assert item.event is None
    assert [finding.path for finding in item.findings if finding.severity is Severity.ERROR] == [path]


def test_an_unknown_word_is_kept_and_said() -> None:
    kind = {"eventType": "EQUIPMENT", "eventClassifier": "LIKELY", "equipmentEventType": "WEIGHED"}

    item = read_one(an_event(eventClassification=kind))

    event: Any = item.event
    assert (event["classifier"], event["rawClassifier"]) == ("UNKNOWN", "LIKELY")
    assert (event["eventSubtype"], event["rawEventSubtype"]) == ("UNKNOWN", "WEIGHED")
    assert {finding.path for finding in item.findings} == {
        "$.eventClassification.eventClassifier",
        "$.eventClassification.equipmentEventType",
    }


def test_drafts_may_be_mixed_and_contradictions_are_kept() -> None:
    kind = {"eventTypeCode": "EQUIPMENT", "eventClassifier": "ACTUAL", "equipmentEventType": "LOADED"}

    event = taken(an_event(eventClassification=kind, equipmentDetails={"emptyIndicator": "EMPTY"}))
    both = taken(an_event(equipmentDetails={"emptyIndicator": "EMPTY", "emptyIndicatorCode": "LADEN"}))

    assert (event["eventType"], event["eventSubtype"]) == ("EQUIPMENT", "LOAD")
    assert both["equipment"]["emptyIndicator"] == "EMPTY"
    assert both["extensions"] == {"equipmentDetails.emptyIndicatorCode": "LADEN"}


def test_parties_of_both_drafts_are_kept_in_order() -> None:
    routing = {
        "originatingParties": [{"partyCode": "A"}, {"partyCode": "B"}],
        "originatingParty": {"partyCode": "C"},
        "forwardingParties": [{"codeListProvider": "SMDG"}, "odd"],
    }

    item = read_one(an_event(eventRouting=routing))

    event: Any = item.event
    assert [party["code"] for party in event["originatingParties"]] == ["A", "B", "C"]
    assert event["extensions"] == {
        "eventRouting.forwardingParties[0].codeListProvider": "SMDG",
        "eventRouting.forwardingParties[1]": "odd",
    }


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ({"street": "Ruijggoordweg", "streetNumber": "100", "countryCode": "NL"}, "Ruijggoordweg 100, NL"),
        ({"city": "Amsterdam", "addressLines": ["Hall 4", "Gate 1"]}, "Amsterdam, Hall 4, Gate 1"),
        ({"addressLines": []}, None),
        ({"addressLines": "Hall 4"}, "Hall 4"),
    ],
)
def test_addresses(address: dict[str, Any], line: str | None) -> None:
    event = taken(an_event(eventLocation={"UNLocationCode": "NLAMS", "address": address}))

    assert event["location"]["address"] == line


@pytest.mark.parametrize(
    "odd",
    [
        {"reeferDetails": {"temperatureProbeMeasurements": {"measuredTemperatureValue": 1}}},
        {"reeferDetails": {"temperatureProbeMeasurements": [1, {"measuredTemperatureValue": "cold"}]}},
        {"shipmentDetails": {"documentReference": "PML1", "additionalDocumentReferences": "PML2"}},
        {"shipmentDetails": []},
        {"eventRouting": {"originatingParties": "PMLX"}},
        {"transportDetails": {"delayReasonCodes": {"a": 1}}},
        {"eventLocation": {"geoCoordinate": {"latitude": "north"}}},
    ],
)
def test_what_has_another_shape_is_kept(odd: dict[str, Any]) -> None:
    item = read_one(an_event(**odd))

    assert item.event is not None
    assert item.event["extensions"]
    assert Severity.WARN in {finding.severity for finding in item.findings}


def test_words_stand_for_codes_of_the_canonical_event() -> None:
    def symbols(shape: Any) -> frozenset[str]:
        assert isinstance(shape, Code)
        return shape.symbols

    assert dcsa30_words.DOCUMENTS.keys() <= symbols(DOCUMENT.fields["type"])
    assert dcsa30_words.REFERENCES.keys() <= symbols(REFERENCE.fields["type"])
    assert dcsa30_words.SEAL_SOURCES.keys() <= symbols(SEAL.fields["source"])
    assert dcsa30_words.SEAL_TYPES.keys() <= symbols(SEAL.fields["type"])
    assert dcsa30_words.FACILITIES.keys() <= symbols(LOCATION.fields["facilityType"])
