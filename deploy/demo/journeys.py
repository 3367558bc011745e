"""Journeys of boxes as DCSA Track & Trace 2.2, and what has to become of every event of them.

Yantian by feeder to Hong Kong, by mainliner to Singapore, there over to a third ship, and on to Rotterdam. Who gets
what is said here once more, in plain Python (``partners_of``): the demo checks the hub against it.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeAlias

from .places import (
    FEEDERS,
    HONG_KONG,
    MAINLINERS,
    ROTTERDAM,
    SINGAPORE,
    TRANSSHIPPERS,
    YANTIAN,
    Port,
    Vessel,
    container,
)

FORWARDER, CARRIER = "sz-forwarder", "sh-carrier"
TERMINAL, FEEDER_LINE, BANK, BROKER = "hk-terminal", "sg-carrier", "hk-bank", "nl-broker"
PUBLISHERS = (FORWARDER, CARRIER)
PARTNERS = (TERMINAL, FEEDER_LINE, BANK, BROKER)
BEGIN = datetime(2026, 8, 31, 1, 0, tzinfo=UTC)
BETWEEN = timedelta(minutes=20)
"""From the booking of one journey to that of the next."""

Json: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that a publisher tells the hub, and what has to become of it."""

    publisher: str
    event_id: str
    body: Json
    outcome: str
    partners: frozenset[str]


def partners_of(publisher: str, kind: str, code: str, port: str | None) -> frozenset[str]:
    """Who gets an event under ``deploy/demo/rules``, said without them."""
    moves = kind in ("EQUIPMENT", "TRANSPORT")
    release = kind == "SHIPMENT" and code in ("HOLD", "RELS")
    gets = {
        TERMINAL: moves and port in (YANTIAN.code, HONG_KONG.code),
        FEEDER_LINE: moves,
        BANK: publisher == FORWARDER,
        BROKER: port == ROTTERDAM.code or release,
    }
    return frozenset(partner for partner, yes in gets.items() if yes)


def told(publisher: str, event_id: str, body: Json, kind: str, code: str, port: str | None) -> Told:
    partners = partners_of(publisher, kind, code, port)
    return Told(publisher, event_id, body, "released" if partners else "withheld", partners)


class Milestone(NamedTuple):
    """``said_h``: hours after the booking at which it is told. ``due_h``: when it is expected, if it lies ahead."""

    said_h: float
    kind: str
    code: str
    port: Port | None = None
    leg: int = -1
    due_h: float | None = None


MILESTONES = (
    Milestone(0, "SHIPMENT", "CONF"),
    Milestone(50, "EQUIPMENT", "GTIN", YANTIAN),
    Milestone(74, "EQUIPMENT", "LOAD", YANTIAN, 0),
    Milestone(78, "TRANSPORT", "DEPA", YANTIAN, 0),
    Milestone(80, "SHIPMENT", "ISSU"),
    Milestone(84, "TRANSPORT", "ARRI", HONG_KONG, 0),
    Milestone(88, "EQUIPMENT", "DISC", HONG_KONG, 0),
    Milestone(112, "EQUIPMENT", "LOAD", HONG_KONG, 1),
    Milestone(118, "TRANSPORT", "DEPA", HONG_KONG, 1),
    Milestone(206, "TRANSPORT", "ARRI", SINGAPORE, 1),
    Milestone(212, "EQUIPMENT", "DISC", SINGAPORE, 1),
    Milestone(240, "EQUIPMENT", "LOAD", SINGAPORE, 2),
    Milestone(248, "TRANSPORT", "DEPA", SINGAPORE, 2),
    Milestone(250, "TRANSPORT", "ARRI", ROTTERDAM, 2, due_h=752),
    Milestone(760, "TRANSPORT", "ARRI", ROTTERDAM, 2),
    Milestone(772, "EQUIPMENT", "DISC", ROTTERDAM, 2),
    Milestone(782, "SHIPMENT", "RELS"),
    Milestone(796, "EQUIPMENT", "GTOT", ROTTERDAM),
)
_DOCUMENT = {"CONF": "BKG", "ISSU": "TRD", "RELS": "CUS"}
_PROPERTY = {
    "SHIPMENT": "shipmentEventTypeCode",
    "TRANSPORT": "transportEventTypeCode",
    "EQUIPMENT": "equipmentEventTypeCode",
}


