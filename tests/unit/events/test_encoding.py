"""Values to bytes and back, for all that is not on the hot path."""

from __future__ import annotations

from typing import Any

import pytest

from tidegate.errors import InvalidEvent
from tidegate.events.encoding import decode, encode, encode_framed
from tidegate.events.schemas import Schema
from tidegate.events.wire import prefix


def a_schema(avro: Any, **more: Any) -> Schema:
    return Schema.of({"type": "record", "name": "R", "fields": [{"name": "a", "type": avro, **more}]})


@pytest.mark.parametrize(
    ("avro", "value"),
    [
        ({"type": "long", "logicalType": "timestamp-micros"}, -62_135_596_800_000_001),
        ({"type": "int", "logicalType": "date"}, 2**31 - 1),
        ({"type": "bytes", "logicalType": "decimal", "precision": 4}, b"\1\2"),
        ({"type": "string", "logicalType": "uuid"}, "no uuid at all"),
        ("string", ""),
        ({"type": "array", "items": "null"}, [None] * 1000),
        ({"type": "map", "values": ["null", "double"]}, {"a": None, "b": 0.5}),
    ],
)
def test_values_are_what_the_bytes_hold(avro: Any, value: Any) -> None:
    # Given a value of a type that fastavro would make an object of, or refuse
    schema = a_schema(avro)

    # When it goes through bytes
    back = decode(schema, encode(schema, {"a": value}))

    # Then it is the same
    assert back == {"a": value}


def test_a_framed_value() -> None:
    # Given a value
    schema = a_schema("int")

    # When it is framed
    value = encode_framed(schema, {"a": 1})

    # Then the id of its schema stands before it
    assert value == prefix(schema.schema_id) + b"\2"


@pytest.mark.parametrize(
    ("avro", "value"),
    [
        ("int", 2**31),
        ("int", "1"),
        ("int", None),
        ("long", 2**63),
        ("string", "\ud800"),
        ("string", 1),
        ("bytes", "text"),
        ({"type": "fixed", "name": "F", "size": 2}, b"abc"),
        ({"type": "enum", "name": "E", "symbols": ["A"]}, "B"),
        ({"type": "map", "values": "int"}, {1: 1}),
        ({"type": "array", "items": "int"}, 5),
        ({"type": "array", "items": "null"}, [None] * 1001),
        (["null", "int"], "x"),
    ],
)
def test_a_value_of_another_type_is_refused(avro: Any, value: Any) -> None:
    # Given a value that is not of the schema
    # When it is encoded
    with pytest.raises(InvalidEvent) as refusal:
        encode(a_schema(avro), {"a": value})

    # Then it is refused, even where fastavro would have written it
    assert refusal.value.reason


def test_a_field_that_is_missing_has_its_default_or_is_an_error() -> None:
    # Given a field with a default, written as people write the zero of a double
    schema = a_schema("double", default=0)

    # When it is left out
    value = decode(schema, encode(schema, {}))

    # Then it has its default; without one it is an error
    assert value == {"a": 0.0}
    with pytest.raises(InvalidEvent):
        encode(a_schema("double"), {})


@pytest.mark.parametrize("data", [b"", b"\1", b"\4a", b"\2a\0", b"\xff" * 11])
def test_hostile_bytes_do_not_reach_fastavro(data: bytes) -> None:
    # Given bytes that are no datum
    schema = a_schema("string")

    # When they are decoded
    with pytest.raises(InvalidEvent) as refusal:
        decode(schema, data)

    # Then the scanner refuses them
    assert 0 <= refusal.value.offset <= len(data)
