"""Claims about the decision table, and facts that break them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import z3
from tests.proof import asked
from tests.proof.machine import Machine
from tests.proof.symbolic import FALSE, both, chosen, either, options
from tests.properties.naive_table import naive

from tidegate import law
from tidegate.law import newest_law

MODULES = (
    *(f"tidegate.law.{name}" for name in ("table", "personal", "rows", "facts", "lifting")),
    "tests.properties.naive_table",
)
Verdict = tuple[int, str, str]


class Table:
    """The table over open facts: under which condition it says what, and when something in it raises."""

    def __init__(self, function: Callable[..., Any], *, relays: int = 1, **said: Any) -> None:
        machine = Machine(MODULES, said.get("planted"))
        self.law = said.get("law") or newest_law()
        self.relays = relays
        found = machine.call(function, asked.facts(relays=relays), asked.law(self.law))
        self.outcomes = options(found)
        self.raises = either(*machine.faults)

    def where(self, holds: Callable[[Any], bool]) -> z3.BoolRef:
        return either(*(when for when, outcome in self.outcomes if holds(outcome)))

    def verdicts(self) -> dict[Verdict, z3.BoolRef]:
        """Row, action and mechanism, with the conditions under which they are said."""
        parts = [
            (both(when, *conditions), (row, str(action), str(mechanism)))
            for when, outcome in self.outcomes
            if outcome is not None
            for conditions, row, action, mechanism in _parts(outcome)
        ]
        return {verdict: when for when, verdict in options(chosen(parts))}


def _parts(outcome: Any) -> list[tuple[list[z3.BoolRef], int, Any, Any]]:
    row, action, mechanism = outcome if isinstance(outcome, tuple) else (outcome.row, outcome.action, outcome.mechanism)
    return [
        ([one, two, three], number, does, under)
        for one, number in options(row)
        for two, does in options(action)
        for three, under in options(mechanism)
    ]


@cache
def table() -> Table:
    return Table(law.decide)


@cache
def second() -> Table:
    return Table(naive)


@cache
def freed() -> Table:
    """The table as it is asked about a delivery that a named person let go."""
    return Table(law.decide_freed)


@cache
def leaves() -> z3.BoolRef:
    return table().where(lambda decision: decision is not None and decision.action.leaves)


@cache
def which() -> z3.ArithRef:
    """The place of the one outcome whose condition holds."""
    return z3.Sum([z3.If(when, place, 0) for place, (when, _) in enumerate(table().outcomes)])


@cache
def goes_on() -> z3.BoolRef:
    """Where the mere presence of a field does not stop the event."""
    found = Table(law.decide_presence)
    return found.where(lambda decision: decision is None)


def broken_by(claim: z3.BoolRef) -> z3.ModelRef | None:
    """Facts that break a claim, or None: the claim holds for all of them."""
    solver = z3.Solver()
    solver.add(asked.DOMAIN, z3.Not(claim))
    found = solver.check()
    assert found != z3.unknown
    return solver.model() if found == z3.sat else None


def proved(claim: z3.BoolRef) -> None:
    model = broken_by(claim)
    assert model is None, asked.example(model)


def with_fact(formula: z3.BoolRef, variable: z3.ExprRef, value: z3.ExprRef) -> z3.BoolRef:
    return z3.substitute(formula, (variable, value))


def difference(one: Mapping[Verdict, z3.BoolRef], two: Mapping[Verdict, z3.BoolRef]) -> z3.BoolRef:
    return either(*(z3.Xor(one.get(said, FALSE), two.get(said, FALSE)) for said in {*one, *two}))
