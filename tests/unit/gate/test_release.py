"""What becomes of every record, and what every partner gets of it."""

from __future__ import annotations

from typing import Any

import pytest
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
    a_record,
    a_retraction,
    an_event,
    an_executor,
    firsts,
    judged,
    released,
)
from tests.reading import deliveries

from tidegate import gate
from tidegate.events.encoding import encode_framed
from tidegate.events.transforms import long_bytes
from tidegate.gate import Executor, Outcome, Reason, Released, Verdict, Verdicts
from tidegate.rules import Plan

HEADERS = {"ce_specversion", "ce_type", "ce_source", "ce_dataschema", "content-type", "ce_id", "ce_eventref"}
SUSPECT, CORE = a_class("location.name", "SUSPECT_IMPORTANT"), a_class("location.name", "CORE")
OLD = an_event(eventTime=0)
NAMED: dict[str, Any] = {"location": an_event(location={"name": "x"})["location"]}


def two_partners(**said: Any) -> dict[str, Any]:
    """A terminal that is granted the name of a place, and a bank that is not."""
    grants = [a_grant(*COMMON, "location.name"), a_grant(id="bank", partners=["bank"])]
    return {"parties": [a_publisher(), a_partner(), a_partner("bank")], "grants": grants, **said}


def outcome(found: Released) -> tuple[Outcome, list[str]]:
    (only,) = found.outcomes
    return only, sorted(output.partner for output in found.outputs)


class TestTheSixOutcomes:
    def test_each_and_they_add_up(self) -> None:
        # Given one record for each outcome, and some twice
        executor = an_executor(
            parties=[a_publisher(), a_partner()],
            grants=[a_grant(*COMMON, "location.name", when={"eventSubtype": "LOAD"})],
            classes=[SUSPECT],
        )
        records = [
            a_record(an_event(eventId="released")),
            a_record(an_event(eventId="held", **NAMED)),
            a_record(an_event(eventId="withheld", eventSubtype="DISC")),
            a_record(an_event(eventId="released")),
            a_record(OLD),
            Sent(value=b"x"),
            a_record(an_event(eventId="released", eventTime=NOW_US)),
        ]

        # When they are released
        found = released(executor, *records)

        # Then every one ended as it should
        assert found.outcomes == [
            *(Outcome.RELEASED, Outcome.HELD, Outcome.WITHHELD, Outcome.DUPLICATE, Outcome.REJECTED),
            *(Outcome.QUARANTINED, Outcome.QUARANTINED),
        ]
        assert [one.reason for _, one in sorted(found.faults.items())] == [
            *(Reason.DUPLICATE, Reason.FINDING, Reason.BAD_FRAMING, Reason.ID_CONFLICT),
        ]
        assert sum(found.totals().values()) == len(records)
        assert [value.value["eventId"] for value in deliveries(found)["terminal"]] == ["released"]

    @pytest.mark.parametrize(
        ("verdict", "expected"),
        [
            (Verdict.FIRST, Outcome.RELEASED),
            (Verdict.REDELIVERED, Outcome.RELEASED),
            (Verdict.DUPLICATE, Outcome.DUPLICATE),
            (Verdict.REENCODED, Outcome.DUPLICATE),
            (Verdict.CONFLICT, Outcome.QUARANTINED),
        ],
    )
    def test_what_each_verdict_comes_to(self, verdict: Verdict, expected: Outcome) -> None:
        inspected = gate.inspect(a_batch(a_record()), an_executor())

        found = gate.release(inspected, Verdicts([verdict]), NOW_US)

        assert found.outcomes == [expected]
        assert bool(found.outputs) == (expected is Outcome.RELEASED)


class TestMixes:
    def test_held_for_one_and_released_to_another_is_released(self) -> None:
        executor = an_executor(**two_partners(classes=[SUSPECT]))

        found = released(executor, a_record(an_event(**NAMED)))

        assert outcome(found) == (Outcome.RELEASED, ["bank"])
        (hold,) = found.holds
        assert (hold.index, hold.partner, hold.reason) == (0, "terminal", "suspect_important")

    def test_held_for_one_and_not_granted_to_another_is_held(self) -> None:
        executor = an_executor(**two_partners(classes=[SUSPECT], grants=[a_grant(*COMMON, "location.name")]))

        assert outcome(released(executor, a_record(an_event(**NAMED)))) == (Outcome.HELD, [])

    def test_what_may_go_to_nobody_goes_to_nobody(self) -> None:
        executor = an_executor(**two_partners(classes=[CORE]))

        found = released(executor, a_record(an_event(**NAMED)))

        assert outcome(found) == (Outcome.WITHHELD, [])
        assert found.faults[0].reason is Reason.BLOCKED

    def test_a_suspended_partner_counts_as_not_granted(self) -> None:
        executor = an_executor(suspended=["terminal"], **two_partners())
        nobody = an_executor(suspended=["terminal", "bank"], **two_partners())

        assert outcome(released(executor, a_record())) == (Outcome.RELEASED, ["bank"])
        assert outcome(released(nobody, a_record())) == (Outcome.WITHHELD, [])


