"""Writes the Python text of a scanner (see ``scanner``): straight-line code, a branch only where the bytes have one."""

from __future__ import annotations

import keyword

from tidegate.events.avro import Array, Enum, Fixed, Map, Node, Primitive, Record, Union
from tidegate.events.slots import slots

ZERO_BYTE_ITEMS = 1_000
"""How many items that take no byte at all one datum may hold, in all of its arrays together."""

EMPTY_TEXT = 1
"""Flag: some nullable string is present and empty."""
IRREGULAR = 2
"""Flag: the same content could have been written as other bytes (a map with entries, an array in several blocks)."""
RAW_CODE = 4
"""Flag: in an element of an array, a code is kept as the sender wrote it (a field named ``raw...`` is there)."""

WIDE_TEXT = 8
"""Flag: some text holds more than ASCII."""

SPLIT = 16
"""Flag: an array or a map is written in several blocks, or with their sizes. Always IRREGULAR as well."""


_VARINT = ("n = b[p]", "if n < 128:", "    p += 1", "else:", "    n, p = varint(b, p)")
"""Reads a varint into n; nearly all lengths and counts take one byte, and a call costs more than they do."""

_RAW = Union((Primitive("null"), Primitive("string")))


def scanner_source(record: Record, *, exact: bool) -> str:
    """The text of ``scan`` and of one function for every array and map in the schema."""
    return _Source(record, exact=exact).text


def least_size(node: Node) -> int:
    """The fewest bytes that a datum of this type takes."""
    match node:
        case Primitive(kind="null"):
            return 0
        case Primitive(kind="float"):
            return 4
        case Primitive(kind="double"):
            return 8
        case Fixed():
            return node.size
        case Record():
            return sum(least_size(field.node) for field in node.fields)
        case Union():
            return 1 + min(least_size(branch) for branch in node.branches)
        case _:
            return 1


def has_empty_items(node: Node) -> bool:
    """Whether the schema has an array whose items take no bytes: a few bytes can then stand for any number of items."""
    match node:
        case Array():
            return least_size(node.items) == 0 or has_empty_items(node.items)
        case Map():
            return has_empty_items(node.values)
        case Record():
            return any(has_empty_items(field.node) for field in node.fields)
        case Union():
            return any(has_empty_items(branch) for branch in node.branches)
        case _:
            return False


