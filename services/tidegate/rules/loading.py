"""Rule documents to a rule set: every name is looked up, every mistake found at once, with file, line and a sentence.

A rule set is never half loaded: with one mistake there is none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from tidegate.errors import BadRules, BadSchema, Mistake
from tidegate.events.checks import compile_checks
from tidegate.events.facts import EVENT
from tidegate.events.schemas import Schema
from tidegate.law import FieldClass, Law, law_on
from tidegate.law.parameters import changes_after, first_day
from tidegate.rules import places
from tidegate.rules.advice import advice
from tidegate.rules.classing import classed_leaves, registered
from tidegate.rules.documents import ApproverDocument, ClassDocument, GrantDocument, HubDocument, PartyDocument
from tidegate.rules.granting import Grant, GrantChecker, Parties
from tidegate.rules.minors import check_persons
from tidegate.rules.paper_checks import PaperChecker
from tidegate.rules.paper_documents import ImportantDocument, LawDocument
from tidegate.rules.paper_reading import PaperReader
from tidegate.rules.paths import Leaf, leaves, unknown_field
from tidegate.rules.places import Document
from tidegate.rules.proofs import on_day, unproved
from tidegate.rules.reports import Note, Placed, Report, nearest, place, sentence
from tidegate.rules.routes import raw_exports
from tidegate.rules.ruleset import RuleSet
from tidegate.rules.scoping import limited, wrong_limits
from tidegate.rules.tables import TABLES, what_a_file_holds

MAX_SCHEMAS = 200
"""Writer schemas of one rule set: the audit names them by a byte."""

_T = TypeVar("_T", bound=BaseModel)


def load(
    texts: Mapping[str, str],
    builtin: Sequence[Schema],
    extra: Mapping[str, Any] | None = None,
    references: Mapping[str, str] | None = None,
    *,
    today: date,
) -> RuleSet:
    """The rule set of some TOML files, under the law of ``today`` (in Asia/Shanghai) where they name no day before.

    ``builtin`` are the writer schemas of the hub, ``extra`` those of the rule set's own ``schemas`` folder, parsed, by
    file name. ``references`` are the texts of its reference lists. A clock of before there was this law counts as its
    first day. Raises ``BadRules`` with every mistake.
    """
    loader = _Loader()
    documents = list(loader.documents(texts))
    schemas = loader.schemas(builtin, extra or {})
    hub = loader.hub(documents)
    parties = loader.parties(documents, hub, today)
    # With a schema that cannot be read, nothing sure can be said of paths.
    events = [schema for schema in schemas if schema.name == EVENT] if not loader.broken_schemas else []
    in_force = loader.law(documents, max(today, first_day()))
    classed = loader.read(documents, "class", ClassDocument)
    register = loader.read(documents, "important", ImportantDocument)
    items = [item for _, item in register]
    known = registered(classed_leaves(classed, events, loader.report, in_force.points), events, items)
    there = Parties(parties, frozenset(loader.broken), loader.sure)
    grants = loader.grants(documents, GrantChecker(there, events, known, loader.report))
    checker = PaperChecker(there, events, known, in_force, loader.report, items)
    papers = PaperReader(loader.read, loader.report, checker)
    found_papers, lists = papers.papers(documents, hub), papers.lists(documents)
    papers.register(register)
    loader.looked_up(parties, known)
    approvers = loader.approvers(documents)
    if loader.report.mistakes or hub is None:
        raise BadRules(loader.report.sorted_mistakes())
    found = RuleSet(
        digest=digest_of(texts, schemas),
        texts=dict(texts),
        hub=hub,
        parties=parties,
        grants=grants,
        schemas=schemas,
        leaves=known,
        placed=loader.placed,
        classes=tuple(classed),
        law=in_force,
        papers=found_papers,
        lists=lists,
        register=tuple(items),
        approvers=approvers,
        references=references or {},
    )
    notes = [*loader.report.notes, *advice(found)]
    return replace(found, notes=tuple(sorted(notes, key=lambda note: (note.file, note.line))))


def digest_of(texts: Mapping[str, str], schemas: Iterable[Schema]) -> str:
    """The digest of a rule set: of its files by name, and of all writer schemas."""
    state = hashlib.sha256()
    for name in sorted(texts):
        state.update(f"{len(name)}:{name}{len(texts[name].encode())}:".encode() + texts[name].encode())
    for text in sorted(schema.text for schema in schemas):
        state.update(f"{len(text.encode())}:{text}".encode())
    return state.hexdigest()


class _Loader:
    """``broken`` are ids of tables that are there and could not be read; without ``sure`` there may be more of them."""

    def __init__(self) -> None:
        self.report = Report()
        self.sure = True
        self.broken: set[str] = set()
        self.broken_schemas = False
        self.placed: dict[str, Placed] = {}

    def _say(self, mistake: Mistake) -> None:
        self.report.mistakes.append(mistake)

    def documents(self, texts: Mapping[str, str]) -> Iterable[Document]:
        if not texts:
            self._say(Mistake(".", 1, "there is no .toml file here; a rule set has at least a [hub]"))
        for name, text in sorted(texts.items()):
            document = places.read(name, text)
            if isinstance(document, Mistake):
                self.sure = False
                self._say(document)
                continue
            for key in document.values:
                if key not in TABLES:
                    near = nearest(key, TABLES) or f"; a file holds {what_a_file_holds()}"
                    self._say(document.mistake((key,), f"{key!r} is not known here{near}"))
            yield document

    def read(self, documents: Sequence[Document], key: str, model: type[_T]) -> list[tuple[Placed, _T]]:
        """All tables of one kind, each by itself: what is wrong in one says nothing about the others."""
        found = []
        for document in documents:
            items = document.values.get(key, [])
            if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
                self._say(document.mistake((key,), f"there may be many of these: write [[{key}]]"))
                continue
            for index, item in enumerate(items):
                at = Placed(document, (key, index))
                one = self._read_one(at, key, model, item)
                if one is not None:
                    found.append((at, one))
        return found

    def _read_one(self, at: Placed, key: str, model: type[_T], item: Mapping[str, Any]) -> _T | None:
        try:
            return model.model_validate(item)
        except ValidationError as exc:
            for error in exc.errors():
                self._say(at.mistake(sentence(error, key), *place(error["loc"])))
            self.broken.add(str(item.get("id")))
            return None

    def schemas(self, builtin: Sequence[Schema], extra: Mapping[str, Any]) -> tuple[Schema, ...]:
        found = {schema.schema_id: schema for schema in builtin}
        for name, json in extra.items():
            try:
                schema = Schema.of(json)
                compile_checks(schema)  # asks for the types of all that the hub itself reads
                check_persons(schema)
            except BadSchema as exc:
                self.broken_schemas = True
                self._say(Mistake(name, 1, str(exc)))
                continue
            self._classes(name, schema, builtin)
            found[schema.schema_id] = schema
        if len(found) > MAX_SCHEMAS:
            self._say(Mistake("schemas", 1, f"there are more than {MAX_SCHEMAS} writer schemas; take old ones away"))
        return tuple(found.values())

    def _classes(self, name: str, schema: Schema, builtin: Sequence[Schema]) -> None:
        """A schema of one's own may raise the class of a field, as rule documents may, and never lower it."""
        ours = {leaf.path: leaf.field_class for one in builtin if one.name == schema.name for leaf in leaves(one)}
        bare = []
        for leaf in leaves(schema):
            given = ours.get(leaf.path)
            if given is not None and leaf.field_class.strictness < given.strictness:
                said = (
                    f"{leaf.path} is {leaf.field_class} here and {given} in the hub's own schema; a class may be raised"
                )
                self._say(Mistake(name, 1, f"{said}, never lowered"))
            elif leaf.field_class is FieldClass.UNCLASSIFIED and given is not FieldClass.UNCLASSIFIED:
                bare.append(leaf.path)
        if bare and schema.name == EVENT:
            shown = ", ".join(bare[:5]) + (" ..." if len(bare) > 5 else "")
            said = f"no class of confluent:tags is known for {shown}; what has none never leaves"
            self.report.notes.append(Note(name, 1, said))

    def hub(self, documents: Sequence[Document]) -> HubDocument | None:
        found = self._single(documents, "hub", HubDocument)
        if found is None and self.sure and documents and not any("hub" in one.values for one in documents):
            said = "no file says where the hub keeps data; add [hub] with zone = 'CN-GD-SZ' or the like"
            self._say(Mistake(documents[0].name, 1, said))
        return None if found is None else found[1]

    def law(self, documents: Sequence[Document], today: date) -> Law:
        """The law of the day that the rule set says, with its open points; of today where it says none.

        What changes later is no law yet, though its day is known here.
        """
        found = self._single(documents, "law", LawDocument)
        if found is None:
            return self._told(law_on(today), [Placed(one, ("hub",)) for one in documents if "hub" in one.values])
        at, said = found
        try:
            if said.on is not None and said.on > today:
                raise ValueError(
                    f"{said.on} is after today, {today}: nothing is decided by a law to come; take on away"
                )
            return self._told(law_on(said.on or today, said.points), [at])
        except ValueError as exc:
            self._say(at.mistake(str(exc), "on"))
            return law_on(today, said.points)

    def _told(self, law: Law, places: Sequence[Placed]) -> Law:
        """A law, with notes on its known changes: nothing of a plan changes by itself when the law does."""
        for since, names in changes_after(law.day).items():
            said = f"from {since} on the law is another than that of {law.day}, by which these rules are compiled"
            sentence = f"{said} ({', '.join(names)}); activate them again on that day"
            self.report.notes.extend(at.note(sentence) for at in places[:1])
        return law

    def _single(self, documents: Sequence[Document], key: str, model: type[_T]) -> tuple[Placed, _T] | None:
        """A table that stands once in all files. Of one that stands again the first is kept, and the mistake said."""
        found: tuple[Placed, _T] | None = None
        first = ""
        for document in documents:
            item = document.values.get(key)
            if item is None:
                continue
            if first:
                self._say(document.mistake((key,), f"[{key}] stands in {first} already; keep one"))
                continue
            first = document.name
            if not isinstance(item, dict):
                self._say(document.mistake((key,), f"there is one {key}: write [{key}]"))
                continue
            at = Placed(document, (key,))
            one = self._read_one(at, key, model, item)
            found = None if one is None else (at, one)
        return found

    def parties(self, documents: Sequence[Document], hub: HubDocument | None, today: date) -> dict[str, PartyDocument]:
        found: dict[str, PartyDocument] = {}
        for at, party in self.read(documents, "party", PartyDocument):
            if party.id in found:
                self._say(at.mistake(f"there is a party {party.id!r} already; ids are unique", "id"))
                continue
            found[party.id] = on_day(party, today)
            self.placed[party.id] = at
            for said, inner in (*unproved(party), *(() if hub is None else raw_exports(party, hub))):
                self._say(at.mistake(said, *inner))
        return found

    def looked_up(self, parties: Mapping[str, PartyDocument], known: Mapping[int, Sequence[Leaf]]) -> None:
        """Fields by which partners look persons up are fields that there are."""
        everywhere = [leaf for leaves_here in known.values() for leaf in leaves_here]
        paths = {leaf.path for leaf in everywhere}
        for name, party in parties.items():
            for index, path in enumerate(party.partner.looks_up if party.partner and paths else ()):
                if path not in paths:
                    at = self.placed[name]
                    self._say(at.mistake(unknown_field(path, everywhere), "partner", "looks_up", index))

    def grants(self, documents: Sequence[Document], checker: GrantChecker) -> tuple[Grant, ...]:
        found: dict[str, Grant] = {}
        for at, grant in self.read(documents, "grant", GrantDocument):
            if grant.id in found:
                self._say(at.mistake(f"there is a grant {grant.id!r} already; ids are unique", "id"))
                continue
            for said, inner in wrong_limits(grant):
                self._say(at.mistake(said, *inner))
            found[grant.id] = Grant(limited(grant), at)
            checker.check(limited(grant), at)
        return tuple(found.values())

    def approvers(self, documents: Sequence[Document]) -> tuple[ApproverDocument, ...]:
        """Different people with different keys: else one of them could approve twice."""
        found: dict[str, ApproverDocument] = {}
        for at, approver in self.read(documents, "approver", ApproverDocument):
            same = next((one for one in found.values() if one.key == approver.key), None)
            if approver.id in found:
                self._say(at.mistake(f"there is an approver {approver.id!r} already; ids are unique", "id"))
            elif same is not None:
                self._say(at.mistake(f"{same.id} has this key already; every approver has one of their own", "key"))
            else:
                found[approver.id] = approver
        return tuple(found.values())
