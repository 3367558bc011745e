"""Lines: for every construct of TOML the line at which a value stands."""

from __future__ import annotations

import pytest

from tidegate.errors import Mistake
from tidegate.rules.places import Document, Path, read

TEXT = '''\
# a comment

top = 1
"quoted key" = 2                # behind a value
'literal' = 3
dotted.inner.name = 4
dotted."with space".x = 5
site."a.b" = { "c d" = 1 }
long = """
first # no comment
[[party]]
last"""
raw = \'\'\'
x = 1
\'\'\'
after_long = 6
inline = { a = 1, b = { c = 2, d.e = 3 }, list = [ { f = 4 } ] }
empty = []
array = [
  "one",   # the first
  # nothing

  "two", "three",
  [
    "nested",
    { deep = 1 },
  ],
]
day = 2026-01-01T00:00:00+08:00

[table]
one = 1

  [table.inner]   # indented
  two = 2
  [ table . spaced ]
  three = 3

["quoted.table"]
four = 4

[[party]]
id = "a"
[party.publisher]
horizon = "7d"
[party.partner.settings]
x = 1

[[party]] # the second
id = "b"

roles = [
  "x",
]
  [[party.paper]]
  number = 1
  [[party.paper]]
  number = 2
  [party.paper.dates]
  from = 1

[[grant]]
fields = ["a",
  "b"]
[grant.transforms]
"x.y" = "hour"
"z" = "date"
'''

LINES: list[tuple[Path, int]] = [
    (("top",), 3),
    (("quoted key",), 4),
    (("literal",), 5),
    (("dotted",), 6),
    (("dotted", "inner"), 6),
    (("dotted", "inner", "name"), 6),
    (("dotted", "with space", "x"), 7),
    (("site", "a.b", "c d"), 8),
    (("long",), 9),
    (("raw",), 13),
    (("after_long",), 16),
    (("inline",), 17),
    (("inline", "b", "d", "e"), 17),
    (("inline", "list", 0, "f"), 17),
    (("empty",), 18),
    (("array",), 19),
    (("array", 0), 20),
    (("array", 1), 23),
    (("array", 2), 23),
    (("array", 3), 24),
    (("array", 3, 0), 25),
    (("array", 3, 1, "deep"), 26),
    (("day",), 29),
    (("table",), 31),
    (("table", "one"), 32),
    (("table", "inner"), 34),
    (("table", "inner", "two"), 35),
    (("table", "spaced", "three"), 37),
    (("quoted.table",), 39),
    (("quoted.table", "four"), 40),
    (("party", 0), 42),
    (("party", 0, "id"), 43),
    (("party", 0, "publisher"), 44),
    (("party", 0, "publisher", "horizon"), 45),
    (("party", 0, "partner", "settings", "x"), 47),
    (("party", 1), 49),
    (("party", 1, "id"), 50),
    (("party", 1, "roles"), 52),
    (("party", 1, "roles", 0), 53),
    (("party", 1, "paper", 0, "number"), 56),
    (("party", 1, "paper", 1), 57),
    (("party", 1, "paper", 1, "number"), 58),
    (("party", 1, "paper", 1, "dates", "from"), 60),
    (("grant", 0, "fields", 0), 63),
    (("grant", 0, "fields", 1), 64),
    (("grant", 0, "transforms"), 65),
    (("grant", 0, "transforms", "x.y"), 66),
    (("grant", 0, "transforms", "z"), 67),
]


@pytest.fixture(scope="module")
def document() -> Document:
    found = read("a.toml", TEXT)
    assert isinstance(found, Document)
    return found


@pytest.mark.parametrize(("path", "line"), LINES, ids=[".".join(map(str, path)) for path, _ in LINES])
def test_every_value_has_its_line(document: Document, path: Path, line: int) -> None:
    assert document.line(path) == line
    value: object = document.values
    for step in path:
        value = value[step]  # type: ignore[index]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("party", 1, "zone"), 49),  # a missing key: the table in which it is missing
        (("party", 0, "publisher", "zone", "x"), 44),
        (("array", 9), 19),
        (("array", 3, 1, "gone"), 26),
        (("nothing",), 1),
        ((), 1),
    ],
)
def test_what_is_not_there_has_the_line_of_what_is_around_it(document: Document, path: Path, line: int) -> None:
    assert document.line(path) == line


def test_lines_end_as_they_do_elsewhere() -> None:
    found = read("a.toml", "a = 1\r\nb = [\r\n 1,\r\n 2]\r\n[c]\r\nd = '漢字'\r\ne = 1")
    assert isinstance(found, Document)
    assert [found.line(path) for path in (("a",), ("b", 1), ("c",), ("c", "e"))] == [1, 4, 5, 7]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = ", 1),
        ("a = 1\nb = \nc = 3", 2),
        ("a = 1\na = 2", 2),
        ("[a]\n[a]", 2),
        ("a = '''\n\n", 2),
        ("a = [\n1,\n\n", 3),
        ("\n\n== 1", 3),
    ],
)
def test_what_is_no_toml_is_placed_too(text: str, line: int) -> None:
    found = read("a.toml", text)

    assert isinstance(found, Mistake)
    assert (found.file, found.line) == ("a.toml", line)
    assert found.sentence.startswith("this is not TOML: ")
    assert "line" not in found.sentence
