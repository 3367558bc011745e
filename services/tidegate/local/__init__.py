"""The local stack: real Apache Kafka and Redis on this machine, without a container engine.

Starts, waits for, breaks and stops servers, for tests, the demo and people at their desk. Knows processes, ports and
the first bytes of two protocols; no client of either, and nothing of what Tidegate does with them.
"""

from tidegate.local.containers import ContainerStack
from tidegate.local.jars import ensure_jars, kafka_version
from tidegate.local.kafka import KafkaServer, Listener
from tidegate.local.ports import free_ports
from tidegate.local.processes import Process
from tidegate.local.redis import RedisServer
from tidegate.local.stack import Endpoints, LocalStack, Servers, StackStatus, default_folder

__all__ = [
    "ContainerStack",
    "Endpoints",
    "KafkaServer",
    "Listener",
    "LocalStack",
    "Process",
    "RedisServer",
    "Servers",
    "StackStatus",
    "default_folder",
    "ensure_jars",
    "free_ports",
    "kafka_version",
]
