"""Papers, parties and facts taken away or put elsewhere: never more is seen, and nothing changes for others.

Asked of compiled plans, at every moment at which something begins or ends, and at every level of counted people.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, example, find, given, settings
from hypothesis import strategies as st
from tests.builders import a_class, a_grant, a_hub, a_paper, a_partner, a_plan, a_publisher

from tidegate.errors import BadRules
from tidegate.gate.routing import _mask
from tidegate.law import Action
from tidegate.rules import PartnerViews, Plan
from tidegate.rules.groups import fact_bits
from tidegate.rules.levels import Bounds, Level, Window
from tidegate.rules.minors import MINORS

often = settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
seeking = settings(often, max_examples=200, database=None, phases=[Phase.generate])
"""Until one is found: which one, and whether there is a smaller one, does not matter."""

Doc = dict[str, Any]
Counted = tuple[int, int, int, int]
"""How many people there are in PI, in SPI, and in one of the two; and how many events with important data."""
Where = tuple[str, str, int, Counted | None, bool, str]
"""Publisher, partner, moment, people, whether somebody is under 14, field."""

DAYS = tuple(datetime(2026, month, 1, tzinfo=UTC) for month in (1, 3, 5, 7, 9))
FIELDS = ("truck.tractorPlate", "people[].name", "people[].idNumber", "eventType", "cargo.packages", "location.name")
IMPORTANT = "location.name"
ZONES = ("CN-GD-SZ", "CN-SH", "HK")
PARTNERS = {"terminal": "HK", "bank": "SG", "depot": "CN-GD-GZ"}
NUMBERS = (50, 100_050)
"""Of people, and of events, for which a paper was approved."""
COUNTS: tuple[Counted, ...] = (
    *((1, 0, 1, 0), (49, 0, 49, 1), (50, 0, 50, 49), (51, 0, 51, 50), (50, 50, 50, 51), (50, 51, 101, 9)),
    *((100_000, 0, 100_000, 50), (100_050, 51, 100_050, 0), (100_051, 10_000, 100_051, 51)),
    (1_000_000, 10_000, 1_000_000, 100_050),
)
MECHANISMS = (
    "SCC",
    "ASSESSMENT",
    "ART5_SMALL",
    "ART5_CONTRACT",
    "GBA_SC_HK",
    "STATUTORY_DUTY",
    "DOMESTIC_ART23",
    "HK_DPP",
)


@st.composite
def papers(draw: st.DrawFn) -> list[Doc]:
    found = []
    for number in range(draw(st.integers(1, 4))):
        start = draw(st.sampled_from(DAYS[:3]))
        paper = a_paper(
            draw(st.sampled_from(MECHANISMS)),
            id=f"paper-{number}",
            number=f"N-{number}",
            recipients=draw(st.lists(st.sampled_from(sorted(PARTNERS)), min_size=1, max_size=2, unique=True)),
            classes=draw(st.sampled_from((["PI"], ["SPI"], ["PI", "SPI"], ["PI", "IMPORTANT"]))),
            status=draw(st.sampled_from(("effective", "effective", "effective", "suspended"))),
            effective=start,
            expires=start + timedelta(days=draw(st.sampled_from((60, 120, 400)))),
            notice=draw(st.sampled_from(("notice", "notice", ""))),
            **draw(st.sampled_from(({}, {"minors": True, "guardian": "guardian 1"}))),
        )
        if draw(st.booleans()):
            paper["filed"] = start.date() + timedelta(days=3)
        else:
            del paper["filed"]
        people = draw(st.sampled_from((None, None, None, *NUMBERS)))
        if people is not None and paper["mechanism"] not in ("DOMESTIC_ART23", "HK_DPP"):
            paper["people"] = people
        volume = draw(st.sampled_from((None, *NUMBERS))) if paper["mechanism"] == "ASSESSMENT" else None
        if volume is not None:
            paper["volume"] = volume
        found.append(paper)
    return found


@st.composite
def documents(draw: st.DrawFn) -> Doc:
    source = a_publisher(
        zone=draw(st.sampled_from(ZONES)),
        ciio=draw(st.sampled_from(("no", "no", "yes"))),
        small_handler=draw(st.sampled_from(("no", "unknown"))),
        publisher={"collected_in": draw(st.sampled_from(("CN", "HK"))), "own_data": "yes"},
    )
    return documents_with(source, draw(papers()))


def documents_with(source: Doc, papers: list[Doc]) -> Doc:
    return {
        "hub": a_hub(),
        "parties": [source, *(a_partner(name, zone=zone) for name, zone in PARTNERS.items())],
        "grants": [a_grant("eventId", *FIELDS, partners=list(PARTNERS))],
        "papers": papers,
        "classes": [a_class(IMPORTANT, "IMPORTANT")],
    }


YOUNG = documents_with(
    a_publisher(zone="CN-SH", publisher={"collected_in": "CN", "own_data": "yes"}),
    [
        a_paper(
            "SCC",
            recipients=["terminal"],
            classes=["PI", "SPI"],
            effective=DAYS[0],
            filed=DAYS[0].date(),
            expires=DAYS[4],
            minors=True,
            guardian="guardian 1",
        )
    ],
)
"""Data of somebody under 14 leaves under a paper with a guardian's consent."""


