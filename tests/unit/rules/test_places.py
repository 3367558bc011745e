"""Lines: for every construct of TOML the line at which a value stands."""

from __future__ import annotations

import time

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
first # no comment \\
[[party]] \\
last"""
raw = \'\'\'
x = 1\'\'\'

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


def refused(text: str) -> tuple[int, str]:
    found = read("a.toml", text)
    assert isinstance(found, Mistake)
    return found.line, found.sentence


@pytest.mark.parametrize(
    ("text", "line"),
    [("# one\u2028two\u2028three\nx = ", 2), ('x = """\u2028\x85\u2029', 1), ("x = '\u2028'\n[", 2), ("[", 1)],
)
def test_lines_are_those_of_toml_and_of_editors_whatever_else_unicode_calls_one(text: str, line: int) -> None:
    where, said = refused(text)
    assert where == line
    assert said.startswith("this is not TOML: ")


DEEP = "this lies more than 32 deep in tables and lists; nothing in a rule document does"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"a = 1\nx = {'[' * 100_000}", 2),
        (f"a = 1\nb = [\n1]\nx = {'[' * 100_000}\nc = 1\nd = 1", 4),
        (f"a = 1\nx = {'{a = ' * 100_000}", 2),
        (f"a = 1\nx = {'[' * 400}{']' * 400}", 2),
        (f"a = 1\n{'a.' * 5_000}a = 1", 2),
        (f"a = 1\nb = 1\n[{'a.' * 500_000}a]", 3),
        (f"a = 1\n{chr(34)}x{chr(34)} . " + "'a' . " * 31 + "a = 1", 2),
        (f"a = 1\n{'c.' * 31}a = []\n{'b.' * 31}b = [[]]", 3),
        (f"\n\n{'a.' * 500_000}a = 1", 3),
        *(("\n" * (line - 1) + "x = " + "[" * 100_000 + "\n" * (4 - line), line) for line in (1, 2, 3, 4)),
        (f"# \u2028 \x85\nx = {'[' * 100_000}", 2),
    ],
)
def test_what_lies_too_deep_is_refused_where_it_stands(text: str, line: int) -> None:
    assert refused(text) == (line, DEEP)


def test_lines_of_brackets_are_refused_at_the_line_at_which_it_was_too_deep() -> None:
    text = "x = [\n" + "[\n" * 100_000
    line, said = refused(text)
    assert said == DEEP
    assert 32 < line < 2_000


@pytest.mark.parametrize(
    "text",
    [
        f"{'a.' * 31}a = 1",
        f"x = {'[' * 32}{']' * 32}",
        f"x = '{'a.' * 31}a'",
        f"x = '{'a, ' * 100}'",
    ],
)
def test_what_does_not_lie_deeper_is_read(text: str) -> None:
    assert isinstance(read("a.toml", text), Document)


@pytest.mark.parametrize("text", [f"x = '{'a' * 300_000}'", f"x = '{chr(34) * 300_000}'", "a-b." * 20_000])
def test_no_text_makes_the_search_for_depth_itself_long(text: str) -> None:
    started = time.process_time()
    read("a.toml", text)
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "odd", ["\n", "\r", "\t", "\0", "\x7f", "\x85", "\x9b", "\u2028", "\u2029", "\u202a", "\u2069"]
)
def test_a_text_is_one_line(odd: str) -> None:
    escaped = f"\\u{ord(odd):04x}"
    sentence = f"{odd!r} stands in this text; a text is one line, and shows all it is"
    assert refused(f'a = 1\nb = [1, {{ c = [\n"x", "x{escaped}y"] }}]\nd = "{escaped}"') == (3, sentence)
    in_key = f"{odd!r} stands in the name of a key; a text is one line, and shows all it is"
    assert refused(f'a = 1\n[b]\n"x{escaped}y" = "{escaped}"') == (3, in_key)


@pytest.mark.parametrize("text", ["漢字", "a\u200db", "a\u00a0b", "\u200e", "émoji 🚢", "a\u3000b"])
def test_what_is_one_line_is_read_in_any_script(text: str) -> None:
    found = read("a.toml", f'a = "{text}"')
    assert isinstance(found, Document)
    assert found.values["a"] == text


@pytest.mark.parametrize(
    "number", [str(1 << 63), str(-(1 << 63) - 1), f"0x{'f' * 17}", "9" * 5_000, f"[1, {'9_9' * 2_000}]"]
)
def test_a_number_that_is_larger_than_toml_has_them_is_refused_where_it_stands(number: str) -> None:
    """A hub that was to show one as a metric ended by it, whatever it was about."""
    found = read("one.toml", f"a = 1\n\nb = {number}\nc = 2\n")

    said = "this number is larger than TOML has them: a whole number has 64 bits"
    assert found == Mistake("one.toml", 3, said)


@pytest.mark.parametrize("number", [(1 << 63) - 1, -(1 << 63)])
def test_the_largest_numbers_of_toml_are_read(number: int) -> None:
    found = read("one.toml", f"a = {number}\n")

    assert isinstance(found, Document)
    assert found.values == {"a": number}


def test_a_file_that_begins_with_an_empty_line_has_it_counted() -> None:
    assert [refused(f"\nb = {number}\n")[0] for number in (1 << 63, "9" * 5_000)] == [2, 2]
