"""Reserving persons: how much one script call takes, so that Redis is not busy for seconds with a few large events."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from tidegate.claims.people import MEMBERS_PER_CALL, RECORDS_PER_CALL, PeopleStore
from tidegate.gate import Asked, Persons
from tidegate.law import Bucket, newest_law
from tidegate.rules.levels import thresholds

BOUNDS = thresholds(newest_law())


class Calls:
    """Stands for the claim store: takes calls of the script down, and says of every record in which call it was."""

    epoch_key, namespace = "epoch", "tg"

    def __init__(self) -> None:
        self.records: list[int] = []

    async def run_all(self, script: str, calls: Sequence[tuple[Sequence[str], Sequence[Any]]]) -> list[list[int]]:
        assert script == "reserve"
        self.records = [_records_in(arguments) for _, arguments in calls]
        return [[place, 0, 0] * count + [0] * len(Bucket) for place, count in enumerate(self.records)]


def _records_in(arguments: Sequence[Any]) -> int:
    """Of an epoch, two dimensions of one set each, and records of ten numbers and their persons."""
    at = 2 + sum(4 + len(one.bounds) for one in BOUNDS.dimensions)
    count = 0
    while at < len(arguments):
        at += 2 * len(Bucket) + sum(int(arguments[at + 2 * place]) for place in range(len(Bucket)))
        count += 1
    return count


def reserved(*sizes: int, buckets: tuple[str, ...] = ("PI",)) -> tuple[list[int], list[int]]:
    """How many records there were in each call, and in which of them each record was."""
    passes = (True,) * len(BOUNDS.levels)
    batch = [
        Persons(index, "forwarder", 2026, tuple(Asked(one, (b"p",) * size, passes) for one in buckets))
        for index, size in enumerate(sizes)
    ]
    calls = Calls()
    store: Any = calls
    counts = asyncio.run(PeopleStore(store).reserve(batch, "e", {"forwarder": BOUNDS}))
    return calls.records, [counts.levels[index] for index in range(len(sizes))]


MOST = MEMBERS_PER_CALL


@pytest.mark.parametrize(
    ("sizes", "calls"),
    [
        ((MOST, 1), [1, 1]),
        ((MOST - 1, 1), [2]),
        ((MOST - 1, 1, 1), [2, 1]),
        ((1, 10 * MOST, 1), [1, 1, 1]),
        ((10 * MOST,), [1]),
        ((1,) * RECORDS_PER_CALL, [RECORDS_PER_CALL]),
        ((1,) * (RECORDS_PER_CALL + 1), [RECORDS_PER_CALL, 1]),
        ((0,) * (2 * RECORDS_PER_CALL + 1), [RECORDS_PER_CALL, RECORDS_PER_CALL, 1]),
    ],
)
def test_a_call_takes_so_many_records_and_persons_and_one_record_whatever_it_has(
    sizes: tuple[int, ...], calls: list[int]
) -> None:
    found, levels = reserved(*sizes)

    assert found == calls
    assert levels == [place for place, count in enumerate(calls) for _ in range(count)]


def test_persons_of_all_buckets_count() -> None:
    assert reserved(MOST // 2, 1, buckets=("PI", "EXEMPT"))[0] == [1, 1]
    assert reserved(MOST // 2 - 1, 1, buckets=("PI", "EXEMPT"))[0] == [2]
