"""``tidegate report`` against a hub that ran: its sums are those of the audit, and a gap is named instead."""

from __future__ import annotations

from collections import Counter
from typing import Any

import openpyxl
import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient
from tests.builders import COMMON, a_grant, a_record, an_event, documents
from tests.e2e.conftest import NewSite
from tests.e2e.site import Site

YEAR = ("--from", "2020-01-01", "--to", "2099-12-31")
SENT = 30


@pytest.fixture(scope="module")
def worked(new_site: NewSite) -> Site:
    """A hub of two lanes that decided good and bad events of one publisher."""
    site = new_site("reported")
    rules = site.write_rules(documents(grants=[a_grant(*COMMON, when={"eventSubtype": "LOAD"})]))
    site.tidegate("keyring", "new", "keyring.toml")
    site.tidegate("topics", "apply", rules, "--lanes", "2")
    site.tidegate("rules", "activate", rules, "--wait", "0s", "--reason", "first rules")
    site.start_hub().await_ready()
    kinds: list[dict[str, Any]] = [{}, {"eventSubtype": "DISC"}, {"eventTime": 0}]
    boxes = [{"reference": f"MSKU123456{number}"} for number in range(5)]
    site.send(
        "forwarder",
        *(
            a_record(an_event(eventId=f"e-{place}", equipment=boxes[place % 5], **kinds[place % 3]))
            for place in range(SENT)
        ),
    )
    site.settle("forwarder", SENT)
    return site


def test_its_sums_are_those_of_the_audit(worked: Site) -> None:
    worked.tidegate("report", *YEAR, "--format", "xlsx", "--out", "year.xlsx")

    book = openpyxl.load_workbook(worked.folder / "year.xlsx")
    (row,) = list(book["records"].iter_rows(min_row=3, values_only=True))
    columns = [cell.value for cell in book["records"][2]]
    said = dict(zip(columns, row, strict=True))
    decided = worked.decided("forwarder")
    outcomes = Counter(one.outcome.word for one in decided)
    assert said["records"] == len(decided) == SENT
    assert {word: said[word] for word in outcomes} == dict(outcomes)
    assert len(outcomes) > 1
    (sent,) = list(book["recipients"].iter_rows(min_row=3, values_only=True))
    assert sent[:3] == ("forwarder", "terminal", len(worked.read("out.terminal")))
    entries = worked.entries()
    proof = list(book["proof"].iter_rows(min_row=3, values_only=True))
    assert sum(row[1] for row in proof) == len(entries)


def test_a_document_goes_to_the_screen_and_one_exporter_can_be_asked_for(worked: Site) -> None:
    screen, empty, nobody, folder = worked.together(
        lambda: worked.tidegate("report", *YEAR, "--exporter", "forwarder"),
        lambda: worked.tidegate("report", "--from", "2020-01-01", "--to", "2020-12-31"),
        lambda: worked.tidegate("report", *YEAR, "--exporter", "forwarderr", code=2),
        lambda: worked.tidegate("report", *YEAR, "--format", "csv", code=2),
    )

    assert screen.out.startswith("# Transfers of forwarder, 2020-01-01 to 2099-12-31\n")
    assert "| first rules |" in screen.out
    assert "0 records, 0 deliveries" in empty.out
    assert "did you mean 'forwarder'" in nobody.err
    assert "--out" in folder.err


def test_an_audit_whose_beginning_is_gone_is_named_and_not_reported(worked: Site) -> None:
    admin = AdminClient({"bootstrap.servers": worked.stack.bootstrap})
    first = TopicPartition(f"{worked.prefix}audit", 0, 1)
    next(iter(admin.delete_records([first]).values())).result(30)

    said = worked.tidegate("report", *YEAR, "--format", "csv", "--out", "never", code=1)

    assert "gap: lane 0: the audit begins with entry 1 of " in said.err
    assert "no report" in said.err
    assert said.out == ""
    assert not (worked.folder / "never").exists()
