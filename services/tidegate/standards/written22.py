"""The canonical event as DCSA Track & Trace 2.2.0 writes it.

Source: the resolved OpenAPI description of T&T 2.2.0 (October 2021). It has no parties, no road vehicles, no reefers,
no phase of the transport and no version of an event; an address is there by its parts, which one line does not tell.
"""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.standards import dcsa22_table as table
from tidegate.standards.codes import code_list
from tidegate.standards.dcsa import row
from tidegate.standards.outgoing import Codes, Outgoing
from tidegate.standards.placing import Placing


def _known(symbols: str) -> Codes:
    return {symbol: symbol for symbol in code_list(symbols)}


TYPES = frozenset(table.SUBTYPES)
CODES: Mapping[str, Codes] = {
    "eventType": _known("SHIPMENT TRANSPORT EQUIPMENT"),
    "classifier": _known("PLN EST ACT"),
    "equipment.emptyIndicator": _known("EMPTY LADEN"),
    "transport.mode": _known("VESSEL RAIL TRUCK BARGE"),
    "location.facilityCodeListProvider": _known("BIC SMDG"),
    "location.facilityType": _known("BOCR CLOC COFS COYA OFFD DEPO INTE POTE RAMP"),
}
"""The codes of 2.2 by the canonical field that holds them."""
SUBTYPES: Mapping[str, Codes] = {
    "SHIPMENT": _known("RECE DRFT PENA PENU REJE APPR ISSU SURR SUBM VOID CONF REQS CMPL HOLD RELS"),
    "TRANSPORT": _known("ARRI DEPA"),
    "EQUIPMENT": _known("LOAD DISC GTIN GTOT STUF STRP PICK DROP INSP RSEA RMVD"),
}
_DOCUMENTS = _known("CBR BKG SHI SRM TRD ARN VGM CAS CUS DGD OOG")
ELEMENTS: Mapping[str, Mapping[str, Codes]] = {
    "documents": {"type": _DOCUMENTS},
    "references": {"type": _known("FF SI PO CR AAO EQ")},
    "seals": {"source": _known("CAR SHI PHY VET CUS"), "type": _known("KLP BLT WIR")},
}
EXTENSIONS = ("changeRemark", "transportCall.otherFacility", "transportCall.vessel.vesselCallSignNumber")
"""Texts of 2.2 that have no canonical field."""
_NOT_WRITTEN = frozenset({"eventUpdatedTime"})
"""Read where a sender adds it, but no property of 2.2."""
_PLACE = tuple(name for name in table.PLACE if name != "address")


def fill(out: Outgoing, placing: Placing) -> None:
    """Everything but the id and the time of the event."""
    kind = out.left.get("eventType", "UNKNOWN")
    for one in table.ROWS:
        if one.path not in _NOT_WRITTEN:
            placing.row(one, CODES.get(one.path, {}))
    _subtype(out, placing, str(kind))
    _location(out, placing)
    _delays(out)
    _lists(out, placing, str(kind))
    for key in EXTENSIONS:
        content = out.plain(f"extensions[{key}]")
        if content is not None:
            out.put(key, content)
    if "location.address" in out.left:
        out.lose("location.address", f"{out.title} has an address by its parts, and one line does not tell them")


def _subtype(out: Outgoing, placing: Placing, kind: str) -> None:
    """An event of a type outside the list has its milestone where 2.2 has it for all types."""
    if kind in SUBTYPES:
        placing.subtype(table.SUBTYPES[kind], SUBTYPES[kind], frozenset())
    else:
        placing.subtype(table.OLD_SUBTYPE, {code: code for codes in SUBTYPES.values() for code in codes}, frozenset())


def _location(out: Outgoing, placing: Placing) -> None:
    """The type of a facility is a property of the transport call alone; where there is one, the place is put there."""
    on_call = any(f"location.{name}" in out.left for name in ("facilityType", "rawFacilityType"))
    for name in _PLACE:
        base = table.EVENT_PLACE
        if on_call:
            base = table.CALL_PLACE if name in table.CALL_FIELDS else table.CALL_LOCATION
        path = f"location.{name}"
        placing.row(row(path, (f"{base}.{table.PLACE[name]}",)), CODES.get(path, {}))


def _delays(out: Outgoing) -> None:
    """2.2 has one reason for a delay; the first is it."""
    path = "transport.delayReasonCodes"
    for index in range(out.count(path)):
        here = f"{path}[{index}]"
        content = out.plain(here)
        if content is None:
            continue
        if table.DELAYS[0] in out.document:
            out.lose(here, f"{out.title} has one reason for a delay")
        else:
            out.put(table.DELAYS[0], content)


def _lists(out: Outgoing, placing: Placing, kind: str) -> None:
    """A shipment event is about a document: its first one."""
    own = {}
    documents = next(array for array in table.ARRAYS if array.name == "documents")
    if kind == "SHIPMENT":
        own = placing.element(documents, 0, ELEMENTS["documents"])
        for source, place in (("documentReferenceType", "type"), ("documentReferenceValue", "reference")):
            if source in own:
                out.put(table.OWN_DOCUMENT[place][0], own[source])
    for array in table.ARRAYS:
        placing.elements(array, ELEMENTS[array.name], 1 if own and array is documents else 0)
