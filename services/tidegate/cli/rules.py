"""``tidegate rules``: check rules, put them in force, see what is."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from tidegate.cli.activating import activate, approve, new_key, notes_of
from tidegate.cli.asking import run_async, settings_of
from tidegate.cli.rule_changes import diff
from tidegate.cli.shared import show_json
from tidegate.errors import EXIT_FINDINGS, BadInput, BadRules, ConfigError
from tidegate.provision.activation import plan_in_force, read_ledger
from tidegate.provision.folders import compile_rules, read_rules
from tidegate.rules import expired, nearest
from tidegate.rules.exposure import exposure, who_sees

_FOLDER = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))


@click.group()
def rules() -> None:
    """Check transfer rules, put them in force, and see what is in force.

    \b
    A rule set is a folder of TOML files:
      [hub]               where the hub keeps data, which keys it uses
      [[party]]           who publishes and who receives, with what the law asks about them
      [[grant]]           which partner may see which fields of whose events, what for, and when
      [[class]]           raises the class of a field, or gives an extension its first one
      [[approver]]        whose signature counts where rules protect less than before
      [[authorization]]   a paper under which personal or important data leaves, its days and what is on record
      [[negative_list]]   the list of an area, off which data leaves without a paper once it is verified
      [[important]]       an item of important data that was notified, and the fields that it is about
      [law]               of which day the law is, and how open legal points are settled
    What no grant names does not leave, and what the law does not let through does not leave either. 'tidegate law
    table' prints the law; 'tidegate obligations' says what these papers make due.

    \b
      [[authorization]]
      id = "scc"
      mechanism = "SCC"               # or ASSESSMENT, CERT, GBA_SC_HK, ART5_SMALL, ...; 'law table' has all
      exporter = "forwarder"
      recipients = ["terminal"]
      purposes = ["terminal operations"]
      fields = ["truck.tractorPlate"]
      basis = "contract"
      notice = "notice 3 of 2026-01-04"
      pipia = "PIPIA 7"
      pipia_on = 2026-01-03
      effective = 2026-01-05T00:00:00+08:00
      filed = 2026-01-09
      number = "SZ-2026-17"
      status = "effective"
      documents = { "contract.pdf" = "sha256:..." }

    \b
      [[negative_list]]
      id = "shanghai-2026"
      area = "CN-SH"
      sectors = ["international shipping"]
      adopted = 2026-04-24
      published = 2026-05-09
      verified = true                 # whoever says so has read the list itself
      source = "where it was read"
      items = [{ item = "crew lists", fields = ["people"], threshold = 10000 }]

    \b
      [[important]]
      id = "stock"                    # as an assessment of it names it: items = ["stock"]
      item = "stock of dangerous goods of a port"
      fields = ["cargo.dangerousGoodsClass"]
      notified = 2026-05-04
      source = "notice of the district's office"

    \b
      [law]
      on = 2026-09-01
      gba_counts = false              # an open point; the defaults are the strict answers

    \b
    All keys that there are; a fact that is left away is not known, and takes the strict branch:
      [hub]               zone, readable_in, digest_key, pseudonym_key
      [[party]]           id, name, zone, roles, sector, people_processed, audited; ciio, small_handler, state_organ,
                          foreign_authority, restricted, each "yes" or "no"; proofs = { ciio = { starts = 2026-01-01,
                          until = 2026-12-31, document = "sha256:..." } }
      [party.publisher]   collected_in ("CN", "HK", "overseas", "mixed"), own_data ("yes", "no"), relays,
                          duplicate_horizon, identity_adds, severities, feedback, claims_quota
      [party.partner]     retention, relays, looks_up, attributes, heartbeat, severities
      [[grant]]           id, publishers, partners, purpose, fields, when, required, transforms, valid_from, valid_to;
                          limits = { ports = [...], lanes = [...], days = 30 }
      [[class]]           field, class
      [[approver]]        id, name, key
      [[authorization]]   id, mechanism, exporter, recipients, purposes, onward, extends, status, number, documents;
                          what it covers: fields, classes, items, roles, minors (under 14), people and volume (as
                          approved), storage, retention; on record: basis, notice, consent, guardian, pipia, counsel;
                          dates: signed, issued, effective, expires, filed, recipient_filed, pipia_on, pipia_reviewed,
                          first_transfer, reported
      [[negative_list]]   id, kind, area, version, sectors, adopted, published, verified, source, ciio_excluded,
                          registration_required; items: item, fields, elsewhere, threshold, unit, scenario, mechanism
      [[important]]       id, item, fields, notified, source, filed, assessed, reported
      [law]               on, gba_ciio, exempt_counts, gba_counts, shanghai_reference, id_number_spi
    """


@rules.command()
@_FOLDER
@click.option(
    "--old",
    type=click.Path(file_okay=False, path_type=Path),
    help="The rule set that it takes the place of: notes say what a change of keys means.",
)
@click.option("--strict", is_flag=True, help="Exit with 1 also where a grant or a paper has run out.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
@click.pass_context
def check(context: click.Context, folder: Path, old: Path | None, *, strict: bool, as_json: bool) -> None:
    """Say everything that is wrong with a rule set: file, line, and what to write instead.

    Needs no broker. Exits with 0 when the rules are sound; notes are no mistakes. 'rules diff' says what becomes
    visible from one rule set to another; --old here warns of keys that change, as 'rules activate' does too.

    That a grant or a paper has run out is a note: rules that were right stay readable. With --strict it counts, as for
    a check that runs every night; 'rules activate' refuses what has run out and is new.
    """
    before = None if old is None else read_rules(old)
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
    notes = notes_of(rule_set, before)
    gone = len(expired(rule_set, datetime.now(tz=UTC)))
    if as_json:
        said = [_mistake(note) for note in notes]
        show_json({"sound": True, "ruleSet": rule_set.digest, "plan": plan.digest, "notes": said, "ranOut": gone})
    else:
        for note in notes:
            click.echo(str(note))
        parties = f"{len(rule_set.publishers)} publishers, {len(rule_set.partners)} partners"
        ran_out = f"; {gone} of its grants and papers ran out, take them out or renew them" if gone else ""
        click.echo(f"sound: {parties}, {len(rule_set.grants)} grants, plan {plan.digest[:12]}{ran_out}")
    if strict and gone:
        context.exit(EXIT_FINDINGS)


def _mistake(one: Any) -> dict[str, Any]:
    return {"file": one.file, "line": one.line, "sentence": one.sentence}


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
                "acknowledged": list(current.acknowledged),
                "lowered": list(current.lowered),
                "approvals": list(current.approvals),
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
    for one in current.lowered:
        click.echo(f"lowered: {one}")
    for one in current.approvals:
        click.echo("approved by {} with key {}".format(*one.split()))
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


for _command in (activate, approve, new_key, diff):
    rules.add_command(_command)
