"""Canonical JSON: read, written, and the same in both directions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tidegate import standards
from tidegate.events.findings import Severity
from tidegate.standards import Mapped

EVENT = {"eventId": "1", "eventSubtype": "GTIN", "eventTime": "2026-03-10T11:01:00Z"}
NOON = 1_773_140_460_000_000


def read(**changes: Any) -> Mapped:
    sent = {name: value for name, value in (EVENT | changes).items() if value is not ...}
    (mapped,) = standards.read(sent, "canonical")
    return mapped


def event_of(mapped: Mapped) -> dict[str, Any]:
    assert mapped.event is not None, mapped.findings
    return mapped.event


def test_sample(sample: Callable[[str], Any], encode: Callable[[Mapped], bytes]) -> None:
    gate_in, released, retracted = standards.read(sample("canonical.json"))

    assert not gate_in.findings
    assert event_of(gate_in)["truck"]["tractorPlate"] == "粤B·D4417"
    assert event_of(gate_in)["people"][0]["role"] == "DRIVER"
    assert event_of(gate_in)["utcOffsetMinutes"] == 480
    assert event_of(gate_in)["eventTimeRaw"] == "2026-03-06T02:17:30+08:00"
    assert gate_in.paths["people[0].phone"] == "$[0].people[0].phone"
    assert gate_in.paths["extensions[gateLane]"] == "$[0].extensions.gateLane"
    assert event_of(released)["eventTime"] == 1_772_766_000_000_000
    assert (retracted.kind, retracted.key, retracted.event_id) == ("retraction", "PMLU4029178", "HLF-EVT-000899")
    assert retracted.paths["eventId"] == "$[2].retraction.eventId"
    assert all(encode(mapped) for mapped in (gate_in, released, retracted))


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"eventId": ...}, "$.eventId", "no eventId"),
        ({"eventId": ""}, "$.eventId", "no eventId"),
        ({"eventId": "x" * 501}, "$.eventId", "longer than 500"),
        ({"eventTime": ...}, "$.eventTime", "no eventTime"),
        ({"eventTime": None}, "$.eventTime", "no eventTime"),
        ({"eventTime": "2026-03-10T11:01:00"}, "$.eventTime", "no offset"),
        ({"eventTime": 2**63}, "$.eventTime", "not a date and time"),
        ({"eventTime": True}, "$.eventTime", "not a date and time"),
        ({"foo": 1, "extensions": {"foo": "2"}}, "$.extensions.foo", "given twice"),
        ({"extensions": {"foo": "\ud83d"}}, "$.extensions.foo", "lone surrogate"),
    ],
)
def test_cannot_be_mapped(changes: dict[str, Any], path: str, words: str) -> None:
    mapped = read(**changes)

    assert mapped.event is None
    errors = [finding for finding in mapped.findings if finding.severity is Severity.ERROR]
    assert any(finding.path == path and words in finding.message for finding in errors), mapped.findings


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"eventTime": NOON}, {"eventTime": NOON, "offsetSource": "NONE", "eventTimeRaw": None}),
        ({"eventTime": "2026-03-10T19:01:00+08:00", "offsetSource": "FACILITY"}, {"utcOffsetMinutes": None}),
        ({"eventSubtype": ...}, {"eventSubtype": "UNKNOWN", "rawEventSubtype": None}),
        ({"eventSubtype": "GATE"}, {"eventSubtype": "UNKNOWN", "rawEventSubtype": "GATE"}),
        ({"classifier": "actual"}, {"classifier": "UNKNOWN", "rawClassifier": "actual"}),
        ({"classifier": "UNKNOWN"}, {"classifier": "UNKNOWN", "rawClassifier": None}),
        ({"classifier": "x", "rawClassifier": "y"}, {"rawClassifier": "y", "extensions": {"classifier": "x"}}),
        ({"classifier": ["x"], "rawClassifier": "y"}, {"rawClassifier": "y", "extensions": {"classifier": '["x"]'}}),
        ({"classifier": "ACT", "rawClassifier": "y"}, {"classifier": "ACT", "rawClassifier": "y"}),
        ({"offsetSource": "SUNDIAL"}, {"offsetSource": "NONE", "extensions": {"offsetSource": "SUNDIAL"}}),
        ({"partial": True}, {"partial": True}),
        ({"partial": "yes"}, {"partial": False, "extensions": {"partial": "yes"}}),
        ({"people": [{"birthDate": "1990-02-28"}]}, {}),
        ({"people": [{"birthDate": "1990-02-30"}]}, {"extensions": {"people[0].birthDate": "1990-02-30"}}),
        ({"documents": [{"type": "BKG"}]}, {"documents": [], "extensions": {"documents[0].type": "BKG"}}),
        ({"documents": {"type": "BKG"}}, {"documents": [], "extensions": {"documents.type": "BKG"}}),
        ({"equipment": "PMLU4029178"}, {"equipment": None, "extensions": {"equipment": "PMLU4029178"}}),
        ({"vessel": {"name": "K"}}, {"extensions": {"vessel.name": "K"}}),
        ({"extensions": {"a.b": "1", "": " "}}, {"extensions": {"a.b": "1", "": " "}}),
        ({"extensions": {"n": 1, "o": {"p": None}}}, {"extensions": {"n": "1", "o": '{"p":null}'}}),
        ({"extensions": "x"}, {"extensions": {"extensions": "x"}}),
        ({"reefer": {"probes": [1.5, "warm", 2]}}, {"extensions": {"reefer.probes[1]": "warm"}}),
        ({"EventType": "SHIPMENT"}, {"eventType": "SHIPMENT"}),
        ({"location": {"name": "A"}, "Location": {"name": "B"}}, {"extensions": {"Location.name": "B"}}),
        ({"cargo": {}}, {"cargo": {"hsCodes": [], "dangerousGoodsClass": None, "packages": None, "grossMassKg": None}}),
    ],
)
def test_fields(changes: dict[str, Any], expected: dict[str, Any], encode: Callable[[Mapped], bytes]) -> None:
    mapped = read(**changes)

    assert event_of(mapped).items() >= expected.items()
    assert encode(mapped)


def test_unknown_properties_are_warned_about() -> None:
    mapped = read(vessel="K")

    assert [(finding.severity, finding.path) for finding in mapped.findings] == [(Severity.WARN, "$.vessel")]


@pytest.mark.parametrize("sent", [None, "x", {}, {"eventKey": "k"}, {"eventId": ["x"]}])
def test_retraction_of_nothing(sent: object) -> None:
    (mapped,) = standards.read({"retraction": sent})

    assert mapped.kind == "retraction"
    assert mapped.event is None
    assert Severity.ERROR in {finding.severity for finding in mapped.findings}


def test_retraction_keeps_no_more_than_its_fields(encode: Callable[[Mapped], bytes]) -> None:
    (mapped,) = standards.read({"retraction": {"eventId": "1", "equipment": {"reference": "PMLU4029178"}}})

    assert mapped.key == "1"
    assert event_of(mapped) == {"eventId": "1", "eventUpdatedTime": None, "eventKey": None, "originatingParties": []}
    assert [(finding.severity, finding.path) for finding in mapped.findings] == [
        (Severity.WARN, "$.retraction.equipment")
    ]
    assert encode(mapped)


def test_to_json() -> None:
    event = event_of(read(people=[{"birthDate": 1}], equipment={"reference": "PMLU4029178"}))

    assert standards.to_json(event, "event") == {
        "eventId": "1",
        "eventType": "UNKNOWN",
        "eventSubtype": "GTIN",
        "classifier": "UNKNOWN",
        "eventTime": "2026-03-10T11:01:00Z",
        "offsetSource": "NONE",
        "partial": False,
        "equipment": {"reference": "PMLU4029178", "emptyIndicator": "UNKNOWN", "transportPhase": "UNKNOWN"},
        "people": [{"role": "UNKNOWN", "birthDate": "1970-01-02"}],
    }


def test_to_json_of_a_retraction() -> None:
    (mapped,) = standards.read({"retraction": {"eventId": "1", "eventUpdatedTime": 0}})

    written = standards.to_json(event_of(mapped), "retraction")

    assert written == {"retraction": {"eventId": "1", "eventUpdatedTime": "1970-01-01T00:00:00Z"}}
    assert next(standards.read(written)).event == mapped.event


def test_to_json_of_what_json_cannot_hold() -> None:
    event = event_of(read(eventTime=2**62, people=[{"birthDate": 10**8}], reefer={"setpoint": 1.5}))
    event["reefer"]["setpoint"] = float("nan")

    written = standards.to_json(event, "event")

    assert written["eventTime"] == 2**62
    assert written["people"] == [{"role": "UNKNOWN", "birthDate": 10**8}]
    assert written["reefer"] == {"setpoint": "nan"}
