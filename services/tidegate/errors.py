"""The error tree: every error answers whether to retry and whose fault it is.

TidegateError            retriable, code (a bounded set: it is a metric label), exit_code
├ ConfigError            ours to mend before anything runs, exit 2
│ ├ BadSettings
│ ├ BadSchema
│ └ BadRules             file, line, sentence
├ BadInput               a command was given something it cannot use, exit 2
├ RecordError            the record's fault: to quarantine and to feedback, never a crash
│ ├ BadFraming
│ ├ UnknownSchema
│ └ InvalidEvent         with the offset at which the bytes stop making sense
├ Unavailable            the world's fault, retriable, exit 3
│ ├ BrokerUnavailable
│ └ ClaimsUnavailable
└ Unconfirmed            it was asked for, but nobody confirmed that it happened, exit 4
  └ LaneLost             the lane has to be taken over again (fenced, aborted, lease gone)

Anything else is a bug: inside ``inspect`` or ``release`` of one record it goes to quarantine with
reason ``bug``; anywhere else the lane stops and nothing is committed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

EXIT_OK = 0
EXIT_FINDINGS = 1
EXIT_BAD_INPUT = 2
EXIT_UNAVAILABLE = 3
EXIT_UNCONFIRMED = 4
EXIT_INTERRUPTED = 130


class TidegateError(Exception):
    """Base of all errors that Tidegate raises on purpose. The text is for the person who can mend it."""

    retriable: ClassVar[bool] = False
    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = EXIT_BAD_INPUT


class ConfigError(TidegateError):
    """Something is set up wrongly; nothing was started."""

    code = "config"


class BadSettings(ConfigError):
    """A setting is unknown, missing or has a value that it cannot have."""

    code = "bad_settings"


class BadSchema(ConfigError):
    """An Avro schema that the hub cannot take: unknown shape, recursive, or without its classes."""

    code = "bad_schema"


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong in a rule document: where it stands, what it is, and what to write instead."""

    file: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence}"


class BadRules(ConfigError):
    """A rule set that cannot be loaded. It holds every mistake found, not only the first."""

    code = "bad_rules"

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        self.mistakes = mistakes
        super().__init__("\n".join(map(str, mistakes)))


class BadInput(TidegateError):
    """A command was given something that it cannot use."""

    code = "bad_input"


class RecordError(TidegateError):
    """The record is at fault. It goes to quarantine; the lane goes on."""

    code = "record"
    exit_code = EXIT_FINDINGS


class BadFraming(RecordError):
    """The value does not begin as the Confluent wire format does."""

    code = "bad_framing"


class UnknownSchema(RecordError):
    """The record names a schema that is not registered."""

    code = "unknown_schema"


class InvalidEvent(RecordError):
    """The bytes are not what their schema says, from ``offset`` (bytes into the value, framing included)."""

    code = "undecodable"

    def __init__(self, reason: str, offset: int) -> None:
        self.reason = reason
        self.offset = offset
        super().__init__(f"{reason} at byte {offset}")


class Unavailable(TidegateError):
    """Something outside is away. Waiting helps."""

    retriable = True
    code = "unavailable"
    exit_code = EXIT_UNAVAILABLE


class BrokerUnavailable(Unavailable):
    """The Kafka cluster does not answer."""

    code = "broker_unavailable"


class ClaimsUnavailable(Unavailable):
    """The claim store (Redis) does not answer."""

    code = "claims_unavailable"


class Unconfirmed(TidegateError):
    """It was asked for, and nobody confirmed in time that it happened."""

    code = "unconfirmed"
    exit_code = EXIT_UNCONFIRMED


class LaneLost(Unconfirmed):
    """This process may no longer write the lane, or cannot know whether it may: take it over again."""

    retriable = True
    code = "lane_lost"
