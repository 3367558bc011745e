"""``tidegate tail``: look at the hub's topics."""

from __future__ import annotations

import json
from contextlib import aclosing
from typing import Any

import click

from tidegate.broker.logs import follow
from tidegate.cli.asking import run_async, settings_of
from tidegate.cli.shared import show_json
from tidegate.client.tailing import describer
from tidegate.errors import BadInput
from tidegate.events.schemas import Registry, Schema
from tidegate.provision.activation import read_ledger
from tidegate.rules import Plan
from tidegate.settings import Settings

_KINDS = ("out", "feedback", "replay")


@click.command()
@click.argument("topic")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per record, for programs.")
@click.option("--from-beginning", is_flag=True, help="From the first record on, instead of what comes from now on.")
@click.option("--count", type=click.IntRange(1), help="Stop after so many records.")
@click.pass_context
def tail(context: click.Context, topic: str, as_json: bool, from_beginning: bool, count: int | None) -> None:
    """Show what arrives in a topic of the hub, until Ctrl-C.

    \b
    TOPIC is one of
      out.<partner>            what a partner gets, decoded
      feedback.<publisher>     what a publisher is told
      quarantine               what failed and why; never the raw bytes
      audit                    the log of every lane
      replay.<case>.<partner>  what a replay sent
    Only committed records are shown, as to any partner that reads with isolation.level=read_committed.
    """
    kind = topic.partition(".")[0]
    if topic not in ("quarantine", "audit") and (kind not in _KINDS or "." not in topic):
        raise BadInput(
            f"{topic!r} is no topic to look at; write out.<partner>, feedback.<publisher>, quarantine or audit"
        )
    run_async(_tail(settings_of(context), topic, kind, as_json, from_beginning, count))


async def _tail(
    settings: Settings, topic: str, kind: str, as_json: bool, from_beginning: bool, count: int | None
) -> None:
    registry = Registry()
    if kind in ("out", "replay"):
        ledger = await read_ledger(settings)
        for text in ledger.plans.values():
            for schema in Plan.from_bytes(text).schemas.values():
                registry.add(Schema.of(schema))
    describe = describer(kind, registry)
    left = count
    name = f"{settings.kafka.topic_prefix}{topic}"
    async with aclosing(follow(settings.kafka, name, from_beginning=from_beginning)) as records:
        async for partition, record in records:
            said = describe(partition, record)
            if as_json:
                show_json(said)
            else:
                _show(said)
            left = None if left is None else left - 1
            if left == 0:
                return


def _show(said: dict[str, Any]) -> None:
    place = f"{said.pop('partition')}@{said.pop('offset')}"
    said.pop("timestamp", None)
    click.secho(place, bold=True)
    for name, value in said.items():
        shown = value if isinstance(value, (str, int)) else json.dumps(value, ensure_ascii=False, default=str)
        click.echo(f"  {name}: {shown}")
