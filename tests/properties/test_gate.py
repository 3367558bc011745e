"""Whatever a batch holds, and whatever the claim store says: each record ends in one outcome, and the books balance."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.builders import (
    COMMON,
    EVENT,
    NOW_US,
    RETRACTION,
    Sent,
    a_batch,
    a_class,
    a_grant,
    a_partner,
    a_publisher,
    a_retraction,
    an_event,
    an_executor,
)
from tests.reading import deliveries, parts

from tidegate import audit, gate
from tidegate.events.encoding import encode_framed
from tidegate.gate import Inspected, Outcome, Reason, Released, Verdict
from tidegate.gate.claiming import CLAIM_SIZE

MILD = {"severities": {"V7": "WARN"}}
EXECUTOR = an_executor(
    parties=[
        a_publisher(publisher=MILD),
        a_publisher("carrier", publisher={"feedback": "event", "identity_adds": ["equipment"]}),
        a_partner(partner={"attributes": ["subject", "time"]}),
        a_partner("bank", partner={"severities": {"V7": "ERROR"}}),
        a_partner("asleep"),
    ],
    grants=[
        a_grant(*COMMON, "location.name", "equipment.reference", publishers=["forwarder", "carrier"]),
        a_grant(*COMMON, id="bank", partners=["bank"], when={"eventSubtype": ["LOAD", "DISC"]}),
        a_grant(*COMMON, id="asleep", partners=["asleep"]),
    ],
    classes=[a_class("location.name", "SUSPECT_IMPORTANT")],
    suspended=["asleep"],
)
DECIDES = {
    Verdict.DUPLICATE: Outcome.DUPLICATE,
    Verdict.REENCODED: Outcome.DUPLICATE,
    Verdict.CONFLICT: Outcome.QUARANTINED,
}

times = st.sampled_from([None, NOW_US, NOW_US - 86_400_000_000, 0, -1, 2**62])
texts = st.sampled_from(["", "e-1", "e-2", "MSKU1234565", "\U0001f6a2" * 300])
events = st.builds(
    an_event,
    eventId=texts,
    eventSubtype=st.sampled_from(["LOAD", "DISC", "GTIN", "ARRI", ""]),
    eventTime=st.sampled_from([NOW_US, 0, 2**62]),
    eventUpdatedTime=times,
    eventCreatedTime=times,
    location=st.sampled_from([None, {"name": "x"}, {"name": ""}, {"unLocode": "HKHKG"}]),
    equipment=st.sampled_from([None, {"reference": "MSKU1234565"}, {"reference": None}]),
    extensions=st.sampled_from([{}, {"a": "1", "b": "2"}, {"b": "2", "a": "1"}]),
)
values: st.SearchStrategy[bytes | None] = st.one_of(
    events.map(lambda event: encode_framed(EVENT, event)),
    st.builds(a_retraction, eventId=texts, eventUpdatedTime=times).map(lambda one: encode_framed(RETRACTION, one)),
)


@st.composite
def hostile(draw: Any) -> bytes | None:
    """A value with some bytes changed, cut off or added; or no value of ours at all."""
    value = bytearray(draw(values) or b"")
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(value)))
        match draw(st.sampled_from(["change", "cut", "add"])):
            case "change" if place < len(value):
                value[place] = draw(st.integers(0, 255))
            case "cut":
                del value[place:]
            case _:
                value[place:place] = draw(st.binary(max_size=4))
    return bytes(value)


records = st.builds(
    Sent,
    value=st.one_of(values, values, values, hostile(), st.none(), st.binary(max_size=40)),
    key=st.one_of(st.none(), st.sampled_from([b"", b"MSKU1234565", b"e-1", b"BL-1", b"\xff" * 5_000])),
    headers=st.lists(
        st.tuples(
            st.sampled_from(["__value_schema_id", "x", "ce_id"]),
            st.one_of(st.none(), st.binary(max_size=20), st.just(b"\1" + EVENT.guid.bytes)),
        ),
        max_size=2,
    ),
    publisher=st.sampled_from(["forwarder", "carrier"]),
)


def answers_of(data: st.DataObject, inspected: Inspected, claims: dict[int, bytes]) -> dict[int, bytes]:
    """Anything that a store may say of the records it was asked about."""
    found = {}
    for group in gate.claim_groups(inspected, claims):
        for index, mine in zip(group.indexes, group.claims, strict=True):
            standing = data.draw(
                st.one_of(
                    st.none(),
                    st.just(mine),
                    st.binary(min_size=CLAIM_SIZE, max_size=CLAIM_SIZE),
                    st.binary(min_size=16, max_size=16).map(lambda at, mine=mine: at + mine[16:]),
                    st.binary(min_size=16, max_size=16).map(lambda at, mine=mine: at + mine[16:22] + bytes(16)),
                )
            )
            if standing is not None:
                found[index] = standing
    return found


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.lists(records, max_size=12), st.data())
def test_each_record_ends_in_one_outcome_and_the_books_balance(sent: list[Sent], data: st.DataObject) -> None:
    # Given any batch, and anything that the store may say
    batch = a_batch(*sent, lanes=4)
    inspected = gate.inspect(batch, EXECUTOR)
    claims = gate.claims_of(inspected)
    verdicts = gate.judge(inspected, claims, answers_of(data, inspected, claims))

    # When it is released
    found = gate.release(inspected, verdicts, NOW_US)

    # Then nothing is a bug of ours, and each record has one outcome
    assert not any(fault.reason is Reason.BUG for fault in found.faults.values())
    assert len(found.outcomes) == len(sent) == sum(found.totals().values())
    assert Outcome.UNDECIDED not in found.outcomes
    for index, (outcome, verdict) in enumerate(zip(found.outcomes, verdicts.verdicts, strict=True)):
        assert (verdict is Verdict.NOT_CLAIMED) == (inspected.states[index] is not Outcome.UNDECIDED)
        if verdict in DECIDES:
            assert outcome is DECIDES[verdict]
    _balances(found, sent)
    # And deciding again gives the same bytes
    again = gate.release(gate.inspect(batch, EXECUTOR), verdicts, NOW_US)
    assert [(one.partner, one.bodies) for one in again.outputs] == [(one.partner, one.bodies) for one in found.outputs]
    assert gate.entry_of(again, "p", 1) == gate.entry_of(found, "p", 1)


def _balances(found: Released, sent: list[Sent]) -> None:
    """Outputs, quarantine, feedback and the audit entry tell the same story."""
    entry = audit.from_bytes(audit.to_bytes(gate.entry_of(found, "p", 1)))
    told = Counter(partner for place in entry.columns.set_of for partner in entry.partner_sets[place])
    assert told == {one.partner: len(one.bodies) for one in found.outputs}
    assert "asleep" not in told
    for outcome, place in zip(found.outcomes, entry.columns.set_of, strict=True):
        assert (outcome is Outcome.RELEASED) == bool(entry.partner_sets[place])
    assert [offset for _, offset in entry.records()] == list(range(len(sent)))
    # Each delivery decodes, to its last byte, with the schema that it names.
    read = deliveries(found)
    assert {name: Counter(one.schema_id for one in got) for name, got in read.items()} == {
        one.partner: one.schemas for one in found.outputs
    }
    # Quarantine holds what failed, and each delivery that waits.
    failed = sum(one in (Outcome.QUARANTINED, Outcome.REJECTED) for one in found.outcomes)
    assert len(gate.quarantine_of(found)) == failed + len(found.holds)
    assert all(found.outcomes[hold.index] in (Outcome.HELD, Outcome.RELEASED) for hold in found.holds)
    for body in [one for some in gate.feedback_of(found).values() for one in some]:
        assert parts(body)[1]
