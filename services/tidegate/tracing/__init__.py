"""Tracing: what became of a sender's events, and who was sent them; from the audit, the plans and the keyring alone.

The audit holds keyed digests. Who asks by an event id or a container is answered by making the same digests with the
keys of the keyring, the old ones too; who has no keyring finds nothing, however many containers are tried.
"""

from tidegate.tracing.answering import Answer, Event, Told, trace
from tidegate.tracing.partners import Changed, PartnerShare, Withheld
from tidegate.tracing.searching import Decided

__all__ = ["Answer", "Changed", "Decided", "Event", "PartnerShare", "Told", "Withheld", "trace"]
