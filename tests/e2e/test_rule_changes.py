"""What a change of rules would show before it is in force: from rules alone, from a file, from what was sent."""

from __future__ import annotations

import json

import pytest
from tests.e2e.conftest import NewSite
from tests.e2e.site import REPO, Site
from tests.e2e.world import MILESTONES, MOVES, PLANNING, the_rules

JOURNEY = REPO / "tests/samples/journey.json"
EVENTS = json.loads(JOURNEY.read_text())
BOXES = [one["equipmentReference"] for one in EVENTS if "equipmentReference" in one]


@pytest.fixture(scope="module")
def offline(new_site: NewSite) -> Site:
    """Rules in two forms: in the second the bank sees containers, and the terminal no seals. No hub runs."""
    site = new_site("changes")
    site.write_rules(the_rules(), "old")
    fewer = {**MOVES, "fields": [field for field in MOVES["fields"] if field != "seals[].number"]}
    site.write_rules(
        the_rules(fewer, PLANNING, {**MILESTONES, "fields": [*MILESTONES["fields"], "equipment.reference"]}), "new"
    )
    return site


def changed(lines: list[dict[str, object]]) -> dict[tuple[object, object], dict[str, object]]:
    return {(one["partner"], one["path"]): one for one in lines if one["publisher"] == "forwarder"}


def test_the_rules_alone_say_what_changes_and_need_no_broker(offline: Site) -> None:
    nowhere = {"KAFKA__BOOTSTRAP": "127.0.0.1:1"}

    said = offline.tidegate("rules", "diff", "old", "new", "--json", code=1, **nowhere).json
    same = offline.tidegate("rules", "diff", "old", "old", **nowhere)

    found = changed(said["changes"])
    assert found["bank", "equipment.reference"]["exposes"] is True
    assert found["terminal", "seals[].number"]["exposes"] is False
    assert said.keys() == {"changes", "lowered"}
    assert said["lowered"] == []
    assert same.out == "nothing changes in what anyone sees\n"


def test_events_of_a_file_say_in_how_many_a_change_shows_with_a_masked_example(offline: Site) -> None:
    arguments = ("rules", "diff", "old", "new", "--events", JOURNEY)
    said, people, whose, twice = offline.together(
        lambda: offline.tidegate(
            *arguments, "--publisher", "forwarder", "--json", code=1, KAFKA__BOOTSTRAP="127.0.0.1:1"
        ),
        lambda: offline.tidegate(*arguments, "--publisher", "forwarder", code=1),
        lambda: offline.tidegate(*arguments, code=2),
        lambda: offline.tidegate(*arguments, "--since", "1h", code=2),
    )

    found = changed(said.json["changes"])
    container = found["bank", "equipment.reference"]
    shown = [one for one in EVENTS if "equipmentReference" in one and one["eventType"] == "EQUIPMENT"]
    assert said.json["events"] == len(EVENTS)
    assert container["appears"] == len(shown) > 0
    assert container["example"] == {
        "where": f"{JOURNEY} event {EVENTS.index(shown[0])}",
        "before": "",
        "after": "XXXX9999999",
    }
    assert f"equipment.reference: appears in {len(shown)}" in people.out
    assert not any(box in people.out + said.out for box in BOXES), "values are masked"
    assert "--publisher is one of: bulk-shipper" in whose.err
    assert "name one of them" in twice.err


def test_what_publishers_sent_is_tried_from_their_topics(offline: Site) -> None:
    offline.tidegate("topics", "apply", "old", "--lanes", "2")
    offline.tidegate("publish", "--publisher", "forwarder", JOURNEY)

    week, future, file = offline.together(
        lambda: offline.tidegate("rules", "diff", "old", "new", "--since", "7d", "--json", code=1),
        lambda: offline.tidegate("rules", "diff", "old", "new", "--since", "2099-01-01T00:00:00Z", "--json", code=1),
        lambda: offline.tidegate(
            *("rules", "diff", "old", "new", "--events", JOURNEY, "--publisher", "forwarder", "--json"), code=1
        ),
    )

    counts = ("appears", "disappears", "changesForm")
    from_topics, from_file = changed(week.json["changes"]), changed(file.json["changes"])
    assert week.json["events"] == len(EVENTS)
    assert {key: [one[name] for name in counts] for key, one in from_topics.items()} == {
        key: [one[name] for name in counts] for key, one in from_file.items()
    }
    example = from_topics["bank", "equipment.reference"]["example"]
    assert isinstance(example, dict)
    assert example["where"].startswith(f"{offline.prefix}in.forwarder-")
    assert future.json["events"] == 0
    assert all(one["appears"] == 0 for one in future.json["changes"])


def test_a_rotated_key_is_warned_of_by_check_and_diff(offline: Site) -> None:
    texts = the_rules()
    rotated = {**texts, "hub.toml": texts["hub.toml"].replace('digest_key" = "k1"', 'digest_key" = "k2"')}
    offline.write_rules(rotated, "rotated")
    warning = "digest_key was 'k1' and is 'k2' now"

    alone, checked, compared = offline.together(
        lambda: offline.tidegate("rules", "check", "rotated"),
        lambda: offline.tidegate("rules", "check", "rotated", "--old", "old"),
        lambda: offline.tidegate("rules", "diff", "old", "rotated"),
    )

    assert warning not in alone.out
    assert f"hub.toml:3: note: {warning}" in checked.out
    assert warning in compared.err
    assert compared.out == "nothing changes in what anyone sees\n"
