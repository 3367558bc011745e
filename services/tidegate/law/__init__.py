"""The transfer law as a table: facts in, a decision with its row, mechanism and reason out.

Knows no events, no rule documents and no clock. Reads nothing but its own data files.
"""

from tidegate.law.facts import (
    IMPORTANCE,
    PERSONAL,
    PURPOSES,
    THRESHOLDS,
    Action,
    Bucket,
    Decision,
    Facts,
    FieldClass,
    Mechanism,
    Origin,
    PartyFacts,
    Task,
    Tri,
    strictest_class,
)
from tidegate.law.lifting import LIFTS, Lift, decide_freed
from tidegate.law.parameters import Law, law_on, newest_law
from tidegate.law.points import Points
from tidegate.law.table import ROWS, decide, decide_presence
from tidegate.law.zones import Zone, parse_zone

__all__ = [
    "IMPORTANCE",
    "LIFTS",
    "PERSONAL",
    "PURPOSES",
    "ROWS",
    "THRESHOLDS",
    "Action",
    "Bucket",
    "Decision",
    "Facts",
    "FieldClass",
    "Law",
    "Lift",
    "Mechanism",
    "Origin",
    "PartyFacts",
    "Points",
    "Task",
    "Tri",
    "Zone",
    "decide",
    "decide_freed",
    "decide_presence",
    "law_on",
    "newest_law",
    "parse_zone",
    "strictest_class",
]
