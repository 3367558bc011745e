"""Scales: for how many people a paper was approved, and what an extended one may add."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tidegate.law import Bucket, Law, Mechanism
from tidegate.law import obligations as law
from tidegate.law.obligations import Kind, Obligation, State
from tidegate.rules.paper_documents import AuthorizationDocument
from tidegate.rules.papers import Paper
from tidegate.rules.reports import nearest

Wrong = Iterator[tuple[Paper, str, str]]
"""A paper, a sentence, and the key to which it belongs."""

ARTICLE = "NDSMR 38; CAC answers of 24 July 2026"


def extensions(papers: Sequence[Paper], in_force: Law) -> Wrong:
    """What is wrong with papers that extend an assessment: same sides, purposes and scope, and at most a fifth more."""
    by_id = {paper.said.id: paper.said for paper in papers}
    for paper in papers:
        name = paper.said.extends
        if name is None:
            continue
        if name not in by_id or name == paper.said.id:
            yield paper, f"there is no other authorization {name!r} to extend{nearest(name, by_id)}", "extends"
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
    if said.people is None or before.people is None:
        yield f"an extension says for how many people, and so does {before.id}; add people", "extends"
        return
    percent = in_force["extension_percent"]
    most = before.people * (100 + percent) // 100
    if said.people > most:
        yield f"an extension of {before.people:,} people covers at most {percent} % more: {most:,}", "people"


def scales(papers: Sequence[Paper], in_force: Law, counts: Mapping[tuple[str, Bucket], int]) -> Iterator[Obligation]:
    """Papers whose approved number of people is near, or passed, by what the exporter provided this year."""
    for paper in papers:
        said = paper.said
        if said.people is None or not paper.usable:
            continue
        # Of those in PI and SPI together as many are sure as are in the larger; the hub itself counts each once.
        count = max(counts.get((said.exporter, bucket), 0) for bucket in paper.buckets or tuple(Bucket))
        share = law.warned(count, said.people, in_force)
        if share is None:
            continue
        over = count > said.people
        state = State.OVERDUE if over else State.AHEAD
        more = f"that is more than the {said.people:,} that {said.id} was approved for: nothing leaves under it"
        near = f"at least {share} % of the {said.people:,} that {said.id} was approved for"
        sentence = f"{said.exporter} has provided {count:,} people this year, {more if over else near}"
        yield Obligation(Kind.SCALE, said.exporter, said.id, sentence, ARTICLE, None, state)
