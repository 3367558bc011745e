"""Which standard a document follows, and where its items are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tidegate import standards
from tidegate.errors import BadInput
from tidegate.events.findings import Severity

DCSA = {
    "eventID": "1",
    "eventType": "TRANSPORT",
    "eventDateTime": "2026-03-10T11:01:00Z",
    "eventCreatedDateTime": "2026-03-10T11:02:00Z",
    "transportCall": {},
}
OURS = {"eventId": "1", "eventType": "TRANSPORT", "eventTime": "2026-03-10T11:01:00Z"}


@pytest.mark.parametrize(
    ("document", "standard", "because"),
    [
        (DCSA, "dcsa-2.2", "eventCreatedDateTime"),
        ([DCSA], "dcsa-2.2", "eventCreatedDateTime"),
        ({"events": [DCSA]}, "dcsa-2.2", "eventCreatedDateTime"),
        ([{"odd": 1}, OURS], "canonical", "eventId and eventTime"),
        ({"eventId": "1", "eventDateTime": "x", "eventClassifierCode": "ACT"}, "dcsa-2.2", "eventClassifierCode"),
        ({"EVENTDATETIME": "x"}, "dcsa-2.2", "EVENTDATETIME"),
        ({"retraction": {"eventId": "1"}}, "canonical", "retraction"),
        ({"eventID": "1", "eventRouting": {}}, "dcsa-3.0", "eventRouting"),
        ({"eventID": "1", "eventDateTime": "x", "eventUpdatedDateTime": "x"}, "dcsa-3.0", "eventUpdatedDateTime"),
        ({"eventID": "1", "isRetracted": True}, "dcsa-3.0", "isRetracted"),
        ({"eventID": "1", "eventUpdatedDateTime": "x", "portCall": {}}, "dcsa-port-call", "portCall"),
        (DCSA | {"operationsEventTypeCode": "ARRI"}, "dcsa-port-call", "operationsEventTypeCode"),
        ({"eventTime": "x", "eventTimeZoneOffset": "+08:00", "bizStep": "x"}, "epcis-2.0", "bizStep"),
        # What a carrier adds to a 2.2 event does not make it something else.
        (DCSA | {"portCall": {}, "eventRouting": {}}, "dcsa-2.2", "eventDateTime"),
        (DCSA | {"isRetracted": False}, "dcsa-2.2", "eventDateTime"),
        ([], "unknown", "no events"),
        ("text", "unknown", "No item"),
        ([None, 1], "unknown", "No item"),
    ],
)
def test_recognise(document: object, standard: str, because: str) -> None:
    told, reason = standards.recognise(document)

    assert told == standard
    assert because in reason


@pytest.mark.parametrize(
    ("document", "paths"),
    [
        (DCSA, ["$.eventID"]),
        ([DCSA, DCSA], ["$[0].eventID", "$[1].eventID"]),
        ({"events": [DCSA]}, ["$.events[0].eventID"]),
        ({"data": {"events": [DCSA]}}, ["$.data.events[0].eventID"]),
        ({"data": DCSA}, ["$.data.eventID"]),
        # Three lists instead of one, as one carrier sends them.
        (
            {"equipmentEvents": [DCSA], "transportEvents": [DCSA]},
            ["$.transportEvents[0].eventID", "$.equipmentEvents[0].eventID"],
        ),
        ({"events": []}, []),
    ],
)
def test_items(document: object, paths: list[str]) -> None:
    mapped = list(standards.read(document))

    assert [item.paths["eventId"] for item in mapped] == paths
    assert [item.index for item in mapped] == list(range(len(paths)))


@pytest.mark.parametrize("document", [1, "text", None, {}, {"events": None}, {"odd": 1}, [[DCSA]], [None]])
def test_what_is_no_event_is_said(document: object) -> None:
    (item,) = standards.read(document)

    assert (item.kind, item.event, item.key, item.event_id) == (None, None, None, None)
    assert [finding.severity for finding in item.findings] == [Severity.ERROR]


def test_one_that_cannot_be_mapped_stops_none_of_the_others() -> None:
    items = list(standards.read([DCSA, 7, DCSA | {"eventDateTime": "yesterday"}, {"odd": 1}, OURS]))

    assert [item.event is not None for item in items] == [True, False, False, False, True]


def test_what_stands_around_the_events_is_said_once() -> None:
    first, second = standards.read({"data": {"events": [DCSA, DCSA], "page": 2}, "carrier code": "x"})

    assert [finding.path for finding in first.findings] == ["$['carrier code']", "$.data.page"]
    assert {finding.severity for finding in first.findings} == {Severity.INFO}
    assert not second.findings


def test_not_read(sample: Callable[[str], Any]) -> None:
    items = list(standards.read(sample("not-read.json")))

    words = (
        "DCSA Port Call is not read; this event follows it, because it has portCall. Port calls have no place here",
        "GS1 EPCIS 2.0 is not read; this event follows it, because it has bizStep",
    )
    for index, (item, word) in enumerate(zip(items, words, strict=True)):
        (finding,) = item.findings
        assert item.event is None
        assert finding.severity is Severity.ERROR
        assert finding.path == f"$[{index}]"
        assert finding.message.startswith(word)


@pytest.mark.parametrize("standard", ["dcsa-2.2", "dcsa-3.0", "canonical"])
def test_a_port_call_is_refused_whatever_is_asked_for(standard: Any) -> None:
    (item,) = standards.read({"eventID": "1", "isFYI": True, "portCall": {}}, standard)

    assert item.event is None
    assert "DCSA Port Call is not read" in item.findings[0].message


def test_asking_for_a_standard() -> None:
    (refused,) = standards.read(OURS, "dcsa-2.2")
    (taken,) = standards.read({"eventId": "1", "eventDateTime": "x", "eventTime": "2026-03-10T11:01:00Z"}, "canonical")

    assert refused.event is None
    assert taken.event is not None
    assert taken.event["extensions"] == {"eventDateTime": "x"}


@pytest.mark.parametrize(
    ("inside", "draft"),
    [
        ({"eventClassification": {"eventTypeCode": "TRANSPORT"}}, "January 2026"),
        ({"eventClassification": {"eventType": "TRANSPORT"}}, "May 2026"),
        ({"eventRouting": {"originatingParty": {}}}, "January 2026"),
        ({"eventRouting": {"originatingParties": []}}, "May 2026"),
        ({"eventRouting": {"forwardingParties": []}}, None),
    ],
)
def test_the_draft_of_3_0_is_told(inside: dict[str, Any], draft: str | None) -> None:
    _, reason = standards.recognise({"eventID": "1", "eventDateTime": "x"} | inside)

    assert ("draft" in reason) == (draft is not None)
    assert draft is None or f"(draft of {draft})" in reason


def test_a_standard_that_is_none() -> None:
    with pytest.raises(BadInput, match="choose auto"):
        standards.read([], "dcsa-9")  # type: ignore[arg-type]
