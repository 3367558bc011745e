"""``kill -9`` of hub processes at random moments: nothing lost, nothing doubled, nothing out of order."""

from __future__ import annotations

import random

import pytest
from tests.faults.kills import kill_at_random
from tests.faults.rig import Rig


@pytest.mark.timeout(400)
def test_eight_kills_of_two_hubs(rig: Rig) -> None:
    _run(rig, 8, seed=8)


@pytest.mark.soak
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("seed", [1, 2])
def test_twenty_four_kills_of_two_hubs(rig: Rig, seed: int) -> None:
    _run(rig, 24, seed)


def _run(rig: Rig, kills: int, seed: int) -> None:
    for _ in range(2):
        rig.hub()
    rig.await_open()
    rig.flow.start()

    kill_at_random(rig, kills, random.Random(seed))

    verdict = rig.verdict()
    assert verdict.clean, str(verdict)
    # Every lane was taken over at its start at least, and by those who came after somebody was killed.
    assert rig.takeovers() > 4
    assert all(figure for word, figure in verdict.figures.items() if word not in ("held", "orders")), str(verdict)
    print(verdict, f"{kills} kills, {rig.takeovers()} takeovers", sep="\n")
