"""Writer schemas by content: an id is 31 bits of a fingerprint, so it can never change its meaning.

The fingerprint is over the whole schema, classes included: two that differ in a ``confluent:tags`` alone are two
schemas. (Avro's own Parsing Canonical Form drops tags and logical types, so it cannot serve here.)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

from tidegate.errors import BadSchema, UnknownSchema
from tidegate.events import avro, scanner, shapes
from tidegate.events.avro import Json
from tidegate.events.slots import Slot, slots


def canonical_text(schema: Json) -> str:
    """The schema as JSON without white space, keys sorted: what its fingerprint is taken over."""
    return json.dumps(schema, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True)
class Schema:
    """A registered schema: its text, its ids, its tree and, on first use, its scanner."""

    json: Json
    text: str = field(repr=False)
    record: avro.Record = field(repr=False)
    schema_id: int
    guid: UUID

    @classmethod
    def of(cls, schema: Json) -> Schema:
        """Raises ``BadSchema`` when the scanner could not read every shape in it."""
        record = avro.parse(schema)
        try:
            text = canonical_text(schema)
            digest = hashlib.sha256(text.encode()).digest()
        except (RecursionError, TypeError, ValueError) as exc:  # a doc or a default nested too deep, half a character
            raise BadSchema(f"{record.name} cannot be written as JSON: {exc}") from exc
        return cls(
            json=schema,
            text=text,
            record=record,
            schema_id=int.from_bytes(digest[:4], "big") & 0x7FFF_FFFF,
            guid=_guid(digest),
        )

    @property
    def name(self) -> str:
        """The full name of the record, ``logistics.ShipmentEvent``."""
        return self.record.name

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        return slots(self.record)

    @cached_property
    def slot(self) -> dict[str, Slot]:
        """Slots by path."""
        return {slot.path: slot for slot in self.slots}

    @cached_property
    def scan(self) -> scanner.Scan:
        return shapes.by_shape(self.record, scanner.compile_scanner(self.record))


def _guid(digest: bytes) -> UUID:
    """A version 8 UUID of a digest, its fixed bits set by hand: ``UUID`` itself knows version 8 from Python 3.14 on."""
    number = int.from_bytes(digest[:16], "big")
    number = number & ~(0xF << 76) | 8 << 76
    number = number & ~(0x3 << 62) | 2 << 62
    return UUID(int=number)


class Registry:
    """The embedded registry: schemas by id. It needs no coordination, since ids are content."""

    def __init__(self, schemas: Iterable[Schema] = ()) -> None:
        self._by_id: dict[int, Schema] = {}
        for schema in schemas:
            self.add(schema)

    def add(self, schema: Schema) -> Schema:
        """Raises ``BadSchema`` when another schema has this id: 31 bits can collide, rarely."""
        known = self._by_id.setdefault(schema.schema_id, schema)
        if known.text != schema.text:
            raise BadSchema(
                f"{schema.name} and {known.name} get the same schema id {schema.schema_id}; change a doc in one of them"
            )
        return known

    def get(self, schema_id: int) -> Schema:
        try:
            return self._by_id[schema_id]
        except KeyError:
            raise UnknownSchema(f"no schema has the id {schema_id}") from None

    def __iter__(self) -> Iterator[Schema]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)
