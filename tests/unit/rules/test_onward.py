"""Events that are passed on: the cases in ``tests/cases/onward.toml``, end to end through rules, plan and gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from tests.builders import (
    COMMON,
    NOW_US,
    a_batch,
    a_grant,
    a_hub,
    a_partner,
    a_plan,
    a_publisher,
    a_record,
    an_event,
    an_executor,
    firsts,
)
from tests.cases_as_data import read
from tests.reading import Delivery, deliveries

from tidegate import gate
from tidegate.gate import Counts, Executor, Outcome, Reason, Released
from tidegate.rules import Plan
from tidegate.rules.exposure import Seen, exposure

CASES: dict[str, Any] = read("onward.toml", "name article route papers expect", "point level own_data stamp")
USUAL: dict[str, Any] = CASES["usual"]
NAMES = ("first", "second", "third", "fourth")
EVENT = an_event(truck={"tractorPlate": "粤B12345"})
Headers = list[tuple[str, bytes | None]]


def a_chain(case: Mapping[str, Any]) -> Executor:
    """The parties of a route, each publishing to the next, and the papers of a case."""
    case = {**USUAL, **case}
    parties, grants = [], []
    for place, (name, zone) in enumerate(zip(NAMES, case["route"], strict=False)):
        said = {"id": name, "zone": zone, "roles": ["forwarder"], "partner": {}}
        collected = "HK" if zone == "HK" else "CN"
        own = {"collected_in": collected, "own_data": case["own_data"] if place else "yes"}
        parties.append(a_publisher(name, **{**said, "publisher": own}))
        if place:
            fields = (*COMMON, "truck.tractorPlate")
            grants.append(a_grant(*fields, id=name, publishers=[NAMES[place - 1]], partners=[name]))
    papers = [{**USUAL["paper"], "id": f"paper-{n}", **said} for n, said in enumerate(case["papers"])]
    return an_executor(hub=a_hub(zone=case["hub"]), parties=parties, grants=grants, papers=papers)


def sent(executor: Executor, publisher: str, headers: Headers, level: int = 0, **said: Any) -> Released:
    """One event of a publisher, with as many people counted as a level says."""
    record = a_record({**EVENT, **said}, headers=headers, publisher=publisher)
    inspected = gate.inspect(a_batch(record), executor)
    asked = gate.persons(inspected, firsts(inspected), NOW_US).persons
    return gate.release(inspected, firsts(inspected), NOW_US, Counts({one.index: level for one in asked}))


def stamp_of(delivery: Delivery) -> Headers:
    return [
        (name, delivery.headers[name].encode()) for name in ("ce_onward", "ce_onwardproof") if name in delivery.headers
    ]


def got(released: Released, partner: str) -> tuple[str, Delivery | None]:
    found = deliveries(released).get(partner)
    if not found:
        return "nothing", None
    return ("plate" if "truck" in found[0].value else "event"), found[0]


@pytest.mark.parametrize("case", CASES["case"], ids=[case["name"] for case in CASES["case"]])
def test_cases(case: dict[str, Any]) -> None:
    executor, case = a_chain(case), {**USUAL, **case}
    headers: Headers = []
    for sender, recipient, expected in zip(NAMES, NAMES[1:], case["expect"], strict=False):
        released = sent(executor, sender, headers, case.get("level", 0))

        what, delivery = got(released, recipient)
        assert what == expected, f"{sender} to {recipient}: {released.faults}"

        headers = [] if delivery is None else stamp_of(delivery)
        match case["stamp"]:
            case "lost":
                headers = []
            case "widened":
                headers = [(name, content + b",SG" if name == "ce_onward" else content) for name, content in headers]
            case "borrowed":
                another = got(sent(executor, sender, [], eventId="e-2"), recipient)[1]
                assert another is not None
                headers = stamp_of(another)
            case "stolen":
                headers = [(name, b"0" * 32 if name == "ce_onwardproof" else content) for name, content in headers]


GBA = {"route": ["CN-GD-SZ", "HK", "HK"], "papers": [{"onward": ["third"]}]}


@pytest.mark.parametrize(
    "headers",
    [
        [("ce_onward", b"HK")],
        [("ce_onwardproof", b"0" * 32)],
        [("ce_onward", b"HK"), ("ce_onwardproof", b"0" * 32)],
        [("ce_onward", None), ("ce_onwardproof", None)],
        [("ce_onward", b""), ("ce_onwardproof", b"")],
    ],
)
def test_what_is_not_a_stamp_of_ours_is_refused_and_the_sender_told(headers: Headers) -> None:
    released = sent(a_chain(GBA), "second", headers)

    assert released.outcomes == [Outcome.REJECTED]
    assert released.faults[0].reason is Reason.FINDING
    (finding,) = released.inspected.findings[0]
    assert finding.rule == "LINEAGE"
    assert "ce_onwardproof" in finding.message
    assert not released.outputs


def test_a_stamp_serves_the_party_that_was_sent_it_and_nobody_else() -> None:
    # Given what the second and the third party were sent
    executor = a_chain({"route": ["CN-GD-SZ", "HK", "HK", "HK"], "papers": [{"onward": ["third", "fourth"]}]})
    second = got(sent(executor, "first", []), "second")[1]
    assert second is not None
    third = got(sent(executor, "second", stamp_of(second)), "third")[1]
    assert third is not None

    # Then each may pass on with its own stamp, and not with the other's
    assert stamp_of(second) != stamp_of(third)
    assert sent(executor, "third", stamp_of(third)).outcomes == [Outcome.RELEASED]
    assert sent(executor, "third", stamp_of(second)).outcomes == [Outcome.REJECTED]
    assert sent(executor, "first", stamp_of(second)).outcomes == [Outcome.REJECTED]


def test_a_stamped_delivery_says_how_many_headers_it_has() -> None:
    # Given a partner that asks for all attributes
    executor = an_executor(
        parties=[a_publisher(), a_partner(partner={"attributes": ["subject", "time"]})],
        grants=[a_grant(*COMMON, "equipment.reference", "truck.tractorPlate")],
        papers=[{**USUAL["paper"], "id": "p", "exporter": "forwarder", "recipients": ["terminal"]}],
    )

    # Then all can be read, and none stands twice
    _, delivery = got(sent(executor, "forwarder", []), "terminal")
    assert delivery is not None
    assert {"ce_onward", "ce_onwardproof", "ce_subject", "ce_time"} <= set(delivery.headers)
    assert len(delivery.names) == len(set(delivery.names))


def test_events_without_a_stamp_pay_nothing_for_those_with_one() -> None:
    # Given the same rules for a partner that publishes too, and for one that does not
    alone = a_plan(parties=[a_publisher(), a_partner()], grants=[a_grant()])
    both = a_chain(GBA).plan

    assert [section.stamp for section in alone.sections] == [None, None]
    stamps = {section.publisher: section.stamp for section in both.sections if section.stamp is not None}
    assert (stamps["second"], stamps["third"], len(stamps["first"] or ())) == (("HK",), ("HK",), 9)


def test_of_each_publisher_events_without_a_stamp_come_first() -> None:
    """By the first section of a kind ``status`` says what was sent of a record."""
    first = {(one.publisher, one.schema_id): one.stamp for one in reversed(a_chain(GBA).plan.sections)}

    assert set(first.values()) == {None}


def test_who_sees_what_of_stamped_events_is_said() -> None:
    ways = exposure(a_chain(GBA).plan)

    assert ways[Seen("second", "third", "truck.tractorPlate")] == {"PASS by third under paper-0 if stamped for HK"}
    assert "PASS by third" in ways[Seen("second", "third", "eventTime")]


def test_a_plan_of_the_format_before_keeps_its_bytes_and_stamps_what_it_did() -> None:
    # Given a plan as it was written before events came in with stamps
    paper = {**USUAL["paper"], "id": "p", "exporter": "forwarder", "recipients": ["terminal"]}
    plan = a_plan(grants=[a_grant(*COMMON, "truck")], papers=[paper])
    # ... and before it named bounds of its own
    bare = replace(plan.publishers["forwarder"], dimensions=(), caps=())
    before = replace(plan, format=4, publishers={"forwarder": bare})
    text = before.to_bytes()
    assert b'"stamp":null' not in text
    assert b'"stamp":["HK"]' in text

    # Then it is read as it was, and written so again
    again = Plan.from_bytes(text)
    assert (again, again.to_bytes(), again.sections) == (before, text, plan.sections)
