"""What the claim store says, and what is made of it."""

from __future__ import annotations

import pytest
from tests.builders import NOW_US, Sent, a_batch, a_publisher, a_record, a_source, an_event, an_executor

from tidegate.gate import (
    Inspected,
    Outcome,
    Verdict,
    claim_groups,
    claims_of,
    coordinates,
    inspect,
    judge,
    key_mark,
    read_coordinates,
)
from tidegate.gate.claiming import CLAIM_SIZE

DAY_US = 86_400_000_000
MINE = coordinates(a_source(), 0, 0)
OTHER = coordinates(a_source(), 0, 99)


def one(**said: object) -> Inspected:
    return inspect(a_batch(a_record(an_event(**said))), an_executor())


def claim(found: Inspected, at: bytes = MINE, *, schema: bytes = b"", content: bytes = b"") -> bytes:
    """A claim as it would stand for the first record of a batch, with some part of it changed."""
    mine = claims_of(found)[0]
    return b"".join((at, schema or mine[16:20], mine[20:22], content or mine[22:]))


def test_a_claim_is_coordinates_schema_key_and_content() -> None:
    found = one()
    incoming = found.incoming[0]
    assert incoming is not None

    assert claims_of(found)[0] == b"".join(
        (MINE, incoming.schema.schema_id.to_bytes(4, "big"), key_mark("k1"), found.contents[0])
    )
    assert len(claims_of(found)[0]) == CLAIM_SIZE
    assert key_mark("k1") != key_mark("k2")


@pytest.mark.parametrize("offset", [0, 1, 2**32, 2**48 - 1])
@pytest.mark.parametrize("lane", [0, 11, 65_535])
def test_coordinates_come_back(lane: int, offset: int) -> None:
    source = a_source()

    assert read_coordinates(coordinates(source, lane, offset)) == (source.digest, lane, offset)


@pytest.mark.parametrize(
    ("standing", "verdict", "winner"),
    [
        ({}, Verdict.FIRST, False),
        ({"at": MINE}, Verdict.REDELIVERED, False),
        ({"at": MINE, "content": bytes(16)}, Verdict.REDELIVERED, False),
        ({"at": OTHER}, Verdict.DUPLICATE, True),
        ({"at": OTHER, "schema": b"\0\0\0\7"}, Verdict.DUPLICATE, True),
        ({"at": OTHER, "content": bytes(16)}, Verdict.CONFLICT, True),
        ({"at": OTHER, "content": bytes(16), "schema": b"\0\0\0\7"}, Verdict.REENCODED, True),
    ],
)
def test_the_five_answers(standing: dict[str, bytes], verdict: Verdict, winner: bool) -> None:
    found = one()
    answers = {0: claim(found, **standing)} if standing else {}

    verdicts = judge(found, claims_of(found), answers)

    assert verdicts.verdicts == [verdict]
    assert verdicts.winners == ({0: OTHER} if winner else {})


@pytest.mark.parametrize("other", [coordinates(a_source("x"), 0, 0), coordinates(a_source(), 1, 0), OTHER])
def test_a_topic_made_anew_another_lane_or_another_offset_is_another_record(other: bytes) -> None:
    found = one()

    assert judge(found, claims_of(found), {0: claim(found, other)}).verdicts == [Verdict.DUPLICATE]


class TestRepeatsInsideABatch:
    def judged(self, *records: Sent, standing: bytes | None = None) -> list[Verdict]:
        found = inspect(a_batch(*records), an_executor())
        answers = {} if standing is None else {0: standing}
        verdicts = judge(found, claims_of(found), answers)
        self.winners = verdicts.winners
        return verdicts.verdicts

    def test_the_second_is_a_duplicate_of_the_first(self) -> None:
        assert self.judged(a_record(), a_record()) == [Verdict.FIRST, Verdict.DUPLICATE]
        assert self.winners == {1: MINE}

    def test_the_second_says_something_else(self) -> None:
        verdicts = self.judged(a_record(), a_record(an_event(reason="x")), a_record())

        assert verdicts == [Verdict.FIRST, Verdict.CONFLICT, Verdict.DUPLICATE]

    def test_both_repeat_a_record_before(self) -> None:
        standing = claim(one(), OTHER)

        assert self.judged(a_record(), a_record(), standing=standing) == [Verdict.DUPLICATE] * 2
        assert self.winners == {0: OTHER, 1: OTHER}

    def test_both_come_again(self) -> None:
        """A batch whose transaction was aborted is cut otherwise the next time, and judged the same."""
        assert self.judged(a_record(), a_record(), standing=claim(one())) == [Verdict.REDELIVERED, Verdict.DUPLICATE]

    def test_only_the_first_is_asked_about(self) -> None:
        found = inspect(a_batch(a_record(), a_record()), an_executor())

        (group,) = claim_groups(found, claims_of(found))

        assert group.indexes == [0]


class TestBuckets:
    def test_one_for_each_publisher_and_day(self) -> None:
        parties = [
            a_publisher(publisher={"claims_quota": 10, "duplicate_horizon": "2d"}),
            a_publisher("carrier"),
        ]
        executor = an_executor(parties=parties, grants=[])
        records = [
            a_record(an_event(eventId="e-1")),
            a_record(an_event(eventId="e-2", eventCreatedTime=NOW_US)),
            a_record(an_event(eventId="e-3", eventCreatedTime=NOW_US)),
            a_record(an_event(eventId="e-4", eventCreatedTime=NOW_US - DAY_US)),
            a_record(an_event(eventId="e-5"), publisher="carrier"),
        ]
        found = inspect(a_batch(*records), executor)

        groups = claim_groups(found, claims_of(found))

        day = NOW_US // DAY_US
        assert [(one.publisher, one.day, one.indexes) for one in groups] == [
            ("forwarder", -1, [0]),
            ("forwarder", day, [1, 2]),
            ("forwarder", day - 1, [3]),
            ("carrier", -1, [4]),
        ]
        assert [(one.horizon_s, one.quota) for one in groups[:1]] == [(2 * 86_400, 10)]
        for group in groups:
            assert group.digests == [found.identities[index][:16] for index in group.indexes]

    def test_only_what_passed_its_inspection_is_claimed(self) -> None:
        records = [Sent(value=b"x"), a_record(an_event(eventTime=0)), a_record()]

        found = inspect(a_batch(*records), an_executor())

        assert found.states == [Outcome.QUARANTINED, Outcome.REJECTED, Outcome.UNDECIDED]
        assert list(claims_of(found)) == [2]
        assert judge(found, claims_of(found), {}).verdicts == [Verdict.NOT_CLAIMED, Verdict.NOT_CLAIMED, Verdict.FIRST]
