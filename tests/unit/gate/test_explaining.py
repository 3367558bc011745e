"""Why every field does or does not leave."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.builders import (
    COMMON,
    EVENT,
    NOW_US,
    a_class,
    a_grant,
    a_paper,
    a_partner,
    a_plan,
    a_publisher,
    a_record,
    a_rule_set,
    an_event,
    an_executor,
    released,
)
from tests.reading import deliveries

from tidegate.gate import Explanation, Known, explain
from tidegate.gate.explaining import CODES
from tidegate.law import ROWS, Bucket
from tidegate.law.tracing import Fact
from tidegate.rules.reasons import Because, dates_of

NAMED = {"location": {"name": "x"}}


def explained(event: dict[str, Any] | None = None, *, value: bytes | None = None, **said: Any) -> Explanation:
    record = a_record(event or an_event())
    given = record.value if value is None else value
    return explain(an_executor(**said), "forwarder", "terminal", (record.key, given or b""), NOW_US)


def actions(found: Explanation) -> dict[str, str]:
    return {one.path: str(one.action) for one in found.fields}


def test_it_is_what_the_live_flow_delivers() -> None:
    found = explained()
    ((live,),) = deliveries(released(an_executor(), a_record())).values()

    assert found.released
    assert found.event_id == "e-1"
    assert found.delivery["value"] == live.value
    assert found.delivery["headers"] == live.headers
    assert found.delivery["schemaId"] == live.schema_id


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"grants": []},
        {"grants": [a_grant(when={"eventSubtype": "DISC"})]},
        {"suspended": ["terminal"]},
        {"classes": [a_class("location.name", "SUSPECT_IMPORTANT")], "grants": [a_grant(*COMMON, "location.name")]},
        {"classes": [a_class("location.name", "CORE")]},
    ],
)
def test_every_leaf_is_there_once_whatever_becomes_of_the_event(said: dict[str, Any]) -> None:
    whole, found = explained(), explained(an_event(**NAMED), **said)

    paths = [one.path for one in found.fields]
    assert len(paths) == len(set(paths))
    assert set(paths) == set(actions(whole))
    assert {"eventId", "documents[].reference", "people[].name", "location.name"} <= set(paths)


def test_why_nothing_is_delivered() -> None:
    held = {"classes": [a_class("location.name", "SUSPECT_IMPORTANT")], "grants": [a_grant(*COMMON, "location.name")]}
    core = {"classes": [a_class("location.name", "CORE")]}
    strict = [
        a_publisher(publisher={"severities": {"V7": "WARN"}}),
        a_partner(partner={"severities": {"V7": "ERROR"}}),
    ]

    said = {
        "no_grant": explained(grants=[a_grant(when={"eventSubtype": "DISC"})]),
        "suspended": explained(suspended=["terminal"]),
        "held suspect_important": explained(an_event(**NAMED), **held),
        "blocked core_or_controlled": explained(an_event(**NAMED), **core),
        "finding V7": explained(an_event(eventTime=0), parties=strict),
        "not_taken ERROR $.eventTime: 1970-01-01T00:00:00Z is before the year 2000": explained(an_event(eventTime=0)),
        "not_taken bad_framing": explained(value=b"x"),
        "nothing_may_leave": explained(grants=[a_grant("people[].name")]),
    }

    for words, found in said.items():
        assert not found.released, words
        assert f"{found.code} {found.detail}".strip().startswith(words), found.detail
        assert not {"PASS", "MASK", "TOKENISE", "GENERALISE"} & set(actions(found).values()), words
    assert {found.code for found in said.values()} | {"released", "not_mapped", "not_encoded"} == set(CODES)


def test_an_event_that_cannot_be_read_has_a_reason_and_no_fields() -> None:
    found = explained(value=b"\0" + EVENT.schema_id.to_bytes(4, "big"))

    assert not found.released
    assert found.code == "not_taken"
    assert found.detail.startswith("undecodable")
    assert found.fields == ()


def because(path: str, *, people: int | None = None, papers: bool = True, **event: Any) -> tuple[Explanation, Because]:
    """A plate under a grant, and a contract that covers it where ``papers`` says so."""
    rules = a_rule_set(
        grants=[a_grant(*COMMON, "truck.tractorPlate", "reason")],
        papers=[a_paper(expires=datetime(2028, 10, 1, tzinfo=UTC))] if papers else (),
    )
    counters = None if people is None else {Bucket.PI: people, Bucket.SPI: 0}
    record = a_record(an_event(truck={"tractorPlate": "粤B12345"}, **event))
    executor = an_executor(a_plan(rules))
    found = explain(
        executor, "forwarder", "terminal", (record.key, record.value or b""), NOW_US, Known(rules, counters)
    )
    return found, found.because[path]


@pytest.mark.parametrize(
    ("people", "row", "action", "reason", "paper"),
    [
        (None, 16, "DROP", "no_assessment_uncounted", None),
        (1, 18, "PASS", "few_people", None),
        (99_999, 18, "PASS", "few_people", None),
        (100_000, 17, "PASS", "contract_or_certificate", "paper"),
        (999_999, 17, "PASS", "contract_or_certificate", "paper"),
        (1_000_000, 16, "DROP", "no_assessment_above_threshold", None),
    ],
)
def test_personal_data_is_explained_by_row_people_numbers_and_paper(
    people: int | None, row: int, action: str, reason: str, paper: str | None
) -> None:
    found, why = because("truck.tractorPlate", people=people)
    verdict = next(one for one in found.fields if one.path == "truck.tractorPlate")

    assert (verdict.row, verdict.action, verdict.reason) == (row, action, reason)
    assert why.row == row
    assert why.articles == ROWS[row - 1].articles
    assert why.people == people
    assert (why.paper.id if why.paper else None) == paper
    assert [one.id for one in why.papers] == ([] if paper else ["paper"])
    assert set(why.numbers) == set(ROWS[row - 1].parameters)


@pytest.mark.parametrize(
    ("pi", "spi", "action"), [(119_000, 1_000, "PASS"), (119_000, 1_001, "DROP"), (0, 1, "PASS"), (120_001, 0, "DROP")]
)
def test_a_number_of_people_is_that_of_both_buckets_together(pi: int, spi: int, action: str) -> None:
    """Who is in both is not known: an explanation says rather that a paper is used up than that it is not."""
    paper = a_paper(mechanism="ASSESSMENT", people=120_000, classes=["PI", "SPI"])
    rules = a_rule_set(
        parties=[a_publisher(ciio="yes"), a_partner()],
        grants=[a_grant("eventId", "truck.tractorPlate")],
        papers=[paper],
    )
    record = a_record(an_event(truck={"tractorPlate": "粤B12345"}))
    known = Known(rules, {Bucket.PI: pi, Bucket.SPI: spi})

    found = explain(
        an_executor(a_plan(rules)), "forwarder", "terminal", (record.key, record.value or b""), NOW_US, known
    )

    assert actions(found)["truck.tractorPlate"] == action


def test_the_dates_of_a_paper_are_said() -> None:
    _, why = because("truck.tractorPlate", people=100_000)

    assert why.paper is not None
    assert list(dates_of(why.paper)) == ["effective", "filed", "expires"]


def test_facts_are_those_that_the_row_looked_at_and_unknown_ones_are_named() -> None:
    _, counted = because("truck.tractorPlate", people=100_000)
    _, lone = because("truck.tractorPlate")

    facts = {fact.name: fact.value for fact in counted.facts}
    assert facts["people"] == 100_000
    assert facts["papers"] == {"SCC"}
    assert "people" not in counted.unknown
    assert "people" in lone.unknown


def test_a_field_that_no_grant_names_has_no_row_and_no_facts() -> None:
    _, why = because("seals[].number")

    assert (why.row, why.facts, why.articles) == (0, (), ())


PLATE = "truck.tractorPlate"
FEW = {Bucket.PI: 1, Bucket.SPI: 0}


def passed_on(
    partner: str, stamp: str | None, counters: dict[Bucket, int] = FEW, people: dict[str, int] | None = None
) -> Explanation:
    """What a party of Hong Kong passes on that it got from Shenzhen under a contract that names one further party."""
    second = {**a_publisher("second", zone="HK", publisher={"collected_in": "CN"}), "partner": {}}
    rules = a_rule_set(
        parties=[a_publisher(), second, a_partner("third"), a_partner("fourth", zone="SG")],
        grants=[
            a_grant(*COMMON, PLATE, partners=["second"]),
            a_grant(*COMMON, PLATE, id="further", publishers=["second"], partners=["third", "fourth"]),
        ],
        papers=[a_paper("GBA_SC_HK", recipients=["second"], onward=["third"], **(people or {}))],
    )
    event = a_record(an_event(truck={"tractorPlate": "粤B12345"}))
    assert event.value is not None
    executor = an_executor(a_plan(rules))
    assert executor.stamps_of("second") == {"HK"}
    assert executor.stamps_of("forwarder") == set()
    return explain(executor, "second", partner, (event.key, event.value), NOW_US, Known(rules, counters, stamp))


def test_what_a_stamped_event_would_give() -> None:
    inside, outside, without = passed_on("third", "HK"), passed_on("fourth", "HK"), passed_on("third", None)

    # Inside its stamp it leaves under the contract under which it came, stamped again, and the facts say so
    assert actions(inside)[PLATE] == "PASS"
    assert inside.delivery["headers"]["ce_onward"] == "HK"
    assert {one.name: one.value for one in inside.because[PLATE].facts}["stamp"] == frozenset({"HK"})
    assert inside.because[PLATE].row == 14
    # Outside nothing of it leaves, by row 4; and without a stamp nobody knows where it comes from, row 3
    assert outside.code == "nothing_may_leave"
    assert outside.because[PLATE].row == 4
    assert (actions(without)[PLATE], without.because[PLATE].row) == ("DROP", 3)


@pytest.mark.parametrize(
    ("people", "expected"), [(50, "PASS gba_contract"), (51, "DROP paper_used_up"), (99_999, "DROP paper_used_up")]
)
def test_who_passes_on_what_it_got_is_bound_by_the_number_of_the_paper_too(people: int, expected: str) -> None:
    found = passed_on("third", "HK", {Bucket.PI: people, Bucket.SPI: 0}, {"people": 50})

    verdict = next(one for one in found.fields if one.path == PLATE)
    assert f"{verdict.action} {verdict.reason}" == expected


def test_a_stamp_that_the_party_is_never_sent_is_no_stamp() -> None:
    found = passed_on("third", "SG")

    assert found.code == "not_taken"
    assert "are not those of a delivery of this event to you" in found.detail


NAME = "people[].name"
CHILD = {"people": [{"name": "A", "birthDate": 18_628}, {"name": "B"}], "truck": {"tractorPlate": "粤B12345"}}
GUARDED = {"minors": True, "guardian": "guardian 1", "classes": ["PI", "SPI"]}


def of_a_child(people: int = 5, **said: Any) -> Explanation:
    rules = a_rule_set(grants=[a_grant("eventId", NAME, PLATE)], papers=[a_paper(**said)])
    record = a_record(an_event(**CHILD))
    known = Known(rules, {Bucket.PI: people, Bucket.SPI: 2})
    executor = an_executor(a_plan(rules))
    return explain(executor, "forwarder", "terminal", (record.key, record.value or b""), NOW_US, known)


def test_that_somebody_is_under_14_is_among_the_facts_and_why_a_guardian_is_asked_for() -> None:
    found = of_a_child()

    name, plate = (next(one for one in found.fields if one.path == path) for path in (NAME, PLATE))
    assert (name.field_class, name.action, name.reason, name.row) == ("SPI", "DROP", "no_guardian", 10)
    assert found.because[NAME].facts[0] == Fact("minors", value=True)
    assert found.because[NAME].numbers["minor_years"].value == 14
    assert [one.id for one in found.because[NAME].papers] == ["paper"]
    # What is the driver's has nothing to do with it
    assert (plate.field_class, plate.action) == ("PI", "PASS")
    assert "minors" not in {one.name for one in found.because[PLATE].facts}


def test_of_who_is_no_child_no_such_fact_is_told() -> None:
    rules = a_rule_set(grants=[a_grant("eventId", NAME)], papers=[a_paper()])
    record = a_record(an_event(people=[{"name": "A", "birthDate": 0}]))
    known = Known(rules, {Bucket.PI: 5, Bucket.SPI: 0})

    found = explain(an_executor(a_plan(rules)), "forwarder", "terminal", (None, record.value or b""), NOW_US, known)

    assert actions(found)[NAME] == "PASS"
    assert "minors" not in {one.name for one in found.because[NAME].facts}


def test_with_a_guardian_it_leaves_as_sensitive_data_of_as_many_people() -> None:
    found = of_a_child(**GUARDED)

    name = next(one for one in found.fields if one.path == NAME)
    assert (name.field_class, name.action, name.paper) == ("SPI", "PASS", "paper")
    assert found.because[NAME].facts[0].name == "minors"
    assert found.because[NAME].people == 2
    assert found.delivery["value"]["people"] == [{"name": "A"}, {"name": "B"}]


def test_what_stays_of_a_child_for_what_it_would_stay_of_others_is_explained_by_that() -> None:
    found = of_a_child(1_000_000, **GUARDED)

    name = next(one for one in found.fields if one.path == NAME)
    assert (name.action, name.reason, name.row) == ("DROP", "no_assessment_above_threshold", 16)
    facts = {one.name: one.value for one in found.because[NAME].facts}
    assert facts["minors"] is True
    assert facts["field_class"] == "PI"


@pytest.mark.parametrize(
    ("counters", "expected", "events"),
    [
        (None, "DROP not_counted", None),
        ({Bucket.PI: 5}, "PASS important_assessed", 0),
        ({Bucket.IMPORTANT: 7}, "PASS important_assessed", 7),
        ({Bucket.IMPORTANT: 8}, "DROP paper_used_up", 8),
    ],
)
def test_important_data_is_explained_by_the_events_of_its_assessment(
    counters: dict[Bucket, int] | None, expected: str, events: int | None
) -> None:
    rules = a_rule_set(
        grants=[a_grant(*COMMON, "location.name")],
        classes=[a_class("location.name", "IMPORTANT")],
        papers=[a_paper("ASSESSMENT", classes=["IMPORTANT"], volume=7)],
    )
    given = None if counters is None else {Bucket.PI: 0, Bucket.SPI: 0, **counters}
    record = a_record(an_event(**NAMED))

    found = explain(
        an_executor(a_plan(rules)),
        "forwarder",
        "terminal",
        (record.key, record.value or b""),
        NOW_US,
        Known(rules, given),
    )

    (verdict,) = [one for one in found.fields if one.path == "location.name"]
    assert f"{verdict.action} {verdict.reason}" == expected
    assert found.because["location.name"].events == events
    assert ("location" in found.delivery["value"]) == expected.startswith("PASS")
