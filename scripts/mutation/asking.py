"""Asks tests about changes, each in a forked process of its own that has everything imported already.

A change inside a function is made in the function itself, in a process that has collected all tests: that costs as
much as the tests that notice it. Where the function was called while modules were imported, or the change is outside of
any function, the process has only what others wrote, and imports the changed module and all that follows from it.
"""

from __future__ import annotations

import gc
import linecache
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FunctionType

import pytest
from books import PROOFS, Change, Order
from measure import PRODUCT, caches, fewer_examples, key_of, relative, run
from processes import Say, child, limit

OPTIONS = ["-q", "-s", "--tb=native", "--assert=plain", "--basetemp=tmp", "-o", "timeout=0"]
OPTIONS += ["-p", "no:cacheprovider", "-p", "no:faulthandler"]
MACHINE = "NotImplementedError"
"""What the machine of the proofs says of code that it does not know: no word on the change."""

Done = Callable[[Change, int, str, str], object]
"""Told of a change, how the process ended, the test that it ended with, and the text of the module."""


def noticed(item: pytest.Item, following: pytest.Item | None) -> bool:
    failed = [str(report.longrepr) for report in run(item, following) if report.failed]
    return bool(failed) and not (item.nodeid.startswith(PROOFS) and any(MACHINE in text for text in failed))


@contextmanager
def written(change: Change, source: str) -> Iterator[None]:
    """The change in the file too: proofs read it there, and commands that tests start."""
    file = Path(change.path)
    was = file.stat()
    file.write_text(change.of(source))
    try:
        yield
    finally:
        file.write_text(source)
        os.utime(file, ns=(was.st_atime_ns, was.st_mtime_ns))


def changed_function(old: CodeType, new: CodeType) -> CodeType | None:
    """The new code of the one function that differs; None where anything outside of functions does."""
    if _own(old) != _own(new):
        return None
    inner = zip(old.co_consts, new.co_consts, strict=True)
    others = [(one, two) for one, two in inner if isinstance(one, CodeType) and one != two]
    if len(others) != 1:
        return None
    one, two = others[0]
    if one.co_name != two.co_name:
        return None
    # A function is run with names of its own, the body of a class is not.
    return two if one.co_flags & 1 and _signature(one) == _signature(two) else changed_function(one, two)


def new_code(change: Change, source: str) -> CodeType | None:
    where = str(Path(change.path).absolute())
    return changed_function(compile(source, where, "exec"), compile(change.of(source), where, "exec"))


def _own(code: CodeType) -> tuple[object, ...]:
    consts = [None if isinstance(one, CodeType) else (type(one), one) for one in code.co_consts]
    return code.co_code, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, repr(consts)


def _signature(code: CodeType) -> tuple[object, ...]:
    return code.co_argcount, code.co_kwonlyargcount, code.co_freevars, code.co_firstlineno


class Asking:
    """Inside a process that has collected all tests: makes changes in functions, and asks."""

    def __init__(self, changes: Sequence[Change], order: Order, done: Done) -> None:
        self._changes, self._order, self._done = changes, order, done

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        for item in session.items:
            fewer_examples(item)
        self._caches = caches()
        self._functions: dict[tuple[str, str, int], list[FunctionType]] = {}
        for one in gc.get_objects():
            if isinstance(one, FunctionType) and relative(one.__code__.co_filename).startswith(PRODUCT):
                code = one.__code__
                self._functions.setdefault((code.co_filename, code.co_qualname, code.co_firstlineno), []).append(one)
        gc.freeze()
        for change in self._changes:
            self._one(change, items)
        return True

    def _one(self, change: Change, items: dict[str, pytest.Item]) -> None:
        source = Path(change.path).read_text()
        new = new_code(change, source)
        key = None if new is None else key_of(new)
        importing = self._order.importing(key)
        if new is None or importing is None:
            return
        names = [name for name in self._order.of(change.path, key) if name.partition("::")[0] not in importing]
        asked = [items[name] for name in names if name in items]  # a test may be gone since
        with written(change, source):
            code, by = child(lambda say: self._ask(new, asked, say))
        if code == 0 and importing:
            return
        self._order.killed(change.path, key, by)
        self._done(change, code, by, source)

    def _ask(self, new: CodeType, asked: Sequence[pytest.Item], say: Say) -> int:
        gc.disable()
        linecache.clearcache()
        for function in self._functions[new.co_filename, new.co_qualname, new.co_firstlineno]:
            function.__code__ = new
        for one in self._caches:
            one.cache_clear()
        for place, item in enumerate(asked):
            limit(10 + 20 * self._order.seconds[item.nodeid])
            say(item.nodeid)
            if noticed(item, asked[place + 1] if place + 1 < len(asked) else None):
                return 1
        return 0


class Anew:
    """Inside a process that imports the changed module: collects some files, and asks."""

    def __init__(self, asked: Sequence[str], order: Order, say: Say) -> None:
        self._places = {name: place for place, name in enumerate(asked)}
        self._order, self._say = order, say
        self.noticed = False

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        # A test that had another name, or none, before the change is asked too; not the proofs that were left out.
        kept = [item for item in items if item.nodeid in self._places or self._is_new(item.nodeid)]
        items[:] = sorted(kept, key=lambda item: self._places.get(item.nodeid, -1))

    def _is_new(self, name: str) -> bool:
        return name not in self._order.seconds and not name.startswith(PROOFS)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            raise session.Interrupted("a module cannot be imported")
        for place, item in enumerate(session.items):
            fewer_examples(item)
            limit(10 + 20 * self._order.seconds.get(item.nodeid, 1))
            self._say(item.nodeid)
            if noticed(item, session.items[place + 1] if place + 1 < len(session.items) else None):
                self.noticed = True
                break
        return True


def anew(change: Change, order: Order, source: str) -> tuple[str | None, int, str]:
    """Asks about a change that is not made in a function alone, or in one that was called at import."""
    new = new_code(change, source)
    importing = order.importing(None if new is None else key_of(new))
    key = None if new is None or importing is None else key_of(new)
    asked = order.of(change.path, key)
    if importing:  # the others were asked with the change made in the function
        asked = [name for name in asked if name.partition("::")[0] in importing]
    files = [file for file in dict.fromkeys(name.partition("::")[0] for name in asked) if Path(file).exists()]
    code, by = 0, ""
    for some in (files[:2], files[2:]):
        if code or not some:
            continue
        here = [name for name in asked if name.partition("::")[0] in some]

        def work(say: Say, here: Sequence[str] = here, some: Sequence[str] = some) -> int:
            say("import")
            limit(60)
            plugin = Anew(here, order, say)
            ended = pytest.main([*OPTIONS, *some], plugins=[plugin])
            return 1 if plugin.noticed or ended not in (0, 1, 5) else 0

        with written(change, source):
            code, by = child(work)
    return key, code, by
