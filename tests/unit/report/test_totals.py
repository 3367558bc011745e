"""Totals are those of the audit, to the last delivery; and an audit that is not whole gives none."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import (
    COMMON,
    NOW_US,
    a_class,
    a_grant,
    a_partner,
    a_publisher,
    a_record,
    an_event,
    an_executor,
    released,
)

from tidegate import audit, gate
from tidegate.audit import CarriedOut, Counter, Delivery, Entry, Head, Kind, SourceRange
from tidegate.gate import Outcome, Released
from tidegate.law import Bucket
from tidegate.report import Period, Totals
from tidegate.report.totals import LaneReader

DAY_US = 86_400_000_000
PERIOD = Period(NOW_US - DAY_US, NOW_US + DAY_US)
SHIP = "transport.vesselMmsi"
EXECUTOR = an_executor(
    parties=[a_publisher(), a_publisher("carrier"), a_partner(), a_partner("bank"), a_partner("feeder")],
    grants=[
        a_grant(publishers=["forwarder", "carrier"]),
        a_grant(*COMMON[:3], id="bank", partners=["bank"], when={"eventSubtype": "LOAD"}),
        a_grant("eventId", SHIP, id="ship", publishers=["carrier"], partners=["feeder"]),
    ],
    classes=[a_class(SHIP, "SUSPECT_IMPORTANT")],
)
SHIPPED = {"mode": "VESSEL", "vesselMmsi": "477123400"}
EVENTS: dict[str, dict[str, Any]] = {
    "loaded": {},
    "discharged": {"eventSubtype": "DISC"},
    "shipped": {"transport": SHIPPED},
    "wrong": {"eventTime": 0},
}


def decided(*said: tuple[str, str], at_us: int = NOW_US) -> Released:
    """Records of publishers, by kind, through the gate."""
    records = [
        a_record(an_event(eventId=f"e-{place}", **EVENTS[kind]), publisher=publisher)
        for place, (publisher, kind) in enumerate(said)
    ]
    return released(EXECUTOR, *records, at_us=at_us)


def entry(batch: Released) -> Entry:
    return replace(gate.entry_of(batch, "hub-1", 0), positions=())


def sealed(entries: Sequence[Entry], limit: int = audit.chain.ENTRY_BYTES) -> list[bytes]:
    head, values = Head(), []
    for one in entries:
        some, head = audit.seal(one, 0, head, limit)
        values += some
    return values


def totals_of(values: Sequence[bytes]) -> Totals:
    totals = Totals(PERIOD)
    reader = LaneReader(totals, 0)
    for value in values:
        reader.take(value, audit.from_bytes(value))
    return totals


kinds = st.tuples(st.sampled_from(("forwarder", "carrier")), st.sampled_from(list(EVENTS)))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(st.lists(kinds, min_size=1, max_size=6), min_size=1, max_size=4), st.sampled_from((600, 1 << 19)))
def test_sums_are_what_the_gate_did_however_entries_are_split(said: list[list[tuple[str, str]]], limit: int) -> None:
    batches = [decided(*one) for one in said]

    totals = totals_of(sealed([entry(one) for one in batches], limit))

    assert totals.gaps == []
    assert totals.records == sum(map(len, said))
    outcomes: Tally[tuple[str, Outcome]] = Tally()
    sent: Tally[str] = Tally()
    schemas: Tally[tuple[str, int]] = Tally()
    for (publisher, _), outcome in zip((one for batch in said for one in batch), _outcomes(batches), strict=True):
        outcomes[publisher, outcome] += 1
    for batch in batches:
        for output in batch.outputs:
            sent[output.partner] += len(output.bodies)
            schemas.update({(output.partner, schema_id): count for schema_id, count in output.schemas.items()})
    assert totals.outcomes == outcomes
    by_partner: Tally[str] = Tally()
    for (_, partner, _), count in totals.deliveries.items():
        by_partner[partner] += count
    assert by_partner == sent
    by_schema: Tally[tuple[str, int]] = Tally()
    for (partner, _, schema_id), count in totals.schemas.items():
        by_schema[partner, schema_id] += count
    assert by_schema == schemas


def _outcomes(batches: list[Released]) -> list[Outcome]:
    return [Outcome(outcome) for batch in batches for outcome in batch.outcomes]


def test_what_was_kept_back_is_counted_by_reason() -> None:
    batch = decided(("forwarder", "loaded"), ("forwarder", "wrong"), ("carrier", "shipped"), ("forwarder", "shipped"))

    totals = totals_of(sealed([entry(batch)]))

    assert totals.reasons == {("forwarder", "rejected", "finding"): 1}
    assert totals.held == {("carrier", "feeder", "suspect_important"): 1}


def test_entries_outside_of_the_period_are_not_counted_and_anchor_the_chain() -> None:
    moments = (PERIOD.from_us - 1, PERIOD.from_us, PERIOD.to_us - 1, PERIOD.to_us)
    entries = [replace(entry(decided(("forwarder", "loaded"))), decided_us=moment) for moment in moments]
    values = sealed(entries)

    whole, tail = totals_of(values), totals_of(values[1:])

    assert (whole.records, whole.gaps) == (2, [])
    assert (whole.lanes[0].first, whole.lanes[0].last, whole.lanes[0].entries) == (1, 2, 2)
    assert whole.lanes[0].digest == audit.digest_of(values[2])
    (gap,) = tail.gaps
    assert "the audit begins with entry 1" in gap.sentence


def test_a_record_that_an_order_let_go_is_one_record_and_one_delivery_more() -> None:
    said = CarriedOut(
        "o-1", "release", "chan", "looked at it", NOW_US, 0, "in.forwarder", "id-forwarder", 0, "forwarder"
    )
    again = replace(entry(decided(("forwarder", "loaded"))), kind=Kind.ORDER, orders=(said,))

    before, after = (
        totals_of(sealed([entry(decided(("forwarder", "wrong")))])),
        totals_of(sealed([entry(decided(("forwarder", "wrong"))), again])),
    )

    assert (before.records, before.delivered) == (1, 0)
    assert (after.records, after.delivered) == (1, 2)
    assert after.outcomes == before.outcomes
    assert after.reasons == before.reasons
    assert after.orders == [(NOW_US, said)]
    assert after.gaps == []


def test_whose_delivery_an_order_let_go_later_has_a_report_for_that_time() -> None:
    again = replace(entry(decided(("forwarder", "loaded"))), kind=Kind.ORDER)

    totals = totals_of(sealed([again]))

    assert (totals.records, totals.delivered) == (0, 2)
    assert totals.exporters == {"forwarder"}


def test_a_heartbeat_is_no_delivery_of_anybodys_data_and_no_gap() -> None:
    told = Delivery("terminal", 1, {7: 1}, bytes(32), up_to_us=NOW_US)
    totals = Totals(Period(0, 2 * NOW_US))
    reader = LaneReader(totals, 0)

    (value,), _ = audit.seal(Entry(Kind.HEARTBEAT, NOW_US, "p", deliveries=(told,)), 0, Head())
    reader.take(value, audit.from_bytes(value))

    assert totals.gaps == []
    assert not totals.deliveries
    assert not totals.schemas


def test_people_are_those_of_the_newest_count_in_the_period() -> None:
    """Lanes tell of one counter in any order; what came after the period is of the next."""
    moments = {NOW_US: (3, 1), NOW_US + 1: (5, 2), NOW_US + 2: (4, 2), PERIOD.to_us: (9, 9)}
    entries = [
        replace(
            entry(decided(("forwarder", "loaded"))),
            decided_us=at_us,
            counters=(Counter("forwarder", 2025, pi, spi, 0, 7),),
        )
        for at_us, (pi, spi) in moments.items()
    ]

    found = totals_of(sealed(entries)).people

    assert found == {
        ("forwarder", 2025, Bucket.PI): 5,
        ("forwarder", 2025, Bucket.SPI): 2,
        ("forwarder", 2025, Bucket.EXEMPT): 0,
        ("forwarder", 2025, Bucket.GBA): 7,
        ("forwarder", 2025, Bucket.IMPORTANT): 0,
    }


def test_records_that_a_source_lost_are_said() -> None:
    lost = Entry(Kind.GAP, NOW_US, "hub-1", sources=(SourceRange("in.forwarder", "id", "forwarder", 10, 5, 15),))

    totals = totals_of(sealed([replace(lost, reason="retention"), entry(decided(("forwarder", "loaded")))]))

    assert totals.lost == {("in.forwarder", "retention"): 5}
    assert totals.records == 1


@pytest.mark.parametrize(
    ("tamper", "words"),
    [
        (lambda values: [values[0], *values[2:]], "entries 1 to 1 are missing"),
        (lambda values: [values[0], values[0], *values[1:]], "entries repeat"),
        (lambda values: [*values[:1], _altered(values[1]), *values[2:]], "entry 2 of 2025-11-24"),
        (lambda values: [*values[:2], _miscounted(values[2])], "says that 7 deliveries were made, and its records 2"),
    ],
    ids=["left out", "twice", "altered", "miscounted"],
)
def test_an_audit_that_is_not_whole_is_named(tamper: Any, words: str) -> None:
    values = sealed([entry(decided(("forwarder", "loaded"))) for _ in range(3)])
    assert totals_of(values).gaps == []

    gaps = totals_of(tamper(values)).gaps

    assert words in " ".join(map(str, gaps))
    assert all(str(gap).startswith("lane 0: ") for gap in gaps)


def _altered(value: bytes) -> bytes:
    return audit.to_bytes(replace(audit.from_bytes(value), process="somebody"))


def _miscounted(value: bytes) -> bytes:
    said = audit.from_bytes(value)
    more = [replace(one, count=6) if one.partner == "bank" else one for one in said.deliveries]
    return audit.to_bytes(replace(said, deliveries=tuple(more)))
