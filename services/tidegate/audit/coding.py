"""The bytes of audit entries: Avro by the newest of ``schemas/audit/``, framed; those of the earlier ones are read."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from typing import Any

from tidegate.audit.entry import Columns, Counter, Delivery, Entry, Kind, Position, Remark, SourceRange
from tidegate.audit.orders import CarriedOut
from tidegate.errors import InvalidEvent
from tidegate.events.builtin import AUDIT_SCHEMA, EARLIER_AUDIT_SCHEMAS, builtin
from tidegate.events.encoding import decode, encode_framed
from tidegate.events.schemas import Schema
from tidegate.events.wire import PREFIX_SIZE, prefix


def to_bytes(entry: Entry) -> bytes:
    """The framed value of an entry."""
    return encode_framed(builtin(AUDIT_SCHEMA), _to_value(entry))


def from_bytes(value: bytes) -> Entry:
    """The entry of a framed value. Raises ``InvalidEvent`` for anything else."""
    schema = _schemas().get(value[:PREFIX_SIZE])
    if schema is None:
        raise InvalidEvent("not an audit entry of a version that this hub knows", 0)
    return _of_value(decode(schema, value[PREFIX_SIZE:]))


@cache
def _schemas() -> Mapping[bytes, Schema]:
    """Every schema that entries were ever written with, by its prefix."""
    return {prefix(one.schema_id): one for one in map(builtin, (AUDIT_SCHEMA, *EARLIER_AUDIT_SCHEMAS))}


def _little(numbers: array[int]) -> bytes:
    """Little-endian bytes, whatever the machine."""
    return struct.pack(f"<{len(numbers)}{numbers.typecode}", *numbers)


def _numbers(typecode: str, packed: bytes) -> array[int]:
    size = struct.calcsize(f"<{typecode}")
    return array(typecode, struct.unpack(f"<{len(packed) // size}{typecode}", packed))


def _to_value(entry: Entry) -> dict[str, Any]:
    columns = entry.columns
    return {
        "lane": entry.lane,
        "sequence": entry.sequence,
        "previous": entry.previous,
        "kind": entry.kind.value,
        "part": entry.part,
        "parts": entry.parts,
        "decidedAt": entry.decided_us,
        "process": entry.process,
        "activation": entry.activation,
        "plan": entry.plan,
        "suspended": list(entry.suspended),
        "digestKey": entry.digest_key,
        "batch": entry.batch,
        "reason": entry.reason,
        "vectorAt": entry.vector_at,
        "ordersAt": entry.orders_at,
        "positions": None if entry.positions is None else [_position(one) for one in entry.positions],
        "sources": [_range(source) for source in entry.sources],
        "offsets": _little(columns.offsets),
        "received": _little(columns.received),
        "outcomes": columns.outcomes,
        "verdicts": columns.verdicts,
        "schemas": list(entry.schemas),
        "schemaOf": columns.schema_of,
        "identities": columns.identities,
        "contents": columns.contents,
        "days": _little(columns.days),
        "eventRefs": columns.event_refs,
        "equipment": columns.equipment,
        "documentCounts": columns.document_counts,
        "documents": columns.documents,
        "levels": columns.levels,
        "people": _little(columns.people),
        "partnerSets": [list(names) for names in entry.partner_sets],
        "setOf": _little(columns.set_of),
        "remarks": [
            {
                "record": remark.record,
                "reason": remark.reason,
                "findings": list(remark.findings),
                "winner": remark.winner,
                "held": list(remark.held),
            }
            for remark in entry.remarks
        ],
        "deliveries": [
            {
                "partner": delivery.partner,
                "count": delivery.count,
                "schemas": [number for pair in sorted(delivery.schemas.items()) for number in pair],
                "digest": delivery.digest,
                "upTo": delivery.up_to_us,
            }
            for delivery in entry.deliveries
        ],
        "taken": None if entry.taken is None else _range(entry.taken),
        "orders": [_order(one) for one in entry.orders],
        "counters": [asdict(counter) for counter in entry.counters],
    }


def _position(position: Position) -> dict[str, Any]:
    return {"topic": position.topic, "topicId": position.topic_id, "next": position.next}


def _range(source: SourceRange) -> dict[str, Any]:
    return {
        "topic": source.topic,
        "topicId": source.topic_id,
        "publisher": source.publisher,
        "first": source.first,
        "count": source.count,
        "next": source.next,
    }


def _range_of(value: Mapping[str, Any]) -> SourceRange:
    return SourceRange(
        value["topic"], value["topicId"], value["publisher"], value["first"], value["count"], value["next"]
    )


def _order(one: CarriedOut) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "by": one.by,
        "reason": one.reason,
        "askedAt": one.asked_us,
        "quarantine": one.quarantine,
        "topic": one.topic,
        "topicId": one.topic_id,
        "offset": one.offset,
        "publisher": one.publisher,
        "partner": one.partner,
        "outcome": one.outcome,
        "said": one.said,
        "record": one.record,
        "freed": list(one.freed),
    }


def _order_of(value: Mapping[str, Any]) -> CarriedOut:
    return CarriedOut(
        id=value["id"],
        kind=value["kind"],
        by=value["by"],
        reason=value["reason"],
        asked_us=value["askedAt"],
        quarantine=value["quarantine"],
        topic=value["topic"],
        topic_id=value["topicId"],
        offset=value["offset"],
        publisher=value["publisher"],
        partner=value["partner"],
        outcome=value["outcome"],
        said=value["said"],
        record=value["record"],
        freed=tuple(value.get("freed", ())),
    )


def _of_value(value: Mapping[str, Any]) -> Entry:
    positions, taken = value["positions"], value.get("taken")
    return Entry(
        kind=Kind(value["kind"]),
        decided_us=value["decidedAt"],
        process=value["process"],
        lane=value["lane"],
        sequence=value["sequence"],
        previous=value["previous"],
        part=value["part"],
        parts=value["parts"],
        activation=value["activation"],
        plan=value["plan"],
        suspended=tuple(value["suspended"]),
        digest_key=value["digestKey"],
        batch=value["batch"],
        reason=value["reason"],
        vector_at=value["vectorAt"],
        orders_at=value.get("ordersAt", -1),
        positions=None
        if positions is None
        else tuple(Position(one["topic"], one["topicId"], one["next"]) for one in positions),
        sources=tuple(map(_range_of, value["sources"])),
        schemas=tuple(value["schemas"]),
        partner_sets=tuple(tuple(names) for names in value["partnerSets"]),
        columns=_columns(value),
        remarks=tuple(
            Remark(one["record"], one["reason"], tuple(one["findings"]), one["winner"], tuple(one["held"]))
            for one in value["remarks"]
        ),
        deliveries=tuple(
            Delivery(
                one["partner"],
                one["count"],
                dict(zip(one["schemas"][::2], one["schemas"][1::2], strict=True)),
                one["digest"],
                one.get("upTo"),
            )
            for one in value["deliveries"]
        ),
        taken=None if taken is None else _range_of(taken),
        orders=tuple(map(_order_of, value.get("orders", ()))),
        counters=tuple(Counter(**one) for one in value.get("counters", ())),
    )


def _columns(value: Mapping[str, Any]) -> Columns:
    return Columns(
        offsets=_numbers("I", value["offsets"]),
        received=_numbers("q", value.get("received", b"")),
        outcomes=value["outcomes"],
        verdicts=value["verdicts"],
        schema_of=value["schemaOf"],
        identities=value["identities"],
        contents=value["contents"],
        days=_numbers("i", value["days"]),
        event_refs=value["eventRefs"],
        equipment=value["equipment"],
        document_counts=value["documentCounts"],
        documents=value["documents"],
        set_of=_numbers("H", value["setOf"]),
        levels=value.get("levels", b""),
        people=_numbers("I", value.get("people", b"")),
    )
