"""Rule sets and keyrings as folders and files: the reading that the pure rooms leave to others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tidegate import rules
from tidegate.errors import BadInput, BadRules, BadSettings, Mistake
from tidegate.events.avro import Json
from tidegate.events.builtin import NOTICE_SCHEMA, builtin, writer_schemas
from tidegate.gate import Keyring, parse_keyring
from tidegate.law.calendars import day_of
from tidegate.provision.files import read_text
from tidegate.provision.references import REFERENCE_FOLDER, read_lists
from tidegate.rules import Plan, RuleSet
from tidegate.rules.activations import Activation, Ledger
from tidegate.rules.reports import Note


def read_rules(folder: Path) -> RuleSet:
    """The rule set of a folder: its ``*.toml`` files, the writer schemas in ``schemas``, the lists in ``reference``.

    It is under the law of today, where it names no day before.

    Raises ``BadRules`` with every mistake, ``BadInput`` when there is no such folder.
    """
    if not folder.is_dir():
        raise BadInput(f"there is no folder {folder}")
    mistakes: list[Mistake] = []
    texts = {path.name: _text(path, mistakes) for path in sorted(folder.glob("*.toml"))}
    schemas: dict[str, Any] = {}
    for path in sorted((folder / "schemas").glob("*.avsc")):
        try:
            schemas[f"schemas/{path.name}"] = json.loads(_text(path, mistakes) or "null")
        except json.JSONDecodeError as exc:
            mistakes.append(Mistake(f"schemas/{path.name}", exc.lineno, f"this is not JSON: {exc.msg}"))
        except RecursionError:
            mistakes.append(Mistake(f"schemas/{path.name}", 1, "this is nested too deep to be a schema"))
    lists = {one.name: one.text for one in read_lists(folder / REFERENCE_FOLDER, mistakes)}
    if mistakes:
        raise BadRules(tuple(mistakes))
    found = rules.load(texts, writer_schemas(), schemas, lists, today=day_of(datetime.now(tz=UTC)))
    return replace(found, notes=(*found.notes, *_unread(folder)))


def _unread(folder: Path) -> Iterator[Note]:
    """Notes on files that look as if they were of the rule set. What stands in them protects nothing."""
    said = "this file is not read: a rule set is the files of the folder itself that end in .toml, in small letters"
    for path in sorted((*folder.iterdir(), *folder.glob("*/*.toml"))):
        here = path.parent == folder
        looks = path.name.lower().endswith((".toml", ".toml.txt")) and not (here and path.suffix == ".toml")
        if looks and not path.relative_to(folder).as_posix().startswith("."):
            yield Note(path.relative_to(folder).as_posix(), 1, said)


def rules_in_force(ledger: Ledger) -> RuleSet | None:
    """The rule set in force, from the documents and schemas that were published with its plan; None without any.

    Raises ``BadRules`` where this program no longer takes them, ``BadSchema`` for a plan of another version.
    """
    return None if ledger.current is None else rules_of(ledger, ledger.current)


def rules_of(ledger: Ledger, activation: Activation) -> RuleSet | None:
    """The rule set of an activation; None where its documents are not there. Raises as ``rules_in_force`` does.

    It is under the law of the day on which it was activated, as its plan is.
    """
    if activation.rule_set not in ledger.documents:
        return None
    plan = Plan.from_bytes(ledger.plans[activation.plan])
    own = {schema.schema_id for schema in writer_schemas()}
    schemas = {f"schemas/{number}.avsc": plan.schemas[number] for number in plan.writers if number not in own}
    documents = json.loads(ledger.documents[activation.rule_set])
    today = day_of(datetime.fromtimestamp(activation.at_us / 1e6, tz=UTC))
    return rules.load(documents, writer_schemas(), schemas, ledger.lists_of(plan), today=today)


def compile_rules(rule_set: RuleSet) -> Plan:
    """The plan of a rule set. Raises ``BadRules``."""
    return rules.compile_plan(rule_set, builtin(NOTICE_SCHEMA))


def reader_schema(rule_set: RuleSet, partner: str) -> Json:
    """The schema that reads all that a partner may get. Raises ``BadInput``."""
    if partner not in rule_set.partners:
        raise BadInput(f"the rules know no partner {partner!r}{rules.nearest(partner, rule_set.partners)}")
    try:
        return rules.reader_schema(compile_rules(rule_set), partner)
    except ValueError as exc:
        raise BadInput(str(exc)) from exc


def _text(path: Path, mistakes: list[Mistake]) -> str:
    try:
        return read_text(path)
    except UnicodeDecodeError as exc:
        line = exc.object[: exc.start].count(b"\n") + 1
        mistakes.append(Mistake(path.name, line, "this is not UTF-8; save the file as UTF-8"))
    except OSError as exc:
        mistakes.append(Mistake(path.name, 1, f"this cannot be read: {exc.strerror}"))
    return ""


def read_keyring(path: Path) -> Keyring:
    """The keyring of a file. Raises ``BadSettings``."""
    try:
        return parse_keyring(read_text(path))
    except FileNotFoundError:
        raise BadSettings(
            f"there is no keyring {path}; make one with 'tidegate keyring new {path}', or name yours (TIDEGATE_KEYRING)"
        ) from None
    except (OSError, UnicodeDecodeError) as exc:
        raise BadSettings(f"the keyring {path} cannot be read: {exc}") from exc
