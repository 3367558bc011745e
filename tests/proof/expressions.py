"""Expressions of Python over values that are open. What a value is asked is asked of the real object.

The subset is what the decision table is written in. Anything else is refused aloud: there is no guessing.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import itertools
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import z3
from tests.proof.symbolic import (
    FALSE,
    TRUE,
    Choice,
    Elements,
    Members,
    both,
    chosen,
    either,
    elements,
    never,
    options,
    truth_of,
)

Scope = Mapping[str, Any]
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_OPERATIONS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.BitAnd: operator.and_,
    ast.Add: operator.add,
    ast.Sub: operator.sub,
}


class Evaluator:
    """Expressions at work. ``faults`` are the conditions under which something that is asked raises."""

    def __init__(self, modules: Iterable[str]) -> None:
        self._modules = frozenset(modules)
        self.faults: list[z3.BoolRef] = []

    def call(self, function: Callable[..., Any], *args: Any, when: z3.BoolRef = TRUE, **named: Any) -> Any:
        """What a function of ours returns, as one value of several."""
        raise NotImplementedError

    def value(self, node: ast.expr, scope: Scope, when: z3.BoolRef) -> Any:
        """What an expression is, where ``when`` holds."""
        found = _EXPRESSIONS.get(type(node))
        if found is None:
            raise NotImplementedError(ast.unparse(node))
        return found(self, node, scope, when)

    def truth(self, value: Any) -> z3.BoolRef:
        return either(*(both(when, truth_of(leaf)) for when, leaf in options(value)))

    def lift(self, ask: Callable[..., Any], when: z3.BoolRef, *args: Any) -> Any:
        """A question to real objects, for every combination of what the arguments may be."""
        found = []
        for combination in itertools.product(*map(options, args)):
            condition = both(*(one for one, _ in combination))
            try:
                found.append((condition, ask(*(leaf for _, leaf in combination))))
            except (AttributeError, KeyError, TypeError, IndexError):
                self.faults.append(both(when, condition))
        return chosen(found)

    def _attribute(self, node: ast.Attribute, scope: Scope, when: z3.BoolRef) -> Any:
        def ask(leaf: Any) -> Any:
            found = inspect.getattr_static(type(leaf), node.attr, None)
            if isinstance(found, property) and found.fget.__module__ in self._modules and not _plain(leaf):
                return self.call(found.fget, leaf, when=when)
            return getattr(leaf, node.attr)

        return self.lift(ask, when, self.value(node.value, scope, when))

    def _call(self, node: ast.Call, scope: Scope, when: z3.BoolRef) -> Any:
        if isinstance(node.func, ast.Attribute):
            method = node.func.attr
            args = [self.value(one, scope, when) for one in (node.func.value, *node.args)]
            return self.lift(lambda leaf, *rest: getattr(leaf, method)(*rest), when, *args)
        function = self.value(node.func, scope, when)
        function = getattr(function, "ask", function)
        args = [self.value(one, scope, when) for one in node.args]
        named = {str(one.arg): self.value(one.value, scope, when) for one in node.keywords}
        if function in _BUILTINS:
            return _BUILTINS[function](self, when, *args)
        if inspect.isfunction(function) and function.__module__ in self._modules:
            return self.call(function, *args, when=when, **named)
        if function is replace and not isinstance(args[0], Choice):
            return replace(args[0], **named)  # one object with something open in it, not one for each thing it may be
        names = tuple(named)
        count = len(args)

        def ask(*leaves: Any) -> Any:
            return function(*leaves[:count], **dict(zip(names, leaves[count:], strict=True)))

        return self.lift(ask, when, *args, *named.values())

    def _compare(self, node: ast.Compare, scope: Scope, when: z3.BoolRef) -> Any:
        assert len(node.ops) == 1, "one comparison at a time"
        left, right = self.value(node.left, scope, when), self.value(node.comparators[0], scope, when)
        (test,) = node.ops
        if isinstance(test, ast.In | ast.NotIn):
            found = self._contains(left, right, when)
            return found if isinstance(test, ast.In) else never(found)
        return self.lift(_COMPARISONS[type(test)], when, left, right)

    def _contains(self, item: Any, container: Any, when: z3.BoolRef) -> z3.BoolRef:
        def ask(leaf: Any, inside: Any) -> Any:
            if isinstance(inside, Members):
                return inside.bits.get(leaf, FALSE)
            if isinstance(inside, list | tuple):
                return either(*(self.truth(self.lift(operator.eq, when, leaf, one)) for one in inside))
            return leaf in inside

        return self.truth(self.lift(ask, when, item, container))

    def _bool(self, node: ast.BoolOp, scope: Scope, when: z3.BoolRef) -> Any:
        """Each operand where those before it let it be asked; the value is that of the last one asked."""
        goes_on = never if isinstance(node.op, ast.Or) else (lambda one: one)
        asked, found = TRUE, []
        for one in node.values:
            value = self.value(one, scope, both(when, asked))
            further = both(asked, goes_on(self.truth(value)))
            found.append((asked if one is node.values[-1] else both(asked, never(further)), value))
            asked = further
        if all(isinstance(value, bool) or z3.is_bool(value) for _, value in found):
            join = either if isinstance(node.op, ast.Or) else both
            return join(*(self.truth(value) for _, value in found))
        return chosen(found)

    def _if(self, node: ast.IfExp, scope: Scope, when: z3.BoolRef) -> Any:
        test = self.truth(self.value(node.test, scope, when))
        yes = self.value(node.body, scope, both(when, test))
        no = self.value(node.orelse, scope, both(when, never(test)))
        return chosen([(test, yes), (never(test), no)])

    def _comprehension(self, node: ast.GeneratorExp | ast.ListComp, scope: Scope, when: z3.BoolRef) -> Elements:
        turns: list[tuple[z3.BoolRef, dict[str, Any]]] = [(TRUE, dict(scope))]
        for part in node.generators:
            further = []
            for condition, inner in turns:
                for item in self.value(part.iter, inner, both(when, condition)):
                    now, passed = dict(inner), condition
                    bind(part.target, item, now)
                    for test in part.ifs:
                        passed = both(passed, self.truth(self.value(test, now, both(when, passed))))
                    further.append((passed, now))
            turns = further
        return Elements((passed, self.value(node.elt, now, both(when, passed))) for passed, now in turns)

    def _list(self, node: ast.ListComp, scope: Scope, when: z3.BoolRef) -> Any:
        found = self._comprehension(node, scope, when)
        assert all(condition is TRUE for condition, _ in found), "a list of which it is open how long it is"
        return [one for _, one in found]

    def _display(self, node: ast.Tuple | ast.List, scope: Scope, when: z3.BoolRef) -> Any:
        found: list[Any] = []
        for one in node.elts:
            if isinstance(one, ast.Starred):
                found.extend(self.value(one.value, scope, when))
            else:
                found.append(self.value(one, scope, when))
        return tuple(found) if isinstance(node, ast.Tuple) else found

    def any_of(self, when: z3.BoolRef, found: Any) -> z3.BoolRef:
        return either(*(both(condition, self.truth(one)) for condition, one in elements(found)))

    def all_of(self, when: z3.BoolRef, found: Any) -> z3.BoolRef:
        return both(*(either(never(condition), self.truth(one)) for condition, one in elements(found)))

    def first_of(self, when: z3.BoolRef, found: Any, default: Any) -> Any:
        before, pairs = TRUE, []
        for condition, one in elements(found):
            pairs.append((both(before, condition), one))
            before = both(before, never(condition))
        return chosen([*pairs, (before, default)])

    def set_of(self, when: z3.BoolRef, found: Any = ()) -> Any:
        if not isinstance(found, Elements):
            return self.lift(frozenset, when, found)
        made: Any = frozenset()
        for condition, one in found:
            added = self.lift(lambda before, item: before | {item}, when, made, one)
            made = chosen([(condition, added), (never(condition), made)])
        return made


def _plain(leaf: Any) -> bool:
    """Whether an object has nothing open in it, so that it can answer for itself."""
    names = getattr(type(leaf), "__dataclass_fields__", {})
    return not any(isinstance(getattr(leaf, name), Choice) for name in names)


def bind(target: ast.expr, value: Any, scope: dict[str, Any]) -> None:
    if isinstance(target, ast.Tuple):
        for one, part in zip(target.elts, value, strict=True):
            bind(one, part, scope)
        return
    assert isinstance(target, ast.Name)
    scope[target.id] = value


def _name(machine: Evaluator, node: ast.Name, scope: Scope, when: z3.BoolRef) -> Any:
    return scope[node.id] if node.id in scope else getattr(builtins, node.id)


def _subscript(machine: Evaluator, node: ast.Subscript, scope: Scope, when: z3.BoolRef) -> Any:
    inside = machine.value(node.value, scope, when)
    if isinstance(node.slice, ast.Slice):
        ends = [
            None if one is None else machine.value(one, scope, when) for one in (node.slice.lower, node.slice.upper)
        ]
        return inside[slice(*ends)]
    place = machine.value(node.slice, scope, when)
    return machine.lift(operator.getitem, when, inside, place) if isinstance(inside, Choice) else inside[place]


def _dict(machine: Evaluator, node: ast.Dict, scope: Scope, when: z3.BoolRef) -> dict[Any, Any]:
    keys = [machine.value(key, scope, when) for key in node.keys if key is not None]
    return dict(zip(keys, (machine.value(one, scope, when) for one in node.values), strict=True))


def _set(machine: Evaluator, node: ast.Set, scope: Scope, when: z3.BoolRef) -> Any:
    return machine.lift(
        lambda *leaves: frozenset(leaves), when, *(machine.value(one, scope, when) for one in node.elts)
    )


def _unary(machine: Evaluator, node: ast.UnaryOp, scope: Scope, when: z3.BoolRef) -> Any:
    inner = machine.value(node.operand, scope, when)
    return never(machine.truth(inner)) if isinstance(node.op, ast.Not) else -inner


def _binary(machine: Evaluator, node: ast.BinOp, scope: Scope, when: z3.BoolRef) -> Any:
    args = machine.value(node.left, scope, when), machine.value(node.right, scope, when)
    return machine.lift(_OPERATIONS[type(node.op)], when, *args)


_EXPRESSIONS: dict[type[ast.expr], Callable[..., Any]] = {
    ast.Constant: lambda machine, node, scope, when: node.value,
    ast.Name: _name,
    ast.Attribute: Evaluator._attribute,
    ast.Call: Evaluator._call,
    ast.Compare: Evaluator._compare,
    ast.BoolOp: Evaluator._bool,
    ast.IfExp: Evaluator._if,
    ast.UnaryOp: _unary,
    ast.BinOp: _binary,
    ast.GeneratorExp: Evaluator._comprehension,
    ast.ListComp: Evaluator._list,
    ast.Tuple: Evaluator._display,
    ast.List: Evaluator._display,
    ast.Set: _set,
    ast.Dict: _dict,
    ast.Subscript: _subscript,
}
_BUILTINS: dict[Any, Callable[..., Any]] = {
    any: Evaluator.any_of,
    all: Evaluator.all_of,
    next: Evaluator.first_of,
    frozenset: Evaluator.set_of,
    bool: lambda machine, when, one: machine.truth(one),
    len: lambda machine, when, one: len(one),
    range: lambda machine, when, *ends: range(*ends),
    enumerate: lambda machine, when, one: list(enumerate(one)),
}
