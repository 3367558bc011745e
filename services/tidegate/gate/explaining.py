"""Explaining: what one partner would see of one event, and why every field does or does not leave.

The same ``inspect`` and ``release`` as the live flow, over one record, with its claim taken as a first sight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from tidegate.errors import TidegateError
from tidegate.events.encoding import decode
from tidegate.events.findings import Severity
from tidegate.events.projection import Items, Operation, Whole
from tidegate.events.rewriting import compile_rewrite
from tidegate.events.wire import PREFIX_SIZE
from tidegate.gate.batch import Batch, Run, Source
from tidegate.gate.bodies import read_body
from tidegate.gate.claiming import Verdicts
from tidegate.gate.executor import Executor, Incoming
from tidegate.gate.inspection import Inspected, inspect
from tidegate.gate.outcomes import Outcome, Verdict
from tidegate.gate.release import Released, release
from tidegate.gate.routing import presence
from tidegate.law import Action, Mechanism
from tidegate.rules import Verdict as FieldVerdict
from tidegate.rules import View


@dataclass(frozen=True)
class Explanation:
    """``delivery`` holds what the partner gets: schema id, key and headers as text, the value decoded."""

    event_id: str | None
    released: bool
    reason: str
    fields: tuple[FieldVerdict, ...] = ()
    delivery: dict[str, Any] = field(default_factory=dict)

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
                    "paper": one.paper,
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
    asked = _Asked(executor, incoming, partner, value, inspected.marks[0], now_us)
    output = next((output for output in released.outputs if output.partner == partner), None)
    if output is None:
        rules = sorted({finding.rule for finding in inspected.findings.get(0, ())})
        return Explanation(event_id, False, *asked.without_delivery(rules))
    return Explanation(event_id, True, "released", asked.delivered(), _delivery(executor, output.bodies[0]))


def _why_not_taken(inspected: Inspected, released: Released) -> str:
    findings = inspected.findings.get(0, ())
    if findings:
        return "; ".join(f"{one.severity} {one.path}: {one.message}" for one in findings)
    fault = released.faults.get(0)
    return f"{fault.reason}: {fault.detail}" if fault else "not taken in"


_Fields: TypeAlias = tuple[FieldVerdict, ...]


@dataclass(frozen=True)
class _Asked:
    """One event that was taken in, and the partner that is asked about."""

    executor: Executor
    incoming: Incoming
    partner: str
    value: bytes
    marks: Sequence[int]
    now_us: int

    def _view(self) -> View | None:
        return self.incoming.router.view_of(self.partner, self.value, self.marks, self.now_us)

    def _table(self, view: View | None) -> _Fields:
        return self.executor.plan.verdicts[self.incoming.router.section.verdicts if view is None else view.verdicts]

    def delivered(self) -> _Fields:
        """Every leaf of the schema once; for arrays the strictest action of the elements that the event has."""
        view = self._view()
        left_out = set() if view is None else self._filtered_slots(view)
        return tuple(
            _stays(one, "element_not_granted")
            if Action(one.action).leaves and one.path.partition("[]")[0] in left_out
            else one
            for one in self._table(view)
        )

    def without_delivery(self, rules: Sequence[str]) -> tuple[str, _Fields]:
        """Why the partner gets nothing, and what that means for every field. ``rules`` are those of its findings."""
        route = self.incoming.router.at(self.now_us)(self.value, self.marks)
        view = self._view()
        table = self._table(view)
        if self.partner in self.executor.suspended:
            return "the partner is suspended", _all_stay(table, "suspended")
        if route.blocked:
            return f"blocked for everyone: {route.blocked}", self._blocked()
        held = {self.executor.partners[place].name: reason for place, reason in route.holds}.get(self.partner)
        if held is not None:
            waits = (_stays(one, "delivery_held", Action.HOLD) if Action(one.action).leaves else one for one in table)
            return f"held for a person: {held}", tuple(waits)
        mine = next((one.partner for one in route.deliveries if one.partner.name == self.partner), None)
        if mine is not None:
            finding = f"finding:{','.join(rule for rule in rules if mine.severities.get(rule) == Severity.ERROR)}"
            return f"withheld, as the partner's severities ask: {finding}", _all_stay(table, finding)
        if view is None:
            return "withheld: no grant holds for this event", _all_stay(table, "not_granted")
        return "withheld: nothing of what is granted may leave", table

    def _blocked(self) -> _Fields:
        """The fields that block the event for everyone, and the others."""
        slot = self.incoming.schema.slot
        return tuple(
            one
            if one.action == Action.BLOCK_EVENT and presence(slot[one.path.partition("[")[0]])(self.value, self.marks)
            else _stays(one, "event_blocked")
            for one in self._table(None)
        )

    def _filtered_slots(self, view: View) -> set[str]:
        """Arrays of which this event has elements that the view's filter leaves out."""
        found = set()
        for piece in view.pieces:
            if isinstance(piece, Operation) and isinstance(piece.selection, Items) and piece.selection.where:
                slot = self.incoming.schema.slot[piece.path]
                span = self.value[self.marks[slot.start] : self.marks[slot.end]]
                kept, every = replace(piece.selection, item=Whole()), Items(Whole())
                if compile_rewrite(slot.node, kept, b"")(span) != compile_rewrite(slot.node, every, b"")(span):
                    found.add(piece.path)
        return found


def _all_stay(table: _Fields, reason: str) -> _Fields:
    return tuple(_stays(one, reason) for one in table)


def _stays(one: FieldVerdict, reason: str, action: Action = Action.DROP) -> FieldVerdict:
    """The verdict on a field that stays for a reason of its own. The grant that names it is still said."""
    row, grant = (0, "") if reason == "not_granted" else (one.row, one.grant)
    return FieldVerdict(one.path, one.field_class, action, Mechanism.NONE, reason, row, grant)


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
