"""A person who is asked for: read from a file, and answered without any value."""

from __future__ import annotations

import json
import tomllib
from typing import Any, BinaryIO

import click

from tidegate.cli.became import record_json, show_record, time_text
from tidegate.errors import BadInput
from tidegate.gate import ASKED, Sought
from tidegate.rules import nearest
from tidegate.tracing import PartnerGiven, PersonAnswer, PersonRecord

LARGEST = 64 << 10
"""How large such a file may be, in bytes: it holds a few short texts."""


def read_person(file: BinaryIO) -> Sought:
    """The person that a file tells. Raises ``BadInput``; nothing that the file says is repeated but names of fields."""
    content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise BadInput(f"what tells a person has at most {LARGEST:,} bytes")
    said = _parsed(content)
    for name, value in said.items():
        if name not in ASKED:
            raise BadInput(
                f"nobody is told by a field {_short(name)!r}{nearest(name, ASKED)}; there are {', '.join(ASKED)}"
            )
        if not isinstance(value, str):
            raise BadInput(f"{name} has to be a text, in quotes")
    if not said:
        raise BadInput(f"nothing tells the person; there are {', '.join(ASKED)}")
    return Sought.of(said)


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        text = content.decode("utf-8-sig")
        said = json.loads(text) if text.lstrip().startswith(("{", "[")) else tomllib.loads(text)
    except (ValueError, RecursionError):
        # What the parsers say may repeat a value.
        raise BadInput('this is neither TOML nor JSON; write a line like phone = "...", or {"phone": "..."}') from None
    if not isinstance(said, dict):
        raise BadInput('one person, as {"phone": "..."}')
    return said


def _short(name: str) -> str:
    """A name of a field as it may be shown: whoever forgot it has written a value in its place."""
    return name if name.isascii() and name.isalpha() and len(name) <= 24 else "..."


def person_json(answer: PersonAnswer) -> dict[str, Any]:
    gone = answer.gone
    return {
        "publisher": answer.publisher,
        "by": "person",
        "asked": list(answer.asked),
        "alsoNamedBy": list(answer.also),
        "auditFrom": time_text(answer.audit_from_us),
        "records": answer.records,
        "unread": answer.unread,
        "undecided": answer.undecided,
        "gone": {"count": gone.count, "first": _time(gone.first_ms), "last": _time(gone.last_ms)},
        "counted": [
            {"year": year, "bucket": bucket, "by": sorted(kinds)}
            for year, buckets in answer.counted.items()
            for bucket, kinds in sorted(buckets.items())
        ],
        "events": [
            {"eventRef": event.event_ref.hex(), "records": [_record_json(one) for one in event.records]}
            for event in answer.events
        ],
    }


def _time(ms: int | None) -> str | None:
    return time_text(None if ms is None else ms * 1_000)


def _record_json(record: PersonRecord) -> dict[str, Any]:
    named = None if record.where is None else list(record.where)
    return {**record_json(record.told), "namedIn": named, "partners": [_given_json(one) for one in record.partners]}


def _given_json(one: PartnerGiven) -> dict[str, Any]:
    said: dict[str, Any] = {"partner": one.partner, "notice": one.notice, "unknown": one.unknown}
    if one.given is not None:
        said |= {
            "fields": list(one.given.fields),
            "changed": list(one.given.changed),
            "beside": list(one.given.beside),
            "grants": list(one.given.grants),
            "papers": list(one.given.papers),
        }
    return said


def show_person(answer: PersonAnswer) -> None:
    by = ", ".join(answer.asked)
    if not answer.found:
        click.echo(f"nothing of {answer.publisher} is about a person of this {by}")
    for event in answer.events:
        click.secho(f"an event of {answer.publisher} (ce_eventref {event.event_ref.hex()})", bold=True)
        for record in event.records:
            _show_record(record)
    for year, buckets in answer.counted.items():
        said = "; ".join(f"{bucket} by {', '.join(sorted(kinds))}" for bucket, kinds in sorted(buckets.items()))
        click.echo(f"counted in {year}: {said}")
    if answer.events and not answer.counted:
        click.echo("counted in no year")
    _show_limits(answer)


def _show_record(record: PersonRecord) -> None:
    show_record(record.told)
    if record.where:
        click.echo(f"    names the person in {' and '.join(record.where)}")
    elif record.where is not None and not record.told.retraction:
        click.echo("    this version does not name the person")
    for one in record.partners:
        _show_given(one)


def _show_given(one: PartnerGiven) -> None:
    if one.unknown:
        click.echo(f"    sent to {one.partner}; what of the person is not known: {one.unknown}")
    elif one.given is None:
        click.echo(f"    sent to {one.partner}: {'a notice' if one.notice else 'nothing of the person'}")
    else:
        grants = f" by {', '.join(one.given.grants)}" if one.given.grants else ""
        papers = f" under {', '.join(one.given.papers)}" if one.given.papers else ""
        fields = [f"{path} (changed)" if path in one.given.changed else path for path in one.given.fields]
        said = ", ".join(fields) if fields else "nothing of the person"
        click.secho(f"    sent to {one.partner}{grants}{papers}: {said}", fg="green" if fields else None)
        click.echo(f"      in one delivery with {', '.join(one.given.beside) or 'nothing else'}")


def _show_limits(answer: PersonAnswer) -> None:
    """What the answer does not hold, so that nobody takes it for more than it is."""
    topic, gone = f"in.{answer.publisher}", answer.gone
    if gone.count:
        click.secho(
            f"not all can be told: {topic} has {gone.count:,} records no longer, which were received from "
            f"{_time(gone.first_ms)} to {_time(gone.last_ms)}; whom they were about nobody can tell",
            fg="yellow",
        )
    else:
        click.echo(f"{answer.records:,} records were looked at: all of {topic} in that time that the audit tells of")
    if answer.unread:
        click.echo(f"{answer.unread:,} of them cannot be read, so nobody can tell whom they are about")
    if answer.undecided:
        click.echo(f"{answer.undecided:,} of them name the person and are not decided yet: ask again")
    if answer.also:
        click.echo(
            f"events name the person by {', '.join(answer.also)} too; ask by it to find those that have it alone"
        )
