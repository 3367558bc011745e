"""Ports on 127.0.0.1 for servers that come back to the same port after a crash."""

from __future__ import annotations

import random
import socket
from collections.abc import Collection

from tidegate.errors import Unavailable

HOST = "127.0.0.1"
# Below the range from which systems take the ports of outgoing connections (Linux from 32768, macOS from 49152). Asking
# for port 0 gives one of that range: while a killed broker is down, a client that tries to reconnect can be given the
# very port that it calls, reaches itself, and holds the port against the broker that wants it back.
_RANGE = range(20_000, 32_000)


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((HOST, port))
        except OSError:
            return False
    return True


def free_ports(count: int, *, besides: Collection[int] = ()) -> list[int]:
    """``count`` different ports on which nobody listens now, none of ``besides``. Somebody may, a moment later."""
    found: list[int] = []
    for port in random.SystemRandom().sample(_RANGE, len(_RANGE)):
        if len(found) == count:
            break
        if port not in besides and is_free(port):
            found.append(port)
    if len(found) < count:
        raise Unavailable(f"no {count} free ports between {_RANGE.start} and {_RANGE.stop} on {HOST}")
    return found
