"""Telling: explanations in the words of a catalogue, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from tidegate.gate import Explanation
from tidegate.law import Action, FieldClass, Mechanism, Zone
from tidegate.law.tracing import Fact
from tidegate.rules import Verdict
from tidegate.rules.filings import unfiled
from tidegate.rules.paper_documents import AuthorizationDocument
from tidegate.rules.reasons import Because, dates_of
from tidegate.words import Catalogue

_EXPLAINED = (FieldClass.GENERAL, FieldClass.COMMERCIAL)
"""Classes of which people are told more only where it was asked for: there are a hundred such fields."""


def language_option(command: Any) -> Any:
    """The option that chooses a language."""
    return click.option(
        "--lang",
        type=click.Choice(["en", "zh-Hant", "zh-Hans"]),
        default="en",
        show_default=True,
        help="English, Traditional or Simplified Chinese.",
    )(command)


def reason_words(words: Catalogue, reason: str) -> str:
    """A reason code in words. What follows a colon names checks, which have no other name."""
    code, colon, detail = reason.partition(":")
    return f"{words.say(f'reason.{code}')}{colon and f' ({detail})'}"


def event_words(words: Catalogue, one: Explanation) -> str:
    detail = reason_words(words, one.detail) if one.code in ("held", "blocked") else one.detail
    return words.say(f"event.{one.code}", detail=detail)


def tell(words: Catalogue, one: Explanation, partner: str, *, facts: bool) -> None:
    """Says an explanation to people. ``facts`` says those of every field, else of what is personal or important."""
    title = one.event_id or words.say("explain.no_id")
    click.secho(f"{title}: {event_words(words, one)}", bold=True)
    if one.delivery:
        click.echo(f"  {words.say('explain.gets', partner=partner, key=one.delivery['key'])}")
        click.echo(f"  {one.delivery.get('value')}")
    for verdict in one.fields:
        leaves = Action(verdict.action).leaves
        row = words.say("explain.row", row=verdict.row, title=words.say(f"row.{verdict.row}")) if verdict.row else ""
        grant = words.say("explain.grant", grant=verdict.grant) if verdict.grant else ""
        why = words.clauses(part for part in (reason_words(words, verdict.reason), row, grant) if part)
        line = f"  {verdict.action:<11} {verdict.path:<38} {verdict.field_class:<13} {verdict.mechanism:<12} {why}"
        click.secho(line, fg="green" if leaves else None)
        because = one.because.get(verdict.path)
        if because is not None and verdict.row and (facts or verdict.field_class not in _EXPLAINED):
            for said in _because(words, because, verdict):
                click.echo(f"              {said}")


def _because(words: Catalogue, because: Because, verdict: Verdict) -> Iterator[str]:
    yield words.say("explain.articles", articles=words.all_of(because.articles))
    if because.facts:
        yield words.say("explain.facts", facts=words.clauses(_fact(words, one) for one in because.facts))
    if because.unknown:
        named = words.clauses(words.say(f"fact.{name}") for name in because.unknown)
        yield words.say("explain.unknown", facts=named)
    for name, value in because.numbers.items():
        yield words.say("explain.number", name=name, value=f"{value.value:,}", since=value.since, article=value.article)
    if because.people is not None:
        yield words.say("explain.people", people=f"{because.people:,}")
    elif because.events is not None:
        yield words.say("explain.events", events=f"{because.events:,}")
    elif verdict.reason == "not_counted":
        yield words.say("explain.uncounted")
    if because.paper is not None:
        yield words.say("explain.paper", **_paper(words, because.paper))
    for paper in because.papers:
        yield words.say("explain.other_paper", status=words.say(f"status.{paper.status}"), **_paper(words, paper))


def _paper(words: Catalogue, paper: AuthorizationDocument) -> dict[str, str]:
    dates = [
        words.say("explain.date", name=words.say(f"date.{name}"), day=day.isoformat())
        for name, day in dates_of(paper).items()
    ]
    dates += [words.say(f"unfiled.{key}") for key in unfiled(paper)]
    return {
        "paper": paper.id,
        "mechanism": words.say(f"mechanism.{paper.mechanism}"),
        "number": paper.number or words.say("value.none"),
        "dates": words.all_of(dates) or words.say("value.none"),
    }


def _fact(words: Catalogue, fact: Fact) -> str:
    value = _stamp(words, fact.value) if fact.name == "stamp" else _value(words, fact.value)
    return words.say("explain.fact", name=words.say(f"fact.{fact.name}"), value=value)


def _stamp(words: Catalogue, stamp: frozenset[str] | None) -> str:
    """Where a stamp lets an event go on to. No stamp is known, and one that names no place lets it go to nobody."""
    if stamp is None:
        return words.say("value.none")
    return _value(words, stamp) if stamp else words.say("value.nobody")


def _value(words: Catalogue, value: Any) -> str:
    match value:
        case None:
            return words.say("value.unknown")
        case frozenset() | tuple():
            return words.all_of(sorted(_value(words, one) for one in value)) or words.say("value.none")
        case Zone():
            return value.code
        case bool():
            return words.say("value.yes" if value else "value.no")
        case FieldClass() | Mechanism():
            return words.say(f"{'class' if isinstance(value, FieldClass) else 'mechanism'}.{value}")
        case int():
            return f"{value:,}"
        case _:  # yes, no and unknown have words; zones, purposes and places are said as they are
            return words.say(f"value.{value}")


def explanation_json(words: Catalogue, one: Explanation) -> dict[str, Any]:
    """The explanation for programs: codes, with the sentences of a language beside them."""
    return {
        "eventId": one.event_id,
        "released": one.released,
        "code": one.code,
        "detail": one.detail,
        "reason": event_words(words, one),
        "delivery": one.delivery,
        "fields": [_verdict_json(words, verdict, one.because.get(verdict.path)) for verdict in one.fields],
    }


def _verdict_json(words: Catalogue, verdict: Verdict, because: Because | None) -> dict[str, Any]:
    said = {
        "path": verdict.path,
        "class": verdict.field_class,
        "action": verdict.action,
        "mechanism": verdict.mechanism,
        "reason": verdict.reason,
        "sentence": reason_words(words, verdict.reason),
        "row": verdict.row,
        "grant": verdict.grant,
        "paper": verdict.paper,
    }
    if because is None or not because.row:
        return said
    return {
        **said,
        "title": words.say(f"row.{because.row}"),
        "articles": list(because.articles),
        "facts": {fact.name: _json_value(fact.value) for fact in because.facts},
        "unknown": list(because.unknown),
        "numbers": {
            name: {"value": value.value, "since": str(value.since), "article": value.article, "source": value.source}
            for name, value in because.numbers.items()
        },
        "people": because.people,
        "events": because.events,
        "authorization": None if because.paper is None else _paper_json(because.paper),
        "otherAuthorizations": [_paper_json(paper) for paper in because.papers],
    }


def _paper_json(paper: AuthorizationDocument) -> dict[str, Any]:
    return {
        "id": paper.id,
        "mechanism": paper.mechanism,
        "number": paper.number,
        "status": paper.status,
        "dates": {name: value.isoformat() for name, value in dates_of(paper).items()},
        "basis": paper.basis,
        "notice": paper.notice,
        "consent": paper.consent,
        "pipia": paper.pipia,
    }


def _json_value(value: Any) -> Any:
    match value:
        case Zone():
            return value.code
        case frozenset() | tuple():
            return sorted(str(_json_value(one)) for one in value)
        case None | bool() | int():
            return value
        case _:
            return str(value)
