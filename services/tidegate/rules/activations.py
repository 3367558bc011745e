"""Activations: which plan is in force, decided by the order of the ``rules`` topic and by nothing else.

Records of the topic, by key:

=====================  ==============================================================
``documents/<digest>`` the rule documents of a rule set, as JSON
``plan/<digest>``      a plan
``reference/<digest>`` a reference list that a plan names
``active/<n>/<id>``    activation number n: it names the number that it follows
=====================  ==============================================================

An activation counts only if the one before it in force is the one it follows. So of two that were written at the same
time the first in the log wins and the other is void, for every reader alike. The id in the key keeps compaction from
overwriting either.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import ClassVar

from pydantic import ConfigDict, TypeAdapter

from tidegate.errors import ConfigError
from tidegate.rules.plan import Plan

NONE_YET = -1


@dataclass(frozen=True, slots=True)
class Activation:
    """A plan put in force by someone. ``suspended`` partners count as not granted; ``at_us`` is by their clock.

    ``acknowledged`` are the newly exposed fields that were acknowledged, as publisher/partner/field, or ``all``.
    ``lowered`` says what protects less than before, ``approvals`` who signed for that: approver, the SHA-256 of their
    key, and the signature in base64.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    sequence: int
    follows: int
    plan: str
    rule_set: str
    suspended: tuple[str, ...]
    approver: str
    reason: str
    at_us: int
    id: str
    acknowledged: tuple[str, ...] = ()
    lowered: tuple[str, ...] = ()
    approvals: tuple[str, ...] = ()

    @property
    def approved(self) -> str:
        """By whom it was put in force, and who approved it with a signature: for the audit, which keeps it for ever."""
        signed = ", ".join(" ".join(one.split()[:2]) for one in self.approvals)
        return f"by {self.approver}" + (f", approved by {signed}" if signed else "")

    @property
    def key(self) -> bytes:
        return f"active/{self.sequence}/{self.id}".encode()

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, value: bytes) -> Activation:
        """Raises ``ValueError`` for whatever is no activation: one type off, and no lane may follow it."""
        return _ACTIVATION.validate_json(value, strict=True)


_ACTIVATION = TypeAdapter(Activation)


def plan_key(digest: str) -> bytes:
    return f"plan/{digest}".encode()


def reference_key(digest: str) -> bytes:
    return f"reference/{digest}".encode()


def documents_key(digest: str) -> bytes:
    return f"documents/{digest}".encode()


class Ledger:
    """What the ``rules`` topic says, record by record."""

    def __init__(self) -> None:
        self.plans: dict[str, bytes] = {}
        self.documents: dict[str, bytes] = {}
        self.references: dict[str, str] = {}
        self.activations: list[Activation] = []

    @property
    def current(self) -> Activation | None:
        return self.activations[-1] if self.activations else None

    @property
    def sequence(self) -> int:
        """The number of the activation in force; -1 for none."""
        return self.activations[-1].sequence if self.activations else NONE_YET

    def apply(self, key: bytes | None, value: bytes | None) -> bool:
        """Takes in one record. Tells whether it put another plan in force. What is not as it should be is void."""
        kind, _, rest = (key or b"").decode(errors="replace").partition("/")
        if value is None:
            return False
        try:
            if kind == "plan" and hashlib.sha256(value).hexdigest() == rest:
                self.plans[rest] = value
            elif kind == "reference" and hashlib.sha256(value).hexdigest() == rest:
                self.references[rest] = value.decode()
            elif kind == "documents":
                self.documents[rest] = value
            return kind == "active" and self._activate(Activation.from_bytes(value))
        except ValueError:
            return False

    def lists_of(self, plan: Plan) -> dict[str, str]:
        """The texts of the reference lists of a plan, by name. Raises ``ConfigError`` where the topic lacks one."""
        lacking = [name for name, digest in plan.references.items() if digest not in self.references]
        if lacking:
            raise ConfigError(
                f"the rules topic does not have the reference list {lacking[0]} that the plan names; "
                "activate the rules again from a folder that has it"
            )
        return {name: self.references[digest] for name, digest in plan.references.items()}

    def _activate(self, activation: Activation) -> bool:
        follows = activation.follows == self.sequence and activation.sequence == self.sequence + 1
        if not follows or activation.plan not in self.plans:
            return False
        self.activations.append(activation)
        return True
