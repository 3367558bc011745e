"""Rules that show more are acknowledged, rules that protect less are approved by two; the audit keeps who did."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from tests.builders import COMMON, a_class, a_grant, a_hub, a_partner, a_publisher, documents
from tests.e2e.conftest import NewSite
from tests.e2e.site import Said, Site, eventually

from tidegate.audit import Entry, Kind

BOX = "forwarder/terminal/equipment.reference"
PEOPLE = ("chan", "wong", "li")


def rules(*fields: str, approvers: str, classed: str = "SUSPECT_IMPORTANT") -> dict[str, str]:
    """Rules under which a ship's MMSI waits for a person, unless it is classed otherwise."""
    found = documents(
        hub=a_hub(),
        parties=[a_publisher(), a_partner()],
        grants=[a_grant(*COMMON, *fields)],
        classes=[a_class("transport.vesselMmsi", classed)],
    )
    return {**found, "approvers.toml": approvers}


@pytest.fixture(scope="module")
def office(new_site: NewSite) -> Site:
    """A hub that runs under rules which name three approvers, each with a key of their own."""
    site = new_site("office")
    blocks = [site.tidegate("rules", "new-key", name, f"{name}.pem").out for name in PEOPLE]
    approvers = "\n".join(blocks)
    site.write_rules(rules(approvers=approvers), "first")
    site.write_rules(rules("equipment.reference", approvers=approvers), "wider")
    site.write_rules(rules("equipment.reference", approvers=approvers, classed="COMMERCIAL"), "lower")
    site.write_rules(rules("equipment.reference", approvers="\n".join(blocks[:2])), "fewer")
    site.tidegate("keyring", "new", "keyring.toml")
    site.tidegate("topics", "apply", "first", "--lanes", "1")
    site.tidegate("rules", "activate", "first", "--wait", "0s")
    site.start_hub().await_ready()
    return site


def shown(site: Site) -> dict[str, Any]:
    found: dict[str, Any] = site.tidegate("rules", "show", "--json").json
    return found


def approved(site: Site, name: str, folder: str = "lower", **how: Any) -> Said:
    return site.tidegate(
        "rules", "approve", folder, "--as", name, "--key", f"{name}.pem", "--out", f"{name}.json", **how
    )


def test_a_private_key_is_for_its_owner_and_is_never_written_over(office: Site) -> None:
    file = office.folder / "chan.pem"

    again = office.tidegate("rules", "new-key", "chan", "chan.pem", code=2)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "is there already" in again.err


def test_what_is_newly_exposed_is_refused_until_it_is_named(office: Site) -> None:
    activate = ("rules", "activate", "wider", "--wait", "60s")
    before = shown(office)

    refused = office.tidegate(*activate, code=2)
    wrong = office.tidegate(*activate, "--acknowledge", "forwarder/terminal/equipment.refrence", code=2)
    written = office.tidegate("rules", "activate", "wider", "--write-exposed", "exposed.txt", code=1)
    assert shown(office) == before

    done = office.tidegate(*activate, "--acknowledge-file", "exposed.txt")

    assert BOX in refused.err
    assert "--acknowledge" in refused.err
    assert f"did you mean {BOX!r}" in wrong.err
    assert "1 newly exposed fields" in written.out
    assert "is in force on all 1 lanes" in done.out
    assert shown(office)["acknowledged"] == [BOX]


def test_what_protects_less_needs_the_signatures_of_two_and_the_audit_names_them(office: Site) -> None:
    # Given wider rules in force, and rules that let go what waited for a person
    office.tidegate("rules", "activate", "wider", "--wait", "60s", "--acknowledge", "all")
    activate = ("rules", "activate", "lower", "--wait", "60s", "--acknowledge", "all")
    before = shown(office)

    # When nobody, one person twice, and somebody with another's key approve
    nobody = office.tidegate(*activate, code=2)
    first = approved(office, "chan")
    one = office.tidegate(*activate, "--approval", "chan.json", code=2)
    twice = office.tidegate(*activate, "--approval", "chan.json", "--approval", "chan.json", code=2)
    borrowed = office.tidegate("rules", "approve", "lower", "--as", "wong", "--key", "chan.pem", code=2)
    _rename(office.folder / "chan.json", office.folder / "wong.json", "wong")
    forged = office.tidegate(*activate, "--approval", "chan.json", "--approval", "wong.json", code=2)
    stranger = office.tidegate("rules", "approve", "lower", "--as", "chang", "--key", "chan.pem", code=2)

    # Then nothing is put in force
    assert shown(office) == before
    assert "class of transport.vesselMmsi: SUSPECT_IMPORTANT becomes COMMERCIAL" in nobody.err
    assert "it has none" in nobody.err
    assert "! protects less: class of transport.vesselMmsi" in first.err
    assert "it has that of chan" in one.err
    assert "it has that of chan" in twice.err
    assert "not the key of wong" in borrowed.err
    assert "was not signed with the key of wong" in forged.err
    assert "did you mean 'chan'" in stranger.err

    # When two people approve, it is, and topic and audit say who
    approved(office, "wong")
    done = office.tidegate(*activate, "--approval", "chan.json", "--approval", "wong.json")
    assert "is in force on all 1 lanes" in done.out
    said = shown(office)
    assert [one.split()[0] for one in said["approvals"]] == ["chan", "wong"]
    assert said["lowered"] == ["class of transport.vesselMmsi: SUSPECT_IMPORTANT becomes COMMERCIAL"]
    entry = eventually("the audit to say it", lambda: _switched(office, said["sequence"]))
    assert entry.plan.hex() == said["plan"]
    assert entry.reason.startswith("activation by ")
    assert "approved by chan " in entry.reason
    assert ", wong " in entry.reason

    # And the same approvals serve no other change
    office.tidegate("rules", "activate", "wider", "--wait", "0s")
    stale = office.tidegate(*activate, "--approval", "chan.json", "--approval", "wong.json", code=2)
    assert "ask for a new one" in stale.err


def test_who_may_approve_is_not_changed_by_one(office: Site) -> None:
    refused = office.tidegate("rules", "activate", "fewer", "--acknowledge", "all", code=2)

    assert "key of approver li" in refused.err


def _rename(old: Path, new: Path, approver: str) -> None:
    """Somebody else's signature under one's own name."""
    new.write_text(json.dumps({**json.loads(old.read_text()), "approver": approver}))


def _switched(site: Site, sequence: int) -> Entry | None:
    found = [one for one in site.entries() if one.kind is Kind.SWITCHED and one.activation == sequence]
    return found[0] if found else None
