"""Fields that the hub itself reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tidegate.errors import BadSchema
from tidegate.events import encoding
from tidegate.events.facts import (
    EventFields,
    day_of,
    fields_of,
    long8,
    long_at,
    text_reader,
    texts_in,
    time_reader,
    word_reader,
)
from tidegate.events.identity import DAY_US
from tidegate.events.schemas import Schema
from tidegate.events.transforms import long_bytes

SCHEMAS = Path(__file__).parents[3] / "schemas"
MICROS = {"type": "long", "logicalType": "timestamp-micros"}
ID = {"name": "eventId", "type": "string"}


def edges(bits: int) -> list[int]:
    """Numbers of so many bits around which something changes: all powers of two, and their neighbours."""
    around = {sign * 2**power + step for power in range(bits) for sign in (1, -1) for step in (-2, -1, 0, 1, 2)}
    return sorted(number for number in around if -(2 ** (bits - 1)) <= number < 2 ** (bits - 1))


def an_event(*fields: dict[str, Any], name: str = "logistics.ShipmentEvent") -> Schema:
    return Schema.of({"type": "record", "name": name, "fields": [ID, *fields]})


def test_eight_bytes_at_once() -> None:
    # Given all longs whose varints have eight bytes and in which a bit may go astray
    patterns = [sum(0x7F << 7 * group for group in range(8) if mask >> group & 1) for mask in range(256)]
    raw = {number for number in patterns if 2**49 <= number < 2**56} | {2**49 + 2**bit for bit in range(49)}
    numbers = {number >> 1 ^ -(number & 1) for number in raw} | {2**48, -(2**48) - 1, 2**55 - 1, -(2**55)}
    numbers |= {number for number in edges(56) if len(long_bytes(number)) == 8}
    assert len(numbers) > 200

    # When each is read from the middle of other bytes
    read = {number: long8(b"\xff" + long_bytes(number) + b"\xff", 1) for number in numbers}

    # Then it is what was written
    assert read == {number: number for number in numbers}


def test_longs_of_any_length() -> None:
    # Given all longs around which a varint changes its length
    numbers = edges(64)
    assert {len(long_bytes(number)) for number in numbers} == set(range(1, 11))

    # When each is read
    read = [long_at(b"\x80" + long_bytes(number), 1, 1 + len(long_bytes(number))) for number in numbers]

    # Then it is what was written
    assert read == numbers


@pytest.mark.parametrize("null_first", [True, False])
def test_readers_of_optional_fields(null_first: bool) -> None:
    # Given optional fields inside an optional record, null first or last
    def optional(kind: Any) -> list[Any]:
        return ["null", kind] if null_first else [kind, "null"]

    fields = [
        {"name": "text", "type": optional("string")},
        {"name": "sure", "type": "string"},
        {"name": "time", "type": optional(MICROS)},
        {"name": "word", "type": optional({"type": "enum", "name": "E", "symbols": ["A", "B"]})},
    ]
    schema = an_event({"name": "in", "type": optional({"type": "record", "name": "In", "fields": fields})})
    values: list[Any] = [
        {"eventId": "1", "in": None},
        {"eventId": "2", "in": {"text": None, "sure": "", "time": None, "word": None}},
        {"eventId": "3", "in": {"text": "", "sure": "x" * 64, "time": -1, "word": "B"}},
        {"eventId": "4", "in": {"text": "é" * 40, "sure": "b", "time": 1_763_000_000_000_000, "word": "A"}},
    ]
    readers = {
        "text": text_reader(schema.slot["in.text"]),
        "sure": word_reader(schema.slot["in.sure"]),
        "time": time_reader(schema.slot["in.time"]),
        "word": word_reader(schema.slot["in.word"]),
    }

    # When they are read
    events = [encoding.encode(schema, value) for value in values]
    read = [{name: of(event, schema.scan(event, 0)) for name, of in readers.items()} for event in events]

    # Then null is None, at either depth, and an empty text is an empty text
    assert read == [
        {"text": None, "sure": None, "time": None, "word": None},
        {"text": None, "sure": b"", "time": None, "word": None},
        {"text": b"", "sure": b"x" * 64, "time": -1, "word": b"B"},
        {"text": ("é" * 40).encode(), "sure": b"b", "time": 1_763_000_000_000_000, "word": b"A"},
    ]


def test_words_of_a_long_list() -> None:
    # Given an enum of more symbols than one byte can number
    symbols = [f"S{number}" for number in range(100)]
    schema = an_event({"name": "word", "type": {"type": "enum", "name": "E", "symbols": symbols}})
    events = [encoding.encode(schema, {"eventId": "", "word": symbol}) for symbol in symbols]

    # When each symbol is read
    read = word_reader(schema.slot["word"])

    # Then it is the one that was written
    assert [read(event, schema.scan(event, 0)) for event in events] == [symbol.encode() for symbol in symbols]


def test_texts_of_all_elements() -> None:
    # Given documents, one of them without the text
    reference = {"name": "reference", "type": ["null", "string"]}
    item = {"type": "record", "name": "Document", "fields": [{"name": "n", "type": "int"}, reference]}
    schema = an_event({"name": "documents", "type": {"type": "array", "items": item}})
    documents = [{"n": 1, "reference": "one"}, {"n": 2, "reference": None}, {"n": 3, "reference": ""}]
    event = encoding.encode(schema, {"eventId": "", "documents": documents})
    slot = schema.slot["documents"]
    marks = schema.scan(event, 0)

    # When they are read
    texts = texts_in(slot, "reference")(event[marks[slot.start] : marks[slot.end]])

    # Then each that is there is there
    assert texts == [b"one", b""]


@pytest.mark.parametrize(
    ("read", "path", "sentence"),
    [
        (word_reader, "number", "neither an enum nor a string"),
        (lambda slot: texts_in(slot, "reference"), "number", "not an array of records"),
    ],
)
def test_a_reader_of_the_wrong_type_is_refused(read: Any, path: str, sentence: str) -> None:
    # Given a field of another type
    schema = an_event({"name": "number", "type": "int"})

    # When a reader of it is made
    with pytest.raises(BadSchema) as refusal:
        read(schema.slot[path])

    # Then that is refused
    assert sentence in str(refusal.value)


def test_the_canonical_event_has_all_that_the_hub_reads() -> None:
    # Given the canonical event
    schema = Schema.of(json.loads((SCHEMAS / "shipment-event" / "v1.avsc").read_text()))

    # When its fields are looked up
    fields = fields_of(schema)

    # Then the hub finds who it is, what it is about and when
    found = {name: getattr(fields, name) for name in EventFields.__slots__ if name not in ("times", "event_key")}
    assert all(found.values())
    assert {slot.path for slot in fields.times} >= {"eventTime", "eventCreatedTime", "eventUpdatedTime"}


@pytest.mark.parametrize(
    ("schema", "sentence"),
    [
        (Schema.of({"type": "record", "name": "Other", "fields": [ID]}), "is not a record that publishers may send"),
        (Schema.of({"type": "record", "name": "logistics.ShipmentEvent", "fields": []}), "needs a field eventId"),
        (
            Schema.of({"type": "record", "name": "logistics.EventRetraction", "fields": [{**ID, "type": "int"}]}),
            "needs a field eventId",
        ),
        (
            Schema.of(
                {"type": "record", "name": "logistics.ShipmentEvent", "fields": [{**ID, "type": ["null", "string"]}]}
            ),
            "needs a field eventId",
        ),
        (an_event({"name": "eventUpdatedTime", "type": "long"}), "eventUpdatedTime does not have the type"),
        (an_event({"name": "eventType", "type": "string"}), "eventType does not have the type"),
    ],
)
def test_a_schema_that_the_hub_cannot_read_is_refused(schema: Schema, sentence: str) -> None:
    # Given a schema of another shape
    # When its fields are looked up
    with pytest.raises(BadSchema) as refusal:
        fields_of(schema)

    # Then it is refused
    assert sentence in str(refusal.value)


def test_an_id_may_be_a_uuid() -> None:
    # Given an event whose id says that it is a UUID
    schema = Schema.of(
        {
            "type": "record",
            "name": "logistics.ShipmentEvent",
            "fields": [{"name": "eventId", "type": {"type": "string", "logicalType": "uuid"}}],
        }
    )

    # When its fields are looked up
    fields = fields_of(schema)

    # Then it is a text like any other
    assert fields.event_id.path == "eventId"
    assert fields.updated is None


@given(
    st.one_of(
        st.integers(-(2**63), 2**63 - 1),
        st.integers(0, 2**56),
        st.builds(lambda day, off: day * DAY_US + off, st.integers(-40_000, 40_000), st.integers(-3, 3)),
    )
)
@example(1_790_000_000_000_000)
@settings(max_examples=2_000)
def test_the_day_of_a_time_is_that_of_all_its_bytes(time: int) -> None:
    """Days are remembered by a part of the bytes."""
    assert day_of(long_bytes(time)) == time // DAY_US
