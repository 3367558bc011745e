"""What a hub stands on: its own topics, verified before anything runs.

Topics of parties come and go with the rules; the catalog looks at those.
"""

from __future__ import annotations

from tidegate.broker.cluster import Cluster
from tidegate.broker.names import TopicNames
from tidegate.broker.topics import compare, specs
from tidegate.errors import ConfigError


async def verified_lanes(cluster: Cluster, names: TopicNames) -> int:
    """The number of lanes, which the lease topic says for ever.

    Raises ``ConfigError`` unless the hub's topics are what they have to be: partitions, timestamps, limits, retention.
    """
    needed = (names.lanes, names.audit, names.rules, names.quarantine, names.orders, names.subjects)
    topics = await cluster.topics(needed)
    missing = [name for name in needed if name not in topics]
    if missing:
        raise ConfigError(
            f"the hub's topics are not there ({', '.join(missing)}); run 'tidegate topics apply DIR' first"
        )
    lanes = topics[names.lanes].partitions
    differing = await compare(cluster, specs(names, lanes, (), {}))
    if differing:
        said = "\n".join(one.sentence for one in differing)
        mend = "" if any(one.refused for one in differing) else "\nrun 'tidegate topics apply DIR' to put that right"
        raise ConfigError(f"the hub's topics are not as they have to be:\n{said}{mend}")
    auto = await cluster.broker_setting("auto.create.topics.enable")
    if auto == "true":
        raise ConfigError(
            "the broker makes topics by itself (auto.create.topics.enable=true): a typo would become a topic with the "
            "wrong settings; turn it off"
        )
    return lanes
