"""``tidegate law``: the decision table as a lawyer reads it, beside the logic that runs."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from types import FunctionType

import click

from tidegate.errors import BadInput
from tidegate.law.parameters import Law, law_on, parameters
from tidegate.law.points import ABOUT, NAMES
from tidegate.law.rows import Ask, Row
from tidegate.law.table import ROWS

_WIDTH = 100
_SHANGHAI = timezone(timedelta(hours=8))
_ON = click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The day in Asia/Shanghai.  [default: today]")


@click.group()
def law() -> None:
    """Read the decision table: its rows, their articles, and the numbers and settings in force on a day.

    Generated from the functions and data that decide; nothing here is written a second time.
    """


@law.command()
@_ON
@click.option("--markdown", is_flag=True, help="As Markdown, for a document.")
def table(on: datetime | None, markdown: bool) -> None:
    """Print all rows with articles, parameters and open points. The first row that matches decides."""
    in_force = _law(on)
    for line in _markdown(in_force) if markdown else _text(in_force):
        click.echo(line)


@law.command(name="row")
@click.argument("number", type=click.IntRange(1, len(ROWS)))
@_ON
def one_row(number: int, on: datetime | None) -> None:
    """Explain one row: what it asks, its articles, its numbers through time, and the functions that decide."""
    in_force = _law(on)
    found = ROWS[number - 1]
    click.secho(f"Row {number}: {found.title}", bold=True)
    click.echo(inspect.cleandoc(found.ask.__doc__ or ""))
    click.echo(f"then: {found.then}")
    click.echo(f"articles: {'; '.join(found.articles)}")
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


def _law(on: datetime | None) -> Law:
    day: date = on.date() if on else datetime.now(tz=UTC).astimezone(_SHANGHAI).date()
    try:
        return law_on(day)
    except ValueError as exc:
        raise BadInput(str(exc)) from None


def _yes(in_force: Law, name: str) -> str:
    return "yes" if getattr(in_force.points, name) else "no"


def _asks(found: Row) -> str:
    return " ".join(inspect.cleandoc(found.ask.__doc__ or "").split())


def _text(in_force: Law) -> Iterator[str]:
    yield f"The decision table on {in_force.day}. The first row that matches decides; unknown counts as strict."
    for found in ROWS:
        yield ""
        yield f"{found.number:>2}  {found.title}  [{'; '.join(found.articles)}]"
        for name, said in (("if", _asks(found)), ("then", found.then)):
            yield textwrap.fill(f"{name:<4} {said}", _WIDTH, initial_indent="    ", subsequent_indent="         ")
        for name in found.parameters:
            if name in in_force.values:
                value = in_force.values[name]
                yield f"    {name} = {value.value:,}, since {value.since} ({value.article})"
        for name in found.points:
            yield f"    {name} = {_yes(in_force, name)}"
    yield ""
    yield "Open legal points, as settled here (the strict answer is the default):"
    for name in NAMES:
        yield f"    {name} = {_yes(in_force, name)}: {ABOUT[name]}"


def _markdown(in_force: Law) -> Iterator[str]:
    yield f"# Decision table on {in_force.day}"
    yield ""
    yield "The first row that matches decides. What is not known counts as the strict case."
    yield ""
    yield "| # | row | if | then | articles | numbers and open points |"
    yield "|---|---|---|---|---|---|"
    for found in ROWS:
        numbers = [f"{name} = {in_force[name]:,}" for name in found.parameters if name in in_force.values]
        points = [f"{name} = {_yes(in_force, name)}" for name in found.points]
        cells = (found.title, _asks(found), found.then, "; ".join(found.articles), "; ".join([*numbers, *points]))
        yield f"| {found.number} | {' | '.join(cell.replace('|', '/') for cell in cells)} |"
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
