"""A hub of its own that has to wait: for Redis, and for the rules topic. It says so, and goes on by itself."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from tests.builders import COMMON, a_grant, a_partner, a_publisher, a_record, an_event, documents
from tests.e2e.conftest import NewSite
from tests.e2e.site import Site, eventually

from tidegate.errors import EXIT_INTERRUPTED
from tidegate.local import Endpoints, RedisServer, free_ports
from tidegate.provision.folders import compile_rules, read_rules
from tidegate.settings import LaneSettings

ENTRY = Path(__file__).with_name("cut_off_hub.py")
STALE_S = 4
TRUSTED = documents(parties=(a_publisher(), a_partner(), a_partner("bank")), grants=(a_grant(*COMMON),))
REVOKED = documents(
    parties=(a_publisher(), a_partner(), a_partner("bank")),
    grants=(a_grant(*COMMON, partners=["bank"]),),
)
"""The terminal's grant is gone."""


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis that does not run yet, at a port that is known."""
    (port,) = free_ports(1)
    server = RedisServer(tmp_path_factory.mktemp("redis"), port=port)
    try:
        yield server
    finally:
        server.stop(0)


@pytest.fixture(scope="module")
def alone(stack: Endpoints, new_site: NewSite, redis: RedisServer) -> Site:
    """A site of one lane with rules in force and a hub that waits for Redis; its way to the rules can be cut."""
    site = new_site(
        "waiting",
        Endpoints(stack.bootstrap, f"redis://127.0.0.1:{redis.port}/0"),
        LANE__RULES_CONFIRM_S="1",
        LANE__RULES_STALE_S=str(STALE_S),
    )
    rules = site.write_rules(TRUSTED)
    site.write_rules(REVOKED, "rules-revoked")
    site.together(
        lambda: site.tidegate("keyring", "new", "keyring.toml"),
        lambda: site.tidegate("topics", "apply", rules, "--lanes", "1"),
    )
    site.tidegate("rules", "activate", rules, "--wait", "0s")
    site.start_hub((sys.executable, str(ENTRY), str(site.folder / "cut")))
    return site


def event(number: int) -> dict[str, object]:
    return an_event(eventId=f"w-{number}")


def waits(site: Site) -> list[str]:
    return list(site.hubs[0].ready().get("waitsFor", ()))


def test_a_hub_without_redis_waits_says_so_and_goes_on_when_it_comes(alone: Site, redis: RedisServer) -> None:
    (hub,) = alone.hubs
    alone.send("forwarder", a_record(event(1)))

    waiting = eventually(
        "the lane to wait for Redis", lambda: [one for one in waits(alone) if "Redis" in one], hub.alive
    )
    assert waiting[0].startswith("lane 0: Redis")
    assert hub.get("/readyz")[0] == 503
    assert hub.get("/livez")[0] == 200
    assert [line for line in hub.logs if line["event"].startswith("lane waits: Redis")]
    assert alone.decided("forwarder") == []
    lag = 'tidegate_lag_records{lane="0"}'
    eventually("the backlog to be seen", lambda: hub.metrics().get(lag) == 1.0, hub.alive)

    redis.start()

    (decided,) = alone.settle("forwarder", 1)
    assert decided.partners == ("terminal",)
    hub.await_ready()
    assert [line for line in hub.logs if line["event"] == "lane goes on"]


def test_a_hub_cut_off_from_the_rules_stalls_and_never_goes_on_under_a_revoked_grant(
    alone: Site, redis: RedisServer
) -> None:
    """Cut off, then the grant is revoked, then an event comes: it must not leave under the grant of before."""
    (hub,) = alone.hubs
    hub.await_ready()
    cut = alone.folder / "cut"

    cut.touch()
    said = "lane 0: the rules topic, to confirm its rules"
    eventually("the lane to stall", lambda: said in waits(alone), hub.alive)
    assert hub.get("/readyz")[0] == 503
    assert hub.get("/livez")[0] == 200
    activated = alone.tidegate("rules", "activate", "rules-revoked", "--acknowledge", "all", "--wait", "2s", code=4)
    assert "- terminal and events of forwarder" in activated.out
    assert "not confirmed by lanes 0\n" in activated.out, "it is owned, and late"
    alone.send("forwarder", a_record(event(2)))
    assert len(alone.decided("forwarder")) == 1, "nothing is decided while the rules cannot be confirmed"
    cut.unlink()

    decided = alone.settle("forwarder", 2)
    assert [one.partners for one in decided] == [("terminal",), ("bank",)]
    assert len({one.plan for one in decided}) == 2
    assert len(alone.read("out.terminal")) == 1
    hub.await_ready()


def test_rules_switched_in_mid_stream_hold_for_whole_transactions(alone: Site, redis: RedisServer) -> None:
    """Each record was delivered to whom the plan that its audit entry names lets it go to, and to nobody else."""
    allowed = {
        compile_rules(read_rules(alone.folder / name)).digest: who
        for name, who in (("rules", ("terminal",)), ("rules-revoked", ("bank",)))
    }
    numbers = iter(range(100, 100_000))
    with ThreadPoolExecutor(1) as pool:
        switching = pool.submit(alone.tidegate, "rules", "activate", "rules", "--acknowledge", "all")
        sent = 2
        while not switching.done() or sent < 300:
            alone.send("forwarder", *(a_record(event(next(numbers))) for _ in range(20)))
            sent += 20
        switching.result()
    alone.send("forwarder", a_record(event(99)))

    decided = alone.settle("forwarder", sent + 1)
    assert len(decided) == sent + 1
    assert [one for one in decided if one.partners != allowed[one.plan]] == []
    plans = [one.plan for one in decided]
    changes = sum(before != after for before, after in pairwise(plans))
    assert changes == 2, "one for each activation so far, and none back"
    for partner in ("terminal", "bank"):
        refs = [one.header("ce_eventref") for one in alone.read(f"out.{partner}")]
        assert refs == [one.event_ref for one in decided if partner in one.partners]


def test_by_default_a_lane_stalls_within_fifteen_seconds() -> None:
    assert LaneSettings().rules_stale_s == 15.0


def test_ctrl_c_stops_a_hub_as_gracefully_as_a_signal_to_end(alone: Site, redis: RedisServer) -> None:
    (hub,) = alone.hubs

    hub.process.send_signal(signal.SIGINT)

    assert hub.process.wait(30) == EXIT_INTERRUPTED
    assert hub.logs[-1]["event"] == "hub stopped"
    alone.hubs.clear()
