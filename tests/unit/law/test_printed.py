"""What ``tidegate law`` and ``tidegate obligations`` print: the rows, numbers and functions that decide."""

from __future__ import annotations

import inspect
import json
import unicodedata
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.builders import a_paper, documents

from tidegate.cli.main import group
from tidegate.law import Mechanism, law_on
from tidegate.law.lifting import LIFTS
from tidegate.law.parameters import every_edge, newest_day
from tidegate.law.points import NAMES
from tidegate.law.table import ROWS
from tidegate.law.zones import GBA_CITIES


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


def test_every_number_in_force_stands_in_the_table_once_or_more() -> None:
    day = "2026-11-22"
    in_force, printed = law_on(date.fromisoformat(day)), said("law", "table", "--on", day)
    lines = printed.replace("\n      ", " ").splitlines()

    # Those that rows ask stand there, the others by themselves, in the order of the data
    asked = {name for row in ROWS for name in row.parameters}
    begin = next(index for index, line in enumerate(lines) if line.startswith("Parameters: those that no row asks"))
    others = [line.split()[0] for line in lines[begin + 1 : lines.index("", begin)]]
    assert others == [name for name in in_force.values if name not in asked]
    assert "    extension_percent = 20, since 2025-06-27 (Filing Guide, 3rd edition)" in lines
    assert "certificate_years" not in said("law", "table", "--on", "2025-12-31")


@pytest.mark.parametrize("language", ["en", "zh-Hant", "zh-Hans"])
def test_lines_have_at_most_a_hundred_columns_and_none_begins_with_a_comma(language: str) -> None:
    printed = said("law", "table", "--lang", language)
    filled = [line for line in printed.splitlines() if line.startswith("      ")]

    columns = [sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in line) for line in filled]
    assert 90 < max(columns) <= 100
    assert not [line for line in filled if line.strip()[0] in "，。；：、）」》”,.;:)"]
    assert not [line for line in printed.splitlines() if line.strip() in ("若", "則", "则", "if", "then")]
    assert all(line == line.rstrip() for line in printed.splitlines())


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

    joined = plain.replace("\n      ", " ")
    for one in LIFTS:
        assert f"    {one.title}: {one.then}  [{'; '.join(one.articles)}]" in joined
        assert f"- {one.title}: {one.then} ({'; '.join(one.articles)})" in markdown.splitlines()


def test_every_edge_stands_once_with_its_mechanisms_its_day_and_its_article() -> None:
    plain = said("law", "table", "--on", "2026-11-22").replace("\n      ", " ")
    markdown = said("law", "table", "--markdown", "--on", "2026-11-22")

    for edge in every_edge().all:
        ways = (f"{edge.start} -> {edge.end}", f"{edge.start} <-> {edge.end}", f"{edge.end} <-> {edge.start}")
        carried, since = ", ".join(sorted(edge.mechanisms)), f", since {edge.since} ({edge.article})"
        for printed, before in ((plain, "    "), (markdown, "- ")):
            lines = [
                one
                for one in printed.splitlines()
                for way in ways
                if one.startswith(f"{before}{way}: {carried}{since}")
            ]
            assert len(lines) == 1, edge
    asked = [line for line in markdown.splitlines() if "; asks for" in line]
    areas = [line.removeprefix("- ").partition(" -> *: ")[0] for line in asked]
    assert areas == ["CN-BJ-FTZ", "CN-BJ", "CN-SH-FTZ", "CN-SH"]
    assert all(line.endswith("; asks for a filing reference first") for line in asked[:2])
    assert all(
        line.endswith(
            "; asks for a filing reference first if shanghai_reference is yes; asks for a report after the first "
            "transfer"
        )
        for line in asked[2:]
    )
    assert "CN-GBA9 <-> HK: GBA_SC_HK" in plain
    assert "HK -> CN: HK_DPP" in plain
    assert all(f"{name} (CN-GD-{letters})" in plain for letters, name in GBA_CITIES.items())
    assert "where the hub stores, and every relay, are places of the route" in plain
    assert "not in force yet" not in plain


def test_what_has_no_edge_on_the_day_is_said_not_to_be_in_force() -> None:
    first, middle = (said("law", "table", "--on", day) for day in ("2024-03-22", "2024-09-10"))

    def lines(printed: str, number: int) -> list[str]:
        rows = printed.split(f"\n{number:>2}  ")[1].split("\n\n", maxsplit=1)[0].splitlines()
        return [one.strip() for one in rows if "not in force yet" in one]

    assert lines(first, 13) == ["not in force yet, for want of an edge: FTZ_OFFLIST from 2024-05-09"]
    assert lines(first, 14) == [
        "not in force yet, for want of an edge: GBA_SC_HK from 2024-11-01, GBA_SC_MO from 2024-09-10"
    ]
    assert lines(first, 17) == ["not in force yet, for want of an edge: CERT from 2026-01-01"]
    assert lines(first, 12) == []
    assert lines(middle, 13) == []
    assert lines(middle, 14) == ["not in force yet, for want of an edge: GBA_SC_HK from 2024-11-01"]
    (edge,) = [one for one in first.replace("\n      ", " ").splitlines() if "GBA_SC_MO, since" in one]
    assert edge.endswith("; not in force yet")
    (edge,) = [one for one in middle.replace("\n      ", " ").splitlines() if "GBA_SC_MO, since" in one]
    assert not edge.endswith("not in force yet")
    markdown = said("law", "table", "--markdown", "--on", "2024-03-22")
    assert "off_list_report_days" not in markdown.split("## ")[0]
    assert "; not in force yet, for want of an edge: FTZ_OFFLIST from 2024-05-09 |" in markdown
    row = said("law", "row", "14", "--on", "2024-09-10")
    assert "\n\nnot in force yet, for want of an edge: GBA_SC_HK from 2024-11-01\n" in row
    assert "not in force yet" not in said("law", "row", "14", "--on", "2024-11-01")


