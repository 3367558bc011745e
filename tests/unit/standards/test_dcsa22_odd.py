"""DCSA 2.2 as it comes from the wild: wrong types, empty text, other spellings, hostile sizes. Nothing gets lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tidegate import standards
from tidegate.events.findings import Severity
from tidegate.standards import Mapped
from tidegate.standards import draft as drafts

MapOne = Callable[..., Mapped]


def event_of(mapped: Mapped) -> dict[str, Any]:
    assert mapped.event is not None, mapped.findings
    return mapped.event


def said(mapped: Mapped) -> list[tuple[Severity, str]]:
    return [(finding.severity, finding.path) for finding in mapped.findings]


def value_at(event: dict[str, Any], path: str) -> Any:
    if path.startswith("extensions["):
        return event["extensions"][path.removeprefix("extensions[")[:-1]]
    value: Any = event
    for part in path.replace("[", ".").replace("]", "").split("."):
        value = value[int(part)] if part.isdigit() else value[part]
    return value


@pytest.mark.parametrize(
    ("sent", "field", "value", "kept"),
    [
        ({"equipmentReference": 4029178}, "equipment.reference", "4029178", {}),
        ({"transportCall": {"transportCallSequenceNumber": "2"}}, "transport.callSequence", 2, {}),
        (
            {"transportCall": {"transportCallSequenceNumber": "02", "transportCallID": "c"}},
            "transport.callSequence",
            None,
            {"transportCall.transportCallSequenceNumber": "02"},
        ),
        (
            {"transportCall": {"transportCallSequenceNumber": 2**31, "transportCallID": "c"}},
            "transport.callSequence",
            None,
            {"transportCall.transportCallSequenceNumber": "2147483648"},
        ),
        ({"reason": 1.5}, "reason", None, {"reason": "1.5"}),
        ({"reason": True}, "reason", None, {"reason": "true"}),
        ({"reason": {"text": "x"}}, "reason", None, {"reason.text": "x"}),
        ({"eventClassifierCode": 1}, "rawClassifier", "1", {}),
        ({"eventClassifierCode": ["ACT"]}, "classifier", "UNKNOWN", {"eventClassifierCode": '["ACT"]'}),
        ({"transportCall": "c-1"}, "transport", None, {"transportCall": "c-1"}),
        (
            {"transportCall": {"vessel": "KESTREL", "transportCallID": "c"}},
            "transport.vesselName",
            None,
            {"transportCall.vessel": "KESTREL"},
        ),
        ({"references": {"referenceType": "FF"}}, "references", [], {"references.referenceType": "FF"}),
        ({"references": ["F1"]}, "references", [], {"references[0]": "F1"}),
        ({"seals": [{"sealType": "BLT"}]}, "seals", [], {"seals[0].sealType": "BLT"}),
        ({"seals": [{"sealNumber": {"a": 1}}]}, "seals", [], {"seals[0].sealNumber.a": "1"}),
        ({"documentTypeCode": "BKG"}, "documents", [], {"documentTypeCode": "BKG"}),
        ({"documentID": ["x"]}, "documents", [], {"documentID": '["x"]'}),
        ({"delayReasonCode": 5, "transportCallID": "c"}, "transport.delayReasonCodes", [], {"delayReasonCode": "5"}),
    ],
)
def test_wrong_types_are_said_and_kept(
    map_one: MapOne, sent: dict[str, Any], field: str, value: object, kept: dict[str, str]
) -> None:
    mapped = map_one(**sent)

    assert value_at(event_of(mapped), field) == value
    assert event_of(mapped)["extensions"] == kept
    assert mapped.findings != ()


@pytest.mark.parametrize(
    ("sent", "path"),
    [
        ({"reason": ""}, "$[0].reason"),
        ({"reason": " \t"}, "$[0].reason"),
        ({"carrierSpecificData": {"x": ""}}, "$[0].carrierSpecificData.x"),
        ({"references": [""]}, "$[0].references[0]"),
        ({"delayReasonCodes": [""]}, "$[0].delayReasonCodes[0]"),
    ],
)
def test_empty_text_is_no_value(map_one: MapOne, sent: dict[str, Any], path: str) -> None:
    mapped = map_one(**sent)

    assert event_of(mapped) == event_of(map_one())
    assert said(mapped) == [(Severity.WARN, path)]


def test_null_is_absent(map_one: MapOne) -> None:
    times = dict.fromkeys(("eventDateTime", "eventCreatedDateTime"), "2026-03-10T09:41:00Z")

    (mapped,) = standards.read([{"eventID": "e-1", **times, "reason": None, "x": None}])

    assert event_of(mapped)["extensions"] == {}
    assert mapped.findings == ()


def test_spelling(map_one: MapOne) -> None:
    mapped = map_one(eventID=None, eventId="e-1", eventlocation={"unLocationCode": "HKHKG"})

    assert event_of(mapped)["eventId"] == "e-1"
    assert event_of(mapped)["location"]["unLocode"] == "HKHKG"
    assert mapped.paths["location.unLocode"] == "$[0].eventlocation.unLocationCode"
    assert said(mapped) == [
        (Severity.WARN, "$[0].eventId"),
        (Severity.WARN, "$[0].eventlocation"),
        (Severity.WARN, "$[0].eventlocation.unLocationCode"),
    ]
    assert "spelt UNLocationCode" in mapped.findings[2].message


@pytest.mark.parametrize(
    ("sent", "extensions"),
    [
        ({"eventId": "e-2"}, {"eventId": "e-2"}),  # the right name is there as well
        ({"EQUIPMENTREFERENCE": "A", "EquipmentReference": "B"}, {"EquipmentReference": "B"}),
        (
            {"transportcall": {"transportCallID": "A"}, "TransportCall": {"transportCallID": "B"}},
            {"TransportCall.transportCallID": "B"},
        ),
    ],
)
def test_spelling_never_hides_a_value(map_one: MapOne, sent: dict[str, Any], extensions: dict[str, str]) -> None:
    assert event_of(map_one(**sent))["extensions"] == extensions


def test_fractions_beyond_microseconds(map_one: MapOne) -> None:
    mapped = map_one(
        eventDateTime="2026-03-10T09:41:00.1234567+08:00", eventCreatedDateTime="2026-03-10T01:45:00.1234567Z"
    )

    assert event_of(mapped)["eventTimeRaw"] == "2026-03-10T09:41:00.1234567+08:00"
    assert event_of(mapped)["eventTime"] % 1_000_000 == 123_456
    assert event_of(mapped)["extensions"] == {"eventCreatedDateTime": "2026-03-10T01:45:00.1234567Z"}
    assert {severity for severity, _ in said(mapped)} == {Severity.INFO}


def test_the_document_is_not_changed(sample: Callable[[str], Any]) -> None:
    document, same = sample("irregular.json"), sample("irregular.json")

    list(standards.read(document))

    assert document == same


def test_findings_are_bounded_and_an_error_is_never_lost(map_one: MapOne) -> None:
    mapped = map_one(**{f"x{i}": "" for i in range(1000)}, eventDateTime="soon")

    assert len(mapped.findings) == drafts.MAX_FINDINGS + 2
    assert mapped.findings[-1].message.startswith("900 more findings")
    assert Severity.ERROR in {severity for severity, _ in said(mapped)}


def test_extensions_are_bounded(map_one: MapOne) -> None:
    mapped = map_one(x={f"x{i}": i for i in range(drafts.MAX_EXTENSIONS + 10)})

    assert mapped.event is None
    assert [finding.message for finding in mapped.findings] == [
        "This event has more than 10,000 values that belong to no field"
    ]


def test_long_names_do_not_multiply(map_one: MapOne) -> None:
    name = "n" * 100_000

    mapped = map_one(**{name: {f"x{i}": i for i in range(1000)}})

    assert len(event_of(mapped)["extensions"]) == 1
    assert sum(map(len, mapped.paths)) < 1_000_000


def test_deep_nesting_is_kept_or_refused(map_one: MapOne) -> None:
    deep: Any = "x"
    for _ in range(300):
        deep = {"d": deep}
    assert "".join(event_of(map_one(deep=deep))["extensions"].values()).count("x") == 1

    for _ in range(100_000):
        deep = [deep]
    assert map_one(deep=deep).event is None
