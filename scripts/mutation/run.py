"""Which changes of law/ and rules/ does no test notice? Called by ``scripts/mutants`` in a copy of the repository."""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import os
import random
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from asking import OPTIONS, Asking, anew
from books import OUTCOMES, Book, Change, Order
from measure import measured
from processes import FAILED, apart

UNIT = ["law", "rules", "gate", "report", "tracing", "provision", "replay", "words", "hub"]
PROPERTIES = ["law", "visibility"]
TESTS = [*(f"tests/unit/{one}" for one in UNIT), *(f"tests/properties/test_{one}.py" for one in PROPERTIES)]
# Of the proofs that one which says the most of what each row decides.
TESTS += ["tests/proof/test_proof.py::test_a_second_transcription_says_the_same_of_all_facts"]


class Progress:
    """Writes down what came out, and says how far it is."""

    def __init__(self, changes: Sequence[Change], book: Book) -> None:
        self._all, self._book = changes, book
        self._out = os.fdopen(os.dup(1), "w", buffering=1)
        self._left = sum(change.id not in book.known for change in changes)

    def __call__(self, change: Change, code: int, by: str, source: str) -> None:
        if code == FAILED:
            raise RuntimeError(f"asking about {change.path}:{change.line} failed of itself, at {by}")
        outcome = {0: "survived", 1: "killed"}.get(code, "timed out")
        self._book.write(change, outcome, by if code else "", source)
        self._left -= 1
        end = "\r" if self._out.isatty() else "\n"
        if end == "\r" or self._left % 20 == 0:
            said = [one["outcome"] for one in map(self._book.known.get, (one.id for one in self._all)) if one]
            counts = ", ".join(f"{said.count(one)} {one}" for one in OUTCOMES)
            print(f"{self._left} left: {counts}; now {change.path}:{change.line}    ", end=end, file=self._out)


def digest(*folders: str) -> str:
    found = hashlib.sha256()
    for file in sorted(
        file for folder in folders for file in Path(folder).rglob("*") if file.suffix in (".py", ".toml", ".json")
    ):
        found.update(f"\0{file}\0".encode() + file.read_bytes())
    return found.hexdigest()[:16]


def main() -> int:
    said = argparse.ArgumentParser()
    said.add_argument("changes", type=Path)
    said.add_argument("folder", type=Path)
    said.add_argument("--sample", type=int, default=0)
    said.add_argument("--seconds", type=float, default=0)
    given = said.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)
    changes = [Change(**json.loads(line)) for line in given.changes.read_text().splitlines()]
    if given.sample:
        kept = {one.id for one in random.Random(1).sample(changes, min(given.sample, len(changes)))}
        changes = [one for one in changes if one.id in kept]
    file, code = given.folder / "asked.jsonl", 0
    state, sources = digest("services", "schemas", "tests"), digest("services", "schemas")
    times = given.folder / f"measured-{sources}.json"
    try:
        if not times.exists() or json.loads(times.read_text())["state"] != state:
            print("which test runs what: takes some minutes, and is kept while the sources are the same", flush=True)
            if apart(lambda: measured([*OPTIONS, *TESTS], times, state)):
                return 1
        # Whoever asks longer asks anew about what survived a shorter look.
        state = f"{state} {given.seconds or 'all'}"
        ask(changes, json.loads(times.read_text()), given.seconds, file, state)
    except KeyboardInterrupt:
        print("\nended before all were asked; the same command goes on", flush=True)
        code = 130
    book = Book(file, state, changes)
    print(book.report())
    return code or int(bool(book.survived))


def ask(changes: Sequence[Change], found: dict[str, Any], seconds: float, file: Path, state: str) -> None:
    """First about changes in functions, then about all others."""
    for name in found["others"]:
        with suppress(Exception):
            importlib.import_module(name)
    book = Book(file, state, changes)
    order = Order(found, seconds, book.known.values())
    left = [one for one in changes if one.id not in book.known]
    if left:
        asking = Asking(left, order, Progress(changes, book))
        if apart(lambda: int(pytest.main([*OPTIONS, *TESTS], plugins=[asking]))) not in (0, 5):
            raise RuntimeError("asking about changes in functions failed of itself")
        book = Book(file, state, changes)
    progress = Progress(changes, book)
    for change in left:
        if change.id not in book.known:
            source = Path(change.path).read_text()
            key, code, by = anew(change, order, source)
            order.killed(change.path, key, by)
            progress(change, code, by, source)


if __name__ == "__main__":
    sys.exit(main())
