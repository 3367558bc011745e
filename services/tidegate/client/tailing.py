"""What records of the hub's topics say, for people and for programs. Raw bytes are never shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from tidegate import audit
from tidegate.errors import TidegateError
from tidegate.events.encoding import decode
from tidegate.events.schemas import Registry
from tidegate.events.wire import PREFIX_SIZE
from tidegate.gate import Outcome

Describe = Callable[[int, Any], dict[str, Any]]
"""From partition and record to what is shown of it."""


def describer(kind: str, registry: Registry) -> Describe:
    """How to show records of ``out``, ``feedback``, ``quarantine``, ``audit`` or ``replay``."""
    if kind == "audit":
        return _audit
    if kind == "quarantine":
        return _quarantine
    if kind == "feedback":
        return _feedback
    return lambda partition, record: _delivery(partition, record, registry)


def _place(partition: int, record: Any) -> dict[str, Any]:
    return {"partition": partition, "offset": record.offset, "timestamp": record.timestamp}


def _text(data: bytes | None) -> str | None:
    return None if data is None else data.decode(errors="replace")


def _headers(record: Any) -> dict[str, str | None]:
    return {name: _text(value) for name, value in record.headers}


def _delivery(partition: int, record: Any, registry: Registry) -> dict[str, Any]:
    said: dict[str, Any] = {**_place(partition, record), "key": _text(record.key), "headers": _headers(record)}
    try:
        schema = registry.get(int.from_bytes(record.value[1:PREFIX_SIZE], "big"))
        said["value"] = decode(schema, record.value[PREFIX_SIZE:])
    except TidegateError as exc:
        said["error"] = str(exc)
    return said


def _feedback(partition: int, record: Any) -> dict[str, Any]:
    return {**_place(partition, record), "key": _text(record.key), "value": json.loads(record.value)}


def _quarantine(partition: int, record: Any) -> dict[str, Any]:
    """Reason and coordinates; the raw bytes take an order, a reason and an audit entry of their own."""
    shown = {name: value for name, value in _headers(record).items() if name.startswith("tg_") and name != "tg_key"}
    said: dict[str, Any] = {name.removeprefix("tg_"): value for name, value in shown.items()}
    if "findings" in said:
        said["findings"] = json.loads(said["findings"])
    return {**_place(partition, record), **said, "bytes": len(record.value or b"")}


def _audit(partition: int, record: Any) -> dict[str, Any]:
    try:
        entry = audit.from_bytes(record.value)
    except TidegateError as exc:
        return {**_place(partition, record), "error": str(exc)}
    return {**_place(partition, record), **_entry(entry)}


def _entry(entry: audit.Entry) -> dict[str, Any]:
    outcomes: dict[str, int] = {}
    for number in entry.columns.outcomes:
        word = Outcome(number).word
        outcomes[word] = outcomes.get(word, 0) + 1
    said: dict[str, Any] = {
        "lane": entry.lane,
        "sequence": entry.sequence,
        "kind": entry.kind.value,
        "decidedAt": entry.decided_us,
        "activation": entry.activation,
        "plan": entry.plan.hex(),
        "batch": entry.batch,
        "previous": entry.previous.hex(),
    }
    optional: Mapping[str, Any] = {
        "reason": entry.reason,
        "part": f"{entry.part + 1} of {entry.parts}" if entry.parts > 1 else "",
        "suspended": list(entry.suspended),
        "records": len(entry.columns),
        "outcomes": outcomes,
        "sources": [
            {"topic": one.topic, "topicId": one.topic_id, "first": one.first, "count": one.count, "next": one.next}
            for one in entry.sources
        ],
        "orders": [
            {
                "id": one.id,
                "kind": one.kind,
                "by": one.by,
                "reason": one.reason,
                "quarantine": one.quarantine,
                "topic": one.topic,
                "offset": one.offset,
                "partner": one.partner,
                "outcome": one.outcome,
                "said": one.said,
                **({"freed": list(one.freed)} if one.freed else {}),
            }
            for one in entry.orders
        ],
        "positions": None
        if entry.positions is None
        else [{"topic": one.topic, "topicId": one.topic_id, "next": one.next} for one in entry.positions],
        "deliveries": [
            {
                "partner": one.partner,
                "count": one.count,
                "schemas": {str(schema): count for schema, count in one.schemas.items()},
                "digest": one.digest.hex(),
                **({} if one.up_to_us is None else {"upTo": one.up_to_us}),
            }
            for one in entry.deliveries
        ],
        "remarks": [
            {
                "record": one.record,
                "reason": one.reason,
                "findings": list(one.findings),
                "winner": one.winner.hex(),
                "held": list(one.held),
            }
            for one in entry.remarks
        ],
    }
    return {**said, **{name: value for name, value in optional.items() if value}}
