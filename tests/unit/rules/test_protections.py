"""What counts as lowering a protection, and what does not."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.builders import (
    COMMON,
    TODAY,
    a_class,
    a_grant,
    a_hub,
    a_paper,
    a_partner,
    a_publisher,
    a_rule_set,
    documents,
)

from tidegate import rules as rules_module
from tidegate.events import checks
from tidegate.events.builtin import writer_schemas
from tidegate.rules import RuleSet
from tidegate.rules.protections import _REFUSING, lowered

KEYS = [f"{letter * 43}=" for letter in "QRSTU"]
SHIP = "transport.vesselMmsi"


def rules(approvers: int = 0, **said: Any) -> RuleSet:
    people = "\n".join(f'[[approver]]\nid = "a{n}"\nname = "A{n}"\nkey = "{KEYS[n]}"' for n in range(approvers))
    return a_rule_set({**documents(**said), "approvers.toml": people})


def parties(**said: Any) -> dict[str, Any]:
    return {"parties": [a_publisher(**said), a_partner()]}


def proved(**said: Any) -> dict[str, Any]:
    proof = {"starts": date(2026, 9, 1), "document": f"sha256:{'0' * 64}"}
    return {"small_handler": "yes", "proofs": {"small_handler": {**proof, **said}}}


def listed(**said: Any) -> dict[str, Any]:
    item = {"item": "crew", "fields": ["people[].name", "people[].phone"]}
    one = {"id": "sh", "area": "CN-SH", "sectors": ["shipping"], "source": "official", "items": [item]}
    return {"lists": [{**one, "published": date(2026, 4, 24), "verified": True, **said}]}


def noticed(**said: Any) -> dict[str, Any]:
    one = {"id": "depth", "item": "depths", "fields": ["cargo.packages", SHIP], "notified": date(2026, 1, 1)}
    return {"important": [{**one, "source": "notice", **said}]}


def twice_noticed() -> dict[str, Any]:
    return {"important": [*noticed()["important"], *noticed(id="stock")["important"]]}


def assessment(**said: Any) -> dict[str, Any]:
    return a_paper("ASSESSMENT", fields=["cargo.packages"], **said)


EVENT_ID = {"name": "eventId", "type": "string", "confluent:tags": ["GENERAL"]}
LIST = "negative list in force for forwarder"
NINE = {"item": "mates", "threshold": 9}
FOUR = [a_publisher(), *map(a_partner, ("terminal", "bank", "carrier"))]
IN_SHANGHAI: dict[str, Any] = {**parties(zone="CN-SH", sector="shipping"), "hub": a_hub(zone="CN-SH")}
NEWER = listed(id="new", published=date(2026, 5, 9))
UNREAD = listed(id="new", published=date(2026, 5, 9), verified=False, items=[])
ENDS, LATER = (datetime(year, 1, 1, tzinfo=UTC) for year in (2027, 2028))
LOWERING = {
    "class of transport.vesselMmsi: SUSPECT_IMPORTANT becomes GENERAL": (
        {"classes": [a_class(SHIP, "SUSPECT_IMPORTANT")]},
        {},
    ),
    f"{SHIP} as a commercial secret: kept becomes none": (
        {"classes": [a_class(SHIP, "COMMERCIAL"), a_class(SHIP, "PI")]},
        {"classes": [a_class(SHIP, "PI")]},
    ),
    "ciio of forwarder: unknown becomes no": (parties(ciio="unknown"), parties(ciio="no")),
    "ciio of forwarder: yes becomes no": (parties(ciio="yes"), parties(ciio="no")),
    "state_organ of forwarder: unknown becomes no": (parties(state_organ="unknown"), parties()),
    "restricted of terminal: yes becomes no": (
        {"parties": [a_publisher(), a_partner(restricted="yes")]},
        {},
    ),
    "small_handler of forwarder: unknown becomes yes": (parties(), parties(**proved())),
    "end of the proof of small_handler of forwarder: 2027-08-31 becomes none": (
        parties(**proved(until=date(2027, 8, 31))),
        parties(**proved()),
    ),
    "end of the proof of small_handler of forwarder: 2027-08-31 becomes 2027-09-01": (
        parties(**proved(until=date(2027, 8, 31))),
        parties(**proved(until=date(2027, 9, 1))),
    ),
    "begin of the proof of small_handler of forwarder: 2027-01-01 becomes 2026-09-01": (
        parties(**proved(starts=date(2027, 1, 1))),
        parties(**proved()),
    ),
    "own_data of forwarder: unknown becomes yes": (parties(publisher={"collected_in": "CN"}), parties()),
    "collected_in of forwarder: unknown becomes CN": (parties(publisher={"own_data": "yes"}), parties()),
    "collected_in of forwarder: CN becomes overseas": (
        parties(),
        parties(publisher={"collected_in": "overseas", "own_data": "yes"}),
    ),
    "zone of forwarder: CN-GD-SZ becomes CN-SH": (parties(), parties(zone="CN-SH")),
    "zone of the hub: CN-GD-SZ becomes CN-SH": ({}, {"hub": a_hub(zone="CN-SH")}),
    "relays to the hub of forwarder: CN-SH becomes none": (
        parties(publisher={"collected_in": "CN", "own_data": "yes", "relays": ["CN-SH"]}),
        parties(),
    ),
    "relays from the hub of terminal: CN-SH becomes none": (
        {"parties": [a_publisher(), a_partner(partner={"relays": ["CN-SH"]})]},
        {},
    ),
    "equipment.reference looked up by terminal: looked up becomes none": (
        {"parties": [a_publisher(), a_partner(partner={"looks_up": ["equipment.reference"]})]},
        {},
    ),
    "hub readable in CN-SH: read there becomes none": ({"hub": a_hub(readable_in=["CN-SH"])}, {}),
    "people[].phone on negative list sh: from the first person on becomes from 50,000 people on": (
        listed(),
        listed(items=[{"item": "crew", "fields": ["people[].name", "people[].phone"], "threshold": 50_000}]),
    ),
    "whom paper paper is about: DRIVER becomes everybody": (
        {"papers": [a_paper(roles=["DRIVER"])]},
        {"papers": [a_paper()]},
    ),
    "whom paper paper is about: DRIVER becomes CREW": (
        {"papers": [a_paper(roles=["DRIVER"])]},
        {"papers": [a_paper(roles=["CREW"])]},
    ),
    "severity of V7 for publisher forwarder: as usual becomes WARN": (
        parties(),
        parties(publisher={"collected_in": "CN", "own_data": "yes", "severities": {"V7": "WARN"}}),
    ),
    "severity of V3 for publisher forwarder: ERROR becomes as usual": (
        parties(publisher={"collected_in": "CN", "own_data": "yes", "severities": {"V3": "ERROR"}}),
        parties(),
    ),
    "severity of V1 for partner terminal: ERROR becomes as usual": (
        {"parties": [a_publisher(), a_partner(partner={"severities": {"V1": "ERROR"}})]},
        {},
    ),
    "open point gba_counts: true becomes false": ({}, {"law": {"gba_counts": False}}),
    "open point gba_ciio: false becomes true": ({}, {"law": {"gba_ciio": True}}),
    "day of the law: 2026-09-01 becomes 2026-01-01": (
        {"law": {"on": date(2026, 9, 1)}},
        {"law": {"on": date(2026, 1, 1)}},
    ),
    "negative list sh: not verified becomes verified": (listed(verified=False), listed()),
    "people[].phone on negative list sh: from the first person on becomes none": (
        listed(),
        listed(items=[{"item": "crew", "fields": ["people[].name", "people[].email"]}]),
    ),
    "people[].name on negative list sh: from the first person on becomes none": (
        listed(),
        listed(items=[{"item": "mates", "fields": ["people[].email"]}]),
    ),
    "people[].name on negative list sh: from the first person on becomes from 9 people on": (
        listed(items=[{"item": "crew", "fields": ["people[].name"]}, {**NINE, "fields": ["people[].name"]}]),
        listed(items=[{**NINE, "fields": ["people[].name", "people[].phone"]}]),
    ),
    "negative list in force for forwarder: none becomes sh": (
        IN_SHANGHAI,
        {**IN_SHANGHAI, **listed()},
    ),
    "negative list in force for forwarder: new becomes sh": (
        {**IN_SHANGHAI, "lists": [*listed()["lists"], *NEWER["lists"]]},
        {**IN_SHANGHAI, **listed()},
    ),
    "negative list in force for forwarder: none becomes new": (
        {**IN_SHANGHAI, **parties(zone="CN-SH"), **NEWER},
        {**IN_SHANGHAI, **NEWER},
    ),
    "what negative list sh asks: a filing first becomes none": (listed(registration_required=True), listed()),
    f"important data depth: cargo.packages, {SHIP} becomes none": (noticed(), {}),
    "notice of important data depth: 2026-01-01 becomes 2026-03-01": (
        noticed(),
        noticed(notified=date(2026, 3, 1)),
    ),
    "important data depth in paper paper: none becomes named": (
        {"papers": [assessment()], **noticed()},
        {"papers": [assessment(items=["depth"])], **noticed()},
    ),
    "important data stock in paper paper: none becomes named": (
        {"papers": [assessment(items=["depth"])], **twice_noticed()},
        {"papers": [assessment(items=["stock"])], **twice_noticed()},
    ),
    f"end of paper paper: {ENDS} becomes {LATER}": (
        {"papers": [a_paper(expires=ENDS)]},
        {"papers": [a_paper(expires=LATER)]},
    ),
    f"end of paper paper: {ENDS} becomes none": ({"papers": [a_paper(expires=ENDS)]}, {"papers": [a_paper()]}),
    f"begin of paper paper: {LATER} becomes {ENDS}": (
        {"papers": [a_paper(effective=LATER)]},
        {"papers": [a_paper(effective=ENDS)]},
    ),
    "mechanism of paper paper: GBA_SC_HK becomes SCC": (
        {"papers": [a_paper("GBA_SC_HK")]},
        {"papers": [a_paper()]},
    ),
    "volume of paper paper: 500 becomes 600": (
        {"papers": [a_paper("ASSESSMENT", volume=500)]},
        {"papers": [a_paper("ASSESSMENT", volume=600)]},
    ),
    "volume of paper paper: 500 becomes none": (
        {"papers": [a_paper("ASSESSMENT", volume=500)]},
        {"papers": [a_paper("ASSESSMENT")]},
    ),
    "people of paper paper: 500 becomes 600": (
        {"papers": [a_paper(people=500)]},
        {"papers": [a_paper(people=600)]},
    ),
    "to whom paper paper lets data go on: none becomes bank": (
        {"papers": [a_paper()]},
        {"papers": [a_paper(onward=["bank"])], "parties": FOUR},
    ),
    "to whom paper paper lets data go on: bank becomes bank, carrier": (
        {"papers": [a_paper(onward=["bank"])], "parties": FOUR},
        {"papers": [a_paper(onward=["bank", "carrier"])], "parties": FOUR},
    ),
    "to whom paper paper lets data go on: bank becomes carrier": (
        {"papers": [a_paper(onward=["bank"])], "parties": FOUR},
        {"papers": [a_paper(onward=["carrier"])], "parties": FOUR},
    ),
    # What was one of several alone is a new one all the same
    "to whom paper paper lets data go on: bank, terminal becomes carrier": (
        {
            "papers": [a_paper(onward=["bank", "terminal"], recipients=["other"])],
            "parties": [*FOUR, a_partner("other")],
        },
        {"papers": [a_paper(onward=["carrier"], recipients=["other"])], "parties": [*FOUR, a_partner("other")]},
    ),
    "what paper paper is for: terminal operations becomes booking, terminal operations": (
        {"papers": [a_paper()]},
        {"papers": [a_paper(purposes=["terminal operations", "booking"])]},
    ),
    "to whom paper paper is: terminal becomes bank, terminal": (
        {"papers": [a_paper()], "parties": FOUR},
        {"papers": [a_paper(recipients=["terminal", "bank"])], "parties": FOUR},
    ),
    "where recipients of paper paper keep data: HK becomes HK, SG": (
        {"papers": [a_paper(storage=["HK"])]},
        {"papers": [a_paper(storage=["SG", "HK"])]},
    ),
    "where recipients of paper paper keep data: HK becomes anywhere": (
        {"papers": [a_paper(storage=["HK"])]},
        {"papers": [a_paper()]},
    ),
    "how long recipients of paper paper keep data: 7d becomes 900d": (
        {"papers": [a_paper(retention="7d")]},
        {"papers": [a_paper(retention="900d")]},
    ),
    "how long recipients of paper paper keep data: 61s becomes 62s": (
        {"papers": [a_paper(retention="61s")]},
        {"papers": [a_paper(retention="62s")]},
    ),
    "how long recipients of paper paper keep data: 200h becomes 12001m": (
        {"papers": [a_paper(retention="12000m")]},
        {"papers": [a_paper(retention="12001m")]},
    ),
    "how long recipients of paper paper keep data: 900d becomes for ever": (
        {"papers": [a_paper(retention="900d")]},
        {"papers": [a_paper()]},
    ),
    **{
        f"{key} of paper paper: version 2 becomes none": (
            {"papers": [a_paper(**{key: "version 2"})]},
            {"papers": [a_paper(**{key: ""})]},
        )
        for key in ("notice", "consent", "guardian", "pipia", "counsel")
    },
    "basis of paper paper: contract becomes none": (
        {"papers": [a_paper()]},
        {"papers": [{key: value for key, value in a_paper().items() if key != "basis"}]},
    ),
    "people under 14 in paper paper: among them becomes not among them": (
        {"papers": [a_paper(minors=True, guardian="version 2")]},
        {"papers": [a_paper(guardian="version 2")]},
    ),
    f"document paper.pdf of paper paper: sha256:{'5e' * 32} becomes none": (
        {"papers": [a_paper()]},
        {"papers": [a_paper(documents={})]},
    ),
    f"document paper.pdf of paper paper: sha256:{'5e' * 32} becomes sha256:{'6f' * 32}": (
        {"papers": [a_paper()]},
        {"papers": [a_paper(documents={"paper.pdf": f"sha256:{'6f' * 32}"})]},
    ),
    'class of extensions["x"] should it be no important data: UNCLASSIFIED becomes GENERAL': (
        {"classes": [a_class('extensions["x"]', "SUSPECT_IMPORTANT")]},
        {"classes": [a_class('extensions["x"]', one) for one in ("SUSPECT_IMPORTANT", "GENERAL")]},
    ),
    "reason required by grant moves: required becomes none": (
        {"grants": [a_grant(*COMMON, "reason", required=["reason"])]},
        {"grants": [a_grant(*COMMON, "reason")]},
    ),
}


NAMES_AND_PHONES = "people[].phone on negative list sh: from the first person on becomes"
MORE = {
    f"{NAMES_AND_PHONES} from 50,000 people on": [
        "people[].name on negative list sh: from the first person on becomes from 50,000 people on"
    ],
    "people[].name on negative list sh: from the first person on becomes none": [f"{NAMES_AND_PHONES} none"],
    f"important data depth: cargo.packages, {SHIP} becomes none": [
        "class of cargo.packages: IMPORTANT becomes COMMERCIAL",
        f"class of {SHIP}: IMPORTANT becomes GENERAL",
    ],
}
"""What else is lowered there. Nothing else is anywhere: who reads a list of trifles approves what is none."""
SWAPPED = (
    "whom paper paper is about: DRIVER becomes CREW",
    "to whom paper paper lets data go on: bank becomes carrier",
    "to whom paper paper lets data go on: bank, terminal becomes carrier",
    f"document paper.pdf of paper paper: sha256:{'5e' * 32} becomes sha256:{'6f' * 32}",
)


def test_a_list_that_nobody_verified_keeps_the_older_one_out_of_force_and_is_missed() -> None:
    both = rules(**IN_SHANGHAI, lists=[*listed()["lists"], *UNREAD["lists"]])
    alone = rules(**IN_SHANGHAI, **listed())

    found = [one.sentence for one in lowered(both, alone)]

    assert found == ["negative list in force for forwarder: none becomes sh"]


@pytest.mark.parametrize(("sentence", "pair"), list(LOWERING.items()), ids=list(LOWERING))
def test_whatever_protects_less_is_lowered_and_the_way_back_is_not(
    sentence: str, pair: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    before, after = (rules(**side) for side in pair)

    assert sorted(one.sentence for one in lowered(before, after)) == sorted([sentence, *MORE.get(sentence, [])])
    back = {one.about for one in lowered(after, before)}
    orderless = ("zone of", "relays", "collected_in of forwarder: CN", "mechanism of", f"{LIST}: new", *SWAPPED)
    assert sentence.startswith(orderless) or sentence.partition(":")[0] not in back


REFUSING = parties(publisher={"collected_in": "CN", "own_data": "yes", "severities": {"V14": "ERROR"}})
LINERS = {"liners": "MSK\n"}


def with_lists(texts: dict[str, str], **said: Any) -> RuleSet:
    return rules_module.load(documents(**said), writer_schemas(), references=texts, today=TODAY)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (LINERS, {}, ["reference list liners, asked by V14: X becomes none"]),
        (LINERS, {"liners": "MSK\nXYZ\n"}, ["reference list liners, asked by V14: X becomes X"]),
        ({}, LINERS, []),
        (LINERS, LINERS, []),
        (LINERS, {**LINERS, "scac": "MAEU\n"}, []),
        # No check that refuses anything asks it
        ({**LINERS, "un-locode": "CNYTN 1\n"}, LINERS, []),
    ],
)
def test_a_reference_list_that_a_refusing_check_asks_protects(
    before: dict[str, str], after: dict[str, str], expected: list[str]
) -> None:
    found = [one.sentence for one in lowered(with_lists(before, **REFUSING), with_lists(after, **REFUSING))]

    assert [re.sub(r"[0-9a-f]{12}", "X", one) for one in found] == expected
    # ... and none where the check only warns
    assert lowered(with_lists(before), with_lists(after)) == ()


def test_a_check_that_refuses_no_longer_is_said_once() -> None:
    found = lowered(with_lists(LINERS, **REFUSING), with_lists(LINERS))

    assert [one.sentence for one in found] == ["severity of V14 for publisher forwarder: ERROR becomes as usual"]


def a_schema(name: str, version: int) -> dict[str, Any]:
    own = [("own", name), (f"more{version}", "GENERAL")]
    fields = [{"name": field, "type": "string", "confluent:tags": [tag]} for field, tag in own]
    return {"type": "record", "name": "logistics.ShipmentEvent", "fields": [EVENT_ID, *fields]}


def test_a_new_schema_that_calls_a_field_less_is_lowered_like_a_class() -> None:
    # Given a schema of one's own, and a second version of it in which a field of it is milder
    def versions(*classes: str) -> RuleSet:
        return a_rule_set(schemas={f"{n}.avsc": a_schema(name, n) for n, name in enumerate(classes)})

    # Then it is lowered although the first version stays as it was, or goes; a stricter one is not
    once, twice = versions("SPI"), versions("SPI", "GENERAL")
    assert "class of own: SPI becomes GENERAL" in [one.sentence for one in lowered(once, twice)]
    assert "class of own: SPI becomes GENERAL" in [one.sentence for one in lowered(once, versions("GENERAL"))]
    assert lowered(once, versions("SPI", "IMPORTANT")) == lowered(twice, once) == ()


def test_how_checks_refuse_by_default_is_what_their_table_says() -> None:
    said = dict(re.findall(r"^``(V\d+)`` .*?  +(ERROR; WARN|ERROR|WARN|INFO)$", checks.__doc__ or "", re.MULTILINE))

    assert said.keys() == set(checks.RULES)
    worth = {"ERROR": 2, "ERROR; WARN": 1}
    assert {rule: worth.get(default, 0) for rule, default in said.items()} == _REFUSING
