"""Which test runs which function of law/ and rules/, and for how long: a change is asked of those tests only.

A function that is called while modules are imported leaves its answers in them. Who imported, is written down too.
"""

from __future__ import annotations

import functools
import gc
import json
import sys
import time
from collections import defaultdict
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from books import PROOFS
from hypothesis import Phase, settings

FEW = 15
"""As many examples of a property at most: what is noticed, is noticed early."""
PRODUCT = "services/tidegate/"
OURS = ("__main__", "tidegate", "tests", "asking", "books", "measure", "processes", "_pytest", "pytest")
BELOW = ("tidegate.events", "tidegate.standards", "tidegate.words")
ROOMS = (PRODUCT + "law/", PRODUCT + "rules/")


def relative(file: str) -> str:
    here = f"{Path.cwd()}/"
    return file[len(here) :] if file.startswith(here) else ""


def key_of(code: CodeType) -> str:
    """The function that some code belongs to: what is inside a function is that function's."""
    return f"{relative(code.co_filename)}:{code.co_qualname.partition('.<locals>')[0]}"


def fewer_examples(item: pytest.Item) -> None:
    """A property with fewer examples, and no search for the smallest one that breaks it."""
    name = "_hypothesis_internal_use_settings"
    asked = getattr(getattr(item, "obj", None), name, None)
    if asked is not None:
        phases = [phase for phase in asked.phases if phase in (Phase.explicit, Phase.generate)]
        fewer = settings(asked, max_examples=min(asked.max_examples, FEW), phases=phases, database=None)
        setattr(item.obj, name, fewer)  # type: ignore[attr-defined]


def caches() -> list[Any]:
    """Functions of ours that remember what they said, but those of rooms that law/ and rules/ are built on."""
    kind = type(functools.cache(int))
    named = [(one, str(one.__module__)) for one in gc.get_objects() if isinstance(one, kind)]
    return [one for one, name in named if name.startswith(("tidegate.", "tests.")) and not name.startswith(BELOW)]


def run(item: pytest.Item, following: pytest.Item | None) -> list[pytest.TestReport]:
    return runtestprotocol(item, log=False, nextitem=following)


class Measuring:
    """Runs every test once that it does not know yet.

    ``found`` has functions and seconds by test, and by function the modules whose import calls it.
    """

    def __init__(self, known: dict[str, Any]) -> None:
        self.found: dict[str, Any] = {"tests": known, "imports": {}}
        self.broken: list[str] = []
        self._imports: defaultdict[str, set[str]] = defaultdict(set)
        self._seen: set[CodeType] = set()

    def pytest_sessionstart(self) -> None:
        sys.settrace(self._importing)

    def pytest_collection_finish(self) -> None:
        sys.settrace(None)
        self.found["imports"] = {name: sorted(modules) for name, modules in self._imports.items()}

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        remembered = caches()
        items = [item for item in session.items if item.nodeid not in self.found["tests"]]
        for place, item in enumerate(items):
            fewer_examples(item)
            for one in () if item.nodeid.startswith(PROOFS) else remembered:
                one.cache_clear()
            self._seen = set()
            start = time.process_time()
            sys.settrace(None if item.nodeid.startswith(PROOFS) else self._running)
            try:
                reports = run(item, items[place + 1] if place + 1 < len(items) else None)
            finally:
                sys.settrace(None)
            if any(report.failed for report in reports):
                self.broken.append(item.nodeid)
            functions = sorted({key_of(code) for code in self._seen if relative(code.co_filename).startswith(ROOMS)})
            self.found["tests"][item.nodeid] = [round(time.process_time() - start, 4), functions]
        return True

    def _running(self, frame: FrameType, event: str, _: object) -> None:
        self._seen.add(frame.f_code)  # a tracer that gives nothing back hears of calls only

    def _importing(self, frame: FrameType, event: str, _: object) -> None:
        name = relative(frame.f_code.co_filename)
        if not name.startswith(ROOMS) or frame.f_code.co_name == "<module>":
            return
        key, above = key_of(frame.f_code), frame.f_back
        while above is not None:
            if above.f_code.co_name == "<module>" and (module := _module(above)):
                self._imports[key].add(module)
            above = above.f_back


def _module(frame: FrameType) -> str:
    """Where a module's own code is run from; nothing for what runs all of this."""
    name = relative(frame.f_code.co_filename)
    return "" if name.startswith("scripts/") else name


def measured(arguments: list[str], into: Path, state: str) -> int:
    """Measures in this process, and adds what was found to a file. Tests that fail without any change are said."""
    plugin = Measuring(json.loads(into.read_text())["tests"] if into.exists() else {})
    code = pytest.main(arguments, plugins=[plugin])
    others = [name for name in sys.modules if name.partition(".")[0] not in OURS]
    if code == 0 and not plugin.broken:
        into.write_text(json.dumps({**plugin.found, "others": others, "state": state}))
        return 0
    print("these fail without any change:", *plugin.broken, sep="\n  ", file=sys.stderr)
    return 1
