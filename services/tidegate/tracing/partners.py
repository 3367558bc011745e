"""What each partner was sent of one record, and what not, as the plan of that day says it.

The audit names the plan, the partner and the schemas of what it was sent in the transaction, and holds no value. Where
that leaves more than one view of the event possible (a condition on a value would tell them apart), all of them are
taken, and what only some of them withhold is said to be so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tidegate.events.findings import Severity
from tidegate.gate import Outcome, Reason
from tidegate.law import Action
from tidegate.rules import Plan, Section, View
from tidegate.rules.plan import Group, PartnerViews, Verdict
from tidegate.tracing.searching import Decided

_DELIVERABLE = (Outcome.RELEASED, Outcome.HELD, Outcome.WITHHELD)
_CHANGES = (Action.GENERALISE, Action.TOKENISE, Action.MASK)


@dataclass(frozen=True, slots=True)
class Withheld:
    """A field that the partner did not get, with the reason; ``always`` is False where only some views withhold it."""

    path: str
    field_class: str
    action: str
    reason: str
    row: int
    always: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """A field of which the partner got less than the sender wrote: a pseudonym, a coarser time."""

    path: str
    action: str


@dataclass(frozen=True, slots=True)
class PartnerShare:
    """What one partner was sent of a record. ``reason`` says why it was sent nothing.

    Fields are those of the schema, whether or not the event had them. ``certain`` tells that only one view is possible.
    """

    partner: str
    sent: bool
    reason: str = ""
    notice: bool = False
    schema_ids: tuple[int, ...] = ()
    grants: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    changed: tuple[Changed, ...] = ()
    certain: bool = True


def shares(plan: Plan, publisher: str, decided: Decided) -> list[PartnerShare]:
    """What every partner that a plan knows for this kind of event was sent of a record, or why nothing.

    When a person let one held delivery go, only its partner was decided about.
    """
    if decided.outcome not in _DELIVERABLE:
        return []
    # The audit does not say whether a record came in with a stamp, so all of them are asked.
    sections = [one for one in plan.sections if (one.publisher, one.schema_id) == (publisher, decided.schema_id)]
    if not sections:
        return [PartnerShare(name, sent=True, certain=False) for name in decided.partners]
    partners: dict[str, list[PartnerViews]] = {}
    for said in (one for section in sections for one in section.partners):
        partners.setdefault(said.partner, []).append(said)
    return [
        _sent(plan, name, said, decided) if name in decided.partners else _not_sent(plan, sections, name, decided)
        for name, said in partners.items()
        if decided.let_go in ("", name)
    ]


def _not_sent(plan: Plan, sections: Sequence[Section], name: str, decided: Decided) -> PartnerShare:
    remark = decided.remark
    held = next((one.partition(" ")[2] for one in remark.held if one.partition(" ")[0] == name), None)
    rules = {finding.partition(" ")[0] for finding in remark.findings}
    strict = sorted(rule for rule in rules if plan.partners[name].severities.get(rule) == Severity.ERROR)
    if name in decided.suspended:
        reason = "the partner was suspended"
    elif held is not None:
        reason = f"held for a person: {held}"
    elif remark.reason == Reason.BLOCKED:
        blocking = sorted({one.path for section in sections for one in section.presences})
        reason = f"the event was blocked for everyone (by one of: {', '.join(blocking)})"
    elif strict:
        reason = f"the partner's severities keep it back: finding {', '.join(strict)}"
    else:
        reason = "no grant held for this event, or nothing of what was granted might leave"
    return PartnerShare(name, sent=False, reason=reason)


def _sent(plan: Plan, name: str, said: Sequence[PartnerViews], decided: Decided) -> PartnerShare:
    views = [view for one in said for view in _possible(one, decided)]
    tables = list({view.verdicts: plan.verdicts[view.verdicts] for view in views}.values())
    leaving = [one for table in tables for one in table if Action(one.action).leaves]
    return PartnerShare(
        partner=name,
        sent=True,
        notice=any(view.notice for view in views),
        schema_ids=tuple(sorted({view.schema_id for view in views})),
        grants=tuple(sorted({one.grant for one in leaving if one.grant})),
        papers=tuple(sorted({one.paper for one in leaving if one.paper})),
        withheld=tuple(_withheld(tables)),
        changed=tuple(Changed(*pair) for pair in sorted({(v.path, v.action) for v in leaving if v.action in _CHANGES})),
        certain=len(tables) == 1,
    )


def _withheld(tables: Sequence[tuple[Verdict, ...]]) -> Iterator[Withheld]:
    """Fields that at least one of some tables withholds, in the order of the schema, each with the first reason."""
    found: dict[str, list[Verdict]] = {}
    for table in tables:
        for one in table:
            if not Action(one.action).leaves:
                found.setdefault(one.path, []).append(one)
    for path, some in found.items():
        first = some[0]
        always = len(some) == len(tables)
        yield Withheld(path, first.field_class, first.action, first.reason, first.row, always)


def _possible(said: PartnerViews, decided: Decided) -> Iterator[View]:
    """The views that the record may have got, by what the audit says: of a schema that was sent, under grants that held
    at that time."""
    wanted = decided.delivered[said.partner]
    for (mask, _), usual in said.every():
        if not said.any_group and not _could_hold(said.groups, mask, decided.decided_us):
            continue
        # What it waited for left only where a person let it go; and where it waited no more, nothing was to be opened.
        for view in (usual, usual.freed) if decided.let_go else (usual,):
            if view is not None and view.schema_id in wanted and (view.pieces or view.notice):
                yield view


def _could_hold(groups: Sequence[Group], mask: int, at_us: int) -> bool:
    """Whether exactly these groups may have held: none out of its dates, and all that ask nothing of the event."""
    for bit, group in enumerate(groups):
        in_time = (group.valid_from is None or at_us >= group.valid_from) and (
            group.valid_to is None or at_us < group.valid_to
        )
        if mask >> bit & 1:
            if not in_time:
                return False
        elif in_time and not group.tests:
            return False
    return True
