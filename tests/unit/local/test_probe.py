from __future__ import annotations

import struct

import pytest

from tidegate.local.probe import Cluster, read_info, read_metadata


def metadata(cluster_id: str | None = "abc", *, brokers: int = 1) -> bytes:
    """A Metadata v2 response to a request for no topic."""
    broker = struct.pack(">i", 1) + string("127.0.0.1") + struct.pack(">i", 9092) + string(None)
    head = struct.pack(">ii", 1, brokers)
    return head + broker * brokers + string(cluster_id) + struct.pack(">ii", 1, 0)


def string(text: str | None) -> bytes:
    return struct.pack(">h", -1) if text is None else struct.pack(">h", len(text)) + text.encode()


def test_a_metadata_response_names_the_cluster_and_counts_its_brokers() -> None:
    assert read_metadata(metadata("abc", brokers=2)) == Cluster("abc", 2)


def test_a_cluster_without_brokers_or_id_is_read_all_the_same() -> None:
    assert read_metadata(metadata(None, brokers=0)) == Cluster("", 0)


@pytest.mark.parametrize("size", range(len(metadata()) - 8))
def test_a_response_cut_short_is_an_error(size: int) -> None:
    with pytest.raises((ValueError, struct.error)):
        read_metadata(metadata()[:size])


@pytest.mark.parametrize(
    ("answer", "pid"),
    [
        (b"+PONG\r\n$60\r\n# Server\r\nredis_version:7.0.15\r\nprocess_id:4711\r\n\r\n+OK\r\n", 4711),
        # Its data is not read yet: INFO is answered, PING is not.
        (b"-LOADING Redis is loading the dataset in memory\r\n$17\r\nprocess_id:4711\r\n\r\n", None),
        (b"-NOAUTH Authentication required.\r\n-NOAUTH Authentication required.\r\n", None),
        (b"HTTP/1.1 400 Bad Request\r\nprocess_id:4711\r\n", None),
        (b"", None),
    ],
)
def test_a_redis_is_ready_when_it_says_pong_and_who_it_is(answer: bytes, pid: int | None) -> None:
    assert read_info(answer) == pid
