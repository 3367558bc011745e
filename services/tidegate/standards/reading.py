"""Documents to mapped items: recognise, map by the standard, and say what could not be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from tidegate.errors import BadInput
from tidegate.standards import canonical, dcsa22, names, recognition
from tidegate.standards.draft import Draft
from tidegate.standards.mapped import Kind, Mapped, Paths

Wanted: TypeAlias = Literal["auto", "dcsa-2.2", "canonical"]

_READ = ("dcsa-2.2", "canonical")
_HOW_TO_RETRACT = '{"retraction": {"eventId": "..."}}'


def read(document: object, standard: Wanted = "auto") -> Iterator[Mapped]:
    """Map every item of ``document`` (parsed JSON): one object, an array, or a response envelope around one.

    Items are mapped one by one and lazily; one that cannot be mapped carries an ERROR and stops none of the others.
    With ``auto`` each item's standard is told by its own properties. The caller's document is never changed.
    """
    if standard != "auto" and standard not in _READ:
        raise BadInput(f"{standard!r} is not a standard that can be read; choose auto, {' or '.join(_READ)}")
    return _read(document, standard)


def _read(document: object, standard: Wanted) -> Iterator[Mapped]:
    unread = _unread(document)
    for index, (path, item) in enumerate(recognition.items(document)):
        draft = Draft(path)
        for name in unread if index == 0 else ():
            draft.aside(names.child(names.ROOT, name), f"{names.shown(name)} belongs to no event and is not read")
        yield _mapped(index, draft, item, standard)


def _unread(document: object) -> list[str]:
    """What an envelope says besides its events."""
    inside = recognition.envelope(document)
    return [name for name in document if name not in inside] if inside and isinstance(document, dict) else []


def _mapped(index: int, draft: Draft, item: object, standard: Wanted) -> Mapped:
    kind: Kind | None = None
    value: dict[str, object] | None = None
    if not isinstance(item, dict):
        draft.error("", "This is not an event: an event is a JSON object, { ... }")
    else:
        told = recognition.of_item(item)
        follows = told[0] if standard == "auto" or told[0] not in (*_READ, "unknown") else standard
        if follows == "canonical" and item.keys() == {recognition.RETRACTION}:
            kind, draft.open = "retraction", False
            value = canonical.read_retraction(draft, item[recognition.RETRACTION])
        elif follows == "canonical":
            kind, value = "event", canonical.read(draft, item)
        elif follows == "dcsa-2.2":
            kind, value = "event", dcsa22.read(draft, item)
        else:
            draft.error("", _refusal(follows, told[1]))
    event_id = value["eventId"] if value else None
    return Mapped(
        index=index,
        kind=kind,
        event_id=event_id if isinstance(event_id, str) else None,
        event=None if draft.failed else value,
        key=None if draft.failed or value is None else key_of(value),
        paths=Paths(draft.base, draft.origins),
        findings=draft.told(),
    )


def _refusal(standard: recognition.Standard, told: str) -> str:
    if standard == "unknown":
        return (
            "This is no shipment event that Tidegate knows. "
            f"It reads {recognition.TITLES['dcsa-2.2']} (eventID, eventType, eventDateTime ...) and "
            f"{recognition.TITLES['canonical']} (eventId, eventType, eventTime ...)"
        )
    title = recognition.TITLES[standard]
    if told == recognition.RETRACTED:
        return f"{title} is not read yet, {told} included. To take an event back send {_HOW_TO_RETRACT}"
    return f"{title} is not read yet; this event follows it, because it has {told}. Send it as DCSA Track & Trace 2.2"


def key_of(value: dict[str, object]) -> str | None:
    """The record key: container, else booking, else the first document, else transport call, else event id.

    The booking goes before other documents because senders list documents in any order, and a shipment's events have to
    stay on one lane. A retraction has the key of its event where the sender knows it.
    """
    candidates = (
        value.get("eventKey"),
        _inside(value.get("equipment"), "reference"),
        _document(value.get("documents")),
        _inside(value.get("transport"), "callReference"),
        value.get("eventId"),
    )
    return next((key for key in candidates if isinstance(key, str)), None)


def _inside(record: object, name: str) -> object:
    return record.get(name) if isinstance(record, dict) else None


def _document(documents: object) -> object:
    listed = documents if isinstance(documents, list) else []
    bookings = [document["reference"] for document in listed if document["type"] == "BKG"]
    return next(iter(bookings or [document["reference"] for document in listed]), None)
