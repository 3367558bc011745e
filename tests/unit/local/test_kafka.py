from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import pytest

from tidegate.errors import BadInput
from tidegate.local import KafkaServer, Listener
from tidegate.local.containers import broker_environment
from tidegate.local.kafka import _escape, _new_cluster_id


def settings(**options: Any) -> dict[str, str]:
    server = KafkaServer(Path("somewhere"), jars=Path("jars"), port=1001, controller_port=1002, **options)
    return dict(server._settings())


def test_clients_and_controller_have_a_door_each() -> None:
    found = settings()

    assert found["listeners"] == "PLAINTEXT://127.0.0.1:1001,CONTROLLER://127.0.0.1:1002"
    assert found["advertised.listeners"] == "PLAINTEXT://127.0.0.1:1001"
    assert found["controller.quorum.bootstrap.servers"] == "127.0.0.1:1002"


def test_an_extra_listener_is_advertised_at_the_port_of_the_proxy_before_it() -> None:
    found = settings(extra_listeners=[Listener("SLOW", advertised_port=2001, port=2000)])

    assert found["listeners"].endswith(",SLOW://127.0.0.1:2000")
    assert found["advertised.listeners"] == "PLAINTEXT://127.0.0.1:1001,SLOW://127.0.0.1:2001"
    assert "SLOW:PLAINTEXT" in found["listener.security.protocol.map"].split(",")


def test_overrides_come_last_because_java_takes_the_last_of_two_equal_keys() -> None:
    server = KafkaServer(Path("a"), jars=Path("j"), port=1, controller_port=2, overrides={"log.dirs": "elsewhere"})

    assert [value for key, value in server._settings() if key == "log.dirs"][-1] == "elsewhere"


@pytest.mark.parametrize("name", ["PLAINTEXT", "CONTROLLER", "slow", "A,B", ""])
def test_a_listener_needs_a_name_of_its_own(name: str) -> None:
    with pytest.raises(BadInput, match="a listener cannot be named"):
        Listener(name, advertised_port=1)


@pytest.mark.parametrize(
    ("value", "written"),
    [("plain", "plain"), ("back\\slash", r"back\\slash"), ("Größe", r"Gr\u00f6\u00dfe"), ("港", r"\u6e2f")],
)
def test_values_are_written_as_java_reads_them(value: str, written: str) -> None:
    assert _escape(value) == written


def test_a_cluster_id_is_sixteen_bytes_and_never_looks_like_an_option() -> None:
    for _ in range(200):
        text = _new_cluster_id()
        assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]{21}", text)
        assert len(base64.urlsafe_b64decode(text + "==")) == 16


def test_a_server_has_no_address_before_it_has_a_port() -> None:
    with pytest.raises(BadInput, match="Kafka has no port before its first start"):
        _ = KafkaServer(Path("somewhere"), jars=Path("jars")).bootstrap


def test_a_container_gets_the_same_settings_as_variables() -> None:
    found = broker_environment(4000)

    assert found["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    assert found["KAFKA_PROCESS_ROLES"] == "broker,controller"
    assert found["KAFKA_ADVERTISED_LISTENERS"] == "PLAINTEXT://127.0.0.1:4000"
    assert found["KAFKA_CONTROLLER_QUORUM_VOTERS"] == "1@localhost:9093"
