"""What ``tidegate law`` and ``tidegate obligations`` print: the rows, numbers and functions that decide."""

from __future__ import annotations

import inspect
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.builders import a_paper, documents

from tidegate.cli.main import group
from tidegate.law import law_on
from tidegate.law.lifting import LIFTS
from tidegate.law.parameters import newest_day
from tidegate.law.points import NAMES
from tidegate.law.table import ROWS


def said(*arguments: str, code: int = 0) -> str:
    found: Result = CliRunner().invoke(group, arguments, catch_exceptions=False)
    assert found.exit_code == code, found.output
    return found.output


def test_the_table_has_every_row_article_number_and_point_in_force() -> None:
    day = newest_day()
    in_force, printed = law_on(day), said("law", "table", "--on", str(day))

    lines = [line for line in printed.splitlines() if line[:2].strip().isdigit()]
    assert lines == [f"{row.number:>2}  {row.title}  [{'; '.join(row.articles)}]" for row in ROWS]
    for row in ROWS:
        for name in row.parameters:
            value = in_force.values[name]
            assert f"{name} = {value.value:,}, since {value.since} ({value.article})" in printed
    assert all(f"{name} = " in printed for name in NAMES)


def test_as_markdown_each_row_is_one_line_of_six_cells() -> None:
    printed = said("law", "table", "--markdown", "--on", "2026-11-22")
    rows = [line for line in printed.splitlines() if line.startswith("| ") and line.split("|")[1].strip().isdigit()]

    assert [int(line.split("|")[1]) for line in rows] == list(range(1, 20))
    assert all(line.count("|") == 7 for line in rows)
    for row, line in zip(ROWS, rows, strict=True):
        assert " ".join(inspect.cleandoc(row.ask.__doc__ or "").split()).replace("|", "/") in line
    assert "| pi_contract | 100,000 | people since 1 January | 2024-03-22 |" in printed


def test_it_says_what_a_named_person_may_lift_and_what_not() -> None:
    plain, markdown = said("law", "table"), said("law", "table", "--markdown")

    for one in LIFTS:
        assert one.title in plain
        assert f"- {one.title}: {one.then} ({'; '.join(one.articles)})" in markdown.splitlines()


def test_the_table_of_an_earlier_day_has_the_numbers_of_that_day() -> None:
    before, after = (said("law", "table", "--on", day) for day in ("2026-08-31", "2026-09-01"))

    assert "statutory_duty_small_handler = 0, since 2024-03-22" in before
    assert "statutory_duty_small_handler = 1, since 2026-09-01" in after
    assert "audit_people" not in before
    assert "there is no law of 2024-03-21" in str(
        CliRunner().invoke(group, ["law", "table", "--on", "2024-03-21"]).exception
    )


@pytest.mark.parametrize("number", range(1, 20))
def test_a_row_is_explained_by_the_functions_that_decide(number: int) -> None:
    row, printed = ROWS[number - 1], said("law", "row", str(number), "--on", "2026-11-22")

    assert printed.splitlines()[0] == f"Row {number}: {row.title}"
    assert f"articles: {'; '.join(row.articles)}" in printed
    assert inspect.getsource(row.ask).rstrip() in printed
    assert printed.count("<- in force") == len(row.parameters)
    assert printed.count("open point ") == len(row.points)


def test_a_row_shows_what_it_calls_as_well() -> None:
    printed = said("law", "row", "17")

    assert all(f"def {name}(" in printed for name in ("row_17_contract", "_contracted", "_carried", "leaves_mainland"))
    assert "def row_18_small" not in printed


@pytest.mark.parametrize("number", ["0", "20", "-1", "x"])
def test_there_are_nineteen_rows(number: str) -> None:
    said("law", "row", number, code=2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    late = {key: value for key, value in a_paper("GBA_SC_HK").items() if key != "filed"}
    for name, text in documents(papers=[{**late, "effective": datetime(2026, 1, 5, tzinfo=UTC)}]).items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_obligations_of_a_day_are_printed_with_who_by_when_and_the_article(folder: Path) -> None:
    in_time = said("obligations", "--rules", str(folder), "--on", "2026-01-16")
    late = said("obligations", "--rules", str(folder), "--on", "2026-01-20", code=1)

    assert "DUE      by 2026-01-19 forwarder: file GBA_SC_HK paper with the authority of the exporter" in in_time
    assert "[SCC Measures 7; GBA guidelines 8]" in in_time
    assert [line[:22] for line in late.splitlines()[:2]] == ["OVERDUE  by 2026-01-16", "OVERDUE  by 2026-01-19"]
    assert "until it is filed its deliveries are held" in late


def test_obligations_for_programs_say_the_same(folder: Path) -> None:
    found = json.loads(said("obligations", "--rules", str(folder), "--on", "2026-01-20", "--json", code=1))

    assert found["on"] == "2026-01-20"
    kinds = {(one["kind"], one["who"]): one for one in found["obligations"]}
    filing = kinds["file_contract", "forwarder"]
    assert (filing["state"], filing["due"], filing["certain"], filing["calendar"]) == (
        "overdue",
        "2026-01-19",
        True,
        "CN",
    )
    assert kinds["file_contract", "terminal"]["calendar"] == "HK"
    order = [one["state"] for one in found["obligations"]]
    assert order == sorted(order, key=["overdue", "due", "ahead"].index)
    assert date.fromisoformat(f"{found['calendarThrough']}-01-01")
