"""Writing a lane's claims back into a claim store that lost them, from the lane's own log.

The audit holds the keyed identity and content of every record, so losing Redis costs nothing but time. Only records
that own their claim count (first sight and redelivery); duplicates and conflicts belong to another record.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from itertools import groupby
from typing import Any

from tidegate import audit
from tidegate.audit import Entry, Kind
from tidegate.broker.logs import PartitionLog
from tidegate.claims import ClaimStore, Restored
from tidegate.gate import Verdict, coordinates, key_mark, source_of

_OWNERS = (Verdict.FIRST, Verdict.REDELIVERED)
DEFAULT_HORIZON_S = 7 * 86_400
"""For publishers that the rules no longer know: their claims may still matter if they come back."""


async def rebuild(
    store: ClaimStore,
    candidate: str,
    log: PartitionLog,
    horizons: Mapping[str, int],
    now_us: int,
    *,
    covered: int | None,
) -> int:
    """Writes back what of a lane's claims is within its publisher's horizon. Gives how many claims.

    ``covered`` is the audit offset up to which the store still has them: what came back from its own disk needs only
    the rest.
    """
    longest = max([*horizons.values(), DEFAULT_HORIZON_S])
    begin, end = await log.bounds()
    start = await log.offset_at(now_us // 1_000 - longest * 1_000)
    if start is None:
        return 0
    start = max(begin, start, begin if covered is None else covered + 1)
    count = 0
    async for entry in _entries(log, start, end):
        count += await store.restore(candidate, _claims(entry, horizons, now_us))
    return count


async def _entries(log: PartitionLog, start: int, end: int) -> AsyncIterator[Entry]:
    record: Any
    async for record in log.read(start, end):
        yield audit.from_bytes(record.value)


def _claims(entry: Entry, horizons: Mapping[str, int], now_us: int) -> Iterator[Restored]:
    """The claims that the records of an entry own, by bucket: those that came in, and those decided again later."""
    if entry.kind not in (Kind.TRANSACTION, Kind.ORDER):
        return
    mark = key_mark(entry.digest_key)
    owned = []
    for place, (said, offset) in enumerate(entry.records()):
        if entry.columns.verdicts[place] not in _OWNERS:
            continue
        horizon_s = horizons.get(said.publisher, DEFAULT_HORIZON_S)
        if now_us - entry.decided_us > horizon_s * 1_000_000:
            continue
        source = source_of(said.topic, said.topic_id, said.publisher)
        schema_id = entry.schemas[entry.columns.schema_of[place]].to_bytes(4, "big")
        content = entry.digest(place, entry.columns.contents)
        claim = b"".join((coordinates(source, entry.lane, offset), schema_id, mark, content))
        identity = entry.digest(place, entry.columns.identities)
        owned.append((said.publisher, entry.columns.days[place], horizon_s, identity, claim))
    owned.sort(key=lambda one: one[:3])
    for (publisher, day, horizon_s), some in groupby(owned, key=lambda one: one[:3]):
        yield Restored(publisher, day, horizon_s, [(identity, claim) for *_, identity, claim in some])
