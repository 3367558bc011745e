"""Where a person is counted: by the digests in the ``subjects`` topic, which is what Redis is written back from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from tidegate.broker.cluster import Cluster
from tidegate.broker.logs import open_log
from tidegate.broker.names import TopicNames
from tidegate.gate import read_subject
from tidegate.settings import KafkaSettings
from tidegate.tracing.incoming import Progress


async def read_counted(
    kafka: KafkaSettings, publisher: str, wanted: Mapping[bytes, str], progress: Progress
) -> dict[int, dict[str, set[str]]]:
    """By calendar year and bucket, by which kinds of keys a person is counted. ``wanted`` are the kinds by digest."""
    topic = TopicNames(kafka.topic_prefix).subjects
    there = (await Cluster(kafka).topics([topic])).get(topic)
    found: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    begins_with, done, total = f"{publisher}/".encode(), 0, 0
    for lane in range(there.partitions if there else 0):
        async with open_log(kafka, topic, lane) as log:
            start, end = await log.bounds()
            total += end - start
            async for record in log.read(start, end):
                progress(topic, done + record.offset + 1 - start, total)
                if record.value is None or not (record.key or b"").startswith(begins_with):
                    continue
                one = read_subject(record.key)
                if one.person in wanted:
                    found[one.year][one.bucket].add(wanted[one.person])
            done += end - start
    return {year: dict(found[year]) for year in sorted(found)}
