"""What the claim store promises, asked of a real Redis."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack

import pytest
import redis.asyncio
from tests.builders import NOW_US, a_batch, a_record, an_event, an_executor

from tidegate import gate
from tidegate.claims import ClaimsLost, ClaimStore, Restored, open_store
from tidegate.claims.store import IDS_PER_CALL
from tidegate.errors import ClaimsUnavailable
from tidegate.gate import ClaimGroup, Verdict
from tidegate.local import Endpoints
from tidegate.settings import RedisSettings

Open = Callable[[], Awaitable[ClaimStore]]
LANES = 3
DAY = NOW_US // 86_400_000_000


@pytest.fixture
def redis_settings(stack: Endpoints) -> RedisSettings:
    return RedisSettings(url=stack.redis_url)


@pytest.fixture
def space() -> str:
    return f"tg:test:{uuid.uuid4().hex}"


@pytest.fixture
async def raw(redis_settings: RedisSettings, space: str) -> AsyncIterator[redis.asyncio.Redis]:
    """A client beside the store's; what the test left in its namespace is deleted in the end."""
    client = redis.asyncio.from_url(redis_settings.url)
    yield client
    await wipe(client, space)
    await client.aclose()


async def wipe(raw: redis.asyncio.Redis, space: str) -> None:
    if keys := [key async for key in raw.scan_iter(f"{space}:*", count=1_000)]:
        await raw.delete(*keys)


@pytest.fixture
async def a_store(redis_settings: RedisSettings, space: str, raw: redis.asyncio.Redis) -> AsyncIterator[Open]:
    """Opens stores as lanes do, each with a client of its own."""
    del raw
    async with AsyncExitStack() as stack:

        async def make() -> ClaimStore:
            return await stack.enter_async_context(open_store(redis_settings, space))

        yield make


async def opened(a_store: Open) -> tuple[list[ClaimStore], str]:
    """Stores of all lanes, under an epoch that is open."""
    stores = [await a_store() for _ in range(LANES)]
    epochs = {(await store.join()).epoch for store in stores}
    (epoch,) = epochs
    for lane, store in enumerate(stores):
        await store.done(epoch, lane, LANES)
    return stores, epoch


def a_group(
    digests: Sequence[bytes], claims: Sequence[bytes], *, day: int = DAY, horizon_s: int = 600, publisher: str = "f"
) -> ClaimGroup:
    return ClaimGroup(publisher, day, horizon_s, 100, list(range(len(digests))), list(digests), list(claims))


def digest(n: int) -> bytes:
    return n.to_bytes(16, "big")


