"""Slots: the fields of a schema that the scanner gives the place of, in the order of its marks."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.events import avro
from tidegate.events.avro import Node, Record, Union


@dataclass(frozen=True, slots=True)
class Slot:
    """A field that the scanner gives the place of: any that is not inside an array or a map.

    Its bytes, union index included, are ``b[marks[start]:marks[end]]``.
    """

    path: str
    node: Node
    start: int
    end: int

    @property
    def null_index(self) -> int | None:
        """The union index that means null, for a nullable field."""
        if isinstance(self.node, Union) and (nullable := self.node.nullable):
            return nullable[0]
        return None


def slots(record: Record) -> tuple[Slot, ...]:
    """The slots of a schema, depth first, as the scanner's marks number them."""
    found: list[Slot] = []

    def walk(inner: Record, prefix: str) -> None:
        for field in inner.fields:
            index = len(found)
            path = f"{prefix}{field.name}"
            found.append(Slot(path, field.node, index, -1))
            nested = avro.child(field.node)
            if isinstance(nested, Record):
                walk(nested, f"{path}.")
            found[index] = Slot(path, field.node, index, len(found))

    walk(record, "")
    return tuple(found)
