"""What a DCSA document holds of a canonical event: exactly which losses there are, and that nothing is made up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.builders import NOW_US, a_retraction, an_event

from tidegate import standards
from tidegate.standards import Target

SAMPLES = Path(__file__).parents[2] / "samples"
RICH: dict[str, Any] = {
    "eventCreatedTime": NOW_US,
    "eventUpdatedTime": NOW_US,
    "utcOffsetMinutes": 480,
    "offsetSource": "GIVEN",
    "partial": True,
    "location": {"name": "Yantian", "unLocode": "CNYTN", "latitude": 22.57, "longitude": 114.27, "address": "Road 1"},
    "equipment": {"reference": "MSKU1234565", "emptyIndicator": "LADEN", "transportPhase": "EXPORT"},
    "transport": {"mode": "VESSEL", "vesselMmsi": "477123456", "delayReasonCodes": ["WEA", "STR"]},
    "truck": {"tractorPlate": "B-1"},
    "documents": [{"type": "TRD", "reference": "BL-1"}, {"type": "AMF", "reference": "AMF-1"}],
    "originatingParties": [{"code": "TGL", "codeListProvider": "SMDG"}],
    "people": [{"role": "DRIVER", "name": "A. Driver"}],
    "cargo": {"packages": 3},
    "extensions": {"changeRemark": "late", "iotDetails.deviceModel": "TG-1", "own": "1"},
}
IN_NEITHER = {"partial", "people[0].role", "people[0].name", "cargo.packages", "extensions[own]"}
LOST: dict[Target, set[str]] = {
    "dcsa-2.2": {
        *IN_NEITHER,
        *("eventUpdatedTime", "location.address", "equipment.transportPhase", "transport.vesselMmsi"),
        *("transport.delayReasonCodes[1]", "truck.tractorPlate", "documents[1].type"),
        *("originatingParties[0].code", "originatingParties[0].codeListProvider"),
        "extensions[iotDetails.deviceModel]",
    },
    "dcsa-3.0": {*IN_NEITHER, "eventCreatedTime", "extensions[changeRemark]"},
}


def again(document: dict[str, Any], target: Target) -> dict[str, Any]:
    (mapped,) = standards.read(document, target)
    assert mapped.event is not None, mapped.findings
    return mapped.event


@pytest.mark.parametrize("target", LOST)
def test_the_losses_are_these_and_each_has_a_reason(target: Target) -> None:
    written = standards.write(an_event(**RICH), "event", target)

    assert {loss.path for loss in written.losses} == LOST[target]
    assert all(loss.reason for loss in written.losses)


def test_in_the_words_of_2_2() -> None:
    document = standards.write(an_event(**RICH), "event", "dcsa-2.2").document

    assert document is not None
    assert document["equipmentEventTypeCode"] == "LOAD"
    assert document["eventDateTime"] == "2025-11-24T23:00:00+08:00"
    assert document["eventLocation"]["latitude"] == "22.57"
    assert document["documentReferences"] == [
        {"documentReferenceType": "TRD", "documentReferenceValue": "BL-1"},
        {"documentReferenceValue": "AMF-1"},
    ]
    assert document["changeRemark"] == "late"


def test_in_the_words_of_the_later_draft_of_3_0() -> None:
    document = standards.write(an_event(**RICH), "event", "dcsa-3.0").document

    assert document is not None
    assert document["eventClassification"] == {
        "eventType": "EQUIPMENT",
        "eventClassifier": "ACTUAL",
        "equipmentEventType": "LOADED",
    }
    assert document["shipmentDetails"]["additionalDocumentReferences"][0] == {
        "reference": "BL-1",
        "type": "TRANSPORT_DOCUMENT",
    }
    assert document["eventLocation"]["address"] == {"addressLines": ["Road 1"]}
    assert standards.recognise(document) == (
        "dcsa-3.0",
        "DCSA Track & Trace 3.0 (draft of May 2026), because of equipmentDetails and eventClassification",
    )


@pytest.mark.parametrize("target", LOST)
@pytest.mark.parametrize("source", ["GUESSED", "FACILITY", "NONE"])
def test_an_offset_that_nobody_gave_is_not_given(target: Target, source: str) -> None:
    event = an_event(utcOffsetMinutes=480, offsetSource=source, eventTimeRaw="2025-11-24T23:00:00")

    written = standards.write(event, "event", target)

    assert written.document is not None
    assert written.document["eventDateTime"] == "2025-11-24T15:00:00-00:00"
    read = again(written.document, target)
    assert (read["eventTime"], read["utcOffsetMinutes"], read["offsetSource"]) == (event["eventTime"], None, "NONE")
    lost = {"utcOffsetMinutes", "eventTimeRaw"} | ({"offsetSource"} if source != "NONE" else set())
    assert {loss.path for loss in written.losses} == lost


@pytest.mark.parametrize("target", LOST)
@pytest.mark.parametrize("raw", ["2025-11-24 23:00:00,0+0800", "2025-11-24T23:00+08:00"])
def test_the_senders_own_text_of_the_time_is_kept(target: Target, raw: str) -> None:
    event = an_event(utcOffsetMinutes=480, offsetSource="GIVEN", eventTimeRaw=raw)

    written = standards.write(event, "event", target)

    assert written.document is not None
    assert written.document["eventDateTime"] == raw
    assert written.losses == ()


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("dcsa-2.2", {"eventType": "IOT", "eventSubtype": "DRO"}),
        ("dcsa-2.2", {"eventType": "UNKNOWN"}),
        ("dcsa-3.0", {"eventType": "CUSTOMS"}),
        ("dcsa-3.0", {"eventTime": 1 << 62}),
        ("dcsa-3.0", {"eventId": " "}),
        ("dcsa-3.0", {"eventId": "e" * 501}),
    ],
)
def test_an_event_that_the_standard_cannot_say_is_no_document(target: Target, said: dict[str, Any]) -> None:
    written = standards.write(an_event(**said), "event", target)

    assert written.document is None
    assert {"equipment.reference", "location.unLocode"} <= {loss.path for loss in written.losses}


@pytest.mark.parametrize("target", LOST)
def test_a_code_outside_the_list_is_written_as_it_came_unless_it_would_mean_another(target: Target) -> None:
    odd = standards.write(an_event(transport={"rawMode": "Truck"}), "event", target)
    twice = standards.write(an_event(transport={"rawMode": "TRUCK"}), "event", target)

    assert odd.losses == ()
    assert "Truck" in json.dumps(odd.document)
    assert [loss.path for loss in twice.losses] == ["transport.rawMode"]


@pytest.mark.parametrize("target", LOST)
@pytest.mark.parametrize(
    ("said", "lost"),
    [
        ({"reason": " "}, {"reason"}),
        ({"reason": "\ud800"}, {"reason"}),
        ({"location": {"latitude": 91.0}}, {"location.latitude"}),
        ({"location": {"latitude": float("nan")}}, {"location.latitude"}),
        ({"location": {"longitude": 0.1 + 0.2}}, {"location.longitude"}),
        ({"seals": [{"number": "", "source": "CAR"}, {"number": "S-2"}]}, {"seals[0].number", "seals[0].source"}),
    ],
)
def test_what_json_or_the_reader_cannot_hold(target: Target, said: dict[str, Any], lost: set[str]) -> None:
    assert {loss.path for loss in standards.write(an_event(**said), "event", target).losses} == lost


def test_the_type_of_a_facility_stands_on_the_call_in_2_2() -> None:
    event = an_event(location={"name": "Gate 1", "facilityType": "POTE", "unLocode": "CNYTN"})

    document = standards.write(event, "event", "dcsa-2.2").document

    assert document is not None
    assert document["transportCall"] == {
        "UNLocationCode": "CNYTN",
        "facilityTypeCode": "POTE",
        "location": {"locationName": "Gate 1"},
    }
    assert again(document, "dcsa-2.2")["location"] == event["location"]


def test_a_retraction_is_one_in_3_0_and_nothing_in_2_2() -> None:
    retraction = a_retraction(eventUpdatedTime=NOW_US, eventKey="MSKU1234565")

    written = standards.write(retraction, "retraction", "dcsa-3.0")

    assert written.document == {"eventID": "e-1", "isRetracted": True, "eventUpdatedDateTime": "2025-11-24T16:00:00Z"}
    assert [loss.path for loss in written.losses] == ["eventKey"]
    assert standards.write(retraction, "retraction", "dcsa-2.2").document is None


def test_the_journey_of_the_samples_comes_back_whole() -> None:
    sent = json.loads((SAMPLES / "journey.json").read_text())
    for mapped in standards.read(sent):
        assert mapped.event is not None
        written = standards.write(mapped.event, "event", "dcsa-2.2")
        assert written.document is not None
        lost = {loss.path for loss in written.losses}
        assert all(path.startswith("extensions[") or path == "location.address" for path in lost), lost
        if not lost:
            assert again(written.document, "dcsa-2.2") == mapped.event
