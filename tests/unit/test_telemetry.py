"""What logs say, and what they cannot say."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from tidegate.errors import BrokerUnavailable
from tidegate.telemetry import Metrics, configure_logs, get_logger

CONTAINER = "MSKU1234565"


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    """Where logs go meanwhile."""
    root = logging.getLogger()
    before = root.handlers, root.level
    stream = io.StringIO()
    configure_logs("info", stream)
    yield stream
    root.handlers, root.level = before
    structlog.reset_defaults()


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_line_is_json_with_keys_from_the_list(out: io.StringIO) -> None:
    get_logger(lane=3).info("lane taken over", batch=64)

    (line,) = lines(out)
    assert {**line, "timestamp": ""} == {
        "event": "lane taken over",
        "level": "info",
        "timestamp": "",
        "lane": 3,
        "batch": 64,
    }


def test_a_key_that_is_not_in_the_list_is_dropped_and_named(out: io.StringIO) -> None:
    get_logger().info("careless", record=CONTAINER, key=CONTAINER, lane=1)

    (line,) = lines(out)
    assert line["dropped_keys"] == ["key", "record"]
    assert line["lane"] == 1
    assert CONTAINER not in out.getvalue()


@pytest.mark.parametrize(
    "error",
    [
        KeyError(CONTAINER),
        ValueError(f"not a number: {CONTAINER}"),
        UnicodeDecodeError("utf-8", CONTAINER.encode(), 0, 1, CONTAINER),
    ],
)
def test_an_exception_is_told_without_what_it_failed_on(out: io.StringIO, error: Exception) -> None:
    try:
        try:
            raise error
        except Exception as exc:
            raise RuntimeError(f"over {CONTAINER}") from exc
    except RuntimeError:
        get_logger().exception("a bug stopped the lane")

    (line,) = lines(out)
    assert CONTAINER not in out.getvalue()
    assert type(error).__name__ in line["exception"]
    assert "RuntimeError" in line["exception"]
    assert "test_telemetry.py" in line["exception"]


def test_an_error_of_ours_is_told_in_its_words(out: io.StringIO) -> None:
    try:
        raise BrokerUnavailable("no Kafka broker answers at b:1")
    except BrokerUnavailable:
        get_logger().exception("it is away")

    assert "BrokerUnavailable: no Kafka broker answers at b:1" in lines(out)[0]["exception"]


def test_libraries_speak_json_too_from_warnings_on_and_seldom(out: io.StringIO) -> None:
    library = logging.getLogger("aiokafka.conn")

    library.info("nothing of interest")
    for _ in range(5):
        library.warning("the broker is away")

    assert [(line["event"], line["level"]) for line in lines(out)] == [("the broker is away", "warning")]


def test_two_processes_in_one_do_not_share_metrics() -> None:
    one, other = Metrics(), Metrics()

    one.takeovers.labels(0, "start").inc()

    assert one.registry.get_sample_value("tidegate_takeovers_total", {"lane": "0", "reason": "start"}) == 1.0
    assert other.registry.get_sample_value("tidegate_takeovers_total", {"lane": "0", "reason": "start"}) is None
