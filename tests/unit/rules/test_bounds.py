"""Bounds: what the numbers of papers are compared with, and the levels that come of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.builders import LEVELS, a_class, a_grant, a_paper, a_partner, a_plan, a_publisher, a_rule_set

from tidegate.errors import BadRules
from tidegate.law import Bucket
from tidegate.law.calendars import micros_of
from tidegate.rules.bounds import bounds_of
from tidegate.rules.levels import FEWEST, PEOPLE, SENSITIVE, Bounds, Cap, Dimension, Window

BOTH = Window((Bucket.PI, Bucket.SPI))
OF_LAW = (Dimension(PEOPLE, (100_000, 1_000_000)), Dimension(SENSITIVE, (10_000,)))


def since(year: int, *buckets: Bucket) -> Window:
    return Window(buckets or (Bucket.PI,), year)


def found(*papers: dict[str, Any], exporter: str = "forwarder") -> Bounds:
    parties = [a_publisher(), a_partner(publisher={"collected_in": "CN", "own_data": "yes"}), a_partner("bank")]
    rules = a_rule_set(parties=parties, papers=papers)
    return bounds_of(exporter, rules.papers, rules.law)


def of(mechanism: str = "SCC", **said: Any) -> dict[str, Any]:
    return a_paper(mechanism, **{"people": 50, **said})


@pytest.mark.parametrize(
    ("paper", "window"),
    [
        (of("SCC", classes=["SPI", "PI"]), BOTH),
        (of("GBA_SC_HK", classes=["SPI", "PI"]), BOTH),
        (of("ART5_SMALL", classes=["SPI", "PI"]), BOTH),
        (of("ASSESSMENT"), since(2025)),
        (of("CERT"), since(2025)),
        (of("ASSESSMENT", classes=["SPI", "PI"]), since(2025, Bucket.PI, Bucket.SPI)),
        (of("ASSESSMENT", classes=["SPI"]), since(2025, Bucket.SPI)),
        (of("ASSESSMENT", people=None, volume=50, classes=["IMPORTANT"]), since(2025, Bucket.IMPORTANT)),
    ],
)
def test_papers_that_hold_for_years_are_compared_with_all_of_them(paper: dict[str, Any], window: Window) -> None:
    said = {key: value for key, value in paper.items() if value is not None}

    assert found(said).dimensions == (*OF_LAW, Dimension(window, (51,)))


@pytest.mark.parametrize(
    ("effective", "year"), [("2025-12-31T15:59:59", 2025), ("2025-12-31T16:00:00", 2026), ("2026-06-01T00:00:00", 2026)]
)
def test_the_year_of_effect_is_that_of_shanghai(effective: str, year: int) -> None:
    moment = datetime.fromisoformat(effective).replace(tzinfo=UTC)

    assert found(of("ASSESSMENT", effective=moment)).dimensions[2].window == since(year)


def test_a_number_of_this_year_lies_among_those_of_the_law() -> None:
    assert found(of(people=50)).dimensions == (Dimension(PEOPLE, (51, 100_000, 1_000_000)), OF_LAW[1])
    assert found(of(people=99_999)).dimensions == OF_LAW, "where the law asks for another paper it has ended anyway"
    assert found(of(classes=["SPI"], people=7)).dimensions == (OF_LAW[0], Dimension(SENSITIVE, (8, 10_000)))


def test_the_order_is_that_of_the_law_then_of_years_and_names_whatever_that_of_the_papers() -> None:
    papers = [
        of("ASSESSMENT", id="c", number="N-3", volume=9, effective=datetime(2026, 1, 5, tzinfo=UTC)),
        of("ASSESSMENT", id="b", number="N-2", people=80, purposes=["booking"], classes=["PI", "SPI"]),
        of(id="a", people=70, classes=["PI", "SPI"], purposes=["trade finance"]),
        of("CERT", id="d", number="N-4", people=80, classes=["PI", "SPI"]),
    ]

    one, other = found(*papers), found(*papers[::-1])

    assert one == other
    assert [(dimension.window.name, dimension.bounds) for dimension in one.dimensions[2:]] == [
        ("PI+SPI", (71,)),
        ("2025:PI+SPI", (81,)),
        ("2026:IMPORTANT", (10,)),
        ("2026:PI", (51,)),
    ]
    assert one.count == 3 * 2 * 2 * 2 * 2 * 2 == len(one.levels)


def test_the_last_dimension_counts_fastest() -> None:
    bounds = found(of("ASSESSMENT", people=5))

    assert bounds.levels[:3] == ((0, 0, 0), (0, 0, 1), (0, 1, 0))
    assert bounds.level({PEOPLE: 3, since(2025): 5}) == (0, 0, 0)
    assert bounds.level({PEOPLE: 3, since(2025): 6}) == (0, 0, 1)
    assert bounds.level({PEOPLE: 100_000, SENSITIVE: 10_000, since(2025): 6}) == (1, 1, 1)
    assert found().levels == LEVELS


def test_the_fewest_of_a_level_are_its_bound_or_one() -> None:
    bounds = found(of("ASSESSMENT", people=5))

    assert [bounds.fewest((1, 0, place), since(2025)) for place in (0, 1)] == [1, 6]
    assert [bounds.fewest((place, 0, 0), PEOPLE) for place in (0, 1, 2)] == [1, 100_000, 1_000_000]
    assert bounds.fewest((2, 1, 1), since(2024)) == bounds.fewest(FEWEST, PEOPLE) == 1


def test_what_cannot_be_used_is_no_bound_and_who_passes_on_has_that_of_whom_it_got_it() -> None:
    assert found(of(status="suspended")).dimensions == OF_LAW
    assert found(of(), exporter="terminal") == found(of())
    assert found(of(), exporter="bank").dimensions == OF_LAW


def test_a_plan_says_of_each_exporter_what_its_own_papers_were_approved_for() -> None:
    assessment = of("ASSESSMENT", volume=7, expires=datetime(2027, 10, 1, tzinfo=UTC))

    plan = a_plan(grants=[a_grant()], papers=[assessment, of(id="draft", number="N-2", status="draft")])

    dates = micros_of(assessment["effective"]), micros_of(assessment["expires"])
    assert plan.publishers["forwarder"].caps == (
        Cap("paper", 50, since(2025), *dates),
        Cap("paper", 7, since(2025, Bucket.IMPORTANT), *dates),
    )
    assert plan.publishers["forwarder"].dimensions == found(assessment).dimensions


def test_too_many_numbers_over_the_years_are_refused() -> None:
    papers = [
        of(
            "ASSESSMENT",
            id=f"a{year}",
            number=f"N{year}",
            purposes=[purpose],
            volume=9,
            effective=datetime(year, 6, 1, tzinfo=UTC),
        )
        for year, purpose in zip((2024, 2025, 2026), ("booking", "trade finance", "customs clearance"), strict=True)
    ]

    assert found(*papers[:2]).count == 6 * 2**4
    with pytest.raises(BadRules, match=r"the papers of forwarder have 6 numbers of people or events, .* 384 levels"):
        found(*papers)


def assessed(**said: Any) -> dict[str, Any]:
    return {"papers": [a_paper("ASSESSMENT", **{"fields": ["location.name"], "classes": [], **said})]}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"fields": ["truck.tractorPlate"], "classes": ["PI"]}, True),
        ({"fields": ["location.name"]}, False),
        ({"fields": [], "classes": ["IMPORTANT"]}, False),
    ],
)
def test_a_volume_of_a_paper_without_important_data_is_said_to_limit_nothing(
    said: dict[str, Any], expected: bool
) -> None:
    rules = a_rule_set(classes=[a_class("location.name", "IMPORTANT")], **assessed(**{"volume": 7, **said}))

    assert any("it limits nothing" in note.sentence for note in rules.notes) is expected


def test_of_a_window_of_which_nothing_is_said_there_are_none() -> None:
    bounds = Bounds((Dimension(PEOPLE, (1, 2)), Dimension(SENSITIVE, (1,))))

    assert bounds.level({}) == (0, 0)
    assert bounds.level({SENSITIVE: 1}) == (0, 1)


def numbered(**counts: int) -> Bounds:
    """Papers of one exporter about personal and sensitive data, each for a recipient and with a number of its own."""
    papers = [
        of(id=name, number=name, people=people, classes=[kind], recipients=[f"r-{name}"])
        for kind, count in counts.items()
        for people in range(1, count + 1)
        for name in [f"{kind}-{people}".lower()]
    ]
    parties = [a_publisher(), *(a_partner(one["recipients"][0]) for one in papers)]
    rules = a_rule_set(parties=parties, papers=papers, grants=[])
    return bounds_of("forwarder", rules.papers, rules.law)


def test_an_exporter_has_120_levels_and_not_one_more() -> None:
    assert numbered(PI=9, SPI=8).count == 12 * 10
    with pytest.raises(BadRules, match=r"would have 121 levels; 120 is the most"):
        numbered(PI=8, SPI=9)
