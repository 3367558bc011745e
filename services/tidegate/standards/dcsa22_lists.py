"""The lists of a DCSA 2.2 event: documents, references, seals, delay reasons.

An element without the value that makes it one (a seal without number) is kept under ``extensions``, property by
property.
"""

from __future__ import annotations

from tidegate.standards import values
from tidegate.standards.dcsa22_table import ARRAYS, DELAYS, OWN_DOCUMENT, List
from tidegate.standards.draft import Draft
from tidegate.standards.gather import Given, first, gather
from tidegate.standards.names import element
from tidegate.standards.shape import DOCUMENT, plain


def place(draft: Draft, given: Given, event: dict[str, object]) -> None:
    """Fill the lists of ``event``; the document that a shipment event is about comes first."""
    for array in ARRAYS:
        rel, sent = given.pop(array.source, ("", None))
        taken = _own_document(draft, given) if array.name == "documents" else []
        if isinstance(sent, list):
            for index, value in enumerate(sent):
                _element(draft, array, element(rel, index), value, taken)
        elif sent is not None:
            draft.odd(rel, sent, f"{array.source} is not an array")
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


def _element(draft: Draft, array: List, rel: str, value: object, taken: list[dict[str, object]]) -> None:
    if not isinstance(value, dict):
        if draft.usable(rel, value):
            draft.odd(rel, value, f"An element of {array.source} is not an object")
        return
    given: Given = {}
    gather(draft, value, array.table, rel, given)
    needed = given.get(array.needed)
    if needed is None or values.text(needed[1])[0] is None:
        if given:
            draft.warn(rel, f"An element of {array.source} has no {array.needed}; it is kept under extensions")
        for here, inner in given.values():
            draft.keep(here, inner)
        return
    target, prefix = array.record.blank(), f"{array.name}[{len(taken)}]."
    for sent, name, shape in array.fields:
        slot = given.get(sent)
        if slot is not None:
            draft.put(target, name, prefix + name, shape, *slot)
    taken.append(target)


def delays(draft: Draft, given: Given) -> list[str]:
    """The delay reasons, in the order in which they are given."""
    taken: list[str] = []
    for source in DELAYS:
        rel, sent = given.pop(source, ("", None))
        several = isinstance(sent, list)
        for index, part in enumerate(sent if isinstance(sent, list) else [sent]):
            here = element(rel, index) if several else rel
            if not draft.usable(here, part):
                continue
            if isinstance(part, str):
                draft.origins[f"transport.delayReasonCodes[{len(taken)}]"] = here
                taken.append(part)
            else:
                draft.odd(here, part, "A delay reason is not text")
    return taken
