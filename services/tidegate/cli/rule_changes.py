"""``tidegate rules diff``, and how a change of rules is shown: what becomes visible, and what disappears."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from tidegate.cli.asking import run_async, settings_of
from tidegate.cli.bars import counting
from tidegate.cli.shared import Moment, show_json
from tidegate.errors import EXIT_FINDINGS, BadInput
from tidegate.events.checks import References
from tidegate.provision.folders import compile_rules, read_keyring, read_rules
from tidegate.replay import Otherwise, Trial, try_text, try_topics
from tidegate.rules import Plan, nearest, of_change
from tidegate.rules.exposure import Change, Seen, compare
from tidegate.rules.protections import Lowered, lowered, no_longer_held
from tidegate.settings import Settings
from tidegate.standards.reading import Wanted

_FOLDER = click.Path(file_okay=False, path_type=Path)
_CHUNK = 1 << 20


@click.command()
@click.argument("old", type=_FOLDER)
@click.argument("new", type=_FOLDER)
@click.option(
    "--events",
    "file",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="Say in how many events of this file each change shows.",
)
@click.option("--publisher", help="With --events: whose events they are.  [default: the only one there is]")
@click.option(
    "--standard",
    type=click.Choice(["auto", "dcsa-2.2", "dcsa-3.0", "canonical"]),
    default="auto",
    show_default=True,
    help="With --events: what the file holds; auto tells it by its shape.",
)
@click.option("--since", type=Moment(), help="Say it of what publishers sent since then: a time, or 7d.")
@click.option("--at", type=Moment(), default="now", help="When the events count as decided.  [default: now]")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
@click.pass_context
def diff(  # noqa: PLR0917 - click passes all of them by name
    context: click.Context,
    old: Path,
    new: Path,
    file: Path | None,
    publisher: str | None,
    standard: Wanted,
    since: int | None,
    at: int,
    as_json: bool,
) -> None:
    """Say what becomes visible and what disappears from rule set OLD to NEW, for every publisher, partner and field.

    Worked out from the compiled plans, whatever events come; that needs no broker. With events it also says in how
    many of them each change shows, with one of them as an example, its values masked.

    \b
      tidegate rules diff rules/ rules-new/                                    from the rules alone
      tidegate rules diff rules/ rules-new/ --events sent.json --publisher P   with the events of a file
      tidegate rules diff rules/ rules-new/ --since 7d                         with what came in during seven days

    Events are decided twice by the code of the hub. Nothing is sent, claimed or counted; people are taken as counted
    and few, so that all is shown that could leave. With --since the hub's keyring is needed for events that came with a
    stamp (ce_onward). Exits with 1 when something differs.

    Lines with ! say what protects less: 'rules activate' asks two people to approve that.

    A change with nothing before and after is of a field that comes or goes with whole deliveries: what holds them back
    changed, and not what is granted.
    """
    if file is not None and since is not None:
        raise BadInput("--events and --since are two sources of events; name one of them")
    if file is None and publisher is not None:
        raise BadInput("--publisher goes with --events; with --since the topics say whose events they are")
    sets = read_rules(old), read_rules(new)
    plans = compile_rules(sets[0]), compile_rules(sets[1])
    references = References.of(sets[0].references), References.of(sets[1].references)
    changes = compare(*plans)
    less = (*lowered(*sets), *no_longer_held(*plans))
    trial = Trial(*plans, at * 1_000, references, _secret(context, plans[0]) if since is not None else bytes(32))
    tried = file is not None or since is not None
    if file is not None:
        _try_file(trial, file, _publisher(trial, publisher), standard)
    elif since is not None:
        run_async(_try_topics(trial, settings_of(context), since))
    if as_json:
        said = _json(changes, trial if tried else None)
        show_json({**said, "lowered": [one.sentence for one in less]})
    else:
        for note in of_change(*sets):
            click.echo(str(note), err=True)
        show_changes(changes, trial.fields if tried else None, less=bool(less))
        if tried:
            _show_besides(changes, trial)
            click.echo(_summary(trial))
        show_lowered(less)
    if changes or less or trial.fields:
        context.exit(EXIT_FINDINGS)


def _secret(context: click.Context, plan: Plan) -> bytes:
    """The secret by which events that came in with a stamp prove it, where there is a keyring."""
    keyring = settings_of(context).keyring
    if keyring.exists():
        return read_keyring(keyring).secret(plan.pseudonym_key)
    click.echo(f"there is no keyring {keyring}: events that came with a stamp count as refused", err=True)
    return bytes(32)


def _publisher(trial: Trial, named: str | None) -> str:
    known = trial.publishers()
    if named is None and len(known) == 1:
        return known[0]
    if named not in known:
        why = f"the rules know no publisher {named!r}{nearest(named, known)}" if named else "whose events are they"
        raise BadInput(f"{why}; --publisher is one of: {', '.join(known) or 'the rules have none'}")
    return named


def _try_file(trial: Trial, file: Path, publisher: str, standard: Wanted) -> None:
    with counting() as bar:
        task = bar.add_task("events tried", total=None)
        try:
            for count in try_text(trial, publisher, str(file), _chunks(file), standard):
                bar.advance(task, count)
        except OSError as exc:
            raise BadInput(f"{file} cannot be read: {exc.strerror}") from None


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            yield chunk


async def _try_topics(trial: Trial, settings: Settings, since_ms: int) -> None:
    with counting() as bar:
        task = bar.add_task("events tried", total=None)
        async for count in try_topics(trial, settings.kafka, since_ms):
            bar.advance(task, count)


def _show_besides(changes: Iterable[Change], trial: Trial) -> None:
    """Fields that come or go with whole deliveries, though what is granted of them stays: a hold or a check changed."""
    named = {change.seen for change in changes}
    for seen, found in sorted(trial.fields.items()):
        if seen not in named:
            click.secho(f"~ {seen.partner} and events of {seen.publisher}: whole deliveries", fg="yellow")
            click.echo(_in_events(seen.path, [found]))


def _summary(trial: Trial) -> str:
    unread = f"; {trial.unread:,} of them are no events that can be read" if trial.unread else ""
    return f"{trial.events:,} events tried{unread}"


def show_changes(
    changes: Iterable[Change], tried: Mapping[Seen, Otherwise] | None = None, *, less: bool = False, err: bool = False
) -> None:
    """Says what changes, and where events were tried, in how many of them it shows. ``err``: on stderr.

    ``less`` says that lines of ``show_lowered`` follow: then what stays the same is not all there is to say.
    """
    # Field by field, publisher by publisher, first rules would be hundreds of lines: what is alike stands together.
    ways: dict[tuple[str, str, str, str, bool], list[str]] = {}
    for change in changes:
        sign, way = _way(change)
        key = (change.seen.partner, sign, way, change.seen.publisher, change.exposes)
        ways.setdefault(key, []).append(change.seen.path)
    if not ways:
        same = "nothing changes in what anyone sees"
        click.echo(f"{same} today; what keeps the rest from them does:" if less else same, err=err)
    alike: dict[tuple[str, str, str, bool, tuple[str, ...]], list[str]] = {}
    for (partner, sign, way, publisher, exposes), mine in ways.items():
        alike.setdefault((partner, sign, way, exposes, tuple(mine)), []).append(publisher)
    width = shutil.get_terminal_size().columns
    for (partner, sign, way, exposes, paths), publishers in alike.items():
        head = f"{sign} {partner} and events of {', '.join(publishers)}: {way}"
        said = textwrap.fill(head, width, subsequent_indent="    ")
        if tried is None:
            fields = textwrap.fill(", ".join(paths), width, initial_indent="    ", subsequent_indent="    ")
        else:
            fields = "\n".join(
                _in_events(path, [tried.get(Seen(one, partner, path)) for one in publishers]) for path in paths
            )
        click.secho(f"{said}\n{fields}", fg="yellow" if exposes else None, err=err)


def _in_events(path: str, found: Iterable[Otherwise | None]) -> str:
    """One field, with the number of events in which it is seen otherwise."""
    shown = [one for one in found if one is not None]
    if not shown:
        return f"    {path}: in none of the events"
    counts = {
        "appears in": sum(one.appears for one in shown),
        "disappears from": sum(one.disappears for one in shown),
        "changes in": sum(one.changes for one in shown),
    }
    said = ", ".join(f"{words} {count:,}" for words, count in counts.items() if count)
    example = shown[0].example
    if example is None:
        return f"    {path}: {said}"
    before, after = example.before or "nothing", example.after or "nothing"
    return f"    {path}: {said}; {before} becomes {after} in {example.where}"


def show_lowered(less: Iterable[Lowered], *, err: bool = False) -> None:
    """Says what protects less than before: that two people have to approve."""
    for one in less:
        click.secho(f"! protects less: {one.sentence}", fg="red", err=err)


def _way(change: Change) -> tuple[str, str]:
    """What happens to a field: a sign, and words."""
    before, after = " or ".join(sorted(change.before)), " or ".join(sorted(change.after))
    sign = "~" if before and after else "+" if after else "-"
    return sign, f"{before} becomes {after}" if before and after else before or after


def _json(changes: Iterable[Change], trial: Trial | None) -> dict[str, Any]:
    named = {one.seen: one for one in changes}
    if trial is None:
        return {"changes": [change_json(one) for one in named.values()]}
    nothing = frozenset[str]()
    besides = {seen: Change(seen, nothing, nothing) for seen in sorted(trial.fields) if seen not in named}
    said = [{**change_json(one), **_tried(trial.fields.get(seen))} for seen, one in {**named, **besides}.items()]
    return {"changes": said, "events": trial.events, "unread": trial.unread}


def _tried(one: Otherwise | None) -> dict[str, Any]:
    found = one or Otherwise()
    example = found.example
    shown = None if example is None else {"where": example.where, "before": example.before, "after": example.after}
    return {
        "appears": found.appears,
        "disappears": found.disappears,
        "changesForm": found.changes,
        "example": shown,
    }


def change_json(one: Change) -> dict[str, Any]:
    return {
        "publisher": one.seen.publisher,
        "partner": one.seen.partner,
        "path": one.seen.path,
        "exposes": one.exposes,
        "before": sorted(one.before),
        "after": sorted(one.after),
    }
