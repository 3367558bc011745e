"""A lane in this process: taken over, worked, dropped; and taken over again after any trouble, while it is held."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass

from tidegate.broker.writer import Fenced, TopicRefused
from tidegate.errors import ClaimsUnavailable, TidegateError, Unconfirmed
from tidegate.hub.context import HubContext
from tidegate.hub.flooding import Floods
from tidegate.hub.takeover import Tenure, take_over
from tidegate.hub.work import LaneWork
from tidegate.telemetry import get_logger


class FenceStorm(Unconfirmed):
    """This process is fenced again and again, and nothing it can see explains it."""

    code = "fence_storm"


@dataclass(slots=True)
class _Fences:
    """Fences in a row that nothing explains: no commit between them, one generation, no time-out."""

    count: int = 0
    generation: int = -1


class Lane:
    """One lane, as long as this process is assigned it."""

    def __init__(self, hub: HubContext, number: int) -> None:
        self._hub = hub
        self._fences = _Fences()
        self._floods = Floods(hub.settings.hub.quarantine_share, hub.settings.hub.quarantine_least)
        self._log = get_logger().bind(lane=number)
        self.number = number
        self.work: LaneWork | None = None
        """The work of the present tenure; None while the lane is being taken over."""

    @property
    def wanted(self) -> bool:
        return self.number in self._hub.lease.lanes and not self._hub.stopping.is_set()

    def stuck_s(self) -> float:
        """Seconds since the last commit, while there is lag; 0 without lag, and while the lane is being taken over."""
        work = self.work
        return time.monotonic() - work.last_progress if work is not None and work.lag else 0.0

    async def run(self) -> None:
        """Runs until the lane is assigned elsewhere or the hub stops. Raises ``FenceStorm`` only."""
        limits = self._hub.settings.lane
        reason, pause = "start", limits.retry_s
        try:
            while self.wanted:
                began = time.monotonic()
                reason = await self._tenure(reason)
                if time.monotonic() - began > limits.retry_max_s:
                    pause = limits.retry_s  # it worked for a while: this is new trouble
                if self.wanted:
                    await self._pause(pause)
                    pause = min(pause * 2, limits.retry_max_s)
        finally:
            self._hub.waiting(self.number, "")
            self._hub.flooding(self.number, {})
            self._hub.metrics.open.labels(self.number).set(0)
            self._hub.metrics.lag.labels(self.number).set(0)  # whoever has the lane now says how far it is behind

    async def _pause(self, seconds: float) -> None:
        """Waits before the next takeover, and no longer than until the hub stops."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._hub.stopping.wait()

    async def _tenure(self, reason: str) -> str:
        """One takeover and the work after it. Gives the reason for the next takeover."""
        tenure: Tenure | None = None
        try:
            await self._until_leased()
            if not self.wanted:
                return reason
            tenure = await take_over(self._hub, self.number, reason)
            if reason != TopicRefused.code:  # a takeover alone does not show that the topic takes records again
                self._hub.waiting(self.number, "")
            self._hub.flooding(self.number, {})
            self._hub.metrics.open.labels(self.number).set(1)
            self.work = LaneWork(self._hub, tenure, self._floods)
            await self.work.run()
        except Fenced as exc:
            return self._fenced(exc, tenure)
        except ClaimsUnavailable as exc:
            self._hub.waiting(self.number, f"Redis ({exc})")
            return exc.code
        except TopicRefused as exc:
            self._hub.waiting(
                self.number, f"a topic that can be written ({exc}); a suspended partner is not waited for"
            )
            return exc.code
        except TidegateError as exc:
            self._fences.count = 0
            self._hub.waiting(self.number, "")
            self._log.warning("lane lost", reason=exc.code, error=str(exc))
            return exc.code
        except Exception as exc:  # noqa: BLE001 - a lane that dies of a bug is taken over again; it committed nothing
            self._log.exception("a bug stopped the lane; nothing was committed", error=type(exc).__name__)
            return "bug"
        else:
            return "start"
        finally:
            self.work = None
            self._hub.metrics.open.labels(self.number).set(0)
            if tenure is not None:
                await tenure.drop()

    async def _until_leased(self) -> None:
        """Waits until the lease is settled and held. A heartbeat that fails means waiting, never anything worse."""
        while self.wanted and not await self._hub.lease.held(self.number):
            await self._pause(self._hub.settings.lane.heartbeat_s / 5)

    def _fenced(self, exc: Fenced, tenure: Tenure | None) -> str:
        """A fence is normal when a paused process woke up; many in a row, with all well otherwise, are a second hub."""
        committed = tenure is not None and tenure.state.progressed
        generation = self._hub.lease.generation
        if committed or generation != self._fences.generation:
            self._fences = _Fences(generation=generation)
        self._fences.count += 1
        self._log.warning("lane fenced", reason=exc.code, count=self._fences.count, generation=generation)
        if self._fences.count >= self._hub.settings.lane.fences:
            raise FenceStorm(
                f"lane {self.number} was fenced {self._fences.count} times in a row although this process holds it: "
                "another hub writes it, with the same group or topic prefix but another lanes topic; stop one of them"
            ) from exc
        return exc.code
