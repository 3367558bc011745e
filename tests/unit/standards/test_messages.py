"""Whole messages: our samples, and the public DCSA ones where somebody has them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tidegate import standards
from tidegate.events.findings import Severity
from tidegate.standards import Mapped

Sample = Callable[[str], Any]
Encode = Callable[[Mapped], bytes]


def test_journey(sample: Sample, encode: Encode) -> None:
    items = list(standards.read(sample("journey.json")))

    events: list[Any] = [item.event for item in items if item.event is not None]
    assert len(events) == len(items) == 16
    milestones = " ".join(str(event["eventSubtype"]) for event in events)
    assert milestones == "CONF GTOT STUF GTIN RELS LOAD DEPA ISSU ARRI ARRI DEPA ARRI ARRI DISC RELS GTOT"
    assert {item.key for item in items} == {"PMLU4029178", "PML26031877", "PMLYTN2603187"}
    assert {finding.severity for item in items for finding in item.findings} == {Severity.INFO}
    assert all(encode(item) for item in items)
    by_hand = events[5]
    assert by_hand["location"]["facilityCode"] == "YICT"
    assert by_hand["seals"] == [
        {"number": "HLF0093311", "source": "SHI", "rawSource": None, "type": "BLT", "rawType": None}
    ]


def test_envelope(sample: Sample) -> None:
    items = list(standards.read(sample("envelope.json")))

    assert [item.paths["eventId"] for item in items] == [f"$.events[{index}].eventID" for index in range(3)]
    assert all(item.event for item in items)


def test_irregular(sample: Sample, encode: Encode) -> None:
    items = list(standards.read(sample("irregular.json")))

    refused = {item.index: {finding.path for finding in item.findings} for item in items if item.event is None}
    assert refused == {
        0: {"$[0].eventDateTime"},
        1: {"$[1].eventID"},
        2: {"$[2].eventDateTime"},
        3: {"$[3].eventDateTime"},
        9: {"$[9].eventCreatedDateTime"},
    }
    assert all(item.findings for item in items)
    assert all(encode(item) for item in items if item.event is not None)


@pytest.mark.parametrize("name", ["journey.json", "envelope.json", "irregular.json", "canonical.json", "tnt-3.0.json"])
def test_there_and_back(sample: Sample, name: str) -> None:
    for item in standards.read(sample(name)):
        if item.event is None or item.kind is None:
            continue
        written = json.loads(json.dumps(standards.to_json(item.event, item.kind)))

        (again,) = standards.read(written)

        assert again.event == item.event
        assert (again.kind, again.key, again.event_id) == (item.kind, item.key, item.event_id)


def test_official_2_2_sample_maps_fully(public_message: Sample, encode: Encode) -> None:
    document = public_message("tnt-220-response.json")

    items = list(standards.read(document))

    assert standards.recognise(document)[0] == "dcsa-2.2"
    assert len(items) == len(document)
    assert all(item.event is not None and encode(item) for item in items)
    assert [finding for item in items for finding in item.findings] == []
    assert items[2].paths["transport.vesselImo"] == "$[2].transportCall.vessel.vesselIMONumber"


def test_official_wrong_date_times(public_message: Sample) -> None:
    document = public_message("tnt-220-response-wrong-date-times.json")

    items = list(standards.read([event | {"eventID": f"e-{index}"} for index, event in enumerate(document)]))

    refused = {event.index: [finding.path for finding in event.findings] for event in items if event.event is None}
    assert refused == {
        2: ["$[2].eventDateTime"],  # missing
        3: ["$[3].eventCreatedDateTime"],  # another form
        4: ["$[4].eventDateTime"],  # another form
    }
    # Too early and too late are well formed; whether they are plausible is asked later (V7). The name of the test case
    # is a property like any other.
    assert items[5].event is not None
    assert items[5].event["extensions"] == {"TEST_CASE": "eventDateTime too early"}


def test_official_wrong_date_times_as_they_are(public_message: Sample) -> None:
    items = list(standards.read(public_message("tnt-220-response-wrong-date-times.json")))

    assert all(item.event is None for item in items)
    assert all(item.findings[0].path == f"$[{item.index}].eventID" for item in items)
    # What else is wrong with them is said nevertheless; where the time itself is unreadable there is no event to judge.
    assert [item.nameless is not None for item in items] == [True, True, False, False, False, True, True]
    assert [finding.path for finding in items[1].findings] == ["$[1].eventID", "$[1].eventCreatedDateTime"]


@pytest.mark.parametrize("name", ["tnt-300-request-equipment.json", "tnt-300-request-transport.json"])
def test_official_3_0_samples_map_fully(public_message: Sample, encode: Encode, name: str) -> None:
    document = public_message(name)

    (item,) = standards.read(document)

    assert standards.recognise(document)[0] == "dcsa-3.0"
    assert "draft of January 2026" in standards.recognise(document)[1]
    assert item.event is not None
    assert encode(item)
    assert item.findings == ()
    assert item.form == "dcsa-3.0-2026-01"
    assert item.event["originatingParties"] == [
        {"code": "EXCO", "codeListProvider": "SMDG", "codeListName": "LCL", "function": "CA"}
    ]
