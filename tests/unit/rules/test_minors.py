"""People under 14: what has to be on record for them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.builders import a_paper

from tidegate.rules.paper_documents import AuthorizationDocument

CHILDREN = {"minors": True, "guardian": "guardian 1"}


@pytest.mark.parametrize(
    ("said", "complete"),
    [
        ({}, True),
        (CHILDREN, True),
        ({**CHILDREN, "basis": "consent", "consent": "consent 2"}, True),
        ({"basis": "consent", "consent": "consent 2"}, True),
        ({"minors": True}, False),
        ({"minors": True, "basis": "hr"}, False),
        ({"minors": True, "basis": "consent", "consent": "consent 2"}, False),
        ({**CHILDREN, "basis": "consent"}, False),
        ({"basis": "consent"}, False),
        ({**CHILDREN, "basis": None}, False),
        ({**CHILDREN, "notice": ""}, False),
        ({**CHILDREN, "pipia": ""}, False),
    ],
)
def test_a_guardians_consent_is_on_record_for_people_under_14_whatever_the_basis(
    said: dict[str, Any], complete: bool
) -> None:
    assert AuthorizationDocument.model_validate(a_paper(**said)).evidence is complete