class TestClaiming:
    async def test_the_five_verdicts(self, a_store: Open) -> None:
        """From bytes to verdicts, with the store between: what first came stands, whatever comes later."""
        (store, *_), epoch = await opened(a_store)
        executor = an_executor()

        async def verdict(event: dict[str, object], offset: int) -> Verdict:
            inspected = gate.inspect(a_batch(a_record(event, offset=offset)), executor)
            claims = gate.claims_of(inspected)
            answers = await store.claim(gate.claim_groups(inspected, claims), epoch, 0, -1)
            return gate.judge(inspected, claims, answers).verdicts[0]

        for when in ({}, {"eventCreatedTime": NOW_US}):  # with a day of its own, and without
            assert await verdict(an_event(**when), 5) is Verdict.FIRST
            assert await verdict(an_event(**when), 5) is Verdict.REDELIVERED
            assert await verdict(an_event(**when), 6) is Verdict.DUPLICATE
            assert await verdict(an_event(reason="x", **when), 7) is Verdict.CONFLICT
            assert await verdict(an_event(**when), 5) is Verdict.REDELIVERED

    async def test_ten_thousand_claims_of_one_day(self, a_store: Open) -> None:
        """Beyond a thousand ids a call, Redis's Lua would fail at 4,100."""
        # Given every third of ten thousand claimed by another record
        (store, *_), epoch = await opened(a_store)
        digests = [digest(n) for n in range(10_000)]
        await store.claim([a_group(digests[::3], [b"other"] * len(digests[::3]))], epoch, 1, -1)

        # When all are claimed, in one call
        found = await store.claim([a_group(digests, [b"mine"] * 10_000)], epoch, 0, -1)

        # Then exactly those are found, and the others are ours
        assert found == dict.fromkeys(range(0, 10000, 3), b"other")
        again = await store.claim([a_group(digests, [b"third"] * 10_000)], epoch, 0, -1)
        assert again == {n: b"mine" if n % 3 else b"other" for n in range(10_000)}
        assert IDS_PER_CALL == 1_000

    @pytest.mark.parametrize("count", [1, 999, 1_000, 1_001, 2_000])
    async def test_answers_stand_at_their_places(self, a_store: Open, count: int) -> None:
        (store, *_), epoch = await opened(a_store)
        digests = [digest(n) for n in range(count)]
        groups = []
        for day in range(3):
            claims = [b"%d %d" % (day, n) for n in range(count)]
            groups.append(ClaimGroup("f", day, 600, 100, list(range(day, 3 * count, 3)), digests, claims))
        assert await store.claim(groups, epoch, 0, -1) == {}

        found = await store.claim(groups, epoch, 0, -1)

        assert found == {day + 3 * n: b"%d %d" % (day, n) for day in range(3) for n in range(count)}

    async def test_publishers_days_and_hubs_do_not_share_claims(
        self, a_store: Open, redis_settings: RedisSettings, raw: redis.asyncio.Redis, space: str
    ) -> None:
        (store, *_), epoch = await opened(a_store)
        await store.claim([a_group([digest(1)], [b"1"])], epoch, 0, -1)

        for other in ({"publisher": "g"}, {"day": DAY + 1}, {"day": -1}):
            assert await store.claim([a_group([digest(1)], [b"2"], **other)], epoch, 0, -1) == {}  # type: ignore[arg-type]
        async with open_store(redis_settings, f"{space}:other-cluster") as elsewhere:
            assert not (await elsewhere.join()).is_open

    async def test_two_lanes_at_once_agree_on_the_first(self, a_store: Open) -> None:
        stores, epoch = await opened(a_store)
        digests = [digest(n) for n in range(3_000)]

        answers = await asyncio.gather(
            *(
                store.claim([a_group(digests, [b"%d" % lane] * 3_000)], epoch, lane, -1)
                for lane, store in enumerate(stores)
            )
        )

        for place in range(3_000):
            winners = [lane for lane, found in enumerate(answers) if place not in found]
            assert len(winners) == 1
            assert {found[place] for found in answers if place in found} == {b"%d" % winners[0]}

    async def test_nothing_to_claim_asks_nothing(self, a_store: Open) -> None:
        store = await a_store()

        assert await store.claim([], "no epoch", 0, -1) == {}

    async def test_each_claim_renews_the_life_of_its_bucket(
        self, a_store: Open, raw: redis.asyncio.Redis, space: str
    ) -> None:
        (store, *_), epoch = await opened(a_store)
        bucket = f"{space}:claims:f:{DAY}"
        await store.claim([a_group([digest(1)], [b"1"], horizon_s=1_000)], epoch, 0, -1)
        await raw.expire(bucket, 10)

        # Also by a claim that finds all there
        await store.claim([a_group([digest(1)], [b"2"], horizon_s=1_000)], epoch, 0, -1)

        assert 900 < await raw.ttl(bucket) <= 1_000

    async def test_a_claim_ends_with_its_horizon(self, a_store: Open) -> None:
        (store, *_), epoch = await opened(a_store)
        await store.claim([a_group([digest(1)], [b"1"], horizon_s=1)], epoch, 0, -1)

        async with asyncio.timeout(30):
            while await store.usage(["f"]) != {"f": 0}:
                await asyncio.sleep(0.1)

        assert await store.claim([a_group([digest(1)], [b"2"])], epoch, 0, -1) == {}

    async def test_how_many_claims_a_publisher_has(self, a_store: Open) -> None:
        (store, *_), epoch = await opened(a_store)
        await store.claim([a_group([digest(n) for n in range(5)], [b"1"] * 5)], epoch, 0, -1)
        await store.claim([a_group([digest(n) for n in range(5)], [b"1"] * 5, day=-1)], epoch, 0, -1)
        await store.claim([a_group([digest(n) for n in range(3)], [b"2"] * 3)], epoch, 0, -1)

        assert await store.usage(["f", "g"]) == {"f": 10, "g": 0}


