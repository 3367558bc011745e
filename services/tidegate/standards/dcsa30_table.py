"""DCSA Track & Trace 3.0.0 to the canonical event, as data, for both drafts that bear this number.

Sources: the OpenAPI descriptions in DCSA's Conformance Gateway (January 2026) and Information Model (May 2026). They
differ in the names of 14 objects' properties, in codes against words, and May adds three objects. Every property stands
here under all of its names: what an event means does not depend on which draft its sender read, and senders mix them.
A property that stands in no table has no place in the canonical event and is kept under ``extensions`` by its own path:
replacements of documents, universal voyage references, readings of a reefer beyond its probes.
"""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.standards import dcsa30_words as words
from tidegate.standards.dcsa import AS_IT_IS, Lines, Words, list_of, row
from tidegate.standards.gather import table_of

CALL = "transportDetails.transportCall"
_VESSEL, _TRUCK = f"{CALL}.vesselTransport", f"{CALL}.truckTransport"
KIND = "eventClassification"
PLACE = "eventLocation"

FIELDS: Mapping[str, tuple[str, ...]] = {
    "eventType": (f"{KIND}.eventType", f"{KIND}.eventTypeCode"),
    "classifier": (f"{KIND}.eventClassifier", f"{KIND}.eventClassifierCode"),
    "eventUpdatedTime": ("eventUpdatedDateTime",),
    # Not in 3.0; senders that come from 2.2 keep it.
    "eventCreatedTime": ("eventCreatedDateTime",),
    "reason": ("reason", "shipmentDetails.reason"),
    "location.name": (f"{PLACE}.locationName", f"{PLACE}.facility.facilityName"),
    "location.unLocode": (f"{PLACE}.UNLocationCode",),
    "location.facilityCode": (f"{PLACE}.facility.facilityCode",),
    "location.facilityCodeListProvider": (f"{PLACE}.facility.facilityCodeListProvider",),
    "location.facilityType": (f"{PLACE}.facilityType", f"{PLACE}.facilityTypeCode"),
    "location.latitude": (f"{PLACE}.geoCoordinate.latitude",),
    "location.longitude": (f"{PLACE}.geoCoordinate.longitude",),
    "equipment.reference": ("equipmentDetails.equipmentReference",),
    "equipment.isoSizeType": ("equipmentDetails.ISOEquipmentCode",),
    "equipment.emptyIndicator": ("equipmentDetails.emptyIndicator", "equipmentDetails.emptyIndicatorCode"),
    "equipment.transportPhase": ("equipmentDetails.transportPhase", "equipmentDetails.movementType"),
    "transport.mode": (f"{CALL}.modeOfTransport",),
    "transport.callReference": (f"{CALL}.transportCallReference",),
    "transport.callSequence": (f"{CALL}.transportCallSequenceNumber",),
    "transport.portVisitReference": (f"{CALL}.portVisitReference",),
    "transport.importVoyage": (f"{CALL}.importVoyageNumberOrReference.carrierVoyageNumber",),
    "transport.exportVoyage": (f"{CALL}.exportVoyageNumberOrReference.carrierVoyageNumber",),
    "transport.serviceCode": (f"{CALL}.serviceCodeOrReference.carrierServiceCode",),
    "transport.vesselImo": (f"{_VESSEL}.vesselIMONumber",),
    "transport.vesselMmsi": (f"{_VESSEL}.vesselMMSINumber",),
    "transport.vesselName": (f"{_VESSEL}.vesselName",),
    "transport.vesselFlag": (f"{_VESSEL}.vesselFlag",),
    "transport.operatorCode": (f"{_VESSEL}.operatorCarrierCode",),
    "transport.operatorCodeList": (f"{_VESSEL}.operatorCarrierCodeListProvider",),
    "truck.tractorPlate": (f"{_TRUCK}.tractorDetails.licensePlate",),
    "truck.trailerPlate": (f"{_TRUCK}.trailerDetails.licensePlate",),
    "truck.vin": (f"{_TRUCK}.tractorDetails.vehicleIdentificationNumber",),
    "reefer.setpoint": ("reeferDetails.internalSetpointTemperature",),
    "reefer.ambient": ("reeferDetails.ambientMeasuredTemperature",),
    "reefer.unit": ("reeferDetails.temperatureUnit",),
}
"""Canonical path to the properties that fill it: first May's name, then January's."""

