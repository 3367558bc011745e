"""A record of the quarantine, read back: what ``quarantine_of`` laid down, with why and from where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from tidegate.errors import InvalidEvent
from tidegate.gate.batch import Batch, Headers, Run, source_of
from tidegate.gate.outcomes import Reason


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Why a record lies in quarantine, where it came from, and the record as it came.

    ``timestamp_ms`` is when the broker took it in. ``partner`` is for whom a delivery is held, else empty. ``value`` is
    only the head of one that was too large (``complete`` tells). ``findings`` are ``(severity, rule, path)``.
    """

    reason: Reason
    detail: str
    topic: str
    topic_id: str
    lane: int
    offset: int
    timestamp_ms: int
    publisher: str
    partner: str
    findings: tuple[tuple[str, str, str], ...]
    complete: bool
    key: bytes | None
    value: bytes | None
    headers: Headers

    @property
    def held(self) -> bool:
        """Whether a delivery of it waits for a person; else the record itself failed."""
        return self.reason is Reason.HELD

    @property
    def place(self) -> str:
        """Its original coordinates, for people."""
        return f"{self.topic}/{self.lane}/{self.offset}"


def read_quarantined(value: bytes | None, headers: Headers) -> Quarantined:
    """The record that lies in quarantine under some headers. Raises ``InvalidEvent`` for one that the hub did not put
    there.
    """
    said = {name: content.decode(errors="replace") for name, content in headers if content and _ours(name)}
    try:
        length = int(said.get("tg_length", len(value or b"")))
        return Quarantined(
            reason=Reason(said["tg_reason"]),
            detail=said.get("tg_detail", ""),
            topic=said["tg_topic"],
            topic_id=said["tg_topic_id"],
            lane=int(said["tg_partition"]),
            offset=int(said["tg_offset"]),
            timestamp_ms=int(said["tg_timestamp"]),
            publisher=said["tg_publisher"],
            partner=said.get("tg_partner", ""),
            findings=_findings(said.get("tg_findings", "[]")),
            complete=length == len(value or b""),
            key=next((content for name, content in headers if name == "tg_key"), None),
            value=value,
            headers=[(name.removeprefix("src_"), content) for name, content in headers if name.startswith("src_")],
        )
    except (KeyError, ValueError) as exc:
        raise InvalidEvent("not a record that the hub put into quarantine", 0) from exc


def _ours(name: str) -> bool:
    return name.startswith("tg_") and name != "tg_key"


def _findings(text: str) -> tuple[tuple[str, str, str], ...]:
    return tuple((one["severity"], one["code"], one["propertyPath"]) for one in orjson.loads(text))


def batch_again(records: Sequence[Quarantined], lane: int, lanes: int) -> tuple[Batch, list[int]]:
    """Records of the quarantine as a batch under their original coordinates, and the place there of each.

    Each keeps the time at which the broker took it in first, which is the "now" of its checks.
    """
    order = sorted(range(len(records)), key=lambda place: _sorting(records[place]))
    places = [0] * len(records)
    runs: list[Run] = []
    for number, place in enumerate(order):
        one = records[place]
        source = source_of(one.topic, one.topic_id, one.publisher)
        if not runs or runs[-1].source != source:
            runs.append(Run(source))
        run = runs[-1]
        run.offsets.append(one.offset)
        run.timestamps.append(one.timestamp_ms)
        run.keys.append(one.key)
        run.values.append(one.value)
        run.headers.append(one.headers)
        places[place] = number
    return Batch(lane, lanes, runs), places


def _sorting(one: Quarantined) -> tuple[str, str, int]:
    return one.topic, one.topic_id, one.offset
