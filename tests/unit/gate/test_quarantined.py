"""Records of the quarantine: read back as they were laid down, and decided again under their own coordinates."""

from __future__ import annotations

from typing import Any

import pytest
from tests.builders import (
    COMMON,
    NOW_US,
    Sent,
    a_batch,
    a_class,
    a_grant,
    a_partner,
    a_publisher,
    a_record,
    an_event,
    an_executor,
    firsts,
    judged,
    released,
)
from tests.reading import parts

from tidegate import gate
from tidegate.errors import InvalidEvent
from tidegate.gate import Outcome, Quarantined, Reason, Released, Verdict
from tidegate.gate.answers import OVERSIZE_HEAD
from tidegate.gate.inspection import MAX_VALUE

NAMED: dict[str, Any] = {"location": {"name": "x"}}
SUSPECT = a_class("location.name", "SUSPECT_IMPORTANT")
PARTNERS = ("bank", "terminal")
OLD = an_event(eventId="old", eventTime=0)


def lying(found: Released) -> list[Quarantined]:
    read = [parts(one) for one in gate.quarantine_of(found)]
    return [gate.read_quarantined(value, headers) for _, value, headers in read]


def waiting_executor(**said: Any) -> gate.Executor:
    """Both partners are granted a field that makes their deliveries wait; the third gets the event without it."""
    return an_executor(
        parties=[a_publisher(), *map(a_partner, PARTNERS), a_partner("port")],
        grants=[
            a_grant(*COMMON, "location.name", partners=list(PARTNERS)),
            a_grant(*COMMON, id="plain", partners=["port"]),
        ],
        classes=[SUSPECT],
        **said,
    )


def test_what_lies_in_quarantine_is_read_back_as_it_came() -> None:
    headers = (("schema", b"\0x"), ("tg_reason", b"mine"))
    sent = Sent(b"no Avro", b"key\xff", headers, offset=9, timestamp_ms=NOW_US // 1_000)

    (found,) = lying(released(an_executor(), sent))

    assert (found.reason, found.held, found.partner, found.complete) == (Reason.BAD_FRAMING, False, "", True)
    assert (found.key, found.value, list(found.headers)) == (sent.key, sent.value, list(headers))
    assert (found.topic, found.topic_id, found.lane, found.offset) == ("in.forwarder", "id-forwarder", 0, 9)
    assert (found.timestamp_ms, found.publisher) == (sent.timestamp_ms, "forwarder")


def test_findings_come_back_without_values() -> None:
    (found,) = lying(released(an_executor(), a_record(OLD)))

    assert ("ERROR", "V7", "$.eventTime") in found.findings


def test_of_what_was_too_large_only_the_head_is_there() -> None:
    (found,) = lying(released(an_executor(), Sent(b"\0" * (MAX_VALUE + 1))))

    assert not found.complete
    assert len(found.value or b"") == OVERSIZE_HEAD


@pytest.mark.parametrize("headers", [[], [("tg_reason", b"nonsense")], [("tg_reason", b"bug"), ("tg_topic", b"x")]])
def test_what_the_hub_did_not_put_there_is_said_so(headers: list[tuple[str, bytes]]) -> None:
    with pytest.raises(InvalidEvent, match="not a record that the hub put"):
        gate.read_quarantined(b"", headers)


def test_records_decided_again_stand_where_they_stood() -> None:
    records = [a_record(an_event(eventId=f"e-{n}", eventTime=0), offset=n) for n in (5, 2)]
    some = lying(released(an_executor(), *records[::-1], a_record(OLD, publisher="forwarder", offset=7)))

    batch, places = gate.batch_again([some[2], some[0], some[1]], 3, 8)

    (run,) = batch.runs
    assert (batch.lane, batch.lanes, run.offsets) == (3, 8, [2, 5, 7])
    assert places == [2, 0, 1]
    assert run.timestamps == [NOW_US // 1_000] * 3


def test_its_own_claim_lets_a_record_pass_and_another_records_does_not() -> None:
    """The other one was claimed while this one lay in quarantine."""
    strict, mild = an_executor(), an_executor(parties=[a_publisher(publisher=_MILD), a_partner()])
    (aside,) = lying(released(strict, a_record(OLD, offset=4)))
    batch, _ = gate.batch_again([aside], 0, 1)
    store: dict[bytes, bytes] = {}
    inspected = gate.inspect(batch, mild)

    first, again = judged(inspected, store), judged(inspected, store)
    other = judged(gate.inspect(a_batch(a_record(OLD, offset=9)), mild), store)

    assert (first.verdicts, again.verdicts, other.verdicts) == (
        [Verdict.FIRST], [Verdict.REDELIVERED], [Verdict.DUPLICATE],
    )  # fmt: skip
    assert gate.read_coordinates(other.winners[0])[2] == 4


_MILD: dict[str, Any] = {"collected_in": "CN", "own_data": "yes", "severities": {"V7": "WARN"}}


def test_what_fails_again_is_not_laid_down_again_but_what_waits_now_is() -> None:
    found = released(waiting_executor(), a_record(OLD), a_record(an_event(eventId="e-2", **NAMED)))

    again = [gate.read_quarantined(*parts(one)[1:]) for one in gate.quarantine_of(found, again=True)]

    assert [(one.reason, one.partner) for one in again] == [(Reason.HELD, "bank"), (Reason.HELD, "terminal")]


@pytest.mark.parametrize("partner", PARTNERS)
def test_a_delivery_that_was_let_go_leaves_alone(partner: str) -> None:
    executor = waiting_executor()
    inspected = gate.inspect(a_batch(a_record(an_event(**NAMED))), executor)

    live = gate.release(inspected, firsts(inspected), NOW_US)
    found = gate.release(inspected, firsts(inspected), NOW_US, freed={0: partner})

    assert [hold.partner for hold in live.holds] == list(PARTNERS)
    assert [output.partner for output in live.outputs] == ["port"]
    assert [(output.partner, len(output.bodies)) for output in found.outputs] == [(partner, 1)]
    assert (found.outcomes, found.holds) == ([Outcome.RELEASED], [])


def test_what_waits_no_more_under_the_rules_of_today_leaves_as_granted() -> None:
    executor = an_executor(grants=[a_grant(*COMMON, "location.unLocode")])
    inspected = gate.inspect(a_batch(a_record(an_event(**NAMED))), executor)

    found = gate.release(inspected, firsts(inspected), NOW_US, freed={0: "terminal"})

    assert [output.partner for output in found.outputs] == ["terminal"]


@pytest.mark.parametrize(
    "executor",
    [
        an_executor(grants=[a_grant(when={"eventSubtype": "DISC"})]),
        an_executor(suspended=["terminal"]),
        an_executor(parties=[a_publisher(), a_partner("port")], grants=[a_grant(partners=["port"])]),
        an_executor(classes=[a_class("cargo.hsCodes[]", "CORE")]),
    ],
    ids=["not granted", "suspended", "partner gone", "blocked for everyone"],
)
def test_a_person_lets_nothing_go_that_the_rules_of_today_keep(executor: gate.Executor) -> None:
    event = an_event(cargo={"hsCodes": ["8517"]}, **NAMED)
    inspected = gate.inspect(a_batch(a_record(event)), executor)

    found = gate.release(inspected, firsts(inspected), NOW_US, freed={0: "terminal"})

    assert (found.outputs, found.outcomes) == ([], [Outcome.WITHHELD])
