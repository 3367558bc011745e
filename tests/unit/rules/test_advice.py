"""Notes: what is not wrong in rules and what their author may not have meant."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.builders import COMMON, a_class, a_grant, a_hub, a_paper, a_partner, a_publisher, a_rule_set

from tidegate.rules import of_change


def notes(**said: Any) -> list[str]:
    return [note.sentence for note in a_rule_set(**said).notes]


UNKNOWN_KEY = [a_publisher(), a_partner(foreign_authority="unknown")]
TWO = [a_publisher(), a_partner(), a_partner("bank")]
SEEN_LIVE = "but whoever reads live sees when the event came"

CASES: list[tuple[str, dict[str, Any], list[str]]] = [
    ("nothing odd", {}, []),
    (
        "no role",
        {"parties": [a_publisher(), a_partner(), {k: v for k, v in a_partner("port").items() if k != "partner"}]},
        ["port neither publishes nor receives; add [party.publisher] or [party.partner]"],
    ),
    (
        "one id for many",
        {"parties": [a_publisher(publisher={"identity_adds": ["equipment"]}), a_partner()]},
        ["events of forwarder that have one id are told apart by equipment: one id may stand for many events"],
    ),
    (
        "organ?",
        {"parties": [a_publisher(state_organ="unknown"), a_partner()]},
        ["forwarder does not say state_organ = 'no'; unknown counts as yes: events with personal data stop"],
    ),
    (
        "court?",
        {"parties": UNKNOWN_KEY},
        ["terminal does not say foreign_authority = 'no'; unknown counts as yes: nothing is delivered to it"],
    ),
    ("nobody's partner", {"parties": TWO}, ["no grant names bank as partner, so it gets nothing"]),
    (
        "nobody's publisher",
        {"parties": [a_publisher(), a_publisher("carrier"), a_partner()]},
        ["no grant names carrier as publisher, so nobody gets anything of its events"],
    ),
    (
        "personal data",
        {"grants": [a_grant(*COMMON, "people[].name")]},
        ["'people[].name' lets nothing out: people[].name is PI (no_basis_on_record, row 10)"],
    ),
    (
        "an operator of critical infrastructure",
        {
            "parties": [a_publisher(ciio="yes"), a_partner()],
            "grants": [a_grant(*COMMON, "people[].name")],
            "papers": [a_paper("ART5_SMALL", pipia_on=date(2025, 9, 1))],
        },
        ["'people[].name' lets nothing out: people[].name is PI (ciio_no_assessment, row 15)"],
    ),
    (
        "important data",
        {"grants": [a_grant(*COMMON, "cargo.packages")], "classes": [a_class("cargo.packages", "IMPORTANT")]},
        ["'cargo.packages' lets nothing out: cargo.packages is IMPORTANT (no_assessment, row 6)"],
    ),
    (
        "no class",
        {"grants": [a_grant(*COMMON, "reason")]},
        ["'reason' lets nothing out: reason is UNCLASSIFIED (unclassified, row 3)"],
    ),
    (
        "a parent of what is commercial",
        {"grants": [a_grant(*COMMON, "cargo")]},
        [
            "'cargo' lets nothing out: what is COMMERCIAL is named field by field, as in "
            "cargo.hsCodes[], cargo.dangerousGoodsClass, cargo.packages ..."
        ],
    ),
    ("a parent of both", {"grants": [a_grant(*COMMON, "transport", "location")]}, []),
    (
        "waits for a person",
        {"grants": [a_grant(*COMMON, "location.name")], "classes": [a_class("location.name", "SUSPECT_IMPORTANT")]},
        [
            "'location.name' makes deliveries wait for a person: it is SUSPECT_IMPORTANT (suspect_important), "
            "and leaves with them once one lets them go"
        ],
    ),
    (
        "waits for a person who cannot let it go",
        {
            "grants": [a_grant(*COMMON, 'extensions["x"]')],
            "classes": [a_class('extensions["x"]', "SUSPECT_IMPORTANT")],
        },
        [
            "'extensions[\"x\"]' makes deliveries wait for a person: it is SUSPECT_IMPORTANT (suspect_important), "
            "and stays even when one lets them go"
        ],
    ),
    (
        "leaves to one of two",
        {
            "parties": [a_publisher(), a_partner(), a_partner("bank", restricted="yes")],
            "grants": [a_grant(partners=["terminal", "bank"])],
        },
        [],
    ),
    (
        "blocked for everyone",
        {"classes": [a_class("location.name", "CORE"), a_class('extensions["x"]', "EXPORT_CONTROLLED")]},
        [
            "every event in which location.name says anything is now blocked, for everyone",
            "every event in which extensions says anything is now blocked, for everyone",
        ],
    ),
    (
        "a coarse time",
        {"grants": [a_grant(transforms={"eventTime": "date"})]},
        [f"eventTime leaves as its date, {SEEN_LIVE}; that bounds the time of what has just happened"],
    ),
    (
        "a coarse time and fine ones",
        {
            "grants": [
                a_grant(
                    *COMMON,
                    "eventCreatedTime",
                    "eventUpdatedTime",
                    transforms={"eventTime": "hour", "eventUpdatedTime": "hour"},
                )
            ]
        },
        [
            f"eventTime leaves as its hour, {SEEN_LIVE}, and eventCreatedTime beside it to the "
            "microsecond; that bounds the time of what has just happened"
        ],
    ),
    (
        "a condition that tells",
        {"grants": [a_grant(when={"transport.serviceCode": "AE1"})]},
        [
            "whoever gets an event under moves learns what is asked of transport.serviceCode here; it "
            "is COMMERCIAL and not granted"
        ],
    ),
    (
        "a condition on what is seen",
        {
            "grants": [
                a_grant(*COMMON, "transport.serviceCode", when={"transport.serviceCode": "AE1", "location.name": "x"})
            ]
        },
        [],
    ),
]


@pytest.mark.parametrize(("said", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_notes(said: dict[str, Any], expected: list[str]) -> None:
    assert notes(**said) == expected


@pytest.mark.parametrize(
    ("fields", "shown"), [(2, "box.f0, box.f1"), (3, "box.f0, box.f1, box.f2"), (4, "box.f0, box.f1, box.f2 ...")]
)
def test_of_what_a_parent_does_not_open_three_fields_are_named(fields: int, shown: str) -> None:
    own = [{"name": f"f{n}", "type": "string", "confluent:tags": ["COMMERCIAL"]} for n in range(fields)]
    box = {"name": "box", "type": {"type": "record", "name": "Box", "fields": own}, **GENERAL}
    schema = own_schema(box)

    said = notes(schemas={"own.avsc": schema}, grants=[a_grant(*COMMON, "box")])

    expected = f"'box' lets nothing out: what is COMMERCIAL is named field by field, as in {shown}"
    assert [one for one in said if one.startswith("'box'")] == [expected]


def test_notes_are_placed() -> None:
    rules = a_rule_set(grants=[a_grant(*COMMON, "reason")], parties=TWO)

    assert [str(note) for note in rules.notes] == [
        "grants.toml:6: note: 'reason' lets nothing out: reason is UNCLASSIFIED (unclassified, row 3)",
        "parties.toml:26: note: no grant names bank as partner, so it gets nothing",
    ]


GENERAL = {"confluent:tags": ["GENERAL"]}


def own_schema(*fields: dict[str, Any], name: str = "ShipmentEvent") -> dict[str, Any]:
    return {"type": "record", "name": f"logistics.{name}", "fields": [{"name": "eventId", "type": "string"}, *fields]}


@pytest.mark.parametrize(
    ("bare", "shown"),
    [
        (0, "eventId"),
        (4, "eventId, field0, field1, field2, field3"),
        (5, "eventId, field0, field1, field2, field3 ..."),
        (7, "eventId, field0, field1, field2, field3 ..."),
    ],
)
def test_a_schema_with_fields_that_have_no_class(bare: int, shown: str) -> None:
    fields: list[dict[str, Any]] = [{"name": f"field{n}", "type": "string"} for n in range(bare)]
    owned = {"name": "owned", "type": "string", "confluent:tags": ["GENERAL"]}
    unknown_to_us_too = {"name": "reason", "type": "string"}

    (note,) = a_rule_set(schemas={"own.avsc": own_schema(*fields, owned, unknown_to_us_too)}).notes

    assert str(note) == (
        f"own.avsc:1: note: no class of confluent:tags is known for {shown}; what has none never leaves"
    )


def test_only_of_events_it_is_said_that_fields_have_no_class() -> None:
    """Of a retraction no field is granted by itself."""
    bare = {"name": "more", "type": "string"}

    assert a_rule_set(schemas={"own.avsc": own_schema(bare, name="EventRetraction")}).notes == ()


@pytest.mark.parametrize(("name", "field"), [("EventRetraction", "classifier"), ("ShipmentEvent", "eventKey")])
def test_a_class_is_lower_only_than_that_of_the_same_kind_of_record(name: str, field: str) -> None:
    """``field`` is COMMERCIAL in the hub's own schema of another kind."""
    mine = {"name": field, "type": "string", "confluent:tags": ["GENERAL"]}
    schema = own_schema(mine, name=name)

    assert a_rule_set(schemas={"own.avsc": schema}).schemas


