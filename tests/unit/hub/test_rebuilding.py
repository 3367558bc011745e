"""Claims that a lane writes back are those that its records own, as they were claimed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.builders import NOW_US, Sent, a_batch, a_publisher, a_record, an_event, an_executor, judged

from tidegate import audit, gate
from tidegate.audit import Kind
from tidegate.hub.rebuilding import _claims

DAY_US = 86_400_000_000
HORIZONS = {"forwarder": 7 * 86_400, "carrier": 86_400}


def test_the_same_claims_come_back_from_the_log() -> None:
    """Byte for byte: else a record read again would not find its own coordinates, and be dropped for a duplicate."""
    # Given a batch of every kind, claimed, and its entry, in parts
    executor = an_executor(parties=[a_publisher(), a_publisher("carrier")], grants=[])
    records = [
        a_record(an_event(eventId="a"), offset=5),
        a_record(an_event(eventId="a"), offset=6),
        a_record(an_event(eventId="a", reason="other"), offset=7),
        Sent(value=b"x", offset=8),
        a_record(an_event(eventId="b", eventTime=0), offset=9),
        a_record(an_event(eventId="c", eventUpdatedTime=NOW_US), offset=12),
        a_record(an_event(eventId="a"), publisher="carrier", offset=3),
    ]
    inspected = gate.inspect(a_batch(*records, lane=2), executor)
    store: dict[bytes, bytes] = {}
    released = gate.release(inspected, judged(inspected, store), NOW_US)
    parts = gate.entry_of(released, "p", 1).split(700)
    values, _ = audit.seal(gate.entry_of(released, "p", 1), 2, audit.Head(), limit=700)
    assert len(parts) > 1

    # When they are read back
    found = [one for value in values for one in _claims(audit.from_bytes(value), HORIZONS, NOW_US)]

    # Then they are exactly what was claimed, each in its bucket
    assert {identity: claim for bucket in found for identity, claim in bucket.claims} == store
    assert {(one.publisher, one.day, one.horizon_s) for one in found} == {
        ("forwarder", -1, 7 * 86_400),
        ("forwarder", NOW_US // DAY_US, 7 * 86_400),
        ("carrier", -1, 86_400),
    }


@pytest.mark.parametrize(("kind", "owns"), [(Kind.TRANSACTION, True), (Kind.ORDER, True), (Kind.GAP, False)])
def test_records_decided_again_own_their_claims_too(kind: Kind, owns: bool) -> None:
    """One that failed at first was never claimed before an order had it decided again."""
    inspected = gate.inspect(a_batch(a_record()), an_executor(grants=[]))
    entry = gate.entry_of(gate.release(inspected, judged(inspected), NOW_US), "p", 1)

    assert bool(list(_claims(replace(entry, kind=kind), HORIZONS, NOW_US))) == owns


def test_what_is_older_than_the_horizon_of_its_publisher_stays_away() -> None:
    executor = an_executor(parties=[a_publisher(), a_publisher("carrier")], grants=[])
    inspected = gate.inspect(a_batch(a_record(), a_record(publisher="carrier")), executor)
    entry = gate.entry_of(gate.release(inspected, judged(inspected), NOW_US), "p", 1)

    def publishers(later_us: int) -> set[Any]:
        return {one.publisher for one in _claims(entry, HORIZONS, NOW_US + later_us)}

    assert publishers(DAY_US) == {"forwarder", "carrier"}
    assert publishers(DAY_US + 1) == {"forwarder"}
    assert publishers(7 * DAY_US + 1) == set()
    assert {one.horizon_s for one in _claims(entry, {}, NOW_US)} == {7 * 86_400}
