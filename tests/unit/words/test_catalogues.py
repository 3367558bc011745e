"""Every message in all three languages, with the same places; and a word for every code that can be said."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import fields
from string import Formatter
from types import ModuleType

import pytest
from click.testing import CliRunner

from tidegate.cli.main import group
from tidegate.gate import explaining
from tidegate.gate.explaining import CODES
from tidegate.law import ROWS, Action, Facts, FieldClass, Mechanism, PartyFacts, Tri, lifting, personal, rows, table
from tidegate.law.obligations import Kind, State
from tidegate.law.points import NAMES
from tidegate.law.zones import GBA_CITIES
from tidegate.rules import verdicts
from tidegate.rules.paper_documents import AuthorizationDocument, Status
from tidegate.words import LANGUAGES, catalogue

CHINESE = [language for language in LANGUAGES if language != "en"]
ENGLISH = catalogue("en").messages
_DATED = re.compile(r"datetime\.(date|datetime)\b")
_CODE = re.compile(r"[a-z]+(_[a-z]+)+\Z|general\Z|transit\Z|assessed\Z|unclassified\Z|suspended\Z")


_SIGNS = ("list.clauses", "law.colon", "law.semicolon")


def places(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("language", CHINESE)
def test_every_message_is_there_in_every_language(language: str) -> None:
    rows = {f"{part}.{row.number}" for row in ROWS for part in ("ask", "then")}
    lifts = {f"lift.{one.name}.{part}" for one in lifting.LIFTS for part in ("title", "then")}

    by_code = rows | lifts
    assert catalogue(language).messages.keys() == ENGLISH.keys() | by_code, (
        "English of these is said by the code itself"
    )


@pytest.mark.parametrize("language", CHINESE)
def test_a_message_has_the_same_places_in_every_language(language: str) -> None:
    others = catalogue(language).messages

    assert {name: places(others[name]) for name in ENGLISH} == {name: places(text) for name, text in ENGLISH.items()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_is_empty_and_none_is_left_in_english(language: str) -> None:
    messages = catalogue(language).messages

    assert all(messages.values())
    if language != "en":
        shown = {name: text for name, text in messages.items() if places(text) == [] and name not in _SIGNS}
        assert all(re.search(r"[\u3001\u4e00-\u9fff]", text) for text in shown.values())


def test_the_two_scripts_are_two() -> None:
    """Characters that are written otherwise in the two, and are common here, stand on their own side only."""
    traditional, simplified = (" ".join(catalogue(language).messages.values()) for language in CHINESE)

    assert not set("數據個標準評審償單護時間與險權機構關稱讓認證協議") & set(simplified)
    assert not set("数据个标准评审偿单护时间与险权机构关称让认证协议") & set(traditional) - set("准")


@pytest.mark.parametrize("language", CHINESE)
def test_the_law_is_named_by_its_own_terms(language: str) -> None:
    """What the Mainland and Hong Kong call these themselves, and no everyday word for them."""
    messages = catalogue(language).messages
    whole = " ".join(messages.values())

    # Hong Kong alone says personal data (PDPO), the Mainland personal information (PIPL) and general data (DSL 21)
    own = {name for name, text in messages.items() if re.search("個人資料|个人资料", text)}
    assert own == {"ask.9"}
    assert not re.search("資訊|资讯|一般資料|一般资料|承讓人|承让人", whole)
    assert not re.search("外國機構|外国机构", whole), "a bank abroad is one; a court or an enforcement body is meant"
    assert all(re.search("(不[滿满]|未[滿满])(14|十四)", messages[name]) for name in ("ask.10", "fact.minors"))


@pytest.mark.parametrize("language", CHINESE)
def test_only_what_is_important_is_asked_for_its_other_class(language: str) -> None:
    messages = catalogue(language).messages

    otherwise = {name for name, text in messages.items() if name[:4] in ("ask.", "then") and re.search("另有的", text)}
    assert otherwise == {"ask.5", "then.5", "ask.6", "then.6"}


def reason_codes(module: ModuleType) -> Iterator[str]:
    """Texts that look like codes in the functions of a module, but for those that are compared or looked up."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        inside: list[ast.expr] = []
        match node:
            case ast.Call(func=ast.Name(id="row")):
                continue
            case ast.Call():
                inside = [*node.args, *(keyword.value for keyword in node.keywords)]
            case ast.Dict():
                inside = [key for key in node.keys if key is not None]
            case ast.Assign() | ast.Return():
                inside = [node.value] if node.value is not None else []
        for one in inside:
            for part in (one.body, one.orelse) if isinstance(one, ast.IfExp) else (one,):
                if isinstance(part, ast.Constant) and isinstance(part.value, str) and _CODE.match(part.value):
                    yield part.value


