"""Exposure: who sees what under a plan, and what a change of plans makes visible or takes away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tidegate.law import Action
from tidegate.rules.plan import Plan


@dataclass(frozen=True, slots=True, order=True)
class Seen:
    """One field of one publisher's events, as one partner may see it."""

    publisher: str
    partner: str
    path: str


@dataclass(frozen=True, slots=True)
class Change:
    """How one field's visibility differs between two plans; nothing on a side means that it is not seen there."""

    seen: Seen
    before: frozenset[str]
    after: frozenset[str]

    @property
    def exposes(self) -> bool:
        """Whether something is seen after that was not before, or in a form that is not stricter."""
        return bool(self.after - self.before)

    @property
    def sentence(self) -> str:
        name = f"{self.seen.partner} and {self.seen.path} of {self.seen.publisher}"
        before, after = " or ".join(sorted(self.before)), " or ".join(sorted(self.after))
        if not self.before:
            return f"+ {name}: {after}"
        if not self.after:
            return f"- {name}: {before}"
        return f"~ {name}: {before} becomes {after}"


def exposure(plan: Plan) -> Mapping[Seen, frozenset[str]]:
    """Every field that some partner may see, with the forms in which it may: as it is, or the action and its grant."""
    found: dict[Seen, set[str]] = {}
    for section in plan.sections:
        for partner in section.partners:
            for view in partner.views.values():
                if not (view.pieces or view.notice):
                    continue
                for verdict in plan.verdicts[view.verdicts]:
                    if Action(verdict.action).leaves:
                        seen = Seen(section.publisher, partner.partner, verdict.path)
                        found.setdefault(seen, set()).add(f"{verdict.action} by {verdict.grant}")
    return {seen: frozenset(forms) for seen, forms in found.items()}


def compare(old: Plan | None, new: Plan) -> list[Change]:
    """What differs, in the order of publisher, partner and field."""
    before = exposure(old) if old is not None else {}
    after = exposure(new)
    nothing: frozenset[str] = frozenset()
    return [
        Change(seen, before.get(seen, nothing), after.get(seen, nothing))
        for seen in sorted({*before, *after})
        if before.get(seen, nothing) != after.get(seen, nothing)
    ]
