"""What topics have to be, and how they differ."""

from __future__ import annotations

from typing import Any

import pytest

from tidegate.broker.cluster import Topic
from tidegate.broker.names import TopicNames
from tidegate.broker.topics import DAY_MS, Difference, TopicSpec, differences, specs

NAMES = TopicNames("x.")
ALL = {spec.name: spec for spec in specs(NAMES, 4, ["forwarder"], {"terminal": 86_400})}
INCOMING = ALL["x.in.forwarder"]


def found(spec: TopicSpec, partitions: int | None = None, **settings: Any) -> list[Difference]:
    """How a topic differs that is as its spec says but for some settings (dots written as _)."""
    changed = {name.replace("_", "."): value for name, value in settings.items()}
    topic = Topic(spec.name, "id", spec.partitions if partitions is None else partitions)
    there = {name: value for name, value in {**spec.settings, "other": "1", **changed}.items() if value is not None}
    return differences([spec], {spec.name: topic}, {spec.name: there})


def test_every_topic_of_a_hub_and_of_its_parties() -> None:
    assert sorted(ALL) == [
        *("x.audit", "x.feedback.forwarder", "x.in.forwarder", "x.lanes", "x.orders", "x.out.terminal"),
        *("x.quarantine", "x.rules", "x.subjects"),
    ]
    assert {name: spec.partitions for name, spec in ALL.items() if spec.partitions != 4} == {"x.rules": 1}


@pytest.mark.parametrize("name", sorted(set(ALL) - {"x.lanes"}))
def test_the_broker_writes_its_own_time_everywhere(name: str) -> None:
    assert ALL[name].settings["message.timestamp.type"] == "LogAppendTime"


def test_what_the_topics_are_for() -> None:
    assert INCOMING.settings["compression.type"] == "uncompressed"
    assert INCOMING.settings["max.message.bytes"] == str(2 << 20)
    assert INCOMING.settings["retention.ms"] == str(30 * DAY_MS)
    assert ALL["x.quarantine"].settings["max.message.bytes"] == str(4 << 20)
    assert ALL["x.quarantine"].settings["retention.ms"] == str(30 * DAY_MS)
    assert int(ALL["x.audit"].settings["retention.ms"]) >= 3 * 365 * DAY_MS
    assert ALL["x.rules"].settings["cleanup.policy"] == "compact"
    assert ALL["x.out.terminal"].settings["retention.ms"] == str(DAY_MS)


@pytest.mark.parametrize("spec", ALL.values(), ids=lambda spec: spec.name)
def test_a_topic_that_is_as_it_has_to_be_does_not_differ(spec: TopicSpec) -> None:
    assert found(spec) == []


@pytest.mark.parametrize("spec", ALL.values(), ids=lambda spec: spec.name)
def test_a_topic_that_is_not_there_is_missing(spec: TopicSpec) -> None:
    (one,) = differences([spec], {}, {})

    assert one.missing
    assert one.sentence == f"{spec.name}: to be made, {spec.partitions} partitions"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("message.timestamp.type", "CreateTime"),
        ("compression.type", "producer"),
        ("max.message.bytes", "10485760"),
        ("max.message.bytes", None),
        ("retention.ms", str(30 * DAY_MS - 1)),
        ("cleanup.policy", "compact"),
    ],
)
def test_every_setting_that_matters_is_compared(name: str, value: str | None) -> None:
    (one,) = found(INCOMING, **{name.replace(".", "_"): value})

    assert one.settings == {name: (value or "unset", INCOMING.settings[name])}
    assert f"{name} from {value or 'unset'} to " in one.sentence


@pytest.mark.parametrize("longer", ["-1", str(40 * DAY_MS)])
def test_what_an_operator_keeps_longer_is_not_cut(longer: str) -> None:
    """The audit is evidence, and a source is what replays read: ``topics apply`` must not throw any of it away."""
    audit = ALL["x.audit"]
    assert found(INCOMING, retention_ms=longer) == []
    assert found(audit, retention_ms="-1") == []
    assert found(audit, retention_ms=str(int(audit.settings["retention.ms"]) * 2)) == []


def test_persons_are_kept_for_three_years_after_their_own_and_never_cut_by_size() -> None:
    subjects = ALL["x.subjects"]

    assert subjects.settings["cleanup.policy"] == "compact,delete"
    assert int(subjects.settings["retention.ms"]) >= 4 * 365 * DAY_MS
    assert subjects.settings["retention.bytes"] == "-1"
    assert found(subjects, retention_ms="-1") == []
    assert found(subjects, retention_bytes="1000000")
    assert found(subjects, cleanup_policy="compact")


@pytest.mark.parametrize("name", ["x.quarantine", "x.out.terminal", "x.feedback.forwarder"])
def test_what_holds_data_of_others_is_not_kept_longer_than_it_says(name: str) -> None:
    assert found(ALL[name], retention_ms="-1")


def test_another_number_of_partitions_is_refused() -> None:
    (one,) = found(INCOMING, partitions=3)

    assert not one.missing
    assert "it has 3 partitions and the hub has 4 lanes" in one.refused


def test_the_audit_is_never_cut_by_size() -> None:
    assert [one.settings for one in found(ALL["x.audit"], retention_bytes="1000000")] == [
        {"retention.bytes": ("1000000", "-1")}
    ]
