"""Papers against each other, against the zones of their parties, and lists: what is refused, and what stands."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.builders import a_grant, a_paper, a_partner, a_publisher, a_rule_set

from tidegate.errors import BadRules


def refused(**said: Any) -> list[str]:
    """The sentences with which a rule set is refused; none where it loads."""
    try:
        a_rule_set(**said)
    except BadRules as exc:
        return [mistake.sentence for mistake in exc.mistakes]
    return []


@pytest.mark.parametrize(
    ("exporter", "recipient", "onward", "wrong"),
    [
        ("CN-GD-SZ", "HK", "HK", False),
        ("CN-GD-SZ", "HK", "MO", True),
        ("CN-GD-SZ", "HK", "SG", True),
        ("CN-GD-SZ", "HK", "CN-GD-GZ", True),
        ("HK", "CN-GD-SZ", "CN-GD-GZ", False),
        ("HK", "CN-GD-SZ", "CN-SH", True),
        ("HK", "CN-GD-SZ", "HK", True),
    ],
)
def test_what_left_under_a_greater_bay_area_contract_goes_on_in_the_jurisdiction_of_its_recipient(
    exporter: str, recipient: str, onward: str, wrong: bool
) -> None:
    parties = [a_publisher(zone=exporter), a_partner(zone=recipient), a_partner("third", zone=onward)]

    said = refused(papers=[a_paper("GBA_SC_HK", onward=["third"])], parties=parties)

    assert ["(GBA contract Art. 3(8))" in one for one in said] == [True] * wrong


def test_a_recipient_that_is_not_there_is_the_only_mistake() -> None:
    paper = a_paper("GBA_SC_HK", recipients=["nobody"], onward=["terminal"])

    assert refused(papers=[paper]) == ["there is no party 'nobody'"]


def at(month: int, day: int = 1) -> datetime:
    return datetime(2026, month, day, tzinfo=UTC)


@pytest.mark.parametrize(
    ("one", "other", "wrong"),
    [
        ((at(1), None), (at(3), None), True),
        ((at(1), at(3, 2)), (at(3), at(5)), True),
        ((at(1), at(3)), (at(1), None), True),
        # One ends before, or at the moment in which, the other begins
        ((at(1), at(3)), (at(3), None), False),
        ((at(1), at(2)), (at(3), at(5)), False),
    ],
)
def test_two_papers_for_the_same_at_the_same_time_are_refused(
    one: tuple[datetime, datetime | None], other: tuple[datetime, datetime | None], wrong: bool
) -> None:
    for first, second in ((one, other), (other, one)):
        papers = [
            a_paper(
                id=f"paper-{number}", number=str(number), effective=start, **({} if end is None else {"expires": end})
            )
            for number, (start, end) in enumerate((first, second))
        ]
        said = refused(papers=papers)
        assert ["covers the same at the same time" in sentence for sentence in said] == [True] * wrong


def test_a_paper_that_does_not_say_since_when_it_holds_is_not_held_against_another() -> None:
    since = a_paper(id="dated", number="1")
    undated = [
        {key: value for key, value in a_paper(id=name, number=name).items() if key != "effective"} for name in "ab"
    ]

    for papers in ([since, undated[0]], [undated[0], since], undated):
        said = refused(papers=papers)
        assert said == [one for one in said if "does not say since when" in one] != []


@pytest.mark.parametrize(
    ("storage", "zone", "review"),
    [
        (["HK"], "HK", False),
        (["HK"], "SG", True),
        (["SG"], "HK", True),
        (["MO", "HK"], "HK", False),
        (["CN-GD"], "CN-GD-SZ", False),
        (["CN-GD-SZ"], "CN-GD", True),
        (["CN-GD-GZ"], "CN-GD-SZ", True),
    ],
)
def test_a_recipient_elsewhere_than_was_filed_puts_the_paper_in_review(
    storage: list[str], zone: str, review: bool
) -> None:
    mechanism = "DOMESTIC_ART23" if zone.startswith("CN") else "SCC"
    rules = a_rule_set(papers=[a_paper(mechanism, storage=storage)], parties=[a_publisher(), a_partner(zone=zone)])

    assert bool(rules.papers[0].review) == review


LIST = {
    "id": "shanghai",
    "area": "CN-SH",
    "sectors": ["shipping"],
    "source": "a law firm",
    "published": date(2026, 4, 24),
}
CREW: dict[str, Any] = {"item": "crew", "fields": ["people"]}
WEATHER: dict[str, Any] = {"item": "weather"}


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"adopted": date(2026, 4, 24)}, []),
        ({"adopted": date(2026, 4, 25)}, ["published is before adopted"]),
        ({"published": date(2026, 4, 23)}, ["CN-SH has lists of its own since 2026-04-24 only"]),
        ({"published": None, "adopted": date(2025, 2, 7)}, []),
        ({"area": "CN-SH-FTZ", "published": date(2025, 2, 8)}, []),
        (
            {"area": "CN-SH-FTZ", "published": date(2025, 2, 7)},
            ["CN-SH-FTZ has lists of its own since 2025-02-08 only"],
        ),
        ({"area": "CN"}, ["'CN' is no area with a list of its own"]),
        ({"area": "CN-GD"}, ["'CN-GD' is no area with a list of its own"]),
        ({"area": "CN-GBA9"}, ["'CN-GBA9' is no area with a list of its own"]),
        ({"area": "CN-SH-LG"}, ["'CN-SH-LG' is no area with a list of its own"]),
        ({"verified": True, "items": [CREW]}, []),
        ({"verified": True, "items": [CREW, {**WEATHER, "elsewhere": True}]}, []),
        ({"items": [CREW, WEATHER]}, []),
        (
            {"verified": True, "items": [CREW, WEATHER]},
            ["shanghai is verified, and its item 'weather' names no field, so what it is about would be off the list"],
        ),
        (
            {"verified": True, "items": [{**WEATHER, "elsewhere": True}]},
            ["shanghai is verified and names no field, so everything would be off it"],
        ),
        ({"items": [{**CREW, "elsewhere": True}]}, ["'crew' names fields and is elsewhere"]),
        ({"kind": "general data", "items": [CREW]}, []),
        (
            {"kind": "general data", "verified": True, "items": [CREW]},
            ["shanghai names what is free and not what is not, and no row reads it"],
        ),
        ({"items": [{"item": "plates", "fields": ["truck.tractorPlate"]}]}, []),
        ({"items": [{"item": "plates", "fields": ["truck.plates"]}]}, ["there is no field 'truck.plates'"]),
    ],
)
def test_a_negative_list_is_dated_and_names_fields_that_there_are(said: dict[str, Any], wrong: list[str]) -> None:
    one = {key: value for key, value in {**LIST, **said}.items() if value is not None}

    found = refused(lists=[one], grants=[a_grant()])

    assert [one.partition(";")[0] for one in found] == wrong
