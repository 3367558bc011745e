"""Canonical JSON to canonical event or retraction.

The form: an object with the field names of ``schemas/shipment-event``; or an object whose only property is
``retraction``, holding the fields of ``schemas/event-retraction``. Times are RFC 3339 text or whole microseconds since
1970-01-01 UTC, dates ISO 8601 or whole days. Fields may be left out or null. What has no field goes to ``extensions``,
with a warning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tidegate.standards import names, times, values
from tidegate.standards.draft import Draft
from tidegate.standards.gather import spelling
from tidegate.standards.recognition import RETRACTION as WRAPPER
from tidegate.standards.shape import EVENT, MAX_EVENT_ID, RETRACTION, Code, Items, Kind, Leaf, Record, Texts

NO_ID = "This event has no eventId. Give every event an id of its own and send it again; none is made up here"
NO_TIME = "This event has no eventTime, and no time is made up here. Say when it happened, with its offset from UTC"
ORIGIN = ("eventTimeRaw", "utcOffsetMinutes", "offsetSource")
"""What a sender may say about the time as it was written."""


def read(draft: Draft, sent: Mapping[str, object]) -> dict[str, object]:
    """The canonical event of ``sent``; only good when the draft has not failed."""
    event = EVENT.blank()
    level = _Level(EVENT, sent, "", "", event)
    _fields(draft, level)
    _identity(draft, event, "")
    if event["eventTime"] is None and not (draft.failed and "eventTime" in level.done):
        draft.error(".eventTime", NO_TIME, "V8")
    if not any(sent.get(name) is not None for name in ORIGIN):
        _origin(draft, event, sent.get("eventTime"))
    event["extensions"] = draft.extensions
    return event


def read_retraction(draft: Draft, sent: object) -> dict[str, object]:
    """The retraction that ``{"retraction": sent}`` holds; only good when the draft has not failed."""
    retraction, rel = RETRACTION.blank(), f".{WRAPPER}"
    if isinstance(sent, dict):
        _fields(draft, _Level(RETRACTION, sent, rel, "", retraction))
        _identity(draft, retraction, rel)
    else:
        draft.error(rel, 'A retraction is an object: {"retraction": {"eventId": "..."}}')
    return retraction


def _identity(draft: Draft, value: dict[str, object], rel: str) -> None:
    event_id = value["eventId"]
    if event_id is None:
        draft.error(f"{rel}.eventId", NO_ID, "V8")
    elif isinstance(event_id, str) and len(event_id) > MAX_EVENT_ID:
        value["eventId"] = None
        draft.error(f"{rel}.eventId", f"eventId is longer than {MAX_EVENT_ID} characters. Send a shorter one")


def _origin(draft: Draft, event: dict[str, object], sent: object) -> None:
    """Keep text and offset of a local time, as from DCSA, where the sender did not say them in fields of their own."""
    moment = times.instant(sent) if isinstance(sent, str) else None
    if not isinstance(moment, times.Instant) or not moment.offset_minutes:
        return
    event["eventTimeRaw"], event["utcOffsetMinutes"], event["offsetSource"] = sent, moment.offset_minutes, "GIVEN"
    for name in ORIGIN:
        draft.origins[name] = draft.origins["eventTime"]


@dataclass(frozen=True, slots=True)
class _Level:
    """One object on the way down: what was sent, where, and what is being filled."""

    record: Record
    sent: Mapping[str, object]
    rel: str
    prefix: str
    target: dict[str, object]
    done: set[str] = field(default_factory=set)


def _fields(draft: Draft, level: _Level) -> None:
    for given, value in level.sent.items():
        if value is None:
            continue
        here = names.child(level.rel, given)
        name: str | None = given
        if given not in level.record.fields:
            name = spelling(draft, level.sent, level.record.lowered, given, here)
        if name is None or name in level.done:
            draft.odd(here, value, f"{names.dotted(here)} is no field of the canonical form")
        else:
            level.done.add(name)
            _field(draft, level, name, here, value)


def _field(draft: Draft, level: _Level, name: str, here: str, value: object) -> None:
    shape, path = level.record.fields[name], level.prefix + name
    if isinstance(shape, Record):
        if isinstance(value, dict):
            inner = shape.blank()
            _fields(draft, _Level(shape, value, here, f"{path}.", inner))
            level.target[name] = inner
        else:
            draft.odd(here, value, f"{name} is not an object")
    elif isinstance(shape, Items):
        level.target[name] = _items(draft, shape, path, here, value)
    elif isinstance(shape, Texts):
        _texts(draft, here, value)
    elif draft.usable(here, value):
        _plain(draft, level, name, shape, here, value)


def _plain(draft: Draft, level: _Level, name: str, shape: Leaf | Code, here: str, value: object) -> None:
    if isinstance(shape, Code):
        if value == shape.default:
            level.target[name] = value
            draft.origins[level.prefix + name] = here
            return
        if not (type(value) is str and value in shape.symbols) and shape.raw and level.sent.get(shape.raw) is not None:
            draft.odd(here, value, f"{name} is no known code, and {shape.raw} is given beside it")
            return
    elif shape.kind is Kind.TIME and type(value) is int and value in values.INT64:
        level.target[name] = value
        draft.origins[level.prefix + name] = here
        return
    draft.put(level.target, name, level.prefix + name, shape, here, value)


def _items(draft: Draft, shape: Items, path: str, here: str, value: object) -> list[object]:
    taken: list[object] = []
    if not isinstance(value, list):
        draft.odd(here, value, f"{path} is not an array")
        return taken
    for index, element in enumerate(value):
        rel = names.element(here, index)
        if not draft.usable(rel, element):
            continue
        if isinstance(shape.item, Leaf):
            holder: dict[str, object] = {}
            draft.put(holder, "", f"{path}[{len(taken)}]", shape.item, rel, element)
            taken.extend(holder.values())
        elif not isinstance(element, dict) or not _complete(shape.item, element):
            needed = f", with {' and '.join(shape.item.required)}" if shape.item.required else ""
            draft.odd(rel, element, f"An element of {path} has to be an object{needed}")
        else:
            inner = shape.item.blank()
            _fields(draft, _Level(shape.item, element, rel, f"{path}[{len(taken)}].", inner))
            taken.append(inner)
    return taken


def _complete(record: Record, sent: Mapping[str, object]) -> bool:
    given = {record.lowered.get(name.lower()) for name, value in sent.items() if _is_text(value)}
    return given.issuperset(record.required)


def _is_text(value: object) -> bool:
    text, _ = values.text(value)
    return isinstance(text, str) and not text.isspace() and text != ""


def _texts(draft: Draft, here: str, value: object) -> None:
    if not isinstance(value, dict):
        draft.odd(here, value, "extensions is not an object")
        return
    for key, content in value.items():
        rel = names.child(here, key)
        if isinstance(content, str):
            draft.extend(key, rel, content)
            continue
        text = values.compact(content)
        if text is None:
            draft.error(rel, f"Extension {names.shown(key)} is nested too deeply")
        elif content is not None:
            draft.warn(rel, f"Extension {names.shown(key)} is not text; it is kept as JSON")
            draft.extend(key, rel, text)
