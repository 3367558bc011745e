"""Lists changes of some modules as JSON lines. Runs where cosmic-ray is, which makes them, and nothing of the project.

What is left out, and why:

- what is no program, or the same program but for its annotations, which nothing evaluates;
- other comparisons than those that all others follow from: who notices ``<=`` and ``!=`` for ``<`` notices the rest
  (Kaminski, Ammann, Offutt 2013). ``is`` becomes ``is not`` only: what is compared so is None or a member of an
  enumeration, where ``==`` is the same, and greater or less an accident of spelling;
- other arithmetic than the nearest: the rest raises, or is noticed with it;
- a function without its ``cache``, which gives the same slower;
- a dataclass that is not frozen, or has no slots: types are checked, and nothing assigns to one.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from functools import cache
from itertools import accumulate
from pathlib import Path

import cosmic_ray.ast
import cosmic_ray.plugins
from cosmic_ray.mutating import mutate_code

NEAREST = {
    "Lt": "LtE NotEq",
    "LtE": "Lt Eq",
    "Gt": "GtE NotEq",
    "GtE": "Gt Eq",
    "Eq": "NotEq LtE GtE",
    "NotEq": "Eq Lt Gt",
    "Is": "IsNot",
    "IsNot": "Is",
    "Add": "Sub Mul",
    "Sub": "Add BitXor",
    "Mul": "Add FloorDiv",
    "Div": "Mul",
    "FloorDiv": "Mul Mod",
    "Mod": "FloorDiv",
    "Pow": "Mul",
    "BitOr": "BitAnd BitXor",
    "BitAnd": "BitOr BitXor",
    "BitXor": "BitOr BitAnd",
    "LShift": "RShift",
    "RShift": "LShift",
}
"""What each operator becomes."""


def changes(path: str) -> Iterator[dict[str, object]]:
    """All changes of a module: an edit of its text, by offset, each with an id of its own."""
    source = Path(path).read_text(encoding="utf-8")
    unchanged, start, seen = _program(source), 0, {source}
    for piece in cosmic_ray.ast.get_ast(source).children:
        code = piece.get_code()
        for operator, changed in _of_piece(code):
            new = source[:start] + changed + source[start + len(code) :]
            if new in seen or _program(new) in (None, unchanged):
                continue
            seen.add(new)
            yield _edit(path, operator, source, new)
        start += len(code)


def _of_piece(code: str) -> Iterator[tuple[str, str]]:
    """Changes of one statement of a module: far faster than of the whole, which is parsed anew for each."""
    nodes = list(cosmic_ray.ast.ast_nodes(cosmic_ray.ast.get_ast(code)))
    for name in cosmic_ray.plugins.operator_names():
        make = cosmic_ray.plugins.get_operator(name)
        if make.arguments() or not _asked(name):
            continue
        for occurrence in range(sum(1 for node in nodes for _ in make().mutation_positions(node))):
            changed = mutate_code(code, make(), occurrence)
            if changed is not None and changed.count("@cache") == code.count("@cache"):
                yield name.removeprefix("core/"), changed


def _asked(operator: str) -> bool:
    one = re.search(r"Replace(?:Binary|Comparison)Operator_(\w+)_(\w+)", operator)
    return one is None or one[2] in NEAREST[one[1]].split()


def _program(source: str) -> str | None:
    """What of a module runs."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign):
            alias = isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "TypeAlias"
            node.annotation = ast.Name("TypeAlias" if alias else "any")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dataclass":
            node.keywords = [one for one in node.keywords if one.arg not in ("frozen", "slots")]
    return ast.dump(tree)


def _edit(path: str, operator: str, old: str, new: str) -> dict[str, object]:
    start = next(
        (at for at, (one, two) in enumerate(zip(old, new, strict=False)) if one != two), min(len(old), len(new))
    )
    most = min(len(old), len(new)) - start
    same = next((at for at in range(most) if old[-1 - at] != new[-1 - at]), most)
    name, first, last = _around(old, start, len(old) - same)
    changed = new[first : last + len(new) - len(old)]
    return {
        "id": hashlib.sha256("\0".join((path, name, old[first:last], changed)).encode()).hexdigest()[:16],
        "path": path,
        "operator": operator,
        "line": old.count("\n", 0, start) + 1,
        "start": start,
        "end": len(old) - same,
        "text": new[start : len(new) - same],
    }


def _around(source: str, start: int, end: int) -> tuple[str, int, int]:
    """What an edit is in: the innermost function, or the statement of the module, by name and from where to where.

    What stands elsewhere in the module may become another, and what came out of the change is still known.
    """
    around = [one for one in _spans(source) if one[1] <= start and end <= one[2]]
    return min(around, key=lambda one: one[2] - one[1], default=("", 0, len(source)))


@cache
def _spans(source: str) -> tuple[tuple[str, int, int], ...]:
    lines = source.splitlines(keepends=True)
    starts = [0, *accumulate(map(len, lines))]
    found = []
    for name, node in _statements(ast.parse(source), ""):
        decorators = node.decorator_list if isinstance(node, ast.FunctionDef | ast.ClassDef) else []
        first = min([node.lineno, *(one.lineno for one in decorators)])
        found.append((name, starts[first - 1], starts[node.end_lineno or node.lineno]))
    return tuple(found)


def _statements(node: ast.AST, name: str) -> Iterator[tuple[str, ast.stmt]]:
    """Statements of a module, and functions in it wherever they are."""
    for one in ast.iter_child_nodes(node):
        inner = f"{name}.{one.name}" if isinstance(one, ast.FunctionDef | ast.ClassDef) else name
        if isinstance(one, ast.FunctionDef) or (isinstance(one, ast.stmt) and isinstance(node, ast.Module)):
            yield inner, one
        yield from _statements(one, inner)


if __name__ == "__main__":
    for module in sys.argv[1:]:
        for one in changes(module):
            print(json.dumps(one))
