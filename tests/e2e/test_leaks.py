"""No withheld value is anywhere that a partner, another publisher, a log, a metric or a reader of the audit can see.

A marker is planted in every text of the schema, in keys, headers and broken records. For each partner the markers found
have to be exactly those that its grants name: so the search is known to find what is there.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterator
from typing import Any

import pytest
from tests.builders import EVENT, RETRACTION, a_record, a_retraction, an_event
from tests.e2e.site import HubProcess, Site
from tests.e2e.topics import Record
from tests.e2e.world import BANK, FEEDER, PARTNERS, PUBLISHERS, TERMINAL

from tidegate.events.encoding import encode_framed
from tidegate.events.identity import PublisherDigests, Purpose, derive
from tidegate.events.transforms import pseudonym

PUBLISHER = "hidden-shipper"
FIXED = {
    "eventSubtype": "LOAD",
    "eventTimeRaw": None,
    "location.unLocode": "CNYTN",
    "transport.vesselMmsi": None,
}
"""Texts that conditions look at, and one that would hold a delivery back: it has an event of its own."""
NUMBERS = {"location.latitude": 22.5731934, "location.longitude": 114.2618871, "cargo.grossMassKg": 14250.587}
PLATE, BOX = "YB-D4417", "MSKU0044175"

GRANTED = {
    TERMINAL: {"eventId", "equipment.reference", "equipment.isoSizeType", "documents.TRD", "seals[].number"},
    FEEDER: {"eventId"}
    | {f"transport.{name}" for name in ("callReference", "portVisitReference", "importVoyage", "exportVoyage")}
    | {f"transport.{name}" for name in ("vesselImo", "vesselName", "vesselFlag", "operatorCode", "operatorCodeList")},
    BANK: {"eventId", "documents.TRD"},
}


def marker(name: str) -> str:
    """A text that nothing else holds, of letters only: it stays as it is in JSON, in logs and in URLs."""
    return f"zq{hashlib.sha256(name.encode()).hexdigest()[:16].translate(str.maketrans('0123456789', 'ghijklmnop'))}qz"


def planted(schema: Any = None, path: str = "") -> Iterator[tuple[str, Any]]:
    """``(path, value)`` of every field below a schema, with markers wherever a text can be."""
    schema = EVENT.json if schema is None else schema
    for field in schema["fields"]:
        name = f"{path}.{field['name']}" if path else field["name"]
        yield field["name"], _filled(field["type"], name, field.get("default"))


def _filled(kind: Any, path: str, default: Any) -> Any:
    if path in FIXED or path in NUMBERS:
        return FIXED.get(path, NUMBERS.get(path))
    if isinstance(kind, list):
        (inner,) = [one for one in kind if one != "null"]
        return _filled(inner, path, default)
    if kind == "string":
        return marker(path)
    return _compound(kind, path, default) if isinstance(kind, dict) else default


def _compound(kind: Any, path: str, default: Any) -> Any:
    match kind["type"]:
        case "record":
            return dict(planted(kind, path))
        case "array":
            inner = _filled(kind["items"], f"{path}[]" if isinstance(kind["items"], dict) else path, None)
            return [] if inner is None or path == "reefer.alarms" else [inner]
        case "map":
            return {marker("extensions key"): marker("extensions value")}
        case "enum":
            return kind["default"]
        case _:
            return default


def markers(value: Any) -> set[str]:
    """All markers in a value."""
    match value:
        case dict():
            return {found for pair in value.items() for part in pair for found in markers(part)}
        case list():
            return {found for part in value for found in markers(part)}
        case str() if value.startswith("zq"):
            return {value}
        case _:
            return set()


def full_event() -> dict[str, Any]:
    """Every text of the schema is a marker; two documents, of which grants name one by its type."""
    event = dict(planted())
    event |= {"eventType": "EQUIPMENT", "classifier": "ACT", "eventTime": an_event()["eventTime"], "partial": False}
    document = event["documents"][0]
    event["documents"] = [
        {**document, "type": "TRD", "reference": marker("documents.TRD")},
        {**document, "type": "BKG", "reference": marker("documents.BKG")},
    ]
    return event


FULL = full_event()
HEADERS = ((marker("header name"), marker("header value").encode()), ("ce_subject", marker("header subject").encode()))
ELSEWHERE = {
    name: marker(name) for name in ("odd key", "broken value", "broken key", "mmsi", "alarm", "retraction key")
}


def records() -> list[Any]:
    box = FULL["equipment"]["reference"]
    return [
        a_record(FULL, headers=HEADERS, key=box.encode()),
        a_record({**FULL, "eventId": "l-odd-key"}, key=ELSEWHERE["odd key"].encode()),
        a_record(
            {**FULL, "eventId": "l-held", "transport": {**FULL["transport"], "vesselMmsi": ELSEWHERE["mmsi"]}},
            key=box.encode(),
        ),
        a_record({**FULL, "eventId": "l-core", "reefer": {**FULL["reefer"], "alarms": [ELSEWHERE["alarm"]]}}),
        a_record({**FULL, "eventId": "l-rejected", "eventTime": 0}, key=box.encode()),
        a_record(value=ELSEWHERE["broken value"].encode(), key=ELSEWHERE["broken key"].encode(), headers=HEADERS),
        a_record(
            a_retraction(eventId="l-taken-back", eventKey=ELSEWHERE["retraction key"]),
            schema=RETRACTION,
            key=ELSEWHERE["retraction key"].encode(),
        ),
        a_record(plated(PLATE)),
    ]


def plated(plate: str) -> dict[str, Any]:
    return an_event(
        eventId="l-plate", truck={"tractorPlate": plate}, equipment={"reference": BOX}, location={"unLocode": "HKHKG"}
    )


@pytest.fixture(scope="module")
def sent(site: Site) -> None:
    everything = records()
    site.send(PUBLISHER, *everything)
    decided = site.settle(PUBLISHER, len(everything))
    assert len({one.outcome for one in decided}) == 4, "released, withheld, rejected and quarantined"


ALL = (
    markers(FULL) | set(ELSEWHERE.values()) | {marker("header name"), marker("header value"), marker("header subject")}
)


def found_in(data: bytes, texts: set[str]) -> set[str]:
    return {text for text in texts if text.encode() in data}


def joined(records: list[Record]) -> bytes:
    return b"\n".join(record.everything for record in records)


def test_markers_are_planted_in_every_text_of_the_schema(site: Site, sent: None) -> None:
    raw = joined(site.read(f"in.{PUBLISHER}"))

    assert found_in(raw, ALL) == ALL
    assert len(ALL) > 70
    assert all(struct.pack("<d", number) in raw for number in NUMBERS.values())


@pytest.mark.parametrize("partner", PARTNERS)
def test_a_partner_finds_what_its_grants_name_and_no_other_marker(site: Site, sent: None, partner: str) -> None:
    topic = joined(site.read(f"out.{partner}"))

    assert found_in(topic, ALL) == {marker(name) for name in GRANTED[partner]}
    assert not [name for name, number in NUMBERS.items() if struct.pack("<d", number) in topic]


@pytest.mark.parametrize("partner", PARTNERS)
def test_a_partner_does_not_learn_who_published(site: Site, sent: None, partner: str) -> None:
    records = site.read(f"out.{partner}")
    secret = site.keyring.secret("k1")

    shown = {
        f"/publishers/{pseudonym(derive(secret, Purpose.SOURCE, partner), name.encode()).decode()}"
        for name in PUBLISHERS
    }
    assert {record.header("ce_source") for record in records} <= shown
    assert not found_in(joined(records), set(PUBLISHERS))


def test_headers_are_a_closed_list(site: Site, sent: None) -> None:
    closed = {"ce_id", "ce_eventref", "ce_source", "ce_type", "ce_specversion", "ce_dataschema", "content-type"}
    names = {partner: {name for one in site.read(f"out.{partner}") for name, _ in one.headers} for partner in PARTNERS}

    assert names[BANK] | names[FEEDER] <= closed | {"ce_notice"}
    assert names[TERMINAL] <= closed | {"ce_notice", "ce_subject", "ce_time"}


def test_other_publishers_are_told_nothing_of_it(site: Site, sent: None) -> None:
    others = b"".join(joined(site.read(f"feedback.{name}")) for name in PUBLISHERS if name != PUBLISHER)

    assert found_in(others, ALL | {"l-odd-key", "l-held", "l-core", "l-rejected", "l-plate"}) == set()


def raw_codes(schema: Any = None, path: str = "") -> Iterator[str]:
    """The paths of codes that are kept as their sender wrote them."""
    for name, node in planted_types(EVENT.json if schema is None else schema, path):
        if name.rpartition(".")[2].startswith("raw"):
            yield name
        if isinstance(node, dict) and node.get("type") == "record":
            yield from raw_codes(node, name)


def planted_types(schema: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Fields below a record with their types, without the null of a union; of an array, its elements'."""
    for field in schema["fields"]:
        kinds = field["type"] if isinstance(field["type"], list) else [field["type"]]
        (node,) = [one for one in kinds if one != "null"]
        name = f"{path}.{field['name']}" if path else field["name"]
        is_array = isinstance(node, dict) and node.get("type") == "array"
        yield (f"{name}[]", node["items"]) if is_array else (name, node)


