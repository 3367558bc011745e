"""Dates of papers: each after the one that comes before it, and none later than the law has it."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate.law import Law, Mechanism
from tidegate.law.calendars import day_of
from tidegate.rules.filings import GBA
from tidegate.rules.paper_documents import AuthorizationDocument
from tidegate.rules.papers import YEARS, longest

Wrong = Iterator[tuple[str, tuple[str | int, ...]]]
"""A sentence, and where inside its table it belongs."""


def dates(said: AuthorizationDocument, law: Law) -> Wrong:
    """What is wrong with the dates of a paper. A day that is not given is before and after nothing."""
    effective = None if said.effective is None else day_of(said.effective)
    if said.signed and effective and effective < said.signed:
        yield "effective is before signed", ("effective",)
    if said.signed and said.filed and said.filed < said.signed:
        yield "filed is before signed", ("filed",)
    if said.effective and said.expires and said.expires <= said.effective:
        yield "expires is not after effective, so the paper never holds", ("expires",)
    if said.pipia_on and effective and said.pipia_on > effective:
        why = "the impact assessment comes before what it assesses (PIPL 55); write the day of a later look at it as"
        yield f"pipia_on is after effective; {why} pipia_reviewed", ("pipia_on",)
    if said.pipia_reviewed and (said.pipia_on is None or said.pipia_reviewed < said.pipia_on):
        yield (
            "pipia_reviewed is the day of a look at what pipia_on has the day of, and not before it",
            ("pipia_reviewed",),
        )
    yield from _issued(said, law)


def slips(said: AuthorizationDocument) -> Wrong:
    """What is no mistake by itself, and perhaps one of writing: a day in the wrong year, a consent that nobody asks."""
    effective = None if said.effective is None else day_of(said.effective)
    for key in ("filed", "recipient_filed") if said.mechanism in (Mechanism.SCC, *GBA) else ():
        day = getattr(said, key)
        if day and effective and day < effective:
            why = f"{said.id} is filed before it takes effect, and the days for it run from then"
            yield f"{why}; see that {key} has the right year", (key,)
    if said.guardian and not said.minors:
        why = f"{said.id} has a guardian's consent, and does not say that people under 14 are among them"
        yield f"{why}, so nothing of theirs leaves under it; if they are, add minors = true", ("guardian",)


def _issued(said: AuthorizationDocument, law: Law) -> Wrong:
    """An assessment and a certificate hold some years from their issue, and no second longer."""
    if said.issued and said.mechanism not in YEARS:
        yield "only an assessment or a certificate is issued; a contract is signed", ("issued",)
    if said.issued and said.effective and day_of(said.effective) < said.issued:
        yield "effective is before issued", ("effective",)
    last = longest(said, law)
    if last and said.expires and said.expires > last:
        years = law[YEARS[said.mechanism]]
        yield f"{said.mechanism} holds {years} years from its issue, and ends as {day_of(last)} begins", ("expires",)