def test_a_key_that_is_another_than_before_is_said_where_it_stands() -> None:
    """A rotated digest key makes every earlier event a new one: duplicates pass, references do not match."""
    old, new = a_rule_set(), a_rule_set(hub=a_hub(digest_key="k2"))
    names = a_rule_set(hub=a_hub(pseudonym_key="k2"))

    (digests,) = of_change(old, new)
    (pseudonyms,) = of_change(old, names)

    assert (digests.file, digests.line) == ("hub.toml", 3)
    assert digests.sentence.startswith("digest_key was 'k1' and is 'k2' now: identities and event references")
    assert (pseudonyms.file, pseudonyms.line) == ("hub.toml", 4)
    assert pseudonyms.sentence.startswith("pseudonym_key was 'k1' and is 'k2' now: every pseudonym changes")
    assert "stamps of deliveries before no longer prove" in pseudonyms.sentence
    assert "persons counted before are new ones" in digests.sentence
    assert of_change(old, old) == ()
    assert len(of_change(new, old)) == len(of_change(names, old)) == 1, "back to the key of before is another one too"
    assert len(of_change(old, a_rule_set(hub=a_hub(digest_key="k2", pseudonym_key="k2")))) == 2


STAMPED = (
    "terminal says own_data = 'yes' and gets data that may go on to few only, under paper: what it passes on has to "
    "come in with its stamp; without, it counts as its own"
)


