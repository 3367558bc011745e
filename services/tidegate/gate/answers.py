"""Answers: what the publisher is told, and what goes to quarantine.

Feedback is DCSA's: severity, code, message and a JSONPath for everything found. Events that simply went through are
told as one record per transaction. A publisher is told about its own events only, and never which partners got what.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import orjson

from tidegate.events.findings import Finding
from tidegate.gate.batch import Batch, Headers, Source
from tidegate.gate.bodies import body
from tidegate.gate.inspection import MAX_EVENT_ID
from tidegate.gate.outcomes import Fault, Outcome, Reason
from tidegate.gate.release import Released

OVERSIZE_HEAD = 64 << 10
"""How much of a value that is too large goes to quarantine."""

ACCEPTED_BYTES = 1 << 20
"""How large the record of accepted events may be; the topic takes four times that."""
_FAILED = (Outcome.QUARANTINED, Outcome.REJECTED)

_MESSAGES = {
    Reason.DUPLICATE: "this event was received before; it is not sent again",
    Reason.BLOCKED: "the event holds data that may go to nobody",
}


def feedback_of(released: Released) -> dict[str, list[bytes]]:
    """Record bodies for the feedback topic of every publisher in the batch."""
    found: dict[str, list[bytes]] = {}
    start = 0
    for run in released.inspected.batch.runs:
        told = found.setdefault(run.source.publisher, [])
        told.extend(_told(released, run.source, start, start + len(run), run.offsets))
        start += len(run)
    return {publisher: told for publisher, told in found.items() if told}


def _told(released: Released, source: Source, start: int, end: int, offsets: list[int]) -> Iterator[bytes]:
    inspected = released.inspected
    publisher = inspected.publishers[start] if start < end else None
    if publisher is not None and publisher.plan.feedback == "event":
        noted: Collection[int] = range(start, end)
    else:
        # Every outcome that is not quiet has a fault. Nearly all batches have neither faults nor findings.
        noted = {index for index in (*inspected.findings, *released.faults) if start <= index < end}
    for index in sorted(noted):
        place = {"topic": source.topic, "partition": inspected.batch.lane, "offset": offsets[index - start]}
        findings, fault = inspected.findings.get(index, ()), released.faults.get(index)
        yield _one(inspected.event_ids[index], released.outcomes[index], findings, fault, place)
    outcomes, event_ids = released.outcomes[start:end], inspected.event_ids[start:end]
    if len(noted) < len(outcomes):
        quiet = {outcome: outcome.word for outcome in set(outcomes)}
        yield from _accepted(
            [
                (quiet[outcome], _text(event_id))
                for index, (outcome, event_id) in enumerate(zip(outcomes, event_ids, strict=True), start)
                if index not in noted
            ]
        )


def _accepted(quiet: Sequence[tuple[str, str]]) -> Iterator[bytes]:
    """One record of outcomes and event ids; several only where ids are so long that no topic would take one."""
    ids: dict[str, list[str]] = {}
    for outcome, event_id in quiet:
        ids.setdefault(outcome, []).append(event_id)
    said = orjson.dumps({"accepted": ids})
    if len(said) <= ACCEPTED_BYTES or len(quiet) < 2:
        yield body(None, said)
        return
    half = len(quiet) // 2
    yield from _accepted(quiet[:half])
    yield from _accepted(quiet[half:])


def _one(
    event_id: bytes, outcome: Outcome, findings: tuple[Finding, ...], fault: Fault | None, place: dict[str, Any]
) -> bytes:
    elements = [
        {"severity": one.severity, "code": one.rule, "message": one.message, "propertyPath": one.path}
        for one in findings
    ]
    if fault is not None and fault.reason is not Reason.FINDING:
        severity = "INFO" if outcome is Outcome.DUPLICATE else "ERROR"
        message = _MESSAGES.get(fault.reason, fault.detail)
        elements.append({"severity": severity, "code": fault.reason, "message": message, "propertyPath": "$"})
    event_id = event_id[:MAX_EVENT_ID]  # one that is longer was refused for it
    said = {
        "eventId": _text(event_id) if event_id else None,
        "outcome": outcome.word,
        "source": place,
        "feedbackElements": elements,
    }
    return body(event_id or None, orjson.dumps(said))


def _text(event_id: bytes) -> str:
    return event_id.decode(errors="ignore")


def quarantine_of(released: Released, *, again: bool = False) -> list[bytes]:
    """Record bodies for the quarantine: the raw bytes as they came, and in headers why and from where.

    Records that are decided ``again`` lie there already; only deliveries that have to wait now are new.
    """
    inspected = released.inspected
    held: dict[int, list[tuple[str, str]]] = {}
    for hold in released.holds:
        held.setdefault(hold.index, []).append((hold.partner, hold.reason))
    failed = set() if again else {index for index in released.faults if released.outcomes[index] in _FAILED}
    found = []
    for index in sorted(failed | held.keys()):
        source, offset, timestamp, headers = _record(inspected.batch, index)
        key, value = inspected.keys[index], inspected.values[index]
        place = _place(inspected.batch, source, offset, timestamp)
        if index in failed:
            fault, findings = released.faults[index], inspected.findings.get(index, ())
            found.append(_quarantined(key, value, headers, fault, findings, place))
        for partner, reason in held.get(index, ()):
            found.append(_quarantined(key, value, headers, Fault(Reason.HELD, reason), (), place, partner=partner))
    return found


def _record(batch: Batch, index: int) -> tuple[Source, int, int, Headers]:
    """Source, offset, timestamp and headers of one record of a batch."""
    for run in batch.runs:
        if index < len(run):
            return run.source, run.offsets[index], run.timestamps[index], run.headers[index]
        index -= len(run)
    raise IndexError("the batch has no such record")


def _place(batch: Batch, source: Source, offset: int, timestamp: int) -> dict[str, str]:
    return {
        "tg_topic": source.topic,
        "tg_topic_id": source.topic_id,
        "tg_partition": str(batch.lane),
        "tg_offset": str(offset),
        "tg_timestamp": str(timestamp),
        "tg_publisher": source.publisher,
    }


def _quarantined(
    key: bytes | None,
    value: bytes | None,
    headers: Headers,
    fault: Fault,
    findings: tuple[Finding, ...],
    place: dict[str, str],
    *,
    partner: str = "",
) -> bytes:
    said = {"tg_reason": fault.reason.value, "tg_detail": fault.detail, **place}
    if findings:
        said["tg_findings"] = orjson.dumps(
            [{"severity": one.severity, "code": one.rule, "propertyPath": one.path} for one in findings]
        ).decode()
    if partner:
        said["tg_partner"] = partner
    if fault.reason is Reason.TOO_LARGE and value is not None:
        said["tg_length"] = str(len(value))
        said["tg_sha256"] = hashlib.sha256(value).hexdigest()
        value = value[:OVERSIZE_HEAD]
    kept = [(f"src_{name}", content) for name, content in headers if content is not None]
    if key is not None:
        kept.append(("tg_key", key[:OVERSIZE_HEAD]))
    name = f"{place['tg_topic']}/{place['tg_partition']}/{place['tg_offset']}"
    return body(name.encode(), value, [*((header, text.encode()) for header, text in said.items()), *kept])
