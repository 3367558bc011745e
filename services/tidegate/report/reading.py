"""Reading a period: the audit of every lane, from a little before it to its end."""

from __future__ import annotations

from collections.abc import Callable

from tidegate import audit
from tidegate.broker.cluster import Cluster
from tidegate.broker.logs import open_log
from tidegate.broker.names import TopicNames
from tidegate.errors import ConfigError, InvalidEvent
from tidegate.report.totals import Gap, LaneReader, Period, Totals
from tidegate.settings import KafkaSettings

CLOCK_MARGIN_MS = 60_000
"""How much the broker's clock, by which entries are found, and the hub's, by which they decide, may differ."""


async def read_period(
    kafka: KafkaSettings, period: Period, progress: Callable[[int], None] = lambda count: None
) -> Totals:
    """The totals of a period; ``progress`` is told how many more entries were read.

    Raises ``ConfigError`` where there is no audit, and ``BrokerUnavailable``.
    """
    names = TopicNames(kafka.topic_prefix)
    topic = (await Cluster(kafka).topics([names.audit])).get(names.audit)
    if topic is None:
        raise ConfigError("this hub has no topics yet, so there is nothing to report")
    totals = Totals(period)
    for lane in range(topic.partitions):
        reader = LaneReader(totals, lane)
        async with open_log(kafka, names.audit, lane) as log:
            begin, end = await log.bounds()
            found = await log.offset_at(period.from_us // 1_000 - CLOCK_MARGIN_MS)
            start = end if found is None else max(begin, found)
            late_us = period.to_us + CLOCK_MARGIN_MS * 1_000
            async for record in log.read(start, end):
                try:
                    entry = audit.from_bytes(record.value)
                except InvalidEvent as exc:
                    totals.gaps.append(Gap(lane, f"the record at offset {record.offset} is no entry: {exc}"))
                    continue
                if entry.decided_us >= late_us:
                    break
                reader.take(record.value, entry)
                progress(1)
    return totals
