"""What the rules would make of a record of the quarantine, said without doing it."""

from __future__ import annotations

from dataclasses import replace

from tests.builders import NOW_US, a_grant, a_paper, a_record, an_event, an_executor

from tidegate.gate import Executor, Quarantined, Reason
from tidegate.quarantine.book import Standing
from tidegate.quarantine.listing import Lying
from tidegate.quarantine.trying import Rules, Trial, try_again

FAILED = a_record(an_event(truck={"tractorPlate": "粤B12345"}))
LIES = Quarantined(
    Reason.FINDING, "V7", "in.forwarder", "id-forwarder", 0, 3, NOW_US // 1_000, "forwarder", "", (), complete=True,
    key=FAILED.key, value=FAILED.value, headers=(),
)  # fmt: skip


def tried(executor: Executor, record: Quarantined = LIES) -> Trial:
    return try_again(Rules(executor, 1), Lying(0, 9, NOW_US // 1_000, 1, record, Standing()))


def test_what_leaves_only_where_people_are_counted_is_said_to_leave() -> None:
    """The lane counts them when it is done; nobody is counted for a look."""
    executor = an_executor(grants=[a_grant("truck.tractorPlate")], papers=[a_paper()])

    assert tried(executor) == Trial("released", partners=("terminal",))


def test_what_the_lane_would_refuse_is_not_tried() -> None:
    executor = an_executor(grants=[a_grant("eventId")])

    held = tried(executor, replace(LIES, reason=Reason.HELD, partner="terminal"))
    cut = tried(executor, replace(LIES, complete=False))
    strange = tried(executor, replace(LIES, publisher="nobody"))
    deadly = tried(executor, replace(LIES, reason=Reason.POISON))

    assert tried(executor).outcome == "released"
    assert {one.outcome for one in (held, cut, strange, deadly)} == {"not tried"}
    assert "never redriven" in held.why
    assert not held.mended