def plan_of(said: Doc) -> Plan:
    """The plan of documents that agree with each other; others are left out."""
    try:
        return a_plan(**said)
    except BadRules:
        assume(False)
        raise


def moments(said: Doc) -> Iterator[int]:
    for paper in said["papers"]:
        for moment in (paper["effective"], paper["expires"], paper["effective"] + timedelta(days=30)):
            yield int(moment.timestamp()) * 1_000_000


def visible(plan: Plan, at: list[int]) -> Mapping[Where, str]:
    """What happens to each field that a grant names, everywhere."""
    found: dict[Where, str] = {}
    for section in plan.sections:
        bounds = Bounds(plan.publishers[section.publisher].dimensions)
        for views in section.partners:
            for moment, minors in () if views.any_group else product(at, (False, True)):
                mask = _mask(views, [minors or not test.under for test in section.tests], moment)
                for people in (None, *COUNTS):
                    counted = views.counted.get(mask)
                    level = None if people is None else bounds.levels.index(level_of(bounds, people))
                    view = views.views.get(mask) if counted is None or level is None else counted[level]
                    for one in plan.verdicts[view.verdicts] if view else ():
                        found[section.publisher, views.partner, moment, people, minors, one.path] = one.action
    return found


def level_of(bounds: Bounds, counted: Counted) -> Level:
    """The level of so many. Of several years it is one person more than of this one."""
    pi, spi, both, events = counted
    this_year = {("PI",): pi, ("SPI",): spi, ("PI", "SPI"): both, ("IMPORTANT",): events}
    windows = [one.window for one in bounds.dimensions]
    return bounds.level({one: this_year[one.buckets] + (one.since is not None) for one in windows})


def check_less_is_seen(before: Mapping[Where, str], after: Mapping[Where, str]) -> None:
    more = [where for where, action in after.items() if Action(action).leaves and not Action(before[where]).leaves]
    assert more == []


@often
@given(documents(), st.data())
def test_a_paper_less_is_never_more_seen(said: Doc, data: st.DataObject) -> None:
    """But for one that is there and filed too late: it holds, and to say that it is not there is no way to file it."""
    gone = data.draw(st.sampled_from(said["papers"]))
    assume("filed" in gone)
    fewer = {**said, "papers": [paper for paper in said["papers"] if paper is not gone]}
    at = sorted(set(moments(said)))

    check_less_is_seen(visible(plan_of(said), at), visible(plan_of(fewer), at))


@often
@given(documents(), st.sampled_from(NUMBERS), st.data())
def test_a_paper_for_fewer_people_is_never_more_seen(said: Doc, number: int, data: st.DataObject) -> None:
    paper = data.draw(st.sampled_from(said["papers"]))
    assume(paper["mechanism"] not in ("DOMESTIC_ART23", "HK_DPP") and paper.get("people", number + 1) > number)
    assume("filed" in paper)
    fewer = {**said, "papers": [{**one, "people": number} if one is paper else one for one in said["papers"]]}
    at = sorted(set(moments(said)))

    check_less_is_seen(visible(plan_of(said), at), visible(plan_of(fewer), at))


@often
@given(documents(), st.sampled_from(NUMBERS), st.data())
def test_an_assessment_of_fewer_events_is_never_more_seen(said: Doc, number: int, data: st.DataObject) -> None:
    assessed = [one for one in said["papers"] if one["mechanism"] == "ASSESSMENT" and "filed" in one]
    assume(assessed)
    paper = data.draw(st.sampled_from(assessed))
    assume(paper.get("volume", number + 1) > number)
    fewer = {**said, "papers": [{**one, "volume": number} if one is paper else one for one in said["papers"]]}
    at = sorted(set(moments(said)))

    check_less_is_seen(visible(plan_of(said), at), visible(plan_of(fewer), at))


@often
@given(documents())
def test_nothing_leaves_under_a_paper_for_fewer_people_than_there_are(said: Doc) -> None:
    plan = plan_of(said)
    caps = {(cap.paper, cap.window): cap.number for one in plan.publishers.values() for cap in one.caps}
    asked = {(one["id"], key): one[key] for one in said["papers"] for key in ("people", "volume") if key in one}
    usable = {one["id"] for one in said["papers"] if one["status"] == "effective"}
    found = {(paper, "volume" if window.of_events else "people"): number for (paper, window), number in caps.items()}
    assert found == {place: number for place, number in asked.items() if place[0] in usable}

    for views, bounds in views_of(plan):
        for leveled in views.counted.values():
            for level, view in zip(bounds.levels, leveled, strict=True):
                for one in plan.verdicts[view.verdicts]:
                    for (paper, window), number in caps.items():
                        if one.paper == paper and Action(one.action).leaves:
                            assert most(bounds, level, window) <= number, one


