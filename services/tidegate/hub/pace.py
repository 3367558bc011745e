"""How much a lane takes at once, and whether it reads ahead: throughput with a backlog, latency without one."""

from __future__ import annotations

import time

SMALL_SHARE = 8
"""A batch that fills less than this part of what it may hold comes of a lane that keeps up."""
SHARED_PARTS = 4
"""Batches of several sources, when they are large, hold this part of what they may: who sends little waits for what is
read with it and before it. A source that is alone pays nothing."""
SHARED_S = 10.0
"""For so long after the last such batch."""


class Pace:
    """The pace of one lane. ``full`` is how many records a batch may hold."""

    def __init__(self, full: int) -> None:
        self._full = full
        self._part = max(1, full // SHARED_PARTS)
        self._shared_until = float("-inf")

    def took(self, count: int, sources: int) -> None:
        """A batch was read: so many records, of so many sources."""
        if sources > 1 and count >= self._part:
            self._shared_until = time.monotonic() + SHARED_S

    def limit(self, batch: int) -> int:
        """How many records the next batch may take, of what it is allowed otherwise."""
        return min(batch, self._part) if self._is_shared else batch

    def reads_ahead(self, count: int) -> bool:
        """Whether to read the next batch while one of ``count`` records is written.

        What is read ahead waits for the batch before it, and what comes after that read waits for two. A backlog of one
        source has nobody who waits. Where several sources share a lane, its other lanes keep the processor busy.
        """
        return not self._is_shared and count * SMALL_SHARE >= self._full

    @property
    def _is_shared(self) -> bool:
        return time.monotonic() < self._shared_until
