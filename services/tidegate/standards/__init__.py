"""Standards: JSON of the shipping standards to the canonical event, and the canonical event to JSON.

It reads DCSA Track & Trace 2.2, both drafts of 3.0, and canonical JSON, loses nothing and invents nothing.
It knows JSON shapes; it knows no Avro, no rules, no Kafka, and does no I/O.
"""

from __future__ import annotations

from tidegate.standards.canonical_json import to_json
from tidegate.standards.json_text import parse
from tidegate.standards.mapped import Mapped
from tidegate.standards.reading import read
from tidegate.standards.recognition import recognise

__all__ = ["Mapped", "parse", "read", "recognise", "to_json"]
