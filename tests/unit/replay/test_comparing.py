"""What a replay puts together from a lane's log, and what it says of the difference."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import a_class, a_grant, a_partner, a_publisher, a_record, an_event, an_executor, released
from tests.reading import delivery

from tidegate import audit, gate
from tidegate.replay.comparing import PartnerReport, Report, Window, bodies_by_record
from tidegate.replay.transactions import _joined

WINDOW = Window(0, 1_000)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(1, 60), st.integers(900, 4_000), st.integers(1, 3))
def test_a_split_entry_is_put_together_again(count: int, limit: int, gap: int) -> None:
    executor = an_executor(
        parties=[a_publisher(), a_publisher("carrier"), a_partner(), a_partner("bank")],
        grants=[
            a_grant(publishers=["forwarder", "carrier"]),
            a_grant(id="b", partners=["bank"], when={"eventSubtype": "DISC"}),
        ],
    )
    records = [
        a_record(
            an_event(eventId=f"e-{n % 40}", eventSubtype="DISC" if n % 3 else "LOAD"),
            publisher="forwarder" if n < count // 2 else "carrier",
            offset=n * gap,
        )
        for n in range(count)
    ]
    whole = gate.entry_of(released(executor, *records), "p", 1)

    joined = _joined([audit.from_bytes(audit.to_bytes(part)) for part in whole.split(limit)])

    assert list(joined.records()) == list(whole.records())
    assert joined.sources == whole.sources
    assert joined.remarks == whole.remarks
    assert joined.deliveries == whole.deliveries
    assert joined.columns.received == whole.columns.received
    assert (joined.columns.outcomes, joined.columns.verdicts) == (whole.columns.outcomes, whole.columns.verdicts)
    for entry_place, joined_place in zip(whole.columns.set_of, joined.columns.set_of, strict=True):
        assert whole.partner_sets[entry_place] == joined.partner_sets[joined_place]


def test_every_body_is_found_with_its_record() -> None:
    executor = an_executor(
        parties=[a_publisher(), a_partner(), a_partner("bank")],
        grants=[
            a_grant("eventId", "eventSubtype", "location.name"),
            a_grant("eventId", id="b", partners=["bank"], when={"eventSubtype": "DISC"}),
        ],
        classes=[a_class("location.name", "SUSPECT_IMPORTANT")],
    )
    said = [("DISC", None), ("LOAD", None), ("DISC", {"name": "x"}), ("GTIN", {"name": "x"}), ("DISC", None)]
    found = released(
        executor,
        *(a_record(an_event(eventId=f"e-{n}", eventSubtype=one, location=at)) for n, (one, at) in enumerate(said)),
    )

    places = [
        (place, partner, delivery(executor, raw).value["eventId"]) for place, partner, raw in bodies_by_record(found)
    ]

    got = {(0, "terminal"), (0, "bank"), (1, "terminal"), (2, "bank"), (4, "terminal"), (4, "bank")}
    assert {(place, partner) for place, partner, _ in places} == got
    assert all(event_id == f"e-{place}" for place, _, event_id in places)


@pytest.mark.parametrize(("time_ms", "inside"), [(-1, False), (0, True), (999, True), (1_000, False)])
def test_a_window_has_its_start_and_not_its_end(time_ms: int, inside: bool) -> None:
    assert WINDOW.holds(time_ms) is inside


@pytest.mark.parametrize(
    ("rules", "partner", "reasons", "differs"),
    [
        ("then", PartnerReport(delivered=3, reproduced=3), {}, False),
        ("then", PartnerReport(delivered=3, reproduced=2), {}, True),
        ("now", PartnerReport(delivered=3, same=3), {}, False),
        ("now", PartnerReport(delivered=3, same=2, changed=1), {}, True),
        ("now", PartnerReport(added=1), {}, True),
        ("now", PartnerReport(delivered=1, removed=1), {}, True),
        ("now", PartnerReport(), {"source expired": 1}, True),
    ],
)
def test_what_counts_as_a_difference(
    rules: str, partner: PartnerReport, reasons: dict[str, int], differs: bool
) -> None:
    report = Report("case", "case-1", rules, WINDOW, {"q": replace(partner)})
    report.reasons.update(reasons)

    assert report.differs is differs
    assert report.to_json()["partners"] == {"q": vars(partner)}
