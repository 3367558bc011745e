"""Watching the thresholds of the law: how many people each exporter has provided, and who nears or passed one.

Warned at 80 and at 95 percent (LAW 8.4(1)), each once per year and process; the metric says the number at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tidegate.broker.cluster import Cluster
from tidegate.claims import ClaimStore, PeopleStore, namespace_of, open_store
from tidegate.errors import ClaimsUnavailable
from tidegate.gate import Executor
from tidegate.law import THRESHOLDS, Bucket, Law
from tidegate.law.calendars import year_of_us
from tidegate.law.obligations import warned
from tidegate.settings import Settings
from tidegate.telemetry import Metrics, get_logger

PASSED = 100


async def counted_people(settings: Settings, exporters: Iterable[str], year: int) -> dict[tuple[str, Bucket], int]:
    """How many distinct people exporters have provided in a calendar year; of this year and the last it is known.

    Raises ``BrokerUnavailable`` or ``ClaimsUnavailable``, also while the counts are being written back.
    """
    cluster_id = await Cluster(settings.kafka).cluster_id()
    async with open_store(settings.redis, namespace_of(settings.kafka, cluster_id)) as store:
        if not await store.opened():
            raise ClaimsUnavailable("people are not counted just now: Redis has no counts, or has them written back")
        people = PeopleStore(store)
        found = {exporter: await people.counts(exporter, year) for exporter in exporters}
    return {(exporter, bucket): count for exporter, counts in found.items() for bucket, count in counts.items()}


class ThresholdWatch:
    """One per process. It remembers what it has said."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._said: dict[tuple[str, int, str], int] = {}
        self._cleared = 0

    async def look(self, store: ClaimStore, executor: Executor, now_us: int) -> None:
        """Counts the people of every exporter that has to be counted, and once a year forgets years long over.

        Raises ``ClaimsUnavailable``.
        """
        people, year = PeopleStore(store), year_of_us(now_us)
        for exporter in sorted(executor.counting):
            self.tell(exporter, year, await people.counts(exporter, year), executor.law)
        if executor.counting and self._cleared != year:
            await people.forget(sorted(executor.counting), year)
            self._cleared = year

    def tell(self, exporter: str, year: int, counts: Mapping[Bucket, int], law: Law) -> None:
        """Sets the metric, and warns of a share of a threshold that was not told yet."""
        for bucket, count in counts.items():
            self._metrics.people.labels(exporter, bucket.value).set(count)
            for name in THRESHOLDS.get(bucket, ()):
                share = PASSED if count >= law[name] else warned(count, law[name], law)
                if share is None or share <= self._said.get((exporter, year, name), 0):
                    continue
                self._said[exporter, year, name] = share
                what = "an exporter has as many people as need" if share == PASSED else "an exporter nears"
                get_logger().warning(
                    f"{what} the next paper: see 'tidegate obligations'",
                    publisher=exporter, what=f"{bucket} {year}", count=count, total=law[name], usage=f"{share} %",
                )  # fmt: skip
