"""Record batches from record bodies, as the record format v2 lays them out.

aiokafka's own builder costs more per record than making the value does. Here a record is its body with length,
attributes, timestamp delta and offset delta before it, and a batch is one join and one CRC over the result.
Source: Apache Kafka documentation, "Record Batch".
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import islice

from crc32c import crc32c

from tidegate.gate.bodies import VARINTS, varint

_HEAD = struct.Struct(">qiibI")
"""Base offset, batch length, leader epoch, magic, CRC."""
_TAIL = struct.Struct(">hiqqqhii")
"""Attributes, last offset delta, base and highest timestamp, producer id, epoch, base sequence, number of records."""
_TRANSACTIONAL = 0x10
_OVERHEAD = _HEAD.size + _TAIL.size
_MAGIC = 2
_RECORD_OVERHEAD = 12

_STARTS = tuple(b"\0\0" + offset for offset in VARINTS[:4_096])
"""Attributes, timestamp delta and offset delta of the first records of a batch."""

BATCH_BYTES = 900_000
"""About how large a batch may grow. A single larger record still makes a batch of its own."""


class RecordBatch:
    """A closed batch. It has the six methods that aiokafka's ``send_batch`` asks of a batch builder."""

    def __init__(self, bodies: Sequence[bytes], timestamp_ms: int, *, transactional: bool = True) -> None:
        self._attributes = _TRANSACTIONAL if transactional else 0
        self._records = b"".join(_records(bodies))
        self._count = len(bodies)
        self._timestamp_ms = timestamp_ms
        self._state = (-1, -1, -1)
        self._built: bytes | None = None

    def append(self, *, timestamp: int | None, key: bytes | None, value: bytes | None, headers: object = ()) -> None:
        """Nothing can be added to a closed batch: None says so to aiokafka."""

    def close(self) -> None:
        """It is closed from the start."""

    def closed(self) -> bool:
        return True

    def size(self) -> int:
        return _OVERHEAD + len(self._records)

    def record_count(self) -> int:
        return self._count

    def _set_producer_state(self, producer_id: int, producer_epoch: int, base_sequence: int) -> None:
        self._state = (producer_id, producer_epoch, base_sequence)
        self._built = None

    def _build(self) -> bytes:
        if self._built is None:
            last, stamp = self._count - 1, self._timestamp_ms
            tail = _TAIL.pack(self._attributes, last, stamp, stamp, *self._state, self._count)
            # The length counts what follows it: leader epoch (4), magic (1), CRC (4) and all that the CRC covers.
            length = 9 + len(tail) + len(self._records)
            crc = crc32c(self._records, crc32c(tail))
            self._built = b"".join((_HEAD.pack(0, length, -1, _MAGIC, crc), tail, self._records))
        return self._built


def _records(bodies: Sequence[bytes]) -> list[bytes]:
    """The parts of a batch's records. Timestamp deltas are 0: the broker writes its own time (LogAppendTime)."""
    many, small = len(_STARTS), len(VARINTS)
    if len(bodies) <= many and max(map(len, bodies), default=0) < small - _RECORD_OVERHEAD:
        # A comprehension without a branch: this line runs for every delivery.
        return [
            part
            for start, body in zip(_STARTS, bodies, strict=False)
            for part in (VARINTS[len(start) + len(body)], start, body)
        ]
    parts: list[bytes] = []
    for place, body in enumerate(bodies):
        start = _STARTS[place] if place < many else b"\0\0" + varint(place)
        parts += (varint(len(start) + len(body)), start, body)
    return parts


def batches_of(
    bodies: Sequence[bytes], timestamp_ms: int, limit: int = BATCH_BYTES, *, transactional: bool = True
) -> list[RecordBatch]:
    """Batches of at most about ``limit`` bytes, in order."""
    if sum(map(len, bodies)) + len(bodies) * _RECORD_OVERHEAD <= limit:
        return [RecordBatch(bodies, timestamp_ms, transactional=transactional)]
    found: list[RecordBatch] = []
    rest = iter(bodies)
    sizes = [len(body) + _RECORD_OVERHEAD for body in bodies]
    start = 0
    while start < len(sizes):
        end, size = start, 0
        while end < len(sizes) and (end == start or size + sizes[end] <= limit):
            size += sizes[end]
            end += 1
        some = list(islice(rest, end - start))
        found.append(RecordBatch(some, timestamp_ms, transactional=transactional))
        start = end
    return found
