"""The same two servers in containers, for machines where an engine is there and Java is not."""

from __future__ import annotations

import gc
import warnings
from contextlib import ExitStack, closing

from tidegate.errors import BadInput, BrokerUnavailable, ClaimsUnavailable
from tidegate.local.jars import kafka_version, recipe
from tidegate.local.ports import HOST, free_ports
from tidegate.local.probe import ask_kafka, ask_redis
from tidegate.local.processes import until

REDIS_IMAGE = "redis:7"
_KAFKA_PORT, _REDIS_PORT = 9092, 6379


class ContainerStack:
    """Kafka and Redis through testcontainers, with the same broker settings as the local stack.

    Untried: there was no container engine where this was written; it is checked against the types of testcontainers.
    testcontainers belongs to the development tools, so it is imported when it is used.
    """

    def __init__(self) -> None:
        self._running = ExitStack()
        self._ports: tuple[int, int] | None = None

    @staticmethod
    def missing() -> str | None:
        """Why it cannot be used here (no testcontainers, no engine, an image that is not there), None when it can.

        Images are never pulled: a test run does not wait for a download that nobody asked for.
        """
        with warnings.catch_warnings():
            # Where no engine listens, the docker client drops its socket unclosed: collect it here and now.
            warnings.simplefilter("ignore", ResourceWarning)
            missing = _missing_of_engine()
            gc.collect()
        return missing

    @property
    def bootstrap(self) -> str:
        return f"{HOST}:{self._started()[0]}"

    @property
    def redis_url(self) -> str:
        return f"redis://{HOST}:{self._started()[1]}/0"

    def up(self, timeout_s: float = 120.0) -> None:
        """Start both and return when clients can use them; nothing is left when one does not come up."""
        from testcontainers.core.config import testcontainers_config  # noqa: PLC0415
        from testcontainers.core.container import DockerContainer  # noqa: PLC0415

        # Its clean-up container would be one more image to have; ``down`` removes what ``up`` made.
        testcontainers_config.ryuk_disabled = True
        kafka_port, redis_port = free_ports(2)
        kafka = DockerContainer(kafka_image()).with_bind_ports(_KAFKA_PORT, kafka_port)
        kafka.with_envs(**broker_environment(kafka_port))
        redis = DockerContainer(REDIS_IMAGE).with_bind_ports(_REDIS_PORT, redis_port)
        redis.with_command("redis-server --appendonly yes --maxmemory-policy noeviction")
        with ExitStack() as starting:
            for container in (redis, kafka):
                starting.enter_context(container)
            if not until(lambda: ask_redis(redis_port) is not None, timeout_s):
                raise ClaimsUnavailable(f"the container of {REDIS_IMAGE} does not answer after {timeout_s:.0f} s")
            if not until(lambda: _has_brokers(kafka_port), timeout_s):
                raise BrokerUnavailable(f"the container of {kafka_image()} does not answer after {timeout_s:.0f} s")
            self._running = starting.pop_all()
        self._ports = kafka_port, redis_port

    def down(self) -> None:
        """Remove both containers with their data."""
        self._ports = None
        self._running.close()

    def _started(self) -> tuple[int, int]:
        if self._ports is None:
            raise BadInput("the containers were not started")
        return self._ports


def kafka_image() -> str:
    """The project's own image of the version that the pom pins."""
    return f"apache/kafka:{kafka_version()}"


def broker_environment(port: int) -> dict[str, str]:
    """``server.properties`` as that image wants it: one variable for each key, with the doors of a container."""
    lines = (recipe() / "server.properties").read_text().splitlines()
    settings = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    settings |= {
        "listeners": f"PLAINTEXT://:{_KAFKA_PORT},CONTROLLER://:9093",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.quorum.voters": f"{settings['node.id']}@localhost:9093",
    }
    return {"KAFKA_" + key.upper().replace(".", "_"): value for key, value in settings.items()}


def _missing_of_engine() -> str | None:
    try:
        import docker  # type: ignore[import-untyped]  # noqa: PLC0415  testcontainers brings it
        import testcontainers.core.container  # noqa: F401, PLC0415
    except ImportError:
        return "testcontainers is not installed"
    try:
        with closing(docker.from_env(timeout=10)) as client:
            for image in (kafka_image(), REDIS_IMAGE):
                client.images.get(image)
    except docker.errors.ImageNotFound as error:
        return f"an image is not there: {error.explanation}"
    except docker.errors.DockerException:
        return "no container engine answers"
    return None


def _has_brokers(port: int) -> bool:
    cluster = ask_kafka(port)
    return cluster is not None and cluster.brokers > 0
