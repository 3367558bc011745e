"""Is a server ready? Asked over a plain socket, so that this room needs no client of Kafka or Redis.

Both questions are answered with the identity of the server: somebody else's on the same port is not ours being ready.
"""

from __future__ import annotations

import re
import socket
import struct
from dataclasses import dataclass

from tidegate.local.ports import HOST

_TIMEOUT_S = 1.0
# Kafka: Metadata v2 for no topic. Request header: api key, version, correlation id, no client id; body: an empty array.
_METADATA = struct.pack(">hhihi", 3, 2, 1, -1, 0)
_REDIS = b"PING\r\nINFO server\r\nQUIT\r\n"


@dataclass(frozen=True, slots=True)
class Cluster:
    """What a broker says of its cluster: ``brokers`` counts those that clients may use (the unfenced ones)."""

    cluster_id: str
    brokers: int


def ask_kafka(port: int, host: str = HOST) -> Cluster | None:
    """The cluster behind a port, None when no broker answers.

    Metadata and not ApiVersions: a broker answers ApiVersions before the controller has let it in.
    """
    try:
        with socket.create_connection((host, port), _TIMEOUT_S) as sock:
            sock.sendall(struct.pack(">i", len(_METADATA)) + _METADATA)
            (size,) = struct.unpack(">i", _read(sock, 4))
            return read_metadata(_read(sock, min(size, 1 << 20)))
    except (OSError, ValueError, struct.error):
        return None


def read_metadata(answer: bytes) -> Cluster:
    """Of a Metadata v2 response. ``ValueError`` or ``struct.error`` when it is none."""
    _, count = struct.unpack_from(">ii", answer)
    at = 8
    for _ in range(count):
        at += 4  # node id
        _, at = _string(answer, at)  # host
        at += 4  # port
        _, at = _string(answer, at)  # rack
    cluster_id, _ = _string(answer, at)
    return Cluster(cluster_id, count)


def ask_redis(port: int, host: str = HOST) -> int | None:
    """The pid of the Redis server behind a port, None while none answers or it still loads its data."""
    try:
        with socket.create_connection((host, port), _TIMEOUT_S) as sock:
            sock.sendall(_REDIS)
            answer = b"".join(iter(lambda: sock.recv(65536), b""))
    except OSError:
        return None
    return read_info(answer)


def read_info(answer: bytes) -> int | None:
    """The process id in the answer to PING and INFO; None unless the answer to PING is PONG."""
    found = re.search(rb"^process_id:(\d+)", answer, re.MULTILINE)
    return int(found[1]) if found and answer.startswith(b"+PONG\r\n") else None


def _read(sock: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = sock.recv(size - len(parts))
        if not part:
            raise ConnectionResetError("closed in the middle of an answer")
        parts += part
    return bytes(parts)


def _string(data: bytes, at: int) -> tuple[str, int]:
    """A nullable string (null reads as empty) and the place behind it."""
    (size,) = struct.unpack_from(">h", data, at)
    at += 2
    if size < 0:
        return "", at
    if at + size > len(data):
        raise ValueError("a string runs past the end of the answer")
    return data[at : at + size].decode(), at + size
