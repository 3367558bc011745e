"""The few fields that the hub itself reads from an event's bytes, by their spans.

Everything else passes through unread. Each reader works on bytes that the scanner has accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tidegate.errors import BadSchema
from tidegate.events import avro
from tidegate.events.avro import Array, Enum, Node, Primitive, Record
from tidegate.events.identity import DAY_US
from tidegate.events.rewriting import compile_elements
from tidegate.events.scanner import varint
from tidegate.events.schemas import Schema
from tidegate.events.slots import Slot, slots

EVENT = "logistics.ShipmentEvent"
RETRACTION = "logistics.EventRetraction"

Marks: TypeAlias = Sequence[int]
TextOf: TypeAlias = Callable[[bytes, Marks], bytes | None]
TimeOf: TypeAlias = Callable[[bytes, Marks], int | None]

# Times of the current era, in microseconds, zigzag, are varints of eight bytes: the seven-bit groups are pulled
# together two, four and eight at a time instead of one by one.
_GROUPS = 0x7F7F7F7F7F7F7F7F


def long8(b: bytes, p: int) -> int:
    """The long whose varint is the eight bytes at ``p``."""
    x = int.from_bytes(b[p : p + 8], "little") & _GROUPS
    x = (x & 0x007F007F007F007F) | (x & 0x7F007F007F007F00) >> 1
    x = (x & 0x00003FFF00003FFF) | (x & 0x3FFF00003FFF0000) >> 2
    x = (x & 0x0FFFFFFF) | (x & 0x0FFFFFFF00000000) >> 4
    return (x >> 1) ^ -(x & 1)


def long_at(b: bytes, start: int, end: int) -> int:
    """The int or long whose varint fills ``b[start:end]``."""
    if end - start == 8:
        return long8(b, start)
    raw, _ = varint(b, start)
    return (raw >> 1) ^ -(raw & 1)


class _Days(dict[bytes, int | None]):
    """Days by the upper three bytes of a time's varint, which stand for 4.8 hours; None where midnight lies in them."""

    def __missing__(self, upper: bytes) -> int | None:
        first, last = (long8(lower + upper, 0) // DAY_US for lower in (b"\x80" * 5, b"\xfe" + b"\xff" * 4))
        if len(self) >= _MOST_DAYS:
            self.clear()
        self[upper] = found = first if first == last else None
        return found


_MOST_DAYS = 10_000
_DAYS = _Days()


def day_of(time: bytes) -> int:
    """The day since 1970 of a time in microseconds, from the bytes of its varint."""
    day = _DAYS[time[5:]] if len(time) == 8 and not time[0] & 1 else None  # the lowest bit is the sign
    return long_at(time, 0, len(time)) // DAY_US if day is None else day


def text_reader(slot: Slot) -> TextOf:
    """Reads a string slot as UTF-8 bytes; None where it is null."""
    first, after, null = slot.start, slot.end, slot.null_index
    skip = 0 if null is None else 1

    def read(b: bytes, m: Marks) -> bytes | None:
        start = m[first] + skip
        end = m[after]
        if start >= end:  # null, or inside a record that is null
            return None
        if b[start] < 0x80:
            return b[start + 1 : end]
        return b[varint(b, start)[1] : end]

    return read


def time_reader(slot: Slot) -> TimeOf:
    """Reads a long slot; None where it is null."""
    first, after = slot.start, slot.end
    skip = 0 if slot.null_index is None else 1

    def read(b: bytes, m: Marks) -> int | None:
        start = m[first] + skip
        end = m[after]
        return long_at(b, start, end) if start < end else None

    return read


def word_reader(slot: Slot) -> TextOf:
    """Reads an enum or string slot as UTF-8 bytes; None where it is null."""
    inner = avro.child(slot.node)
    if isinstance(inner, Enum):
        symbols = [symbol.encode() for symbol in inner.symbols]
        first, after = slot.start, slot.end
        skip = 0 if slot.null_index is None else 1

        def read(b: bytes, m: Marks) -> bytes | None:
            start = m[first] + skip
            return symbols[long_at(b, start, m[after])] if start < m[after] else None

        return read
    if isinstance(inner, Primitive) and inner.kind == "string":
        return text_reader(slot)
    raise BadSchema(f"{slot.path} is neither an enum nor a string")


def texts_in(slot: Slot, field: str) -> Callable[[bytes], list[bytes]]:
    """Reads one string field of every element of an array of records, from the slot's bytes; without those null."""
    words = words_in(slot, field)
    return lambda b: [found for found in words(b) if found is not None]


def words_in(slot: Slot, field: str) -> Callable[[bytes], list[bytes | None]]:
    """Reads one string or enum field of every element of an array of records, from the slot's bytes."""
    array = slot.node
    if not isinstance(array, Array) or not isinstance(array.items, Record):
        raise BadSchema(f"{slot.path} is not an array of records")
    item = array.items
    inside = next((slot for slot in slots(item) if slot.path == field), None)
    elements = compile_elements(item)
    if inside is None:
        return lambda b: [None for _ in elements(b)]
    word = word_reader(inside)
    return lambda b: [word(b, m) for m in elements(b)]


@dataclass(frozen=True, slots=True)
class EventFields:
    """Where an event schema keeps what identity, keys and checks need; None where the schema has no such field."""

    event_id: Slot
    updated: Slot | None
    created: Slot | None
    event_type: Slot | None
    subtype: Slot | None
    equipment: Slot | None
    documents: Slot | None
    event_key: Slot | None
    times: tuple[Slot, ...]


def fields_of(schema: Schema) -> EventFields:
    """Raises ``BadSchema`` when the schema is neither an event nor a retraction, or lacks a text ``eventId``."""
    if schema.name not in (EVENT, RETRACTION):
        raise BadSchema(f"{schema.name} is not a record that publishers may send; name it {EVENT} or {RETRACTION}")
    event_id = schema.slot.get("eventId")
    if event_id is None or not _is_text(event_id.node):
        raise BadSchema(f"{schema.name} needs a field eventId of type string")
    documents = schema.slot.get("documents")
    return EventFields(
        event_id=event_id,
        updated=_typed(schema, "eventUpdatedTime", _is_time),
        created=_typed(schema, "eventCreatedTime", _is_time),
        event_type=_typed(schema, "eventType", lambda node: isinstance(node, Enum)),
        subtype=_typed(schema, "eventSubtype", _is_text),
        equipment=_typed(schema, "equipment.reference", _is_text),
        documents=documents if documents and _has_text(documents.node, "reference") else None,
        event_key=_typed(schema, "eventKey", _is_text),
        times=tuple(slot for slot in schema.slots if _is_time(avro.child(slot.node))),
    )


def _typed(schema: Schema, path: str, fits: Callable[[Node], bool]) -> Slot | None:
    slot = schema.slot.get(path)
    if slot is None:
        return None
    if not fits(avro.child(slot.node)):
        raise BadSchema(f"{schema.name}: {path} does not have the type that the canonical event gives it")
    return slot


def _is_time(node: Node) -> bool:
    return isinstance(node, Primitive) and node.logical == "timestamp-micros"


def _is_text(node: Node) -> bool:
    return isinstance(node, Primitive) and node.kind == "string"


def _has_text(node: Node, field: str) -> bool:
    return (
        isinstance(node, Array)
        and isinstance(node.items, Record)
        and any(f.name == field and _is_text(f.node) for f in node.items.fields)
    )
