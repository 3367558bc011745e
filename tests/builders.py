"""What tests are made of: valid by default, changed by keyword. In memory; the only reading is of the schemas."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from tidegate import gate, rules
from tidegate.events.builtin import EVENT_SCHEMA, NOTICE_SCHEMA, RETRACTION_SCHEMA, builtin, writer_schemas
from tidegate.events.encoding import encode_framed
from tidegate.events.schemas import Schema
from tidegate.gate import Batch, Counts, Executor, Inspected, Keyring, Released, Run, Source, Verdict, Verdicts
from tidegate.gate.counting import UNCOUNTED
from tidegate.law import newest_law
from tidegate.rules import Plan, RuleSet
from tidegate.rules.levels import thresholds

EVENT, RETRACTION, NOTICE = builtin(EVENT_SCHEMA), builtin(RETRACTION_SCHEMA), builtin(NOTICE_SCHEMA)
NOW_US = 1_764_000_000_000_000
"""When records came in and were decided on: 24 November 2025."""
TODAY = date(2026, 11, 22)
"""The day on which rules are read, and whose law they are under where they say none."""
KEYRING = Keyring({"k1": bytes(range(32)), "k2": bytes(range(32, 64))})
NOBODY_BARRED = {"foreign_authority": "no", "restricted": "no"}
LEVELS = thresholds(newest_law()).levels
"""Those of an exporter whose papers have no cap."""
COMMON = ("eventId", "eventType", "eventSubtype", "eventTime")

_BLANK: dict[str, Any] = {
    **dict.fromkeys(("utcOffsetMinutes", "eventTimeRaw", "eventCreatedTime", "eventUpdatedTime", "correctsEventId")),
    **dict.fromkeys(("location", "equipment", "transport", "cargo", "reefer", "truck", "reason")),
    **dict.fromkeys(("rawEventType", "rawEventSubtype", "rawClassifier")),
    "offsetSource": "NONE",
    "partial": False,
    **{name: [] for name in ("documents", "references", "seals", "people")},
    **{f"{name}Parties": [] for name in ("originating", "forwarding", "destination")},
    "extensions": {},
}
_RECORDS: dict[str, dict[str, Any]] = {
    "location": {
        **dict.fromkeys(("name", "unLocode", "facilityCode", "latitude", "longitude", "address")),
        **dict.fromkeys(("rawFacilityCodeListProvider", "rawFacilityType")),
        **dict.fromkeys(("facilityCodeListProvider", "facilityType"), "UNKNOWN"),
    },
    "equipment": {
        **dict.fromkeys(("reference", "isoSizeType", "rawEmptyIndicator", "rawTransportPhase")),
        **dict.fromkeys(("emptyIndicator", "transportPhase"), "UNKNOWN"),
    },
    "transport": {
        **dict.fromkeys(("callReference", "callSequence", "portVisitReference", "importVoyage", "exportVoyage")),
        **dict.fromkeys(("vesselImo", "vesselMmsi", "vesselName", "vesselFlag", "operatorCode", "operatorCodeList")),
        **dict.fromkeys(("serviceCode", "rawMode")),
        "mode": "UNKNOWN",
        "delayReasonCodes": [],
    },
    "cargo": {**dict.fromkeys(("dangerousGoodsClass", "packages", "grossMassKg")), "hsCodes": []},
    "reefer": {**dict.fromkeys(("setpoint", "ambient", "unit")), "probes": [], "alarms": []},
    "truck": dict.fromkeys(("tractorPlate", "trailerPlate", "vin")),
}
_ITEMS: dict[str, dict[str, Any]] = {
    "documents": {"type": "UNKNOWN", "rawType": None},
    "references": {"type": "UNKNOWN", "rawType": None},
    "seals": {"source": "UNKNOWN", "type": "UNKNOWN", "rawSource": None, "rawType": None},
    "people": {
        **dict.fromkeys(("name", "phone", "email", "idType", "idNumber", "licenceNumber", "employer", "birthDate")),
        "role": "UNKNOWN",
        "rawRole": None,
    },
    **{
        f"{name}Parties": dict.fromkeys(("codeListProvider", "codeListName", "function"))
        for name in ("originating", "forwarding", "destination")
    },
}


def an_event(**said: Any) -> dict[str, Any]:
    """A canonical event: a container loaded in Yantian. What is said of a record or an element is put over blanks."""
    event = {
        **_BLANK,
        "eventId": "e-1",
        "eventType": "EQUIPMENT",
        "eventSubtype": "LOAD",
        "classifier": "ACT",
        "eventTime": NOW_US - 3_600_000_000,
        "location": {"unLocode": "CNYTN", "facilityCode": "YICT"},
        "equipment": {"reference": "MSKU1234565", "isoSizeType": "45G1"},
        "documents": [{"type": "TRD", "reference": "BL-1"}, {"type": "BKG", "reference": "BK-1"}],
        **said,
    }
    for name, blank in _RECORDS.items():
        if event[name] is not None:
            event[name] = {**blank, **event[name]}
    for name, blank in _ITEMS.items():
        event[name] = [{**blank, **item} for item in event[name]]
    return event


def a_retraction(**said: Any) -> dict[str, Any]:
    return {"eventId": "e-1", "eventUpdatedTime": None, "eventKey": None, "originatingParties": [], **said}


@dataclass(frozen=True)
class Sent:
    """A record that a publisher sent."""

    value: bytes | None
    key: bytes | None = None
    headers: Sequence[tuple[str, bytes | None]] = ()
    publisher: str = "forwarder"
    timestamp_ms: int = NOW_US // 1_000
    offset: int | None = None


def a_record(event: Mapping[str, Any] | None = None, *, schema: Schema = EVENT, **said: Any) -> Sent:
    """A record of an event, keyed by its container, where it has one. ``value`` and ``key`` may be given instead."""
    if event is None and "value" not in said:
        event = an_event()
    if event is not None and "value" not in said:
        said["value"] = encode_framed(schema, event)
    if "key" not in said:
        equipment = (event or {}).get("equipment") or {}
        reference = equipment.get("reference")
        said["key"] = None if reference is None else reference.encode()
    return Sent(**said)


def a_source(publisher: str = "forwarder") -> Source:
    return gate.source_of(f"in.{publisher}", f"id-{publisher}", publisher)


def a_batch(*records: Sent, lane: int = 0, lanes: int = 1, first: int = 0) -> Batch:
    """Records in their order, in one run for each stretch of one publisher."""
    runs: list[Run] = []
    for place, record in enumerate(records):
        if not runs or runs[-1].source.publisher != record.publisher:
            runs.append(Run(a_source(record.publisher)))
        run = runs[-1]
        run.offsets.append(first + place if record.offset is None else record.offset)
        run.timestamps.append(record.timestamp_ms)
        run.keys.append(record.key)
        run.values.append(record.value)
        run.headers.append(record.headers)
    return Batch(lane, lanes, runs)


def a_hub(**said: Any) -> dict[str, Any]:
    return {"zone": "CN-GD-SZ", "digest_key": "k1", "pseudonym_key": "k1", **said}


def a_publisher(name: str = "forwarder", **said: Any) -> dict[str, Any]:
    own = {"collected_in": "CN", "own_data": "yes"}
    party = {"id": name, "name": f"{name} Ltd.", "zone": "CN-GD-SZ", "roles": ["freight forwarder"], "publisher": own}
    return {**party, "ciio": "no", "state_organ": "no", **NOBODY_BARRED, **said}


def a_partner(name: str = "terminal", **said: Any) -> dict[str, Any]:
    party = {"id": name, "name": f"{name} Ltd.", "zone": "HK", "roles": ["terminal"], "partner": {}}
    return {**party, **NOBODY_BARRED, **said}


def a_grant(*fields: str, **said: Any) -> dict[str, Any]:
    grant = {"id": "moves", "publishers": ["forwarder"], "partners": ["terminal"], "purpose": "terminal operations"}
    return {**grant, "fields": list(fields or COMMON), **said}


def a_paper(mechanism: str = "SCC", **said: Any) -> dict[str, Any]:
    """A paper in effect, with all on record, that covers the personal data of a forwarder for a terminal."""
    paper = {"id": "paper", "mechanism": mechanism, "exporter": "forwarder", "recipients": ["terminal"]}
    paper |= {"purposes": ["terminal operations"], "classes": ["PI"], "status": "effective", "number": "N-1"}
    paper |= {"effective": datetime(2025, 10, 1, tzinfo=UTC), "filed": date(2025, 10, 9)}
    paper |= {"documents": {"paper.pdf": f"sha256:{'5e' * 32}"}}
    paper |= {"recipient_filed": date(2025, 10, 9)} if mechanism.startswith("GBA") else {}
    paper |= {"retention": "30d"} if mechanism == "HK_DPP" else {}
    return {**paper, "basis": "contract", "notice": "notice 3", "pipia": "PIPIA 7", **said}


def a_class(field: str, name: str) -> dict[str, Any]:
    return {"field": field, "class": name}


def documents(
    *,
    hub: Mapping[str, Any] | None = None,
    parties: Iterable[Mapping[str, Any]] | None = None,
    grants: Iterable[Mapping[str, Any]] | None = None,
    classes: Iterable[Mapping[str, Any]] = (),
    papers: Iterable[Mapping[str, Any]] = (),
    lists: Iterable[Mapping[str, Any]] = (),
    important: Iterable[Mapping[str, Any]] = (),
    law: Mapping[str, Any] | None = None,
) -> dict[str, str]:
    """The files of a rule set."""
    parties = (a_publisher(), a_partner()) if parties is None else parties
    grants = (a_grant(),) if grants is None else grants
    return {
        "hub.toml": _table("[hub]", a_hub() if hub is None else hub),
        "parties.toml": "\n".join(_table("[[party]]", party) for party in parties),
        "grants.toml": "\n".join(_table("[[grant]]", grant) for grant in grants),
        "classes.toml": "\n".join(_table("[[class]]", one) for one in classes),
        "papers.toml": "\n".join(
            (
                *([_table("[law]", law)] if law is not None else []),
                *(_table("[[authorization]]", one) for one in papers),
                *(_table("[[negative_list]]", one) for one in lists),
                *(_table("[[important]]", one) for one in important),
            )
        ),
    }


def a_rule_set(
    texts: Mapping[str, str] | None = None, schemas: Mapping[str, Any] | None = None, today: date = TODAY, **said: Any
) -> RuleSet:
    """A rule set of some files, or of what ``documents`` makes of the rest."""
    return rules.load(documents(**said) if texts is None else texts, writer_schemas(), schemas, today=today)


def a_plan(rule_set: RuleSet | None = None, **said: Any) -> Plan:
    return rules.compile_plan(a_rule_set(**said) if rule_set is None else rule_set, NOTICE)


def an_executor(
    plan: Plan | None = None, *, suspended: Iterable[str] = (), keyring: Keyring = KEYRING, **said: Any
) -> Executor:
    return Executor(a_plan(**said) if plan is None else plan, keyring, frozenset(suspended))


def judged(inspected: Inspected, store: dict[bytes, bytes] | None = None) -> Verdicts:
    """The verdicts of a claim store of this test's own; what is claimed is added to it."""
    standing = {} if store is None else store
    claims = gate.claims_of(inspected)
    answers = {}
    for group in gate.claim_groups(inspected, claims):
        for index, digest, claim in zip(group.indexes, group.digests, group.claims, strict=True):
            if digest in standing:
                answers[index] = standing[digest]
            standing.setdefault(digest, claim)
    return gate.judge(inspected, claims, answers)


def released(
    executor: Executor,
    *records: Sent,
    store: dict[bytes, bytes] | None = None,
    at_us: int = NOW_US,
    batch: Batch | None = None,
    counts: Counts = UNCOUNTED,
) -> Released:
    """Records through inspect, claim and release."""
    inspected = gate.inspect(a_batch(*records) if batch is None else batch, executor)
    return gate.release(inspected, judged(inspected, store), at_us, counts)


def firsts(inspected: Inspected) -> Verdicts:
    """Verdicts as if nothing had been seen before."""
    return Verdicts([Verdict.FIRST] * len(inspected))


def _table(header: str, values: Mapping[str, Any]) -> str:
    return "\n".join([header, *(f"{_key(key)} = {_toml(value)}" for key, value in values.items())]) + "\n"


def _key(key: str) -> str:
    return json.dumps(key, ensure_ascii=False)


def _toml(value: Any) -> str:
    match value:
        case Mapping():
            return f"{{ {', '.join(f'{_key(key)} = {_toml(item)}' for key, item in value.items())} }}"
        case list() | tuple():
            return f"[{', '.join(map(_toml, value))}]"
        case str() | bool() | int() | float():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value.isoformat())
