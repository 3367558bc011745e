"""TOML with places: the values of a document, and the line at which each of them stands.

``tomllib`` gives values without places; the tree-sitter grammar gives places without values. Each does what it is good
at: a document is read by the first, and the second is asked only when something in it is wrong.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

from tidegate.errors import Mistake

Path: TypeAlias = Sequence[str | int]
"""Keys and positions from the top of a document: ``("grant", 0, "fields", 2)``."""

_LINE = re.compile(r"\(at line (\d+), column \d+\)")


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
    """The document, or what is wrong with it as TOML."""
    try:
        return Document(name, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as exc:
        said = str(exc)
        found = _LINE.search(said)
        line = int(found[1]) if found else len(text.splitlines()) or 1
        return Mistake(name, line, f"this is not TOML: {_LINE.sub('', said).strip()}")


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
    if node.type == "dotted_key":
        return [key for inner in node.named_children for key in _keys(inner)]
    text = (node.text or b"").decode()
    if node.type == "quoted_key":
        return list(tomllib.loads(f"{text} = 0"))
    return [text]
