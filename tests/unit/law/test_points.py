"""Each of the sixteen tricky cases of the reference is fixed: by a case in ``tests/cases``, or by a test named here."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parents[2]
POINTS: list[dict[str, Any]] = tomllib.loads((TESTS / "cases" / "points.toml").read_text())["point"]
CASES: list[dict[str, Any]] = [
    case for path in (TESTS / "cases").glob("*.toml") for case in tomllib.loads(path.read_text()).get("case", ())
]
FUNCTIONS = {name for path in TESTS.rglob("test_*.py") for name in re.findall(r"def (test_\w+)\(", path.read_text())}


def test_there_are_sixteen_of_them() -> None:
    assert [point["number"] for point in POINTS] == list(range(1, 17))


@pytest.mark.parametrize("point", POINTS, ids=[point["about"] for point in POINTS])
def test_each_is_fixed_somewhere(point: dict[str, Any]) -> None:
    cases = [case for case in CASES if case.get("point") == f"8.4({point['number']})"]

    assert cases or point.get("tests")
    assert set(point.get("tests", ())) <= FUNCTIONS


def test_all_but_the_last_are_fixed_by_cases() -> None:
    """Who got what of a person is found in topics; no list of facts says that."""
    assert {case["point"] for case in CASES if "point" in case} >= {f"8.4({number})" for number in range(1, 16)}


def test_no_case_names_a_point_that_there_is_not() -> None:
    assert {case["point"] for case in CASES if "point" in case} <= {f"8.4({number})" for number in range(1, 17)}


def test_there_are_more_than_enough_cases_and_each_names_its_article() -> None:
    assert len(CASES) >= 250
    assert all(case["article"] for case in CASES)


@pytest.mark.parametrize(("field", "threshold"), [("PI", 100_000), ("PI", 1_000_000), ("SPI", 10_000), ("SPI", 1)])
def test_every_threshold_has_a_case_before_at_and_after_it(field: str, threshold: int) -> None:
    said = Counter(case["people"] for case in CASES if case.get("field") == field and "people" in case)

    assert all(said[number] for number in range(max(1, threshold - 1), threshold + 2))
