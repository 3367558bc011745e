"""Running a replay: the gate over the window's transactions, compared, and sent again where that was asked for."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tidegate import gate
from tidegate.audit import Entry, Kind
from tidegate.broker.cluster import Cluster
from tidegate.broker.names import TopicNames
from tidegate.broker.writer import LaneWriter
from tidegate.errors import BadInput, ConfigError, TidegateError
from tidegate.events.checks import References
from tidegate.gate import UNCOUNTED, Batch, Counts, Executor, Keyring, Reason, Released
from tidegate.gate.bodies import body, read_body
from tidegate.provision.activation import plan_in_force, read_ledger
from tidegate.replay.comparing import PartnerReport, Report, Window, bodies_by_record, outcome_words
from tidegate.replay.transactions import Transaction, transactions
from tidegate.rules import Plan, nearest
from tidegate.rules.activations import Ledger
from tidegate.settings import Settings

REPLAY_HEADER = "ce_replay"
TOGETHER = 5_000
"""How many deliveries are sent again in one transaction."""


@dataclass
class _Plans:
    """Executors by plan and suspended partners, made when they are first needed."""

    ledger: Ledger
    keyring: Keyring
    made: dict[tuple[str, frozenset[str]], Executor] = field(default_factory=dict)

    def of(self, plan: str, suspended: Iterable[str]) -> Executor:
        """Raises ``TidegateError`` when the plan cannot be run here."""
        wanted = plan, frozenset(suspended)
        if wanted not in self.made:
            text = self.ledger.plans.get(plan)
            if text is None:
                raise ConfigError(f"the rules topic does not have the plan {plan[:12]}")
            made = Plan.from_bytes(text)
            references = References.of(self.ledger.lists_of(made))
            self.made[wanted] = Executor(made, self.keyring, wanted[1], references)
        return self.made[wanted]


async def replay(
    settings: Settings,
    keyring: Keyring,
    report: Report,
    partners: tuple[str, ...],
    *,
    execute: bool,
    progress: Callable[[int], None] = lambda count: None,
) -> None:
    """Fills a report. ``execute`` sends what the rules of now allow to ``replay.<case>.<partner>``.

    Raises ``BadInput`` for a partner that the rules do not know, ``ConfigError`` when no rules are in force.
    """
    ledger = await read_ledger(settings)
    current, plan = ledger.current, plan_in_force(ledger)
    if current is None or plan is None:
        raise ConfigError("no rules are in force")
    for name in partners:
        if name not in plan.partners and report.rules == "now":
            raise BadInput(f"the rules in force know no partner {name!r}{nearest(name, plan.partners)}")
    run = _Replay(settings, _Plans(ledger, keyring), report, partners)
    now = run.plans.of(current.plan, current.suspended) if report.rules == "now" else None
    names = TopicNames(settings.kafka.topic_prefix)
    cluster = Cluster(settings.kafka)
    lanes = (await cluster.topics([names.lanes]))[names.lanes].partitions
    publishers = {name for text in ledger.plans.values() for name in Plan.from_bytes(text).publishers}
    sources = await cluster.topics(names.incoming(name) for name in publishers)
    ids = {name: topic.topic_id for name, topic in sources.items()}
    for lane in range(lanes):
        again: dict[str, list[bytes]] = {}
        window = report.window
        async for one in transactions(settings.kafka, names.audit, ids, lane, window.from_ms, window.to_ms):
            await asyncio.to_thread(run.transaction, one, lane, lanes, now, again)
            progress(1)
            if execute and sum(map(len, again.values())) >= TOGETHER:
                await _send_again(settings, cluster, report, lane, lanes, again)
        if execute and again:
            await _send_again(settings, cluster, report, lane, lanes, again)


class _Replay:
    def __init__(self, settings: Settings, plans: _Plans, report: Report, partners: tuple[str, ...]) -> None:
        self._settings = settings
        self._report = report
        self._partners = partners
        self.plans = plans

    def _of(self, partner: str) -> PartnerReport:
        return self._report.partners.setdefault(partner, PartnerReport())

    def _wanted(self, partner: str) -> bool:
        return not self._partners or partner in self._partners

    def transaction(
        self, one: Transaction, lane: int, lanes: int, now: Executor | None, again: dict[str, list[bytes]]
    ) -> None:
        """Decides one transaction again, and takes what it gives into the report."""
        if one.entry.kind is Kind.HEARTBEAT:
            if now is None:
                self._heartbeats(one.entry)
            return
        report = self._report
        inside = {place for place, timestamp in one.places() if report.window.holds(timestamp)}
        if (not one.missing and not inside) or (now is not None and one.again):
            return  # under the rules of now a record is decided once, where it came in
        report.transactions += 1
        sent = [
            (place, partner)
            for place in (inside if not one.missing else range(len(one.entry.columns)))
            for partner in one.partners_of(place)
            if self._wanted(partner)
        ]
        for _, partner in sent:
            self._of(partner).delivered += 1
        report.records += 0 if one.again else len(inside)
        if one.missing:
            report.reasons["source expired"] += len(sent)
            return
        then = self._then(one, lane, lanes, len(sent))
        if now is None:
            if then is not None:
                report.outcomes += Counter() if one.again else outcome_words(then, inside)
                self._compare_digests(one, then, sent)
            return
        released = self._decide(one, lane, lanes, now, time.time_ns() // 1_000)
        report.outcomes += outcome_words(released, inside)
        self._compare_bodies(then, released, inside, set(sent), again)

    def _heartbeats(self, entry: Entry) -> None:
        """Heartbeats are deliveries too: each is made again from what the entry says, and has to be the same bytes."""
        sent = [one for one in entry.deliveries if self._wanted(one.partner)]
        for one in sent:
            self._of(one.partner).delivered += 1
        try:
            executor = self.plans.of(entry.plan.hex(), entry.suspended)
        except TidegateError as exc:
            self._report.reasons[f"executor differs: {exc}"] += len(sent)
            return
        up_to = {one.partner: one.up_to_us or 0 for one in sent}
        made = {one.partner: one.delivery for one in gate.heartbeats(executor, entry.lane, entry.decided_us, up_to)}
        for one in sent:
            if made[one.partner] == one:
                self._of(one.partner).reproduced += 1
            else:
                self._report.reasons["other bytes"] += 1

    def _then(self, one: Transaction, lane: int, lanes: int, sent: int) -> Released | None:
        """The transaction under its own plan, at its own time."""
        try:
            executor = self.plans.of(one.entry.plan.hex(), one.entry.suspended)
        except TidegateError as exc:
            self._report.reasons[f"executor differs: {exc}"] += sent
            return None
        return self._decide(one, lane, lanes, executor, one.entry.decided_us, one.counts())

    @staticmethod
    def _decide(
        one: Transaction, lane: int, lanes: int, executor: Executor, decided_us: int, counts: Counts = UNCOUNTED
    ) -> Released:
        """The one path: inspect and release, with the verdicts of then. What killed a process then stays unread.

        Without ``counts`` nothing leaves that would have to be counted: a replay counts nobody.
        """
        poison = frozenset(place for place, remark in one.remarks.items() if remark.reason == Reason.POISON)
        inspected = gate.inspect(Batch(lane, lanes, one.runs), executor, poison)
        return gate.release(inspected, one.verdicts(), decided_us, counts, one.freed())

    def _compare_digests(self, one: Transaction, then: Released, sent: list[tuple[int, str]]) -> None:
        """A partner's deliveries of a transaction are reproduced when the digest over all their bytes is the same."""
        got = {output.partner: (len(output.bodies), output.digest) for output in then.outputs}
        equal = {said.partner for said in one.entry.deliveries if got.get(said.partner) == (said.count, said.digest)}
        for _, partner in sent:
            if partner in equal:
                self._of(partner).reproduced += 1
            else:
                self._report.reasons["other bytes"] += 1

    def _compare_bodies(
        self,
        then: Released | None,
        now: Released,
        inside: set[int],
        sent: set[tuple[int, str]],
        again: dict[str, list[bytes]],
    ) -> None:
        before = {} if then is None else {(place, name): content for place, name, content in bodies_by_record(then)}
        after: set[tuple[int, str]] = set()
        for place, partner, content in bodies_by_record(now):
            if place not in inside or not self._wanted(partner):
                continue
            after.add((place, partner))
            again.setdefault(partner, []).append(_marked(content, self._report.replay_id))
            found = self._of(partner)
            if (place, partner) not in sent:
                found.added += 1
            elif before.get((place, partner)) == content:
                found.same += 1
            else:
                found.changed += 1
        for _, partner in sent - after:
            self._of(partner).removed += 1