def test_the_publisher_itself_is_told_ids_and_the_one_value_that_is_wrong(site: Site, sent: None) -> None:
    own = joined(site.read(f"feedback.{PUBLISHER}"))

    told = found_in(own, ALL)

    # A finding quotes its own sender the code or number that it is about, and nothing else of the event.
    quoted = {"equipment.reference", "transport.vesselImo", *raw_codes()}
    assert marker("eventId") in told
    assert told <= {marker(name) for name in {"eventId", *quoted}} | {ELSEWHERE["mmsi"]}


def test_audit_logs_metrics_and_health_hold_no_value(site: Site, hub: HubProcess, sent: None) -> None:
    seen = {
        "audit": joined(site.read("audit")),
        "log": hub.log.read_bytes(),
        **{path: hub.get(path)[1].encode() for path in ("/metrics", "/livez", "/readyz")},
    }

    assert {where: found for where, data in seen.items() if (found := found_in(data, ALL | {PLATE, BOX}))} == {}
    assert not [name for name, number in NUMBERS.items() if struct.pack("<d", number) in seen["audit"]]


def test_tail_of_quarantine_and_audit_shows_no_value(site: Site, sent: None) -> None:
    quarantine = len(site.read("quarantine"))
    entries = len(site.read("audit"))
    shown, logged = site.together(
        lambda: site.tidegate("tail", "quarantine", "--json", "--from-beginning", "--count", str(quarantine)),
        lambda: site.tidegate("tail", "audit", "--json", "--from-beginning", "--count", str(entries)),
    )

    assert found_in((shown.out + logged.out).encode(), ALL | {PLATE, BOX}) == set()
    ours = [one for one in shown.lines if one["publisher"] == PUBLISHER]
    assert {one["reason"] for one in ours} == {"held", "finding", "bad_framing"}
    assert all({"topic", "partition", "offset", "bytes", "detail"} <= one.keys() for one in ours)


