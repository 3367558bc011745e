"""DCSA Track & Trace 2.2 event to canonical event. Mapping, not validation: the implausible passes and is found later.

First every property is gathered by its name; then the tables of ``dcsa22_table`` place what was gathered; what is left
over, because another property already says it or says it otherwise, is kept under ``extensions`` by its own path.
"""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.standards import codes, dcsa22_lists, dcsa22_location, names, values
from tidegate.standards.dcsa22_table import EVENT_TABLE, OBJECTS, OLD_SUBTYPE, ROWS, SUBTYPES
from tidegate.standards.draft import Draft
from tidegate.standards.gather import Given, first, gather
from tidegate.standards.shape import EVENT, MAX_EVENT_ID, plain, record_of

EVENT_ID, EVENT_TIME = "eventID", "eventDateTime"
NO_ID = f"This event has no {EVENT_ID}. Give every event an id of its own and send it again; none is made up here"
NO_EVENT_TIME = f"This event has no {EVENT_TIME}; none is made up here. Say when it happened, with its offset from UTC"
LONG_ID = f"{EVENT_ID} is longer than {MAX_EVENT_ID} characters. Send a shorter one"

_RECORDS = {name: record_of(EVENT, name) for name in ("equipment", "transport")}
_BLANK = {name: record.blank() for name, record in _RECORDS.items()}
_SUBTYPE = plain(EVENT, "eventSubtype")


def read(draft: Draft, sent: Mapping[str, object]) -> dict[str, object]:
    """The canonical event of ``sent``; only good when the draft has not failed."""
    given: Given = {}
    gather(draft, sent, EVENT_TABLE, "", given)
    event = EVENT.blank()
    _identity(draft, given, event)
    _time(draft, given, event)
    _fields(draft, given, event)
    _subtype(draft, given, event)
    dcsa22_lists.place(draft, given, event)
    dcsa22_location.place(draft, given, event)
    _keep_rest(draft, given)
    event["extensions"] = draft.extensions
    return event


def _keep_rest(draft: Draft, given: Given) -> None:
    for path, (rel, value) in given.items():
        if path in OBJECTS:
            draft.odd(rel, value, f"{names.dotted(rel)} is not an object")
        else:
            draft.info(
                rel, f"{names.dotted(rel)} is kept under extensions: another value fills its field, or it has none here"
            )
            draft.keep(rel, value)


def _identity(draft: Draft, given: Given, event: dict[str, object]) -> None:
    rel, value = given.pop(EVENT_ID, ("", None))
    if value is None:
        draft.error(f".{EVENT_ID}", NO_ID)
        return
    draft.put_taken(event, "eventId", "eventId", values.text(value), rel, value)
    event_id = event["eventId"]
    if not isinstance(event_id, str):
        draft.error(rel, NO_ID)
    elif len(event_id) > MAX_EVENT_ID:
        event["eventId"] = None
        draft.error(rel, LONG_ID)


def _time(draft: Draft, given: Given, event: dict[str, object]) -> None:
    rel, value = given.pop(EVENT_TIME, ("", None))
    if value is None:
        draft.error(f".{EVENT_TIME}", NO_EVENT_TIME)
        return
    moment = draft.moment(rel, value)
    if moment is None:
        return
    event["eventTime"], event["eventTimeRaw"] = moment.micros, value
    for name in ("eventTime", "eventTimeRaw"):
        draft.origins[name] = rel
    if moment.offset_minutes is not None:
        event["utcOffsetMinutes"], event["offsetSource"] = moment.offset_minutes, "GIVEN"
        draft.origins["utcOffsetMinutes"] = draft.origins["offsetSource"] = rel


def _fields(draft: Draft, given: Given, event: dict[str, object]) -> None:
    targets = {name: record.blank() for name, record in _RECORDS.items()} | {"": event}
    for path, record, name, shape, sources in ROWS:
        slot = given.pop(sources[0], None) if len(sources) == 1 else first(given, sources)
        if slot is not None:
            draft.put(targets[record], name, path, shape, *slot)
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
