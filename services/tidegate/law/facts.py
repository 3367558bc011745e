"""The words of the law: classes of fields, facts about parties, and what a decision says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

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
    ART4_TRANSIT = "ART4_TRANSIT"
    ART5_CONTRACT = "ART5_CONTRACT"
    ART5_HR = "ART5_HR"
    ART5_EMERGENCY = "ART5_EMERGENCY"
    ART5_SMALL = "ART5_SMALL"
    STATUTORY_DUTY = "STATUTORY_DUTY"
    FTZ_OFFLIST = "FTZ_OFFLIST"
    GBA_SC_HK = "GBA_SC_HK"
    GBA_SC_MO = "GBA_SC_MO"
    GBA_CERT = "GBA_CERT"
    """Reserved: a certification exists beside the contract, its text was not found, and no row lets anything out."""
    SCC = "SCC"
    CERT = "CERT"
    ASSESSMENT = "ASSESSMENT"
    HK_DPP = "HK_DPP"
    DOMESTIC_ART23 = "DOMESTIC_ART23"
    ENTRUSTED = "ENTRUSTED"
    RISK_ASSESSMENT = "RISK_ASSESSMENT"
    NONE = "NONE"


class Bucket(StrEnum):
    """What is counted, per exporter and calendar year: people; EXEMPT and GBA are shadows of open legal points.

    Of IMPORTANT it is events: those from which important data left under an assessment, where one says of how many.
    """

    PI = "PI"
    SPI = "SPI"
    EXEMPT = "EXEMPT"
    GBA = "GBA"
    IMPORTANT = "IMPORTANT"


THRESHOLDS = {Bucket.PI: ("pi_contract", "pi_assessment"), Bucket.SPI: ("spi_assessment",)}
"""The parameters that say up to how many people of a bucket leave without, or under which, paper."""


class Task(StrEnum):
    """What letting a field out obliges someone to do."""

    FILE_GBA = "file_gba"
    REPORT_OFF_LIST = "report_off_list"
    ASSESS_SINCE_JANUARY = "assess_since_january"


class Origin(StrEnum):
    """Where personal data was collected. MIXED: more was added in the Mainland to what came from elsewhere."""

    MAINLAND = "CN"
    HONG_KONG = "HK"
    OVERSEAS = "overseas"
    MIXED = "mixed"
    UNKNOWN = "unknown"


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
    small_handler: Tri = Tri.UNKNOWN
    """A limit on people *processed*, proved and dated; never inferred from a count of people exported."""


Papers: TypeAlias = frozenset[Mechanism]
_NO_PAPERS: Papers = frozenset()


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the table is asked with, for one field of one event to one recipient.

    ``granted`` is False when the table is asked about a field that is present and that no grant names (rows 1 and 2).
    ``own_path`` says that the grant names the field by its own path and not by a parent or a wildcard. ``stamp`` is
    where an earlier export contract lets the event go on to; None when the event carries no stamp.

    The rest is about personal and important data. ``papers`` are the mechanisms of authorizations that are usable at
    the moment and cover exporter, recipient, purpose and field; ``overdue`` those that would, were their filing not
    late. ``evidence`` says whether basis, notice, consent where it is the basis, and the impact assessment are on
    record. ``off_list`` says that a verified negative list of the exporter's area and sector is there, and the field
    not on it. ``people`` is how many distinct persons the exporter provided in this calendar year, this event's
    included, in the bucket of the field's class; None when nobody counted. ``otherwise`` is the class of the field
    should it be no important data: apart from a suspicion that it is, and from a tag or a notice that says so. It is
    asked for of fields that are important, or may be; UNCLASSIFIED where nothing says it. ``confidential`` says that
    personal data is a commercial secret as well.
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
    relays: tuple[Zone | None, ...] = ()
    origin: Origin = Origin.UNKNOWN
    unmixed: Tri = Tri.UNKNOWN
    evidence: Tri = Tri.UNKNOWN
    papers: Papers = _NO_PAPERS
    overdue: Papers = _NO_PAPERS
    off_list: Tri = Tri.UNKNOWN
    list_reference: Tri = Tri.UNKNOWN
    counsel: Tri = Tri.UNKNOWN
    grace: Tri = Tri.UNKNOWN
    people: int | None = None
    otherwise: FieldClass = FieldClass.UNCLASSIFIED
    confidential: bool = False

    @property
    def personal(self) -> bool:
        return self.field_class in PERSONAL

    @property
    def personal_too(self) -> bool:
        """Whether the field is personal data, or is important, or may be, and personal data as well."""
        return self.personal or (self.field_class in IMPORTANCE and self.otherwise in PERSONAL)

    def unimportant(self) -> Facts:
        """The facts with the field as what it would be should it be no important data."""
        return replace(self, field_class=self.otherwise)

    @property
    def route(self) -> tuple[Zone | None, ...]:
        """Where the data is, one place after another."""
        return (self.exporter.zone, self.storage, *self.relays, self.recipient.zone)


PERSONAL = (FieldClass.PI, FieldClass.SPI)
IMPORTANCE = (FieldClass.SUSPECT_IMPORTANT, FieldClass.IMPORTANT)
"""Classes that stand over what a field is otherwise: personal data stays personal when it is important as well."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a row decided. ``reason`` is one of a bounded set of codes; ``row`` is the number in the table.

    Of a field that leaves, ``counts`` are the buckets in which its persons are counted, ``tasks`` what its leaving
    obliges to, and ``stamp`` where alone it may go on to; None where it carries no stamp. ``beside`` is the mechanism
    under which important data leaves as what it is otherwise; NONE where that was not asked.
    """

    row: int
    action: Action
    mechanism: Mechanism
    reason: str
    counts: frozenset[Bucket] = frozenset()
    tasks: tuple[Task, ...] = ()
    stamp: frozenset[str] | None = None
    beside: Mechanism = Mechanism.NONE

    def as_well(self, other: Decision) -> Decision:
        """This decision about a field as important data, with what its leaving as what it is otherwise entails."""
        return replace(self, counts=other.counts, tasks=other.tasks, stamp=other.stamp, beside=other.mechanism)
