"""What topics are called."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TopicNames:
    """The names of a hub's topics. ``prefix`` keeps two hubs on one cluster apart."""

    prefix: str = ""

    @property
    def lanes(self) -> str:
        return f"{self.prefix}lanes"

    @property
    def audit(self) -> str:
        return f"{self.prefix}audit"

    @property
    def rules(self) -> str:
        return f"{self.prefix}rules"

    @property
    def quarantine(self) -> str:
        return f"{self.prefix}quarantine"

    @property
    def orders(self) -> str:
        return f"{self.prefix}orders"

    @property
    def subjects(self) -> str:
        return f"{self.prefix}subjects"

    def incoming(self, publisher: str) -> str:
        return f"{self.prefix}in.{publisher}"

    def out(self, partner: str) -> str:
        return f"{self.prefix}out.{partner}"

    def feedback(self, publisher: str) -> str:
        return f"{self.prefix}feedback.{publisher}"

    def replay(self, case: str, partner: str) -> str:
        return f"{self.prefix}replay.{case}.{partner}"
