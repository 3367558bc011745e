"""A mixed stream: every outcome occurs, the sums add up, and every record has exactly one."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from tests.builders import NOW_US, RETRACTION, Sent, a_record, a_retraction, an_event
from tests.e2e.site import Site
from tests.e2e.topics import Decided, Record, sums, value_of
from tests.e2e.world import FEEDER, PARTNERS, TERMINAL

from tidegate.events.identity import PublisherDigests
from tidegate.gate import Outcome, Verdict

PUBLISHER = "mixed-shipper"
BEFORE_2000 = 900_000_000_000_000
SHIP = {"mode": "VESSEL", "vesselImo": "9999981"}
CUSTOMS = {"eventType": "CUSTOMS", "eventSubtype": "CUSR", "equipment": None}
AT_SEA = {"eventType": "TRANSPORT", "eventSubtype": "ARRI", "equipment": None, "location": {"unLocode": "SGSIN"}}

FIRST = an_event(eventId="m-first", documents=[{"type": "TRD", "reference": "BL-M1"}])
EVENTS: tuple[tuple[str, Sent, Outcome, tuple[str, ...]], ...] = (
    ("first", a_record(FIRST), Outcome.RELEASED, PARTNERS),
    ("again", a_record(FIRST), Outcome.DUPLICATE, ()),
    ("conflict", a_record(an_event(eventId="m-first", partial=True)), Outcome.QUARANTINED, ()),
    (
        "correction",
        a_record(an_event(eventId="m-first", partial=True, eventUpdatedTime=NOW_US)),
        Outcome.RELEASED,
        PARTNERS,
    ),
    ("held", a_record(an_event(eventId="m-held", **AT_SEA, transport={**SHIP, "vesselMmsi": "563099941"}),
                      key=b"call-1"), Outcome.HELD, ()),
    ("nobody's", a_record(an_event(eventId="m-nobody", **CUSTOMS), key=b"BL-1"), Outcome.WITHHELD, ()),
    ("blocked", a_record(an_event(eventId="m-core", reefer={"alarms": ["GENSET"]})), Outcome.WITHHELD, ()),
    ("no box", a_record(an_event(eventId="m-boxless", equipment=None), key=b"BL-1"), Outcome.REJECTED, ()),
    ("no Avro", a_record(value=b'{"eventId": "m-json"}', key=b"k"), Outcome.QUARANTINED, ()),
    (
        "too old for the bank",
        a_record(an_event(eventId="m-old", eventTime=BEFORE_2000)),
        Outcome.RELEASED,
        (TERMINAL, FEEDER),
    ),
    (
        "retraction",
        a_record(a_retraction(eventId="m-first", eventUpdatedTime=NOW_US + 1, eventKey="MSKU1234565"),
                 schema=RETRACTION, key=b"MSKU1234565"),
        Outcome.RELEASED,
        PARTNERS,
    ),
)  # fmt: skip
ORDINARY = tuple(
    a_record(an_event(eventId=f"m-{number}", equipment={"reference": f"MSKU{number:07}"})) for number in range(500)
)


@pytest.fixture(scope="module")
def decided(site: Site) -> list[Decided]:
    """What became of the stream: the ordinary events, with the others among them."""
    site.send(PUBLISHER, *ORDINARY[:250], *(record for _, record, *_ in EVENTS), *ORDINARY[250:])
    return site.settle(PUBLISHER, len(EVENTS) + len(ORDINARY))


@pytest.fixture(scope="module")
def sent_to(site: Site, decided: list[Decided]) -> dict[str, list[Record]]:
    """What every partner has of this publisher: told by the references, since its name is kept from them."""
    ours = {one.event_ref for one in decided}
    return {name: [one for one in site.read(f"out.{name}") if one.header("ce_eventref") in ours] for name in PARTNERS}


def ref(site: Site, event_id: str) -> str:
    return PublisherDigests.of(site.keyring.secret("k1"), PUBLISHER).event_ref(event_id.encode()).hex()


def test_the_sums_of_the_six_outcomes_are_what_was_sent(decided: list[Decided]) -> None:
    expected = Counter(outcome.word for _, _, outcome, _ in EVENTS) + Counter({"released": len(ORDINARY)})

    assert sums(decided) == expected
    assert set(expected) == {"released", "held", "withheld", "duplicate", "rejected", "quarantined"}


def test_every_record_has_exactly_one_outcome(site: Site, decided: list[Decided]) -> None:
    places = [(one.lane, one.offset) for one in decided]

    assert len(set(places)) == len(places) == len(EVENTS) + len(ORDINARY)
    assert set(places) == {(one.lane, one.offset) for one in site.read(f"in.{PUBLISHER}")}


def test_each_of_the_odd_ones_ends_as_it_has_to(site: Site, decided: list[Decided]) -> None:
    by_place = {(one.lane, one.offset): one for one in decided}
    values = [(record.value, outcome, partners) for _, record, outcome, partners in EVENTS]
    found = []
    for record in site.read(f"in.{PUBLISHER}"):
        if any(record.value == value for value, *_ in values):
            one = by_place[record.lane, record.offset]
            found.append((record.value, one.outcome, tuple(sorted(one.partners))))

    assert sorted(map(repr, found)) == sorted(repr((value, said, tuple(sorted(who)))) for value, said, who in values)


def test_partners_have_what_the_audit_says_and_nothing_twice(
    decided: list[Decided], sent_to: dict[str, list[Record]]
) -> None:
    for name, records in sent_to.items():
        assert len(records) == sum(name in one.partners for one in decided)
        ids = [record.header("ce_id") for record in records]
        assert len(set(ids)) == len(ids)


def test_reasons_stand_in_the_audit_and_no_partner_had_the_record(decided: list[Decided]) -> None:
    reasons = Counter(one.remark.reason for one in decided if one.remark.reason)

    assert reasons == {"duplicate": 1, "id_conflict": 1, "blocked": 1, "finding": 1, "bad_framing": 1}
    (held,) = [one for one in decided if one.outcome is Outcome.HELD]
    assert held.remark.held == ("feeder suspect_important",)


def test_a_duplicate_names_the_record_that_won(decided: list[Decided]) -> None:
    (duplicate,) = [one for one in decided if one.verdict is Verdict.DUPLICATE]
    winner = int.from_bytes(duplicate.remark.winner[10:16], "big")

    first = min((one.lane, one.offset) for one in decided if one.event_ref == duplicate.event_ref)
    assert first == (duplicate.lane, winner)


def test_a_partners_own_error_keeps_back_its_delivery_and_no_other(
    site: Site, sent_to: dict[str, list[Record]], decided: list[Decided]
) -> None:
    old = ref(site, "m-old")

    assert {name for name, records in sent_to.items() if old in {one.header("ce_eventref") for one in records}} == {
        TERMINAL,
        FEEDER,
    }
    (said,) = [one for one in decided if one.event_ref == old]
    assert said.remark.findings == ("V7 WARN $.eventTime",)


def test_a_correction_is_a_later_version_and_a_retraction_a_notice_of_the_same_event(
    site: Site, sent_to: dict[str, list[Record]]
) -> None:
    registry = site.registry()
    for name in PARTNERS:
        versions = [one for one in sent_to[name] if one.header("ce_eventref") == ref(site, "m-first")]

        first, correction, notice = versions
        assert len({one.header("ce_id") for one in versions}) == 3
        assert correction.key == first.key
        # A retraction does not say what its key is, so nobody sees it; where it was hidden before, it is the same.
        assert (notice.key == first.key) == (name != TERMINAL)
        assert first.lane == correction.lane == notice.lane
        assert [one.header("ce_notice") for one in versions] == ["", "", "retracted"]
        assert notice.header("ce_type") == "logistics.Notice"
        assert value_of(notice, registry) == {"kind": "RETRACTED"}
        assert value_of(correction, registry)["eventId"] == "m-first"


def test_the_publisher_is_told_of_every_record_once(site: Site, decided: list[Decided]) -> None:
    told: Counter[str] = Counter()
    for record in site.read(f"feedback.{PUBLISHER}"):
        said: dict[str, Any] = json.loads(record.value or b"")
        for outcome, ids in said.get("accepted", {}).items():
            told[outcome] += len(ids)
        if "outcome" in said:
            told[said["outcome"]] += 1

    assert told == sums(decided)


def test_quarantine_holds_the_raw_bytes_of_what_needs_a_person(site: Site, decided: list[Decided]) -> None:
    kept = [one for one in site.read("quarantine") if one.header("tg_publisher") == PUBLISHER]
    raw = {name: record.value for name, record, *_ in EVENTS}

    assert {(one.header("tg_reason"), one.value) for one in kept} == {
        ("id_conflict", raw["conflict"]),
        ("held", raw["held"]),
        ("finding", raw["no box"]),
        ("bad_framing", raw["no Avro"]),
    }
    assert {one.header("tg_partner") for one in kept if one.header("tg_reason") == "held"} == {FEEDER}
    assert len(kept) == sum(one.outcome in (Outcome.HELD, Outcome.REJECTED, Outcome.QUARANTINED) for one in decided)
