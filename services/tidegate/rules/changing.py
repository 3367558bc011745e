"""What is not wrong in a rule set that takes the place of another, and what its author may not have meant."""

from __future__ import annotations

from tidegate.rules import places
from tidegate.rules.reports import Note, Placed
from tidegate.rules.ruleset import RuleSet


def rotated(old: RuleSet, new: RuleSet) -> tuple[Note, ...]:
    """Notes on keys of the hub that are others than they were."""
    return tuple(
        _in_hub(new, name, f"{name} was {getattr(old.hub, name)!r} and is {getattr(new.hub, name)!r} now: {what}")
        for name, what in _ROTATED.items()
        if getattr(old.hub, name) != getattr(new.hub, name)
    )


_ROTATED = {
    "digest_key": "identities and event references of all events change with it. What was sent before and comes again "
    "is no duplicate any more and goes out again; corrections and retractions name events by references that partners "
    "do not know; persons counted before are new ones when they come again; a search by container has to ask under "
    "both keys. The keyring keeps the old key as long as the audit",
    "pseudonym_key": "every pseudonym changes with it, and partners cannot join what comes with what they have; stamps "
    "of deliveries before no longer prove (ce_onwardproof), so whoever passes such a delivery on is refused",
}


def of_change(old: RuleSet, new: RuleSet) -> tuple[Note, ...]:
    """All notes on a rule set that takes the place of another."""
    return (*rotated(old, new), *counted_from_now(old, new))


def counted_from_now(old: RuleSet, new: RuleSet) -> tuple[Note, ...]:
    """Notes on volumes with which events of an exporter begin to be counted: what left before is in none of them."""
    before = {one.said.exporter for one in old.papers if one.usable and one.said.volume is not None}
    return tuple(
        one.at.note(
            f"events of {one.said.exporter} with important data are counted from this activation on; what left before "
            f"counts for no volume, so take it off that of {one.said.id} yourself",
            "volume",
        )
        for one in new.papers
        if one.usable and one.said.volume is not None and one.said.exporter not in before
    )


def _in_hub(rules: RuleSet, key: str, said: str) -> Note:
    """A note on a key of ``[hub]``, where it stands."""
    for name, text in sorted(rules.texts.items()):
        document = places.read(name, text)
        if isinstance(document, places.Document) and "hub" in document.values:
            return Placed(document, ("hub",)).note(said, key)
    return Note(".", 1, said)
