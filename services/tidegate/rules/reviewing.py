"""Reviews: grants that ask for more than a paper covers, by one field, purpose, recipient or item of the register.

Such a change asks for the impact assessment anew, and for the paper supplemented, re-signed or assessed again, and
filed (SCC Measures 8; Assessment Measures 14; PIPL 55-56): the paper has to be reviewed. What it covers goes on
meanwhile, and what is new stays, since nothing covers it. So such a review is due and takes nothing away: if it did,
taking a grant away could show more. A longer retention or another storage place is a change of what does leave, and
puts the paper in review, in which it lets nothing out (``paper_checks``). The two are never called the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from tidegate.events.facts import EVENT
from tidegate.events.schemas import Schema
from tidegate.law import PERSONAL, Action, FieldClass, Law, Mechanism
from tidegate.law.calendars import day_of, start_of
from tidegate.rules.combining import raised_as
from tidegate.rules.covering import covering
from tidegate.rules.documents import PartyDocument
from tidegate.rules.granting import Grant
from tidegate.rules.levels import FEWEST
from tidegate.rules.papers import OF_IMPORTANT, Paper, end_of, list_of, matters
from tidegate.rules.paths import Leaf
from tidegate.rules.ruleset import RuleSet
from tidegate.rules.situations import Situation
from tidegate.rules.verdicts import decide, in_company, named_by

_ARTICLES = {
    Mechanism.SCC: "SCC Measures 8; PIPL 55-56",
    Mechanism.CERT: "Certification Measures 10; PIPL 55-56",
    Mechanism.ASSESSMENT: "Assessment Measures 14; NDSMR 38",
    Mechanism.GBA_SC_HK: "GBA guidelines 8; PIPL 55-56",
    Mechanism.GBA_SC_MO: "GBA guidelines 8; PIPL 55-56",
    Mechanism.ENTRUSTED: "NDSMR 12",
    Mechanism.DOMESTIC_ART23: "PIPL 23",
}
_ROW_OF_PAPERS = 5
"""The rows before ask for no paper."""


@dataclass(frozen=True, slots=True)
class Review:
    """What grants ask beyond one paper in one respect. ``key`` is the key of the paper that says what it covers."""

    paper: Paper
    key: str
    asked: str
    """The new fields, purpose, recipient or notified items, and the grant that asks for them."""

    @property
    def article(self) -> str:
        return _ARTICLES.get(self.paper.said.mechanism, "PIPL 55-56")

    @property
    def sentence(self) -> str:
        said = self.paper.said
        covered = getattr(said, self.key) or said.classes or said.fields
        return (
            f"{said.id} has to be reviewed: {self.asked}, and it covers {', '.join(covered)}. What it covers goes on, "
            "the new stays; assess the impact anew, supplement or re-sign, and file"
        )


_Ask: TypeAlias = tuple[str, str, str, str]
"""A paper and a grant, and what of the paper does not cover it: the key, and a purpose, a recipient or items."""


def reviews(rules: RuleSet, day: date | None = None) -> Iterator[Review]:
    """All reviews that grants cause. With a day only those of papers and grants that hold on it."""
    by_exporter: dict[str, list[Paper]] = {}
    for paper in rules.papers:
        if paper.usable and _holds(paper, day, rules.law):
            by_exporter.setdefault(paper.said.exporter, []).append(paper)
    for exporter, papers in by_exporter.items():
        found: dict[_Ask, list[str]] = {}
        for grant in rules.grants:
            if exporter in grant.said.publishers and not _over(grant, day):
                for recipient in grant.said.partners:
                    for ask, path in _beyond(papers, grant, rules.parties[recipient], rules):
                        found.setdefault(ask, []).append(path)
        by_id = {paper.said.id: paper for paper in papers}
        for (paper_id, name, key, new), paths in found.items():
            some = ", ".join(dict.fromkeys(paths))
            yield Review(by_id[paper_id], key, f"{name} asks for {some}{_AS[key]}{new}")


_AS = {
    "fields": " for ",
    "purposes": " for the purpose ",
    "recipients": " for the recipient ",
    "items": ", on the register of important data as ",
}


def _holds(paper: Paper, day: date | None, law: Law) -> bool:
    said, end = paper.said, end_of(paper.said, law)
    return day is None or (
        said.effective is not None and day_of(said.effective) <= day and (end is None or start_of(day) < end)
    )


def _over(grant: Grant, day: date | None) -> bool:
    return day is not None and grant.said.valid_to is not None and day_of(grant.said.valid_to) < day


def _beyond(papers: list[Paper], grant: Grant, recipient: PartyDocument, rules: RuleSet) -> Iterator[tuple[_Ask, str]]:
    """The fields of a grant that no paper lets out to a recipient, and that one of them would but for one thing."""
    purpose = grant.said.purpose
    for schema in rules.schemas:
        for leaf, items in _stays(papers, grant, recipient, schema, rules) if schema.name == EVENT else ():
            for paper in papers:
                said = paper.said
                missing = {
                    "fields": "" if paper.covers(leaf, schema, rules.leaves[schema.schema_id]) else recipient.id,
                    "purposes": "" if purpose in said.purposes else purpose,
                    "recipients": "" if recipient.id in said.recipients else recipient.id,
                    "items": "" if paper.carries(items) else ", ".join(sorted(items - set(said.items))),
                }
                lacking = [(key, new) for key, new in missing.items() if new]
                if len(lacking) == 1 and _may_cover(paper, leaf) and _may_reach(paper, recipient, rules):
                    yield (said.id, grant.said.id, *lacking[0]), _named(leaf, rules.leaves[schema.schema_id])


def _named(leaf: Leaf, known: Iterable[Leaf]) -> str:
    """The path, with the class where it is another than the field has alone: a plate in a track, a key looked up."""
    raised = raised_as(leaf, known)
    return f"{leaf.path} ({leaf.field_class}{raised})" if raised else leaf.path


def _stays(
    papers: list[Paper], grant: Grant, recipient: PartyDocument, schema: Schema, rules: RuleSet
) -> Iterator[tuple[Leaf, frozenset[str]]]:
    """What a grant names and no row lets out to a recipient for want of a paper, however few people there are.

    As what it is in its company, with the items of the register that name it. What a paper covers, and something else
    keeps, is no change of what is covered.
    """
    exporter, known = rules.parties[papers[0].said.exporter], rules.leaves[schema.schema_id]
    named = named_by(grant, schema, known)
    if not any(matters(leaf) for leaf in known if leaf.path in named):
        return
    listed = list_of(exporter, rules.hub.zone, rules.lists, rules.law)
    found = covering(rules, exporter, recipient.id, schema, listed, named)
    held = frozenset(f"paper:{one.said.id}" for one in papers)
    situation = Situation(exporter, recipient, rules.hub.zone, rules.law, found, held, FEWEST)
    for leaf in known:
        namings = named.get(leaf.path, ())
        decision = decide(situation, leaf, namings).decision
        if decision is None or decision.action is not Action.DROP or decision.row < _ROW_OF_PAPERS:
            continue
        asked = in_company(situation, leaf, namings[0])
        items = frozenset(found.register.get(leaf.path, ()))
        covered = (
            one
            for one in papers
            if one.between(exporter.id, recipient.id) and grant.said.purpose in one.said.purposes and one.carries(items)
        )
        if matters(asked) and not any(one.covers(asked, schema, known) and _may_cover(one, asked) for one in covered):
            yield asked, items


def _may_cover(paper: Paper, leaf: Leaf) -> bool:
    """Whether a paper of its mechanism can be about such a field at all."""
    if leaf.field_class not in PERSONAL:
        return paper.said.mechanism in OF_IMPORTANT
    sensitive = leaf.field_class is FieldClass.SPI
    return paper.said.mechanism is not Mechanism.RISK_ASSESSMENT and not (
        sensitive and paper.said.mechanism is Mechanism.ART5_SMALL
    )


def _may_reach(paper: Paper, recipient: PartyDocument, rules: RuleSet) -> bool:
    """Whether an edge carries its mechanism to a recipient; else it is none that the paper could be supplemented by."""
    said, edges = paper.said, rules.law.edges
    zones = rules.parties[said.exporter].zone, recipient.zone
    return recipient.id in said.recipients or edges.carrying(said.mechanism, *zones) is not None
