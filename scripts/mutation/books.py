"""Changes, what is known of them already, and in which order tests are asked about them.

``judged.toml`` has those that somebody looked at and found to change no verdict, each with the reason: they are not
asked about. What they are in is part of their ids, so whoever changes a function judges anew.
"""

from __future__ import annotations

import difflib
import json
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

JUDGED = Path(__file__).with_name("judged.toml")
LAW, PROOFS = "/law/", "tests/proof"
"""Proofs read functions instead of calling them: they are asked about every one of law/."""
OUTCOMES = ("killed", "timed out", "judged", "survived")


@dataclass(frozen=True)
class Change:
    """An edit of the text of a module."""

    id: str
    path: str
    operator: str
    line: int
    start: int
    end: int
    text: str

    def of(self, source: str) -> str:
        return source[: self.start] + self.text + source[self.end :]

    def diff(self, source: str) -> str:
        old, new = source.splitlines(), self.of(source).splitlines()
        return "\n".join(difflib.unified_diff(old, new, self.path, self.path, n=1, lineterm=""))


class Book:
    """What came out, in a file that a later run goes on with.

    A change that was noticed stays so; one that was not is asked about again when tests are others.
    """

    def __init__(self, file: Path, tests: str, changes: Sequence[Change]) -> None:
        self._file, self._tests, self._changes = file, tests, changes
        judged = {one for said in tomllib.loads(JUDGED.read_text())["judged"] for one in said["ids"]}
        self.known: dict[str, dict[str, Any]] = {
            one.id: {"id": one.id, "path": one.path, "outcome": "judged"} for one in changes if one.id in judged
        }
        for line in file.read_text().splitlines() if file.exists() else ():
            said = json.loads(line)
            if said["outcome"] != "survived" or (said["tests"] == tests and said["id"] not in self.known):
                self.known[said["id"]] = said

    def write(self, change: Change, outcome: str, by: str, source: str) -> None:
        said = {"id": change.id, "path": change.path, "line": change.line, "operator": change.operator}
        said |= {"outcome": outcome, "by": by, "tests": self._tests, "diff": change.diff(source)}
        self.known[change.id] = said
        with self._file.open("a") as file:
            file.write(json.dumps(said) + "\n")

    @property
    def survived(self) -> list[dict[str, Any]]:
        """Those that no test noticed, and that nobody judged."""
        asked = [self.known[one.id] for one in self._changes if one.id in self.known]
        return [one for one in asked if one["outcome"] == "survived"]

    def report(self) -> str:
        """What survived, then a line for each file."""
        counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for one in self._changes:
            if one.id in self.known:
                counted[one.path][self.known[one.id]["outcome"]] += 1
        lines = [f"\n{one['diff']}" for one in self.survived]
        lines += ["", "".join(f"{outcome:>11}" for outcome in OUTCOMES)]
        lines += [_line(outcomes, path) for path, outcomes in counted.items()]
        lines.append(_line(sum(counted.values(), Counter()), f"of {len(self._changes)} changes"))
        return "\n".join(lines)


def _line(outcomes: Counter[str], what: str) -> str:
    return "".join(f"{outcomes[outcome]:>11}" for outcome in OUTCOMES) + f"  {what}"


class Order:
    """Which tests are asked about a function.

    First those that noticed changes near by, today or before, then those of the module's own file, of its room, and who
    is done soonest: one of each file after the other, since those of one file are much alike.
    """

    def __init__(self, found: dict[str, Any], seconds: float, before: Iterable[Mapping[str, Any]] = ()) -> None:
        self._most = seconds or float("inf")
        self.seconds: dict[str, float] = {name: said[0] for name, said in found["tests"].items()}
        self.imports: dict[str, list[str]] = found["imports"]
        self._by_key: defaultdict[str, list[str]] = defaultdict(list)
        self._by_path: defaultdict[str, set[str]] = defaultdict(set)
        self._proofs = [name for name in found["tests"] if name.startswith(PROOFS)]
        self._kills = Counter((said["path"], said["by"]) for said in before if said["outcome"] == "killed")
        for name, (_, functions) in found["tests"].items():
            for key in functions:
                self._by_key[key].append(name)
                self._by_path[key.partition(":")[0]].add(name)
        files = {path: {name.partition("::")[0] for name in names} for path, names in self._by_path.items()}
        for path, here in files.items():
            self._by_path[path].update(name for name in found["tests"] if name.partition("::")[0] in here)

    def of(self, path: str, key: str | None) -> list[str]:
        """Tests that run a function; without one, or where it is new, all in files where one runs any of the module."""
        asked = [*(self._by_key.get(key or "") or self._by_path[path]), *(self._proofs if LAW in path else ())]
        kills = self._kills
        room, _, module = path.removesuffix(".py").rpartition("/")
        near = (f"/test_{module}.py::", f"/{room.rpartition('/')[2]}/")
        place: Counter[str] = Counter()
        turn = {}
        for one in sorted(asked, key=self.seconds.__getitem__):
            file = one.partition("::")[0]
            turn[one] = place[file]
            place[file] += 1
        found = sorted(
            asked,
            key=lambda one: (
                -kills[key or path, one],
                -kills[path, one],
                near[0] not in one,
                near[1] not in one,
                turn[one],
                self.seconds[one],
            ),
        )
        until = accumulate(self.seconds[one] for one in found)
        return [one for one, spent in zip(found, until, strict=True) if spent <= self._most]

    def killed(self, path: str, key: str | None, by: str) -> None:
        for near in {path, key or path}:
            self._kills[near, by] += 1

    def importing(self, key: str | None) -> list[str] | None:
        """Test files whose import calls a function; None where other modules do, or the change is in no function."""
        found = None if key is None else self.imports.get(key, [])
        return found if found is not None and all(Path(name).name.startswith("test_") for name in found) else None
