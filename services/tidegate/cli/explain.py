"""``tidegate explain``: what one partner would see, and why."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import click

from tidegate import standards
from tidegate.cli.shared import settings_of, show_json
from tidegate.errors import EXIT_FINDINGS, BadInput, InvalidEvent
from tidegate.events.builtin import EVENT_SCHEMA, RETRACTION_SCHEMA, builtin
from tidegate.events.encoding import encode_framed
from tidegate.gate import Executor, Explanation, Keyring
from tidegate.gate import explain as ask
from tidegate.law import Action
from tidegate.provision import compile_rules, read_keyring, read_rules
from tidegate.rules import nearest
from tidegate.settings import Settings

_SCHEMAS = {"event": EVENT_SCHEMA, "retraction": RETRACTION_SCHEMA}


@click.command()
@click.option(
    "--rules", "folder", required=True, type=click.Path(file_okay=False, path_type=Path), help="The rule set."
)
@click.option("--publisher", required=True, help="Whose event it is.")
@click.option("--partner", required=True, help="Who would get it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per event, for programs.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_context
def explain(context: click.Context, folder: Path, publisher: str, partner: str, as_json: bool, file: Path) -> None:
    """Say what a partner would see of the events in FILE, and why each field does or does not leave.

    FILE holds any input standard: DCSA Track & Trace 2.2 or 3.0, or canonical JSON. No broker is needed. The same
    code decides as in the hub. Without the hub's keyring the pseudonyms are examples, and it says so.

    Exits with 1 when some event could not be read or was refused.
    """
    rule_set = read_rules(folder)
    for name, known, what in ((publisher, rule_set.publishers, "publisher"), (partner, rule_set.partners, "partner")):
        if name not in known:
            raise BadInput(f"the rules know no {what} {name!r}{nearest(name, known)}")
    executor = Executor(
        compile_rules(rule_set), _keys(settings_of(context), rule_set.hub.digest_key, rule_set.hub.pseudonym_key)
    )
    bad = False
    for one in _explanations(executor, publisher, partner, file):
        bad |= one.event_id is None or not one.fields
        if as_json:
            show_json(one.to_json())
        else:
            _show(one, partner)
    if bad:
        context.exit(EXIT_FINDINGS)


def _keys(settings: Settings, *needed: str) -> Keyring:
    """The hub's keyring where it is there, else one whose pseudonyms mean nothing outside this call."""
    if settings.keyring.exists():
        return read_keyring(settings.keyring)
    click.echo(f"there is no keyring {settings.keyring}: pseudonyms and ids are examples", err=True)
    return Keyring({key_id: b"example".ljust(32, b"-") for key_id in needed})


def _explanations(executor: Executor, publisher: str, partner: str, file: Path) -> Iterator[Explanation]:
    try:
        document = standards.parse(file.read_bytes())
    except FileNotFoundError:
        raise BadInput(f"there is no file {file}") from None
    except OSError as exc:
        raise BadInput(f"{file} cannot be read: {exc.strerror}") from None
    for mapped in standards.read(document):
        if mapped.event is None or mapped.kind is None:
            said = "; ".join(f"{one.path}: {one.message}" for one in mapped.findings)
            yield Explanation(mapped.event_id, False, said)
            continue
        try:
            value = encode_framed(builtin(_SCHEMAS[mapped.kind]), mapped.event)
        except InvalidEvent as exc:
            yield Explanation(mapped.event_id, False, str(exc))
            continue
        key = None if mapped.key is None else mapped.key.encode()
        yield ask(executor, publisher, partner, key, value, time.time_ns() // 1_000)


def _show(one: Explanation, partner: str) -> None:
    click.secho(f"{one.event_id or '(no event id)'}: {'released' if one.released else one.reason}", bold=True)
    if one.delivery:
        click.echo(f"  {partner} gets, with key {one.delivery['key']}:")
        click.echo(f"  {one.delivery.get('value')}")
    for verdict in one.fields:
        leaves = Action(verdict.action).leaves
        why = f"{verdict.reason}, row {verdict.row}" if verdict.row else verdict.reason
        grant = f", grant {verdict.grant}" if verdict.grant else ""
        grant += f", paper {verdict.paper}" if verdict.paper else ""
        line = (
            f"  {verdict.action:<11} {verdict.path:<38} {verdict.field_class:<13} {verdict.mechanism:<12} {why}{grant}"
        )
        click.secho(line, fg="green" if leaves else None)
