"""Grants that hold together, and sets of them that can hold at once: against trying all texts and moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import a_grant, a_rule_set

from tidegate.rules.groups import groups_of, masks
from tidegate.rules.plan import FieldTest, Group

often = settings(max_examples=150, deadline=None, derandomize=True)
WORDS = ("A", "AB", "ABC", "B", "BA")
TEXTS = ("", "C", *WORDS, *(f"{word}x" for word in WORDS))
"""Enough texts to tell the tests below apart: each word, something longer, and something else."""

prefixes = st.builds(lambda path, prefix: FieldTest(path, (), prefix), st.sampled_from("xy"), st.sampled_from(WORDS))
sets = st.builds(
    lambda path, values: FieldTest(path, tuple(sorted(values))),
    st.sampled_from("xy"),
    st.sets(st.sampled_from(WORDS), min_size=1, max_size=3),
)
moments = st.one_of(st.none(), st.integers(0, 4))


@st.composite
def situations(draw: Any) -> tuple[list[Group], list[FieldTest]]:
    tests = draw(st.lists(st.one_of(prefixes, sets), min_size=1, max_size=4, unique=True))
    asked = st.lists(st.integers(0, len(tests) - 1), max_size=2, unique=True).map(tuple)
    groups = [
        Group((f"g{number}",), draw(asked), draw(moments), draw(moments)) for number in range(draw(st.integers(1, 4)))
    ]
    return groups, tests


def holds(group: Group, tests: list[FieldTest], event: dict[str, str], now: int) -> bool:
    after = group.valid_from is None or now >= group.valid_from
    before = group.valid_to is None or now < group.valid_to
    passed = (
        event[test.path] in test.values if test.values else event[test.path].startswith(test.prefix)
        for test in (tests[index] for index in group.tests)
    )
    return after and before and all(passed)


@often
@given(situations())
def test_every_set_that_holds_for_some_event_at_some_time_is_found_and_no_other(
    said: tuple[list[Group], list[FieldTest]],
) -> None:
    # Given groups with conditions and dates
    groups, tests = said

    # When the sets that can hold at once are asked for
    found = masks(groups, tests) or []

    # Then they are those that some event gives at some moment
    given_by_events = {
        sum(1 << bit for bit, group in enumerate(groups) if holds(group, tests, {"x": x, "y": y}, now))
        for now in range(-1, 6)
        for x in TEXTS
        for y in TEXTS
    } - {0}
    assert found == sorted(given_by_events)


def grouped(*grants: dict[str, Any]) -> tuple[list[Group], list[FieldTest]]:
    rules = a_rule_set(grants=[a_grant(id=f"g{number}", **said) for number, said in enumerate(grants)])
    tests: list[FieldTest] = []
    return groups_of(rules.grants, tests), tests


def test_grants_with_the_same_conditions_are_one_group() -> None:
    when = {"eventType": "EQUIPMENT", "eventSubtype": ["LOAD", "DISC"]}
    groups, tests = grouped(
        {"when": when},
        {"when": dict(reversed(when.items()))},
        {"when": {**when, "eventSubtype": ["DISC", "LOAD", "LOAD"]}},
        {"when": {"eventType": "EQUIPMENT"}},
        {},
    )

    assert [group.grants for group in groups] == [("g0", "g1", "g2"), ("g3",), ("g4",)]
    assert tests == [FieldTest("eventSubtype", ("DISC", "LOAD")), FieldTest("eventType", ("EQUIPMENT",))]


def test_the_same_moment_is_the_same_however_it_is_written() -> None:
    hongkong = timezone(timedelta(hours=8))
    groups, _ = grouped(
        {"valid_from": datetime(2026, 1, 1, 8, tzinfo=hongkong)},
        {"valid_from": datetime(2026, 1, 1, tzinfo=UTC)},
    )

    (one,) = groups
    assert one.valid_from == 1_767_225_600_000_000


def test_moments_are_exact_to_the_microsecond() -> None:
    """A fraction of a second that is cut off would let a grant hold before its time."""
    groups, _ = grouped(*({"valid_from": datetime(year, 1, 1, 0, 0, 0, 999_999, UTC)} for year in (1990, 2026, 2199)))

    assert [group.valid_from or 0 for group in groups] == [
        631_152_000_999_999,
        1_767_225_600_999_999,
        7_226_582_400_999_999,
    ]
    ending, _ = grouped({"valid_to": datetime(2199, 12, 31, 23, 59, 59, 999_999, UTC)})
    assert ending[0].valid_to == 7_258_118_399_999_999


def test_without_tests_conditions_do_not_count() -> None:
    rules = a_rule_set(grants=[a_grant(id=f"g{n}", when={"eventSubtype": str(n)}) for n in range(3)])
    (group,) = groups_of(rules.grants, None)
    assert group == Group(("g0", "g1", "g2"), ())


def binary(count: int) -> tuple[list[Group], list[FieldTest]]:
    """Groups each of which asks a field of its own, and a code of one field that no two of them share."""
    own = [FieldTest(f"p{number:02}", ("X",)) for number in range(count)]
    codes = [FieldTest("z", (f"{number:02}",)) for number in range(count)]
    groups = [Group((f"g{number:02}",), (number, count + number)) for number in range(count)]
    return groups, [*own, *codes]


def test_as_many_sets_as_it_may_look_at_are_looked_at_to_the_end() -> None:
    """4,096 sets by the first twelve fields; by the last one no two of the groups hold together."""
    assert masks(*binary(12)) == [1 << bit for bit in range(12)]


def test_with_one_set_more_rules_are_refused() -> None:
    """Where the rest was left out, what leaves would be that of other grants than hold."""
    # Given the same, and a group that may hold or not where all twelve fields are as they are asked, by its dates
    groups, tests = binary(12)
    dated = Group(("dated",), tuple(range(12)), valid_from=5)

    # Then what the last field says of them is not asked any more
    assert masks([*groups, dated], tests) is None
