"""Where a record key belongs."""

from __future__ import annotations

MASK = 0xFFFFFFFF
_SEED = 0x9747B28C
_M = 0x5BD1E995


def murmur2(data: bytes) -> int:
    """The hash by which Kafka's Java client places keys: MurmurHash2 with its own seed, made a positive 31-bit number.

    A key's partition is the hash modulo the number of partitions.
    Source: org.apache.kafka.common.utils.Utils, murmur2 and toPositive.
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
    return (h ^ h >> 15) & 0x7FFFFFFF
