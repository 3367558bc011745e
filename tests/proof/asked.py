"""All that the decision table can be asked, as one set of facts with everything in it open.

Each fact is a variable of z3. Zones are those that the law's areas tell apart, and one for all others on either side of
the Mainland's border; ``test_proof`` shows that there are no others to tell apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import z3
from tests.proof.symbolic import Choice, Members

from tidegate.law import (
    PURPOSES,
    Facts,
    FieldClass,
    Law,
    Mechanism,
    Origin,
    PartyFacts,
    Points,
    Tri,
    Zone,
    newest_law,
    parse_zone,
)
from tidegate.law.points import NAMES

T = TypeVar("T")
CODES = (
    *("CN", "CN-GD", "CN-SX", "CN-SH", "CN-BJ", "CN-HI", "CN-GD-SZ-QH", "CN-SH-FTZ"),
    *(f"CN-{free}-FTZ" for free in ("BJ", "TJ", "ZJ", "GX", "JS", "CQ", "FJ")),
    *(f"CN-GD-{city}" for city in ("GZ", "SZ", "ZH", "FS", "HZ", "DG", "ZS", "JM", "ZQ")),
    *("HK", "MO", "SG"),
)
"""Zones of every kind: CN-SX stands for the provinces that no area names, SG for the rest of the world."""
ZONES: tuple[Zone | None, ...] = (None, *map(parse_zone, CODES))
PAPERS = tuple(one for one in Mechanism if one not in (Mechanism.NONE, Mechanism.NONE_NEEDED))


class Open(Generic[T]):
    """A variable over some objects."""

    def __init__(self, name: str, among: Sequence[T]) -> None:
        self.among = tuple(among)
        self._sort, self._constants = z3.EnumSort(name, [f"{name}={one}" for one in among])
        self.variable = z3.Const(name, self._sort)
        self.value: Any = Choice(tuple((self.variable == self.said(one), one) for one in self.among))

    def said(self, one: T) -> z3.ExprRef:
        """The constant of z3 for one of the objects."""
        return self._constants[self.among.index(one)]

    def found(self, model: z3.ModelRef) -> T:
        said = model.eval(self.variable, model_completion=True)
        return next(one for one, constant in zip(self.among, self._constants, strict=True) if constant.eq(said))


ASKED = ("unmixed", "evidence", "off_list", "list_reference", "counsel", "grace")
OF_A_PARTY = ("ciio", "state_organ", "foreign_authority", "restricted", "small_handler")
TRIS = {name: Open(name, tuple(Tri)) for name in ASKED}
EXPORTER = {name: Open(f"exporter.{name}", tuple(Tri)) for name in OF_A_PARTY}
RECIPIENT = {name: Open(f"recipient.{name}", tuple(Tri)) for name in OF_A_PARTY}
PLACES = {name: Open(name, ZONES) for name in ("exporter.zone", "recipient.zone", "storage", "relay")}
CLASS = Open("class", tuple(FieldClass))
OTHERWISE = Open("otherwise", tuple(FieldClass))
ORIGIN = Open("origin", tuple(Origin))
PURPOSE = Open("purpose", (*PURPOSES, "", "marketing"))
FLAGS = {name: z3.Bool(name) for name in ("own_path", "mandatory", "lineage_known", "confidential")}
STAMPED = z3.Bool("stamped")
STAMP = Members({zone.city: z3.Bool(f"stamp:{zone.city}") for zone in ZONES if zone})
USABLE = Members({one: z3.Bool(f"paper:{one}") for one in PAPERS})
OVERDUE = Members({one: z3.Bool(f"overdue:{one}") for one in PAPERS})
COUNTED, PEOPLE = z3.Bool("counted"), z3.Int("people")
POINTS = {name: z3.Bool(f"point:{name}") for name in NAMES}
DOMAIN = PEOPLE >= 1
"""What holds of every question: with an event about people there is at least one."""


def facts(*, relays: int = 1) -> Facts:
    """Everything open. One relay stands for any number of places between storage and recipient; see ``test_proof``."""
    return Facts(
        CLASS.value,
        PartyFacts(PLACES["exporter.zone"].value, **{name: one.value for name, one in EXPORTER.items()}),
        PartyFacts(PLACES["recipient.zone"].value, **{name: one.value for name, one in RECIPIENT.items()}),
        PLACES["storage"].value,
        purpose=PURPOSE.value,
        **FLAGS,
        stamp=Choice(((z3.Not(STAMPED), None), (STAMPED, STAMP))),
        relays=(PLACES["relay"].value,) * relays,
        origin=ORIGIN.value,
        papers=USABLE,
        overdue=OVERDUE,
        people=Choice(((z3.Not(COUNTED), None), (COUNTED, PEOPLE))),
        otherwise=OTHERWISE.value,
        **{name: one.value for name, one in TRIS.items()},
    )


def law(in_force: Law | None = None) -> Law:
    """The law of a day with every point open."""
    return replace(in_force or newest_law(), points=Points(**POINTS))


@dataclass(frozen=True)
class Example:
    """One of the questions, said in full."""

    facts: Facts
    law: Law


def example(model: z3.ModelRef, in_force: Law | None = None, *, relays: int = 1) -> Example:
    """The question that a model of z3 stands for."""

    def holds(one: z3.BoolRef) -> bool:
        return z3.is_true(model.eval(one, model_completion=True))

    def inside(members: Members) -> frozenset[Any]:
        return frozenset(one for one, bit in members.bits.items() if holds(bit))

    def party(role: str, said: dict[str, Open[Tri]]) -> PartyFacts:
        return PartyFacts(PLACES[f"{role}.zone"].found(model), **{name: one.found(model) for name, one in said.items()})

    found = Facts(
        CLASS.found(model),
        party("exporter", EXPORTER),
        party("recipient", RECIPIENT),
        PLACES["storage"].found(model),
        purpose=PURPOSE.found(model),
        **{name: holds(one) for name, one in FLAGS.items()},
        stamp=inside(STAMP) if holds(STAMPED) else None,
        relays=(PLACES["relay"].found(model),) * relays,
        origin=ORIGIN.found(model),
        papers=inside(USABLE),
        overdue=inside(OVERDUE),
        people=model.eval(PEOPLE, model_completion=True).as_long() if holds(COUNTED) else None,
        otherwise=OTHERWISE.found(model),
        **{name: one.found(model) for name, one in TRIS.items()},
    )
    points = Points(**{name: holds(one) for name, one in POINTS.items()})
    return Example(found, replace(in_force or newest_law(), points=points))


def fixed(facts: Facts, points: Points) -> list[tuple[z3.ExprRef, z3.ExprRef]]:
    """What every variable is in a question that is said in full, with one relay."""
    relay = facts.relays[0]
    people = 1 if facts.people is None else facts.people
    opened: list[tuple[Open[Any], Any]] = [
        (CLASS, facts.field_class),
        (OTHERWISE, facts.otherwise),
        (ORIGIN, facts.origin),
        (PURPOSE, facts.purpose),
        (PLACES["exporter.zone"], facts.exporter.zone),
        (PLACES["recipient.zone"], facts.recipient.zone),
        (PLACES["storage"], facts.storage),
        (PLACES["relay"], relay),
        *((one, getattr(facts.exporter, name)) for name, one in EXPORTER.items()),
        *((one, getattr(facts.recipient, name)) for name, one in RECIPIENT.items()),
        *((one, getattr(facts, name)) for name, one in TRIS.items()),
    ]
    flags: list[tuple[z3.ExprRef, bool]] = [
        *((one, getattr(facts, name)) for name, one in FLAGS.items()),
        *((one, getattr(points, name)) for name, one in POINTS.items()),
        *((bit, code in (facts.stamp or ())) for code, bit in STAMP.bits.items()),
        *((bit, one in facts.papers) for one, bit in USABLE.bits.items()),
        *((bit, one in facts.overdue) for one, bit in OVERDUE.bits.items()),
        (STAMPED, facts.stamp is not None),
        (COUNTED, facts.people is not None),
    ]
    return [
        *((one.variable, one.said(said)) for one, said in opened),
        *((one, z3.BoolVal(said)) for one, said in flags),
        (PEOPLE, z3.IntVal(people)),
    ]
