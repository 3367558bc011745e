"""``tidegate law``: the decision table as a lawyer reads it, beside the logic that runs."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from types import FunctionType

import click

from tidegate.cli.law_printing import Printing, as_markdown, as_text
from tidegate.cli.shared import Day
from tidegate.cli.telling import language_option
from tidegate.errors import BadInput
from tidegate.law.calendars import day_of
from tidegate.law.parameters import Law, law_on, parameters
from tidegate.law.rows import Ask
from tidegate.law.table import ROWS
from tidegate.provision.folders import read_rules
from tidegate.words import catalogue

_ON = click.option("--on", type=Day(), help="The day in Asia/Shanghai.  [default: today]")
_RULES = click.option(
    "--rules",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="The rule set whose [law] settles the open points, and says the day.  [default: the strict settings]",
)


@click.group()
def law() -> None:
    """Read the decision table: its rows, their articles, and the numbers and settings in force on a day.

    Generated from the functions and data that decide; nothing here is written a second time.
    """


@law.command()
@_ON
@_RULES
@language_option
@click.option("--markdown", is_flag=True, help="As Markdown, for a document.")
def table(on: date | None, folder: Path | None, *, lang: str, markdown: bool) -> None:
    """Print all rows with articles and numbers, the edges between places, and the open points. The first row that
    matches decides.

    An edge says which mechanism carries data from one area to another, and since when. Open points are shown by their
    strict defaults; with --rules as a rule set settles them, on the day whose law it is decided under.

    It is there in Chinese too; numbers, mechanisms and articles keep their names.
    """
    printing = Printing(_law(on, folder), catalogue(lang), None if folder is None else str(folder))
    for line in as_markdown(printing) if markdown else as_text(printing):
        click.echo(line)


@law.command(name="row")
@click.argument("number", type=click.IntRange(1, len(ROWS)))
@_ON
@_RULES
@language_option
def one_row(number: int, on: date | None, folder: Path | None, *, lang: str) -> None:
    """Explain one row: what it asks, its articles, its numbers through time, and the functions that decide."""
    in_force, words = _law(on, folder), catalogue(lang)
    printing, found = Printing(in_force, words), ROWS[number - 1]
    title, asks, then = printing.said(found)
    click.secho(words.say("law.row", row=number, title=title), bold=True)
    click.echo(inspect.cleandoc(found.ask.__doc__ or "") if words.language == "en" else asks)
    click.echo(f"{words.say('law.then')}{words.say('law.colon')}{then}")
    click.echo(words.say("law.articles", articles="; ".join(found.articles)))
    for one in parameters():
        if one.name not in found.parameters:
            continue
        click.echo(f"\n{one.name}: {one.about}")
        for value in one.values:
            holds = f"  <- {words.say('law.in_force')}" if in_force.values.get(one.name) is value else ""
            since = words.say("law.from", name=f"{value.value:,} {one.unit}", since=value.since)
            click.echo(f"  {since} ({value.article}; {value.source}){holds}")
    for name in found.points:
        click.echo(f"\n{words.say('law.point', point=printing.point(name), about=printing.about(name))}")
    if not_yet := printing.not_yet(found):
        click.echo(f"\n{not_yet}")
    for function in _with_what_it_calls(found.ask):
        click.echo(f"\n{textwrap.dedent(inspect.getsource(function)).rstrip()}")


def _with_what_it_calls(ask: Ask) -> Iterator[FunctionType]:
    """The function of a row, those of the law that it calls, and those that they call, in this order."""
    if not isinstance(ask, FunctionType):
        raise TypeError("a row is a plain function; there is no source to show of anything else")
    found = {ask.__name__: ask}
    waiting = [ask]
    while waiting:
        one = waiting.pop(0)
        for name in one.__code__.co_names:
            called = one.__globals__.get(name)
            if isinstance(called, FunctionType) and called.__module__.startswith("tidegate.law.") and name not in found:
                found[name] = called
                waiting.append(called)
    return iter(found.values())


def _law(on: date | None, folder: Path | None) -> Law:
    """The law of a day, as a rule set settles it. Without a day that of the rule set, or else of today."""
    settled = None if folder is None else read_rules(folder).law
    if settled is not None and on is None:
        return settled
    day = on or day_of(datetime.now(tz=UTC))
    try:
        return law_on(day) if settled is None else law_on(day, settled.points)
    except ValueError as exc:
        raise BadInput(str(exc)) from None
