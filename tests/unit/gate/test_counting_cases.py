"""Whom the law counts, as the cases in ``tests/cases/people.toml`` say."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

import pytest
from tests.builders import a_batch, a_grant, a_paper, a_partner, a_publisher, a_record, an_event, an_executor, firsts
from tests.cases_as_data import read

from tidegate import gate
from tidegate.gate import Executor
from tidegate.gate.counting import persons

CASES: dict[str, Any] = read("people.toml", "name article events expect", "point")
USUAL: dict[str, Any] = CASES["usual"]
SENDERS = ("forwarder", "sister")
US = 1_000_000


def an_executor_of_both() -> Executor:
    return an_executor(
        parties=[*map(a_publisher, SENDERS), a_partner()],
        grants=[a_grant("eventId", "people[].name", "people[].phone", publishers=list(SENDERS))],
        papers=[
            a_paper(
                id=f"paper-{name}",
                exporter=name,
                number=f"N-{name}",
                expires=datetime.fromisoformat("2030-01-01T00:00Z"),
            )
            for name in SENDERS
        ],
    )


@pytest.mark.parametrize("case", CASES["case"], ids=[case["name"] for case in CASES["case"]])
def test_cases(case: dict[str, Any]) -> None:
    # Given events of some publishers, each provided at its moment
    executor = an_executor_of_both()
    found: dict[str, set[bytes]] = defaultdict(set)
    offset = -1
    for said in case["events"]:
        one = {**USUAL, **said}
        offset += 0 if one.get("again") else 1
        at_us = int(one["at"].timestamp()) * US
        event = an_event(
            eventId=f"e-{offset}", eventTime=at_us - US, people=[{"role": "DRIVER", **who} for who in one["people"]]
        )
        record = a_record(event, publisher=one["publisher"], timestamp_ms=at_us // 1_000, offset=offset)

        # When it is asked whom to count
        inspected = gate.inspect(a_batch(record), executor)
        for mine in persons(inspected, firsts(inspected), at_us).persons:
            for asked in mine.asked:
                found[f"{mine.exporter} {mine.year}"].update(asked.persons)

    # Then they are as many distinct persons as the law counts, by exporter and year
    assert {who: len(them) for who, them in found.items() if them} == case["expect"]


def test_each_case_names_its_article_and_its_point() -> None:
    assert all(case["article"] and case["point"].startswith("8.4(") for case in CASES["case"])
    assert len({case["name"] for case in CASES["case"]}) == len(CASES["case"])