class _Source:
    """Writes the text of one scanner: ``scan`` and, for every array and map, a function of its own."""

    def __init__(self, record: Record, *, exact: bool) -> None:
        self._exact = exact
        self._lines: list[str] = []
        self._depth = 0
        self._functions: list[str] = []
        self._marks = len(slots(record))
        self._next_mark = 0
        self._budget = ", z" if has_empty_items(record) else ""
        self._scan(record)
        self.text = "\n\n".join([*self._functions, "\n".join(self._lines)])

    def _line(self, text: str) -> None:
        self._lines.append("    " * self._depth + text)

    def _scan(self, record: Record) -> None:
        self._line("def scan(b, p):")
        self._depth += 1
        self._line("f = 0")
        if self._budget:
            self._line(f"z = [{ZERO_BYTE_ITEMS}]")
        self._line("try:")
        self._depth += 1
        self._record(record, marked=True)
        self._line(f"if p {'!=' if self._exact else '>'} len(b):")
        self._line(
            "    fail('more bytes than the record has' if p < len(b) else 'the bytes end early', min(p, len(b)))"
        )
        self._depth -= 1
        self._line("except IndexError:")
        self._line("    raise InvalidEvent('the bytes end early', len(b)) from None")
        marks = ", ".join(f"m{i}" for i in range(self._marks))
        self._line(f"return ({marks}{', ' if marks else ''}p, f)")
        self._depth -= 1

    def _record(self, record: Record, *, marked: bool) -> None:
        for field in record.fields:
            comment = field.name if field.name.isidentifier() and not keyword.iskeyword(field.name) else "field"
            self._line(f"# {comment}")
            if marked:
                self._line(f"m{self._next_mark} = p")
                self._next_mark += 1
            if not marked and field.name.startswith("raw"):
                self._line("raw = b[p]")
                self._node(field.node)
                if field.node == _RAW:
                    self._line("if raw:")
                    self._line(f"    f |= {RAW_CODE}")
                continue
            self._node(field.node, marked=marked)

    def _node(self, node: Node, *, marked: bool = False) -> None:
        match node:
            case Primitive():
                self._primitive(node.kind)
            case Enum():
                self._index(len(node.symbols), "enum")
            case Fixed():
                self._line(f"p += {node.size}")
            case Record():
                self._record(node, marked=marked)
            case Union():
                self._union(node, marked=marked)
            case Array() | Map():
                self._collection(node)

    def _primitive(self, kind: str, *, nullable: bool = False) -> None:
        match kind:
            case "boolean":
                self._line("if b[p] > 1:")
                self._line("    fail('a boolean that is neither 0 nor 1', p)")
                self._line("p += 1")
            case "int":
                self._line("if b[p] < 128:")
                self._line("    p += 1")
                self._line("else:")
                self._line("    q = p")
                self._line("    n, p = varint(b, p)")
                self._line("    if n >> 32:")
                self._line("        fail('an int beyond 32 bits', q)")
            case "long":
                self._line("p = p + 1 if b[p] < 128 else skip(b, p)")
            case "float":
                self._line("p += 4")
            case "double":
                self._line("p += 8")
            case "bytes" | "string":
                self._text(kind, nullable=nullable)
            case _:  # null takes no bytes
                pass

    def _text(self, kind: str, *, nullable: bool) -> None:
        for text in _VARINT:
            self._line(text)
        self._line("if n & 1:")
        self._line("    fail('a negative length', p - 1)")
        if kind == "bytes":
            self._line("p += n >> 1")
            return
        if nullable:
            self._line("if not n:")
            self._line(f"    f |= {EMPTY_TEXT}")
        self._line("q = p")
        self._line("p += n >> 1")
        self._line("if not b[q:p].isascii():")
        self._line("    text(b, q, p)")
        self._line(f"    f |= {WIDE_TEXT}")

    def _index(self, count: int, what: str) -> None:
        """An enum index: a varint from 0 to count - 1, of one byte as long as there are at most 64 symbols."""
        if count <= 64:
            self._line("n = b[p]")
            self._line("p += 1")
        else:
            self._line("n, p = varint(b, p)")
        self._line(f"if n & 1 or n > {2 * (count - 1)}:")
        self._line(f"    fail('an {what} index that the schema does not have', p - 1)")

    def _union(self, union: Union, *, marked: bool) -> None:
        """The branches, least work for the first: nearly all fields of an event are nullable, most of them null."""
        nullable = union.nullable
        inner = nullable[1] if nullable else None
        marked = marked and isinstance(inner, Record)
        first = self._next_mark
        inside = len(slots(inner)) if marked and isinstance(inner, Record) else 0
        byte = "b[p]"
        if len(union.branches) > 2:
            self._line("n = b[p]")
            byte = "n"
        for index, branch in enumerate(union.branches):
            self._line(f"{'elif' if index else 'if'} {byte} == {2 * index}:")
            self._depth += 1
            self._line("p += 1")
            if isinstance(branch, Primitive):
                self._primitive(branch.kind, nullable=branch is inner)
            else:
                self._node(branch, marked=marked)
            if branch is not inner and inside:
                # A null record: all that would lie inside it lies, with no bytes, where the next field begins.
                self._line("".join(f"m{i} = " for i in range(first, first + inside)) + "p")
            self._depth -= 1
        self._next_mark = first + inside
        self._line("else:")
        self._line("    fail('a union index that the schema does not have', p)")

    def _collection(self, node: Array | Map) -> None:
        function = self._function(node)
        self._line("if b[p]:")
        self._line(f"    r = {function}(b, p{self._budget})")
        self._line("    p = r >> 5")
        self._line("    f |= r & 31")
        self._line("else:")
        self._line("    p += 1")

    def _function(self, node: Array | Map) -> str:
        """Adds the function of an array or map. It returns the next offset and the flags in one number."""
        name = f"c{len(self._functions)}"
        self._functions.append("")  # takes the number before inner collections take theirs
        place = len(self._functions) - 1
        outer, self._lines, depth, self._depth = self._lines, [], self._depth, 0
        is_map = isinstance(node, Map)
        item = node.values if isinstance(node, Map) else node.items
        least = least_size(item) + (1 if is_map else 0)
        self._line(f"def {name}(b, p{self._budget}):")
        self._depth = 1
        self._line(f"f = {IRREGULAR if is_map else 0}")
        self._line("total = 0")
        if is_map:
            self._line("keys = set()")
        self._line("while True:")
        self._depth = 2
        self._block_head(least)
        self._line("for _ in range(count):")
        self._depth = 3
        if is_map:
            self._map_key()
        before = len(self._lines)
        self._node(item)
        if all(line.lstrip().startswith("#") for line in self._lines[before:]):
            self._line("pass")
        self._depth = 2
        self._line("if block >= 0 and p != block:")
        self._line("    fail('a block that ends elsewhere than its size says', at)")
        self._functions[place] = "\n".join(self._lines)
        self._lines, self._depth = outer, depth
        return name

    def _block_head(self, least: int) -> None:
        """Reads the count of a block, with its size in bytes where the count is negative, and checks that it can be."""
        for text in (
            "at = p",
            *_VARINT,
            "if not n:",
            "    return p << 5 | f",
            "if total:",
            f"    f |= {IRREGULAR | SPLIT}",
            "block = -1",
            "count = n >> 1",
            "if n & 1:",
            f"    f |= {IRREGULAR | SPLIT}",
            "    count += 1",
            *(f"    {line}" for line in _VARINT),
            "    if n & 1:",
            "        fail('a negative block size', at)",
            "    block = p + (n >> 1)",
            "total += count",
            f"if count * {least} > len(b) - p:" if least else "if count > z[0]:",
            "    fail('a count that the bytes left cannot hold', at)",
            *([] if least else ["z[0] -= count"]),
        ):
            self._line(text)

    def _map_key(self) -> None:
        self._line("k = p")
        self._text("string", nullable=False)
        self._line("k = b[k:p]")
        self._line("if k in keys:")
        self._line("    fail('a map key twice', q)")
        self._line("keys.add(k)")
