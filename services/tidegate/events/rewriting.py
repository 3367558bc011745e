"""Rewriting the bytes of one slot: elements, keys and transforms that a span alone cannot give.

Works on bytes that the scanner has accepted. It runs only for the slots whose grant asks for it, once per event for all
partners that share the operation. Elements that are records are projected like the event itself: scanned, and joined
from spans.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from tidegate.events.avro import Array, Enum, Fixed, Map, Node, Primitive, Record, Union
from tidegate.events.projection import Changed, Fields, Items, Keys, Operation, Piece, Selection, Whole, pieces_of
from tidegate.events.scanner import compile_scanner, varint
from tidegate.events.slots import slots
from tidegate.events.transforms import compile_transform, long_bytes, long_of, text_bytes

Rewrite: TypeAlias = Callable[[bytes], bytes]
"""From the bytes of a slot to the bytes that leave."""

Join: TypeAlias = Callable[[bytes, Sequence[int], Sequence[bytes]], bytes]
"""From a record's bytes, its marks and the results of its operations to the bytes that leave."""


def compile_join(prefix: bytes, pieces: Sequence[Piece], places: Mapping[Operation, int]) -> Join:
    """The function that joins the pieces of a projection after ``prefix``. Generated: a loop costs twice as much."""
    parts = [
        f"x[{places[piece]}]" if isinstance(piece, Operation) else f"b[m[{piece.start}]:m[{piece.end}]]"
        for piece in pieces
    ]
    names: dict[str, object] = {"prefix": prefix, "join": b"".join}
    text = f"lambda b, m, x: join((prefix, {', '.join(parts)}))"
    return eval(compile(text, "<join of a projection>", "eval"), names)  # type: ignore[no-any-return]  # noqa: S307


def compile_rewrite(node: Node, selection: Selection, secret: bytes) -> Rewrite:
    """The function of an operation. ``secret`` keys pseudonyms.

    A slot inside a record that is null has no bytes, and gets none.
    Raises ``TypeError`` when the selection does not fit the type, rather than keep what was not asked for.
    """
    rewrite = _rewrite(node, selection, secret)
    return lambda b: rewrite(b) if b else b


def _rewrite(node: Node, selection: Selection, secret: bytes) -> Rewrite:
    if isinstance(selection, Whole):
        return lambda b: b
    if isinstance(node, Union):
        if node.nullable is None:
            raise TypeError("only a union of null and one other type can be kept in part")
        null, inner = node.nullable
        inside = _rewrite(inner, selection, secret)
        return lambda b: b if b[0] == 2 * null else b[:1] + inside(b[1:])
    match selection, node:
        case Changed(), _:
            return compile_transform(selection.transform, node, secret)
        case Fields(), Record():
            return _of_record(node, selection, secret)
        case Items(), Array():
            return _of_array(node, selection, secret)
        case Keys(), Map():
            return _of_map(node, selection)
        case _:
            raise TypeError(f"{selection} does not fit {node}")


def normal_form(node: Node, b: bytes, p: int = 0) -> bytes:
    """The datum with arrays and maps in one block and map entries sorted by key: equal content, equal bytes."""
    out: list[bytes] = []
    _normal(node, b, p, out)
    return b"".join(out)


def compile_elements(item: Record) -> Callable[[bytes], list[tuple[int, ...]]]:
    """The function that gives, for every element of an array of records, the marks of its slots and the end."""
    scan = compile_scanner(item, exact=False)

    def elements(b: bytes) -> list[tuple[int, ...]]:
        found: list[tuple[int, ...]] = []
        p = 0
        while True:
            raw, p = varint(b, p)
            if not raw:
                return found
            count = raw >> 1
            if raw & 1:
                count += 1
                _, p = varint(b, p)
            for _ in range(count):
                marks = scan(b, p)
                found.append(marks)
                p = marks[-2]

    return elements


def _of_record(record: Record, selection: Fields, secret: bytes) -> Rewrite:
    scan = compile_scanner(record)
    project = _projector(record, selection, secret)
    return lambda b: project(b, scan(b, 0))


def _projector(record: Record, selection: Selection, secret: bytes) -> Callable[[bytes, tuple[int, ...]], bytes]:
    """From a record's bytes and marks to what is kept of it."""
    if isinstance(selection, Whole):
        return lambda b, m: b[m[0] : m[-2]]
    if not isinstance(selection, Fields):
        raise TypeError(f"{selection} does not fit {record.name}")
    by_path = {slot.path: slot for slot in slots(record)}
    pieces = pieces_of(record, selection)
    operations = [piece for piece in pieces if isinstance(piece, Operation)]
    join = compile_join(b"", pieces, {operation: place for place, operation in enumerate(operations)})
    steps = [
        (by_path[op.path].start, by_path[op.path].end, compile_rewrite(by_path[op.path].node, op.selection, secret))
        for op in operations
    ]
    return lambda b, m: join(b, m, [rewrite(b[m[i] : m[j]]) for i, j, rewrite in steps])


