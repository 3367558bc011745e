"""Claims in Redis: which events have been seen. The only importer of redis.

Knows digests and coordinates, no events, no rules, no Kafka.
"""

from tidegate.claims.store import ClaimsLost, ClaimStore, Restored, Standing, open_store

__all__ = ["ClaimStore", "ClaimsLost", "Restored", "Standing", "open_store"]
