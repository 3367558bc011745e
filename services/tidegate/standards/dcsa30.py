"""DCSA Track & Trace 3.0 event, of either draft, to canonical event or retraction. Mapping, not validation.

A retraction takes an event back: all versions of its id are to be disregarded, and whatever else it says is irrelevant
(3.0, ``isRetracted``). Only who made it, when, and the key of the event are taken, so that it follows its event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tidegate.standards import codes, dcsa, names
from tidegate.standards import dcsa30_table as table
from tidegate.standards.draft import Draft
from tidegate.standards.gather import Given, Slot, first, gather, table_of
from tidegate.standards.shape import EVENT, RETRACTION, Code, Items, Leaf, plain, record_of

_RECORDS = {name: record_of(EVENT, name) for name in ("location", "equipment", "transport", "truck", "reefer")}
_BLANK = {name: record.blank() for name, record in _RECORDS.items()}
_SUBTYPE = plain(EVENT, "eventSubtype")
_ID = table_of([dcsa.EVENT_ID])


def read(draft: Draft, sent: Mapping[str, object]) -> dict[str, object]:
    """The canonical event of ``sent``; only good when the draft has not failed."""
    given: Given = {}
    gather(draft, sent, table.EVENT_TABLE, "", given)
    given.pop(table.RETRACTED, None)
    event = EVENT.blank()
    dcsa.identity(draft, given, event)
    dcsa.time(draft, given, event)
    _records(draft, given, event)
    _subtype(draft, given, event)
    _lists(draft, given, event)
    dcsa.keep_rest(draft, given, table.OBJECTS)
    event["extensions"] = draft.extensions
    return event


def is_retraction(sent: Mapping[str, object]) -> bool:
    """Whether the item takes an event back. Anything but a plain no counts: to go on with the event would be worse."""
    return sent.get(table.RETRACTED) not in (None, False)


def read_retraction(
    draft: Draft, sent: Mapping[str, object], key_of: Callable[[dict[str, object]], str | None]
) -> dict[str, object]:
    """The retraction that ``sent`` is; only good when the draft has not failed. ``key_of``: of an event."""
    if sent[table.RETRACTED] is not True:
        draft.error(f".{table.RETRACTED}", f"{table.RETRACTED} is neither true nor false, without quotes")
    aside = Draft(draft.base)
    event = read(aside, sent)
    given: Given = {}
    gather(Draft(draft.base), {name: sent.get(name) for name in sent if name.lower() == "eventid"}, _ID, "", given)
    retraction = RETRACTION.blank()
    dcsa.identity(draft, given, retraction)
    for name in ("eventUpdatedTime", "originatingParties"):
        retraction[name] = event[name]
    for path, rel in aside.origins.items():
        if path.startswith(("eventUpdatedTime", "originatingParties")):
            draft.origins[path] = rel
    key = key_of(event)
    retraction["eventKey"] = None if key == retraction["eventId"] else key
    return retraction


def _records(draft: Draft, given: Given, event: dict[str, object]) -> None:
    targets = {name: record.blank() for name, record in _RECORDS.items()} | {"": event}
    dcsa.fields(draft, given, table.ROWS, targets)
    _address(draft, given, targets["location"])
    delays: list[str] = []
    dcsa.texts(draft, given.pop(table.DELAYS, None), "A delay reason", "transport.delayReasonCodes", delays)
    targets["transport"]["delayReasonCodes"] = delays
    for source, (name, field) in table.VALUES.items():
        targets["reefer"][field] = _values(draft, given.pop(source, None), source, name, field)
    for name, blank in _BLANK.items():
        event[name] = None if targets[name] == blank else targets[name]


def _address(draft: Draft, given: Given, location: dict[str, object]) -> None:
    """The parts of the address, then its lines, as one line."""
    lines: list[str] = []
    slot = given.pop(table.ADDRESS_LINES, None)
    dcsa.texts(draft, slot, "A line of the address", "location.address", lines)
    for index in range(len(lines)):
        draft.origins.pop(f"location.address[{index}]")
    parts = dcsa.address(draft, given, f"{table.PLACE}.address", table.ADDRESS)
    rel = parts[0] if parts else slot[0] if slot else ""
    said = ([str(parts[1])] if parts else []) + lines
    if said:
        location["address"] = ", ".join(said)
        draft.origins["location.address"] = rel


def _values(draft: Draft, slot: Slot | None, source: str, name: str, field: str) -> list[object]:
    """One value of each element of an array; what else an element says is kept under ``extensions``."""
    rel, sent = slot or ("", None)
    taken: list[object] = []
    if sent is not None and not isinstance(sent, list):
        draft.odd(rel, sent, f"{source} is not an array")
        return taken
    item = _item(field)
    for index, value in enumerate(sent or []):
        here = names.element(rel, index)
        if not isinstance(value, dict):
            draft.odd(here, value, f"An element of {source} is not an object")
            continue
        for inner, content in value.items():
            place = names.child(here, inner)
            if inner != name:
                draft.keep(place, content)
            elif draft.usable(place, content):
                holder: dict[str, object] = {}
                draft.put(holder, "", f"reefer.{field}[{len(taken)}]", item, place, content)
                taken.extend(holder.values())
    return taken


def _item(field: str) -> Leaf | Code:
    shape = _RECORDS["reefer"].fields[field]
    if isinstance(shape, Items) and isinstance(shape.item, Leaf):
        return shape.item
    raise TypeError(f"{field} is no list of plain values")


def _subtype(draft: Draft, given: Given, event: dict[str, object]) -> None:
    """The milestone stands in the property that goes with the event type; if that is unknown, in the only one given."""
    own = table.SUBTYPES.get(str(event["eventType"]))
    if own is None and event["eventType"] == codes.UNKNOWN:
        present = [one for one in table.SUBTYPES.values() if any(source in given for source in one[0])]
        own = present[0] if len(present) == 1 else None
    if own is None:
        return
    sources, words = own
    slot = first(given, sources)
    if event["eventType"] == "IOT":
        slot = _detected(given, slot)
    if slot is not None:
        draft.put(event, "eventSubtype", "eventSubtype", _SUBTYPE, slot[0], dcsa.spelt(words, slot[1]))


def _detected(given: Given, slot: Slot | None) -> Slot | None:
    """January says in another property what was detected; that is the milestone."""
    what = given.get(table.IOT_EVENT)
    if what is None or what[1] not in codes.IOT or (slot is not None and slot[1] != table.DETECTED):
        return slot
    return given.pop(table.IOT_EVENT)


def _lists(draft: Draft, given: Given, event: dict[str, object]) -> None:
    documents: list[dict[str, object]] = []
    own = given.pop(table.OWN_DOCUMENT, None)
    if own is not None:
        dcsa.element(draft, table.DOCUMENTS, *own, documents)
    dcsa.elements(draft, table.DOCUMENTS, given.pop(table.DOCUMENTS.source, None), documents)
    event["documents"] = documents
    for listed in table.LISTS:
        slot = given.pop(listed.source, None)
        taken = event[listed.name]
        if slot is None or not isinstance(taken, list):
            continue
        if isinstance(slot[1], dict):
            dcsa.element(draft, listed, *slot, taken)
        else:
            dcsa.elements(draft, listed, slot, taken)
