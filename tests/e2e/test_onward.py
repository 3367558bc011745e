"""A delivery that is stamped, published again by whoever got it: it goes on inside Hong Kong and not to Singapore."""

from __future__ import annotations

import pytest
from tests.builders import COMMON, Sent, a_grant, a_hub, a_paper, a_publisher, a_record, an_event, documents
from tests.e2e.conftest import NewSite
from tests.e2e.site import Site
from tests.e2e.topics import Record, value_of

from tidegate.gate import Outcome

ROUTE = {"first": "CN-GD-SZ", "second": "HK", "third": "HK", "fourth": "SG"}
EVENT = an_event(truck={"tractorPlate": "粤B12345"})
STAMP = ("ce_onward", "ce_onwardproof")


@pytest.fixture(scope="module")
def site(new_site: NewSite) -> Site:
    """A forwarder in Shenzhen sends to one in Hong Kong, and that to a bank there and to a carrier in Singapore."""
    parties = [
        a_publisher(name, zone=zone, partner={}, publisher={"collected_in": "CN", "own_data": own})
        for name, zone in ROUTE.items()
        for own in ["yes" if name == "first" else "unknown"]
    ]
    fields = (*COMMON, "truck.tractorPlate")
    grants = [
        a_grant(*fields, id="in", publishers=["first"], partners=["second"]),
        a_grant(*fields, id="on", publishers=["second"], partners=["third", "fourth"]),
    ]
    paper = a_paper("GBA_SC_HK", exporter="first", recipients=["second"], onward=["third"])
    made = new_site("onward")
    rules = made.write_rules(documents(hub=a_hub(), parties=parties, grants=grants, papers=[paper]))
    made.together(
        lambda: made.tidegate("keyring", "new", "keyring.toml"),
        lambda: made.tidegate("topics", "apply", rules, "--lanes", "1"),
    )
    made.tidegate("rules", "activate", rules, "--wait", "0s")
    made.start_hub()
    return made


def test_a_stamp_goes_with_the_event_and_decides_where_it_may_go_on_to(site: Site) -> None:
    # Given what the forwarder in Hong Kong was sent, stamped for Hong Kong alone
    site.send("first", a_record(EVENT))
    site.settle("first", 1)
    (delivered,) = site.read("out.second")
    assert delivered.header("ce_onward") == "HK"
    assert value_of(delivered, site.registry())["truck"] == {"tractorPlate": "粤B12345"}

    # When it publishes the event as it came; with a stamp of its own making; and another without one
    site.send(
        "second",
        passed_on(EVENT, delivered),
        a_record(an_event(eventId="e-2"), headers=[("ce_onward", b"HK,SG"), ("ce_onwardproof", b"0" * 32)]),
        a_record(an_event(eventId="e-3", truck=EVENT["truck"])),
    )
    decided = site.settle("second", 3)

    # Then the first goes on inside Hong Kong with its plate and the same stamp, the forged one to nobody; and of the
    # one of which nobody knows whose it is the plate stays
    assert [one.outcome for one in decided] == [Outcome.RELEASED, Outcome.REJECTED, Outcome.RELEASED]
    inside, unstamped = site.read("out.third")
    assert inside.header("ce_onward") == "HK"
    assert inside.header("ce_onwardproof") != delivered.header("ce_onwardproof")
    assert value_of(inside, site.registry())["truck"] == {"tractorPlate": "粤B12345"}
    assert "truck" not in value_of(unstamped, site.registry())
    (outside,) = site.read("out.fourth")
    assert value_of(outside, site.registry())["eventId"] == "e-3"


def passed_on(event: dict[str, object], delivered: Record) -> Sent:
    """An event with the stamp of the delivery by which it came."""
    return a_record(event, headers=[(name, content) for name, content in delivered.headers if name in STAMP])
