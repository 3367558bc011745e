"""``tidegate replay``: decide a window of the past again."""

from __future__ import annotations

import re

import click

from tidegate.cli.asking import run_async, settings_of
from tidegate.cli.bars import counting
from tidegate.cli.shared import Moment, show_json
from tidegate.errors import EXIT_FINDINGS, BadInput
from tidegate.provision.folders import read_keyring
from tidegate.replay import Report, Window, new_report
from tidegate.replay import replay as decide_again

_CASE = re.compile(r"[a-z0-9][a-z0-9-]{0,47}\Z")


@click.command()
@click.argument("case")
@click.option("--from", "start", type=Moment(), required=True, help="Begin of the window: a time, or -2h.")
@click.option("--to", "end", type=Moment(), default="now", show_default=True, help="End of the window, exclusive.")
@click.option("--partner", "partners", multiple=True, help="Only this partner; may be repeated.  [default: all]")
@click.option("--rules", type=click.Choice(["then", "now"]), required=True, help="Under which rules to decide.")
@click.option("--execute", is_flag=True, help="Send what the rules of now allow to replay.<case>.<partner>.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
@click.pass_context
def replay(
    context: click.Context,
    case: str,
    start: int,
    end: int,
    partners: tuple[str, ...],
    *,
    rules: str,
    execute: bool,
    as_json: bool,
) -> None:
    """Decide a window of the past again, for the incident CASE. Only compares, unless told to send.

    The window is by the time at which the broker took records in. The same code decides as in the hub, with the claim
    verdicts from the audit; live claims and live topics are not touched.

    \b
    --rules then   proves what was sent: every delivery under the plan of its day, byte for byte against the audit
    --rules now    says what the rules of now would send instead; with --execute it is sent to the topics of the case,
                   marked with the replay's id (header ce_replay), so that nobody acts twice

    Exits with 1 when something differs.
    """
    if not _CASE.match(case):
        raise BadInput(f"{case!r} becomes part of topic names: lower-case letters, digits and hyphens, at most 48")
    if execute and rules == "then":
        raise BadInput(
            "--execute needs --rules now: what is sent again goes under the rules of today, never older ones"
        )
    if start >= end:
        raise BadInput("--from is not before --to")
    settings = settings_of(context)
    report = new_report(case, rules, Window(start, end))
    with counting() as bar:
        task = bar.add_task("transactions", total=None)
        keyring = read_keyring(settings.keyring)
        run_async(
            decide_again(
                settings, keyring, report, partners, execute=execute, progress=lambda count: bar.advance(task, count)
            )
        )
    if as_json:
        show_json(report.to_json())
    else:
        _show(report)
    if report.differs:
        context.exit(EXIT_FINDINGS)


def _show(report: Report) -> None:
    click.echo(f"{report.window}: {report.records} records in {report.transactions} transactions")
    if report.outcomes:
        click.echo("  " + ", ".join(f"{count} {word}" for word, count in sorted(report.outcomes.items())))
    for name, one in sorted(report.partners.items()):
        if report.rules == "then":
            click.echo(f"  {name}: reproduced {one.reproduced:,} of {one.delivered:,} deliveries")
        else:
            counts = {"the same": one.same, "changed": one.changed, "added": one.added, "removed": one.removed}
            sent = f"; {one.sent:,} sent to replay.{report.case}.{name}" if one.sent else ""
            click.echo(f"  {name}: " + ", ".join(f"{count:,} {word}" for word, count in counts.items()) + sent)
    if report.rules == "then":
        colour = "green" if not report.differs else "red"
        click.secho(f"reproduced {report.reproduced:,} of {report.delivered:,} deliveries", fg=colour, bold=True)
    elif any(one.sent for one in report.partners.values()):
        click.echo(f"replay id {report.replay_id}")
    for reason, count in report.reasons.most_common():
        click.echo(f"  {count:,} not reproduced: {reason}")
