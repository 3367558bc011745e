"""Tracks: however grants are cut, a plate or person beside time and place leaves as sensitive data, or is refused.

What a track is, is written anew here, over the fields that leave, whether they leave as they are, and over the
conditions of the grants by which they do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, Phase, assume, event, find, given, settings
from hypothesis import strategies as st
from tests.builders import a_grant, a_paper, a_plan

from tidegate.errors import BadRules
from tidegate.law import Action
from tidegate.rules import Plan, Verdict
from tidegate.rules.plan import every_view

often = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
longer = settings(often, max_examples=1_000, phases=[Phase.generate])

PLATES = ("truck.tractorPlate", "truck.trailerPlate", "truck.vin")
TIMES = ("eventTime", "eventCreatedTime")
PLACES = ("location.unLocode", "location.facilityCode")
NEAR = ("location.latitude", "location.address")
PEOPLE = ("people[].name", "people[].licenceNumber")
FIELDS = ("eventId", *PLATES, *PEOPLE, *TIMES, *PLACES, *NEAR)
WHEN: tuple[dict[str, Any], ...] = (
    {},
    {},
    {"eventType": "EQUIPMENT"},
    {"eventType": "TRANSPORT"},
    {"location.unLocode": "CNYTN"},
)
PURPOSES = ("terminal operations", "trade finance")
PAPERS = (("ART5_SMALL", ["PI"]), ("SCC", ["PI", "SPI"]), ("SCC", ["SPI"]), ("SCC", ["PI"]))


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    coarse = draw(st.booleans())
    grants = []
    for number in range(draw(st.integers(1, 3))):
        fields = draw(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=4, unique=True))
        said: dict[str, Any] = {"id": f"g{number}", "purpose": draw(st.sampled_from(PURPOSES))}
        said["transforms"] = {path: "hour" for path in fields if coarse and path in TIMES}
        if when := draw(st.sampled_from(WHEN)):
            said["when"] = when
        grants.append(a_grant(*fields, **said))
    papers = [
        a_paper(mechanism, id=f"p{number}", number=f"N-{number}", classes=classes, purposes=purposes)
        for number, (mechanism, classes) in enumerate(PAPERS)
        if (purposes := draw(st.lists(st.sampled_from(PURPOSES), max_size=2, unique=True)))
    ]
    return {"grants": grants, "papers": papers}


def deliveries(plan: Plan) -> Iterator[dict[str, Verdict]]:
    """The verdicts on what leaves, for every view that anybody may ever get."""
    for section in plan.sections:
        for partner in section.partners:
            for view in () if partner.any_group else every_view(partner):
                yield {one.path: one for one in plan.verdicts[view.verdicts] if Action(one.action).leaves}


def follows(left: dict[str, Verdict], near: set[str]) -> bool:
    """``near`` are the grants that let something out of one port only."""
    somebody = any(path in left for path in (*PLATES, *PEOPLE))
    fine = any(path in left and left[path].action == Action.PASS for path in TIMES)
    placed = any(path in left for path in PLACES) or any(one.grant in near for one in left.values())
    return somebody and (any(path in left for path in NEAR) or (fine and placed))


def tracks(said: dict[str, Any]) -> list[dict[str, Verdict]]:
    near = {one["id"] for one in said["grants"] if "location.unLocode" in one.get("when", ())}
    return [left for left in deliveries(a_plan(**said)) if follows(left, near)]


@often
@given(documents())
def test_every_plate_and_person_of_a_track_leaves_as_sensitive_data(said: dict[str, Any]) -> None:
    try:
        found = tracks(said)
    except BadRules as exc:
        event("refused as a track" if "and so follows a" in str(exc) else "refused")
        assume(False)
        raise

    event("a track" if found else "no track")
    followed = [one for left in found for path, one in left.items() if path in (*PLATES, *PEOPLE)]
    assert [one for one in followed if one.field_class != "SPI"] == []


def test_tracks_are_among_the_examples_and_refused_ones_too() -> None:
    assert find(documents(), lambda said: _compiles(said) and bool(tracks(said)), settings=longer)
    assert find(documents(), lambda said: not _compiles(said), settings=longer)


def _compiles(said: dict[str, Any]) -> bool:
    try:
        a_plan(**said)
    except BadRules as exc:
        return "and so follows a" not in str(exc)
    return True
