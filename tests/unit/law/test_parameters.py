"""Dated parameters: the value of a day, nothing before the law held, nothing of the law that is dead."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tidegate.law import Mechanism, Points, law_on, newest_law, parse_zone
from tidegate.law.parameters import changes_after, first_day, newest_day, parameters
from tidegate.law.points import NAMES, STRICT
from tidegate.law.table import ROWS


def test_every_value_has_its_article_and_source_and_values_are_in_order() -> None:
    for one in parameters():
        assert one.about and one.unit and one.values
        assert all(value.article and value.source for value in one.values)
        days = [value.since for value in one.values]
        assert days == sorted(set(days)), one.name


def test_rows_name_parameters_and_points_that_there_are() -> None:
    names = {one.name for one in parameters()}
    for row in ROWS:
        assert set(row.parameters) <= names, row.number
        assert set(row.points) <= set(NAMES), row.number


def test_a_change_of_law_is_a_new_value_and_the_old_day_keeps_its_own() -> None:
    before, after = law_on(date(2026, 8, 31)), law_on(date(2026, 9, 1))

    assert before["statutory_duty_small_handler"] == 0
    assert after["statutory_duty_small_handler"] == 1
    assert before.digest != after.digest
    assert before["pi_contract"] == after["pi_contract"] == 100_000


def test_there_is_no_law_before_the_provisions_of_march_2024() -> None:
    """The rules before counted since 1 January of the year before; nothing here can say that."""
    assert first_day() == date(2024, 3, 22)
    law_on(first_day())
    with pytest.raises(ValueError, match="there is no law of 2024-03-21"):
        law_on(first_day() - timedelta(days=1))


def test_the_newest_law_holds_from_the_newest_value_on() -> None:
    assert newest_law() == law_on(newest_day())
    assert newest_law().digest != newest_law(Points(gba_counts=False)).digest
    assert newest_law(STRICT).digest == newest_law().digest


def test_a_law_is_named_by_the_day_of_its_last_change_and_what_it_says() -> None:
    law = law_on(date(2025, 10, 1))

    assert law.since == date(2025, 9, 30)
    assert law.digest == law_on(date(2025, 12, 30)).digest != law_on(date(2025, 12, 31)).digest
    assert len(law.digest) == 64
    assert set(law.digest) <= set("0123456789abcdef")


def test_edges_that_begin_are_changes_too() -> None:
    assert changes_after(date(2025, 9, 29))[date(2025, 9, 30)] == ("CN-GX-FTZ to *", "CN-JS-FTZ to *", "CN-CQ-FTZ to *")
    assert date(2025, 9, 30) not in changes_after(date(2025, 9, 30))


def test_the_greater_bay_area_is_edges_and_no_zone() -> None:
    edges = newest_law().edges
    shenzhen, hong_kong, macao, shanghai = map(parse_zone, ("CN-GD-SZ", "HK", "MO", "CN-SH"))

    assert edges.carrying(Mechanism.GBA_SC_HK, shenzhen, hong_kong)
    assert edges.carrying(Mechanism.GBA_SC_HK, hong_kong, shenzhen)
    assert edges.carrying(Mechanism.GBA_SC_MO, shenzhen, macao)
    for mechanism in Mechanism:
        assert not edges.carrying(mechanism, hong_kong, macao) or mechanism is Mechanism.HK_DPP
    assert not edges.carrying(Mechanism.GBA_SC_HK, shanghai, hong_kong)
    assert not edges.carrying(Mechanism.GBA_SC_HK, shenzhen, macao)
    assert not edges.carrying(Mechanism.GBA_SC_HK, None, hong_kong)


def test_what_a_bay_area_contract_stamps_arrives_in_its_area_only() -> None:
    edges = newest_law().edges
    codes = ("CN-GD-SZ", "CN-GD-GZ", "CN-GD", "CN-SH", "CN-BJ", "HK", "MO", "TW", "SG", "JP", "DE")

    assert [code for code in codes if edges.stamping(parse_zone(code))] == ["CN-GD-SZ", "CN-GD-GZ", "HK", "MO"]


def test_a_mechanism_is_on_its_edge_from_its_day_on() -> None:
    hong_kong, shenzhen = parse_zone("HK"), parse_zone("CN-GD-SZ")

    assert not law_on(date(2024, 10, 31)).edges.carrying(Mechanism.GBA_SC_HK, shenzhen, hong_kong)
    assert law_on(date(2024, 11, 1)).edges.carrying(Mechanism.GBA_SC_HK, shenzhen, hong_kong)
