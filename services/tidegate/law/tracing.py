"""Tracing: which facts a decision of the table was made on, seen while the table itself decides.

Nothing is written down a second time: the rows are asked with facts that remember which of them were looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from tidegate.law.facts import Decision, Facts, Origin, PartyFacts, Tri
from tidegate.law.parameters import Law
from tidegate.law.table import ROWS

_FACTS = frozenset(one.name for one in fields(Facts))
_PARTY = frozenset(one.name for one in fields(PartyFacts))
_LAST = ROWS[-1].number


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact with its value. ``name`` is that of the facts' field; those of a party follow it: ``exporter.ciio``."""

    name: str
    value: Any

    @property
    def unknown(self) -> bool:
        """Whether the table has to take the strict branch for it. No stamp is no unknown stamp."""
        if self.name == "stamp":
            return False
        return self.value is None or self.value in (Tri.UNKNOWN, Origin.UNKNOWN) or self.value == (None,)


@dataclass(frozen=True, slots=True)
class Trace:
    """A decision, the facts that its row looked at, and those not known that this row or one before it looked at.

    The last row looks at nothing: it decides on all that the rows before it looked at in vain.
    """

    decision: Decision
    used: tuple[Fact, ...]
    unknown: tuple[str, ...]


def trace(facts: Facts, law: Law) -> Trace:
    """The table's decision, with what it was made on."""
    every: set[str] = set()
    for row in ROWS:
        watched = _watched(facts)
        decision = row(watched, law)
        looked = watched.looked()
        every |= looked
        if decision is not None:
            used = every if row.number == _LAST else looked
            unknown = [fact.name for fact in _values(facts, every) if fact.unknown]
            return Trace(decision, tuple(_values(facts, used)), tuple(unknown))
    raise AssertionError("the last row matches everything")


class _WatchedParty(PartyFacts):
    """A party's facts that remember which were looked at."""

    def __getattribute__(self, name: str) -> Any:
        if name in _PARTY:
            object.__getattribute__(self, "_looked").add(name)
        return object.__getattribute__(self, name)


class _Watched(Facts):
    """Facts that remember which were looked at; properties of theirs look at others."""

    def __getattribute__(self, name: str) -> Any:
        if name in _FACTS:
            object.__getattribute__(self, "_looked").add(name)
        return object.__getattribute__(self, name)

    def unimportant(self) -> _Watched:
        """The facts with the class that the field has otherwise; what is looked at of them is remembered as well."""
        found = object.__new__(_Watched)
        for one in fields(Facts):
            object.__setattr__(found, one.name, object.__getattribute__(self, one.name))
        object.__setattr__(found, "_looked", object.__getattribute__(self, "_looked"))
        object.__setattr__(found, "field_class", self.otherwise)
        return found

    def looked(self) -> set[str]:
        """Names of the facts that were looked at; of a party those of its own that were."""
        found = set()
        for name in object.__getattribute__(self, "_looked"):
            value = object.__getattribute__(self, name)
            if isinstance(value, _WatchedParty):
                found |= {f"{name}.{inner}" for inner in object.__getattribute__(value, "_looked")}
            else:
                found.add(name)
        return found


def _watched(facts: Facts) -> _Watched:
    found = object.__new__(_Watched)
    for one in fields(Facts):
        value = getattr(facts, one.name)
        object.__setattr__(found, one.name, _watched_party(value) if isinstance(value, PartyFacts) else value)
    object.__setattr__(found, "_looked", set())
    return found


def _watched_party(party: PartyFacts) -> _WatchedParty:
    found = object.__new__(_WatchedParty)
    for one in fields(PartyFacts):
        object.__setattr__(found, one.name, getattr(party, one.name))
    object.__setattr__(found, "_looked", set())
    return found


def _values(facts: Facts, names: set[str]) -> list[Fact]:
    """Facts by name, in the order in which they are declared."""
    found = []
    for one in fields(Facts):
        value = getattr(facts, one.name)
        if isinstance(value, PartyFacts):
            inner = [(f"{one.name}.{part.name}", getattr(value, part.name)) for part in fields(PartyFacts)]
        else:
            inner = [(one.name, value)]
        found += [Fact(name, said) for name, said in inner if name in names]
    return found
