"""Counting people across lanes and processes: exactly as many pass as the law lets, whatever breaks meanwhile."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import pytest
from redis import Redis
from tests.faults.flow import LANES
from tests.faults.port import DRIVERS, ENTRY, THE_RECORD, Port
from tests.faults.rig import until

BEFORE = 99_990
LAST = 99_999
"""The 100,000th person leaves row 18."""


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "trouble", ["kill", *(pytest.param(trouble, marks=pytest.mark.soak) for trouble in ("", "wipe", "away"))]
)
def test_at_99_990_people_two_processes_let_exactly_99_999_pass(port: Port, trouble: str) -> None:
    # Given a log that counted 99,990 people, a Redis that knows nothing, and two processes with two lanes each
    port.provision()
    port.count_before(BEFORE)
    flag = port.folder / "trouble"
    if trouble:
        flag.touch()
        port.hub(ENTRY, TIDEGATE_TEST_RESERVED=f"{trouble}:{flag}")
    else:
        port.hub()
    port.hub()
    port.await_open()
    assert port.counted() == BEFORE

    # When sixty more drivers come, twice each, and a process dies or Redis is wiped between reserving and committing
    port.send_drivers()
    if trouble == "kill":
        until(lambda: not port.hubs[0].running, "the process to die after it reserved")
        port.hub()
    port.settle()

    # Then nine more people pass, each with both events, and every event is delivered once
    events = port.delivered()
    assert sorted(event["eventId"] for event in events) == sorted(f"e-{number}" for number in range(2 * DRIVERS))
    passed = [event["people"][0]["licenceNumber"] for event in events if event.get("people")]
    assert len(set(passed)) == LAST - BEFORE
    assert len(passed) == 2 * len(set(passed))
    # And the log, Redis and the audit say so
    assert len(port.subjects()) == port.counted() == LAST
    assert port.counters() == LAST
    assert not flag.exists()
    if trouble == "away":
        assert any("lane waits: Redis" in one["event"] for one in port.hubs[0].events())
    # And a replay reproduces all of it from the audit's answers, and counts nobody
    report = port.replayed()
    assert (report.reproduced, report.delivered) == (2 * DRIVERS, 2 * DRIVERS), report.to_json()
    assert port.counted() == LAST


@pytest.mark.timeout(300)
def test_under_a_paper_for_forty_people_exactly_forty_leave(port: Port) -> None:
    # Given a paper for 40 people, far below any threshold of the law, and two processes of which one will die
    port.provision([{**THE_RECORD, "people": 40}])
    flag = port.folder / "trouble"
    flag.touch()
    port.hub(ENTRY, TIDEGATE_TEST_RESERVED=f"kill:{flag}")
    port.hub()
    port.await_open()

    # When sixty drivers come, twice each, and a process dies between reserving and committing
    port.send_drivers()
    until(lambda: not port.hubs[0].running, "the process to die after it reserved")
    port.hub()
    port.settle()

    # Then forty pass, with both events of each, and every event is delivered once
    events = port.delivered()
    assert sorted(event["eventId"] for event in events) == sorted(f"e-{number}" for number in range(2 * DRIVERS))
    passed = [event["people"][0]["licenceNumber"] for event in events if event.get("people")]
    assert (len(set(passed)), len(passed)) == (40, 80)
    # And the log, Redis and the audit say so, and a replay makes the same of it
    assert len(port.subjects()) == port.counted() == port.counters() == 40
    report = port.replayed()
    assert (report.reproduced, report.delivered) == (2 * DRIVERS, 2 * DRIVERS), report.to_json()


def test_who_nears_a_threshold_is_told_by_the_hub_and_by_the_command(port: Port) -> None:
    # Given an exporter that has provided 95,000 people this year
    port.provision()
    port.count_before(95_000)

    # When a hub runs
    hub = port.hub()
    port.await_open()

    # Then its log, its metrics and the command say so
    until(lambda: any("nears the next paper" in one["event"] for one in hub.events()), "a warning")
    assert hub.probe.metric("tidegate_people")['tidegate_people{bucket="PI",exporter="forwarder"}'] == 95_000
    (ahead,) = [one for one in port.obligations() if one["kind"] == "threshold"]
    assert (ahead["who"], ahead["about"], ahead["state"]) == ("forwarder", "PI", "ahead")
    assert "95,000 people in PI this year: at least 95 % of 100,000" in ahead["sentence"]


@pytest.mark.parametrize(("papers", "more"), [((), 0), ((THE_RECORD,), 1)])
def test_redis_is_asked_no_more_than_persons_need(port: Port, papers: Sequence[dict[str, Any]], more: int) -> None:
    # Given a hub whose rules let drivers out, so that they have to be counted, or do not
    port.provision(papers)
    port.hub()
    port.await_open()
    transactions = port.transactions()
    with Redis.from_url(port.servers.redis.url) as client:
        client.config_resetstat()
        began = time.monotonic()

        # When many small batches come
        for _ in range(6):
            port.send_drivers()
        port.settle()

        # Then each batch costs a call that claims, and where it has persons one that reserves and a look at the epoch
        said = client.info("commandstats")
    asked, scripts = (said[f"cmdstat_{name}"]["calls"] for name in ("hget", "evalsha"))
    looks = asked - scripts  # every script looks at the epoch itself
    transactions = port.transactions() - transactions
    idle = LANES * (time.monotonic() - began + 1)  # a lane that has nothing to do looks once a second
    assert transactions > 2 * idle, "too few batches to tell"
    assert scripts == (1 + more) * transactions
    assert more * transactions <= looks <= more * transactions + idle
