"""The executor: a plan and a keyring, made into what ``inspect`` and ``release`` run.

Built once per activation, thrown away at the next. It decides nothing: all was decided when the plan was compiled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tidegate.errors import BadSettings
from tidegate.events.checks import DEFAULT_SEVERITY, Check, compile_checks
from tidegate.events.encoding import encode_framed
from tidegate.events.facts import RETRACTION, EventFields, fields_of
from tidegate.events.findings import Severity
from tidegate.events.identity import DIGEST_SIZE, PublisherDigests
from tidegate.events.schemas import Registry, Schema
from tidegate.events.wire import Frames, prefix
from tidegate.gate.keyring import Keyring
from tidegate.gate.keys import lane_of
from tidegate.gate.reads import Reads, compile_reads
from tidegate.gate.routing import Router
from tidegate.gate.views import MEMO_SIZE, Operations, Partner, compile_view, keyed_source
from tidegate.rules import Plan, Section
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


class Publisher:
    """A publisher while a plan is in force: its settings, its digests, its schemas by prefix."""

    def __init__(self, name: str, plan: PublisherPlan, secret: bytes) -> None:
        self.name = name
        self.plan = plan
        self.digests = PublisherDigests.of(secret, name)
        self.by_prefix: dict[bytes, Incoming] = {}
        self.by_id: dict[int, Incoming] = {}
        self._equipment: dict[bytes, bytes] = {}
        self._documents: dict[bytes, bytes] = {}
        self._lanes: dict[bytes, int] = {}

    def severities(self) -> dict[str, Severity]:
        return {**DEFAULT_SEVERITY, **{rule: Severity(said) for rule, said in self.plan.severities.items()}}

    def equipment_digest(self, reference: bytes) -> bytes:
        found = self._equipment.get(reference)
        if found is None:
            if len(self._equipment) >= MEMO_SIZE:
                self._equipment.clear()
            found = self._equipment[reference] = self.digests.equipment(reference)
        return found

    def lane_of(self, key: bytes, lanes: int) -> int:
        found = self._lanes.get(key)
        if found is None:
            if len(self._lanes) >= MEMO_SIZE:
                self._lanes.clear()
            found = self._lanes[key] = lane_of(key, lanes)
        return found

    def document_digests(self, slot_bytes: bytes, incoming: Incoming) -> bytes:
        """The digests of an event's document references, one after the other."""
        found = self._documents.get(slot_bytes)
        if found is None:
            if len(self._documents) >= MEMO_SIZE:
                self._documents.clear()
            texts = incoming.reads.texts(slot_bytes)
            found = b"".join(self.digests.document(text) for text in texts[:TRACED_DOCUMENTS])
            self._documents[slot_bytes] = found
        return found


class Executor:
    """A plan at work.

    ``suspended`` partners count as not granted. Raises ``BadSettings`` when the keyring lacks a key of the plan.
    """

    def __init__(self, plan: Plan, keyring: Keyring, suspended: frozenset[str] = frozenset()) -> None:
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
        self._notice = self._notice_value()
        for section in plan.sections:
            self._section(section, view_secret)

    def publisher(self, name: str) -> Publisher:
        try:
            return self.publishers[name]
        except KeyError:
            raise BadSettings(f"the rules in force know no publisher {name!r}") from None

    def _notice_value(self) -> bytes:
        schema = next((schema for schema in self.registry if schema.name == NOTICE), None)
        return b"" if schema is None else encode_framed(schema, {"kind": "RETRACTED"})

    def _section(self, section: Section, secret: bytes) -> None:
        publisher = self.publishers[section.publisher]
        schema = self.registry.get(section.schema_id)
        operations = Operations(schema)
        partners: Mapping[str, Partner] = {partner.name: partner for partner in self.partners}
        views = {}
        for said in section.partners:
            if said.partner in self.suspended:
                continue
            partner = partners[said.partner]
            hidden = keyed_source(secret, publisher.name, partner.name)
            compiled = {}
            for mask, view in said.views.items():
                if view.pieces or view.notice:
                    source = f"/publishers/{publisher.name if view.publisher_shown else hidden}"
                    compiled[mask] = compile_view(view, partner, operations, source, self._notice)
            views[said.partner] = partner.index, compiled
        fields = fields_of(schema)
        incoming = Incoming(
            schema=schema,
            fields=fields,
            check=compile_checks(schema, publisher.severities()),
            retraction=schema.name == RETRACTION,
            schema_id_bytes=schema.schema_id.to_bytes(4, "big"),
            router=Router(section, schema, operations, views),
            reads=compile_reads(schema, fields, publisher.plan.identity_adds),
        )
        publisher.by_prefix[prefix(schema.schema_id)] = incoming
        publisher.by_id[schema.schema_id] = incoming


NO_DIGEST = bytes(DIGEST_SIZE)
