"""Record bodies: key, value and headers of a Kafka record as the record format v2 lays them out.

A body is self-delimiting, so one digest over the bodies of a partner, in order, covers keys, values and headers alike,
and the writer only puts length, attributes and offset delta before each. Anyone who consumed the records can lay the
same bodies out again and compare.
Source: Apache Kafka documentation, "Message Format", record (v2).
"""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.events.scanner import varint as raw_varint
from tidegate.events.transforms import long_bytes, long_of

VARINTS = tuple(long_bytes(n) for n in range(1 << 14))
"""Zigzag varints of small numbers: nearly every length and offset delta of a batch."""
NULL = long_bytes(-1)


def varint(n: int) -> bytes:
    return VARINTS[n] if 0 <= n < 16_384 else long_bytes(n)


def sized(data: bytes | None) -> bytes:
    """Bytes after their length; a null has the length -1."""
    return NULL if data is None else varint(len(data)) + data


def header(name: str, value: bytes) -> bytes:
    return sized(name.encode()) + sized(value)


def body(key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]] = ()) -> bytes:
    """The body of one record, for what is not on the hot path."""
    return b"".join(
        (sized(key), sized(value), varint(len(headers)), *(header(name, content) for name, content in headers))
    )


def read_body(found: bytes) -> tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]:
    """Key, value and headers of a record body."""
    key, p = _read_sized(found, 0)
    value, p = _read_sized(found, p)
    raw, p = raw_varint(found, p)
    headers = []
    for _ in range(raw >> 1):
        name, p = _read_sized(found, p)
        content, p = _read_sized(found, p)
        headers.append(((name or b"").decode(), content or b""))
    return key, value, headers


def _read_sized(found: bytes, p: int) -> tuple[bytes | None, int]:
    length, p = long_of(found, p), raw_varint(found, p)[1]
    return (None, p) if length < 0 else (found[p : p + length], p + length)
