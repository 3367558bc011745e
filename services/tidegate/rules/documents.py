"""The shape of rule documents: parties, grants, classes and the hub's own facts, as a person writes them in TOML.

Here only the shape is known (names, types, required keys). What names mean to each other is ``loading``'s matter.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainValidator

from tidegate.events.findings import Severity
from tidegate.law import PURPOSES, FieldClass, Origin, Tri, Zone, parse_zone

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,47}\Z")
_DURATION = re.compile(r"([1-9][0-9]{0,5})([smhd])\Z")
_UNIT_S = {"s": 1, "m": 60, "h": 3600, "d": 86400}
FIRST_YEAR, LAST_YEAR = 1990, 2199
"""Years of which a document can speak: the oldest law here is of 1996, and beyond the last no end can be worked out."""


def _zone(value: object) -> Zone:
    return parse_zone(str(value))


def _duration(value: object) -> timedelta:
    found = _DURATION.match(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("a duration is a text like '7d', '12h' or '30m'")
    return timedelta(seconds=int(found[1]) * _UNIT_S[found[2]])


def _moment(value: object) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError("a moment has a date, a time and an offset, without quotes: 2026-01-01T00:00:00+08:00")
    return _within(value)


def _identifier(value: object) -> str:
    if not isinstance(value, str) or not _ID.match(value):
        raise ValueError("an id is lower-case letters, digits and hyphens, at most 48: it becomes part of topic names")
    return value


def _purpose(value: object) -> str:
    if value not in PURPOSES:
        raise ValueError(f"a purpose is one of: {', '.join(PURPOSES)}")
    return str(value)


def _day(value: object) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError(  # noqa: TRY004 - pydantic collects ValueError
            "a day is written without quotes and without a time: 2026-01-31"
        )
    return _within(value)


_When = TypeVar("_When", bound=date)


def _within(value: _When) -> _When:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"{value} is not in the years {FIRST_YEAR} to {LAST_YEAR}")
    return value


def _public_key(value: object) -> str:
    try:
        size = len(base64.b64decode(str(value), validate=True))
    except ValueError:
        size = 0
    if not isinstance(value, str) or size != PUBLIC_KEY_SIZE:
        raise ValueError("a key is 44 letters of base64, as 'tidegate rules new-key' prints them")
    return value


Day = Annotated[date, PlainValidator(_day)]
PublicKey = Annotated[str, PlainValidator(_public_key)]
PUBLIC_KEY_SIZE = 32
"""Bytes of an Ed25519 public key (RFC 8032, 5.1.5)."""
Identifier = Annotated[str, PlainValidator(_identifier)]
Duration = Annotated[timedelta, PlainValidator(_duration)]
Moment = Annotated[datetime, PlainValidator(_moment)]
ZoneCode = Annotated[Zone, PlainValidator(_zone)]
Purpose = Annotated[str, PlainValidator(_purpose)]
NonEmpty = Annotated[tuple[str, ...], Field(min_length=1)]
Rule = Literal["V1", "V2", "V3", "V4", "V5", "V6", "V7", "V8", "V9", "V11", "V13", "V14"]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PublisherSettings(Model):
    """What the hub does with what this party publishes."""

    duplicate_horizon: Duration = timedelta(days=7)
    identity_adds: tuple[Literal["eventType", "equipment"], ...] = ()
    severities: dict[Rule, Severity] = {}
    feedback: Literal["transaction", "event"] = "transaction"
    claims_quota: Annotated[int, Field(gt=0, strict=True)] = 50_000_000
    collected_in: Origin = Origin.UNKNOWN
    """Where the personal data in its events was collected. Unknown counts as strict: such data stays."""
    own_data: Tri = Tri.UNKNOWN
    """Whether it collected that data itself, so that no earlier contract limits where it goes. Unknown counts as no."""
    relays: tuple[ZoneCode, ...] = ()
    """Where its raw events pass on their way to the hub, in this order: gateways, brokers, mirrors."""


class PartnerSettings(Model):
    """How this party is delivered to.

    ``heartbeat`` is how long a lane says nothing to it before it says that it has nothing; without, it never does.
    """

    severities: dict[Rule, Severity] = {}
    attributes: tuple[Literal["subject", "time"], ...] = ()
    retention: Duration = timedelta(days=7)
    heartbeat: Duration | None = None
    relays: tuple[ZoneCode, ...] = ()
    """Where its deliveries pass on their way from the hub, in this order."""
    looks_up: tuple[str, ...] = ()
    """Fields by which it can look persons up, as it holds the other side of the link: to it they are personal data."""


Provable = Literal["small_handler", "ciio", "state_organ", "foreign_authority", "restricted"]


class ProofDocument(Model):
    """What proves a fact about a party, and from when to when: the day after ``until`` nobody knows any more."""

    starts: Day
    until: Day | None = None
    document: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]


class PartyDocument(Model):
    """A legal entity, and what the law asks about it. ``proofs`` are of facts that count only where they are proved.

    ``people_processed`` and the day of the last compliance audit say when the next is due; no count of people exported
    says anything of them.
    """

    id: Identifier
    name: Annotated[str, Field(min_length=1)]
    zone: ZoneCode
    roles: NonEmpty
    sector: str = ""
    ciio: Tri = Tri.UNKNOWN
    state_organ: Tri = Tri.UNKNOWN
    foreign_authority: Tri = Tri.UNKNOWN
    restricted: Tri = Tri.UNKNOWN
    small_handler: Tri = Tri.UNKNOWN
    proofs: dict[Provable, ProofDocument] = {}
    people_processed: Annotated[int, Field(ge=0, strict=True)] | None = None
    audited: Day | None = None
    publisher: PublisherSettings | None = None
    partner: PartnerSettings | None = None


@dataclass(frozen=True, slots=True)
class Test:
    """What a condition asks of one field: that it is one of ``values``, or that it begins with ``prefix``."""

    values: tuple[str, ...] = ()
    prefix: str = ""


def _test(value: object) -> Test:
    if isinstance(value, str) and value:
        return Test(values=(value,))
    if isinstance(value, list) and value and all(isinstance(word, str) and word for word in value):
        return Test(values=tuple(sorted({str(word) for word in value})))
    if isinstance(value, dict) and list(value) == ["prefix"] and isinstance(value["prefix"], str) and value["prefix"]:
        return Test(prefix=value["prefix"])
    raise ValueError("a condition is a text, a list of texts, or { prefix = 'HK' }")


Condition = Annotated[Test, PlainValidator(_test)]


class LimitsDocument(Model):
    """How much of a publisher's stream a grant covers at most: UN/LOCODEs, service codes, days from first to last."""

    ports: tuple[Annotated[str, Field(pattern=r"^[A-Z]{2}[A-Z2-9]{3}$")], ...] = ()
    lanes: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    days: Annotated[int, Field(gt=0, strict=True)] | None = None


