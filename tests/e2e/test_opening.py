"""From nothing to a hub that runs: what the commands say on the way, and what they refuse."""

from __future__ import annotations

import stat

from tests.e2e.conftest import Opening
from tests.e2e.site import LANES, HubProcess, Site
from tests.e2e.world import PARTNERS, PUBLISHERS, the_rules

from tidegate.broker.names import TopicNames
from tidegate.broker.topics import TopicSpec, specs

TOPICS = 6 + 2 * len(PUBLISHERS) + len(PARTNERS)


def wanted(site: Site) -> tuple[TopicSpec, ...]:
    return specs(TopicNames(site.prefix), LANES, PUBLISHERS, dict.fromkeys(PARTNERS, 7 * 86_400))


def test_a_keyring_is_made_once_and_for_nobody_elses_eyes(site: Site, opening: Opening) -> None:
    file = site.folder / "keyring.toml"
    before = file.read_bytes()

    again = site.tidegate("keyring", "new", "keyring.toml", code=2)

    assert "key k1" in opening.keyring.out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "is there already" in again.err
    assert file.read_bytes() == before
    assert site.keyring.secret("k1").hex() not in opening.keyring.out + again.err


def test_sound_rules_are_said_to_be_sound_without_any_topics(opening: Opening) -> None:
    assert f"sound: {len(PUBLISHERS)} publishers, {len(PARTNERS)} partners, 3 grants" in opening.check.out


def test_a_hub_without_topics_says_which_command_makes_them(opening: Opening) -> None:
    for said in (opening.nothing_there, opening.refused, opening.early_hub):
        assert "tidegate topics apply DIR" in said.err


def test_a_dry_run_shows_every_topic_and_makes_none(opening: Opening) -> None:
    assert opening.dry_run.out.count("to be made") == TOPICS
    assert opening.applied.out.count("to be made") == TOPICS, "what the dry run showed was still to do"


def test_topics_are_made_after_the_difference_is_shown(site: Site, opening: Opening) -> None:
    lines = opening.applied.out.splitlines()

    assert lines[: len(wanted(site))] == [
        f"{one.name}: to be made, {one.partitions} partitions" for one in wanted(site)
    ]
    assert lines[-1] == f"done: {TOPICS} topics"


def test_a_second_apply_finds_nothing_to_do(opening: Opening) -> None:
    assert opening.again.out == f"all topics are as they have to be ({LANES} lanes)\n"


def test_the_number_of_lanes_cannot_be_changed(opening: Opening) -> None:
    assert f"this hub has {LANES} lanes, for ever" in opening.other_lanes.err
    assert "kafka.topic_prefix" in opening.other_lanes.err


def test_no_rules_are_in_force_before_the_first_activation(opening: Opening) -> None:
    assert opening.no_rules.out == "no rules are in force\n"


def test_an_activation_shows_what_it_changes_and_names_lanes_that_nobody_runs(opening: Opening) -> None:
    said = " ".join(opening.activated.out.split())

    assert (
        f"+ terminal and events of {', '.join(sorted(PUBLISHERS))}: PASS by moves when eventType is EQUIPMENT" in said
    )
    assert "equipment.reference" in said
    assert "activation 0 is published; not confirmed by lanes 0, 1, 2, 3, of which nobody runs 0, 1, 2, 3" in said
    assert "tidegate hub" in said


def test_rules_whose_parties_have_no_topics_are_refused_by_name(site: Site) -> None:
    rules = site.write_rules(the_rules(more_partners=("newcomer",)), "rules-newcomer")

    before = site.tidegate("rules", "show", "--json").json

    said = site.tidegate("rules", "activate", rules, code=2)

    assert f"{site.prefix}out.newcomer" in said.err
    assert f"{site.prefix}out.terminal" not in said.err
    assert site.tidegate("rules", "show", "--json").json == before


def test_the_hub_runs_all_lanes_under_the_rules_in_force(site: Site, hub: HubProcess) -> None:
    said = site.tidegate("rules", "show", "--json").json

    assert hub.ready() == {
        "ready": True,
        "lanes": [0, 1, 2, 3],
        "opening": [],
        "waitsFor": [],
        "rules": said["sequence"],
    }
    assert said["publishers"] == sorted(PUBLISHERS)
    assert said["partners"] == sorted(PARTNERS)
