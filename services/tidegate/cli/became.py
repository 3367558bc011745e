"""What became of a record, as ``tidegate status`` tells it: for people, and for programs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import click

from tidegate.gate import Outcome, Verdict, read_coordinates
from tidegate.tracing import Told

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CLAIMS = {
    Verdict.NOT_CLAIMED: "",
    Verdict.FIRST: "first",
    Verdict.REDELIVERED: "first",
    Verdict.DUPLICATE: "duplicate",
    Verdict.REENCODED: "encoded anew",
    Verdict.CONFLICT: "id conflict",
}


def time_text(us: int | None) -> str | None:
    """A time of microseconds since 1970 as people and programs read it."""
    return None if us is None else (_EPOCH + timedelta(microseconds=us)).isoformat(timespec="milliseconds")


def record_json(told: Told) -> dict[str, Any]:
    """A record and what became of it, without who was sent it."""
    one = told.decided
    return {
        "source": {"topic": one.source.topic, "partition": one.lane, "offset": one.offset},
        "receivedAt": time_text(None if one.received_ms is None else one.received_ms * 1_000),
        "decidedAt": time_text(one.decided_us),
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


def show_record(told: Told) -> None:
    """When it came in, and what became of it."""
    one = told.decided
    received = time_text(None if one.received_ms is None else one.received_ms * 1_000)
    when = f"received {received}" if received else f"decided {time_text(one.decided_us)}"
    click.echo(f"  {when} as {one.source.topic}/{one.lane}@{one.offset}: {_become(told)}")
    click.echo(f"    decided {time_text(one.decided_us)}, activation {one.activation}, plan {one.plan[:12]}")
    for text in one.remark.findings:
        found = _finding(text)
        click.echo(f"    finding {found['severity']} {found['code']} {found['propertyPath']}")


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
