"""Telling: facts in the words of a language; that there is no stamp is known, and no stamp is not an empty one."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.builders import a_paper

from tidegate.cli.rule_changes import show_changes, show_lowered
from tidegate.cli.telling import _fact, _paper
from tidegate.law.tracing import Fact
from tidegate.rules.paper_documents import AuthorizationDocument
from tidegate.rules.protections import Lowered
from tidegate.words import catalogue


@pytest.mark.parametrize(
    ("fact", "en", "hant", "hans"),
    [
        (Fact("stamp", None), "onward stamp = none", "轉移範圍標記＝無", "转移范围标记＝无"),
        (
            Fact("stamp", frozenset()),
            "onward stamp = nobody",
            "轉移範圍標記＝不得轉移予任何人",
            "转移范围标记＝不得转移给任何人",
        ),
        (Fact("stamp", frozenset({"HK"})), "onward stamp = HK", "轉移範圍標記＝HK", "转移范围标记＝HK"),
        (Fact("people", None), "people this year = not known", "本年度人數＝不明", "本年度人数＝不明"),
        (Fact("papers", frozenset()), "usable papers = none", "可用文件＝無", "可用文件＝无"),
    ],
)
def test_no_stamp_is_none_and_one_that_names_no_place_is_for_nobody(fact: Fact, en: str, hant: str, hans: str) -> None:
    said = {language: _fact(catalogue(language), fact) for language in ("en", "zh-Hant", "zh-Hans")}
    assert said == {"en": en, "zh-Hant": hant, "zh-Hans": hans}


@pytest.mark.parametrize("err", [False, True])
def test_what_protects_less_is_not_said_under_nothing_changes(err: bool, capsys: pytest.CaptureFixture[str]) -> None:
    less = [Lowered("mechanism of scc", "SCC", "ASSESSMENT")]
    show_changes([], less=True, err=err)
    show_lowered(less, err=err)
    show_changes([], err=err)

    said: Any = capsys.readouterr()
    assert (said.err if err else said.out).splitlines() == [
        "nothing changes in what anyone sees today; what keeps the rest from them does:",
        "! protects less: mechanism of scc: SCC becomes ASSESSMENT",
        "nothing changes in what anyone sees",
    ]


@pytest.mark.parametrize(
    ("mechanism", "filed", "missing"),
    [
        ("GBA_SC_HK", {"filed": date(2025, 10, 9)}, ["not filed by the recipient"]),
        ("GBA_SC_MO", {"recipient_filed": date(2025, 10, 9)}, ["not filed"]),
        ("GBA_SC_MO", {}, ["not filed", "not filed by the recipient"]),
        ("SCC", {}, ["not filed"]),
        ("SCC", {"filed": date(2025, 10, 9)}, []),
        ("CERT", {}, []),
    ],
)
def test_a_paper_tells_the_filings_that_it_has_not(mechanism: str, filed: dict[str, date], missing: list[str]) -> None:
    said = a_paper(mechanism, filed=None, recipient_filed=None) | filed
    paper = AuthorizationDocument.model_validate({key: value for key, value in said.items() if value is not None})

    dates = _paper(catalogue("en"), paper)["dates"].split(", ")

    assert [one for one in dates if one.startswith("not ")] == missing
    assert len(dates) == len(missing) + len(filed) + sum(key in said for key in ("effective", "pipia_on"))
