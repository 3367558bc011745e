"""The words of DCSA Track & Trace 3.0 for the codes that the canonical event uses.

The draft of January 2026 writes codes (``ARRI``), the one of May 2026 words (``ARRIVED``) for the same things, under
one version number. Inside the hub a thing has one name, or a rule that matches it would miss half of the senders: the
code. What May alone knows has no code (``APPROACHING``, ``GEOFENCE_ENTRY``) and keeps its word.
Sources: the OpenAPI descriptions of both drafts, the lists under each property's description.
"""

from __future__ import annotations

from collections.abc import Mapping

CLASSIFIER: Mapping[str, str] = {"ACT": "ACTUAL", "EST": "ESTIMATED", "PLN": "PLANNED"}

SHIPMENT: Mapping[str, str] = {
    "AMCN": "AMENDMENT_CANCELLED",
    "AMCF": "AMENDMENT_CONFIRMED",
    "AMDC": "AMENDMENT_DECLINED",
    "AMPR": "AMENDMENT_IN_PROGRESS",
    "AMRE": "AMENDMENT_RECEIVED",
    "APPR": "APPROVED",
    "CACF": "CANCELLATION_CONFIRMED",
    "CADC": "CANCELLATION_DECLINED",
    "CARE": "CANCELLATION_RECEIVED",
    "CANC": "CANCELLED",
    "CMPL": "COMPLETED",
    "CONF": "CONFIRMED",
    "DECL": "DECLINED",
    "DRFT": "DRAFTED",
    "ISSU": "ISSUED",
    "HOLD": "ON_HOLD",
    "PENM": "PENDING_AMENDMENT",
    "PENA": "PENDING_APPROVAL",
    "PSAM": "PENDING_SURRENDER_FOR_AMENDMENT",
    "PSDL": "PENDING_SURRENDER_FOR_DELIVERY",
    "PENU": "PENDING_UPDATE",
    "RECE": "RECEIVED",
    "REJE": "REJECTED",
    "RELS": "RELEASED",
    "REQS": "REQUESTED",
    "SUBM": "SUBMITTED",
    "SURR": "SURRENDERED",
    "SUAM": "SURRENDERED_FOR_AMENDMENT",
    "SUDL": "SURRENDERED_FOR_DELIVERY",
    "UPCN": "UPDATE_CANCELLED",
    "UPCF": "UPDATE_CONFIRMED",
    "UPDC": "UPDATE_DECLINED",
    "UPDT": "UPDATE_IN_PROGRESS",
    "UPRE": "UPDATE_RECEIVED",
    "VOID": "VOIDED",
}
TRANSPORT: Mapping[str, str] = {"ARRI": "ARRIVED", "DEPA": "DEPARTED", "APPROACHING": "APPROACHING"}
EQUIPMENT: Mapping[str, str] = {
    "AVDO": "AVAILABLE_FOR_DROP_OFF",
    "AVPU": "AVAILABLE_FOR_PICKUP",
    "CROS": "CROSSED",
    "CUSR": "CUSTOMS_RELEASED",
    "CUSI": "CUSTOMS_SELECTED_FOR_INSPECTION",
    "CUSS": "CUSTOMS_SELECTED_FOR_SCAN",
    "DISC": "DISCHARGED",
    "DROP": "DROPPED_OFF",
    "GTIN": "GATED_IN",
    "GTOT": "GATED_OUT",
    "INSP": "INSPECTED",
    "LOAD": "LOADED",
    "PICK": "PICKED_UP",
    "RMVD": "REMOVED",
    "RSEA": "RESEALED",
    "STRP": "STRIPPED",
    "STUF": "STUFFED",
}
IOT: Mapping[str, str] = {
    # January: DETC (detected) and, beside it, what was detected (iotEventCode). May: one word for both.
    "DRC": "DOOR_CLOSED",
    "DRO": "DOOR_OPENED",
    "LOC": "BREADCRUMB",
    "DEVICE_STATUS": "DEVICE_STATUS",
    "GEOFENCE_ENTRY": "GEOFENCE_ENTRY",
    "GEOFENCE_EXIT": "GEOFENCE_EXIT",
    "MOTION_START": "MOTION_START",
    "MOTION_STOP": "MOTION_STOP",
    "PAIRING": "PAIRING",
    "UNPAIRING": "UNPAIRING",
}
REEFER: Mapping[str, str] = {"ADJU": "ADJUSTED", "MEAS": "MEASURED"}

