"""What is no lowering of a protection: what is gone, what the exposure shows, what was as strict before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.builders import COMMON, a_class, a_grant, a_paper, a_partner, a_plan, a_publisher, a_rule_set, documents

from tidegate.rules import Plan, RuleSet
from tidegate.rules.protections import lowered, lowered_on_return, no_longer_held

NOBODY: Mapping[str, str] = {}
SHIP = "transport.vesselMmsi"
ENDS, LATER = (datetime(year, 1, 1, tzinfo=UTC) for year in (2027, 2028))


def rules(approvers: Mapping[str, str] = NOBODY, **said: Any) -> RuleSet:
    people = "\n".join(f'[[approver]]\nid = "{one}"\nname = "{one}"\nkey = "{key}"' for one, key in approvers.items())
    return a_rule_set({**documents(**said), "approvers.toml": people})


def source(**said: Any) -> dict[str, Any]:
    return {"publisher": {"collected_in": "CN", "own_data": "yes", **said}}


@pytest.mark.parametrize(
    "after",
    [
        {"grants": [a_grant(*COMMON, "equipment.reference")]},
        {"papers": [a_paper()]},
        {"parties": [a_publisher(), a_partner(), a_partner("bank")]},
        {"classes": [a_class(SHIP, "COMMERCIAL")]},
        {"grants": []},
    ],
)
def test_what_a_grant_or_paper_opens_is_not_lowered_but_exposed(after: dict[str, Any]) -> None:
    assert lowered(rules(), rules(**after)) == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # Settings that say what holds without them
        ({"parties": [a_publisher(**source(severities={"V7": "ERROR"})), a_partner()]}, {}),
        ({"parties": [a_publisher(), a_partner(partner={"severities": {"V7": "WARN"}})]}, {}),
        # A newer version of what is on record
        ({"papers": [a_paper(notice="notice 3")]}, {"papers": [a_paper(notice="notice 4")]}),
        ({"papers": [a_paper(retention="48h")]}, {"papers": [a_paper(retention="2d")]}),
        # Papers that open nothing yet
        *(
            ({"papers": [a_paper(**said, effective=LATER)]}, {"papers": [a_paper(**said, effective=ENDS)]})
            for said in ({"status": "signed"}, {"retention": "1d"})
        ),
    ],
)
def test_what_is_as_strict_as_before_is_not_lowered(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert lowered(rules(**one), rules(**other)) == lowered(rules(**other), rules(**one)) == ()


PROVED = {"paper.pdf": f"sha256:{'5e' * 32}"}
PROOF = {"starts": date(2026, 9, 1), "until": date(2027, 8, 31), "document": f"sha256:{'0' * 64}"}
BOTH = {
    **a_partner("both"),
    **source(relays=["CN-SH"], severities={"V1": "ERROR"}),
    "zone": "CN-SH",
    "small_handler": "yes",
    "proofs": {"small_handler": PROOF},
}
LOOKS_UP = a_partner("bank", partner={"looks_up": ["equipment.reference"]})
LIST = {"area": "CN-SH", "sectors": ["shipping"], "source": "official", "published": date(2026, 5, 9), "verified": True}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            {
                "grants": [a_grant(*COMMON, "reason", required=["reason"], id="gone")],
                "papers": [a_paper(expires=ENDS)],
            },
            {"parties": [a_publisher("carrier"), a_partner()], "grants": [a_grant(publishers=["carrier"])]},
        ),
        # A grant that required a field; another is still there
        *(
            ({"grants": [a_grant(), a_grant(*COMMON, "reason", required=["reason"], id=name)]}, {})
            for name in ("first", "second")
        ),
        # A party that publishes no more and still gets something, and one that is gone with what it looked up
        (
            {
                "parties": [
                    a_publisher(),
                    a_partner(),
                    {**BOTH, "small_handler": "yes", "proofs": {"small_handler": PROOF}},
                ]
            },
            {"parties": [a_publisher(), a_partner(), {**a_partner("both"), "zone": "CN-SH"}]},
        ),
        (
            {"parties": [a_publisher(), a_partner(), a_partner("bank", partner={"looks_up": ["equipment.reference"]})]},
            {},
        ),
    ],
)
def test_what_is_gone_protects_nothing_any_more(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert lowered(rules(**before), rules(**after)) == ()


def test_documents_of_a_paper_that_is_gone_are_none_of_other_papers() -> None:
    papers = (
        (f"paper-{number}", [purpose]) for number, purpose in enumerate(("booking", "trade finance", "inland haulage"))
    )
    first, middle, last = (a_paper(id=one, number=one, documents=PROVED, purposes=purposes) for one, purposes in papers)

    assert lowered(rules(papers=[first, middle, last]), rules(papers=[first, last])) == ()


def test_an_item_of_a_list_that_is_gone_is_no_item_of_another_list() -> None:
    def lists(**paths: str) -> RuleSet:
        items = {name: [{"item": "crew", "fields": [path]}] for name, path in paths.items()}
        return rules(lists=[{**LIST, "id": name, "sectors": [name], "items": said} for name, said in items.items()])

    for gone in ("a", "z"):
        assert lowered(lists(m="people[].name", **{gone: "people[].phone"}), lists(m="people[].name")) == ()


def test_of_parties_that_are_back_only_their_own_facts_are_compared() -> None:
    # Given a rule set that says less of two parties and of a class than an earlier one
    strict = [a_publisher(ciio="yes", **source(severities={"V14": "ERROR"})), a_partner(restricted="yes")]
    before, after = rules(parties=strict, classes=[a_class(SHIP, "SUSPECT_IMPORTANT")]), rules()

    # Then of those that are back it is what is said of them, and the class is none of that
    found = {
        name: [one.about for one in lowered_on_return(before, after, [name])] for name in ("forwarder", "terminal")
    }
    assert found == {
        "forwarder": ["ciio of forwarder", "severity of V14 for publisher forwarder"],
        "terminal": ["restricted of terminal"],
    }
    assert lowered_on_return(before, after, []) == lowered_on_return(before, after, ["bank"]) == ()
    assert len(lowered(before, after)) == 4


def test_a_grant_less_that_held_deliveries_lets_them_go() -> None:
    classes = [a_class(SHIP, "SUSPECT_IMPORTANT")]
    asks = a_grant("eventId", SHIP, id="asks", when={"eventType": "TRANSPORT"})
    held = a_plan(grants=[a_grant(), asks], classes=classes)
    free = a_plan(grants=[a_grant()], classes=classes)
    nothing = a_plan(grants=[], classes=classes)
    sometimes_else = a_plan(grants=[a_grant(), {**asks, "when": {"eventType": "EQUIPMENT"}}], classes=classes)

    for other in (free, sometimes_else):
        (found,) = no_longer_held(held, other)
        assert found.sentence == (
            f"deliveries to terminal wait for {SHIP} of forwarder: "
            "suspect_important by asks when eventType is TRANSPORT becomes none"
        )
    assert no_longer_held(free, held) == no_longer_held(held, held) == ()
    assert no_longer_held(held, nothing) == (), "who gets nothing waits for nothing"


FILED = {"filed": date(2025, 10, 9)}
NUMBERS = ("people[].idNumber", "people[].licenceNumber")
PHONE = "people[].phone"
ALL = {"fields": list(NUMBERS)}


def late_for(*papers: dict[str, Any], grants: tuple[str, ...] = NUMBERS, kind: str = "SPI", by: str = "moves") -> Plan:
    """Papers for one field each, in their order, or for what each says; filed where it says so."""
    made = [
        {**a_paper(id=f"p{at}", number=f"N-{at}", fields=[path], classes=[]), "filed": None, **said}
        for at, (path, said) in enumerate(zip((*NUMBERS, PHONE), papers, strict=False))
    ]
    made = [{key: value for key, value in one.items() if value is not None} for one in made]
    return a_plan(grants=[a_grant(*COMMON, *grants, id=by)], papers=made, classes=[a_class(NUMBERS[1], kind)])


@pytest.mark.parametrize(
    ("before", "after", "less"),
    [
        # Filed in time: what waited for want of it goes on under the paper
        (late_for({}, {}), late_for(FILED, FILED), ()),
        (late_for({}, {}), late_for({}, FILED), ()),
        # One is filed, and the other is not there any more
        (late_for({}, {}), late_for(FILED), NUMBERS),
        (late_for({}, {}), late_for({}), NUMBERS[1:]),
        # Filed, and what waited is not granted any more, or waited for more than a filing
        (late_for(ALL), late_for({**ALL, **FILED}, grants=NUMBERS[:1]), NUMBERS[1:]),
        (late_for({}, {}, kind="SUSPECT_IMPORTANT"), late_for(FILED, FILED), NUMBERS[1:]),
        # Filed, and another grant asks for it now
        (late_for({}, {}), late_for(FILED, FILED, by="moves-2"), NUMBERS),
        # A paper of its own takes the place of a filing, and the filing of a third one may be late as well
        (late_for(ALL), late_for({}, FILED, {}, grants=(*NUMBERS, PHONE)), NUMBERS[1:]),
        # Nothing was filed
        (late_for({}, {}), late_for({}, {}, grants=NUMBERS[:1]), NUMBERS[1:]),
    ],
)
def test_a_filing_that_is_made_lowers_nothing(before: Plan, after: Plan, less: tuple[str, ...]) -> None:
    """Else nobody could write down a filing within its ten working days without two signatures (SCC Measures 7)."""
    found = [one.about for one in no_longer_held(before, after)]

    assert found == [f"deliveries to terminal wait for {path} of forwarder" for path in less]
    assert no_longer_held(after, after) == ()


def test_who_may_approve_is_a_protection_once_there_are_two() -> None:
    keys = {f"a{place}": f"{letter * 43}=" for place, letter in enumerate("QRSTU")}
    nobody, one, two, three = (rules(dict(list(keys.items())[:count])) for count in range(4))
    other_key = rules({"a0": keys["a0"], "a1": keys["a2"]})

    assert lowered(nobody, two) == lowered(nobody, one) == lowered(one, two) == ()
    assert [found.about for found in lowered(two, three)] == ["key of approver a2"]
    assert [found.about for found in lowered(three, two)] == ["key of approver a2"]
    assert [found.about for found in lowered(two, other_key)] == ["key of approver a1"]
    assert len(lowered(two, nobody)) == 2