class TestEpochs:
    async def test_it_opens_when_all_lanes_are_done(self, a_store: Open) -> None:
        stores = [await a_store() for _ in range(LANES)]
        standings = [await store.join() for store in stores]
        assert {one.is_open for one in standings} == {False}
        (candidate,) = {one.epoch for one in standings}

        turns = [(0, stores[0]), (0, stores[1]), (1, stores[1]), (2, stores[2])]
        said = [await store.done(candidate, lane, LANES) for lane, store in turns]

        assert said == [(False, 1), (False, 1), (False, 2), (True, LANES)]
        assert await stores[0].done(candidate, 0, LANES) == (True, LANES)
        assert (await stores[0].join()) == (await stores[2].join())
        assert (await stores[0].join()).is_open

    async def test_nothing_is_claimed_before(self, a_store: Open) -> None:
        store = await a_store()
        candidate = (await store.join()).epoch

        with pytest.raises(ClaimsLost):
            await store.claim([a_group([digest(1)], [b"1"])], candidate, 0, -1)

    async def test_a_wipe_is_seen_by_the_next_claim_and_by_asking(
        self, a_store: Open, raw: redis.asyncio.Redis, space: str
    ) -> None:
        (store, other, _), epoch = await opened(a_store)
        await store.check(epoch)

        await wipe(raw, space)

        with pytest.raises(ClaimsLost):
            await store.claim([a_group([digest(1)], [b"1"])], epoch, 0, 7)
        with pytest.raises(ClaimsLost):
            await other.check(epoch)
        # And nothing was left behind that looks like knowledge
        assert [key async for key in raw.scan_iter(f"{space}:*")] == []

    async def test_another_redis_process_is_another_store(
        self, a_store: Open, raw: redis.asyncio.Redis, space: str
    ) -> None:
        """One that came back may have lost its last second, though its claims and its epoch are there."""
        (store, *_), epoch = await opened(a_store)
        await raw.hset(f"{space}:epoch", "run_id", "of another process")

        standing = await store.join()

        assert not standing.is_open
        assert standing.epoch != epoch

    async def test_a_client_that_reconnects_to_another_process_says_so(self, a_store: Open) -> None:
        (store, *_), epoch = await opened(a_store)
        store._run_id = "0" * 40
        await store._client.connection_pool.disconnect()

        with pytest.raises(ClaimsLost):
            await store.claim([a_group([digest(1)], [b"1"])], epoch, 0, -1)

    async def test_a_wipe_while_claims_are_written_back_begins_anew(
        self, a_store: Open, raw: redis.asyncio.Redis, space: str
    ) -> None:
        # Given a lane that wrote back, and is done
        first, second = await a_store(), await a_store()
        candidate = (await first.join()).epoch
        back = [Restored("f", DAY, 600, [(digest(1), b"1")])]
        assert await first.restore(candidate, back) == 1
        await first.done(candidate, 0, 2)

        # When the store is wiped again
        await wipe(raw, space)

        # Then neither it nor the other goes on under the epoch that was
        for act in (first.restore(candidate, back), first.done(candidate, 0, 2), second.done(candidate, 1, 2)):
            with pytest.raises(ClaimsLost):
                await act
        fresh = (await second.join()).epoch
        assert fresh != candidate
        assert await second.done(fresh, 1, 2) == (False, 1)

    async def test_what_is_written_back_stands_and_lives(
        self, a_store: Open, raw: redis.asyncio.Redis, space: str
    ) -> None:
        stores = [await a_store() for _ in range(LANES)]
        candidate = (await stores[0].join()).epoch
        many = [(digest(n), b"%d" % n) for n in range(2_500)]

        written = await stores[0].restore(
            candidate, [Restored("f", DAY, 1_000, many), Restored("f", -1, 1_000, many[:1])]
        )
        for lane, store in enumerate(stores):
            await store.done(candidate, lane, LANES)

        assert written == 2_501
        found = await stores[1].claim([a_group([one for one, _ in many], [b"new"] * 2_500)], candidate, 1, -1)
        assert found == {n: b"%d" % n for n in range(2_500)}
        assert 900 < await raw.ttl(f"{space}:claims:f:-1") <= 1_000

    async def test_the_offset_that_a_lane_covers_is_kept_with_its_claims(
        self, a_store: Open, raw: redis.asyncio.Redis, space: str
    ) -> None:
        (store, other, _), epoch = await opened(a_store)
        assert await store.covered(0) is None

        await store.claim([a_group([digest(1)], [b"1"])], epoch, 0, 41)
        await other.claim([a_group([digest(2)], [b"1"])], epoch, 1, 7)

        assert (await store.covered(0), await store.covered(1), await store.covered(2)) == (41, 7, None)
        await wipe(raw, space)
        assert await store.covered(0) is None


class TestTrouble:
    async def test_a_redis_that_is_not_there(self) -> None:
        store = ClaimStore(RedisSettings(url="redis://127.0.0.1:1/0", timeout_s=2.0), "x")

        with pytest.raises(ClaimsUnavailable, match="does not answer"):
            await store.start()
        await store.drop()

    async def test_a_script_that_redis_forgot_is_trouble_and_no_verdict(
        self, a_store: Open, raw: redis.asyncio.Redis
    ) -> None:
        (store, *_), epoch = await opened(a_store)
        store._shas["claim"] = "0" * 40

        with pytest.raises(ClaimsUnavailable, match="refuses"):
            await store.claim([a_group([digest(1)], [b"1"])], epoch, 0, -1)

    async def test_what_redis_evicts_is_told(self, a_store: Open) -> None:
        assert await (await a_store()).eviction_policy() in ("noeviction", None)
