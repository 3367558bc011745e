"""Encoders: one generated function per schema that writes values of just the types that the schema names.

fastavro writes whatever it can make sense of, and finds out for every value which branch of a union it is: 40 us for an
event, more than all checks of it. Values that our own readers made need no finding out. What does not fit here is no
mistake yet: ``encoding.encode`` asks fastavro then, which says what is wrong, or writes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from struct import Struct
from typing import Any, TypeAlias

from tidegate.events.avro import Array, Enum, Map, Node, Primitive, Record, Union
from tidegate.events.scanner_source import has_empty_items
from tidegate.events.transforms import long_bytes

Encode: TypeAlias = Callable[[Mapping[str, Any]], bytes]

UNFIT = (KeyError, AttributeError, TypeError, ValueError, OverflowError)
"""What an encoder raises for a value that it does not write."""
SIZES = tuple(long_bytes(number) for number in range(1 << 13))
"""Lengths and counts as they are written."""
double_bytes = Struct("<d").pack
_INT, _LONG = (-(1 << 31), (1 << 31) - 1), (-(1 << 63), (1 << 63) - 1)


def compile_encoder(record: Record) -> Encode | None:
    """The encoder of a record; None for schemas with types that it does not know, and such as need a budget to read."""
    if has_empty_items(record) or not _known(record):
        return None
    source = _Source()
    source.function(record)
    names: dict[str, Any] = {
        **source.names,
        "SIZES": SIZES,
        "MOST": len(SIZES),
        "long_bytes": long_bytes,
        "time": time_bytes,
        "double": double_bytes,
        "unfit": _unfit,
    }
    exec(compile(source.text, f"<encoder of {record.name}>", "exec"), names)  # noqa: S102 - ours from end to end
    return lambda value: b"".join(names["f0"](value, []))


def _known(node: Node) -> bool:
    match node:
        case Primitive():
            return node.kind in ("string", "int", "long", "boolean", "double")
        case Enum():
            return True
        case Record():
            return all(_known(field.node) for field in node.fields)
        case Array():
            return _known(node.items)
        case Map():
            return _known(node.values)
        case Union():
            return node.nullable is not None and _known(node.nullable[1])
        case _:
            return False


class _Source:
    """The text: a function for every record, whose names of fields enter it as constants."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {}
        self._functions: list[str] = []
        self._lines: list[str] = []

    @property
    def text(self) -> str:
        return "\n".join(self._functions)

    def function(self, record: Record) -> str:
        """Adds the function that appends the bytes of a record to a list."""
        name = f"f{len(self._functions)}"
        self._functions.append("")
        outer, self._lines = self._lines, []
        self._line(0, f"def {name}(r, out):")
        self._line(1, f"if type(r) is not dict or len(r) != {len(record.fields)}:")
        self._line(2, "unfit()")
        self._line(1, "a = out.append")
        for field in record.fields:
            self._line(1, f"v = r[{self._constant(field.name)}]")
            self._node(1, field.node)
        self._line(1, "return out")
        self._functions[int(name[1:])] = "\n".join(self._lines)
        self._lines = outer
        return name

    def _line(self, depth: int, text: str) -> None:
        self._lines.append("    " * depth + text)

    def _constant(self, value: Any) -> str:
        name = f"K{len(self.names)}"
        self.names[name] = value
        return name

    def _node(self, depth: int, node: Node) -> None:
        """Appends the bytes of ``v``."""
        match node:
            case Primitive():
                self._primitive(depth, node.kind)
            case Enum():
                codes = {symbol: long_bytes(index) for index, symbol in enumerate(node.symbols)}
                self._line(depth, f"a({self._constant(codes)}[v])")
            case Record():
                self._line(depth, f"{self.function(node)}(v, out)")
            case Union() if node.nullable is not None:
                null, inner = node.nullable
                self._line(depth, "if v is None:")
                self._line(depth + 1, f"a({long_bytes(null)!r})")
                self._line(depth, "else:")
                self._line(depth + 1, f"a({long_bytes(1 - null)!r})")
                self._node(depth + 1, inner)
            case Array() | Map():
                self._collection(depth, node)
            case _:
                raise TypeError(f"{node} was not to come here")

    def _primitive(self, depth: int, kind: str) -> None:
        low, high = _INT if kind == "int" else _LONG
        for text in {
            "string": ("s = v.encode()", "n = len(s)", "a(SIZES[n] if n < MOST else long_bytes(n))", "a(s)"),
            "double": ("if type(v) is not float:", "    unfit()", "a(double(v))"),
            "boolean": ("if v is not True and v is not False:", "    unfit()", "a(b'\\1' if v else b'\\0')"),
        }.get(kind, (f"if type(v) is not int or not {low} <= v <= {high}:", "    unfit()", "a(time(v))")):
            self._line(depth, text)

    def _collection(self, depth: int, node: Array | Map) -> None:
        """One block, as fastavro writes it."""
        kind, inner = ("list", node.items) if isinstance(node, Array) else ("dict", node.values)
        self._line(depth, f"if type(v) is not {kind}:")
        self._line(depth + 1, "unfit()")
        self._line(depth, "if v:")
        self._line(depth + 1, "a(long_bytes(len(v)))")
        if isinstance(node, Array):
            self._line(depth + 1, "for v in v:")
        else:
            self._line(depth + 1, "for v, w in v.items():")
            self._primitive(depth + 2, "string")
            self._line(depth + 2, "v = w")
        self._node(depth + 2, inner)
        self._line(depth, "a(b'\\0')")


def _unfit() -> None:
    raise TypeError("the value is not of just the type that the schema names")


_TIME_FIRST, _TIME_LAST = 1 << 48, (1 << 55) - 1


def time_bytes(number: int) -> bytes:
    """``long_bytes``. Times from 1978 on take eight bytes, whose groups of seven bits are spread four at a time."""
    if not _TIME_FIRST <= number <= _TIME_LAST:
        return long_bytes(number)
    x = number << 1
    x = (x & 0x0FFFFFFF) | (x & 0x00FFFFFFF0000000) << 4
    x = (x & 0x00003FFF00003FFF) | (x & 0x0FFFC0000FFFC000) << 2
    x = (x & 0x007F007F007F007F) | (x & 0x3F803F803F803F80) << 1
    return (x | 0x0080808080808080).to_bytes(8, "little")
