"""``tidegate status``: what an operator answers a sender who asks what became of an event."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import click

from tidegate.cli.asking import run_async, settings_of
from tidegate.cli.bars import filling
from tidegate.cli.shared import Moment, show_json
from tidegate.errors import EXIT_FINDINGS
from tidegate.gate import Outcome, Verdict, read_coordinates
from tidegate.provision.folders import read_keyring
from tidegate.rules.verdicts import NOT_GRANTED
from tidegate.tracing import Answer, Event, PartnerShare, Told, trace

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CLAIMS = {
    Verdict.NOT_CLAIMED: "",
    Verdict.FIRST: "first",
    Verdict.REDELIVERED: "first",
    Verdict.DUPLICATE: "duplicate",
    Verdict.REENCODED: "encoded anew",
    Verdict.CONFLICT: "id conflict",
}


@click.command()
@click.argument("what", metavar="EVENT-ID|CONTAINER")
@click.option("--publisher", required=True, help="Who sent it. Nothing of other publishers is shown.")
@click.option("--since", type=Moment(), help="Only what came in since: a time, or -2h.  [default: all the audit has]")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
@click.pass_context
def status(context: click.Context, what: str, publisher: str, since: int | None, as_json: bool) -> None:
    """Say what became of an event, or of all events of a container: an operator's answer to its sender.

    When it was received, and as which record; its outcome and findings; duplicates, corrections and retractions of it;
    and which partners were sent a version: when, under which plan and grants, which fields were withheld and why.

    The answer comes from the audit, the plans in it and the keyring. The audit holds no event id and no container, only
    keyed digests: without the hub's keyring nothing is found. Fields are those of the schema, whether or not the event
    had them; where the audit leaves open which of several views a partner got, that is said. A record that could not be
    read (see `tidegate tail quarantine`) has no id to be found by.

    \b
    Exit codes: 0 found, 1 not found, 2 bad input or keyring, 3 the broker is away.
    """
    settings = settings_of(context)
    keyring = read_keyring(settings.keyring)
    with filling() as bar:
        task = bar.add_task("reading the audit", total=None)
        answer = run_async(
            trace(
                settings,
                keyring,
                publisher,
                what,
                since,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
        )
    if as_json:
        show_json(_answer_json(answer))
    else:
        _show(answer)
    if not answer.events:
        context.exit(EXIT_FINDINGS)


def _time(us: int | None) -> str | None:
    return None if us is None else (_EPOCH + timedelta(microseconds=us)).isoformat(timespec="milliseconds")


def _answer_json(answer: Answer) -> dict[str, Any]:
    return {
        "publisher": answer.publisher,
        "asked": answer.asked,
        "by": "container" if answer.by_container else "event id",
        "auditFrom": _time(answer.audit_from_us),
        "events": [
            {"eventRef": event.event_ref.hex(), "records": [_record_json(one) for one in event.records]}
            for event in answer.events
        ],
    }


def _record_json(told: Told) -> dict[str, Any]:
    one = told.decided
    return {
        "source": {"topic": one.source.topic, "partition": one.lane, "offset": one.offset},
        "receivedAt": _time(None if one.received_ms is None else one.received_ms * 1_000),
        "decidedAt": _time(one.decided_us),
        "version": told.version,
        "retraction": told.retraction,
        "byOrder": one.by_order,
        "outcome": one.outcome.word,
        "claim": _CLAIMS[one.verdict],
        "repeats": _winner(told),
        "reason": one.remark.reason,
        "findings": [_finding(text) for text in one.remark.findings],
        "activation": one.activation,
        "plan": one.plan,
        "planUnread": told.plan_unread,
        "partners": [_share_json(share) for share in told.shares],
    }


def _winner(told: Told) -> dict[str, int] | None:
    """Which record of the same publisher has the claim that this one met."""
    winner = told.decided.remark.winner
    if not winner:
        return None
    _, partition, offset = read_coordinates(winner)
    return {"partition": partition, "offset": offset}


def _finding(text: str) -> dict[str, str]:
    code, severity, path = text.split(" ", 2)
    return {"severity": severity, "code": code, "propertyPath": path}


def _share_json(share: PartnerShare) -> dict[str, Any]:
    if not share.sent:
        return {"partner": share.partner, "sent": False, "reason": share.reason}
    return {
        "partner": share.partner,
        "sent": True,
        "notice": share.notice,
        "schemaIds": list(share.schema_ids),
        "grants": list(share.grants),
        "papers": list(share.papers),
        "certain": share.certain,
        "withheld": [
            {
                "path": one.path,
                "class": one.field_class,
                "action": one.action,
                "reason": one.reason,
                "row": one.row,
                "always": one.always,
            }
            for one in share.withheld
        ],
        "changed": [{"path": one.path, "action": one.action} for one in share.changed],
    }


def _show(answer: Answer) -> None:
    if not answer.events:
        back = _time(answer.audit_from_us)
        reach = f"the audit here goes back to {back}" if back else "there is no audit entry in that time"
        click.echo(f"nothing of {answer.publisher} is known by {answer.asked!r}; {reach}")
    for event in answer.events:
        _show_event(answer, event)


def _show_event(answer: Answer, event: Event) -> None:
    name = f"an event of container {answer.asked}" if answer.by_container else f"event {answer.asked}"
    click.secho(f"{name} of {answer.publisher} (ce_eventref {event.event_ref.hex()})", bold=True)
    for told in event.records:
        one = told.decided
        received = _time(None if one.received_ms is None else one.received_ms * 1_000)
        when = f"received {received}" if received else f"decided {_time(one.decided_us)}"
        click.echo(f"  {when} as {one.source.topic}/{one.lane}@{one.offset}: {_become(told)}")
        click.echo(f"    decided {_time(one.decided_us)}, activation {one.activation}, plan {one.plan[:12]}")
        for text in one.remark.findings:
            found = _finding(text)
            click.echo(f"    finding {found['severity']} {found['code']} {found['propertyPath']}")
        if told.plan_unread:
            click.echo(f"    which fields: not known, {told.plan_unread}")
        for share in told.shares:
            _show_share(share)


def _become(told: Told) -> str:
    """The outcome in words, with what kind of version it is."""
    one, winner = told.decided, _winner(told)
    said = f"{one.outcome.word}, by order of an operator" if one.by_order else one.outcome.word
    if one.outcome is Outcome.DUPLICATE and winner is not None:
        return f"{said} of the record at {winner['partition']}@{winner['offset']}, {_CLAIMS[one.verdict]}"
    if one.remark.reason:
        said += f" ({one.remark.reason})"
    if told.retraction:
        return f"{said}; takes the event back"
    return f"{said}; version {told.version}, a correction" if told.version > 1 else said


def _show_share(share: PartnerShare) -> None:
    if not share.sent:
        click.echo(f"    not sent to {share.partner}: {share.reason}")
        return
    if share.notice:
        click.secho(f"    sent to {share.partner}: a notice", fg="green")
        return
    grants = f" by {', '.join(share.grants)}" if share.grants else ""
    papers = f" under {', '.join(share.papers)}" if share.papers else ""
    click.secho(f"    sent to {share.partner}{grants}{papers}", fg="green")
    for change in share.changed:
        click.echo(f"      {change.action.lower()}: {change.path}")
    reasons: dict[str, list[str]] = {}
    for one in share.withheld:
        why = f"{one.reason}, row {one.row}" if one.row else one.reason
        reasons.setdefault(why if one.always else f"{why} (in some views)", []).append(one.path)
    for why, paths in reasons.items():
        # What no grant names is most of the schema, and tells a sender nothing.
        said = f"{len(paths)} fields (--json names them)" if why == NOT_GRANTED else ", ".join(paths)
        click.echo(f"      withheld, {why}: {said}")
    if not share.certain:
        click.echo("      the audit leaves open which of several views it was")
