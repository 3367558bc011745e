"""What has run out: a note where it stands, and a mistake where a rule set newly writes it down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.builders import a_grant, a_paper, a_rule_set

from tidegate.rules import RuleSet, expired, newly_expired


def test_grants_that_ran_out() -> None:
    # Given grants with and without an end
    end = datetime(2026, 3, 1, tzinfo=UTC)
    rules = a_rule_set(grants=[a_grant(valid_to=end), a_grant(id="more")])

    # When it is asked before its end, and at it
    assert expired(rules, datetime(2026, 2, 28, 23, 59, 59, 999_999, tzinfo=UTC)) == ()
    (note,) = expired(rules, end)
    assert str(note) == "grants.toml:7: note: moves ran out on 2026-03-01T00:00:00+00:00; nothing leaves under it"
    assert expired(rules, end + timedelta(days=400)) == (note,)


def test_papers_that_ran_out_are_named() -> None:
    ends = datetime(2026, 2, 1, tzinfo=UTC)
    rules = a_rule_set(papers=[a_paper(expires=ends), a_paper(id="other", number="N-2", purposes=["booking"])])

    assert expired(rules, ends - timedelta(seconds=1)) == ()
    (note,) = expired(rules, ends)
    assert note.sentence == "paper ran out on 2026-02-01T00:00:00+00:00; nothing leaves under it"


END = datetime(2026, 3, 1, tzinfo=UTC)


def rules(**said: datetime | str | None) -> RuleSet:
    """A rule set of a grant that ends and a paper that does, each where something is said of it."""
    ends = {"valid_to": said["grant"]} if said.get("grant") else {}
    paper = {"expires": said["paper"]} if said.get("paper") else {}
    return a_rule_set(grants=[a_grant(**ends)], papers=[a_paper(**paper, status=said.get("status") or "effective")])


@pytest.mark.parametrize(
    ("before", "now", "refused"),
    [
        # New with the rule set, or with the first there is
        (None, rules(grant=END), ["moves"]),
        (rules(), rules(grant=END), ["moves"]),
        (rules(), rules(paper=END), ["paper"]),
        (rules(), rules(grant=END, paper=END), ["moves", "paper"]),
        # It ran out while it stood there
        (rules(grant=END, paper=END), rules(grant=END, paper=END), []),
        (rules(grant=END), rules(grant=END, paper=END), ["paper"]),
        # Another end is new as well
        (rules(grant=END - timedelta(days=1)), rules(grant=END), ["moves"]),
        # It is a record that could not be used any more
        (None, rules(paper=END, status="ended"), []),
        (None, rules(grant=END + timedelta(microseconds=1)), []),
        (None, rules(), []),
    ],
)
def test_what_has_run_out_before_it_is_written_down_is_a_mistake(
    before: RuleSet | None, now: RuleSet, refused: list[str]
) -> None:
    found = newly_expired(before, now, END)

    assert [one.sentence for one in found] == [
        f"{name} ran out on 2026-03-01T00:00:00+00:00 and is new here; nothing would leave under it: take it out, or "
        "renew it"
        for name in refused
    ]
    key = {"moves": ("grants.toml", '"valid_to"'), "paper": ("papers.toml", '"expires"')}
    for one, name in zip(found, refused, strict=True):
        assert one.file == key[name][0]
        assert now.texts[one.file].splitlines()[one.line - 1].startswith(key[name][1])
