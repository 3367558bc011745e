"""Reading papers, lists and the register from rule documents: each once, checked, in the order of their ids."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias, TypeVar

from tidegate.errors import Mistake
from tidegate.rules.bounds import too_many
from tidegate.rules.documents import HubDocument
from tidegate.rules.extending import chains
from tidegate.rules.paper_checks import PaperChecker
from tidegate.rules.paper_conflicts import contradictions, differing
from tidegate.rules.paper_documents import AuthorizationDocument, ImportantDocument, NegativeListDocument
from tidegate.rules.papers import Paper
from tidegate.rules.places import Document
from tidegate.rules.reports import Placed, Report
from tidegate.rules.scales import extensions

T = TypeVar("T", AuthorizationDocument, NegativeListDocument, ImportantDocument)
Twice: TypeAlias = tuple[Placed, NegativeListDocument, NegativeListDocument]
Read = Callable[[Sequence[Document], str, Any], list[tuple[Placed, Any]]]


class PaperReader:
    """``read`` gives all tables of one kind, with their places."""

    def __init__(self, read: Read, report: Report, checker: PaperChecker) -> None:
        self._read = read
        self._report = report
        self._checker = checker

    def papers(self, documents: Sequence[Document], hub: HubDocument | None) -> tuple[Paper, ...]:
        placed = self._once(self._read(documents, "authorization", AuthorizationDocument))
        found, law = [self._checker.paper(said, at, hub) for at, said in placed], self._checker.law
        for paper, why in contradictions(found, law):
            self._report.mistakes.append(paper.at.mistake(why, "id"))
        self._report.notes.extend(paper.at.note(why, key) for paper, why, key in differing(found, law))
        broken = _ids(documents) - {said.id for _, said in placed}

        def unread(name: str) -> bool:
            return name in broken or not self._checker.sure

        for paper, why, key in (*extensions(found, law, unread), *chains(found, law)):
            self._report.mistakes.append(paper.at.mistake(why, key))
        for paper, why in too_many(found, law):
            self._report.mistakes.append(paper.at.mistake(why, "people"))
        return tuple(sorted(found, key=lambda paper: paper.said.id))

    def lists(self, documents: Sequence[Document]) -> tuple[NegativeListDocument, ...]:
        placed = self._once(self._read(documents, "negative_list", NegativeListDocument))
        for at, said in placed:
            self._checker.listed(said, at)
        for at, said, other in _twice(placed):
            self._report.mistakes.append(
                at.mistake(
                    f"{other.id} is the list of {said.area} of that day too, for {_shared(said, other)}", "published"
                )
            )
        return tuple(sorted((said for _, said in placed), key=lambda said: said.id))

    def register(self, placed: Sequence[tuple[Placed, ImportantDocument]]) -> None:
        for at, said in self._once(placed):
            self._checker.important(said, at)

    def _once(self, placed: Sequence[tuple[Placed, T]]) -> list[tuple[Placed, T]]:
        found: dict[str, tuple[Placed, T]] = {}
        for at, said in placed:
            if said.id in found:
                mistake: Mistake = at.mistake(f"the id {said.id!r} stands twice; ids are unique", "id")
                self._report.mistakes.append(mistake)
                continue
            found[said.id] = at, said
        return list(found.values())


def _ids(documents: Sequence[Document]) -> set[str]:
    """The ids of all papers that are written down, whatever is wrong with them."""
    tables = (document.values.get("authorization") for document in documents)
    return {str(one.get("id")) for table in tables if isinstance(table, list) for one in table if isinstance(one, dict)}


def _twice(placed: Sequence[tuple[Placed, NegativeListDocument]]) -> Iterator[Twice]:
    """Verified lists of one area, day and sector: nobody could say which of them is in force."""
    verified = [(at, said) for at, said in placed if said.verified and said.published is not None]
    for place, (at, said) in enumerate(verified):
        for _, other in verified[:place]:
            if (said.area, said.published) == (other.area, other.published) and _shared(said, other):
                yield at, said, other


def _shared(one: NegativeListDocument, other: NegativeListDocument) -> str:
    return ", ".join(sorted(set(one.sectors) & set(other.sectors)))
