"""Reference lists in a folder: one file each, made from the files of those who keep them.

The folder ``reference`` of a rule set is part of it: its lists are published with the plan, which names their digests,
so the hub, ``tidegate check --rules`` and a replay ask the same ones. A file begins with comments that say where the
list is from; they are not part of it, so the same list taken twice has the same digest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tidegate.errors import BadInput, BadRules, Mistake
from tidegate.events.checks.references import ASKED_BY, NAMES, digest_of
from tidegate.provision.files import read_text
from tidegate.provision.reference_formats import is_line, lines_of
from tidegate.rules import nearest

REFERENCE_FOLDER = "reference"
MAX_BYTES = 32 << 20
"""How large a file may be. The whole of UN/LOCODE has 10 MB."""
_SAID = re.compile(r"# (source|taken): (.*)")


@dataclass(frozen=True, slots=True)
class KeptList:
    """A list as it is kept. ``taken`` is the day on which it was made from its source; None where it says none."""

    name: str
    text: str
    source: str
    taken: date | None

    @property
    def codes(self) -> int:
        """How many lines it has."""
        return self.text.count("\n")

    @property
    def digest(self) -> str:
        return digest_of(self.text)


def list_of(name: str, file: str, raw: bytes, source: str, taken: date) -> KeptList:
    """A list from the bytes of a file. Raises ``BadInput`` for a name that no check asks, ``BadRules`` with each line
    that is wrong."""
    if name not in ASKED_BY:
        raise BadInput(f"there is no reference list {name!r}{nearest(name, NAMES)}; there are: {', '.join(NAMES)}")
    if len(raw) > MAX_BYTES:
        raise BadInput(f"{file} has {len(raw) >> 20} MiB; a reference list has {MAX_BYTES >> 20} MiB at most")
    mistakes: list[Mistake] = []
    lines = lines_of(name, file, raw, mistakes)
    if mistakes:
        raise BadRules(tuple(mistakes))
    return KeptList(name, "".join(f"{line}\n" for line in lines), " ".join(source.split()), taken)


def save_list(folder: Path, kept: KeptList) -> Path:
    """Writes a list into a folder, in place of the one that is there. A reader sees the old or the new, never half."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{kept.name}.txt"
    being_made = folder / f".{kept.name}.new"
    being_made.write_text(f"# source: {kept.source}\n# taken: {kept.taken}\n{kept.text}", encoding="utf-8")
    being_made.replace(file)
    return file


def lists_in(folder: Path) -> list[KeptList]:
    """The lists of a folder. Raises ``BadRules`` with every mistake, ``BadInput`` where there is no folder."""
    if not folder.is_dir():
        raise BadInput(f"there is no folder {folder}; 'tidegate reference update LIST FILE' makes it")
    mistakes: list[Mistake] = []
    found = list(read_lists(folder, mistakes))
    if mistakes:
        raise BadRules(tuple(mistakes))
    return found


def read_lists(folder: Path, mistakes: list[Mistake]) -> Iterator[KeptList]:
    """The lists of a folder, which need not be there; what is wrong is told in ``mistakes``."""
    for file in sorted(folder.glob("*.txt")):
        name, shown = file.stem, f"{folder.name}/{file.name}"
        if name not in ASKED_BY:
            said = f"no check asks a list {name!r}{nearest(name, NAMES)}; there are: {', '.join(NAMES)}"
            mistakes.append(Mistake(shown, 1, said))
            continue
        try:
            yield _kept(name, shown, read_text(file, MAX_BYTES), mistakes)
        except UnicodeDecodeError:
            mistakes.append(Mistake(shown, 1, "this is not UTF-8; make it anew with 'tidegate reference update'"))
        except OSError as exc:
            mistakes.append(Mistake(shown, 1, f"this cannot be read: {exc.strerror}"))


def _kept(name: str, shown: str, text: str, mistakes: list[Mistake]) -> KeptList:
    said: dict[str, str] = {}
    lines = set()
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#"):
            if found := _SAID.fullmatch(line):
                said[found[1]] = found[2]
        elif is_line(name, line):
            lines.add(line)
        elif line.strip():
            wrong = f"{line[:40]!r} is no line of {name}; make the file anew with 'tidegate reference update'"
            mistakes.append(Mistake(shown, number, wrong))
            break
    try:
        taken = date.fromisoformat(said.get("taken", ""))
    except ValueError:
        taken = None
    return KeptList(name, "".join(f"{line}\n" for line in sorted(lines)), said.get("source", ""), taken)
