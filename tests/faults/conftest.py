"""What fault tests share: one broker and one Redis that each test mends again, and a rig of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.faults.port import Port
from tests.faults.rig import Rig, open_rig

from tidegate.local import Servers


@pytest.fixture
def servers(faults_stack: Servers) -> Servers:
    """Both servers, running: one that an earlier test left broken is started anew."""
    for server in (faults_stack.redis, faults_stack.kafka):
        if server.running:
            server.resume()
            server.wait_ready()
        else:
            server.start()
    return faults_stack


@pytest.fixture
def rig(servers: Servers, tmp_path: Path) -> Iterator[Rig]:
    """Topics and rules under a prefix of the test's own."""
    with open_rig(servers, tmp_path) as rig:
        yield rig


@pytest.fixture
def port(servers: Servers, tmp_path: Path) -> Iterator[Port]:
    made = Port(servers, tmp_path)
    try:
        yield made
    except BaseException:
        for hub in made.hubs:
            print(f"--- {hub.log.name}", *hub.log.read_text().splitlines()[-40:], sep="\n")
        raise
    finally:
        made.close()