class GrantDocument(Model):
    """Who may see which fields of whose events, what for, and when."""

    id: Identifier
    publishers: NonEmpty
    partners: NonEmpty
    purpose: Purpose
    fields: NonEmpty
    when: dict[str, Condition] = {}
    limits: LimitsDocument | None = None
    required: tuple[str, ...] = ()
    transforms: dict[str, str] = {}
    valid_from: Moment | None = None
    valid_to: Moment | None = None


class ClassDocument(Model):
    """Raises the class of a field, or gives an extension its first one."""

    field: Annotated[str, Field(min_length=1)]
    field_class: FieldClass = Field(alias="class")


class HubDocument(Model):
    """What the law asks about the hub itself, and which keys of the keyring it uses.

    ``readable_in`` are places beside its own zone where logs, audit, quarantine, backups or consoles are, or from where
    somebody looks into them.
    """

    zone: ZoneCode
    readable_in: tuple[ZoneCode, ...] = ()
    digest_key: Annotated[str, Field(min_length=1)]
    pseudonym_key: Annotated[str, Field(min_length=1)]


class ApproverDocument(Model):
    """A person who may approve what lowers a protection, by signing it. ``key`` is an Ed25519 public key in base64."""

    id: Identifier
    name: Annotated[str, Field(min_length=1)]
    key: PublicKey
