"""Standards: JSON of the shipping standards to the canonical event, and the canonical event to JSON.

It reads DCSA Track & Trace 2.2, both drafts of 3.0, and canonical JSON, loses nothing and invents nothing. It writes
DCSA 2.2 and 3.0, and lists what they cannot hold.
It knows JSON shapes; of Avro it knows how an event is written (``straight``). It knows no rules, no Kafka, and does no
I/O.
"""

from __future__ import annotations

from tidegate.standards.canonical_json import to_json
from tidegate.standards.json_text import parse
from tidegate.standards.mapped import Mapped
from tidegate.standards.origins import FORM_HEADER, as_sent, base_of, header, in_the_document
from tidegate.standards.outgoing import Loss
from tidegate.standards.reading import read
from tidegate.standards.recognition import recognise
from tidegate.standards.streaming import read_text
from tidegate.standards.writing import Target, Written, write

__all__ = [
    "FORM_HEADER",
    "Loss",
    "Mapped",
    "Target",
    "Written",
    "as_sent",
    "base_of",
    "header",
    "in_the_document",
    "parse",
    "read",
    "read_text",
    "recognise",
    "to_json",
    "write",
]
