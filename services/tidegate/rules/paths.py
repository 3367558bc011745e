"""Field paths: how a rule document names fields of a schema.

=====================================  ==========================================================================
written                                means
=====================================  ==========================================================================
``equipment.reference``                the field itself
``documents[].reference``              that field of every element
``documents[type in TRD,BKG].type``    that field of the elements whose ``type`` is one of these
``extensions["remark"]``               one key of a map
``location``, ``location.*``, ``*``    all fields below: a parent or a wildcard, which opens no COMMERCIAL field
                                       and no key of a map
=====================================  ==========================================================================

A filter is of the outermost array of a path.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tidegate.events import avro
from tidegate.events.avro import Array, Enum, Map, Node, Primitive, Record, Union
from tidegate.events.schemas import Schema
from tidegate.law import IMPORTANCE, FieldClass, strictest_class


@dataclass(frozen=True, slots=True)
class Name:
    """A field of a record."""

    name: str


@dataclass(frozen=True, slots=True)
class Elements:
    """The elements of an array; only those whose field ``where`` is one of ``values``, where that is given."""

    where: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """An entry of a map."""

    key: str


Step: TypeAlias = Name | Elements | Key
Steps: TypeAlias = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A field of a schema that holds a value: the unit that a verdict is about.

    ``slot`` is the path of the slot whose bytes hold it. ``steps`` carry no filters. ``otherwise`` is its class apart
    from any suspicion, tag or notice of important data; UNCLASSIFIED where nothing says it. ``confidential`` says that
    it is COMMERCIAL, whatever else it is, and ``by_notice`` that it is important by the register alone.
    """

    path: str
    steps: Steps
    slot: str
    node: Node
    field_class: FieldClass
    otherwise: FieldClass = FieldClass.UNCLASSIFIED
    confidential: bool = False
    by_notice: bool = False

    @property
    def plain(self) -> FieldClass:
        """Its class, of important data the one that it has otherwise: personal data stays personal."""
        return self.otherwise if self.field_class in IMPORTANCE else self.field_class


@dataclass(frozen=True, slots=True)
class Target:
    """What a path in a grant covers: the leaves below ``steps``. A key of a map has to be named itself."""

    steps: Steps
    wildcard: bool = False

    def covers(self, leaf: Leaf) -> bool:
        more = len(leaf.steps) - len(self.steps)
        return more >= 0 and not (more and isinstance(leaf.steps[-1], Key)) and self.touches(leaf)

    def touches(self, leaf: Leaf) -> bool:
        """Whether it says something of a leaf: of a key where the map is named, of a map where a key of it is."""
        if self.steps and self.steps[0] != leaf.steps[0]:
            return False  # nearly always; a path begins with a name
        return all(
            type(mine) is type(theirs) and (isinstance(mine, Elements) or mine == theirs)
            for mine, theirs in zip(self.steps, leaf.steps, strict=False)
        )

    def owns(self, leaf: Leaf) -> bool:
        """Whether this is the leaf's own path, not a parent's. ``hsCodes`` and ``hsCodes[]`` mean the same."""
        below = leaf.steps[len(self.steps) :]
        return not self.wildcard and self.covers(leaf) and all(isinstance(step, Elements) for step in below)


def leaves(schema: Schema, keys: Iterable[str] = ()) -> tuple[Leaf, ...]:
    """All leaves of a schema, in its order. ``keys`` are keys of its maps that a rule document has classed, by path."""
    found: list[Leaf] = []
    _walk(schema.record, (), "", _GENERAL, found)
    for path in keys:
        steps = parse(path)
        parent = next((leaf for leaf in found if leaf.steps == steps[:-1]), None)
        inner = None if parent is None else avro.child(parent.node)
        if parent is not None and isinstance(inner, Map) and isinstance(steps[-1], Key):
            said = parent.field_class, parent.otherwise, parent.confidential
            found.append(Leaf(show(steps), steps, parent.slot, inner.values, *said))
    return tuple(found)


_Said: TypeAlias = tuple[FieldClass, FieldClass, bool]
"""A class, what it is apart from important data, and whether COMMERCIAL is among what made it."""
_GENERAL: _Said = (FieldClass.GENERAL, FieldClass.GENERAL, False)


def _walk(node: Node, steps: Steps, slot: str, above: _Said, found: list[Leaf]) -> None:
    inner = avro.child(node)
    match inner:
        case Record():
            for field in inner.fields:
                path = (*steps, Name(field.name))
                inside = any(isinstance(step, Elements) for step in steps)
                place = slot if inside else show(path)
                _walk(field.node, path, place, _strictest(above, _classes_of(field.tags)), found)
        case Array():
            _walk(inner.items, (*steps, Elements()), slot, above, found)
        case _:
            found.append(Leaf(show(steps), steps, slot, node, *_strictest_inside(inner, above)))


def _strictest_inside(node: Node, above: _Said) -> _Said:
    """The class of a leaf, with the classes of what lies in its map entries or union branches: it leaves whole."""
    match node:
        case Record():
            inner = [_strictest_inside(field.node, _classes_of(field.tags)) for field in node.fields]
        case Union():
            inner = [_strictest_inside(branch, above) for branch in node.branches]
        case Array():
            inner = [_strictest_inside(node.items, above)]
        case Map():
            inner = [_strictest_inside(node.values, above)]
        case _:
            inner = []
    return _strictest(above, *inner)


