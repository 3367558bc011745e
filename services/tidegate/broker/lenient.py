"""Record batches with a header name that is not UTF-8, read nevertheless.

The broker takes such a record; aiokafka's compiled reader raises over it, and over every record behind it in its batch,
whenever the lane comes by: one publisher could stop the lanes of all. Here the fetch is kept, and from the batch that
failed on it is read once more, slower, with what is not text in such a name replaced.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy as PlainBatch
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.memory_records import _MemoryRecordsPy as PlainRecords

_LENGTH_AT, _HEAD = 8, 12
"""Where the length of a batch stands, and how many bytes it does not count: base offset (8) and itself (4)."""


class Fetched:
    """What one fetch gave of one partition. It goes from batch to batch as aiokafka's own class does."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._batches = MemoryRecords(raw)
        self._at = self._next = 0

    def size_in_bytes(self) -> int:
        return int(self._batches.size_in_bytes())

    def has_next(self) -> bool:
        return bool(self._batches.has_next())

    def next_batch(self) -> Any:
        self._at = self._next
        length = int.from_bytes(self._raw[self._at + _LENGTH_AT : self._at + _HEAD], "big")
        self._next = self._at + _HEAD + length
        return self._batches.next_batch()

    def from_last(self) -> _Lenient:
        """The batch that was given last, and those after it, to be read leniently."""
        return _Lenient(self._raw[self._at :])


class _Lenient(PlainRecords):  # type: ignore[misc]
    def next_batch(self) -> Any:
        batch = self._next_slice
        self._cache_next()
        return _Batch(batch)


class _Batch(PlainBatch):  # type: ignore[misc]
    def __iter__(self) -> Any:
        self._maybe_uncompress()
        self._buffer: bytearray = _Buffer(self._buffer)
        return self


class _Buffer(bytearray):
    """A buffer whose slices decode whatever they hold."""

    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        return _Slice(found) if isinstance(found, bytearray) else found


class _Slice(bytearray):
    def decode(self, encoding: str = "utf-8", errors: str = "replace") -> str:
        return bytes(self).decode(encoding, errors)


_unpack = fetcher.PartitionRecords._unpack_records  # noqa: SLF001 - see broker.patches


def unpack_records(self: Any) -> Iterator[Any]:
    """``PartitionRecords._unpack_records``, which does not end at such a header name."""
    try:
        yield from _unpack(self)
    except UnicodeDecodeError:
        self._records = self._records.from_last()
        yield from _unpack(self)
