"""What a row of the decision table is: a named function over facts and the law of a day, with its articles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from tidegate.law.facts import Action, Decision, Facts, FieldClass, Mechanism, Tri
from tidegate.law.parameters import Law

Ask: TypeAlias = Callable[[Facts, Law], Decision | None]


@dataclass(frozen=True, slots=True)
class Row:
    """One row. ``then`` says in words what happens where it matches; the text of the function says when it does.

    ``carried`` are the mechanisms under which it lets out and that an edge has to carry.
    """

    number: int
    title: str
    articles: tuple[str, ...]
    then: str
    ask: Ask
    parameters: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    carried: tuple[Mechanism, ...] = ()

    def __call__(self, facts: Facts, law: Law) -> Decision | None:
        return self.ask(facts, law)


def row(
    number: int,
    title: str,
    articles: tuple[str, ...],
    then: str,
    *,
    parameters: tuple[str, ...] = (),
    points: tuple[str, ...] = (),
    carried: tuple[Mechanism, ...] = (),
) -> Callable[[Ask], Row]:
    """Makes a row of a function."""
    return lambda ask: Row(number, title, articles, then, ask, parameters, points, carried)


def stays(number: int, reason: str, action: Action = Action.DROP) -> Decision:
    """The decision that a field does not leave."""
    return Decision(number, action, Mechanism.NONE, reason)


def inside_mainland(facts: Facts) -> bool:
    """Whether every place of the route is in the Mainland."""
    return all(zone is not None and zone.mainland for zone in facts.route)


def leaves_mainland(facts: Facts) -> bool:
    """Whether data leaves the Mainland somewhere on its route. A place that is not known may be on either side."""
    places = facts.route
    return any(
        (here is None or here.mainland) and any(later is None or not later.mainland for later in places[index + 1 :])
        for index, here in enumerate(places)
    )


def export_law_applies(facts: Facts) -> bool:
    """Whether rows 10 to 18 are asked: data leaves the Mainland, or did so before under a stamped contract, or may."""
    return leaves_mainland(facts) or facts.stamp is not None


def exemption(facts: Facts) -> Mechanism:
    """Under what data leaves that is neither personal nor important."""
    return Mechanism.ART3 if leaves_mainland(facts) else Mechanism.NONE_NEEDED


def commercial(facts: Facts, number: int) -> Decision:
    """Confidential by contract: a grant that names the field by its own path is the contract."""
    if facts.own_path:
        return Decision(number, Action.PASS, exemption(facts), "commercial_named")
    return stays(number, "commercial_not_named")


def is_ciio(facts: Facts) -> bool:
    """Whether the exporter counts as operator of critical information infrastructure; unknown does."""
    return facts.exporter.ciio is not Tri.NO


def sensitive(facts: Facts) -> bool:
    return facts.field_class is FieldClass.SPI
