"""``tidegate explain``: what one partner would see, and why."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from tidegate import standards
from tidegate.cli.asking import settings_of
from tidegate.cli.shared import show_json
from tidegate.cli.telling import explanation_json, language_option, tell
from tidegate.errors import EXIT_FINDINGS, BadInput, InvalidEvent
from tidegate.events.builtin import EVENT_SCHEMA, RETRACTION_SCHEMA, builtin
from tidegate.events.checks import References
from tidegate.events.encoding import encode_framed
from tidegate.gate import Executor, Explanation, Keyring, Known
from tidegate.gate import explain as ask
from tidegate.law import Bucket
from tidegate.provision.folders import compile_rules, read_keyring, read_rules
from tidegate.rules import nearest
from tidegate.settings import Settings
from tidegate.standards.json_text import MAX_BYTES
from tidegate.words import catalogue

_UNCOUNTED = ("not_counted", "no_assessment_uncounted")
"""Reasons that there are only where nobody counts, as here unless it is said how many there are."""

_SCHEMAS = {"event": EVENT_SCHEMA, "retraction": RETRACTION_SCHEMA}


@click.command()
@click.option(
    "--rules", "folder", required=True, type=click.Path(file_okay=False, path_type=Path), help="The rule set."
)
@click.option("--publisher", required=True, help="Whose event it is.")
@click.option("--partner", required=True, help="Who would get it.")
@click.option(
    "--people",
    type=click.IntRange(min=1),
    help="As if the publisher had provided so many people this year, with this event's.  [default: nobody counted]",
)
@click.option(
    "--sensitive-people", type=click.IntRange(min=1), help="The same for people with sensitive personal information."
)
@click.option(
    "--important-events",
    type=click.IntRange(min=1),
    help="The same for events from which important data left under an assessment. An assessment is compared with the "
    "same numbers, though it counts since the year of its effect.",
)
@click.option(
    "--onward",
    metavar="STAMP",
    help="As if the event had come in with this stamp: the ce_onward of the delivery in which the publisher got it, "
    "such as HK or party:bank.",
)
@language_option
@click.option("--facts", is_flag=True, help="Say articles and facts of every field, also of those that are general.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per event, for programs.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_context
def explain(
    context: click.Context,
    *,
    folder: Path,
    publisher: str,
    partner: str,
    people: int | None,
    sensitive_people: int | None,
    important_events: int | None,
    onward: str | None,
    lang: str,
    facts: bool,
    as_json: bool,
    file: Path,
) -> None:
    """Say what a partner would see of the events in FILE, and why each field does or does not leave.

    For each field: the row of the decision table, its articles and numbers, the facts that the row looked at, those not
    known, the people counted, and the paper under which it leaves with its dates.

    With --onward the event is one that the publisher got in a stamped delivery and passes on: what does not prove its
    stamp would be refused, and what goes outside it stays.

    FILE holds any input standard: DCSA Track & Trace 2.2 or 3.0, or canonical JSON. No broker is needed. The same
    code decides as in the hub. Without the hub's keyring the pseudonyms are examples, and it says so.

    Exits with 1 when some event could not be read or was refused.
    """
    rule_set = read_rules(folder)
    for name, known, what in ((publisher, rule_set.publishers, "publisher"), (partner, rule_set.partners, "partner")):
        if name not in known:
            raise BadInput(f"the rules know no {what} {name!r}{nearest(name, known)}")
    executor = Executor(
        compile_rules(rule_set),
        _keys(settings_of(context), rule_set.hub.digest_key, rule_set.hub.pseudonym_key),
        references=References.of(rule_set.references),
    )
    counters = None
    given = {Bucket.PI: people, Bucket.SPI: sensitive_people, Bucket.IMPORTANT: important_events}
    if any(given.values()):
        counters = {bucket: number or 0 for bucket, number in given.items()}
    stamp = None if onward is None else _stamp(onward, publisher, executor)
    words, beside, bad, uncounted = catalogue(lang), Known(rule_set, counters, stamp), False, False

    def explained(key: bytes | None, value: bytes) -> Explanation:
        return ask(executor, publisher, partner, (key, value), time.time_ns() // 1_000, beside)

    for one in _explanations(explained, file):
        bad |= one.event_id is None or not one.fields
        uncounted |= any(verdict.reason in _UNCOUNTED for verdict in one.fields)
        if as_json:
            show_json(explanation_json(words, one))
        else:
            tell(words, one, partner, facts=facts)
    if uncounted:
        click.echo(words.say("explain.count"), err=True)
    if bad:
        context.exit(EXIT_FINDINGS)


def _stamp(said: str, publisher: str, executor: Executor) -> str:
    """A stamp as its header has it. Raises ``BadInput`` for one that the publisher is never sent."""
    stamp, known = ",".join(sorted(filter(None, said.split(",")))), executor.stamps_of(publisher)
    if stamp not in known:
        others = f"it may be sent {', or '.join(sorted(map(repr, known)))}" if known else "it is sent none"
        raise BadInput(f"no delivery to {publisher} carries the stamp {stamp!r} under these rules; {others}")
    return stamp


def _keys(settings: Settings, *needed: str) -> Keyring:
    """The hub's keyring where it is there, else one whose pseudonyms mean nothing outside this call."""
    if settings.keyring.exists():
        return read_keyring(settings.keyring)
    click.echo(f"there is no keyring {settings.keyring}: pseudonyms and ids are examples", err=True)
    return Keyring({key_id: b"example".ljust(32, b"-") for key_id in needed})


def _explanations(explained: Callable[[bytes | None, bytes], Explanation], file: Path) -> Iterator[Explanation]:
    try:
        with file.open("rb") as opened:  # a pipe is fine; what never ends is not read to its end
            document = standards.parse(opened.read(MAX_BYTES + 1))
    except FileNotFoundError:
        raise BadInput(f"there is no file {file}") from None
    except OSError as exc:
        raise BadInput(f"{file} cannot be read: {exc.strerror}") from None
    except BadInput as exc:
        raise BadInput(f"{file}: {exc}") from None
    for mapped in standards.read(document):
        if mapped.event is None or mapped.kind is None:
            said = "; ".join(f"{one.path}: {one.message}" for one in mapped.findings)
            yield Explanation(mapped.event_id, "not_mapped", said)
            continue
        try:
            value = encode_framed(builtin(_SCHEMAS[mapped.kind]), mapped.event)
        except InvalidEvent as exc:
            yield Explanation(mapped.event_id, "not_encoded", str(exc))
            continue
        yield explained(None if mapped.key is None else mapped.key.encode(), value)
