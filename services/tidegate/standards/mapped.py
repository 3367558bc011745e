"""What came of one item of a document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tidegate.events.findings import Finding

Kind: TypeAlias = Literal["event", "retraction"]


class Paths(Mapping[str, str]):
    """Canonical path to JSONPath in the document; put together when asked for, as most are never asked for."""

    __slots__ = ("_base", "_origins")

    def __init__(self, base: str, origins: Mapping[str, str]) -> None:
        self._base, self._origins = base, origins

    @property
    def base(self) -> str:
        """The JSONPath of the item."""
        return self._base

    @property
    def origins(self) -> Mapping[str, str]:
        """Canonical path to the path in the item, without its base."""
        return self._origins

    def __getitem__(self, path: str) -> str:
        return self._base + self._origins[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._origins)

    def __len__(self) -> int:
        return len(self._origins)

    def __repr__(self) -> str:
        return repr(dict(self))


@dataclass(frozen=True, slots=True)
class Mapped:
    """One item of a document as a canonical event or retraction, or the findings that say why it is neither."""

    index: int
    """Place in the document, from 0."""
    kind: Kind | None
    """Which Avro schema ``event`` belongs to; None when not even that is known."""
    event_id: str | None
    """The sender's id of the event, as sent; None when there is none that can be used."""
    event: dict[str, object] | None
    """A value for the Avro schema: all fields present, timestamps as microseconds and dates as days since
    1970-01-01 UTC, enums as symbols. None when the item cannot be mapped."""
    nameless: dict[str, object] | None
    """The event where all that it lacks is an id: it cannot be sent, but what else is wrong with it can be said."""
    key: str | None
    """Record key: container, else booking, else the first document, else transport call, else event id."""
    form: str
    """What the sender wrote: ``dcsa-2.2``, ``canonical``, or ``dcsa-3.0`` with the date of its draft; else empty."""
    paths: Mapping[str, str]
    """Canonical path (``documents[1].reference``, ``extensions[changeRemark]``) to JSONPath in what was sent."""
    findings: tuple[Finding, ...]
    """An ERROR where it could not be mapped; WARN and INFO for what a sender should know. Rule ``MAP``."""
