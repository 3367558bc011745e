"""Lineage: the stamp on a delivery that may go on only to some zones or parties, and the same stamp coming back in.

A delivery under a Greater Bay Area contract, or under a paper with an onward list, carries ``ce_onward`` (where alone
it may go on to) and ``ce_onwardproof``: a keyed digest of that, of the party that was sent it, and of the event's id.
Whoever passes the event on through this hub sends both headers unchanged, with the same event id. A stamp that is not
of this hub, for this party and this event is no lineage, and what has no lineage goes nowhere (LAW 8.4(8)).
"""

from __future__ import annotations

import hmac
from binascii import hexlify
from collections.abc import Container

from tidegate.events.findings import Finding, Severity
from tidegate.events.identity import Digest, Purpose, derive, keyed_digest
from tidegate.gate.batch import Headers

ONWARD, PROOF = "ce_onward", "ce_onwardproof"

_FORGED = Finding(
    "LINEAGE",
    Severity.ERROR,
    "$",
    f"the headers {ONWARD} and {PROOF} are not those of a delivery of this event to you that the rules still know; "
    "send both as they came with it, under the same event id",
)


def onward_digest(secret: bytes, party: str) -> Digest:
    """The keyed digest that proves stamps given to a party."""
    return keyed_digest(derive(secret, Purpose.ONWARD, party))


def stamp_text(stamp: tuple[str, ...]) -> bytes:
    """A stamp as its header says it. One without any place in it lets the delivery go on to nobody."""
    return ",".join(stamp).encode()


def proof_of(digest: Digest, stamp: bytes, event_id: bytes) -> bytes:
    return hexlify(digest(b"%d:%b%b" % (len(stamp), stamp, event_id)))


def read_stamp(
    headers: Headers, event_id: bytes, digest: Digest, known: Container[bytes]
) -> tuple[bytes | None, tuple[Finding, ...]]:
    """The stamp of a record, if it has one, and what is wrong with it. ``known`` are those that the rules foresee."""
    said = {name: content or b"" for name, content in headers if name in (ONWARD, PROOF)}
    if not said:
        return None, ()
    stamp = said.get(ONWARD, b"")
    proven = hmac.compare_digest(proof_of(digest, stamp, event_id), said.get(PROOF, b""))
    return (stamp, ()) if ONWARD in said and proven and stamp in known else (None, (_FORGED,))
