"""Which standard a document follows, told by the names of its properties, and where its items stand.

The other standards are recognised in order to be refused by name: a sender should learn that port calls are not taken,
not that forty properties are unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Literal, TypeAlias

from tidegate.standards import names
from tidegate.standards.codes import code_list

Standard: TypeAlias = Literal["dcsa-2.2", "canonical", "dcsa-3.0", "dcsa-port-call", "epcis-2.0", "unknown"]

TITLES: Mapping[Standard, str] = {
    "dcsa-2.2": "DCSA Track & Trace 2.2",
    "canonical": "Tidegate's own canonical JSON",
    "dcsa-3.0": "DCSA Track & Trace 3.0",
    "dcsa-port-call": "DCSA Port Call",
    "epcis-2.0": "GS1 EPCIS 2.0",
    "unknown": "no standard that is known here",
}
RETRACTION = "retraction"
RETRACTED = "isRetracted"
ENVELOPES = (
    "events",
    "data",
    "items",
    "results",
    "content",
    "value",
    "shipmentEvents",
    "transportEvents",
    "equipmentEvents",
    "retractions",
)
"""Names under which senders put their lists of events, in the order in which they are read."""
MAX_ENVELOPES = 4

_IN_BOTH_DCSA = frozenset({"eventID", "eventDateTime"})
_DCSA_22 = _IN_BOTH_DCSA | code_list(
    "eventCreatedDateTime eventClassifierCode shipmentEventTypeCode transportEventTypeCode equipmentEventTypeCode",
    "eventTypeCode transportCall transportCallID equipmentReference documentID documentReferences emptyIndicatorCode",
    "ISOEquipmentCode",
)
_CANONICAL = code_list(
    "eventId eventTime eventSubtype classifier eventTimeRaw utcOffsetMinutes eventCreatedTime eventUpdatedTime",
    "correctsEventId equipment transport rawEventType rawEventSubtype",
)
_IN_OTHERS = _IN_BOTH_DCSA | {"eventTime"}
"""Names that tell no standard from another by themselves."""
_FOREIGN: Mapping[Standard, frozenset[str]] = {
    "dcsa-port-call": code_list("portCall portCallService terminalCall replyToEventID"),
    "epcis-2.0": code_list("epcisBody eventTimeZoneOffset bizStep epcList @context"),
    "dcsa-3.0": code_list(
        "eventRouting eventClassification shipmentDetails transportDetails equipmentDetails iotDetails reeferDetails",
        "eventUpdatedDateTime",  # port calls have it as well
    ),
}
_OPERATIONS = "operationsEventTypeCode"
"""The milestone of a port call event in DCSA's older, flat form, which otherwise looks like Track & Trace 2.2."""
_LOWERED_22 = frozenset(map(str.lower, _DCSA_22))

DRAFTS: Mapping[str, Mapping[str, frozenset[str]]] = {
    # Which properties of which object only this draft of 3.0 has.
    "2026-01": {
        "eventClassification": code_list(
            "eventTypeCode eventClassifierCode shipmentEventTypeCode transportEventTypeCode equipmentEventTypeCode",
            "iotEventTypeCode reeferEventTypeCode",
        ),
        "eventRouting": code_list("originatingParty destinationParty"),
        "eventLocation": code_list("facilityTypeCode"),
        "equipmentDetails": code_list("emptyIndicatorCode movementType"),
        "iotDetails": code_list("iotEventCode"),
    },
    "2026-05": {
        "eventClassification": code_list(
            "eventType eventClassifier shipmentEventType transportEventType equipmentEventType iotEventType",
            "reeferEventType",
        ),
        "eventRouting": code_list("originatingParties destinationParties"),
        "eventLocation": code_list("facilityType"),
        "equipmentDetails": code_list("emptyIndicator transportPhase"),
        "iotDetails": code_list("iotEquipmentTechnology powerStatus deviceVendor deviceModel"),
    },
}
"""The two drafts of DCSA 3.0, by their dates: the same version number, other names."""
FORMS = frozenset(("canonical", "dcsa-2.2", *(f"dcsa-3.0-{date}" for date in DRAFTS)))
"""What a sender may have written, drafts apart."""
_DRAFT_NAMES = {"2026-01": "January 2026", "2026-05": "May 2026"}

