"""Bench events: canonical, 25 fields filled, about 370 bytes, made fast enough to preload a million."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from stdnum import iso6346

from tidegate.events.builtin import EVENT_SCHEMA, builtin
from tidegate.events.encoding import encode_framed

CONTAINERS = 20_000
PORTS = (
    ("CNYTN", "Yantian International Container Terminals, Phase III", "YICT"),
    ("HKHKG", "Hong Kong Kwai Tsing Container Terminal 9 South", "CT9S"),
)
MILESTONES = ("GTIN", "LOAD", "DISC", "GTOT")
START_US = 1_790_000_000_000_000

FIELDS = (
    *("eventId", "eventType", "eventSubtype", "classifier", "eventTime", "utcOffsetMinutes", "offsetSource"),
    *("eventTimeRaw", "eventCreatedTime", "eventUpdatedTime", "location.name", "location.unLocode"),
    *("location.facilityCode", "equipment.reference", "equipment.isoSizeType", "equipment.emptyIndicator"),
    *("transport.mode", "transport.callReference", "transport.exportVoyage", "transport.vesselImo"),
    *("transport.vesselName", "documents[].type", "documents[].reference", "references[].type", "references[].value"),
)
"""The 25 fields that bench events have. A partner's grant names 12 of them."""


def grant_fields(partner: int) -> list[str]:
    """Twelve of the fields, others for every partner. ``eventTimeRaw`` and ``eventTime`` go together or not at all."""
    chosen = random.Random(partner).sample(FIELDS[1:], 11)
    return ["eventId", *sorted(chosen)]


def _value(number: int, rng: random.Random) -> dict[str, Any]:
    port, name, facility = PORTS[number % len(PORTS)]
    moment = START_US + number * 60_000_000
    container = number % CONTAINERS
    return {
        "eventId": "0" * 36,
        "eventType": "EQUIPMENT",
        "eventSubtype": MILESTONES[number // 7 % len(MILESTONES)],
        "classifier": "ACT",
        "eventTime": moment,
        "utcOffsetMinutes": 480,
        "offsetSource": "GIVEN",
        "eventTimeRaw": "2026-09-21T18:13:20+08:00",
        "eventCreatedTime": moment + 5_000_000,
        "eventUpdatedTime": moment + 6_000_000,
        "location": {"name": name, "unLocode": port, "facilityCode": facility},
        "equipment": {
            "reference": _number(container),
            "isoSizeType": "45G1",
            "emptyIndicator": "LADEN",
        },
        "transport": {
            "mode": "VESSEL",
            "callReference": f"TGLINE-FE7-2026-{container // 400:06d}",
            "exportVoyage": "2638W",
            "vesselImo": "9321483",
            "vesselName": "PEARL RIVER HARBOUR CONSTELLATION",
        },
        "documents": [{"type": "TRD", "reference": f"HBLSZX{container // 4:08d}"}],
        "references": [{"type": "FF", "value": f"SHIPMENT-{rng.randrange(10**8):08d}-{container // 8:06d}"}],
    }


def _number(container: int) -> str:
    owned = f"TGBU{container:06d}"
    return owned + iso6346.calc_check_digit(owned)


def events(count: int, seed: int = 1) -> Iterator[tuple[bytes, bytes]]:
    """Record keys and framed values. All differ in their id; bodies repeat after some thousands, as shipments do."""
    rng = random.Random(seed)
    schema = builtin(EVENT_SCHEMA)
    bodies = []
    for number in range(min(count, CONTAINERS)):
        value = _value(number, rng)
        framed = encode_framed(schema, value)
        place = framed.index(b"0" * 36)
        bodies.append((value["equipment"]["reference"].encode(), framed[:place], framed[place + 36 :]))
    for number in range(count):
        key, before, after = bodies[number % len(bodies)]
        event_id = f"{seed:08x}-bbbb-4bbb-8bbb-{number:012x}"
        yield key, b"".join((before, event_id.encode(), after))