class TestAPartnersOwnSeverity:
    """An ERROR of a partner's withholds its own delivery; only a publisher's rejects the record."""

    def executor(self, **said: Any) -> Executor:
        mild = a_publisher(publisher={"severities": {"V7": "WARN"}})
        strict = a_partner(partner={"severities": {"V7": "ERROR"}})
        return an_executor(**two_partners(parties=[mild, strict, a_partner("bank")], **said))

    def test_withholds_its_own_delivery_alone(self) -> None:
        found = released(self.executor(), a_record(OLD))

        assert outcome(found) == (Outcome.RELEASED, ["bank"])

    def test_withholds_what_would_be_held_for_it_too(self) -> None:
        found = released(self.executor(classes=[SUSPECT]), a_record({**OLD, **NAMED}))

        assert outcome(found) == (Outcome.RELEASED, ["bank"])
        assert found.holds == []

    def test_says_why_when_nobody_is_left(self) -> None:
        found = released(self.executor(grants=[a_grant()]), a_record(OLD))

        assert outcome(found) == (Outcome.WITHHELD, [])
        assert (found.faults[0].reason, found.faults[0].detail) == (Reason.FINDING, "finding:V7")

    def test_is_nothing_without_its_finding(self) -> None:
        assert outcome(released(self.executor(), a_record(key=None))) == (Outcome.RELEASED, ["bank", "terminal"])


class TestHeaders:
    def of(self, *records: Sent, executor: Executor | None = None) -> list[dict[str, str]]:
        found = released(executor or an_executor(), *records)
        return [delivery.headers for delivery in deliveries(found)["terminal"]]

    def test_are_a_closed_list_and_none_comes_from_the_source(self) -> None:
        source = [("traceparent", b"SECRET"), ("ce_subject", b"SECRET"), ("ce_id", b"SECRET"), ("x", None)]

        found = released(an_executor(), a_record(headers=source))

        ((delivery,),) = deliveries(found).values()
        assert sorted(delivery.names) == sorted(HEADERS)
        assert b"SECRET" not in delivery.raw

    def test_ce_id_names_the_version_and_ce_eventref_the_event(self) -> None:
        first, second, gone, other = self.of(
            a_record(an_event()),
            a_record(an_event(eventUpdatedTime=NOW_US)),
            a_record(a_retraction(eventUpdatedTime=NOW_US), schema=RETRACTION),
            a_record(an_event(eventId="e-2")),
        )

        assert len({one["ce_id"] for one in (first, second, gone, other)}) == 4
        assert first["ce_eventref"] == second["ce_eventref"] == gone["ce_eventref"] != other["ce_eventref"]
        assert gone["ce_notice"] == "retracted"

    def test_both_are_one_value_for_all_partners_and_neither_is_the_id(self) -> None:
        found = deliveries(released(an_executor(**two_partners()), a_record()))

        ((terminal,), (bank,)) = found["terminal"], found["bank"]
        for name in ("ce_id", "ce_eventref"):
            assert terminal.headers[name] == bank.headers[name]
            assert len(terminal.headers[name]) == 32
        assert terminal.headers["ce_source"] != bank.headers["ce_source"]
        assert "forwarder" not in terminal.headers["ce_source"]

    def test_subject_and_time_are_there_where_their_fields_are_seen(self) -> None:
        both = {"attributes": ["subject", "time"]}
        parties = [a_publisher(), a_partner(partner=both), a_partner("bank", partner=both)]
        grants = [a_grant(*COMMON, "equipment.reference"), a_grant("eventId", id="bank", partners=["bank"])]
        moment = an_event(eventTime=NOW_US)

        found = deliveries(released(an_executor(parties=parties, grants=grants), a_record(moment)))

        ((terminal,), (bank,)) = found["terminal"], found["bank"]
        assert (terminal.headers["ce_subject"], terminal.headers["ce_time"]) == ("MSKU1234565", "2025-11-24T16:00:00Z")
        assert set(bank.headers) == HEADERS

    def test_what_a_transform_coarsens_is_coarse_in_a_header_too(self) -> None:
        parties = [a_publisher(), a_partner(partner={"attributes": ["subject", "time"]})]
        hidden = {"eventTime": "date", "equipment.reference": "pseudonym"}
        grants = [a_grant(*COMMON, "equipment.reference", transforms=hidden)]

        (headers,) = self.of(a_record(), executor=an_executor(parties=parties, grants=grants))

        assert headers["ce_time"] == "2025-11-24T00:00:00Z"
        assert headers["ce_subject"].startswith("~")


