"""When and for whom a paper holds: from and until which moment, when its filing is late, which fields it is about."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.builders import EVENT, a_grant, a_hub, a_paper, a_partner, a_publisher, a_rule_set

from tidegate.law import law_on
from tidegate.law.calendars import start_of
from tidegate.rules import RuleSet
from tidegate.rules.filings import filings
from tidegate.rules.papers import Paper, end_of, intervals, list_of, targets

START = datetime(2026, 1, 5, tzinfo=UTC)
LATE = start_of(date(2026, 1, 20))
"""The first moment after the tenth working day from 5 January 2026 on."""


SECOND = timedelta(seconds=1)


def the_rules(mechanism: str = "SCC", **said: Any) -> RuleSet:
    written = {key: value for key, value in a_paper(mechanism, **said).items() if value is not None}
    return a_rule_set(papers=[written])


def the_paper(mechanism: str = "SCC", **said: Any) -> Paper:
    return the_rules(mechanism, **said).papers[0]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, [("paper:paper", START, None)]),
        ({"filed": None}, [("paper:paper", START, LATE), ("overdue:paper", LATE, None)]),
        # What is not a contract is not filed, so nothing of it is late
        ({"filed": None, "mechanism": "ART5_CONTRACT"}, [("paper:paper", START, None)]),
        # One that ends before it could be late, or as it is, is never late
        *(
            (
                {"filed": None, "expires": LATE + timedelta(seconds=n)},
                [("paper:paper", START, LATE + timedelta(seconds=n))],
            )
            for n in (-1, 0)
        ),
        (
            {"filed": None, "expires": LATE + SECOND},
            [("paper:paper", START, LATE), ("overdue:paper", LATE, LATE + SECOND)],
        ),
        # What is not in effect, or in review, never holds
        ({"status": "signed"}, []),
        ({"retention": "1d"}, []),
    ],
)
def test_a_paper_holds_until_it_ends_or_its_filing_is_late(said: dict[str, Any], expected: list[Any]) -> None:
    rules = the_rules(**{"effective": START, **said})
    found = intervals(rules.papers[0], law_on(date(2026, 9, 1)), rules.parties)

    assert [(one.fact, one.start, one.end) for one in found] == expected


def test_what_has_no_day_of_effect_is_not_filed_yet() -> None:
    rules = a_rule_set(papers=[a_paper(status="signed")])
    undated = the_paper(effective=None, status="signed").said

    assert list(filings(undated, rules.law, rules.parties)) == []
    assert len(list(filings(rules.papers[0].said, rules.law, rules.parties))) == 1


@pytest.mark.parametrize(
    ("mechanism", "said", "years"),
    [
        ("ASSESSMENT", {}, 3),
        ("CERT", {}, 3),
        ("SCC", {}, None),
        ("ASSESSMENT", {"effective": None, "status": "signed"}, None),
    ],
)
def test_a_result_and_a_certificate_end_three_years_after_their_issue(
    mechanism: str, said: dict[str, Any], years: int | None
) -> None:
    paper = {
        key: value for key, value in a_paper(mechanism, **{"effective": START, **said}).items() if value is not None
    }
    (found,) = a_rule_set(papers=[paper]).papers

    assert end_of(found.said, law_on(date(2026, 9, 1))) == (years and start_of(date(2026 + years, 1, 5)))


def test_before_the_law_said_for_how_long_a_certificate_holds_it_had_no_end() -> None:
    assert end_of(the_paper("CERT", effective=START).said, law_on(date(2025, 12, 31))) is None


@pytest.mark.parametrize(
    ("roles", "covered"),
    [
        ([], {"truck.tractorPlate", "people[].name"}),
        (["DRIVER"], {"truck.tractorPlate"}),
        (["DRIVER", "CREW"], {"truck.tractorPlate"}),
        (["CONTACT"], set()),
        (["UNKNOWN", "DRIVER", "CREW", "CONTACT", "SHIPPER", "CONSIGNEE"], {"truck.tractorPlate", "people[].name"}),
    ],
)
def test_a_paper_of_some_roles_is_about_fields_of_those_alone(roles: list[str], covered: set[str]) -> None:
    rules = a_rule_set(papers=[a_paper(roles=roles)])
    known = rules.leaves[EVENT.schema_id]

    found = {leaf.path for leaf in known if rules.papers[0].covers(leaf, EVENT, known)}

    assert found & {"truck.tractorPlate", "people[].name"} == covered


def test_paths_that_a_schema_does_not_have_do_not_end_the_list() -> None:
    known = a_rule_set().leaves[EVENT.schema_id]

    found = targets(["nothing.there", "eventId", "truck.wheels", "truck"], EVENT, known)

    assert [[step.name for step in one.steps] for one in found] == [["eventId"], ["truck"]]  # type: ignore[union-attr]


def test_a_paper_is_between_its_own_sides() -> None:
    paper = the_paper()

    assert paper.between("forwarder", "terminal")
    for exporter, recipient in (("carrier", "terminal"), ("shipper", "terminal"), ("forwarder", "bank")):
        assert not paper.between(exporter, recipient)


def test_a_list_is_in_force_from_the_day_of_its_publication() -> None:
    one = {"id": "sh", "area": "CN-SH", "sectors": ["shipping"], "source": "x", "published": date(2026, 4, 24)}
    items = [{"item": "crew", "fields": ["people[].name"]}]
    parties = [a_publisher(zone="CN-SH", sector="shipping"), a_partner()]
    rules = a_rule_set(
        hub=a_hub(zone="CN-SH"), parties=parties, grants=[a_grant()], lists=[{**one, "verified": True, "items": items}]
    )
    party, hub = rules.parties["forwarder"], rules.hub.zone

    found = [list_of(party, hub, rules.lists, law_on(date(2026, 4, day))) for day in (23, 24, 25)]

    assert found == [None, rules.lists[0], rules.lists[0]]
