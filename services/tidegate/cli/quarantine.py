"""``tidegate quarantine``: what failed or waits for a person, and what is to be done about it."""

from __future__ import annotations

import base64
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import click

from tidegate.audit import CarriedOut
from tidegate.cli.asking import run_async, settings_of
from tidegate.cli.bars import counting
from tidegate.cli.letting_go import release, release_json, show_release, would_leave
from tidegate.cli.settling import as_json_option, by_option, discard, drain, redrive, wait_option
from tidegate.cli.shared import Moment, show_json
from tidegate.errors import BadInput, ConfigError
from tidegate.events.schemas import Schema
from tidegate.gate import Reason
from tidegate.provision.activation import plan_in_force, read_ledger
from tidegate.quarantine.asking import Person, look
from tidegate.quarantine.book import State
from tidegate.quarantine.listing import DAY_MS, Listing, Lying, Wanted, find, list_quarantine
from tidegate.quarantine.masking import decoded, masked
from tidegate.quarantine.trying import Release, trying_under
from tidegate.settings import Settings

_BAR = 30


@click.group()
def quarantine() -> None:
    """See what failed or waits for a person, and say what is to be done about it.

    A record in quarantine is called by its lane and its place there, like 3/1042. Records stay until the quarantine's
    retention (30 days) takes them; what became of one is in the audit. Everything that is done is an order to the lane:
    carried out and audited by a running hub, once, whatever dies meanwhile. Reasons stand in the audit for years: write
    nothing into them of what events say.

    \b
    open       nothing was done yet
    redriven   decided again, and no longer at fault
    released   a held delivery that a person let go
    discarded  put aside for good
    """


@quarantine.command("list")
@click.option(
    "--reason", type=click.Choice(sorted(one.value for one in Reason)), help="Only what is there for this reason."
)
@click.option("--publisher", default="", help="Only what came from this publisher.")
@click.option("--from", "start", type=Moment(), help="Only what came into quarantine from then on: a time, or -2h.")
@click.option("--to", "end", type=Moment(), help="Only what came before then.")
@click.option(
    "--state",
    type=click.Choice([*(one.value for one in State), "all"]),
    default=State.OPEN.value,
    show_default=True,
    help="Only these.",
)
@click.option("--limit", type=click.IntRange(0), default=20, show_default=True, help="Show so many of the newest.")
@as_json_option
@click.pass_context
def show_list(
    context: click.Context,
    reason: str | None,
    publisher: str,
    start: int | None,
    end: int | None,
    *,
    state: str,
    limit: int,
    as_json: bool,
) -> None:
    """List what lies in quarantine, with how many there are by reason and publisher. No field value is shown."""
    wanted = Wanted(reason or "", publisher, None if state == "all" else State(state), start, end)
    settings, now_ms = settings_of(context), time.time_ns() // 1_000_000
    warning_s = settings.hub.held_warning_s
    with counting() as bar:
        task = bar.add_task("records", total=None)
        found = run_async(
            list_quarantine(settings, wanted, limit, now_ms, warning_s, lambda count: bar.advance(task, count))
        )
    if as_json:
        show_json(
            {
                "total": found.total,
                "reasons": dict(found.reasons),
                "publishers": dict(found.publishers),
                "states": dict(found.states),
                "expiring": found.expiring,
                "records": [_said(one, now_ms) for one in found.newest],
            }
        )
    else:
        _show_list(found, now_ms, warning_s)


def _show_list(found: Listing, now_ms: int, warning_s: float) -> None:
    for one in found.newest:
        record = one.record
        waits = f" for {record.partner}" if record.partner else ""
        state = "" if one.standing.state is State.OPEN else f"  {one.standing.state}"
        tried = f"  {one.standing.attempts} attempts" if one.standing.attempts else ""
        click.echo(
            f"{one.name:>12}  {_moment(one.since_ms)}  {record.reason:<14}  {record.publisher:<20}"
            f"  {record.detail}{waits}{state}{tried}{_ends(one, now_ms, warning_s)}"
        )
    if found.total > len(found.newest):
        click.echo(f"and {found.total - len(found.newest):,} older ones (--limit)")
    _histogram("by reason", found.reasons)
    _histogram("by publisher", found.publishers)
    if found.expiring:
        days = warning_s * 1_000 / DAY_MS
        click.secho(
            f"{found.expiring:,} held deliveries are taken by retention within {days:g} days: release or discard them",
            fg="yellow",
        )
    if not found.total:
        click.echo("nothing there")


def _ends(one: Lying, now_ms: int, warning_s: float) -> str:
    """When a held delivery that waits is lost, where that is soon."""
    left = one.expires_in_ms(now_ms)
    if not one.record.held or one.standing.state is not State.OPEN or left >= warning_s * 1_000:
        return ""
    return f"  expires in {max(0.0, left / DAY_MS):.1f} days"


def _histogram(title: str, counts: Counter[str]) -> None:
    if len(counts) == 0:
        return
    click.secho(title, bold=True)
    most = max(counts.values())
    for name, count in counts.most_common():
        click.echo(f"  {name:<20} {count:>9,} {'█' * max(1, count * _BAR // most)}")


