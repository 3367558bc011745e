"""A quarantine that fills fast is an outage: nothing more is taken in of whoever floods it, and the others go on.

And what waits there for a person is warned of before its time is over.
"""

from __future__ import annotations

import json

import pytest
from tests.builders import COMMON, Sent, a_class, a_grant, a_partner, a_publisher, a_record, an_event, documents
from tests.e2e.conftest import NewSite
from tests.e2e.site import Site, eventually
from tests.e2e.topics import sums

from tidegate.audit import Kind
from tidegate.gate import Outcome

pytestmark = pytest.mark.soak

LEAST = 20
BAD = 400
GOOD = tuple(
    a_record(an_event(eventId=f"f-{number}", equipment={"reference": f"MSKU{number:07}"}), publisher="steady")
    for number in range(50)
)
MONTH_S = 31 * 86_400
"""Longer than the quarantine keeps anything: whatever is held is warned of."""


@pytest.fixture(scope="module")
def dam(new_site: NewSite) -> Site:
    """A hub of one lane and two publishers."""
    site = new_site(
        "dam",
        HUB__QUARANTINE_LEAST=str(LEAST),
        HUB__HELD_WARNING_S=str(MONTH_S),
        HUB__HELD_CHECK_S="0.5",
    )
    rules = site.write_rules(
        documents(
            parties=(a_publisher("steady"), a_publisher("clumsy"), a_partner()),
            grants=(a_grant(*COMMON, "transport.vesselMmsi", publishers=["steady", "clumsy"]),),
            classes=(a_class("transport.vesselMmsi", "SUSPECT_IMPORTANT"),),
        )
    )
    site.tidegate("keyring", "new", "keyring.toml")
    site.tidegate("topics", "apply", rules, "--lanes", "1")
    site.tidegate("rules", "activate", rules, "--wait", "0s")
    site.start_hub().await_ready()
    return site


@pytest.fixture(scope="module")
def flooded(dam: Site) -> Site:
    """The hub once nearly all that one publisher sent is broken."""
    dam.send("clumsy", *(Sent(b"no Avro %d" % number) for number in range(BAD)))
    eventually("the flood to be seen", lambda: waits(dam), dam.alive)
    return dam


def waits(site: Site) -> list[str]:
    found: list[str] = site.hubs[0].ready().get("waitsFor", [])
    return [one for one in found if "clumsy" in one]


def test_it_is_said_who_floods_and_what_to_do(flooded: Site) -> None:
    (said,) = waits(flooded)

    status, _ = flooded.hubs[0].get("/readyz")
    assert status == 503
    assert "nothing more of clumsy is taken in: more than 50%" in said
    assert "tidegate quarantine drain" in said
    assert flooded.hubs[0].metrics()['tidegate_flooding{lane="0",publisher="clumsy"}'] == 1
    assert any("nothing more of clumsy" in line["event"] for line in flooded.hubs[0].logs)


def test_the_others_go_on_and_the_quarantine_does_not_fill(flooded: Site) -> None:
    flooded.send("steady", *GOOD)
    decided = flooded.settle("steady", len(GOOD))

    assert sums(decided) == {"released": len(GOOD)}
    assert len(flooded.read("quarantine")) < LEAST
    assert waits(flooded)
    assert flooded.hubs[0].get("/livez")[0] == 200


def test_an_operator_may_let_it_fill_and_then_every_record_has_its_outcome(flooded: Site) -> None:
    before = len(flooded.read("quarantine"))
    nobody = flooded.tidegate("quarantine", "drain", code=2)
    strange = flooded.tidegate("quarantine", "drain", "--reason", "x", "--lane", "7", code=2)

    done = flooded.tidegate("quarantine", "drain", "--reason", "they send it anew", "--by", "Ada", "--json")
    decided = flooded.settle("clumsy", BAD)

    assert before < LEAST
    assert "--reason" in nobody.err
    assert "no lane 7" in strange.err
    assert done.json == {"name": "lane 0", "outcome": "done", "said": ""}
    assert sums(decided) == {"quarantined": BAD}
    assert len(flooded.read("quarantine")) == BAD
    eventually("the hub to be ready", lambda: flooded.hubs[0].get("/readyz")[0] == 200, flooded.alive)
    (told,) = [one for entry in flooded.entries() if entry.kind is Kind.ORDER for one in entry.orders]
    assert (told.kind, told.by, told.reason) == ("drain", "Ada", "they send it anew")
    assert flooded.hubs[0].metrics()['tidegate_flooding{lane="0",publisher="clumsy"}'] == 0


def test_held_deliveries_are_warned_of_before_their_time_is_over(dam: Site) -> None:
    held = a_record(an_event(eventId="f-held", transport={"vesselMmsi": "563099941"}), publisher="steady")
    before = len(dam.decided("steady"))
    dam.send("steady", held)
    decided = dam.settle("steady", before + 1)
    hub = dam.hubs[0]

    def expiring() -> bool:
        return hub.metrics().get('tidegate_held_expiring{lane="0"}') == 1

    assert decided[-1].outcome is Outcome.HELD
    eventually("the warning", expiring, dam.alive)
    listed = dam.tidegate("quarantine", "list", "--reason", "held", HUB__HELD_WARNING_S=str(MONTH_S))
    assert "expires in 30.0 days" in listed.out
    assert "1 held deliveries are taken by retention within 31 days" in listed.out
    assert "expires" not in dam.tidegate("quarantine", "list", "--reason", "held", HUB__HELD_WARNING_S="604800").out
    (line,) = [one for one in hub.logs if "retention soon" in one["event"]]
    assert (line["level"], line["lane"], line["count"]) == ("warning", 0, 1)
    assert "563099941" not in json.dumps(line)

    (one,) = dam.tidegate("quarantine", "list", "--reason", "held", "--json").json["records"]
    dam.tidegate("quarantine", "release", one["name"], "--by", "Ada", "--reason", "no important data")
    eventually("the warning to end", lambda: not expiring(), dam.alive)
