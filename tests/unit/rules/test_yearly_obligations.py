"""Obligations that come back: impact assessments, important data and audits; and those of the law of an earlier day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.builders import a_grant, a_paper, a_partner, a_publisher, a_rule_set

from tidegate.law import newest_law
from tidegate.law.calendars import Due, add_months
from tidegate.law.obligations import Kind, State, audit_years
from tidegate.rules.obligations import obligations

AUDITED = date(2025, 10, 1)


def due(day: date, **said: Any) -> dict[Kind, tuple[State, date | None]]:
    """What is due on a day, audits apart, and that the law has changed since an earlier day."""
    rules = a_rule_set(**{"parties": [a_publisher(audited=AUDITED), a_partner()], **said})
    return {
        one.kind: (one.state, one.due.day if one.due else None)
        for one in obligations(rules, day)
        if one.kind not in (Kind.AUDIT, Kind.LAW_CHANGES)
    }


YEAR = [
    (date(2027, 1, 27), State.AHEAD),
    (date(2027, 1, 28), State.DUE),
    (date(2027, 2, 28), State.DUE),
    (date(2027, 3, 1), State.OVERDUE),
]
"""Of what is due on 28 February 2027, and stands in the list a month before."""


@pytest.mark.parametrize(("day", "state"), YEAR)
def test_an_impact_assessment_is_looked_at_again_after_a_year(day: date, state: State) -> None:
    paper = a_paper(pipia_on=date(2026, 2, 28), effective=datetime(2026, 2, 28, tzinfo=UTC), filed=date(2026, 3, 2))

    assert due(day, papers=[paper]) == {Kind.REVIEW_PIPIA: (state, date(2027, 2, 28))}


def test_an_impact_assessment_that_was_looked_at_again_is_so_a_year_later() -> None:
    start = datetime(2025, 2, 28, tzinfo=UTC)
    paper = a_paper(pipia_on=date(2025, 2, 27), effective=start, pipia_reviewed=date(2026, 2, 28))

    for day in (date(2026, 2, 28), date(2026, 3, 1)):
        assert due(day, papers=[paper])[Kind.REVIEW_PIPIA] == (State.AHEAD, date(2027, 2, 28))
    # On the day before nobody had looked yet
    assert due(date(2026, 2, 27), papers=[paper])[Kind.REVIEW_PIPIA] == (State.DUE, date(2026, 2, 27))


@pytest.mark.parametrize("mechanism", ["DOMESTIC_ART23", "ENTRUSTED", "RISK_ASSESSMENT"])
def test_who_provides_or_entrusts_inside_the_mainland_assesses_the_impact_before(mechanism: str) -> None:
    """PIPL 55: no row asks for it where nothing is exported, and it has to be there."""
    parties, day = [a_publisher(audited=AUDITED), a_partner(zone="CN-GD-GZ")], date(2026, 3, 1)
    bare = a_paper(mechanism, pipia="", pipia_on=None, documents=None)
    bare = {key: value for key, value in bare.items() if value is not None}
    with_one = {**bare, "pipia": "PIPIA 7", "pipia_on": date(2025, 9, 1)}
    other = mechanism == "RISK_ASSESSMENT"

    asked, looked_at = (a_rule_set(papers=[one], parties=parties) for one in (bare, with_one))

    missing = [one for one in obligations(asked, day) if "names no impact assessment" in one.sentence]
    assert [(one.kind, one.article, one.due) for one in missing] == (
        [] if other else [(Kind.COMPLETE_RECORD, "PIPL 55", None)]
    )
    again = [one.due and one.due.day for one in obligations(looked_at, day) if one.kind is Kind.REVIEW_PIPIA]
    assert again == ([] if other else [date(2026, 9, 1)])
    assert not any("impact assessment, and" in one.sentence for one in obligations(looked_at, day))


ITEM = {"id": "stock", "item": "stock levels", "fields": ["cargo.packages"], "source": "notice 4"}
KNOWN = {**ITEM, "notified": date(2025, 5, 10), "filed": date(2025, 6, 1)}


@pytest.mark.parametrize(("day", "state"), YEAR)
def test_the_risk_of_important_data_is_assessed_every_year(day: date, state: State) -> None:
    for reported in (date(2026, 2, 28), date(2026, 3, 10)):
        item = {**KNOWN, "assessed": date(2026, 2, 28), "reported": reported}
        assert due(day, important=[item]) == {Kind.ASSESS_IMPORTANT: (state, date(2027, 2, 28))}
    # The report of the year before is none of this one
    old = {**KNOWN, "assessed": date(2026, 2, 28), "reported": date(2026, 2, 27)}
    assert list(due(day, important=[old])) == [Kind.REPORT_IMPORTANT]


@pytest.mark.parametrize(
    ("paper", "done"),
    [
        ({"items": ["stock"]}, True),
        ({}, False),
        ({"items": ["stock"], "status": "draft"}, False),
        ({"items": ["stock"], "effective": datetime(2026, 6, 2, tzinfo=UTC)}, False),
        ({"items": ["stock"], "effective": datetime(2026, 6, 1, tzinfo=UTC)}, True),
        ({"items": ["stock"], "expires": datetime(2026, 6, 1, tzinfo=UTC)}, False),
        ({"items": ["stock"], "expires": datetime(2026, 6, 2, tzinfo=UTC)}, True),
        ({"items": ["stock"], "mechanism": "RISK_ASSESSMENT"}, False),
    ],
)
def test_an_item_that_an_assessment_names_is_asked_for_no_more(paper: dict[str, Any], done: bool) -> None:
    young = {**ITEM, "notified": date(2026, 5, 10)}
    said = a_paper(**{"mechanism": "ASSESSMENT", "fields": ["cargo.packages"], **paper})

    sides = [a_publisher(), a_partner(zone="CN-SH" if said["mechanism"] == "RISK_ASSESSMENT" else "HK")]

    found = obligations(a_rule_set(parties=sides, important=[young], papers=[said]), date(2026, 6, 1))

    wanted = [one.due.day for one in found if one.kind is Kind.ASSESS_IMPORTANT and one.due is not None]
    assert wanted == [*([] if done else [date(2026, 7, 10)]), date(2027, 5, 10)]


def test_important_data_is_assessed_within_two_months_and_reported_within_twenty_working_days() -> None:
    young = {**ITEM, "notified": date(2026, 5, 10)}
    assessed = {**KNOWN, "assessed": date(2026, 6, 1)}

    kinds = [
        (one.kind, one.due.day if one.due else None)
        for one in obligations(a_rule_set(important=[young]), date(2026, 6, 1))
    ]
    report = due(date(2026, 6, 2), important=[assessed])

    assert kinds == [(Kind.ASSESS_IMPORTANT, date(2026, 7, 10)), (Kind.ASSESS_IMPORTANT, date(2027, 5, 10))]
    assert report == {Kind.REPORT_IMPORTANT: (State.DUE, date(2026, 6, 30))}


@pytest.mark.parametrize(("day", "state"), [(date(2026, 5, 9), State.AHEAD), (date(2026, 5, 10), State.DUE)])
def test_before_its_notice_nothing_is_due_of_an_item(day: date, state: State) -> None:
    young = {**ITEM, "notified": date(2026, 5, 10)}

    (found,) = [one for one in obligations(a_rule_set(important=[young]), day) if one.article == "CAC Provisions 7"]

    assert (found.state, found.due and found.due.day) == (state, date(2026, 7, 10))


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        # Nobody asks for a report yet, so what is due is the assessment of the next year
        (date(2026, 8, 19), {Kind.ASSESS_IMPORTANT: (State.AHEAD, date(2027, 6, 1))}),
        (date(2026, 8, 20), {Kind.REPORT_IMPORTANT: (State.DUE, date(2026, 6, 30))}),
        (date(2025, 1, 1), {Kind.ASSESS_IMPORTANT: (State.AHEAD, date(2027, 6, 1))}),
        (date(2024, 12, 31), {}),
    ],
)
def test_the_law_of_the_day_says_what_is_due(on: date, expected: dict[Kind, Any]) -> None:
    assert due(date(2026, 6, 2), important=[{**KNOWN, "assessed": date(2026, 6, 1)}], law={"on": on}) == expected


@pytest.mark.parametrize(
    ("on", "paper", "before", "since"),
    [
        (date(2025, 2, 8), {"mechanism": "FTZ_OFFLIST", "first_transfer": date(2026, 1, 5)}, 0, 1),
        (date(2025, 6, 27), {"mechanism": "ASSESSMENT", "expires": datetime(2026, 3, 31, tzinfo=UTC)}, 1, 1),
    ],
)
def test_what_an_earlier_law_does_not_say_is_not_due(on: date, paper: dict[str, Any], before: int, since: int) -> None:
    said = {"papers": [a_paper(**paper)], "parties": [a_publisher(zone="CN-TJ-FTZ", audited=AUDITED), a_partner()]}

    found = [len(due(date(2026, 1, 20), law={"on": day}, **said)) for day in (on - timedelta(days=1), on)]

    assert found == [before, since]


def test_before_there_was_a_day_for_it_no_certificate_is_applied_for_anew() -> None:
    """From outside the Mainland one may be written down whatever day the law is of (Certification Measures 8)."""
    paper = a_paper("CERT", expires=datetime(2026, 6, 30, tzinfo=UTC))
    said = {"papers": [paper], "parties": [a_publisher(zone="HK"), a_partner()]}

    found = [due(date(2026, 1, 20), law={"on": day}, **said) for day in (date(2025, 12, 31), date(2026, 1, 1))]

    assert [Kind.RENEW_CERTIFICATE in one for one in found] == [False, True]


@pytest.mark.parametrize(
    ("people", "years"), [(None, 2), (10_000_001, 2), (10_000_000, 3), (1_000_000, 3), (999_999, 5)]
)
def test_audits_come_by_size(people: int | None, years: int) -> None:
    assert audit_years(people, newest_law()) == years


@pytest.mark.parametrize(
    ("people", "by"), [(None, date(2027, 3, 31)), (1_000_000, date(2028, 3, 31)), (999_999, date(2030, 3, 31))]
)
def test_an_audit_stands_in_the_list_half_a_year_before(people: int | None, by: date) -> None:
    known = {} if people is None else {"people_processed": people}
    party = a_publisher(audited=date(2025, 3, 31), **known)
    rules = a_rule_set(papers=[a_paper()], parties=[party, a_partner()])
    opens = add_months(by, -6)

    for day, state in (
        (opens - timedelta(days=1), State.AHEAD),
        (opens, State.DUE),
        (by, State.DUE),
        (by + timedelta(days=1), State.OVERDUE),
    ):
        (audit,) = [one for one in obligations(rules, day) if one.kind is Kind.AUDIT]
        assert (audit.state, audit.due) == (state, Due(by))


def test_every_exporter_of_the_mainland_is_audited_and_no_other() -> None:
    # Given four exporters with papers, one of them in Hong Kong, and one that was audited
    said: dict[str, Any] = {"a": {"zone": "HK"}, "b": {}, "c": {"audited": date(2025, 10, 1)}, "d": {}}
    parties = [*(a_publisher(name, **more) for name, more in said.items()), a_partner()]
    written = [a_paper(id=f"paper-{name}", exporter=name, number=name) for name in said]
    grants = [a_grant(publishers=list(said))]

    def audited(**law: Any) -> list[tuple[str, State]]:
        rules = a_rule_set(papers=written, parties=parties, grants=grants, **law)
        return [(one.who, one.state) for one in obligations(rules, date(2026, 1, 20)) if one.kind is Kind.AUDIT]

    # Then those of the Mainland are in the list, and nobody before the measures were in force
    assert audited() == [("b", State.DUE), ("d", State.DUE), ("c", State.AHEAD)]
    assert audited(law={"on": date(2025, 4, 30)}) == []