DOCUMENTS: Mapping[str, str] = {
    "AMF": "ADVANCE_MANIFEST_FILING",
    "ARN": "ARRIVAL_NOTICE",
    "BKG": "BOOKING",
    "CAS": "CARGO_SURVEY",
    "CBR": "CARRIER_BOOKING_REQUEST",
    "CEA": "CERTIFICATE_OF_ANALYSIS",
    "CEO": "CERTIFICATE_OF_ORIGIN",
    "CRO": "CONTAINER_RELEASE_ORDER",
    "CQU": "CONTRACT_QUOTATION",
    "CUC": "CUSTOMS_CLEARANCE",
    "DGD": "DANGEROUS_GOODS_DECLARATION",
    "DEI": "DELIVERY_INSTRUCTIONS",
    "DEO": "DELIVERY_ORDER",
    "FCE": "FUMIGATION_CERTIFICATE",
    "HCE": "HEALTH_CERTIFICATE",
    "ICE": "INSPECTION_CERTIFICATE",
    "INV": "INVOICE",
    "OOG": "OUT_OF_GAUGE_DECLARATION",
    "PCE": "PHYTOSANITARY_CERTIFICATE",
    "PFD": "PROOF_OF_DELIVERY",
    "SHI": "SHIPPING_INSTRUCTIONS",
    "TRD": "TRANSPORT_DOCUMENT",
    "TRO": "TRANSPORT_ORDER",
    "VGM": "VERIFIED_GROSS_MASS",
    "VCE": "VETERINARY_CERTIFICATE",
}
REFERENCES: Mapping[str, str] = {
    "AAO": "CONSIGNEES_REFERENCE",
    "AES": "AUTOMATED_EXPORT_SYSTEM",
    "BID": "BOOKING_REQUEST_ID",
    "BPR": "BOOKING_PARTY_REFERENCE_NUMBER",
    "CER": "CANADIAN_EXPORT_REPORTING_NUMBER",
    "CR": "CUSTOMERS_REFERENCE",
    "CSI": "CUSTOMER_SHIPMENT_ID",
    "DUE": "DECLARACAO_UNICA_DE_EXPORTACAO",
    "ECR": "EMPTY_CONTAINER_RELEASE_REFERENCE",
    "EQ": "EQUIPMENT_REFERENCE",
    "FF": "FREIGHT_FORWARDERS_REFERENCE",
    "PO": "PURCHASE_ORDER_REFERENCE",
    "RUC": "REGISTRO_UNICO_DEL_CONTRIBUYENTE",
    "SI": "SHIPPERS_REFERENCE",
}
SEAL_SOURCES: Mapping[str, str] = {
    "CAR": "CARRIER",
    "CNS": "CONSOLIDATOR",
    "CST": "CUSTOMER",
    "CUS": "CUSTOMS",
    "PHY": "PHYTOSANITARY",
    "SHI": "SHIPPER",
    "TER": "TERMINAL",
    "VET": "VETERINARY",
}
SEAL_TYPES: Mapping[str, str] = {"KLP": "KEYLESS_PADLOCK", "BLT": "BOLT", "WIR": "WIRE"}
FACILITIES: Mapping[str, str] = {
    "BOCR": "BORDER",
    "CLOC": "CUSTOMER_LOCATION",
    "COFS": "CONTAINER_FREIGHT_STATION",
    "DEPO": "DEPOT",
    "INTE": "INLAND_TERMINAL",
    "OFFD": "OFF_DOCK_STORAGE",
    "POTE": "PORT_TERMINAL",
    "RAMP": "RAMP",
    "WAYP": "WAYPOINT",
}
BORDER_IN_JANUARY = "BORD"
"""What the draft of January calls the border crossing that 2.2 calls BOCR."""


def codes_of(words: Mapping[str, str], **more: str) -> Mapping[str, str]:
    """From a word to its code. ``more`` are other spellings of codes."""
    return {word: code for code, word in words.items() if word != code} | more
