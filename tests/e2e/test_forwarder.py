"""From a forwarder's messages to what a partner reads: publish, tail, explain, suspend, replay."""

from __future__ import annotations

import io
import json
from collections import Counter
from typing import Any

import fastavro
import pytest
import redis
from tests.e2e.site import REPO, Said, Site
from tests.e2e.topics import Decided, value_of
from tests.e2e.world import BANK, PARTNERS, TERMINAL

from tidegate.gate import Outcome

PUBLISHER = "forwarder"
SAMPLES = REPO / "tests/samples"
JOURNEY: list[dict[str, Any]] = json.loads((SAMPLES / "journey.json").read_text())
SENT = 1 + 16 + 3 + 3 + 5
"""A single object, an array, an envelope, canonical JSON with a retraction, what ``irregular.json`` has of sense."""


@pytest.fixture(scope="module")
def published(site: Site) -> tuple[Said, Said]:
    """What ``publish`` said of good files, and of one with events that cannot be mapped."""
    single = site.write("single.json", {**JOURNEY[0], "eventID": "f-single"})
    good, bad = site.together(
        lambda: site.tidegate(
            *("publish", "--publisher", PUBLISHER, "--json", single),
            *(SAMPLES / f"{name}.json" for name in ("journey", "envelope", "canonical")),
        ),
        lambda: site.tidegate("publish", "--publisher", PUBLISHER, SAMPLES / "irregular.json", code=1),
    )
    return good, bad


@pytest.fixture(scope="module")
def decided(site: Site, published: tuple[Said, Said]) -> list[Decided]:
    return site.settle(PUBLISHER, SENT)


def test_a_single_object_an_array_an_envelope_and_canonical_json_are_sent(published: tuple[Said, Said]) -> None:
    said = published[0].json

    assert (said["sent"], said["refused"]) == (23, 0)
    assert {one["severity"] for one in said["feedbackElements"]} <= {"WARN", "INFO"}


def test_what_cannot_be_mapped_is_named_by_its_place_and_the_others_go_on(published: tuple[Said, Said]) -> None:
    said = published[1]

    assert said.out == "5 sent, 5 refused\n"
    places = [line.split(" event ")[1].split(": ")[:2] for line in said.err.splitlines() if ": ERROR " in line]
    assert [(index, found.removeprefix("ERROR ")) for index, found in places] == [
        ("0", "$[0].eventDateTime"),
        ("1", "$[1].eventID"),
        ("2", "$[2].eventDateTime"),
        ("3", "$[3].eventDateTime"),
        ("9", "$[9].eventCreatedDateTime"),
    ]


def test_every_event_is_decided_once(decided: list[Decided]) -> None:
    assert len(decided) == SENT
    assert {one.outcome for one in decided} <= {Outcome.RELEASED, Outcome.WITHHELD, Outcome.REJECTED}


def test_a_partner_reads_with_the_schema_that_was_exported_for_it(site: Site, decided: list[Decided]) -> None:
    """One reader schema for all that a partner may get, by a library of somebody else's."""
    exported = site.tidegate("schemas", "export", "--partner", TERMINAL, "--rules", "rules").json
    registry = site.registry()
    reader = fastavro.parse_schema(exported)
    ours = {one.event_ref for one in decided}
    records = [one for one in site.read(f"out.{TERMINAL}") if one.header("ce_eventref") in ours]

    read = []
    for record in records:
        value = record.value or b""
        if record.header("ce_notice"):
            continue
        writer = fastavro.parse_schema(registry.get(int.from_bytes(value[1:5], "big")).json)
        read.append(fastavro.schemaless_reader(io.BytesIO(value[5:]), writer, reader))
        assert {name for name, seen in value_of(record, registry).items() if seen is not None} <= set(read[-1])

    assert read
    assert {one["equipment"]["reference"] for one in read if one["equipment"]} <= {
        one["equipmentReference"] for one in JOURNEY if "equipmentReference" in one
    } | {"PMLU7182600", "PMLU4029178"}


