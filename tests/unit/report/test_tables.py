"""Tables of a report, and the forms in which they are written."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from tests.builders import (
    COMMON,
    NOW_US,
    a_grant,
    a_paper,
    a_plan,
    a_record,
    a_rule_set,
    an_event,
    an_executor,
    released,
)

from tidegate import audit, gate
from tidegate.audit import CarriedOut, Head
from tidegate.errors import BadInput
from tidegate.gate import Counts
from tidegate.law import Bucket
from tidegate.report import Period, Sources, Table, Totals, tables_of, write_csv, write_markdown, write_xlsx
from tidegate.report.totals import LaneReader
from tidegate.rules.activations import Activation, Ledger, documents_key, plan_key
from tidegate.rules.obligations import obligations

PLATE = "truck.tractorPlate"
LATE = {name: said for name, said in a_paper(id="late", number="N-2", purposes=["booking"]).items() if name != "filed"}
RULES = a_rule_set(
    grants=[a_grant(*COMMON, PLATE), a_grant("eventId", "seals[].number", id="seals")], papers=[a_paper(), LATE]
)
PLAN = a_plan(RULES)
FREED = ("cargo.packages important_in_grace", "location.name suspect_important")


@pytest.fixture(scope="module")
def tables() -> dict[str, Table]:
    """A report on one plate that left under a contract, and one event that was rejected."""
    ledger = Ledger()
    ledger.apply(documents_key(RULES.digest), json.dumps(dict(RULES.texts)).encode())
    ledger.apply(plan_key(PLAN.digest), PLAN.to_bytes())
    put = Activation(
        0, -1, PLAN.digest, RULES.digest, (), "me", "=first", NOW_US, "x", ("all",), ("a class",), ("chan ab sig",)
    )
    assert ledger.apply(put.key, put.to_bytes())
    records = [
        a_record(an_event(truck={"tractorPlate": "粤B12345"})),
        a_record(an_event(eventId="e-2", eventTime=0)),
    ]
    batch = released(an_executor(PLAN), *records, counts=Counts({0: 2}))
    totals = Totals(Period(NOW_US - 1, NOW_US + 1))
    reader = LaneReader(totals, 0)
    for value in audit.seal(gate.entry_of(batch, "hub-1", 0), 0, Head())[0]:
        reader.take(value, audit.from_bytes(value))
    assert totals.gaps == []
    totals.orders.append(
        (
            NOW_US,
            CarriedOut("o", "release", "chan", "seen", NOW_US, publisher="forwarder", said="released", freed=FREED),
        )
    )
    overdue = obligations(RULES, date(2026, 3, 10))
    return {table.name: table for table in tables_of(totals, Sources(ledger, overdue))}


def test_every_question_has_its_table(tables: dict[str, Table]) -> None:
    assert list(tables) == [
        "records",
        "people",
        "important",
        "recipients",
        "items",
        "withheld",
        "overrides",
        "orders",
        "overdue",
        "proof",
    ]
    assert tables["records"].rows == (("forwarder", 2, 1, 0, 0, 0, 1, 0),)
    assert all(len(row) == len(table.columns) for table in tables.values() for row in table.rows)


def test_a_recipient_has_purposes_mechanisms_and_papers(tables: dict[str, Table]) -> None:
    (row,) = tables["recipients"].rows

    assert row == ("forwarder", "terminal", 1, "terminal operations", "ART3, ART5_SMALL, SCC", "paper")


def test_items_are_the_fields_that_left_with_class_and_paper(tables: dict[str, Table]) -> None:
    rows = {row[2]: row for row in tables["items"].rows}

    assert rows[PLATE] == ("forwarder", "terminal", PLATE, "PI", "PASS", "SCC", "paper", "moves")
    assert rows["eventId"][3] == "GENERAL"
    assert rows.keys() == {*COMMON, PLATE, "seals[].number"}


def test_what_stayed_what_people_did_and_what_is_late(tables: dict[str, Table]) -> None:
    assert tables["withheld"].rows == (("forwarder", "record", "rejected", "finding", "", 1),)
    (override,) = tables["overrides"].rows
    assert override[:1] + override[2:] == (0, "me", "=first", "a class", "chan ab", "all", "")
    (order,) = tables["orders"].rows
    assert order[1:] == ("release", "chan", "seen", "forwarder", "", "refused", "released", "; ".join(FREED))
    assert "late" in {row[1] for row in tables["overdue"].rows}
    (proof,) = tables["proof"].rows
    assert proof[:4] == (0, 1, 0, 0)
    assert "2 records, 1 deliveries" in tables["proof"].about


def test_one_exporter_alone(tables: dict[str, Table]) -> None:
    totals = Totals(Period(0, 1))
    totals.outcomes.update({("forwarder", gate.Outcome.RELEASED): 1, ("carrier", gate.Outcome.REJECTED): 2})
    totals.reasons["carrier", "rejected", "finding"] = 2

    found = {table.name: table for table in tables_of(totals, Sources(Ledger(), (), "carrier"))}

    assert [row[0] for row in found["records"].rows] == ["carrier"]
    assert [row[0] for row in found["withheld"].rows] == ["carrier"]


def test_a_document_has_every_row_and_no_broken_cell(tables: dict[str, Table]) -> None:
    odd = Table("odd", "about", ("a", "b"), (("x|y\nz", 1_234), ("v\r\u2028w\x85q", 5)))

    lines = list(write_markdown("A title", [*tables.values(), odd, Table("empty", "nothing", ("a",), ())]))

    assert lines[0] == "# A title"
    assert "| x\\|y z | 1,234 |" in lines
    assert "| v  w q | 5 |" in lines
    assert lines[-1] == "none"
    assert sum(line.startswith("| forwarder | terminal |") for line in lines) == 1 + len(tables["items"].rows)


def test_csv_has_a_file_for_each_table_and_no_formula(tables: dict[str, Table], tmp_path: Path) -> None:
    write_csv(tmp_path / "out", list(tables.values()))

    for name, table in tables.items():
        with (tmp_path / "out" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as opened:
            head, *rows = list(csv.reader(opened))
        assert tuple(head) == table.columns
        assert len(rows) == len(table.rows)
    text = (tmp_path / "out" / "overrides.csv").read_text(encoding="utf-8-sig")
    assert ",'=first," in text, "a spreadsheet would run it"


def test_a_workbook_has_a_sheet_for_each_table_with_numbers_as_numbers(
    tables: dict[str, Table], tmp_path: Path
) -> None:
    write_xlsx(tmp_path / "out.xlsx", "A title", list(tables.values()))

    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert book.sheetnames == list(tables)
    for name, table in tables.items():
        about, columns, *rows = book[name].iter_rows(values_only=True)
        assert about[0] == table.about
        assert columns == table.columns
        assert [tuple("" if cell is None else cell for cell in row) for row in rows] == list(table.rows)
    cell = book["overrides"].cell(3, 4)
    assert (cell.value, cell.data_type) == ("=first", "s"), "a text, not a formula"


def test_what_a_workbook_would_cut_off_is_refused(tmp_path: Path) -> None:
    long = Table("long", "about", ("a",), (("x" * 32_768,),))

    with pytest.raises(BadInput, match=r"table .long. whole.*--format csv"):
        write_xlsx(tmp_path / "out.xlsx", "A title", [long])

    assert not (tmp_path / "out.xlsx").exists()


def test_a_workbook_that_cannot_be_written_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_xlsx(tmp_path / "nowhere" / "out.xlsx", "A title", [])


def test_moments_are_utc(tables: dict[str, Table]) -> None:
    assert tables["overrides"].rows[0][1] == datetime.fromtimestamp(NOW_US / 1e6, tz=UTC).isoformat()


def test_events_with_important_data_are_not_called_people() -> None:
    totals = Totals(Period(NOW_US - 1, NOW_US + 1))
    totals.people = {("forwarder", 2025, bucket): 3 + place for place, bucket in enumerate(Bucket)}

    found = {table.name: table for table in tables_of(totals, Sources(Ledger()))}

    assert {row[2] for row in found["people"].rows} == {"PI", "SPI", "EXEMPT", "GBA"}
    assert found["important"].columns == ("exporter", "year", "events")
    assert found["important"].rows == (("forwarder", "2025", 7),), "a year is no quantity: 2025, not 2,025"
