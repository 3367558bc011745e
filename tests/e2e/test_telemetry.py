"""What an operator watches: metrics by the names that dashboards use, health, logs."""

from __future__ import annotations

from collections import Counter

import pytest
from tests.builders import a_record, an_event
from tests.e2e.site import LANES, HubProcess, Site, eventually
from tests.e2e.topics import Decided, sums
from tests.e2e.world import PARTNERS

from tidegate.gate import OUTCOMES

PUBLISHER = "other-shipper"


@pytest.fixture(scope="module")
def decided(site: Site) -> list[Decided]:
    boxes = [a_record(an_event(eventId=f"t-{n}", equipment={"reference": f"MSKU{n:07}"})) for n in range(200)]
    site.send(PUBLISHER, *boxes, a_record(value=b"?", key=b"MSKU1"))
    return site.settle(PUBLISHER, len(boxes) + 1)


def test_records_and_deliveries_are_those_of_the_audit(site: Site, hub: HubProcess, decided: list[Decided]) -> None:
    entries = site.entries()
    sent = Counter(dict.fromkeys(PARTNERS, 0))
    for entry in entries:
        sent.update({one.partner: one.count for one in entry.deliveries})
    counted = sums([one for name in {s.publisher for e in entries for s in e.sources} for one in site.decided(name)])

    def agrees() -> bool:
        found = hub.metrics()
        records = {
            outcome.word: sum(
                found.get(f'tidegate_records_total{{lane="{lane}",outcome="{outcome.word}"}}', 0.0)
                for lane in range(LANES)
            )
            for outcome in OUTCOMES
        }
        deliveries = {name: found.get(f'tidegate_deliveries_total{{partner="{name}"}}', 0.0) for name in PARTNERS}
        return records == {outcome.word: counted[outcome.word] for outcome in OUTCOMES} and deliveries == sent

    eventually("the counters to agree with the audit", agrees, hub.alive)


def test_lag_is_nought_once_everything_is_taken_in(hub: HubProcess, decided: list[Decided]) -> None:
    """Markers of transactions are in the offsets and are nobody's backlog."""
    lanes = [f'tidegate_lag_records{{lane="{lane}"}}' for lane in range(LANES)]

    eventually("no lag", lambda: [hub.metrics()[name] for name in lanes] == [0.0] * LANES, hub.alive)

    found = hub.metrics()
    assert [found[f'tidegate_seconds_since_progress{{lane="{lane}"}}'] for lane in range(LANES)] == [0.0] * LANES


def test_every_metric_that_an_operator_needs_is_there(hub: HubProcess, decided: list[Decided]) -> None:
    found = hub.metrics()

    for lane in range(LANES):
        assert found[f'tidegate_lane_open{{lane="{lane}"}}'] == 1.0
        assert found[f'tidegate_takeovers_total{{lane="{lane}",reason="start"}}'] == 1.0
        assert found[f'tidegate_takeover_seconds_count{{lane="{lane}"}}'] == 1.0
    assert sum(value for name, value in found.items() if name.startswith("tidegate_transaction_seconds_count")) > 0
    assert found['tidegate_faults_total{reason="bad_framing"}'] >= 1.0
    assert found["tidegate_rules_sequence"] == hub.ready()["rules"]
    assert found["tidegate_rules_confirmed_seconds"] < 15.0
    assert found["tidegate_excluded_topics"] == 0.0
    assert found["tidegate_rebuild_lanes_done"] == -1.0
    assert "tidegate_claims_lost_total" in found


def test_claims_are_counted_by_publisher(hub: HubProcess, decided: list[Decided]) -> None:
    name = f'tidegate_claims{{publisher="{PUBLISHER}"}}'

    eventually("claims to be counted", lambda: hub.metrics().get(name) == 200.0, hub.alive)


def test_a_publisher_that_asked_for_it_is_told_of_each_event(site: Site, decided: list[Decided]) -> None:
    assert len(site.read(f"feedback.{PUBLISHER}")) == len(decided)


def test_health_is_said_as_json(hub: HubProcess) -> None:
    assert hub.get("/livez") == (200, '{\n  "live": true,\n  "stuckSeconds": {}\n}\n')
    assert hub.get("/readyz")[0] == 200
    assert hub.get("/nothing-here")[0] == 404


def test_logs_are_json_without_keys_or_values_of_records(hub: HubProcess, decided: list[Decided]) -> None:
    for line in hub.logs:
        assert {"event", "level", "timestamp"} <= line.keys()
        assert "dropped_keys" not in line, "a log line said more than it may"
    text = hub.log.read_text()
    assert "MSKU0000" not in text
    assert "t-1" not in {part for line in hub.logs for part in map(str, line.values())}
