"""What an operator does about the quarantine: by commands, carried out once by the lane, all of it in the audit."""

from __future__ import annotations

import asyncio
import base64
import csv
import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from tests.approving import APPROVERS, write_keys
from tests.builders import Sent
from tests.e2e.conftest import NewSite
from tests.e2e.desk import (
    BROKEN,
    CONTAINER,
    MMSI,
    PUBLISHER,
    Arrived,
    about,
    arriving,
    box,
    carried_out,
    got,
    listed,
    open_desk,
    order,
    raw,
    waiting,
    wrong,
)
from tests.e2e.site import Site, eventually
from tests.e2e.topics import sums
from tests.e2e.world import BANK, FEEDER, PARTNERS, TERMINAL, the_rules

from tidegate.audit import Kind
from tidegate.errors import Unconfirmed
from tidegate.gate import Outcome
from tidegate.quarantine.asking import Person, look
from tidegate.quarantine.listing import find
from tidegate.quarantine.orders import Order, OrderKind
from tidegate.settings import load_settings

MENDED = "bulk-shipper"
"""Its V7 is a warning from a certain test on."""


@pytest.fixture(scope="module")
def desk(new_site: NewSite) -> Site:
    """A hub of this file's own: it is stopped and started here."""
    return open_desk(new_site, "desk", {**the_rules(), "approvers.toml": APPROVERS})


@pytest.fixture(scope="module")
def arrived(desk: Site) -> Arrived:
    return arriving(desk)


def test_list_counts_by_reason_and_publisher_and_says_no_value(desk: Site, arrived: Arrived) -> None:
    arrived(wrong("q-list-1"), Sent(BROKEN, CONTAINER.encode()), waiting("q-list-2"))

    every = desk.tidegate("quarantine", "list")
    one_reason = desk.tidegate("quarantine", "list", "--reason", "bad_framing", "--json").json
    nobody = desk.tidegate("quarantine", "list", "--publisher", "other-shipper")
    later = desk.tidegate("quarantine", "list", "--from", "2100-01-01T00:00:00Z", "--json").json

    assert {"finding", "bad_framing", "held", FEEDER, PUBLISHER} <= set(every.out.split())
    assert "by reason" in every.out
    assert "█" in every.out
    assert set(one_reason["reasons"]) == {"bad_framing"}
    assert one_reason["publishers"] == {PUBLISHER: one_reason["total"]}
    assert "nothing there" in nobody.out
    assert later["total"] == 0
    for said in (every.out, str(one_reason)):
        assert not any(value in said for value in (CONTAINER, "q-list", MMSI, box(1)))


def test_show_names_fields_and_masks_what_they_say(desk: Site, arrived: Arrived) -> None:
    (one,) = arrived(wrong("q-show", 7))

    shown = desk.tidegate("quarantine", "show", one["name"])
    said = desk.tidegate("quarantine", "show", one["name"], "--json").json

    assert said["fields"]["equipment.reference"] == "text"
    assert "V7 ERROR $.eventTime" in said["findings"]
    assert "equipment.reference" in shown.out
    for text in (shown.out, str(said)):
        assert not any(value in text for value in ("q-show", box(7), "45G1", "BL-1"))


def test_raw_bytes_are_shown_once_the_audit_has_who_looked_and_why(desk: Site, arrived: Arrived) -> None:
    (one,) = arrived(Sent(BROKEN, CONTAINER.encode()))

    without_reason = order(desk, "show", one["name"], "--raw", code=2)
    before = carried_out(desk, one["name"])
    shown = order(desk, "show", one["name"], "--raw", "--reason", "case 7", "--by", "Ada", "--json")

    assert "--reason" in without_reason.err
    assert before == []
    assert base64.b64decode(shown.json["value"]) == BROKEN
    assert base64.b64decode(shown.json["key"]) == CONTAINER.encode()
    (told,) = carried_out(desk, one["name"])
    assert (told.kind, told.by, told.reason, told.outcome) == ("look", "Ada", "case 7", "done")
    assert listed(desk, "--reason", "bad_framing")[-1]["state"] == "open"


def test_what_is_discarded_stays_and_is_settled(desk: Site, arrived: Arrived) -> None:
    (one,) = arrived(wrong("q-discard"))

    done = order(desk, "discard", one["name"], "--reason", "sent by mistake", "--by", "Ada", "--json")
    again = order(desk, "discard", one["name"], "--reason", "me too", "--by", "Bob", "--json", code=1)

    assert done.json["outcome"] == "done"
    assert again.json["outcome"] == "refused"
    assert "already discarded by Ada" in again.json["said"]
    assert one["name"] not in [open_["name"] for open_ in listed(desk)]
    assert one["name"] in [gone["name"] for gone in listed(desk, "--state", "discarded")]
    assert raw(desk, one["name"]).value is not None
    assert [(told.by, told.outcome) for told in carried_out(desk, one["name"])] == [("Ada", "done"), ("Bob", "refused")]
    shown = desk.tidegate("quarantine", "show", one["name"])
    assert "discard by Bob (me too): refused: already discarded by Ada" in shown.out


