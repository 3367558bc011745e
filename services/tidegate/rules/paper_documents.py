"""The shape of what makes the law of personal and important data work: papers, lists, registers, open points."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, PlainValidator

from tidegate.law import Mechanism, Points
from tidegate.rules.documents import Day, Duration, Identifier, Model, Moment, NonEmpty, Purpose, ZoneCode

PAPERS = (
    Mechanism.SCC,
    Mechanism.CERT,
    Mechanism.ASSESSMENT,
    Mechanism.GBA_SC_HK,
    Mechanism.GBA_SC_MO,
    Mechanism.FTZ_OFFLIST,
    Mechanism.ART4_TRANSIT,
    Mechanism.ART5_CONTRACT,
    Mechanism.ART5_HR,
    Mechanism.ART5_EMERGENCY,
    Mechanism.ART5_SMALL,
    Mechanism.STATUTORY_DUTY,
    Mechanism.HK_DPP,
    Mechanism.DOMESTIC_ART23,
    Mechanism.ENTRUSTED,
    Mechanism.RISK_ASSESSMENT,
)
"""Mechanisms that a paper can be of. ART5_SMALL is none in law: its paper is the record of basis, notice and PIPIA."""


def _mechanism(value: object) -> Mechanism:
    if value == Mechanism.GBA_CERT:
        raise ValueError("the Greater Bay Area certification carries nothing yet: no text of it was found")
    if value not in PAPERS:
        raise ValueError(f"{value!r} is not a mechanism; a paper is one of {', '.join(PAPERS)}")
    return Mechanism(str(value))


PaperMechanism = Annotated[Mechanism, PlainValidator(_mechanism)]


def _letters(value: str) -> str:
    if value and not any(letter.isalnum() for letter in value):
        raise ValueError("spaces and signs alone are no record; write its version or number, or leave the key away")
    return value.strip()


Record = Annotated[str, AfterValidator(_letters)]
"""What is on record, by its version or number; an empty text is none. Spaces and signs alone name nothing."""
Text = Annotated[Record, Field(min_length=1)]


class Status(StrEnum):
    """Where a paper stands. Only EFFECTIVE lets anything out, and only between its dates."""

    DRAFT = "draft"
    SIGNED = "signed"
    EFFECTIVE = "effective"
    REVIEW = "review"
    SUSPENDED = "suspended"
    ENDED = "ended"


class Basis(StrEnum):
    """On what personal data is processed (PIPL Art. 13). Consent needs its own record; the others need none."""

    CONSENT = "consent"
    CONTRACT = "contract"
    HR = "hr"
    STATUTORY_DUTY = "statutory duty"
    EMERGENCY = "emergency"
    PUBLIC_INTEREST = "public interest"
    PUBLISHED = "lawfully published"


Role = Literal["UNKNOWN", "DRIVER", "CREW", "CONTACT", "SHIPPER", "CONSIGNEE"]
ROLES: tuple[str, ...] = get_args(Role)
"""What a person does in an event, as its schema has it; UNKNOWN is one who may do anything."""


class AuthorizationDocument(Model):
    """A paper that exists: what it covers, from when to when, and what is on record for it.

    ``retention`` and ``storage`` are what was filed about the recipient. ``onward`` are parties to whom the recipient
    may pass data on. ``items`` are those of the register of important data that an assessment is of: a field that the
    register names leaves only under one that names all its items. ``roles`` are whom it is about; without any,
    everybody. ``people`` is the number of people approved, ``volume``, of an assessment alone, that of events with
    important data: distinct events of the exporter from which a field of class IMPORTANT left under an assessment; a
    later version of an event is another one. ``rules.bounds`` says with what both are compared: what left since
    1 January, of the year in which the paper took effect where it holds for years. ``extends`` is the assessment that
    this one extends, of whose numbers it may approve a fifth more.
    ``recipient_filed`` is the other side's filing of a Greater Bay Area contract, ``reported`` the report that an area
    asks for after the ``first_transfer`` off its list. ``minors`` says that people under 14 are among them.
    ``issued`` is the day of the result of an assessment or of a certificate, from which its years run. ``pipia_on`` is
    the day of the impact assessment, which is before the paper takes effect (PIPL 55), ``pipia_reviewed`` that on which
    it was last looked at again.
    """

    id: Identifier
    mechanism: PaperMechanism
    exporter: Identifier
    recipients: NonEmpty
    purposes: tuple[Purpose, ...]
    fields: tuple[str, ...] = ()
    classes: tuple[Literal["PI", "SPI", "IMPORTANT", "SUSPECT_IMPORTANT"], ...] = ()
    items: tuple[Identifier, ...] = ()
    roles: tuple[Role, ...] = ()
    people: Annotated[int, Field(gt=0, strict=True)] | None = None
    volume: Annotated[int, Field(gt=0, strict=True)] | None = None
    extends: Identifier | None = None
    storage: tuple[ZoneCode, ...] = ()
    retention: Duration | None = None
    onward: tuple[Identifier, ...] = ()
    basis: Basis | None = None
    notice: Record = ""
    consent: Record = ""
    guardian: Record = ""
    minors: bool = False
    pipia: Record = ""
    counsel: Record = ""
    signed: Day | None = None
    issued: Day | None = None
    effective: Moment | None = None
    filed: Day | None = None
    recipient_filed: Day | None = None
    first_transfer: Day | None = None
    reported: Day | None = None
    pipia_on: Day | None = None
    pipia_reviewed: Day | None = None
    expires: Moment | None = None
    number: Record = ""
    status: Status
    documents: dict[str, Text] = Field(default_factory=dict)

    @property
    def evidence(self) -> bool:
        """Whether basis, notice, consent where it is the basis, and the PIPIA are on record; and a guardian's consent
        where people under 14 are among them, whatever the basis is (PIPL 31).
        """
        consented = self.basis is not Basis.CONSENT or bool(self.consent)
        return bool(self.basis and self.notice and self.pipia and consented and (self.guardian or not self.minors))


class ListItem(Model):
    """One item of a negative list: what may not leave without a mechanism, and the list's own threshold, if any.

    ``elsewhere`` says that no field of an event is about it. Of a verified list each item says the one or the other.
    """

    scenario: str = ""
    item: Text
    fields: tuple[str, ...] = ()
    elsewhere: bool = False
    threshold: Annotated[int, Field(gt=0, strict=True)] | None = None
    unit: Literal["natural persons"] = "natural persons"
    mechanism: str = ""


class NegativeListDocument(Model):
    """A negative list of an area. What is not verified or not published permits nothing.

    A ``kind`` other than negative is there to be known: a list of general data names what is free, and no row reads it.
    ``registration_required`` asks for a filing (a paper FTZ_OFFLIST) before the first transfer whatever the area does;
    a CIIO uses no list at all, so ``ciio_excluded`` has one value only.
    """

    id: Identifier
    kind: Literal["negative", "general data"] = "negative"
    area: Text
    version: str = ""
    sectors: NonEmpty
    adopted: Day | None = None
    published: Day | None = None
    verified: bool = False
    ciio_excluded: Literal[True] = True
    registration_required: bool = False
    source: Text
    items: tuple[ListItem, ...] = ()


class ImportantDocument(Model):
    """An item of the register of important data: which fields it is about, and when its notice came.

    ``filed`` is when a security assessment was asked for, ``assessed`` and ``reported`` are the last yearly risk
    assessment and its report.
    """

    id: Identifier
    item: Text
    fields: NonEmpty
    notified: Day
    source: Text
    filed: Day | None = None
    assessed: Day | None = None
    reported: Day | None = None


class LawDocument(Model):
    """Of which day the law is, and how a rule set settles the open points; each default is the strict answer."""

    on: Day | None = None
    gba_ciio: bool = Points().gba_ciio
    exempt_counts: bool = Points().exempt_counts
    gba_counts: bool = Points().gba_counts
    shanghai_reference: bool = Points().shanghai_reference
    id_number_spi: bool = Points().id_number_spi

    @property
    def points(self) -> Points:
        return Points(**self.model_dump(exclude={"on"}))
