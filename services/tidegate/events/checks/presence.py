"""V8: what has to be there for this kind of event is there. An empty text is no value.

Source: DCSA Track & Trace 2.2 and 3.0, conditional presence.
"""

from __future__ import annotations

from collections.abc import Callable

from tidegate.events import avro, milestones
from tidegate.events.avro import Primitive
from tidegate.events.checks.parts import NONE, Found, spans
from tidegate.events.checks.reading import Fields
from tidegate.events.facts import EventFields, Marks, TextOf, text_reader, word_reader
from tidegate.events.findings import Severity
from tidegate.events.memo import WIDEST
from tidegate.events.scanner_source import EMPTY_TEXT
from tidegate.events.schemas import Schema

_MEMO_SIZE = 4_096


class Presence:
    """V8. One look at what decides it: the words of the kind, and of other fields only how many bytes they have."""

    def __init__(self, fields: Fields, facts: EventFields) -> None:
        self._fields = fields
        schema = fields.schema
        self._event_id = text_reader(facts.event_id)
        self._kind = _Kind(schema)
        self._texts = [
            (slot.path, text_reader(slot))
            for slot in schema.slots
            if slot.null_index is not None and avro.child(slot.node) == Primitive("string")
        ]
        self._key = _compile_key(schema)
        self._memo: dict[object, tuple[tuple[str, str], ...]] = {}

    def check(self, b: bytes, m: Marks) -> Found:
        key = self._key(b, m)
        missing = self._memo.get(key)
        if missing is None:
            missing = tuple(self._kind.missing(b, m))
            if len(self._memo) >= _MEMO_SIZE:
                self._memo.clear()
            if len(b) <= WIDEST:
                self._memo[key] = missing
        if missing or m[-1] & EMPTY_TEXT or not self._event_id(b, m):
            return self._findings(missing, b, m)
        return NONE

    def _findings(self, missing: tuple[tuple[str, str], ...], b: bytes, m: Marks) -> Found:
        said = list(missing)
        if not self._event_id(b, m):
            said.append(("eventId", "the event has no id; every event needs one of its own"))
        if m[-1] & EMPTY_TEXT:
            empty = "an empty text is not a value; leave the field out instead"
            said += [(path, empty) for path, text in self._texts if text(b, m) == b""]
        return tuple(self._fields.finding("V8", path, sentence, Severity.ERROR) for path, sentence in said)


_WORDS = ("eventType", "eventSubtype", "rawEventType", "rawEventSubtype", "transport.mode")
_NAMES = ("equipment.reference", "transport.vesselImo", "transport.vesselName")


def _compile_key(schema: Schema) -> Callable[[bytes, Marks], object]:
    """What V8 depends on. Two events with the same key lack the same things."""
    words = [schema.slot[path] for path in _WORDS if path in schema.slot]
    named = [schema.slot[path] for path in _NAMES if path in schema.slot]
    parts = [spans(words)] if words else []
    parts += [f"m[{slot.end}] - m[{slot.start}] > {1 if slot.null_index is None else 2}" for slot in named]
    text = f"lambda b, m: ({''.join(f'{part}, ' for part in parts)})"
    return eval(compile(text, "<kind of an event>", "eval"), {})  # type: ignore[no-any-return]  # noqa: S307


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
        word = ((read(b, m) if read else None) or b"").decode()
        return "" if word == "UNKNOWN" else word

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
