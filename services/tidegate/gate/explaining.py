"""Explaining: what one partner would see of one event, and why every field does or does not leave.

The same ``inspect`` and ``release`` as the live flow, over one record, with its claim taken as a first sight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tidegate.errors import TidegateError
from tidegate.events.avro import Array, Record
from tidegate.events.encoding import decode
from tidegate.events.projection import Items, Operation
from tidegate.events.rewriting import compile_elements, compile_rewrite
from tidegate.events.transforms import long_of
from tidegate.events.wire import PREFIX_SIZE
from tidegate.gate.batch import Batch, Run, Source
from tidegate.gate.bodies import read_body
from tidegate.gate.claiming import Verdicts
from tidegate.gate.executor import Executor, Incoming
from tidegate.gate.inspection import Inspected, inspect
from tidegate.gate.outcomes import Outcome, Verdict
from tidegate.gate.release import Released, release
from tidegate.gate.routing import Route
from tidegate.law import Action, Mechanism
from tidegate.rules import Verdict as FieldVerdict
from tidegate.rules import View


@dataclass(frozen=True)
class Explanation:
    """``delivery`` holds what the partner gets: schema id, key and headers as text, the value decoded."""

    event_id: str | None
    released: bool
    reason: str
    delivery: dict[str, Any] = field(default_factory=dict)
    fields: tuple[FieldVerdict, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "eventId": self.event_id,
            "released": self.released,
            "reason": self.reason,
            "delivery": self.delivery,
            "fields": [
                {
                    "path": one.path,
                    "class": one.field_class,
                    "action": one.action,
                    "mechanism": one.mechanism,
                    "reason": one.reason,
                    "row": one.row,
                    "grant": one.grant,
                }
                for one in self.fields
            ],
        }


def explain(
    executor: Executor, publisher: str, partner: str, key: bytes | None, value: bytes, now_us: int
) -> Explanation:
    """What ``partner`` would get of a record of ``publisher`` that came in just now."""
    run = Run(Source("", "", bytes(8), publisher), [0], [now_us // 1_000], [key], [value], [()])
    inspected = inspect(Batch(0, 1, [run]), executor)
    released = release(inspected, Verdicts([Verdict.FIRST]), now_us)
    event_id = inspected.event_ids[0].decode() or None
    incoming = inspected.incoming[0]
    if incoming is None or released.outcomes[0] in (Outcome.QUARANTINED, Outcome.REJECTED):
        return Explanation(event_id, False, _why_not_taken(inspected, released))
    route = incoming.router.at(now_us)(value, inspected.marks[0])
    asked = _Asked(executor, incoming, publisher, partner, value, inspected.marks[0])
    found = asked.fields(route)
    output = next((output for output in released.outputs if output.partner == partner), None)
    if output is None:
        return Explanation(event_id, False, _why_not_delivered(executor, route, partner), {}, found)
    return Explanation(event_id, True, "released", _delivery(executor, output.bodies[0]), found)


def _why_not_taken(inspected: Inspected, released: Released) -> str:
    findings = inspected.findings.get(0, ())
    if findings:
        return "; ".join(f"{one.severity} {one.path}: {one.message}" for one in findings)
    fault = released.faults.get(0)
    return f"{fault.reason}: {fault.detail}" if fault else "not taken in"


def _why_not_delivered(executor: Executor, route: Route, partner: str) -> str:
    if route.blocked:
        return f"blocked for everyone: {route.blocked}"
    for place, reason in route.holds:
        if executor.partners[place].name == partner:
            return f"held for a person: {reason}"
    if partner in executor.suspended:
        return "the partner is suspended"
    return "withheld: no grant holds for this event, or nothing of what it names may leave"


@dataclass(frozen=True)
class _Asked:
    """One event, its publisher and the partner that is asked about."""

    executor: Executor
    incoming: Incoming
    publisher: str
    partner: str
    value: bytes
    marks: Sequence[int]

    def fields(self, route: Route) -> tuple[FieldVerdict, ...]:
        """Every leaf of the schema once; for arrays the strictest action of the elements that the event has."""
        delivering = next((one for one in route.deliveries if one.partner.name == self.partner), None)
        if delivering is None:
            return self._without_view()
        left_out = self._filtered_slots(self._view(delivering.verdicts))
        return tuple(
            _stays(one, "element_not_granted", one.row, one.grant)
            if Action(one.action).leaves and one.path.partition("[]")[0] in left_out
            else one
            for one in self.executor.plan.verdicts[delivering.verdicts]
        )

    def _views(self) -> list[tuple[str, View]]:
        """All views of the section, those of the partner first."""
        return [
            (views.partner, view)
            for section in self.executor.plan.sections
            if section.publisher == self.publisher and section.schema_id == self.incoming.schema.schema_id
            for views in sorted(section.partners, key=lambda one: one.partner != self.partner)
            for view in views.views.values()
        ]

    def _without_view(self) -> tuple[FieldVerdict, ...]:
        """No grant holds for this event: every field stays, for that reason."""
        for partner, view in self._views():
            table = self.executor.plan.verdicts[view.verdicts]
            blocked = partner == self.partner and any(one.action in (Action.HOLD, Action.BLOCK_EVENT) for one in table)
            return table if blocked else tuple(_stays(one, "not_granted", 0, "") for one in table)
        return ()

    def _view(self, verdicts: int) -> View:
        return next(view for partner, view in self._views() if partner == self.partner and view.verdicts == verdicts)

    def _filtered_slots(self, view: View) -> set[str]:
        """Arrays of which this event has elements that the view's filter leaves out."""
        found = set()
        for piece in view.pieces:
            if not isinstance(piece, Operation) or not isinstance(piece.selection, Items) or not piece.selection.where:
                continue
            slot = self.incoming.schema.slot[piece.path]
            array = slot.node
            if isinstance(array, Array) and isinstance(array.items, Record):
                span = self.value[self.marks[slot.start] : self.marks[slot.end]]
                kept = compile_rewrite(array, piece.selection, b"")(span)
                if len(compile_elements(array.items)(span)) > long_of(kept, 0):
                    found.add(piece.path)
        return found


def _stays(one: FieldVerdict, reason: str, row: int, grant: str) -> FieldVerdict:
    return FieldVerdict(one.path, one.field_class, Action.DROP, Mechanism.NONE, reason, row, grant)


def _delivery(executor: Executor, body: bytes) -> dict[str, Any]:
    """A record body, laid out for reading."""
    key, value, headers = read_body(body)
    said: dict[str, Any] = {
        "key": None if key is None else key.decode(errors="replace"),
        "headers": {name: content.decode(errors="replace") for name, content in headers},
    }
    if value is not None:
        schema_id = int.from_bytes(value[1:PREFIX_SIZE], "big")
        said["schemaId"] = schema_id
        try:
            said["value"] = decode(executor.registry.get(schema_id), value[PREFIX_SIZE:])
        except TidegateError as exc:
            said["error"] = str(exc)
    return said
