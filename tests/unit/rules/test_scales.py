"""Scales: what an extension may add to an assessment, and an approved number of people that comes near or is passed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.builders import a_grant, a_paper, a_partner, a_publisher, a_rule_set

from tidegate.errors import BadRules
from tidegate.law import Bucket
from tidegate.law.obligations import Kind, State
from tidegate.rules.levels import PEOPLE, SENSITIVE, Window
from tidegate.rules.obligations import obligations
from tidegate.rules.scales import windows_asked

BEFORE: dict[str, Any] = {"id": "first", "people": 1_000_000, "expires": datetime(2026, 10, 1, tzinfo=UTC)}
EXTENSION: dict[str, Any] = {
    "id": "second",
    "number": "N-2",
    "extends": "first",
    "effective": datetime(2026, 10, 1, tzinfo=UTC),
    "expires": datetime(2029, 9, 30, 16, tzinfo=UTC),
}


def mistakes(before: dict[str, Any] | None = None, **said: Any) -> list[str]:
    """What is wrong with an extension of an assessment of a million people."""
    papers = [
        a_paper("ASSESSMENT", **{**BEFORE, **(before or {})}),
        a_paper(**{"mechanism": "ASSESSMENT", **EXTENSION, **said}),
    ]
    try:
        a_rule_set(parties=[a_publisher(), a_partner(), a_partner("bank")], grants=[a_grant()], papers=papers)
    except BadRules as exc:
        return [str(one).partition(": ")[2] for one in exc.mistakes]
    return []


@pytest.mark.parametrize("people", [1, 1_000_000, 1_199_999, 1_200_000])
def test_an_extension_of_a_fifth_more_people_is_right(people: int) -> None:
    assert mistakes(people=people) == []


@pytest.mark.parametrize("volume", [1, 100, 119, 120])
def test_an_extension_of_a_fifth_more_events_is_right(volume: int) -> None:
    assert mistakes({"volume": 100}, people=5, volume=volume) == []


def test_an_extension_rounds_down() -> None:
    assert mistakes({"people": 7}, people=8) == []
    assert mistakes({"people": 7}, people=9) == ["an extension of 7 people covers at most 20 % more: 8"]


def test_an_extension_may_be_for_less_and_begins_later() -> None:
    more = {
        "recipients": ["terminal", "bank"],
        "purposes": ["terminal operations", "booking"],
        "classes": ["PI", "SPI"],
    }
    begins, ends = datetime(2025, 10, 1, tzinfo=UTC), datetime(2028, 9, 30, tzinfo=UTC)

    assert mistakes(more, people=5) == []
    assert mistakes(more, people=5, expires=ends, effective=begins + timedelta(seconds=1)) == []
    assert mistakes(more, people=5, expires=ends, effective=begins) == [
        "second extends first and does not begin after it"
    ]


@pytest.mark.parametrize("exporter", ["carrier", "shipper"])
def test_an_extension_is_of_the_same_exporter(exporter: str) -> None:
    parties = [a_publisher(), a_publisher(exporter), a_partner()]
    papers = [
        a_paper("ASSESSMENT", **BEFORE),
        a_paper("ASSESSMENT", **{**EXTENSION, "people": 5, "exporter": exporter}),
    ]

    with pytest.raises(BadRules, match="second extends first, and exporter are more"):
        a_rule_set(parties=parties, papers=papers)


@pytest.mark.parametrize(
    ("before", "said", "expected"),
    [
        ({}, {"people": 1_200_001}, "an extension of 1,000,000 people covers at most 20 % more: 1,200,000"),
        (
            {},
            {"people": 5, "extends": "frist"},
            "there is no other authorization 'frist' to extend; did you mean 'first'?",
        ),
        ({}, {"people": 5, "extends": "second"}, "there is no other authorization 'second' to extend"),
        ({}, {}, "an extension says for how many people, and so does first; add people"),
        (
            {"volume": 100},
            {"people": 5},
            "an extension says for how many events with important data, and so does first; add volume",
        ),
        (
            {},
            {"people": 5, "volume": 5},
            "an extension says for how many events with important data, and so does first; add volume",
        ),
        (
            {"volume": 100},
            {"people": 5, "volume": 121},
            "an extension of 100 events with important data covers at most 20 % more: 120",
        ),
        (
            {"people": 5},
            {"people": 5, "recipients": ["terminal", "bank"]},
            "second extends first, and recipients are more",
        ),
        ({}, {"people": 5, "purposes": ["trade finance"]}, "second extends first, and purposes are more"),
        ({}, {"people": 5, "classes": ["PI", "SPI"]}, "second extends first, and classes are more"),
        ({}, {"people": 5, "fields": ["truck"]}, "second extends first, and fields are more"),
        ({}, {"people": 5, "mechanism": "SCC"}, "only an assessment is extended; write a paper of its own"),
    ],
)
def test_what_is_wrong_with_an_extension_is_said(before: dict[str, Any], said: dict[str, Any], expected: str) -> None:
    found = mistakes(before, **said)

    assert len(found) == 1, found
    assert found[0].startswith(expected)


@pytest.mark.parametrize(
    ("people", "state"),
    [(799, None), (800, State.AHEAD), (950, State.AHEAD), (1_000, State.AHEAD), (1_001, State.OVERDUE)],
)
def test_an_approved_number_that_comes_near_or_is_passed_is_an_obligation(people: int, state: State | None) -> None:
    rules = a_rule_set(papers=[a_paper(people=1_000)])

    found = obligations(rules, date(2026, 6, 1), {("forwarder", PEOPLE): people, ("other", PEOPLE): 9_999})

    assert [one.state for one in found if one.kind is Kind.SCALE] == ([state] if state else [])


@pytest.mark.parametrize(
    ("mechanism", "count", "expected"),
    [
        (
            "SCC",
            85,
            "forwarder has provided 85 people this year, at least 80 % of the 100 that paper was approved for",
        ),
        (
            "ASSESSMENT",
            96,
            "forwarder has provided 96 people since 2025-01-01, at least 95 % of the 100 that paper was approved for",
        ),
        (
            "CERT",
            101,
            "forwarder has provided 101 people since 2025-01-01, that is more than the 100 that paper was approved "
            "for: nothing about people leaves under it",
        ),
    ],
)
def test_it_says_since_when_people_were_counted(mechanism: str, count: int, expected: str) -> None:
    rules = a_rule_set(papers=[a_paper(mechanism, people=100)])
    (window,) = windows_asked(rules.papers)["forwarder"]

    found = obligations(rules, date(2026, 6, 1), {("forwarder", window): count})

    assert [one.sentence for one in found if one.kind is Kind.SCALE] == [expected]


@pytest.mark.parametrize(("events", "state"), [(79, None), (80, State.AHEAD), (100, State.AHEAD), (101, State.OVERDUE)])
def test_events_with_important_data_are_told_as_people_are(events: int, state: State | None) -> None:
    rules = a_rule_set(papers=[a_paper("ASSESSMENT", volume=100, people=5_000, classes=["PI", "IMPORTANT"])])
    window = Window((Bucket.IMPORTANT,), 2025)
    counts = {("forwarder", window): events, ("forwarder", PEOPLE): 9_999}

    found = [one for one in obligations(rules, date(2026, 6, 1), counts) if one.kind is Kind.SCALE]

    assert [one.state for one in found] == ([state] if state else [])
    assert all(f"{events} events with important data since 2025-01-01" in one.sentence for one in found)
    assert all(one.sentence.endswith("approved for: nothing leaves under it") for one in found if events > 100)


def test_of_what_has_ended_nothing_is_near() -> None:
    rules = a_rule_set(papers=[a_paper("ASSESSMENT", people=100, expires=datetime(2026, 6, 1, tzinfo=UTC))])
    (window,) = windows_asked(rules.papers)["forwarder"]

    found = [
        [one.kind for one in obligations(rules, day, {("forwarder", window): 99}) if one.kind is Kind.SCALE]
        for day in (date(2026, 5, 31), date(2026, 6, 1), date(2026, 6, 2))
    ]

    assert found == [[Kind.SCALE], [], []]


@pytest.mark.parametrize(("counts", "told"), [({}, 0), ({("forwarder", PEOPLE): 1}, 1)])
def test_where_nobody_was_counted_nobody_is_near_to_anything(counts: dict[Any, int], told: int) -> None:
    found = obligations(a_rule_set(papers=[a_paper(people=1)]), date(2026, 6, 1), counts)

    assert len([one for one in found if one.kind is Kind.SCALE]) == told


def test_people_in_other_buckets_than_those_of_a_paper_are_none_of_its_own() -> None:
    sensitive = a_rule_set(papers=[a_paper(people=100, classes=["SPI"])])
    both = a_rule_set(papers=[a_paper(people=100, classes=["PI", "SPI"])])
    windows = {PEOPLE: 5_000, SENSITIVE: 10, Window((Bucket.PI, Bucket.SPI)): 5_005}
    counts = {("forwarder", window): count for window, count in windows.items()}

    found = [
        [one.state for one in obligations(rules, date(2026, 6, 1), counts) if one.kind is Kind.SCALE]
        for rules in (sensitive, both)
    ]

    assert found == [[], [State.OVERDUE]]


UNCOUNTED = [
    ("DOMESTIC_ART23", {}, {"zone": "CN-SH"}),
    ("HK_DPP", {}, {}),
    ("GBA_SC_HK", {"gba_counts": False}, {}),
    ("ART5_CONTRACT", {"exempt_counts": False}, {}),
]


@pytest.mark.parametrize(("mechanism", "law", "partner"), UNCOUNTED)
def test_a_number_that_nobody_counts_is_refused(mechanism: str, law: dict[str, Any], partner: dict[str, Any]) -> None:
    zone = "HK" if mechanism == "HK_DPP" else "CN-GD-SZ"
    said = {"parties": [a_publisher(zone=zone), a_partner(**partner)], "law": law}

    with pytest.raises(BadRules, match="so nobody could keep its number of people; take people away"):
        a_rule_set(papers=[a_paper(mechanism, people=5)], **said)
    assert a_rule_set(papers=[a_paper(mechanism)], **said)


SCOPES: dict[str, Any] = {"a": {"classes": ["PI"]}, "b": {"classes": ["SPI"]}, "c": {"classes": ["PI", "SPI"]}}
PURPOSES = ("booking", "trade finance", "customs clearance", "inland haulage")


@pytest.mark.parametrize(("numbers", "levels"), [(3, None), (4, 7 * 6 * 5)])
def test_papers_with_more_numbers_than_a_plan_has_levels_for_are_refused(numbers: int, levels: int | None) -> None:
    papers = [
        a_paper(id=f"{name}{number}", number=f"{name}{number}", people=100 + number, purposes=[purpose], **scope)
        for name, scope in SCOPES.items()
        for number, purpose in enumerate(PURPOSES[:numbers])
    ]

    assert a_rule_set(papers=[{**one, "status": "signed"} for one in papers]), "only those in effect have levels"
    if levels is None:
        assert a_rule_set(papers=papers)
        return
    with pytest.raises(
        BadRules, match=f"the papers of forwarder have 12 numbers of people or events, .* {levels} levels"
    ):
        a_rule_set(papers=papers)


def test_papers_that_extend_each_other_are_refused() -> None:
    found = mistakes({"extends": "second", "people": 5}, people=5)

    assert found == [
        "first extends second and does not begin after it",
        "first extends second, which extends it in turn: circular",
        "second extends first, which extends it in turn: circular",
    ]


def test_what_is_wrong_with_each_of_several_extensions_is_said() -> None:
    names = ("b", "d")
    papers = [a_paper("ASSESSMENT", **{**EXTENSION, "id": name, "number": name, "extends": "none"}) for name in names]
    papers[1] |= {"classes": ["SPI"]}

    with pytest.raises(BadRules) as found:
        a_rule_set(papers=papers)

    assert [one.sentence for one in found.value.mistakes] == ["there is no other authorization 'none' to extend"] * 2


@pytest.mark.parametrize("name", ["a", "z"])
def test_of_an_extension_of_what_cannot_be_read_nothing_is_said(name: str) -> None:
    broken = a_paper("ASSESSMENT", id=name, number=name, people="many")
    longer = a_paper("ASSESSMENT", **{**EXTENSION, "id": "m", "extends": name})

    with pytest.raises(BadRules) as found:
        a_rule_set(papers=[broken, longer])

    assert [one.sentence.partition(" is")[0] for one in found.value.mistakes] == ["'people'"]


def lists(**second: Any) -> list[str]:
    """What is wrong with two negative lists of Shanghai."""
    one = {
        "id": "one",
        "area": "CN-SH",
        "sectors": ["shipping", "trade"],
        "source": "x",
        "published": date(2026, 4, 24),
    }
    one |= {"verified": True, "items": [{"item": "crew", "fields": ["people"]}]}
    try:
        a_rule_set(lists=[one, {**one, "id": "two", **second}])
    except BadRules as exc:
        return [str(each).partition(": ")[2] for each in exc.mistakes]
    return []


def test_two_lists_of_one_area_sector_and_day_contradict_each_other() -> None:
    assert lists() == ["one is the list of CN-SH of that day too, for shipping, trade"]
    assert lists(sectors=["trade"]) == ["one is the list of CN-SH of that day too, for trade"]
    assert lists(sectors=["pharma"]) == lists(published=date(2026, 4, 25)) == []
    assert lists(area="CN-BJ", published=date(2026, 5, 11)) == lists(verified=False) == []