def _marked(content: bytes, replay_id: str) -> bytes:
    """A record body with the header that says it comes from a replay."""
    key, value, headers = read_body(content)
    return body(key, value, [*headers, (REPLAY_HEADER, replay_id.encode())])


async def _send_again(
    settings: Settings, cluster: Cluster, report: Report, lane: int, lanes: int, again: dict[str, list[bytes]]
) -> None:
    """Writes deliveries of one lane to the topics of the case, in one transaction, and forgets them."""
    names = TopicNames(settings.kafka.topic_prefix)
    wanted = {names.replay(report.case, partner): partner for partner in again}
    there = await cluster.topics(wanted)
    for topic in wanted:
        if topic not in there:
            await cluster.create(
                topic, lanes, {"message.timestamp.type": "LogAppendTime", "max.message.bytes": "2097152"}
            )
    writer = LaneWriter(settings.kafka, settings.lane, lane, f"replay-{report.case}")
    try:
        await writer.start()
        bodies = {topic: again[partner] for topic, partner in wanted.items()}
        await writer.write(bodies, {}, time.time_ns() // 1_000_000)
    finally:
        await writer.drop()
    for partner, sent in again.items():
        report.partners[partner].sent += len(sent)
    again.clear()


def new_report(case: str, rules: str, window: Window) -> Report:
    return Report(case, f"{case}-{uuid.uuid4().hex[:12]}", rules, window)
