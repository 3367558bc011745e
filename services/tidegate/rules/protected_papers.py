"""What papers keep back: to whom, for what, of whom, how long and where they let data be, and what is on record.

A paper that covers more than it did, keeps data longer or elsewhere, or has less on record than before says so nowhere
else: no field need be newly seen by it.
"""

from __future__ import annotations

from datetime import timedelta

from tidegate.rules.paper_documents import ROLES, AuthorizationDocument
from tidegate.rules.protected_lists import GONE, Found, Protection
from tidegate.rules.ruleset import RuleSet

_RECORDS = ("basis", "notice", "consent", "guardian", "pipia", "counsel")
_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_FOREVER = -(1 << 60)


def filed(rules: RuleSet) -> Found:
    """What was filed with each paper, and what is on record for it."""
    for paper in rules.papers:
        yield from _scope(paper.said)
        yield from _records(paper.said)


def _scope(said: AuthorizationDocument) -> Found:
    name = said.id
    roles = ", ".join(sorted(said.roles)) or "everybody"
    for key, about, words, allowed in (
        ("onward", f"to whom paper {name} lets data go on", _listed(said.onward), said.onward),
        ("roles", f"whom paper {name} is about", roles, said.roles or ROLES),
        ("purposes", f"what paper {name} is for", _listed(said.purposes), said.purposes),
        ("recipients", f"to whom paper {name} is", _listed(said.recipients), said.recipients),
    ):
        yield ("paper", name, key), Protection(0, words, about, allowed=frozenset(allowed))
    places = tuple(zone.code for zone in said.storage)
    # No place, and no retention, is no limit: anywhere, and for ever.
    about = f"where recipients of paper {name} keep data"
    where = ", ".join(sorted(places)) or "anywhere"
    yield ("paper", name, "storage"), Protection(int(bool(places)), where, about, allowed=frozenset(places))
    span = _FOREVER if said.retention is None else -int(said.retention.total_seconds())
    about = f"how long recipients of paper {name} keep data"
    yield ("paper", name, "retention"), Protection(span, _long(said.retention), about)


def _records(said: AuthorizationDocument) -> Found:
    for key in _RECORDS:
        value = getattr(said, key)
        yield ("paper", said.id, key), Protection(int(bool(value)), str(value or GONE), f"{key} of paper {said.id}")
    minors = "among them" if said.minors else "not among them"
    yield ("paper", said.id, "minors"), Protection(int(said.minors), minors, f"people under 14 in paper {said.id}")
    for document, digest in said.documents.items():
        about = f"document {document} of paper {said.id}"
        yield ("document", said.id, document), Protection(0, digest, about, fixed=True)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(sorted(names)) or GONE


def _long(span: timedelta | None) -> str:
    """As a rule document writes it."""
    if span is None:
        return "for ever"
    seconds = int(span.total_seconds())
    unit, size = next((unit, size) for unit, size in _UNITS.items() if seconds % size == 0)
    return f"{seconds // size}{unit}"
