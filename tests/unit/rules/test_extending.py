"""Extensions: what may be extended, once and in time, and that no more is covered by it than was assessed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.builders import a_grant, a_paper, a_partner, a_publisher, a_rule_set

from tidegate.errors import BadRules

STARTS, ENDS = (datetime.fromisoformat(f"{year}-01-05T00:00:00+08:00") for year in (2023, 2026))
ANEW = "; that asks for a new one"
CHILDREN = {"minors": True, "guardian": "guardian 1"}
REGISTER = [
    {"id": name, "item": name, "fields": ["cargo.packages"], "notified": STARTS.date(), "source": "CAC"}
    for name in ("yard", "quay")
]
SECOND = timedelta(seconds=1)


def an_assessment(name: str, **said: Any) -> dict[str, Any]:
    paper = a_paper("ASSESSMENT", id=name, number=name, people=100, **{"effective": STARTS, "expires": ENDS, **said})
    return {key: value for key, value in paper.items() if value is not None}


def an_extension(name: str = "new", of: str = "old", **said: Any) -> dict[str, Any]:
    return an_assessment(name, **{"extends": of, "effective": ENDS, "expires": None, **said})


def refused(*papers: dict[str, Any]) -> list[str]:
    parties = [a_publisher(), *map(a_partner, ("terminal", "bank"))]
    try:
        a_rule_set(parties=parties, grants=[a_grant()], papers=papers, important=REGISTER)
    except BadRules as exc:
        return [mistake.sentence for mistake in exc.mistakes]
    return []


def test_an_assessment_is_extended_by_one_like_it_that_begins_as_it_ends() -> None:
    """CAC answers of 24 July 2026: purpose and scope unchanged, the same exporter and recipient."""
    assert refused(an_assessment("old"), an_extension()) == []
    assert refused(an_assessment("old", status="ended"), an_extension(effective=ENDS - SECOND)) == []


def test_an_assessment_that_says_no_end_has_the_laws_when_it_is_extended() -> None:
    """Three years from its issue: until then the two would cover the same."""
    overlapping = ["old covers the same at the same time; end one before the other begins"]

    assert refused(an_assessment("old", expires=None), an_extension()) == []
    assert refused(an_assessment("old", expires=None), an_extension(effective=ENDS - SECOND)) == overlapping


@pytest.mark.parametrize("shift", [1, 365 * 24 * 3600])
def test_what_has_ended_is_not_extended_any_more(shift: int) -> None:
    found = refused(an_assessment("old"), an_extension(effective=ENDS + shift * SECOND))

    assert found == [f"new begins after old has ended, on {ENDS.isoformat()}{ANEW}"]


def test_an_extension_that_has_no_day_yet_is_in_time() -> None:
    assert refused(an_assessment("old"), an_extension(effective=None, status="draft")) == []


@pytest.mark.parametrize("status", ["draft", "signed", "review", "suspended"])
def test_what_never_took_effect_or_no_longer_stands_is_not_extended(status: str) -> None:
    why = f"old is {status}; only an assessment that took effect, and still stands, is extended"

    assert refused(an_assessment("old", status=status), an_extension()) == [why]


def test_what_ended_and_was_never_in_effect_is_not_extended() -> None:
    found = refused(an_assessment("old", status="ended", effective=None), an_extension())

    assert found == ["old is ended; only an assessment that took effect, and still stands, is extended"]


@pytest.mark.parametrize(
    ("before", "after", "more"),
    [
        ({}, {"items": ["yard"]}, "items"),
        ({"items": ["yard"]}, {"items": ["yard", "quay"]}, "items"),
        ({"items": ["yard", "quay"]}, {"items": ["yard"]}, ""),
        ({"items": ["yard"]}, {}, ""),
        ({}, CHILDREN, "minors"),
        (CHILDREN, CHILDREN, ""),
        (CHILDREN, {}, ""),
        ({"roles": ["DRIVER"]}, {}, "roles"),
        ({"roles": ["DRIVER"]}, {"roles": ["DRIVER", "CREW"]}, "roles"),
        ({"roles": ["DRIVER", "CREW"]}, {"roles": ["DRIVER"]}, ""),
        ({}, {"roles": ["DRIVER"]}, ""),
        ({"onward": ["bank"]}, {}, ""),
        ({"onward": ["bank"]}, {"onward": ["bank"]}, ""),
        ({}, {"onward": ["bank"]}, "onward"),
        ({"storage": ["HK"]}, {}, "storage"),
        ({"storage": ["HK"]}, {"storage": ["HK", "SG"]}, "storage"),
        ({"storage": ["HK", "SG"]}, {"storage": ["HK"]}, ""),
        ({"storage": ["HK"]}, {"storage": ["HK"]}, ""),
        ({}, {"storage": ["HK"]}, ""),
        ({"retention": "30d"}, {}, "retention"),
        ({"retention": "30d"}, {"retention": "31d"}, "retention"),
        ({"retention": "30d"}, {"retention": "30d"}, ""),
        ({"retention": "30d"}, {"retention": "29d"}, ""),
        ({}, {"retention": "900d"}, ""),
    ],
)
def test_an_extension_covers_no_more_than_was_assessed(
    before: dict[str, Any], after: dict[str, Any], more: str
) -> None:
    found = refused(an_assessment("old", **before), an_extension(**after))

    assert found == ([f"new extends old, and by {more} it covers more than that one{ANEW}"] if more else [])


def test_an_assessment_is_extended_once() -> None:
    other = an_extension("other", purposes=["terminal operations"], classes=["PI"], expires=ENDS + SECOND)
    new = an_extension(effective=ENDS, status="signed")

    found = refused(an_assessment("old"), other, new)

    assert found == ["other extends old already; an assessment is extended once, and then its extension is"]
    last = an_extension("last", of="new", effective=ENDS + 2 * SECOND)
    assert refused(an_assessment("old"), an_extension(expires=ENDS + 2 * SECOND), last) == []


def test_papers_that_extend_each_other_in_a_circle_are_refused_dated_or_not() -> None:
    undated = {"effective": None, "expires": None, "status": "draft"}
    ring = [an_extension(one, of=other, **undated) for one, other in (("a", "b"), ("b", "c"), ("c", "a"))]

    assert refused(*ring) == [
        f"{one} extends {other}, which extends it in turn: circular"
        for one, other in (("a", "b"), ("b", "c"), ("c", "a"))
    ]
    # One that extends a paper of the circle is not in it
    tail = an_extension("d", of="a", **undated)
    assert [one for one in refused(*ring, tail) if one.startswith("d ")] == []
    assert "a is draft; only an assessment that took effect, and still stands, is extended" in refused(*ring, tail)


@pytest.mark.parametrize("mechanisms", [("SCC", "ASSESSMENT"), ("ASSESSMENT", "SCC"), ("SCC", "SCC")])
def test_of_what_is_no_assessment_only_that_is_said(mechanisms: tuple[str, str]) -> None:
    old, new = an_assessment("old", status="draft"), an_extension(roles=["DRIVER"])
    old["mechanism"], new["mechanism"] = mechanisms

    assert refused(old, new) == ["only an assessment is extended; write a paper of its own"]