def test_what_is_no_order_is_passed_over_and_told(desk: Site, arrived: Arrived) -> None:
    (one,) = arrived(wrong("q-no-order"))
    lane = int(one["name"].partition("/")[0])

    desk.put("orders", lane, b"{}")
    desk.put("orders", lane, None)
    order(desk, "discard", one["name"], "--reason", "after nonsense")

    strays = [told for entry in desk.entries() for told in entry.orders if not told.id]
    assert [told.outcome for told in strays] == ["refused", "refused"]
    assert "not an order" in strays[0].said


def test_nobody_sees_raw_bytes_while_no_hub_runs(desk: Site, arrived: Arrived) -> None:
    (one,) = arrived(Sent(BROKEN, CONTAINER.encode()))
    desk.hubs[-1].stop()
    try:
        refused = order(desk, "show", one["name"], "--raw", "--reason", "case 8", code=4)
        put_aside = order(desk, "discard", one["name"], "--reason", "case 8", code=4)
    finally:
        desk.start_hub().await_ready()

    assert "no hub runs lane" in refused.err
    assert "tidegate hub" in put_aside.err
    assert refused.out == ""
    assert carried_out(desk, one["name"]) == []
    # Nothing was left behind that the hub would carry out now.
    order(desk, "discard", one["name"], "--reason", "now")
    assert [told.reason for told in carried_out(desk, one["name"])] == ["now"]


@pytest.mark.parametrize("name", ["3", "3/x", "x/3", "99/1", "0/123456789"])
def test_names_that_mean_nothing_are_said_so(desk: Site, name: str) -> None:
    said = desk.tidegate("quarantine", "show", name, code=2)

    assert name in said.err
    assert FEEDER not in said.err


@pytest.fixture(scope="module")
def failed(desk: Site, arrived: Arrived) -> list[dict[str, Any]]:
    """Records of the second publisher, rejected under the first rules; one of them was tried again under these."""
    came = arrived(*(wrong(f"q-redrive-{number}", number, MENDED) for number in range(6)))
    found = [about(desk, came, f"q-redrive-{number}") for number in range(6)]
    dry = order(desk, "redrive", found[0]["name"], "--json")
    assert dry.json["after"]["outcome"] == "rejected"
    again = order(desk, "redrive", found[0]["name"], "--execute", "--reason", "too early", "--json", code=1)
    assert again.json == {"name": found[0]["name"], "outcome": "done", "said": "rejected"}
    return found


