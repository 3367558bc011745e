"""Reviews: a grant that asks for one thing more than a paper covers has it reviewed, and stops nothing of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.builders import a_class, a_grant, a_paper, a_partner, a_plan, a_publisher, a_rule_set

from tidegate.law import Action
from tidegate.law.obligations import Kind, State
from tidegate.rules.obligations import obligations
from tidegate.rules.plan import every_view
from tidegate.rules.reviewing import reviews

NAME, PHONE, PLATE = "people[].name", "people[].phone", "truck.tractorPlate"
DAY = date(2026, 6, 1)
PARTIES = [a_publisher(), a_partner(), a_partner("bank"), a_partner("carrier", zone="SG")]


def of_names(mechanism: str = "SCC", **said: Any) -> dict[str, Any]:
    return a_paper(mechanism, **{"classes": [], "fields": [NAME], **said})


def asked(grants: list[dict[str, Any]], papers: list[dict[str, Any]], **said: Any) -> list[tuple[str, str, str]]:
    rules = a_rule_set(parties=PARTIES, grants=grants, papers=papers, **said)
    return [(one.paper.said.id, one.key, one.asked) for one in reviews(rules, DAY)]


@pytest.mark.parametrize(
    ("grant", "expected"),
    [
        (a_grant("eventId", NAME, PHONE), [("paper", "fields", f"moves asks for {PHONE} for terminal")]),
        (
            a_grant(NAME, purpose="trade finance"),
            [("paper", "purposes", f"moves asks for {NAME} for the purpose trade finance")],
        ),
        (
            a_grant(NAME, partners=["terminal", "bank"]),
            [("paper", "recipients", f"moves asks for {NAME} for the recipient bank")],
        ),
        (a_grant("eventId", NAME), []),
        (
            a_grant("truck"),
            [("paper", "fields", "moves asks for truck.tractorPlate, truck.trailerPlate, truck.vin for terminal")],
        ),
        (a_grant("equipment.reference", partners=["bank"], purpose="trade finance"), []),
        # Two things more are another flow, and no change of this one
        (a_grant(PHONE, purpose="trade finance"), []),
        (a_grant(NAME, partners=["bank"], purpose="trade finance"), []),
    ],
)
def test_one_thing_more_than_it_covers_has_a_paper_reviewed(
    grant: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    assert asked([grant], [of_names()]) == expected


def test_what_another_paper_covers_is_no_change() -> None:
    other = a_paper(id="other", number="N-2", classes=[], fields=[PHONE])

    assert asked([a_grant(NAME, PHONE)], [of_names(), other]) == []
    ended = {**other, "expires": datetime(2026, 5, 1, tzinfo=UTC)}
    assert len(asked([a_grant(NAME, PHONE)], [of_names(), ended])) == 1


def test_a_plate_that_becomes_a_track_is_a_change_for_a_paper_of_other_data() -> None:
    track = a_grant("eventId", PLATE, "eventTime", "location.unLocode")

    said = f"moves asks for {PLATE} (SPI there: part of a track) for terminal"
    assert asked([track], [a_paper()]) == [("paper", "fields", said)]
    assert asked([track], [a_paper(classes=["PI", "SPI"])]) == []


def test_a_key_by_which_the_recipient_looks_people_up_is_said_to_be_one() -> None:
    looks = {"partner": {"looks_up": ["documents[].reference"]}}
    rules = a_rule_set(
        parties=[a_publisher(), a_partner(**looks)],
        grants=[a_grant(NAME, "documents[].reference")],
        papers=[of_names()],
    )

    said = "documents[].reference (PI there: the recipient looks people up by it)"
    assert [one.asked for one in reviews(rules, DAY)] == [f"moves asks for {said} for terminal"]


@pytest.mark.parametrize(
    ("mechanism", "grant", "classes"),
    [
        # A contract is never about important data, nor the record of few people about sensitive data
        ("SCC", a_grant(NAME, "cargo.packages"), [a_class("cargo.packages", "IMPORTANT")]),
        ("ART5_SMALL", a_grant(NAME, "people[].idNumber"), []),
        # No contract of the Greater Bay Area reaches Singapore
        ("GBA_SC_HK", a_grant(NAME, partners=["terminal", "carrier"]), []),
    ],
)
def test_what_a_paper_of_its_kind_can_never_cover_is_no_change_of_it(
    mechanism: str, grant: dict[str, Any], classes: list[dict[str, Any]]
) -> None:
    assert asked([grant], [of_names(mechanism)], classes=classes) == []


def test_what_a_paper_covers_and_something_else_keeps_is_no_change_of_another() -> None:
    """A Greater Bay Area contract carries nothing on a route through Singapore, whatever it names."""
    parties, number = [a_publisher(), a_partner(partner={"relays": ["SG"]})], "people[].idNumber"
    other = a_paper("GBA_SC_HK", id="other", number="N-2", classes=[], fields=[number])

    for papers, told in (([of_names()], [number]), ([of_names(), other], [])):
        rules = a_rule_set(parties=parties, grants=[a_grant("eventId", number)], papers=papers)
        assert [one.asked for one in reviews(rules, DAY)] == [f"moves asks for {path} for terminal" for path in told]


def test_inside_the_mainland_a_domestic_paper_is_reviewed() -> None:
    rules = a_rule_set(
        parties=[a_publisher(), a_partner(zone="CN-SH")],
        grants=[a_grant("eventId", NAME, PHONE)],
        papers=[of_names("DOMESTIC_ART23")],
    )

    assert [one.asked for one in reviews(rules, DAY)] == [f"moves asks for {PHONE} for terminal"]


def test_what_stays_for_want_of_a_fact_is_no_change_of_a_paper() -> None:
    nobodys = a_publisher(publisher={"collected_in": "CN"})
    rules = a_rule_set(parties=[nobodys, a_partner()], grants=[a_grant(NAME, PHONE)], papers=[of_names()])

    assert list(reviews(rules, DAY)) == []


def test_important_data_that_an_assessment_does_not_name_is_a_change_of_it() -> None:
    found = asked(
        [a_grant(NAME, "cargo.packages")], [of_names("ASSESSMENT")], classes=[a_class("cargo.packages", "IMPORTANT")]
    )

    assert found == [("paper", "fields", "moves asks for cargo.packages for terminal")]


def noticed(*ids: str) -> list[dict[str, Any]]:
    one = {"item": "stock levels", "fields": ["cargo.packages"], "notified": date(2026, 4, 1), "source": "notice"}
    return [{**one, "id": name} for name in ids]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, "reserve, stock"),
        ({"items": ["stock"]}, "reserve"),
        ({"items": ["reserve", "stock"]}, None),
        ({"items": ["stock", "other"]}, "reserve"),
        # Neither item nor field is another assessment, and no change of this one
        ({"fields": ["cargo.hsCodes"]}, None),
        ({"mechanism": "SCC"}, None),
    ],
)
def test_a_notice_of_what_an_assessment_covers_has_it_reviewed(said: dict[str, Any], expected: str | None) -> None:
    """Assessment Measures 14: it is assessed anew; until then nothing carries the field."""
    paper = of_names(**{"mechanism": "ASSESSMENT", "fields": ["cargo.packages"], **said})

    other = {**noticed("other")[0], "fields": ["cargo.hsCodes"]}
    found = asked([a_grant("cargo.packages")], [paper], important=[*noticed("stock", "reserve"), other])

    text = f"moves asks for cargo.packages, on the register of important data as {expected}"
    assert found == ([] if expected is None else [("paper", "items", text)])


def test_what_a_reviewed_assessment_covers_is_its_items_or_else_its_fields() -> None:
    papers = [of_names("ASSESSMENT", fields=["cargo.packages"], items=items) for items in ([], ["stock"])]

    said = [
        next(
            iter(
                reviews(
                    a_rule_set(
                        grants=[a_grant("cargo.packages")], papers=[paper], important=noticed("stock", "reserve")
                    ),
                    DAY,
                )
            )
        ).sentence
        for paper in papers
    ]

    assert ["it covers cargo.packages." in said[0], "it covers stock." in said[1]] == [True, True]


@pytest.mark.parametrize(
    ("paper", "grant"),
    [
        ({"status": "ended"}, {}),
        ({"expires": datetime(2026, 5, 1, tzinfo=UTC)}, {}),
        ({"effective": datetime(2026, 7, 1, tzinfo=UTC)}, {}),
        ({}, {"valid_to": datetime(2026, 5, 1, tzinfo=UTC)}),
    ],
)
def test_what_does_not_hold_on_the_day_is_not_reviewed(paper: dict[str, Any], grant: dict[str, Any]) -> None:
    assert asked([a_grant(NAME, PHONE, **grant)], [of_names(**paper)]) == []


@pytest.mark.parametrize(
    ("paper", "grant", "reviewed"),
    [
        # A day has 24 hours in Asia/Shanghai: the first of June begins at 16:00 UTC the day before
        ({"effective": datetime(2026, 6, 1, 15, 59, tzinfo=UTC)}, {}, True),
        ({"effective": datetime(2026, 6, 1, 16, tzinfo=UTC)}, {}, False),
        ({"expires": datetime(2026, 5, 31, 16, tzinfo=UTC)}, {}, False),
        ({"expires": datetime(2026, 5, 31, 16, 0, 1, tzinfo=UTC)}, {}, True),
        ({}, {"valid_to": datetime(2026, 5, 31, 15, 59, tzinfo=UTC)}, False),
        ({}, {"valid_to": datetime(2026, 5, 31, 16, tzinfo=UTC)}, True),
        ({}, {"valid_to": datetime(2026, 7, 1, tzinfo=UTC)}, True),
    ],
)
def test_what_holds_at_any_moment_of_the_day_is_reviewed(
    paper: dict[str, Any], grant: dict[str, Any], reviewed: bool
) -> None:
    assert bool(asked([a_grant(NAME, PHONE, **grant)], [of_names(**paper)])) is reviewed


def test_a_review_is_due_is_said_where_the_paper_stands_and_stops_nothing_of_what_it_covers() -> None:
    said = {"parties": PARTIES, "grants": [a_grant("eventId", NAME, PHONE)], "papers": [of_names()]}
    rules = a_rule_set(**said)

    # It is an obligation of the exporter, and a note
    (due,) = [one for one in obligations(rules, DAY) if one.kind is Kind.REVIEW_PAPER]
    assert (due.who, due.about, due.state, due.article) == (
        "forwarder",
        "paper",
        State.DUE,
        "SCC Measures 8; PIPL 55-56",
    )
    expected = (
        f"paper has to be reviewed: moves asks for {PHONE} for terminal, and it covers {NAME}. What it covers goes on, "
        "the new stays; assess the impact anew, supplement or re-sign, and file"
    )
    assert due.sentence == expected
    (note,) = [one for one in rules.notes if "has to be reviewed" in one.sentence]
    assert (note.file, note.sentence) == ("papers.toml", f"{expected} [SCC Measures 8; PIPL 55-56]")
    assert rules.texts["papers.toml"].splitlines()[note.line - 1].startswith('"fields"')

    # And the plan lets out what it lets out without the new field
    leaving = [
        {one.path for view in every_view(views) for one in plan.verdicts[view.verdicts] if Action(one.action).leaves}
        for plan in (a_plan(rules), a_plan(**{**said, "grants": [a_grant("eventId", NAME)]}))
        for section in plan.sections
        for views in section.partners
        if not views.any_group
    ]
    assert leaving == [{"eventId", NAME}] * 2