WORDS: Mapping[str, Words] = {
    "classifier": words.codes_of(words.CLASSIFIER),
    "location.facilityType": words.codes_of(words.FACILITIES, **{words.BORDER_IN_JANUARY: "BOCR"}),
}

SUBTYPES: Mapping[str, tuple[tuple[str, ...], Words]] = {
    kind: ((f"{KIND}.{kind.lower()}EventType", f"{KIND}.{kind.lower()}EventTypeCode"), words.codes_of(known))
    for kind, known in (
        ("SHIPMENT", words.SHIPMENT),
        ("TRANSPORT", words.TRANSPORT),
        ("EQUIPMENT", words.EQUIPMENT),
        ("IOT", words.IOT),
        ("REEFER", words.REEFER),
    )
}
"""Event type to the properties that hold its milestone."""
IOT_EVENT = "iotDetails.iotEventCode"
"""January: what an IOT event detected; the milestone itself only says that something was."""
DETECTED = "DETC"

DELAYS = "transportDetails.delayReasonCodes"
OWN_DOCUMENT = "shipmentDetails.documentReference"
RETRACTED = "isRetracted"
ADDRESS_LINES = f"{PLACE}.address.addressLines"
ADDRESS: Lines = (
    ("street", "streetNumber"),
    ("floor",),
    ("POBox",),
    ("postCode", "city"),
    ("stateRegion",),
    ("countryCode",),
)
"""The one line of an address."""

_DOCUMENT = {"type": ("type", "typeCode"), "reference": ("reference",)}
_REFERENCE = {"type": ("type", "typeCode"), "value": ("reference",)}
_SEAL = {"number": ("number",), "source": ("source",), "type": ("type",)}
_PARTY = {
    "code": ("partyCode",),
    "codeListProvider": ("codeListProvider",),
    "codeListName": ("codeListName",),
    "function": ("partyFunction",),
}
DOCUMENT_WORDS: Mapping[str, Words] = {"type": words.codes_of(words.DOCUMENTS)}
_SEAL_WORDS = {"source": words.codes_of(words.SEAL_SOURCES), "type": words.codes_of(words.SEAL_TYPES)}

DOCUMENTS = list_of("shipmentDetails.additionalDocumentReferences", "documents", _DOCUMENT, DOCUMENT_WORDS)
LISTS = (
    list_of("shipmentDetails.shipmentReferences", "references", _REFERENCE, {"type": words.codes_of(words.REFERENCES)}),
    list_of("equipmentDetails.seals", "seals", _SEAL, _SEAL_WORDS),
    list_of("eventRouting.originatingParties", "originatingParties", _PARTY),
    list_of("eventRouting.originatingParty", "originatingParties", _PARTY),
    list_of("eventRouting.forwardingParties", "forwardingParties", _PARTY),
    list_of("eventRouting.destinationParties", "destinationParties", _PARTY),
    list_of("eventRouting.destinationParty", "destinationParties", _PARTY),
)
"""Arrays of the event and the canonical lists that they fill. January has one party where May has several."""
VALUES: Mapping[str, tuple[str, str]] = {
    "reeferDetails.temperatureProbeMeasurements": ("measuredTemperatureValue", "probes"),
    "reeferDetails.alarms": ("code", "alarms"),
}
"""Arrays of which the canonical reefer keeps one value of each element: property of the element, field."""

ROWS = tuple(row(path, sources, WORDS.get(path, AS_IT_IS)) for path, sources in FIELDS.items())
EVENT_TABLE = table_of(
    (
        "eventID",
        "eventDateTime",
        RETRACTED,
        *(source for sources in FIELDS.values() for source in sources),
        *(source for sources, _ in SUBTYPES.values() for source in sources),
        IOT_EVENT,
        DELAYS,
        OWN_DOCUMENT,
        DOCUMENTS.source,
        *(one.source for one in LISTS),
        *VALUES,
        ADDRESS_LINES,
        *(f"{PLACE}.address.{part}" for group in ADDRESS for part in group),
    )
)
OBJECTS = frozenset(EVENT_TABLE.objects())
