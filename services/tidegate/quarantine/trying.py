"""Trying: what the rules in force would make of a record of the quarantine, without doing it.

Nobody is counted: people are taken as counted and few.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from tidegate import gate
from tidegate.errors import ConfigError
from tidegate.events.checks import References
from tidegate.gate import Counts, Executor, Outcome, Reason, Released, Verdict, Verdicts
from tidegate.provision.activation import plan_in_force, read_ledger
from tidegate.provision.folders import read_keyring
from tidegate.quarantine.listing import Lying, lanes_of
from tidegate.settings import Settings


@dataclass(frozen=True, slots=True)
class Trial:
    """What would become of a record, if no other has its event by now: the outcome, why, and who would get it."""

    outcome: str
    why: str = ""
    partners: tuple[str, ...] = ()
    held: tuple[str, ...] = ()

    @property
    def mended(self) -> bool:
        """Whether it would not fail again."""
        return self.outcome in (Outcome.RELEASED.word, Outcome.HELD.word, Outcome.WITHHELD.word)


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules in force, ready to run, and the number of lanes."""

    executor: Executor
    lanes: int


async def trying_under(settings: Settings) -> Rules:
    """The rules in force. Raises ``ConfigError`` when there are none, ``BadSettings`` when the keyring lacks a key."""
    ledger = await read_ledger(settings)
    current, plan = ledger.current, plan_in_force(ledger)
    if current is None or plan is None:
        raise ConfigError("no rules are in force, so nothing can be decided again; run 'tidegate rules activate'")
    references = References.of(ledger.lists_of(plan))
    executor = Executor(plan, read_keyring(settings.keyring), frozenset(current.suspended), references)
    return Rules(executor, await lanes_of(settings))


def try_again(rules: Rules, one: Lying) -> Trial:
    """The same ``inspect`` and ``release`` as in the hub, with the record's claim taken as a first sight."""
    record = one.record
    if record.reason is Reason.POISON:
        return Trial("not tried", "it killed the process that tried it; --execute tries it in a child process first")
    if record.held:
        return Trial("not tried", "a held delivery is released or discarded, never redriven")
    if not record.complete:
        return Trial("not tried", "only the head of it is kept, since it was too large")
    if record.publisher not in rules.executor.publishers:
        return Trial("not tried", f"the rules in force know no publisher {record.publisher!r}")
    batch, _ = gate.batch_again([record], one.lane, rules.lanes)
    inspected = gate.inspect(batch, rules.executor)
    released = gate.release(inspected, Verdicts([Verdict.FIRST]), time.time_ns() // 1_000, Counts({0: 0}))
    return Trial(released.outcomes[0].word, _why(released), tuple(output.partner for output in released.outputs),
                 tuple(hold.partner for hold in released.holds))  # fmt: skip


def _why(released: Released) -> str:
    """Why it does not simply leave; nothing of what the record says."""
    findings = released.inspected.findings.get(0, ())
    errors = sorted({f"{one.rule} {one.severity} {one.path}" for one in findings if one.severity == "ERROR"})
    if errors:
        return ", ".join(errors)
    fault = released.faults.get(0)
    return f"{fault.reason}: {fault.detail}" if fault is not None else ""
