"""Lifting: what leaves of a delivery that a named person let go, held field included.

A person may lift what a person can judge: that what was suspect is no important data after all (LAW 8.3, row 6), and
that newly notified data goes on within its grace (8.4(10)). What has to be done first nobody lifts: a fact that is not
known, a risk assessment that is not there, a filing that is late. A delivery is let go without these fields, but for
those that leave under another row, as if the late paper were not there.

The rows decide here too: they are asked again, with the facts that are left. Nothing that they drop or block leaves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tidegate.law.facts import Action, Decision, Facts, FieldClass
from tidegate.law.parameters import Law
from tidegate.law.rows import stays
from tidegate.law.table import decide, row_3_unknown

_PLAIN = (FieldClass.GENERAL, FieldClass.COMMERCIAL)
"""What a field has to be otherwise, for a person's word about important data to be all that it waits for."""


@dataclass(frozen=True, slots=True)
class Lift:
    """A reason for which the table holds, and what becomes of the field when a named person lets the delivery go.

    ``name`` is one of a bounded set; the words of other languages go by it.
    """

    name: str
    title: str
    articles: tuple[str, ...]
    then: str


LIFTS = (
    Lift(
        "suspect",
        "suspect of being important (rows 5, 6)",
        ("CAC Provisions 2, 3", "NDSMR 37"),
        "the class that it has otherwise decides, where that is GENERAL or COMMERCIAL; else it stays",
    ),
    Lift(
        "grace",
        "important, within the grace of its notice (row 6)",
        ("CAC answers of April 2025",),
        "the class that it had before the notice decides, where that is GENERAL or COMMERCIAL; else it stays",
    ),
    Lift(
        "overdue",
        "filing overdue (rows 9, 14, 17, 18)",
        ("SCC Measures 7", "GBA guidelines 8"),
        "nothing leaves under the late paper; it leaves where the rows let it without that paper",
    ),
    Lift("unassessed", "important and no risk assessment (row 5)", ("NDSMR 31",), "it stays, until there is one"),
    Lift("unknown", "required and not known (row 3)", ("NDSMR 37", "CAC Provisions 2"), "it stays, until it is known"),
)


def decide_freed(facts: Facts, law: Law) -> Decision:
    """What happens to a granted field of a delivery that a named person let go. It never holds again."""
    held = decide(facts, law)
    if held.action is not Action.HOLD:
        return held
    if held.reason == "filing_overdue":
        return decide(replace(facts, overdue=frozenset()), law)
    suspect = held.row != row_3_unknown.number and facts.field_class is FieldClass.SUSPECT_IMPORTANT
    for plain in _PLAIN:
        if facts.otherwise is plain and suspect:
            return _freed(decide(replace(facts, field_class=plain), law), "suspicion_lifted")
        if facts.otherwise is plain and held.reason == "important_in_grace":
            return _freed(decide(replace(facts, field_class=plain), law), "grace_used")
    return stays(held.row, held.reason)


def _freed(found: Decision, reason: str) -> Decision:
    """A decision by the class that the field has otherwise, with why that class was asked where the field leaves."""
    return replace(found, reason=reason) if found.action is Action.PASS else found
