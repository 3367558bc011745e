"""Extending: which assessment one may extend, how often, until when, and that it covers no more than that one did.

An extension goes on with what was assessed: purpose and scope unchanged, the same exporter and recipient, no change
that would have put it in review, asked for within the last 60 working days of its time (CAC answers of 24 July 2026;
CAC Provisions 9). So what was never in effect, or no longer carries, has nothing to go on. By how many more people it
may be is a matter of ``scales``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tidegate.law import Law, Mechanism
from tidegate.rules.paper_documents import ROLES, AuthorizationDocument, Status
from tidegate.rules.papers import Paper, end_of

_EXTENDED = (Status.EFFECTIVE, Status.ENDED)
"""Where an assessment stands that was in effect, and of which nothing changed since."""


def chains(papers: Sequence[Paper], law: Law) -> Iterator[tuple[Paper, str, str]]:
    """What is wrong with extensions and what they extend: a paper, a sentence, and the key to which it belongs."""
    by_id = {paper.said.id: paper.said for paper in papers}
    first: dict[str, str] = {}
    for paper in papers:
        said = paper.said
        before = by_id.get(said.extends or "")
        if before is None or before is said or {said.mechanism, before.mechanism} != {Mechanism.ASSESSMENT}:
            continue
        if _circular(said, by_id):
            yield paper, f"{said.id} extends {before.id}, which extends it in turn: circular", "extends"
            continue
        if before.id in first:
            why = f"{first[before.id]} extends {before.id} already; an assessment is extended once"
            yield paper, f"{why}, and then its extension is", "extends"
        first.setdefault(before.id, said.id)
        for sentence, key in (*_in_time(said, before, law), *_no_more(said, before)):
            yield paper, sentence, key


def _circular(said: AuthorizationDocument, by_id: Mapping[str, AuthorizationDocument]) -> bool:
    """Whether a paper is met again on the way from it to what it extends, and to what that one does."""
    seen: list[str] = []
    name = said.extends
    while name is not None and name in by_id and name not in seen:
        seen.append(name)
        name = by_id[name].extends
    return said.id in seen


def _in_time(said: AuthorizationDocument, before: AuthorizationDocument, law: Law) -> Iterator[tuple[str, str]]:
    if before.status not in _EXTENDED or before.effective is None:
        yield (
            f"{before.id} is {before.status}; only an assessment that took effect, and still stands, is extended",
            "extends",
        )
    end = end_of(before, law)
    if said.effective is not None and end is not None and end < said.effective:
        yield (
            f"{said.id} begins after {before.id} has ended, on {end.isoformat()}; that asks for a new one",
            "effective",
        )


def _no_more(said: AuthorizationDocument, before: AuthorizationDocument) -> Iterator[tuple[str, str]]:
    """No other people, nothing else of the register, no longer, nowhere else and to nobody else than was assessed. Not
    said is without a limit, but of items and people under 14: there it is none.
    """
    more = {
        "items": not set(said.items) <= set(before.items),
        "minors": said.minors and not before.minors,
        "roles": not set(said.roles or ROLES) <= set(before.roles or ROLES),
        "onward": not set(said.onward) <= set(before.onward),
        "storage": bool(before.storage) and not (said.storage and set(said.storage) <= set(before.storage)),
        "retention": before.retention is not None and (said.retention is None or said.retention > before.retention),
    }
    for key in (key for key, is_more in more.items() if is_more):
        yield f"{said.id} extends {before.id}, and by {key} it covers more than that one; that asks for a new one", key
