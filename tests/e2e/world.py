"""The parties and the rules that the tests of this folder share. Each file of tests publishes under its own names."""

from __future__ import annotations

from typing import Any

from tests.builders import COMMON, a_class, a_grant, a_partner, a_publisher, documents

PUBLISHERS = ("forwarder", "bulk-shipper", "clumsy-shipper", "hidden-shipper", "mixed-shipper", "other-shipper")
TERMINAL, FEEDER, BANK = "terminal", "feeder", "bank"
PARTNERS = (TERMINAL, FEEDER, BANK)
CHOSEN = {"mixed-shipper": {"severities": {"V7": "WARN"}}, "other-shipper": {"feedback": "event"}}
"""Settings of publishers that are not the usual ones."""

MOVES: dict[str, Any] = a_grant(
    *COMMON,
    "location.unLocode",
    "equipment.reference",
    "equipment.isoSizeType",
    "documents[type in TRD].reference",
    "seals[].number",
    "truck.tractorPlate",
    publishers=list(PUBLISHERS),
    when={"eventType": ["EQUIPMENT", "TRANSPORT"], "location.unLocode": ["CNYTN", "HKHKG"]},
)
"""The terminal works the box. It asks for a plate too, and the law keeps that back."""

PLANNING = a_grant(
    *COMMON,
    "location.unLocode",
    "equipment.reference",
    "transport",
    "transport.vesselMmsi",
    id="planning",
    publishers=list(PUBLISHERS),
    partners=[FEEDER],
    purpose="vessel planning",
    when={"eventType": ["EQUIPMENT", "TRANSPORT"]},
    transforms={"equipment.reference": "pseudonym", "eventTime": "hour"},
)
"""The feeder follows a box without learning which one. A ship's MMSI among it waits for a person."""

MILESTONES = a_grant(
    *COMMON,
    "documents[type in TRD].type",
    "documents[type in TRD].reference",
    id="milestones",
    publishers=["forwarder", "hidden-shipper", "mixed-shipper"],
    partners=[BANK],
    purpose="trade finance",
    when={"eventType": ["EQUIPMENT", "SHIPMENT"]},
    transforms={"eventTime": "date"},
)

CLASSES = (a_class("transport.vesselMmsi", "SUSPECT_IMPORTANT"), a_class("reefer.alarms", "CORE"))


def the_rules(*grants: Any, more_partners: tuple[str, ...] = ()) -> dict[str, str]:
    """The files of the rule set; other grants in the place of the usual ones."""
    shippers = [a_publisher(name, publisher=CHOSEN.get(name, {})) for name in PUBLISHERS]
    settings: dict[str, dict[str, Any]] = {
        TERMINAL: {"attributes": ["subject", "time"]},
        BANK: {"severities": {"V7": "ERROR"}},
    }
    receivers = [
        a_partner(name, partner=settings.get(name, {}), zone="SG" if name == FEEDER else "HK")
        for name in (*PARTNERS, *more_partners)
    ]
    return documents(parties=(*shippers, *receivers), grants=grants or (MOVES, PLANNING, MILESTONES), classes=CLASSES)
