"""Orders: what an operator asks of a lane about a record of its quarantine, as it stands in the ``orders`` topic.

Whoever may write that topic may give orders: with ACLs, operators alone.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tidegate.audit import REFUSED, CarriedOut
from tidegate.errors import BadInput
from tidegate.gate.quarantined import Quarantined

MAX_REASON = 500
"""How long a reason may be, in characters."""
MAX_NAME = 100

MAX_DRAIN_S = 86_400

Count = Annotated[int, Field(ge=0, lt=1 << 63)]
Place = Annotated[int, Field(ge=-1, lt=1 << 63)]
"""An offset, or -1 for none."""


class OrderKind(StrEnum):
    """What is asked for."""

    LOOK = "look"
    """To be shown the raw bytes. All that the lane does is to write down who asked, and why."""
    REDRIVE = "redrive"
    """To decide a record that failed again, under the rules of today."""
    RELEASE = "release"
    """To let a delivery go that waits for a person."""
    DISCARD = "discard"
    """To leave it where it is for good."""
    DRAIN = "drain"
    """To let the quarantine fill for a while, however much fails. It is about no record."""


class Order(BaseModel):
    """One order. ``quarantine`` is the offset of its record in the quarantine of the lane.

    The original coordinates have to be those that the lane finds there: else the order means another record.

    ``asked_us`` is by the clock of whoever asks, in microseconds since 1970. ``wait_ms`` is how long the command waits
    for an answer: a look that comes later is not granted any more. ``for_s`` is how long a drain lasts.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: Annotated[str, Field(min_length=8, max_length=64)]
    kind: Annotated[OrderKind, Field(strict=False)]
    quarantine: Place = -1
    topic: Annotated[str, Field(max_length=255)] = ""
    topic_id: Annotated[str, Field(max_length=64)] = ""
    offset: Place = -1
    by: Annotated[str, Field(min_length=1, max_length=MAX_NAME)]
    reason: Annotated[str, Field(min_length=1, max_length=MAX_REASON)]
    asked_us: Count
    wait_ms: Count = 0
    for_s: Annotated[int, Field(ge=0, le=MAX_DRAIN_S)] = 0

    @model_validator(mode="after")
    def _about(self) -> Order:
        """Only a drain is about no record."""
        if (self.kind is OrderKind.DRAIN) != (self.quarantine < 0) or (self.offset < 0) != (self.quarantine < 0):
            raise ValueError("quarantine")
        return self

    def to_bytes(self) -> bytes:
        return self.model_dump_json().encode()

    @classmethod
    def from_bytes(cls, value: bytes | None) -> Order:
        """Raises ``BadInput`` for anything else."""
        try:
            return cls.model_validate_json(value or b"")
        except ValidationError as exc:
            wrong = ", ".join(sorted({".".join(map(str, one["loc"])) for one in exc.errors()} - {""}))
            raise BadInput(f"not an order: look at {wrong or 'what it is about'}") from None

    def told(
        self,
        found: Quarantined | None = None,
        *,
        outcome: str = REFUSED,
        said: str = "",
        record: int = -1,
        freed: tuple[str, ...] = (),
    ) -> CarriedOut:
        """The order as the audit tells of it."""
        return CarriedOut(
            id=self.id,
            kind=self.kind.value,
            by=self.by,
            reason=self.reason,
            asked_us=self.asked_us,
            quarantine=self.quarantine,
            topic=self.topic,
            topic_id=self.topic_id,
            offset=self.offset,
            publisher=found.publisher if found else "",
            partner=found.partner if found else "",
            outcome=outcome,
            said=said,
            record=record,
            freed=freed,
        )


def no_order(why: str) -> CarriedOut:
    """What the audit says of a record of the orders topic that is none."""
    return CarriedOut(id="", kind="", by="", reason="", asked_us=0, said=why)
