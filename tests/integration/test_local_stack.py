"""The local stack with its real servers: started, broken, and gone when it should be."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from aiokafka.client import AIOKafkaClient
from confluent_kafka.admin import AdminClient, ConfigResource

from tidegate.errors import BadInput, BrokerUnavailable
from tidegate.local import Endpoints, KafkaServer, Listener, LocalStack, free_ports
from tidegate.local.probe import ask_kafka
from tidegate.local.processes import _look_up

pytestmark = [pytest.mark.kafka, pytest.mark.faults]

LOCAL = [sys.executable, "-c", "from tidegate.cli.local import local; local()"]


def has_ended(pid: int | None) -> bool:
    """Gone, or waiting for its new parent (process 1, as its own is gone) to take note."""
    seen = _look_up(pid or 0)
    return seen is None or seen.state == "Z"


@pytest.fixture(scope="module")
def kafka_of_this_file(tmp_path_factory: pytest.TempPathFactory, jars: Path) -> Iterator[KafkaServer]:
    (proxy,) = free_ports(1)
    server = KafkaServer(
        tmp_path_factory.mktemp("kafka"),
        jars=jars,
        short_lived=True,
        extra_listeners=[Listener("PROXIED", advertised_port=proxy)],
        overrides={"message.max.bytes": "1000"},
    )
    try:
        yield server
    finally:
        server.stop(0)


@pytest.fixture
def kafka(kafka_of_this_file: KafkaServer) -> KafkaServer:
    """A broker that runs, whatever the test before did to it."""
    if not kafka_of_this_file.running:
        kafka_of_this_file.start()
    return kafka_of_this_file


@pytest.fixture
def taken_port() -> Iterator[int]:
    (port,) = free_ports(1)
    with socket.create_server(("127.0.0.1", port)):
        yield port


class TestKafka:
    def test_it_answers_as_the_cluster_that_its_folder_holds(self, kafka: KafkaServer) -> None:
        found = ask_kafka(int(kafka.bootstrap.removeprefix("127.0.0.1:")))

        assert found is not None
        assert (found.cluster_id, found.brokers) == (kafka.cluster_id, 1)

    def test_its_warnings_reach_the_log(self, kafka: KafkaServer) -> None:
        log = kafka.log.read_text()

        assert " WARN QuorumController " in log
        assert "SLF4J" not in log

    def test_its_settings_are_our_defaults_with_the_overrides_on_top(self, kafka: KafkaServer) -> None:
        admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
        (asked,) = admin.describe_configs([ConfigResource(ConfigResource.Type.BROKER, "1")]).values()

        found = asked.result(20)

        assert found["auto.create.topics.enable"].value == "false"
        assert found["message.max.bytes"].value == "1000"

    async def test_a_client_of_the_extra_listener_is_sent_to_the_advertised_port(self, kafka: KafkaServer) -> None:
        (listener,) = kafka.extra_listeners
        client = AIOKafkaClient(bootstrap_servers=f"127.0.0.1:{listener.port}")

        await client.bootstrap()

        assert {broker.port for broker in client.cluster.brokers()} == {listener.advertised_port}
        await client.close()

    def test_a_paused_one_answers_nothing_and_a_resumed_one_goes_on(self, kafka: KafkaServer) -> None:
        kafka.pause()
        try:
            assert kafka.running
            assert kafka.port is not None
            assert ask_kafka(kafka.port) is None
        finally:
            kafka.resume()

        kafka.wait_ready(20)

    def test_a_killed_one_comes_back_as_the_same_cluster_on_the_same_port(self, kafka: KafkaServer) -> None:
        before = kafka.cluster_id, kafka.bootstrap, kafka.pid
        kafka.kill()
        assert not kafka.running

        kafka.restart()

        assert (kafka.cluster_id, kafka.bootstrap) == before[:2]
        assert kafka.pid != before[2]

    def test_starting_it_twice_is_refused(self, kafka: KafkaServer) -> None:
        with pytest.raises(BadInput, match=f"Kafka runs already, as process {kafka.pid}"):
            kafka.start()

    def test_a_taken_port_is_named(self, tmp_path: Path, jars: Path, taken_port: int) -> None:
        server = KafkaServer(tmp_path / "kafka", jars=jars, port=taken_port)

        with pytest.raises(BrokerUnavailable, match=f"port {taken_port} on 127.0.0.1 is taken by another process"):
            server.start()

        assert not server.running

    def test_a_port_that_somebody_takes_while_it_starts_is_given_up_for_another(
        self, tmp_path: Path, jars: Path
    ) -> None:
        with ExitStack() as closing:
            server = KafkaServer(tmp_path / "kafka", jars=jars, short_lived=True)
            closing.callback(server.stop, 0)
            taken: list[int] = []

            def be_quicker() -> None:
                if not taken:
                    assert server.port is not None
                    taken.append(server.port)
                    closing.enter_context(socket.create_server(("127.0.0.1", server.port)))

            server.on_launch = be_quicker

            server.start()

            assert server.running
            assert server.port not in taken

    def test_a_folder_without_jars_is_named(self, tmp_path: Path) -> None:
        server = KafkaServer(tmp_path / "kafka", jars=tmp_path / "nowhere")

        with pytest.raises(BadInput, match=f"{tmp_path}/nowhere holds no jars of Kafka"):
            server.start()

    def test_a_setting_that_kafka_refuses_is_quoted_from_its_log(self, tmp_path: Path, jars: Path) -> None:
        server = KafkaServer(tmp_path / "kafka", jars=jars, overrides={"num.io.threads": "many"})

        with pytest.raises(BrokerUnavailable) as error:
            server.start()

        assert str(server.log) in str(error.value)
        assert "Invalid value many for configuration num.io.threads" in str(error.value)


def test_the_shared_stack_is_there(stack: Endpoints) -> None:
    found = ask_kafka(int(stack.bootstrap.rpartition(":")[2]))

    assert found is not None
    assert found.brokers > 0


class TestStack:
    def test_two_ups_at_once_make_one_stack_that_outlives_them_and_down_leaves_no_process(
        self, tmp_path: Path, jars: Path
    ) -> None:
        stack = LocalStack(tmp_path)
        (tmp_path / "jars").symlink_to(jars.parent)
        try:
            with ThreadPoolExecutor() as pool:
                up = [*LOCAL, "up", "--folder", str(stack.folder)]
                runs = list(pool.map(lambda _: subprocess.run(up, capture_output=True, text=True), range(2)))  # noqa: PLW1510

            assert [run.returncode for run in runs] == [0, 0], runs
            assert len({tuple(run.stdout.splitlines()[-2:]) for run in runs}) == 1
            assert sum("Kafka: ready on" in run.stdout for run in runs) == 1
            found = stack.status()
            assert found.running
            assert runs[0].stdout.splitlines()[-2:] == [
                f"export TIDEGATE_KAFKA__BOOTSTRAP={found.bootstrap}",
                f"export TIDEGATE_REDIS__URL={found.redis_url}",
            ]
            assert stack.up() == Endpoints(found.bootstrap, found.redis_url)
            assert stack.status() == found
        finally:
            stack.down()

        assert has_ended(found.kafka_pid)
        assert has_ended(found.redis_pid)
        after = stack.status()
        assert not after.running
        assert (after.bootstrap, after.redis_url) == (found.bootstrap, found.redis_url)

    def test_status_says_what_runs_to_people_and_to_programs(self, tmp_path: Path) -> None:
        status = [*LOCAL, "status", "--folder", str(tmp_path / "none")]
        for_people = subprocess.run(status, capture_output=True, text=True, check=False)
        for_programs = subprocess.run([*status, "--json"], capture_output=True, text=True, check=False)

        assert for_people.returncode == for_programs.returncode == 3
        assert "was never started here" in for_people.stdout
        assert json.loads(for_programs.stdout)["running"] is False

    def test_a_broken_state_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "state.json").write_text("{")

        with pytest.raises(BadInput, match=f"{tmp_path}/state.json is not the state of a local stack"):
            LocalStack(tmp_path).status()
