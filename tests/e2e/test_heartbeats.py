"""Heartbeats on a real hub: told where they are asked for, true, provable, and never to a suspended partner."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from tests.builders import COMMON, a_grant, a_partner, a_publisher, a_record, an_event, documents
from tests.e2e.conftest import NewSite
from tests.e2e.site import LANES, REPO, Site, eventually
from tests.e2e.topics import Record, value_of

from tidegate.audit import Kind
from tidegate.gate.bodies import body

pytestmark = pytest.mark.soak

EVERY_S = 1
ASKS, OTHER, SILENT = "terminal", "customs", "bank"
"""Two partners that ask for heartbeats, the second of which is granted nothing, and one that does not."""
HEADERS = {"ce_specversion", "ce_type", "ce_source", "ce_dataschema", "content-type", "ce_notice", "ce_id"}


@pytest.fixture(scope="module")
def site(new_site: NewSite) -> Site:
    site = new_site("heartbeats")
    rules = site.write_rules(
        documents(
            parties=(
                a_publisher(),
                a_partner(ASKS, partner={"heartbeat": f"{EVERY_S}s"}),
                a_partner(SILENT),
                a_partner(OTHER, partner={"heartbeat": f"{EVERY_S}s"}),
            ),
            grants=[a_grant(*COMMON, partners=[ASKS, SILENT], when={"eventSubtype": "LOAD"})],
        )
    )
    site.tidegate("keyring", "new", "keyring.toml")
    site.tidegate("topics", "apply", rules, "--lanes", str(LANES))
    site.tidegate("rules", "activate", rules, "--wait", "0s", code=None)
    site.start_hub().await_ready()
    return site


def beats(site: Site, partner: str = ASKS) -> list[Record]:
    return [one for one in site.read(f"out.{partner}") if one.header("ce_notice") == "heartbeat"]


def on_every_lane(site: Site, count: int, partner: str = ASKS) -> list[Record]:
    """Waits until each lane has sent a partner so many more heartbeats than now; gives all there are."""
    before = Counter(one.lane for one in beats(site, partner))

    def enough() -> list[Record] | None:
        found = beats(site, partner)
        now = Counter(one.lane for one in found)
        return found if all(now[lane] >= before[lane] + count for lane in range(LANES)) else None

    return eventually(f"{count} heartbeats on every lane", enough, site.alive)


@pytest.fixture(scope="module")
def said(site: Site) -> Callable[[Record], dict[str, Any]]:
    """What a record says."""
    registry = site.registry()
    return lambda record: value_of(record, registry)


def test_every_lane_tells_who_asks_for_it_and_nobody_else(site: Site, said: Callable[[Record], dict[str, Any]]) -> None:
    found = on_every_lane(site, 2)

    assert beats(site, SILENT) == []
    for record in found:
        assert {name for name, _ in record.headers} == HEADERS
        assert record.key is None
        assert said(record)["everySeconds"] == EVERY_S
        assert said(record)["upTo"] <= record.time_ms * 1_000 + 999
    ids = [one.header("ce_id") for one in found]
    assert len(set(ids)) == len(ids)
    for lane in range(LANES):
        moments = [said(one)["upTo"] for one in found if one.lane == lane]
        assert moments == sorted(moments)


def test_what_it_says_is_true_and_it_waits_while_there_is_something_to_say(
    site: Site, said: Callable[[Record], dict[str, Any]]
) -> None:
    """Events come in all the while, more often than heartbeats on some lanes, some for the partner and some not."""
    sent = 0
    for _ in range(12):
        records = [
            a_record(
                an_event(
                    eventId=f"h-{sent + n}",
                    eventSubtype="LOAD" if n % 2 else "GTIN",
                    equipment={"reference": f"MSKU{(sent + n) % 23:07}"},
                )
            )
            for n in range(10)
        ]
        site.send("forwarder", *records)
        sent += len(records)
        time.sleep(0.25)  # the stream of a sender, not a wait for something
    site.settle("forwarder", sent)
    on_every_lane(site, 1)

    decided = {(one.lane, one.offset): one for one in site.decided("forwarder")}
    source = site.read("in.forwarder")
    for lane in range(LANES):
        out = [one for one in site.read(f"out.{ASKS}") if one.lane == lane]
        refs = [one.header("ce_eventref") for one in out]
        for place, record in enumerate(out):
            if record.header("ce_notice") != "heartbeat":
                continue
            up_to = said(record)["upTo"]
            for one in source:
                mine = decided[one.lane, one.offset]
                if one.lane == lane and one.time_ms * 1_000 < up_to - 1_000 and ASKS in mine.partners:
                    assert mine.event_ref in refs[:place]
            if place:
                assert record.time_ms - out[place - 1].time_ms >= EVERY_S * 1_000 - 50
    assert any(ref for ref in refs)


def test_each_is_in_the_audit_and_can_be_made_again(site: Site) -> None:
    found = on_every_lane(site, 1)
    told = {
        (entry.lane, delivery.digest)
        for entry in site.entries()
        if entry.kind is Kind.HEARTBEAT
        for delivery in entry.deliveries
    }

    for record in found:
        made = body(record.key, record.value, record.headers)
        assert (record.lane, hashlib.sha256(made).digest()) in told
    report = site.tidegate("replay", "case-h", "--from", "-1h", "--rules", "then", "--json").json
    partner = report["partners"][ASKS]
    assert partner["reproduced"] == partner["delivered"] >= len(found)


def test_a_suspended_partner_is_not_woken_and_a_resumed_one_hears_again(site: Site) -> None:
    site.tidegate("partner", "suspend", ASKS, "--reason", "test")
    silent_from = len(beats(site))

    on_every_lane(site, 3, OTHER)  # for as long as three of its own would have taken

    assert len(beats(site)) == silent_from
    site.tidegate("partner", "resume", ASKS, "--reason", "test")
    on_every_lane(site, 1)


def test_after_a_kill_the_next_hub_goes_on_and_all_of_it_can_be_made_again(site: Site) -> None:
    on_every_lane(site, 1)
    hub = site.hubs.pop()
    hub.process.kill()
    hub.process.wait()

    site.start_hub().await_ready()
    on_every_lane(site, 2)

    report = site.tidegate("replay", "case-k", "--from", "-1h", "--rules", "then", "--json").json
    assert report["reproduced"] == report["delivered"]


def test_a_standard_client_reads_them(site: Site) -> None:
    done = subprocess.run(
        [
            sys.executable,
            str(REPO / "deploy/examples/confluent_client.py"),
            f"{site.prefix}out.{ASKS}",
            *("--bootstrap", site.stack.bootstrap, "--registry", f"http://127.0.0.1:{site.hubs[0].port}"),
            *("--count", str(len(site.read(f"out.{ASKS}")))),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    found = [json.loads(line) for line in done.stdout.splitlines()]
    values = [one["value"] for one in found if one["headers"].get("ce_notice") == "heartbeat"]
    assert values
    assert all(set(value) == {"upTo", "everySeconds"} for value in values)
