"""``tidegate law``: the decision table as a lawyer reads it, beside the logic that runs."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterator
from datetime import UTC, date, datetime
from types import FunctionType

import click

from tidegate.cli.shared import Day
from tidegate.cli.telling import language_option
from tidegate.errors import BadInput
from tidegate.law.calendars import day_of
from tidegate.law.lifting import LIFTS
from tidegate.law.parameters import Law, law_on, parameters
from tidegate.law.points import ABOUT, NAMES
from tidegate.law.rows import Ask, Row
from tidegate.law.table import ROWS
from tidegate.words import Catalogue, catalogue

_WIDTH = 100
_ON = click.option("--on", type=Day(), help="The day in Asia/Shanghai.  [default: today]")


@click.group()
def law() -> None:
    """Read the decision table: its rows, their articles, and the numbers and settings in force on a day.

    Generated from the functions and data that decide; nothing here is written a second time.
    """


@law.command()
@_ON
@language_option
@click.option("--markdown", is_flag=True, help="As Markdown, for a document.")
def table(on: date | None, lang: str, markdown: bool) -> None:
    """Print all rows with articles, parameters and open points. The first row that matches decides.

    What rows ask and do is there in Chinese too; the numbers keep their names.
    """
    in_force, words = _law(on), catalogue(lang)
    for line in _markdown(in_force, words) if markdown else _text(in_force, words):
        click.echo(line)


@law.command(name="row")
@click.argument("number", type=click.IntRange(1, len(ROWS)))
@_ON
@language_option
def one_row(number: int, on: date | None, lang: str) -> None:
    """Explain one row: what it asks, its articles, its numbers through time, and the functions that decide."""
    in_force, words = _law(on), catalogue(lang)
    found = ROWS[number - 1]
    title, asks, then = _said(found, words)
    click.secho(words.say("law.row", row=number, title=title), bold=True)
    click.echo(inspect.cleandoc(found.ask.__doc__ or "") if words.language == "en" else asks)
    click.echo(f"{words.say('law.then')}: {then}")
    click.echo(words.say("law.articles", articles="; ".join(found.articles)))
    for one in parameters():
        if one.name not in found.parameters:
            continue
        click.echo(f"\n{one.name}: {one.about}")
        for value in one.values:
            holds = "  <- in force" if in_force.values.get(one.name) is value else ""
            click.echo(f"  from {value.since}: {value.value:,} {one.unit} ({value.article}; {value.source}){holds}")
    for name in found.points:
        click.echo(f"\nopen point {name} = {_yes(in_force, name)}: {ABOUT[name]}")
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


def _law(on: date | None) -> Law:
    day = on or day_of(datetime.now(tz=UTC))
    try:
        return law_on(day)
    except ValueError as exc:
        raise BadInput(str(exc)) from None


def _yes(in_force: Law, name: str) -> str:
    return "yes" if getattr(in_force.points, name) else "no"


def _said(found: Row, words: Catalogue) -> tuple[str, str, str]:
    """Title of a row, what it asks, and what happens then; in English as the code itself says it."""
    if words.language == "en":
        return found.title, " ".join(inspect.cleandoc(found.ask.__doc__ or "").split()), found.then
    return words.say(f"row.{found.number}"), words.say(f"ask.{found.number}"), words.say(f"then.{found.number}")


def _text(in_force: Law, words: Catalogue) -> Iterator[str]:
    yield words.say("law.table", day=in_force.day)
    for found in ROWS:
        title, asks, then = _said(found, words)
        yield ""
        yield f"{found.number:>2}  {title}  [{'; '.join(found.articles)}]"
        for name, said in ((words.say("law.if"), asks), (words.say("law.then"), then)):
            yield textwrap.fill(f"{name:<4} {said}", _WIDTH, initial_indent="    ", subsequent_indent="         ")
        for name in found.parameters:
            if name in in_force.values:
                value = in_force.values[name]
                yield f"    {name} = {value.value:,}, since {value.since} ({value.article})"
        for name in found.points:
            yield f"    {name} = {_yes(in_force, name)}"
    yield ""
    yield "Held, and let go by a named person (the rows are asked again; what they drop or block stays):"
    for one in LIFTS:
        said = f"{one.title}: {one.then}  [{'; '.join(one.articles)}]"
        yield textwrap.fill(said, _WIDTH, initial_indent="    ", subsequent_indent="      ")
    yield ""
    yield "Open legal points, as settled here (the strict answer is the default):"
    for name in NAMES:
        yield f"    {name} = {_yes(in_force, name)}: {ABOUT[name]}"


def _markdown(in_force: Law, words: Catalogue) -> Iterator[str]:
    yield f"# Decision table on {in_force.day}"
    yield ""
    yield "The first row that matches decides. What is not known counts as the strict case."
    yield ""
    yield "| # | row | if | then | articles | numbers and open points |"
    yield "|---|---|---|---|---|---|"
    for found in ROWS:
        numbers = [f"{name} = {in_force[name]:,}" for name in found.parameters if name in in_force.values]
        points = [f"{name} = {_yes(in_force, name)}" for name in found.points]
        cells = (*_said(found, words), "; ".join(found.articles), "; ".join([*numbers, *points]))
        yield f"| {found.number} | {' | '.join(cell.replace('|', '/') for cell in cells)} |"
    yield ""
    yield "## Held, and let go by a named person"
    yield ""
    yield "The rows are asked again with what is left; what they drop or block stays."
    yield ""
    yield from (f"- {one.title}: {one.then} ({'; '.join(one.articles)})" for one in LIFTS)
    yield ""
    yield "## Parameters"
    yield ""
    yield "| name | value | unit | since | article | source | about |"
    yield "|---|---|---|---|---|---|---|"
    for one in parameters():
        value = in_force.values.get(one.name)
        if value is not None:
            said = (value.since, value.article, value.source, one.about)
            yield f"| {one.name} | {value.value:,} | {one.unit} | {' | '.join(map(str, said))} |"
    yield ""
    yield "## Open legal points"
    yield ""
    for name in NAMES:
        yield f"- `{name}` = {_yes(in_force, name)}: {ABOUT[name]}"