@pytest.fixture(scope="module")
def mended(desk: Site, failed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same records, once the rules find nothing wrong with them any more, as two people approved."""
    texts = {**the_rules(), "approvers.toml": APPROVERS}
    before, party, after = texts["parties.toml"].partition(f'"id" = "{MENDED}"')
    assert '"publisher" = {  }' in after
    after = after.replace('"publisher" = {  }', '"publisher" = { "severities" = { "V7" = "WARN" } }', 1)
    texts["parties.toml"] = before + party + after
    rules = desk.write_rules(texts, "rules-mended")
    approvals = []
    for key in write_keys(desk.folder):
        approvals += ["--approval", f"{key.stem}.json"]
        desk.tidegate("rules", "approve", rules, "--as", key.stem, "--key", key, "--out", f"{key.stem}.json")
    desk.tidegate("rules", "activate", rules, "--wait", "30s", *approvals)
    return failed


def test_a_redrive_that_fails_again_is_counted_and_stays_open(desk: Site, failed: list[dict[str, Any]]) -> None:
    shown = desk.tidegate("quarantine", "show", failed[0]["name"], "--json").json

    assert (shown["state"], shown["attempts"]) == ("open", 1)
    assert [(one["kind"], one["outcome"], one["said"]) for one in shown["orders"]] == [("redrive", "done", "rejected")]
    lies = [one for one in desk.read("quarantine") if one.header("tg_publisher") == MENDED]
    assert len(lies) == len(failed), "it lies there once, however often it is tried"


def test_a_redrive_dry_runs_first(desk: Site, mended: list[dict[str, Any]]) -> None:
    entries = len([one for one in desk.entries() if one.kind is Kind.ORDER])

    people = order(desk, "redrive", "--publisher", MENDED)
    programs = order(desk, "redrive", mended[1]["name"], "--json").json

    assert f"released to {FEEDER}, {TERMINAL}" in people.out
    assert "6 finding -> released" in people.out
    assert "nothing was done" in people.out
    assert programs["before"]["reason"] == "finding"
    assert programs["after"] == {"outcome": "released", "why": "", "partners": [FEEDER, TERMINAL], "held": []}
    assert len([one for one in desk.entries() if one.kind is Kind.ORDER]) == entries
    assert got(desk, MENDED, "q-redrive-1") == {}


def test_a_redriven_record_is_delivered_once_under_its_own_coordinates(
    desk: Site, mended: list[dict[str, Any]]
) -> None:
    one = mended[1]

    done = order(desk, "redrive", one["name"], "--execute", "--reason", "rules mended", "--by", "Ada", "--json")
    again = order(desk, "redrive", one["name"], "--execute", "--reason", "again", "--json", code=1)
    desk.send(MENDED, wrong("q-redrive-1", 1, MENDED))
    decided = desk.settle(MENDED, len(mended) + 1)

    assert done.json == {"name": one["name"], "outcome": "done", "said": "released"}
    assert "already redriven by Ada" in again.json["said"]
    assert got(desk, MENDED, "q-redrive-1") == {TERMINAL: 1, FEEDER: 1}
    (repeat,) = [other for other in decided if other.outcome is Outcome.DUPLICATE]
    winner = int.from_bytes(repeat.remark.winner[10:], "big")
    assert one["source"] == f"{desk.prefix}in.{MENDED}/{repeat.lane}/{winner}"
    told = [json.loads(other.value or b"") for other in desk.read(f"feedback.{MENDED}")]
    outcomes = [said["outcome"] for said in told if said.get("eventId") == "q-redrive-1"]
    assert sorted(outcomes) == ["duplicate", "rejected", "released"]


def test_of_two_orders_about_one_record_the_first_wins(desk: Site, mended: list[dict[str, Any]]) -> None:
    one = mended[2]
    lane, _, at = one["name"].partition("/")
    topic, _, offset = one["source"].rsplit("/", 2)
    topic_id = raw(desk, one["name"]).header("tg_topic_id")
    for place, (who, kind) in enumerate(
        (("Ada", OrderKind.REDRIVE), ("Bob", OrderKind.REDRIVE), ("Cy", OrderKind.DISCARD))
    ):
        said = Order(
            id=f"order-{place:04}", kind=kind, quarantine=int(at), topic=topic, topic_id=topic_id, offset=int(offset),
            by=who, reason="a race", asked_us=1,
        )  # fmt: skip
        desk.put("orders", int(lane), said.to_bytes())

    found = eventually("three answers", lambda: told if len(told := carried_out(desk, one["name"])) == 3 else None)

    assert [(told.by, told.outcome) for told in found] == [("Ada", "done"), ("Bob", "refused"), ("Cy", "refused")]
    assert all("already redriven by Ada" in told.said for told in found[1:])
    assert got(desk, MENDED, "q-redrive-2") == {TERMINAL: 1, FEEDER: 1}


def test_all_that_fit_are_redriven_at_once(desk: Site, mended: list[dict[str, Any]]) -> None:
    left = listed(desk, "--publisher", MENDED)

    done = order(desk, "redrive", "--publisher", MENDED, "--of", "finding", "--execute", "--reason", "all of them")

    assert f"{len(left)} done, released" in done.out
    assert listed(desk, "--publisher", MENDED) == []
    for number in range(6):
        assert got(desk, MENDED, f"q-redrive-{number}") == {TERMINAL: 1, FEEDER: 1}


def test_the_books_balance_and_a_replay_proves_what_was_sent_late(desk: Site, mended: list[dict[str, Any]]) -> None:
    for publisher in (PUBLISHER, MENDED):
        decided = desk.decided(publisher)
        assert sum(sums(decided).values()) == len(desk.read(f"in.{publisher}"))
    delivered = sum(len(desk.read(f"out.{name}")) for name in PARTNERS)

    proved = desk.tidegate("replay", "orders", "--from", "-1h", "--rules", "then", "--json").json

    assert (proved["delivered"], proved["reproduced"], proved["reasons"]) == (delivered, delivered, {})
    assert proved["records"] == sum(len(desk.read(f"in.{name}")) for name in (PUBLISHER, MENDED))
    assert desk.read(f"out.{BANK}") == []


def test_a_report_counts_what_orders_sent_and_names_who_gave_them(desk: Site, mended: list[dict[str, Any]]) -> None:
    desk.tidegate("report", "--from", "2020-01-01", "--to", "2099-12-31", "--format", "csv", "--out", "all")

    def rows(name: str) -> list[dict[str, str]]:
        with (desk.folder / "all" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as opened:
            return list(csv.DictReader(opened))

    sent = Counter[str]()
    for row in rows("recipients"):
        sent[row["recipient"]] += int(row["deliveries"])
    assert sent == Counter({name: count for name in PARTNERS if (count := len(desk.read(f"out.{name}")))})
    told = [one for entry in desk.entries() for one in entry.orders]
    assert len(rows("orders")) == len(told)
    assert Counter((row["order"], row["outcome"]) for row in rows("orders")) == Counter(
        (one.kind, one.outcome) for one in told
    )


def test_raw_bytes_are_not_shown_when_the_lane_refuses_the_look(desk: Site, arrived: Arrived) -> None:
    """The record that was found is another one by the time the lane looks."""
    (one,) = arrived(Sent(BROKEN, CONTAINER.encode()))
    settings = load_settings(desk.folder / "tidegate.toml", environment={})
    found = asyncio.run(find(settings, one["name"]))
    other = replace(found, record=replace(found.record, offset=found.record.offset + 1))

    with pytest.raises(Unconfirmed, match="the quarantine has another record there"):
        asyncio.run(look(settings, other, Person("Ada", "case 9"), 30))

    (told,) = carried_out(desk, one["name"])
    assert (told.by, told.outcome) == ("Ada", "refused")
