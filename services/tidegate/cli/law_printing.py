"""The decision table on paper: rows, edges, numbers and open points of a day, as plain text and as Markdown."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tidegate.law.edges import Edge
from tidegate.law.lifting import LIFTS, Lift
from tidegate.law.parameters import Law, every_edge, parameters
from tidegate.law.points import NAMES
from tidegate.law.rows import Row
from tidegate.law.table import ROWS
from tidegate.law.zones import GBA_CITIES
from tidegate.words import Catalogue

_WIDTH = 100


@dataclass(frozen=True)
class Printing:
    """What is printed: the law of a day, in a language. ``folder`` is the rule set whose settings it has, if any."""

    in_force: Law
    words: Catalogue
    folder: str | None = None

    def said(self, found: Row) -> tuple[str, str, str]:
        """Title of a row, what it asks, and what happens then; in English as the code itself says it."""
        if self.words.language == "en":
            return found.title, " ".join(inspect.cleandoc(found.ask.__doc__ or "").split()), found.then
        return tuple(self.words.say(f"{part}.{found.number}") for part in ("row", "ask", "then"))  # type: ignore[return-value]

    def parameter(self, name: str) -> str:
        """A number in force, since when, and where it is from."""
        value = self.in_force.values[name]
        return f"{name} = {value.value:,}{self.words.say('law.since', since=value.since, article=value.article)}"

    def point(self, name: str) -> str:
        """An open point, and how it is settled."""
        yes = self.words.say("value.yes" if getattr(self.in_force.points, name) else "value.no")
        return f"{name} = {yes}"

    def about(self, name: str) -> str:
        return self.words.say(f"point.{name}")

    def settled(self) -> str:
        """By whom the open points are settled so."""
        if self.folder is None:
            return self.words.say("law.points_strict")
        return self.words.say("law.points_of", folder=self.folder, day=self.in_force.day)

    def not_yet(self, found: Row) -> str:
        """Mechanisms of a row that no edge carries yet on the day, and from when on one does."""
        known = every_edge().all
        waiting = {
            str(mechanism): min(edge.since for edge in known if mechanism in edge.mechanisms)
            for mechanism in found.carried
            if not any(mechanism in edge.mechanisms for edge in self.in_force.edges.all)
        }
        if not waiting:
            return ""
        named = (self.words.say("law.from", name=name, since=since) for name, since in waiting.items())
        return self.words.say("law.no_edge_yet", mechanisms=self.words.all_of(named))

    def lift(self, one: Lift) -> tuple[str, str]:
        """What waits for a person, and what becomes of it; in English as the code itself says it."""
        if self.words.language == "en":
            return one.title, one.then
        return self.words.say(f"lift.{one.name}.title"), self.words.say(f"lift.{one.name}.then")

    def edges(self) -> Iterator[str]:
        """Every edge once, those that are not there yet among them, and what their areas are."""
        for edge, both in _once(every_edge().all):
            way = "<->" if both else "->"
            asks = [
                self.words.say(f"law.edge_{name}", point=edge.reference)
                for name, holds in (
                    ("reference", edge.reference == "always"),
                    ("reference_if", edge.reference not in ("", "always")),
                    ("report", edge.report_afterwards),
                    ("not_yet", edge.since > self.in_force.day),
                )
                if holds
            ]
            since = self.words.say("law.since", since=edge.since, article=edge.article)
            carried = ", ".join(sorted(edge.mechanisms))
            yield self.words.say("law.semicolon").join([f"{edge.start} {way} {edge.end}: {carried}{since}", *asks])
        yield self.words.say("law.anywhere")
        cities = (f"{self.words.say(f'city.{letters}')} (CN-GD-{letters})" for letters in GBA_CITIES)
        yield self.words.say("law.nine", cities=self.words.all_of(cities))
        yield self.words.say("law.storage")


def _once(edges: tuple[Edge, ...]) -> Iterator[tuple[Edge, bool]]:
    """Edges in their order; one that goes both ways once."""
    left = list(edges)
    while left:
        edge = left.pop(0)
        back = replace(edge, start=edge.end, end=edge.start)
        both = back in left
        if both:
            left.remove(back)
        yield edge, both


def as_text(printing: Printing) -> Iterator[str]:
    in_force, words = printing.in_force, printing.words
    yield words.say("law.table", day=in_force.day)
    for found in ROWS:
        title, asks, then = printing.said(found)
        yield ""
        yield f"{found.number:>2}  {title}  [{'; '.join(found.articles)}]"
        for name, said in ((words.say("law.if"), asks), (words.say("law.then"), then)):
            yield _filled(f"{name:<4} {said}", 9)
        for name in found.parameters:
            if name in in_force.values:
                yield f"    {printing.parameter(name)}"
        yield from (f"    {printing.point(name)}" for name in found.points)
        if not_yet := printing.not_yet(found):
            yield _filled(not_yet, 4)
    yield ""
    yield f"{words.say('law.held')}{words.say('law.colon')}{words.say('law.asked_again')}"
    for one in LIFTS:
        title, then = printing.lift(one)
        yield _filled(f"{title}{words.say('law.colon')}{then}  [{'; '.join(one.articles)}]", 6)
    yield ""
    yield f"{words.say('law.edges')}{words.say('law.colon')}{words.say('law.edges_about')}"
    yield from (_filled(line, 6) for line in printing.edges())
    yield ""
    yield f"{words.say('law.parameters')}{words.say('law.colon')}{words.say('law.other_parameters')}"
    asked = {name for found in ROWS for name in found.parameters}
    for name in (one.name for one in parameters() if one.name not in asked and one.name in in_force.values):
        yield _filled(printing.parameter(name), 6)
    yield ""
    yield f"{words.say('law.points')}{words.say('law.colon')}{printing.settled()}"
    for name in NAMES:
        yield _filled(f"{printing.point(name)}{words.say('law.colon')}{printing.about(name)}", 6)


def _filled(said: str, indent: int) -> str:
    """Lines of at most so many columns. Chinese breaks between any two signs, and none of them begins with a comma."""
    lines, line, columns = [], "    ", 4
    for piece in _PIECE.findall(said):
        wide = len(piece) + len(_WIDE.findall(piece))
        if columns + wide > _WIDTH and line.strip():
            lines.append(line.rstrip())
            line, columns = " " * indent, indent
            if piece.isspace():
                continue
        line, columns = line + piece, columns + wide
    return "\n".join([*lines, line.rstrip()])


_OPENS, _CLOSES = "\uff08\u300c\u300a\u201c", "\uff0c\u3002\uff1b\uff1a\u3001\uff09\u300d\u300b\u201d"
_SIGN = "\u2e80-\u9fff\uff00-\uff60"
_WIDE = re.compile(f"[{_SIGN}]")
"""Signs that take two columns (Unicode, UAX 11)."""
_PIECE = re.compile(rf"\s+|[{_OPENS}]*(?:[{_SIGN}]|[^\s{_SIGN}{_OPENS}{_CLOSES}]+)[{_CLOSES}]*|\S")
"""What is not broken: a word, or a sign, with the marks that open and close it."""


def as_markdown(printing: Printing) -> Iterator[str]:
    in_force, words = printing.in_force, printing.words
    yield f"# {words.say('law.title', day=in_force.day)}"
    yield from ("", words.say("law.table", day=in_force.day), "")
    yield from _head(words.say("law.columns_of_rows"))
    for found in ROWS:
        numbers = [f"{name} = {in_force[name]:,}" for name in found.parameters if name in in_force.values]
        points = [printing.point(name) for name in found.points]
        not_yet = [waiting] if (waiting := printing.not_yet(found)) else []
        cells = (*printing.said(found), "; ".join(found.articles), "; ".join([*numbers, *points, *not_yet]))
        yield f"| {found.number} | {' | '.join(cell.replace('|', '/') for cell in cells)} |"
    yield from ("", f"## {words.say('law.held')}", "", words.say("law.asked_again"), "")
    for one in LIFTS:
        title, then = printing.lift(one)
        yield f"- {title}{words.say('law.colon')}{then} ({'; '.join(one.articles)})"
    yield from ("", f"## {words.say('law.edges')}", "", words.say("law.edges_about"), "")
    yield from (f"- {line}" for line in printing.edges())
    yield from ("", f"## {words.say('law.parameters')}", "")
    yield from _head(words.say("law.columns_of_parameters"))
    for number in parameters():
        value = in_force.values.get(number.name)
        if value is not None:
            said = (value.since, value.article, value.source, number.about)
            yield f"| {number.name} | {value.value:,} | {number.unit} | {' | '.join(map(str, said))} |"
    yield from ("", f"## {words.say('law.points')}", "", printing.settled(), "")
    yield from (f"- {printing.point(name)}{words.say('law.colon')}{printing.about(name)}" for name in NAMES)


def _head(columns: str) -> Iterator[str]:
    """The two lines with which a table of Markdown begins."""
    yield f"| {columns} |"
    yield "|---" * (columns.count("|") + 1) + "|"
