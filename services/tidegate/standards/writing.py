"""The canonical event to DCSA Track & Trace 2.2 and 3.0, with a list of what the document cannot hold.

The tables of the readers say where a value stands, so a property is read and written by the same line. Nothing is
invented: a value that a standard has no property for, or no code, is a loss and not a guess. Of DCSA 3.0 the draft of
May 2026 is written. A code outside its list is written as its sender wrote it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from tidegate.standards import times, written22, written30
from tidegate.standards.dcsa import EVENT_ID, EVENT_TIME
from tidegate.standards.dcsa30_table import RETRACTED
from tidegate.standards.mapped import Kind
from tidegate.standards.outgoing import Loss, Outgoing
from tidegate.standards.placing import Placing
from tidegate.standards.shape import EVENT, MAX_EVENT_ID, RETRACTION

Target: TypeAlias = Literal["dcsa-2.2", "dcsa-3.0"]
TITLES: Mapping[Target, str] = {"dcsa-2.2": "DCSA Track & Trace 2.2", "dcsa-3.0": "DCSA Track & Trace 3.0"}


@dataclass(frozen=True, slots=True)
class Written:
    """A document, and what of the event is not in it. Without a document the standard has no such event at all."""

    document: dict[str, object] | None
    losses: tuple[Loss, ...]


def write(value: Mapping[str, object], kind: Kind, target: Target) -> Written:
    """A canonical event or retraction, as ``read`` gives it, as one JSON object of another standard.

    Reading the document again gives the same event but for the losses. Its ``eventTimeRaw`` is the text of the document
    where the event had none.
    """
    if kind == "retraction":
        return _retraction(value, target)
    out = Outgoing(EVENT, value, TITLES[target])
    types = written22.TYPES if target == "dcsa-2.2" else written30.TYPES
    known = value["eventType"] in types or (value["eventType"] == "UNKNOWN" and value["rawEventType"])
    if not known or not _id(out) or not _time(out):
        return Written(None, out.losses())
    if target == "dcsa-2.2":
        written22.fill(out, Placing(out))
    else:
        written30.fill(out, Placing(out))
    return Written(out.document, out.losses())


def _retraction(value: Mapping[str, object], target: Target) -> Written:
    out = Outgoing(RETRACTION, value, TITLES[target])
    if target == "dcsa-2.2" or not _id(out):
        return Written(None, out.losses())
    table = Placing(out)
    out.put(RETRACTED, True)
    table.moment("eventUpdatedTime", "eventUpdatedDateTime")
    table.elements(written30.ORIGINATING, {})
    return Written(out.document, out.losses())


def _id(out: Outgoing) -> bool:
    event_id = out.plain("eventId")
    if isinstance(event_id, str) and len(event_id) <= MAX_EVENT_ID:
        out.put(EVENT_ID, event_id)
        return True
    if event_id is not None:
        out.lose("eventId", f"an id has at most {MAX_EVENT_ID} characters")
    return False


def _time(out: Outgoing) -> bool:
    """The time of the event: the sender's own text where it says the same, else one that says no more than is known."""
    micros, raw = out.left.pop("eventTime", None), out.left.pop("eventTimeRaw", None)
    offset, source = out.left.pop("utcOffsetMinutes", None), out.left.pop("offsetSource", "NONE")
    if not isinstance(micros, int) or not times.FIRST <= micros <= times.LAST:
        for path, content in (("eventTime", micros), ("eventTimeRaw", raw), ("utcOffsetMinutes", offset)):
            if content is not None:
                out.lose(path, "the time is outside the years 1 to 9999")
        return False
    given = source == "GIVEN" and isinstance(offset, int)
    text = _text(micros, offset if given and isinstance(offset, int) else None)
    if text is None:
        given, text = False, _text(micros, None)
    taken = times.instant(raw) if isinstance(raw, str) else None
    if isinstance(raw, str) and isinstance(taken, times.Instant):
        said = (micros, offset if given else None)
        if (taken.micros, taken.offset_minutes) == said:
            text, raw = raw, None
    out.put(EVENT_TIME, text)
    if raw is not None:
        out.lose("eventTimeRaw", "it does not say this moment with this offset, as a time of the standard has to")
    if not given and offset is not None:
        out.lose("utcOffsetMinutes", "only an offset that the sender gave may stand in a time")
    if not given and source != "NONE":
        out.lose("offsetSource", "the standard does not say where an offset is from")
    return True


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _text(micros: int, offset: int | None) -> str | None:
    """A moment as text; ``-00:00`` says that the offset is not known (RFC 3339 section 4.3)."""
    if offset is None:
        return times.rfc3339(micros).replace("Z", "-00:00")
    if not times.WESTMOST <= offset <= times.EASTMOST:
        return None
    try:
        local = _EPOCH + timedelta(microseconds=micros, minutes=offset)
    except OverflowError:
        return None
    sign, size = ("-", -offset) if offset < 0 else ("+", offset)
    return f"{local.replace(tzinfo=None).isoformat()}{sign}{size // 60:02}:{size % 60:02}"
