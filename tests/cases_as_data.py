"""Cases as data: what a file of ``tests/cases`` says, with its slips told by the name of the case.

Who adds a case need not program: a key that nobody reads would make a case that says less than it seems to.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "cases"


def read(file: str, must: str, may: str) -> dict[str, Any]:
    """A file of cases, each with all the keys that it has to say and none but those that it may say.

    Raises ``ValueError`` that names the file and the case.
    """
    found = tomllib.loads((FOLDER / file).read_text(encoding="utf-8"))
    for case in found["case"]:
        for wrong in slips(case, must.split(), may.split()):
            raise ValueError(f"tests/cases/{file}, case {case.get('name')!r}: {wrong}")
    return found


def slips(case: Mapping[str, Any], must: Iterable[str], may: Iterable[str]) -> Iterator[str]:
    known = [*must, *may]
    for key in case:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            yield f"{key!r} is nothing that a case says" + (f"; did you mean {near[0]!r}?" if near else "")
    yield from (f"it does not say {key!r}" for key in must if key not in case)


def differs(found: str, expected: str) -> str:
    """What is said of a case that comes out otherwise than it expects."""
    return f"the law here says {found!r}, and the case expects {expected!r}"