Told: TypeAlias = tuple[Standard, Set[str]]
"""A standard, and the names that tell it."""


def of_item(item: Mapping[str, object]) -> Told:
    """The standard of one item."""
    present = item.keys()
    if len(item) == 1 and RETRACTION in item:
        return "canonical", present
    if item.get(RETRACTED) not in (None, False):
        return "dcsa-3.0", {RETRACTED}
    if _OPERATIONS in item:
        return "dcsa-port-call", {_OPERATIONS}
    dcsa, canonical = _DCSA_22 & present, _CANONICAL & present
    if (dcsa | canonical) <= _IN_OTHERS:
        for standard, marks in _FOREIGN.items():
            if foreign := marks & present:
                return standard, foreign
    if dcsa or canonical:
        return ("dcsa-2.2", dcsa) if len(dcsa) >= len(canonical) else ("canonical", canonical)
    if other := {name for name in present if name.lower() in _LOWERED_22}:
        return "dcsa-2.2", other
    return "unknown", frozenset()


def draft_of(item: Mapping[str, object]) -> str | None:
    """Which draft of DCSA 3.0 an item follows, by its date; None when it could be either, the later one when mixed."""
    found = None
    for date, objects in DRAFTS.items():
        if any(isinstance(inner := item.get(name), dict) and own & inner.keys() for name, own in objects.items()):
            found = date
    return found


def title(standard: Standard, item: object) -> str:
    """The name of a standard for people, with the draft that ``item`` follows where there are several."""
    date = draft_of(item) if standard == "dcsa-3.0" and isinstance(item, dict) else None
    return f"{TITLES[standard]} (draft of {_DRAFT_NAMES[date]})" if date else TITLES[standard]


def recognise(document: object) -> tuple[Standard, str]:
    """The standard of the first item of ``document`` that tells one, with a sentence that gives the reason."""
    seen = False
    for _, item in items(document):
        seen = True
        standard, told = of_item(item) if isinstance(item, dict) else ("unknown", frozenset[str]())
        if standard != "unknown":
            return standard, f"{title(standard, item)}, because of {some(told)}"
    if not seen:
        return "unknown", "The document holds no events"
    return "unknown", "No item has a property that a known standard gives to its events"


def items(document: object) -> Iterator[tuple[str, object]]:
    """The items of a document with their JSONPaths: itself, an array, or what the response envelope around it holds."""
    return _items(document, names.ROOT, MAX_ENVELOPES)


def _items(document: object, path: str, depth: int) -> Iterator[tuple[str, object]]:
    if isinstance(document, list):
        for index, item in enumerate(document):
            yield names.element(path, index), item
        return
    inside = _envelope(document) if depth else {}
    for name, inner in inside.items():
        yield from _items(inner, names.child(path, name), depth - 1)
    if not inside:
        yield path, document


def around(document: object, path: str = names.ROOT, depth: int = MAX_ENVELOPES) -> Iterator[str]:
    """Where an envelope says something besides its items."""
    inside = _envelope(document) if depth else {}
    if inside and isinstance(document, dict):
        yield from (names.child(path, name) for name in document if name not in inside)
    for name, inner in inside.items():
        yield from around(inner, names.child(path, name), depth - 1)


def _envelope(document: object) -> dict[str, object]:
    """What an envelope holds its items in, by name; nothing when ``document`` is no envelope."""
    if not isinstance(document, dict) or of_item(document)[0] != "unknown":
        return {}
    return {name: document[name] for name in ENVELOPES if isinstance(document.get(name), list | dict)}


def some(told: Set[str]) -> str:
    """Two of the names, for a sentence."""
    return " and ".join(sorted(told)[:2])
