"""``tidegate topics``: make and verify the topics of a hub."""

from __future__ import annotations

from pathlib import Path

import click

from tidegate.broker.cluster import Cluster
from tidegate.broker.names import TopicNames
from tidegate.broker.topics import bring_about, compare, specs
from tidegate.cli.asking import run_async, settings_of
from tidegate.errors import EXIT_BAD_INPUT, EXIT_FINDINGS, BadInput
from tidegate.provision.folders import read_rules
from tidegate.settings import Settings

DEFAULT_LANES = 12


@click.group()
def topics() -> None:
    """Make and verify the topics that a hub stands on."""


@topics.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--lanes", type=click.IntRange(1, 1000), help=f"Number of lanes, once.  [default: {DEFAULT_LANES}]")
@click.option("--dry-run", is_flag=True, help="Only show the difference; exits with 1 when there is one.")
@click.pass_context
def apply(context: click.Context, folder: Path, lanes: int | None, dry_run: bool) -> None:
    """Make the topics of all parties in a rule set, and put right what differs. Shows the difference first.

    The number of lanes is the number of partitions of every topic that records flow through. It is fixed when the hub
    is provisioned, and a change is refused. Topics are never deleted.
    """
    run_async(_apply(context, settings_of(context), folder, lanes, dry_run))


async def _apply(context: click.Context, settings: Settings, folder: Path, lanes: int | None, dry_run: bool) -> None:
    rule_set = read_rules(folder)
    cluster, names = Cluster(settings.kafka), TopicNames(settings.kafka.topic_prefix)
    there = (await cluster.topics([names.lanes])).get(names.lanes)
    if there is not None and lanes not in (None, there.partitions):
        raise BadInput(
            f"this hub has {there.partitions} lanes, for ever; to have {lanes}, drain it and begin anew with another "
            "kafka.topic_prefix"
        )
    count = there.partitions if there is not None else lanes or DEFAULT_LANES
    partners = {
        name: int(party.partner.retention.total_seconds())
        for name, party in rule_set.partners.items()
        if party.partner is not None
    }
    differences = await compare(cluster, specs(names, count, rule_set.publishers, partners))
    for difference in differences:
        click.echo(difference.sentence)
    refused = [difference for difference in differences if difference.refused]
    if not differences:
        click.echo(f"all topics are as they have to be ({count} lanes)")
    elif dry_run:
        context.exit(EXIT_FINDINGS)
    else:
        for difference in differences:
            if not difference.refused:
                await bring_about(cluster, difference)
        click.echo(f"done: {len(differences) - len(refused)} topics")
    if refused:
        context.exit(EXIT_BAD_INPUT)
