"""Where a value stands in what was sent: JSONPath, and the dotted keys of ``extensions``.

One spelling for both, so that a finding and an extension point at the same place: RFC 9535 section 2.3, with the short
form ``.name`` for identifiers and ``['any name']`` for everything else. That makes keys unambiguous: the property
``a.b`` and the property ``b`` of ``a`` never share one.
"""

from __future__ import annotations

import json

ROOT = "$"
_ESCAPES = {ord("'"): "\\'", ord("\\"): "\\\\"} | {code: f"\\u{code:04x}" for code in range(0x20)}
_SHOWN = 60


def child(path: str, name: str) -> str:
    """The path of the property ``name`` of the object at ``path``."""
    return f"{path}.{name}" if name.isidentifier() else f"{path}['{name.translate(_ESCAPES)}']"


def element(path: str, index: int) -> str:
    """The path of element ``index`` (0-based) of the array at ``path``."""
    return f"{path}[{index}]"


def dotted(relative: str) -> str:
    """The extension key of a path relative to the event: ``.transportCall.otherFacility`` without its first dot."""
    return relative.removeprefix(".")


def encodable(text: str) -> bool:
    """Whether ``text`` can be written as UTF-8: half a surrogate pair cannot (RFC 8259 section 8.2)."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def shown(value: object) -> str:
    """One value, cut and printable, for a message. Never more of the event than this."""
    if isinstance(value, dict | list):
        return "{...}" if isinstance(value, dict) else "[...]"
    text = repr(value) if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