@pytest.mark.parametrize(
    ("mechanism", "said", "own_data", "noted"),
    [
        ("GBA_SC_HK", {}, "yes", True),
        ("GBA_SC_HK", {}, "unknown", False),
        ("GBA_SC_HK", {"status": "draft"}, "yes", False),
        ("SCC", {"onward": ["carrier"]}, "yes", True),
        ("SCC", {}, "yes", False),
        ("SCC", {"recipients": ["carrier"], "onward": ["terminal"]}, "yes", False),
    ],
)
def test_who_gets_stamped_data_and_says_that_all_is_its_own(
    mechanism: str, said: dict[str, Any], own_data: str, *, noted: bool
) -> None:
    """LAW 8.4(8): what it passes on without the stamp would leave as its own."""
    terminal = a_partner(publisher={"collected_in": "HK", "own_data": own_data})
    parties = [a_publisher(), terminal, a_partner("carrier", zone="SG")]

    found = [one for one in notes(parties=parties, papers=[a_paper(mechanism, **said)]) if "own_data" in one]

    assert found == [STAMPED] * noted


PLATES = a_grant("equipment.reference", "truck.tractorPlate", when={"eventType": "TRANSPORT"})
MOVES = a_grant("equipment.reference", "eventTime", "location.unLocode", id="yard", when={"eventType": "EQUIPMENT"})
BESIDE = (
    "terminal gets truck.tractorPlate under moves, and under yard time and place of events with equipment.reference "
    "too: whoever joins them follows a vehicle, and no paper is asked about that; let yard leave port and hour only, "
    "or leave equipment.reference out of one"
)


