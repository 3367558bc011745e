"""Held deliveries that a named person lets go, held field included: said before, carried out once, told and proved."""

from __future__ import annotations

import csv
from typing import Any

import pytest
from tests.builders import (
    COMMON,
    Sent,
    a_class,
    a_grant,
    a_paper,
    a_partner,
    a_publisher,
    a_record,
    an_event,
    documents,
)
from tests.e2e.conftest import NewSite
from tests.e2e.desk import (
    BROKEN,
    MMSI,
    PUBLISHER,
    Arrived,
    arriving,
    box,
    carried_out,
    got,
    listed,
    open_desk,
    order,
    waiting,
)
from tests.e2e.site import Site
from tests.e2e.topics import Record, value_of
from tests.e2e.world import BANK, FEEDER, PARTNERS, TERMINAL

from tidegate.audit import Kind

DRAUGHT = 'extensions["berthDraught"]'
SHIP, PLATE = "transport.vesselMmsi", "truck.tractorPlate"
LATE = {name: said for name, said in a_paper("GBA_SC_HK").items() if name != "filed"}
"""A contract in effect for long, and filed with nobody."""
RULES = documents(
    parties=(a_publisher(), *(a_partner(name, zone="SG" if name == FEEDER else "HK") for name in PARTNERS)),
    grants=(
        a_grant(*COMMON, "transport", SHIP, DRAUGHT, id="planning", partners=[FEEDER], purpose="vessel planning"),
        a_grant(*COMMON, PLATE, id="gate", when={"eventType": "EQUIPMENT"}),
        a_grant("eventId", id="milestones", partners=[BANK], purpose="trade finance", when={"eventType": "SHIPMENT"}),
    ),
    classes=(a_class(SHIP, "SUSPECT_IMPORTANT"), a_class(DRAUGHT, "SUSPECT_IMPORTANT")),
    papers=(LATE,),
)


def calling(name: str, draught: str) -> Sent:
    """A ship's call, with two suspect fields: one of no other class, and one that is otherwise plain."""
    sent = {"eventType": "TRANSPORT", "eventSubtype": "ARRI", "equipment": None}
    ship = {"mode": "VESSEL", "vesselImo": "9999981", "vesselMmsi": MMSI}
    extensions = {"berthDraught": draught}
    return a_record(an_event(eventId=name, **sent, transport=ship, extensions=extensions), key=b"call-1")


def gated(name: str, plate: str) -> Sent:
    """A box that a truck brought; the contract for its driver was filed too late."""
    return a_record(an_event(eventId=name, equipment={"reference": box(3)}, truck={"tractorPlate": plate}))


@pytest.fixture(scope="module")
def desk(new_site: NewSite) -> Site:
    return open_desk(new_site, "releases", RULES)


@pytest.fixture(scope="module")
def arrived(desk: Site) -> Arrived:
    return arriving(desk)


def delivered(site: Site, partner: str, event_id: str) -> list[dict[str, Any]]:
    found: list[Record] = site.read(f"out.{partner}")
    values = [value_of(one, site.registry()) for one in found]
    return [one for one in values if one["eventId"] == event_id]


def test_before_it_goes_a_person_sees_field_by_field_what_would_leave(desk: Site, arrived: Arrived) -> None:
    (one,) = arrived(calling("r-dry", "14.5"))

    shown = order(desk, "show", one["name"])
    said = order(desk, "show", one["name"], "--json").json["release"]
    dry = order(desk, "release", one["name"], "--dry-run")
    for_programs = order(desk, "release", one["name"], "--dry-run", "--json").json

    assert for_programs == {"name": one["name"], "partner": FEEDER, **said}
    leaves, stays = ({field["path"]: field for field in said[way]} for way in ("leaves", "stays"))
    assert leaves[SHIP] == {
        "path": SHIP, "class": "SUSPECT_IMPORTANT", "waits": "suspect_important", "reason": "suspicion_lifted",
        "row": 7, "ifCounted": False,
    }  # fmt: skip
    assert {"eventId", "transport.vesselImo"} < leaves.keys()
    assert stays == {
        DRAUGHT: {"path": DRAUGHT, "class": "SUSPECT_IMPORTANT", "waits": "suspect_important",
                  "reason": "suspect_important", "row": 6},
    }  # fmt: skip
    for text in (shown.out, dry.out, str(said)):
        assert not any(value in text for value in (MMSI, "14.5", "r-dry", "9999981"))
    assert SHIP in shown.out
    assert "nothing was done" in dry.out
    assert carried_out(desk, one["name"]) == []
    assert got(desk, PUBLISHER, "r-dry") == {}


