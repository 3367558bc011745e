"""Writes the Python text of a straight way: from one parsed item to Avro bytes, without a canonical event in between.

The text is straight-line code in the order of the Avro schema. Where the values of an item come from, a standard says
(``dcsa22``, ``dcsa30``, ``canonical``); here is how they are written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from tidegate.events import avro
from tidegate.events.avro import Enum, Primitive, Record, Union
from tidegate.events.encoder import SIZES
from tidegate.events.transforms import long_bytes
from tidegate.standards import codes, shape
from tidegate.standards.straight import values
from tidegate.standards.straight.values import SOME, TEXTS

Way: TypeAlias = Callable[[dict[str, Any]], tuple[bytes, str, str, int, Sequence[str]]]
"""From an item to the Avro bytes of its event, its id, its record key, how many members its objects have, and the paths
of what is kept under extensions because another value fills its field.

Raises one of ``values.UNFIT`` for an item that is to be mapped.
"""

NULL = b"\0"
"""Null, an empty array, an empty map, false, and the first symbol of an enum are all this one byte."""


class Source:
    """The text of one way. ``v`` in it is the value at hand, ``a`` appends bytes."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._waiting: tuple[int, bytes] | None = None
        self._count = 0
        self._names: dict[str, Any] = {
            "SIZES": SIZES,
            "TEXTS": TEXTS,
            "unfit": values.unfit,
            "moment": values.moment,
            "REPEATED": values.REPEATED,
        }

    def line(self, depth: int, text: str) -> None:
        """A line of the text."""
        self._flush()
        self._lines.append("    " * depth + text)

    def lines(self, depth: int, *texts: str) -> None:
        for text in texts:
            self.line(depth, text)

    def constant(self, value: Any) -> str:
        """The name by which the text knows a value."""
        name = f"K{len(self._names)}"
        self._names[name] = value
        return name

    def fresh(self) -> str:
        """A new variable."""
        self._count += 1
        return f"v{self._count}"

    def compiled(self, name: str) -> Way:
        """The function that the text defines as ``way``."""
        exec(compile("\n".join(self._lines), f"<straight way of {name}>", "exec"), self._names)  # noqa: S102 - ours
        way: Way = self._names["way"]
        return way

    # Single values: the bytes of the variable ``v``, which is None where the field is absent.

    def write(
        self, depth: int, node: avro.Node, v: str, take: Callable[[Any], bytes] | None = None, *, repeats: bool = False
    ) -> None:
        """A plain field. ``take`` makes its bytes; without one it is text, which in many events may be the same."""
        if avro.child(node) is node:
            if take is None:
                self._text(depth, v, "SIZES")
            else:
                self.line(depth, f"a({self.constant(take)}({v}))")
            return
        if not isinstance(node, Union) or node.nullable is None or node.nullable[0]:
            raise TypeError("null is the first branch of every field of an event")
        if repeats and take is None:
            self.line(depth, f"a({NULL!r} if {v} is None else REPEATED[{v}])")
            return
        self.lines(depth, f"if {v} is None:", f"    a({NULL!r})", "else:")
        if take is None:
            self._text(depth + 1, v, "TEXTS")
        else:
            self.lines(depth + 1, f"a({SOME!r})", f"a({self.constant(take)}({v}))")

    def _text(self, depth: int, v: str, sizes: str) -> None:
        self.lines(
            depth,
            f"if {v} < '!' or {v}.isspace():",
            "    unfit()",
            f"s = {v}.encode()",
            f"a({sizes}[len(s)])",
            "a(s)",
        )

    def code(self, depth: int, v: str, table: Mapping[str | None, bytes]) -> None:
        """A code: ``table`` has its bytes, also for None."""
        self.line(depth, f"a({self.constant(table)}[{v}])")

    def absent(self, depth: int, node: avro.Node) -> None:
        """A field that this way never fills. Adjoining ones are written at once."""
        self.bytes_(depth, default(node))

    def bytes_(self, depth: int, said: bytes) -> None:
        """Bytes that are always the same."""
        if self._waiting is not None and self._waiting[0] == depth:
            said = self._waiting[1] + said
            self._waiting = None
        self._flush()
        self._waiting = depth, said

    def _flush(self) -> None:
        if self._waiting is not None:
            depth, said = self._waiting
            self._waiting = None
            self.line(depth, f"a({said!r})")


def default(node: avro.Node) -> bytes:
    """The bytes of a field that is not given: null, nothing, or UNKNOWN."""
    inner = avro.child(node)
    if isinstance(inner, Primitive) and inner.kind == "string" and inner is node:
        return SIZES[len(codes.UNKNOWN)] + codes.UNKNOWN.encode()
    return NULL


def code_table(
    node: avro.Node, code: shape.Code, words: Mapping[str, str] = {}, *, unknown: bool = False
) -> dict[str | None, bytes]:
    """The bytes of every code, by what a sender writes for it, and of none. ``unknown``: the default may be written."""
    inner = avro.child(node)
    symbols = [*code.symbols, code.default] if unknown else [*code.symbols]
    spelt = {symbol: symbol for symbol in symbols} | dict(words)
    if isinstance(inner, Enum):
        said = {symbol: long_bytes(index) for index, symbol in enumerate(inner.symbols)}
    else:
        said = {symbol: SIZES[len(symbol)] + symbol.encode() for symbol in [*symbols, code.default]}
    return {None: said[code.default]} | {word: said[symbol] for word, symbol in spelt.items() if symbol in said}


def record_of(node: avro.Node) -> Record:
    """The record that a field holds, null or not, or that are the elements of its array."""
    inner = avro.child(node)
    if isinstance(inner, avro.Array):
        inner = inner.items
    if isinstance(inner, Record):
        return inner
    raise TypeError(f"{node} holds no record")
