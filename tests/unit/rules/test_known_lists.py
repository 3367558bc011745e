"""The lists that are known: they load as they are, and permit nothing until somebody has read the real ones."""

from __future__ import annotations

from pathlib import Path

from tests.builders import a_grant, a_hub, a_paper, a_partner, a_plan, a_publisher, a_rule_set, documents

KNOWN = (Path(__file__).parents[3] / "deploy" / "rules" / "negative-lists.toml").read_text()
SHIPPING = documents(
    hub=a_hub(zone="CN-SH"),
    parties=[a_publisher(zone="CN-SH", sector="international shipping"), a_partner()],
    grants=[a_grant("eventId", "truck.tractorPlate")],
    papers=[a_paper("FTZ_OFFLIST")],
)


def test_they_load_and_each_says_that_it_is_not_verified() -> None:
    rules = a_rule_set({**SHIPPING, "lists.toml": KNOWN})

    known = {*rules.law.edges.lists, "CN-SH-LG", "CN-FJ-PT"}
    assert {one.area for one in rules.lists} == known
    assert {one.area for one in rules.lists if one.kind == "general data"} == {"CN-SH-LG", "CN-FJ-PT"}
    assert not any(one.verified or one.items for one in rules.lists)
    assert all(one.source and one.sectors for one in rules.lists)
    assert all(one.published for one in rules.lists if one.kind == "negative")
    said = [note for note in rules.notes if note.file == "lists.toml"]
    assert len(said) == len(rules.lists)
    assert all("is not verified, so it permits nothing" in note.sentence for note in said)


def test_they_permit_nothing_until_one_has_items_and_is_verified() -> None:
    # Given rules of a Shanghai shipper without lists, with those that are known, and with one that somebody has read
    read = KNOWN.replace(
        'id = "shanghai-city-2025"',
        'id = "shanghai-city-2025"\nverified = true\nitems = [{ item = "crew", fields = ["people"] }]',
    )
    bare, known, real = (a_plan(a_rule_set({**SHIPPING, "lists.toml": text})) for text in ("", KNOWN, read))

    # Then only the last lets the plate out as off the list
    assert bare.verdicts == known.verdicts
    reasons = {one.reason for table in real.verdicts for one in table if one.path == "truck.tractorPlate"}
    assert "off_list" in reasons
    assert "off_list" not in {one.reason for table in known.verdicts for one in table}
