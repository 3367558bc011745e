"""What the audit gives back of an event: all records that are looked for, none else, and what partners were sent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import (
    COMMON,
    KEYRING,
    NOW_US,
    RETRACTION,
    Sent,
    a_batch,
    a_class,
    a_grant,
    a_paper,
    a_partner,
    a_publisher,
    a_record,
    a_retraction,
    an_event,
    an_executor,
    judged,
    released,
)
from tests.reading import deliveries

from tidegate import audit, gate
from tidegate.events.identity import PublisherDigests
from tidegate.gate import Counts, Executor, Keyring, Released
from tidegate.law import Action
from tidegate.tracing.partners import PartnerShare, shares
from tidegate.tracing.searching import Decided, Needle, Window, decided_in

NAMES = ("forwarder", "carrier")
PARTIES = (*map(a_publisher, NAMES), a_partner(), a_partner("bank", partner={"severities": {"V1": "ERROR"}}))
GRANTS = (
    a_grant(*COMMON, "truck.tractorPlate", "location.name", publishers=list(NAMES)),
    a_grant("equipment.reference", id="loads", publishers=list(NAMES), when={"eventSubtype": "LOAD"}),
    a_grant(*COMMON, id="b", publishers=list(NAMES), partners=["bank"], when={"eventSubtype": ["LOAD", "DISC"]},
            transforms={"eventTime": "date"}),
)  # fmt: skip
EXECUTOR = an_executor(parties=PARTIES, grants=GRANTS, classes=[a_class("location.name", "SUSPECT_IMPORTANT")])


def needle(publisher: str, *event_ids: str, containers: tuple[str, ...] = (), keyring: Keyring = KEYRING) -> Needle:
    made = PublisherDigests.of(keyring.secret("k1"), publisher)
    return Needle(
        frozenset(made.event_ref(one.encode()) for one in event_ids),
        frozenset(made.equipment(one.encode()) for one in containers),
    )


def found(result: Released, wanted: Needle, publisher: str = "forwarder", limit: int = 1 << 30) -> list[Decided]:
    parts = gate.entry_of(result, "p", 1).split(limit)
    read = [audit.from_bytes(audit.to_bytes(part)) for part in parts]
    return list(decided_in(read, publisher, lambda key_id: wanted))


def shared(decided: Decided, executor: Executor = EXECUTOR, publisher: str = "forwarder") -> dict[str, PartnerShare]:
    return {one.partner: one for one in shares(executor.plan, publisher, decided)}


def records(said: list[tuple[int, int, str, bool]]) -> list[Sent]:
    return [
        a_record(
            an_event(eventId=f"e-{event}", eventSubtype=subtype, equipment={"reference": f"MSKU{box:07}"}),
            publisher=NAMES[other],
            offset=100 + 3 * place,
            timestamp_ms=NOW_US // 1_000 + place,
        )
        for place, (event, box, subtype, other) in enumerate(said)
    ]


said = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.sampled_from(["LOAD", "DISC", "GTIN"]), st.booleans()),
    min_size=1,
    max_size=30,
)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(said, st.sampled_from([900, 2_000, 1 << 30]), st.booleans())
def test_all_that_is_looked_for_is_found_and_nothing_else(
    said: list[tuple[int, int, str, bool]], limit: int, by_container: bool
) -> None:
    result = released(EXECUTOR, *records(said))
    wanted = needle("forwarder", containers=("MSKU0000002",)) if by_container else needle("forwarder", "e-2")

    hits = found(result, wanted, limit=limit)

    mine = [n for n, (event, box, _, other) in enumerate(said) if not other and (box if by_container else event) == 2]
    assert [(one.offset, one.received_ms) for one in hits] == [(100 + 3 * n, NOW_US // 1_000 + n) for n in mine]
    names = [partner.name for partner in EXECUTOR.partners]
    assert [(one.outcome, one.partners) for one in hits] == [
        (result.outcomes[n], tuple(names[place] for place in result.partner_sets[result.sets[n]])) for n in mine
    ]
    assert all(one.by_container is by_container for one in hits)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(said, st.sampled_from([900, 1 << 30]))
def test_many_that_are_looked_for_at_once_are_found_as_one_by_one(
    said: list[tuple[int, int, str, bool]], limit: int
) -> None:
    result = released(EXECUTOR, *records(said))
    many = needle("forwarder", "e-2", "e-4", *(f"none-{n}" for n in range(20)))

    hits = found(result, many, limit=limit)

    assert [one.offset for one in hits] == [
        100 + 3 * n for n, (event, _, _, other) in enumerate(said) if not other and event in (2, 4)
    ]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(said)
def test_what_is_told_of_a_partner_is_what_its_view_was(said: list[tuple[int, int, str, bool]]) -> None:
    result = released(EXECUTOR, *records(said))

    for n, (event, _, _, other) in enumerate(said):
        incoming, value = result.inspected.incoming[n], result.inspected.values[n]
        assert incoming is not None
        assert value is not None
        hit = next(
            one for one in found(result, needle(NAMES[other], f"e-{event}"), NAMES[other]) if one.offset == 100 + 3 * n
        )
        for share in shares(EXECUTOR.plan, NAMES[other], hit):
            assert share.sent == (share.partner in hit.partners)
            view = incoming.router.view_of(share.partner, value, result.inspected.marks[n], result.decided_us)
            if not share.sent or view is None:
                continue
            kept_back = {one.path for one in EXECUTOR.plan.verdicts[view.verdicts] if not Action(one.action).leaves}
            assert {one.path for one in share.withheld if one.always} <= kept_back
            assert kept_back <= {one.path for one in share.withheld}
            assert view.schema_id in share.schema_ids
            if share.certain:
                assert kept_back == {one.path for one in share.withheld}


def test_one_view_is_certain_and_says_why_each_field_stayed() -> None:
    (hit,) = found(
        released(EXECUTOR, a_record(an_event(truck={"tractorPlate": "粤B12345"}))), needle("forwarder", "e-1")
    )

    share = shared(hit)["terminal"]

    assert share.certain
    assert share.grants == ("loads", "moves")
    reasons = {one.path: (one.reason, one.row) for one in share.withheld}
    plate = reasons["truck.tractorPlate"]
    assert plate[1] > 0
    assert reasons["documents[].reference"] == ("not_granted", 0)
    assert "equipment.reference" not in reasons
    assert [(one.path, one.action) for one in shared(hit)["bank"].changed] == [("eventTime", "GENERALISE")]


def test_where_several_views_were_sent_together_it_says_so() -> None:
    """Both in one transaction: the audit has the schemas of it, and not which record got which."""
    load, gate_in = an_event(eventId="e-1"), an_event(eventId="e-2", eventSubtype="GTIN")
    (hit,) = found(released(EXECUTOR, a_record(load), a_record(gate_in)), needle("forwarder", "e-2"))

    share = shared(hit)["terminal"]

    assert not share.certain
    assert {one.path: one.always for one in share.withheld}["equipment.reference"] is False


@pytest.mark.parametrize(
    ("event", "suspended", "reason"),
    [
        ({"eventSubtype": "GTIN"}, (), "no grant held"),
        ({}, ("bank",), "the partner was suspended"),
        ({"equipment": {"reference": "MSKU1234560"}}, (), "finding V1"),
    ],
)
def test_a_partner_that_got_nothing_is_named_with_the_reason(
    event: dict[str, Any], suspended: tuple[str, ...], reason: str
) -> None:
    executor = an_executor(EXECUTOR.plan, suspended=suspended)
    (hit,) = found(released(executor, a_record(an_event(**event))), needle("forwarder", "e-1"))

    share = shared(hit)["bank"]

    assert not share.sent
    assert reason in share.reason


def test_a_held_delivery_says_what_it_waits_for() -> None:
    (hit,) = found(released(EXECUTOR, a_record(an_event(location={"name": "berth 9"}))), needle("forwarder", "e-1"))

    assert shared(hit)["terminal"].reason == "held for a person: suspect_important"
    assert shared(hit)["bank"].sent


def test_a_retraction_went_out_as_a_notice() -> None:
    sent = a_record(a_retraction(eventUpdatedTime=NOW_US), schema=RETRACTION, key=b"MSKU1234565")
    (hit,) = found(released(EXECUTOR, sent), needle("forwarder", "e-1"))

    assert shared(hit)["terminal"].notice


def test_a_duplicate_names_its_winner_and_reached_nobody() -> None:
    hits = found(released(EXECUTOR, a_record(offset=4), a_record(offset=9)), needle("forwarder", "e-1"))

    assert [one.outcome.word for one in hits] == ["released", "duplicate"]
    assert int.from_bytes(hits[1].remark.winner[10:], "big") == 4
    assert shares(EXECUTOR.plan, "forwarder", hits[1]) == []


def test_what_an_operator_had_decided_again_is_told_as_such() -> None:
    entry = gate.entry_of(released(EXECUTOR, a_record()), "p", 1)
    wanted = needle("forwarder", "e-1")

    (first,) = decided_in([entry], "forwarder", lambda key_id: wanted)
    (again,) = decided_in([replace(entry, kind=audit.Kind.ORDER)], "forwarder", lambda key_id: wanted)

    assert (first.by_order, again.by_order) == (False, True)
    assert again.partners == first.partners


@pytest.mark.parametrize("limit", [1 << 30, 900])
def test_two_deliveries_that_were_let_go_together_are_two_and_each_is_about_its_partner_alone(limit: int) -> None:
    grants = [a_grant(*COMMON, "location.name", partners=["terminal", "bank"]),
              a_grant("eventId", id="plain", partners=["customs"])]  # fmt: skip
    parties = [a_publisher(), *map(a_partner, ("terminal", "bank", "customs"))]
    executor = an_executor(parties=parties, grants=grants, classes=[a_class("location.name", "SUSPECT_IMPORTANT")])
    held = a_record(an_event(location={"name": "berth 9"}), offset=7)
    first = released(executor, held)
    assert {one.partner for one in first.holds} == {"terminal", "bank"}
    inspected = gate.inspect(a_batch(held, held), executor)
    names = ("bank", "terminal")
    freed = dict(enumerate(names))
    again = gate.release(inspected, judged(inspected), NOW_US, gate.UNCOUNTED, freed)
    orders = [
        audit.CarriedOut(f"o-{place}", "release", "Ada", "seen", NOW_US, partner=name, outcome="done", record=place)
        for place, name in freed.items()
    ]
    entry = replace(gate.entry_of(again, "p", 1), kind=audit.Kind.ORDER, orders=tuple(orders))
    parts = [audit.from_bytes(value) for value in audit.seal(entry, 0, audit.Head(), limit)[0]]

    hits = list(decided_in(parts, "forwarder", lambda key_id: needle("forwarder", "e-1")))

    assert len({one.decision for one in hits}) == 2
    told = [[(share.partner, share.sent) for share in shares(executor.plan, "forwarder", one)] for one in hits]
    assert told == [[(name, True)] for name in names]
    withheld = [one.path for hit in hits for share in shares(executor.plan, "forwarder", hit) for one in share.withheld]
    assert "location.name" not in withheld, "it left with them"
    assert len(parts) == (1 if limit > 900 else 2)


def test_of_what_was_passed_on_every_section_is_asked_since_the_audit_does_not_say_what_it_came_in_with() -> None:
    """Of an event that came in with a stamp, that of events without one says other reasons."""
    # Given a plate that is passed on inside Hong Kong, to whom the contract does not name
    own = {"zone": "HK", "partner": {}, "publisher": {"collected_in": "HK", "own_data": "unknown"}}
    parties = [a_publisher(), a_publisher("carrier", **own), a_partner()]
    grants = [
        a_grant(*COMMON, "truck.tractorPlate", id=f"to-{recipient}", publishers=[sender], partners=[recipient])
        for sender, recipient in (("forwarder", "carrier"), ("carrier", "terminal"))
    ]
    executor = an_executor(parties=parties, grants=grants, papers=[a_paper("GBA_SC_HK", recipients=["carrier"])])
    event = an_event(truck={"tractorPlate": "粤B12345"})
    (first,) = deliveries(released(executor, a_record(event), counts=Counts({0: 0})))["carrier"]
    headers = [(name, first.headers[name].encode()) for name in ("ce_onward", "ce_onwardproof")]

    # When it is passed on with its stamp, and another event without one
    stamped = released(executor, a_record(event, publisher="carrier", headers=headers))
    plain = released(executor, a_record(event, publisher="carrier"))

    # Then of neither is it said that one reason alone is possible
    for one in (stamped, plain):
        (hit,) = found(one, needle("carrier", "e-1"), "carrier")
        share = shared(hit, executor, "carrier")["terminal"]
        assert share.sent
        assert not share.certain
        assert {kept.path for kept in share.withheld if kept.always} >= {"truck.tractorPlate"}


def test_without_the_secret_no_container_is_found() -> None:
    """Whoever reads the audit can try all containers there are: none of the digests that they can make is in it."""
    result = released(EXECUTOR, a_record())
    other = Keyring({"k1": bytes(32)})

    assert found(result, needle("forwarder", containers=("MSKU1234565",)))
    assert not found(result, needle("forwarder", containers=("MSKU1234565",), keyring=other))
    assert not found(result, needle("carrier", containers=("MSKU1234565",)))


def test_a_digest_is_found_in_its_own_place_only() -> None:
    """The end of one digest and the beginning of the next are not a digest."""
    result = released(EXECUTOR, a_record(), a_record(an_event(eventId="e-2")))
    column = gate.entry_of(result, "p", 1).columns.event_refs

    assert not found(result, Needle(event_refs=frozenset({column[8:24]})))


@pytest.mark.parametrize("limit", [1 << 30, 900])
def test_the_level_at_which_each_record_was_decided_is_told(limit: int) -> None:
    sent = [a_record(an_event(eventId=f"e-{n}")) for n in range(4)]
    inspected = gate.inspect(a_batch(*sent), EXECUTOR)
    counts = gate.Counts({1: 0, 3: 5}, {1: (1, 0), 3: (100_000, 1)})
    result = gate.release(inspected, judged(inspected), NOW_US, counts)

    hits = found(result, needle("forwarder", *(f"e-{n}" for n in range(4))), limit=limit)

    assert [one.level for one in hits] == [None, 0, None, 5]


@pytest.mark.parametrize(
    ("window", "held"),
    [
        (Window(), [1, 2, 3, 4]),
        (Window(2), [2, 3, 4]),
        (Window(None, 3), [1, 2]),
        (Window(2, 4), [2, 3]),
    ],
)
def test_a_window_is_from_inclusive_to_exclusive(window: Window, held: list[int]) -> None:
    assert [at for at in (1, 2, 3, 4) if window.holds(at)] == held
