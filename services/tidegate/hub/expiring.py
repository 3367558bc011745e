"""Held deliveries whose time runs out: the quarantine's retention takes what nobody decided about.

A process looks after the lanes that it has. What it has seen of a quarantine it does not read again.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from tidegate.broker.topics import QUARANTINE_MS
from tidegate.errors import TidegateError
from tidegate.hub.context import HubContext
from tidegate.quarantine.book import State
from tidegate.quarantine.listing import Lying, book_of, lying, without_bytes
from tidegate.telemetry import get_logger

_TICK_S = 5.0
"""How soon a lane that came here is looked at."""


@dataclass
class _Seen:
    """Of one lane: how far its quarantine was looked through, what is held there, how much of it was open last time."""

    until: int = -1
    held: list[Lying] = field(default_factory=list)
    open: int = 0


class HeldWatch:
    """Warns of held deliveries before they are lost: a log line when their number changes, and a metric."""

    def __init__(self, hub: HubContext) -> None:
        self._hub = hub
        self._seen: dict[int, _Seen] = {}
        self._log = get_logger()

    async def run(self, every_s: float) -> None:
        """Looks until cancelled: at a lane soon after it came here, and then every so often."""
        looked_s: dict[int, float] = {}
        while True:
            lanes = self._hub.lease.lanes
            for lane in sorted(lanes):
                if time.monotonic() - looked_s.get(lane, float("-inf")) >= every_s:
                    looked_s[lane] = time.monotonic()
                    await self._try(lane)
            for lane in looked_s.keys() - lanes:
                del looked_s[lane]
                self._hub.metrics.held_expiring.labels(lane).set(0)  # whoever has the lane now says it
            await asyncio.sleep(min(every_s, _TICK_S))

    async def _try(self, lane: int) -> None:
        try:
            await self._look(lane)
        except TidegateError as exc:
            self._log.warning("held deliveries cannot be looked at", lane=lane, error=str(exc))

    async def _look(self, lane: int) -> None:
        hub, seen = self._hub, self._seen.setdefault(lane, _Seen())
        settings, now_ms = hub.settings, time.time_ns() // 1_000_000
        before_ms = now_ms - QUARANTINE_MS + int(settings.hub.held_warning_s * 1_000)
        async for one in lying(settings, lane, before_ms=before_ms, after=seen.until):
            seen.until = one.at
            if one.record.held:
                seen.held.append(without_bytes(one))
        book = await book_of(settings, lane)
        left = [one for one in seen.held if one.expires_in_ms(now_ms) > 0]
        seen.held = [one for one in left if book.of(one.at, one.record.topic_id, one.record.offset).state is State.OPEN]
        count = len(seen.held)
        hub.metrics.held_expiring.labels(lane).set(count)
        if count and count != seen.open:
            self._log.warning(
                "held deliveries are taken by the quarantine's retention soon; release or discard them with "
                "'tidegate quarantine'",
                lane=lane, count=count, seconds=min(one.expires_in_ms(now_ms) for one in seen.held) // 1_000,
            )  # fmt: skip
        seen.open = count
