"""The transfer law as a table: facts in, a decision with its row, mechanism and reason out.

Knows no events, no rule documents, no clock and no I/O.
"""

from tidegate.law.facts import (
    PURPOSES,
    Action,
    Decision,
    Facts,
    FieldClass,
    Mechanism,
    PartyFacts,
    Tri,
    strictest_class,
)
from tidegate.law.table import ROWS, decide, decide_presence
from tidegate.law.zones import Zone, parse_zone

__all__ = [
    "PURPOSES",
    "ROWS",
    "Action",
    "Decision",
    "Facts",
    "FieldClass",
    "Mechanism",
    "PartyFacts",
    "Tri",
    "Zone",
    "decide",
    "decide_presence",
    "parse_zone",
    "strictest_class",
]