@quarantine.command()
@click.argument("record")
@click.option("--raw", is_flag=True, help="The raw bytes, on standard output. Audited before anything is shown.")
@click.option("--reason", help="Why you have to see them, for the record.")
@by_option
@wait_option
@as_json_option
@click.pass_context
def show(
    context: click.Context, record: str, *, raw: bool, reason: str | None, by: str, wait: float, as_json: bool
) -> None:
    """Show why RECORD (like 3/1042) is in quarantine, which fields it has, and what was done about it.

    Of a delivery that waits it says which fields a release would let go, and which would stay.

    Values are masked. With --raw the bytes come as they were sent, and --reason has to say why: the lane writes into
    the audit who looked and why, and only then they are shown. So a hub has to run. With --json they are in base64.
    """
    if raw != (reason is not None):
        raise BadInput("--raw and --reason go together: whoever sees raw bytes says why")
    settings = settings_of(context)
    one = run_async(find(settings, record))
    if raw:
        run_async(look(settings, one, Person(by, reason or ""), wait))
        _show_raw(one, as_json=as_json)
        return
    fields = run_async(_fields(settings, one))
    said = _said(one, time.time_ns() // 1_000_000) | {
        "orders": [_order(at, order) for at, order in one.standing.orders]
    }
    freed = run_async(_release(settings, one))
    if as_json:
        more = {} if freed is None else {"release": release_json(freed)}
        show_json(said | {"fields": None if fields is None else dict(fields)} | more)
    else:
        _show_one(said, fields)
        if freed is not None:
            click.secho("if a person lets it go", bold=True)
            show_release(freed)


async def _release(settings: Settings, one: Lying) -> Release | None:
    """What a release would let go of a delivery that waits; None of any other record."""
    if not one.record.held or one.standing.state is not State.OPEN:
        return None
    try:
        return would_leave(await trying_under(settings), one)
    except ConfigError as exc:
        return Release(why=f"not known here: {exc}")


async def _fields(settings: Settings, one: Lying) -> list[tuple[str, str]] | None:
    """Which fields a record has; None where its bytes are no event that the rules in force know."""
    plan = plan_in_force(await read_ledger(settings))
    schemas = [Schema.of(plan.schemas[number]) for number in plan.writers] if plan is not None else []
    found = decoded(one.record.value, schemas)
    return None if found is None else list(masked(found[0].json, found[1]))


def _show_one(said: dict[str, Any], fields: list[tuple[str, str]] | None) -> None:
    orders, findings, complete = said.pop("orders"), said.pop("findings"), said.pop("complete")
    for name, value in said.items():
        if value not in ("", None, 0):
            click.echo(f"{name:>13}  {value}")
    for finding in findings:
        click.echo(f"{'finding':>13}  {finding}")
    if not complete:
        click.echo(f"{'':>13}  only the head of it is kept: it was too large")
    if fields is None:
        click.echo("its bytes are no event of a schema that the rules in force know")
    else:
        click.secho("fields (values are masked; see --raw)", bold=True)
        for path, kind in fields:
            click.echo(f"  {path:<44} {kind}")
    if orders:
        click.secho("orders", bold=True)
    for one in orders:
        outcome = f"{one['outcome']}: {one['said']}" if one["said"] else one["outcome"]
        outcome += f", with {'; '.join(one['freed'])}" if one["freed"] else ""
        click.echo(f"  {one['at']}  {one['kind']} by {one['by']} ({one['reason']}): {outcome}")


def _show_raw(one: Lying, *, as_json: bool) -> None:
    record = one.record
    if as_json:
        show_json(
            {
                "name": one.name,
                "key": _base64(record.key),
                "value": _base64(record.value),
                "complete": record.complete,
                "headers": [[name, _base64(content)] for name, content in record.headers],
            }
        )
        return
    if not record.complete:
        click.echo("only the head of it is kept: it was too large", err=True)
    click.echo(record.value or b"", nl=False)


def _base64(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode()


for _command in (redrive, release, discard, drain):
    quarantine.add_command(_command)


def _said(one: Lying, now_ms: int) -> dict[str, Any]:
    """A record for programs: everything but what it says."""
    record = one.record
    return {
        "name": one.name,
        "state": one.standing.state.value,
        "settled": one.standing.settled,
        "reason": record.reason.value,
        "detail": record.detail,
        "findings": [f"{rule} {severity} {path}" for severity, rule, path in record.findings],
        "publisher": record.publisher,
        "partner": record.partner,
        "source": record.place,
        "since": _moment(one.since_ms),
        "expiresInDays": round(one.expires_in_ms(now_ms) / DAY_MS, 1),
        "attempts": one.standing.attempts,
        "bytes": one.size,
        "complete": record.complete,
    }


def _order(at_us: int, one: CarriedOut) -> dict[str, Any]:
    return {
        "at": _moment(at_us // 1_000),
        "kind": one.kind,
        "by": one.by,
        "reason": one.reason,
        "outcome": one.outcome,
        "said": one.said,
        "freed": list(one.freed),
    }


def _moment(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1_000, tz=UTC).isoformat(timespec="seconds")
