"""The canonical event as DCSA Track & Trace 3.0.0 writes it, in the names and words of the draft of May 2026.

Source: the OpenAPI description in DCSA's Information Model (May 2026). It has no cargo, no people, and no time at which
a message was made.
"""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.standards import dcsa30_table as table
from tidegate.standards import dcsa30_words as words
from tidegate.standards.codes import code_list
from tidegate.standards.outgoing import Codes, Outgoing
from tidegate.standards.placing import Placing

_KINDS: Mapping[str, Codes] = {
    "SHIPMENT": words.SHIPMENT,
    "TRANSPORT": words.TRANSPORT,
    "EQUIPMENT": words.EQUIPMENT,
    "IOT": words.IOT,
    "REEFER": words.REEFER,
}
"""Milestones by the type of event."""
TYPES = frozenset(_KINDS)


def _known(symbols: str) -> Codes:
    return {symbol: symbol for symbol in code_list(symbols)}


CODES: Mapping[str, Codes] = {
    "eventType": {kind: kind for kind in TYPES},
    "classifier": words.CLASSIFIER,
    "equipment.emptyIndicator": _known("EMPTY LADEN"),
    "equipment.transportPhase": _known("IMPORT EXPORT TRANSSHIPMENT"),
    "transport.mode": _known("VESSEL RAIL TRUCK BARGE MULTIMODAL"),
    "location.facilityCodeListProvider": _known("BIC SMDG"),
    "location.facilityType": words.FACILITIES,
}
"""The codes of 3.0 by the canonical field that holds them."""
ELEMENTS: Mapping[str, Mapping[str, Codes]] = {
    "documents": {"type": words.DOCUMENTS},
    "references": {"type": words.REFERENCES},
    "seals": {"source": words.SEAL_SOURCES, "type": words.SEAL_TYPES},
}
_LISTS = tuple(one for one in table.LISTS if not one.source.endswith("Party"))  # January has one party, without an s
ORIGINATING = next(one for one in _LISTS if one.name == "originatingParties")
_NOT_WRITTEN = frozenset({"eventCreatedTime"})
"""Read where a sender keeps it from 2.2, but no property of 3.0."""
EXTENSIONS = (
    *(f"{table.CALL}.vesselTransport.vesselCallSign", f"{table.CALL}.serviceCodeOrReference.universalServiceReference"),
    *(f"{table.CALL}.{way}VoyageNumberOrReference.universalVoyageReference" for way in ("import", "export")),
    *(f"{table.CALL}.railTransport.{name}" for name in ("departureID", "railCarReference", "railServiceReference")),
    *(f"iotDetails.{name}" for name in ("deviceModel", "deviceVendor", "iotEquipmentTechnology", "powerStatus")),
    *(f"shipmentDetails.{name}" for name in ("priceCalculationDate", "shipmentLocationType")),
    *(f"reeferDetails.{name}" for name in ("controllerModel", "powerStatus", "unitManufacturer", "unitModel")),
    "reeferDetails.lastDefrostDateTime",
)
"""Texts of 3.0 that have no canonical field."""


def fill(out: Outgoing, placing: Placing) -> None:
    """Everything but the id and the time of the event."""
    kind = str(out.left.get("eventType", "UNKNOWN"))
    for row in table.ROWS:
        if row.path not in _NOT_WRITTEN:
            placing.row(row, CODES.get(row.path, {}))
    _subtype(out, placing, kind)
    address = out.plain("location.address")
    if address is not None:
        out.put(table.ADDRESS_LINES, [address])
    delays = out.items("transport.delayReasonCodes")
    if delays:
        out.put(table.DELAYS, delays)
    placing.elements(table.DOCUMENTS, ELEMENTS["documents"])
    for listed in _LISTS:
        placing.elements(listed, ELEMENTS.get(listed.name, {}))
    for source, (name, field) in table.VALUES.items():
        found = out.items(f"reefer.{field}")
        if found:
            out.put(source, [{name: one} for one in found])
    for key in EXTENSIONS:
        content = out.plain(f"extensions[{key}]")
        if content is not None:
            out.put(key, content)


def _subtype(out: Outgoing, placing: Placing, kind: str) -> None:
    """Of an event of a type outside the list the milestone tells where it stands."""
    symbol = str(out.left.get("eventSubtype", ""))
    if kind not in _KINDS:
        kind = next((one for one, known in _KINDS.items() if symbol in known), "")
    if kind:
        sources, read_as = table.SUBTYPES[kind]
        placing.subtype(sources[0], _KINDS[kind], frozenset(read_as))
