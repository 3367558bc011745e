"""A finding: a semantic check that fired."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How grave a finding is; the words of DCSA's feedbackElements."""

    ERROR = "ERROR"
    WARN = "WARN"
    INFO = "INFO"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found, where, and a sentence for the person who sent the event.

    ``rule`` is the check's name (``V7``, ``MAP``, ``KEY`` ...), a bounded set. ``path`` is a JSONPath into what the
    publisher sent (``$.eventDateTime``) where that is known, else into the canonical event (``$.eventTime``).
    ``message`` never holds more of the event than the one value that is wrong.
    """

    rule: str
    severity: Severity
    path: str
    message: str
