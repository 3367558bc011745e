"""``tidegate rules activate``, ``approve``, ``new-key``: rules put in force by people who saw what they change."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from tidegate.cli.asking import run_async, settings_of
from tidegate.cli.bars import filling
from tidegate.cli.rule_changes import show_changes, show_lowered
from tidegate.cli.shared import Duration, approver
from tidegate.errors import EXIT_FINDINGS, EXIT_UNCONFIRMED, BadInput, BadRules
from tidegate.provision.activation import activate as put_in_force
from tidegate.provision.activation import check_topics, confirmation, read_ledger
from tidegate.provision.admission import Approval, Consent, Proposal, propose, public_text
from tidegate.provision.admission import approve as sign
from tidegate.provision.files import read_text
from tidegate.provision.folders import compile_rules, read_rules
from tidegate.rules import Note, RuleSet, expired, newly_expired, of_change
from tidegate.settings import Settings

_FOLDER = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@_FOLDER
@click.option("--wait", type=Duration(), default="60s", show_default=True, help="How long to wait for all lanes.")
@click.option("--reason", default="", help="Why, for the record.")
@click.option(
    "--acknowledge",
    "acknowledged",
    multiple=True,
    metavar="PUBLISHER/PARTNER/FIELD",
    help="A newly exposed field that is meant; may be repeated. The word all is for all of them.",
)
@click.option("--acknowledge-file", type=_FILE, help="The same from a file, one a line; # begins a comment.")
@click.option("--write-exposed", type=_FILE, help="Only write such a file of what is newly exposed; 1 if there is any.")
@click.option("--approval", "approvals", multiple=True, type=_FILE, help="What 'rules approve' wrote; may be repeated.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def activate(
    context: click.Context,
    *,
    folder: Path,
    wait: float,
    reason: str,
    acknowledged: tuple[str, ...],
    acknowledge_file: Path | None,
    write_exposed: Path | None,
    approvals: tuple[Path, ...],
    yes: bool,
) -> None:
    """Put a rule set in force, after showing what it changes.

    What it newly exposes has to be acknowledged, field by field: --acknowledge, or a file. What protects less than
    before (a class, a fact about a party, a check, an open point, who may approve) needs the signatures of two
    approvers whom the rules in force name. The first rules of a hub need neither: nothing was shown before them.

    A grant or paper that is new here and has run out is refused. One that ran out while it was in force is only pointed
    out: nothing leaves under it, and the rules stay as they are.

    \b
      tidegate rules activate rules/ --write-exposed exposed.txt       what would be newly exposed, to go through
      tidegate rules activate rules/ --acknowledge-file exposed.txt    it is meant
      tidegate rules activate rules/ --approval a.json --approval b.json

    Lanes switch between two transactions; every delivery names the plan under which it was made. Waits until all lanes
    have confirmed, names those that have not and those that nobody runs, and then exits with 4.
    """
    settings, rule_set = settings_of(context), read_rules(folder)
    if acknowledge_file is not None:
        acknowledged += _lines(acknowledge_file)
    consent = Consent(acknowledged, tuple(Approval.from_text(_text(file), str(file)) for file in approvals))
    for note in notes_of(rule_set):
        click.echo(str(note), err=True)
    if write_exposed is not None:
        _write_exposed(context, run_async(_proposal(settings, rule_set)), write_exposed)
        return
    sequence = run_async(_activate(settings, rule_set, consent, reason, ask=not yes and sys.stdin.isatty()))
    run_async(wait_for_lanes(context, settings, sequence, wait))


def notes_of(rule_set: RuleSet, old: RuleSet | None = None) -> tuple[Note, ...]:
    """What the author may not have meant, as of now, and in the place of an old rule set."""
    changed = () if old is None else of_change(old, rule_set)
    return (*rule_set.notes, *expired(rule_set, datetime.now(tz=UTC)), *changed)


async def _proposal(settings: Settings, rule_set: RuleSet) -> Proposal:
    proposal = propose(await read_ledger(settings), rule_set, compile_rules(rule_set))
    refuse_expired(proposal, datetime.now(tz=UTC))
    return proposal


def refuse_expired(proposal: Proposal, now: datetime) -> None:
    """Raises ``BadRules`` for grants and papers that are new in a rule set and have run out."""
    gone = newly_expired(proposal.old, proposal.rule_set, now)
    if gone:
        raise BadRules(gone)


async def _activate(settings: Settings, rule_set: RuleSet, consent: Consent, reason: str, *, ask: bool) -> int:
    """Shows what changes, asks, and puts the rules in force. Gives the number of the activation."""
    plan = compile_rules(rule_set)
    await check_topics(settings, rule_set)
    ledger = await read_ledger(settings)
    proposal = propose(ledger, rule_set, plan)
    refuse_expired(proposal, datetime.now(tz=UTC))
    _show(proposal)
    if ask:
        click.confirm("Put these rules in force?", abort=True)
    activation = await put_in_force(settings, ledger, proposal, approver(), reason, consent)
    click.echo(f"activation {activation.sequence}, plan {plan.digest[:12]}")
    return activation.sequence


def _show(proposal: Proposal) -> None:
    for note in proposal.notes:
        click.echo(str(note), err=True)
    show_changes(proposal.changes, less=bool(proposal.lowered))
    show_lowered(proposal.lowered)


def _write_exposed(context: click.Context, proposal: Proposal, file: Path) -> None:
    text = "".join(f"{one}\n" for one in proposal.exposed)
    try:
        file.write_text(f"# Newly exposed after activation {proposal.base}. Keep the lines that are meant.\n{text}")
    except OSError as exc:
        raise BadInput(f"{file} cannot be written: {exc.strerror}") from None
    click.echo(f"{file}: {len(proposal.exposed)} newly exposed fields")
    if proposal.exposed:
        context.exit(EXIT_FINDINGS)


def _lines(file: Path) -> tuple[str, ...]:
    found = (line.partition("#")[0].strip() for line in _text(file).splitlines())
    return tuple(line for line in found if line)


def _text(file: Path) -> str:
    try:
        return read_text(file)
    except FileNotFoundError:
        raise BadInput(f"there is no file {file}") from None
    except UnicodeDecodeError:
        raise BadInput(f"{file} is not UTF-8") from None
    except OSError as exc:
        raise BadInput(f"{file} cannot be read: {exc.strerror}") from None


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


@click.command()
@_FOLDER
@click.option("--as", "name", required=True, help="Who approves: an approver of the rules in force.")
@click.option("--key", "key_file", required=True, type=_FILE, help="The approver's private key.")
@click.option("--out", type=_FILE, help="Where to write the approval.  [default: standard output]")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def approve(context: click.Context, *, folder: Path, name: str, key_file: Path, out: Path | None, yes: bool) -> None:
    """Approve with a signature that a rule set is put in force, though it protects less than what is in force.

    Shows what it changes first. The signature is over this rule set as the one to follow what is in force now: after
    another activation, or another change of a file, it serves no more. 'tidegate rules activate --approval FILE' takes
    it; two approvers have to give one each, and both stand in the rules topic and in the audit.
    """
    key = _private_key(key_file)
    proposal = run_async(_proposal(settings_of(context), read_rules(folder)))
    approval = sign(proposal, name, key)
    show_changes(proposal.changes, less=bool(proposal.lowered), err=True)
    show_lowered(proposal.lowered, err=True)
    if not yes and sys.stdin.isatty():
        click.confirm(f"Approve this as {name}?", abort=True, err=True)
    if out is None:
        click.echo(approval.to_text())
        return
    try:
        out.write_text(approval.to_text() + "\n", encoding="utf-8")
    except OSError as exc:
        raise BadInput(f"{out} cannot be written: {exc.strerror}") from None
    click.echo(f"{out}: {name} approves rule set {approval.rule_set[:12]} after activation {approval.base}")


@click.command(name="new-key")
@click.argument("name")
@click.argument("file", type=_FILE)
def new_key(name: str, file: Path) -> None:
    """Make a key for approver NAME, and print what to write into the rules. An existing file is never touched.

    The private key stays with its owner, who alone can read FILE; the rules hold the public key.
    """
    key = Ed25519PrivateKey.generate()
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BadInput(f"{file} is there already; name another file") from None
    except OSError as exc:
        raise BadInput(f"{file} cannot be written: {exc.strerror}") from None
    with os.fdopen(descriptor, "wb") as out:
        out.write(text)
    click.echo(f'[[approver]]\nid = "{name}"\nname = "{name}"\nkey = "{public_text(key)}"')


def _private_key(file: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(_text(file).encode(), None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInput(f"{file} holds no Ed25519 key; 'tidegate rules new-key NAME FILE' makes one")
    return key
