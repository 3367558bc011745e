"""Everything but plain milestones: people and goods, a correction, a retraction, and what goes wrong in life."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, replace
from datetime import timedelta

from tidegate.events.builtin import EVENT_SCHEMA, builtin
from tidegate.events.wire import prefix

from .journeys import BANK, CARRIER, FORWARDER, PARTNERS, Journey, Json, Told, told
from .places import ROTTERDAM, SINGAPORE, TRANSSHIPPERS, YANTIAN

PLATES = ("粤B·D4417", "粤Z·2P19港")
DRIVER, PHONE = "Chan Siu-ming", "+852 5550 0173"
MMSI = "563099941"
GATE_ID, DISCHARGE_ID = "PHF-GATE-000417", "PHF-CARGO-000418"


def gate_in(journey: Journey) -> Told:
    """The box comes through the gate of Yantian on a truck: canonical JSON with a driver, plates and goods."""
    body = {
        "eventId": GATE_ID,
        "eventType": "EQUIPMENT",
        "eventSubtype": "GTIN",
        "classifier": "ACT",
        "eventTime": YANTIAN.local(journey.begin + timedelta(hours=50, minutes=17)),
        "eventCreatedTime": _utc(journey, 50.4),
        "location": _place(YANTIAN.code, YANTIAN.terminal),
        "equipment": _box(journey, "EXPORT"),
        "truck": {"tractorPlate": PLATES[0], "trailerPlate": PLATES[1]},
        "people": [{"role": "DRIVER", "name": DRIVER, "phone": PHONE}],
        "documents": [_paper("BKG", journey.booking), _paper("TRD", journey.bill)],
        "references": [{"type": kind, "value": value} for kind, value in journey.references],
        "seals": [{"number": journey.seal, "source": "SHI", "type": "BLT"}],
        "cargo": {"hsCodes": ["950300", "850440"], "packages": 1120, "grossMassKg": 14250.5},
        "extensions": {"gateLane": "gate-lane-7"},
    }
    return told(FORWARDER, GATE_ID, body, "EQUIPMENT", "GTIN", YANTIAN.code)


def discharge(journey: Journey) -> Told:
    """Off the ship in Rotterdam, with what customs ask for."""
    body = {
        "eventId": DISCHARGE_ID,
        "eventType": "EQUIPMENT",
        "eventSubtype": "INSP",
        "classifier": "ACT",
        "eventTime": ROTTERDAM.local(journey.begin + timedelta(hours=775)),
        "eventCreatedTime": _utc(journey, 775.2),
        "location": _place(ROTTERDAM.code, ROTTERDAM.terminal),
        "equipment": _box(journey, "IMPORT"),
        "documents": [_paper("TRD", journey.bill), _paper("CUS", journey.customs)],
        "references": [{"type": kind, "value": value} for kind, value in journey.references],
        "seals": [{"number": journey.seal, "source": "CUS", "type": "BLT"}],
        "cargo": {"hsCodes": ["950300", "850440"], "packages": 1120, "grossMassKg": 14250.5},
        "extensions": {"customsReference": f"MRN26NL{journey.number:06d}", "berthCrew": "crew-B12"},
    }
    return told(FORWARDER, DISCHARGE_ID, body, "EQUIPMENT", "INSP", ROTTERDAM.code)


def correction(first: Told, journey: Journey) -> Told:
    """The gate scale was wrong: the same event once more, updated later. It goes out as a later version."""
    body = copy.deepcopy(first.body)
    body["eventUpdatedTime"] = _utc(journey, 58)
    body["cargo"]["grossMassKg"] = 14725.0
    return replace(first, body=body)


def retraction(estimate: Told, journey: Journey) -> Told:
    """The estimate for Rotterdam is taken back. Everyone whom a grant of the forwarder reaches is told."""
    said = {
        "eventId": estimate.event_id,
        "eventUpdatedTime": _utc(journey, 300),
        "eventKey": journey.booking,
        "originatingParties": [{"code": "PHFX", "codeListProvider": "ZZZ", "function": "FW"}],
    }
    return Told(FORWARDER, estimate.event_id, {"retraction": said}, "released", frozenset(PARTNERS))


def again(events: list[Told]) -> list[Told]:
    """The same messages once more, to the letter: a client that got no answer and repeats."""
    return [replace(event, outcome="duplicate", partners=frozenset()) for event in events]


def conflict(event: Told) -> Told:
    """The id and the time of an event that was told, and another box in it. Which one is true?"""
    body = copy.deepcopy(event.body)
    body["equipmentReference"] = Journey(FORWARDER, 9_001).box
    return Told(event.publisher, event.event_id, body, "quarantined", frozenset())


def implausible(journey: Journey) -> list[Told]:
    """A year mistyped (V7), and a box event that names no box (V8)."""
    late, boxless = (dict(event.body) for event in list(journey.told())[1:3])
    late["eventDateTime"] = late["eventDateTime"].replace("2026-", "2062-")
    del boxless["equipmentReference"]
    return [Told(FORWARDER, body["eventID"], body, "rejected", frozenset()) for body in (late, boxless)]


def without_id(journey: Journey) -> Json:
    """An event that has no id is not even sent: nothing is made up."""
    body = dict(next(journey.told()).body)
    del body["eventID"]
    return body


def suspect(journey: Journey) -> Told:
    """An arrival with the ship's MMSI, which may be important data: the delivery waits for a person."""
    vessel = TRANSSHIPPERS[0]
    event_id = f"HOL-TRACK-{journey.number:06d}"
    body = {
        "eventId": event_id,
        "eventType": "TRANSPORT",
        "eventSubtype": "ARRI",
        "classifier": "ACT",
        "eventTime": SINGAPORE.local(journey.begin + timedelta(hours=230)),
        "eventCreatedTime": _utc(journey, 230.1),
        "location": _place(SINGAPORE.code, SINGAPORE.terminal),
        "transport": {"mode": "VESSEL", "vesselImo": vessel.imo, "vesselName": vessel.name, "vesselMmsi": MMSI},
        "documents": [_paper("BKG", journey.booking)],
    }
    return Told(CARRIER, event_id, body, "held", frozenset())


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes that a client of somebody else's puts into a publisher's topic."""

    publisher: str
    value: bytes
    what: str


def corrupt(event: Told) -> list[Raw]:
    """JSON where Avro has to be, and Avro that a proxy cut short."""
    cut = prefix(builtin(EVENT_SCHEMA).schema_id) + b"\x12EVT-00042\x06\x08GTIN\x06"
    return [
        Raw(event.publisher, json.dumps(event.body).encode(), "JSON instead of Avro"),
        Raw(event.publisher, cut, "Avro, cut short"),
    ]


def forbidden(partner: str, journeys: list[Journey]) -> set[str]:
    """Texts that must be nowhere in a partner's topic: not in values, not in keys, not in headers."""
    texts = {*PLATES, DRIVER, PHONE, "gate-lane-7", "crew-B12", "PHFX", MMSI}
    for journey in journeys:
        texts |= {value for _, value in journey.references}
        allowed = {
            journey.box: ("hk-terminal", "nl-broker"),
            journey.seal: ("hk-terminal", "nl-broker"),
            journey.booking: ("nl-broker",),
            journey.bill: ("hk-terminal", "hk-bank", "nl-broker"),
            journey.customs: ("nl-broker",),
        }
        texts |= {text for text, who in allowed.items() if partner not in who}
        if partner == BANK and journey.publisher == CARRIER:
            texts |= {journey.bill}
    return texts


def _utc(journey: Journey, hours: float) -> str:
    return (journey.begin + timedelta(hours=hours)).isoformat(timespec="seconds").replace("+00:00", "Z")


def _place(port: str, terminal: str) -> Json:
    return {"unLocode": port, "facilityCode": terminal, "facilityCodeListProvider": "SMDG", "facilityType": "POTE"}


def _box(journey: Journey, phase: str) -> Json:
    return {
        "reference": journey.box,
        "isoSizeType": "45G1",
        "emptyIndicator": "LADEN",
        "transportPhase": phase,
    }


def _paper(kind: str, reference: str) -> Json:
    return {"type": kind, "reference": reference}
