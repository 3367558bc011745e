"""The executor: a plan and a keyring, made into what ``inspect`` and ``release`` run.

Built once per activation, thrown away at the next. It decides nothing: all was decided when the plan was compiled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, partial

from tidegate.errors import BadSettings
from tidegate.events.checks import NO_REFERENCES, Check, References, compile_checks
from tidegate.events.encoding import encode_framed
from tidegate.events.facts import RETRACTION, EventFields, Marks, fields_of
from tidegate.events.findings import Severity
from tidegate.events.identity import DIGEST_SIZE, Digest, PublisherDigests
from tidegate.events.memo import Memo
from tidegate.events.normalising import compile_normal_form
from tidegate.events.schemas import Registry, Schema
from tidegate.events.wire import Frames, prefix
from tidegate.gate.keyring import Keyring
from tidegate.gate.keys import murmur2
from tidegate.gate.lineage import onward_digest, stamp_text
from tidegate.gate.reads import Reads, compile_reads
from tidegate.gate.routing import Compiled, Router
from tidegate.gate.views import Delivering, Operations, Partner, compile_view, keyed_source
from tidegate.law import Law, law_on
from tidegate.rules import Plan, Section, View
from tidegate.rules.levels import Bounds, thresholds
from tidegate.rules.plan import PublisherPlan

NOTICE = "logistics.Notice"
TRACED_DOCUMENTS = 255
"""How many document references of one event the audit holds digests of."""


@dataclass(frozen=True)
class Incoming:
    """One writer schema as one publisher uses it: how its events are inspected and routed."""

    schema: Schema
    fields: EventFields
    check: Check
    retraction: bool
    schema_id_bytes: bytes
    router: Router
    reads: Reads
    document_digests: Memo[bytes]
    normal: Callable[[bytes, Marks], bytes]
    onward: Digest
    """Proves the stamps of deliveries that this publisher was sent as a partner."""
    stamped: dict[bytes, Router] = field(default_factory=dict)
    """The routes of events that came in with a stamp, by its text."""


class Publisher:
    """A publisher while a plan is in force: its settings, its digests, its schemas by prefix."""

    def __init__(self, name: str, plan: PublisherPlan, secret: bytes) -> None:
        self.name = name
        self.plan = plan
        self.digests = PublisherDigests.of(secret, name)
        self.by_prefix: dict[bytes, Incoming] = {}
        self.by_id: dict[int, Incoming] = {}
        self.equipment_digest: Memo[bytes] = Memo(self.digests.equipment)
        self.key_hash: Memo[int] = Memo(murmur2)

    def severities(self) -> dict[str, Severity]:
        return {rule: Severity(said) for rule, said in self.plan.severities.items()}

    def document_digests(self, reads: Reads) -> Memo[bytes]:
        """From the bytes of an event's documents to the digests of their references, one after the other."""
        digest = self.digests.document
        return Memo(lambda b: b"".join([digest(text) for text in reads.texts(b)[:TRACED_DOCUMENTS]]))


