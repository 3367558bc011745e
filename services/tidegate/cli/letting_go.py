"""``tidegate quarantine release``: held deliveries that a named person lets go, and what would leave with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from tidegate.cli.asking import run_async, settings_of
from tidegate.cli.settling import as_json_option, carry_out, collected, wait_option
from tidegate.cli.shared import show_json
from tidegate.errors import EXIT_FINDINGS, BadInput
from tidegate.gate import FreedField
from tidegate.quarantine.asking import Person, orders_about
from tidegate.quarantine.listing import Lying, Wanted, find
from tidegate.quarantine.orders import OrderKind
from tidegate.quarantine.trying import Release, Rules, try_release, trying_under
from tidegate.settings import Settings


@click.command()
@click.argument("records", nargs=-1, required=True)
@click.option("--dry-run", is_flag=True, help="Only show which fields would leave and which would stay.")
@click.option("--by", default="", help="The person who answers for it.  [required, but with --dry-run]")
@click.option("--reason", default="", help="Why it may leave, for the record.  [required, but with --dry-run]")
@wait_option
@as_json_option
@click.pass_context
def release(
    context: click.Context, records: tuple[str, ...], *, dry_run: bool, by: str, reason: str, wait: float, as_json: bool
) -> None:
    """Let held deliveries go: RECORDS like 3/1042, each for the one partner that it is held for.

    It leaves under the rules of today, after later events of its key, and once, whatever dies meanwhile. With it leaves
    the field that made it wait, as far as the law lets a person say so: what was suspect of being important data and is
    none, and newly notified data within its grace. What it is otherwise then decides; nothing leaves that no grant
    names or that a row drops. Nobody lifts a filing that is late, a fact that is not known, or a risk assessment that
    is not there: such a field stays, but for what leaves without the late paper. --dry-run shows it field by field.

    Where nothing leaves for this partner the order is refused, and the delivery stays open. The record itself stays
    held in the books; the release is counted apart, and the audit has who let go what, and why.

    Exits with 1 when one was refused, or with --dry-run would be.
    """
    settings = settings_of(context)
    if dry_run:
        if by or reason:
            raise BadInput("--dry-run asks for nothing to be done; leave --by and --reason away")
        if run_async(_dry_run(settings, records, as_json=as_json)):
            context.exit(EXIT_FINDINGS)
        return
    person = Person(by, reason)
    about = run_async(collected(settings, records, Wanted()))
    carry_out(context, orders_about(OrderKind.RELEASE, about, person, wait), wait=wait, as_json=as_json)


async def _dry_run(settings: Settings, names: Sequence[str], *, as_json: bool) -> int:
    """Tells of each what would leave. Gives how many would be refused."""
    rules, refused = await trying_under(settings), 0
    for name in dict.fromkeys(names):
        one = await find(settings, name)
        found = would_leave(rules, one)
        refused += bool(found.why)
        if as_json:
            show_json({"name": one.name, "partner": one.record.partner, **release_json(found)})
        else:
            click.secho(f"{one.name:>12}  held for {one.record.partner}: {one.record.detail}", bold=True)
            show_release(found)
    if not as_json:
        click.echo("nothing was done; --by NAME --reason TEXT without --dry-run does it")
    return refused


def would_leave(rules: Rules, one: Lying) -> Release:
    """What a release of a record would let go now, or why it would be refused."""
    if not one.record.held:
        return Release(why="nothing of this record is held")
    return Release(why=f"already {one.standing.settled}") if one.standing.settled else try_release(rules, one)


def release_json(found: Release) -> dict[str, Any]:
    def said(one: FreedField) -> dict[str, Any]:
        kept = {"path": one.path, "class": one.field_class, "waits": one.waits, "reason": one.reason, "row": one.row}
        return {**kept, "ifCounted": one.path in found.counted} if one.leaves else kept

    return {
        "why": found.why,
        "leaves": [said(one) for one in found.fields if one.leaves],
        "stays": [said(one) for one in found.fields if not one.leaves],
    }


def show_release(found: Release) -> None:
    if found.why:
        click.secho(f"  nothing would leave: {found.why}", fg="yellow")
    for one in found.fields:
        why = f"{one.reason}, row {one.row}" if one.row else one.reason
        waits = f"; it waits: {one.waits}" if one.waits and one.waits != one.reason else ""
        counted = "; if the people behind it are counted, and few enough" if one.path in found.counted else ""
        word, colour = ("leaves", "green") if one.leaves else ("stays", "yellow")
        click.secho(f"  {word:<6}  {one.path:<40} {why}{waits}{counted}", fg=colour if one.waits else None)
