"""Documents to mapped items: recognise, map by the standard, and say what could not be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from typing import Literal, TypeAlias

from tidegate.errors import BadInput
from tidegate.events.findings import Severity
from tidegate.standards import canonical, dcsa22, dcsa30, recognition
from tidegate.standards.draft import Draft
from tidegate.standards.mapped import Kind, Mapped, Paths

Wanted: TypeAlias = Literal["auto", "dcsa-2.2", "dcsa-3.0", "canonical"]
READ = ("dcsa-2.2", "dcsa-3.0", "canonical")
"""The standards that can be asked for by name."""


def read(document: object, standard: Wanted = "auto") -> Iterator[Mapped]:
    """Map every item of ``document`` (parsed JSON): one object, an array, or a response envelope around one.

    Items are mapped one by one and lazily; one that cannot be mapped carries an ERROR and stops none of the others.
    With ``auto`` each item's standard is told by its own properties. The caller's document is never changed.
    """
    check_wanted(standard)
    return _read(document, standard)


def check_wanted(standard: str) -> None:
    """Raises ``BadInput`` for a standard that cannot be asked for."""
    if standard != "auto" and standard not in READ:
        raise BadInput(f"{standard!r} is not a standard that can be read; choose auto, {', '.join(READ)}")


def _read(document: object, standard: Wanted) -> Iterator[Mapped]:
    for index, path, item, beside in places(document):
        yield read_item(index, path, item, standard, beside)


def places(document: object) -> Iterator[tuple[int, str, object, Sequence[str]]]:
    """The items of a document with their places. Beside the first: the paths of what stands around all of them."""
    for index, (path, item) in enumerate(recognition.items(document)):
        yield index, path, item, () if index else tuple(recognition.around(document))


def read_item(index: int, path: str, item: object, standard: Wanted, beside: Iterable[str] = ()) -> Mapped:
    """Map one item that stands at ``path``. ``beside`` are paths of what belongs to no item."""
    draft = Draft(path)
    for aside in beside:
        draft.aside(aside, "This stands around the events, belongs to none of them, and is not read")
    return _mapped(index, draft, item, standard)


def _mapped(index: int, draft: Draft, item: object, standard: Wanted) -> Mapped:
    kind: Kind | None = None
    value: dict[str, object] | None = None
    form = ""
    if not isinstance(item, dict):
        draft.error("", "This is not an event: an event is a JSON object, { ... }")
    else:
        told = recognition.of_item(item)
        follows = told[0] if standard == "auto" or told[0] not in (*READ, "unknown") else standard
        if follows in READ:
            kind, value = _value(draft, item, follows)
            form = _form(follows, item)
        else:
            draft.error("", _refusal(follows, told[1]))
    event_id = value["eventId"] if value else None
    whole = value is not None and not draft.failed
    return Mapped(
        index=index,
        kind=kind,
        event_id=event_id if isinstance(event_id, str) else None,
        event=value if whole else None,
        nameless=_nameless(draft, value) if kind == "event" else None,
        key=key_of(value) if whole and value else None,
        form=form,
        paths=Paths(draft.base, draft.origins),
        findings=draft.told(),
    )


def _value(draft: Draft, item: dict[str, object], follows: recognition.Standard) -> tuple[Kind, dict[str, object]]:
    if dcsa30.is_retraction(item):
        draft.open = False
        return "retraction", dcsa30.read_retraction(draft, item, key_of)
    if follows == "canonical" and len(item) == 1 and recognition.RETRACTION in item:
        draft.open = False
        return "retraction", canonical.read_retraction(draft, item[recognition.RETRACTION])
    read_one = {"canonical": canonical.read, "dcsa-2.2": dcsa22.read, "dcsa-3.0": dcsa30.read}[follows]
    return "event", read_one(draft, item)


def _form(follows: recognition.Standard, item: dict[str, object]) -> str:
    if follows != "dcsa-3.0":
        return follows
    return f"{follows}-{recognition.draft_of(item) or max(recognition.DRAFTS)}"


def _nameless(draft: Draft, value: dict[str, object] | None) -> dict[str, object] | None:
    """``value`` with an empty id, where a missing id is all that is wrong with it."""
    if value is None or value["eventId"] is not None or value["eventTime"] is None:
        return None
    if sum(finding.severity is Severity.ERROR for finding in draft.findings) != 1:
        return None
    return {**value, "eventId": ""}


def _refusal(standard: recognition.Standard, told: Set[str]) -> str:
    if standard == "unknown":
        known: tuple[tuple[recognition.Standard, str], ...] = (
            ("dcsa-2.2", "eventID, eventType, eventDateTime ..."),
            ("dcsa-3.0", "eventID, eventClassification, eventDateTime ..."),
            ("canonical", "eventId, eventType, eventTime ..."),
        )
        listed = ", ".join(f"{recognition.TITLES[name]} ({marks})" for name, marks in known)
        return f"This is no shipment event that Tidegate knows. It reads {listed}"
    title, why = recognition.TITLES[standard], recognition.some(told)
    said = f"{title} is not read; this event follows it, because it has {why}."
    if standard == "dcsa-port-call":
        return f"{said} Port calls have no place here. Send what happens to ship and boxes as DCSA Track & Trace"
    return f"{said} Send it as DCSA Track & Trace"


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
