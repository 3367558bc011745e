"""What clumsy and hostile senders put into a topic, and what is too large for one."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from confluent_kafka import KafkaException, Producer
from tests.builders import EVENT, NOTICE, Sent, a_record, an_event
from tests.e2e.site import Site
from tests.e2e.topics import Decided, sums

from tidegate import audit
from tidegate.audit import Kind
from tidegate.events.encoding import encode_framed
from tidegate.gate import Outcome

CLUMSY, BULK = "clumsy-shipper", "bulk-shipper"
MIB = 1 << 20
GOOD = encode_framed(EVENT, an_event(eventId="b-good"))


def event_of(size: int) -> bytes:
    """A sound event of exactly so many bytes."""
    padding = size - len(encode_framed(EVENT, an_event(eventId=f"b-{size}", extensions={"note": "x" * 20_000})))
    value = encode_framed(EVENT, an_event(eventId=f"b-{size}", extensions={"note": "x" * (20_000 + padding)}))
    while len(value) != size:
        padding += size - len(value)
        value = encode_framed(EVENT, an_event(eventId=f"b-{size}", extensions={"note": "x" * (20_000 + padding)}))
    return value


BAD: dict[str, tuple[Sent, str]] = {
    "a schema that nobody registered": (a_record(value=b"\x00\x7f\xff\xff\xff" + GOOD[5:], key=b"1"), "unknown_schema"),
    "a schema that is not for publishers": (
        a_record(value=encode_framed(NOTICE, {"kind": "RETRACTED"}), key=b"2"),
        "unknown_schema",
    ),
    "another magic byte": (a_record(value=b"\x01" + GOOD[1:], key=b"3"), "bad_framing"),
    "no bytes": (a_record(value=b"", key=b"4"), "bad_framing"),
    "null": (a_record(value=None, key=b"5"), "empty"),
    "cut short": (a_record(value=GOOD[:-9], key=b"6"), "undecodable"),
    "bytes after the end": (a_record(value=GOOD + b"\x00", key=b"7"), "undecodable"),
    "one byte more than a mebibyte": (a_record(value=event_of(MIB + 1), key=b"8"), "too_large"),
    "a mebibyte and a half": (a_record(value=event_of(MIB * 3 // 2), key=b"9"), "too_large"),
    "a key of 5,000 bytes": (a_record(value=GOOD, key=b"k" * 5_000), "too_large"),
}
LARGEST = a_record(value=event_of(MIB), key=b"MSKU1234565")


@pytest.fixture(scope="module")
def decided(site: Site) -> list[Decided]:
    site.send(CLUMSY, *(record for record, _ in BAD.values()), LARGEST)
    return site.settle(CLUMSY, len(BAD) + 1)


def test_bad_records_go_to_quarantine_with_their_reason_and_the_lanes_go_on(site: Site, decided: list[Decided]) -> None:
    kept = [one for one in site.read("quarantine") if one.header("tg_publisher") == CLUMSY]

    assert sums(decided) == {"quarantined": len(BAD), "released": 1}
    assert Counter(one.header("tg_reason") for one in kept) == Counter(reason for _, reason in BAD.values())


def test_a_record_of_a_whole_mebibyte_is_delivered_without_what_made_it_large(decided: list[Decided]) -> None:
    (one,) = [one for one in decided if one.outcome is Outcome.RELEASED]

    assert one.partners == ("terminal", "feeder")


def test_of_a_record_that_is_too_large_head_length_and_digest_are_kept(site: Site, decided: list[Decided]) -> None:
    kept = [one for one in site.read("quarantine") if one.header("tg_reason") == "too_large"]
    values = [one for one in kept if one.header("tg_publisher") == CLUMSY and int(one.header("tg_length")) > MIB]

    assert sorted(int(one.header("tg_length")) for one in values) == [MIB + 1, MIB * 3 // 2]
    assert all(len(one.value or b"") == 64 << 10 for one in values)
    assert all(len(one.header("tg_sha256")) == 64 for one in values)


def test_the_sender_is_told_what_was_wrong_with_each(site: Site, decided: list[Decided]) -> None:
    told = [json.loads(one.value or b"") for one in site.read(f"feedback.{CLUMSY}")]
    errors = [one for one in told if one.get("outcome") == "quarantined"]

    assert Counter(one["feedbackElements"][-1]["code"] for one in errors) == Counter(
        reason for _, reason in BAD.values()
    )
    places = {(one["source"]["partition"], one["source"]["offset"]) for one in errors}
    assert places == {(one.lane, one.offset) for one in decided if one.outcome is Outcome.QUARANTINED}


def test_the_broker_counts_what_a_compressed_bomb_unpacks_to(site: Site) -> None:
    producer = Producer(
        {"bootstrap.servers": site.stack.bootstrap, "compression.type": "gzip", "message.max.bytes": 512 << 20}
    )
    refused: list[str] = []
    producer.produce(
        f"{site.prefix}in.{CLUMSY}",
        bytes(64 * MIB),
        b"bomb",
        on_delivery=lambda error, _: refused.append("" if error is None else KafkaException(error).args[0].name()),
    )
    producer.flush(60)

    assert refused == ["MSG_SIZE_TOO_LARGE"]


def test_publish_says_which_event_the_broker_refused_and_sends_the_others(site: Site) -> None:
    load = {"eventType": "EQUIPMENT", "eventSubtype": "LOAD", "classifier": "ACT", "eventTime": "2026-03-06T02:17:30Z"}
    event = {**load, "equipment": {"reference": "MSKU1234565"}}
    events = [
        {**event, "eventId": "b-small-1"},
        {**event, "eventId": "b-3-mib", "extensions": {"note": "x" * 3 * MIB}},
        {**event, "eventId": "b-20-mib", "extensions": {"note": "x" * 20 * MIB}},
        {**event, "eventId": "b-small-2"},
    ]
    file = site.write("large.json", events)

    said = site.tidegate("publish", "--publisher", CLUMSY, "--json", file, code=1).json

    errors = [one for one in said["feedbackElements"] if one["severity"] == "ERROR"]
    assert (said["sent"], said["refused"]) == (2, 2)
    assert sorted(one["propertyPath"] for one in errors) == ["$[1]", "$[2]"]
    by_path = {one["propertyPath"]: one["message"] for one in errors}
    assert "takes no record that large" in by_path["$[1]"], "the broker says so"
    assert "more than 4,194,304 characters" in by_path["$[2]"], "it is not even read"


def test_a_party_that_nobody_knows_has_no_topic(site: Site) -> None:
    file = site.write("one.json", [])

    publish, tail = site.together(
        lambda: site.tidegate("publish", "--publisher", "nobody", "large.json", code=2),
        lambda: site.tidegate("tail", "out.nobody", code=2),
    )

    assert file.exists()
    assert "in.nobody" in publish.err
    assert "tidegate topics apply DIR" in publish.err
    assert "out.nobody" in tail.err


class TestTenThousandOfOneDay:
    """Claims of one bucket and one lane, ten script calls of a thousand; audit entries larger than their limit."""

    COUNT = 10_000
    REFERENCES = 12

    def test_all_are_released_once(self, site: Site) -> None:
        papers = [{"type": "BKG", "reference": f"BK-{number}"} for number in range(self.REFERENCES)]
        events = (an_event(eventId=f"b-bulk-{number}", documents=papers) for number in range(self.COUNT))

        site.send(BULK, *(a_record(one) for one in events))
        decided = site.settle(BULK, self.COUNT)

        assert sums(decided) == {"released": self.COUNT}
        assert len({(one.lane, one.offset) for one in decided}) == self.COUNT
        assert len({one.lane for one in decided}) == 1

    def test_an_entry_larger_than_its_limit_is_split_into_chained_parts_of_one_transaction(self, site: Site) -> None:
        records = site.read("audit")
        entries = [audit.from_bytes(one.value or b"") for one in records]
        split = [place for place, one in enumerate(entries) if one.parts > 1]

        assert split, "ten thousand records with a dozen documents each give an entry beyond the limit"
        assert all(len(one.value or b"") <= 600 << 10 for one in records)
        for place in split:
            one, begin = entries[place], place - entries[place].part
            parts = entries[begin : begin + one.parts]
            assert [part.part for part in parts] == list(range(one.parts))
            assert {part.decided_us for part in parts} == {one.decided_us}
            assert [part.deliveries != () for part in parts] == [False] * (one.parts - 1) + [True]
            counted = {delivery.partner: delivery.count for delivery in parts[-1].deliveries}
            assert counted["terminal"] == sum(len(part.columns) for part in parts)

    def test_the_chain_of_every_lane_is_whole(self, site: Site) -> None:
        lanes: dict[int, list[tuple[bytes, audit.Entry]]] = {}
        for record in site.read("audit"):
            value = record.value or b""
            lanes.setdefault(record.lane, []).append((value, audit.from_bytes(value)))

        for chain in lanes.values():
            head = audit.verify(chain, audit.Head())
            assert head is not None
            assert head.sequence == len(chain)
            assert chain[0][1].kind is Kind.TAKEOVER
