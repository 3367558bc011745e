"""TOML with places: the values of a document, and the line at which each of them stands.

``tomllib`` gives values without places; the tree-sitter grammar gives places without values. Each does what it is good
at: a document is read by the first, and the second is asked only when something in it is wrong.

What a document says is printed: a text of two lines could pass for two answers, so a text is one line.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

from tidegate.errors import Mistake

Path: TypeAlias = Sequence[str | int]
"""Keys and positions from the top of a document: ``("grant", 0, "fields", 2)``."""

MAX_DEPTH = 32
"""How deep tables and lists may lie in each other. The deepest place that means anything is 5 deep."""

_LINE = re.compile(r"\(at line (\d+), column \d+\)")
# Every part of a key is a table for the parser, and all of them together take time by their square. The quantifiers are
# possessive, so that no text makes the search itself long.
_LONG_KEY = re.compile(
    rf"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){{{MAX_DEPTH},}}""", re.ASCII
)
_NUMBERS = 1 << 63
_ONE_LINE = ("Cc", "Zl", "Zp")
"""Unicode's categories of what begins a new line, or moves where one writes."""
_TURNED = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""What turns the direction of writing around (Unicode, UAX 9): a reader sees other words than stand there."""


@dataclass(frozen=True)
class Document:
    """One TOML file of a rule set."""

    name: str
    text: str
    values: Mapping[str, Any] = field(repr=False)

    def line(self, path: Path) -> int:
        """The line of the value at a path, or of the nearest thing around it that has one. Lines count from 1."""
        lines = _lines(self.text)
        for length in range(len(path), 0, -1):
            found = lines.get(tuple(path[:length]))
            if found is not None:
                return found
        return 1

    def mistake(self, path: Path, sentence: str) -> Mistake:
        return Mistake(self.name, self.line(path), sentence)


def read(name: str, text: str) -> Document | Mistake:
    """The document, or what is wrong with it as TOML, or with what it would print."""
    long_key = _LONG_KEY.search(text)
    if long_key is not None:
        return Mistake(name, text.count("\n", 0, long_key.start()) + 1, _TOO_DEEP)
    try:
        document = Document(name, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as exc:
        said = str(exc)
        found = _LINE.search(said)
        line = int(found[1]) if found else text.removesuffix("\n").count("\n") + 1
        return Mistake(name, line, f"this is not TOML: {_LINE.sub('', said).strip()}{_hint(said, text, line)}")
    except RecursionError:
        return Mistake(name, _too_deep(text), _TOO_DEEP)
    except ValueError:
        long = _MANY_DIGITS.search(text)
        return Mistake(name, text.count("\n", 0, long.start() if long else len(text)) + 1, _TOO_LARGE)
    return next((document.mistake(path, said) for path, said in _wrong(document.values)), document)


def _hint(said: str, text: str, line: int) -> str:
    """What to write instead, as far as one can guess it. Who writes Chinese types signs of full width by accident."""
    written = text.split("\n")[line - 1]
    wide = next((one for one in _QUOTED.sub("", written).partition("#")[0] if one in _WIDE), None)
    if wide is not None:
        return f"; it has {wide!r}, of full width; write {_WIDE[wide]}"
    return next((f"; {hint}" for part, hint in _HINTS.items() if part in said), "")


_QUOTED = re.compile(r"""\"[^"\n]*+\"?+|'[^'\n]*+'?+""")
_WIDE = {
    **dict.fromkeys("\u201c\u201d\u201e\uff02\u300c\u300d", '"'),
    **dict.fromkeys("\u2018\u2019\uff07", "'"),
    **dict.fromkeys("\uff0c\u3001", "a comma (,)"),
    "\uff1d": "=",
    "\uff1a": "=",
    "\uff3b": "[",
    "\uff3d": "]",
    "\u3010": "[",
    "\u3011": "]",
    "\uff5b": "{",
    "\uff5d": "}",
    "\uff03": "#",
    "\u3000": "a space",
}
"""Signs of full width, and what TOML has in their place."""
_VALUES = "a text stands in quotes, a day is written 2026-01-31, a number without commas, and true or false small"
_HINTS = {
    "Invalid date": "there is no such day or time",
    "Cannot overwrite": "this key or table stands twice; where there may be many, each begins with [[...]]",
    "Cannot declare": "this table stands twice; where there may be many, each begins with [[...]]",
    "Expected '='": "write key = value",
    "Unclosed array": "a list is written ['a', 'b']",
    "Illegal character": "a text ends with a quote, on the line on which it begins",
    "Unterminated string": "a text ends with a quote, on the line on which it begins",
    "Expected newline": _VALUES,
    "Invalid value": _VALUES,
}
"""What the parser says, and what to write. It says it otherwise from version to version: what it does not say has no
hint."""


