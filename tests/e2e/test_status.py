"""``tidegate status``: an answer to a sender, from the audit and the keyring, across a change of keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from tests.builders import (
    COMMON,
    NOW_US,
    RETRACTION,
    a_grant,
    a_hub,
    a_partner,
    a_publisher,
    a_record,
    a_retraction,
    an_event,
    documents,
)
from tests.e2e.conftest import NewSite
from tests.e2e.site import Said, Site
from tests.e2e.topics import Record
from tests.e2e.two_keys import under_two_keys

from tidegate.local import free_ports

OURS, THEIRS = "forwarder", "carrier"
BOX, OTHER_BOX, PLATE = "MSKU1234565", "MSKU7654321", "粤B12345"
TRUCK = {"tractorPlate": PLATE}
MOVES = a_grant(*COMMON, "truck.tractorPlate", publishers=[OURS, THEIRS])
TO_BANK = a_grant(*COMMON, id="loads", publishers=[OURS], partners=["bank"], when={"eventSubtype": "LOAD"},
                  transforms={"eventTime": "date"})  # fmt: skip

FIRST = an_event(truck=TRUCK)
UNDER_K1 = {
    OURS: (
        a_record(FIRST),
        a_record(FIRST),
        a_record(an_event(truck=TRUCK, equipment={"reference": OTHER_BOX}, eventUpdatedTime=NOW_US)),
        a_record(an_event(eventId="e-2", eventSubtype="GTIN")),
        a_record(an_event(eventId="e-3", eventTime=-1, equipment={"reference": OTHER_BOX})),
        a_record(a_retraction(eventUpdatedTime=NOW_US + 1, eventKey=BOX), schema=RETRACTION, key=BOX.encode()),
    ),
    THEIRS: (a_record(an_event(eventSubtype="DISC")), a_record(an_event(eventId="theirs"))),
}
UNDER_K2 = (a_record(an_event(eventId="e-4", eventSubtype="GTIN")),)


def rules(site: Site, key: str) -> str:
    texts = documents(
        hub=a_hub(digest_key=key),
        parties=(a_publisher(OURS, publisher={"severities": {"V7": "ERROR"}}), a_publisher(THEIRS),
                 a_partner(), a_partner("bank")),
        grants=(MOVES, TO_BANK),
    )  # fmt: skip
    return str(site.write_rules(texts, f"rules-{key}"))


@pytest.fixture(scope="module")
def site(new_site: NewSite) -> Site:
    return under_two_keys(new_site("status"), rules, UNDER_K1, {OURS: UNDER_K2})


def asked(site: Site, what: str, publisher: str = OURS, *more: str) -> list[dict[str, Any]]:
    """The records that were found, of all events."""
    found = site.tidegate("status", what, "--publisher", publisher, "--json", *more).json
    return [record for event in found["events"] for record in event["records"]]


def sources(site: Site, publisher: str = OURS) -> dict[tuple[int, int], Record]:
    return {(one.lane, one.offset): one for one in site.read(f"in.{publisher}")}


def source_of(site: Site, record: dict[str, Any], publisher: str = OURS) -> Record:
    place = record["source"]
    assert place["topic"] == f"{site.prefix}in.{publisher}"
    return sources(site, publisher)[place["partition"], place["offset"]]


def test_an_event_with_all_its_versions_is_told_in_their_order(site: Site) -> None:
    found = asked(site, "e-1")

    assert [(one["outcome"], one["claim"], one["version"], one["retraction"]) for one in found] == [
        ("released", "first", 1, False),
        ("duplicate", "duplicate", 1, False),
        ("released", "first", 2, False),
        ("released", "first", 3, True),
    ]
    assert [source_of(site, one).value for one in found] == [UNDER_K1[OURS][place].value for place in (0, 1, 2, 5)]
    first, duplicate, *_ = found
    assert duplicate["repeats"] == {name: first["source"][name] for name in ("partition", "offset")}
    assert duplicate["partners"] == []


def test_when_it_came_in_is_the_brokers_time(site: Site) -> None:
    for record in asked(site, BOX):
        received = datetime.fromisoformat(record["receivedAt"])

        assert round(received.timestamp() * 1_000) == source_of(site, record).time_ms
        assert received <= datetime.fromisoformat(record["decidedAt"])


def test_who_was_sent_it_by_which_grant_and_what_stayed(site: Site) -> None:
    first = asked(site, "e-1")[0]
    terminal, bank = sorted(first["partners"], key=lambda one: str(one["partner"]), reverse=True)

    assert (terminal["sent"], bank["sent"]) == (True, True)
    assert (terminal["grants"], bank["grants"]) == (["moves"], ["loads"])
    withheld = {one["path"]: one for one in terminal["withheld"]}
    assert withheld["truck.tractorPlate"]["class"] == "PI"
    assert withheld["truck.tractorPlate"]["row"] > 0
    assert withheld["equipment.reference"]["reason"] == "not_granted"
    assert bank["changed"] == [{"path": "eventTime", "action": "GENERALISE"}]
    assert first["plan"] in {entry.plan.hex() for entry in site.entries()}
    gate_in = asked(site, "e-2")[0]
    assert {one["partner"]: one["sent"] for one in gate_in["partners"]} == {"terminal": True, "bank": False}


def test_a_rejected_record_tells_its_findings_and_no_value(site: Site) -> None:
    (rejected,) = asked(site, "e-3")

    assert (rejected["outcome"], rejected["reason"], rejected["partners"]) == ("rejected", "finding", [])
    assert {"severity": "ERROR", "code": "V7", "propertyPath": "$.eventTime"} in rejected["findings"]


def test_a_container_is_found_under_old_and_new_keys_with_what_belongs_to_its_events(site: Site) -> None:
    """The retraction has no container, the correction another: they are versions of an event that had it."""
    found = asked(site, BOX)

    by_value = [UNDER_K1[OURS][place].value for place in (0, 1, 2, 3, 5)] + [UNDER_K2[0].value]
    assert sorted(source_of(site, one).value or b"" for one in found) == sorted(one or b"" for one in by_value)
    assert asked(site, "msku 123456-5") == found


def test_nothing_of_another_publisher_is_told(site: Site) -> None:
    """The same event id and the same container, from two who know nothing of each other."""
    ours, theirs = asked(site, "e-1"), asked(site, "e-1", THEIRS)

    assert [source_of(site, one, THEIRS).value for one in theirs] == [UNDER_K1[THEIRS][0].value]
    assert not {one["plan"] + str(one["source"]) for one in ours} & {one["plan"] + str(one["source"]) for one in theirs}
    assert {one["source"]["topic"] for one in asked(site, BOX)} == {f"{site.prefix}in.{OURS}"}
    site.tidegate("status", "theirs", "--publisher", OURS, code=1)


def test_the_output_holds_no_value_of_the_event(site: Site) -> None:
    for what in ("e-1", "e-3"):
        for more in ((), ("--json",)):
            said = site.tidegate("status", what, "--publisher", OURS, *more)
            for value in (BOX, OTHER_BOX, PLATE, "BL-1", "CNYTN", "YICT"):
                assert value not in said.out + said.err


def test_a_clerk_can_read_it(site: Site) -> None:
    said = site.tidegate("status", "e-1", "--publisher", OURS)

    assert "duplicate of the record at" in said.out
    assert "version 2, a correction" in said.out
    assert "takes the event back" in said.out
    assert "sent to terminal by moves" in said.out
    assert "sent to bank: a notice" in said.out
    assert said.err == ""  # no terminal, no bar


def test_since(site: Site) -> None:
    (last,) = asked(site, "e-4")
    retraction = asked(site, "e-1")[-1]

    assert asked(site, "e-4", OURS, "--since", last["receivedAt"]) == [last]
    assert asked(site, "e-1", OURS, "--since", retraction["receivedAt"]) == [{**retraction, "version": 1}]
    site.tidegate("status", "e-1", "--publisher", OURS, "--since", last["receivedAt"], code=1)
    assert "goes back to" in site.tidegate("status", "e-none", "--publisher", OURS, "--since", "-1h", code=1).out


def said_of(site: Site, code: int, *arguments: str, **settings: str) -> Said:
    return site.tidegate("status", *arguments, code=code, **settings)


def test_what_cannot_be_answered_is_said(site: Site) -> None:
    (nobody,) = free_ports(1)
    keys = (site.folder / "keyring.toml").read_text().splitlines()
    k1 = next(line for line in keys if line.startswith("k1"))
    site.write("one-key.toml", f"[keys]\n{k1}\n".encode())
    site.write("other.toml", b'[keys]\nk1 = "%s"\nk2 = "%s"\n' % (b"00" * 32, b"11" * 32))

    unknown, stranger, keyless, blind, away, empty = site.together(
        lambda: said_of(site, 1, "e-nowhere", "--publisher", OURS),
        lambda: said_of(site, 2, "e-1", "--publisher", "forwarders"),
        lambda: said_of(site, 2, "e-1", "--publisher", OURS, KEYRING="one-key.toml"),
        lambda: said_of(site, 1, BOX, "--publisher", OURS, KEYRING="other.toml"),
        lambda: said_of(site, 3, "e-1", "--publisher", OURS, KAFKA__BOOTSTRAP=f"127.0.0.1:{nobody}"),
        lambda: said_of(site, 2, "", "--publisher", OURS),
    )

    assert "nothing of forwarder is known by 'e-nowhere'" in unknown.out
    assert "forwarders" in stranger.err
    assert "forwarder" in stranger.err.replace("forwarders", "")
    assert "k2" in keyless.err
    assert "nothing of forwarder is known" in blind.out
    assert str(nobody) in away.err
    assert "1 to 500" in empty.err
