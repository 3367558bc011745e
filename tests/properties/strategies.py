"""Random Avro schemas, values of them, and what a partner may be granted of them."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from tests.properties.model import FieldType, Type, loaded, space_of

from tidegate.events.projection import Changed, Fields, Items, Keys, Selection, Whole
from tidegate.events.transforms import Transform

Draw = Callable[[st.SearchStrategy[Any]], Any]

MAX_DEPTH = 5
MAX_TYPES = 80
FIELD_NAMES = ("a", "b", "a_b", "b_a", "p", "f", "n", "q", "class", "None", "type", "_", "A9", "z")
SPACES = ("", "x", "x.y", "zz")
ENUM_SIZES = (1, 2, 3, 64, 65, 100)
FIXED_SIZES = (0, 1, 2, 16)
WORDS = ("", "a", "ab", "x" * 70, "héllo", "漢字" * 30, "\U0001f6a2", "\0")
KEYS = ("key-one", "key-two", "key-three", "schlüssel")
TAGS = ("GENERAL", "COMMERCIAL", "PI")
TEMPORAL = {"int": ("date", "time-millis"), "long": ("timestamp-micros", "timestamp-millis", "time-micros")}
DEFAULTS: dict[str, Any] = {"string": "?", "int": -1, "long": 7, "boolean": True, "double": 0, "bytes": "ÿ"}


def symbols(count: int) -> tuple[str, ...]:
    return tuple(f"S{number}" for number in range(count))


class Schemas:
    """Draws one schema, type by type. A named type may be used again wherever its name can be written."""

    def __init__(self, draw: Draw, *, general_unions: bool) -> None:
        self._draw = draw
        self._unions = ("nullable", "nullable", "nullable", *("union",) * general_unions)
        self._names: list[str] = []
        self._again: list[tuple[Type, int]] = []
        self._left = MAX_TYPES

    def one_of(self, *choices: Any) -> Any:
        return self._draw(st.sampled_from(choices))

    def record(self, space: str, depth: int, counts: tuple[int, ...] = (0, 1, 2, 3, 3, 4)) -> Type:
        name = self._name("R", space)
        before = self._left
        count = self.one_of(*counts)
        names = self._draw(st.lists(st.sampled_from(FIELD_NAMES), unique=True, min_size=count, max_size=count))
        fields = tuple(self._field(field, space_of(name), depth) for field in names)
        record = Type("record", name, fields=fields)
        self._again.append((record, before - self._left + 1))
        return record

    def _field(self, name: str, space: str, depth: int) -> FieldType:
        avro = self.type(space, depth - 1)
        extra: dict[str, Any] = {}
        if self.one_of(True, False):
            extra["confluent:tags"] = [self.one_of(*TAGS)]
        if self.one_of(True, False):
            first = avro.inner[0] if avro.kind == "union" else avro
            if first.kind == "null":
                extra["default"] = None
            elif first.kind in DEFAULTS:
                extra["default"] = DEFAULTS[first.kind]
            elif first.kind in ("array", "map"):
                extra["default"] = [] if first.kind == "array" else {}
        return FieldType(name, avro, extra)

    def type(self, space: str, depth: int, *, union: bool = True) -> Type:
        self._left -= 1
        deep = ("record", "record", "array", "map", "records", "records") if depth > 0 and self._left > 0 else ()
        wide = self._unions if union and self._left > 0 else ()
        match self.one_of(*("primitive",) * 4, "logical", "enum", "fixed", *("again",) * 2, *deep, *wide):
            case "primitive":
                return Type(
                    self.one_of("string", "string", "null", "boolean", "int", "long", "float", "double", "bytes")
                )
            case "logical":
                return self._logical(space)
            case "enum":
                words = symbols(self.one_of(*ENUM_SIZES))
                return self._named(Type("enum", self._name("E", space), symbols=words, attributes=self._default(words)))
            case "fixed":
                return self._named(Type("fixed", self._name("F", space), size=self.one_of(*FIXED_SIZES)))
            case "again":
                return self._used_again(space)
            case "nullable" | "union" as kind:
                return self._union(space, depth, nullable=kind == "nullable")
            case kind:
                return self._deep(kind, space, depth)

    def _deep(self, kind: str, space: str, depth: int) -> Type:
        match kind:
            case "record":
                return self.record(space, depth)
            case "records":
                return Type("array", inner=(self.record(space, depth - 1, (1, 2, 3, 4)),))
            case _:
                return Type(kind, inner=(self.type(space, depth - 1),))

    def _default(self, symbols: tuple[str, ...]) -> dict[str, Any]:
        return {"default": symbols[-1]} if self.one_of(True, False) else {}

    def _logical(self, space: str) -> Type:
        match self.one_of("int", "long", "long", "bytes", "string", "fixed"):
            case "bytes":
                return Type("bytes", attributes={"logicalType": "decimal", "precision": 9, "scale": self.one_of(0, 2)})
            case "string":
                return Type("string", attributes={"logicalType": "uuid"})
            case "fixed":
                decimal = {"logicalType": "decimal", "precision": 18, "scale": 9}
                return self._named(Type("fixed", self._name("F", space), size=8, attributes=decimal))
            case kind:
                return Type(kind, attributes={"logicalType": self.one_of(*TEMPORAL[kind])})

    def _union(self, space: str, depth: int, *, nullable: bool) -> Type:
        branches = [Type("null")] if nullable else []
        for _ in range(1 if nullable else self.one_of(1, 2, 3, 4)):
            branch = self.type(space, depth - 1, union=False)
            if (branch.name or branch.kind) not in [b.name or b.kind for b in branches]:
                branches.append(branch)
        turn = self.one_of(0, 1) if nullable else 0
        return Type("union", inner=(*branches[turn:], *branches[:turn]))

    def _used_again(self, space: str) -> Type:
        fitting = [(t, size) for t, size in self._again if size <= self._left and (space_of(t.name) or not space)]
        if not fitting:
            return Type("string")
        avro, size = self.one_of(*fitting)
        self._left -= size
        return avro

    def _name(self, letter: str, space: str) -> str:
        short = f"{letter}{len(self._names)}"
        if self._names and self.one_of(False, False, True):  # what a name by place could be taken for
            short = f"{self.one_of(*self._names).rpartition('.')[2]}_{self.one_of('a', 'b', 'a_b')}"
            short += "" if all(short != name.rpartition(".")[2] for name in self._names) else f"_{len(self._names)}"
        own = self.one_of(space, space, *(SPACES[1:] if space else SPACES))
        self._names.append(f"{own}.{short}" if own else short)
        return self._names[-1]

    def _named(self, avro: Type) -> Type:
        self._again.append((avro, 1))
        return avro


EVENT = loaded(json.loads((Path(__file__).parents[2] / "schemas/shipment-event/v1.avsc").read_text()))
"""The canonical event."""


@st.composite
def records(draw: Draw, *, general_unions: bool = True) -> Type:
    """A record with all that Avro has in it, at most ``MAX_DEPTH`` deep, or the canonical event."""
    if draw(st.integers(0, 7)) == 7:
        return EVENT
    return Schemas(draw, general_unions=general_unions).record(
        draw(st.sampled_from(SPACES)), MAX_DEPTH, (1, 3, 4, 5, 6, 7, 8)
    )


INTS = st.one_of(st.sampled_from((0, -1, 63, 64, -64, -65, 2**31 - 1, -(2**31))), st.integers(-(2**31), 2**31 - 1))
LONGS = st.one_of(
    st.sampled_from((0, -1, 2**48 - 1, 2**48, -(2**48), 2**55, 2**63 - 1, -(2**63), 1_763_000_000_000_000)),
    st.integers(-(2**63), 2**63 - 1),
)
DOUBLES = st.one_of(st.sampled_from((0.0, -0.0, 1.5, -7.3, 1e308, 5e-324)), st.floats())
TEXTS = st.one_of(st.sampled_from(WORDS), st.text(max_size=6))
LEAVES: dict[str, st.SearchStrategy[Any]] = {
    "null": st.none(),
    "boolean": st.booleans(),
    "int": INTS,
    "long": LONGS,
    "float": st.floats(width=32).map(lambda number: struct.pack("<f", number)),
    "double": DOUBLES.map(lambda number: struct.pack("<d", number)),
    "bytes": st.one_of(st.binary(max_size=4), st.just(b"\xff" * 64)),
    "string": TEXTS,
}


def values(avro: Type, texts: st.SearchStrategy[str] = TEXTS) -> st.SearchStrategy[Any]:
    """Values of a type, union branches said. ``texts`` gives its strings."""

    @st.composite
    def draw_value(draw: Draw) -> Any:
        return value(avro, draw)

    def value(avro: Type, draw: Draw) -> Any:
        match avro.kind:
            case "record":
                return {field.name: value(field.type, draw) for field in avro.fields}
            case "union":
                index = draw(st.integers(0, len(avro.inner) - 1))
                return index, value(avro.inner[index], draw)
            case "array":
                return [value(avro.inner[0], draw) for _ in range(draw(st.integers(0, 3)))]
            case "map":
                return {key: value(avro.inner[0], draw) for key in draw(st.lists(st.sampled_from(KEYS), unique=True))}
            case "enum":
                return draw(st.sampled_from(avro.symbols))
            case "fixed":
                return draw(st.binary(min_size=avro.size, max_size=avro.size))
            case "string":
                return draw(texts)
            case kind:
                return draw(LEAVES[kind])

    return draw_value()


class Selections:
    """Draws what is kept of a type."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw

    def fields(self, record: Type, *, least: int = 0) -> Fields:
        if not record.fields:
            return Fields(())
        kept = [field for field in record.fields if self._draw(st.sampled_from((True, True, False)))]
        kept = kept[::-1] if len(kept) >= least else list(record.fields)  # the order of a selection does not matter
        return Fields(tuple((field.name, self.of(field.type)) for field in kept))

    def of(self, avro: Type) -> Selection:
        child = avro.child
        choices: list[Callable[[], Selection]] = [Whole]
        if child.kind == "record":
            choices += [lambda: self.fields(child)] * 3
        elif child.kind == "array":
            choices += [lambda: self._items(child.inner[0])] * 3
        elif child.kind == "map":
            choices += [lambda: Keys(tuple(self._draw(st.lists(st.sampled_from(KEYS), unique=True))))] * 2
        choices += [lambda: Changed(self._draw(st.sampled_from(fitting)))] * 2 if (fitting := transforms(child)) else []
        return self._draw(st.sampled_from(choices))()

    def _items(self, item: Type) -> Items:
        kept = self.of(item)
        words = list(filters(item)) if item.kind == "record" else []
        if not words or self._draw(st.sampled_from((True, False, False))):
            return Items(kept)
        path, wanted = self._draw(st.sampled_from(words))
        return Items(kept, path, tuple(self._draw(st.lists(st.sampled_from(wanted), unique=True, max_size=3))))


def transforms(avro: Type) -> list[Transform]:
    """The transforms that a leaf may have."""
    logical = avro.attributes.get("logicalType")
    match avro.kind:
        case "string" if logical is None:
            return [Transform("pseudonym"), Transform("prefix", 1), Transform("prefix", 5)]
        case "int" | "long" | "double":
            times = [Transform("hour"), Transform("date")] if logical == "timestamp-micros" else []
            return [Transform("band", 7), Transform("band", 1000), *times]
        case _:
            return []


def filters(record: Type, prefix: str = "") -> list[tuple[str, tuple[str, ...]]]:
    """Paths of words in a record, with words to look for."""
    found: list[tuple[str, tuple[str, ...]]] = []
    for field in record.fields:
        child = field.type.child
        if child.kind == "record":
            found += filters(child, f"{prefix}{field.name}.")
        elif child.kind in ("enum", "string"):
            found.append((f"{prefix}{field.name}", child.symbols or WORDS))
    return found


@st.composite
def selections(draw: Draw, record: Type) -> Fields:
    """What a partner may be granted of a record: at least one field."""
    return Selections(draw).fields(record, least=1)
