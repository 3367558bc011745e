"""Minors: an event that says of somebody that he or she is under 14.

All that is personal to those whom it names is sensitive then, whatever it is otherwise (PIPL 28), and leaves only under
a paper that is about people under 14 and has a guardian's consent (PIPL 31). Whom of several a field is about is not
told apart. An age that nobody says raises nothing; a birth date that cannot be true does (tricky case 12). What is the
truck's is its driver's, who is no child.
"""

from __future__ import annotations

from dataclasses import replace

from tidegate.errors import BadSchema
from tidegate.events import avro
from tidegate.events.avro import Array, Record
from tidegate.events.schemas import Schema
from tidegate.law import PERSONAL, FieldClass, strictest_class
from tidegate.rules.paths import Leaf

MINORS = "minors"
"""The fact that somebody is under 14, among those that hold for an event."""
BIRTH = "people[].birthDate"


def of_people(leaf: Leaf) -> bool:
    """Whether a field is personal, important as well or not, to those whom an event names."""
    return leaf.plain in PERSONAL and not leaf.path.startswith("truck.")


def as_minors(leaf: Leaf) -> Leaf:
    """The field of an event that names somebody under 14."""
    if not of_people(leaf):
        return leaf
    return replace(leaf, field_class=strictest_class(leaf.field_class, FieldClass.SPI), otherwise=FieldClass.SPI)


def says_births(schema: Schema) -> bool:
    """Whether people of an event have birth dates."""
    array, _, field = BIRTH.partition("[].")
    inner = avro.child(schema.slot[array].node) if array in schema.slot else None
    return (
        isinstance(inner, Array)
        and isinstance(inner.items, Record)
        and any(one.name == field for one in inner.items.fields)
    )


def check_persons(schema: Schema) -> None:
    """Raises ``BadSchema`` where people, or the truck, have another form than that by which they are told: nobody would
    see that one of them is a child, and nobody could count them.
    """
    people, truck = (
        avro.child(schema.slot[name].node) if name in schema.slot else None for name in ("people", "truck")
    )
    if people is not None and not (isinstance(people, Array) and isinstance(people.items, Record)):
        raise BadSchema(f"{schema.name}: people is not an array of records, by which people are told and counted")
    if truck is not None and not isinstance(truck, Record):
        raise BadSchema(f"{schema.name}: truck is not a record, by which its person is told and counted")