class Executor:
    """A plan at work.

    ``suspended`` partners count as not granted. ``references`` are the lists that the plan names: live flow, check and
    replay find the same, or nothing runs. Raises ``BadSettings`` when they are not, or the keyring lacks a key.
    """

    def __init__(
        self,
        plan: Plan,
        keyring: Keyring,
        suspended: frozenset[str] = frozenset(),
        references: References = NO_REFERENCES,
    ) -> None:
        if dict(references.digests) != dict(plan.references):
            raise BadSettings("the plan was compiled with other reference lists than those that are there")
        self.references = references
        self.plan = plan
        self.digest = bytes.fromhex(plan.digest)
        self.suspended = suspended
        digest_secret = keyring.secret(plan.digest_key)
        view_secret = keyring.secret(plan.pseudonym_key)
        self.key_id = plan.digest_key
        self.registry = Registry(Schema.of(schema) for schema in plan.schemas.values())
        writers = Registry(self.registry.get(schema_id) for schema_id in plan.writers)
        self.frames = Frames(writers)
        self.partners = tuple(
            Partner(name, index, said, view_secret) for index, (name, said) in enumerate(plan.partners.items())
        )
        self.publishers = {name: Publisher(name, said, digest_secret) for name, said in plan.publishers.items()}
        self.counting = frozenset(
            section.publisher for section in plan.sections if any(partner.counted for partner in section.partners)
        )
        """Publishers of whom something leaves that has to be counted. Where there are none, nobody looks at persons."""
        self._notice = self._notice_value()
        for section in sorted(plan.sections, key=lambda section: section.stamp is not None):
            self._section(section, view_secret)

    @cached_property
    def law(self) -> Law:
        """The law by which the plan was compiled: its thresholds, as they were on its day."""
        return law_on(date.fromisoformat(self.plan.law.partition(" ")[0]))

    @cached_property
    def bounds(self) -> Mapping[str, Bounds]:
        """Between which numbers of people and events the levels of each publisher are."""
        usual = thresholds(self.law)
        return {
            name: Bounds(said.dimensions) if said.dimensions else usual for name, said in self.plan.publishers.items()
        }

    def place_of(self, partner: str) -> int:
        """The index of a partner; one that no partner has where the rules no longer know it."""
        return next((one.index for one in self.partners if one.name == partner), -1)

    def publisher(self, name: str) -> Publisher:
        try:
            return self.publishers[name]
        except KeyError:
            raise BadSettings(f"the rules in force know no publisher {name!r}") from None

    def stamps_of(self, name: str) -> frozenset[str]:
        """The stamps with which events of a publisher may come in: those of deliveries that it may be sent."""
        incoming = self.publisher(name).by_id.values()
        return frozenset(stamp.decode() for one in incoming for stamp in one.stamped)

    def _notice_value(self) -> bytes:
        schema = next((schema for schema in self.registry if schema.name == NOTICE), None)
        return b"" if schema is None else encode_framed(schema, {"kind": "RETRACTED"})

    def _view(self, partner: Partner, operations: Operations, name: str, hidden: str, view: View) -> Delivering | None:
        """A view ready to be applied; None where nothing is delivered."""
        if not view.pieces and not view.notice:
            return None
        source = f"/publishers/{name if view.publisher_shown else hidden}"
        return compile_view(view, partner, operations, source, self._notice)

    def _section(self, section: Section, secret: bytes) -> None:
        publisher = self.publishers[section.publisher]
        schema = self.registry.get(section.schema_id)
        operations = Operations(schema)
        partners: Mapping[str, Partner] = {partner.name: partner for partner in self.partners}
        views: dict[str, Compiled] = {}
        for said in section.partners:
            if said.partner in self.suspended:
                continue
            partner = partners[said.partner]
            hidden = keyed_source(secret, publisher.name, partner.name)
            make = partial(self._view, partner, operations, publisher.name, hidden)
            every = list(said.every())
            usual = {place: make(view) for place, view in every}
            freed = {place: make(view.freed) for place, view in every if view.freed is not None}
            views[said.partner] = partner.index, usual, freed
        router = Router(section, schema, operations, views)
        if section.stamp is not None:
            publisher.by_id[schema.schema_id].stamped[stamp_text(section.stamp)] = router
            return
        fields = fields_of(schema)
        reads = compile_reads(schema, fields, publisher.plan.identity_adds)
        incoming = Incoming(
            schema=schema,
            fields=fields,
            check=compile_checks(schema, publisher.severities(), self.references),
            retraction=schema.name == RETRACTION,
            schema_id_bytes=schema.schema_id.to_bytes(4, "big"),
            router=router,
            reads=reads,
            document_digests=publisher.document_digests(reads),
            normal=compile_normal_form(schema),
            onward=onward_digest(secret, publisher.name),
        )
        publisher.by_prefix[prefix(schema.schema_id)] = incoming
        publisher.by_id[schema.schema_id] = incoming


NO_DIGEST = bytes(DIGEST_SIZE)
