"""Routes: relays that documents name are places of the route, and raw events never leave the Mainland on theirs."""

from __future__ import annotations

from typing import Any

import pytest
from tests.builders import LEVELS, a_grant, a_hub, a_paper, a_partner, a_plan, a_publisher, a_rule_set

from tidegate.errors import BadRules


def verdict(*, partner: dict[str, Any], publisher: dict[str, Any] | None = None, mechanism: str = "GBA_SC_HK") -> str:
    """What happens to a plate under a contract between Shenzhen and Hong Kong, of many people."""
    source = a_publisher(publisher={"collected_in": "CN", "own_data": "yes", **(publisher or {})})
    plan = a_plan(
        parties=[source, a_partner(partner=partner)],
        grants=[a_grant("eventId", "truck.tractorPlate")],
        papers=[a_paper(mechanism)],
    )
    (views,) = (one for section in plan.sections if section.tests == () for one in section.partners if one.counted)
    (leveled,) = views.counted.values()
    table = plan.verdicts[leveled[LEVELS.index((1, 0))].verdicts]
    found = next(one for one in table if one.path == "truck.tractorPlate")
    return f"{found.action} {found.reason}"


def test_a_relay_off_the_edge_of_a_contract_is_a_place_of_the_route() -> None:
    assert verdict(partner={}) == "PASS gba_contract"
    assert verdict(partner={"relays": ["CN-GD-GZ", "HK"]}) == "PASS gba_contract"
    assert verdict(partner={"relays": ["SG"]}) == "DROP no_contract_above_threshold"
    assert verdict(partner={}, publisher={"relays": ["CN-GD-GZ"]}) == "PASS gba_contract"
    assert verdict(partner={}, publisher={"relays": ["CN-BJ"]}) == "DROP no_contract_above_threshold"


def refused(zone: str, relays: list[str], hub: str, readable_in: list[str]) -> int:
    """How many mistakes there are in a publisher's way to a hub."""
    sender = a_publisher(zone=zone, publisher={"relays": relays})
    try:
        a_rule_set(hub=a_hub(zone=hub, readable_in=readable_in), parties=[sender, a_partner()], grants=[])
    except BadRules as exc:
        return len(exc.mistakes)
    return 0


@pytest.mark.parametrize(
    ("zone", "relays", "hub", "readable_in", "mistakes"),
    [
        ("CN-GD-SZ", [], "CN-GD-SZ", [], 0),
        ("CN-GD-SZ", ["CN-SH", "CN-BJ"], "CN-GD-SZ", ["CN-SH"], 0),
        ("HK", ["SG"], "HK", ["SG", "MO"], 0),
        ("HK", ["SG", "CN-SH"], "CN-GD-SZ", [], 0),
        ("CN-GD-SZ", [], "HK", [], 1),
        ("CN-GD-SZ", ["HK"], "CN-GD-SZ", [], 1),
        ("CN-GD-SZ", ["SG"], "HK", [], 1),
        ("HK", ["CN-SH"], "HK", [], 1),
        ("HK", [], "CN-GD-SZ", ["HK"], 1),
        ("HK", [], "CN-GD-SZ", ["HK", "CN-SH", "SG"], 2),
        ("CN-GD-SZ", [], "HK", ["HK"], 2),
    ],
)
def test_raw_events_stay_in_the_mainland_once_they_were_in_it(
    zone: str, relays: list[str], hub: str, readable_in: list[str], mistakes: int
) -> None:
    assert refused(zone, relays, hub, readable_in) == mistakes


@pytest.mark.parametrize(
    ("zone", "relays", "start"),
    [("CN-SH", ["HK"], "publishes from CN-SH"), ("SG", ["CN-SH", "HK"], "sends its events through CN-SH")],
)
def test_it_is_said_where_raw_events_were_in_the_mainland(zone: str, relays: list[str], start: str) -> None:
    sender = a_publisher(zone=zone, publisher={"relays": relays})

    with pytest.raises(BadRules, match=f"forwarder {start}, and its raw events would reach a relay in HK"):
        a_rule_set(parties=[sender, a_partner()], grants=[])
