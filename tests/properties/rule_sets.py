"""Random rule sets and events for them, from few words, so that conditions hold now and then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from tests.builders import NOW_US, a_class, a_grant, a_hub, a_partner, a_publisher, an_event
from tests.properties.visible import Rules

Draw = Callable[[st.SearchStrategy[Any]], Any]
NOW = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=NOW_US)
MOMENTS = (NOW - timedelta(days=1), NOW, NOW + timedelta(microseconds=1), NOW + timedelta(days=1))
PUBLISHERS, PARTNERS = ("forwarder", "carrier"), ("terminal", "bank", "broker")
TYPES = ("EQUIPMENT", "TRANSPORT", "SHIPMENT")
PORTS = ("CNYTN", "HKHKG", "NLRTM")

PLAIN = (
    *("eventId", "eventType", "eventSubtype", "classifier", "eventTime", "utcOffsetMinutes", "offsetSource", "partial"),
    *("eventCreatedTime", "correctsEventId", "location.name", "location.unLocode", "location.facilityType"),
    *("equipment.reference", "equipment.isoSizeType", "equipment.emptyIndicator", "transport.mode", "reason"),
    *("transport.callReference", "transport.serviceCode", "transport.delayReasonCodes", "cargo.hsCodes"),
    *("cargo.packages", "cargo.grossMassKg", "reefer.probes[]", "rawEventType", "truck.tractorPlate"),
    *("people[].name", "people[].role", "references[].value", "originatingParties[].code", 'extensions["customs"]'),
)
WIDE = (
    "*",
    "location",
    "location.*",
    "transport",
    "equipment.*",
    "cargo",
    "documents",
    "extensions",
    "people",
    "truck",
)
DOCUMENTS = ("documents{}.type", "documents{}.reference")
FILTERS = ("[]", "[type in TRD]", "[type in TRD, BKG]", "[rawType in x]")
TRANSFORMS = {
    "eventTime": ("hour", "date"),
    "eventCreatedTime": ("date",),
    "eventSubtype": ("pseudonym", "prefix:2"),
    "equipment.reference": ("pseudonym", "prefix:4"),
    "transport.callReference": ("pseudonym",),
    "cargo.hsCodes": ("prefix:4", "pseudonym"),
    "cargo.packages": ("band:10",),
    "cargo.grossMassKg": ("band:1000",),
    "documents[].reference": ("pseudonym",),
    "utcOffsetMinutes": ("band:60",),
}
CONDITIONS = {
    "eventType": ("EQUIPMENT", ["EQUIPMENT", "TRANSPORT"], {"prefix": "EQ"}),
    "eventSubtype": ("LOAD", ["LOAD", "ARRI"], {"prefix": "LO"}),
    "location.unLocode": ("CNYTN", {"prefix": "CN"}, ["HKHKG", "NLRTM"]),
    "equipment.reference": ({"prefix": "MSKU"},),
}
CLASSES = (
    *(('extensions["customs"]', one) for one in ("GENERAL", "COMMERCIAL", "PI", "SUSPECT_IMPORTANT")),
    *(("eventSubtype", one) for one in ("COMMERCIAL", "SUSPECT_IMPORTANT", "IMPORTANT")),
    *(("location.name", "CORE"), ("cargo.packages", "IMPORTANT"), ("transport.vesselImo", "EXPORT_CONTROLLED")),
    *(("documents[].reference", "PI"), ("cargo.hsCodes", "SUSPECT_IMPORTANT")),
)


@st.composite
def rules(draw: Draw) -> Rules:
    """Documents that mostly agree with each other: one transform for each field, one filter for the documents."""

    def sometimes(*choices: Any, often: int = 3) -> Any:
        return draw(st.sampled_from((*[None] * often, *choices)))

    transforms = {path: sometimes(*kinds, often=1) for path, kinds in TRANSFORMS.items()}
    the_filter = draw(st.sampled_from(FILTERS))
    publishers = [
        a_publisher(name, state_organ=sometimes("unknown", "yes", often=6) or "no", zone=sometimes("HK") or "CN-SH")
        for name in PUBLISHERS
    ]
    partners = [
        a_partner(
            name,
            zone=draw(st.sampled_from(("HK", "SG", "CN-SH"))),
            restricted=sometimes("unknown", "yes", often=8) or "no",
            partner={"attributes": draw(st.sampled_from(([], ["subject", "time"])))},
        )
        for name in PARTNERS
    ]
    classes = [
        a_class(field, name) for field, name in draw(st.lists(st.sampled_from(CLASSES), max_size=2, unique=True))
    ]
    if not any(one["field"].startswith("ext") for one in classes):
        classes.append(a_class('extensions["customs"]', "COMMERCIAL"))
    grants = [_grant(draw, number, transforms, the_filter) for number in range(draw(st.integers(1, 4)))]
    return Rules(a_hub(), (*publishers, *partners), tuple(grants), tuple(classes))


def _grant(draw: Draw, number: int, transforms: dict[str, Any], the_filter: str) -> dict[str, Any]:
    fields = draw(st.lists(st.sampled_from(PLAIN), min_size=1, max_size=8, unique=True))
    fields += draw(st.sampled_from(([], [], [draw(st.sampled_from(WIDE))])))
    fields += [path.format(the_filter) for path in draw(st.sampled_from(((), DOCUMENTS, DOCUMENTS[1:])))]
    said: dict[str, Any] = {
        "id": f"g{number}",
        "publishers": draw(st.sampled_from((["forwarder"], ["carrier"], list(PUBLISHERS)))),
        "partners": draw(st.lists(st.sampled_from(PARTNERS), min_size=1, unique=True)),
        "purpose": draw(st.sampled_from(("booking", "trade finance"))),
    }
    kept = {_bare(path): text for path in fields for text in [transforms.get(_bare(path))] if text}
    if "location.unLocode" in fields and not {"location.name", "location.facilityType"} & set(fields):
        kept |= draw(st.sampled_from(({}, {}, {"location": "port"})))
    when = draw(st.lists(st.sampled_from(list(CONDITIONS)), max_size=2, unique=True))
    if when:
        said["when"] = {path: draw(st.sampled_from(CONDITIONS[path])) for path in when}
    if kept:
        said["transforms"] = kept
    if "reason" in fields and draw(st.booleans()):
        said["required"] = ["reason"]
    start, end = draw(st.sampled_from(((0, 3), *((one, two) for one in range(4) for two in range(one + 1, 4)))))
    dated = draw(st.sampled_from((None, None, "valid_from", "valid_to", "both")))
    said |= {"valid_from": MOMENTS[start]} if dated in ("valid_from", "both") else {}
    said |= {"valid_to": MOMENTS[end]} if dated in ("valid_to", "both") else {}
    return a_grant(*fields, **said)


def _bare(path: str) -> str:
    return path if "[" not in path else f"{path.partition('[')[0]}[]{path.partition(']')[2]}"


@st.composite
def events(draw: Draw) -> dict[str, Any]:
    """Events that make sense to the checks, with few distinct words."""

    def one_of(*choices: Any) -> Any:
        return draw(st.sampled_from(choices))

    kind = one_of(*TYPES)
    documents = [
        {"type": one_of("TRD", "BKG", "CBR"), "reference": one_of("BL-1", "BL-2"), "rawType": one_of(None, "x")}
        for _ in range(draw(st.integers(0, 3)))
    ]
    location = {"name": one_of(None, "Yantian"), "unLocode": one_of(None, *PORTS), "latitude": one_of(None, 22.5)}
    transport = {"mode": "VESSEL", "callReference": one_of(None, "C-1"), "vesselImo": one_of(None, "9321483")}
    cargo = {
        "hsCodes": one_of([], ["850440", "", "85"]),
        "packages": one_of(None, 0, 17),
        "grossMassKg": one_of(None, 1999.5),
    }
    return an_event(
        eventId=one_of("e-1", "e-2"),
        eventType=kind,
        eventSubtype={"EQUIPMENT": one_of("LOAD", "DISC"), "TRANSPORT": "ARRI", "SHIPMENT": "CONF"}[kind],
        eventTime=NOW_US - one_of(0, 1, 86_400_000_000),
        eventCreatedTime=one_of(None, NOW_US),
        utcOffsetMinutes=one_of(None, 480, -30),
        partial=one_of(True, False),
        location=one_of(None, location, location),
        equipment={"reference": one_of("MSKU1234565", "HLXU1")} if kind == "EQUIPMENT" else one_of(None, {}),
        transport=transport if kind == "TRANSPORT" else one_of(None, {**transport, "delayReasonCodes": ["WEA"]}),
        documents=documents,
        references=one_of([], [{"type": "FF", "value": "F-1"}]),
        cargo=one_of(None, cargo, cargo),
        reefer=one_of(None, {"probes": [1.5, -0.5]}),
        truck=one_of(None, None, {"tractorPlate": "粤B12345"}),
        people=one_of([], [], [{"role": "DRIVER", "name": "Chan"}]),
        originatingParties=one_of([], [{"code": "SZFF"}]),
        extensions=one_of({}, {"customs": "C-7"}, {"other": "x", "customs": ""}),
        reason=one_of(None, None, "late"),
    )
