"""Trying: what the rules in force would make of a record of the quarantine, without doing it.

Nobody is counted: people are taken as counted and few.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from tidegate import gate
from tidegate.errors import ConfigError
from tidegate.events.checks import References
from tidegate.gate import Counts, Executor, FreedField, Outcome, Reason, Released, Verdict, Verdicts
from tidegate.provision.activation import plan_in_force, read_ledger
from tidegate.provision.folders import read_keyring
from tidegate.quarantine.listing import Lying, lanes_of
from tidegate.settings import Settings

_FEW = Counts({0: 0})
"""As if the record's people had been counted, and were few."""


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


@dataclass(frozen=True, slots=True)
class Release:
    """What would leave of a held delivery if a person let it go now: nothing where ``why`` says why not.

    ``counted`` are paths of fields that leave only if the people behind them can be counted, and are not too many.
    """

    fields: tuple[FreedField, ...] = ()
    counted: frozenset[str] = frozenset()
    why: str = ""


def try_again(rules: Rules, one: Lying) -> Trial:
    """The same ``inspect`` and ``release`` as in the hub, with the record's claim taken as a first sight."""
    record = one.record
    if record.reason is Reason.POISON:
        return Trial("not tried", "it killed the process that tried it; --execute tries it in a child process first")
    if record.held:
        return Trial("not tried", "a held delivery is released or discarded, never redriven")
    if why := _untried(rules, one):
        return Trial("not tried", why)
    batch, _ = gate.batch_again([record], one.lane, rules.lanes)
    inspected = gate.inspect(batch, rules.executor)
    released = gate.release(inspected, Verdicts([Verdict.FIRST]), time.time_ns() // 1_000, _FEW)
    return Trial(released.outcomes[0].word, _why(released), tuple(output.partner for output in released.outputs),
                 tuple(hold.partner for hold in released.holds))  # fmt: skip


def try_release(rules: Rules, one: Lying) -> Release:
    """The same path, with the delivery let go; once with nobody counted, and once with few people counted."""
    partner = one.record.partner
    if why := _untried(rules, one):
        return Release(why=why)
    if partner in rules.executor.suspended:
        return Release(why=f"{partner} is suspended")
    now_us = time.time_ns() // 1_000
    batch, _ = gate.batch_again([one.record], one.lane, rules.lanes)
    inspected = gate.inspect(batch, rules.executor)
    released = gate.release(inspected, Verdicts([Verdict.FIRST]), now_us, _FEW, freed={0: partner})
    if released.outcomes[0] is not Outcome.RELEASED:
        why = _why(released)
        return Release(why=f"under the rules of today it is {released.outcomes[0].word}{why and f': {why}'}")
    alone = {one.path for one in gate.fields_freed(inspected, 0, partner, now_us) if one.leaves}
    fields = gate.fields_freed(inspected, 0, partner, now_us, _FEW.levels[0])
    return Release(fields, frozenset(one.path for one in fields if one.leaves) - alone)


def _untried(rules: Rules, one: Lying) -> str:
    """Why a record cannot be decided again; empty where it can."""
    if not one.record.complete:
        return "only the head of it is kept, since it was too large"
    if one.record.publisher not in rules.executor.publishers:
        return f"the rules in force know no publisher {one.record.publisher!r}"
    return ""


def _why(released: Released) -> str:
    """Why it does not simply leave; nothing of what the record says."""
    findings = released.inspected.findings.get(0, ())
    errors = sorted({f"{one.rule} {one.severity} {one.path}" for one in findings if one.severity == "ERROR"})
    if errors:
        return ", ".join(errors)
    fault = released.faults.get(0)
    return f"{fault.reason}: {fault.detail}" if fault is not None else ""
