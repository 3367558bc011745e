"""Confluent framing: which schema a value was written with.

======  =========================================================  ==================================
form    how                                                        read / written
======  =========================================================  ==================================
prefix  0x00, schema id as 4 bytes big-endian, Avro bytes          both
header  header ``__value_schema_id`` = 0x01 + GUID, value is bare   read (written by newer serializers)
======  =========================================================  ==================================

The header wins where both are there, as in Confluent's own deserializers.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from tidegate.errors import BadFraming, UnknownSchema
from tidegate.events.schemas import Registry, Schema

MAGIC_ID = 0
MAGIC_GUID = 1
GUID_HEADER = "__value_schema_id"
PREFIX_SIZE = 5


def prefix(schema_id: int) -> bytes:
    """The five bytes before an Avro value."""
    return struct.pack(">bI", MAGIC_ID, schema_id)


def frame(schema: Schema, avro_bytes: bytes) -> bytes:
    return prefix(schema.schema_id) + avro_bytes


class Frames:
    """Finds the schema of a value. Built once per registry state."""

    def __init__(self, registry: Registry) -> None:
        self.by_prefix = {prefix(schema.schema_id): schema for schema in registry}
        self._by_guid = {schema.guid.bytes: schema for schema in registry}

    def schema_of(self, value: bytes | None, headers: Sequence[tuple[str, bytes | None]]) -> tuple[Schema, int]:
        """``(schema, offset of the Avro bytes)``. Raises ``BadFraming`` or ``UnknownSchema``.

        Kafka knows null values (tombstones) and null headers; neither is an event.
        """
        if value is None:
            raise BadFraming("a null value")
        for name, guid in headers:
            if name == GUID_HEADER:
                return self._by_header(guid), 0
        schema = self.by_prefix.get(value[:PREFIX_SIZE])
        if schema is not None:
            return schema, PREFIX_SIZE
        if not value:
            raise BadFraming("an empty value")
        if value[0] != MAGIC_ID:
            raise BadFraming(f"the first byte is 0x{value[0]:02x}; a framed value begins with 0x00 and a schema id")
        if len(value) < PREFIX_SIZE:
            raise BadFraming("the value ends inside its schema id")
        raise UnknownSchema(f"no schema has the id {int.from_bytes(value[1:PREFIX_SIZE], 'big')}")

    def _by_header(self, guid: bytes | None) -> Schema:
        if guid is None or len(guid) != 17 or guid[0] != MAGIC_GUID:
            raise BadFraming(f"the header {GUID_HEADER} is not 0x01 and a GUID")
        schema = self._by_guid.get(guid[1:])
        if schema is None:
            raise UnknownSchema(f"no schema has the GUID in the header {GUID_HEADER}")
        return schema