_TOO_LARGE = "this number is larger than TOML has them: a whole number has 64 bits"
_MANY_DIGITS = re.compile(r"[0-9_]{4301,}+")
"""More digits than Python reads as a number."""
_TOO_DEEP = f"this lies more than {MAX_DEPTH} deep in tables and lists; nothing in a rule document does"


def _too_deep(text: str) -> int:
    """The line at which the parser gave up: the first with which what stands above it is too deep already."""
    lines = text.split("\n")
    fine, deep = 0, len(lines)
    while deep - fine > 1:
        middle = (fine + deep) // 2
        try:
            tomllib.loads("\n".join(lines[:middle]))
            fine = middle
        except ValueError:
            fine = middle
        except RecursionError:
            deep = middle
    return deep


def _wrong(values: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """What lies too deep, texts that are no single line, and numbers that TOML does not have (TOML 1.0, Integer).

    A stack of its own, for what may lie deeper than one.
    """
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), values)]
    while waiting:
        path, value = waiting.pop()
        if len(path) > MAX_DEPTH:
            yield path[:MAX_DEPTH], _TOO_DEEP
        elif isinstance(value, dict):
            for key in value:
                if (odd := _odd(key)) is not None:
                    yield (*path, key), f"{odd!r} stands in the name of a key; a text is one line, and shows all it is"
            waiting.extend(((*path, key), inner) for key, inner in reversed(value.items()))
        elif isinstance(value, list):
            waiting.extend(((*path, place), inner) for place, inner in reversed(list(enumerate(value))))
        elif isinstance(value, int) and not -_NUMBERS <= value < _NUMBERS:
            yield path, _TOO_LARGE
        elif isinstance(value, str) and (odd := _odd(value)) is not None:
            yield path, f"{odd!r} stands in this text; a text is one line, and shows all it is"


def _odd(text: str) -> str | None:
    """A character that makes two lines of one, hides, or turns around what stands there."""
    if text.isprintable():
        return None
    return next((one for one in text if one in _TURNED or unicodedata.category(one) in _ONE_LINE), None)


def _lines(text: str) -> dict[tuple[str | int, ...], int]:
    """Lines by path, for every table, key and array element."""
    tree = Parser(Language(tree_sitter_toml.language())).parse(text.encode())
    found: dict[tuple[str | int, ...], int] = {}
    counts: dict[tuple[str | int, ...], int] = {}
    for part in tree.root_node.named_children:
        _part(part, found, counts)
    return found


def _part(part: Node, found: dict[tuple[str | int, ...], int], counts: dict[tuple[str | int, ...], int]) -> None:
    if part.type == "pair":
        _pair(part, (), found)
        return
    if part.type not in ("table", "table_array_element"):
        return
    header, *pairs = part.named_children
    path = _resolve(_keys(header), counts)
    if part.type == "table_array_element":
        name = path
        path = (*name, counts.get(name, 0))
        counts[name] = counts.get(name, 0) + 1
    found.setdefault(path, part.start_point[0] + 1)
    for pair in pairs:
        if pair.type == "pair":
            _pair(pair, path, found)


def _resolve(keys: list[str], counts: Mapping[tuple[str | int, ...], int]) -> tuple[str | int, ...]:
    """A header inside an array of tables means the last element so far: ``[grant.transforms]`` is of the last grant."""
    path: tuple[str | int, ...] = ()
    for position, key in enumerate(keys):
        path = (*path, key)
        if position < len(keys) - 1 and path in counts:
            path = (*path, counts[path] - 1)
    return path


def _pair(pair: Node, prefix: tuple[str | int, ...], found: dict[tuple[str | int, ...], int]) -> None:
    key, *values = pair.named_children
    path = (*prefix, *_keys(key))
    line = pair.start_point[0] + 1
    for length in range(len(prefix) + 1, len(path) + 1):
        found.setdefault(path[:length], line)
    for value in values:
        _value(value, path, found)


def _value(value: Node, path: tuple[str | int, ...], found: dict[tuple[str | int, ...], int]) -> None:
    if value.type == "array":
        items = [item for item in value.named_children if item.type != "comment"]
        for position, item in enumerate(items):
            found[(*path, position)] = item.start_point[0] + 1
            _value(item, (*path, position), found)
    elif value.type == "inline_table":
        for pair in value.named_children:
            if pair.type == "pair":
                _pair(pair, path, found)


def _keys(node: Node) -> list[str]:
    # At most MAX_DEPTH parts: ``read`` refuses longer ones before anything is asked here.
    if node.type == "dotted_key":
        return [key for inner in node.named_children for key in _keys(inner)]
    text = (node.text or b"").decode()
    if node.type == "quoted_key":
        return list(tomllib.loads(f"{text} = 0"))
    return [text]
