"""The DCSA milestone codes, by the type of event that they belong to. Case-exact; a code outside is kept as raw text.

Sources: DCSA Track & Trace 2.2.0 (``shipmentEventTypeCode`` and its sisters), 2.3 (PENC, CANC), and the four-letter
codes of the 3.0.0 draft of January 2026. The 3.0.0 draft of May 2026 writes words (``ARRIVED``) for the same milestones
(``dcsa30_words``); they are no codes here, because one milestone must not have two names that a rule could match. Only
what has no code elsewhere has its word.
"""

from __future__ import annotations


def code_list(*codes: str) -> frozenset[str]:
    """The codes that stand in ``codes``, with blanks between them."""
    return frozenset(" ".join(codes).split())


SHIPMENT = code_list(
    "RECE DRFT PENA PENU REJE APPR ISSU SURR SUBM VOID CONF REQS CMPL HOLD RELS",  # 2.2
    "PENC CANC",  # 2.3
    "AMCF AMCN AMDC AMPR AMRE CACF CADC CARE DECL PENM PSAM PSDL SUAM SUDL UPCF UPCN UPDC UPDT UPRE",  # 3.0
)
TRANSPORT = code_list("ARRI DEPA APPROACHING")
EQUIPMENT = code_list(
    "LOAD DISC GTIN GTOT STUF STRP PICK DROP INSP RSEA RMVD",  # 2.2
    "AVDO AVPU CROS CUSI CUSR CUSS",  # 3.0
)
IOT = code_list(
    "DETC DRC DRO LOC",  # 3.0, January: that something was detected, and what
    "DEVICE_STATUS GEOFENCE_ENTRY GEOFENCE_EXIT MOTION_START MOTION_STOP PAIRING UNPAIRING",  # 3.0, May
)
REEFER = code_list("MEAS ADJU")

SUBTYPES = SHIPMENT | TRANSPORT | EQUIPMENT | IOT | REEFER
UNKNOWN = "UNKNOWN"