class TestTail:
    """Each kind of topic, for programs and for people."""

    @pytest.fixture(scope="class")
    @staticmethod
    def tails(site: Site, decided: list[Decided]) -> dict[str, Said]:
        kinds = (f"out.{TERMINAL}", f"feedback.{PUBLISHER}", "audit")
        said = site.together(
            *(
                lambda kind=kind: site.tidegate("tail", kind, "--json", "--from-beginning", "--count", "3")
                for kind in kinds
            ),
            lambda: site.tidegate("tail", f"out.{BANK}", "--from-beginning", "--count", "2"),
        )
        return dict(zip((*kinds, "people"), said, strict=True))

    def test_a_delivery_is_shown_decoded_with_its_headers(self, tails: dict[str, Said]) -> None:
        lines = tails[f"out.{TERMINAL}"].lines

        assert len(lines) == 3
        for one in lines:
            assert {"partition", "offset", "timestamp", "key", "headers", "value"} == one.keys()
            assert one["headers"]["ce_specversion"] == "1.0"

    def test_feedback_is_shown_as_it_is(self, tails: dict[str, Said]) -> None:
        assert all({"accepted", "outcome"} & one["value"].keys() for one in tails[f"feedback.{PUBLISHER}"].lines)

    def test_an_audit_entry_says_which_records_and_under_which_plan(self, tails: dict[str, Said]) -> None:
        for one in tails["audit"].lines:
            assert {"lane", "sequence", "kind", "plan", "previous"} <= one.keys()

    def test_people_get_a_line_per_thing(self, tails: dict[str, Said]) -> None:
        assert tails["people"].out.count("  headers: ") == 2


def explained(site: Site, *arguments: str | Any, **how: Any) -> Said:
    return site.tidegate(
        *("explain", "--rules", "rules", "--publisher", PUBLISHER, "--partner", TERMINAL, *arguments),
        KAFKA__BOOTSTRAP="127.0.0.1:1",
        REDIS__URL="redis://127.0.0.1:1/0",
        **how,
    )


def test_explain_needs_no_broker_and_names_every_leaf_field_once(site: Site, decided: list[Decided]) -> None:
    schemas, said, people, broken, unmapped = site.together(
        lambda: site.tidegate("schemas", "list", "--json"),
        lambda: explained(site, "--json", SAMPLES / "journey.json"),
        lambda: explained(site, SAMPLES / "canonical.json"),
        lambda: explained(site, "--json", site.write("broken.json", b"{"), code=None),
        lambda: explained(site, "--json", SAMPLES / "irregular.json", code=1),
    )
    fields = next(one["fields"] for one in schemas.json if one["name"] == "logistics.ShipmentEvent")

    assert len(said.lines) == len(JOURNEY)
    for one in said.lines:
        paths = [field["path"] for field in one["fields"]]
        assert len(paths) == len(set(paths)) == fields
        assert {"documents[].reference", "truck.tractorPlate", "equipment.reference"} <= set(paths)
        assert all({"path", "class", "action", "mechanism", "reason"} <= field.keys() for field in one["fields"])
        assert one["released"] == bool(one["delivery"])
    loaded = next(one for one in said.lines if one["released"])
    actions = {field["path"]: field["action"] for field in loaded["fields"]}
    assert actions["equipment.reference"] == "PASS"
    assert actions["truck.tractorPlate"] == "DROP"
    assert "PASS" in people.out
    assert "equipment.reference" in people.out
    assert broken.code in (1, 2)
    refused = [one for one in unmapped.lines if not one["fields"]]
    assert len(refused) == 5
    assert all(one["released"] is False and one["reason"] for one in refused)


def test_explain_says_what_the_live_flow_did(site: Site, decided: list[Decided]) -> None:
    """The same code decides: what explain says the terminal gets is what its topic holds."""
    said = explained(site, "--json", SAMPLES / "journey.json").lines
    registry, ours = site.registry(), {one.event_ref for one in decided}
    records = [one for one in site.read(f"out.{TERMINAL}") if one.header("ce_eventref") in ours]
    values = [value_of(one, registry) for one in records if not one.header("ce_notice")]
    live = {value["eventId"]: value for value in values}

    for one in said:
        assert one["released"] == (one["eventId"] in live), one["reason"]
        if one["released"]:
            assert one["delivery"]["value"] == json.loads(json.dumps(live[one["eventId"]], default=str))


def test_schemas_are_listed_shown_and_exported_by_id(site: Site) -> None:
    listed = site.tidegate("schemas", "list", "--rules", "rules", "--json").json
    event = next(one for one in listed if one["name"] == "logistics.ShipmentEvent" and one["fields"] > 80)
    shown, exported, unknown = site.together(
        lambda: site.tidegate("schemas", "show", str(event["id"])),
        lambda: site.tidegate("schemas", "export", "--schema-id", str(event["id"])),
        lambda: site.tidegate("schemas", "show", "12345", code=2),
    )

    assert "SPI                people[].idNumber" in shown.out
    assert exported.json == json.loads((REPO / "schemas/shipment-event/v1.avsc").read_text())
    assert "12345" in unknown.err


