"""``tidegate obligations``: what the law asks to be done, by whom, by when."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import click

from tidegate.cli.asking import run_async, settings_of
from tidegate.cli.shared import Day, show_json
from tidegate.cli.telling import language_option
from tidegate.errors import EXIT_FINDINGS, ConfigError
from tidegate.hub.thresholds import counted_people
from tidegate.law.calendars import Due, announced_through, day_of
from tidegate.law.obligations import Obligation, State
from tidegate.provision.activation import read_ledger
from tidegate.provision.folders import read_rules, rules_in_force
from tidegate.rules import RuleSet
from tidegate.rules.obligations import obligations as work_out
from tidegate.rules.scales import Counted
from tidegate.words import Catalogue, catalogue


@click.command()
@click.option("--on", type=Day(), help="The day in Asia/Shanghai.  [default: today]")
@click.option(
    "--rules", "folder", type=click.Path(file_okay=False, path_type=Path), help="A rule set.  [default: that in force]"
)
@language_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
@click.pass_context
def obligations(context: click.Context, on: date | None, folder: Path | None, *, lang: str, as_json: bool) -> None:
    """Say what is overdue, due and ahead: filings, renewals, reports, audits, reviews, thresholds, papers in review and
    papers to be reviewed.

    Thresholds, and what papers were approved for, are looked at where the rules in force are: how many people each
    exporter has provided, and events with important data, is asked of the hub's Redis. With --rules nobody is asked,
    and no broker is needed.

    Working days are those of the Mainland, with its make-up days, and of Hong Kong. A date in a year whose calendar is
    not announced yet is provisional, and says so. A paper in review lets nothing out; one that has to be reviewed goes
    on with what it covers. In English each is a sentence; in Chinese its kind and what it is about. Exits with 1 when
    something is overdue.
    """
    day = on or day_of(datetime.now(tz=UTC))
    rules = _rules(context, folder)
    counts: Counted = {}
    if folder is None:
        counts = run_async(counted_people(settings_of(context), rules, day.year))
    found = work_out(rules, day, counts)
    if as_json:
        show_json({"on": str(day), "calendarThrough": announced_through(day.year + 2), "obligations": _json(found)})
    else:
        _show(catalogue(lang), found, day)
    if any(one.state is State.OVERDUE for one in found):
        context.exit(EXIT_FINDINGS)


def _rules(context: click.Context, folder: Path | None) -> RuleSet:
    if folder is not None:
        return read_rules(folder)
    found = rules_in_force(run_async(read_ledger(settings_of(context))))
    if found is None:
        raise ConfigError("no rules are in force; name a folder with --rules DIR")
    return found


def _json(found: tuple[Obligation, ...]) -> list[dict[str, object]]:
    return [
        {
            "state": one.state,
            "kind": one.kind,
            "who": one.who,
            "about": one.about,
            "sentence": one.sentence,
            "article": one.article,
            "due": None if one.due is None else str(one.due.day),
            "opens": None if one.opens is None else str(one.opens.day),
            "certain": one.certain,
            "calendar": one.side,
        }
        for one in found
    ]


def _day(words: Catalogue, due: Due) -> str:
    return str(due.day) if due.certain else words.say("obligation.provisional", day=due.day)


def _show(words: Catalogue, found: tuple[Obligation, ...], day: date) -> None:
    if not found:
        click.echo(words.say("obligation.none", day=day))
    for one in found:
        by = "" if one.due is None else f" {words.say('obligation.by', day=_day(words, one.due))}"
        who = f"{one.who}: " if one.who else ""
        said = one.sentence
        if words.language != "en":
            said = words.say("obligation.about", kind=words.say(f"obligation.{one.kind}"), about=one.about)
        line = f"{words.say(f'state.{one.state}'):<8}{by} {who}{said} [{one.article}]"
        click.secho(line, fg={State.OVERDUE: "red", State.DUE: "yellow"}.get(one.state))
