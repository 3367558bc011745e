"""Both framings, and what is neither."""

from __future__ import annotations

import pytest

from tidegate.errors import BadFraming, UnknownSchema
from tidegate.events.schemas import Registry, Schema
from tidegate.events.wire import GUID_HEADER, PREFIX_SIZE, Frames, frame, prefix

ONE, TWO = (Schema.of({"type": "record", "name": name, "fields": []}) for name in ("One", "Two"))
STRANGER = Schema.of({"type": "record", "name": "Stranger", "fields": []})
FRAMES = Frames(Registry([ONE, TWO]))


def guid(schema: Schema) -> bytes:
    return b"\1" + schema.guid.bytes


def test_the_prefix_is_zero_and_the_id() -> None:
    # Given a schema
    # When a value of it is framed
    value = frame(ONE, b"avro")

    # Then it begins with a zero and the id in four bytes, most significant first
    assert value == b"\0" + ONE.schema_id.to_bytes(4, "big") + b"avro"
    assert prefix(ONE.schema_id) == value[:PREFIX_SIZE]


def test_a_prefixed_value_says_its_schema() -> None:
    # Given values of two schemas, one of them with nothing behind the prefix
    values = [frame(ONE, b"avro"), frame(TWO, b"")]

    # When their schemas are looked up, with headers that say nothing of it
    found = [FRAMES.schema_of(value, [("traceparent", b"x"), ("other", None)]) for value in values]

    # Then each is found, with the offset of its Avro bytes
    assert found == [(ONE, 5), (TWO, 5)]


def test_a_header_says_the_schema_of_a_bare_value() -> None:
    # Given a bare value whose header carries the GUID
    # When its schema is looked up
    found = FRAMES.schema_of(b"avro", [("other", b""), (GUID_HEADER, guid(TWO))])

    # Then the Avro bytes begin at once
    assert found == (TWO, 0)


def test_the_header_wins_over_the_prefix() -> None:
    # Given a value that could be prefixed, and a header that says otherwise
    # When its schema is looked up
    found = FRAMES.schema_of(frame(ONE, b""), [(GUID_HEADER, guid(TWO))])

    # Then the header is believed, as by Confluent's own clients
    assert found == (TWO, 0)


def test_the_first_of_two_headers_counts() -> None:
    # Given two headers of that name
    # When the schema is looked up
    found = FRAMES.schema_of(b"", [(GUID_HEADER, guid(ONE)), (GUID_HEADER, guid(TWO))])

    # Then the first counts
    assert found == (ONE, 0)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (None, "a null value"),
        (b"", "an empty value"),
        (b"\0", "ends inside its schema id"),
        (b"\0\0\0\0", "ends inside its schema id"),
        (b"\1" + ONE.guid.bytes + b"avro", "the first byte is 0x01"),
        (b'{"eventId": 1}', "the first byte is 0x7b"),
        (b"\xff", "the first byte is 0xff"),
    ],
)
def test_values_that_are_not_framed(value: bytes | None, sentence: str) -> None:
    # Given a value that no serializer of ours wrote
    # When its schema is looked up
    with pytest.raises(BadFraming) as refusal:
        FRAMES.schema_of(value, [])

    # Then the reason is said
    assert sentence in str(refusal.value)


@pytest.mark.parametrize("header", [None, b"", b"\1", b"\0" + ONE.guid.bytes, guid(ONE)[:-1], guid(ONE) + b"\0"])
def test_headers_that_are_no_guid(header: bytes | None) -> None:
    # Given a good value with a header that is broken
    value = frame(ONE, b"")

    # When its schema is looked up
    with pytest.raises(BadFraming) as refusal:
        FRAMES.schema_of(value, [(GUID_HEADER, header)])

    # Then the header is not passed over in silence
    assert GUID_HEADER in str(refusal.value)


@pytest.mark.parametrize("headers", [[], [(GUID_HEADER, guid(STRANGER))]], ids=["prefix", "header"])
def test_schemas_that_nobody_registered(headers: list[tuple[str, bytes | None]]) -> None:
    # Given a value of a schema that is not registered
    value = frame(STRANGER, b"")

    # When its schema is looked up
    with pytest.raises(UnknownSchema) as refusal:
        FRAMES.schema_of(value, headers)

    # Then the record is at fault, and the reason is said
    assert "no schema has the" in str(refusal.value)


def test_a_null_value_is_refused_even_where_a_header_names_its_schema() -> None:
    # Given a tombstone with a schema header
    # When its schema is looked up
    with pytest.raises(BadFraming) as refusal:
        FRAMES.schema_of(None, [(GUID_HEADER, guid(ONE))])

    # Then it is no event
    assert "null" in str(refusal.value)
