"""The judge notices what it is there for: a run that went well, and the same evidence with one thing wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest
from tests.faults.evidence import Evidence, Logged, gather
from tests.faults.judge import judge
from tests.faults.rig import open_rig

from tidegate.audit import Kind, to_bytes
from tidegate.gate import Outcome
from tidegate.local import Servers


@pytest.fixture(scope="module")
def good(faults_stack: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evidence]:
    """A short run without a fault."""
    folder: Path = tmp_path_factory.mktemp("good")
    with open_rig(faults_stack, folder) as rig:
        rig.hub()
        rig.flow.start()
        rig.await_records(2_000)
        rig.settle()
        for hub in rig.hubs:
            hub.end()
        yield gather(rig.bootstrap, rig.prefix, rig.publishers)


def test_a_run_without_a_fault_is_clean_and_has_seen_every_kind_of_record(good: Evidence) -> None:
    verdict = judge(good)

    assert verdict.clean, str(verdict)
    figures = verdict.figures
    assert all(figures[word] for word in ("released", "withheld", "duplicate", "rejected", "quarantined")), str(verdict)
    assert figures["deliveries to port"] > figures["deliveries to bank"] > 0


def _lose(evidence: Evidence) -> None:
    del evidence.out["port"][1][5]


def _double(evidence: Evidence) -> None:
    some = evidence.out["bank"][2]
    some.append(some[3])


def _swap(evidence: Evidence) -> None:
    some = evidence.out["port"][0]
    first = some[0].event
    assert first is not None
    key = first.publisher, first.key
    second = next(
        place for place, one in enumerate(some) if place and one.event and (one.event.publisher, one.event.key) == key
    )
    some[0], some[second] = some[second], some[0]


def _lose_an_entry(evidence: Evidence) -> None:
    del evidence.logs[3][2]


def _alter_an_entry(evidence: Evidence) -> None:
    place, found = next((n, one) for n, one in enumerate(evidence.logs[3]) if one.entry.kind is Kind.TRANSACTION)
    entry = replace(found.entry, decided_us=found.entry.decided_us + 1)
    evidence.logs[3][place] = Logged(to_bytes(entry), entry)


def _lose_the_last_entry(evidence: Evidence) -> None:
    while evidence.logs[0].pop().entry.kind is not Kind.TRANSACTION:
        pass


def _alter_a_delivery(evidence: Evidence) -> None:
    some = evidence.out["port"][1]
    some[4] = replace(some[4], body=some[4].body + b"!")


def _decide_otherwise(evidence: Evidence, outcome: Outcome = Outcome.WITHHELD) -> None:
    place, found = next((n, one) for n, one in enumerate(evidence.logs[3]) if one.entry.kind is Kind.TRANSACTION)
    columns = replace(found.entry.columns, outcomes=bytes([outcome]) + found.entry.columns.outcomes[1:])
    evidence.logs[3][place] = Logged(found.value, replace(found.entry, columns=columns))


def _call_the_only_copy_a_duplicate(evidence: Evidence) -> None:
    _decide_otherwise(evidence, Outcome.DUPLICATE)


def _write_without_a_takeover(evidence: Evidence) -> None:
    place, found = next((n, one) for n, one in enumerate(evidence.logs[2]) if one.entry.kind is Kind.TRANSACTION)
    evidence.logs[2][place] = Logged(found.value, replace(found.entry, process="another"))


def _lose_from_quarantine(evidence: Evidence) -> None:
    evidence.quarantine.pop()


def _tell_nobody(evidence: Evidence) -> None:
    evidence.told -= 1


def _leave_unread(evidence: Evidence) -> None:
    lanes = next(iter(evidence.sent.values()))
    lanes[1].append(replace(lanes[1][-1], offset=lanes[1][-1].offset + 1))


@pytest.mark.parametrize(
    ("harm", "sorts"),
    [
        (_lose, {"lost", "digests"}),
        (_double, {"doubled", "order", "digests"}),
        (_swap, {"order", "digests"}),
        (_lose_an_entry, {"chain"}),
        (_alter_an_entry, {"chain"}),
        (_lose_the_last_entry, {"ranges", "sum", "digests"}),
        (_alter_a_delivery, {"digests"}),
        (_decide_otherwise, {"outcome"}),
        (_call_the_only_copy_a_duplicate, {"outcome"}),
        (_write_without_a_takeover, {"tenure"}),
        (_lose_from_quarantine, {"quarantine"}),
        (_tell_nobody, {"feedback"}),
        (_leave_unread, {"ranges", "sum"}),
    ],
)
def test_it_notices(good: Evidence, harm: Callable[[Evidence], None], sorts: set[str]) -> None:
    evidence = deepcopy(good)

    harm(evidence)

    assert sorts <= judge(evidence).faults.keys()
