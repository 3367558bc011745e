"""``tidegate rules``: check rules, put them in force, see what is."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from tidegate.cli.bars import filling
from tidegate.cli.rule_changes import diff, show_changes
from tidegate.cli.shared import Duration, approver, run_async, settings_of, show_json
from tidegate.errors import EXIT_UNCONFIRMED, BadInput, BadRules, ConfigError
from tidegate.provision import (
    activate as put_in_force,
)
from tidegate.provision import (
    check_topics,
    compile_rules,
    confirmation,
    plan_in_force,
    read_ledger,
    read_rules,
)
from tidegate.rules import Note, Plan, RuleSet, expired, nearest
from tidegate.rules.exposure import compare, exposure, who_sees
from tidegate.settings import Settings

_FOLDER = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))


@click.group()
def rules() -> None:
    """Check transfer rules, put them in force, and see what is in force.

    \b
    A rule set is a folder of TOML files:
      [hub]        where the hub keeps data, which keys it uses
      [[party]]    who publishes and who receives, with what the law asks about them
      [[grant]]    which partner may see which fields of whose events, what for, and when
      [[class]]    raises the class of a field, or gives an extension its first one
    What no grant names does not leave, and what the law does not let through does not leave either.
    """


@rules.command()
@_FOLDER
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def check(folder: Path, as_json: bool) -> None:
    """Say everything that is wrong with a rule set: file, line, and what to write instead.

    Needs no broker. Exits with 0 when the rules are sound; notes are no mistakes.
    """
    try:
        rule_set = read_rules(folder)
        plan = compile_rules(rule_set)
    except BadRules as exc:
        if as_json:
            show_json({"sound": False, "mistakes": [_mistake(one) for one in exc.mistakes]})
        else:
            for mistake in exc.mistakes:
                click.echo(str(mistake), err=True)
            count = len(exc.mistakes)
            click.echo(f"not sound: {count} {'mistake' if count == 1 else 'mistakes'}", err=True)
        raise click.exceptions.Exit(BadRules.exit_code) from None
    notes = _notes(rule_set)
    if as_json:
        said = [_mistake(note) for note in notes]
        show_json({"sound": True, "ruleSet": rule_set.digest, "plan": plan.digest, "notes": said})
        return
    for note in notes:
        click.echo(str(note))
    parties = f"{len(rule_set.publishers)} publishers, {len(rule_set.partners)} partners"
    click.echo(f"sound: {parties}, {len(rule_set.grants)} grants, plan {plan.digest[:12]}")


def _notes(rule_set: RuleSet) -> tuple[Note, ...]:
    """What the author may not have meant, as of now."""
    return (*rule_set.notes, *expired(rule_set, datetime.now(tz=UTC)))


def _mistake(one: Any) -> dict[str, Any]:
    return {"file": one.file, "line": one.line, "sentence": one.sentence}


@rules.command()
@_FOLDER
@click.option("--wait", type=Duration(), default="60s", show_default=True, help="How long to wait for all lanes.")
@click.option("--reason", default="", help="Why, for the record.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def activate(context: click.Context, folder: Path, wait: float, reason: str, yes: bool) -> None:
    """Put a rule set in force, after showing what it changes.

    Lanes switch between two transactions; every delivery names the plan under which it was made. Waits until all lanes
    have confirmed, names those that have not and those that nobody runs, and then exits with 4.
    """
    settings = settings_of(context)
    rule_set = read_rules(folder)
    plan = compile_rules(rule_set)
    for note in _notes(rule_set):
        click.echo(str(note), err=True)
    ask = not yes and sys.stdin.isatty()
    sequence = run_async(_activate(settings, rule_set, plan, reason, ask=ask))
    run_async(wait_for_lanes(context, settings, sequence, wait))


async def _activate(settings: Settings, rule_set: RuleSet, plan: Plan, reason: str, *, ask: bool) -> int:
    """Shows what changes, asks, and puts the rules in force. Gives the number of the activation."""
    await check_topics(settings, rule_set)
    ledger = await read_ledger(settings)
    show_changes(compare(plan_in_force(ledger), plan))
    if ask:
        click.confirm("Put these rules in force?", abort=True)
    activation = await put_in_force(settings, ledger, rule_set, plan, approver(), reason)
    click.echo(f"activation {activation.sequence}, plan {plan.digest[:12]}")
    return activation.sequence


async def wait_for_lanes(context: click.Context, settings: Settings, sequence: int, wait: float) -> None:
    """Waits for all lanes with a progress bar; exits with 4 when some did not confirm."""
    if not wait:
        return
    with filling() as bar:
        task = bar.add_task("lanes confirm", total=None)

        def progress(done: int, lanes: int) -> None:
            bar.update(task, completed=done, total=lanes)

        found = await confirmation(settings, sequence, wait, progress)
    click.echo(found.sentence)
    if found.late:
        context.exit(EXIT_UNCONFIRMED)


@rules.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
@click.pass_context
def show(context: click.Context, as_json: bool) -> None:
    """Say which rules are in force, since when, by whom, and who is suspended."""
    ledger = run_async(read_ledger(settings_of(context)))
    current, plan = ledger.current, plan_in_force(ledger)
    if current is None or plan is None:
        click.echo("null" if as_json else "no rules are in force")
        return
    if as_json:
        show_json(
            {
                "sequence": current.sequence,
                "plan": current.plan,
                "ruleSet": current.rule_set,
                "approver": current.approver,
                "reason": current.reason,
                "at": current.at_us,
                "suspended": list(current.suspended),
                "publishers": sorted(plan.publishers),
                "partners": sorted(plan.partners),
            }
        )
        return
    moment = datetime.fromtimestamp(current.at_us / 1e6, tz=UTC).isoformat(timespec="seconds")
    click.echo(f"activation {current.sequence} of {moment} by {current.approver}: plan {current.plan[:12]}")
    if current.reason:
        click.echo(f"reason: {current.reason}")
    click.echo(f"publishers: {', '.join(sorted(plan.publishers))}")
    click.echo(f"partners: {', '.join(sorted(plan.partners))}")
    if current.suspended:
        click.echo(f"suspended: {', '.join(current.suspended)}")


@rules.command(name="who-sees")
@click.argument("path")
@click.option("--rules", "folder", type=click.Path(file_okay=False, path_type=Path), help="[default: those in force]")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
@click.pass_context
def who_sees_field(context: click.Context, path: str, folder: Path | None, as_json: bool) -> None:
    """Say who may see a field, or any field below PATH, in which ways, by which grant and under which paper.

    Exact: it is read from the compiled plan, which is what lets fields out.
    """
    plan = compile_rules(read_rules(folder)) if folder else plan_in_force(run_async(read_ledger(settings_of(context))))
    if plan is None:
        raise ConfigError("no rules are in force; name a folder with --rules DIR")
    known = {verdict.path for table in plan.verdicts for verdict in table} | {seen.path for seen in exposure(plan)}
    if not any(one == path or one.startswith((f"{path}.", f"{path}[")) for one in known):
        raise BadInput(f"there is no field {path!r}{nearest(path, known)}")
    found = who_sees(plan, path)
    if as_json:
        said = [
            {"publisher": seen.publisher, "partner": seen.partner, "path": seen.path, "ways": sorted(ways)}
            for seen, ways in found.items()
        ]
        show_json({"plan": plan.digest, "seen": said})
        return
    if not found:
        click.echo(f"nobody sees {path}")
    for seen, ways in found.items():
        click.echo(f"{seen.partner} sees {seen.path} of {seen.publisher}: {' or '.join(sorted(ways))}")


rules.add_command(diff)