def most(bounds: Bounds, level: Level, window: Window) -> float:
    """The most that there are at a level in a window."""
    at = next(place for place, one in enumerate(bounds.dimensions) if one.window == window)
    of = bounds.dimensions[at].bounds
    return of[level[at]] - 1 if level[at] < len(of) else float("inf")


def views_of(plan: Plan) -> Iterator[tuple[PartnerViews, Bounds]]:
    for section in plan.sections:
        for views in section.partners:
            yield views, Bounds(plan.publishers[section.publisher].dimensions)


@often
@given(documents(), st.sampled_from(("notice", "pipia", "basis")), st.data())
def test_less_on_record_is_never_more_seen(said: Doc, key: str, data: st.DataObject) -> None:
    bare = data.draw(st.sampled_from(said["papers"]))
    without = {name: value for name, value in bare.items() if name != key}
    fewer = {**said, "papers": [without if paper is bare else paper for paper in said["papers"]]}
    at = sorted(set(moments(said)))

    check_less_is_seen(visible(plan_of(said), at), visible(plan_of(fewer), at))


@often
@given(documents(), st.sampled_from(("ciio", "state_organ", "small_handler", "collected_in", "own_data")))
def test_a_fact_less_about_the_exporter_is_never_more_seen(said: Doc, fact: str) -> None:
    source, *others = said["parties"]
    inner = {name: value for name, value in source["publisher"].items() if name != fact}
    unknown = {**{name: value for name, value in source.items() if name != fact}, "publisher": inner}
    at = sorted(set(moments(said)))

    check_less_is_seen(visible(plan_of(said), at), visible(plan_of({**said, "parties": [unknown, *others]}), at))


@often
@given(documents(), st.sampled_from(("foreign_authority", "restricted")))
def test_a_fact_less_about_a_recipient_is_never_more_seen(said: Doc, fact: str) -> None:
    source, first, *others = said["parties"]
    unknown = {name: value for name, value in first.items() if name != fact}
    at = sorted(set(moments(said)))

    check_less_is_seen(
        visible(plan_of(said), at), visible(plan_of({**said, "parties": [source, unknown, *others]}), at)
    )


@often
@given(documents(), papers())
def test_a_party_elsewhere_changes_nothing_here(said: Doc, theirs: list[Doc]) -> None:
    sister = a_publisher("sister", zone="CN-SH")
    more = {
        **said,
        "parties": [sister, *said["parties"], a_partner("carrier", zone="JP")],
        "grants": [*said["grants"], a_grant("*", id="theirs", publishers=["sister"], partners=["carrier", "bank"])],
        "papers": [
            *said["papers"],
            *(
                {**paper, "id": f"s-{paper['id']}", "number": f"S-{paper['number']}", "exporter": "sister"}
                for paper in theirs
            ),
        ],
    }
    at = sorted(set(moments(said)))

    here, there = visible(plan_of(said), at), visible(plan_of(more), at)

    assert {where: action for where, action in there.items() if where[0] != "sister"} == here


@often
@given(documents(), st.randoms(use_true_random=False))
def test_the_order_of_papers_and_parties_means_nothing(said: Doc, random: Random) -> None:
    other = {name: random.sample(said[name], len(said[name])) for name in ("parties", "papers", "grants")}
    at = sorted(set(moments(said)))

    assert visible(plan_of({**said, **other}), at) == visible(plan_of(said), at)


@often
@example(YOUNG)
@given(documents())
def test_that_somebody_is_under_14_is_never_more_seen_and_lets_nothing_go_that_waits(said: Doc) -> None:
    found = visible(plan_of(said), sorted(set(moments(said))))
    others = {(*where[:4], where[5]): action for where, action in found.items() if not where[4]}

    for where, action in found.items():
        if where[4]:
            other = others[*where[:4], where[5]]
            assert Action(action).strictness >= Action(other).strictness, where


@often
@example(YOUNG)
@given(documents())
def test_of_somebody_under_14_nothing_leaves_but_under_a_paper_with_a_guardians_consent(said: Doc) -> None:
    guarded = {one["id"] for one in said["papers"] if "guardian" in one}
    plan = plan_of(said)

    for views, _ in views_of(plan):
        young = fact_bits(views.groups, MINORS)
        for (mask, _), view in views.every():
            for one in plan.verdicts[view.verdicts] if mask & young else ():
                if one.path.startswith("people[]") and Action(one.action).leaves:
                    assert one.field_class == "SPI"
                    assert one.paper in guarded


def test_where_somebody_is_under_14_something_leaves_for_the_two_before_to_look_at() -> None:
    found = visible(plan_of(YOUNG), sorted(set(moments(YOUNG))))

    assert any(one == "PASS" and where[4] and where[5] == "people[].name" for where, one in found.items())


@pytest.mark.parametrize("action", ["PASS", "HOLD"])
def test_the_documents_are_such_that_there_is_something_to_take_away(action: str) -> None:
    def says(said: Doc) -> bool:
        found = visible(plan_of(said), sorted(set(moments(said))))
        return any(one == action for where, one in found.items() if where[-1] == "truck.tractorPlate")

    assert find(documents(), says, settings=seeking)
