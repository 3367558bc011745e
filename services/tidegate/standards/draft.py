"""One item on its way to a canonical value: what was placed, what has no place, and what the sender should know.

A draft loses nothing: a value goes to a field, to the raw field beside it, or to ``extensions`` under the sender's own
name. Its memory is bounded by what was sent: keys, findings and extensions of one event have ceilings.
"""

from __future__ import annotations

from typing import TypeAlias

from tidegate.events.findings import Finding, Severity
from tidegate.standards import names, times, values
from tidegate.standards.shape import Code, Kind, Leaf

Target: TypeAlias = dict[str, object]

RULE = "MAP"
MAX_FINDINGS = 100
MAX_EXTENSIONS = 10_000
MAX_KEY = 200
"""Characters of an extension key up to which objects are taken apart; past it they are kept whole, as JSON."""

_CONVERT = {
    Kind.TEXT: values.text,
    Kind.INT: values.whole,
    Kind.DOUBLE: values.number,
    Kind.FLAG: values.flag,
    Kind.DAY: values.day,
}
_TEXT, _TIME = Kind.TEXT, Kind.TIME
_SHOWN_NAME = 60
_WITHOUT_OFFSET = (times.NO_OFFSET, times.NO_SUCH_OFFSET)
_HALF = "holds half a character (a lone surrogate), which cannot be stored. Send the text as UTF-8"


