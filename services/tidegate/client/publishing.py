"""Publishing: events in an industry standard, mapped to the canonical event and sent to the publisher's topic."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tidegate import standards
from tidegate.broker.cluster import Cluster
from tidegate.broker.names import TopicNames
from tidegate.broker.publisher import Publisher, open_publisher
from tidegate.errors import BadInput, InvalidEvent
from tidegate.events.builtin import EVENT_SCHEMA, RETRACTION_SCHEMA, builtin
from tidegate.events.encoding import encode_framed
from tidegate.events.findings import Finding, Severity
from tidegate.settings import Settings

Standard = Literal["auto", "dcsa-2.2", "dcsa-3.0", "canonical"]
IN_FLIGHT = 5_000
CHUNK = 1 << 20
"""Bytes of a file that are read at once; a file of any size is sent in memory that does not grow with it."""
_SCHEMAS = {"event": EVENT_SCHEMA, "retraction": RETRACTION_SCHEMA}


@dataclass(slots=True)
class Sent:
    """What became of a call of ``publish``: how many were sent, and what was found wrong, by file and place in it."""

    sent: int = 0
    refused: int = 0
    findings: list[tuple[str, int, Finding]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Outgoing:
    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


async def publish(
    settings: Settings,
    publisher: str,
    files: Iterable[Path],
    standard: Standard,
    progress: Callable[[int], None] = lambda count: None,
) -> Sent:
    """Sends the events of some files. An event that cannot be mapped is not sent; the others go on.

    ``progress`` is told how many more are done. Raises ``BadInput`` for a topic that is not there, and
    ``BrokerUnavailable``.
    """
    topic = TopicNames(settings.kafka.topic_prefix).incoming(publisher)
    if topic not in await Cluster(settings.kafka).topics([topic]):
        raise BadInput(f"there is no topic {topic}; run 'tidegate topics apply DIR' with rules that know {publisher!r}")
    result = Sent()
    # A record sent twice after trouble is a duplicate to the hub; one that is refused must not stop those after it.
    async with open_publisher(settings.kafka, idempotent=False) as out:
        waiting: list[tuple[str, int, bytes, asyncio.Future[object]]] = []
        for file in files:
            for index, outgoing in _mapped(file, standard, result):
                try:
                    future = await out.send(topic, outgoing.key, outgoing.value, outgoing.headers)
                except BadInput as exc:
                    _refuse(result, str(file), index, exc)
                    continue
                waiting.append((str(file), index, outgoing.value, future))
                if len(waiting) >= IN_FLIGHT:
                    progress(await _settle(out, topic, waiting, result))
        progress(await _settle(out, topic, waiting, result))
    return result


def _mapped(file: Path, standard: Standard, result: Sent) -> Iterable[tuple[int, _Outgoing]]:
    """The events of a file as they go out, one by one; what cannot be read or mapped is told in ``result``."""
    for mapped in standards.read_text(_chunks(file), standard):
        result.findings += [(str(file), mapped.index, finding) for finding in mapped.findings]
        if mapped.event is None or mapped.kind is None:
            result.refused += 1
            continue
        try:
            value = encode_framed(builtin(_SCHEMAS[mapped.kind]), mapped.event)
        except InvalidEvent as exc:
            result.refused += 1
            result.findings.append(
                (str(file), mapped.index, Finding("MAP", Severity.ERROR, f"$[{mapped.index}]", str(exc)))
            )
            continue
        key = None if mapped.key is None else mapped.key.encode()
        yield mapped.index, _Outgoing(key, value, standards.header(mapped))


def _chunks(file: Path) -> Iterator[bytes]:
    """The bytes of a file, a stretch at a time. Raises ``BadInput`` where it cannot be read."""
    try:
        with file.open("rb") as opened:
            while chunk := opened.read(CHUNK):
                yield chunk
    except FileNotFoundError:
        raise BadInput(f"there is no file {file}") from None
    except OSError as exc:
        raise BadInput(f"{file} cannot be read: {exc.strerror}") from None


async def _settle(
    out: Publisher, topic: str, waiting: list[tuple[str, int, bytes, asyncio.Future[object]]], result: Sent
) -> int:
    """Waits for what was handed over. What the broker refuses is the sender's error, and is said with its place."""
    for file, index, value, future in waiting:
        try:
            await out.confirmed(topic, value, future)
        except BadInput as exc:
            _refuse(result, file, index, exc)
        else:
            result.sent += 1
    count = len(waiting)
    waiting.clear()
    return count


def _refuse(result: Sent, file: str, index: int, exc: BadInput) -> None:
    result.refused += 1
    result.findings.append((file, index, Finding("SIZE", Severity.ERROR, f"$[{index}]", str(exc))))