def _strictest(*said: _Said) -> _Said:
    classes, otherwise, confidential = zip(*said, strict=True)
    return strictest_class(*classes), strictest_class(*otherwise), any(confidential)


def _classes_of(tags: Sequence[str]) -> _Said:
    """The strictest class among a field's tags. No tag, or a tag that is no class, is UNCLASSIFIED: it never leaves."""
    known = set(FieldClass)
    found = [FieldClass(tag) if tag in known else FieldClass.UNCLASSIFIED for tag in tags]
    return strictest_class(*found), unimportant(*found), FieldClass.COMMERCIAL in found


def unimportant(*classes: FieldClass) -> FieldClass:
    """The strictest of some classes apart from those of important data; UNCLASSIFIED where there are no others."""
    return strictest_class(*(one for one in classes if one not in IMPORTANCE))


_TOKEN = re.compile(
    r"""
    (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    (?: \[ (?:
        (?P<where>[A-Za-z_][A-Za-z0-9_]*) \s+in\s+ (?P<values>[^\]"]+)
        | "(?P<quoted>[^"]+)"
        | (?P<bare>[^\]\s"]*)
    ) \] )?
    """,
    re.VERBOSE,
)


def parse(text: str) -> Steps:
    """The steps of a path without its wildcard. Raises ``ValueError`` with a sentence."""
    steps: list[Step] = []
    rest = text
    while True:
        found = _TOKEN.match(rest)
        if found is None:
            raise ValueError(f"{text!r} is no field path; write one like equipment.reference or documents[].type")
        steps.append(Name(found["name"]))
        if found["where"]:
            values = tuple(sorted({value.strip() for value in found["values"].split(",")} - {""}))
            if not values:
                raise ValueError(f"{text!r}: the filter lets no element through; write one like documents[type in TRD]")
            steps.append(Elements(found["where"], values))
        elif found["quoted"]:
            steps.append(Key(found["quoted"]))
        elif found["bare"]:
            steps.append(Key(found["bare"]))
        elif found["bare"] is not None:
            steps.append(Elements())
        rest = rest[found.end() :]
        if not rest:
            return tuple(steps)
        if not rest.startswith("."):
            raise ValueError(f"{text!r} is no field path: it cannot be read from {rest!r} on")
        rest = rest[1:]


def show(steps: Steps) -> str:
    """The path of steps, as it is written."""
    out = ""
    for step in steps:
        match step:
            case Name():
                out += f".{step.name}" if out else step.name
            case Elements():
                out += f"[{step.where} in {','.join(step.values)}]" if step.where else "[]"
            case Key():
                out += f'["{step.key}"]'
    return out


class NoField(ValueError):
    """A path names nothing that a schema has. Another schema may have it."""


def resolve(text: str, schema: Schema, known: Sequence[Leaf]) -> Target:
    """What a path in a grant means in a schema. Raises ``ValueError`` that says what to write instead."""
    if text == "*":
        return Target((), wildcard=True)
    steps = parse(text.removesuffix(".*"))
    _check(steps, schema.record, text, known)
    target = Target(steps, wildcard=text.endswith(".*"))
    if any(target.covers(leaf) for leaf in known):
        return target
    match steps[-1]:
        case Key():
            why = f"{text!r} has no class yet, so it never leaves; give it one: [[class]] with field = '{show(steps)}'"
            raise ValueError(why)
        case _:
            raise NoField(unknown_field(text, known))


def _check(steps: Steps, record: Record, text: str, known: Sequence[Leaf]) -> None:
    """Follows the steps through the schema, so that a wrong one is named with what is there instead."""
    node: Node = record
    for place, step in enumerate(steps):
        inner = avro.child(node)
        match step, inner:
            case Name(name), Record():
                field = next((f for f in inner.fields if f.name == name), None)
                if field is None:
                    raise NoField(unknown_field(text, known))
                node = field.node
            case Elements(), Array():
                if step.where and any(isinstance(before, Elements) for before in steps[:place]):
                    raise ValueError(f"{text!r}: only the outermost array of a path can have a filter")
                _check_filter(step, inner, text)
                node = inner.items
            case Key(), Map():
                node = inner.values
            case Name(name), Array():
                raise ValueError(f"{text!r}: {name} lies inside an array; write [] before it, as in documents[].type")
            case Key(key), Array():
                raise ValueError(f"{text!r}: write [] for all elements, or [type in {key}] for some")
            case _:
                raise NoField(unknown_field(text, known))


def _check_filter(step: Elements, array: Array, text: str) -> None:
    if not step.where:
        return
    fields = (
        {field.name: avro.child(field.node) for field in array.items.fields} if isinstance(array.items, Record) else {}
    )
    node = fields.get(step.where)
    if isinstance(node, Enum):
        wrong = [value for value in step.values if value not in node.symbols]
        if wrong:
            raise ValueError(f"{text!r}: {step.where} is never {wrong[0]}; it is one of {', '.join(node.symbols)}")
    elif node != Primitive("string"):
        raise ValueError(f"{text!r}: a filter compares a code or text of the elements; {step.where!r} is none of them")


def unknown_field(text: str, known: Sequence[Leaf]) -> str:
    plain = _FILTER.sub("[]", text).casefold()
    paths = {leaf.path.casefold(): leaf.path for leaf in known}
    near = difflib.get_close_matches(plain, list(paths), n=1, cutoff=0.5)
    return f"there is no field {text!r}" + (f"; did you mean {paths[near[0]]!r}?" if near else "")


_FILTER = re.compile(r"\[\w+\s+in\s[^\]]*\]")
