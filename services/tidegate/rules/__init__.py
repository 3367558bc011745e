"""Transfer rules: documents to a rule set, a rule set to a plan that says for every field what leaves, and why.

Knows events' schemas and the law; no Kafka, no clock, no files.
"""

from tidegate.rules.changing import of_change
from tidegate.rules.compiling import compile_plan
from tidegate.rules.expiry import expired, newly_expired
from tidegate.rules.loading import load
from tidegate.rules.paths import leaves
from tidegate.rules.plan import EXECUTOR, PartnerViews, Plan, Section, Verdict, View
from tidegate.rules.readers import reader_schema
from tidegate.rules.reports import Note, nearest
from tidegate.rules.ruleset import RuleSet

__all__ = [
    "EXECUTOR",
    "Note",
    "PartnerViews",
    "Plan",
    "RuleSet",
    "Section",
    "Verdict",
    "View",
    "compile_plan",
    "expired",
    "leaves",
    "load",
    "nearest",
    "newly_expired",
    "of_change",
    "reader_schema",
]
