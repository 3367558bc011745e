"""The one place of a DCSA 2.2 event, its address and its degrees."""

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


HERE = {"UNLocationCode": "HKHKG", "facilityCode": "HITHK", "facilityCodeListProvider": "SMDG"}
ELSEWHERE = {"UNLocationCode": "HKHKG", "facilityCode": "MTLHK", "facilityCodeListProvider": "SMDG"}


@pytest.mark.parametrize(
    ("own", "call", "location", "kept"),
    [
        (HERE, None, {"unLocode": "HKHKG", "facilityCode": "HITHK"}, {}),
        (None, HERE | {"facilityTypeCode": "POTE"}, {"unLocode": "HKHKG", "facilityType": "POTE"}, {}),
        # The same facility: what the call adds belongs to it.
        (HERE, HERE | {"facilityTypeCode": "POTE"}, {"facilityCode": "HITHK", "facilityType": "POTE"}, {}),
        (HERE, {"UNLocationCode": "HKHKG"}, {"facilityCode": "HITHK", "facilityType": "UNKNOWN"}, {}),
        # Two facilities of one port, or who knows: the event's own place, and the call's beside it.
        (
            HERE,
            ELSEWHERE,
            {"facilityCode": "HITHK"},
            {f"transportCall.{name}": text for name, text in ELSEWHERE.items()},
        ),
        (
            {"UNLocationCode": "HKHKG", "locationName": "Depot 3"},
            HERE,
            {"name": "Depot 3", "facilityCode": None},
            {f"transportCall.{name}": text for name, text in HERE.items()},
        ),
        (
            HERE,
            {"facilityTypeCode": "POTE"},
            {"facilityType": "UNKNOWN"},
            {"transportCall.facilityTypeCode": "POTE"},
        ),
        # A call and the location inside it are one place, unless they contradict each other.
        (None, {"location": HERE | {"locationName": "HIT"}}, {"facilityCode": "HITHK", "name": "HIT"}, {}),
        (
            None,
            {"UNLocationCode": "HKHKG", "location": {"latitude": "22.33"}},
            {"unLocode": "HKHKG", "latitude": 22.33},
            {},
        ),
        (
            None,
            {"UNLocationCode": "HKHKG", "location": {"UNLocationCode": "CNYTN", "locationName": "YICT"}},
            {"unLocode": "HKHKG", "name": None},
            {"transportCall.location.UNLocationCode": "CNYTN", "transportCall.location.locationName": "YICT"},
        ),
    ],
)
def test_one_place_out_of_three(
    map_one: MapOne, own: Any, call: Any, location: dict[str, Any], kept: dict[str, str]
) -> None:
    event = event_of(map_one(eventLocation=own, transportCall=call))

    assert event["location"].items() >= location.items()
    assert event["extensions"] == kept


def test_what_the_call_says_otherwise_is_told(map_one: MapOne) -> None:
    mapped = map_one(eventLocation=HERE, transportCall=ELSEWHERE)

    assert {severity for severity, _ in said(mapped)} == {Severity.INFO}
    assert "$[0].transportCall.facilityCode" in {path for _, path in said(mapped)}


@pytest.mark.parametrize(
    ("sent", "line", "kept"),
    [
        (
            {
                "name": "Yard",
                "street": "Kwai Fuk Road",
                "streetNumber": "9",
                "floor": "G/F",
                "postCode": "0",
                "city": "HK",
                "stateRegion": "NT",
                "country": "China",
            },
            "Yard, Kwai Fuk Road 9, G/F, 0 HK, NT, China",
            {},
        ),
        ({"city": "Shenzhen"}, "Shenzhen", {}),
        ({"streetNumber": 9, "street": "Kwai Fuk Road"}, "Kwai Fuk Road 9", {}),
        ({"city": "Shenzhen", "poBox": "7"}, "Shenzhen", {"eventLocation.address.poBox": "7"}),
        ({"city": ["Shenzhen"], "country": "China"}, "China", {"eventLocation.address.city": '["Shenzhen"]'}),
        ("9 Kwai Fuk Road", "9 Kwai Fuk Road", {}),
        (["9", "Kwai Fuk Road"], None, {"eventLocation.address": '["9","Kwai Fuk Road"]'}),
    ],
)
def test_address_in_one_line(map_one: MapOne, sent: Any, line: str | None, kept: dict[str, str]) -> None:
    mapped = map_one(eventLocation={"UNLocationCode": "HKHKG", "address": sent})

    assert event_of(mapped)["location"]["address"] == line
    assert event_of(mapped)["extensions"] == kept
    if line:
        assert mapped.paths["location.address"] == "$[0].eventLocation.address"


@pytest.mark.parametrize(
    ("sent", "degrees", "kept"),
    [
        ("22.3400", 22.34, None),
        ("-22.34", -22.34, None),
        ("+90", 90.0, None),
        (22.34, 22.34, None),
        (22, 22.0, None),
        ("22.33333333333333333333", 22.333333333333332, "22.33333333333333333333"),  # more than a double holds
        ("90.01", None, "90.01"),
        ("north", None, "north"),
        ("22,34", None, "22,34"),
        ("1e1", None, "1e1"),
        ("NaN", None, "NaN"),
        (float("nan"), None, "NaN"),
        (True, None, "true"),
    ],
)
def test_degrees(map_one: MapOne, sent: object, degrees: float | None, kept: str | None) -> None:
    mapped = map_one(eventLocation={"UNLocationCode": "HKHKG", "latitude": sent})

    assert event_of(mapped)["location"]["latitude"] == degrees
    assert event_of(mapped)["extensions"].get("eventLocation.latitude") == kept
    assert (said(mapped) == []) == (kept is None)


def test_no_place_is_made_of_nothing(map_one: MapOne) -> None:
    assert event_of(map_one(eventLocation={"latitude": "north"}))["location"] is None
    assert event_of(map_one(eventLocation={}, transportCall={}))["location"] is None
    assert event_of(map_one(transportCall={"transportCallSequenceNumber": "x"}))["transport"] is None
