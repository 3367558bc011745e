"""Documents to mapped items: recognise, map by the standard, and say what could not be."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Literal, TypeAlias

from tidegate.errors import BadInput
from tidegate.standards import canonical, dcsa22, recognition
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
    for index, (path, item) in enumerate(recognition.items(document)):
        draft = Draft(path)
        for aside in recognition.around(document) if index == 0 else ():
            draft.aside(aside, "This stands around the events, belongs to none of them, and is not read")
        yield _mapped(index, draft, item, standard)


def _mapped(index: int, draft: Draft, item: object, standard: Wanted) -> Mapped:
    kind: Kind | None = None
    value: dict[str, object] | None = None
    if not isinstance(item, dict):
        draft.error("", "This is not an event: an event is a JSON object, { ... }")
    else:
        told = recognition.of_item(item)
        follows = told[0] if standard == "auto" or told[0] not in (*_READ, "unknown") else standard
        if follows == "canonical" and len(item) == 1 and recognition.RETRACTION in item:
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


def _refusal(standard: recognition.Standard, told: Set[str]) -> str:
    if standard == "unknown":
        return (
            "This is no shipment event that Tidegate knows. "
            f"It reads {recognition.TITLES['dcsa-2.2']} (eventID, eventType, eventDateTime ...) and "
            f"{recognition.TITLES['canonical']} (eventId, eventType, eventTime ...)"
        )
    title = recognition.TITLES[standard]
    if recognition.RETRACTED in told:
        return (
            f"{title} is not read yet, {recognition.RETRACTED} included. To take an event back send {_HOW_TO_RETRACT}"
        )
    why = recognition.some(told)
    return f"{title} is not read yet; this event follows it, because it has {why}. Send it as DCSA Track & Trace 2.2"


def key_of(value: dict[str, object]) -> str | None:
    """The record key: container, else booking, else the first document, else transport call, else event id.

    The booking goes before other documents because senders list documents in any order, and a shipment's events have to
    stay on one lane. A retraction has the key of its event where the sender knows it.
    """
    key = (
        value.get("eventKey")
        or _inside(value.get("equipment"), "reference")
        or _document(value.get("documents"))
        or _inside(value.get("transport"), "callReference")
        or value.get("eventId")
    )
    return key if isinstance(key, str) else None


def _inside(record: object, name: str) -> object:
    return record.get(name) if isinstance(record, dict) else None


def _document(documents: object) -> object:
    listed = documents if isinstance(documents, list) else []
    bookings = [document["reference"] for document in listed if document["type"] == "BKG"]
    return next(iter(bookings or [document["reference"] for document in listed]), None)
