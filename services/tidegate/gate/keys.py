"""Record keys: which lane a key belongs to, and what of an event a key is."""

from __future__ import annotations

MASK = 0xFFFFFFFF
_SEED = 0x9747B28C
_M = 0x5BD1E995


def murmur2(data: bytes) -> int:
    """The hash by which Kafka's Java client places keys: 32-bit MurmurHash2 with its own seed, as an unsigned number.

    Source: org.apache.kafka.common.utils.Utils.murmur2.
    """
    length = len(data)
    h = (_SEED ^ length) & MASK
    whole = length & ~3
    for p in range(0, whole, 4):
        k = int.from_bytes(data[p : p + 4], "little") * _M & MASK
        k = (k ^ k >> 24) * _M & MASK
        h = h * _M & MASK ^ k
    if length > whole:
        h = (h ^ int.from_bytes(data[whole:], "little")) * _M & MASK
    h = (h ^ h >> 13) * _M & MASK
    return h ^ h >> 15


def lane_of(key: bytes, lanes: int) -> int:
    """The partition that a standard producer gives a key, of ``lanes`` many."""
    return (murmur2(key) & 0x7FFFFFFF) % lanes