def test_a_track_over_two_events_is_said_since_no_event_shows_it() -> None:
    """Of one publisher or of two: what counts is that one partner can join them."""
    small = [a_paper("ART5_SMALL", pipia_on=date(2025, 10, 1))]
    carrier = [a_publisher(), a_publisher("carrier"), a_partner()]

    assert notes(grants=[PLATES, MOVES], papers=small) == [BESIDE]
    assert notes(grants=[PLATES, {**MOVES, "publishers": ["carrier"]}], parties=carrier, papers=small) == [BESIDE]


@pytest.mark.parametrize(
    "grants",
    [
        [PLATES, {**MOVES, "transforms": {"eventTime": "hour"}}],
        [PLATES, {**MOVES, "fields": ["eventTime", "location.unLocode"]}],
        [PLATES, {**MOVES, "partners": ["bank"]}],
        # It follows by itself, so the paper that it leaves under was asked about that
        [{**PLATES, "fields": [*PLATES["fields"], "eventTime", "location.unLocode"]}, MOVES],
    ],
)
def test_what_cannot_be_joined_to_a_track_is_not_said(grants: list[dict[str, Any]]) -> None:
    papers = [a_paper("ART5_SMALL"), a_paper(id="scc", number="N-2", classes=["PI", "SPI"])]
    said = notes(grants=grants, papers=papers, parties=TWO)

    assert [one for one in said if "follows a vehicle" in one] == []


def test_who_never_leaves_is_not_followed() -> None:
    assert [one for one in notes(grants=[PLATES, MOVES]) if "follows a vehicle" in one] == []
    names = {**PLATES, "fields": ["people[].name", "equipment.reference", "references[].value"]}
    assert [one for one in notes(grants=[names, MOVES]) if "follows a person" in one] == []
    small = [a_paper("ART5_SMALL", pipia_on=date(2025, 10, 1))]
    assert len([one for one in notes(grants=[names, MOVES], papers=small) if "follows a person" in one]) == 1


def test_an_impact_assessment_without_its_day_is_looked_at_again_by_nobody() -> None:
    expected = "paper does not say of which day PIPIA 7 is; add pipia_on, or nobody is told when to look at it again"
    rules = a_rule_set(papers=[a_paper()])
    (note,) = [one for one in rules.notes if "PIPIA 7" in one.sentence]
    assert (note.file, note.sentence) == ("papers.toml", expected)
    assert rules.texts["papers.toml"].splitlines()[note.line - 1].startswith('"pipia"')
    for said in ({"pipia_on": date(2025, 10, 1)}, {"pipia": ""}, {"status": "signed"}):
        assert expected not in notes(papers=[a_paper(**said)])


def test_a_plate_that_stays_as_part_of_a_track_is_not_said_to_be_personal_only() -> None:
    track = a_grant("eventId", "truck.tractorPlate", "eventTime", "location.unLocode")
    alone = a_grant("eventId", "truck.tractorPlate")

    said = "'truck.tractorPlate' lets nothing out: truck.tractorPlate is {} (no_basis_on_record, row 10)"
    assert said.format("SPI there: part of a track") in notes(grants=[track], papers=[a_paper()])
    assert said.format("PI") in notes(grants=[alone])
    looks = {"partner": {"looks_up": ["documents[].reference"]}}
    found = notes(grants=[a_grant("documents[].reference")], parties=[a_publisher(), a_partner(**looks)])
    assert any("documents[].reference is PI there: the recipient looks people up by it" in one for one in found)


def test_a_volume_counts_from_the_activation_on_that_brings_it_and_that_is_said() -> None:
    said = {"classes": [a_class("location.name", "IMPORTANT")]}
    bare, other = (
        a_rule_set(papers=[a_paper("ASSESSMENT", classes=["IMPORTANT"], **more)], **said)
        for more in ({}, {"volume": 7})
    )

    (note,) = of_change(bare, other)

    assert note.sentence == (
        "events of forwarder with important data are counted from this activation on; what left before counts for no "
        "volume, so take it off that of paper yourself"
    )
    assert '"volume" = 7' in other.texts[note.file].splitlines()[note.line - 1]
    assert of_change(other, other) == of_change(other, bare) == ()
