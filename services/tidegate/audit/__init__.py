"""The audit: entries of a lane's log, their chain, and the state that the log adds up to.

Knows no Kafka and no rules; never sees a field value.
"""

from tidegate.audit.chain import BrokenChain, Head, LaneState, digest_of, replay_tail, seal, verify
from tidegate.audit.coding import from_bytes, to_bytes
from tidegate.audit.entry import (
    NO_LEVEL,
    NO_SCHEMA,
    Columns,
    Counter,
    Delivery,
    Entry,
    Kind,
    Position,
    Remark,
    SourceRange,
)
from tidegate.audit.orders import DONE, REFUSED, CarriedOut

__all__ = [
    "DONE",
    "NO_LEVEL",
    "NO_SCHEMA",
    "REFUSED",
    "BrokenChain",
    "CarriedOut",
    "Columns",
    "Counter",
    "Delivery",
    "Entry",
    "Head",
    "Kind",
    "LaneState",
    "Position",
    "Remark",
    "SourceRange",
    "digest_of",
    "from_bytes",
    "replay_tail",
    "seal",
    "to_bytes",
    "verify",
]
