"""Which rules a hub process runs, from the ``rules`` topic of a real broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import pytest
from tests.builders import KEYRING, a_grant, a_plan
from tests.integration.conftest import MakeTopic

from tidegate.broker.cluster import Cluster
from tidegate.broker.publisher import open_publisher
from tidegate.gate import Keyring
from tidegate.hub.following import RulesFollower
from tidegate.rules import Plan
from tidegate.rules.activations import Activation, plan_key
from tidegate.settings import LaneSettings, Settings
from tidegate.telemetry import Metrics

COMPACTED = {"cleanup.policy": "compact", "message.timestamp.type": "LogAppendTime"}
ONE, OTHER = a_plan(), a_plan(grants=[a_grant("eventId")])


@pytest.fixture
def quick(settings: Settings) -> Settings:
    return settings.model_copy(update={"lane": LaneSettings(rules_confirm_s=0.5, rules_stale_s=3.0, retry_s=0.1)})


@pytest.fixture
async def topic(a_topic: MakeTopic) -> str:
    return await a_topic("rules", config=COMPACTED)


@pytest.fixture
async def follower(quick: Settings, topic: str) -> AsyncIterator[RulesFollower]:
    made = RulesFollower(quick, topic, KEYRING, Metrics())
    task = asyncio.create_task(made.run())
    yield made
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def an_activation(plan: Plan, sequence: int, **said: Any) -> Activation:
    return Activation(
        **{
            "sequence": sequence,
            "follows": sequence - 1,
            "plan": plan.digest,
            "rule_set": "r",
            "suspended": (),
            "approver": "a",
            "reason": "b",
            "at_us": 1,
            "id": f"id-{sequence}",
            **said,
        }
    )


async def put(settings: Settings, topic: str, *said: Plan | Activation) -> None:
    async with open_publisher(settings.kafka) as publisher:
        for one in said:
            key = one.key if isinstance(one, Activation) else plan_key(one.digest)
            await publisher.send_and_wait(topic, key, one.to_bytes())


async def until(follower: RulesFollower, holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await follower.wait(0.1)


def in_force(follower: RulesFollower) -> int | None:
    return None if follower.in_force is None else follower.in_force.activation.sequence


async def test_before_the_topic_was_read_nothing_is_in_force(quick: Settings, topic: str) -> None:
    follower = RulesFollower(quick, topic, KEYRING, Metrics())

    assert follower.in_force is None
    assert not follower.fresh


async def test_the_last_activation_that_follows_counts(quick: Settings, topic: str, follower: RulesFollower) -> None:
    # Given two activations of which the second was written by two people at once
    second, late = an_activation(OTHER, 1, suspended=("terminal",)), an_activation(ONE, 1, id="late")
    await put(quick, topic, ONE, an_activation(ONE, 0), OTHER, second, late, an_activation(ONE, 7))

    # When the follower has read them, then the first of the two is in force
    await until(follower, lambda: in_force(follower) == 1)
    assert follower.fresh
    assert follower.in_force is not None
    assert follower.in_force.executor.plan.digest == OTHER.digest
    assert follower.in_force.executor.suspended == {"terminal"}


async def test_rules_that_cannot_be_run_here_end_those_before(quick: Settings, topic: str) -> None:
    """They are in force for the hub all the same, so the old ones must not go on."""
    other_key = a_plan(hub={"zone": "CN-GD-SZ", "digest_key": "k2", "pseudonym_key": "k1"})
    follower = RulesFollower(quick, topic, Keyring({"k1": KEYRING.secrets["k1"]}), Metrics())
    task = asyncio.create_task(follower.run())
    try:
        await put(quick, topic, ONE, an_activation(ONE, 0))
        await until(follower, lambda: in_force(follower) == 0)

        await put(quick, topic, other_key, an_activation(other_key, 1))
        await until(follower, lambda: in_force(follower) is None)
        assert "no key 'k2'" in str(follower.failure)

        await put(quick, topic, an_activation(ONE, 2))
        await until(follower, lambda: in_force(follower) == 2)
        assert follower.failure is None
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_a_topic_made_anew_ends_what_the_old_one_said(
    quick: Settings, cluster: Cluster, topic: str, follower: RulesFollower
) -> None:
    # Given rules in force
    await put(quick, topic, ONE, an_activation(ONE, 0))
    await until(follower, lambda: in_force(follower) == 0)

    # When the topic is deleted: nothing confirms them any more
    await cluster.delete([topic])
    await until(follower, lambda: not follower.fresh or in_force(follower) is None)

    # And when it is made anew: nothing is in force, until it says so itself
    async with asyncio.timeout(60):
        while topic in await cluster.topics([topic]):
            await asyncio.sleep(0.1)
    await cluster.create(topic, 1, COMPACTED)
    await until(follower, lambda: follower.fresh and in_force(follower) is None)
    await put(quick, topic, OTHER, an_activation(OTHER, 0))
    await until(follower, lambda: in_force(follower) == 0)
    assert follower.in_force is not None
    assert follower.in_force.executor.plan.digest == OTHER.digest