def _of_array(array: Array, selection: Items, secret: bytes) -> Rewrite:
    if not isinstance(array.items, Record):
        if selection.where:
            raise TypeError("a filter works on arrays of records")
        inside = _rewrite(array.items, selection.item, secret)
        return lambda b: blocks([inside(b[i:j]) for i, j in _bounds(array.items, b)])
    elements = compile_elements(array.items)
    project = _projector(array.items, selection.item, secret)
    if not selection.where:
        return lambda b: blocks([project(b, m) for m in elements(b)])
    slot = next((slot for slot in slots(array.items) if slot.path == selection.where), None)
    if slot is None:
        raise TypeError(f"{array.items.name} has no field {selection.where} to filter by")
    wanted = frozenset(word_bytes(slot.node, value) for value in selection.values)
    first, after = slot.start, slot.end
    return lambda b: blocks([project(b, m) for m in elements(b) if b[m[first] : m[after]] in wanted])


def _of_map(node: Map, selection: Keys) -> Rewrite:
    wanted = frozenset(key.encode() for key in selection.keys)
    return lambda b: blocks([b[start:end] for key, start, _, end in _entries(node.values, b, 0)[0] if key in wanted])


def word_bytes(node: Node, value: str) -> bytes:
    """The bytes of a word in an enum or a string, nullable or not."""
    match node:
        case Enum():
            return long_bytes(node.symbols.index(value))
        case Union() if node.nullable:
            null, inner = node.nullable
            return long_bytes(1 - null) + word_bytes(inner, value)
        case Primitive(kind="string"):
            return text_bytes(value.encode())
        case _:
            raise TypeError("a filter compares enums and strings")


def blocks(items: list[bytes]) -> bytes:
    """An array or map of these encoded items, in one block."""
    return b"".join((long_bytes(len(items)), *items, b"\0")) if items else b"\0"


def skip(node: Node, b: bytes, p: int) -> int:
    """The offset after a datum."""
    match node:
        case Primitive():
            return _skip_primitive(node.kind, b, p)
        case Enum():
            return varint(b, p)[1]
        case Fixed():
            return p + node.size
        case Record():
            for field in node.fields:
                p = skip(field.node, b, p)
            return p
        case Union():
            index, p = varint(b, p)
            return skip(node.branches[index >> 1], b, p)
        case Array():
            return _bounds(node.items, b, p, whole=True)[-1][1]
        case Map():
            return _entries(node.values, b, p)[1]


def _skip_primitive(kind: str, b: bytes, p: int) -> int:
    match kind:
        case "null":
            return p
        case "boolean":
            return p + 1
        case "float":
            return p + 4
        case "double":
            return p + 8
        case "int" | "long":
            return varint(b, p)[1]
        case _:
            length, p = varint(b, p)
            return p + (length >> 1)


def _bounds(item: Node, b: bytes, p: int = 0, *, whole: bool = False) -> list[tuple[int, int]]:
    """Where each element of the array at ``p`` begins and ends; with ``whole`` one more pair that ends the array."""
    found: list[tuple[int, int]] = []
    while True:
        count = long_of(b, p)
        _, p = varint(b, p)
        if not count:
            return [*found, (p, p)] if whole else found
        if count < 0:
            _, p = varint(b, p)
        for _ in range(abs(count)):
            start, p = p, skip(item, b, p)
            found.append((start, p))


def _entries(values: Node, b: bytes, p: int) -> tuple[list[tuple[bytes, int, int, int]], int]:
    """``(key, start of the entry, start of its value, end)`` of the entries of a map, and the offset after the map."""
    found: list[tuple[bytes, int, int, int]] = []
    while True:
        count = long_of(b, p)
        _, p = varint(b, p)
        if not count:
            return found, p
        if count < 0:
            _, p = varint(b, p)
        for _ in range(abs(count)):
            start = p
            length, p = varint(b, p)
            value = p + (length >> 1)
            end = skip(values, b, value)
            found.append((b[p:value], start, value, end))
            p = end


def _normal(node: Node, b: bytes, p: int, out: list[bytes]) -> int:
    match node:
        case Record():
            for field in node.fields:
                p = _normal(field.node, b, p, out)
            return p
        case Union():
            index, after = varint(b, p)
            out.append(b[p:after])
            return _normal(node.branches[index >> 1], b, after, out)
        case Array():
            *bounds, (end, _) = _bounds(node.items, b, p, whole=True)
            out.append(blocks([normal_form(node.items, b, start) for start, _ in bounds]))
            return end
        case Map():
            entries, end = _entries(node.values, b, p)
            ordered = sorted((key, value) for key, _, value, _ in entries)
            out.append(blocks([text_bytes(key) + normal_form(node.values, b, value) for key, value in ordered]))
            return end
        case _:
            end = skip(node, b, p)
            out.append(b[p:end])
            return end