def test_every_reason_of_the_table_and_of_the_gate_has_words() -> None:
    parameters = {name for row in ROWS for name in row.parameters}
    codes = {code for module in (table, personal, rows, lifting, verdicts, explaining) for code in reason_codes(module)}
    codes -= parameters | set(CODES) - {"suspended", "finding"}

    assert {f"reason.{code}" for code in codes} <= ENGLISH.keys()
    assert {
        "few_people",
        "no_assessment_uncounted",
        "unknown_lineage",
        "not_counted",
        "event_blocked",
        "suspicion_lifted",
    } <= codes
    assert len(codes) > 45, "the search finds what it is for"


@pytest.mark.parametrize(
    ("prefix", "codes"),
    [
        ("action", list(Action)),
        ("class", list(FieldClass)),
        ("mechanism", list(Mechanism)),
        ("status", list(Status)),
        ("value", list(Tri)),
        ("event", CODES),
        ("row", [str(row.number) for row in ROWS]),
        ("point", NAMES),
        ("city", GBA_CITIES),
        ("state", list(State)),
        ("obligation", list(Kind)),
        ("fact", [one.name for one in fields(Facts) if one.name not in ("exporter", "recipient")]),
        ("fact.exporter", [one.name for one in fields(PartyFacts)]),
        ("fact.recipient", [one.name for one in fields(PartyFacts)]),
    ],
)
def test_every_code_has_words(prefix: str, codes: list[str]) -> None:
    assert {f"{prefix}.{code}" for code in codes} <= ENGLISH.keys()


def test_english_titles_of_rows_are_those_of_the_code() -> None:
    assert {row.number: ENGLISH[f"row.{row.number}"] for row in ROWS} == {row.number: row.title for row in ROWS}


def test_english_names_of_the_cities_are_those_of_the_zones() -> None:
    assert {letters: ENGLISH[f"city.{letters}"] for letters in GBA_CITIES} == GBA_CITIES


def test_every_date_of_a_paper_has_words() -> None:
    dated = {name for name, one in AuthorizationDocument.model_fields.items() if _DATED.search(str(one.annotation))}

    assert {f"date.{name}" for name in dated} <= ENGLISH.keys()
    assert "effective" in dated


def test_a_code_without_words_is_said_as_it_is() -> None:
    assert catalogue("zh-Hant").say("reason.something_newer") == "something_newer"


@pytest.mark.parametrize("language", CHINESE)
def test_the_table_and_its_rows_are_printed_in_chinese(language: str) -> None:
    words = catalogue(language).messages

    text, markdown, one = (
        CliRunner().invoke(group, ["law", *arguments, "--lang", language], catch_exceptions=False).output
        for arguments in (["table"], ["table", "--markdown"], ["row", "14"])
    )

    for row in ROWS:
        asked, then = words[f"ask.{row.number}"], words[f"then.{row.number}"]
        assert asked in text.replace("\n         ", "")
        assert f"| {words[f'row.{row.number}']} | {asked} | {then} |" in markdown
    for lift in lifting.LIFTS:
        title, then = (words[f"lift.{lift.name}.{part}"] for part in ("title", "then"))
        assert f"- {title}：{then} (" in markdown
        assert title in text
    for english in (
        "Held",
        "Edges",
        "Open legal",
        "Parameters",
        "strict",
        "storage",
        "Guangzhou",
    ):
        assert english not in text
        assert f"## {english}" not in markdown
    for name in ("edges", "points", "held", "parameters"):
        assert f"\n## {words[f'law.{name}']}\n" in markdown
    assert all(f"：{words[f'point.{name}']}" in markdown for name in NAMES)
    assert all(words[f"city.{name}"] in markdown for name in GBA_CITIES)
    assert words["law.point"].split("{")[0] in one
    assert one.startswith(f"{words['law.row'].format(row=14, title=words['row.14'])}\n{words['ask.14']}\n")
    assert f"\n{words['law.then']}：{words['then.14']}\n" in one
