"""``tidegate status``: what an operator answers a sender who asks what became of an event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO

import click

from tidegate.cli.asking import run_async, settings_of
from tidegate.cli.bars import Bar, filling
from tidegate.cli.became import record_json, show_record, time_text
from tidegate.cli.persons import person_json, read_person, show_person
from tidegate.cli.shared import Moment, show_json
from tidegate.errors import EXIT_FINDINGS, BadInput
from tidegate.provision.folders import read_keyring
from tidegate.rules.verdicts import NOT_GRANTED
from tidegate.tracing import Answer, Event, PartnerShare, Window, trace, trace_person


@click.command()
@click.argument("what", metavar="[EVENT-ID|CONTAINER]", required=False)
@click.option(
    "--person", type=click.File("rb"), help="Ask for a person instead: a file with what tells them, - for stdin."
)
@click.option("--publisher", required=True, help="Who sent it. Nothing of other publishers is shown.")
@click.option("--since", type=Moment(), help="Only what came in since: a time, or -2h.  [default: all there is]")
@click.option("--until", type=Moment(), help="Only what came in before: a time, or -2h.  [default: now]")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
@click.pass_context
def status(
    context: click.Context,
    what: str | None,
    person: BinaryIO | None,
    publisher: str,
    since: int | None,
    until: int | None,
    *,
    as_json: bool,
) -> None:
    """Say what became of an event, or of all events of a container: an operator's answer to its sender.

    When it was received, and as which record; its outcome and findings; duplicates, corrections and retractions of it;
    and which partners were sent a version: when, under which plan and grants, which fields were withheld and why.

    The answer comes from the audit, the plans in it and the keyring. The audit holds no event id and no container, only
    keyed digests: without the hub's keyring nothing is found. Fields are those of the schema, whether or not the event
    had them; where the audit leaves open which of several views a partner got, that is said. A record that could not be
    read (see `tidegate tail quarantine`) has no id to be found by.

    With --person: which events were about a person, which fields of theirs each partner was sent, and in which years
    they are counted; for whoever asks what is held of them, or wants it deleted or no longer sent. A shell remembers
    what it is told, and others see it: so what tells the person is read from a file or from stdin, as TOML or JSON,
    and no value is ever printed.

    \b
      idNumber = "..."         of the identity document; else
      licenceNumber = "..."    else
      phone = "..."            else
      name = "..."             together with
      employer = "..."
      tractorPlate = "..."     or vin, trailerPlate: the person of a truck

    The first of these that both the file and an event have decides, as when people are counted. What came in is read
    again, so what the input topic keeps no longer (30 days unless set longer) cannot be told; what that is, is said.

    \b
    Exit codes: 0 found, 1 not found, 2 bad input or keyring, 3 the broker is away.
    """
    if (what is None) == (person is None):
        raise click.UsageError("Name an event id or a container, or give --person a file: one of the two.")
    if since is not None and until is not None and since >= until:
        raise BadInput("--since is not before --until")
    settings = settings_of(context)
    keyring = read_keyring(settings.keyring)
    window = Window(since, until)
    if person is not None:
        sought = read_person(person)
        with filling() as bar:
            found = run_async(trace_person(settings, keyring, publisher, sought, window, _progress(bar)))
        show_json(person_json(found)) if as_json else show_person(found)
        context.exit(0 if found.found else EXIT_FINDINGS)
    with filling() as bar:
        shown = _progress(bar)
        answer = run_async(
            trace(settings, keyring, publisher, what or "", window, lambda done, total: shown("the audit", done, total))
        )
    if as_json:
        show_json(_answer_json(answer))
    else:
        _show(answer)
    if not answer.events:
        context.exit(EXIT_FINDINGS)


def _progress(bar: Bar) -> Callable[[str, int, int], None]:
    """Shows how far the reading of each topic is."""
    tasks: dict[str, int] = {}

    def show(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = bar.add_task(f"reading {what}", total=total)
        bar.update(tasks[what], completed=done, total=total)

    return show


def _answer_json(answer: Answer) -> dict[str, Any]:
    return {
        "publisher": answer.publisher,
        "asked": answer.asked,
        "by": "container" if answer.by_container else "event id",
        "auditFrom": time_text(answer.audit_from_us),
        "events": [
            {
                "eventRef": event.event_ref.hex(),
                "records": [
                    {**record_json(one), "partners": [_share_json(share) for share in one.shares]}
                    for one in event.records
                ],
            }
            for event in answer.events
        ],
    }


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
        back = time_text(answer.audit_from_us)
        reach = f"the audit here goes back to {back}" if back else "there is no audit entry in that time"
        click.echo(f"nothing of {answer.publisher} is known by {answer.asked!r}; {reach}")
    for event in answer.events:
        _show_event(answer, event)


def _show_event(answer: Answer, event: Event) -> None:
    name = f"an event of container {answer.asked}" if answer.by_container else f"event {answer.asked}"
    click.secho(f"{name} of {answer.publisher} (ce_eventref {event.event_ref.hex()})", bold=True)
    for told in event.records:
        show_record(told)
        if told.plan_unread:
            click.echo(f"    which fields: not known, {told.plan_unread}")
        for share in told.shares:
            _show_share(share)


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
