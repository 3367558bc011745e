"""V8: what has to be there for this kind of event is there. An empty text is no value.

Source: DCSA Track & Trace 2.2 and 3.0, conditional presence.
"""

from __future__ import annotations

from tidegate.events import avro, milestones
from tidegate.events.avro import Primitive
from tidegate.events.checks.parts import NONE, Found, Part, flags, remembering, spans
from tidegate.events.checks.reading import Fields
from tidegate.events.facts import EventFields, Marks, TextOf, text_reader, word_reader
from tidegate.events.findings import Finding, Severity
from tidegate.events.scanner_source import EMPTY_TEXT
from tidegate.events.schemas import Schema
from tidegate.events.slots import Slot


def parts(fields: Fields, facts: EventFields) -> list[Part]:
    """The parts of the schema that this rule applies to."""
    schema = fields.schema
    kind = _Kind(schema)
    event_id = text_reader(facts.event_id)
    texts = [(slot.path, text_reader(slot)) for slot in schema.slots if slot.null_index is not None and _is_text(slot)]

    def finding(path: str, sentence: str) -> Finding:
        return fields.finding("V8", path, sentence, Severity.ERROR)

    def lacking(b: bytes, m: Marks) -> Found:
        """What an event of its kind has to have, and this one has not."""
        return tuple(finding(path, sentence) for path, sentence in kind.missing(b, m))

    def empty(b: bytes, m: Marks) -> Found:
        """An id, and texts, that are there and say nothing."""
        found = NONE if event_id(b, m) else (finding("eventId", _NO_ID),)
        if m[-1] & EMPTY_TEXT:
            found += tuple(finding(path, _EMPTY) for path, text in texts if text(b, m) == b"")
        return found

    named = facts.event_id
    filled = f"m[{named.end}] - m[{named.start}] > {1 if named.null_index is None else 2}"
    return [remembering(_key(schema), lacking), Part(f"{filled} and not {flags(schema)} & {EMPTY_TEXT}", empty)]


_NO_ID = "the event has no id; every event needs one of its own"
_EMPTY = "an empty text is not a value; leave the field out instead"
_WORDS = ("eventType", "eventSubtype", "rawEventType", "rawEventSubtype", "transport.mode")
_UNKNOWN = b"UNKNOWN"
_NAMES = ("equipment.reference", "transport.vesselImo", "transport.vesselName")


def _key(schema: Schema) -> str:
    """What V8 depends on, as an expression. Two events with the same key lack the same things."""
    words = [schema.slot[path] for path in _WORDS if path in schema.slot]
    named = [schema.slot[path] for path in _NAMES if path in schema.slot]
    words += [slot for slot in named if not _is_text(slot)]
    asked = [spans(words)] if words else []
    asked += [_says(slot) for slot in named if _is_text(slot)]
    return f"({''.join(f'{one}, ' for one in asked)})"


def _is_text(slot: Slot) -> bool:
    return avro.child(slot.node) == Primitive("string")


def _says(slot: Slot) -> str:
    """Whether a text says something, as an expression. UNKNOWN says nothing, but is looked for at its length only."""
    nothing = 1 if slot.null_index is None else 2
    size = f"m[{slot.end}] - m[{slot.start}]"
    unknown = (
        f"{size} == {nothing + len(_UNKNOWN)} and b[m[{slot.end}] - {len(_UNKNOWN)}:m[{slot.end}]] == {_UNKNOWN!r}"
    )
    return f"{size} > {nothing} and not ({unknown})"


_TYPES = "SHIPMENT, TRANSPORT, EQUIPMENT, IOT, REEFER"


class _Kind:
    """What an event of its kind has to have."""

    def __init__(self, schema: Schema) -> None:
        self._applies = "eventType" in schema.slot
        self._words: dict[str, TextOf] = {
            path: word_reader(schema.slot[path]) for path in (*_WORDS, *_NAMES) if path in schema.slot
        }

    def _word(self, path: str, b: bytes, m: Marks) -> str:
        """The word in a field; nothing where it is null, empty or UNKNOWN."""
        read = self._words.get(path)
        word = (read(b, m) if read else None) or b""
        return "" if word == _UNKNOWN else word.decode()

    def missing(self, b: bytes, m: Marks) -> list[tuple[str, str]]:
        """Paths and sentences."""
        if not self._applies:
            return []
        found = []
        kind, subtype = self._word("eventType", b, m), self._word("eventSubtype", b, m)
        raw = self._word("rawEventType", b, m)
        if not kind and not raw:
            found.append(("eventType", "the event does not say what it is about"))
        if not kind and raw in milestones.ALL:
            found.append(("eventType", f"{raw} is a milestone; the type of an event is one of {_TYPES}"))
        if not subtype and not self._word("rawEventSubtype", b, m):
            found.append(("eventSubtype", "the event does not say which milestone it is"))
        if kind in milestones.BY_TYPE and subtype in milestones.ALL and subtype not in milestones.BY_TYPE[kind]:
            found.append(("eventSubtype", f"{subtype} is not a milestone of {kind} events"))
        if kind == "EQUIPMENT" and not self._word("equipment.reference", b, m):
            found.append(("equipment.reference", "an EQUIPMENT event names its container or other unit"))
        if kind == "TRANSPORT" and not any(
            self._word(path, b, m) for path in ("transport.mode", "transport.vesselImo", "transport.vesselName")
        ):
            found.append(("transport", "a TRANSPORT event names its vessel, or its mode of transport"))
        return found
