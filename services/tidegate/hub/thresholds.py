"""Watching thresholds and papers: how many people and events each exporter has provided, and who nears or passed what.

Warned at 80 and at 95 percent of a threshold of the law (LAW 8.4(1)) and of what a paper was approved for, and when
that many are there, each once per year and process; the metrics say the numbers at any time.
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
from tidegate.rules import RuleSet
from tidegate.rules.levels import Cap, Window
from tidegate.rules.scales import Counted, windows_asked
from tidegate.settings import Settings
from tidegate.telemetry import Metrics, get_logger

PASSED = 100
_BUCKETS = tuple(Window((bucket,)) for bucket in Bucket)


async def counted_people(settings: Settings, rules: RuleSet, year: int) -> Counted:
    """How many distinct people, and events, exporters have provided up to a calendar year: in that year by bucket, and
    in the windows of their papers. Of this year and the three before it that is known.

    Raises ``BrokerUnavailable`` or ``ClaimsUnavailable``, also while the counts are being written back.
    """
    asked = windows_asked(rules.papers)
    cluster_id = await Cluster(settings.kafka).cluster_id()
    found: dict[tuple[str, Window], int] = {}
    async with open_store(settings.redis, namespace_of(settings.kafka, cluster_id)) as store:
        epoch = await store.opened()
        if epoch is None:
            raise ClaimsUnavailable("people are not counted just now: Redis has no counts, or has them written back")
        for exporter in rules.publishers:
            windows = dict.fromkeys((*_BUCKETS, *asked.get(exporter, ())))
            counted = await PeopleStore(store).distinct(exporter, year, tuple(windows), epoch)
            found |= {(exporter, window): count for window, count in counted.items()}
    return found


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
        epoch = (await store.opened() if executor.counting else None) or ""
        for exporter in sorted(executor.counting) if epoch else ():
            caps = [one for one in executor.publishers[exporter].plan.caps if _holds(one, now_us)]
            windows = tuple(dict.fromkeys((*_BUCKETS, *(one.window for one in caps))))
            counts = await people.distinct(exporter, year, windows, epoch)
            self.tell(exporter, year, counts, executor.law)
            self.tell_papers(exporter, year, counts, caps, executor.law)
        if executor.counting and self._cleared != year:
            await people.forget(sorted(executor.counting), year)
            self._cleared = year

    def tell(self, exporter: str, year: int, counts: Mapping[Window, int], law: Law) -> None:
        """Sets the metric, and warns of a share of a threshold that was not told yet."""
        for window in _BUCKETS:
            (bucket,) = window.buckets
            count = counts.get(window, 0)
            self._metrics.people.labels(exporter, bucket.value).set(count)
            for name in THRESHOLDS.get(bucket, ()):
                share = PASSED if count >= law[name] else warned(count, law[name], law)
                what = "an exporter has as many people as need" if share == PASSED else "an exporter nears"
                said = f"{what} the next paper: see 'tidegate obligations'"
                self._warn((exporter, year, name), share, said, f"{bucket} {year}", count, law[name])

    def tell_papers(
        self, exporter: str, year: int, counts: Mapping[Window, int], caps: Iterable[Cap], law: Law
    ) -> None:
        """The same of what its papers were approved for, as long as they hold."""
        for cap in caps:
            count, unit = counts.get(cap.window, 0), "events" if cap.window.of_events else "people"
            self._metrics.paper_used.labels(exporter, cap.paper, unit).set(count)
            self._metrics.paper_approved.labels(exporter, cap.paper, unit).set(cap.number)
            share = PASSED if count >= cap.number else warned(count, cap.number, law)
            what = "all has left that a paper" if share == PASSED else "an exporter nears what a paper"
            said = f"{what} was approved for: see 'tidegate obligations'"
            about = f"{unit} of {cap.paper}"
            self._warn((exporter, year, about), share, said, about, count, cap.number)

    def _warn(
        self, place: tuple[str, int, str], share: int | None, said: str, about: str, count: int, total: int
    ) -> None:
        if share is None or share <= self._said.get(place, 0):
            return
        self._said[place] = share
        exporter, *_ = place
        get_logger().warning(said, publisher=exporter, what=about, count=count, total=total, usage=f"{share} %")


def _holds(cap: Cap, now_us: int) -> bool:
    return cap.valid_from <= now_us and (cap.valid_to is None or now_us < cap.valid_to)
