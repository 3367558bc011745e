"""Checking: what the hub would say of events, before they are sent. No broker, the same ``inspect``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from tidegate import gate, rules, standards
from tidegate.errors import InvalidEvent
from tidegate.events.builtin import EVENT_SCHEMA, NOTICE_SCHEMA, RETRACTION_SCHEMA, builtin, writer_schemas
from tidegate.events.checks import References
from tidegate.events.encoding import encode_framed
from tidegate.events.findings import Finding, Severity
from tidegate.events.wire import prefix
from tidegate.gate import Batch, Executor, Keyring, Run, Source
from tidegate.law.parameters import first_day
from tidegate.standards import Mapped
from tidegate.standards.reading import Wanted
from tidegate.standards.straight import Straight, read_straight

SENDER = "sender"
BATCH = 64
_KEY = "check"
_RULES = f"""
[hub]
zone = "HK"
digest_key = "{_KEY}"
pseudonym_key = "{_KEY}"
[[party]]
id = "{SENDER}"
name = "Whoever checks"
zone = "HK"
roles = ["sender"]
[party.publisher]
"""
_ANY_DAY = first_day()
"""No grant is in these rules, so no law is asked."""
_SCHEMAS = {"event": EVENT_SCHEMA, "retraction": RETRACTION_SCHEMA}


@dataclass(frozen=True, slots=True)
class Checked:
    """What the hub would say of one item of a source."""

    source: str
    index: int
    event_id: str | None
    findings: tuple[Finding, ...]

    @property
    def accepted(self) -> bool:
        """Whether the hub would take it in."""
        return all(finding.severity is not Severity.ERROR for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """The item as one line of output; the elements are those of DCSA Track & Trace 3.0."""
        elements = [
            {"severity": one.severity, "code": one.rule, "message": one.message, "propertyPath": one.path}
            for one in self.findings
        ]
        return {
            "source": self.source,
            "index": self.index,
            "eventId": self.event_id,
            "accepted": self.accepted,
            "feedbackElements": elements,
        }


def default_executor(references: Mapping[str, str] | None = None) -> Executor:
    """What a hub without settings of its own for a publisher would run. ``references`` are texts of lists by name."""
    lists = references or {}
    plan = rules.compile_plan(
        rules.load({"check.toml": _RULES}, writer_schemas(), references=lists, today=_ANY_DAY), builtin(NOTICE_SCHEMA)
    )
    return Executor(plan, Keyring({_KEY: bytes(32)}), references=References.of(lists))


def check(
    executor: Executor, publisher: str, source: str, chunks: Iterable[bytes], standard: Wanted, now_ms: int
) -> Iterator[Checked]:
    """All items of a text in their order. ``now_ms``, since 1970, is when the hub would receive them."""
    checking = _Checking(executor, publisher, source, standard, now_ms)
    waiting: list[Straight | Mapped] = []
    for one in read_straight(chunks, standard):
        waiting.append(one)
        if len(waiting) == BATCH:
            yield from checking.batch(waiting)
            waiting.clear()
    yield from checking.batch(waiting)


@dataclass(frozen=True, slots=True)
class _Checking:
    """What the items of one source are checked by."""

    executor: Executor
    publisher: str
    source: str
    standard: Wanted
    now_ms: int

    def batch(self, items: list[Straight | Mapped]) -> Iterator[Checked]:
        run = Run(Source("", "", bytes(8), self.publisher))
        told: list[tuple[Finding, ...]] = []
        places: list[int | None] = []
        for one in items:
            value, findings = _encoded(one)
            told.append(findings)
            places.append(None if value is None else len(run.values))
            if value is not None:
                run.keys.append(None if one.key is None else one.key.encode())
                run.values.append(value)
        count = len(run.values)
        run.offsets.extend(range(count))
        run.timestamps.extend([self.now_ms] * count)
        run.headers.extend([()] * count)
        inspected = gate.inspect(Batch(0, 1, [run]), self.executor)
        for one, place, known in zip(items, places, told, strict=True):
            found = known
            if place is not None and (place in inspected.findings or place in inspected.faults):
                found = self._found(one, known, inspected, place)
            yield Checked(self.source, one.index, one.event_id, found)

    def _found(
        self, one: Straight | Mapped, known: tuple[Finding, ...], inspected: gate.Inspected, place: int
    ) -> tuple[Finding, ...]:
        mapped = one.mapped(self.standard) if isinstance(one, Straight) else one
        found = _joined(known, standards.in_the_document(mapped, inspected.findings.get(place, ())))
        fault = inspected.faults.get(place)
        if fault is not None and fault.reason is not gate.Reason.FINDING:
            found += (Finding(fault.reason, Severity.ERROR, standards.base_of(mapped), fault.detail),)
        return found


@cache
def _event_prefix() -> bytes:
    return prefix(builtin(EVENT_SCHEMA).schema_id)


def _encoded(one: Straight | Mapped) -> tuple[bytes | None, tuple[Finding, ...]]:
    """The framed value of an item, and what is known of it before it is inspected."""
    if isinstance(one, Straight):
        return _event_prefix() + one.value, one.findings if one.left else ()
    value = one.event or one.nameless
    if value is None or one.kind is None:
        return None, one.findings
    try:
        return encode_framed(builtin(_SCHEMAS[one.kind]), value), one.findings
    except InvalidEvent as exc:
        return None, (*one.findings, Finding("MAP", Severity.ERROR, standards.base_of(one), str(exc)))


def _joined(known: tuple[Finding, ...], found: list[Finding]) -> tuple[Finding, ...]:
    """What mapping and inspection say, each thing once: of one rule about one property, the mapping's."""
    said = {(finding.rule, finding.path) for finding in known}
    return known + tuple(replace(one) for one in found if (one.rule, one.path) not in said)
