"""Facts about a party that count only where and while they are proved; nothing infers them from a count.

A small handler is one by how many people it processes (Order 25 of 2026). No counter of people exported says that.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tidegate.law import Tri
from tidegate.law.calendars import start_of
from tidegate.rules.documents import PartyDocument
from tidegate.rules.papers import Interval


def proved(party: PartyDocument) -> Iterator[Interval]:
    """When facts about a party are proved: from the first moment of a day in Asia/Shanghai to the last of another."""
    for name, proof in party.proofs.items():
        end = None if proof.until is None else start_of(proof.until + timedelta(days=1))
        yield Interval(f"{name}:{party.id}", start_of(proof.starts), end)


def unproved(party: PartyDocument) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """What is wrong with proofs, and where inside the table of the party."""
    if party.small_handler is Tri.YES and "small_handler" not in party.proofs:
        example = "proofs = { small_handler = { starts = 2026-09-01, until = 2027-08-31, document = 'sha256:...' } }"
        yield f"small_handler = 'yes' counts only with its proof and its days; add {example}", ("small_handler",)
    for name, proof in party.proofs.items():
        if getattr(party, name) is not Tri.YES:
            yield f"{name} is proved and is not said; write {name} = 'yes', or take the proof away", ("proofs", name)
        if proof.until is not None and proof.until < proof.starts:
            yield "until is before starts, so the proof never holds", ("proofs", name)
