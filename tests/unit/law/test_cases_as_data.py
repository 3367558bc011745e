"""Cases as data: a slip of who adds one is told by the name of the case, and what comes out otherwise in words."""

from __future__ import annotations

import pytest
from tests import cases_as_data, cases_of_law


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"feild": "PI"}, "'feild' is nothing that a case says; did you mean 'field'?"),
        ({"zzz": 1}, "'zzz' is nothing that a case says"),
        ({"article": None}, "it does not say 'article'"),
        ({"field": "PI"}, None),
    ],
)
def test_a_slip_is_told_by_the_file_and_the_case(
    said: dict[str, object], wrong: str | None, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = {"name": "a plate", "article": "PIPL 39", **said}
    lines = [f"{key} = {value!r}" for key, value in case.items() if value is not None]
    monkeypatch.setattr(cases_as_data, "FOLDER", tmp_path)
    (cases_as_data.FOLDER / "law.toml").write_text("\n".join(["[[case]]", *lines]), encoding="utf-8")

    if wrong is None:
        assert cases_as_data.read("law.toml", "name article", "field")["case"] == [case]
        return
    with pytest.raises(ValueError, match=r"tests/cases/law\.toml, case 'a plate': ") as found:
        cases_as_data.read("law.toml", "name article", "field")
    assert str(found.value).endswith(f": {wrong}")


@pytest.mark.parametrize("said", [{"field": "PII"}, {"papers": ["SSC"]}, {"on": "2026-02-30"}, {"points": {"x": True}}])
def test_a_word_that_there_is_not_is_told_by_its_case(said: dict[str, object]) -> None:
    case = {"row": 18, "name": "a plate", "article": "PIPL 39", "expect": "19 DROP NONE nothing_matched", **said}

    with pytest.raises(ValueError, match=r"tests/cases/law\.toml, case 'a plate': "):
        cases_of_law.case_of(case)


def test_what_comes_out_otherwise_is_said_with_both_sides() -> None:
    said = cases_as_data.differs("17 DROP NONE x", "18 PASS SCC y")

    assert said == "the law here says '17 DROP NONE x', and the case expects '18 PASS SCC y'"
