"""Putting rules in force: a plan is published, an activation names it, and all lanes are waited for."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import orjson

from tidegate import audit
from tidegate.broker.cluster import Cluster
from tidegate.broker.logs import open_log
from tidegate.broker.names import TopicNames
from tidegate.broker.publisher import open_publisher
from tidegate.broker.topics import specs
from tidegate.errors import BadInput, ConfigError, Unconfirmed
from tidegate.provision.admission import NO_CONSENT, Consent, Proposal, admit
from tidegate.rules import Plan, RuleSet, nearest
from tidegate.rules.activations import Activation, Ledger, documents_key, plan_key, reference_key
from tidegate.settings import Settings


@dataclass(frozen=True)
class Confirmation:
    """Which lanes confirmed an activation, which did not, and which of these nobody owns."""

    sequence: int
    confirmed: tuple[int, ...]
    late: tuple[int, ...]
    unowned: tuple[int, ...]

    @property
    def sentence(self) -> str:
        if not self.late:
            return f"activation {self.sequence} is in force on all {len(self.confirmed)} lanes"
        said = f"activation {self.sequence} is published; not confirmed by lanes {_list(self.late)}"
        if self.unowned:
            return f"{said}, of which nobody runs {_list(self.unowned)}: start a hub with 'tidegate hub'"
        return said


def _list(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))


async def read_ledger(settings: Settings) -> Ledger:
    """All that the ``rules`` topic says. Raises ``ConfigError`` when the topic is not there."""
    names = TopicNames(settings.kafka.topic_prefix)
    await _lanes(settings, names)
    ledger = Ledger()
    async with open_log(settings.kafka, names.rules, 0) as log:
        begin, end = await log.bounds()
        async for record in log.read(begin, end):
            ledger.apply(record.key, record.value)
    return ledger


def plan_in_force(ledger: Ledger) -> Plan | None:
    """The plan of the activation in force, or None. Raises ``BadSchema`` when it is of another version."""
    current = ledger.current
    return None if current is None else Plan.from_bytes(ledger.plans[current.plan])


async def check_topics(settings: Settings, rule_set: RuleSet) -> None:
    """Refuses a rule set whose parties have no topics yet: lanes would stall on deliveries that nothing can take."""
    names = TopicNames(settings.kafka.topic_prefix)
    lanes = await _lanes(settings, names)
    wanted = [spec.name for spec in specs(names, lanes, rule_set.publishers, dict.fromkeys(rule_set.partners, 1))]
    there = await Cluster(settings.kafka).topics(wanted)
    missing = [name for name in wanted if name not in there]
    if missing:
        raise ConfigError(
            f"the rules name parties without topics ({', '.join(missing)}); run 'tidegate topics apply DIR'"
        )


async def activate(
    settings: Settings, ledger: Ledger, proposal: Proposal, approver: str, reason: str, consent: Consent = NO_CONSENT
) -> Activation:
    """Publishes the plan of a proposal and puts it in force after what ``ledger`` says is in force now.

    Raises ``BadInput`` where the consent does not cover what it exposes and lowers, and ``Unconfirmed`` when someone
    else activated meanwhile: nothing is overwritten.
    """
    approvals = admit(proposal, consent)
    current, rule_set, plan = ledger.current, proposal.rule_set, proposal.plan
    activation = Activation(
        sequence=ledger.sequence + 1,
        follows=ledger.sequence,
        plan=plan.digest,
        rule_set=rule_set.digest,
        suspended=current.suspended if current else (),
        approver=approver,
        reason=reason,
        at_us=time.time_ns() // 1_000,
        id=uuid.uuid4().hex,
        acknowledged=consent.acknowledged,
        lowered=tuple(one.sentence for one in proposal.lowered),
        approvals=approvals,
    )
    documents = orjson.dumps(dict(rule_set.texts), option=orjson.OPT_SORT_KEYS)
    lists = {plan.references[name]: text.encode() for name, text in rule_set.references.items()}
    before = [
        *((reference_key(digest), text) for digest, text in lists.items() if digest not in ledger.references),
        (documents_key(rule_set.digest), documents),
        (plan_key(plan.digest), plan.to_bytes()),
    ]
    await _publish(settings, before, activation)
    return activation


async def suspend(
    settings: Settings, ledger: Ledger, partner: str, approver: str, reason: str, *, resume: bool
) -> Activation:
    """Takes a partner out of the plan in force, or back in: an activation like any other. Raises ``BadInput``."""
    current, plan = ledger.current, plan_in_force(ledger)
    if current is None or plan is None:
        raise BadInput("no rules are in force; activate some first")
    if partner not in plan.partners:
        raise BadInput(f"the rules in force know no partner {partner!r}{nearest(partner, plan.partners)}")
    if resume == (partner not in current.suspended):
        raise BadInput(f"{partner} is {'not suspended' if resume else 'suspended already'}")
    suspended = {*current.suspended} - {partner} if resume else {*current.suspended, partner}
    activation = Activation(
        sequence=current.sequence + 1,
        follows=current.sequence,
        plan=current.plan,
        rule_set=current.rule_set,
        suspended=tuple(sorted(suspended)),
        approver=approver,
        reason=reason,
        at_us=time.time_ns() // 1_000,
        id=uuid.uuid4().hex,
    )
    await _publish(settings, [], activation)
    return activation


async def _publish(settings: Settings, before: Iterable[tuple[bytes, bytes]], activation: Activation) -> None:
    topic = TopicNames(settings.kafka.topic_prefix).rules
    async with open_publisher(settings.kafka) as publisher:
        for key, value in before:
            await publisher.send_and_wait(topic, key, value)
        await publisher.send_and_wait(topic, activation.key, activation.to_bytes())
    won = (await read_ledger(settings)).activations
    if activation not in won:
        raise Unconfirmed(
            f"someone else put activation {activation.sequence} in force a moment earlier; look at it with "
            "'tidegate rules show', and activate again if yours still holds"
        )


async def confirmation(
    settings: Settings, sequence: int, wait_s: float, progress: Callable[[int, int], None]
) -> Confirmation:
    """Waits until every lane's log has an entry under an activation, or one after it.

    ``progress`` is called with how many lanes have, and how many there are.
    """
    names = TopicNames(settings.kafka.topic_prefix)
    lanes = await _lanes(settings, names)
    until = time.monotonic() + wait_s
    confirmed: set[int] = set()
    while True:
        for lane in set(range(lanes)) - confirmed:
            if await _confirmed(settings, names, lane, sequence):
                confirmed.add(lane)
        progress(len(confirmed), lanes)
        if len(confirmed) == lanes or time.monotonic() >= until:
            break
        await asyncio.sleep(0.3)
    late = tuple(sorted(set(range(lanes)) - confirmed))
    unowned: tuple[int, ...] = ()
    if late:
        group = f"{settings.kafka.topic_prefix}{settings.kafka.group}"
        owners = await Cluster(settings.kafka).owners(group, names.lanes)
        unowned = tuple(lane for lane in late if lane not in owners)
    return Confirmation(sequence, tuple(sorted(confirmed)), late, unowned)


async def _confirmed(settings: Settings, names: TopicNames, lane: int, sequence: int) -> bool:
    async with open_log(settings.kafka, names.audit, lane) as log:
        tail = await log.tail()
    return any(audit.from_bytes(record.value).activation >= sequence for record in tail)


async def _lanes(settings: Settings, names: TopicNames) -> int:
    """The number of lanes of this hub, as its topics say it."""
    topics = await Cluster(settings.kafka).topics([names.lanes, names.rules])
    if names.lanes not in topics or names.rules not in topics:
        raise ConfigError("this hub has no topics yet; run 'tidegate topics apply DIR' first")
    return topics[names.lanes].partitions
