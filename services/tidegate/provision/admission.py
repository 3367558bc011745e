"""Admission: whether a rule set may be put in force as things stand, and what people signed for that.

What becomes visible is acknowledged field by field; what protects less needs the signatures of two people whose keys
the rules in force name. A signature is over one rule set and one base: it serves no other change, and not twice.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tidegate.errors import BadInput, BadRules, ConfigError
from tidegate.provision.folders import compile_rules, rules_in_force, rules_of
from tidegate.rules import Note, Plan, RuleSet, nearest, of_change
from tidegate.rules.activations import Activation, Ledger
from tidegate.rules.documents import ApproverDocument
from tidegate.rules.exposure import Change, Seen, compare
from tidegate.rules.protections import APPROVALS, Lowered, lowered, lowered_on_return, no_longer_held

ALL = "all"
SHOWN = 10


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's signature over a rule set and the activation that it follows."""

    approver: str
    rule_set: str
    base: str
    signature: bytes

    def to_text(self) -> str:
        said = {"approver": self.approver, "ruleSet": self.rule_set, "base": self.base}
        return json.dumps({**said, "signature": base64.b64encode(self.signature).decode()}, ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str, name: str) -> Approval:
        """Raises ``BadInput`` for a file that ``tidegate rules approve`` did not write."""
        try:
            said = json.loads(text)
            signature = base64.b64decode(said["signature"], validate=True)
            return cls(str(said["approver"]), str(said["ruleSet"]), str(said["base"]), signature)
        except (ValueError, KeyError, TypeError, binascii.Error):
            raise BadInput(f"{name} is no approval; 'tidegate rules approve' writes one") from None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A rule set as a change of what is in force: what it exposes and lowers, and since which activation."""

    rule_set: RuleSet
    plan: Plan
    base: str
    changes: tuple[Change, ...]
    lowered: tuple[Lowered, ...]
    approvers: dict[str, str]
    """Public keys of those who may approve, by id: those that the rules in force name."""
    first: bool
    notes: tuple[Note, ...] = ()
    """What a change from the rules in force means beside that."""
    old: RuleSet | None = None
    """The rules in force, where this program can read them."""

    @property
    def exposed(self) -> list[str]:
        """Newly exposed fields, as publisher/partner/field."""
        return [named(one.seen) for one in self.changes if one.exposes]


@dataclass(frozen=True, slots=True)
class Consent:
    """What people said to a proposal: fields that they acknowledge, or ``all``, and approvals."""

    acknowledged: tuple[str, ...] = ()
    approvals: tuple[Approval, ...] = ()


NO_CONSENT = Consent()


def named(seen: Seen) -> str:
    return f"{seen.publisher}/{seen.partner}/{seen.path}"


def base_of(ledger: Ledger) -> str:
    """The activation that the next one follows, so that nobody can mean another: its number and its id."""
    current: Activation | None = ledger.current
    return "none" if current is None else f"{current.sequence}/{current.id}"


def propose(ledger: Ledger, rule_set: RuleSet, plan: Plan) -> Proposal:
    """What a rule set would change. Rules in force that this program cannot read count as rules that show nothing, and
    whatever takes their place as lower."""
    first = ledger.current is None
    try:
        old = rules_in_force(ledger)
        before = None if old is None else compile_rules(old)
    except (BadRules, ConfigError):
        old, before = None, None
    changes = tuple(compare(before, plan))
    keys = _approvers_in(ledger)
    if old is not None and before is not None:
        less = (*lowered(old, rule_set), *_returned(ledger, old, rule_set), *no_longer_held(before, plan))
        return Proposal(rule_set, plan, base_of(ledger), changes, less, keys, first, of_change(old, rule_set), old)
    # Without approvers nobody could lift this, and a hub could never be brought to newer rules.
    unread = (_UNREADABLE,) if len(keys) >= APPROVALS else ()
    return Proposal(rule_set, plan, base_of(ledger), changes, unread, keys, first)


def _returned(ledger: Ledger, old: RuleSet, new: RuleSet) -> Iterator[Lowered]:
    """What is said more mildly of parties that the rules in force do not have and earlier ones did."""
    back = set(new.parties) - set(old.parties)
    for activation in reversed(ledger.activations[:-1]):
        if not back:
            return
        known = back & _parties_in(ledger, activation)
        if not known:
            continue
        back -= known
        try:
            before = rules_of(ledger, activation)
        except (BadRules, ConfigError):
            before = None
        if before is None:
            yield from (Lowered(f"what was said of {name}", _UNREADABLE.before, "what is said now") for name in known)
        else:
            yield from lowered_on_return(before, new, known)


def _parties_in(ledger: Ledger, activation: Activation) -> set[str]:
    texts = json.loads(ledger.documents.get(activation.rule_set, b"{}"))
    return {str(one["id"]) for text in texts.values() for one in tomllib.loads(text).get("party", ())}


_UNREADABLE = Lowered("the rules in force", "not readable by this program", "new rules")


def _approvers_in(ledger: Ledger) -> dict[str, str]:
    """The approvers of the rules in force, whatever else of those can be read."""
    current = ledger.current
    texts = {} if current is None else json.loads(ledger.documents.get(current.rule_set, b"{}"))
    found = {}
    for text in texts.values():
        for table in tomllib.loads(text).get("approver", ()):
            one = ApproverDocument.model_validate(table)
            found[one.id] = one.key
    return found


def admit(proposal: Proposal, consent: Consent) -> tuple[str, ...]:
    """The approvals as an activation keeps them. Raises ``BadInput`` that says what is still missing.

    The first rules of a hub need neither: nothing was shown before them, and nobody is named who could approve.
    """
    if proposal.first:
        return ()
    _check_acknowledged(proposal.exposed, consent.acknowledged)
    if not proposal.lowered:
        return ()
    signed = _signed(proposal, consent.approvals)
    if len(signed) < APPROVALS:
        raise BadInput(_needs_approvals(proposal, signed))
    return tuple(f"{name} {_fingerprint(proposal.approvers[name])} {text}" for name, text in sorted(signed.items()))


def _check_acknowledged(exposed: Sequence[str], acknowledged: Sequence[str]) -> None:
    if ALL in acknowledged:
        return
    for one in acknowledged:
        if one not in exposed:
            raise BadInput(f"{one!r} is not newly exposed{nearest(one, exposed)}")
    missing = [one for one in exposed if one not in acknowledged]
    if missing:
        more = f"\n  and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
        listed = "\n  ".join(missing[:SHOWN])
        raise BadInput(
            f"these rules newly expose {len(missing)} fields; look at each, and name it with --acknowledge, or all of "
            f"them in a file with --acknowledge-file (--write-exposed FILE writes one to go through):\n  {listed}{more}"
        )


def _signed(proposal: Proposal, approvals: Iterable[Approval]) -> dict[str, str]:
    """Who signed, with the signature as text. Raises ``BadInput`` for an approval that says nothing here."""
    found = {}
    for one in approvals:
        key = proposal.approvers.get(one.approver)
        if key is None:
            raise BadInput(
                f"the rules in force know no approver {one.approver!r}{nearest(one.approver, proposal.approvers)}"
            )
        if (one.rule_set, one.base) != (proposal.rule_set.digest, proposal.base):
            raise BadInput(
                f"the approval of {one.approver} is for rule set {one.rule_set[:12]} after activation {one.base}, and "
                f"this is {proposal.rule_set.digest[:12]} after {proposal.base}; ask for a new one"
            )
        try:
            public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key))
            public.verify(one.signature, message(one.rule_set, one.base))
        except InvalidSignature:
            raise BadInput(f"the approval of {one.approver} was not signed with the key of {one.approver}") from None
        found[one.approver] = base64.b64encode(one.signature).decode()
    return found


def _needs_approvals(proposal: Proposal, signed: dict[str, str]) -> str:
    said = "\n  ".join(one.sentence for one in proposal.lowered[:SHOWN])
    more = f"\n  and {len(proposal.lowered) - SHOWN} more" if len(proposal.lowered) > SHOWN else ""
    if len(proposal.approvers) < APPROVALS:
        how = (
            f"the rules in force name {len(proposal.approvers)} approvers; put rules in force first that name two "
            "([[approver]]) and lower nothing"
        )
    else:
        have = f"has that of {', '.join(sorted(signed))}" if signed else "has none"
        how = (
            f"it {have}; each of {', '.join(sorted(proposal.approvers))} may give one with 'tidegate rules approve', "
            "and --approval FILE hands it in"
        )
    return f"these rules lower what protects, which needs the approval of two people; {how}:\n  {said}{more}"


def message(rule_set: str, base: str) -> bytes:
    """What is signed."""
    return f"tidegate approval 1\nrule set {rule_set}\nafter {base}\n".encode()


def approve(proposal: Proposal, approver: str, key: Ed25519PrivateKey) -> Approval:
    """Signs a proposal. Raises ``BadInput`` where the key is not that of an approver whom the rules in force name."""
    if approver not in proposal.approvers:
        raise BadInput(f"the rules in force know no approver {approver!r}{nearest(approver, proposal.approvers)}")
    if public_text(key) != proposal.approvers[approver]:
        raise BadInput(f"this is not the key of {approver}; the rules in force name another")
    signature = key.sign(message(proposal.rule_set.digest, proposal.base))
    return Approval(approver, proposal.rule_set.digest, proposal.base, signature)


def public_text(key: Ed25519PrivateKey) -> str:
    """The public key as rule documents have it."""
    return base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def _fingerprint(key: str) -> str:
    return hashlib.sha256(base64.b64decode(key)).hexdigest()[:16]
