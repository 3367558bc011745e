"""Reference lists as their keepers publish them, rebuilt small: what is read, and what a broken file is told."""

from __future__ import annotations

import pytest

from tidegate.errors import Mistake
from tidegate.events.checks.references import NAMES
from tidegate.provision.reference_formats import MOST_MISTAKES, is_line, lines_of

OFFICIAL = """\
,"CN",,".CHINA",,,,,,,,
"+","CN","YTN","Yantian Pt","Yantian Pt","GD","AI","1-3-----","0001",,,
,"DE","BER","Berlin","Berlin","BE","AI","--345---","0001",,"5231N 01323E",
"=","DE",,"Coelln = Berlin","Coelln = Berlin",,,,,,,
"""
TERMINALS = """\
UNLOCODE,Alternative UNLOCODEs,Terminal Code,Terminal Facility Name,Latitude (DMS),Valid until
CNYTN,"CNSZX, CNSHK",YICT,A TERMINAL,"N 22°34'",
DEHAM,,K400,"ANOTHER, OF TWO LINES
AND A COMMA",,2020-01-01
"""


def read(name: str, text: str | bytes) -> list[str]:
    mistakes: list[Mistake] = []
    found = lines_of(name, "list.csv", text if isinstance(text, bytes) else text.encode(), mistakes)
    assert mistakes == []
    return found


def wrong(name: str, text: str | bytes) -> list[tuple[int, str]]:
    mistakes: list[Mistake] = []
    lines_of(name, "list.csv", text if isinstance(text, bytes) else text.encode(), mistakes)
    return [(one.line, one.sentence) for one in mistakes]


def test_the_official_list_of_places_has_no_header() -> None:
    assert read("un-locode", OFFICIAL) == ["CNYTN 1-3-----", "DEBER --345---"]


def test_places_in_latin_1_and_with_a_header() -> None:
    header = "Change,Country,Location,Name,NameWoDiacritics,Subdivision,Status,Function,Date,IATA,Coordinates,Remarks\n"
    text = header + ",FR,ORY,Orléans,Orleans,,AI,--3-----,,,,\n"

    assert read("un-locode", text.encode("latin-1")) == read("un-locode", "\ufeff" + text) == ["FRORY --3-----"]


def test_terminals_with_other_codes_of_their_port() -> None:
    assert read("smdg", TERMINALS) == ["CNSHK YICT", "CNSZX YICT", "CNYTN YICT", "DEHAM K400"]


def test_facilities_lose_the_place_before_their_code() -> None:
    text = "Facility BIC Code,Facility Name,Code Provider,UNLOCODE\nDEHAMTGTA,A depot,BIC,DEHAM\n"

    assert read("bic", text) == ["DEHAM TGTA"]


def test_liners_and_carriers() -> None:
    assert read("liners", "Code;Line\nTGL;A line; of ours\n") == ["TGL"]
    assert read("scac", "SCAC,Name\nTGLU,A line\nTG,Another\n") == ["TG", "TGLU"]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("un-locode", "code,functions\nCNYTN,1-3-----\nDEBER,\n", ["CNYTN 1-3-----", "DEBER"]),
        ("smdg", "unlocode,code\nCNYTN,YICT\nCNYTN,YICT\n\n", ["CNYTN YICT"]),
        ("bic", "code,unlocode\nTGTA,DEHAM\n", ["DEHAM TGTA"]),
        ("liners", "code\nTGL\n", ["TGL"]),
        ("scac", "code\nTGLU\n", ["TGLU"]),
    ],
)
def test_a_simple_list_of_ones_own(name: str, text: str, expected: list[str]) -> None:
    assert read(name, text) == expected
    assert all(is_line(name, line) for line in expected)


@pytest.mark.parametrize(
    ("name", "text", "line", "said"),
    [
        ("un-locode", "<html>Not found</html>", 1, "begins with a header that names code (or unlocode"),
        ("un-locode", OFFICIAL.replace("1-3-----", "a port"), 2, "functions as in 1-3-----"),
        ("un-locode", OFFICIAL.replace('"BER"', '"BERL"'), 3, "three letters or digits"),
        ("un-locode", OFFICIAL[: OFFICIAL.index('"BER"')], 3, "was the file cut off?"),
        ("smdg", "Port,Terminal\nCNYTN,YICT\n", 1, "names unlocode"),
        ("smdg", TERMINALS.replace("K400", ""), 4, "that is no row of smdg"),
        ("smdg", TERMINALS.replace("DEHAM", "Hamburg"), 4, "a UN/LOCODE, and a code"),
        ("liners", "code\nA line\n", 2, "capital letters and digits"),
        ("scac", "code\nTOOLONG\n", 2, "two to four capital letters"),
        ("scac", "code\n", 1, "there is no code in this file"),
        ("liners", b"", 1, "there is no code in this file"),
        ("bic", 'code,unlocode\n"TGTA,DEHAM\n' + "x" * 200_000, 1, "this is not CSV"),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_how_to_mend_it(
    name: str, text: str | bytes, line: int, said: str
) -> None:
    ((found, sentence),) = wrong(name, text)

    assert found == line
    assert said in sentence


def test_a_file_of_another_kind_is_not_told_line_by_line() -> None:
    said = wrong("scac", "code\n" + "not a carrier\n" * 100_000)

    assert len(said) == MOST_MISTAKES + 1
    assert "another kind of file" in said[-1][1]


@pytest.mark.parametrize("name", NAMES)
def test_a_line_that_is_none(name: str) -> None:
    assert not is_line(name, "# source: x")
    assert not is_line(name, "cnytn")
