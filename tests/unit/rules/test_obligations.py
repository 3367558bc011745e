"""Obligations: what a rule set makes due on a day, and the working days that it counts by."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.builders import a_grant, a_paper, a_partner, a_publisher, a_rule_set

from tidegate.law import Bucket
from tidegate.law.calendars import Calendar, Due, add_months, add_working_days, announced, is_working_day, year_of_us
from tidegate.law.obligations import Kind, Obligation, State
from tidegate.rules import RuleSet
from tidegate.rules.levels import Window
from tidegate.rules.obligations import obligations

NOT_FILED = {"filed": None}
DAY = date(2026, 6, 1)
SHARES = {
    80_000: "at least 80 % of 100,000",
    95_000: "at least 95 % of 100,000",
    949_999: "at least 80 % of 1,000,000",
    9_500: "at least 95 % of 10,000",
}


def papers(**said: Any) -> dict[str, Any]:
    return {key: value for key, value in a_paper(**said).items() if value is not None}


def due(day: date, *written: dict[str, Any], **said: Any) -> dict[Kind, tuple[State, date | None]]:
    """What is due on a day under some papers, audits apart."""
    audited = a_publisher(audited=date(2025, 10, 1))
    rules = a_rule_set(papers=written, parties=[audited, a_partner()], **said)
    return {
        one.kind: (one.state, one.due.day if one.due else None)
        for one in obligations(rules, day)
        if one.kind is not Kind.AUDIT
    }


@pytest.mark.parametrize(
    ("mechanism", "wanted"),
    [
        ("SCC", "the signed contract"),
        ("ASSESSMENT", "the result of the assessment"),
        ("CERT", "the certificate"),
        ("ART5_SMALL", ""),
    ],
)
def test_a_paper_in_effect_names_its_document(mechanism: str, wanted: str) -> None:
    rules = a_rule_set(papers=[papers(mechanism=mechanism, documents=None)], parties=[a_publisher(), a_partner()])

    found = [one for one in obligations(rules, date(2025, 11, 1)) if one.kind is Kind.COMPLETE_RECORD]

    # It is due, and a note where the paper stands; a draft and one that has it owe nothing
    assert [(one.about, one.state) for one in found] == ([("paper", State.DUE)] if wanted else [])
    assert all(f"with the digest of {wanted}, as sha256sum prints it" in one.sentence for one in found)
    assert [one.sentence for one in rules.notes if "document" in one.sentence] == [one.sentence for one in found]
    for said in ({}, {"documents": None, "status": "signed"}):
        other = a_rule_set(papers=[papers(mechanism=mechanism, **said)], parties=[a_publisher(), a_partner()])
        assert all(one.kind is not Kind.COMPLETE_RECORD for one in obligations(other, date(2025, 11, 1)))


@pytest.mark.parametrize(
    ("calendar", "start", "count", "expected"),
    [
        (Calendar.MAINLAND, date(2026, 1, 5), 10, date(2026, 1, 19)),
        # over the Spring Festival, with Saturdays 14 and 28 February made up
        (Calendar.MAINLAND, date(2026, 2, 10), 10, date(2026, 3, 2)),
        (Calendar.HONG_KONG, date(2026, 2, 10), 10, date(2026, 2, 25)),
        # the golden week of October, with Saturday 10 October made up
        (Calendar.MAINLAND, date(2026, 9, 30), 3, date(2026, 10, 10)),
        (Calendar.MAINLAND, date(2026, 1, 19), -10, date(2026, 1, 5)),
    ],
)
def test_working_days(calendar: Calendar, start: date, count: int, expected: date) -> None:
    found = add_working_days(calendar, start, count)

    assert found.day == expected
    assert found.certain


def test_a_saturday_works_in_the_mainland_where_it_is_made_up_and_in_hong_kong_always() -> None:
    assert is_working_day(Calendar.MAINLAND, date(2026, 2, 14))
    assert not is_working_day(Calendar.MAINLAND, date(2026, 3, 7))
    assert is_working_day(Calendar.HONG_KONG, date(2026, 3, 7))
    assert not is_working_day(Calendar.HONG_KONG, date(2026, 3, 8))
    assert not is_working_day(Calendar.MAINLAND, date(2026, 10, 1))


def test_a_year_that_is_not_announced_makes_a_date_provisional_and_says_so() -> None:
    assert announced(Calendar.MAINLAND, 2026)
    assert not announced(Calendar.MAINLAND, 2060)

    found = add_working_days(Calendar.MAINLAND, date(2060, 1, 5), 10)

    assert not found.certain
    assert str(found).endswith("(provisional: the calendar is not announced yet)")
    assert add_working_days(Calendar.HONG_KONG, date(2060, 1, 5), 10).certain


def test_months_end_where_months_end() -> None:
    assert add_months(date(2026, 12, 31), 2) == date(2027, 2, 28)
    assert add_months(date(2024, 2, 29), 36) == date(2027, 2, 28)
    assert add_months(date(2026, 3, 31), -1) == date(2026, 2, 28)
    assert add_months(date(2026, 1, 15), -13) == date(2024, 12, 15)


def test_the_year_begins_in_shanghai() -> None:
    midnight = datetime(2026, 12, 31, 16, tzinfo=UTC)
    at = [int((midnight + timedelta(microseconds=shift)).timestamp() * 1e6) for shift in (-1_000, 0)]

    assert [year_of_us(one) for one in at] == [2026, 2027]


@pytest.mark.parametrize(
    ("day", "state"),
    [(date(2026, 1, 9), State.DUE), (date(2026, 1, 19), State.DUE), (date(2026, 1, 20), State.OVERDUE)],
)
def test_a_contract_is_filed_within_ten_working_days(day: date, state: State) -> None:
    paper = papers(filed=None, effective=datetime(2026, 1, 5, tzinfo=UTC))

    assert due(day, paper) == {Kind.FILE_CONTRACT: (state, date(2026, 1, 19))}
    assert due(day, {**paper, "filed": day}) == {}
    # What will be filed is not filed yet
    assert due(day, {**paper, "filed": day + timedelta(days=1)}) == due(day, paper)
    # Only what is late is held, and so only then it is said
    sentences = [one.sentence for one in obligations(a_rule_set(papers=[paper]), day) if one.kind is Kind.FILE_CONTRACT]
    assert ["held" in one for one in sentences] == [state is State.OVERDUE]


@pytest.mark.parametrize(
    ("effective", "filings"),
    [(None, 0), (datetime(2026, 1, 5, 15, 59, tzinfo=UTC), 1), (datetime(2026, 1, 5, 16, tzinfo=UTC), 0)],
)
def test_a_contract_is_filed_from_the_day_on_which_it_takes_effect(effective: datetime | None, filings: int) -> None:
    paper = papers(filed=None, effective=effective, status="signed")

    assert len(due(date(2026, 1, 5), paper)) == filings


def test_both_sides_file_a_greater_bay_area_contract_each_by_its_own_calendar() -> None:
    paper = papers(
        mechanism="GBA_SC_HK", filed=None, recipient_filed=None, effective=datetime(2026, 2, 9, 16, tzinfo=UTC)
    )
    rules = a_rule_set(papers=[paper])

    found = {
        one.side: (one.who, one.due.day if one.due else None)
        for one in obligations(rules, date(2026, 2, 20))
        if one.kind is Kind.FILE_CONTRACT
    }

    assert found == {
        Calendar.MAINLAND: ("forwarder", date(2026, 3, 2)),
        Calendar.HONG_KONG: ("terminal", date(2026, 2, 25)),
    }


@pytest.mark.parametrize(
    ("mechanism", "exporter", "recipients", "expected"),
    [
        ("GBA_SC_HK", "HK", ("CN-GD-SZ",), [Calendar.MAINLAND]),
        # Of Macao no calendar is kept: the earlier of the two that are
        ("GBA_SC_MO", "CN-GD-SZ", ("MO",), [Calendar.HONG_KONG]),
        ("GBA_SC_HK", "CN-GD-SZ", ("HK", "HK"), [Calendar.HONG_KONG, Calendar.HONG_KONG]),
    ],
)
def test_every_recipient_files_where_it_is(
    mechanism: str, exporter: str, recipients: tuple[str, ...], expected: list[Calendar]
) -> None:
    # Given a contract over the Spring Festival, when Hong Kong is back at work before the Mainland is
    names = [f"to{number}" for number in range(len(recipients))]
    partners = [a_partner(name, zone=zone) for name, zone in zip(names, recipients, strict=True)]
    paper = papers(
        mechanism=mechanism, recipients=names, filed=date(2026, 2, 11), effective=datetime(2026, 2, 9, 16, tzinfo=UTC)
    )
    said = {"parties": [a_publisher(zone=exporter), *partners], "grants": [a_grant(partners=names)]}

    def found(**more: Any) -> list[tuple[str, Calendar, date | None]]:
        more = {"recipient_filed": None, **more}
        every = obligations(a_rule_set(papers=[papers(**{**paper, **more})], **said), date(2026, 2, 20))
        filings = [one for one in every if one.kind is Kind.FILE_CONTRACT]
        return [(one.who, one.side, one.due.day if one.due else None) for one in filings]

    # Then each of them files by the calendar of where it is, and nobody once they have
    by = {Calendar.HONG_KONG: date(2026, 2, 25), Calendar.MAINLAND: date(2026, 3, 2)}
    assert found() == [(name, side, by[side]) for name, side in zip(names, expected, strict=True)]
    assert found(recipient_filed=date(2026, 2, 19)) == []


def test_an_assessment_is_renewed_within_sixty_working_days_of_its_end() -> None:
    paper = papers(mechanism="ASSESSMENT", expires=datetime(2026, 9, 30, tzinfo=UTC))
    opens = add_working_days(Calendar.MAINLAND, date(2026, 9, 30), -60).day
    end = date(2026, 9, 30)

    assert due(opens - timedelta(days=1), paper) == {Kind.RENEW_ASSESSMENT: (State.AHEAD, end)}
    assert due(opens, paper) == {Kind.RENEW_ASSESSMENT: (State.DUE, end)}
    # It still carries in the morning of its last day
    assert due(end, paper) == {Kind.RENEW_ASSESSMENT: (State.DUE, end)}
    for later in (end + timedelta(days=1), date(2027, 1, 1)):
        assert due(later, paper) == {Kind.PAPER_ENDS: (State.OVERDUE, end)}


TOLD = [Kind.RENEW_ASSESSMENT, Kind.PAPER_ENDS]


@pytest.mark.parametrize(
    ("second", "told"),
    [
        ({"extends": "paper"}, []),
        ({"extends": "paper", "status": "signed"}, TOLD),
        ({"recipients": ["bank"]}, TOLD),
    ],
)
def test_what_is_extended_is_asked_for_no_more_and_does_not_end(second: dict[str, Any], told: list[Kind]) -> None:
    # Given an assessment to the end of 2025, and one from then on that extends it, or does not
    ends = datetime.fromisoformat("2026-01-01T00:00:00+08:00")
    first = papers(mechanism="ASSESSMENT", people=5, effective=ends - timedelta(days=1_000), expires=ends)
    next_one = papers(
        mechanism="ASSESSMENT", **{"id": "longer", "number": "N-2", "people": 6, "effective": ends, **second}
    )
    rules = a_rule_set(papers=[first, next_one], parties=[a_publisher(), a_partner(), a_partner("bank")])

    # When its last weeks come, and then it is over
    days = date(2025, 12, 1), date(2026, 1, 1)
    found = [one.kind for day in days for one in obligations(rules, day) if one.about == "paper" and one.kind in TOLD]

    # Then its end is told unless it is extended
    assert found == told


def test_the_beginning_of_a_renewal_is_provisional_as_long_as_its_year_is_not_announced() -> None:
    """60 working days before 5 January 2028 lie in two years whose holidays nobody has announced yet."""
    paper = papers(mechanism="ASSESSMENT", expires=datetime(2028, 1, 5, tzinfo=UTC))
    announced_one = papers(mechanism="ASSESSMENT", expires=datetime(2026, 9, 30, tzinfo=UTC))

    (found,) = [one for one in obligations(a_rule_set(papers=[paper]), DAY) if one.kind is Kind.RENEW_ASSESSMENT]
    (sure,) = [one for one in obligations(a_rule_set(papers=[announced_one]), DAY) if one.kind is Kind.RENEW_ASSESSMENT]

    assert "from 2027-10-12 (provisional: the calendar is not announced yet) on" in found.sentence
    assert found.due is not None
    assert (found.due.certain, found.certain) == (True, False)
    assert found.opens is not None
    assert found.opens.day == date(2027, 10, 12)
    assert "provisional" not in sure.sentence
    assert sure.certain
    assert Obligation(Kind.AUDIT, "", "", "", "", None, State.DUE).certain
    assert not Obligation(Kind.AUDIT, "", "", "", "", Due(DAY, certain=False), State.DUE).certain


@pytest.mark.parametrize(
    "ends", ["2026-09-30T00:00:00.000001+08:00", "2026-09-30T23:59:59+08:00", "2026-10-01T00:00:00+08:00"]
)
def test_a_paper_has_ended_on_the_first_day_on_which_it_carries_nothing(ends: str) -> None:
    paper = papers(mechanism="ASSESSMENT", expires=datetime.fromisoformat(ends))
    last = date(2026, 9, 30)

    assert due(last, paper) == {Kind.RENEW_ASSESSMENT: (State.DUE, last)}
    assert due(last + timedelta(days=1), paper) == {Kind.PAPER_ENDS: (State.OVERDUE, last)}


def test_a_recipient_whose_filing_is_late_holds_what_it_gets() -> None:
    """GBA guidelines 8: both sides file; 8.4(9): an overdue filing holds."""
    paper = papers(mechanism="GBA_SC_HK", recipient_filed=None, effective=datetime(2026, 2, 9, 16, tzinfo=UTC))
    rules = a_rule_set(papers=[{**paper, "filed": date(2026, 2, 11)}])

    def sentences(day: date, rules: RuleSet = rules) -> list[str]:
        return [one.sentence for one in obligations(rules, day) if one.kind is Kind.FILE_CONTRACT]

    files = "the recipient files GBA_SC_HK paper on its side too; write the day as recipient_filed"
    assert sentences(date(2026, 2, 25)) == [files]
    assert sentences(date(2026, 2, 26)) == [f"{files}; until it is filed its deliveries are held"]
    sooner = a_rule_set(
        papers=[{**paper, "recipients": ["bank"], "filed": date(2026, 2, 11)}],
        parties=[a_publisher(), a_partner("bank")],
        grants=[a_grant(partners=["bank"])],
    )
    assert sentences(date(2026, 2, 25), sooner) == [files], "whatever the parties are called"
    in_macao = a_rule_set(
        papers=[{**paper, "mechanism": "GBA_SC_MO", "filed": date(2026, 2, 11)}],
        parties=[a_publisher(), a_partner(zone="MO")],
    )
    by = ", by the earlier of the calendars kept, as that of Macao is not"
    assert sentences(date(2026, 2, 25), in_macao) == [f"{files.replace('HK', 'MO')}{by}"]


def test_of_who_files_elsewhere_nothing_is_said_of_macao() -> None:
    abroad = a_publisher(zone="SG", publisher={"collected_in": "overseas", "own_data": "yes"})
    rules = a_rule_set(papers=[papers(filed=None)], parties=[abroad, a_partner()])

    found = [one.sentence for one in obligations(rules, date(2025, 10, 2)) if one.kind is Kind.FILE_CONTRACT]

    assert found == ["file SCC paper with the authority of the exporter, and write the day as filed"]


def test_a_certificate_is_applied_for_six_months_before_its_end() -> None:
    paper = papers(
        mechanism="CERT", effective=datetime(2026, 1, 2, tzinfo=UTC), expires=datetime(2028, 7, 31, tzinfo=UTC)
    )
    by = date(2028, 1, 31)

    assert due(date(2027, 12, 30), paper) == {Kind.RENEW_CERTIFICATE: (State.AHEAD, by)}
    assert due(date(2027, 12, 31), paper) == {Kind.RENEW_CERTIFICATE: (State.DUE, by)}
    assert due(by, paper) == {Kind.RENEW_CERTIFICATE: (State.DUE, by)}
    assert due(by + timedelta(days=1), paper) == {Kind.RENEW_CERTIFICATE: (State.OVERDUE, by)}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"first_transfer": date(2026, 1, 5)}, [(State.OVERDUE, date(2026, 1, 26))]),
        ({"first_transfer": date(2026, 1, 6)}, [(State.DUE, date(2026, 1, 27))]),
        ({"first_transfer": date(2026, 1, 5), "reported": date(2026, 1, 20)}, []),
        # A contract has no list
        ({"mechanism": "SCC", "first_transfer": date(2026, 1, 5)}, []),
    ],
)
def test_off_list_transfers_are_reported_within_fifteen_business_days(
    said: dict[str, Any], expected: list[tuple[State, date]]
) -> None:
    paper = papers(**{"mechanism": "FTZ_OFFLIST", **said})
    rules = a_rule_set(papers=[paper], parties=[a_publisher(zone="CN-SH"), a_partner()])

    found = [one for one in obligations(rules, date(2026, 1, 27)) if one.kind is Kind.REPORT_OFF_LIST]

    assert [(one.state, one.due.day if one.due else None) for one in found] == expected


@pytest.mark.parametrize(
    ("zone", "said", "expected"),
    [
        ("CN-SH", {}, [(State.AHEAD, None)]),
        ("CN-SH", {"recipients": ["bank", "terminal"]}, [(State.AHEAD, None)]),
        ("CN-SH", {"reported": date(2026, 1, 20)}, []),
        ("CN-SH", {"status": "signed"}, []),
        ("CN-SH", {"mechanism": "SCC"}, []),
        # Beijing asks for its reference before, and for no report
        ("CN-BJ", {}, []),
    ],
)
def test_without_the_day_of_the_first_transfer_it_is_said_that_it_is_wanted(
    zone: str, said: dict[str, Any], expected: list[tuple[State, date | None]]
) -> None:
    paper = papers(**{"mechanism": "FTZ_OFFLIST", **said})
    sides = [a_publisher(zone=zone), a_partner(), a_partner("bank", zone="MO")]
    rules = a_rule_set(papers=[paper], parties=sides)

    found = [one for one in obligations(rules, date(2026, 1, 27)) if one.kind is Kind.REPORT_OFF_LIST]

    assert [(one.state, one.due) for one in found] == expected
    assert all(
        one.sentence == "write first_transfer into paper once the first transfer under it left; the report to the "
        "area's service centre is due 15 working days after, and without that day nobody here knows when"
        for one in found
    )
    assert all((one.who, one.about, one.article) == ("forwarder", "paper", "Shanghai procedure") for one in found)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"status": "review"}, "its status says so"),
        ({"retention": "1d"}, "terminal keeps data 7 days"),
        ({"storage": ["SG"]}, "terminal is in HK"),
    ],
)
def test_a_paper_in_review_is_due(said: dict[str, Any], why: str) -> None:
    assert due(date(2026, 1, 20), papers(**said)) == {Kind.PAPER_IN_REVIEW: (State.DUE, None)}
    (found,) = [
        one
        for one in obligations(a_rule_set(papers=[papers(**said)]), date(2026, 1, 20))
        if one.kind is Kind.PAPER_IN_REVIEW
    ]
    assert why in found.sentence


def test_a_record_that_is_not_complete_is_due_and_says_what_is_missing() -> None:
    paper = papers(notice="", pipia="")

    assert due(date(2026, 1, 20), paper) == {Kind.COMPLETE_RECORD: (State.DUE, None)}
    (found,) = [
        one
        for one in obligations(a_rule_set(papers=[paper]), date(2026, 1, 20))
        if one.kind is Kind.COMPLETE_RECORD and "lacks" in one.sentence
    ]
    assert "paper lacks notice, pipia;" in found.sentence


@pytest.mark.parametrize(
    ("bucket", "people", "expected"),
    [
        (Bucket.PI, 79_999, []),
        (Bucket.PI, 80_000, [Kind.THRESHOLD]),
        (Bucket.PI, 95_000, [Kind.THRESHOLD]),
        (Bucket.PI, 799_999, []),
        (Bucket.PI, 949_999, [Kind.THRESHOLD]),
        (Bucket.PI, 1_000_000, [Kind.ASSESS_SINCE_JANUARY]),
        (Bucket.SPI, 9_500, [Kind.THRESHOLD]),
        (Bucket.SPI, 10_000, [Kind.ASSESS_SINCE_JANUARY]),
    ],
)
def test_thresholds_are_told_ahead_and_a_crossed_one_asks_for_an_assessment(
    bucket: Bucket, people: int, expected: list[Kind]
) -> None:
    found = obligations(a_rule_set(), date(2026, 6, 1), {("forwarder", Window((bucket,))): people})

    assert [one.kind for one in found] == expected
    assert all("since 2026-01-01" in one.sentence for one in found if one.kind is Kind.ASSESS_SINCE_JANUARY)
    shares = [one.sentence.partition(": ")[2] for one in found if one.kind is Kind.THRESHOLD]
    assert shares == ([SHARES[people]] if people in SHARES else [])


def assessed(*written: dict[str, Any], bucket: Bucket = Bucket.PI, day: date = date(2026, 6, 1)) -> list[str]:
    """What is still to be assessed on a day, a million people after."""
    parties = [a_publisher(), a_publisher("other"), a_publisher("another"), a_partner(), a_partner("bank")]
    rules = a_rule_set(papers=written, parties=parties)
    found = obligations(rules, day, {("forwarder", Window((bucket,))): 1_000_000})
    return [one.sentence.partition("since ")[2] for one in found if one.kind is Kind.ASSESS_SINCE_JANUARY]


ASSESSMENT = papers(mechanism="ASSESSMENT", id="assessment", number="N-2", fields=["people[].name"], classes=["PI"])
MORE: dict[str, Any] = {"recipients": ["terminal", "bank"], "purposes": ["terminal operations", "trade finance"]}
MORE["fields"] = ["people[].name", "people[].phone"]
SCC = papers(id="contract", effective=datetime(2026, 1, 5, tzinfo=UTC), filed=date(2026, 1, 9))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ([ASSESSMENT], []),
        ([], ["2026-01-01"]),
        ([SCC], ["2026-01-01, what left under contract among it"]),
        ([ASSESSMENT, SCC], []),
        ([ASSESSMENT, {**SCC, "fields": ["people[].name"]}], []),
        # One that is not in force, is another's, or of another kind does nothing
        ([{**ASSESSMENT, "status": "signed"}], ["2026-01-01"]),
        ([{**ASSESSMENT, "effective": datetime(2026, 6, 1, 16, tzinfo=UTC)}], ["2026-01-01"]),
        ([{**ASSESSMENT, "effective": datetime(2026, 6, 1, 15, 59, tzinfo=UTC)}], []),
        ([{**ASSESSMENT, "expires": datetime(2026, 6, 1, tzinfo=UTC)}], ["2026-01-01"]),
        ([{**ASSESSMENT, "expires": datetime(2026, 6, 1, 16, tzinfo=UTC)}], []),
        *(([{**ASSESSMENT, "exporter": name}], ["2026-01-01"]) for name in ("other", "another")),
        ([{**ASSESSMENT, "classes": ["SPI"], "fields": []}], ["2026-01-01"]),
        ([{**ASSESSMENT, "classes": ["SPI"]}], []),
        # One of more than what left covers it
        ([{**ASSESSMENT, **MORE}, {**SCC, "fields": ["people[].phone"]}], []),
        ([{**ASSESSMENT, "classes": ["PI", "SPI", "IMPORTANT"]}, {**SCC, "fields": ["people[].phone"]}], []),
        # What it does not cover of what left this year is still to be assessed
        ([ASSESSMENT, {**SCC, "recipients": ["terminal", "bank"]}], ["2026-01-01, what left under contract among it"]),
        ([ASSESSMENT, {**SCC, "purposes": ["trade finance"]}], ["2026-01-01, what left under contract among it"]),
        ([ASSESSMENT, {**SCC, "classes": ["PI", "SPI"]}], ["2026-01-01, what left under contract among it"]),
        ([ASSESSMENT, {**SCC, "fields": ["people[].phone"]}], ["2026-01-01, what left under contract among it"]),
        ([{**ASSESSMENT, "classes": ["PI", "SPI"]}, {**SCC, "fields": ["people[].phone"]}], []),
        ([ASSESSMENT, {**SCC, "mechanism": "CERT"}], []),
        (
            [ASSESSMENT, {**SCC, "mechanism": "CERT", "purposes": ["trade finance"]}],
            ["2026-01-01, what left under contract among it"],
        ),
        (
            [ASSESSMENT, {**SCC, "mechanism": "ART5_SMALL", "purposes": ["trade finance"]}],
            ["2026-01-01, what left under contract among it"],
        ),
        # and not what left under a paper of its own kind of rule, before this year, not at all, or in another bucket
        ([ASSESSMENT, {**SCC, "mechanism": "ART5_HR", "purposes": ["trade finance"]}], []),
        ([ASSESSMENT, {**SCC, "purposes": ["trade finance"], "classes": ["SPI"]}], []),
        ([ASSESSMENT, {**SCC, "purposes": ["trade finance"], "exporter": "other"}], []),
        *(
            (
                [
                    ASSESSMENT,
                    {
                        **SCC,
                        "purposes": ["trade finance"],
                        "effective": datetime(2025, 1, 1, tzinfo=UTC),
                        "filed": date(2025, 1, 2),
                        "expires": datetime(2025, 12, day, 16, tzinfo=UTC),
                    },
                ],
                [],
            )
            for day in (1, 31)
        ),
        (
            [ASSESSMENT, {**SCC, "purposes": ["trade finance"], "expires": datetime(2026, 1, 10, tzinfo=UTC)}],
            ["2026-01-01, what left under contract among it"],
        ),
        (
            [
                ASSESSMENT,
                {
                    **SCC,
                    "purposes": ["trade finance"],
                    "effective": datetime(2026, 7, 1, tzinfo=UTC),
                    "filed": date(2026, 7, 2),
                },
            ],
            [],
        ),
    ],
)
def test_what_an_assessment_covers_is_not_asked_for_again(written: list[dict[str, Any]], expected: list[str]) -> None:
    assert assessed(*written) == expected


def test_an_assessment_of_one_bucket_is_none_of_the_other() -> None:
    pi, spi = ({**ASSESSMENT, "classes": [name], "fields": []} for name in ("PI", "SPI"))
    assert [assessed(one, bucket=Bucket.SPI) for one in (pi, spi)] == [["2026-01-01"], []]


def test_what_is_overdue_comes_first() -> None:
    late = papers(filed=None, id="late", effective=datetime(2026, 1, 5, tzinfo=UTC), fields=["truck"], number="2")
    rules = a_rule_set(papers=[papers(pipia_on=date(2025, 10, 1)), late])

    states = [one.state for one in obligations(rules, date(2026, 3, 1))]

    assert states == [State.OVERDUE, State.DUE, State.AHEAD]
