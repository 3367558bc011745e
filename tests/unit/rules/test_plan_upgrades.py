"""What each format of plans has, as programs of before wrote it: a plan is read and written again as what it was."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from tests.builders import a_grant, a_paper, a_partner, a_plan, a_publisher

from tidegate.errors import BadSchema
from tidegate.rules import Plan

PLAN = a_plan(parties=[a_publisher(), a_partner(partner={"heartbeat": "30s"})])
SINCE = {"heartbeat": 3, "references": 4, "stamp of what comes in": 5, "bounds": 6, "freed": 7}
EXECUTOR = 2
"""That of all of these formats: no hub of before could run what another executor was meant to."""


def what_it_has(said: dict[str, Any]) -> set[str]:
    publisher, section = said["publishers"]["forwarder"], said["sections"][0]
    view = next(iter(section["partners"][0]["views"].values()))
    bounds = [name in publisher for name in ("pi_bounds", "spi_bounds", "people_bounds")]
    assert bounds in ([True] * 3, [False] * 3)
    assert {"dimensions", "caps"}.isdisjoint(publisher), "since format 9"
    assert view["stamp"] == (None if "stamp" in section else [])
    there = {
        "heartbeat": "heartbeat_s" in said["partners"]["terminal"],
        "references": "references" in said,
        "stamp of what comes in": "stamp" in section,
        "bounds": bounds[0],
        "freed": "freed" in view,
    }
    return {name for name, holds in there.items() if holds}


@pytest.mark.parametrize("number", range(2, 9))
def test_a_plan_of_a_format_has_what_was_there_then_and_keeps_it(number: int) -> None:
    text = replace(PLAN, format=number).to_bytes()
    said = json.loads(text)

    assert what_it_has(said) == {name for name, since in SINCE.items() if since <= number}
    assert (said["format"], said["executor"]) == (number, EXECUTOR)
    assert Plan.from_bytes(text).to_bytes() == text


@pytest.mark.parametrize("executor", [EXECUTOR - 1, EXECUTOR + 1])
def test_a_plan_for_another_executor_is_refused(executor: int) -> None:
    text = PLAN.to_bytes().replace(b'"executor":%d' % EXECUTOR, b'"executor":%d' % executor)

    with pytest.raises(BadSchema, match="another version"):
        Plan.from_bytes(text)


def test_what_comes_in_stamped_is_told_apart_since_format_5() -> None:
    # Given what Hong Kong got under a Greater Bay Area contract, and passes on
    own = {"publisher": {"collected_in": "HK", "own_data": "yes"}, "partner": {}}
    parties = [a_publisher(), {**a_publisher("second", zone="HK"), **own}, a_partner("third")]
    grants = [
        a_grant("eventId", "truck.tractorPlate", id=name, publishers=[name], partners=[to])
        for name, to in (("forwarder", "second"), ("second", "third"))
    ]
    plan = a_plan(parties=parties, grants=grants, papers=[a_paper("GBA_SC_HK", recipients=["second"])])
    stamps = [section.stamp for section in plan.sections]
    assert any(stamps)

    # Then plans of the formats that know it keep it
    for number in range(5, 8):
        again = Plan.from_bytes(replace(plan, format=number).to_bytes())
        assert [section.stamp for section in again.sections] == stamps
