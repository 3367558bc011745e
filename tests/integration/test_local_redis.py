"""A local Redis with its real server, and what keeps our hands off other people's processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from tidegate.errors import ClaimsUnavailable, Unavailable
from tidegate.local import LocalStack, Process, RedisServer
from tidegate.local.probe import ask_redis
from tidegate.local.processes import launch, until

pytestmark = [pytest.mark.kafka, pytest.mark.faults]


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path / "redis")
    server.start()
    try:
        yield server
    finally:
        server.stop(0)


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["/bin/sleep", "600"]) as process:
        yield process
        process.kill()


class TestRedis:
    def test_it_keeps_its_data_over_a_restart_and_loses_it_when_told(self, redis: RedisServer) -> None:
        with Redis.from_url(redis.url) as client:
            client.set("claim", "1")
            redis.restart()
            assert client.get("claim") == b"1"

            redis.restart(empty=True)

            assert client.get("claim") is None

    def test_it_refuses_to_evict(self, redis: RedisServer) -> None:
        with Redis.from_url(redis.url) as client:
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}

    def test_a_paused_one_answers_nothing_until_it_is_resumed(self, redis: RedisServer) -> None:
        assert redis.port is not None
        redis.pause()
        assert ask_redis(redis.port) is None

        redis.resume()

        redis.wait_ready(10)
        assert ask_redis(redis.port) == redis.pid

    def test_a_paused_one_can_be_stopped(self, redis: RedisServer) -> None:
        redis.pause()

        redis.stop(10)

        assert not redis.running

    def test_it_runs_on_the_cpus_that_it_was_given(self, tmp_path: Path) -> None:
        one = frozenset({min(os.sched_getaffinity(0))})
        server = RedisServer(tmp_path / "redis", cpus=one)
        server.start()
        try:
            assert os.sched_getaffinity(server.pid) == one
        finally:
            server.stop(0)

    def test_one_that_cannot_bind_is_tried_once_more_with_another_port(
        self, redis: RedisServer, tmp_path: Path
    ) -> None:
        # The port that we chose is free; the one that it really binds is not.
        server = RedisServer(tmp_path / "other", overrides={"port": str(redis.port)})

        with pytest.raises(ClaimsUnavailable, match="Address already in use"):
            server.start()

        assert server.log.read_text().count("Redis is starting") == 2

    def test_somebody_else_on_the_port_is_not_taken_for_it(self, redis: RedisServer, tmp_path: Path) -> None:
        other = RedisServer(tmp_path / "other", port=redis.port)
        other.process = Process(os.getpid(), "ours")

        assert not other._answers()


class TestProcesses:
    def test_no_signal_reaches_a_process_that_only_has_the_pid(self, stranger: subprocess.Popen[bytes]) -> None:
        ours = Process(stranger.pid, "of another time")

        assert not ours.alive()
        assert not ours.signal(signal.SIGKILL)
        assert ours.stop(1)
        assert stranger.poll() is None

    def test_one_that_ended_is_gone_though_nobody_waited_for_it(self, tmp_path: Path) -> None:
        process = launch(["/bin/true"], tmp_path / "log")

        assert process.gone_within(10)

    def test_one_that_does_not_listen_is_killed_when_the_time_is_over(self, tmp_path: Path) -> None:
        process = launch(["/bin/sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 0.05; done"], tmp_path / "log")
        assert until(lambda: "deaf" in (tmp_path / "log").read_text(), 10)

        assert not process.stop(0.2)

        assert not process.alive()

    def test_a_program_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(Unavailable, match="/nowhere/redis-server cannot be started"):
            launch(["/nowhere/redis-server"], tmp_path / "log")

    def test_a_state_that_names_a_foreign_process_harms_nobody(
        self, tmp_path: Path, stranger: subprocess.Popen[bytes]
    ) -> None:
        foreign = {"pid": stranger.pid, "started": "1", "port": None, "version": "x"}
        (tmp_path / "state.json").write_text(json.dumps({"kafka": foreign, "redis": foreign}))
        stack = LocalStack(tmp_path)
        assert not stack.status().running

        stack.down()

        assert stranger.poll() is None