class Journey:
    """One box on its way. The same number and seed give the same journey, to the letter."""

    def __init__(self, publisher: str, number: int, seed: int = 1) -> None:
        rng = random.Random(f"{seed}/{publisher}/{number}")  # noqa: S311  made-up numbers, no secrets
        house = "PHF" if publisher == FORWARDER else "HOL"
        self.publisher, self.number, self._rng = publisher, number, rng
        self.begin = BEGIN + number * BETWEEN
        self.box = container(house, rng.randrange(200_000, 900_000))
        self.booking = f"{house}26{number:04d}{rng.randrange(100):02d}"
        self.bill = f"{house}YTN26{number:04d}"
        self.customs = f"5303{number:08d}"
        self.seal = f"{house}S{rng.randrange(10**7):07d}"
        self.references = [("FF", f"{house}REF{number:05d}"), ("PO", f"45{rng.randrange(10**8):08d}")]
        self.legs = tuple(rng.choice(fleet) for fleet in (FEEDERS, MAINLINERS, TRANSSHIPPERS))
        self._voyages = [f"{36 + number % 10:02d}{rng.randrange(10)}W" for _ in self.legs]

    def told(self) -> Iterator[Told]:
        """Every milestone, in order of time."""
        for milestone in MILESTONES:
            yield self.tell(milestone)

    def tell(self, milestone: Milestone) -> Told:
        kind, code, port = milestone.kind, milestone.code, milestone.port
        said = self.begin + timedelta(hours=milestone.said_h, minutes=self._rng.randrange(50))
        happens = said if milestone.due_h is None else self.begin + timedelta(hours=milestone.due_h)
        event_id = str(uuid.UUID(int=self._rng.getrandbits(128), version=4))
        body: Json = {
            "eventID": event_id,
            "eventCreatedDateTime": (said + timedelta(minutes=7)).isoformat().replace("+00:00", "Z"),
            "eventType": kind,
            "eventClassifierCode": "ACT" if milestone.due_h is None else "EST",
            "eventDateTime": (port or (YANTIAN if code != "RELS" else ROTTERDAM)).local(happens),
            _PROPERTY[kind]: code,
            **self._body(milestone),
            "references": [{"referenceType": name, "referenceValue": value} for name, value in self.references],
        }
        return told(self.publisher, event_id, body, kind, code, port.code if port else None)

    def _body(self, milestone: Milestone) -> Json:
        papers = [("BKG", self.booking), ("TRD", self.bill)]
        documents = [{"documentReferenceType": kind, "documentReferenceValue": value} for kind, value in papers]
        if milestone.port is None:
            own = {"BKG": self.booking, "TRD": self.bill, "CUS": self.customs}[_DOCUMENT[milestone.code]]
            body: Json = {"documentID": own, "documentTypeCode": _DOCUMENT[milestone.code]}
            # Booked before there is a bill of lading, released under it.
            return body if milestone.code != "RELS" else {**body, "documentReferences": documents[1:]}
        place = self._place(milestone.port)
        at = {"eventLocation": place} if milestone.leg < 0 else {"transportCall": self._call(milestone, place)}
        if milestone.kind == "TRANSPORT":
            return {**at, "documentReferences": documents}
        seals = [{"sealNumber": self.seal, "sealSource": "SHI", "sealType": "BLT"}]
        box = {"equipmentReference": self.box, "ISOEquipmentCode": "45G1", "emptyIndicatorCode": "LADEN"}
        return {**box, **at, "documentReferences": documents, "seals": seals}

    def _place(self, port: Port) -> Json:
        return {"UNLocationCode": port.code, "facilityCode": port.terminal, "facilityCodeListProvider": "SMDG"}

    def _call(self, milestone: Milestone, place: Mapping[str, str]) -> Json:
        vessel: Vessel = self.legs[milestone.leg]
        voyage = self._voyages[milestone.leg]
        return {
            "transportCallID": f"{vessel.imo}-{voyage}-{place['UNLocationCode']}",
            "carrierServiceCode": ("PRF", "AE7", "SEX")[milestone.leg],
            "exportVoyageNumber": voyage,
            **place,
            "modeOfTransport": "VESSEL",
            "vessel": {"vesselIMONumber": vessel.imo, "vesselName": vessel.name, "vesselFlag": vessel.flag},
        }


def journeys(count: int, first: int) -> list[Journey]:
    """Journeys from a number on, three of the forwarder to each of the carrier."""
    return [Journey(CARRIER if number % 4 == 3 else FORWARDER, number) for number in range(first, first + count)]
