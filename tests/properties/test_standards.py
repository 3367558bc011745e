"""DCSA 2.2: nothing that was sent gets lost, and whatever is mapped can be encoded.

The oracle walks the sent event leaf by leaf and asks ``paths`` where each one went. It shares no code with the mapping.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import fastavro
from hypothesis import given
from hypothesis import strategies as st

from tidegate import standards
from tidegate.events.findings import Severity

SCHEMAS = Path(__file__).parents[2] / "schemas"
PARSED = {
    kind: fastavro.parse_schema(json.loads((SCHEMAS / folder / "v1.avsc").read_text()))
    for kind, folder in (("event", "shipment-event"), ("retraction", "event-retraction"))
}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
REPEATS = (
    "transportCallID",
    "transportCall",  # the voyages; the place, where eventLocation is the same one
    "eventTypeCode",
    "shipmentInformationTypeCode",
)
"""Properties that can say the same as another one and are then not kept twice."""

TIMES = {"eventid", "eventdatetime", "eventcreateddatetime", "eventupdateddatetime", "isretracted"}
"""Properties that a sender must get right for the event to be mapped at all."""


# What a sender sends.

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
WORDS = "ACT EST LOAD GTIN RECE ARRI TRANSPORT EQUIPMENT SHIPMENT Laden LADEN BKG TRD VESSEL SMDG POTE HKHKG CNYTN 22.5"
words = st.sampled_from(WORDS.split())
leaves = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | texts | words
anything = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=6
)
offsets = st.integers(-12 * 60, 14 * 60)


@st.composite
def moments(draw: st.DrawFn) -> str:
    """RFC 3339 text of a moment that exists, with any offset that exists."""
    local = draw(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001  local on purpose
    minutes = draw(offsets)
    sign, size = ("-", -minutes) if minutes < 0 else ("+", minutes)
    return f"{local.isoformat()}{sign}{size // 60:02}:{size % 60:02}"


def an_object(*names: str, **more: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Some of ``names`` with any values, in any capitals, in any order, and properties that nobody knows."""
    known = st.dictionaries(st.sampled_from(names), words | leaves, max_size=len(names))
    misspelt = st.dictionaries(st.sampled_from(names).map(str.upper), words | anything, max_size=1)
    unknown = st.dictionaries(texts, anything, max_size=2)
    rest = st.fixed_dictionaries({}, optional=more)
    return st.tuples(known, misspelt, unknown, rest).flatmap(
        lambda parts: st.permutations([pair for part in parts for pair in part.items()]).map(dict)
    )


addresses = an_object("name", "street", "streetNumber", "floor", "postCode", "city", "stateRegion", "country")
places = an_object(
    "locationName",
    "latitude",
    "longitude",
    "UNLocationCode",
    "facilityCode",
    "facilityCodeListProvider",
    "facilityTypeCode",
    address=addresses | anything,
)
calls = an_object(
    "transportCallID",
    "carrierServiceCode",
    "carrierVoyageNumber",
    "exportVoyageNumber",
    "importVoyageNumber",
    "transportCallSequenceNumber",
    "UNLocationCode",
    "facilityCode",
    "facilityCodeListProvider",
    "facilityTypeCode",
    "otherFacility",
    "modeOfTransport",
    location=places | anything,
    vessel=an_object("vesselIMONumber", "vesselName", "vesselFlag", "vesselOperatorCarrierCode") | anything,
)
dcsa_events = st.builds(
    lambda event, required: event | required,
    an_object(
        "eventType",
        "eventClassifierCode",
        "shipmentEventTypeCode",
        "transportEventTypeCode",
        "equipmentEventTypeCode",
        "eventTypeCode",
        "documentID",
        "documentTypeCode",
        "shipmentInformationTypeCode",
        "reason",
        "delayReasonCode",
        "changeRemark",
        "equipmentReference",
        "ISOEquipmentCode",
        "emptyIndicatorCode",
        "transportCallID",
        eventLocation=places | anything,
        transportCall=calls | anything,
        delayReasonCodes=st.lists(words | leaves, max_size=3) | anything,
        documentReferences=st.lists(
            an_object("documentReferenceType", "documentReferenceValue") | anything, max_size=3
        ),
        references=st.lists(an_object("referenceType", "referenceValue") | anything, max_size=3),
        seals=st.lists(an_object("sealNumber", "sealSource", "sealType"), max_size=3),
    ).map(lambda event: {name: value for name, value in event.items() if name.lower() not in TIMES}),
    st.fixed_dictionaries(
        {"eventID": st.uuids().map(str), "eventDateTime": moments()}, optional={"eventCreatedDateTime": moments()}
    ),
)


