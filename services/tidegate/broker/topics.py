"""The topics a hub stands on: what they have to be, what they are, and how to get from one to the other.

All are LogAppendTime: no forged replay windows, no clock in the pure rooms, and a source's own time does not leak
through a partner topic. Source topics are uncompressed at the broker, so that ``max.message.bytes`` counts real bytes:
else a bomb of 200 MiB passes a limit of 1 MiB.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tidegate.broker.cluster import Cluster, Topic
from tidegate.broker.names import TopicNames

RETENTION = "retention.ms"
DAY_MS = 86_400_000
MIB = 1 << 20
QUARANTINE_MS = 30 * DAY_MS
"""How long the quarantine keeps what waits there, and ``orders`` what was asked about it."""
ORDER_BYTES = 64 << 10
"""How large an order may be: it names a record and says why, and never carries one."""


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """What a topic has to be. ``settings`` are only those that matter to us; others are the operator's.

    ``keeps_longer`` tells that a longer retention will do as well: it must not be cut by ``topics apply``.
    """

    name: str
    partitions: int
    settings: Mapping[str, str]
    keeps_longer: bool = False

    def fits(self, name: str, value: str) -> bool:
        """Whether a topic with this value of a setting is as it has to be."""
        if name == RETENTION and self.keeps_longer:
            return value == "-1" or int(value) >= int(self.settings[name])
        return value == self.settings[name]


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
    audit["retention.bytes"] = "-1"  # by a broker's limit of size a lane would forget how far it is
    quarantine = _delete(QUARANTINE_MS, 4 * MIB)
    orders = {**_delete(QUARANTINE_MS, ORDER_BYTES), "compression.type": "uncompressed"}
    rules = {"cleanup.policy": "compact", "max.message.bytes": str(16 * MIB)}
    found = [
        TopicSpec(names.lanes, lanes, {"cleanup.policy": "delete"}),
        TopicSpec(names.audit, lanes, {**audit, **_STAMPED}, keeps_longer=True),
        TopicSpec(names.quarantine, lanes, quarantine),
        TopicSpec(names.orders, lanes, orders, keeps_longer=True),
        TopicSpec(names.rules, 1, {**rules, **_STAMPED}),
        TopicSpec(names.subjects, lanes, {**_SUBJECTS, **_STAMPED}, keeps_longer=True),
    ]
    for publisher in sorted(publishers):
        incoming = {**_delete(30 * DAY_MS, 2 * MIB), "compression.type": "uncompressed"}
        found.append(TopicSpec(names.incoming(publisher), lanes, incoming, keeps_longer=True))
        found.append(TopicSpec(names.feedback(publisher), lanes, _delete(7 * DAY_MS, 4 * MIB)))
    for partner, retention_s in sorted(partners.items()):
        found.append(TopicSpec(names.out(partner), lanes, _delete(retention_s * 1_000, 2 * MIB)))
    return tuple(found)


_SUBJECTS = {
    "cleanup.policy": "compact,delete",
    "retention.ms": str(4 * 366 * DAY_MS),
    # A broker's limit of size would forget persons of this year, and nobody would notice.
    "retention.bytes": "-1",
}
"""Digests of persons are personal data themselves. They are counted by the calendar year, kept for three years after it
like other records of what was provided (PIPL 56, NDSMR 12), and no longer. A paper that holds for three years is
compared with four calendar years, of which this has three days more."""
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
    return differences(wanted, there, await cluster.settings(sorted(there)))


def differences(
    wanted: Iterable[TopicSpec], there: Mapping[str, Topic], settings: Mapping[str, Mapping[str, str]]
) -> list[Difference]:
    """The same, of topics and settings as they were found."""
    found = [_difference(spec, there.get(spec.name), settings.get(spec.name, {})) for spec in wanted]
    return [one for one in found if one is not None]


def _difference(spec: TopicSpec, topic: Topic | None, settings: Mapping[str, str]) -> Difference | None:
    if topic is None:
        return Difference(spec, missing=True)
    if topic.partitions != spec.partitions:
        why = (
            f"it has {topic.partitions} partitions and the hub has {spec.partitions} lanes; the number of lanes is "
            "fixed when a hub is provisioned: drain it, and begin a new generation of topics with another prefix"
        )
        return Difference(spec, refused=why)
    differing = {
        name: (settings.get(name, "unset"), value)
        for name, value in spec.settings.items()
        if name not in settings or not spec.fits(name, settings[name])
    }
    return Difference(spec, settings=differing) if differing else None


async def bring_about(cluster: Cluster, difference: Difference) -> None:
    """Makes a topic what it has to be."""
    if difference.missing:
        await cluster.create(difference.spec.name, difference.spec.partitions, difference.spec.settings)
    else:
        await cluster.alter(difference.spec.name, {name: wanted for name, (_, wanted) in difference.settings.items()})
