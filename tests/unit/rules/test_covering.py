"""What papers and lists say in themselves: from when to when, of whom, for whom, and from how many people on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.builders import EVENT, a_class, a_paper, a_partner, a_publisher, a_rule_set

from tidegate.errors import BadRules
from tidegate.law.calendars import start_of
from tidegate.rules import RuleSet
from tidegate.rules.filings import filings
from tidegate.rules.papers import Paper, end_of, grace_of, intervals, list_of, people_off_list, targets

SHANGHAI = "2026-{}T00:00:00+08:00"
EFFECTIVE = datetime.fromisoformat(SHANGHAI.format("01-05"))
LATE = datetime.fromisoformat(SHANGHAI.format("01-20"))
"""Ten working days after 5 January 2026 end with the 19th."""
SECOND = timedelta(seconds=1)
DRIVER, GATE = 'extensions["driver"]', 'extensions["gate"]'


def with_paper(mechanism: str = "SCC", *, filed: date | None = None, **said: Any) -> tuple[RuleSet, Paper]:
    paper = {key: value for key, value in a_paper(mechanism, effective=EFFECTIVE).items() if key != "filed"}
    paper |= {} if filed is None else {"filed": filed}
    rules = a_rule_set(parties=[a_publisher(), a_partner(), a_partner("bank")], papers=[{**paper, **said}])
    return rules, rules.papers[0]


def times(mechanism: str = "SCC", **said: Any) -> list[tuple[str, datetime | None, datetime | None]]:
    rules, paper = with_paper(mechanism, **said)
    return [(one.fact, one.start, one.end) for one in intervals(paper, rules.law, rules.parties)]


def test_a_paper_is_between_its_exporter_and_its_recipients_and_nobody_whose_name_is_near() -> None:
    _, paper = with_paper()

    assert paper.between("forwarder", "terminal")
    assert not paper.between("forwarder", "bank")
    assert not any(paper.between(name, "terminal") for name in ("", "a", "forwarde", "forwarder2", "terminal", "zz"))


@pytest.mark.parametrize("shift", [-4 * 24 * 3600, -1, 0])
def test_a_contract_that_ends_before_its_filing_is_late_is_never_overdue(shift: int) -> None:
    """SCC Measures 7: filed within ten working days of effect; 8.4(9): an overdue filing holds."""
    ends = LATE + timedelta(seconds=shift)

    assert times(expires=ends) == [("paper:paper", EFFECTIVE, ends)]


def test_a_contract_that_is_not_filed_is_usable_to_its_tenth_working_day_and_overdue_to_its_end() -> None:
    ends = LATE + SECOND

    assert times(expires=ends) == [("paper:paper", EFFECTIVE, LATE), ("overdue:paper", LATE, ends)]
    assert times("GBA_SC_HK") == [("paper:paper", EFFECTIVE, LATE), ("overdue:paper", LATE, None)]


def test_what_is_filed_or_has_no_filing_is_never_overdue() -> None:
    assert times(filed=date(2026, 1, 9)) == [("paper:paper", EFFECTIVE, None)]
    assert times("ART5_SMALL") == [("paper:paper", EFFECTIVE, None)]
    assert times(status="draft") == []


@pytest.mark.parametrize(("mechanism", "until"), [("ASSESSMENT", 2029), ("CERT", 2029), ("SCC", None)])
def test_what_names_no_end_ends_when_the_law_says(mechanism: str, until: int | None) -> None:
    """CAC Provisions 9 and Certification Measures 8: three years from the issue."""
    rules, paper = with_paper(mechanism)
    named, its_own = with_paper(mechanism, expires=LATE)

    assert end_of(paper.said, rules.law) == (None if until is None else EFFECTIVE.replace(year=until))
    assert end_of(its_own.said, named.law) == LATE


def years(mechanism: str, **said: Any) -> datetime | None:
    rules, paper = with_paper(mechanism, **said)
    return end_of(paper.said, rules.law)


@pytest.mark.parametrize("mechanism", ["ASSESSMENT", "CERT"])
def test_the_years_of_a_paper_run_from_its_issue(mechanism: str) -> None:
    """CAC Provisions 9: from the date of issue. Without it from the signature, and only then from the effect."""
    issued, signed = date(2025, 11, 3), date(2025, 10, 7)

    assert years(mechanism, issued=issued, signed=signed) == start_of(date(2028, 11, 3))
    assert years(mechanism, signed=signed) == start_of(date(2028, 10, 7))
    assert years(mechanism) == EFFECTIVE.replace(year=2029)
    assert years("SCC", signed=signed) is None


def test_an_end_may_be_the_last_moment_that_the_law_has_and_none_after_it() -> None:
    last = start_of(date(2028, 11, 3))
    for ends in (last, last - SECOND):
        assert years("ASSESSMENT", issued=date(2025, 11, 3), expires=ends) == ends
    with pytest.raises(BadRules, match="and ends as 2028-11-03 begins"):
        years("ASSESSMENT", issued=date(2025, 11, 3), expires=last + SECOND)


@pytest.mark.parametrize("mechanism", ["ASSESSMENT", "SCC"])
def test_a_draft_that_names_no_day_has_no_end_and_nothing_to_file(mechanism: str) -> None:
    draft = {key: value for key, value in a_paper(mechanism).items() if key not in ("effective", "filed")}
    rules = a_rule_set(papers=[{**draft, "status": "draft"}])

    assert end_of(rules.papers[0].said, rules.law) is None
    assert list(filings(rules.papers[0].said, rules.law, rules.parties)) == []


def test_important_data_waits_for_two_months_after_its_notice() -> None:
    item = {"id": "depth", "item": "depths", "fields": ["cargo.packages"], "notified": date(2026, 1, 31), "source": "n"}
    rules = a_rule_set(important=[item])

    found = grace_of(rules.register[0], rules.law)

    assert (found.fact, found.start) == ("grace:depth", datetime(2026, 1, 30, 16, tzinfo=UTC))
    assert found.end == datetime(2026, 3, 30, 16, tzinfo=UTC)


def with_lists(
    *said: dict[str, Any], zone: str = "CN-SH", hub: str = "CN-SH", relays: Sequence[str] = (), **more: Any
) -> RuleSet:
    usual: dict[str, Any] = {
        "area": "CN-SH",
        "sectors": ["shipping"],
        "published": date(2026, 4, 24),
        "verified": True,
        "source": "s",
    }
    usual["items"] = [{"item": "crew", "fields": ["people"]}]
    lists = [{key: value for key, value in {**usual, **one}.items() if value is not None} for one in said]
    settings = {"collected_in": "CN", "own_data": "yes", "relays": list(relays)}
    publisher = a_publisher(zone=zone, sector="shipping", publisher=settings)
    return a_rule_set(hub={**_HUB, "zone": hub}, parties=[publisher, a_partner()], lists=lists, **more)


_HUB = {"digest_key": "k1", "pseudonym_key": "k1"}


def in_force(*said: dict[str, Any], **of: Any) -> str | None:
    rules = with_lists(*said, **of)
    found = list_of(rules.parties["forwarder"], rules.hub.zone, rules.lists, rules.law)
    return None if found is None else found.id


def test_a_list_is_in_force_for_its_area_and_sector_from_its_publication_on_once_verified() -> None:
    """CAC Provisions 6: off a list that is published, in its area and its sector."""
    today = a_rule_set().law.day

    assert in_force({"id": "sh"}) == "sh"
    assert in_force({"id": "sh", "published": today}) == "sh"
    assert in_force({"id": "sh", "published": today + timedelta(days=1)}) is None
    assert in_force({"id": "sh", "published": None, "verified": False}) is None
    assert in_force({"id": "sh", "verified": False}) is None
    assert in_force({"id": "sh", "sectors": ["reinsurance"]}) is None
    assert in_force({"id": "bj", "area": "CN-BJ", "published": date(2026, 5, 11)}) is None
    assert in_force() is None


def test_of_several_lists_the_newest_is_in_force() -> None:
    old, new = {"id": "z"}, {"id": "a", "published": date(2026, 5, 9)}

    assert in_force(old, new) == in_force(new, old) == "a"


@pytest.mark.parametrize(
    ("new", "found"),
    [
        ({"published": date(2026, 5, 9)}, None),
        ({"published": date(2026, 4, 25)}, None),
        ({"published": date(2027, 1, 1)}, "old"),
        ({"published": None, "adopted": date(2026, 5, 9)}, "old"),
        ({"published": date(2026, 5, 9), "sectors": ["reinsurance"]}, "old"),
        ({"published": date(2026, 5, 9), "kind": "general data"}, "old"),
        ({"published": date(2026, 5, 9), "area": "CN-SH-FTZ"}, "old"),
    ],
)
def test_a_newer_list_takes_the_place_of_an_older_one_though_nobody_verified_it(
    new: dict[str, Any], found: str | None
) -> None:
    """CAC Provisions 6: what is off the list that is in force, and not off the one before."""
    assert in_force({"id": "old"}, {"id": "new", "verified": False, "items": [], **new}) == found


def test_of_lists_that_came_on_one_day_one_that_nobody_verified_counts() -> None:
    other = {"verified": False, "sectors": ["shipping", "trade"], "area": "CN-SH-FTZ"}
    for one, two in (("a", "z"), ("z", "a")):
        assert in_force({"id": one}, {"id": two, **other}, zone="CN-SH-LG") is None


@pytest.mark.parametrize(
    ("of", "found"),
    [
        ({"zone": "CN-SH-FTZ", "hub": "CN-SH-FTZ"}, "ftz"),
        ({"zone": "CN-SH-FTZ", "hub": "CN-SH-LG"}, "ftz"),
        ({"zone": "CN-SH-LG", "hub": "CN-SH-LG", "relays": ["CN-SH-FTZ"]}, "ftz"),
        ({"zone": "CN-SH-FTZ", "hub": "CN-SH-LG", "relays": ["CN-SH"]}, None),
        ({"zone": "CN-SH-FTZ", "hub": "CN-SH"}, None),
        ({"zone": "CN-SH", "hub": "CN-SH"}, None),
        ({"zone": "CN-GD-SZ-QH", "hub": "CN-GD-SZ-QH"}, None),
    ],
)
def test_a_list_of_a_free_trade_zone_is_for_who_is_in_it_and_exports_from_it(
    of: dict[str, Any], found: str | None
) -> None:
    """CAC Provisions 6: processors in the zone. The city around it has that list only once it is its own."""
    assert in_force({"id": "ftz", "area": "CN-SH-FTZ", "published": date(2025, 2, 8)}, **of) == found


@pytest.mark.parametrize(
    ("of", "found"),
    [
        ({"zone": "CN-SH-FTZ", "hub": "CN-SH"}, "city"),
        ({"zone": "CN-SH", "hub": "CN-SH", "relays": ["CN-SH-LG"]}, "city"),
        ({"zone": "CN-SH", "hub": "CN-GD-SZ"}, None),
        ({"zone": "CN-SH", "hub": "CN-SH", "relays": ["CN-GD-SZ"]}, None),
    ],
)
def test_a_list_of_a_city_is_for_the_free_trade_zones_in_it_too(of: dict[str, Any], found: str | None) -> None:
    assert in_force({"id": "city"}, **of) == found


@pytest.mark.parametrize(
    ("items", "below"),
    [
        ([{"item": "crew", "fields": ["people"]}], None),
        ([{"item": "plates", "fields": ["truck.tractorPlate"]}], 1),
        ([{"item": "plates", "fields": ["truck"], "threshold": 50_000}], 50_000),
        ([{"item": name, "fields": ["truck"], "threshold": at} for name, at in (("a", 90), ("b", 40), ("c", 60))], 40),
        ([{"item": "a", "fields": ["truck"], "threshold": 90}, {"item": "b", "fields": ["truck.tractorPlate"]}], 1),
        ([{"item": "a", "fields": ["truck"], "threshold": 90}, {"item": "b", "fields": ["people"]}], 90),
    ],
)
def test_a_field_is_off_a_list_below_the_lowest_threshold_of_the_items_that_name_it(
    items: list[dict[str, Any]], below: int | None
) -> None:
    rules = with_lists({"id": "sh", "items": items})
    known = rules.leaves[EVENT.schema_id]
    plate = next(leaf for leaf in known if leaf.path == "truck.tractorPlate")

    assert people_off_list(plate, rules.lists[0], EVENT, known) == below


@pytest.mark.parametrize(
    ("named", "on_list"),
    [
        ("extensions", {"extensions", DRIVER, GATE}),
        (DRIVER, {"extensions", DRIVER}),
        ("*", {"extensions", DRIVER, GATE}),
        ("people", set()),
    ],
)
def test_an_item_that_names_a_map_names_its_keys_and_one_that_names_a_key_the_map(
    named: str, on_list: set[str]
) -> None:
    classes = [a_class(key, "PI") for key in (DRIVER, GATE)]
    rules = with_lists({"id": "sh", "items": [{"item": "crew", "fields": [named]}]}, classes=classes)
    known = rules.leaves[EVENT.schema_id]
    extensions = [leaf for leaf in known if leaf.path.startswith("extensions")]

    assert [leaf.path for leaf in extensions] == ["extensions", DRIVER, GATE]
    assert {leaf.path for leaf in extensions if people_off_list(leaf, rules.lists[0], EVENT, known)} == on_list


def test_paths_that_a_schema_does_not_have_are_left_out_and_those_after_them_are_not() -> None:
    known = a_rule_set().leaves[EVENT.schema_id]

    found = targets(["truck.wings", "eventId", "nowhere", "people"], EVENT, known)

    assert [next(leaf.path for leaf in known if target.covers(leaf)) for target in found] == [
        "eventId",
        "people[].role",
    ]


@pytest.mark.parametrize(
    ("roles", "plate", "name"),
    [
        ([], True, True),
        (["DRIVER"], True, False),
        (["CONTACT", "DRIVER"], True, False),
        (["CONTACT"], False, False),
    ],
)
def test_a_paper_is_about_everybody_whom_a_field_may_be_about_or_does_not_cover_it(
    roles: list[str], plate: bool, name: bool
) -> None:
    rules, paper = with_paper(classes=["PI", "SPI"], **({"roles": roles} if roles else {}))
    known = rules.leaves[EVENT.schema_id]
    leaf = {one.path: one for one in known}

    assert paper.covers(leaf["truck.tractorPlate"], EVENT, known) is plate
    assert paper.covers(leaf["people[].name"], EVENT, known) is name
