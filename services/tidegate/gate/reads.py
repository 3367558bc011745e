"""What ``inspect`` reads of an event, as functions over its bytes and marks, made once per publisher and schema."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tidegate.events.facts import EventFields, Marks, TextOf, text_reader, texts_in, word_reader
from tidegate.events.schemas import Schema
from tidegate.events.slots import Slot
from tidegate.gate.bodies import sized

BytesOf: TypeAlias = Callable[[bytes, Marks], bytes]


@dataclass(frozen=True, slots=True)
class Reads:
    """``time`` is the varint of the time in the identity, or nothing; ``documents`` the bytes of the whole array.

    ``added`` is what a publisher's setting adds to the identity. ``key_kind`` tells which field, other than the
    container, a record key is: a place in ``views.KEY_PATHS`` plus one, or 0.
    """

    event_id: TextOf
    time: BytesOf
    equipment: TextOf
    documents: BytesOf
    texts: Callable[[bytes], list[bytes]]
    added: BytesOf
    key_kind: Callable[[bytes | None, bytes, Marks], int]


def compile_reads(schema: Schema, fields: EventFields, identity_adds: Sequence[str]) -> Reads:
    return Reads(
        event_id=text_reader(fields.event_id),
        time=_time(fields.updated, fields.created),
        equipment=text_reader(fields.equipment) if fields.equipment else _absent,
        documents=_span(fields.documents) if fields.documents else _nothing,
        texts=texts_in(fields.documents, "reference") if fields.documents else lambda b: [],
        added=_added(fields, identity_adds),
        key_kind=_key_kind(schema, fields),
    )


def _absent(b: bytes, m: Marks) -> None:
    return None


def _nothing(b: bytes, m: Marks) -> bytes:
    return b""


def _span(slot: Slot) -> BytesOf:
    first, after = slot.start, slot.end
    return lambda b, m: b[m[first] : m[after]]


def _time(updated: Slot | None, created: Slot | None) -> BytesOf:
    """The updated time, else the created time, else nothing."""
    places = [(slot.start, slot.end, 0 if slot.null_index is None else 1) for slot in (updated, created) if slot]

    def read(b: bytes, m: Marks) -> bytes:
        for first, after, skip in places:
            start = m[first] + skip
            if start < m[after]:
                return b[start : m[after]]
        return b""

    return read


def _added(fields: EventFields, identity_adds: Sequence[str]) -> BytesOf:
    chosen = [
        word_reader(slot)
        for name, slot in (("eventType", fields.event_type), ("equipment", fields.equipment))
        if name in identity_adds and slot is not None
    ]
    if not chosen:
        return _nothing
    return lambda b, m: b"".join(sized(read(b, m)) for read in chosen)


def _key_kind(schema: Schema, fields: EventFields) -> Callable[[bytes | None, bytes, Marks], int]:
    documents = texts_in(fields.documents, "reference") if fields.documents else None
    documents_span = _span(fields.documents) if fields.documents else _nothing
    call = text_reader(schema.slot["transport.callReference"]) if "transport.callReference" in schema.slot else _absent
    event_id = text_reader(fields.event_id)

    def kind(key: bytes | None, b: bytes, m: Marks) -> int:
        if key is None:
            return 0
        if documents is not None and key in documents(documents_span(b, m)):
            return 2
        if key == call(b, m):
            return 3
        return 4 if key == event_id(b, m) else 0

    return kind
