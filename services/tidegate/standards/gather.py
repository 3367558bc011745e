"""What a sender gave, sorted by the names of a standard: the one pass in which nothing can get lost.

Known properties end in ``given`` under their right path, everything else in the draft's extensions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from tidegate.standards import names
from tidegate.standards.draft import Draft

Slot: TypeAlias = tuple[str, object]
"""Path as sent, relative to the item, and the value there."""
Given: TypeAlias = dict[str, Slot]
"""By the path in the standard's spelling."""


@dataclass(frozen=True, slots=True)
class Node:
    """A known property: its path in the item, and the known properties inside it (none: it is no object)."""

    path: str
    inner: Table
    rel: str
    """The path as it is written where the item has the property in its usual place."""


@dataclass(frozen=True, slots=True)
class Table:
    """The known properties of one object."""

    nodes: dict[str, Node] = field(default_factory=dict)
    lowered: dict[str, str] = field(default_factory=dict)
    """Name in small letters to the right spelling."""
    rel: str = ""
    """The path of the object where it is in its usual place."""

    def add(self, path: str, base: str = "") -> None:
        """Make ``path`` known; ``base`` is the path of this object."""
        name, _, rest = path.partition(".")
        full = f"{base}.{name}" if base else name
        self.lowered[name.lower()] = name
        node = self.nodes.setdefault(name, Node(full, Table(rel=f".{full}"), f".{full}"))
        if rest:
            node.inner.add(rest, full)

    def objects(self) -> Iterator[str]:
        """The paths of the properties that are objects."""
        for node in self.nodes.values():
            if node.inner.nodes:
                yield node.path
                yield from node.inner.objects()


def table_of(paths: Iterable[str]) -> Table:
    """The table in which all of ``paths`` (dotted) are known."""
    table = Table()
    for path in paths:
        table.add(path)
    return table


def gather(draft: Draft, sent: Mapping[str, object], table: Table, rel: str, given: Given) -> None:
    """Sort the properties of ``sent``, the object at ``rel``.

    Most values are ASCII text that does not begin with a blank; those need no closer look.
    """
    known, usual = table.nodes.get, rel == table.rel
    for name, value in sent.items():
        if value is None:
            continue
        node = known(name)
        if node is not None:
            here = node.rel if usual else f"{rel}.{name}"
        else:
            here = names.child(rel, name)
            right = spelling(draft, sent, table.lowered, name, here)
            if right is None:
                draft.keep(here, value)
                continue
            node = table.nodes[right]
        if type(value) is dict and node.inner.nodes:
            gather(draft, value, node.inner, here, given)
        elif node.path in given:
            draft.keep(here, value)
        elif (type(value) is str and value >= "!" and value.isascii()) or draft.usable(here, value):
            given[node.path] = (here, value)


def spelling(draft: Draft, sent: Mapping[str, object], lowered: Mapping[str, str], name: str, here: str) -> str | None:
    """The right spelling of a name that differs from a known one only in capitals, unless that one is there as well."""
    right = lowered.get(name.lower())
    if right is None or sent.get(right) is not None:
        return None
    draft.warn(here, f"{name} is spelt {right} in this standard; it is taken as that")
    return right


def first(given: Given, sources: Iterable[str]) -> Slot | None:
    """The first of ``sources`` that is given, taken out of ``given`` together with those that repeat it."""
    chosen: Slot | None = None
    for source in sources:
        slot = given.get(source)
        if slot is not None and (chosen is None or same(chosen[1], slot[1])):
            chosen = chosen or slot
            del given[source]
    return chosen


def same(one: object, other: object) -> bool:
    """Whether two values say the same: 1, true and 1.0 do not."""
    return type(one) is type(other) and one == other
