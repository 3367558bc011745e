"""The words of the law: classes of fields, facts about parties, and what a decision says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tidegate.law.zones import Zone


class FieldClass(StrEnum):
    """What kind of data a field holds, mildest first. No tag is UNCLASSIFIED, and that never leaves."""

    GENERAL = "GENERAL"
    COMMERCIAL = "COMMERCIAL"
    PI = "PI"
    SPI = "SPI"
    SUSPECT_IMPORTANT = "SUSPECT_IMPORTANT"
    IMPORTANT = "IMPORTANT"
    EXPORT_CONTROLLED = "EXPORT_CONTROLLED"
    CORE = "CORE"
    UNCLASSIFIED = "UNCLASSIFIED"

    @property
    def strictness(self) -> int:
        return tuple(FieldClass).index(self)


def strictest_class(*classes: FieldClass) -> FieldClass:
    """The strictest of some classes; of none, UNCLASSIFIED."""
    return max(classes, key=lambda c: c.strictness, default=FieldClass.UNCLASSIFIED)


class Tri(StrEnum):
    """A fact that may be unknown. Unknown takes the strict branch, always."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Action(StrEnum):
    """What happens to a field, mildest first. HOLD and BLOCK_EVENT concern the whole delivery or event."""

    PASS = "PASS"  # noqa: S105 - an action, not a password
    GENERALISE = "GENERALISE"
    TOKENISE = "TOKENISE"
    MASK = "MASK"
    DROP = "DROP"
    HOLD = "HOLD"
    BLOCK_EVENT = "BLOCK_EVENT"

    @property
    def strictness(self) -> int:
        return tuple(Action).index(self)

    @property
    def leaves(self) -> bool:
        """Whether something of the field leaves."""
        return self.strictness < Action.DROP.strictness


class Mechanism(StrEnum):
    """Under what a field leaves. NONE_NEEDED: no export law of the Mainland applies. NONE: it does not leave."""

    NONE_NEEDED = "NONE_NEEDED"
    ART3 = "ART3"
    NONE = "NONE"


PURPOSES = (
    "booking",
    "cargo insurance",
    "carrier operations",
    "customs clearance",
    "inland haulage",
    "terminal operations",
    "trade finance",
    "vessel planning",
)
"""Purposes that are trade or transport activity (CAC provisions of March 2024, Art. 3). A grant names one of them."""


@dataclass(frozen=True, slots=True)
class PartyFacts:
    """What the law asks about a party."""

    zone: Zone | None
    ciio: Tri = Tri.UNKNOWN
    state_organ: Tri = Tri.UNKNOWN
    foreign_authority: Tri = Tri.UNKNOWN
    restricted: Tri = Tri.UNKNOWN


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the table is asked with, for one field of one event to one recipient.

    ``granted`` is False when the table is asked about a field that is present and that no grant names (rows 1 and 2).
    ``own_path`` says that the grant names the field by its own path and not by a parent or a wildcard. ``stamp`` is
    where an earlier export contract lets the event go on to; None when the event carries no stamp.
    """

    field_class: FieldClass
    exporter: PartyFacts
    recipient: PartyFacts
    storage: Zone | None
    purpose: str = ""
    granted: bool = True
    own_path: bool = False
    mandatory: bool = False
    lineage_known: bool = True
    stamp: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What a row decided. ``reason`` is one of a bounded set of codes; ``row`` is the number in the table."""

    row: int
    action: Action
    mechanism: Mechanism
    reason: str
