"""``tidegate explain`` and ``tidegate obligations`` as a lawyer reads them: facts, papers, people, three languages."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.builders import COMMON, a_grant, a_paper, documents
from tests.e2e.site import Said, Site

from tidegate.local import Endpoints

PLATE = "粤B12345"
PATH = "truck.tractorPlate"
EVENT = {
    "eventId": "e-1",
    "eventType": "EQUIPMENT",
    "eventSubtype": "LOAD",
    "classifier": "ACT",
    "eventTime": "2026-03-10T09:41:00+08:00",
    "equipment": {"reference": "MSKU1234565"},
    "truck": {"tractorPlate": PLATE},
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A folder of rules and an event: nothing else is needed, and nothing else is there."""
    site = Site(tmp_path_factory.mktemp("desk"), Endpoints("127.0.0.1:1", "redis://127.0.0.1:1/0"), "desk.")
    paper = a_paper(expires=datetime(2099, 10, 1, tzinfo=UTC))
    late = {
        name: said for name, said in a_paper(id="late", number="N-2", purposes=["booking"]).items() if name != "filed"
    }
    site.write_rules(documents(grants=[a_grant(*COMMON, PATH)], papers=[paper, late]))
    site.write("event.json", EVENT)
    return site


def asked(site: Site, *arguments: str) -> Said:
    who = ("--rules", "rules", "--publisher", "forwarder", "--partner", "terminal")
    return site.tidegate("explain", *who, *arguments, "event.json")


def field(said: Said) -> dict[str, Any]:
    return next(one for one in said.json["fields"] if one["path"] == PATH)


def test_json_carries_row_articles_facts_people_and_the_paper_with_its_dates(desk: Site) -> None:
    uncounted, few, many = desk.together(
        lambda: asked(desk, "--json"),
        lambda: asked(desk, "--json", "--people", "99999"),
        lambda: asked(desk, "--json", "--people", "100000"),
    )

    # It says how to be told of what a hub would count, and beside what a program reads
    assert ["--people" in one.err for one in (uncounted, few, many)] == [True, False, False]
    assert field(uncounted)["action"] == "DROP"
    assert "people" in field(uncounted)["unknown"]
    assert field(few)["row"] == 18
    assert field(few)["people"] == 99_999
    assert field(few)["authorization"] is None
    found = field(many)
    assert (found["row"], found["title"], found["paper"]) == (17, "between the thresholds", "paper")
    assert found["articles"][0] == "CAC Provisions 8"
    assert found["facts"]["people"] == 100_000
    assert found["facts"]["papers"] == ["SCC"]
    assert found["numbers"]["pi_contract"]["value"] == 100_000
    dates = found["authorization"]["dates"]
    assert dates == {
        "effective": "2025-10-01T00:00:00+00:00",
        "filed": "2025-10-09",
        "expires": "2099-10-01T00:00:00+00:00",
    }
    assert many.json["delivery"]["value"]["truck"]["tractorPlate"] == PLATE


def test_the_same_is_said_in_three_languages(desk: Site) -> None:
    said = desk.together(*(lambda lang=lang: asked(desk, "--people", "100000", "--lang", lang) for lang in WORDS))

    for one, (released, title, paper) in zip(said, WORDS.values(), strict=True):
        assert one.out.startswith(f"e-1: {released}\n")
        (line,) = re.findall(rf"^  PASS +{PATH} .*$", one.out, re.MULTILINE)
        assert title in line
        assert paper in one.out
        assert "100,000" in one.out


WORDS = {
    "en": ("released", "row 17, between the thresholds", "under paper: standard contract, number N-1; in effect from"),
    "zh-Hant": ("已放行", "第 17 行，介乎兩個門檻之間", "依據 paper：標準合同，編號 N-1；生效 2025-10-01"),
    "zh-Hans": ("已放行", "第 17 行，介于两个门槛之间", "依据 paper：标准合同，编号 N-1；生效 2025-10-01"),
}


def test_facts_of_all_fields_are_said_when_asked_for(desk: Site) -> None:
    short, long = desk.together(lambda: asked(desk), lambda: asked(desk, "--facts"))

    assert "articles: CAC Provisions 3\n" not in short.out
    assert "articles: CAC Provisions 3\n" in long.out


def test_an_unknown_language_is_refused_with_those_there_are(desk: Site) -> None:
    who = ("--rules", "rules", "--publisher", "forwarder", "--partner", "terminal")

    assert "zh-Hant" in desk.tidegate("explain", *who, "--lang", "fr", "event.json", code=2).err


def test_a_file_that_is_no_json_is_named(desk: Site) -> None:
    desk.folder.joinpath("bad.json").write_text("{")
    who = ("--rules", "rules", "--publisher", "forwarder", "--partner", "terminal")

    assert "tidegate: bad.json: Line 1, column 2: " in desk.tidegate("explain", *who, "bad.json", code=2).err


def test_a_stamp_that_no_delivery_carries_is_refused_with_those_there_are(desk: Site) -> None:
    said = desk.tidegate(
        *("explain", "--rules", "rules", "--publisher", "forwarder", "--partner", "terminal", "--onward", "HK"),
        "event.json",
        code=2,
    )

    assert "no delivery to forwarder carries the stamp 'HK' under these rules; it is sent none" in said.err


def test_obligations_are_said_in_chinese_by_kind(desk: Site) -> None:
    arguments = ("obligations", "--rules", "rules", "--on", "2026-03-10")
    english, hant, hans, programs = desk.together(
        lambda: desk.tidegate(*arguments, code=1),
        lambda: desk.tidegate(*arguments, "--lang", "zh-Hant", code=1),
        lambda: desk.tidegate(*arguments, "--lang", "zh-Hans", code=1),
        lambda: desk.tidegate(*arguments, "--json", code=1),
    )

    count = len(json.loads(programs.out)["obligations"])
    assert len(english.out.splitlines()) == len(hant.out.splitlines()) == len(hans.out.splitlines()) == count
    assert "OVERDUE  by 2025-10-" in english.out
    assert "逾期" in hant.out
    assert "為合同備案：late" in hant.out
    assert "为合同备案：late" in hans.out
