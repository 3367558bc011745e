"""Tracing: what became of a sender's events, who was sent them, and what anybody was sent of one person.

The audit holds keyed digests. Who asks by an event id or a container is answered by making the same digests with the
keys of the keyring, the old ones too; who has no keyring finds nothing, however many containers are tried. Of persons
the audit holds nothing: for one of them what came in is read again.
"""

from tidegate.tracing.answering import Answer, Event, Told, trace
from tidegate.tracing.partners import Changed, PartnerShare, Withheld
from tidegate.tracing.persons import PartnerGiven, PersonAnswer, PersonEvent, PersonRecord, trace_person
from tidegate.tracing.searching import Decided, Window

__all__ = [
    "Answer",
    "Changed",
    "Decided",
    "Event",
    "PartnerGiven",
    "PartnerShare",
    "PersonAnswer",
    "PersonEvent",
    "PersonRecord",
    "Told",
    "Window",
    "Withheld",
    "trace",
    "trace_person",
]
