"""Claims in Redis: which events have been seen, and which people were provided. The only importer of redis.

Knows digests and coordinates, no events, no rules, no Kafka.
"""

from tidegate.claims.people import YEARS_KEPT, Counted, PeopleStore
from tidegate.claims.store import ClaimsLost, ClaimStore, Restored, Standing, namespace_of, open_store

__all__ = [
    "YEARS_KEPT",
    "ClaimStore",
    "ClaimsLost",
    "Counted",
    "PeopleStore",
    "Restored",
    "Standing",
    "namespace_of",
    "open_store",
]
