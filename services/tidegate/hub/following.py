"""Following the ``rules`` topic: which plan is in force, and how long ago that was last made sure.

A lane never decides under rules that may have been revoked: a process that could not read ``rules`` to its end for
``rules_stale_s`` stalls, whatever else still works.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass

from tidegate.broker.logs import PartitionLog, open_log
from tidegate.errors import TidegateError
from tidegate.events.checks import References
from tidegate.gate.executor import Executor
from tidegate.gate.keyring import Keyring
from tidegate.rules import Plan
from tidegate.rules.activations import Activation, Ledger
from tidegate.settings import Settings
from tidegate.telemetry import Metrics, get_logger


@dataclass(frozen=True)
class InForce:
    """An activation and its plan, ready to run."""

    activation: Activation
    executor: Executor


class RulesFollower:
    """Reads ``rules`` to its end before anything else, then follows it. One per process."""

    def __init__(self, settings: Settings, topic: str, keyring: Keyring, metrics: Metrics) -> None:
        self._settings = settings
        self._topic = topic
        self._keyring = keyring
        self._metrics = metrics
        self.ledger = Ledger()
        """All that the topic said so far."""
        self._confirmed = float("-inf")
        self._not_checked: tuple[str, ...] = ()
        self._changed = asyncio.Condition()
        self._log = get_logger()
        self.in_force: InForce | None = None
        self.failure: TidegateError | None = None
        """Why a plan that is in force cannot be run here: a key that the keyring lacks, a plan of another version."""

    @property
    def age_s(self) -> float:
        """Seconds since the topic was last read to its end."""
        return time.monotonic() - self._confirmed

    @property
    def fresh(self) -> bool:
        return self.age_s <= self._settings.lane.rules_stale_s

    async def run(self) -> None:
        """Follows until cancelled. A broker that is away only makes the rules grow stale."""
        position = -1
        while True:
            try:
                async with open_log(self._settings.kafka, self._topic, 0) as log:
                    while True:
                        position = await self._catch_up(log, position)
                        await asyncio.sleep(self._settings.lane.rules_confirm_s / 5)
            except TidegateError as exc:
                self._log.warning("rules cannot be read", error=str(exc), seconds=round(self.age_s, 1))
            except Exception as exc:  # noqa: BLE001 - whatever a client raises, the rules grow stale and lanes stall
                self._log.warning("rules cannot be read", error=repr(exc), seconds=round(self.age_s, 1))
            await asyncio.sleep(self._settings.lane.retry_s)

    async def _catch_up(self, log: PartitionLog, position: int) -> int:
        """Reads what is new. Once done, everything that was there when it began has been read."""
        began = time.monotonic()
        async with asyncio.timeout(self._settings.lane.rules_confirm_s * 2):
            begin, end = await log.bounds()
            if end < position:
                self._begin_anew()
                position = begin
            start = max(begin, position)
            switched = False
            if start < end:
                async for record in log.read(start, end):
                    switched |= self.ledger.apply(record.key, record.value)
        if switched:
            self._put_in_force()
        self._confirmed = began
        self._metrics.rules_age.set(0)
        async with self._changed:
            self._changed.notify_all()
        return max(start, end)

    def _begin_anew(self) -> None:
        """The topic is shorter than what was read of it: it was made anew, and what it said is no longer in force."""
        self._log.error("the rules topic was made anew; what it said before is not in force any more")
        self.ledger = Ledger()
        self.in_force = None

    def _put_in_force(self) -> None:
        activation = self.ledger.current
        if activation is None:
            return
        try:
            plan = Plan.from_bytes(self.ledger.plans[activation.plan])
            references = References.of(self.ledger.lists_of(plan))
            executor = Executor(plan, self._keyring, frozenset(activation.suspended), references)
        except TidegateError as exc:
            # The old rules must not go on either: they are no longer in force.
            self.failure = exc
            self.in_force = None
            self._log.error("the rules in force cannot be run here", sequence=activation.sequence, error=str(exc))
            return
        self.failure = None
        self.in_force = InForce(activation, executor)
        self._metrics.rules.set(activation.sequence)
        self._log.info(
            "rules in force",
            sequence=activation.sequence,
            plan=activation.plan,
            suspended=list(activation.suspended),
        )
        self._say_what_is_not_checked(executor.references.not_checked())

    def _say_what_is_not_checked(self, sentences: tuple[str, ...]) -> None:
        """Once per run, and again when other lists are there or lack."""
        if sentences != self._not_checked:
            self._not_checked = sentences
            for sentence in sentences:
                self._log.warning(sentence)

    async def wait(self, timeout_s: float) -> None:
        """Waits for news, or for the timeout."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s), self._changed:
                await self._changed.wait()
