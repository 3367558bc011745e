"""``tidegate report``: what left in a period, for whoever has to answer for it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import click

from tidegate.cli.asking import run_async, settings_of
from tidegate.cli.bars import counting
from tidegate.cli.shared import Day
from tidegate.errors import EXIT_FINDINGS, BadInput
from tidegate.law.calendars import start_of
from tidegate.law.obligations import Obligation
from tidegate.provision.activation import read_ledger
from tidegate.provision.folders import rules_in_force
from tidegate.report import (
    Gap,
    Period,
    Sources,
    Table,
    Totals,
    read_period,
    tables_of,
    write_csv,
    write_markdown,
    write_xlsx,
)
from tidegate.rules import nearest
from tidegate.rules.activations import Ledger
from tidegate.rules.obligations import obligations
from tidegate.settings import Settings


@click.command()
@click.option("--from", "first", type=Day(), required=True, help="First day, in Asia/Shanghai.")
@click.option("--to", "last", type=Day(), required=True, help="Last day, in Asia/Shanghai; it is in the period.")
@click.option("--exporter", help="Only what this publisher provided.  [default: all]")
@click.option(
    "--format",
    "form",
    type=click.Choice(["md", "csv", "xlsx"]),
    default="md",
    show_default=True,
    help="Markdown, one CSV file for each table, or a workbook.",
)
@click.option("--out", type=click.Path(path_type=Path), help="A file; for csv a folder.  [default for md: the screen]")
@click.pass_context
def report(
    context: click.Context, *, first: date, last: date, exporter: str | None, form: str, out: Path | None
) -> None:
    """Say what left in a period: records, recipients, purposes, papers, items, what was kept back and why, overrides,
    and filings that were overdue at its end.

    From the audit and the rules that it names, and from nothing else. All entries are checked on the way: that they
    follow each other, and that records and deliveries add up. Where the audit is not whole, nothing is reported: the
    gaps are named, and the exit code is 1.

    \b
      tidegate report --from 2026-01-01 --to 2026-03-31
      tidegate report --from 2026-01-01 --to 2026-03-31 --exporter forwarder --format xlsx --out q1.xlsx
    """
    if first > last:
        raise BadInput("--from is after --to")
    if out is None and form != "md":
        raise BadInput(f"--format {form} needs --out: {'a folder' if form == 'csv' else 'a file'} to write")
    settings = settings_of(context)
    period = Period(_micros(first), _micros(last + timedelta(days=1)))
    totals, ledger = run_async(_read(settings, period))
    gaps = [*totals.gaps, *_plans_missing(totals, ledger)]
    if gaps:
        for gap in gaps:
            click.echo(f"gap: {gap}", err=True)
        click.echo("no report: the audit of this period is not whole", err=True)
        context.exit(EXIT_FINDINGS)
    if exporter is not None and exporter not in totals.exporters:
        raise BadInput(f"{exporter!r} has no record in this period{nearest(exporter, totals.exporters)}")
    tables = tables_of(totals, Sources(ledger, _overdue(ledger, period, last), exporter))
    of = f" of {exporter}" if exporter else ""
    _write(f"Transfers{of}, {first} to {last}", tables, form, out)


def _micros(day: date) -> int:
    return int(start_of(day).timestamp()) * 1_000_000


async def _read(settings: Settings, period: Period) -> tuple[Totals, Ledger]:
    ledger = await read_ledger(settings)
    with counting() as bar:
        task = bar.add_task("audit entries read", total=None)
        return await read_period(settings.kafka, period, lambda count: bar.advance(task, count)), ledger


def _plans_missing(totals: Totals, ledger: Ledger) -> list[Gap]:
    lacking = sorted(totals.plans - ledger.plans.keys())
    said = "the rules topic does not have the plan {}; records were decided under it"
    return [Gap(None, said.format(one[:12])) for one in lacking]


def _overdue(ledger: Ledger, period: Period, day: date) -> tuple[Obligation, ...]:
    """What was overdue on the last day, under the rules that were then in force."""
    then = Ledger()
    then.plans, then.documents = ledger.plans, ledger.documents
    then.activations = [one for one in ledger.activations if one.at_us < period.to_us]
    rules = rules_in_force(then)
    return () if rules is None else obligations(rules, day)


def _write(title: str, tables: tuple[Table, ...], form: str, out: Path | None) -> None:
    if out is None:
        for line in write_markdown(title, tables):
            click.echo(line)
        return
    try:
        if form == "csv":
            write_csv(out, tables)
        elif form == "xlsx":
            write_xlsx(out, title, tables)
        else:
            out.write_text("\n".join(write_markdown(title, tables)) + "\n", encoding="utf-8")
    except OSError as exc:
        raise BadInput(f"{out} cannot be written: {exc.strerror}") from None
    click.echo(f"{out}: {sum(len(table.rows) for table in tables)} rows in {len(tables)} tables")
