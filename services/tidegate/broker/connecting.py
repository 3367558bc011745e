"""How to connect: our settings in the words of the two clients, and a broker that is not there in words for people."""

from __future__ import annotations

import ssl
from typing import Any

from aiokafka.helpers import create_ssl_context

from tidegate.settings import KafkaSettings


def client_arguments(kafka: KafkaSettings) -> dict[str, Any]:
    """Keyword arguments that every aiokafka client takes."""
    found: dict[str, Any] = {"bootstrap_servers": kafka.bootstrap, "security_protocol": kafka.security_protocol}
    if kafka.security_protocol in ("SSL", "SASL_SSL"):
        context: ssl.SSLContext = create_ssl_context(
            cafile=_text(kafka.ssl_cafile), certfile=_text(kafka.ssl_certfile), keyfile=_text(kafka.ssl_keyfile)
        )
        context.check_hostname = kafka.ssl_check_hostname
        found["ssl_context"] = context
    if kafka.security_protocol.startswith("SASL"):
        found["sasl_mechanism"] = kafka.sasl_mechanism
        found["sasl_plain_username"] = kafka.sasl_username
        found["sasl_plain_password"] = kafka.sasl_password
    return found


def admin_arguments(kafka: KafkaSettings) -> dict[str, Any]:
    """Configuration of the confluent-kafka admin client."""
    found: dict[str, Any] = {
        "bootstrap.servers": kafka.bootstrap,
        "security.protocol": kafka.security_protocol.lower(),
        "socket.timeout.ms": int(kafka.connect_s * 1000),
        "log_level": 0,
    }
    if kafka.security_protocol in ("SSL", "SASL_SSL"):
        files = {
            "ssl.ca.location": kafka.ssl_cafile,
            "ssl.certificate.location": kafka.ssl_certfile,
            "ssl.key.location": kafka.ssl_keyfile,
        }
        found.update({name: str(path) for name, path in files.items() if path is not None})
        if not kafka.ssl_check_hostname:
            found["ssl.endpoint.identification.algorithm"] = "none"
    if kafka.security_protocol.startswith("SASL"):
        found["sasl.mechanism"] = kafka.sasl_mechanism
        found["sasl.username"] = kafka.sasl_username
        found["sasl.password"] = kafka.sasl_password
    return found


def not_there(kafka: KafkaSettings) -> str:
    """The sentence for a broker that does not answer."""
    return (
        f"no Kafka broker answers at {kafka.bootstrap} (kafka.bootstrap); start one with 'tidegate local up', or set "
        "TIDEGATE_KAFKA__BOOTSTRAP to where yours is"
    )


def _text(path: object) -> str | None:
    return None if path is None else str(path)