# What became of it.


def leaves_of(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """All values but null and blank text, with their JSONPaths."""
    for place, inner in places_of(value, path):
        if not isinstance(inner, dict | list | None) and not (isinstance(inner, str) and not inner.strip()):
            yield place, inner


def places_of(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """``value`` and everything in it, with their JSONPaths."""
    yield path, value
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places_of(inner, child(path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places_of(inner, f"{path}[{index}]")


def child(path: str, name: str) -> str:
    if name.isidentifier():
        return f"{path}.{name}"
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    controlled = re.sub("[\x00-\x1f]", lambda match: f"\\u{ord(match[0]):04x}", escaped)
    return f"{path}['{controlled}']"


def value_at(event: Any, path: str) -> Any:
    if path.startswith("extensions["):
        return event["extensions"][path.removeprefix("extensions[")[:-1]]
    for part in path.replace("[", ".").replace("]", "").split("."):
        event = event[int(part)] if part.isdigit() else event[part]
    return event


def says(leaf: Any, content: Any, canonical: str) -> bool:
    """Whether ``content``, which stands at ``canonical``, says what ``leaf`` said."""
    if isinstance(leaf, str):
        if content == leaf or (canonical == "location.address" and leaf in content):
            return True
        if canonical.startswith("extensions["):
            return json.dumps(leaf, ensure_ascii=False) in content
        if isinstance(content, float):
            return float(leaf) == content
        if isinstance(content, int):
            return content in (number_of(leaf), micros_of(leaf))
        return False
    if isinstance(content, str):
        return json.dumps(leaf) in content
    return type(content) in (type(leaf), float) and bool(content == leaf)


def number_of(text: str) -> int | None:
    return int(text) if re.fullmatch("-?[0-9]+", text) else None


def micros_of(text: str) -> int | None:
    try:
        return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)
    except (ValueError, TypeError):
        return None


def plain_in(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from plain_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from plain_in(inner)
    else:
        yield value


@given(dcsa_events)
def test_every_value_of_a_dcsa_event_is_kept(sent: dict[str, Any]) -> None:
    (mapped,) = standards.read([sent], "dcsa-2.2")

    event = mapped.event
    assert event is not None, mapped.findings
    went: dict[str, list[str]] = {}
    for canonical, path in mapped.paths.items():
        went.setdefault(path, []).append(canonical)
    for path, leaf in leaves_of(sent, "$[0]"):
        prefixes = [path[:end] for end in range(len(path), 3, -1) if path[:end] in went]
        found = any(says(leaf, value_at(event, c), c) for prefix in prefixes for c in went[prefix])
        repeated = any(path.lower().startswith(f"$[0].{name.lower()}") for name in REPEATS) and any(
            leaf == content or json.dumps(leaf) == content for content in plain_in(event)
        )
        assert found or repeated, (path, leaf)


@given(dcsa_events)
def test_paths_lead_from_the_event_to_what_was_sent(sent: dict[str, Any]) -> None:
    (mapped,) = standards.read({"events": [sent]}, "dcsa-2.2")

    assert mapped.event is not None
    everything = {path for path, _ in places_of(sent, "$.events[0]")}
    for canonical, path in mapped.paths.items():
        value_at(mapped.event, canonical)
        assert path in everything, canonical


@given(dcsa_events)
def test_what_is_mapped_can_be_encoded(sent: dict[str, Any]) -> None:
    (mapped,) = standards.read(sent, "dcsa-2.2")

    assert encoded("event", mapped.event)
    assert isinstance(mapped.key, str)


@given(anything | st.lists(dcsa_events | anything, max_size=3) | st.dictionaries(st.just("events"), anything))
def test_whatever_is_sent_there_is_an_answer(document: Any) -> None:
    for standard in ("auto", "dcsa-2.2", "canonical"):
        for mapped in standards.read(document, standard):
            errors = [finding for finding in mapped.findings if finding.severity is Severity.ERROR]
            assert (mapped.event is None) == bool(errors)
            assert all(finding.path.startswith("$") for finding in mapped.findings)
            if mapped.event is not None:
                assert mapped.kind is not None
                assert encoded(mapped.kind, mapped.event)


def encoded(kind: str, value: Any) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, PARSED[kind], value)
    return out.getvalue()


@given(dcsa_events)
def test_dcsa_to_canonical_json_and_back(sent: dict[str, Any]) -> None:
    (mapped,) = standards.read(sent, "dcsa-2.2")
    assert mapped.event is not None

    (again,) = standards.read(json.loads(json.dumps(standards.to_json(mapped.event, "event"))), "canonical")

    assert again.event == mapped.event
    assert again.key == mapped.key
