"""The audit entry of a released batch: columns of digests and outcomes, never a field value."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import chain

from tidegate import audit
from tidegate.audit import Columns, Counter, Delivery, Kind, Remark, SourceRange
from tidegate.events.identity import DIGEST_SIZE
from tidegate.gate.batch import Source
from tidegate.gate.counting import Counts
from tidegate.gate.executor import Incoming
from tidegate.gate.inspection import Inspected
from tidegate.gate.release import Released


def entry_of(released: Released, process: str, activation: int) -> audit.Entry:
    """The TRANSACTION entry of a batch. Positions, batch size and chain are the lane's to put in."""
    inspected = released.inspected
    executor = inspected.executor
    schemas, schema_of = _schemas(inspected.incoming)
    return audit.Entry(
        kind=Kind.TRANSACTION,
        decided_us=released.decided_us,
        process=process,
        activation=activation,
        plan=executor.digest,
        suspended=tuple(sorted(executor.suspended)),
        digest_key=executor.key_id,
        sources=tuple(_range(run.source, run.offsets) for run in inspected.batch.runs if len(run)),
        schemas=schemas,
        partner_sets=tuple(
            tuple(executor.partners[place].name for place in places) for places in released.partner_sets
        ),
        columns=_columns(released, inspected, schema_of),
        remarks=_remarks(released),
        deliveries=tuple(
            Delivery(output.partner, len(output.bodies), dict(output.schemas), output.digest)
            for output in released.outputs
        ),
        counters=tuple(Counter(*place, *found) for place, found in sorted(released.counts.totals.items())),
    )


def _range(source: Source, offsets: Sequence[int]) -> SourceRange:
    return SourceRange(source.topic, source.topic_id, source.publisher, offsets[0], len(offsets), offsets[-1] + 1)


def _schemas(incoming: Sequence[Incoming | None]) -> tuple[tuple[int, ...], bytes]:
    """The writer schemas of a batch, and for every record the place of its own."""
    places: dict[int, int] = {}
    column = bytearray()
    for one in incoming:
        if one is None:
            column.append(audit.NO_SCHEMA)
        else:
            column.append(places.setdefault(one.schema.schema_id, len(places)))
    return tuple(places), bytes(column)


def _columns(released: Released, inspected: Inspected, schema_of: bytes) -> Columns:
    deltas = chain.from_iterable(
        [offset - run.offsets[0] for offset in run.offsets] for run in inspected.batch.runs if len(run)
    )
    return Columns(
        offsets=array("I", deltas),
        received=array("q", chain.from_iterable(run.timestamps for run in inspected.batch.runs)),
        outcomes=bytes(released.outcomes),
        verdicts=bytes(released.verdicts.verdicts),
        schema_of=schema_of,
        identities=b"".join([identity[:DIGEST_SIZE] for identity in inspected.identities]),
        contents=b"".join(inspected.contents),
        days=array("i", inspected.days),
        event_refs=b"".join(inspected.event_refs),
        equipment=b"".join(inspected.equipment),
        document_counts=bytes([len(digests) // DIGEST_SIZE for digests in inspected.documents]),
        documents=b"".join(inspected.documents),
        set_of=array("H", released.sets),
        levels=_levels(released.counts, len(inspected)),
        people=array("I", chain.from_iterable(people for _, people in sorted(released.counts.people.items()))),
    )


def _levels(counts: Counts, records: int) -> bytes:
    """The column of levels; nothing where nobody was counted, so that flows without persons pay nothing."""
    if not counts.levels:
        return b""
    column = bytearray([audit.NO_LEVEL]) * records
    for place, level in counts.levels.items():
        column[place] = level
    return bytes(column)


def _remarks(released: Released) -> tuple[Remark, ...]:
    held: dict[int, list[str]] = {}
    for hold in released.holds:
        held.setdefault(hold.index, []).append(f"{hold.partner} {hold.reason}")
    findings, winners = released.inspected.findings, released.verdicts.winners
    found = []
    for index in sorted({*released.faults, *findings, *winners, *held}):
        fault = released.faults.get(index)
        found.append(
            Remark(
                record=index,
                reason=fault.reason.value if fault else "",
                findings=tuple(f"{one.rule} {one.severity} {one.path}" for one in findings.get(index, ())),
                winner=winners.get(index, b""),
                held=tuple(held.get(index, ())),
            )
        )
    return tuple(found)
