"""A hub without semantic checks, to measure what they cost. The product has no such switch.

The children that try suspect records import this module too: multiprocessing makes the main module of its parent anew.
"""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.cli import main
from tidegate.events import checks
from tidegate.events.checks import NO_REFERENCES, Check, References
from tidegate.events.findings import Severity
from tidegate.events.schemas import Schema
from tidegate.gate import executor


def _no_checks(
    schema: Schema, severities: Mapping[str, Severity] | None = None, references: References = NO_REFERENCES
) -> Check:
    return lambda b, m, now_us: ()


if executor.compile_checks is not checks.compile_checks:
    raise RuntimeError("the executor gets its checks otherwise: a hub without them would run with them")
executor.compile_checks = _no_checks

if __name__ == "__main__":
    main()
