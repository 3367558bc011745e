"""Explaining: what one partner would see of one event, and why every field does or does not leave.

The same ``inspect`` and ``release`` as the live flow, over one record, with its claim taken as a first sight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from tidegate.gate.counting import UNCOUNTED, Counts
from tidegate.gate.executor import Executor, Incoming
from tidegate.gate.inspection import Inspected, inspect
from tidegate.gate.lineage import ONWARD, PROOF, proof_of
from tidegate.gate.outcomes import Outcome, Verdict
from tidegate.gate.presences import presence
from tidegate.gate.release import Released, release
from tidegate.gate.routing import Router
from tidegate.law import Action, Mechanism
from tidegate.rules import RuleSet, View
from tidegate.rules import Verdict as FieldVerdict
from tidegate.rules.bounds import bounds_of
from tidegate.rules.levels import Bounds, Level
from tidegate.rules.reasons import Asker, Because, Counters, level_of


@dataclass(frozen=True)
class Explanation:
    """What becomes of an event for one partner. ``code`` is one of a bounded set, ``detail`` what it is about.

    ``delivery`` holds what the partner gets: schema id, key and headers as text, the value decoded. ``because`` has the
    reasons of verdicts by path, where the rule set was given.
    """

    event_id: str | None
    code: str
    detail: str = ""
    fields: tuple[FieldVerdict, ...] = ()
    delivery: dict[str, Any] = field(default_factory=dict)
    because: Mapping[str, Because] = field(default_factory=dict)

    @property
    def released(self) -> bool:
        return self.code == RELEASED


RELEASED = "released"
CODES = (
    *(RELEASED, "not_taken", "suspended", "blocked", "held", "finding", "no_grant", "nothing_may_leave"),
    *("not_mapped", "not_encoded"),
)
"""What can be said of an event; the last two by whoever reads files, of what never becomes a record."""


@dataclass(frozen=True)
class Known:
    """What is known beside an event: the rule set of the executor's plan, by whose facts verdicts are explained.

    ``counters`` are the people that the publisher has provided this year with this event; None: nobody counted.
    ``stamp`` is the one that the event is to have come in with, as its header says it.
    """

    rules: RuleSet
    counters: Counters | None = None
    stamp: str | None = None

    def bounds(self, publisher: str) -> Bounds:
        return bounds_of(publisher, self.rules.papers, self.rules.law)

    def level(self, publisher: str) -> Level | None:
        return None if self.counters is None else level_of(self.counters, self.bounds(publisher))


def explain(
    executor: Executor,
    publisher: str,
    partner: str,
    record: tuple[bytes | None, bytes],
    now_us: int,
    known: Known | None = None,
) -> Explanation:
    """What ``partner`` would get of a record (key, value) of ``publisher`` that came in just now."""
    key, value = record
    run = Run(Source("", "", bytes(8), publisher), [0], [now_us // 1_000], [key], [value], [()])
    inspected = inspect(Batch(0, 1, [run]), executor)
    if known is not None and known.stamp is not None and inspected.incoming[0] is not None:
        onward, stamp = inspected.incoming[0].onward, known.stamp.encode()
        run.headers[0] = ((ONWARD, stamp), (PROOF, proof_of(onward, stamp, inspected.event_ids[0])))
        inspected = inspect(Batch(0, 1, [run]), executor)
    at = None if known is None else known.level(publisher)
    level = None if known is None or at is None else known.bounds(publisher).levels.index(at)
    counts = UNCOUNTED if level is None else Counts({0: level})
    released = release(inspected, Verdicts([Verdict.FIRST]), now_us, counts)
    event_id = inspected.event_ids[0].decode() or None
    incoming = inspected.incoming[0]
    if incoming is None or released.outcomes[0] in (Outcome.QUARANTINED, Outcome.REJECTED):
        return Explanation(event_id, "not_taken", _why_not_taken(inspected, released))
    asked = _Asked(executor, incoming, inspected.router(0), partner, value, inspected.marks[0], now_us, level)
    output = next((output for output in released.outputs if output.partner == partner), None)
    because = {} if known is None else asked.because(publisher, known)
    if output is None:
        checks = sorted({finding.rule for finding in inspected.findings.get(0, ())})
        code, detail, fields = asked.without_delivery(checks)
        return Explanation(event_id, code, detail, fields, because=because)
    delivery = _delivery(executor, output.bodies[0])
    return Explanation(event_id, RELEASED, "", asked.delivered(), delivery, because)


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
    router: Router
    partner: str
    value: bytes
    marks: Sequence[int]
    now_us: int
    level: int | None

    def _view(self) -> View | None:
        return self.router.view_of(self.partner, self.value, self.marks, self.now_us, self.level)

    def because(self, publisher: str, known: Known) -> dict[str, Because]:
        """The reasons of the plan's verdicts, before what is only about this delivery."""
        held = self.router.facts_of(self.partner, self.value, self.marks, self.now_us)
        schema, level = self.incoming.schema, known.level(publisher)
        stamp = self.router.section.stamp
        asker = Asker(known.rules, publisher, self.partner, schema, held, level, known.counters, stamp)
        return {one.path: asker.because(one) for one in self._table(self._view())}

    def _table(self, view: View | None) -> _Fields:
        return self.executor.plan.verdicts[self.router.section.verdicts if view is None else view.verdicts]

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

    def without_delivery(self, checks: Sequence[str]) -> tuple[str, str, _Fields]:
        """Why the partner gets nothing, and what that means for every field. ``checks`` are those of its findings."""
        route = self.router.at(self.now_us)(self.value, self.marks)
        if self.level is not None and route.leveled:
            route = route.leveled[self.level]
        view = self._view()
        table = self._table(view)
        if self.partner in self.executor.suspended:
            return "suspended", "", _all_stay(table, "suspended")
        if route.blocked:
            return "blocked", route.blocked, self._blocked()
        held = {self.executor.partners[place].name: reason for place, reason in route.holds}.get(self.partner)
        if held is not None:
            waits = (_stays(one, "delivery_held", Action.HOLD) if Action(one.action).leaves else one for one in table)
            return "held", held, tuple(waits)
        mine = next((one.partner for one in route.deliveries if one.partner.name == self.partner), None)
        if mine is not None:
            strict = ",".join(check for check in checks if mine.severities.get(check) == Severity.ERROR)
            return "finding", strict, _all_stay(table, f"finding:{strict}")
        if view is None:
            return "no_grant", "", _all_stay(table, "not_granted")
        return "nothing_may_leave", "", table

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
