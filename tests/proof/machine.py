"""A machine that runs Python functions over all values of their arguments at once, and gives formulas for z3.

The source of a function is taken as it stands where it runs. Statements and branches are followed here, expressions in
``expressions``. Nothing here knows the law.
"""

from __future__ import annotations

import ast
import inspect
import operator
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import z3
from tests.proof.expressions import Evaluator, bind
from tests.proof.symbolic import FALSE, TRUE, both, chosen, either, never


@dataclass
class _Frame:
    returned: list[tuple[z3.BoolRef, Any]] = field(default_factory=list)
    continued: list[z3.BoolRef] = field(default_factory=list)


class Machine(Evaluator):
    """Runs functions of some modules over symbolic arguments.

    ``planted`` replaces text in the source of a function, by its name: an error that a proof has to find.
    """

    def __init__(self, modules: Iterable[str], planted: Mapping[str, tuple[str, str]] | None = None) -> None:
        super().__init__(modules)
        self._planted = planted or {}
        self._parsed: dict[Callable[..., Any], ast.FunctionDef] = {}

    def call(self, function: Callable[..., Any], *args: Any, when: z3.BoolRef = TRUE, **named: Any) -> Any:
        """What a function returns, as one value of several."""
        bound = inspect.signature(function).bind(*args, **named)
        bound.apply_defaults()
        frame = _Frame()
        scope = {**function.__globals__, **bound.arguments}
        left = self._run(self._source(function).body, scope, when, frame)
        return chosen([*frame.returned, (left, None)])

    def _source(self, function: Callable[..., Any]) -> ast.FunctionDef:
        if function not in self._parsed:
            text = textwrap.dedent(inspect.getsource(function))
            old, new = self._planted.get(function.__name__, ("", ""))
            assert old in text, f"{function.__name__} does not say {old!r}"
            parsed = ast.parse(text.replace(old, new, 1) if old else text).body[0]
            assert isinstance(parsed, ast.FunctionDef)
            self._parsed[function] = parsed
        return self._parsed[function]

    # Statements: each gives the condition under which the next one is reached.

    def _run(self, body: Sequence[ast.stmt], scope: dict[str, Any], when: z3.BoolRef, frame: _Frame) -> z3.BoolRef:
        for statement in body:
            if when is FALSE:
                break
            when = self._step(statement, scope, when, frame)
        return when

    def _step(self, statement: ast.stmt, scope: dict[str, Any], when: z3.BoolRef, frame: _Frame) -> z3.BoolRef:
        match statement:
            case ast.Expr(value=ast.Constant()):
                return when
            case ast.Return(value=value):
                frame.returned.append((when, None if value is None else self.value(value, scope, when)))
                return FALSE
            case ast.Continue():
                frame.continued.append(when)
                return FALSE
            case ast.Raise():
                self.faults.append(when)
                return FALSE
            case ast.Assign(targets=[target], value=value):
                bind(target, self.value(value, scope, when), scope)
                return when
            case ast.If(test=test, body=body, orelse=orelse):
                return self._branches([(self.truth(self.value(test, scope, when)), body)], orelse, scope, when, frame)
            case ast.For(orelse=[]):
                return self._loop(statement, scope, when, frame)
            case ast.Match(subject=subject, cases=cases):
                said = self.value(subject, scope, when)
                tested = [(self._matches(one.pattern, said, scope, when), one.body) for one in cases]
                return self._branches(tested, [], scope, when, frame)
        raise NotImplementedError(ast.unparse(statement))

    def _branches(
        self,
        tested: Sequence[tuple[z3.BoolRef, Sequence[ast.stmt]]],
        orelse: Sequence[ast.stmt],
        scope: dict[str, Any],
        when: z3.BoolRef,
        frame: _Frame,
    ) -> z3.BoolRef:
        before = TRUE
        after: list[tuple[z3.BoolRef, dict[str, Any]]] = []
        for test, body in (*tested, (TRUE, orelse)):
            inner = dict(scope)
            after.append((self._run(body, inner, both(when, before, test), frame), inner))
            before = both(before, never(test))
        alive = [(left, inner) for left, inner in after if left is not FALSE]
        for name in {name for _, inner in alive for name in inner}:
            if any(inner.get(name) is not scope.get(name) for _, inner in alive):
                scope[name] = chosen((left, inner[name]) for left, inner in alive if name in inner)
        return either(*(left for left, _ in alive))

    def _loop(self, loop: ast.For, scope: dict[str, Any], when: z3.BoolRef, frame: _Frame) -> z3.BoolRef:
        over, body = self.value(loop.iter, scope, when), loop.body
        made = {one.id for one in _names(body) if isinstance(one.ctx, ast.Store)}
        for item in over:
            for name in made:
                scope.pop(name, None)  # nothing of one turn is read in the next
            inner = _Frame(frame.returned)
            bind(loop.target, item, scope)
            when = either(self._run(body, scope, when, inner), *inner.continued)
        return when

    def _matches(self, pattern: ast.pattern, said: Any, scope: dict[str, Any], when: z3.BoolRef) -> z3.BoolRef:
        match pattern:
            case ast.MatchValue(value=value):
                return self.truth(self.lift(operator.eq, when, said, self.value(value, scope, when)))
            case ast.MatchOr(patterns=patterns):
                return either(*(self._matches(one, said, scope, when) for one in patterns))
            case ast.MatchAs(pattern=None, name=None):
                return TRUE
        raise NotImplementedError(ast.dump(pattern))


def _names(body: Sequence[ast.stmt]) -> list[ast.Name]:
    return [one for statement in body for one in ast.walk(statement) if isinstance(one, ast.Name)]