class Draft:
    """Collects one item. ``base`` is the item's JSONPath; ``rel`` below is the rest of a path (``.eventID``)."""

    __slots__ = ("_dropped", "base", "extensions", "failed", "findings", "open", "origins")

    def __init__(self, base: str) -> None:
        self.base = base
        self.origins: dict[str, str] = {}
        """Canonical path to the path as sent, relative to ``base``."""
        self.extensions: dict[str, str] = {}
        self.findings: list[Finding] = []
        self.failed = False
        self.open = True
        """Whether the value has room for what the sender adds; a retraction has not."""
        self._dropped = 0

    def say(self, severity: Severity, rel: str, message: str, rule: str = RULE) -> None:
        """A finding about the value at ``rel``. An ERROR means that the item cannot be mapped."""
        if severity is Severity.ERROR:
            self.failed = True
        self._add(severity, self.base + rel, message, rule)

    def _add(self, severity: Severity, path: str, message: str, rule: str = RULE) -> None:
        room = MAX_FINDINGS * 2 if severity is Severity.ERROR else MAX_FINDINGS
        if len(self.findings) < room:
            self.findings.append(Finding(rule, severity, path, message))
        else:
            self._dropped += 1

    def error(self, rel: str, message: str, rule: str = RULE) -> None:
        """The item cannot be mapped. ``rule`` is the semantic check that would have said so of a mapped event."""
        self.say(Severity.ERROR, rel, message, rule)

    def warn(self, rel: str, message: str, rule: str = RULE) -> None:
        """It was mapped, but the sender should mend it."""
        self.say(Severity.WARN, rel, message, rule)

    def info(self, rel: str, message: str) -> None:
        """It was mapped, and the sender may want to know how."""
        self.say(Severity.INFO, rel, message)

    def aside(self, path: str, message: str) -> None:
        """Something about the document around the item."""
        self._add(Severity.INFO, path, message)

    def told(self) -> tuple[Finding, ...]:
        """All findings; past the ceiling, how many more there were."""
        if self._dropped:
            message = f"{self._dropped} more findings of this kind are not shown"
            self.findings.append(Finding(RULE, Severity.INFO, self.base, message))
            self._dropped = 0
        return tuple(self.findings)

    def usable(self, rel: str, value: object) -> bool:
        """Whether there is a value at all: null is absent, and text must hold more than blanks and be storable."""
        if type(value) is str:
            if not value or value.isspace():
                self.warn(rel, f"{_last(rel)} is empty. Empty text is no value: leave the property out")
                return False
            if not names.encodable(value):
                self.error(rel, f"{_last(rel)} {_HALF}")
                return False
            return True
        return value is not None

    def odd(self, rel: str, value: object, what: str) -> None:
        """``what`` is unusual about ``value``, so that no field can take it: say so, and keep it."""
        self.warn(rel, f"{what}; it is kept under extensions" if self.open else f"{what}; it is left out")
        if self.open:
            self.keep(rel, value)

    def keep(self, rel: str, value: object) -> None:
        """Keep what has no place in the event: objects property by property, everything else whole."""
        if type(value) is dict and value and len(rel) <= MAX_KEY:
            for name, inner in value.items():
                self.keep(names.child(rel, name), inner)
        elif self.usable(rel, value):
            self._extend(rel, value)

    def _extend(self, rel: str, value: object) -> None:
        content = values.compact(value)
        if content is None:
            self.error(rel, f"{_last(rel)} is nested too deeply")
        else:
            self.extend(names.dotted(rel), rel, content)

    def extend(self, key: str, rel: str, content: str) -> None:
        """Keep ``content``, which stands at ``rel``, under ``key``."""
        if not names.encodable(content) or not names.encodable(key):
            self.error("" if names.encodable(content) else rel, f"A text or a name {_HALF}")
        elif key in self.extensions:
            self.error(rel, f"{names.shown(key)} is given twice: as a property and under extensions. Give it once")
        elif len(self.extensions) < MAX_EXTENSIONS:
            self.extensions[key] = content
            self.origins[f"extensions[{key}]"] = rel
        elif not self.failed:
            self.error("", f"This event has more than {MAX_EXTENSIONS:,} values that belong to no field")

    def put(self, target: Target, name: str, path: str, field: Leaf | Code, rel: str, value: object) -> None:
        """Place a usable value in ``target[name]``, which is ``path`` in the canonical event."""
        if isinstance(field, Code):
            self._put_code(target, name, path, field, rel, value)
            return
        kind = field.kind
        if kind is _TEXT and type(value) is str:
            target[name] = value
            self.origins[path] = rel
        elif kind is _TIME:
            self._put_time(target, name, path, rel, value)
        else:
            self.put_taken(target, name, path, _CONVERT[kind](value), rel, value)

    def put_taken(self, target: Target, name: str, path: str, taken: values.Taken, rel: str, value: object) -> None:
        """Place what a conversion made of ``value``; what it could not take is kept under extensions, and said."""
        content, remark = taken
        if content is None:
            self.odd(rel, value, f"{_subject(rel, value)} {remark}")
            return
        target[name] = content
        self.origins[path] = rel
        if remark is not None:
            self.warn(rel, f"{_subject(rel, value)} {remark}")
            if remark == values.DIGITS_CUT:
                self.keep(rel, value)

    def _put_time(self, target: Target, name: str, path: str, rel: str, value: object) -> None:
        moment = self.moment(rel, value)
        if moment is not None:
            target[name] = moment.micros
            self.origins[path] = rel
            if moment.remark is not None and self.open:
                self.keep(rel, value)

    def _put_code(self, target: Target, name: str, path: str, code: Code, rel: str, value: object) -> None:
        if type(value) is str and value in code.symbols:
            target[name] = value
            self.origins[path] = rel
            return
        raw, _ = values.text(value)
        if raw is None or code.raw is None:
            self.odd(rel, value, f"{_subject(rel, value)} is no code that can be used here")
            return
        target[name], target[code.raw] = code.default, raw
        self.origins[path] = self.origins[path.removesuffix(name) + code.raw] = rel
        self.warn(rel, f"{_subject(rel, value)} is an unknown code, kept as it is. {_codes(code)}", "V9")

    def moment(self, rel: str, value: object) -> times.Instant | None:
        """The moment that ``value`` names; None with an ERROR finding when that would need a guess."""
        if type(value) is not str:
            self.error(rel, f"{_subject(rel, value)} {times.NO_FORM}")
            return None
        taken = times.instant(value)
        if isinstance(taken, str):
            self.error(rel, f"{_subject(rel, value)} {taken}", "V5" if taken in _WITHOUT_OFFSET else RULE)
            return None
        if taken.remark is not None:
            self.info(rel, f"{_subject(rel, value)} {taken.remark}")
        return taken


def _last(rel: str) -> str:
    return rel.rpartition(".")[2][:_SHOWN_NAME] or "This item"


def _subject(rel: str, value: object) -> str:
    return f"{_last(rel)} {names.shown(value)}"


def _codes(code: Code) -> str:
    if len(code.symbols) > 12:
        return "Codes are compared letter by letter, capitals included"
    return f"Known are {', '.join(sorted(code.symbols))}, written exactly so"
