"""The gate: the one path from a batch of records to all that a transaction writes.

``inspect`` (bytes to inspected records) and ``release`` (inspected records, claims and a plan to deliveries, feedback,
quarantine and the audit entry) are pure. Live flow, replay and explain all run them; there is no second path.
Knows events, law, rules and the audit; no clock, no Kafka, no Redis.
"""

from tidegate.gate.answers import feedback_of, quarantine_of
from tidegate.gate.batch import Batch, Run, Source, coordinates, read_coordinates, source_of
from tidegate.gate.claiming import ClaimGroup, Verdicts, claim_groups, claims_of, judge, key_mark
from tidegate.gate.counting import NOTHING_FREED, UNCOUNTED, Asked, Asking, Counts, Persons, persons
from tidegate.gate.entries import entry_of
from tidegate.gate.executor import Executor, Publisher
from tidegate.gate.explaining import Explanation, Known, explain
from tidegate.gate.freeing import FreedField, fields_freed, let_go
from tidegate.gate.heartbeats import Heartbeat, heartbeats
from tidegate.gate.inspection import Inspected, inspect
from tidegate.gate.keyring import Keyring, parse_keyring
from tidegate.gate.naming import ASKED, NOT_NAMED, Given, Named, Sought, given, named_in
from tidegate.gate.outcomes import OUTCOMES, Fault, Outcome, Reason, Verdict
from tidegate.gate.quarantined import Quarantined, batch_again, read_quarantined
from tidegate.gate.release import PartnerOutput, Released, release
from tidegate.gate.showing import masked, said_by
from tidegate.gate.subjects import Subject, read_subject, subject_key, subjects_of

__all__ = [
    "ASKED",
    "NOTHING_FREED",
    "NOT_NAMED",
    "OUTCOMES",
    "UNCOUNTED",
    "Asked",
    "Asking",
    "Batch",
    "ClaimGroup",
    "Counts",
    "Executor",
    "Explanation",
    "Fault",
    "FreedField",
    "Given",
    "Heartbeat",
    "Inspected",
    "Keyring",
    "Known",
    "Named",
    "Outcome",
    "PartnerOutput",
    "Persons",
    "Publisher",
    "Quarantined",
    "Reason",
    "Released",
    "Run",
    "Sought",
    "Source",
    "Subject",
    "Verdict",
    "Verdicts",
    "batch_again",
    "claim_groups",
    "claims_of",
    "coordinates",
    "entry_of",
    "explain",
    "feedback_of",
    "fields_freed",
    "given",
    "heartbeats",
    "inspect",
    "judge",
    "key_mark",
    "let_go",
    "masked",
    "named_in",
    "parse_keyring",
    "persons",
    "quarantine_of",
    "read_coordinates",
    "read_quarantined",
    "read_subject",
    "release",
    "said_by",
    "source_of",
    "subject_key",
    "subjects_of",
]
