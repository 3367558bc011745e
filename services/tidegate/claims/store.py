"""The claim store in Redis: one hash per publisher and day, one script call per thousand claims, one epoch for all.

**Epoch.** All claims belong to an epoch: an id that the store holds, with the run id of the Redis process that it was
opened on. A wiped store has none. A restarted one, which may have lost its last second, has another run id. Either way
no lane may claim until every lane of the hub has taken over and written its claims back (``join``, ``restore``,
``done``): else an open transaction could release a record whose duplicate another lane has just claimed.

A client belongs to one lane and is dropped on any error, so no reply can reach the wrong question.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

from tidegate.errors import ClaimsUnavailable, LaneLost
from tidegate.gate.claiming import ClaimGroup
from tidegate.settings import KafkaSettings, RedisSettings

IDS_PER_CALL = 1_000
_SCRIPTS = ("claim", "join", "restore", "done", "reserve", "restore_people")


class ClaimsLost(LaneLost):
    """The store is not of the epoch that this lane knows: wiped, restarted, or rebuilt meanwhile."""

    code = "claims_lost"


@dataclass(frozen=True, slots=True)
class Standing:
    """How the store stands: open under an epoch, or being built under a candidate for one."""

    is_open: bool
    epoch: str


@dataclass(frozen=True, slots=True)
class Restored:
    """Claims of one bucket to write back: ``(identity, claim)``."""

    publisher: str
    day: int
    horizon_s: int
    claims: Sequence[tuple[bytes, bytes]]


def namespace_of(kafka: KafkaSettings, cluster_id: str) -> str:
    """Names hub group and cluster in Redis: after a move to another cluster nothing claimed there counts here."""
    return f"tg:{kafka.topic_prefix}{kafka.group}:{cluster_id}"


class ClaimStore:
    """One lane's client of the store. ``namespace`` names hub group and cluster id: claims of another are not ours."""

    def __init__(self, settings: RedisSettings, namespace: str) -> None:
        self._settings = settings
        self._space = namespace
        self._epoch_keys = [f"{namespace}:epoch", f"{namespace}:next", f"{namespace}:done"]
        self._covered = f"{namespace}:covered"
        self._shas: dict[str, str] = {}
        self._run_id = ""
        self._client: redis.asyncio.Redis = redis.asyncio.from_url(
            settings.url,
            protocol=2,
            socket_timeout=settings.timeout_s,
            socket_connect_timeout=settings.timeout_s,
            retry=Retry(NoBackoff(), 0),
            redis_connect_func=self._connected,
            max_connections=2,
        )

    async def _connected(self, connection: Any) -> None:
        """Every new connection: which Redis process is this? One that came back may have lost its last second."""
        await connection.on_connect()
        await connection.send_command("INFO", "server")
        said = await connection.read_response()
        text = said.decode() if isinstance(said, bytes) else str(said)
        run_id = next(line[7:].strip() for line in text.splitlines() if line.startswith("run_id:"))
        if self._run_id and run_id != self._run_id:
            raise ResponseError("EPOCH another Redis process answers")
        self._run_id = run_id

    async def start(self) -> None:
        """Connects and loads the scripts. Raises ``ClaimsUnavailable``."""
        with _translated():
            for name in _SCRIPTS:
                text = (files("tidegate.claims") / "scripts" / f"{name}.lua").read_text(encoding="utf-8")
                self._shas[name] = await self._client.script_load(text)

    async def eviction_policy(self) -> str | None:
        """What Redis does when its memory is full; None where it does not say."""
        try:
            said = await self._client.config_get("maxmemory-policy")
        except RedisError:
            return None
        return said.get("maxmemory-policy")

    async def join(self) -> Standing:
        """How the store stands, for a lane that has just taken over."""
        with _translated():
            state, epoch = await self._call("join", self._epoch_keys, self._run_id, uuid.uuid4().hex)
        return Standing(state == b"open", epoch.decode())

    async def opened(self) -> str | None:
        """The open epoch, if there is one. Without, what the store holds may be a part of what it should."""
        with _translated():
            said = await self._client.hget(self._epoch_keys[0], "id")
        return said.decode() if isinstance(said, bytes) else said

    async def covered(self, lane: int) -> int | None:
        """Up to which offset of its audit partition the claims of a lane are in the store; None for nothing."""
        with _translated():
            said = await self._client.hget(self._covered, str(lane))
        return None if said is None else int(said)

    async def restore(self, candidate: str, buckets: Iterable[Restored]) -> int:
        """Writes claims back under a candidate. Gives how many."""
        count = 0
        with _translated():
            for bucket in buckets:
                keys = [self._epoch_keys[1], *self._bucket(bucket.publisher, bucket.day)]
                for start in range(0, len(bucket.claims), IDS_PER_CALL):
                    some = bucket.claims[start : start + IDS_PER_CALL]
                    flat = [part for pair in some for part in pair]
                    await self._call("restore", keys, candidate, bucket.horizon_s, bucket.day, *flat)
                    count += len(some)
        return count

    async def done(self, candidate: str, lane: int, lanes: int) -> tuple[bool, int]:
        """Says that a lane has its claims back: ``(whether the epoch is open now, how many lanes are done)``.

        Raises ``ClaimsLost`` when another epoch took the candidate's place.
        """
        with _translated():
            state, count = await self._call("done", self._epoch_keys, candidate, lane, lanes)
        if state == b"lost":
            raise ClaimsLost("the claim store was wiped again while it was being rebuilt")
        return state == b"open", count

    async def claim(self, groups: Sequence[ClaimGroup], epoch: str, lane: int, covered: int) -> dict[int, bytes]:
        """Claims all records of a batch. Gives, by place in the batch, the claim that was there before.

        ``covered`` is the audit offset up to which this lane's claims were committed. Raises ``ClaimsLost`` or
        ``ClaimsUnavailable``.
        """
        if not groups:
            return {}
        pipeline = self._client.pipeline(transaction=False)
        parts: list[tuple[ClaimGroup, int]] = []
        for group in groups:
            keys = [self._epoch_keys[0], *self._bucket(group.publisher, group.day), self._covered]
            for start in range(0, len(group.indexes), IDS_PER_CALL):
                end = start + IDS_PER_CALL
                pipeline.evalsha(
                    self._shas["claim"],
                    4,
                    *keys,
                    epoch,
                    group.horizon_s,
                    group.day,
                    lane,
                    covered,
                    *group.digests[start:end],
                    *group.claims[start:end],
                )
                parts.append((group, start))
        with _translated():
            answers = await pipeline.execute()
        found: dict[int, bytes] = {}
        for (group, start), said in zip(parts, answers, strict=True):
            for place, standing in enumerate(said, start):
                if standing is not None:
                    found[group.indexes[place]] = standing
        return found

    async def check(self, epoch: str, within_s: float | None = None) -> None:
        """Asks whether the store is still of an epoch; waits no longer than ``within_s``, where a transaction is open.

        Raises ``ClaimsLost`` or ``ClaimsUnavailable``.
        """
        try:
            async with asyncio.timeout(within_s):
                with _translated():
                    said = await self._client.hget(self._epoch_keys[0], "id")
        except TimeoutError:
            raise ClaimsUnavailable(f"Redis does not answer within {within_s} s") from None
        if said != epoch.encode():
            raise ClaimsLost("the claim store is not of the epoch of this lane")

    @property
    def namespace(self) -> str:
        return self._space

    @property
    def epoch_key(self) -> str:
        return self._epoch_keys[0]

    @property
    def candidate_key(self) -> str:
        return self._epoch_keys[1]

    async def run_all(self, script: str, calls: Sequence[tuple[Sequence[str], Sequence[Any]]]) -> list[Any]:
        """Calls one script several times in one round trip. Raises ``ClaimsLost`` or ``ClaimsUnavailable``."""
        if not calls:
            return []
        pipeline = self._client.pipeline(transaction=False)
        for keys, arguments in calls:
            pipeline.evalsha(self._shas[script], len(keys), *keys, *arguments)
        with _translated():
            found: list[Any] = await pipeline.execute()
        return found

    async def sizes(self, keys: Iterable[str]) -> list[int]:
        """How many members each set has, in one round trip."""
        pipeline = self._client.pipeline(transaction=False)
        for key in keys:
            pipeline.scard(key)
        with _translated():
            found: list[int] = await pipeline.execute()
        return found

    async def delete(self, keys: Sequence[str]) -> None:
        """Deletes keys, those that are there, in one round trip."""
        if keys:
            with _translated():
                await self._client.unlink(*keys)

    async def usage(self, publishers: Iterable[str]) -> Mapping[str, int]:
        """How many claims the store holds of each publisher."""
        counted = {}
        with _translated():
            for publisher in publishers:
                buckets = await self._client.smembers(f"{self._space}:buckets:{publisher}")
                total = 0
                for day in buckets:
                    size = await self._client.hlen(self._bucket(publisher, int(day))[0])
                    if not size:
                        await self._client.srem(f"{self._space}:buckets:{publisher}", day)
                    total += size
                counted[publisher] = total
        return counted

    async def drop(self) -> None:
        with contextlib.suppress(Exception):
            await self._client.aclose()

    def _bucket(self, publisher: str, day: int) -> list[str]:
        return [f"{self._space}:claims:{publisher}:{day}", f"{self._space}:buckets:{publisher}"]

    async def _call(self, script: str, keys: Sequence[str], *arguments: Any) -> Any:
        return await self._client.evalsha(self._shas[script], len(keys), *keys, *arguments)


@contextlib.contextmanager
def _translated() -> Any:
    try:
        yield
    except ResponseError as exc:
        if "EPOCH" in str(exc):
            raise ClaimsLost(str(exc)) from exc
        raise ClaimsUnavailable(f"Redis refuses: {exc}") from exc
    except (RedisError, OSError) as exc:
        raise ClaimsUnavailable(f"Redis does not answer: {exc}") from exc


@contextlib.asynccontextmanager
async def open_store(settings: RedisSettings, namespace: str) -> AsyncIterator[ClaimStore]:
    """A store for as long as the block runs."""
    store = ClaimStore(settings, namespace)
    try:
        await store.start()
        yield store
    finally:
        await store.drop()