class TestRecordKeys:
    def key(self, *fields: str, key: bytes | None = b"MSKU1234565") -> bytes | None:
        executor = an_executor(grants=[a_grant(*COMMON, *fields)])
        return deliveries(released(executor, a_record(key=key)))["terminal"][0].key

    def test_a_key_that_is_seen_stays(self) -> None:
        assert self.key("equipment.reference") == b"MSKU1234565"

    def test_a_key_that_is_not_seen_becomes_a_pseudonym_that_lasts(self) -> None:
        hidden = self.key()

        assert hidden is not None
        assert b"MSKU" not in hidden
        assert hidden == self.key() != self.key(key=b"MSKU7654321")

    def test_a_key_that_is_no_field_is_never_seen(self) -> None:
        assert self.key("equipment.reference", key=b"driver Wang") != b"driver Wang"

    def test_no_key_stays_none(self) -> None:
        assert self.key(key=None) is None


class TestErrorsOfOurs:
    def test_one_stops_one_record(self) -> None:
        # Given a route that fails for one event
        executor = an_executor()
        inspected = gate.inspect(a_batch(*(a_record(an_event(eventId=f"e-{n}")) for n in range(3))), executor)
        incoming = inspected.incoming[0]
        assert incoming is not None
        route = incoming.router.at(NOW_US)

        def failing(b: bytes, m: Any) -> Any:
            if b"e-1" in b:
                raise KeyError(b)
            return route(b, m)

        incoming.router._last = NOW_US, failing

        # When the batch is released
        found = gate.release(inspected, firsts(inspected), NOW_US)

        # Then it alone goes to quarantine, half of it to nobody
        assert found.outcomes == [Outcome.RELEASED, Outcome.QUARANTINED, Outcome.RELEASED]
        assert (found.faults[1].reason, found.faults[1].detail) == (Reason.BUG, "KeyError while releasing")
        assert [one.value["eventId"] for one in deliveries(found)["terminal"]] == ["e-0", "e-2"]
        assert found.outputs[0].schemas.total() == 2

    def test_a_delivery_that_no_topic_takes_goes_to_quarantine_and_to_nobody(self) -> None:
        """Pseudonyms of short texts are longer than the texts."""
        pseudonyms = {"documents[].reference": "pseudonym"}
        wide = a_grant(*COMMON, "documents[].reference", transforms=pseudonyms)
        grants = [wide, a_grant(id="bank", partners=["bank"])]
        executor = an_executor(**two_partners(grants=grants))
        one, two = (encode_framed(EVENT, an_event(documents=[{"type": "TRD", "reference": "1"}] * n)) for n in (1, 2))
        start = next(at for at in range(len(one)) if one[at] != two[at])
        size = len(two) - len(one)
        many = one[:start] + long_bytes(80_000) + one[start + 1 : start + 1 + size] * 80_000 + one[start + 1 + size :]

        found = released(executor, a_record(value=many, key=b"MSKU1234565"))

        assert outcome(found) == (Outcome.QUARANTINED, [])
        assert found.faults[0].reason is Reason.TOO_LARGE


def test_the_same_batch_gives_the_same_bytes() -> None:
    """In another process, under a plan read back from its bytes: that is what a replay rests on."""
    records = [a_record(an_event(eventId=f"e-{n}", **(NAMED if n % 2 else {}))) for n in range(6)]
    plan = an_executor(**two_partners(classes=[SUSPECT])).plan
    one, other = [an_executor(Plan.from_bytes(plan.to_bytes())) for _ in range(2)]

    found = [released(executor, *records) for executor in (one, other)]

    assert found[0].outcomes == found[1].outcomes
    assert [(o.partner, o.digest) for o in found[0].outputs] == [(o.partner, o.digest) for o in found[1].outputs]
    assert gate.entry_of(found[0], "p", 1) == gate.entry_of(found[1], "p", 1)
    assert judged(found[0].inspected).verdicts == judged(found[1].inspected).verdicts
