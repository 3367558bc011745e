"""What the looks of checks read: words and numbers of single fields, by path."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tidegate.events import avro
from tidegate.events.avro import Enum, Primitive
from tidegate.events.facts import Marks, long_at, word_reader
from tidegate.events.findings import Finding, Severity
from tidegate.events.schemas import Schema
from tidegate.events.slots import Slot

Severities = Mapping[str, Severity]


class Fields:
    """The fields of a schema that checks may ask for; one that the schema lacks is empty."""

    def __init__(self, schema: Schema, severities: Severities) -> None:
        self.schema = schema
        self._severities = severities
        self._words: dict[str, Callable[[bytes, Marks], bytes | None]] = {}

    def slots(self, *paths: str) -> list[Slot]:
        """The slots of those paths that are texts or codes; checks leave other types of a rule set's own schema be."""
        return [slot for path in paths if (slot := self.schema.slot.get(path)) and _is_word(slot)]

    def word(self, path: str, b: bytes, m: Marks) -> str:
        """The word in a text or code field; nothing where it is null, absent or UNKNOWN."""
        read = self._words.get(path)
        if read is None:
            slot = self.schema.slot.get(path)
            read = word_reader(slot) if slot is not None and _is_word(slot) else _nothing
            self._words[path] = read
        said = (read(b, m) or b"").decode()
        return "" if said == "UNKNOWN" else said

    def number(self, path: str, b: bytes, m: Marks) -> int | None:
        """The number in an int or long field."""
        slot = self.schema.slot.get(path)
        if slot is None:
            return None
        start = m[slot.start] + (slot.null_index is not None)
        return long_at(b, start, m[slot.end]) if start < m[slot.end] else None

    def finding(self, rule: str, path: str, message: str, severity: Severity = Severity.WARN) -> Finding:
        """A finding of a rule, with the severity that the publisher's settings give it, else ``severity``."""
        return Finding(rule, self._severities.get(rule, severity), f"$.{path}", message)


def _is_word(slot: Slot) -> bool:
    inner = avro.child(slot.node)
    return isinstance(inner, Enum) or (isinstance(inner, Primitive) and inner.kind == "string")


def _nothing(b: bytes, m: Marks) -> None:
    return None


def shown(text: str) -> str:
    """One value for a message: cut, printable, in quotes."""
    said = repr(text)
    return said if len(said) <= 60 else f"{said[:59]}…"
