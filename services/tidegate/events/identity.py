"""Who an event is: keyed digests of its identity, its content and its references.

Every digest over content that may be withheld is keyed: an unkeyed one lets whoever reads the audit try all number
plates. The keys are derived per publisher and purpose from one secret of the keyring, so no digest of one publisher can
be compared with one of another.

Identity = (publisher, event id, updated time, else created time, else none, retraction or not); a publisher's setting
adds event type and equipment for senders that use one id for every box of a shipment.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

DIGEST_SIZE = 16
DAY_US = 86_400_000_000
NO_DAY = -1
"""The bucket of identities without a time."""

Digest: TypeAlias = Callable[[bytes], bytes]


class Purpose(StrEnum):
    """What a derived key is for. Part of the derivation: a new purpose is a new key, a renamed one too."""

    IDENTITY = "identity"
    CONTENT = "content"
    EVENT_REF = "event-ref"
    EQUIPMENT = "equipment"
    DOCUMENT = "document"
    SOURCE = "source"
    PSEUDONYM = "pseudonym"
    KEY = "record-key"
    SUBJECT = "subject"
    ONWARD = "onward"


def derive(secret: bytes, purpose: Purpose, owner: str) -> bytes:
    """The 32-byte key of one purpose and one party."""
    person = f"tg-{purpose}".encode()[:16]
    return hashlib.blake2b(owner.encode(), key=secret, digest_size=32, person=person).digest()


def keyed_digest(key: bytes, size: int = DIGEST_SIZE) -> Digest:
    """A function from bytes to their keyed digest. The keyed state is prepared once and copied."""
    prepared = hashlib.blake2b(key=key, digest_size=size)

    def digest(data: bytes) -> bytes:
        state = prepared.copy()
        state.update(data)
        return state.digest()

    return digest


@dataclass(frozen=True, slots=True)
class PublisherDigests:
    """The digest functions of one publisher.

    ``identity`` gives 32 bytes: the first half is the claim, the second is ``ce_id``. Two halves of one keyed hash tell
    nothing of each other, and one call costs half of two.
    """

    identity: Digest
    content: Digest
    event_ref: Digest
    equipment: Digest
    document: Digest
    subject: Digest

    @classmethod
    def of(cls, secret: bytes, publisher: str) -> PublisherDigests:
        def digest(purpose: Purpose, size: int = DIGEST_SIZE) -> Digest:
            return keyed_digest(derive(secret, purpose, publisher), size)

        return cls(
            identity=digest(Purpose.IDENTITY, 2 * DIGEST_SIZE),
            content=digest(Purpose.CONTENT),
            event_ref=digest(Purpose.EVENT_REF),
            equipment=digest(Purpose.EQUIPMENT),
            document=digest(Purpose.DOCUMENT),
            subject=digest(Purpose.SUBJECT),
        )


def identity_bytes(event_id: bytes, time: bytes, retraction: bool, extra: bytes = b"") -> bytes:
    """What the identity digest is taken over. ``time`` is the varint of the time that counts, or nothing.

    Unambiguous: a fixed byte, a varint (or none, said by that byte), then the rest; ``extra`` carries its own lengths.
    """
    if retraction:
        return (b"R" if time else b"r") + time + event_id
    if extra:
        return (b"X" if time else b"x") + time + extra + event_id
    return (b"E" if time else b"e") + time + event_id
