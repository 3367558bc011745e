"""What came out of the gate, read by means of others: fastavro for values, aiokafka's rules for record bodies."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import fastavro

from tidegate.gate import Executor, Released


@dataclass(frozen=True)
class Delivery:
    """One record of a partner's topic."""

    key: bytes | None
    value: dict[str, Any]
    headers: dict[str, str]
    schema_id: int
    names: tuple[str, ...]
    raw: bytes


def deliveries(released: Released) -> dict[str, list[Delivery]]:
    """What every partner got, in order."""
    executor = released.inspected.executor
    return {output.partner: [delivery(executor, body) for body in output.bodies] for output in released.outputs}


def delivery(executor: Executor, body: bytes) -> Delivery:
    key, value, headers = parts(body)
    assert value is not None
    assert value[0] == 0
    schema_id = int.from_bytes(value[1:5], "big")
    return Delivery(
        key,
        decoded(executor.plan.schemas[schema_id], value[5:]),
        {name: content.decode() for name, content in headers},
        schema_id,
        tuple(name for name, _ in headers),
        body,
    )


def decoded(schema: Any, avro: bytes) -> dict[str, Any]:
    """A value by fastavro, all of the bytes, times as numbers."""
    source = io.BytesIO(avro)
    value = fastavro.schemaless_reader(source, fastavro.parse_schema(timeless(schema)), None)
    assert source.read() == b""
    return dict(value)  # type: ignore[call-overload]


def timeless(schema: Any) -> Any:
    match schema:
        case dict():
            return {key: timeless(part) for key, part in schema.items() if key != "logicalType"}
        case list():
            return [timeless(part) for part in schema]
        case _:
            return schema


def parts(body: bytes) -> tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]:
    """Key, value and headers of a record body (record format v2), to its last byte."""
    cursor = _Cursor(body)
    key, value = cursor.sized(), cursor.sized()
    headers = [((cursor.sized() or b"").decode(), cursor.sized() or b"") for _ in range(cursor.number())]
    assert cursor.at == len(body)
    return key, value, headers


class _Cursor:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def number(self) -> int:
        raw = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            raw |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return raw // 2 if raw % 2 == 0 else -(raw + 1) // 2

    def sized(self) -> bytes | None:
        length = self.number()
        if length < 0:
            return None
        self.at += length
        return self.data[self.at - length : self.at]
