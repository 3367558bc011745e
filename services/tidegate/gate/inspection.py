"""Inspect: bytes to inspected records. Framing, schema, scan, semantic checks, identity, digests.

Pure: its "now" is the record's own timestamp. It works on a whole batch as columns, since an object per record would
cost more than the scan. An exception of ours in the inspection of one record quarantines it, with reason ``bug``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from tidegate.errors import BadFraming, RecordError, UnknownSchema
from tidegate.events.facts import day_of
from tidegate.events.findings import Finding, Severity
from tidegate.events.identity import NO_DAY, identity_bytes
from tidegate.events.scanner_source import IRREGULAR
from tidegate.events.wire import PREFIX_SIZE
from tidegate.gate.batch import Batch, Headers, Run
from tidegate.gate.executor import NO_DIGEST, Executor, Incoming, Publisher
from tidegate.gate.lineage import read_stamp
from tidegate.gate.outcomes import Fault, Outcome, Reason
from tidegate.gate.routing import Router
from tidegate.standards import FORM_HEADER, as_sent

MAX_VALUE = 1 << 20
"""How large a value may be in the hub, in bytes; the broker takes up to twice as much."""
MAX_KEY = 4_096
"""How long a record key may be: it names a container, a document, a call or an event."""
MAX_EVENT_ID = 500
MAX_ALIKE = 50
"""How many findings of one rule and severity are told of an event: an array may hold a hundred thousand of them, and
no topic takes a record that tells them all."""


_Row: TypeAlias = tuple[
    Outcome, Incoming | None, tuple[int, ...], bytes, bytes, bytes, bytes, bytes, bytes, int, int
]  # in the order of the columns of Inspected, from ``states`` on
_NO_IDENTITY = 2 * NO_DIGEST
_NOTHING = (None, (), b"", _NO_IDENTITY, NO_DIGEST, NO_DIGEST, NO_DIGEST, b"", NO_DAY, 0)


@dataclass(slots=True)
class Inspected:
    """A batch, inspected, as columns by the place of a record in the batch. Only states that are UNDECIDED go on.

    ``identities`` are 32 bytes: the claim and the ``ce_id``. ``days`` are days since 1970 of the time in the identity.
    ``key_kinds`` say what the record key is: a place in ``views.KEY_PATHS`` plus one, or 0. ``twins`` are records whose
    identity an earlier record of the batch has, and which one. ``stamps`` are those that records came in with, proven.
    """

    batch: Batch
    executor: Executor
    publishers: list[Publisher] = field(default_factory=list)
    keys: list[bytes | None] = field(default_factory=list)
    values: list[bytes | None] = field(default_factory=list)
    states: list[Outcome] = field(default_factory=list)
    incoming: list[Incoming | None] = field(default_factory=list)
    marks: list[tuple[int, ...]] = field(default_factory=list)
    event_ids: list[bytes] = field(default_factory=list)
    identities: list[bytes] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    event_refs: list[bytes] = field(default_factory=list)
    equipment: list[bytes] = field(default_factory=list)
    documents: list[bytes] = field(default_factory=list)
    days: list[int] = field(default_factory=list)
    key_kinds: list[int] = field(default_factory=list)
    faults: dict[int, Fault] = field(default_factory=dict)
    findings: dict[int, tuple[Finding, ...]] = field(default_factory=dict)
    twins: dict[int, int] = field(default_factory=dict)
    stamps: dict[int, bytes] = field(default_factory=dict)

    def router(self, index: int) -> Router:
        """The router of a record that was scanned: that of its stamp, where it came in with one."""
        incoming = self.incoming[index]
        if incoming is None:
            raise AssertionError("only records that were scanned are routed")
        return incoming.stamped[self.stamps[index]] if index in self.stamps else incoming.router

    def __len__(self) -> int:
        return len(self.states)

    def extend(self, rows: list[_Row]) -> None:
        columns: tuple[list[Any], ...] = (
            self.states,
            self.incoming,
            self.marks,
            self.event_ids,
            self.identities,
            self.contents,
            self.event_refs,
            self.equipment,
            self.documents,
            self.days,
            self.key_kinds,
        )
        for column, values in zip(columns, zip(*rows, strict=True), strict=False):
            column.extend(values)


def inspect(batch: Batch, executor: Executor, unread: frozenset[int] = frozenset()) -> Inspected:
    """All records of a batch, inspected in their order.

    ``unread`` are places of records that killed the process that tried them: they go to quarantine without a look.
    """
    out = Inspected(batch, executor)
    firsts: dict[str, dict[bytes, int]] = {}
    for run in batch.runs:
        publisher = executor.publisher(run.source.publisher)
        _inspect_run(run, publisher, out, firsts.setdefault(publisher.name, {}), unread)
    return out


def _inspect_run(
    run: Run, publisher: Publisher, out: Inspected, firsts: dict[bytes, int], unread: frozenset[int]
) -> None:
    inspect_one = _inspector(publisher, out)
    rows: list[_Row] = []
    index = len(out)
    for value, key, timestamp, headers in zip(run.values, run.keys, run.timestamps, run.headers, strict=True):
        try:
            if index in unread:
                raise _Poison
            row = inspect_one(index, value, key, timestamp * 1_000, headers)
        except _Poison:
            out.faults[index] = Fault(Reason.POISON, "the process that tried this record died, twice")
            row = (Outcome.QUARANTINED, *_NOTHING)
        except RecordError as exc:
            out.faults[index] = _fault(exc)
            row = (Outcome.QUARANTINED, *_NOTHING)
        except Exception as exc:  # noqa: BLE001 - a bug of ours in one record stops that record, not the lane
            out.faults[index] = Fault(Reason.BUG, f"{type(exc).__name__} while inspecting")
            row = (Outcome.QUARANTINED, *_NOTHING)
        if row[0] is Outcome.UNDECIDED:
            first = firsts.setdefault(row[4], index)
            if first != index:
                out.twins[index] = first
        rows.append(row)
        index += 1
    out.publishers.extend([publisher] * len(run))
    out.keys.extend(run.keys)
    out.values.extend(run.values)
    if rows:
        out.extend(rows)


class _Poison(Exception):
    """This record is not to be looked at."""


def _fault(exc: RecordError) -> Fault:
    match exc:
        case BadFraming():
            return Fault(Reason.BAD_FRAMING, str(exc))
        case UnknownSchema():
            return Fault(Reason.UNKNOWN_SCHEMA, str(exc))
        case _:
            return Fault(Reason.UNDECODABLE, str(exc))


def _inspector(publisher: Publisher, out: Inspected) -> Callable[..., _Row]:
    """The inspection of one record of a publisher, with all that does not change looked up once."""
    by_prefix = publisher.by_prefix
    identity_of, content_of = publisher.digests.identity, publisher.digests.content
    event_ref_of, equipment_of = publisher.digests.event_ref, publisher.equipment_digest
    lane, lanes, key_hash = out.batch.lane, out.batch.lanes, publisher.key_hash

    def inspect_one(index: int, value: bytes | None, key: bytes | None, now_us: int, headers: Headers) -> _Row:
        if value is None or len(value) > MAX_VALUE or (key is not None and len(key) > MAX_KEY):
            return _unreadable(index, value, key, out)
        plain = not headers or (len(headers) == 1 and headers[0][0] == FORM_HEADER)
        incoming = by_prefix.get(value[:PREFIX_SIZE]) if plain else None
        start = PREFIX_SIZE
        if incoming is None:
            schema, start = out.executor.frames.schema_of(value, headers)
            incoming = publisher.by_id[schema.schema_id]
        m = incoming.schema.scan(value, start)
        found = incoming.check(value, m, now_us)
        reads = incoming.reads
        event_id = reads.event_id(value, m) or b""
        time = reads.time(value, m)
        equipment = reads.equipment(value, m)
        if (key is not None and key_hash[key] % lanes != lane) or (equipment is not None and key != equipment):
            found += _key_findings(key, equipment)
        if len(event_id) > MAX_EVENT_ID:
            found += (_TOO_LONG,)
        if not plain:
            found += _stamp(index, headers, event_id, incoming, out)
        if found:
            found = _fewer(found)
            if headers:
                found = as_sent(found, dict(headers).get(FORM_HEADER))
            out.findings[index] = found
        state = Outcome.UNDECIDED
        if found and any(finding.severity is Severity.ERROR for finding in found):
            state = Outcome.REJECTED
            out.faults[index] = Fault(Reason.FINDING, ", ".join(sorted({finding.rule for finding in found})))
        content = value[start:] if not m[-1] & IRREGULAR else incoming.normal(value, m)
        documents = incoming.document_digests[reads.documents(value, m)]
        return (
            state,
            incoming,
            m,
            event_id,
            identity_of(identity_bytes(event_id, time, incoming.retraction, reads.added(value, m))),
            content_of(content),
            event_ref_of(event_id),
            NO_DIGEST if equipment is None else equipment_of[equipment],
            documents,
            day_of(time) if time else NO_DAY,
            1 if key is not None and key == equipment else reads.key_kind(key, value, m),
        )

    return inspect_one


def _fewer(found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """All, or where they are very many the first of each rule and severity: whoever looks for a rule still finds it."""
    if len(found) <= MAX_ALIKE:
        return found
    alike: dict[tuple[str, Severity], list[Finding]] = {}
    for one in found:
        alike.setdefault((one.rule, one.severity), []).append(one)
    kept: list[Finding] = []
    for some in alike.values():
        *few, last = some[:MAX_ALIKE]
        more = len(some) - MAX_ALIKE
        kept += (*few, replace(last, message=f"{last.message}; and {more:,} more like this") if more > 0 else last)
    return tuple(kept)


def _stamp(index: int, headers: Headers, event_id: bytes, incoming: Incoming, out: Inspected) -> tuple[Finding, ...]:
    """Takes the stamp of a record in, if it has one. Gives what is wrong with it."""
    found, wrong = read_stamp(headers, event_id, incoming.onward, incoming.stamped)
    if found is not None:
        out.stamps[index] = found
    return wrong


def _unreadable(index: int, value: bytes | None, key: bytes | None, out: Inspected) -> _Row:
    if value is None:
        out.faults[index] = Fault(Reason.EMPTY, "the record has no value")
    elif len(value) > MAX_VALUE:
        said = f"the value has {len(value)} bytes; the hub takes up to {MAX_VALUE}"
        out.faults[index] = Fault(Reason.TOO_LARGE, said)
    else:
        said = f"the record key has {len(key or b'')} bytes; the hub takes up to {MAX_KEY}"
        out.faults[index] = Fault(Reason.TOO_LARGE, said)
    return (Outcome.QUARANTINED, *_NOTHING)


_TOO_LONG = Finding(
    "ID", Severity.ERROR, "$.eventId", f"the event id is longer than {MAX_EVENT_ID} characters; send a shorter one"
)


def _key_findings(key: bytes | None, equipment: bytes | None) -> tuple[Finding, ...]:
    """Order is kept per record key: a key that is not the container, or that lies on another lane, breaks it."""
    if equipment is not None and key != equipment:
        said = "the record key is not the container: events of one container may overtake each other"
        return (Finding("KEY", Severity.WARN, "$.equipment.reference", said),)
    said = "the record key is off its lane: the producer places keys otherwise than Kafka's Java client (murmur2)"
    return (Finding("KEY", Severity.WARN, "$", said),)
