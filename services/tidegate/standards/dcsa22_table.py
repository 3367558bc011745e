"""DCSA Track & Trace 2.2.0 to the canonical event, as data.

Source: the resolved OpenAPI description of T&T 2.2.0 (October 2021), schemas ``shipmentEvent``, ``transportEvent`` and
``equipmentEvent``. A property that stands in no table here has no place in the canonical event and is kept under
``extensions`` by its own path: ``changeRemark``, ``transportCall.otherFacility``, the call sign of the vessel, and
whatever a carrier adds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tidegate.standards.dcsa import Lines, list_of, row
from tidegate.standards.gather import table_of

FIELDS: Mapping[str, tuple[str, ...]] = {
    "eventType": ("eventType",),
    "classifier": ("eventClassifierCode",),
    "eventCreatedTime": ("eventCreatedDateTime",),
    # Not in 2.2, but some senders add it, and it means what it says (3.0): which version of the event this is.
    "eventUpdatedTime": ("eventUpdatedDateTime",),
    "reason": ("reason",),
    "equipment.reference": ("equipmentReference",),
    "equipment.isoSizeType": ("ISOEquipmentCode",),
    "equipment.emptyIndicator": ("emptyIndicatorCode",),
    "transport.mode": ("transportCall.modeOfTransport",),
    "transport.callReference": ("transportCall.transportCallID", "transportCallID"),
    "transport.callSequence": ("transportCall.transportCallSequenceNumber",),
    "transport.importVoyage": ("transportCall.importVoyageNumber",),
    # 2.2 on carrierVoyageNumber: deprecated, "the export voyage is chosen" where there are several.
    "transport.exportVoyage": ("transportCall.exportVoyageNumber", "transportCall.carrierVoyageNumber"),
    "transport.serviceCode": ("transportCall.carrierServiceCode",),
    "transport.vesselImo": ("transportCall.vessel.vesselIMONumber",),
    "transport.vesselName": ("transportCall.vessel.vesselName",),
    "transport.vesselFlag": ("transportCall.vessel.vesselFlag",),
    "transport.operatorCode": ("transportCall.vessel.vesselOperatorCarrierCode",),
    "transport.operatorCodeList": ("transportCall.vessel.vesselOperatorCarrierCodeListProvider",),
}
"""Canonical path to the properties that fill it, best first. Of several the first that is given is taken; others that
say something else are kept under extensions."""

SUBTYPES: Mapping[str, str] = {
    "SHIPMENT": "shipmentEventTypeCode",
    "TRANSPORT": "transportEventTypeCode",
    "EQUIPMENT": "equipmentEventTypeCode",
}
"""Event type to the property that holds its milestone."""
OLD_SUBTYPE = "eventTypeCode"
"""Deprecated in 2.2, for all event types."""

PLACE: Mapping[str, str] = {
    "name": "locationName",
    "unLocode": "UNLocationCode",
    "facilityCode": "facilityCode",
    "facilityCodeListProvider": "facilityCodeListProvider",
    "facilityType": "facilityTypeCode",
    "latitude": "latitude",
    "longitude": "longitude",
    "address": "address",
}
"""Field of the canonical location to the property of a 2.2 location; ``CALL_FIELDS`` stand on the transport call itself
as well. ``facilityTypeCode`` is a property of the call only, and is taken from a location too where one gives it."""
CALL_FIELDS = ("unLocode", "facilityCode", "facilityCodeListProvider", "facilityType")
EVENT_PLACE, CALL_PLACE, CALL_LOCATION = "eventLocation", "transportCall", "transportCall.location"

ADDRESS: Lines = (
    ("name",),
    ("street", "streetNumber"),
    ("floor",),
    ("postCode", "city"),
    ("stateRegion",),
    ("country",),
)
"""The one line of an address."""

OWN_DOCUMENT: Mapping[str, tuple[str, ...]] = {
    "type": ("documentTypeCode", "shipmentInformationTypeCode"),
    "reference": ("documentID",),
}
"""The document that a shipment event is about."""

ARRAYS = (
    list_of(
        "documentReferences",
        "documents",
        {"type": ("documentReferenceType",), "reference": ("documentReferenceValue",)},
    ),
    list_of("references", "references", {"type": ("referenceType",), "value": ("referenceValue",)}),
    list_of("seals", "seals", {"number": ("sealNumber",), "source": ("sealSource",), "type": ("sealType",)}),
)
"""Arrays of the event, and the canonical lists that they fill."""

DELAYS = ("delayReasonCode", "delayReasonCodes")


ROWS = tuple(row(path, sources) for path, sources in FIELDS.items())


def _place(path: str, fields: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Properties of the place at ``path`` to canonical fields; those of an address all to ``address``."""
    parts = {f"{path}.address.{part}": (path, "address") for group in ADDRESS for part in group}
    return {f"{path}.{PLACE[name]}": (path, name) for name in fields} | (parts if "address" in fields else {})


PLACES = _place(EVENT_PLACE, PLACE) | _place(CALL_PLACE, CALL_FIELDS) | _place(CALL_LOCATION, PLACE)
"""A property to its place, and to the field of the canonical location that it can fill."""
EVENT_TABLE = table_of(
    (
        "eventID",
        "eventDateTime",
        OLD_SUBTYPE,
        *SUBTYPES.values(),
        *(source for sources in FIELDS.values() for source in sources),
        *(source for sources in OWN_DOCUMENT.values() for source in sources),
        *(array.source for array in ARRAYS),
        *DELAYS,
        *PLACES,
    )
)
OBJECTS = frozenset(EVENT_TABLE.objects())