def test_rows_name_the_mechanisms_that_need_an_edge() -> None:
    carried = {row.number: set(row.carried) for row in ROWS if row.carried}
    assert carried[13] == {Mechanism.FTZ_OFFLIST}
    assert carried[14] == {Mechanism.GBA_SC_HK, Mechanism.GBA_SC_MO}
    assert carried[17] == {Mechanism.SCC, Mechanism.CERT, Mechanism.ASSESSMENT}
    assert carried[12] == {
        Mechanism.ART5_CONTRACT,
        Mechanism.ART5_HR,
        Mechanism.ART5_EMERGENCY,
        Mechanism.STATUTORY_DUTY,
    }


def test_a_rule_set_shows_its_settings_and_the_law_of_its_day(tmp_path: Path) -> None:
    for name, text in documents(law={"on": date(2024, 12, 1), "gba_counts": False}).items():
        (tmp_path / name).write_text(text)
    of_rules, strict = said("law", "table", "--rules", str(tmp_path)), said("law", "table")
    markdown = said("law", "table", "--rules", str(tmp_path), "--markdown")
    other_day = said("law", "table", "--rules", str(tmp_path), "--on", "2026-11-22")

    assert of_rules.startswith("The decision table on 2024-12-01.")
    settled = f"as {tmp_path} settles them, under the law of 2024-12-01"
    assert f"Open legal points: {settled}\n" in of_rules
    assert f"## Open legal points\n\n{settled}\n" in markdown
    assert "    gba_counts = no: flows" in of_rules
    assert "    exempt_counts = yes: exempt" in of_rules
    assert "Open legal points: the strict defaults; what a rule set settles otherwise" in strict
    assert "    gba_counts = yes: flows" in strict
    assert other_day.startswith("The decision table on 2026-11-22.")
    assert "    gba_counts = no: flows" in other_day
    about = "flows under a Greater Bay Area contract count towards the yearly thresholds (row 14)"
    assert f"open point gba_counts = no: {about}" in said("law", "row", "14", "--rules", str(tmp_path))
    assert f"open point gba_counts = yes: {about}" in said("law", "row", "14")


def test_the_table_of_an_earlier_day_has_the_numbers_of_that_day() -> None:
    before, after = (said("law", "table", "--on", day) for day in ("2026-08-31", "2026-09-01"))

    assert "statutory_duty_small_handler = 0, since 2024-03-22" in before
    assert "statutory_duty_small_handler = 1, since 2026-09-01" in after
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
    late = {key: value for key, value in a_paper("GBA_SC_HK").items() if "filed" not in key}
    for name, text in documents(papers=[{**late, "effective": datetime(2026, 1, 5, tzinfo=UTC)}]).items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_obligations_of_a_day_are_printed_with_who_by_when_and_the_article(folder: Path) -> None:
    in_time = said("obligations", "--rules", str(folder), "--on", "2026-01-16")
    late = said("obligations", "--rules", str(folder), "--on", "2026-01-20", code=1)

    owed = "file GBA_SC_HK paper with the authority of the exporter, and write the day as filed"
    assert f"DUE      by 2026-01-19 forwarder: {owed} [" in in_time
    assert "[SCC Measures 7; GBA guidelines 8]" in in_time
    assert [line[:22] for line in late.splitlines()[:2]] == ["OVERDUE  by 2026-01-16", "OVERDUE  by 2026-01-19"]
    assert "until it is filed its deliveries are held" in late


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "by 2028-01-19 (provisional: the calendar is not announced yet) forwarder: "),
        ("zh-Hant", "限期 2028-01-19（暫定：該年曆尚未公佈） forwarder: "),
        ("zh-Hans", "限期 2028-01-19（暂定：该年历尚未公布） forwarder: "),
    ],
)
def test_a_provisional_day_is_said_to_be_one_in_every_language(language: str, expected: str, tmp_path: Path) -> None:
    late = {key: value for key, value in a_paper().items() if key != "filed"}
    for name, text in documents(papers=[{**late, "effective": datetime(2028, 1, 5, tzinfo=UTC)}]).items():
        (tmp_path / name).write_text(text)

    printed = said("obligations", "--rules", str(tmp_path), "--on", "2028-01-06", "--lang", language)

    assert expected in printed


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
    assert filing["opens"] is None
    order = [one["state"] for one in found["obligations"]]
    assert order == sorted(order, key=["overdue", "due", "ahead"].index)
    assert date.fromisoformat(f"{found['calendarThrough']}-01-01")
