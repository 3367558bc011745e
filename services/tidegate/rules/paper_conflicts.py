"""Papers against each other: what cannot both be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tidegate.law import Law, Mechanism
from tidegate.rules.paper_documents import AuthorizationDocument, Status
from tidegate.rules.papers import YEARS, Paper, end_of

_OF_AUTHORITY = (*YEARS, Mechanism.FTZ_OFFLIST, Mechanism.SCC, Mechanism.GBA_SC_HK, Mechanism.GBA_SC_MO)
"""Mechanisms whose papers have a number of an authority: of its result, or of the filing."""


def contradictions(papers: Sequence[Paper], law: Law) -> Iterator[tuple[Paper, str]]:
    """Papers that cannot both be: one number on two of them, one mechanism twice for the same at the same time.

    An authority gives a number once, whatever it is for.
    """
    for place, one in enumerate(papers):
        for other in papers[:place]:
            if one.said.exporter != other.said.exporter:
                continue
            alike = one.said.mechanism is other.said.mechanism
            filed = one.said.mechanism in _OF_AUTHORITY and other.said.mechanism in _OF_AUTHORITY
            if one.said.number and one.said.number == other.said.number and (alike or filed):
                yield one, f"{other.said.id} has the number {one.said.number!r} too; a number is of one paper"
            elif alike and _alike(one.said, other.said) and _overlap(one.said, other.said, law):
                yield one, f"{other.said.id} covers the same at the same time; end one before the other begins"


def differing(papers: Sequence[Paper], law: Law) -> Iterator[tuple[Paper, str, str]]:
    """Papers in effect that cover some of the same at the same time, and of which more was filed with one: a paper, a
    sentence, and the key to which it belongs. Nothing is wrong with them one by one; the recipient has to keep both.
    """
    for place, one in enumerate(papers):
        for other in papers[:place]:
            mine, theirs = one.said, other.said
            if _meet(mine, theirs) and not _alike(mine, theirs) and _overlap(mine, theirs, law):
                for key in _FILED:
                    if getattr(mine, key) != getattr(theirs, key):
                        what = f"{theirs.id} covers some of the same at the same time, and its {key} is another"
                        yield one, f"{what}; see that {mine.id} and it say the same, or end one of them", key


_FILED = ("retention", "storage")


def _meet(one: AuthorizationDocument, other: AuthorizationDocument) -> bool:
    return (
        one.mechanism is other.mechanism
        and one.exporter == other.exporter
        and bool(set(one.recipients) & set(other.recipients))
        and bool(set(one.purposes) & set(other.purposes))
        and bool(set(one.fields) & set(other.fields) or set(one.classes) & set(other.classes))
        and Status.EFFECTIVE is one.status is other.status
    )


def _alike(one: AuthorizationDocument, other: AuthorizationDocument) -> bool:
    return (
        set(one.recipients) == set(other.recipients)
        and set(one.purposes) == set(other.purposes)
        and set(one.fields) == set(other.fields)
        and set(one.classes) == set(other.classes)
        and set(one.items) == set(other.items)
        and Status.EFFECTIVE is one.status is other.status
    )


def _overlap(one: AuthorizationDocument, other: AuthorizationDocument, law: Law) -> bool:
    """Whether both are in effect at some moment. One that says no end ends when the law does."""
    if one.effective is None or other.effective is None:
        return False
    begin = max(one.effective, other.effective)
    return all(end is None or end > begin for end in (end_of(one, law), end_of(other, law)))
