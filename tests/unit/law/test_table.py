"""Every row of the table on both sides, as the cases in ``tests/cases/law.toml`` say, and what is true of all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from tests.cases_as_data import differs
from tests.cases_of_law import Case, cases, usual

from tidegate import law
from tidegate.law import Action, Bucket, FieldClass, Mechanism, Points, Task, newest_law, parse_zone
from tidegate.law.rows import leaves_mainland

CASES = cases()
TODAY = newest_law()
C = FieldClass


@pytest.mark.parametrize("case", CASES, ids=[f"row {case.row}: {case.name}" for case in CASES])
def test_cases(case: Case) -> None:
    found = law.decide(case.facts, case.law)

    said = f"{found.row} {found.action} {found.mechanism} {found.reason}"
    assert said == case.expect, differs(said, case.expect)


@pytest.mark.parametrize("case", CASES, ids=[f"row {case.row}: {case.name}" for case in CASES])
def test_cases_once_a_person_lets_the_delivery_go(case: Case) -> None:
    found = law.decide_freed(case.facts, case.law)

    said = f"{found.row} {found.action} {found.mechanism} {found.reason}"
    assert said == case.freed, differs(said, case.freed)


def test_cases_say_what_becomes_of_all_that_waits() -> None:
    held = [case for case in CASES if " HOLD " in case.expect]

    assert all(case.freed != case.expect for case in held)
    assert {"suspicion_lifted", "grace_used", "few_people"} <= {case.freed.split()[-1] for case in held}
    assert all(one.title and one.then and one.articles for one in law.LIFTS)


def test_there_are_cases_of_every_row_and_each_names_its_article() -> None:
    assert len(CASES) > 170
    assert all(case.article for case in CASES)
    assert {int(case.expect.partition(" ")[0]) for case in CASES} == set(range(1, 20))
    assert all(sum(case.row == number for case in CASES) >= 2 for number in range(1, 20))
    assert len({case.name for case in CASES}) == len(CASES)


def test_each_tricky_case_that_facts_can_say_has_a_case() -> None:
    """The others are about time, concurrency and documents; they have tests of their own."""
    assert {case.point for case in CASES} >= {f"8.4({number})" for number in (1, 4, 6, 8, 9, 10, 11, 13, 15)}


def test_rows_come_in_the_order_of_their_numbers() -> None:
    assert [row.number for row in law.ROWS] == list(range(1, 20))
    assert all(row.articles and row.then and row.ask.__doc__ for row in law.ROWS)
    assert all(row.ask.__name__.startswith(f"row_{row.number}_") for row in law.ROWS)


def test_what_nobody_says_of_a_field_is_the_strict_answer() -> None:
    party = usual().recipient
    for field_class in (C.COMMERCIAL, C.PI, C.SPI, C.IMPORTANT):
        found = law.decide(law.Facts(field_class, usual().exporter, party, usual().storage), TODAY)
        assert found.action is Action.DROP, field_class
    unknown = law.decide(law.Facts(C.UNCLASSIFIED, usual().exporter, party, usual().storage), TODAY)
    assert (unknown.action, law.Facts(C.PI, party, party, None).granted) == (Action.DROP, True)


@pytest.mark.parametrize("field_class", FieldClass)
def test_presence_asks_rows_1_and_2_only(field_class: FieldClass) -> None:
    # Given a field that is present and that no grant names, in all kinds of situations
    for organ in ("no", "unknown"):
        for listed in ("no", "unknown"):
            asked = usual(field=field_class, exporter={"state_organ": organ}, recipient={"restricted": listed})

            # When it is asked what its presence does
            found, granted = law.decide_presence(asked, TODAY), law.decide(asked, TODAY)

            # Then it is what rows 1 and 2 say, and nothing of the others
            assert found == (granted if granted.row in (1, 2) else None)


def test_what_leaves_has_a_mechanism_and_what_stays_has_none_and_counts_nobody() -> None:
    for case in CASES:
        found = law.decide(case.facts, case.law)
        assert found.action.leaves == (found.mechanism is not Mechanism.NONE)
        assert found.action in (Action.PASS, Action.DROP, Action.HOLD, Action.BLOCK_EVENT)
        assert found.action.leaves or not (found.counts or found.tasks or found.stamp)


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        ({"people": 1}, {Bucket.PI}),
        ({"field": "SPI", "people": 1, "papers": ["SCC"]}, {Bucket.SPI}),
        ({"papers": ["GBA_SC_HK"]}, {Bucket.PI, Bucket.GBA}),
        ({"papers": ["ART5_HR"], "field": "SPI"}, {Bucket.SPI, Bucket.EXEMPT}),
        ({"off_list": "yes", "list_reference": "yes", "from": "CN-SH", "hub": "CN-SH"}, {Bucket.PI, Bucket.EXEMPT}),
        ({"papers": ["ASSESSMENT"]}, {Bucket.PI}),
        ({"papers": ["ASSESSMENT"], "exporter": {"ciio": "yes"}}, {Bucket.PI}),
        ({"from": "JP", "to": "SG", "origin": "overseas", "unmixed": "yes"}, set()),
        ({"to": "CN-SH", "papers": ["DOMESTIC_ART23"]}, set()),
    ],
)
def test_who_leaves_under_which_row_is_counted_where(said: dict[str, object], counts: set[Bucket]) -> None:
    found = law.decide(usual(**{"field": "PI", **said}), TODAY)

    assert found.action is Action.PASS
    assert found.counts == counts


def test_open_points_take_exempt_and_gba_flows_out_of_the_main_counter() -> None:
    mild = newest_law(Points(exempt_counts=False, gba_counts=False))

    assert law.decide(usual(field="PI", papers=["GBA_SC_HK"]), mild).counts == {Bucket.GBA}
    assert law.decide(usual(field="SPI", papers=["ART5_CONTRACT"]), mild).counts == {Bucket.EXEMPT}


def test_a_gba_contract_stamps_what_leaves_for_the_recipients_own_jurisdiction() -> None:
    to_hong_kong = law.decide(usual(field="PI", papers=["GBA_SC_HK"]), TODAY)
    going_on = law.decide(
        usual(field="PI", papers=["GBA_SC_HK"], stamp=["HK"], hub="HK", **{"from": "HK"}),
        TODAY,
    )

    assert to_hong_kong.stamp == {"HK"} == going_on.stamp
    assert to_hong_kong.tasks == (Task.FILE_GBA,)


@pytest.mark.parametrize(
    ("said", "row", "tasks"),
    [
        ({"papers": ["ASSESSMENT"], "people": 1_000_000}, 16, (Task.ASSESS_SINCE_JANUARY,)),
        ({"papers": ["ASSESSMENT"], "people": 999_999}, 17, ()),
        ({"papers": ["ASSESSMENT"], "people": 1, "exporter": {"ciio": "yes"}}, 15, ()),
        ({"papers": ["SCC"], "people": 100_000}, 17, ()),
        ({"people": 1}, 18, ()),
    ],
)
def test_crossing_the_upper_threshold_asks_for_an_assessment_since_january(
    said: dict[str, Any], row: int, tasks: tuple[Task, ...]
) -> None:
    found = law.decide(usual(field="PI", **said), TODAY)

    assert (found.row, found.action, found.tasks) == (row, Action.PASS, tasks)


@pytest.mark.parametrize(("area", "tasks"), [("CN-SH", (Task.REPORT_OFF_LIST,)), ("CN-BJ", ()), ("CN-ZJ-FTZ", ())])
def test_what_leaves_off_the_list_of_shanghai_is_reported_afterwards(area: str, tasks: tuple[Task, ...]) -> None:
    said = {"from": area, "hub": area, "off_list": "yes", "list_reference": "yes"}

    found = law.decide(usual(field="PI", **said), TODAY)

    assert (found.row, found.action, found.tasks) == (13, Action.PASS, tasks)


@pytest.mark.parametrize("area", ["CN-SH", "CN-BJ", "CN-ZJ-FTZ"])
def test_only_where_the_area_asks_for_it_a_reference_has_to_be_there_first(area: str) -> None:
    said = {"from": area, "hub": area, "off_list": "yes", "list_reference": "no", "people": 1}

    found = law.decide(usual(field="PI", **said), TODAY)

    assert (found.row == 13) == (area == "CN-ZJ-FTZ")


def test_a_certificate_carries_nothing_before_its_measures_and_a_contract_does() -> None:
    """Certification Measures (Order 20): in force on 1 January 2026."""
    before, since = law.law_on(date(2025, 12, 31)), law.law_on(date(2026, 1, 1))
    for mechanism, in_force, carried in (("CERT", before, False), ("CERT", since, True), ("SCC", before, True)):
        found = law.decide(usual(field="SPI", papers=[mechanism], people=1), in_force)

        assert found.action.leaves is carried, (mechanism, in_force.day)


def test_an_export_is_what_leaves_the_mainland_anywhere_on_its_route() -> None:
    places = {"SZ": parse_zone("CN-GD-SZ"), "HK": parse_zone("HK"), "?": None}
    for exporter, from_ in places.items():
        for storage, kept in places.items():
            for recipient, to in places.items():
                asked = usual()
                asked = replace(
                    asked,
                    exporter=replace(asked.exporter, zone=from_),
                    storage=kept,
                    recipient=replace(asked.recipient, zone=to),
                )
                route = (exporter, storage, recipient)

                # data is, or may be, in the Mainland, and later is, or may be, outside
                may_leave = any(route[i] != "HK" and route[j] != "SZ" for i in range(3) for j in range(i + 1, 3))

                assert leaves_mainland(asked) == may_leave, route


def test_the_strictest_class_of_none_is_unclassified() -> None:
    assert law.strictest_class() is FieldClass.UNCLASSIFIED
    assert law.strictest_class(C.GENERAL) is C.GENERAL
    assert law.strictest_class(C.PI, C.GENERAL, C.COMMERCIAL) is C.PI
    assert law.strictest_class(C.CORE, C.UNCLASSIFIED) is C.UNCLASSIFIED


def test_only_trade_and_transport_are_purposes() -> None:
    """Art. 3 is about trade and transport; a new purpose is a decision of a lawyer, not of a programmer."""
    trade = {"booking", "cargo insurance", "customs clearance", "trade finance"}
    transport = {"carrier operations", "inland haulage", "terminal operations", "vessel planning"}
    assert set(law.PURPOSES) == trade | transport
