"""Topics and a namespace of a test's own on the shared servers, and a Redis of its own to count people in."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from pathlib import Path

import pytest
from redis import Redis
from tests.integration.counters import Hub

from tidegate.broker.cluster import Cluster
from tidegate.local import Endpoints, RedisServer
from tidegate.settings import KafkaSettings, LaneSettings, RedisSettings, Settings

MakeTopic = Callable[..., Awaitable[str]]


@pytest.fixture
def settings(stack: Endpoints) -> Settings:
    """Settings of a hub of the test's own."""
    prefix = f"t{uuid.uuid4().hex[:8]}."
    return Settings(
        kafka=KafkaSettings(bootstrap=stack.bootstrap, topic_prefix=prefix, group="hub"),
        redis=RedisSettings(url=stack.redis_url),
        lane=LaneSettings(),
    )


@pytest.fixture
def cluster(settings: Settings) -> Cluster:
    return Cluster(settings.kafka)


@pytest.fixture
async def a_topic(settings: Settings, cluster: Cluster) -> AsyncIterator[MakeTopic]:
    """Makes topics with the prefix of the test's settings; all are deleted in the end."""
    made: list[str] = []

    async def make(name: str, partitions: int = 1, config: Mapping[str, str] | None = None) -> str:
        topic = f"{settings.kafka.topic_prefix}{name}"
        made.append(topic)
        await cluster.create(topic, partitions, config or {"message.timestamp.type": "LogAppendTime"})
        return topic

    yield make
    await cluster.delete(made)


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    folder: Path = tmp_path_factory.mktemp("people")
    server = RedisServer(folder / "redis")
    server.start()
    try:
        yield server
    finally:
        server.stop(0)


@pytest.fixture
async def hub(redis: RedisServer, request: pytest.FixtureRequest) -> AsyncIterator[Hub]:
    with Redis.from_url(redis.url) as client:
        client.flushall()
    made = Hub(redis, f"test:{request.node.name}")
    yield made
    await made.close()
