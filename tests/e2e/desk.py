"""An operator's desk: a hub of a test file's own, records that come to lie in its quarantine, orders about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.builders import Sent, a_record, an_event
from tests.e2e.conftest import NewSite
from tests.e2e.site import LANES, Said, Site, eventually
from tests.e2e.topics import Record
from tests.e2e.world import PARTNERS

from tidegate.audit import CarriedOut, Kind
from tidegate.events.identity import PublisherDigests

PUBLISHER = "forwarder"
CONTAINER = "MSKU7654321"
MMSI = "563099941"
BROKEN = b"not Avro at all, and it names MSKU7654321"


def box(number: int) -> str:
    return f"MSKU{number:07d}"


def wrong(name: str, number: int = 1, publisher: str = PUBLISHER) -> Sent:
    """An event that breaks V7: it has no event time."""
    return a_record(an_event(eventId=name, eventTime=0, equipment={"reference": box(number)}), publisher=publisher)


def waiting(name: str) -> Sent:
    """An event with a ship's MMSI, which waits for a person before the feeder gets it; granted to nobody else."""
    ship = {"mode": "VESSEL", "vesselImo": "9999981", "vesselMmsi": MMSI}
    at_sea = {"eventType": "TRANSPORT", "eventSubtype": "ARRI", "equipment": None, "location": {"unLocode": "SGSIN"}}
    return a_record(an_event(eventId=name, **at_sea, transport=ship), key=b"call-1")


Arrived = Callable[..., list[dict[str, Any]]]


def open_desk(new_site: NewSite, name: str, texts: Mapping[str, str]) -> Site:
    """A running hub under some rules."""
    site = new_site(name)
    rules = site.write_rules(texts)
    site.tidegate("keyring", "new", "keyring.toml")
    site.tidegate("topics", "apply", rules, "--lanes", str(LANES))
    site.tidegate("rules", "activate", rules, "--wait", "0s")
    site.start_hub().await_ready()
    return site


def arriving(site: Site) -> Arrived:
    """Sends records that fail or wait; gives what ``list`` says of the new ones, oldest first."""

    def send(*records: Sent, lies: int | None = None) -> list[dict[str, Any]]:
        known = {one["name"] for one in listed(site, "--state", "all")}
        site.send(records[0].publisher, *records)

        def new() -> list[dict[str, Any]] | None:
            found = [one for one in listed(site, "--state", "all") if one["name"] not in known]
            return found if len(found) >= (len(records) if lies is None else lies) else None

        return eventually("records in quarantine", new, site.alive)

    return send


def listed(site: Site, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = site.tidegate("quarantine", "list", "--json", "--limit", "1000", *arguments).json[
        "records"
    ]
    return found


def order(site: Site, *arguments: str, code: int = 0) -> Said:
    return site.tidegate("quarantine", *arguments, code=code)


def carried_out(site: Site, name: str) -> list[CarriedOut]:
    """What the audit says of all orders about one record."""
    lane, _, at = name.partition("/")
    return [
        one
        for entry in site.entries()
        if entry.kind is Kind.ORDER and entry.lane == int(lane)
        for one in entry.orders
        if one.quarantine == int(at)
    ]


def got(site: Site, publisher: str, event_id: str) -> dict[str, int]:
    """How often each partner has an event."""
    ref = PublisherDigests.of(site.keyring.secret("k1"), publisher).event_ref(event_id.encode()).hex()
    counts = {name: sum(one.header("ce_eventref") == ref for one in site.read(f"out.{name}")) for name in PARTNERS}
    return {name: count for name, count in counts.items() if count}


def about(site: Site, found: list[dict[str, Any]], event_id: str) -> dict[str, Any]:
    """The one of some records that is of an event."""
    return next(one for one in found if event_id.encode() in (raw(site, one["name"]).value or b""))


def raw(site: Site, name: str) -> Record:
    lane, _, at = name.partition("/")
    return next(one for one in site.read("quarantine") if (one.lane, one.offset) == (int(lane), int(at)))
