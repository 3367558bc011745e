"""Freeing: of a delivery that waits for a person, which fields leave once it is let go, and which stay even so.

Told from the plan: the view that the event has, and the one that a person's release opens. No value is looked at, only
whether the event says anything there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tidegate.gate.inspection import Inspected
from tidegate.gate.presences import presence
from tidegate.gate.release import Released
from tidegate.law import Action


@dataclass(frozen=True, slots=True)
class FreedField:
    """One granted field of an event. ``waits`` is why the delivery waits for it; empty where it does not.

    ``reason`` is why it leaves once it is let go, or stays even so, with the row of the table that says it.
    """

    path: str
    field_class: str
    waits: str
    leaves: bool
    reason: str
    row: int


def fields_freed(
    inspected: Inspected, index: int, partner: str, decided_us: int, level: int | None = None
) -> tuple[FreedField, ...]:
    """What becomes of every field that a grant names and the event has, when a person lets the delivery go.

    ``level`` is that of the exporter's counts; None: nobody was counted.
    """
    incoming, value, marks = inspected.incoming[index], inspected.values[index], inspected.marks[index]
    if incoming is None or value is None:
        return ()
    view = inspected.router(index).view_of(partner, value, marks, decided_us, level)
    if view is None:
        return ()
    tables, slot = inspected.executor.plan.verdicts, incoming.schema.slot
    before = {one.path: one for one in tables[view.verdicts]}

    def says_something(path: str) -> bool:
        place = path.partition("[")[0]
        return place in slot and presence(slot[place])(value, marks)

    return tuple(
        FreedField(
            one.path,
            before[one.path].field_class,
            before[one.path].reason if before[one.path].action == Action.HOLD else "",
            Action(one.action).leaves,
            one.reason,
            one.row,
        )
        for one in tables[view.verdicts if view.freed is None else view.freed.verdicts]
        if one.grant and says_something(one.path)
    )


def let_go(released: Released, index: int, partner: str) -> tuple[str, ...]:
    """The fields for which a delivery waited and that left with it, each followed by why it waited."""
    levels: Mapping[int, int] = released.counts.levels
    found = fields_freed(released.inspected, index, partner, released.decided_us, levels.get(index))
    return tuple(f"{one.path} {one.waits}" for one in found if one.waits and one.leaves)
