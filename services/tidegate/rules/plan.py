"""A plan: a rule set compiled into an artifact that can be kept for ever and run again.

It holds, by content, all that decides what leaves: for every publisher, schema and partner the conditions, the spans
and operations of every projection, the verdict on every field, the schemas, the ids of the keys, and the version of the
executor that has to run it. No key and no rule document is in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Any

from tidegate.errors import BadSchema
from tidegate.events.avro import Json
from tidegate.events.projection import Piece, Selection
from tidegate.rules.levels import Cap, Dimension
from tidegate.rules.plan_counting import add_dimensions, publisher_counting, take_dimensions
from tidegate.rules.plan_lineage import add_lineage, take_lineage
from tidegate.rules.plan_pieces import piece_json, piece_of, said_by, selection_json, selection_of, test_json, tupled

FORMAT = 9
READABLE = (2, 3, 4, 5, 6, 7, 8, 9)
"""Formats that can be read. A plan is written again as it was read, byte for byte: its digest names it for ever."""
_ADDED = {"partners": {"heartbeat_s": 3}}
"""Fields that a format added, and which one."""
REFERENCES_SINCE = 4
EXECUTOR = 2
"""What an executor has to do with a plan. A replay under another executor says so instead of comparing."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What happens to one field of one delivery, and why.

    ``grant`` is the grant that names it, ``paper`` the authorization under which it leaves, or nothing.
    """

    path: str
    field_class: str
    action: str
    mechanism: str
    reason: str
    row: int
    grant: str
    paper: str = ""


@dataclass(frozen=True, slots=True)
class FieldTest:
    """A condition on a field: one of ``values``, begun by ``prefix``, or a birth ``under`` so many years ago."""

    path: str
    values: tuple[str, ...] = ()
    prefix: str = ""
    under: int = 0


@dataclass(frozen=True, slots=True)
class Presence:
    """That a field is there at all holds or blocks: ``action`` is HOLD or BLOCK_EVENT."""

    path: str
    action: str
    reason: str


@dataclass(frozen=True, slots=True)
class View:
    """What one partner sees of an event for which a certain set of its grants holds.

    ``pieces`` are joined into the value; without any, nothing is delivered. ``key_paths`` are fields that are seen
    whole, so a record key equal to one of them may be seen too. ``subject`` and ``time`` are how the container and the
    event time are seen, where the partner asked for the CloudEvents attributes and sees the fields. ``notice`` says
    that a notice is delivered instead.
    """

    schema_id: int = 0
    pieces: tuple[Piece, ...] = ()
    key_paths: tuple[str, ...] = ()
    publisher_shown: bool = False
    subject: Selection | None = None
    time: Selection | None = None
    notice: bool = False
    presences: tuple[Presence, ...] = ()
    verdicts: int = -1
    """Index into ``Plan.verdicts``."""
    counts: tuple[tuple[str, str], ...] = ()
    """In which buckets persons are counted when this leaves, and where in the event they are found."""
    stamp: tuple[str, ...] | None = None
    """Zones, and parties as ``party:<id>``, to which alone the delivery may go on; None where it carries no stamp."""
    freed: View | None = None
    """What leaves instead when a delivery that waits is let go by a person; None where that is no more than this."""


@dataclass(frozen=True, slots=True)
class Group:
    """Grants that hold or do not hold together: the same tests (indexes into the section's), the same dates (us).

    Or no grants, and ``facts`` that hold between the same dates and of the same events: a paper can be used, its filing
    is late, a notice of important data is young, somebody is under 14.
    """

    grants: tuple[str, ...]
    tests: tuple[int, ...]
    valid_from: int | None = None
    valid_to: int | None = None
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PartnerViews:
    """What one partner may see of one publisher's events of one schema: a view by the bits of the groups that hold."""

    partner: str
    groups: tuple[Group, ...]
    views: Mapping[int, View]
    any_group: bool = False
    """The one view 1 holds when any group does: for notices, which look the same under every grant."""
    counted: Mapping[int, tuple[View, ...]] = field(default_factory=dict)
    """The views of deliveries whose persons were counted, by the bits of the groups, and in there by level.

    Without a count the one in ``views`` holds, in which nothing leaves that would have to be counted.
    """

    def every(self) -> Iterator[tuple[tuple[int, int | None], View]]:
        """All views that it may get unless a person lets something go, by bits and level; None: without a count."""
        for mask, view in self.views.items():
            yield (mask, None), view
        for mask, leveled in self.counted.items():
            yield from (((mask, level), view) for level, view in enumerate(leveled))

    def view(self, mask: int, level: int | None) -> View:
        return self.views[mask] if level is None else self.counted[mask][level]


def every_view(partner: PartnerViews) -> Iterator[View]:
    """All views that a partner may ever get: those that a person's release opens too."""
    for _, view in partner.every():
        yield from (view,) if view.freed is None else (view, view.freed)


@dataclass(frozen=True, slots=True)
class Section:
    """One publisher and one writer schema. ``verdicts`` is the table of an event that no grant reaches.

    ``stamp`` is the one that its events carry, from a delivery of this hub; None for events without.
    """

    publisher: str
    schema_id: int
    tests: tuple[FieldTest, ...]
    presences: tuple[Presence, ...]
    partners: tuple[PartnerViews, ...]
    verdicts: int
    stamp: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class PublisherPlan:
    zone: str
    horizon_s: int
    identity_adds: tuple[str, ...]
    severities: Mapping[str, str]
    feedback: str
    claims_quota: int
    dimensions: tuple[Dimension, ...] = ()
    """What its levels are made of; plans of before format 6 say nothing, and the thresholds of their law hold."""
    caps: tuple[Cap, ...] = ()
    """What its own papers were approved for."""


@dataclass(frozen=True, slots=True)
class PartnerPlan:
    zone: str
    severities: Mapping[str, str]
    attributes: tuple[str, ...]
    retention_s: int
    heartbeat_s: int = 0
    """How long a lane says nothing to it before it says that it has nothing; 0: it never says so."""


@dataclass(frozen=True)
class Plan:
    rule_set: str
    hub_zone: str
    digest_key: str
    pseudonym_key: str
    law: str
    schemas: Mapping[int, Json]
    """Writer schemas, projections and notices, by id."""
    writers: tuple[int, ...]
    publishers: Mapping[str, PublisherPlan]
    partners: Mapping[str, PartnerPlan]
    sections: tuple[Section, ...]
    verdicts: tuple[tuple[Verdict, ...], ...]
    references: Mapping[str, str] = field(default_factory=dict)
    """The digests of the reference lists that semantic checks ask, by name."""
    format: int = FORMAT

    def to_json(self) -> dict[str, Any]:
        out = {one.name: getattr(self, one.name) for one in fields(self)}
        out["publishers"] = {name: asdict(said) for name, said in self.publishers.items()}
        out["partners"] = {name: asdict(said) for name, said in self.partners.items()}
        out["sections"] = [_section_json(section) for section in self.sections]
        out["verdicts"] = [[said_by(verdict) for verdict in table] for table in self.verdicts]
        for kind, added in _ADDED.items():
            for name in (name for name, since in added.items() if since > self.format):
                for said in out[kind].values():
                    del said[name]
        if self.format < REFERENCES_SINCE:
            del out["references"]
        take_dimensions(out, self.format)
        take_lineage(out, self.format)
        return {"executor": EXECUTOR, **out}

    def to_bytes(self) -> bytes:
        """The canonical bytes: what the digest is taken over, and what is published."""
        return json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(self.to_bytes()).hexdigest()

    @classmethod
    def from_bytes(cls, text: bytes) -> Plan:
        """Raises ``BadSchema`` when the plan is of a format or executor that this program does not have."""
        said = json.loads(text)
        if said["format"] not in READABLE or said.pop("executor") != EXECUTOR:
            raise BadSchema("this plan was compiled for another version of the hub; activate the rules again")
        add_lineage(said, said["format"])
        add_dimensions(said, said["format"])
        said["schemas"] = {int(schema_id): schema for schema_id, schema in said["schemas"].items()}
        said["writers"] = tuple(said["writers"])
        publishers = {name: publisher_counting(value) for name, value in said["publishers"].items()}
        said["publishers"] = {name: PublisherPlan(**tupled(value)) for name, value in publishers.items()}
        said["partners"] = {name: PartnerPlan(**tupled(value)) for name, value in said["partners"].items()}
        said["sections"] = tuple(_section_of(section) for section in said["sections"])
        said["verdicts"] = tuple(tuple(Verdict(**verdict) for verdict in table) for table in said["verdicts"])
        return cls(**said)


def _section_json(section: Section) -> dict[str, Any]:
    out = asdict(section) | {"tests": [test_json(test) for test in section.tests]}
    for partner, json_partner in zip(section.partners, out["partners"], strict=True):
        json_partner["views"] = {mask: _view_json(view) for mask, view in partner.views.items()}
        json_partner["counted"] = {mask: [_view_json(view) for view in each] for mask, each in partner.counted.items()}
    return out


def _view_json(view: View) -> dict[str, Any]:
    out = asdict(view)
    out["pieces"] = [piece_json(piece) for piece in view.pieces]
    out["subject"] = None if view.subject is None else selection_json(view.subject)
    out["time"] = None if view.time is None else selection_json(view.time)
    out["freed"] = None if view.freed is None else _view_json(view.freed)
    return out


def _section_of(said: dict[str, Any]) -> Section:
    return Section(
        publisher=said["publisher"],
        schema_id=said["schema_id"],
        tests=tuple(FieldTest(**tupled(test)) for test in said["tests"]),
        presences=tuple(Presence(**presence) for presence in said["presences"]),
        partners=tuple(
            PartnerViews(
                partner=partner["partner"],
                groups=tuple(Group(**tupled(group)) for group in partner["groups"]),
                views={int(mask): _view_of(view) for mask, view in partner["views"].items()},
                any_group=partner["any_group"],
                counted={int(mask): tuple(map(_view_of, each)) for mask, each in partner["counted"].items()},
            )
            for partner in said["partners"]
        ),
        verdicts=said["verdicts"],
        stamp=None if said["stamp"] is None else tuple(said["stamp"]),
    )


def _view_of(said: dict[str, Any]) -> View:
    said["pieces"] = tuple(piece_of(piece) for piece in said["pieces"])
    said["presences"] = tuple(Presence(**presence) for presence in said["presences"])
    said["subject"] = None if said["subject"] is None else selection_of(said["subject"])
    said["time"] = None if said["time"] is None else selection_of(said["time"])
    said["counts"] = tuple(map(tuple, said["counts"]))
    said["freed"] = None if said["freed"] is None else _view_of(said["freed"])
    return View(**tupled(said))
