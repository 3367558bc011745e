"""A hub starts only on topics that are as they have to be."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tidegate.broker.cluster import Cluster
from tidegate.broker.names import TopicNames
from tidegate.broker.topics import bring_about, compare, specs
from tidegate.errors import ConfigError
from tidegate.hub.ground import verified_lanes
from tidegate.settings import Settings

PARTIES = (["forwarder"], {"terminal": 86_400})


@pytest.fixture
def names(settings: Settings) -> TopicNames:
    return TopicNames(settings.kafka.topic_prefix)


async def made(cluster: Cluster, names: TopicNames) -> list[str]:
    for difference in await compare(cluster, specs(names, 2, *PARTIES)):
        await bring_about(cluster, difference)
    return [spec.name for spec in specs(names, 2, *PARTIES)]


async def test_topics_that_apply_made_are_as_they_have_to_be(cluster: Cluster, names: TopicNames) -> None:
    topics = await made(cluster, names)
    try:
        assert await compare(cluster, specs(names, 2, *PARTIES)) == []
        assert await verified_lanes(cluster, names) == 2
    finally:
        await cluster.delete(topics)


@pytest.mark.parametrize(
    ("topic", "wrong"),
    [
        ("audit", {"message.timestamp.type": "CreateTime"}),
        ("audit", {"retention.ms": "86400000"}),
        ("quarantine", {"max.message.bytes": "1048576"}),
        ("rules", {"cleanup.policy": "delete"}),
        ("subjects", {"cleanup.policy": "delete"}),
    ],
)
async def test_a_hub_does_not_start_on_a_topic_of_its_own_that_differs(
    cluster: Cluster, names: TopicNames, topic: str, wrong: Mapping[str, str]
) -> None:
    # Given topics of which one was changed
    topics = await made(cluster, names)
    try:
        await cluster.alter(f"{names.prefix}{topic}", wrong)

        # When a hub looks, it says which, how, and what to do
        (name,) = wrong
        with pytest.raises(ConfigError, match=f"{topic}: {name} from {wrong[name]} to .*(?s:.)*topics apply"):
            await verified_lanes(cluster, names)

        # And what it says helps
        await made(cluster, names)
        assert await verified_lanes(cluster, names) == 2
    finally:
        await cluster.delete(topics)


async def test_a_hub_without_topics_says_how_to_make_them(cluster: Cluster, names: TopicNames) -> None:
    with pytest.raises(ConfigError, match="topics apply"):
        await verified_lanes(cluster, names)
