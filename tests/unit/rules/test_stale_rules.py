"""The law before March 2024 is dead, and nothing here can say it: no count since 1 January of the year before, and no
duty to export under a mechanism because one processes over a million people.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import BaseModel
from tests.builders import TODAY, a_grant, a_paper, a_partner, a_plan, a_publisher, documents

import tidegate
from tidegate import rules
from tidegate.errors import BadRules
from tidegate.events.builtin import writer_schemas
from tidegate.law.calendars import year_of_us
from tidegate.law.parameters import parameters
from tidegate.law.table import ROWS
from tidegate.rules import documents as shapes
from tidegate.rules import paper_documents

SOURCES = sorted(Path(tidegate.__file__).parent.rglob("*.py"))
DECIDES = [path for path in SOURCES if path.parent.name in ("law", "rules", "gate", "claims")]


def attributes(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def models() -> list[type[BaseModel]]:
    found = [one for module in (shapes, paper_documents) for one in vars(module).values()]
    return [one for one in found if isinstance(one, type) and issubclass(one, BaseModel)]


def test_only_the_audits_look_at_how_many_people_are_processed() -> None:
    asking = {path.name for path in SOURCES if "people_processed" in set(attributes(path))}
    sizes = {path.name for path in SOURCES for said in attributes(path) if said.startswith("audit_people")}

    assert asking == {"obligations.py"}
    assert sizes == {"obligations.py"}


def test_every_number_of_people_that_a_row_asks_for_is_of_this_calendar_year() -> None:
    known = {one.name: one for one in parameters()}
    asked = {name for row in ROWS for name in row.parameters}

    assert {known[name].unit for name in asked if "people" in known[name].unit} == {"people since 1 January"}
    assert {name for name, one in known.items() if "people handled" in one.unit}.isdisjoint(asked)


FORGETS = {("people.py", "forget")}
"""What deletes the persons of years long over decides about nobody."""


def deciding(path: Path) -> Iterator[ast.AST]:
    tree = ast.parse(path.read_text())
    forgets = [one for one in ast.walk(tree) if (path.name, getattr(one, "name", "")) in FORGETS]
    left_out = {id(inner) for one in forgets for inner in ast.walk(one)}
    yield from (node for node in ast.walk(tree) if id(node) not in left_out)


def test_nothing_that_decides_reckons_with_an_earlier_year() -> None:
    for path in DECIDES:
        for node in deciding(path):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
                assert "year" not in ast.unparse(node), f"{path.name}: {ast.unparse(node)}"


def test_the_year_of_a_decision_is_its_own() -> None:
    for year in range(2024, 2040):
        for day in ((1, 1), (6, 30), (12, 31)):
            at = datetime(year, *day, 12, tzinfo=UTC)
            assert year_of_us(int(at.timestamp()) * 1_000_000) == year


def test_no_document_has_a_word_for_a_window_or_a_trigger() -> None:
    words = {name for model in models() for name in model.model_fields}

    assert {one for one in words if "process" in one} == {"people_processed"}
    assert not {one for one in words if any(part in one for part in ("previous", "since", "window", "year", "last_"))}
    assert len(words) > 60


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[law]\nsince = 2025-01-01", "stale.toml:2: "),
        ("[law]\ncount_from = 'previous year'", "stale.toml:2: "),
        ("[law]\npi_contract = 1_000_000", "stale.toml:2: "),
        ("[[parameter]]\nname = 'pi_assessment'\nvalue = 5", "stale.toml:1: "),
        ("[law]\non = 2023-06-01", "stale.toml:2: there is no law of 2023-06-01"),
    ],
)
def test_a_document_that_tries_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(BadRules) as caught:
        rules.load({**documents(), "stale.toml": text}, writer_schemas(), today=TODAY)

    assert [str(one)[: len(said)] for one in caught.value.mistakes] == [said]


def test_who_processes_millions_is_decided_about_like_others() -> None:
    """Whatever number stands there, the plan is the same but for the digest of its documents."""
    plans = [
        a_plan(
            parties=[a_publisher(**said), a_partner()],
            grants=[a_grant("eventId", "truck.tractorPlate")],
            papers=[a_paper("ART5_SMALL")],
        )
        for said in ({}, {"people_processed": 1}, {"people_processed": 1_000_001}, {"people_processed": 50_000_000})
    ]

    assert len({(str(plan.sections), str(plan.verdicts), plan.law) for plan in plans}) == 1