def test_what_was_suspect_leaves_with_it_and_the_audit_says_whose_word_it_was(desk: Site, arrived: Arrived) -> None:
    (one,) = arrived(calling("r-ship", "15.0"))

    done = order(desk, "release", one["name"], "--by", "Ada", "--reason", "no important data", "--json")

    assert done.json["outcome"] == "done"
    (value,) = delivered(desk, FEEDER, "r-ship")
    assert value["transport"]["vesselMmsi"] == MMSI
    assert "extensions" not in value
    assert got(desk, PUBLISHER, "r-ship") == {FEEDER: 1}
    (told,) = carried_out(desk, one["name"])
    assert (told.by, told.reason, told.freed) == ("Ada", "no important data", (f"{SHIP} suspect_important",))
    tail = desk.tidegate("tail", "audit", "--from-beginning", "--json", "--count", str(len(desk.entries()))).lines
    assert [f"{SHIP} suspect_important"] in [said.get("freed") for entry in tail for said in entry.get("orders", ())]
    shown = order(desk, "show", one["name"]).out
    assert f"with {SHIP} suspect_important" in shown
    assert "if a person lets it go" not in shown
    (event,) = desk.tidegate("status", "r-ship", "--publisher", PUBLISHER, "--json").json["events"]
    (share,) = [told for told in event["records"][1]["partners"] if told["sent"]]
    assert share["certain"]
    assert [field["path"] for field in share["withheld"] if field["reason"] == "suspect_important"] == [DRAUGHT]


def test_a_plate_leaves_under_no_late_contract_but_as_one_of_few_and_is_counted(desk: Site, arrived: Arrived) -> None:
    (one,) = arrived(gated("r-gate", "粤B77777"))
    (dry,) = order(desk, "show", one["name"], "--json").json["release"]["leaves"][-1:]
    before = desk.read("subjects")

    order(desk, "release", one["name"], "--by", "Ada", "--reason", "filed today, receipt to come")

    assert (dry["path"], dry["waits"], dry["reason"], dry["ifCounted"]) == (PLATE, "filing_overdue", "few_people", True)
    assert before == []
    (value,) = delivered(desk, TERMINAL, "r-gate")
    assert value["truck"] == {"tractorPlate": "粤B77777"}
    assert len(desk.read("subjects")) == 1
    (entry,) = [entry for entry in desk.entries() if entry.counters]
    assert (entry.kind, [(one.exporter, one.pi, one.gba) for one in entry.counters]) == (
        Kind.ORDER, [(PUBLISHER, 1, 0)],
    )  # fmt: skip
    (told,) = carried_out(desk, one["name"])
    assert told.freed == (f"{PLATE} filing_overdue",)


