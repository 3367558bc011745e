"""``tidegate reference``: lists of codes that exist, for the checks that ask them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from tidegate.cli.asking import run_async, settings_of
from tidegate.cli.shared import show_json
from tidegate.errors import BadInput
from tidegate.events.checks.references import ASKED_BY, NAMES
from tidegate.provision.activation import plan_in_force, read_ledger
from tidegate.provision.files import read_whole
from tidegate.provision.references import MAX_BYTES, KeptList, list_of, lists_in, save_list

_FOLDER = click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of the lists: 'reference' in a rule set, or one of your own.",
)


@click.group()
def reference() -> None:
    """Keep lists of codes that exist: UN/LOCODE, terminals, facilities, carriers.

    None is shipped: take them from those who keep them. A check whose list is not there says 'not checked', and finds
    nothing.

    \b
      un-locode  UN/LOCODE, the official CSV (unece.org)      does the place exist, do ships call there (V3)
      smdg       SMDG terminal code list, CSV (smdg.org)      is the terminal in that port (V4)
      bic        BIC facility codes, CSV (bic-code.org)       is the facility at that place (V4)
      liners     SMDG liner code list, CSV (smdg.org)         does the liner code exist (V14)
      scac       NMFTA SCACs, a CSV with a column code        is the SCAC given to anybody (V14)

    A simple CSV of your own works for each: a header, then one code a line (code; code,functions; unlocode,code).
    The folder 'reference' of a rule set is part of it: 'tidegate rules activate' publishes it with the plan.
    """


@reference.command()
@click.argument("name", metavar="LIST")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--source", help="Where the file is from, for the record.  [default: its name]")
@_FOLDER
def update(name: str, file: Path, source: str | None, folder: Path | None) -> None:
    """Read a list from FILE, in the form of those who keep it, and put it in place of the one that is there.

    \b
      tidegate reference update un-locode 2026-1.csv --folder rules/reference
      tidegate check --rules rules --publisher P sent.json      asks it at once
      tidegate rules activate rules                             and now the hub does

    A row that cannot be read is named by its line, and nothing is changed. Exits with 2 then.
    """
    if folder is None:
        raise BadInput("name the folder to put it in: --folder RULES/reference")
    try:
        raw = read_whole(file, MAX_BYTES)
    except OSError as exc:
        raise BadInput(f"{file} cannot be read: {exc.strerror}") from None
    kept = list_of(name, file.name, raw, source or file.name, datetime.now(tz=UTC).date())
    before = {one.name: one.digest for one in lists_in(folder)} if folder.is_dir() else {}
    save_list(folder, kept)
    if before.get(name) == kept.digest:
        click.echo(f"{name}: {kept.codes:,} codes, as before")
    else:
        click.echo(f"{name}: {kept.codes:,} codes, digest {kept.digest[:12]}")


@reference.command()
@_FOLDER
@click.option("--json", "as_json", is_flag=True, help="One JSON array, for programs.")
@click.pass_context
def show(context: click.Context, folder: Path | None, as_json: bool) -> None:
    """Say which lists are there: source, age, how many codes, digest. Without --folder: those of the rules in force.

    A list that is not there is named too, with the check that does not run without it.
    """
    today = datetime.now(tz=UTC).date()
    if folder is None:
        ledger = run_async(read_ledger(settings_of(context)))
        plan = plan_in_force(ledger)
        lists = {} if plan is None else ledger.lists_of(plan)
        found = {name: KeptList(name, text, "", None) for name, text in lists.items()}
    else:
        found = {one.name: one for one in lists_in(folder)}
    if as_json:
        show_json([_json(name, found.get(name), today) for name in NAMES])
        return
    for name in NAMES:
        click.echo(_sentence(name, found.get(name), today))


def _json(name: str, kept: KeptList | None, today: date) -> dict[str, Any]:
    rule, asks = ASKED_BY[name]
    said: dict[str, Any] = {"list": name, "rule": rule, "asks": asks, "there": kept is not None}
    if kept is not None:
        said |= {"codes": kept.codes, "digest": kept.digest, "source": kept.source or None, "taken": kept.taken}
        said["ageDays"] = None if kept.taken is None else (today - kept.taken).days
    return said


def _sentence(name: str, kept: KeptList | None, today: date) -> str:
    rule, asks = ASKED_BY[name]
    if kept is None:
        return f"{name}: not there; not checked: {asks} ({rule})"
    parts = [f"{kept.codes:,} codes", f"digest {kept.digest[:12]}"]
    if kept.source:
        parts.append(f"from {kept.source}")
    if kept.taken is not None:
        parts.append(f"taken {kept.taken}, {(today - kept.taken).days} days ago")
    return f"{name}: {', '.join(parts)} ({rule})"
