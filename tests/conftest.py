"""What all tests share: a clean environment, markers, and servers: shared, or own ones for tests that break them."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tidegate.local import (
    ContainerStack,
    Endpoints,
    KafkaServer,
    Listener,
    LocalStack,
    RedisServer,
    Servers,
    default_folder,
    ensure_jars,
    free_ports,
)

# Tests must not depend on how somebody's shell is set up. Our own two are read first.
_environ = os.environ  # noqa: TID251  the one place that cleans it
_GIVEN_BOOTSTRAP = _environ.get("TIDEGATE_TEST_BOOTSTRAP")
_GIVEN_REDIS = _environ.get("TIDEGATE_TEST_REDIS")
for _name in [name for name in _environ if name.startswith("TIDEGATE_") and name != "TIDEGATE_TEST_DATA"]:
    del _environ[_name]


def pytest_configure() -> None:
    """A SIGTERM ends the run as Ctrl-C does, so that the fixtures stop their servers."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # A shell that starts us in the background has SIGINT ignored, and so would every command that a test starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever uses a server is marked so."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        if {"stack", "own_stack", "faults_stack"}.intersection(names):
            item.add_marker("kafka")
        if {"own_stack", "faults_stack"}.intersection(names):
            item.add_marker("faults")


@pytest.fixture(scope="session")
def jars() -> Path:
    """Kafka's jars, fetched when no run of scripts/bootstrap did."""
    return ensure_jars(default_folder() / "jars")


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoints]:
    """Kafka and Redis shared by all tests of the run; a test uses names of its own and breaks nothing.

    In this order: those of TIDEGATE_TEST_BOOTSTRAP and TIDEGATE_TEST_REDIS, containers where an engine and the images
    are there, else servers of this run in its temporary folder. Never a skip: what is missing is an error.
    """
    if _GIVEN_BOOTSTRAP or _GIVEN_REDIS:
        if not (_GIVEN_BOOTSTRAP and _GIVEN_REDIS):
            pytest.fail("TIDEGATE_TEST_BOOTSTRAP and TIDEGATE_TEST_REDIS go together: set both or none")
        yield Endpoints(_GIVEN_BOOTSTRAP, _GIVEN_REDIS)
    elif ContainerStack.missing() is None:
        containers = ContainerStack()
        try:
            containers.up()
            yield Endpoints(containers.bootstrap, containers.redis_url)
        finally:
            containers.down()
    else:
        jars = request.getfixturevalue("jars")
        local = LocalStack(tmp_path_factory.mktemp("stack"), jars=jars.parent, short_lived=True)
        # ``up`` inside the try, and no addfinalizer: pytest runs none when a fixture is interrupted in the making.
        try:
            yield local.up()
        finally:
            local.down()


@contextmanager
def _own_servers(folder: Path, jars: Path) -> Iterator[Callable[..., Servers]]:
    with ExitStack() as stopping:

        def make(**kafka_options: Any) -> Servers:
            own = folder / f"own-{len(list(folder.glob('own-*')))}"
            kafka = KafkaServer(own / "kafka", jars=jars, **{"short_lived": True, **kafka_options})
            made = Servers(kafka, RedisServer(own / "redis"))
            for server in (made.redis, made.kafka):
                stopping.callback(server.stop, 0)
                server.start()
            return made

        yield make


@pytest.fixture
def own_stack(tmp_path: Path, jars: Path) -> Iterator[Callable[..., Servers]]:
    """Makes a Kafka and a Redis of the test's own, started, always local: ``own_stack(overrides={...}, cpus=...)``.

    Arguments are those of ``KafkaServer``. Each call gives another pair; all are stopped when the test is over.
    """
    with _own_servers(tmp_path, jars) as make:
        yield make


@pytest.fixture(scope="session")
def faults_stack(tmp_path_factory: pytest.TempPathFactory, jars: Path) -> Iterator[Servers]:
    """One pair for all tests that break things: each has topics of its own and mends what it broke.

    The broker has a second door whose clients have to come through a proxy, for those who want to be in between.
    """
    (port,) = free_ports(1)
    with _own_servers(tmp_path_factory.mktemp("faults"), jars) as make:
        yield make(extra_listeners=[Listener("PROXIED", advertised_port=port)])
