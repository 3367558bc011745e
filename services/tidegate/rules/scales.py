"""Scales: for how many people and events a paper was approved, and what an extended one may add."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

from tidegate.law import Law, Mechanism
from tidegate.law import obligations as law
from tidegate.law.calendars import day_of
from tidegate.law.obligations import Kind, Obligation, State
from tidegate.rules.levels import Window
from tidegate.rules.paper_documents import AuthorizationDocument
from tidegate.rules.papers import Paper, end_of
from tidegate.rules.reports import nearest

Wrong = Iterator[tuple[Paper, str, str]]
"""A paper, a sentence, and the key to which it belongs."""

Counted = Mapping[tuple[str, Window], int]
"""How many distinct people, or events, an exporter has provided in a window."""

ARTICLE = "NDSMR 38; CAC answers of 24 July 2026"


def extensions(papers: Sequence[Paper], in_force: Law, unread: Callable[[str], bool]) -> Wrong:
    """What is wrong with papers that extend an assessment: same sides, purposes and scope, and at most a fifth more.

    Of a paper that could not be read (``unread``) what is wrong with it is said already, and nothing else is known.
    """
    by_id = {paper.said.id: paper.said for paper in papers}
    for paper in papers:
        name = paper.said.extends
        if name is None:
            continue
        if name not in by_id or name == paper.said.id:
            if name == paper.said.id or not unread(name):
                near = nearest(name, by_id.keys() - {paper.said.id})
                yield paper, f"there is no other authorization {name!r} to extend{near}", "extends"
            continue
        for sentence, key in _extended(paper.said, by_id[name], in_force):
            yield paper, sentence, key


def _extended(said: AuthorizationDocument, before: AuthorizationDocument, in_force: Law) -> Iterator[tuple[str, str]]:
    if said.mechanism is not Mechanism.ASSESSMENT or before.mechanism is not Mechanism.ASSESSMENT:
        yield "only an assessment is extended; write a paper of its own", "extends"
        return
    if "extension_percent" not in in_force.values:
        yield f"the law of {in_force.day} knows no extension of an assessment; write a paper of its own", "extends"
        return
    for key in ("exporter", "recipients", "purposes", "fields", "classes"):
        mine, theirs = getattr(said, key), getattr(before, key)
        if (mine != theirs) if isinstance(mine, str) else not set(mine) <= set(theirs):
            yield f"{said.id} extends {before.id}, and {key} are more than that one's; that asks for a new one", key
    if said.effective and before.effective and said.effective <= before.effective:
        yield f"{said.id} extends {before.id} and does not begin after it", "effective"
    yield from _extended_numbers(said, before, in_force["extension_percent"])


def _extended_numbers(
    said: AuthorizationDocument, before: AuthorizationDocument, percent: int
) -> Iterator[tuple[str, str]]:
    """Of each number that either of the two says, the other says one too, and the extension at most so much more."""
    if all(getattr(one, key) is None for one in (said, before) for key in _WHAT):
        yield _unsaid(before, "people"), "extends"
    for key, what in _WHAT.items():
        mine, theirs = getattr(said, key), getattr(before, key)
        if (mine is None) is not (theirs is None):
            yield _unsaid(before, key), "extends"
        elif mine is not None:
            most = theirs * (100 + percent) // 100
            if mine > most:
                yield f"an extension of {theirs:,} {what} covers at most {percent} % more: {most:,}", key


_WHAT = {"people": "people", "volume": "events with important data"}
"""The numbers of a paper, and of what."""


def _unsaid(before: AuthorizationDocument, key: str) -> str:
    return f"an extension says for how many {_WHAT[key]}, and so does {before.id}; add {key}"


def windows_asked(papers: Sequence[Paper]) -> Mapping[str, tuple[Window, ...]]:
    """With what papers are compared, by exporter."""
    found: dict[str, dict[Window, None]] = {}
    for paper in papers:
        for _, window in paper.numbers if paper.usable else ():
            found.setdefault(paper.said.exporter, {})[window] = None
    return {name: tuple(windows) for name, windows in found.items()}


def scales(papers: Sequence[Paper], in_force: Law, day: date, counts: Counted) -> Iterator[Obligation]:
    """Papers whose approved number of people, or events, is near, or passed, by what the exporter provided. What has
    ended carries nothing, so nothing of it is near.
    """
    for paper in papers:
        said, end = paper.said, end_of(paper.said, in_force)
        ended = end is not None and day_of(end) <= day
        for number, window in paper.numbers if paper.usable and not ended else ():
            count = counts.get((said.exporter, window), 0)
            share = law.warned(count, number, in_force)
            if share is None:
                continue
            over = count > number
            state = State.OVERDUE if over else State.AHEAD
            what = "nothing" if window.of_events else "nothing about people"
            more = f"that is more than the {number:,} that {said.id} was approved for: {what} leaves under it"
            near = f"at least {share} % of the {number:,} that {said.id} was approved for"
            what = "events with important data" if window.of_events else "people"
            when = "this year" if window.since is None else f"since {law.assessment_scope(window.since)}"
            sentence = f"{said.exporter} has provided {count:,} {what} {when}, {more if over else near}"
            yield Obligation(Kind.SCALE, said.exporter, said.id, sentence, ARTICLE, None, state)
