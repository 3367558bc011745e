"""From the leaves that leave to the selection that a projection is made of, and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tidegate.events import avro
from tidegate.events.avro import Array, Node, Record
from tidegate.events.projection import Changed, Fields, Items, Keys, Selection, Whole
from tidegate.events.transforms import parse as parse_transform
from tidegate.rules.paths import Elements, Key, Leaf, Name, parse


@dataclass(frozen=True)
class Kept:
    """A leaf that leaves: of which elements, and how transformed."""

    leaf: Leaf
    filter: Elements
    transform: str


def selection_of(record: Record, kept: Iterable[Kept]) -> Fields:
    """The tree of what is kept of a record, from the leaves that leave. What is kept in every part is kept whole."""
    root = _Tree()
    for one in kept:
        change = Changed(parse_transform(one.transform, one.leaf.node)) if one.transform else Whole()
        root.add(one.leaf, one.filter, change)
    built = root.build()
    if not isinstance(built, Fields):
        return Fields(())
    nodes = {field.name: field.node for field in record.fields}
    return Fields(tuple((name, _simplest(nodes[name], inner)) for name, inner in built.fields))


def _simplest(node: Node, selection: Selection) -> Selection:
    """``Whole`` for a record or an array of which everything is kept: a span then does, without an operation."""
    match avro.child(node), selection:
        case Record() as record, Fields():
            nodes = {field.name: field.node for field in record.fields}
            inner = tuple((name, _simplest(nodes[name], part)) for name, part in selection.fields)
            every = len(inner) == len(nodes) and all(isinstance(part, Whole) for _, part in inner)
            return Whole() if every else Fields(inner)
        case Array(items), Items():
            item = _simplest(items, selection.item)
            return Whole() if isinstance(item, Whole) and not selection.where else replace(selection, item=item)
        case _:
            return selection


def find(selection: Selection, path: str) -> Selection | None:
    """How a leaf is kept: whole, changed, or not at all. None too where only some elements of an array are kept."""
    node: Selection = selection
    for step in parse(path):
        match node, step:
            case Whole(), _:
                return node
            case Fields(), Name(name):
                inner = dict(node.fields).get(name)
                if inner is None:
                    return None
                node = inner
            case Items(where=""), Elements():
                node = node.item
            case _:
                return None
    return node


def seen_whole(selection: Selection, path: str) -> bool:
    """Whether every value of a leaf is kept as it is."""
    return isinstance(find(selection, path), Whole)


class _Tree:
    """A selection while it is being put together."""

    def __init__(self) -> None:
        self.fields: dict[str, _Tree] = {}
        self.items: _Tree | None = None
        self.filter = Elements()
        self.keys: list[str] = []
        self.leaf: Selection | None = None

    def add(self, leaf: Leaf, elements: Elements, selection: Selection) -> None:
        node = self
        for step in leaf.steps:
            match step:
                case Name(name):
                    node = node.fields.setdefault(name, _Tree())
                case Elements():
                    node.items = node.items or _Tree()
                    node.filter, elements = elements, Elements()  # a filter is of the outermost array
                    node = node.items
                case Key(key):
                    node.keys.append(key)
        if not isinstance(leaf.steps[-1], Key):
            node.leaf = selection

    def build(self) -> Selection:
        if self.leaf is not None:
            return self.leaf
        if self.keys:
            return Keys(tuple(sorted(self.keys)))
        if self.items is not None:
            return Items(self.items.build(), self.filter.where, self.filter.values)
        return Fields(tuple((name, tree.build()) for name, tree in self.fields.items()))
