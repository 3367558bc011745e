"""Findings of the canonical event point at what the sender wrote."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tidegate import standards
from tidegate.events.findings import Finding, Severity
from tidegate.standards.origins import MAX_HEADER, usual

HEADER = standards.FORM_HEADER


def a_finding(path: str) -> Finding:
    return Finding("V1", Severity.WARN, path, "wrong")


@pytest.mark.parametrize("name", ["journey.json", "envelope.json", "tnt-3.0.json", "canonical.json", "irregular.json"])
def test_every_value_is_found_again_by_the_header(sample: Callable[[str], Any], name: str) -> None:
    for item in standards.read(sample(name)):
        ((header, said),) = standards.header(item)
        assert header == HEADER
        assert len(said) <= MAX_HEADER
        for path, sent in item.paths.items():
            if sent.startswith(item.paths.base):  # type: ignore[attr-defined]
                (found,) = standards.as_sent([a_finding(f"$.{path}")], said)
                assert found.path == f"${sent.removeprefix(item.paths.base)}", path  # type: ignore[attr-defined]


def test_what_is_missing_points_where_the_standard_has_it() -> None:
    assert usual("dcsa-2.2", "equipment.reference") == ".equipmentReference"
    assert usual("dcsa-3.0-2026-05", "equipment.emptyIndicator") == ".equipmentDetails.emptyIndicator"
    assert usual("dcsa-3.0-2026-01", "equipment.emptyIndicator") == ".equipmentDetails.emptyIndicatorCode"
    assert usual("dcsa-3.0-2026-05", "documents[2].type") == ".shipmentDetails.additionalDocumentReferences[2].type"
    assert usual("dcsa-2.2", "extensions[transportCall.otherFacility]") == ".transportCall.otherFacility"
    assert usual("canonical", "location.unLocode") == ".location.unLocode"
    assert usual("dcsa-2.2", "cargo.packages") is None


@pytest.mark.parametrize(
    "said",
    [
        None,
        b"",
        b"\xff\xfe",
        b"epcis",
        b"x" * 100_000,
        b"dcsa-2.2\nequipment.reference=\x00",
        b"dcsa-2.2\nequipment.reference=x",
    ],
)
def test_a_header_that_is_odd_harms_nobody(said: bytes | None) -> None:
    (found,) = standards.as_sent([a_finding("$.equipment.reference")], said)

    assert found.path in ("$", "$.equipmentReference", "$.equipment.reference")


def test_a_header_has_a_limit() -> None:
    documents = [{"documentReferenceType": "BKG", "documentReferenceValue": str(n)} for n in range(500)]
    event = {"eventID": "1", "eventType": "SHIPMENT", "eventDateTime": "2026-03-10T09:41:00Z", "documentID": "B"}

    (item,) = standards.read(event | {"eventCreatedDateTime": "2026-03-10T09:41:00Z", "documentReferences": documents})

    ((_, said),) = standards.header(item)
    assert len(said) <= MAX_HEADER
