"""Claims: which records of a batch have been seen, asked of the claim store and judged from what it says.

A claim maps the identity of an event to where the record stands that holds it, which schema wrote it and what it says:
``coordinates (16) | schema id (4) | key id (2) | content digest (16)``.

===================================  =================================  ==============================================
the store says                       meaning                            so
===================================  =================================  ==============================================
nothing                              first sight                        release
my own coordinates                   redelivery of the same record      release: its transaction never committed
others, same content                 true duplicate                     drop, the audit names the winner
others, other content, same schema   id conflict                        quarantine, feedback
others, other content, other schema  the same event, encoded anew       duplicate, with a finding
===================================  =================================  ==============================================
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from tidegate.events.identity import DIGEST_SIZE
from tidegate.gate.batch import COORDINATES_SIZE, Batch
from tidegate.gate.inspection import Inspected
from tidegate.gate.outcomes import Outcome, Verdict

_SCHEMA_END = COORDINATES_SIZE + 4
_CONTENT = _SCHEMA_END + 2
CLAIM_SIZE = _CONTENT + DIGEST_SIZE


@dataclass(slots=True)
class ClaimGroup:
    """Claims of one bucket: a publisher and a day of identity times. ``indexes`` are places in the batch."""

    publisher: str
    day: int
    horizon_s: int
    quota: int
    indexes: list[int] = field(default_factory=list)
    digests: list[bytes] = field(default_factory=list)
    claims: list[bytes] = field(default_factory=list)


@dataclass(slots=True)
class Verdicts:
    """What was found of every record of a batch; ``winners`` are the coordinates of the records that others repeat."""

    verdicts: list[Verdict]
    winners: dict[int, bytes] = field(default_factory=dict)


def key_mark(key_id: str) -> bytes:
    """Two bytes that name a digest key in a claim."""
    return hashlib.sha256(key_id.encode()).digest()[:2]


def claims_of(inspected: Inspected) -> dict[int, bytes]:
    """The claim of every record that goes on."""
    mark = key_mark(inspected.executor.key_id)
    found: dict[int, bytes] = {}
    states, incoming, contents = inspected.states, inspected.incoming, inspected.contents
    for index, (place, offset) in enumerate(_places(inspected.batch)):
        if states[index] is Outcome.UNDECIDED:
            one = incoming[index]
            schema_id = one.schema_id_bytes if one is not None else b""
            found[index] = b"".join((place, offset.to_bytes(6, "big"), schema_id, mark, contents[index]))
    return found


def _places(batch: Batch) -> list[tuple[bytes, int]]:
    lane = batch.lane.to_bytes(2, "big")
    return [(place, offset) for run in batch.runs for place in [run.source.digest + lane] for offset in run.offsets]


def claim_groups(inspected: Inspected, claims: Mapping[int, bytes]) -> list[ClaimGroup]:
    """What to ask the claim store, by bucket. Repeats inside the batch are judged by their first (``judge``)."""
    groups: dict[tuple[str, int], ClaimGroup] = {}
    publishers, days, identities, twins = inspected.publishers, inspected.days, inspected.identities, inspected.twins
    for index, claim in claims.items():
        if index in twins:
            continue
        publisher = publishers[index]
        group = groups.get((publisher.name, days[index]))
        if group is None:
            plan = publisher.plan
            group = ClaimGroup(publisher.name, days[index], plan.horizon_s, plan.claims_quota)
            groups[publisher.name, days[index]] = group
        group.indexes.append(index)
        group.digests.append(identities[index][:DIGEST_SIZE])
        group.claims.append(claim)
    return list(groups.values())


def judge(inspected: Inspected, claims: Mapping[int, bytes], answers: Mapping[int, bytes]) -> Verdicts:
    """The verdicts from the store's answers: by place the claim that stood already, nothing where there was none."""
    found = Verdicts([Verdict.NOT_CLAIMED] * len(inspected))
    verdicts, twins = found.verdicts, inspected.twins
    for index, mine in claims.items():
        first = twins.get(index)
        standing = answers.get(index) if first is None else answers.get(first, claims[first])
        if standing is None:
            verdicts[index] = Verdict.FIRST
        elif standing[:COORDINATES_SIZE] == mine[:COORDINATES_SIZE]:
            verdicts[index] = Verdict.REDELIVERED
        else:
            found.winners[index] = standing[:COORDINATES_SIZE]
            verdicts[index] = _compare(standing, mine)
    return found


def _compare(standing: bytes, mine: bytes) -> Verdict:
    if standing[_CONTENT:] == mine[_CONTENT:]:
        return Verdict.DUPLICATE
    same_schema = standing[COORDINATES_SIZE:_SCHEMA_END] == mine[COORDINATES_SIZE:_SCHEMA_END]
    return Verdict.CONFLICT if same_schema else Verdict.REENCODED
