"""``tidegate partner``: take a partner out for a while."""

from __future__ import annotations

import click

from tidegate.cli.activating import wait_for_lanes
from tidegate.cli.asking import run_async, settings_of
from tidegate.cli.shared import Duration, approver
from tidegate.provision.activation import read_ledger
from tidegate.provision.activation import suspend as put_aside
from tidegate.settings import Settings


@click.group()
def partner() -> None:
    """Suspend and resume a partner.

    A partner whose topic cannot be written stalls the lanes. Suspended, it counts as not granted, and the others go on.
    What it misses can be sent later with `tidegate replay --rules now --execute`.
    """


@partner.command()
@click.argument("name")
@click.option("--reason", required=True, help="Why, for the record.")
@click.option("--wait", type=Duration(), default="60s", show_default=True, help="How long to wait for all lanes.")
@click.pass_context
def suspend(context: click.Context, name: str, reason: str, wait: float) -> None:
    """Deliver nothing to a partner until it is resumed. In force within seconds, and audited."""
    run_async(_change(context, settings_of(context), name, reason, wait, resume=False))


@partner.command()
@click.argument("name")
@click.option("--reason", required=True, help="Why, for the record.")
@click.option("--wait", type=Duration(), default="60s", show_default=True, help="How long to wait for all lanes.")
@click.pass_context
def resume(context: click.Context, name: str, reason: str, wait: float) -> None:
    """Deliver to a suspended partner again, from now on."""
    run_async(_change(context, settings_of(context), name, reason, wait, resume=True))


async def _change(
    context: click.Context, settings: Settings, name: str, reason: str, wait: float, *, resume: bool
) -> None:
    ledger = await read_ledger(settings)
    activation = await put_aside(settings, ledger, name, approver(), reason, resume=resume)
    click.echo(f"activation {activation.sequence}: {name} is {'resumed' if resume else 'suspended'}")
    await wait_for_lanes(context, settings, activation.sequence, wait)
