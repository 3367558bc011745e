"""A record that kills its process ends in quarantine, and no other; that the hub is killed speaks against no record."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from tests.faults.asks import give
from tests.faults.evidence import gather, in_quarantine
from tests.faults.flow import KEYS, Kind
from tests.faults.judge import Verdict, judge
from tests.faults.rig import Rig, until

from tidegate.audit import CarriedOut
from tidegate.quarantine.orders import OrderKind

POISON = "tests.faults.entries.poison"
STORM = "tests.faults.entries.storm"
KILLS = 4
"""Before the first batch, amid the probe of one of 64, before a single record, amid the probe of one."""


def _run_out(rig: Rig, module: str, timeout_s: float = 240, **environment: str) -> int:
    """Starts a hub anew whenever it died, until every record has an outcome. Gives how often one died."""
    rig.flow.stop()
    sent, deaths, until = rig.sent(), 0, time.monotonic() + timeout_s
    while rig.progress.look() < sent:
        if time.monotonic() > until:
            raise TimeoutError(f"{rig.progress.records} of {sent} records decided after {deaths} deaths")
        if not rig.running:
            deaths += 1
            rig.hub(module, **environment)
        time.sleep(0.1)
    return deaths


def _judged(rig: Rig) -> tuple[Verdict, list[str]]:
    """The verdict, and why records went to quarantine."""
    rig.stop()
    evidence = gather(rig.bootstrap, rig.prefix, rig.publishers)
    return judge(evidence), [one.reason for one in evidence.quarantine]


@pytest.mark.parametrize("poisoned", [2, pytest.param(5, marks=[pytest.mark.soak, pytest.mark.timeout(1_200)])])
def test_records_that_kill_their_process_end_in_quarantine_and_no_others_do(rig: Rig, poisoned: int) -> None:
    rig.hub(POISON)
    rig.await_open()
    rig.flow.start()
    rig.await_records(500)
    for number in range(poisoned):
        # Keys of their own, in several lanes: the flow goes on meanwhile, and events of the same key follow.
        for kind in (Kind.PLAIN, Kind.POISON, Kind.PLAIN):
            rig.flow.send_one("carrier", KEYS + number, kind)

    deaths = _run_out(rig, POISON, timeout_s=200 * poisoned)

    verdict, reasons = _judged(rig)
    assert verdict.clean, str(verdict)
    assert reasons.count("poison") == poisoned
    assert deaths <= 2 * poisoned, "one death makes batches small, from then on only children die"
    print(f"{deaths} processes died of {poisoned} records")


def test_a_storm_of_kills_without_progress_puts_nothing_in_quarantine(rig: Rig, tmp_path: Path) -> None:
    storm = tmp_path / "storm"
    storm.write_bytes(b"!" * KILLS)
    for key in range(3):
        for _ in range(4):
            rig.flow.send_one("carrier", KEYS + key, Kind.PLAIN)
    rig.flow.flush()
    rig.hub(STORM, TIDEGATE_TEST_STORM=str(storm))

    deaths = _run_out(rig, STORM, TIDEGATE_TEST_STORM=str(storm))

    verdict, reasons = _judged(rig)
    assert verdict.clean, str(verdict)
    assert deaths == KILLS
    assert reasons == []
    probed = [entry.batch for lane in rig.progress.entries.values() for entry in lane if entry.kind == "TAKEOVER"]
    assert min(probed) == 1, "it came so far that single records were tried in a child"


def test_a_poisonous_record_that_is_redriven_kills_no_hub(rig: Rig) -> None:
    rig.hub(POISON)
    rig.await_open()
    rig.flow.send_one("carrier", KEYS, Kind.POISON)
    rig.flow.flush()
    _run_out(rig, POISON)
    (aside,) = in_quarantine(rig.bootstrap, rig.prefix)
    deaths = len(rig.hubs)

    asked = give(rig.bootstrap, rig.prefix, OrderKind.REDRIVE, aside)
    until(lambda: any(_answers(rig)), "an answer")

    (answer,) = _answers(rig)
    assert (answer.id, answer.outcome) == (asked, "refused")
    assert "died again" in answer.said
    assert len(rig.hubs) == deaths
    assert rig.running
    verdict, _ = _judged(rig)
    assert verdict.faults.keys() <= {"orders", "feedback"}, str(
        verdict
    )  # the judge takes a redrive for one that is tried


def _answers(rig: Rig) -> list[CarriedOut]:
    rig.progress.look()
    return [one for some in rig.progress.entries.values() for entry in some for one in entry.orders]
