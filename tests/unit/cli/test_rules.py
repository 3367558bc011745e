"""What ``tidegate rules`` says without a broker: what a rule set holds, and what of it has run out."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.builders import a_grant, a_plan, a_rule_set, documents

from tidegate.cli.activating import refuse_expired
from tidegate.cli.main import group
from tidegate.errors import BadRules
from tidegate.provision.admission import propose
from tidegate.rules.activations import Ledger
from tidegate.rules.documents import LimitsDocument, PartnerSettings, ProofDocument, PublisherSettings
from tidegate.rules.paper_documents import ListItem
from tidegate.rules.tables import TABLES

GONE = datetime(2026, 3, 1, tzinfo=UTC)


def folder_of(folder: Path, texts: dict[str, str]) -> str:
    for name, text in texts.items():
        (folder / name).write_text(text)
    return str(folder)


def said(*arguments: str, code: int = 0) -> str:
    found = CliRunner().invoke(group, arguments, catch_exceptions=False)
    assert found.exit_code == code, found.output
    return found.stdout


def test_help_names_every_table_and_its_examples_are_right(tmp_path: Path) -> None:
    printed = said("rules", "--help")

    for name in TABLES:
        assert f"[[{name}]]" in printed or f"[{name}]" in printed, name
    indented = [line.strip() for line in printed.splitlines()]
    begin = next(index for index, line in enumerate(indented) if line == "[[authorization]]")
    end = next(index for index, line in enumerate(indented) if index > begin and line.startswith("gba_counts"))
    examples = "\n".join(indented[begin : end + 1]).replace("sha256:...", f"sha256:{'5e' * 32}")
    assert all(f"[[{name}]]" in examples for name in ("authorization", "negative_list", "important"))
    found = a_rule_set({**documents(), "examples.toml": examples})
    assert [one.said.id for one in found.papers] == ["scc"]
    assert [one.id for one in found.lists] == ["shanghai-2026"]
    assert [one.id for one in found.register] == ["stock"]
    assert found.law.points.gba_counts is False
    assert re.search(r"tidegate\s+law\s+table", printed)


def test_help_has_every_key_of_every_table_and_no_other() -> None:
    printed = said("rules", "--help").partition("All keys that there are")[2].partition("Options:")[0]
    tables = {**TABLES, "party.publisher": PublisherSettings, "party.partner": PartnerSettings}
    inner = {"party": [ProofDocument], "grant": [LimitsDocument], "negative_list": [ListItem]}
    keys = {
        name: {info.alias or key for one in (table, *inner.get(name, ())) for key, info in one.model_fields.items()}
        for name, table in tables.items()
    }
    keys["party"] -= {"publisher", "partner"}

    by_table = re.split(r"\n +\[+([a-z_.]+)\]+ ", printed)[1:]
    assert sorted(by_table[::2]) == sorted(keys)
    for name, text in zip(by_table[::2], by_table[1::2], strict=True):
        # What is beside the keys are their values and a few words of what they are about
        words = set(re.findall(r"[a-z_]+", re.sub(r'"[^"]*"|\([^)]*\)', "", text)))
        assert keys[name] <= words, name
        assert words - keys[name] <= {"each", "or", "what", "it", "covers", "and", "on", "record", "dates"}, name


@pytest.mark.parametrize(("ends", "strict"), [({"valid_to": GONE}, 1), ({}, 0)])
def test_what_ran_out_is_a_note_and_counts_where_it_is_asked_for(
    ends: dict[str, datetime], strict: int, tmp_path: Path
) -> None:
    folder = folder_of(tmp_path, documents(grants=[a_grant(**ends)]))

    plain, asked = said("rules", "check", folder), said("rules", "check", folder, "--strict", code=strict)
    program = json.loads(said("rules", "check", folder, "--json"))
    assert (
        said("rules", "check", folder, "--strict", "--json", code=strict)
        == json.dumps(program, ensure_ascii=False, separators=(", ", ": ")) + "\n"
    )

    assert plain == asked
    assert plain.splitlines()[-1].startswith("sound: 1 publishers, 1 partners, 1 grants, plan ")
    assert ("; 1 of its grants and papers ran out, take them out or renew them" in plain) is bool(strict)
    assert ("moves ran out on 2026-03-01" in plain) is bool(strict)
    assert (program["sound"], program["ranOut"]) == (True, strict)


def test_rules_in_which_something_that_ran_out_is_new_are_not_put_in_force() -> None:
    rules = a_rule_set(grants=[a_grant(valid_to=GONE)])
    proposal = propose(Ledger(), rules, a_plan(rules))

    refuse_expired(proposal, datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC))
    with pytest.raises(BadRules, match=r"grants.toml:\d+: moves ran out on 2026-03-01T00:00:00\+00:00 and is new here"):
        refuse_expired(proposal, GONE)
