"""Covering: what papers, the list and the register say of the fields of one schema, for one exporter and recipient."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from tidegate.events.schemas import Schema
from tidegate.law import Mechanism
from tidegate.rules.combining import forms, forms_of_minors
from tidegate.rules.documents import PartyDocument
from tidegate.rules.minors import MINORS, of_people, says_births
from tidegate.rules.paper_documents import NegativeListDocument
from tidegate.rules.papers import Paper, matters, people_off_list, targets
from tidegate.rules.paths import Leaf
from tidegate.rules.proofs import proved
from tidegate.rules.ruleset import RuleSet

STAMPING = (Mechanism.GBA_SC_HK, Mechanism.GBA_SC_MO)
"""Greater Bay Area contracts: what leaves under one goes on inside the recipient's own jurisdiction only."""


@dataclass(frozen=True)
class Covering:
    """What papers, the list and the register say of the fields of one schema, for one exporter and recipient.

    ``off_list`` says of fields up to how many people they are off the exporter's list; None is any number. ``filed`` is
    that the list asks for a filing first, of itself. ``proofs`` are facts about the exporter that hold while they are
    proved, ``of_event`` those that an event says.
    """

    papers: Mapping[str, tuple[Paper, ...]]
    off_list: Mapping[str, int | None]
    register: Mapping[str, tuple[str, ...]]
    proofs: frozenset[str] = frozenset()
    filed: bool = False
    of_event: frozenset[str] = frozenset()

    @property
    def facts(self) -> frozenset[str]:
        """The facts about papers, notices and events that can change a verdict here."""
        ids = {paper.said.id for mine in self.papers.values() for paper in mine}
        items = {item for mine in self.register.values() for item in mine}
        of_papers = {f"{kind}:{one}" for one in ids for kind in ("paper", "overdue")}
        return self.proofs | self.of_event | of_papers | {f"grace:{one}" for one in items}


NOTHING = Covering({}, {}, {})


def covering(
    rules: RuleSet,
    exporter: PartyDocument,
    recipient: str,
    schema: Schema,
    listed: NegativeListDocument | None,
    named: Collection[str],
    *,
    stamped: bool = False,
) -> Covering:
    """What is said of the fields that grants name, by papers that can be used at some time.

    For what came in ``stamped`` under a Greater Bay Area contract that contract counts too, if its onward list has the
    recipient. A stamp does not say under which of several it came: then all of them have to.
    """
    known = rules.leaves[schema.schema_id]
    named_leaves = [leaf for leaf in known if leaf.path in named]
    other = [form for leaf in named_leaves for form in forms(leaf, rules.parties[recipient])]
    asked = [leaf for leaf in (*named_leaves, *other) if matters(leaf)]
    came = [one for one in rules.papers if one.said.mechanism in STAMPING and exporter.id in one.said.recipients]
    going_on = came if stamped and all(recipient in one.said.onward for one in came) else []
    mine = [one for one in rules.papers if one.usable and (one.between(exporter.id, recipient) or one in going_on)]
    papers = {leaf.path: _covering(mine, leaf, schema, known) for leaf in named_leaves if matters(leaf)}
    in_company = {form_of(leaf): _covering(mine, leaf, schema, known) for leaf in other}
    births, guarded = says_births(schema), [one for one in mine if one.guarded]
    young = [form for leaf in named_leaves if births for form in forms_of_minors(leaf, rules.parties[recipient])]
    # What sensitive data is without children too is asked of all papers; of children the guarded ones among them.
    in_company = {**{form_of(leaf): _covering(guarded, leaf, schema, known) for leaf in young}, **in_company}
    off = {} if listed is None else {leaf.path: people_off_list(leaf, listed, schema, known) for leaf in asked}
    duty = any(paper.said.mechanism is Mechanism.STATUTORY_DUTY for paper in mine)
    proofs = frozenset(one.fact for one in proved(exporter)) if duty else frozenset()
    return Covering(
        {**{path: found for path, found in papers.items() if found}, **in_company},
        off,
        _register(rules, asked, schema, known),
        proofs,
        filed=listed is not None and listed.registration_required,
        of_event=frozenset({MINORS} if births and any(map(of_people, (*named_leaves, *other))) else ()),
    )


def form_of(leaf: Leaf) -> str:
    """A field as what it is in some company: there only where that is not what it is alone."""
    return f"{leaf.path} as {leaf.field_class} {leaf.plain}"


def _covering(papers: Sequence[Paper], leaf: Leaf, schema: Schema, known: Sequence[Leaf]) -> tuple[Paper, ...]:
    return tuple(paper for paper in papers if paper.covers(leaf, schema, known))


def _register(
    rules: RuleSet, asked: Sequence[Leaf], schema: Schema, known: Sequence[Leaf]
) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for item in rules.register:
        for target in targets(item.fields, schema, known):
            for leaf in asked:
                if target.touches(leaf):
                    found[leaf.path] = (*found.get(leaf.path, ()), item.id)
    return found
