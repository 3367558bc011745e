"""The schema registry that partners' and publishers' clients read: Confluent's paths, read only.

What it knows is what the ``rules`` topic says: the schemas of the plan in force and of every plan that was in force
before, so an id on a topic can be resolved for as long as its records are there. Ids are content, so two processes of a
hub give the same answers.

Subjects follow Confluent's TopicNameStrategy. ``out.<partner>-value`` holds every projection that the partner may get,
and as ``latest`` the schema that reads them all; ``in.<publisher>-value`` what the publisher may write.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from tidegate.broker.names import TopicNames
from tidegate.errors import BadSchema
from tidegate.events.builtin import HEARTBEAT_SCHEMA, builtin
from tidegate.events.schemas import Schema
from tidegate.rules import Plan, reader_schema
from tidegate.rules.activations import Ledger
from tidegate.rules.plan import every_view
from tidegate.telemetry import get_logger


@dataclass
class Subject:
    """The schemas of one topic in the order in which rules brought them; version n is the n-th."""

    schemas: list[Schema] = field(default_factory=list)
    latest: int = 0
    """The version to read the topic with today; versions of older rules may have a higher number."""

    def bring(self, schema: Schema) -> None:
        """Makes a schema the latest. One that was there before keeps its version."""
        if schema not in self.schemas:
            self.schemas.append(schema)
        self.latest = self.schemas.index(schema) + 1


class SchemaBook:
    """Schemas by id and by subject, for every plan that was ever in force."""

    def __init__(self, names: TopicNames, ledger: Callable[[], Ledger]) -> None:
        self._names = names
        self._ledger_now = ledger
        self._ledger = ledger()
        self._read = 0
        self._reading = asyncio.Lock()
        self._plans: dict[str, dict[str, list[Schema]]] = {}
        self.by_id: dict[int, Schema] = {}
        self.subjects: dict[str, Subject] = {}

    async def refresh(self) -> None:
        """Takes in what was activated since the last call.

        A ``rules`` topic made anew is read from its beginning. What was known stays: its records may still be there.
        """
        async with self._reading:
            if self._ledger is not self._ledger_now():
                self._ledger, self._read = self._ledger_now(), 0
            while self._read < len(self._ledger.activations):
                plan = self._ledger.activations[self._read].plan
                if plan not in self._plans:
                    # Reading a large plan takes a while, and the lanes of this process must not wait for it.
                    self._plans[plan] = await asyncio.to_thread(self._schemas, plan, self._ledger.plans[plan])
                self._take(self._plans[plan])
                self._read += 1

    def _take(self, found: Mapping[str, list[Schema]]) -> None:
        for topic, schemas in found.items():
            subject = self.subjects.setdefault(f"{topic}-value", Subject())
            for schema in schemas:
                self.by_id[schema.schema_id] = schema
                subject.bring(schema)

    def _schemas(self, digest: str, text: bytes) -> dict[str, list[Schema]]:
        """The schemas of a plan by topic; none when this program is of another version than the plan."""
        try:
            return dict(self._of_plan(Plan.from_bytes(text)))
        except BadSchema as exc:
            get_logger().warning("schemas of older rules cannot be served", plan=digest, error=str(exc))
            return {}

    def _of_plan(self, plan: Plan) -> Iterator[tuple[str, list[Schema]]]:
        """The schemas of every topic that a plan lets something into, the one to read it with last."""
        for name in plan.publishers:
            written = sorted({one.schema_id for one in plan.sections if one.publisher == name})
            if written:
                yield self._names.incoming(name), [Schema.of(plan.schemas[number]) for number in written]
        for name in plan.partners:
            mine = [said for one in plan.sections for said in one.partners if said.partner == name]
            views = [view for said in mine for view in every_view(said)]
            notices = sorted({view.schema_id for view in views if view.notice})
            seen = sorted({view.schema_id for view in views if view.pieces})
            found = [Schema.of(plan.schemas[number]) for number in [*notices, *seen]]
            if plan.partners[name].heartbeat_s:
                found.insert(0, builtin(HEARTBEAT_SCHEMA))
            if seen:
                found.append(Schema.of(reader_schema(plan, name)))
            if found:
                yield self._names.out(name), found