def test_a_suspended_partner_gets_nothing_until_it_is_resumed(site: Site, decided: list[Decided]) -> None:
    suspended = site.tidegate("partner", "suspend", BANK, "--reason", "its topic is full")
    twice, nobody, shown = site.together(
        lambda: site.tidegate("partner", "suspend", BANK, "--reason", "again", code=2),
        lambda: site.tidegate("partner", "suspend", "bnak", "--reason", "typo", code=2),
        lambda: site.tidegate("rules", "show", "--json"),
    )
    before = len(site.read(f"out.{BANK}"))
    a_box_event = next(one for one in JOURNEY if one["eventType"] == "EQUIPMENT")
    late = site.write("late.json", {**a_box_event, "eventID": "f-while-suspended"})
    site.tidegate("publish", "--publisher", PUBLISHER, late)
    while_suspended = site.settle(PUBLISHER, SENT + 1)
    resumed = site.tidegate("partner", "resume", BANK, "--reason", "there is room again")

    assert "is in force on all 4 lanes" in suspended.out
    assert "is in force on all 4 lanes" in resumed.out
    assert "suspended already" in twice.err
    assert "did you mean" in nobody.err
    assert shown.json["suspended"] == [BANK]
    assert shown.json["reason"] == "its topic is full"
    assert len(while_suspended) == SENT + 1
    assert len(site.read(f"out.{BANK}")) == before
    kinds = Counter((entry.kind.value, entry.suspended) for entry in site.entries() if entry.suspended)
    assert kinds["SWITCHED", (BANK,)] == 4


class TestReplay:
    """A window decided again, beside live claims that it never touches."""

    @pytest.fixture(scope="class")
    @staticmethod
    def claims(site: Site) -> dict[bytes, dict[bytes, bytes]]:
        return claims_of(site)

    def test_under_the_rules_of_then_every_delivery_is_reproduced_byte_for_byte(
        self, site: Site, decided: list[Decided], claims: dict[bytes, dict[bytes, bytes]]
    ) -> None:
        delivered = sum(len(site.read(f"out.{name}")) for name in PARTNERS)

        said = site.tidegate("replay", "case-1", "--from", "-1h", "--rules", "then")

        assert f"reproduced {delivered:,} of {delivered:,} deliveries" in said.out
        assert delivered > 50
        assert claims
        assert claims_of(site) == claims

    def test_under_the_rules_of_now_it_sends_to_the_topics_of_the_case(
        self, site: Site, decided: list[Decided], claims: dict[bytes, dict[bytes, bytes]]
    ) -> None:
        window = ("--from", "-1h", "--partner", BANK)
        before = {name: len(site.read(f"out.{name}")) for name in PARTNERS}

        dry, refused = site.together(
            lambda: site.tidegate("replay", "case-2", *window, "--rules", "now", "--json", code=1),
            lambda: site.tidegate("replay", "case-2", *window, "--rules", "then", "--execute", code=2),
        )
        nothing = site.tidegate("tail", f"replay.case-2.{BANK}", code=2)
        done = site.tidegate("replay", "case-2", *window, "--rules", "now", "--execute", "--json", code=1).json

        assert "--execute needs --rules now" in refused.err
        assert "there is no topic" in nothing.err
        missed = dry.json["partners"][BANK]
        assert (missed["added"], missed["removed"], missed["changed"]) == (1, 0, 0), "what it missed while suspended"
        sent = site.read(f"replay.case-2.{BANK}")
        assert len(sent) == done["partners"][BANK]["sent"] == before[BANK] + 1
        assert {one.header("ce_replay") for one in sent} == {done["replayId"]}
        originals = {one.header("ce_id"): one.value for one in site.read(f"out.{BANK}")}
        assert all(originals.get(one.header("ce_id"), one.value) == one.value for one in sent)
        assert {name: len(site.read(f"out.{name}")) for name in PARTNERS} == before
        assert claims_of(site) == claims


def claims_of(site: Site) -> dict[bytes, dict[bytes, bytes]]:
    """Every claim of this hub in Redis."""
    with redis.Redis.from_url(site.stack.redis_url) as client:
        names = client.scan_iter(f"tg:{site.prefix}hub:*:claims:*")
        return {name: client.hgetall(name) for name in names}
