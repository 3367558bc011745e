"""Logs and metrics: which keys and which names there are.

Logs are JSON, one line each: an event in words, and keys from ``LOG_KEYS``. No payload, no record key, no secret: a key
that is not in the list is dropped and counted, so that a careless ``log.info(..., record=record)`` cannot leak.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from typing import Any, TextIO

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

LOG_KEYS = frozenset(
    {
        *("event", "level", "timestamp", "logger", "exception"),
        *("process", "lane", "lanes", "topic", "partition", "offset", "position", "positions", "publisher", "partner"),
        *("generation", "members", "epoch", "run_id", "cluster", "group", "bootstrap", "host", "port", "url"),
        *("plan", "rule_set", "sequence", "suspended", "records", "batch", "outcome", "reason", "code", "error"),
        *("seconds", "claims", "attempts", "count", "total", "done", "usage", "quota", "expected", "found", "action"),
        *("schema_id", "entry", "signal", "settings", "pid", "version", "what", "lag", "dropped_keys"),
    }
)

DURATIONS_S = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


def _only_known_keys(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    unknown = [key for key in event if key not in LOG_KEYS]
    for key in unknown:
        del event[key]
    if unknown:
        event["dropped_keys"] = sorted(unknown)
    return event


_SPOKEN = ("tidegate", "aiokafka", "redis")
"""Whose exceptions are repeated in logs. The text of others may hold what they failed on, as that of a KeyError."""


def _exception_without_values(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Says of an exception where it came from and what it was."""
    said = event.pop("exc_info", None)
    if said is True:
        said = sys.exc_info()
    exc = said[1] if isinstance(said, tuple) else said
    if isinstance(exc, BaseException):
        event["exception"] = "".join(_told(exc))
    return event


def _told(exc: BaseException) -> Iterator[str]:
    before = exc.__cause__ or (None if exc.__suppress_context__ else exc.__context__)
    if before is not None:
        yield from _told(before)
        yield "and then\n"
    yield from traceback.format_tb(exc.__traceback__)
    name = type(exc).__qualname__
    spoken = isinstance(exc, OSError) or type(exc).__module__.partition(".")[0] in _SPOKEN
    yield f"{name}: {exc}\n" if spoken else f"{name}\n"


class _Sparing(logging.Filter):
    """Lets a library say the same thing once in a while: with a broker away, aiokafka says so fifty times a second."""

    EVERY_S = 10.0

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        what = record.name, str(record.msg)
        if record.created - self._said.get(what, 0.0) < self.EVERY_S:
            return False
        self._said[what] = record.created
        return True


def configure_logs(level: str, out: TextIO = sys.stderr) -> None:
    """Logs of this process, and of the libraries it uses from warnings on, as JSON lines on ``out``."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _exception_without_values,
        _only_known_keys,
        structlog.processors.JSONRenderer(),
    ]
    structlog.configure(
        processors=shared,
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *shared]
        )
    )
    handler.addFilter(_Sparing())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)


def get_logger(**bound: Any) -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(**bound)
    return logger


class Metrics:
    """The metrics of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        lane = ["lane"]

        def counter(name: str, what: str, labels: list[str]) -> Counter:
            return Counter(f"tidegate_{name}", what, labels, registry=self.registry)

        def gauge(name: str, what: str, labels: list[str]) -> Gauge:
            return Gauge(f"tidegate_{name}", what, labels, registry=self.registry)

        self.records = counter("records", "Records by outcome, committed", [*lane, "outcome"])
        self.deliveries = counter("deliveries", "Deliveries committed, by partner", ["partner"])
        self.faults = counter("faults", "Records rejected or quarantined, by reason", ["reason"])
        self.orders = counter("orders", "Orders, by what was asked and what came of it", ["kind", "outcome"])
        self.takeovers = counter("takeovers", "Takeovers of a lane, by what made them necessary", [*lane, "reason"])
        self.lag = gauge("lag_records", "Records not yet taken in, without transaction markers", lane)
        self.stuck = gauge("seconds_since_progress", "Seconds since the last commit, while there is lag", lane)
        self.open = gauge("lane_open", "1 while this process owns the lane and its gate is open", lane)
        self.transaction = Histogram(
            "tidegate_transaction_seconds", "One transaction", lane, registry=self.registry, buckets=DURATIONS_S
        )
        self.takeover = Histogram(
            "tidegate_takeover_seconds", "One takeover", lane, registry=self.registry, buckets=DURATIONS_S
        )
        self.claims = gauge("claims", "Claims held, by publisher", ["publisher"])
        self.people = gauge(
            "people",
            "Distinct people provided this calendar year, by exporter and bucket; of IMPORTANT distinct events",
            ["exporter", "bucket"],
        )
        self.paper_used = gauge(
            "paper_used",
            "People, or events with important data, that count against what a paper was approved for",
            ["exporter", "paper", "unit"],
        )
        self.paper_approved = gauge(
            "paper_approved",
            "People, or events with important data, that a paper was approved for",
            ["exporter", "paper", "unit"],
        )
        self.claims_lost = counter("claims_lost", "Times that the claim store was found wiped or restarted", [])
        self.unchecked = counter("unchecked_records", "Records passed after claims were lost, by setting go_on", lane)
        self.rebuild = gauge(
            "rebuild_lanes_done", "Lanes whose claims are back after a loss; -1 when none is under way", []
        )
        self.rules = gauge("rules_sequence", "Sequence number of the activation in force", [])
        self.rules_age = gauge("rules_confirmed_seconds", "Seconds since rules were last read to their end", [])
        self.held_expiring = gauge(
            "held_expiring",
            "Held deliveries that the quarantine's retention takes soon, and nobody decided about",
            lane,
        )
        self.flooding = gauge(
            "flooding", "1 while nothing of a publisher is taken in, since too much fails", [*lane, "publisher"]
        )
        self.excluded = gauge(
            "excluded_topics", "Source topics that are not read, since they are not as they should be", []
        )
        self.rebuild.set(-1)
