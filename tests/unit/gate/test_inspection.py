"""Records as bytes come in, and each is said what it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.builders import (
    EVENT,
    NOW_US,
    RETRACTION,
    Sent,
    a_batch,
    a_hub,
    a_publisher,
    a_record,
    a_retraction,
    an_event,
    an_executor,
)

from tidegate.events.encoding import encode, encode_framed
from tidegate.events.identity import DIGEST_SIZE, NO_DAY
from tidegate.events.wire import GUID_HEADER, prefix
from tidegate.gate import Executor, Inspected, Outcome, Reason, inspect
from tidegate.gate.inspection import MAX_EVENT_ID, MAX_KEY, MAX_VALUE
from tidegate.gate.keys import murmur2

DAY_US = 86_400_000_000
TWO_YEARS = timedelta(days=730.5)


def inspected(*records: Sent, executor: Executor | None = None, **place: int) -> Inspected:
    return inspect(a_batch(*records, **place), executor or an_executor())


def codes(found: Inspected, index: int = 0) -> list[tuple[str, str, str]]:
    return [(one.rule, one.severity, one.path) for one in found.findings.get(index, ())]


def guid_header(**said: Any) -> dict[str, Any]:
    """A record in the newer form: bare bytes, and the GUID of the schema in a header."""
    return {"value": encode(EVENT, an_event(**said)), "headers": [(GUID_HEADER, b"\1" + EVENT.guid.bytes)]}


class TestWhatCannotBeRead:
    @pytest.mark.parametrize(
        ("record", "reason"),
        [
            ({"value": None}, Reason.EMPTY),
            ({"value": b""}, Reason.BAD_FRAMING),
            ({"value": b"\7abcdef"}, Reason.BAD_FRAMING),
            ({"value": b"\0\0\0"}, Reason.BAD_FRAMING),
            ({"value": b'{"eventId": "e-1"}'}, Reason.BAD_FRAMING),
            ({"value": prefix(7) + b"abc"}, Reason.UNKNOWN_SCHEMA),
            ({"value": prefix(EVENT.schema_id)}, Reason.UNDECODABLE),
            ({"value": encode_framed(EVENT, an_event()) + b"\0"}, Reason.UNDECODABLE),
            ({"value": encode_framed(EVENT, an_event())[:-1]}, Reason.UNDECODABLE),
            ({"value": encode(EVENT, an_event()), "headers": [(GUID_HEADER, b"\1short")]}, Reason.BAD_FRAMING),
            ({"value": encode(EVENT, an_event()), "headers": [(GUID_HEADER, None)]}, Reason.BAD_FRAMING),
            ({"value": encode(EVENT, an_event()), "headers": [(GUID_HEADER, bytes([1] * 17))]}, Reason.UNKNOWN_SCHEMA),
            ({"value": prefix(EVENT.schema_id) + bytes(MAX_VALUE - 4)}, Reason.TOO_LARGE),
            ({"value": encode_framed(EVENT, an_event()), "key": b"k" * (MAX_KEY + 1)}, Reason.TOO_LARGE),
        ],
    )  # fmt: skip
    def test_goes_to_quarantine_with_its_reason_and_stops_nothing(self, record: dict[str, Any], reason: Reason) -> None:
        found = inspected(Sent(**record), a_record())

        assert found.states == [Outcome.QUARANTINED, Outcome.UNDECIDED]
        assert found.faults[0].reason is reason
        assert found.identities[0] == bytes(2 * DIGEST_SIZE)
        assert found.contents[0] == found.event_refs[0] == bytes(DIGEST_SIZE)

    def test_the_largest_value_and_key_are_looked_at(self) -> None:
        found = inspected(Sent(value=prefix(EVENT.schema_id) + bytes(MAX_VALUE - 5), key=b"k" * MAX_KEY))

        assert found.faults[0].reason is Reason.UNDECODABLE

    def test_a_schema_that_partners_read_is_not_one_that_publishers_write(self) -> None:
        """A projection has an id of its own; an event in its form would pass without its other fields."""
        executor = an_executor()
        projections = [id_ for id_ in executor.plan.schemas if id_ not in executor.plan.writers]
        assert projections

        for schema_id in projections:
            found = inspected(Sent(value=prefix(schema_id) + b"\0"), executor=executor)
            assert found.faults[0].reason is Reason.UNKNOWN_SCHEMA

    def test_what_killed_its_process_is_not_looked_at(self) -> None:
        found = inspect(a_batch(a_record(), a_record()), an_executor(), frozenset({1}))

        assert found.states == [Outcome.UNDECIDED, Outcome.QUARANTINED]
        assert found.faults[1].reason is Reason.POISON
        assert found.event_ids[1] == b""

    def test_an_error_of_ours_stops_the_one_record(self) -> None:
        # Given an executor whose check fails on one event
        executor = an_executor()
        incoming = executor.publishers["forwarder"].by_id[EVENT.schema_id]
        real = incoming.check

        def check(b: bytes, m: Any, now_us: int) -> Any:
            if b"e-bad" in b:
                raise KeyError(b)
            return real(b, m, now_us)

        object.__setattr__(incoming, "check", check)

        # When it comes between others
        records = [a_record(an_event(eventId=event_id)) for event_id in ("e-1", "e-bad", "e-2")]
        found = inspected(*records, executor=executor)

        # Then it alone is out, and the reason says nothing of what was in it
        assert found.states == [Outcome.UNDECIDED, Outcome.QUARANTINED, Outcome.UNDECIDED]
        assert found.faults[1].reason is Reason.BUG
        assert found.faults[1].detail == "KeyError while inspecting"


class TestIdentity:
    def identity(self, executor: Executor | None = None, **said: Any) -> bytes:
        return inspected(a_record(an_event(**said)), executor=executor).identities[0]

    def test_both_halves_differ_with_the_version(self) -> None:
        first = self.identity(eventUpdatedTime=NOW_US)
        second = self.identity(eventUpdatedTime=NOW_US + 1)

        assert first[:DIGEST_SIZE] != second[:DIGEST_SIZE]
        assert first[DIGEST_SIZE:] != second[DIGEST_SIZE:]

    def test_updated_goes_before_created_and_created_before_none(self) -> None:
        both = self.identity(eventUpdatedTime=NOW_US, eventCreatedTime=NOW_US - 5)
        other_created = self.identity(eventUpdatedTime=NOW_US, eventCreatedTime=NOW_US - 6)
        created = self.identity(eventCreatedTime=NOW_US)
        neither = self.identity()

        assert both == other_created == created
        assert neither != created

    def test_a_retraction_is_not_the_event_that_it_retracts(self) -> None:
        found = inspected(
            a_record(an_event(eventUpdatedTime=NOW_US)),
            a_record(a_retraction(eventUpdatedTime=NOW_US), schema=RETRACTION),
        )

        assert found.identities[0] != found.identities[1]
        assert not found.twins

    def test_the_event_reference_is_one_over_versions_and_retraction(self) -> None:
        found = inspected(
            a_record(an_event()),
            a_record(an_event(eventUpdatedTime=NOW_US)),
            a_record(a_retraction(eventUpdatedTime=NOW_US), schema=RETRACTION),
            a_record(an_event(eventId="e-2")),
        )

        assert len(set(found.event_refs[:3])) == 1
        assert found.event_refs[3] != found.event_refs[0]

    def test_digests_are_keyed_by_the_keyring_and_by_the_publisher(self) -> None:
        """Neither can somebody without the key try all containers, nor can two publishers' digests be compared."""
        publishers = [a_publisher(), a_publisher("carrier")]
        parties = [*publishers, {**a_publisher("nobody"), "partner": {}}]
        one = an_executor(parties=parties, grants=[])
        hub = a_hub(digest_key="k2")
        other = an_executor(parties=parties, grants=[], hub=hub)
        of_forwarder, of_carrier = a_record(), a_record(publisher="carrier")

        found = [inspected(of_forwarder, of_carrier, executor=executor) for executor in (one, other)]

        for column in ("identities", "contents", "event_refs", "equipment"):
            digests = [digest for each in found for digest in getattr(each, column)]
            assert len(set(digests)) == 4, column
        assert len({digest for each in found for digest in each.documents}) == 4

    def test_a_setting_of_the_publisher_adds_to_it(self) -> None:
        """For senders that use one event id for every box of a shipment."""
        adds = an_executor(parties=[a_publisher(publisher={"identity_adds": ["eventType", "equipment"]})], grants=[])
        other_box = {"equipment": {"reference": "TCLU7654321"}}

        assert self.identity() == self.identity(**other_box)
        assert self.identity(adds) != self.identity(adds, **other_box)
        assert self.identity(adds) == self.identity(adds)

    @pytest.mark.parametrize(
        ("said", "day"),
        [
            ({}, NO_DAY),
            ({"eventCreatedTime": NOW_US}, NOW_US // DAY_US),
            ({"eventCreatedTime": NOW_US - NOW_US % DAY_US}, NOW_US // DAY_US),
            ({"eventCreatedTime": NOW_US - NOW_US % DAY_US - 1}, NOW_US // DAY_US - 1),
            ({"eventCreatedTime": NOW_US, "eventUpdatedTime": NOW_US + DAY_US}, NOW_US // DAY_US + 1),
        ],
    )
    def test_the_day_is_of_the_time_in_the_identity(self, said: dict[str, Any], day: int) -> None:
        assert inspected(a_record(an_event(**said))).days == [day]


class TestContent:
    def test_the_order_of_map_entries_does_not_count(self) -> None:
        # Given one event, its two extensions written in either order
        texts = [{"a": "1", "b": "2"}, {"b": "2", "a": "1"}]
        values = [encode_framed(EVENT, an_event(extensions=text)) for text in texts]
        assert values[0] != values[1]

        # When both come
        found = inspected(*(a_record(value=value, key=b"MSKU1234565") for value in values))

        # Then they say the same
        assert found.contents[0] == found.contents[1]
        assert found.twins == {1: 0}

    def test_framing_does_not_count(self) -> None:
        found = inspected(a_record(), a_record(key=b"MSKU1234565", **guid_header()))

        assert found.states == [Outcome.UNDECIDED] * 2
        assert found.contents[0] == found.contents[1]
        assert found.identities[0] == found.identities[1]

    def test_every_other_difference_counts(self) -> None:
        changed = [{}, {"eventTime": NOW_US}, {"extensions": {"a": "1"}}, {"extensions": {"a": "2"}}, {"reason": "x"}]

        found = inspected(*(a_record(an_event(**said)) for said in changed))

        assert len(set(found.contents)) == len(changed)


class TestTwins:
    def test_a_repeat_inside_the_batch_points_at_its_first(self) -> None:
        found = inspected(a_record(), a_record(an_event(eventId="e-2")), a_record(), a_record())

        assert found.twins == {2: 0, 3: 0}

    def test_the_same_id_of_another_publisher_is_another_event(self) -> None:
        executor = an_executor(parties=[a_publisher(), a_publisher("carrier")], grants=[])

        assert not inspected(a_record(), a_record(publisher="carrier"), executor=executor).twins

    def test_a_record_that_was_refused_is_nobodys_first(self) -> None:
        wrong = an_event(eventTime=0)

        found = inspected(a_record(wrong), a_record())

        assert found.states == [Outcome.REJECTED, Outcome.UNDECIDED]
        assert not found.twins


class TestTheTimeThatIsNow:
    """V7 asks about the time at which the broker took the record in, so a replay years later finds the same."""

    @pytest.mark.parametrize(("over_us", "rejected"), [(0, False), (1, True)])
    @pytest.mark.parametrize("came_in_ms", [NOW_US // 1_000, NOW_US // 1_000 + 40 * 365 * 86_400_000])
    def test_two_years_after_the_record_came_in(self, came_in_ms: int, over_us: int, rejected: bool) -> None:
        latest = came_in_ms * 1_000 + int(TWO_YEARS.total_seconds()) * 1_000_000

        found = inspected(a_record(an_event(eventTime=latest + over_us, classifier="EST"), timestamp_ms=came_in_ms))

        assert found.states == [Outcome.REJECTED if rejected else Outcome.UNDECIDED]
        assert codes(found) == ([("V7", "ERROR", "$.eventTime")] if rejected else [])

    def test_what_is_remembered_of_later_records_does_not_pass_in_an_earlier_one(self) -> None:
        executor = an_executor()
        late = int(datetime(2030, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
        event = an_event(eventTime=late)

        after = inspected(a_record(event, timestamp_ms=late // 1_000), executor=executor)
        before = inspected(a_record(event), executor=executor)

        assert (after.states, before.states) == ([Outcome.UNDECIDED], [Outcome.REJECTED])

    @pytest.mark.parametrize("path", ["eventCreatedTime", "eventUpdatedTime"])
    def test_every_time_is_asked(self, path: str) -> None:
        found = inspected(a_record(an_event(**{path: 0})))

        assert codes(found) == [("V7", "ERROR", f"$.{path}")]


class TestWhatHasToBeThere:
    @pytest.mark.parametrize(
        ("said", "path"),
        [
            ({"eventId": ""}, "$.eventId"),
            ({"eventType": "UNKNOWN"}, "$.eventType"),
            ({"eventSubtype": ""}, "$.eventSubtype"),
            ({"eventSubtype": "UNKNOWN"}, "$.eventSubtype"),
            ({"eventSubtype": "ARRI"}, "$.eventSubtype"),
            ({"eventType": "TRANSPORT", "eventSubtype": "LOAD", "transport": {"mode": "VESSEL"}}, "$.eventSubtype"),
            ({"eventType": "SHIPMENT", "eventSubtype": "DEPA"}, "$.eventSubtype"),
            ({"equipment": None}, "$.equipment.reference"),
            ({"equipment": {"reference": None}}, "$.equipment.reference"),
            ({"eventType": "TRANSPORT", "eventSubtype": "ARRI"}, "$.transport"),
            ({"eventType": "TRANSPORT", "eventSubtype": "ARRI", "transport": {"callReference": "C"}}, "$.transport"),
            ({"reason": ""}, "$.reason"),
            ({"location": {"name": ""}}, "$.location.name"),
        ],
    )
    def test_an_event_that_lacks_it_is_rejected(self, said: dict[str, Any], path: str) -> None:
        found = inspected(a_record(an_event(**said), key=None))

        assert found.states == [Outcome.REJECTED]
        assert ("V8", "ERROR", path) in codes(found)
        assert found.faults[0].reason is Reason.FINDING

    @pytest.mark.parametrize(
        "said",
        [
            {"eventType": "UNKNOWN", "rawEventType": "CUSTOMS"},
            {"eventSubtype": "UNKNOWN", "rawEventSubtype": "NEWC"},
            {"eventSubtype": "NEWC"},
            {"eventType": "TRANSPORT", "eventSubtype": "ARRI", "transport": {"mode": "RAIL"}, "equipment": None},
            {"eventType": "TRANSPORT", "eventSubtype": "DEPA", "transport": {"vesselName": "EVER"}, "equipment": None},
            {"eventType": "TRANSPORT", "eventSubtype": "DEPA", "transport": {"vesselImo": "9"}, "equipment": None},
            {"eventType": "SHIPMENT", "eventSubtype": "CONF", "equipment": None},
        ],
    )
    def test_an_event_that_has_it_goes_on(self, said: dict[str, Any]) -> None:
        found = inspected(a_record(an_event(**said)))

        assert found.states == [Outcome.UNDECIDED]
        assert not [code for code in codes(found) if code[0] == "V8"]

    def test_a_publisher_that_asks_for_a_warning_is_warned(self) -> None:
        mild = an_executor(parties=[a_publisher(publisher={"severities": {"V8": "WARN"}})], grants=[])

        found = inspected(a_record(an_event(equipment=None)), executor=mild)

        assert found.states == [Outcome.UNDECIDED]
        assert codes(found) == [("V8", "WARN", "$.equipment.reference")]

    def test_a_retraction_needs_its_event_id_alone(self) -> None:
        found = inspected(
            a_record(a_retraction(), schema=RETRACTION), a_record(a_retraction(eventId=""), schema=RETRACTION)
        )

        assert found.states == [Outcome.UNDECIDED, Outcome.REJECTED]

    @pytest.mark.parametrize(("size", "state"), [(0, Outcome.UNDECIDED), (1, Outcome.REJECTED)])
    def test_an_event_id_has_an_end(self, size: int, state: Outcome) -> None:
        assert inspected(a_record(an_event(eventId="e" * (MAX_EVENT_ID + size)))).states == [state]


class TestRecordKeys:
    LANES = 4

    def of(self, key: bytes | None, event: Any = None, lane: int | None = None) -> Inspected:
        home = murmur2(key or b"") % self.LANES
        return inspected(a_record(event, key=key), lane=home if lane is None else lane, lanes=self.LANES)

    def test_the_container_on_its_own_lane_is_as_it_should_be(self) -> None:
        assert codes(self.of(b"MSKU1234565")) == []

    def test_the_container_on_another_lane_is_off_its_lane(self) -> None:
        """A client that hashes otherwise than Java's murmur2 splits one container over lanes."""
        elsewhere = (murmur2(b"MSKU1234565") + 1) % self.LANES

        found = self.of(b"MSKU1234565", lane=elsewhere)

        assert found.states == [Outcome.UNDECIDED]
        assert codes(found) == [("KEY", "WARN", "$")]
        assert "off its lane" in found.findings[0][0].message

    @pytest.mark.parametrize("key", [b"BL-1", None, b"e-1"])
    def test_a_key_that_is_not_the_container_is_said(self, key: bytes | None) -> None:
        assert codes(self.of(key)) == [("KEY", "WARN", "$.equipment.reference")]

    def test_without_a_container_a_document_is_a_good_key(self) -> None:
        shipment = an_event(eventType="SHIPMENT", eventSubtype="CONF", equipment=None)

        assert codes(self.of(b"BL-1", shipment)) == []

    @pytest.mark.parametrize(
        ("key", "kind"),
        [(b"MSKU1234565", 1), (b"BL-1", 2), (b"BK-1", 2), (b"CALL-1", 3), (b"e-1", 4), (b"other", 0), (None, 0)],
    )
    def test_what_a_key_is(self, key: bytes | None, kind: int) -> None:
        event = an_event(transport={"mode": "VESSEL", "callReference": "CALL-1"})

        assert inspected(a_record(event, key=key)).key_kinds == [kind]
