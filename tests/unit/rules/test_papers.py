"""Papers at work: the cases in ``papers.toml`` and ``boundaries.toml``, end to end through rules, plan and gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pytest
from tests.builders import (
    NOW_US,
    a_grant,
    a_hub,
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
from tests.cases_as_data import differs, read
from tests.reading import deliveries

from tidegate.gate import Counts, Executor, Released
from tidegate.gate.counting import UNCOUNTED
from tidegate.gate.routing import _mask
from tidegate.law import Action
from tidegate.rules import Plan, Verdict
from tidegate.rules.levels import Window

MUST = "name article papers expect"
MAY = (
    "point zone hub to ciio field at level purpose event beside transforms when limits people since events lists "
    "important law sector collected_in own_data state_organ publisher"
)
CASES: dict[str, Any] = read("papers.toml", MUST, MAY)
CASES["case"] += read("boundaries.toml", MUST, MAY)["case"]
USUAL: dict[str, Any] = CASES["usual"]
US = 1_000_000


def rules_of(case: Mapping[str, Any]) -> Plan:
    papers = [{**USUAL["paper"], **said} for said in case["papers"]]
    papers = [{key: value for key, value in said.items() if value != "none"} for said in papers]
    source = {"collected_in": case.get("collected_in", "CN"), "own_data": case.get("own_data", "yes")}
    publisher = a_publisher(zone=case["zone"], ciio=case["ciio"], sector=case.get("sector", ""), publisher=source)
    publisher |= {"state_organ": case.get("state_organ", "no"), **case.get("publisher", {})}
    grant = a_grant("eventId", "eventType", case["field"], *case.get("beside", ()), purpose=case["purpose"])
    grant |= {key: case[key] for key in ("transforms", "when", "limits") if key in case}
    return a_plan(
        hub=a_hub(zone=case["hub"]),
        parties=[publisher, a_partner(zone=case["to"]), a_partner("bank")],
        grants=[grant],
        papers=papers,
        lists=case.get("lists", ()),
        important=case.get("important", ()),
        law=case.get("law"),
    )


def verdict_of(plan: Plan, field: str, at_us: int, level: int | None) -> Verdict:
    """The verdict on a field of an event of nobody under 14, at a moment and a level, as the plan has it."""
    section = next(one for one in plan.sections if one.partners and one.partners[0].partner == "terminal")
    views = section.partners[0]
    mask = _mask(views, [not test.under for test in section.tests], at_us)
    counted = mask in views.counted and level is not None
    view = views.counted[mask][level] if counted and level is not None else views.views[mask]
    return next(one for one in plan.verdicts[view.verdicts] if one.path == field)


def verdict_in(out: Released, field: str, at_us: int, level: int | None) -> Verdict:
    """The verdict on a field of the one event that was decided."""
    inspected = out.inspected
    value, marks = inspected.values[0], inspected.marks[0]
    assert value is not None
    view = inspected.router(0).view_of("terminal", value, marks, at_us, level)
    assert view is not None
    return next(one for one in inspected.executor.plan.verdicts[view.verdicts] if one.path == field)


def of_days(event: Mapping[str, Any]) -> dict[str, Any]:
    """An event with its birth dates as it has them: in days since 1970."""
    if "people" not in event:
        return dict(event)
    people = [
        {**one, "birthDate": (one["birthDate"] - date(1970, 1, 1)).days} if "birthDate" in one else one
        for one in event["people"]
    ]
    return {**event, "people": people}


def level_of(plan: Plan, case: Mapping[str, Any]) -> int | None:
    """The level of the people of a case, those of the law said in short."""
    if "people" not in case and "events" not in case and not case["level"]:
        return None
    pi, spi = ((1, 100_000, 1_000_000)[case["level"][0]], (0, 10_000)[case["level"][1]]) if case["level"] else (0, 0)
    people = case.get("people", (pi, spi, max(pi, spi)))
    bounds = an_executor(plan).bounds["forwarder"]
    windows = [one.window for one in bounds.dimensions]
    found = {one: case["events"] if one.of_events else _people(one, people, case) for one in windows}
    return bounds.levels.index(bounds.level(found))


def _people(window: Window, this_year: Sequence[int], case: Mapping[str, Any]) -> int:
    """Of how many people a window is: the same as this year where a case says nothing of the years before."""
    pi, spi, both = this_year if window.since is None else case.get("since", this_year)
    return {("PI",): pi, ("SPI",): spi}.get(window.buckets, both)


@pytest.mark.parametrize("case", CASES["case"], ids=[case["name"] for case in CASES["case"]])
def test_cases(case: dict[str, Any]) -> None:
    # Given rules, and where the counts of the exporter are
    case = {**USUAL, **case}
    moment: datetime = case["at"]
    at_us = int(moment.timestamp()) * US
    plan = rules_of(case)
    level = level_of(plan, case)

    # When an event comes at that moment
    event = an_event(**of_days(case["event"]), eventTime=at_us - 60 * US)
    counts = UNCOUNTED if level is None else Counts({0: level})
    out = released(an_executor(plan), a_record(event, timestamp_ms=at_us // 1_000), at_us=at_us, counts=counts)
    found = verdict_in(out, case["field"], at_us, level)

    # Then the verdict is the expected one, and so are the bytes
    said = f"{found.action} {found.reason} {found.paper}".strip()
    assert said == case["expect"], differs(said, case["expect"])
    got = [one.value for one in deliveries(out).get("terminal", ())]
    leaves = Action(found.action).leaves
    assert bool(got) == (found.action not in (Action.HOLD, Action.BLOCK_EVENT))
    assert bool(out.holds) == (found.action == Action.HOLD)
    assert all((case["field"].partition("[")[0].partition(".")[0] in one) == leaves for one in got)


def test_each_case_names_its_article() -> None:
    assert len(CASES["case"]) >= 55
    assert all(case["article"] for case in CASES["case"])
    assert len({case["name"] for case in CASES["case"]}) == len(CASES["case"])


def plates(**said: Any) -> Executor:
    return an_executor(grants=[a_grant("eventId", "truck.tractorPlate")], **said)


def got_plate(executor: Executor, at_us: int, counts: Counts) -> bool:
    event = an_event(truck={"tractorPlate": "粤B12345"}, eventTime=at_us - US)
    out = released(executor, a_record(event, timestamp_ms=at_us // 1_000), at_us=at_us, counts=counts)
    return "truck" in deliveries(out)["terminal"][0].value


def test_a_paper_ends_in_the_middle_of_a_stream_at_its_instant() -> None:
    # Given one executor, and a paper that expires half-way
    ends = datetime.fromisoformat("2026-02-01T00:00:00+08:00")
    end_us = int(ends.timestamp()) * US
    executor = plates(papers=[a_paper(expires=ends)])

    # When decisions are made a microsecond before, at that instant, and a microsecond before again
    found = [got_plate(executor, at, Counts({0: 0})) for at in (end_us - 1, end_us, end_us - 1)]

    # Then the field leaves until then, and not then
    assert found == [True, False, True]


def test_without_a_count_nothing_leaves_that_has_to_be_counted() -> None:
    executor = plates(papers=[a_paper()])

    assert not got_plate(executor, NOW_US, UNCOUNTED)
    assert got_plate(executor, NOW_US, Counts({0: 0}))
    assert not got_plate(executor, NOW_US, Counts({1: 0}))


def test_a_delivery_under_a_gba_contract_says_where_alone_it_may_go_on() -> None:
    # Given a contract between Shenzhen and Hong Kong
    executor = plates(papers=[a_paper("GBA_SC_HK")])
    event = an_event(truck={"tractorPlate": "粤B12345"})

    # When the same event is delivered with and without personal data
    with_plate = deliveries(released(executor, a_record(event), counts=Counts({0: 0})))["terminal"][0]
    without = deliveries(released(executor, a_record(event)))["terminal"][0]

    # Then only what left under the contract is stamped, for the recipient's own jurisdiction
    assert with_plate.headers["ce_onward"] == "HK"
    assert "ce_onward" not in without.headers


def test_plans_without_papers_count_nobody() -> None:
    plan = a_plan(grants=[a_grant("*", "truck.tractorPlate", "people")])

    assert not an_executor(plan).counting
    assert not any(partner.counted for section in plan.sections for partner in section.partners)


def test_papers_do_not_change_what_they_are_not_about() -> None:
    bare = a_plan(grants=[a_grant()])
    other = a_plan(grants=[a_grant()], papers=[a_paper()])

    assert [section.partners for section in bare.sections] == [section.partners for section in other.sections]


def test_a_plan_with_counted_views_survives_its_bytes() -> None:
    plan = a_plan(grants=[a_grant("eventId", "people", "truck")], papers=[a_paper("GBA_SC_HK", classes=["PI", "SPI"])])

    again = Plan.from_bytes(plan.to_bytes())

    assert again == plan
    assert again.digest == plan.digest


def test_a_paper_in_review_is_said_so() -> None:
    rules = a_rule_set(papers=[a_paper(retention="1d")])

    (note,) = [one for one in rules.notes if "review" in one.sentence]
    assert note.sentence == "paper is in review and lets nothing out: terminal keeps data 7 days, and 1 days were filed"