def test_a_held_delivery_goes_to_its_partner_once_a_named_person_lets_it(desk: Site, arrived: Arrived) -> None:
    (one,) = arrived(waiting("q-held"))

    nameless = order(desk, "release", one["name"], "--reason", "checked", code=2)
    redriven = order(desk, "redrive", one["name"], "--execute", "--reason", "no", "--json", code=1)
    before = got(desk, PUBLISHER, "q-held")
    done = order(desk, "release", one["name"], "--by", "Ada", "--reason", "no important data", "--json")
    again = order(desk, "release", one["name"], "--by", "Bob", "--reason", "me too", "--json", code=1)
    dry = order(desk, "release", one["name"], "--dry-run", code=1)

    assert "--by" in nameless.err
    assert "released or discarded, never redriven" in redriven.json["said"]
    assert before == {}
    assert done.json["outcome"] == "done"
    assert "already released by Ada" in again.json["said"]
    assert "already released by Ada" in dry.out
    assert got(desk, PUBLISHER, "q-held") == {FEEDER: 1}
    shown = desk.tidegate("quarantine", "show", one["name"], "--json").json
    assert (shown["state"], shown["partner"]) == ("released", FEEDER)
    (event,) = desk.tidegate("status", "q-held", "--publisher", PUBLISHER, "--json").json["events"]
    held, let_go = event["records"]
    assert (held["outcome"], held["byOrder"], {told["sent"] for told in held["partners"]}) == ("held", False, {False})
    assert (let_go["outcome"], let_go["byOrder"]) == ("released", True)
    assert [told["partner"] for told in let_go["partners"] if told["sent"]] == [FEEDER]
    sent = [told for entry in desk.entries() if entry.kind is Kind.ORDER for told in entry.deliveries]
    assert FEEDER in {told.partner for told in sent}


def test_a_discarded_delivery_is_released_no_more_and_a_failed_record_never(desk: Site, arrived: Arrived) -> None:
    found = {one["reason"]: one for one in arrived(waiting("q-held-no"), Sent(BROKEN))}
    held, failed = found["held"], found["bad_framing"]

    order(desk, "discard", held["name"], "--reason", "important data")
    late = order(desk, "release", held["name"], "--by", "Ada", "--reason", "oh", "--json", code=1)
    never = order(desk, "release", failed["name"], "--by", "Ada", "--reason", "oh", "--json", code=1)
    dry = order(desk, "release", failed["name"], "--dry-run", code=1)

    assert "already discarded" in late.json["said"]
    assert "nothing of this record is held" in never.json["said"]
    assert "nothing of this record is held" in dry.out
    assert got(desk, PUBLISHER, "q-held-no") == {}


def test_who_sees_says_what_only_a_person_opens(desk: Site) -> None:
    said = desk.tidegate("rules", "who-sees", SHIP).out

    assert FEEDER in said
    assert "once a person lets it go" in said


def test_a_replay_proves_what_was_let_go_and_a_report_names_who_did_it(desk: Site, arrived: Arrived) -> None:
    sent = sum(len(desk.read(f"out.{name}")) for name in PARTNERS)

    proved = desk.tidegate("replay", "releases", "--from", "-1h", "--rules", "then", "--json").json
    desk.tidegate("report", "--from", "2020-01-01", "--to", "2099-12-31", "--format", "csv", "--out", "all")

    assert sent == 4, "the feeder got the box at the gate, too"
    assert (proved["delivered"], proved["reproduced"], proved["reasons"]) == (sent, sent, {})
    with (desk.folder / "all" / "orders.csv").open(encoding="utf-8-sig", newline="") as opened:
        freed = {(row["by"], row["recipient"], row["freed"]) for row in csv.DictReader(opened) if row["freed"]}
    assert freed == {
        ("Ada", FEEDER, f"{SHIP} suspect_important"),
        ("Ada", TERMINAL, f"{PLATE} filing_overdue"),
    }
    with (desk.folder / "all" / "items.csv").open(encoding="utf-8-sig", newline="") as opened:
        items = {(row["recipient"], row["item"], row["mechanism"]) for row in csv.DictReader(opened)}
    assert {(FEEDER, SHIP, "ART3"), (TERMINAL, PLATE, "ART5_SMALL")} <= items
    assert len(listed(desk)) == 2, "the dry run left its record where it was, and so did the refusal"
