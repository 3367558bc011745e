"""Events under two plans: what is seen otherwise, in how many of them, and an example that tells nothing."""

from __future__ import annotations

import json
from typing import Any

from tests.builders import (
    COMMON,
    KEYRING,
    NOW_US,
    a_class,
    a_grant,
    a_paper,
    a_partner,
    a_plan,
    a_publisher,
    a_record,
    a_source,
    an_event,
    an_executor,
    released,
)

from tidegate.gate import Counts, Run
from tidegate.gate.bodies import read_body
from tidegate.replay import Trial, try_text
from tidegate.rules import Plan
from tidegate.rules.exposure import Seen

BOX = "equipment.reference"


def tried(old: Plan, new: Plan, *events: dict[str, Any], publisher: str = "forwarder") -> Trial:
    trial = Trial(old, new, NOW_US)
    records = [a_record(event) for event in events]
    run = Run(
        a_source(publisher),
        list(range(len(events))),
        [NOW_US // 1_000] * len(events),
        [record.key for record in records],
        [record.value for record in records],
        [()] * len(events),
    )
    trial.take(run, [f"place {number}" for number in range(len(events))])
    return trial


def plan_with(*fields: str, **said: Any) -> Plan:
    return a_plan(grants=[a_grant(*COMMON, *fields, **said)])


def test_a_field_that_becomes_visible_is_counted_where_the_event_has_it() -> None:
    old, new = plan_with(), plan_with(BOX)

    trial = tried(old, new, an_event(), an_event(equipment=None), an_event(equipment={"reference": "TCLU4265727"}))

    ((seen, found),) = trial.fields.items()
    assert seen == Seen("forwarder", "terminal", BOX)
    assert (found.appears, found.disappears, found.changes) == (2, 0, 0)
    assert found.example is not None
    assert (found.example.where, found.example.before, found.example.after) == ("place 0", "", "XXXX9999999")
    assert trial.events == 3


def test_a_field_disappears_or_takes_another_form() -> None:
    masked = a_plan(grants=[a_grant(*COMMON, BOX, transforms={BOX: "prefix:4"})])

    gone = tried(plan_with(BOX), plan_with(), an_event()).fields[Seen("forwarder", "terminal", BOX)]
    shorter = tried(plan_with(BOX), masked, an_event()).fields[Seen("forwarder", "terminal", BOX)]

    assert (gone.appears, gone.disappears, gone.changes) == (0, 1, 0)
    assert (shorter.appears, shorter.disappears, shorter.changes) == (0, 0, 1)
    assert shorter.example is not None
    assert (shorter.example.before, shorter.example.after) == ("XXXX9999999", "XXXX")


def test_only_events_that_meet_the_condition_count() -> None:
    new = plan_with(BOX, when={"location.unLocode": "CNYTN"})

    trial = tried(plan_with(), new, an_event(), an_event(location={"unLocode": "NLRTM"}))

    assert trial.fields[Seen("forwarder", "terminal", BOX)].appears == 1
    lost = {seen.path for seen, found in trial.fields.items() if found.disappears}
    assert lost == set(COMMON), "elsewhere the whole delivery goes"


def test_what_leaves_only_where_people_are_counted_shows() -> None:
    grants = [a_grant(*COMMON, "truck.tractorPlate")]
    plate = an_event(truck={"tractorPlate": "粤B12345"})

    trial = tried(a_plan(grants=grants), a_plan(grants=grants, papers=[a_paper()]), plate)

    found = trial.fields[Seen("forwarder", "terminal", "truck.tractorPlate")]
    assert found.appears == 1
    assert found.example is not None
    assert found.example.after == "xX99999"


def test_a_hold_that_is_taken_away_shows_whole_deliveries() -> None:
    """The grant stays the same, so plans alone show only the field that was held for."""
    grants = [a_grant(*COMMON)]
    held = a_plan(grants=grants, classes=[a_class("eventSubtype", "SUSPECT_IMPORTANT")])

    trial = tried(held, a_plan(grants=grants), an_event())

    assert {seen.path for seen, found in trial.fields.items() if found.appears} == set(COMMON)


def test_a_publisher_that_only_one_side_knows_is_seen_on_that_side() -> None:
    other = a_plan(
        parties=[a_publisher(), a_publisher("carrier"), a_partner()], grants=[a_grant(publishers=["carrier"])]
    )

    appears = tried(plan_with(), other, an_event(), publisher="carrier")
    disappears = tried(other, plan_with(), an_event(), publisher="carrier")

    assert {found.appears for found in appears.fields.values()} == {1}
    assert {found.disappears for found in disappears.fields.values()} == {1}
    assert appears.publishers() == ["carrier", "forwarder"]


def test_an_event_that_came_with_a_stamp_is_tried_where_the_stamp_can_be_proved() -> None:
    zones = {"first": "CN-GD-SZ", "second": "HK", "third": "HK"}
    own = {"first": "yes", "second": "unknown", "third": "unknown"}
    parties = [
        a_publisher(name, zone=zone, partner={}, publisher={"collected_in": "CN", "own_data": own[name]})
        for name, zone in zones.items()
    ]

    def rules(*fields: str) -> Plan:
        grants = [a_grant(*COMMON, "truck.tractorPlate", id="in", publishers=["first"], partners=["second"]),
                  a_grant(*COMMON, *fields, id="on", publishers=["second"], partners=["third"])]  # fmt: skip
        paper = a_paper("GBA_SC_HK", exporter="first", recipients=["second"], onward=["third"])
        return a_plan(parties=parties, grants=grants, papers=[paper])

    old, new = rules(), rules(BOX)
    event = an_event(truck={"tractorPlate": "粤B12345"})
    (given,) = released(an_executor(old), a_record(event, publisher="first"), counts=Counts({0: 0})).outputs[0].bodies
    stamp = [(name, content) for name, content in read_body(given)[2] if name in ("ce_onward", "ce_onwardproof")]
    passed_on = a_record(event, publisher="second")
    run = Run(a_source("second"), [0], [NOW_US // 1_000], [passed_on.key], [passed_on.value], [stamp])

    found = {}
    for secret in (KEYRING.secret("k1"), bytes(32)):
        trial = Trial(old, new, NOW_US, secret=secret)
        trial.take(run, ["place 0"])
        found[secret] = sum(one.appears for one in trial.fields.values())

    assert len(stamp) == 2
    assert found == {KEYRING.secret("k1"): 1, bytes(32): 0}


def test_other_keys_change_no_field() -> None:
    said = {"grants": [a_grant(*COMMON, BOX, transforms={BOX: "pseudonym"})]}
    hub = {"zone": "CN-GD-SZ", "digest_key": "k2", "pseudonym_key": "k2"}

    assert not tried(a_plan(**said), a_plan(hub=hub, **said), an_event()).fields


def test_a_text_is_read_in_any_standard_and_what_is_no_event_is_counted() -> None:
    trial = Trial(plan_with(), plan_with(BOX), NOW_US)
    kind = {"eventType": "EQUIPMENT", "eventClassifierCode": "ACT", "equipmentEventTypeCode": "GTIN"}
    times = dict.fromkeys(("eventDateTime", "eventCreatedDateTime"), "2025-11-20T09:41:00+08:00")
    dcsa = {"eventID": "e-1", **kind, **times, "equipmentReference": "MSKU1234565"}
    text = json.dumps([dcsa, {"no": "event"}, {**dcsa, "eventID": "e-2"}]).encode()

    counts = list(try_text(trial, "forwarder", "some.json", [text[:40], text[40:]]))

    found = trial.fields[Seen("forwarder", "terminal", BOX)]
    assert (sum(counts), trial.events, trial.unread) == (2, 3, 1)
    assert found.appears == 2
    assert found.example is not None
    assert found.example.where == "some.json event 0"
