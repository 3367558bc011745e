"""``tidegate quarantine redrive|discard|drain``: orders that settle records of the quarantine."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing

import click

from tidegate.audit import DONE
from tidegate.cli.asking import run_async, settings_of
from tidegate.cli.bars import counting, filling
from tidegate.cli.shared import Duration, Moment, approver, show_json
from tidegate.errors import EXIT_FINDINGS, BadInput
from tidegate.gate import Reason
from tidegate.quarantine.asking import Given, Person, ask, drains, orders_about
from tidegate.quarantine.book import AGAIN, State
from tidegate.quarantine.listing import Lying, Wanted, find, lanes_of, lying, without_bytes
from tidegate.quarantine.orders import MAX_DRAIN_S, OrderKind
from tidegate.quarantine.trying import Trial, try_again, trying_under
from tidegate.settings import Settings

SHOWN = 20
"""So many records are told one by one; the rest is counted."""

wait_option = click.option(
    "--wait",
    type=Duration(),
    default="30s",
    show_default=True,
    help="How long to wait for a lane that does not answer.",
)
by_option = click.option(
    "--by", default=approver, show_default="the user of this shell", help="Who asks, for the record."
)
as_json_option = click.option("--json", "as_json", is_flag=True, help="JSON, for programs.")


@click.command()
@click.argument("records", nargs=-1)
@click.option(
    "--of",
    type=click.Choice(sorted(one.value for one in Reason if one is not Reason.HELD)),
    help="All that are there for this reason.",
)
@click.option("--publisher", default="", help="All that came from this publisher.")
@click.option("--from", "start", type=Moment(), help="All that came into quarantine from then on: a time, or -2h.")
@click.option("--to", "end", type=Moment(), help="All that came before then.")
@click.option("--execute", is_flag=True, help="Give the orders; without, nothing is done.")
@click.option("--reason", default="", help="Why, for the record; with --execute.")
@by_option
@wait_option
@as_json_option
@click.pass_context
def redrive(
    context: click.Context,
    records: tuple[str, ...],
    of: str | None,
    publisher: str,
    start: int | None,
    end: int | None,
    *,
    execute: bool,
    reason: str,
    by: str,
    wait: float,
    as_json: bool,
) -> None:
    """Decide RECORDS that failed (like 3/1042) again, under the rules of today: those named, or all that fit.

    Without --execute it only shows what each is there for, and what the rules in force would make of it now, people
    taken as counted and few. With it every record takes the one path again under its original coordinates: its own
    claim lets it pass, so whatever dies meanwhile, each delivery is made once; if another record has the event by now,
    it is a duplicate. It leaves after later events of its key. One that fails again stays open, and the attempt is
    counted. The publisher is told.

    Held deliveries are released, not redriven. Exits with 1 when a record was refused or failed again.
    """
    wanted = Wanted(of or "", publisher, State.OPEN, start, end)
    if bool(records) == (wanted != Wanted(state=State.OPEN)):
        raise BadInput("name records (like 3/1042), or say which ones with --of, --publisher, --from or --to")
    settings = settings_of(context)
    if not execute:
        run_async(_dry_run(settings, records, wanted, as_json=as_json))
        return
    person = Person(by, reason)
    about = run_async(collected(settings, records, wanted))
    carry_out(context, orders_about(OrderKind.REDRIVE, about, person, wait), wait=wait, as_json=as_json)


@click.command()
@click.argument("records", nargs=-1, required=True)
@click.option("--reason", required=True, help="Why, for the record.")
@by_option
@wait_option
@as_json_option
@click.pass_context
def discard(
    context: click.Context, records: tuple[str, ...], *, reason: str, by: str, wait: float, as_json: bool
) -> None:
    """Put RECORDS (like 3/1042) aside for good. They stay until retention takes them, and are never sent.

    Exits with 1 when one was refused, for being settled already.
    """
    settings = settings_of(context)
    about = run_async(collected(settings, records, Wanted()))
    carry_out(context, orders_about(OrderKind.DISCARD, about, Person(by, reason), wait), wait=wait, as_json=as_json)


@click.command()
@click.option("--reason", required=True, help="Why, for the record.")
@click.option("--for", "lasts", type=Duration(), default="10m", show_default=True, help="How long, at most 1d.")
@click.option(
    "--lane", "lanes", type=click.IntRange(0), multiple=True, help="Only this lane; repeatable.  [default: all]"
)
@by_option
@wait_option
@as_json_option
@click.pass_context
def drain(
    context: click.Context, lanes: tuple[int, ...], *, reason: str, lasts: float, by: str, wait: float, as_json: bool
) -> None:
    """Let the quarantine fill for a while, however much fails.

    When most of what a publisher sends fails, lanes take nothing more of it in, and say so in /readyz: a quarantine
    that fills fast is an outage. It goes on by itself once rules or sender are mended. When the records are to go into
    quarantine all the same, this lets them. It holds until the time is over, or its lane moves to another process.
    """
    if not 1 <= lasts <= MAX_DRAIN_S:
        raise BadInput("--for has to be between 1s and 1d")
    count = run_async(lanes_of(settings_of(context)))
    strange = [str(lane) for lane in lanes if lane >= count]
    if strange:
        raise BadInput(f"this hub has no lane {', '.join(strange)}; it has {count}, from 0 on")
    given = drains(sorted(set(lanes)) or range(count), Person(by, reason), lasts)
    carry_out(context, given, wait=wait, as_json=as_json)


async def _selected(settings: Settings, names: Sequence[str], wanted: Wanted) -> AsyncIterator[Lying]:
    """The records of some names; without names all that failed and fit."""
    for name in dict.fromkeys(names):
        yield await find(settings, name)
    for lane in range(0 if names else await lanes_of(settings)):
        async with aclosing(lying(settings, lane, wanted.from_ms)) as records:
            async for one in records:
                if wanted.fits(one) and not one.record.held:
                    yield one


async def collected(settings: Settings, names: Sequence[str], wanted: Wanted) -> list[Lying]:
    return [without_bytes(one) async for one in _selected(settings, names, wanted)]


async def _dry_run(settings: Settings, names: Sequence[str], wanted: Wanted, *, as_json: bool) -> None:
    """Tells of each record what it is there for and what would become of it."""
    rules = await trying_under(settings)
    counted: Counter[tuple[str, str]] = Counter()
    with counting() as bar:
        task = bar.add_task("records", total=None)
        async for one in _selected(settings, names, wanted):
            trial = try_again(rules, one)
            counted[one.record.reason.value, trial.outcome] += 1
            bar.advance(task)
            if as_json:
                show_json(_trial(one, trial))
            elif counted.total() <= SHOWN:
                _show_trial(one, trial)
    if as_json:
        return
    if counted.total() > SHOWN:
        click.echo(f"and {counted.total() - SHOWN:,} more")
    for (before, after), count in counted.most_common():
        click.secho(f"{count:,} {before} -> {after}", bold=True)
    click.echo("nothing was done; --execute --reason TEXT does it" if counted else "nothing fits")


def _trial(one: Lying, trial: Trial) -> dict[str, object]:
    before = {"reason": one.record.reason.value, "detail": one.record.detail, "attempts": one.standing.attempts}
    after = {"outcome": trial.outcome, "why": trial.why, "partners": list(trial.partners), "held": list(trial.held)}
    return {"name": one.name, "state": one.standing.state.value, "before": before, "after": after}


def _show_trial(one: Lying, trial: Trial) -> None:
    click.echo(f"{one.name:>12}  {one.record.reason}: {one.record.detail}")
    to = f" to {', '.join(trial.partners)}" if trial.partners else ""
    held = f", held for {', '.join(trial.held)}" if trial.held else ""
    why = f": {trial.why}" if trial.why else ""
    settled = f" (but it is {one.standing.settled})" if one.standing.settled else ""
    click.secho(f"{'->':>12}  {trial.outcome}{to}{held}{why}{settled}", fg="green" if trial.mended else "yellow")


def carry_out(context: click.Context, given: Sequence[Given], *, wait: float, as_json: bool) -> None:
    """Gives orders, waits, and shows what came of them. Exits with 1 when some did not come to what was asked."""
    with filling() as bar:
        task = bar.add_task("orders", total=len(given))
        told = run_async(ask(settings_of(context), given, wait, lambda count: bar.advance(task, count)))
    bad, counted = 0, Counter[str]()
    for one, answer in zip(given, told, strict=True):
        good = answer.outcome == DONE and answer.said not in AGAIN
        bad += not good
        counted[f"{answer.outcome}{f', {answer.said}' if answer.outcome == DONE and answer.said else ''}"] += 1
        if as_json:
            show_json({"name": one.name, "outcome": answer.outcome, "said": answer.said})
        elif len(given) <= SHOWN or not good:
            said = f": {answer.said}" if answer.said else ""
            click.secho(f"{one.name:>12}  {one.order.kind} {answer.outcome}{said}", fg=None if good else "yellow")
    if not as_json:
        click.echo("; ".join(f"{count:,} {said}" for said, count in counted.most_common()) or "nothing fits")
    if bad:
        context.exit(EXIT_FINDINGS)
