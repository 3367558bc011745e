"""The law of a rule set: of the day on which it is read, or of one before that it names, and never one to come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from tests.builders import a_grant, a_hub, a_paper, a_partner, a_plan, a_publisher, a_rule_set, an_executor
from tests.unit.rules.test_papers import verdict_of

from tidegate.errors import BadRules
from tidegate.law import law_on, parameters
from tidegate.law.obligations import Kind, State
from tidegate.law.parameters import changes_after, first_day, newest_day
from tidegate.rules.levels import PEOPLE
from tidegate.rules.obligations import obligations

CHANGE = date(2027, 6, 1)
DAY = timedelta(days=1)
LATER = """
  { from = 2027-06-01, value = 200_000, article = "a change to come", source = "planted" },
]

[[parameter]]
name = "pi_assessment"
"""
EDGE = """
[[edge]]
from = "CN-SX"
to = "*"
mechanisms = ["FTZ_OFFLIST"]
since = 2027-06-01
article = "planted"
"""


@pytest.fixture
def change_to_come(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A value and an edge that are known and hold from June 2027 on."""
    read = parameters._text

    def planted(name: str) -> str:
        if name == "edges.toml":
            return read(name).replace("[areas]", '[areas]\nCN-SX = ["CN-SX"]') + EDGE
        return read(name).replace(']\n\n[[parameter]]\nname = "pi_assessment"\n', LATER.lstrip("\n"), 1)

    def forget() -> None:
        law_on.cache_clear()
        parameters.parameters.cache_clear()

    monkeypatch.setattr(parameters, "_text", planted)
    forget()
    yield
    monkeypatch.undo()
    forget()


def people_at(count: int, **said: Any) -> str:
    """What happens to the plates of so many people under the record of a basis, a few days before the year ends."""
    paper = a_paper("ART5_SMALL", number="")
    plan = a_plan(grants=[a_grant("eventId", "truck.tractorPlate")], papers=[paper], **said)
    bounds = an_executor(plan).bounds["forwarder"]
    at_us = int(datetime.fromisoformat("2026-11-26T12:00:00+08:00").timestamp()) * 1_000_000
    found = verdict_of(plan, "truck.tractorPlate", at_us, bounds.levels.index(bounds.level({PEOPLE: count})))
    return f"{found.row} {found.action}"


@pytest.mark.usefixtures("change_to_come")
def test_numbers_that_hold_later_decide_nothing_before_their_day() -> None:
    """CAC Provisions 8: 100,000 people need a contract as long as that is the law."""
    assert newest_day() == CHANGE

    assert people_at(150_000) == "17 DROP"
    assert people_at(150_000, today=CHANGE - DAY) == "17 DROP"
    assert people_at(150_000, today=CHANGE) == "18 PASS"
    assert people_at(150_000, today=CHANGE, law={"on": CHANGE - DAY}) == "17 DROP"


@pytest.mark.usefixtures("change_to_come")
def test_a_change_to_come_is_told_where_the_day_of_the_law_stands() -> None:
    notes = {
        one.file: one.sentence
        for said in ({}, {"law": {"on": CHANGE - DAY}, "today": CHANGE})
        for one in a_rule_set(**said).notes
        if "the law is another" in one.sentence
    }

    ends = "by which these rules are compiled (pi_contract, CN-SX to *); activate them again on that day"
    assert notes == {
        "hub.toml": f"from 2027-06-01 on the law is another than that of 2026-11-22, {ends}",
        "papers.toml": f"from 2027-06-01 on the law is another than that of 2027-05-31, {ends}",
    }
    assert not any("the law is another" in one.sentence for one in a_rule_set(today=CHANGE).notes)


@pytest.mark.usefixtures("change_to_come")
def test_rules_of_before_a_change_are_to_be_activated_again_on_its_day() -> None:
    rules = a_rule_set()
    days = (CHANGE - DAY, CHANGE, CHANGE + DAY)

    found = [[one for one in obligations(rules, day) if one.kind is Kind.LAW_CHANGES] for day in days]

    assert [[one.state for one in each] for each in found] == [[State.AHEAD], [State.DUE], [State.OVERDUE]]
    one = found[0][0]
    assert (one.about, one.due and one.due.day) == ("2027-06-01", CHANGE)
    assert one.sentence.startswith(
        "from 2027-06-01 on the law is another than that of 2026-11-22, by which these rules"
    )
    assert "(pi_contract, CN-SX to *)" in one.sentence
    assert not [one for one in obligations(a_rule_set(today=CHANGE), CHANGE) if one.kind is Kind.LAW_CHANGES]


def test_nothing_that_is_known_today_changes_later() -> None:
    assert changes_after(newest_day()) == {}
    day, names = next(iter(changes_after(newest_day() - DAY).items()))
    assert day == newest_day()
    assert names


def test_no_rules_name_the_law_of_a_day_to_come() -> None:
    """Lists that come until then would permit, and so would numbers."""
    today = date(2026, 11, 26)

    assert a_rule_set(law={"on": today}, today=today).law.day == today
    with pytest.raises(BadRules, match="2026-11-27 is after today, 2026-11-26: nothing is decided by a law to come"):
        a_rule_set(law={"on": today + DAY}, today=today)


def test_the_points_that_rules_settle_hold_under_the_law_of_today() -> None:
    today = date(2026, 11, 26)

    settled = a_rule_set(law={"gba_counts": False}, today=today).law
    assert (settled.day, settled.points.gba_counts) == (today, False)
    assert a_rule_set(today=today).law.points.gba_counts


def test_a_clock_of_before_there_was_this_law_counts_as_its_first_day() -> None:
    assert a_rule_set(today=date(1970, 1, 1)).law.day == first_day()


def test_a_list_of_the_days_since_the_last_change_of_law_is_in_force() -> None:
    """A list is no change of law: it holds from its publication on, and not from when the law next changes."""
    published = newest_day() + timedelta(days=30)
    one = {"id": "sh", "area": "CN-SH", "sectors": ["shipping"], "published": published, "verified": True}
    one |= {"source": "s", "items": [{"item": "crew", "fields": ["people"]}]}
    said = {
        "hub": a_hub(zone="CN-SH"),
        "parties": [a_publisher(zone="CN-SH", sector="shipping"), a_partner()],
        "grants": [a_grant("eventId", "truck.tractorPlate")],
        "papers": [a_paper("FTZ_OFFLIST")],
        "lists": [one],
    }

    reasons = [
        {verdict.reason for table in a_plan(today=day, **said).verdicts for verdict in table}
        for day in (published - DAY, published)
    ]

    assert ["off_list" in each for each in reasons] == [False, True]


def test_a_plan_is_the_same_on_two_days_between_which_no_law_changed() -> None:
    one, two = (a_plan(today=day) for day in (newest_day(), newest_day() + timedelta(days=60)))

    assert one.digest == two.digest
    assert one.law.startswith(str(newest_day()))
