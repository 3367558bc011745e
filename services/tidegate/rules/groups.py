"""Groups of grants that hold together, and the sets of groups that can hold at once for one event."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import datetime

from tidegate.rules.documents import Test
from tidegate.rules.granting import Grant
from tidegate.rules.plan import FieldTest, Group


def groups_of(grants: Sequence[Grant], tests: list[FieldTest] | None) -> list[Group]:
    """Grants by what they hold under. New tests are added to ``tests``; without it conditions do not count."""
    found: dict[tuple[tuple[int, ...], int | None, int | None], list[str]] = {}
    for grant in grants:
        said = grant.said
        needed = [] if tests is None else [_test_index(path, test, tests) for path, test in sorted(said.when.items())]
        found.setdefault((tuple(needed), _micros(said.valid_from), _micros(said.valid_to)), []).append(said.id)
    return [Group(tuple(names), needed, start, end) for (needed, start, end), names in found.items()]


def _test_index(path: str, test: Test, tests: list[FieldTest]) -> int:
    wanted = FieldTest(path, test.values, test.prefix)
    if wanted not in tests:
        tests.append(wanted)
    return tests.index(wanted)


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp()) * 1_000_000


def masks(groups: Sequence[Group], tests: Sequence[FieldTest]) -> Iterator[int]:
    """Every set of groups that can hold at the same time for one event, as bits; the empty set is left out."""

    def grow(bit: int, mask: int, held: list[Group]) -> Iterator[int]:
        if bit == len(groups):
            if mask:
                yield mask
            return
        yield from grow(bit + 1, mask, held)
        if _can_hold([*held, groups[bit]], tests):
            yield from grow(bit + 1, mask | 1 << bit, [*held, groups[bit]])

    yield from grow(0, 0, [])


def _can_hold(groups: Sequence[Group], tests: Sequence[FieldTest]) -> bool:
    """Whether one event at one moment can satisfy all of these groups."""
    latest_start = max((g.valid_from for g in groups if g.valid_from is not None), default=None)
    earliest_end = min((g.valid_to for g in groups if g.valid_to is not None), default=None)
    if latest_start is not None and earliest_end is not None and latest_start >= earliest_end:
        return False
    by_path: dict[str, list[FieldTest]] = {}
    for group in groups:
        for index in group.tests:
            by_path.setdefault(tests[index].path, []).append(tests[index])
    return all(_compatible(asked) for asked in by_path.values())


def _compatible(asked: Sequence[FieldTest]) -> bool:
    """Whether some text passes all tests of one field."""
    prefixes = sorted((test.prefix for test in asked if test.prefix), key=len)
    if any(not longer.startswith(shorter) for shorter, longer in itertools.pairwise(prefixes)):
        return False
    sets = [set(test.values) for test in asked if test.values]
    if not sets:
        return True
    longest = prefixes[-1] if prefixes else ""
    return any(value.startswith(longest) for value in set.intersection(*sets))
