"""Reference lists from their files to the hub: ``check``, the hub and a replay find the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.builders import COMMON, a_grant, a_partner, a_publisher, documents
from tests.e2e.conftest import NewSite
from tests.e2e.site import Said, Site

pytestmark = pytest.mark.soak

FILES = {
    "un-locode": ",CN,YTN,Yantian,Yantian,,AI,1-3-----,,,,\n,DE,BER,Berlin,Berlin,,AI,--3-----,,,,\n",
    "smdg": "UNLOCODE,Terminal Code\nCNYTN,YICT\n",
    "bic": "Facility BIC Code,UNLOCODE\nDEBERTGTA,DEBER\n",
    "liners": "code\nTGL\n",
    "scac": "code\nTGLU\n",
}
WRONG = {
    "unknown place": {"V3"},
    "no port": {"V3"},
    "terminal elsewhere": {"V4"},
    "facility elsewhere": {"V4"},
    "unknown liner": {"V14"},
    "unknown carrier": {"V14"},
}
RIGHT = ("right", "right depot")


def an_event(name: str, mode: str = "TRUCK", **said: Any) -> dict[str, Any]:
    times = dict.fromkeys(("eventDateTime", "eventCreatedDateTime"), "2026-03-10T09:41:00Z")
    kind = {"eventType": "TRANSPORT", "eventClassifierCode": "ACT", "transportEventTypeCode": "ARRI"}
    place = {"UNLocationCode": "CNYTN", "modeOfTransport": mode, **said}
    return {"eventID": name, **kind, **times, "transportCall": place}


def a_ship_of(provider: str) -> dict[str, Any]:
    return {"vesselOperatorCarrierCode": "QQQ", "vesselOperatorCarrierCodeListProvider": provider}


EVENTS = [
    an_event("right", facilityCode="YICT", facilityCodeListProvider="SMDG", carrierVoyageNumber="1"),
    an_event("right depot", UNLocationCode="DEBER", facilityCode="TGTA", facilityCodeListProvider="BIC"),
    an_event("unknown place", UNLocationCode="CNZZZ"),
    an_event("no port", mode="VESSEL", UNLocationCode="DEBER"),
    an_event("terminal elsewhere", UNLocationCode="DEBER", facilityCode="YICT", facilityCodeListProvider="SMDG"),
    an_event("facility elsewhere", facilityCode="TGTA", facilityCodeListProvider="BIC"),
    an_event(
        "unknown liner", vessel={"vesselOperatorCarrierCode": "QQQ", "vesselOperatorCarrierCodeListProvider": "SMDG"}
    ),
    an_event(
        "unknown carrier", vessel={"vesselOperatorCarrierCode": "QQQ", "vesselOperatorCarrierCodeListProvider": "NMFTA"}
    ),
]

Elements = set[tuple[str, str, str]]


def by_event(lines: list[dict[str, Any]]) -> dict[str, Elements]:
    """What was found of each event."""
    return {
        line["eventId"]: {(one["severity"], one["code"], one["propertyPath"]) for one in line["feedbackElements"]}
        for line in lines
    }


@pytest.fixture(scope="module")
def site(new_site: NewSite) -> Site:
    """A hub whose rules have all five lists, and for whom a facility elsewhere rejects."""
    site = new_site("lists")
    publisher = a_publisher(publisher={"collected_in": "CN", "own_data": "yes", "severities": {"V4": "ERROR"}})
    rules = site.write_rules(documents(parties=[publisher, a_partner()], grants=[a_grant(*COMMON)]))
    for name, text in FILES.items():
        file = site.write(f"{name}.csv", text.encode())
        site.tidegate("reference", "update", name, file, "--folder", rules / "reference")
    site.tidegate("keyring", "new", "keyring.toml")
    site.tidegate("topics", "apply", rules, "--lanes", "1")
    site.tidegate("rules", "activate", rules, "--wait", "0s")
    site.start_hub().await_ready()
    return site


@pytest.fixture(scope="module")
def file(site: Site) -> Path:
    """Lines of JSON, so that a path is one within the event, as it is in the hub."""
    return site.write("events.json", "\n".join(map(json.dumps, EVENTS)).encode())


def checked(site: Site, file: Path, *arguments: str | Path) -> tuple[Said, dict[str, Elements]]:
    said = site.tidegate("check", "--json", *arguments, file, code=None)
    return said, by_event(said.lines)


def test_each_list_is_asked_on_both_sides(site: Site, file: Path) -> None:
    said, found = checked(site, file, "--rules", "rules", "--publisher", "forwarder")

    assert {name: {code for _, code, _ in elements} for name, elements in found.items()} == {
        **WRONG,
        **{name: set() for name in RIGHT},
    }
    assert "not checked" not in said.err
    assert said.code == 1


def test_a_folder_of_lists_without_rules(site: Site, file: Path) -> None:
    said, found = checked(site, file, "--references", "rules/reference")

    assert {name for name, elements in found.items() if elements} == set(WRONG)
    assert said.code == 0  # nothing rejects but what a publisher's settings say


def test_without_a_list_its_check_finds_nothing_and_says_so_once(site: Site, file: Path) -> None:
    said, found = checked(site, file)

    assert not any(found.values())
    assert said.err.count("not checked") == len(FILES)


def test_the_hub_finds_what_check_finds_and_a_replay_the_same_again(site: Site, file: Path) -> None:
    _, by_check = checked(site, file, "--rules", "rules", "--publisher", "forwarder")

    site.tidegate("publish", "--publisher", "forwarder", file)
    decided = site.settle("forwarder", len(EVENTS))

    told = [json.loads(record.value or b"") for record in site.read("feedback.forwarder")]
    by_hub = by_event([one for one in told if "feedbackElements" in one and "eventId" in one])
    assert {name: by_hub.get(name, set()) for name in by_check} == by_check
    assert sorted(one.outcome.name for one in decided).count("REJECTED") == 2
    (log,) = [hub.logs for hub in site.hubs]
    assert not any("not checked" in line["event"] for line in log)
    replayed = site.tidegate("replay", "lists", "--from", "-1h", "--rules", "then", "--json").json
    assert replayed["outcomes"]["rejected"] == 2
    assert replayed["reproduced"] == replayed["delivered"] == len(EVENTS) - 2


def test_show_says_source_age_and_digest(site: Site) -> None:
    in_folder = site.tidegate("reference", "show", "--folder", "rules/reference", "--json").json
    in_force = site.tidegate("reference", "show", "--json").json

    assert [(one["list"], one["there"], one["source"], one["ageDays"]) for one in in_folder] == [
        (name, True, f"{name}.csv", 0) for name in FILES
    ]
    assert [(one["list"], one["digest"], one["codes"]) for one in in_force] == [
        (one["list"], one["digest"], one["codes"]) for one in in_folder
    ]


def test_a_broken_file_changes_nothing(site: Site) -> None:
    before = (site.folder / "rules/reference/scac.txt").read_bytes()
    broken = site.write("broken.csv", b"code\nTGLU\nno carrier\n")

    said = site.tidegate("reference", "update", "scac", broken, "--folder", "rules/reference", code=2)

    assert "broken.csv:3: " in said.err
    assert (site.folder / "rules/reference/scac.txt").read_bytes() == before


def test_a_list_that_was_edited_by_hand_is_refused_with_its_line(site: Site) -> None:
    folder = site.folder / "edited/reference"
    folder.mkdir(parents=True)
    (folder / "scac.txt").write_text("# source: x\nTGLU\nno carrier\n")
    (folder / "ports.txt").write_text("")
    (site.folder / "edited/hub.toml").write_text(documents()["hub.toml"])

    said = site.tidegate("rules", "check", "edited", code=2)

    assert "reference/scac.txt:3: 'no carrier' is no line of scac" in said.err
    assert "no check asks a list 'ports'" in said.err
