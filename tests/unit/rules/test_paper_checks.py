"""Papers against each other, against the zones of their parties, and lists: what is refused, and what stands."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from tests.builders import a_grant, a_hub, a_paper, a_partner, a_publisher, a_rule_set, documents

from tidegate.errors import BadRules
from tidegate.law.obligations import Kind, State
from tidegate.rules.obligations import obligations


def refused(**said: Any) -> list[str]:
    """The sentences with which a rule set is refused; none where it loads."""
    try:
        a_rule_set(**said)
    except BadRules as exc:
        return [mistake.sentence for mistake in exc.mistakes]
    return []


@pytest.mark.parametrize(
    ("exporter", "recipient", "onward", "wrong"),
    [
        ("CN-GD-SZ", "HK", "HK", False),
        ("CN-GD-SZ", "HK", "MO", True),
        ("CN-GD-SZ", "HK", "SG", True),
        ("CN-GD-SZ", "HK", "CN-GD-GZ", True),
        ("HK", "CN-GD-SZ", "CN-GD-GZ", False),
        ("HK", "CN-GD-SZ", "CN-SH", True),
        ("HK", "CN-GD-SZ", "HK", True),
    ],
)
def test_what_left_under_a_greater_bay_area_contract_goes_on_in_the_jurisdiction_of_its_recipient(
    exporter: str, recipient: str, onward: str, wrong: bool
) -> None:
    parties = [a_publisher(zone=exporter), a_partner(zone=recipient), a_partner("third", zone=onward)]

    said = refused(papers=[a_paper("GBA_SC_HK", onward=["third"])], parties=parties)

    assert ["(GBA contract Art. 3(8))" in one for one in said] == [True] * wrong


def test_a_recipient_that_is_not_there_is_the_only_mistake() -> None:
    paper = a_paper("GBA_SC_HK", recipients=["nobody"], onward=["terminal"])

    assert refused(papers=[paper]) == ["there is no party 'nobody'"]


def at(month: int, day: int = 1) -> datetime:
    return datetime(2026, month, day, tzinfo=UTC)


@pytest.mark.parametrize(
    ("one", "other", "wrong"),
    [
        ((at(1), None), (at(3), None), True),
        ((at(1), at(3, 2)), (at(3), at(5)), True),
        ((at(1), at(3)), (at(1), None), True),
        # One ends before, or at the moment in which, the other begins
        ((at(1), at(3)), (at(3), None), False),
        ((at(1), at(2)), (at(3), at(5)), False),
    ],
)
def test_two_papers_for_the_same_at_the_same_time_are_refused(
    one: tuple[datetime, datetime | None], other: tuple[datetime, datetime | None], wrong: bool
) -> None:
    for first, second in ((one, other), (other, one)):
        papers = [
            a_paper(
                id=f"paper-{number}", number=str(number), effective=start, **({} if end is None else {"expires": end})
            )
            for number, (start, end) in enumerate((first, second))
        ]
        said = refused(papers=papers)
        assert ["covers the same at the same time" in sentence for sentence in said] == [True] * wrong


SAME = "one covers some of the same at the same time, and its {} is another; see that two and it say the same"


@pytest.mark.parametrize(
    ("two", "keys"),
    [
        ({}, ["retention"]),
        ({"retention": "8d", "storage": ["HK"]}, ["storage"]),
        ({"storage": ["HK"]}, ["retention", "storage"]),
        ({"retention": "8d"}, []),
        # They cover nothing together
        ({"fields": ["people"], "classes": []}, []),
        ({"fields": ["people"], "classes": ["PI"]}, ["retention"]),
        ({"fields": ["truck"], "classes": []}, ["retention"]),
        ({"recipients": ["bank"]}, []),
        ({"recipients": ["bank", "terminal"]}, ["retention"]),
        ({"purposes": ["booking"]}, []),
        ({"purposes": ["booking", "terminal operations"]}, ["retention"]),
        ({"exporter": "carrier"}, []),
        ({"exporter": "shipper"}, []),
        ({"mechanism": "CERT"}, []),
        ({"status": "signed"}, []),
        ({"effective": at(5)}, []),
        ({"effective": at(4)}, ["retention"]),
    ],
)
def test_papers_that_meet_and_were_filed_otherwise_are_told(two: dict[str, Any], keys: list[str]) -> None:
    one = a_paper(id="one", number="1", fields=["truck"], retention="8d", effective=at(1), expires=at(5))
    usual = {"fields": ["truck", "people"], "effective": at(2), "retention": "9d"}
    parties = [*map(a_publisher, ("forwarder", "carrier", "shipper")), a_partner(), a_partner("bank")]

    rules = a_rule_set(papers=[one, a_paper(**{"id": "two", "number": "2", **usual, **two})], parties=parties)

    told = [note.sentence for note in rules.notes if "some of the same" in note.sentence]
    assert [sentence.partition(", or")[0] for sentence in told] == [SAME.format(key) for key in keys]


def test_a_paper_that_does_not_say_since_when_it_holds_is_not_held_against_another() -> None:
    since = a_paper(id="dated", number="1")
    undated = [
        {key: value for key, value in a_paper(id=name, number=name).items() if key != "effective"} for name in "ab"
    ]

    for papers in ([since, undated[0]], [undated[0], since], undated):
        said = refused(papers=papers)
        assert said == [one for one in said if "does not say since when" in one] != []


@pytest.mark.parametrize(
    ("storage", "zone", "review"),
    [
        (["HK"], "HK", False),
        (["HK"], "SG", True),
        (["SG"], "HK", True),
        (["MO", "HK"], "HK", False),
        (["CN-GD"], "CN-GD-SZ", False),
        (["CN-GD-SZ"], "CN-GD", True),
        (["CN-GD-GZ"], "CN-GD-SZ", True),
    ],
)
def test_a_recipient_elsewhere_than_was_filed_puts_the_paper_in_review(
    storage: list[str], zone: str, review: bool
) -> None:
    mechanism = "DOMESTIC_ART23" if zone.startswith("CN") else "SCC"
    rules = a_rule_set(papers=[a_paper(mechanism, storage=storage)], parties=[a_publisher(), a_partner(zone=zone)])

    assert bool(rules.papers[0].review) == review


@pytest.mark.parametrize(
    ("storage", "relays", "review"),
    [
        (["HK"], ["SG"], ["deliveries to terminal pass SG, and storage in HK was filed"]),
        (["HK", "MO"], ["HK", "SG"], ["deliveries to terminal pass SG, and storage in HK, MO was filed"]),
        (["HK"], ["HK"], []),
        (["HK", "SG"], ["SG"], []),
        # Nothing was filed of places, or nothing has left yet
        ([], ["SG"], []),
        (["HK"], ["CN-SH"], []),
    ],
)
def test_a_relay_elsewhere_than_was_filed_puts_the_paper_in_review(
    storage: list[str], relays: list[str], review: list[str]
) -> None:
    """SCC Measures 8: another storage place asks for the assessment anew."""
    parties = [a_publisher(), a_partner(partner={"relays": relays})]

    assert list(a_rule_set(papers=[a_paper(storage=storage)], parties=parties).papers[0].review) == review


def without(*keys: str, **said: Any) -> dict[str, Any]:
    return {key: value for key, value in a_paper(**said).items() if key not in keys}


@pytest.mark.parametrize(
    ("paper", "lacking"),
    [
        (without(mechanism="HK_DPP"), ()),
        (without("notice", mechanism="HK_DPP"), ("notice",)),
        (without("retention", mechanism="HK_DPP"), ("retention",)),
        (without("notice", "retention", "basis", mechanism="HK_DPP"), ("notice", "retention")),
        (without(mechanism="DOMESTIC_ART23"), ()),
        (without("notice", mechanism="DOMESTIC_ART23"), ("notice",)),
        (without("basis", mechanism="DOMESTIC_ART23"), ("consent",)),
        (without("basis", mechanism="DOMESTIC_ART23", consent="consent 2"), ()),
        (without("notice", "basis", mechanism="DOMESTIC_ART23"), ("notice", "consent")),
        (without(mechanism="GBA_SC_HK"), ()),
        (without("basis", mechanism="GBA_SC_HK"), ()),
        (without("notice", mechanism="GBA_SC_HK"), ("notice",)),
        # Rows that ask for the record of a basis themselves
        (without("notice", mechanism="GBA_SC_MO"), ()),
        (without("notice", "basis"), ()),
        (without("notice", "basis", mechanism="ENTRUSTED"), ()),
    ],
)
@pytest.mark.parametrize("status", ["effective", "signed"])
def test_a_paper_whose_row_asks_for_no_record_needs_it_itself(
    paper: dict[str, Any], lacking: tuple[str, ...], status: str
) -> None:
    """PDPO DPP1-DPP3: under a notice, with a retention; PIPL 23: after a notice, by separate consent."""
    in_hong_kong = paper["mechanism"] == "HK_DPP"
    domestic = paper["mechanism"] in ("DOMESTIC_ART23", "ENTRUSTED")
    parties = [a_publisher(zone="HK" if in_hong_kong else "CN-GD-SZ"), a_partner(zone="CN-SH" if domestic else "SG")]

    in_area = {"GBA_SC_HK": "HK", "GBA_SC_MO": "MO"}.get(paper["mechanism"])
    parties = [a_publisher(), a_partner(zone=in_area)] if in_area else parties

    rules = a_rule_set(papers=[{**paper, "status": status}], parties=parties)

    (found,) = rules.papers
    assert found.lacking == lacking
    assert found.usable == (status == "effective" and not lacking)
    article = "PDPO DPP1-DPP3" if in_hong_kong else "GBA contract 2(2); PDPO DPP1, DPP3" if in_area else "PIPL 23"
    said = f"paper lacks {', '.join(lacking)} and lets nothing out without ({article})"
    expected = [said] if lacking and status == "effective" else []
    assert [one.sentence for one in rules.notes if "lets nothing out without" in one.sentence] == expected
    owed = [one for one in obligations(rules, date(2026, 6, 1)) if "lets nothing out without" in one.sentence]
    assert [(one.kind, one.sentence, one.state) for one in owed] == [
        (Kind.COMPLETE_RECORD, one, State.DUE) for one in expected
    ]


LIST = {
    "id": "shanghai",
    "area": "CN-SH",
    "sectors": ["shipping"],
    "source": "a law firm",
    "published": date(2026, 4, 24),
}
CREW: dict[str, Any] = {"item": "crew", "fields": ["people"]}
WEATHER: dict[str, Any] = {"item": "weather"}


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"adopted": date(2026, 4, 24)}, []),
        ({"adopted": date(2026, 4, 25)}, ["published is before adopted"]),
        ({"published": date(2026, 4, 23)}, ["CN-SH has lists of its own since 2026-04-24 only"]),
        ({"published": None, "adopted": date(2025, 2, 7)}, []),
        ({"area": "CN-SH-FTZ", "published": date(2025, 2, 8)}, []),
        (
            {"area": "CN-SH-FTZ", "published": date(2025, 2, 7)},
            ["CN-SH-FTZ has lists of its own since 2025-02-08 only"],
        ),
        ({"area": "CN"}, ["'CN' is no area with a list of its own"]),
        ({"area": "CN-GD"}, ["'CN-GD' is no area with a list of its own"]),
        ({"area": "CN-GBA9"}, ["'CN-GBA9' is no area with a list of its own"]),
        ({"area": "CN-SH-LG"}, ["'CN-SH-LG' is no area with a list of its own"]),
        ({"verified": True, "items": [CREW]}, []),
        ({"verified": True, "items": [CREW, {**WEATHER, "elsewhere": True}]}, []),
        ({"items": [CREW, WEATHER]}, []),
        (
            {"verified": True, "items": [CREW, WEATHER]},
            ["shanghai is verified, and its item 'weather' names no field, so what it is about would be off the list"],
        ),
        (
            {"verified": True, "items": [{**WEATHER, "elsewhere": True}]},
            ["shanghai is verified and names no field, so everything would be off it"],
        ),
        ({"items": [{**CREW, "elsewhere": True}]}, ["'crew' names fields and is elsewhere"]),
        ({"kind": "general data", "items": [CREW]}, []),
        (
            {"kind": "general data", "verified": True, "items": [CREW]},
            ["shanghai names what is free and not what is not, and no row reads it"],
        ),
        ({"items": [{"item": "plates", "fields": ["truck.tractorPlate"]}]}, []),
        ({"items": [{"item": "plates", "fields": ["truck.plates"]}]}, ["there is no field 'truck.plates'"]),
    ],
)
def test_a_negative_list_is_dated_and_names_fields_that_there_are(said: dict[str, Any], wrong: list[str]) -> None:
    one = {key: value for key, value in {**LIST, **said}.items() if value is not None}

    found = refused(lists=[one], grants=[a_grant()])

    assert [one.partition(";")[0] for one in found] == wrong


OWN = {"type": "record", "name": "ShipmentEvent", "namespace": "logistics", "fields": []}
OWN["fields"] = [{"name": "eventId", "type": "string", "confluent:tags": ["GENERAL"]}]  # type: ignore[assignment]


def test_a_path_of_a_paper_is_one_of_any_schema() -> None:
    # Given a schema of one's own that has next to nothing
    own = {"own.avsc": OWN}

    # Then a paper may name what only the other has, and what neither has is said as well as it can be
    assert refused(papers=[a_paper(fields=["truck.vin"])], schemas=own) == []
    (said,) = refused(papers=[a_paper(fields=["documents.type"])], schemas=own)
    assert "write [] before it" in said


def test_a_longer_retention_than_was_filed_puts_the_paper_in_review() -> None:
    for filed, review in (("6d", True), ("7d", False), ("8d", False)):
        assert bool(a_rule_set(papers=[a_paper(retention=filed)]).papers[0].review) == review


@pytest.mark.parametrize(
    ("hub", "storage", "review"),
    [("SG", ["HK"], True), ("SG", ["HK", "SG"], False), ("SG", [], False), ("CN-GD-SZ", ["HK"], False)],
)
def test_a_hub_outside_the_mainland_is_a_storage_place_to_be_filed(hub: str, storage: list[str], review: bool) -> None:
    parties = [a_publisher(zone="SG" if hub == "SG" else "CN-GD-SZ"), a_partner()]

    rules = a_rule_set(hub=a_hub(zone=hub), parties=parties, papers=[a_paper("SCC", storage=storage)])

    assert ["the hub keeps data in SG" in one for one in rules.papers[0].review] == [True] * review


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # One number of two exporters, or of two mechanisms, is none of one authority
        ({"exporter": "carrier", "number": "7"}, {"exporter": "forwarder", "number": "7"}),
        ({"mechanism": "SCC", "number": "7"}, {"mechanism": "ART5_CONTRACT", "number": "7"}),
        # The same but for more of something
        ({"recipients": ["terminal"]}, {"recipients": ["terminal", "bank"]}),
        ({"purposes": ["booking"]}, {"purposes": ["booking", "trade finance"]}),
        ({"classes": ["PI"]}, {"classes": ["PI", "SPI"]}),
        ({"fields": ["truck"]}, {"fields": ["truck", "people"]}),
        ({"status": "effective"}, {"status": "suspended"}),
    ],
)
def test_papers_that_differ_contradict_each_other_in_nothing(one: dict[str, Any], other: dict[str, Any]) -> None:
    parties = [a_publisher(), a_publisher("carrier"), a_partner(), a_partner("bank")]
    for first, second in ((one, other), (other, one)):
        papers = [a_paper(**{"number": name, **said, "id": name}) for name, said in {"a": first, "b": second}.items()]
        assert refused(papers=papers, parties=parties) == []


def test_every_paper_is_held_against_every_other() -> None:
    parties = [a_publisher(), a_publisher("carrier"), a_partner()]
    others = [a_paper("ART5_CONTRACT", id="a"), a_paper(id="d", number="4", exporter="carrier")]
    alike = [a_paper(id="b", number="1"), a_paper(id="c", number="2")]

    for turned in permutations((*others, *alike)):
        assert len(refused(papers=turned, parties=parties)) == 1


def test_assessments_of_other_items_of_the_register_are_not_the_same() -> None:
    register = [
        {"id": name, "item": name, "fields": ["truck"], "notified": date(2025, 1, 1), "source": "notice 4"}
        for name in ("plates", "routes")
    ]
    one, both = (
        a_paper("ASSESSMENT", id=name, number=name, classes=["IMPORTANT"], items=items)
        for name, items in {"one": ["plates"], "both": ["plates", "routes"]}.items()
    )

    for papers in ([one, both], [both, one]):
        assert refused(papers=papers, important=register) == []


def test_an_id_that_stands_twice_hides_no_other_mistake() -> None:
    wrong = a_paper("ART5_CONTRACT", id="c", recipients=["nobody"])

    said = refused(papers=[a_paper(id="a"), a_paper("CERT", id="a"), wrong])

    assert said == ["the id 'a' stands twice; ids are unique", "there is no party 'nobody'"]


NEVER = ["expires is not after effective"]
REVIEWED = ["pipia_reviewed is the day of a look"]


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"signed": date(2025, 10, 1), "filed": date(2025, 10, 1)}, []),
        ({"signed": date(2025, 9, 30), "filed": date(2025, 10, 9)}, []),
        ({"signed": date(2025, 10, 2), "filed": date(2025, 10, 9)}, ["effective is before signed"]),
        ({"signed": date(2025, 10, 1), "filed": date(2025, 9, 30)}, ["filed is before signed"]),
        ({"pipia_on": date(2025, 9, 1)}, []),
        ({"pipia_on": date(2025, 10, 1), "pipia_reviewed": date(2025, 10, 1)}, []),
        ({"pipia_on": date(2025, 10, 1), "pipia_reviewed": date(2026, 10, 1)}, []),
        ({"pipia_on": date(2025, 10, 1), "pipia_reviewed": date(2025, 9, 30)}, REVIEWED),
        ({"pipia_reviewed": date(2026, 10, 1)}, REVIEWED),
        ({"pipia_on": date(2025, 10, 2)}, ["pipia_on is after effective; the impact assessment"]),
        ({"expires": datetime(2025, 9, 1, tzinfo=UTC)}, NEVER),
        ({"expires": datetime(2025, 10, 1, tzinfo=UTC)}, NEVER),
        ({"expires": datetime(2025, 10, 1, 0, 0, 1, tzinfo=UTC)}, []),
    ],
)
def test_the_dates_of_a_paper_follow_each_other(said: dict[str, Any], wrong: list[str]) -> None:
    found = refused(papers=[a_paper(**said)])

    assert [sentence.startswith(one) for sentence, one in zip(found, wrong, strict=True)] == [True] * len(wrong)


@pytest.mark.parametrize("key", ["source", "area"])
def test_a_list_says_where_it_is_from(key: str) -> None:
    assert any("is empty" in one for one in refused(lists=[{**LIST, key: ""}]))


def test_mistakes_of_a_paper_stand_where_they_are_and_none_is_said_of_a_party_that_could_not_be_read() -> None:
    texts = documents(
        papers=[a_paper(recipients=["TERMINAL", "NOBODY"])], parties=[a_publisher(), a_partner(zone="XX")]
    )
    texts["papers.toml"] = texts["papers.toml"].replace('"TERMINAL", "NOBODY"', '\n"terminal",\n"nobody"\n')

    with pytest.raises(BadRules) as caught:
        a_rule_set(texts)

    lines = texts["papers.toml"].splitlines()
    assert [(one.file, one.line) for one in caught.value.mistakes] == [
        ("papers.toml", lines.index('"nobody"') + 1),
        ("parties.toml", texts["parties.toml"].splitlines().index('"zone" = "XX"') + 1),
    ]


DAY = date(2025, 10, 1)
"""On which the papers of the builders take effect, in Shanghai."""


@pytest.mark.parametrize(
    ("mechanism", "said", "keys"),
    [
        ("SCC", {"filed": DAY}, []),
        ("SCC", {"filed": DAY - timedelta(days=1)}, ["filed"]),
        ("SCC", {"filed": None}, []),
        ("SCC", {"filed": DAY - timedelta(days=1), "effective": None, "status": "signed"}, []),
        ("GBA_SC_HK", {"filed": date(2024, 10, 9), "recipient_filed": date(2024, 10, 9)}, ["filed", "recipient_filed"]),
        ("GBA_SC_MO", {"recipient_filed": DAY - timedelta(days=1)}, ["recipient_filed"]),
        ("GBA_SC_MO", {"recipient_filed": DAY}, []),
        ("CERT", {"filed": DAY - timedelta(days=1)}, []),
        ("SCC", {"guardian": "form 1"}, ["guardian"]),
        ("SCC", {"guardian": "form 1", "minors": True}, []),
        ("ART5_SMALL", {"guardian": "form 1"}, ["guardian"]),
    ],
)
def test_what_looks_like_a_slip_of_the_pen_is_told(mechanism: str, said: dict[str, Any], keys: list[str]) -> None:
    paper = {key: value for key, value in (a_paper(mechanism) | said).items() if value is not None}
    parties = [a_publisher(), a_partner(zone="MO" if mechanism == "GBA_SC_MO" else "HK")]

    notes = [one.sentence for one in a_rule_set(papers=[paper], parties=parties).notes]

    found = [one for one in notes if "is filed before it takes effect" in one or "add minors = true" in one]
    assert len(found) == len(keys)
    assert all(
        f"see that {key} has the right year" in one for key, one in zip(keys, found, strict=True) if "filed" in key
    )
    assert ["guardian" in one for one in found] == [key == "guardian" for key in keys]


@pytest.mark.parametrize(
    ("mechanism", "exporter", "hub", "told"),
    [
        ("FTZ_OFFLIST", "CN-SH-FTZ", "CN-GD-SZ", True),
        ("FTZ_OFFLIST", "CN-SH-FTZ", "CN-SH-FTZ", False),
        ("FTZ_OFFLIST", "CN-SH-FTZ", "CN-SH", False),
        ("FTZ_OFFLIST", "CN-SH", "CN-SH-FTZ", False),
        ("FTZ_OFFLIST", "CN-SH", "CN-BJ-FTZ", True),
        ("SCC", "CN-SH-FTZ", "CN-GD-SZ", False),
    ],
)
def test_a_paper_off_a_list_beside_a_hub_elsewhere_is_told(mechanism: str, exporter: str, hub: str, told: bool) -> None:
    parties = [a_publisher(zone=exporter), a_partner()]

    notes = a_rule_set(papers=[a_paper(mechanism)], parties=parties, hub=a_hub(zone=hub)).notes

    found = [one.sentence for one in notes if "outside of" in one.sentence]
    assert [f"carries nothing: the hub keeps data in {hub}, outside of CN-SH" in one for one in found] == [True] * told


def test_a_paper_off_a_list_of_nobody_and_one_beside_no_hub_are_refused_for_that_alone() -> None:
    texts = documents(papers=[a_paper("FTZ_OFFLIST")], parties=[a_publisher(zone="CN-SH-FTZ"), a_partner()])
    hub = next(name for name, text in texts.items() if "[hub]" in text)

    assert refused(papers=[a_paper("FTZ_OFFLIST", exporter="nobody")]) == ["there is no party 'nobody'"]
    with pytest.raises(BadRules, match="no file says where the hub keeps data"):
        a_rule_set({name: text for name, text in texts.items() if name != hub})


def test_a_paper_that_extends_itself_is_told_beside_a_file_that_cannot_be_read() -> None:
    texts = documents(papers=[a_paper("ASSESSMENT", extends="paper")])

    with pytest.raises(BadRules, match="there is no other authorization 'paper' to extend"):
        a_rule_set({**texts, "unread.toml": "[["})


def test_of_a_paper_that_may_stand_in_a_file_that_cannot_be_read_nothing_is_said() -> None:
    texts = documents(papers=[a_paper("ASSESSMENT", extends="another")])

    with pytest.raises(BadRules) as refusal:
        a_rule_set({**texts, "unread.toml": "[["})

    assert [one.file for one in refusal.value.mistakes] == ["unread.toml"]
