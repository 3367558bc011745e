"""Proofs of facts about a party: which document says so, and from which day to which. No count ever says one.

``small_handler`` counts only where and while it is proved, to the second: it opens row 12. A small handler is one by
how many people it processes (Order 25 of 2026), and no counter of people exported says that. The other facts count as
they are said; one with a proof counts on a day of it and is not known on any other, as the rules are checked and
activated on a day. ``obligations`` says when a proof ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from tidegate.law import Tri
from tidegate.law.calendars import start_of
from tidegate.rules.documents import PartyDocument, ProofDocument, Provable
from tidegate.rules.papers import Interval

_TIMED: Provable = "small_handler"


def proved(party: PartyDocument) -> Iterator[Interval]:
    """When the fact that counts while it is proved does: from the first moment of a day in Asia/Shanghai to the last of
    another."""
    proof = party.proofs.get(_TIMED)
    if proof is not None:
        end = None if proof.until is None else start_of(proof.until + timedelta(days=1))
        yield Interval(f"{_TIMED}:{party.id}", start_of(proof.starts), end)


def on_day(party: PartyDocument, day: date) -> PartyDocument:
    """The party as it is known on a day: what is proved for other days only is not known."""
    lapsed = [name for name, proof in party.proofs.items() if name != _TIMED and not holds(proof, day)]
    return party.model_copy(update=dict.fromkeys(lapsed, Tri.UNKNOWN)) if lapsed else party


def holds(proof: ProofDocument, day: date) -> bool:
    """Whether a proof is of a day; of its first and its last it is."""
    return proof.starts <= day and (proof.until is None or day <= proof.until)


def unproved(party: PartyDocument) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """What is wrong with proofs, and where inside the table of the party."""
    if party.small_handler is Tri.YES and "small_handler" not in party.proofs:
        example = "proofs = { small_handler = { starts = 2026-09-01, until = 2027-08-31, document = 'sha256:...' } }"
        yield f"small_handler = 'yes' counts only with its proof and its days; add {example}", ("small_handler",)
    for name, proof in party.proofs.items():
        wanted = Tri.YES if name == _TIMED else Tri.NO
        if getattr(party, name) is not wanted:
            yield (
                f"{name} is proved and is not said; write {name} = '{wanted}', or take the proof away",
                ("proofs", name),
            )
        if proof.until is not None and proof.until < proof.starts:
            yield "until is before starts, so the proof never holds", ("proofs", name)
