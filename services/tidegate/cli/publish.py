"""``tidegate publish``: send events."""

from __future__ import annotations

from pathlib import Path

import click

from tidegate.cli.asking import run_async, settings_of
from tidegate.cli.bars import counting
from tidegate.cli.shared import show_json
from tidegate.client.publishing import Sent, Standard
from tidegate.client.publishing import publish as send
from tidegate.errors import EXIT_FINDINGS
from tidegate.events.findings import Severity


@click.command()
@click.option("--publisher", required=True, help="Who publishes: a party of the rules.")
@click.option(
    "--standard",
    type=click.Choice(["auto", "dcsa-2.2", "dcsa-3.0", "canonical"]),
    default="auto",
    show_default=True,
    help="What the files hold; auto tells it by their shape.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
@click.argument("files", nargs=-1, required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.pass_context
def publish(context: click.Context, publisher: str, standard: Standard, as_json: bool, files: tuple[Path, ...]) -> None:
    """Map events to the canonical event and send them to the hub.

    FILES hold DCSA Track & Trace 2.2 or 3.0 (either draft) or canonical JSON: single events, arrays, or envelopes of
    requests and responses. What has no place in the canonical event travels in its extensions, which no partner sees
    unless a rule names them.

    An event that cannot be mapped is named with its JSONPath and not sent; the others go on, and the exit code is 1.
    """
    settings = settings_of(context)
    with counting() as bar:
        task = bar.add_task("events sent", total=None)
        sent = run_async(send(settings, publisher, files, standard, lambda count: bar.advance(task, count)))
    _show(sent, as_json)
    if sent.refused:
        context.exit(EXIT_FINDINGS)


def _show(sent: Sent, as_json: bool) -> None:
    if as_json:
        findings = [
            {
                "source": file,
                "index": index,
                "severity": finding.severity,
                "code": finding.rule,
                "message": finding.message,
                "propertyPath": finding.path,
            }
            for file, index, finding in sent.findings
        ]
        show_json({"sent": sent.sent, "refused": sent.refused, "feedbackElements": findings})
        return
    for file, index, finding in sent.findings:
        colour = "red" if finding.severity is Severity.ERROR else None
        click.secho(f"{file} event {index}: {finding.severity} {finding.path}: {finding.message}", fg=colour, err=True)
    click.echo(f"{sent.sent} sent, {sent.refused} refused")
