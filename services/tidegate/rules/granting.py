"""Grants: do the names in them mean something in the schemas and among the parties, and may they ask what they ask?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tidegate.errors import BadSchema
from tidegate.events import avro, transforms
from tidegate.events.avro import Enum
from tidegate.events.facts import word_reader
from tidegate.events.schemas import Schema
from tidegate.law import FieldClass
from tidegate.rules.combining import as_combined
from tidegate.rules.documents import GrantDocument, PartyDocument, Test
from tidegate.rules.paths import Elements, Key, Leaf, NoField, Target, parse, resolve
from tidegate.rules.reports import Placed, Report, nearest

COMPARABLE = (FieldClass.GENERAL, FieldClass.COMMERCIAL)
"""Classes of fields that a condition or a filter may look at: whoever gets the event learns that it holds."""


@dataclass(frozen=True)
class Grant:
    """A grant with its place, for messages of later steps."""

    said: GrantDocument
    at: Placed


@dataclass(frozen=True)
class Parties:
    """Parties by id. ``broken`` are there too, but could not be read; without ``sure`` there may be others."""

    known: Mapping[str, PartyDocument]
    broken: Collection[str] = ()
    sure: bool = True


class GrantChecker:
    """Checks one grant after another against parties and schemas."""

    def __init__(
        self, parties: Parties, events: Sequence[Schema], known: Mapping[int, Sequence[Leaf]], report: Report
    ) -> None:
        self._parties = parties
        self._events = events
        self._known = known
        self._report = report

    def check(self, grant: GrantDocument, at: Placed) -> None:
        self._check_parties(grant, at)
        if grant.valid_from and grant.valid_to and grant.valid_from >= grant.valid_to:
            self._say(at, "valid_to is not after valid_from, so the grant never holds", "valid_to")
        for index, path in enumerate(grant.fields):
            self._in_some_schema(at, ("fields", index), self._resolves(path, grant))
        for index, path in enumerate(grant.required):
            self._in_some_schema(at, ("required", index), self._requires(path, grant))
        for path, text in grant.transforms.items():
            self._in_some_schema(at, ("transforms", path), self._transforms(path, text, grant))
        self._check_transforms_once(grant, at)
        for path, test in grant.when.items():
            self._in_some_schema(at, ("when", path), self._compares(path, test, grant))

    def _say(self, at: Placed, sentence: str, *inner: str | int) -> None:
        self._report.mistakes.append(at.mistake(sentence, *inner))

    def _check_parties(self, grant: GrantDocument, at: Placed) -> None:
        parties = self._parties
        for key, attribute in (("publishers", "publisher"), ("partners", "partner")):
            able = [name for name, party in parties.known.items() if getattr(party, attribute) is not None]
            for index, name in enumerate(getattr(grant, key)):
                if name in able or name in parties.broken:
                    continue
                if name in parties.known:
                    why = f"{name} has no [party.{attribute}] table, so it is no {attribute}; add one, or name another"
                    self._say(at, why, key, index)
                elif parties.sure:
                    self._say(at, f"there is no party {name!r}{nearest(name, able)}", key, index)
        both = set(grant.publishers) & set(grant.partners)
        if both:
            who = min(both)
            why = f"{who} is publisher and partner of one grant, and nobody is sent its own events; leave it out of one"
            self._say(at, why, "partners", grant.partners.index(who))

    def _in_some_schema(self, at: Placed, inner: tuple[str | int, ...], ask: Callable[[Schema], None]) -> None:
        """A path has to mean something in at least one event schema, and nothing wrong in any of them."""
        absent: list[ValueError] = []
        meant = False
        for schema in self._events:
            try:
                ask(schema)
                meant = True
            except _Wrong as exc:
                where = f" (in schema {schema.schema_id})" if len(self._events) > 1 else ""
                self._say(at, f"{exc}{where}", *inner)
                return
            except ValueError as exc:
                absent.append(exc)
        if absent and not meant:
            nearest_miss = next((exc for exc in absent if not isinstance(exc, NoField)), absent[0])
            self._say(at, str(nearest_miss), *inner)

    def _resolves(self, path: str, grant: GrantDocument) -> Callable[[Schema], None]:
        def ask(schema: Schema) -> None:
            known = self._known[schema.schema_id]
            target = resolve(path, schema, known)
            for leaf in _filtered_by(target, known):
                _check_class(leaf, "a filter", path)
                self._check_looked_up(leaf, "a filter", path, grant)

        return ask

    def _check_looked_up(self, leaf: Leaf, what: str, path: str, grant: GrantDocument) -> None:
        """What a partner can look people up by is personal data to it, in a condition as well as in a delivery."""
        for name in grant.partners:
            party = self._parties.known.get(name)
            found = leaf if party is None else as_combined(leaf, party, track=False, transform="")
            if found.field_class is not leaf.field_class:
                _check_class(found, what, path, f" to {name}, who looks people up by it")

    def _granted(self, grant: GrantDocument, schema: Schema) -> list[Target]:
        """What the grant names in a schema; paths that it does not have left out."""
        found = []
        for path in grant.fields:
            try:
                found.append(resolve(path, schema, self._known[schema.schema_id]))
            except ValueError:
                continue
        return found

    def _requires(self, path: str, grant: GrantDocument) -> Callable[[Schema], None]:
        def ask(schema: Schema) -> None:
            target = resolve(path, schema, self._known[schema.schema_id])
            wanted = [leaf for leaf in self._known[schema.schema_id] if target.covers(leaf)]
            if not any(named.covers(leaf) for named in self._granted(grant, schema) for leaf in wanted):
                raise ValueError(f"{path!r} is required and not granted; add it to fields")

        return ask

    def _transforms(self, path: str, text: str, grant: GrantDocument) -> Callable[[Schema], None]:
        def ask(schema: Schema) -> None:
            known, named = self._known[schema.schema_id], self._granted(grant, schema)
            target = resolve(path, schema, known)
            covered = [leaf for leaf in known if target.covers(leaf)]
            granted = [leaf for leaf in covered if any(one.covers(leaf) for one in named)]
            if not granted:
                raise ValueError(f"{path!r} is transformed and not granted; add it to fields")
            if text == "port":
                _check_port(path, granted, named)
                return
            if not all(target.owns(leaf) for leaf in covered):
                raise _Wrong(f"{path!r} is more than one field; a transform names one field by its own path")
            for leaf in granted:
                _check_transform(text, leaf)

        return ask

    def _check_transforms_once(self, grant: GrantDocument, at: Placed) -> None:
        """One field, one form: ``documents[].reference`` and ``documents[type in TRD].reference`` are one field."""
        by_field: dict[tuple[object, ...], list[str]] = {}
        for path in grant.transforms:
            try:
                steps = parse(path)
            except ValueError:
                continue
            while steps and isinstance(steps[-1], Elements):
                steps = steps[:-1]
            plain = tuple(Elements() if isinstance(step, Elements) else step for step in steps)
            by_field.setdefault(plain, []).append(path)
        for paths in by_field.values():
            for one, two in pairwise(paths):
                self._say(at, f"{two!r} and {one!r} are one field; give it one transform", "transforms", two)

    def _compares(self, path: str, test: Test, grant: GrantDocument) -> Callable[[Schema], None]:
        def ask(schema: Schema) -> None:
            slot = schema.slot.get(path)
            if slot is None:
                near = nearest(path, schema.slot)
                raise NoField(f"there is no field {path!r} to compare; it has to lie outside arrays{near}")
            try:
                word_reader(slot)
            except BadSchema:
                raise _Wrong(f"a condition compares a code or a text; {path!r} is neither") from None
            leaf = next(leaf for leaf in self._known[schema.schema_id] if leaf.path == path)
            _check_class(leaf, "a condition", path)
            self._check_looked_up(leaf, "a condition", path, grant)
            node = avro.child(slot.node)
            if isinstance(node, Enum):
                _check_symbols(path, test, node.symbols)

        return ask


class _Wrong(ValueError):
    """Wrong in one schema is wrong altogether, whatever other schemas say."""


def _check_symbols(path: str, test: Test, symbols: Sequence[str]) -> None:
    known = ", ".join(symbols)
    for value in test.values:
        if value not in symbols:
            raise ValueError(f"{path} is never {value!r}; it is one of {known}{nearest(value, symbols)}")
    if test.prefix and not any(symbol.startswith(test.prefix) for symbol in symbols):
        raise ValueError(f"{path} never begins with {test.prefix!r}; it is one of {known}")


def _filtered_by(target: Target, known: Sequence[Leaf]) -> Iterator[Leaf]:
    """The fields that the filters of a path compare: they are learnt by whoever gets the elements."""
    for place, step in enumerate(target.steps):
        if isinstance(step, Elements) and step.where:
            steps = (*target.steps[:place], Elements())
            for leaf in known:
                if leaf.steps[:-1] == steps and leaf.path.rpartition(".")[2] == step.where:
                    yield leaf


def _check_class(leaf: Leaf, what: str, path: str, whom: str = "") -> None:
    if leaf.field_class not in COMPARABLE:
        raise _Wrong(
            f"{path!r}: {what} on {leaf.path} tells the partner something of it, and it is {leaf.field_class}{whom}; "
            "compare a field that is GENERAL or COMMERCIAL"
        )


def _check_port(path: str, granted: Sequence[Leaf], named: Sequence[Target]) -> None:
    if path != "location":
        raise _Wrong("port is a transform of the whole location: transforms = { location = 'port' }")
    if all(leaf.path != "location.unLocode" for leaf in granted):
        raise _Wrong("'location' is transformed into its port and location.unLocode is not granted; add it")
    nearer = [leaf for leaf in granted if leaf.path != "location.unLocode" and any(one.owns(leaf) for one in named)]
    if nearer:
        raise _Wrong(f"'location' leaves as its port only, and {nearer[0].path} is nearer; leave one of them out")


def _check_transform(text: str, leaf: Leaf) -> None:
    if isinstance(leaf.steps[-1], Key):
        raise _Wrong(f"{leaf.path!r}: an entry of a map leaves as it is or not at all; take the transform away")
    try:
        transforms.parse(text, leaf.node)
    except BadSchema as exc:
        raise _Wrong(f"{leaf.path}: {exc}") from None
