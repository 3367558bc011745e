"""Plans of earlier formats: read, run, and written again byte for byte, since their digest names them for ever."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from tests.builders import (
    COMMON,
    a_class,
    a_grant,
    a_paper,
    a_partner,
    a_plan,
    a_publisher,
    a_record,
    an_executor,
    released,
)

from tidegate.errors import BadSchema
from tidegate.rules import Plan
from tidegate.rules.plan import FORMAT, READABLE, every_view

PLAN = a_plan(parties=[a_publisher(), a_partner(partner={"heartbeat": "30s"})])


OF_LAW = (
    b'[{"bounds":[100000,1000000],"window":{"buckets":["PI"],"since":null}},'
    b'{"bounds":[10000],"window":{"buckets":["SPI"],"since":null}}]'
)


def of_format_2() -> bytes:
    """As the format was before partners could ask for heartbeats, and before plans named reference lists."""
    text = PLAN.to_bytes()
    for now, before in (
        (b'"format":%d' % FORMAT, b'"format":2'),
        (b'"heartbeat_s":30,', b""),
        (b'"references":{},', b""),
        (b'"caps":[],', b""),
        (b'"dimensions":' + OF_LAW + b",", b""),
        (b'"stamp":null,"tests"', b'"tests"'),
        (b'"stamp":null', b'"stamp":[]'),
        (b'"freed":null,', b""),
    ):
        assert now in text
        text = text.replace(now, before)
    return text


def test_a_plan_of_format_2_keeps_its_bytes_and_its_digest() -> None:
    text = of_format_2()

    plan = Plan.from_bytes(text)

    assert plan.to_bytes() == text
    assert plan.digest == hashlib.sha256(text).hexdigest() != PLAN.digest
    assert plan.partners["terminal"].heartbeat_s == 0


def of_earlier_bounds(said: dict[str, Any], pi: list[int], spi: list[int], both: list[int]) -> None:
    """As publishers were before plans had dimensions: with bounds of PI, of SPI and of both together."""
    earlier = {"pi_bounds": pi, "spi_bounds": spi, "people_bounds": both}
    for name, publisher in said["publishers"].items():
        del publisher["dimensions"], publisher["caps"]
        said["publishers"][name] = dict(sorted((publisher | earlier).items()))


HOLDING = a_plan(grants=[a_grant(*COMMON, "location.name")], classes=[a_class("location.name", "SUSPECT_IMPORTANT")])


def of_format_6() -> bytes:
    """As the format was before plans had views of what a person lets go."""
    said = json.loads(HOLDING.to_bytes())
    said["format"] = 6
    of_earlier_bounds(said, [100_000, 1_000_000], [10_000], [])
    for section in said["sections"]:
        for partner in section["partners"]:
            for view in partner["views"].values():
                del view["freed"]
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()


def test_a_plan_of_format_6_lets_a_person_open_nothing_and_keeps_its_bytes() -> None:
    plan = Plan.from_bytes(of_format_6())

    assert plan.to_bytes() == of_format_6()
    assert all(view.freed is None for one in plan.sections for some in one.partners for view in every_view(some))


COUNTING = a_plan(grants=[a_grant("eventId", "truck", "people")], papers=[a_paper(people=50, classes=["PI", "SPI"])])


def of_format_7() -> bytes:
    """As the format was when bounds were those of PI, of SPI and of both together in the calendar year."""
    said = json.loads(COUNTING.to_bytes())
    said["format"] = 7
    of_earlier_bounds(said, [100_000, 1_000_000], [10_000], [51])
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()


def test_a_plan_of_format_7_keeps_its_bytes_and_its_levels() -> None:
    plan = Plan.from_bytes(of_format_7())

    assert plan.to_bytes() == of_format_7()
    found, now = (an_executor(one).bounds["forwarder"] for one in (plan, COUNTING))
    assert found == now
    assert found.levels[:3] == ((0, 0, 0), (0, 0, 1), (0, 1, 0))
    assert (
        len(found.levels) == 12 == max(len(some) for one in plan.sections[0].partners for some in one.counted.values())
    )
    assert plan.publishers["forwarder"].caps == ()


def test_what_a_person_may_let_go_is_in_a_plan_of_format_7() -> None:
    said = json.loads(HOLDING.to_bytes())
    said["format"] = 7
    of_earlier_bounds(said, [100_000, 1_000_000], [10_000], [])
    text = json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()

    plan = Plan.from_bytes(text)

    assert plan.to_bytes() == text
    assert any(view.freed is not None for one in plan.sections for some in one.partners for view in some.views.values())


def test_windows_and_what_papers_were_approved_for_come_back() -> None:
    paper = a_paper("ASSESSMENT", people=50, volume=7, classes=["PI", "IMPORTANT"])
    plan = a_plan(grants=[a_grant("eventId", "truck", "people")], papers=[paper])

    again = Plan.from_bytes(plan.to_bytes())

    assert again == plan
    assert [one.window.name for one in again.publishers["forwarder"].caps] == ["2025:PI", "2025:IMPORTANT"]
    assert again.to_bytes() == plan.to_bytes()


def test_what_a_person_may_let_go_comes_back() -> None:
    plan = Plan.from_bytes(HOLDING.to_bytes())

    assert plan == HOLDING
    freed = [view.freed for one in plan.sections for some in one.partners for _, view in some.every() if view.freed]
    assert [view.schema_id in plan.schemas for view in freed] == [True]


def test_ages_are_written_where_something_is_asked_about_them() -> None:
    people = a_plan(grants=[a_grant("eventId", "people[].name", when={"eventType": "EQUIPMENT"})])

    assert Plan.from_bytes(people.to_bytes()) == people
    (tests,) = [one["tests"] for one in json.loads(people.to_bytes())["sections"] if one["tests"]]
    assert tests == [
        {"path": "eventType", "values": ["EQUIPMENT"], "prefix": ""},
        {"path": "people[].birthDate", "values": [], "prefix": "", "under": 14},
    ]


@pytest.mark.parametrize("attributes", [[], ["subject"], ["time"], ["subject", "time"]])
def test_what_headers_say_comes_back(attributes: list[str]) -> None:
    parties = [a_publisher(), a_partner(partner={"attributes": attributes})]
    plan = a_plan(parties=parties, grants=[a_grant(*COMMON, "equipment.reference")])

    (view,) = Plan.from_bytes(plan.to_bytes()).sections[0].partners[0].views.values()

    assert [view.subject is not None, view.time is not None] == [name in attributes for name in ("subject", "time")]
    assert Plan.from_bytes(plan.to_bytes()) == plan


def test_texts_are_written_as_they_are() -> None:
    """Written otherwise, the same plan would have another digest, and every replay before it would say so."""
    plan = a_plan(grants=[a_grant(when={"location.name": "鹽田"})])

    assert "鹽田".encode() in plan.to_bytes()
    assert Plan.from_bytes(plan.to_bytes()) == plan


def test_it_lets_through_what_it_let_through() -> None:
    old, new = (released(an_executor(plan), a_record()) for plan in (Plan.from_bytes(of_format_2()), PLAN))

    assert [one.bodies for one in old.outputs] == [one.bodies for one in new.outputs] != []


def test_the_format_of_now_comes_back() -> None:
    plan = Plan.from_bytes(PLAN.to_bytes())

    assert plan == PLAN
    assert plan.partners["terminal"].heartbeat_s == 30


@pytest.mark.parametrize("number", [min(READABLE) - 1, FORMAT + 1])
def test_a_format_that_is_not_known_is_refused(number: int) -> None:
    text = PLAN.to_bytes().replace(b'"format":%d' % FORMAT, b'"format":%d' % number)

    with pytest.raises(BadSchema, match="another version"):
        Plan.from_bytes(text)
