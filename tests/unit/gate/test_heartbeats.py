"""Heartbeats: what a partner reads, and that the audit's word for it is enough to make it again."""

from __future__ import annotations

import hashlib

from tests.builders import NOW_US, a_grant, a_partner, a_plan, a_publisher, an_executor
from tests.reading import delivery

from tidegate import audit
from tidegate.audit import Entry, Kind
from tidegate.gate import heartbeats

PLAN = a_plan(
    parties=[a_publisher(), a_partner(partner={"heartbeat": "2m"}), a_partner("bank")],
    grants=[a_grant(partners=["terminal", "bank"])],
)
EXECUTOR = an_executor(PLAN)


def test_a_heartbeat_says_up_to_when_and_how_often_in_headers_of_the_closed_list() -> None:
    (made,) = heartbeats(EXECUTOR, 3, NOW_US, {"terminal": NOW_US - 5})

    read = delivery(EXECUTOR, made.body)

    assert read.value == {"upTo": NOW_US - 5, "everySeconds": 120}
    assert read.key is None
    assert read.headers == {
        "ce_specversion": "1.0",
        "ce_type": "logistics.Heartbeat",
        "ce_source": "/hub",
        "ce_dataschema": f"/schemas/ids/{read.schema_id}",
        "content-type": "application/avro",
        "ce_notice": "heartbeat",
        "ce_id": f"heartbeat-3-{NOW_US}",
    }


def test_no_two_have_one_id() -> None:
    ids = {
        delivery(EXECUTOR, one.body).headers["ce_id"]
        for lane, moment in ((0, 1), (0, 2), (1, 1), (1, 12), (11, 2))
        for one in heartbeats(EXECUTOR, lane, moment, {"terminal": 0})
    }

    assert len(ids) == 5


def test_what_the_audit_keeps_of_it_makes_the_same_bytes_again() -> None:
    (made,) = heartbeats(EXECUTOR, 3, NOW_US, {"terminal": NOW_US - 5})
    entry = Entry(Kind.HEARTBEAT, NOW_US, "p", lane=3, deliveries=(made.delivery,))

    (kept,) = audit.from_bytes(audit.to_bytes(entry)).deliveries
    (again,) = heartbeats(an_executor(PLAN), 3, NOW_US, {kept.partner: kept.up_to_us or 0})

    assert hashlib.sha256(again.body).digest() == kept.digest
    assert kept == made.delivery
    other = heartbeats(EXECUTOR, 3, NOW_US, {"terminal": NOW_US - 6})[0]
    assert other.delivery.digest != kept.digest
