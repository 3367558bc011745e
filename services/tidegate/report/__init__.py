"""Report: what left in a period, for a regulator: to whom, what for, under which papers, and what was kept back.

From the audit and the rules that it names, and from nothing else. Knows no event, decides nothing.
"""

from tidegate.report.reading import read_period
from tidegate.report.tables import Sources, Table, tables_of
from tidegate.report.totals import Gap, LaneTotals, Period, Totals
from tidegate.report.writing import write_csv, write_markdown, write_xlsx

__all__ = [
    "Gap",
    "LaneTotals",
    "Period",
    "Sources",
    "Table",
    "Totals",
    "read_period",
    "tables_of",
    "write_csv",
    "write_markdown",
    "write_xlsx",
]
