"""Writing a report: Markdown, CSV, or a workbook of Excel."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

import xlsxwriter

from tidegate.errors import BadInput
from tidegate.report.tables import Cell, Table

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula at the beginning of a text (OWASP, CSV injection)."""


def write_markdown(title: str, tables: Sequence[Table]) -> Iterator[str]:
    """The lines of a document."""
    yield f"# {title}"
    for table in tables:
        yield ""
        yield f"## {table.name}"
        yield ""
        yield table.about
        yield ""
        if not table.rows:
            yield "none"
            continue
        yield f"| {' | '.join(table.columns)} |"
        yield f"|{'|'.join('---' for _ in table.columns)}|"
        for row in table.rows:
            yield f"| {' | '.join(_markdown(cell) for cell in row)} |"


def _markdown(cell: Cell) -> str:
    return f"{cell:,}" if isinstance(cell, int) else " ".join(cell.splitlines()).replace("|", "\\|")


def write_csv(folder: Path, tables: Sequence[Table]) -> None:
    """One file for each table. Raises ``OSError``."""
    folder.mkdir(parents=True, exist_ok=True)
    for table in tables:
        with (folder / f"{table.name}.csv").open("w", encoding="utf-8-sig", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(table.columns)
            writer.writerows([_plain(cell) for cell in row] for row in table.rows)


def _plain(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def write_xlsx(file: Path, title: str, tables: Sequence[Table]) -> None:
    """One sheet for each table, texts as texts. Raises ``OSError``; ``BadInput`` for what a workbook cannot hold whole:
    then there is no file.
    """
    content = BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        book.set_properties({"title": title})
        bold = book.add_format({"bold": True})
        for table in tables:
            sheet = book.add_worksheet(table.name)
            sheet.write_string(0, 0, table.about)
            sheet.freeze_panes(2, 0)
            for column, name in enumerate(table.columns):
                sheet.write_string(1, column, name, bold)
                sheet.set_column(column, column, 18)
            for line, row in enumerate(table.rows, start=2):
                for column, cell in enumerate(row):
                    write = sheet.write_number if isinstance(cell, int) else sheet.write_string
                    if write(line, column, cell):  # else it would be cut off, and nobody told
                        raise BadInput(
                            f"a workbook cannot hold table {table.name!r} whole: it takes 1,048,576 rows, and 32,767 "
                            "characters in a cell; take --format csv"
                        )
    file.write_bytes(content.getvalue())
