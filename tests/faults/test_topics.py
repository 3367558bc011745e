"""What happens to topics and offsets beside the lanes: nothing that they notice."""

from __future__ import annotations

import asyncio
import time

from confluent_kafka import ConsumerGroupTopicPartitions
from confluent_kafka.admin import AdminClient
from tests import hubs
from tests.faults.flow import LANES, NEW_PUBLISHER, PUBLISHERS, write_rules
from tests.faults.rig import Rig, until

from tidegate.broker.cluster import Cluster


def test_a_lane_goes_on_from_its_log_when_the_committed_offsets_are_gone(rig: Rig) -> None:
    rig.hub()
    rig.await_open()
    rig.flow.start()
    rig.await_records(1_000)
    for hub in rig.hubs:
        assert hub.terminate() == 0
    admin = AdminClient({"bootstrap.servers": rig.bootstrap})
    assert _committed(admin, rig.group), "there were offsets"

    (deleted,) = admin.delete_consumer_groups([rig.group]).values()
    deleted.result(20)
    rig.hub()
    rig.await_open()
    rig.await_records(1_000)

    verdict = rig.verdict()
    assert verdict.clean, str(verdict)
    assert sum(_committed(admin, rig.group)) == rig.sent(), "and there are again: no lag tool sees any lag"


def _committed(admin: AdminClient, group: str) -> list[int]:
    (asked,) = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)]).values()
    return [one.offset for one in asked.result(20).topic_partitions if one.offset >= 0]


def test_new_stray_and_misshapen_topics_cause_no_rebalance_and_stop_no_lane(rig: Rig) -> None:
    rig.hub()
    rig.hub()
    rig.await_open()
    until(lambda: all(hub.lanes() for hub in rig.hubs), "both have lanes")
    rig.flow.start()
    rig.await_records(500)
    before = rig.assignments(), rig.takeovers()
    cluster = Cluster(rig.settings.kafka)
    newcomers = f"{rig.prefix}in.{NEW_PUBLISHER}"

    # Given: a stray topic, and a publisher whose topic has the wrong number of partitions
    asyncio.run(cluster.create(f"{rig.prefix}in.x", LANES, {}))
    asyncio.run(cluster.create(newcomers, LANES - 1, {}))
    rules = write_rules(rig.folder, (*PUBLISHERS, NEW_PUBLISHER))
    asyncio.run(hubs.put_in_force(rig.settings, rules))
    until(lambda: _excluded(rig) == [1, 1], "the misshapen topic is left out, with an alarm")
    rig.await_records(500)
    assert all(newcomers in str(hub.events()) for hub in rig.hubs)

    # When: its topic is made as it should be
    asyncio.run(cluster.delete([newcomers]))
    until(lambda: newcomers not in asyncio.run(cluster.names()), "the topic is gone")
    rig.provision((*PUBLISHERS, NEW_PUBLISHER))
    until(lambda: _excluded(rig) == [0, 0], "no topic is left out")
    rig.flow.publishers = (NEW_PUBLISHER,)
    began = time.monotonic()
    until(lambda: _decided(rig, NEW_PUBLISHER) > 500, "the new publisher's events flow")

    # Then: nobody noticed
    assert (rig.assignments(), rig.takeovers()) == before, f"after {time.monotonic() - began:.1f} s"
    verdict = rig.verdict()
    assert verdict.clean, str(verdict)


def _excluded(rig: Rig) -> list[float]:
    return [value for hub in rig.hubs for value in hub.probe.metric("tidegate_excluded_topics").values()]


def _decided(rig: Rig, publisher: str) -> int:
    """Records of a publisher that have an outcome."""
    rig.progress.look()
    entries = (entry for lane in rig.progress.entries.values() for entry in lane)
    return sum(source.count for entry in entries for source in entry.sources if source.publisher == publisher)