def test_the_quarantine_is_listed_and_shown_without_any_value(site: Site, sent: None) -> None:
    mine = ("--publisher", PUBLISHER, "--state", "all")
    listed, people = site.together(
        lambda: site.tidegate("quarantine", "list", "--json", *mine), lambda: site.tidegate("quarantine", "list", *mine)
    )
    names = [one["name"] for one in listed.json["records"]]
    shown = site.together(
        *(lambda name=name: site.tidegate("quarantine", "show", name) for name in names),
        *(lambda name=name: site.tidegate("quarantine", "show", name, "--json") for name in names),
        lambda: site.tidegate("quarantine", "redrive", "--publisher", PUBLISHER),
    )

    assert len(names) == 3
    assert any("equipment.reference" in one.out for one in shown)
    everything = "".join(one.out + one.err for one in (listed, people, *shown)).encode()
    assert found_in(everything, ALL | {PLATE, BOX, "l-held", "l-rejected"}) == set()


@pytest.fixture(scope="module")
def digests(site: Site, sent: None) -> set[bytes]:
    """Every digest in audit and headers: what somebody has to go by who tries all plates, containers or events."""
    found: set[bytes] = set()
    for entry in site.entries():
        columns = entry.columns
        for column in (columns.identities, columns.contents, columns.event_refs, columns.equipment):
            found |= {entry.digest(place, column) for place in range(len(columns))}
        found |= {digest for digests in entry.documents_of() for digest in digests}
    for partner in PARTNERS:
        for record in site.read(f"out.{partner}"):
            found |= {bytes.fromhex(record.header(name)) for name in ("ce_id", "ce_eventref")}
    return found


@pytest.fixture(scope="module")
def candidates() -> list[bytes]:
    plates = [f"YB-D{number:04}" for number in range(10_000)]
    boxes = [f"MSKU00{number:04}5".encode() for number in range(10_000)]
    values = [encode_framed(EVENT, plated(plate)) for plate in plates]
    assert encode_framed(EVENT, plated(PLATE)) in values
    assert BOX.encode() in boxes
    return [*map(str.encode, plates), *boxes, *values, *(value[5:] for value in values)]


def test_no_unkeyed_hash_of_any_candidate_is_there(digests: set[bytes], candidates: list[bytes]) -> None:
    def hashes(data: bytes) -> Iterator[bytes]:
        yield from (hashlib.blake2b(data, digest_size=size).digest()[:16] for size in (16, 20, 32, 64))
        wide = hashlib.blake2b(data, digest_size=32).digest()
        yield wide[16:]
        yield from (hashlib.new(name, data).digest()[:16] for name in ("md5", "sha1", "sha256", "sha512"))

    assert not [data for data in candidates if any(one in digests for one in hashes(data))]


def test_with_the_key_they_are_found(site: Site, digests: set[bytes], candidates: list[bytes]) -> None:
    keyed = PublisherDigests.of(site.keyring.secret("k1"), PUBLISHER)
    value = encode_framed(EVENT, plated(PLATE))

    assert [data for data in candidates if keyed.equipment(data) in digests] == [BOX.encode()]
    assert [data for data in candidates if keyed.content(data) in digests] == [value[5:]]


def test_pseudonyms_are_not_unkeyed_either(site: Site, sent: None) -> None:
    keys = {record.key for record in site.read(f"out.{FEEDER}")}
    unkeyed = [pseudonym(bytes(32), BOX.encode()), pseudonym(b"", BOX.encode())]
    own = derive(site.keyring.secret("k1"), Purpose.PSEUDONYM, FEEDER)

    assert not keys & {BOX.encode(), *unkeyed}
    assert pseudonym(own, BOX.encode()) in keys


def test_every_line_of_the_log_is_json_of_known_keys(hub: HubProcess, sent: None) -> None:
    for line in hub.logs:
        assert {"event", "level", "timestamp"} <= line.keys(), json.dumps(line)
