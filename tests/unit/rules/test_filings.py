"""Filings: who files what by when, and from when to when a paper waits for one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from tests.builders import a_paper, a_partner, a_publisher, a_rule_set

from tidegate.law.calendars import Calendar, Due, start_of
from tidegate.rules.filings import Filing, filings, late, unfiled
from tidegate.rules.paper_documents import AuthorizationDocument
from tidegate.rules.papers import intervals

EFFECTIVE = datetime.fromisoformat("2026-02-10T00:00:00+08:00")
"""Over the Spring Festival: the Mainland's tenth working day is 2 March, Hong Kong's 25 February."""
MAINLAND, HONG_KONG = date(2026, 3, 2), date(2026, 2, 25)
JANUARY = [date(2026, 1, day) for day in range(1, 32)]


def owed(mechanism: str = "SCC", zone: str = "CN-GD-SZ", *to: str) -> list[tuple[str, Calendar, date]]:
    """Who files a contract between places, by whose calendar, and by when."""
    names = [f"to{number}" for number in range(len(to))]
    parties = [a_publisher(zone=zone), *(a_partner(name, zone=one) for name, one in zip(names, to, strict=True))]
    paper = a_paper(mechanism, recipients=names, effective=EFFECTIVE)
    rules = a_rule_set(parties=parties, grants=[], papers=[paper])
    return [(one.who, one.side, one.due.day) for one in filings(rules.papers[0].said, rules.law, rules.parties)]


def test_each_side_files_by_the_working_days_of_where_it_is() -> None:
    """GBA guidelines with Hong Kong, Art. 8; with Macao, Art. 7."""
    forwarder = ("forwarder", Calendar.MAINLAND, MAINLAND)
    hong_kong = ("forwarder", Calendar.HONG_KONG, HONG_KONG)

    assert owed("GBA_SC_HK", "CN-GD-SZ", "HK") == [forwarder, ("to0", Calendar.HONG_KONG, HONG_KONG)]
    assert owed("GBA_SC_HK", "HK", "CN-GD-SZ") == [hong_kong, ("to0", Calendar.MAINLAND, MAINLAND)]
    assert [one[0] for one in owed("GBA_SC_HK", "CN-GD-SZ", "HK", "HK")] == ["forwarder", "to0", "to1"]
    # Of Macao no calendar is kept, and the earlier day is the strict one
    assert owed("GBA_SC_MO", "CN-GD-SZ", "MO") == [forwarder, ("to0", Calendar.HONG_KONG, HONG_KONG)]
    assert owed("GBA_SC_MO", "MO", "CN-GD-SZ") == [hong_kong, ("to0", Calendar.MAINLAND, MAINLAND)]


def test_a_standard_contract_is_filed_by_its_exporter_with_the_authority_of_the_mainland() -> None:
    """SCC Measures 7; a publisher of Hong Kong that sends through the Mainland files there."""
    assert owed("SCC", "CN-GD-SZ", "HK") == owed("SCC", "HK", "SG") == [("forwarder", Calendar.MAINLAND, MAINLAND)]


@pytest.mark.parametrize("mechanism", ["CERT", "ASSESSMENT", "ART5_SMALL", "HK_DPP"])
def test_of_what_is_no_contract_with_an_authority_nothing_is_filed(mechanism: str) -> None:
    assert owed(mechanism, "HK" if mechanism == "HK_DPP" else "CN-GD-SZ", "SG") == []


def test_under_a_law_that_asks_for_no_filing_nothing_is_owed() -> None:
    rules = a_rule_set(papers=[a_paper()])
    silent = {name: value for name, value in rules.law.values.items() if name != "scc_filing_days"}
    said = rules.papers[0].said

    assert len(list(filings(said, rules.law, rules.parties))) == 1
    assert list(filings(said, replace(rules.law, values=silent), rules.parties)) == []


def a_filing(due: int, filed: int | None = None) -> Filing:
    day = None if filed is None else JANUARY[filed - 1]
    return Filing("forwarder", Due(JANUARY[due - 1]), Calendar.MAINLAND, day)


def test_a_filing_is_there_from_its_day_on() -> None:
    found = a_filing(10, 20)

    assert [found.missing(JANUARY[day - 1]) for day in (19, 20, 21)] == [True, False, False]
    assert a_filing(10).missing(date(2199, 1, 1))


def spans(*found: Filing) -> list[tuple[int, int | None]]:
    """When something is late, as days of January that begin it and end it."""
    days = {start_of(day): day.day for day in JANUARY}
    return [(days[start], None if end is None else days[end]) for start, end in late(found)]


@pytest.mark.parametrize(("filed", "expected"), [(9, []), (10, []), (11, []), (12, [(11, 12)]), (None, [(11, None)])])
def test_a_filing_is_late_from_the_day_after_its_last_until_its_own(
    filed: int | None, expected: list[tuple[int, int | None]]
) -> None:
    assert spans(a_filing(10, filed)) == expected


def test_while_any_filing_is_late_the_paper_waits_and_between_two_late_ones_it_does_not() -> None:
    assert spans() == []
    assert spans(a_filing(10, 15), a_filing(12, 20)) == spans(a_filing(12, 20), a_filing(10, 15)) == [(11, 20)]
    assert spans(a_filing(10, 20), a_filing(12, 15)) == [(11, 20)]
    # One ends where the other begins, or a day before
    assert spans(a_filing(10, 15), a_filing(14, 20)) == [(11, 20)]
    assert spans(a_filing(10, 14), a_filing(14, 20)) == [(11, 14), (15, 20)]
    assert spans(a_filing(10), a_filing(12, 20)) == spans(a_filing(10, 15), a_filing(12)) == [(11, None)]
    assert spans(a_filing(10), a_filing(12)) == [(11, None)]


def times(**said: Any) -> list[tuple[str, datetime | None, datetime | None]]:
    """When a contract of Shenzhen with Hong Kong can be used, and when it waits."""
    paper = {**a_paper("GBA_SC_HK", effective=EFFECTIVE), **said}
    rules = a_rule_set(papers=[{key: value for key, value in paper.items() if value is not None}])
    return [(one.fact, one.start, one.end) for one in intervals(rules.papers[0], rules.law, rules.parties)]


def test_a_contract_waits_from_the_first_filing_that_is_missed_until_the_last_is_there() -> None:
    """LAW 8.4(9): an overdue filing holds; GBA guidelines 8: both sides file."""
    day = timedelta(days=1)
    recipient, exporter = start_of(HONG_KONG + day), start_of(MAINLAND + day)

    assert times(recipient_filed=None) == [("paper:paper", EFFECTIVE, recipient), ("overdue:paper", recipient, None)]
    assert times(filed=None) == [("paper:paper", EFFECTIVE, exporter), ("overdue:paper", exporter, None)]
    assert times(filed=None, recipient_filed=None) == times(recipient_filed=None)
    later = date(2026, 4, 1)
    assert times(filed=later, recipient_filed=date(2026, 3, 10)) == [
        ("paper:paper", EFFECTIVE, recipient),
        ("overdue:paper", recipient, start_of(later)),
        ("paper:paper", start_of(later), None),
    ]
    # Late one after the other: in between all that was due is there
    assert times(filed=later, recipient_filed=date(2026, 2, 27)) == [
        ("paper:paper", EFFECTIVE, recipient),
        ("overdue:paper", recipient, start_of(date(2026, 2, 27))),
        ("paper:paper", start_of(date(2026, 2, 27)), exporter),
        ("overdue:paper", exporter, start_of(later)),
        ("paper:paper", start_of(later), None),
    ]


@pytest.mark.parametrize("shift", [-1, 0, 1])
def test_a_contract_that_ends_around_its_late_filing_waits_to_its_end_and_no_longer(shift: int) -> None:
    filed = date(2026, 4, 1)
    ends = start_of(filed) + timedelta(seconds=shift)
    late_from = start_of(MAINLAND + timedelta(days=1))

    found = times(filed=filed, expires=ends)

    rest = [("paper:paper", start_of(filed), ends)] if shift > 0 else []
    held = ("overdue:paper", late_from, min(ends, start_of(filed)))
    assert found == [("paper:paper", EFFECTIVE, late_from), held, *rest]


def test_where_no_calendar_is_kept_the_earlier_of_both_counts_whichever_that_is() -> None:
    """Over Christmas, which is none in the Mainland, its tenth working day comes first."""
    parties = [a_publisher(), a_partner(zone="MO")]
    paper = a_paper("GBA_SC_MO", effective=datetime.fromisoformat("2025-12-14T00:00:00+08:00"))
    rules = a_rule_set(parties=parties, papers=[paper])

    of_macao = [one for one in filings(rules.papers[0].said, rules.law, rules.parties) if one.who == "terminal"]

    assert [(one.side, one.due.day) for one in of_macao] == [(Calendar.MAINLAND, date(2025, 12, 26))]


def test_what_meets_the_last_span_is_added_to_that_one() -> None:
    # Given three filings: one late by itself, and two that are late together
    three = [
        Filing(name, Due(JANUARY[due]), Calendar.MAINLAND, JANUARY[filed])
        for name, due, filed in (("a", 0, 3), ("b", 9, 15), ("c", 12, 20))
    ]

    assert late(three) == [tuple(start_of(JANUARY[day]) for day in span) for span in ((1, 3), (10, 20))]


@pytest.mark.parametrize(
    ("mechanism", "keys"),
    [
        ("SCC", ("filed",)),
        ("GBA_SC_HK", ("filed", "recipient_filed")),
        ("GBA_SC_MO", ("filed", "recipient_filed")),
        ("ASSESSMENT", ()),
        ("CERT", ()),
        ("ART5_CONTRACT", ()),
    ],
)
def test_what_is_not_filed_is_named_by_its_key(mechanism: str, keys: tuple[str, ...]) -> None:
    filed = {"filed": date(2025, 10, 9), "recipient_filed": date(2025, 10, 9)}
    said = AuthorizationDocument.model_validate(a_paper(mechanism, **filed))

    assert unfiled(said) == ()
    assert unfiled(said.model_copy(update=dict.fromkeys(filed))) == keys
    for key in keys:
        assert unfiled(said.model_copy(update={key: None})) == (key,)
