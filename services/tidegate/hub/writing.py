"""What a transaction of a lane writes of a released batch, by topic."""

from __future__ import annotations

from tidegate import gate
from tidegate.broker.names import TopicNames
from tidegate.gate import Released


def bodies_of(released: Released, names: TopicNames, *, again: bool = False) -> dict[str, list[bytes]]:
    """Deliveries, feedback and quarantine. The audit entry is the lane's to add.

    ``again``: records of the quarantine, decided again. They lie there already.
    """
    bodies = {names.out(output.partner): output.bodies for output in released.outputs}
    bodies |= {names.feedback(publisher): told for publisher, told in gate.feedback_of(released).items()}
    quarantined = gate.quarantine_of(released, again=again)
    if quarantined:
        bodies[names.quarantine] = quarantined
    return bodies
