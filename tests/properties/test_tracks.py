"""Tracks: however grants are cut, a plate beside time and place leaves as sensitive data, or the rules are refused.

What a track is, is written anew here, over the fields that leave and whether they leave as they are.
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

often = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
longer = settings(often, max_examples=1_000, phases=[Phase.generate])

PLATES = ("truck.tractorPlate", "truck.trailerPlate", "truck.vin")
TIMES = ("eventTime", "eventCreatedTime")
PLACES = ("location.unLocode", "location.facilityCode")
NEAR = ("location.latitude", "location.address")
FIELDS = ("eventId", *PLATES, *TIMES, *PLACES, *NEAR)
WHEN: tuple[dict[str, Any], ...] = ({}, {}, {"eventType": "EQUIPMENT"}, {"eventType": "TRANSPORT"})
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


def follows(left: dict[str, Verdict]) -> bool:
    plate = any(path in left for path in PLATES)
    fine = any(path in left and left[path].action == Action.PASS for path in TIMES)
    return plate and (any(path in left for path in NEAR) or (fine and any(path in left for path in PLACES)))


def tracks(plan: Plan) -> list[dict[str, Verdict]]:
    return [left for left in deliveries(plan) if follows(left)]


@often
@given(documents())
def test_every_plate_of_a_track_leaves_as_sensitive_data(said: dict[str, Any]) -> None:
    try:
        plan = a_plan(**said)
    except BadRules as exc:
        event("refused as a track" if "follows a vehicle" in str(exc) else "refused")
        assume(False)
        raise

    found = tracks(plan)
    event("a track" if found else "no track")
    assert [left for left in found if any(left[path].field_class != "SPI" for path in PLATES if path in left)] == []


def test_tracks_are_among_the_examples_and_refused_ones_too() -> None:
    assert find(documents(), lambda said: _compiles(said) and bool(tracks(a_plan(**said))), settings=longer)
    assert find(documents(), lambda said: not _compiles(said), settings=longer)


def _compiles(said: dict[str, Any]) -> bool:
    try:
        a_plan(**said)
    except BadRules as exc:
        return "follows a vehicle" not in str(exc)
    return True
