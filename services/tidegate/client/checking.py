"""Checking: what the hub would say of events, before they are sent. No broker, the same ``inspect``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tidegate import gate, rules, standards
from tidegate.errors import InvalidEvent
from tidegate.events.builtin import EVENT_SCHEMA, NOTICE_SCHEMA, RETRACTION_SCHEMA, builtin, writer_schemas
from tidegate.events.checks import References
from tidegate.events.encoding import encode_framed
from tidegate.events.findings import Finding, Severity
from tidegate.gate import Batch, Executor, Keyring, Run, Source
from tidegate.standards import Mapped
from tidegate.standards.reading import Wanted

SENDER = "sender"
BATCH = 256
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
        rules.load({"check.toml": _RULES}, writer_schemas(), references=lists), builtin(NOTICE_SCHEMA)
    )
    return Executor(plan, Keyring({_KEY: bytes(32)}), references=References.of(lists))


def check(
    executor: Executor, publisher: str, source: str, chunks: Iterable[bytes], standard: Wanted, now_ms: int
) -> Iterator[Checked]:
    """All items of a text in their order. ``now_ms``, since 1970, is when the hub would receive them."""
    waiting: list[Mapped] = []
    for mapped in standards.read_text(chunks, standard):
        waiting.append(mapped)
        if len(waiting) == BATCH:
            yield from _checked(executor, publisher, source, waiting, now_ms)
            waiting.clear()
    yield from _checked(executor, publisher, source, waiting, now_ms)


def _checked(executor: Executor, publisher: str, source: str, items: list[Mapped], now_ms: int) -> Iterator[Checked]:
    run = Run(Source("", "", bytes(8), publisher))
    told: list[tuple[Finding, ...]] = []
    places: list[int | None] = []
    for mapped in items:
        value, findings = _encoded(mapped)
        told.append(mapped.findings + findings)
        places.append(None if value is None else len(run))
        if value is not None:
            run.offsets.append(len(run))
            run.timestamps.append(now_ms)
            run.keys.append(None if mapped.key is None else mapped.key.encode())
            run.values.append(value)
            run.headers.append(())
    inspected = gate.inspect(Batch(0, 1, [run]), executor)
    for mapped, place, known in zip(items, places, told, strict=True):
        found = known
        if place is not None:
            found = _joined(known, standards.in_the_document(mapped, inspected.findings.get(place, ())))
            fault = inspected.faults.get(place)
            if fault is not None and fault.reason is not gate.Reason.FINDING:
                found += (Finding(fault.reason, Severity.ERROR, _base(mapped), fault.detail),)
        yield Checked(source, mapped.index, mapped.event_id, found)


def _encoded(mapped: Mapped) -> tuple[bytes | None, tuple[Finding, ...]]:
    value = mapped.event or mapped.nameless
    if value is None or mapped.kind is None:
        return None, ()
    try:
        return encode_framed(builtin(_SCHEMAS[mapped.kind]), value), ()
    except InvalidEvent as exc:
        return None, (Finding("MAP", Severity.ERROR, _base(mapped), str(exc)),)


def _joined(known: tuple[Finding, ...], found: list[Finding]) -> tuple[Finding, ...]:
    """What mapping and inspection say, each thing once: of one rule about one property, the mapping's."""
    said = {(finding.rule, finding.path) for finding in known}
    return known + tuple(replace(one) for one in found if (one.rule, one.path) not in said)


def _base(mapped: Mapped) -> str:
    return standards.base_of(mapped)
