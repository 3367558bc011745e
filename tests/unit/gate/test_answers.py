"""What the publisher is told, what goes to quarantine, what the audit says."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Any

import pytest
from tests.builders import (
    COMMON,
    Sent,
    a_batch,
    a_class,
    a_grant,
    a_partner,
    a_publisher,
    a_record,
    an_event,
    an_executor,
    released,
)
from tests.reading import parts

from tidegate import gate
from tidegate.audit import from_bytes, to_bytes
from tidegate.gate import Outcome, Released
from tidegate.gate.answers import ACCEPTED_BYTES, OVERSIZE_HEAD
from tidegate.gate.inspection import MAX_ALIKE, MAX_VALUE

OLD = an_event(eventId="old", eventTime=0)
NAMED: dict[str, Any] = {"location": an_event(location={"name": "x"})["location"]}
SUSPECT = a_class("location.name", "SUSPECT_IMPORTANT")


def told(found: Released, publisher: str = "forwarder") -> list[Any]:
    return [json.loads(parts(one)[1] or b"") for one in gate.feedback_of(found).get(publisher, ())]


def quarantined(found: Released) -> list[tuple[bytes | None, bytes | None, dict[str, str]]]:
    read = [parts(one) for one in gate.quarantine_of(found)]
    return [(key, value, {name: content.decode() for name, content in headers}) for key, value, headers in read]


class TestFeedback:
    def test_what_went_through_is_one_record_and_each_finding_one_of_its_own(self) -> None:
        # Given events that go through, and four with something to say
        executor = an_executor(grants=[a_grant(when={"eventSubtype": "LOAD"})])
        records = [
            a_record(an_event(eventId="e-1")),
            a_record(an_event(eventId="e-2", eventSubtype="DISC")),
            a_record(OLD),
            a_record(an_event(eventId="e-1")),
            a_record(an_event(eventId="warned"), key=b"BL-1"),
            Sent(value=b"x"),
        ]

        # When the publisher is told
        *single, accepted = told(released(executor, *records))

        # Then those that are well are ids, and the others have each its elements
        assert accepted == {"accepted": {"released": ["e-1"], "withheld": ["e-2"]}}
        assert [(one["eventId"], one["outcome"]) for one in single] == [
            ("old", "rejected"),
            ("e-1", "duplicate"),
            ("warned", "released"),
            (None, "quarantined"),
        ]
        assert [[(e["severity"], e["code"], e["propertyPath"]) for e in one["feedbackElements"]] for one in single] == [
            [("ERROR", "V7", "$.eventTime")],
            [("INFO", "duplicate", "$")],
            [("WARN", "KEY", "$.equipment.reference")],
            [("ERROR", "bad_framing", "$")],
        ]
        assert single[0]["source"] == {"topic": "in.forwarder", "partition": 0, "offset": 2}

    def test_each_publisher_is_told_of_its_own_alone(self) -> None:
        executor = an_executor(parties=[a_publisher(), a_publisher("carrier"), a_partner()])

        found = released(executor, a_record(), a_record(an_event(eventId="c"), publisher="carrier"))

        assert "e-1" in str(told(found)) and "e-1" not in str(told(found, "carrier"))
        assert told(found, "carrier") == [{"accepted": {"withheld": ["c"]}}]

    def test_which_partners_got_it_is_not_said(self) -> None:
        found = gate.feedback_of(released(an_executor(), a_record(), a_record(OLD)))

        assert b"terminal" not in b"".join(found["forwarder"])

    def test_by_a_setting_every_event_has_its_own(self) -> None:
        executor = an_executor(parties=[a_publisher(publisher={"feedback": "event"}), a_partner()])

        (one,) = told(released(executor, a_record()))

        assert (one["eventId"], one["outcome"], one["feedbackElements"]) == ("e-1", "released", [])

    def test_a_thousand_long_ids_are_several_records_that_a_topic_takes(self) -> None:
        ids = [f"{n:04}" + "\x01" * 490 for n in range(1_000)]

        found = released(an_executor(), *(a_record(an_event(eventId=one)) for one in ids))

        bodies = gate.feedback_of(found)["forwarder"]
        assert len(bodies) > 1
        assert all(len(one) < ACCEPTED_BYTES + 100 for one in bodies)
        assert [event_id for one in told(found) for event_id in one["accepted"]["released"]] == ids


class TestQuarantine:
    def test_the_bytes_as_they_came_and_where_from(self) -> None:
        record = Sent(value=b"\7raw", key=b"k", headers=[("trace", b"1"), ("none", None)], offset=41)

        ((key, value, headers),) = quarantined(released(an_executor(), record))

        assert (key, value) == (b"in.forwarder/0/41", b"\7raw")
        assert {
            name: headers[name] for name in ("tg_reason", "tg_topic", "tg_topic_id", "tg_partition", "tg_offset")
        } == {
            "tg_reason": "bad_framing",
            "tg_topic": "in.forwarder",
            "tg_topic_id": "id-forwarder",
            "tg_partition": "0",
            "tg_offset": "41",
        }
        assert (headers["tg_key"], headers["src_trace"], headers["tg_publisher"]) == ("k", "1", "forwarder")
        assert "src_none" not in headers

    def test_a_value_that_is_too_large_leaves_its_head_its_length_and_its_digest(self) -> None:
        large = bytes(range(256)) * (MAX_VALUE // 256) + b"!"

        ((_, value, headers),) = quarantined(released(an_executor(), Sent(value=large)))

        assert value == large[:OVERSIZE_HEAD]
        assert headers["tg_reason"] == "too_large"
        assert headers["tg_length"] == str(len(large))
        assert headers["tg_sha256"] == hashlib.sha256(large).hexdigest()

    def test_a_null_stays_a_null(self) -> None:
        ((_, value, headers),) = quarantined(released(an_executor(), Sent(value=None)))

        assert value is None
        assert headers["tg_reason"] == "empty"

    def test_a_rejected_record_with_its_findings_and_no_value_in_them(self) -> None:
        ((_, _, headers),) = quarantined(released(an_executor(), a_record(OLD)))

        assert headers["tg_reason"] == "finding"
        assert json.loads(headers["tg_findings"]) == [
            {"severity": "ERROR", "code": "V7", "propertyPath": "$.eventTime"}
        ]

    def test_a_delivery_that_waits_is_there_once_for_each_partner(self) -> None:
        parties = [a_publisher(), a_partner(), a_partner("bank"), a_partner("carrier")]
        grants = [
            a_grant(*COMMON, "location.name", partners=["terminal", "bank"]),
            a_grant(id="c", partners=["carrier"]),
        ]
        record = a_record(an_event(**NAMED))

        found = released(an_executor(parties=parties, grants=grants, classes=[SUSPECT]), record)

        assert found.outcomes == [Outcome.RELEASED]
        assert [
            (value == record.value, headers["tg_reason"], headers["tg_partner"])
            for _, value, headers in quarantined(found)
        ] == [
            (True, "held", "terminal"),
            (True, "held", "bank"),
        ]

    @pytest.mark.parametrize("record", [a_record(), a_record(an_event(eventSubtype="DISC"))])
    def test_nothing_else_is_there(self, record: Sent) -> None:
        executor = an_executor(grants=[a_grant(when={"eventSubtype": "LOAD"})])

        assert quarantined(released(executor, record, record)) == []


class TestTheEntry:
    def entry(self, *records: Sent, **said: Any) -> Any:
        found = released(an_executor(**said), *records)
        return found, gate.entry_of(found, "process-1", 7)

    def test_has_everything_that_is_to_be_said_of_every_record(self) -> None:
        records = [
            a_record(an_event(eventId="a"), offset=10),
            a_record(an_event(eventId="a"), offset=12),
            a_record(OLD, offset=13),
            Sent(value=b"x", offset=20),
        ]
        found, entry = self.entry(*records)

        assert [offset for _, offset in entry.records()] == [10, 12, 13, 20]
        (source,) = entry.sources
        assert (source.topic_id, source.first, source.count, source.next) == ("id-forwarder", 10, 4, 21)
        assert list(entry.columns.outcomes) == [0, 3, 4, 5]
        assert list(entry.columns.verdicts) == [1, 3, 0, 0]
        assert [entry.digest(n, entry.columns.identities) for n in range(2)] == [
            one[:16] for one in found.inspected.identities[:2]
        ]
        assert [len(digests) for digests in entry.documents_of()] == [2, 2, 2, 0]
        assert [entry.partner_sets[place] for place in entry.columns.set_of] == [("terminal",), (), (), ()]
        assert {one.record: (one.reason, one.findings) for one in entry.remarks} == {
            1: ("duplicate", ()),
            2: ("finding", ("V7 ERROR $.eventTime",)),
            3: ("bad_framing", ()),
        }
        assert entry.remarks[0].winner == gate.coordinates(found.inspected.batch.runs[0].source, 0, 10)
        (delivery,) = entry.deliveries
        assert (delivery.partner, delivery.count) == ("terminal", 1)
        assert delivery.digest == hashlib.sha256(found.outputs[0].bodies[0]).digest()
        assert sum(delivery.schemas.values()) == 1
        assert entry.plan.hex() == found.inspected.executor.plan.digest

    def test_no_value_is_in_it(self) -> None:
        """Neither of what was sent on, nor of what was refused, nor the id of the event."""
        words = ["SECRETid", "SECRETbox", "SECRETdoc", "SECRETname", "SECRETkey", "SECRETreason"]
        event = an_event(
            eventId=words[0],
            equipment={"reference": words[1]},
            documents=[{"type": "TRD", "reference": words[2]}],
            people=[{"name": words[3]}],
            extensions={words[4]: words[4]},
            reason=words[5],
        )
        wrong = [{**event, "eventTime": 0}, {**event, "eventType": "UNKNOWN"}, {**event, "eventId": "SECRET" * 100}]
        records = [a_record(one) for one in (event, event, *wrong)]
        records += [Sent(value=(records[0].value or b"") + b"!"), a_record(event, headers=[("SECRET", b"SECRET")])]

        found, entry = self.entry(*records, grants=[a_grant("*", *COMMON, "equipment.reference")])

        assert len(set(found.outcomes)) > 2
        assert b"SECRET" not in to_bytes(entry)

    def test_comes_back_from_its_bytes(self) -> None:
        _, entry = self.entry(a_record(), a_record(OLD), Sent(value=None), a_record(key=None))

        assert from_bytes(to_bytes(entry)) == entry

    def test_an_empty_run_is_no_source(self) -> None:
        batch = a_batch(a_record())
        batch.runs.insert(0, gate.Run(gate.source_of("in.other", "x", "forwarder")))
        found = released(an_executor(), batch=batch)

        assert [source.topic for source in gate.entry_of(found, "p", 1).sources] == ["in.forwarder"]


def test_what_is_said_of_one_event_fits_into_its_topics_however_much_is_wrong_with_it() -> None:
    """An array holds a hundred thousand codes; a record that told each would be refused, and the lane stand still."""
    parties = [{"code": "a", "codeListName": "LEI"}] * 90_000
    event = an_event(originatingParties=parties, equipment={"reference": "MSKU1234560"}, eventTime=0)
    record = a_record(event)
    assert record.value is not None
    assert len(record.value) < MAX_VALUE
    found = released(an_executor(grants=[a_grant(*COMMON)]), record)

    (one,) = told(found)
    rules = Counter(element["code"] for element in one["feedbackElements"])
    assert (one["outcome"], rules["V7"], rules["V1"], rules["V14"]) == ("rejected", 1, 1, MAX_ALIKE)
    assert [text for element in one["feedbackElements"] if "; and 89,950 more" in (text := element["message"])]
    written = [*gate.feedback_of(found)["forwarder"], to_bytes(gate.entry_of(found, "p", 0))]
    assert max(map(len, written)) < 64 << 10
    assert len(gate.quarantine_of(found)[0]) < MAX_VALUE + (64 << 10)
