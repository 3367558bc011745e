"""What lists keep back: negative lists, the register of important data, reference lists that refusing checks ask."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from tidegate.events.checks import digest_of
from tidegate.events.checks.references import ASKED_BY
from tidegate.events.findings import Severity
from tidegate.rules.paper_documents import NegativeListDocument
from tidegate.rules.papers import list_of
from tidegate.rules.ruleset import RuleSet

Key: TypeAlias = tuple[Hashable, ...]
GONE = "none"


@dataclass(frozen=True, slots=True)
class Protection:
    """One thing that keeps data back. ``strictness`` is compared; ``said`` is its value in words.

    ``needed`` tells whether something is lost when it is not there any more. ``fixed`` protections have no order: any
    change of their value lowers them. ``allowed`` is what they let be: anything new among it lowers them too.
    """

    strictness: int
    said: str
    about: str
    needed: bool = True
    fixed: bool = False
    allowed: frozenset[str] = frozenset()


Found: TypeAlias = Iterator[tuple[Key, Protection]]


def references(rules: RuleSet) -> Found:
    """Reference lists that keep something back: asked by a check that is an ERROR for somebody.

    Without its list nothing is checked, and another may know codes that the old one did not.
    """
    sides = (side for party in rules.parties.values() for side in (party.publisher, party.partner) if side is not None)
    refusing = {str(rule) for side in sides for rule, said in side.severities.items() if said is Severity.ERROR}
    for name, (rule, _) in ASKED_BY.items():
        if rule in refusing:
            text = rules.references.get(name)
            said = GONE if text is None else digest_of(text)[:12]
            about = f"reference list {name}, asked by {rule}"
            yield ("reference", name), Protection(int(text is not None), said, about, fixed=True)


def lists(rules: RuleSet) -> Found:
    """Negative lists, their items, and which is in force for whom."""
    for one in rules.lists:
        permits = one.verified and one.published is not None
        said = "verified" if permits else "not verified"
        yield ("list", one.id), Protection(int(not permits), said, f"negative list {one.id}")
        asks = "a filing first" if one.registration_required else GONE
        about = f"what negative list {one.id} asks"
        yield ("item", one.id, "registration"), Protection(int(one.registration_required), asks, about)
        for path, people in _on_list(one).items():
            said = "from the first person on" if people == 1 else f"from {people:,} people on"
            yield ("item", one.id, path), Protection(-people, said, f"{path} on negative list {one.id}")
    # A list opens something to whom it is in force for: by its area, sectors and day, and by theirs.
    for name, party in rules.publishers.items():
        found = list_of(party, rules.hub.zone, rules.lists, rules.law)
        about = f"negative list in force for {name}"
        if found is None:
            yield ("party", name, "list"), Protection(1, GONE, about)
        else:
            yield ("party", name, "list"), Protection(0, found.id, about, fixed=True)


def _on_list(found: NegativeListDocument) -> dict[str, int]:
    """From how many people on each path of a list is on it: the fewest of the items that name it."""
    named: dict[str, int] = {}
    for item in found.items:
        for path in item.fields:
            people = item.threshold or 1
            named[path] = min(people, named.get(path, people))
    return named


def register(rules: RuleSet) -> Found:
    """What is on the register of important data, and since when."""
    for one in rules.register:
        about = f"important data {one.id}"
        yield ("important", one.id), Protection(len(one.fields), ", ".join(one.fields), about)
        # A later notice is a longer grace.
        yield (
            ("important", one.id, "notified"),
            Protection(-one.notified.toordinal(), str(one.notified), f"notice of {about}", needed=False),
        )
