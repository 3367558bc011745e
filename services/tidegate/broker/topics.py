"""The topics a hub stands on: what they have to be, what they are, and how to get from one to the other.

All are LogAppendTime: no forged replay windows, no clock in the pure rooms, and a source's own time does not leak
through a partner topic. Source topics are uncompressed at the broker, so that ``max.message.bytes`` counts real bytes:
else a bomb of 200 MiB passes a limit of 1 MiB.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tidegate.broker.cluster import Cluster
from tidegate.broker.names import TopicNames

DAY_MS = 86_400_000
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """What a topic has to be. ``settings`` are only those that matter to us; others are the operator's."""

    name: str
    partitions: int
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """How one topic differs from its spec. ``refused`` says why it cannot be changed."""

    spec: TopicSpec
    missing: bool = False
    settings: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Settings that differ: what is, what has to be."""
    refused: str = ""

    @property
    def sentence(self) -> str:
        if self.refused:
            return f"{self.spec.name}: {self.refused}"
        if self.missing:
            return f"{self.spec.name}: to be made, {self.spec.partitions} partitions"
        return f"{self.spec.name}: " + ", ".join(
            f"{name} from {was} to {wanted}" for name, (was, wanted) in sorted(self.settings.items())
        )


def specs(
    names: TopicNames, lanes: int, publishers: Iterable[str], partners: Mapping[str, int]
) -> tuple[TopicSpec, ...]:
    """All topics of a hub. ``partners`` gives for every partner how long its topic keeps records, in seconds."""
    audit = {"cleanup.policy": "delete", "retention.ms": str(3 * 366 * DAY_MS), "max.message.bytes": str(2 * MIB)}
    quarantine = _delete(30 * DAY_MS, 4 * MIB)
    rules = {"cleanup.policy": "compact", "max.message.bytes": str(16 * MIB)}
    found = [
        TopicSpec(names.lanes, lanes, {"cleanup.policy": "delete"}),
        TopicSpec(names.audit, lanes, {**audit, **_STAMPED}),
        TopicSpec(names.quarantine, lanes, quarantine),
        TopicSpec(names.rules, 1, {**rules, **_STAMPED}),
    ]
    for publisher in sorted(publishers):
        incoming = {**_delete(30 * DAY_MS, 2 * MIB), "compression.type": "uncompressed"}
        found.append(TopicSpec(names.incoming(publisher), lanes, incoming))
        found.append(TopicSpec(names.feedback(publisher), lanes, _delete(7 * DAY_MS, 4 * MIB)))
    for partner, retention_s in sorted(partners.items()):
        found.append(TopicSpec(names.out(partner), lanes, _delete(retention_s * 1_000, 2 * MIB)))
    return tuple(found)


_STAMPED = {"message.timestamp.type": "LogAppendTime"}


def _delete(retention_ms: int, limit: int) -> dict[str, str]:
    return {
        "cleanup.policy": "delete",
        "retention.ms": str(retention_ms),
        "max.message.bytes": str(limit),
        **_STAMPED,
    }


async def compare(cluster: Cluster, wanted: Iterable[TopicSpec]) -> list[Difference]:
    """Where topics differ from what they have to be, in the order of ``wanted``."""
    wanted = list(wanted)
    there = await cluster.topics(spec.name for spec in wanted)
    settings = await cluster.settings(sorted(there))
    found = []
    for spec in wanted:
        topic = there.get(spec.name)
        if topic is None:
            found.append(Difference(spec, missing=True))
            continue
        if topic.partitions != spec.partitions:
            why = (
                f"it has {topic.partitions} partitions and the hub has {spec.partitions} lanes; the number of lanes is "
                "fixed when a hub is provisioned: drain it, and begin a new generation of topics with another prefix"
            )
            found.append(Difference(spec, refused=why))
            continue
        differing = {
            name: (settings[spec.name].get(name, "unset"), value)
            for name, value in spec.settings.items()
            if settings[spec.name].get(name) != value
        }
        if differing:
            found.append(Difference(spec, settings=differing))
    return found


async def bring_about(cluster: Cluster, difference: Difference) -> None:
    """Makes a topic what it has to be."""
    if difference.missing:
        await cluster.create(difference.spec.name, difference.spec.partitions, difference.spec.settings)
    else:
        await cluster.alter(difference.spec.name, {name: wanted for name, (_, wanted) in difference.settings.items()})
