"""DCSA Track & Trace 2.2 event to canonical event. Mapping, not validation: the implausible passes and is found later.

First every property is gathered by its name; then the tables of ``dcsa22_table`` place what was gathered; what is left
over, because another property already says it or says it otherwise, is kept under ``extensions`` by its own path.
"""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.standards import codes, dcsa, dcsa22_lists, dcsa22_location
from tidegate.standards.dcsa22_table import EVENT_TABLE, OBJECTS, OLD_SUBTYPE, ROWS, SUBTYPES
from tidegate.standards.draft import Draft
from tidegate.standards.gather import Given, first, gather
from tidegate.standards.shape import EVENT, plain, record_of

CREATED = "eventCreatedDateTime"
NO_CREATED = (
    f"This event has no {CREATED}, which DCSA Track & Trace 2.2 asks for. Without it nobody can tell a later version "
    "of the event from an earlier one"
)
_RECORDS = {name: record_of(EVENT, name) for name in ("equipment", "transport")}
_BLANK = {name: record.blank() for name, record in _RECORDS.items()}
_SUBTYPE = plain(EVENT, "eventSubtype")


def read(draft: Draft, sent: Mapping[str, object]) -> dict[str, object]:
    """The canonical event of ``sent``; only good when the draft has not failed."""
    given: Given = {}
    gather(draft, sent, EVENT_TABLE, "", given)
    event = EVENT.blank()
    dcsa.identity(draft, given, event)
    dcsa.time(draft, given, event)
    if CREATED not in given:
        draft.warn(f".{CREATED}", NO_CREATED)
    _fields(draft, given, event)
    _subtype(draft, given, event)
    dcsa22_lists.place(draft, given, event)
    dcsa22_location.place(draft, given, event)
    dcsa.keep_rest(draft, given, OBJECTS)
    event["extensions"] = draft.extensions
    return event


def _fields(draft: Draft, given: Given, event: dict[str, object]) -> None:
    targets = {name: record.blank() for name, record in _RECORDS.items()} | {"": event}
    dcsa.fields(draft, given, ROWS, targets)
    targets["transport"]["delayReasonCodes"] = dcsa22_lists.delays(draft, given)
    for name, blank in _BLANK.items():
        event[name] = None if targets[name] == blank else targets[name]


def _subtype(draft: Draft, given: Given, event: dict[str, object]) -> None:
    """The milestone stands in the property that goes with the event type; if that is unknown, in the only one given."""
    own = SUBTYPES.get(str(event["eventType"]))
    if own is None:
        present = [name for name in SUBTYPES.values() if name in given]
        own = present[0] if len(present) == 1 and event["eventType"] == codes.UNKNOWN else None
    slot = first(given, (own, OLD_SUBTYPE) if own else (OLD_SUBTYPE,))
    if slot is not None:
        draft.put(event, "eventSubtype", "eventSubtype", _SUBTYPE, *slot)
