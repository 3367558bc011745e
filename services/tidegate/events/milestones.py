"""The milestones of an event by its type: codes of DCSA Track & Trace 2.2.0, 2.3 (PENC, CANC) and 3.0.0.

Case-exact. A code in none of the lists is new: it is kept as the sender wrote it, and fits every type.
"""

from __future__ import annotations

from collections.abc import Mapping


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

BY_TYPE: Mapping[str, frozenset[str]] = {
    "SHIPMENT": SHIPMENT,
    "TRANSPORT": TRANSPORT,
    "EQUIPMENT": EQUIPMENT,
    "IOT": IOT,
    "REEFER": REEFER,
}
ALL = SHIPMENT | TRANSPORT | EQUIPMENT | IOT | REEFER
