"""The lists of a DCSA 2.2 event: documents, references, seals, delay reasons."""

from __future__ import annotations

from tidegate.standards import dcsa
from tidegate.standards.dcsa22_table import ARRAYS, DELAYS, OWN_DOCUMENT
from tidegate.standards.draft import Draft
from tidegate.standards.gather import Given, first
from tidegate.standards.shape import DOCUMENT, plain


def place(draft: Draft, given: Given, event: dict[str, object]) -> None:
    """Fill the lists of ``event``; the document that a shipment event is about comes first."""
    for array in ARRAYS:
        slot = given.pop(array.source, None)
        taken = _own_document(draft, given) if array.name == "documents" else []
        dcsa.elements(draft, array, slot, taken)
        event[array.name] = taken


def _own_document(draft: Draft, given: Given) -> list[dict[str, object]]:
    slot = first(given, OWN_DOCUMENT["reference"])
    if slot is None:
        return []
    document = DOCUMENT.blank()
    draft.put(document, "reference", "documents[0].reference", plain(DOCUMENT, "reference"), *slot)
    if document["reference"] is None:
        return []
    kind = first(given, OWN_DOCUMENT["type"])
    if kind is not None:
        draft.put(document, "type", "documents[0].type", plain(DOCUMENT, "type"), *kind)
    return [document]


def delays(draft: Draft, given: Given) -> list[str]:
    """The delay reasons, in the order in which they are given."""
    taken: list[str] = []
    for source in DELAYS:
        dcsa.texts(draft, given.pop(source, None), "A delay reason", "transport.delayReasonCodes", taken)
    return taken
