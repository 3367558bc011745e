"""Groups of grants that hold together, and the sets of groups that can hold at once for one event."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import count

from tidegate.law.calendars import micros_of
from tidegate.rules.granting import Grant
from tidegate.rules.minors import BIRTH, MINORS
from tidegate.rules.papers import grace_of, intervals
from tidegate.rules.plan import FieldTest, Group
from tidegate.rules.proofs import proved
from tidegate.rules.ruleset import RuleSet

MAX_SETS = 4_096


def groups_of(grants: Sequence[Grant], tests: list[FieldTest] | None) -> list[Group]:
    """Grants by what they hold under. New tests are added to ``tests``; without it conditions do not count."""
    found: dict[tuple[tuple[int, ...], int | None, int | None], list[str]] = {}
    for grant in grants:
        said = grant.said
        needed = (
            []
            if tests is None
            else [_index(FieldTest(path, test.values, test.prefix), tests) for path, test in sorted(said.when.items())]
        )
        found.setdefault((tuple(needed), _micros(said.valid_from), _micros(said.valid_to)), []).append(said.id)
    return [Group(tuple(names), needed, start, end) for (needed, start, end), names in found.items()]


def fact_groups(rules: RuleSet, asked: Collection[str], tests: list[FieldTest]) -> list[Group]:
    """Facts about papers and notices by the dates between which they hold; only those that are asked.

    That somebody is under 14 holds of an event: its test is added to ``tests``.
    """
    found: dict[tuple[int | None, int | None], list[str]] = {}
    every = [one for paper in rules.papers for one in intervals(paper, rules.law, rules.parties)]
    every += [one for party in rules.parties.values() for one in proved(party)]
    every += (
        [grace_of(item, rules.law) for item in rules.register] if "important_grace_months" in rules.law.values else []
    )
    for one in every:
        if one.fact in asked:
            found.setdefault((_micros(one.start), _micros(one.end)), []).append(one.fact)
    groups = [Group((), (), start, end, tuple(sorted(facts))) for (start, end), facts in found.items()]
    if MINORS in asked:
        groups.append(Group((), (_index(FieldTest(BIRTH, under=rules.law["minor_years"]), tests),), facts=(MINORS,)))
    return groups


def fact_bits(groups: Sequence[Group], fact: str) -> int:
    """The bits of the groups that a fact is in."""
    return _bits(fact in group.facts for group in groups)


def granted_bits(groups: Sequence[Group]) -> int:
    """The bits of the groups that have grants: without one of them nothing is seen, whatever papers hold."""
    return _bits(bool(group.grants) for group in groups)


def _index(wanted: FieldTest, tests: list[FieldTest]) -> int:
    if wanted not in tests:
        tests.append(wanted)
    return tests.index(wanted)


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else micros_of(moment)


def masks(groups: Sequence[Group], tests: Sequence[FieldTest]) -> list[int] | None:
    """Every set of groups that holds together for some event at some moment, as bits; the empty set is left out.

    None where there are more than ``MAX_SETS`` of them before every field was asked about.
    """
    found = _by_dates(groups)
    for path in dict.fromkeys(test.path for test in tests):
        asked = [[tests[index] for index in group.tests if tests[index].path == path] for group in groups]
        outcomes = {_bits(all(_passes(test, text) for test in mine) for mine in asked) for text in _texts(asked)}
        found = {held & outcome for held in found for outcome in outcomes}
        if len(found) > MAX_SETS:
            return None
    return sorted(found - {0})


def _bits(held: Iterable[bool]) -> int:
    return sum(1 << bit for bit, holds in enumerate(held) if holds)


def _by_dates(groups: Sequence[Group]) -> set[int]:
    """The sets of groups that hold together at some moment, as far as dates go."""
    moments = {moment for group in groups for moment in (group.valid_from, group.valid_to) if moment is not None}
    first = min(moments, default=0) - 1
    return {
        _bits(
            (group.valid_from is None or now >= group.valid_from) and (group.valid_to is None or now < group.valid_to)
            for group in groups
        )
        for now in (first, *moments)
    }


def _texts(asked: Sequence[Sequence[FieldTest]]) -> set[str | None]:
    """Enough texts of one field for every way in which its tests can come out.

    A text that is no value of any test passes those prefixes that are prefixes of the longest one it begins with.
    """
    tests = [test for mine in asked for test in mine]
    values = {value for test in tests for value in test.values}
    words = "".join((*values, *(test.prefix for test in tests)))
    other = next(letter for letter in map(chr, count()) if letter not in words)
    some_age = [""] if any(test.under for test in tests) else []
    return {None, *values, *(test.prefix + other for test in tests if test.prefix), *some_age}


def _passes(test: FieldTest, text: str | None) -> bool:
    if text is None:
        return False
    if test.under:
        return True
    return text in test.values if test.values else text.startswith(test.prefix)
