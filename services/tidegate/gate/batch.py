"""What a lane reads at once, as columns: runs of records, each run from one source."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Headers: TypeAlias = Sequence[tuple[str, bytes | None]]


@dataclass(frozen=True, slots=True)
class Source:
    """A topic that a lane reads. ``digest`` is of its topic id: a topic made anew is not the old one."""

    topic: str
    topic_id: str
    digest: bytes
    publisher: str


@dataclass(slots=True)
class Run:
    """Records of one source in the order of their offsets. ``timestamps`` are LogAppendTime, in milliseconds."""

    source: Source
    offsets: list[int] = field(default_factory=list)
    timestamps: list[int] = field(default_factory=list)
    keys: list[bytes | None] = field(default_factory=list)
    values: list[bytes | None] = field(default_factory=list)
    headers: list[Headers] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.offsets)


@dataclass(slots=True)
class Batch:
    """All that one transaction takes in. ``next_offsets`` are where each source goes on, by topic id."""

    lane: int
    lanes: int
    runs: list[Run]

    def __len__(self) -> int:
        return sum(len(run) for run in self.runs)


def source_of(topic: str, topic_id: str, publisher: str) -> Source:
    """A source, with the digest by which coordinates name its topic."""
    return Source(topic, topic_id, hashlib.blake2b(topic_id.encode(), digest_size=8).digest(), publisher)


COORDINATES_SIZE = 16


def coordinates(source: Source, lane: int, offset: int) -> bytes:
    """Where a record stands, in 16 bytes: topic id digest (8), lane (2), offset (6)."""
    return source.digest + lane.to_bytes(2, "big") + offset.to_bytes(6, "big")


def read_coordinates(found: bytes) -> tuple[bytes, int, int]:
    """``(topic digest, lane, offset)`` of coordinates."""
    return found[:8], int.from_bytes(found[8:10], "big"), int.from_bytes(found[10:16], "big")
