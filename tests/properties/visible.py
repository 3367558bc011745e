"""Who sees what, worked out slowly from rule documents alone, one leaf of one event at a time.

Shares no code with the product: paths, conditions, classes, the law's rows and the transforms are written anew here.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b32encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

CLASSES = [
    *("GENERAL", "COMMERCIAL", "PI", "SPI", "SUSPECT_IMPORTANT"),
    *("IMPORTANT", "EXPORT_CONTROLLED", "CORE", "UNCLASSIFIED"),
]
HOUR = 3_600_000_000
Doc = Mapping[str, Any]


@dataclass(frozen=True)
class Leaf:
    path: str
    """``documents[].reference``, ``cargo.hsCodes[]``, ``extensions["x"]``."""
    field_class: str
    otherwise: str = ""
    """Its class but for important data, or a suspicion of it."""


@dataclass(frozen=True)
class Rules:
    hub: Doc
    parties: tuple[Doc, ...]
    grants: tuple[Doc, ...]
    classes: tuple[Doc, ...] = ()

    def party(self, name: str) -> Doc:
        return next(party for party in self.parties if party["id"] == name)


def leaves(schema: Any, rules: Rules) -> list[Leaf]:
    """The leaves of a schema and the classed keys of its maps, with their classes."""
    found = list(_leaves(schema["fields"], "", "GENERAL"))
    maps = {leaf.path: leaf.field_class for leaf in found if _is_map(schema, leaf.path)}
    for rule in rules.classes:
        name, _, key = rule["field"].partition('["')
        if key and name in maps and all(leaf.path != rule["field"] for leaf in found):
            found.append(Leaf(rule["field"], "" if maps[name] == "UNCLASSIFIED" else maps[name]))
    return [Leaf(leaf.path, *_raised(leaf, rules)) for leaf in found]


def _leaves(fields: Any, prefix: str, above: str) -> Iterator[Leaf]:
    for field in fields:
        tags = [tag if tag in CLASSES else "UNCLASSIFIED" for tag in field.get("confluent:tags", [])]
        yield from _inner(field["type"], prefix + field["name"], _strictest(above, *(tags or ["UNCLASSIFIED"])))


def _inner(kind: Any, path: str, field_class: str) -> Iterator[Leaf]:
    if isinstance(kind, list):
        (kind,) = (branch for branch in kind if branch != "null")
    match kind:
        case {"type": "record"}:
            yield from _leaves(kind["fields"], f"{path}.", field_class)
        case {"type": "array"}:
            yield from _inner(kind["items"], f"{path}[]", field_class)
        case _:
            yield Leaf(path, field_class)


def _is_map(schema: Any, path: str) -> bool:
    field = next((field for field in schema["fields"] if field["name"] == path), None)
    return field is not None and isinstance(field["type"], dict) and field["type"]["type"] == "map"


def _strictest(*classes: str) -> str:
    return max(classes, key=CLASSES.index)


def _raised(leaf: Leaf, rules: Rules) -> tuple[str, str]:
    """Our schema suspects nothing of itself."""
    given = [rule["class"] for rule in rules.classes if leaf.path in (rule["field"], f"{rule['field']}[]")]
    every = [*([leaf.field_class] if leaf.field_class else []), *given]
    plain = [one for one in every if one not in ("SUSPECT_IMPORTANT", "IMPORTANT")]
    return _strictest(*every), _strictest(*(plain or ["UNCLASSIFIED"]))


def covers(named: str, path: str) -> bool:
    """Whether a path in a grant names a leaf, or something around it."""
    plain = _plain(named)
    if plain == "*":
        return '["' not in path
    base = plain.removesuffix(".*")
    if '["' in path:
        return base == path
    return path == base or path.startswith((f"{base}.", f"{base}[]"))


def own(named: str, path: str) -> bool:
    return path in (_plain(named), f"{_plain(named)}[]")


def _plain(named: str) -> str:
    return re.sub(r"\[\w+ in [^]]*\]", "[]", named)


def _passes_filter(named: str, element: Any) -> bool:
    found = re.search(r"\[(\w+) in ([^]]*)\]", named)
    return found is None or element[found[1]] in [word.strip() for word in found[2].split(",")]


def law(rules: Rules, grant: Doc, leaf: Leaf, publisher: str, partner: str, *, named: str) -> str:
    """PASS, DROP, HOLD or BLOCK: rows 1 to 8 and 19, said once more."""
    field_class, path = leaf.field_class, leaf.path
    sender, receiver = rules.party(publisher), rules.party(partner)
    inside = all(zone.startswith("CN") for zone in (sender["zone"], receiver["zone"], rules.hub["zone"]))
    if receiver.get("foreign_authority") != "no" or receiver.get("restricted") != "no" or blocks(sender, leaf):
        return "BLOCK"
    if field_class == "UNCLASSIFIED":
        needed = any(covers(one, path) for one in grant.get("required", ()))
        return "HOLD" if needed else "DROP"
    if field_class == "SUSPECT_IMPORTANT" or (field_class == "IMPORTANT" and inside):
        return "HOLD"
    return "PASS" if field_class == "GENERAL" or (field_class == "COMMERCIAL" and own(named, path)) else "DROP"


def once_let_go(leaf: Leaf, said: str, *, named: str) -> str:
    """What becomes of a field when a person lets the delivery go: a suspicion alone is lifted, off plain data."""
    if said != "HOLD" or leaf.field_class != "SUSPECT_IMPORTANT":
        return "DROP" if said == "HOLD" else said
    plain = leaf.otherwise == "GENERAL" or (leaf.otherwise == "COMMERCIAL" and own(named, leaf.path))
    return "PASS" if plain else "DROP"


def blocks(sender: Doc, leaf: Leaf) -> bool:
    """Row 2: no matter who would get it, and whether a grant names it."""
    raised = leaf.field_class in ("SUSPECT_IMPORTANT", "IMPORTANT")
    personal = (leaf.otherwise if raised else leaf.field_class) in ("PI", "SPI")
    return (personal and sender.get("state_organ") != "no") or leaf.field_class in ("CORE", "EXPORT_CONTROLLED")


def holds(grant: Doc, event: Any, schema: Any, now: Any) -> bool:
    """Whether a grant holds for an event at a moment."""
    if ("valid_from" in grant and now < grant["valid_from"]) or ("valid_to" in grant and now >= grant["valid_to"]):
        return False
    for path, asked in grant.get("when", {}).items():
        if path.partition(".")[0] not in [field["name"] for field in schema["fields"]]:
            return False
        value: Any = event
        for name in path.split("."):
            value = None if value is None else value.get(name)
        words = [asked] if isinstance(asked, str) else asked
        if value is None or not (value.startswith(asked["prefix"]) if isinstance(asked, dict) else value in words):
            return False
    return True


def says_something(event: Any, path: str) -> bool:
    """Whether the field outside arrays that holds a leaf says anything."""
    value = event
    for name in re.split(r"\[", path)[0].split("."):
        if value is None:
            return False
        value = value[name]
    return not (value is None or value in ("", "UNKNOWN") or (value in ([], {}) and not isinstance(value, bool)))


@dataclass(frozen=True)
class Sees:
    """What becomes of one event for one partner. ``value`` is None where nothing is sent."""

    value: Any = None
    held: bool = False
    shown: frozenset[str] = frozenset()
    """Leaves of which every value is seen as it is."""


def blocked(rules: Rules, schema: Any, event: Any, publisher: str) -> bool:
    sender = rules.party(publisher)
    return any(blocks(sender, leaf) and says_something(event, leaf.path) for leaf in leaves(schema, rules))


@dataclass(frozen=True)
class Situation:
    """Who sends to whom, when, and the partner's secret."""

    publisher: str
    partner: str
    now: Any
    secret: bytes
    freed: bool = False
    """A person lets the delivery go."""


def sees(rules: Rules, schema: Any, event: Any, at: Situation) -> Sees:
    publisher, partner, secret = at.publisher, at.partner, at.secret
    grants = [
        grant
        for grant in rules.grants
        if publisher in grant["publishers"] and partner in grant["partners"] and holds(grant, event, schema, at.now)
    ]
    value: dict[str, Any] = {}
    shown = set()
    anything = False
    for leaf in leaves(schema, rules):
        naming = [
            (law(rules, grant, leaf, publisher, partner, named=named), named, grant)
            for grant in sorted(grants, key=lambda grant: str(grant["id"]))
            for named in grant["fields"]
            if covers(named, leaf.path) and not _left_by_port(grant, leaf.path)
        ]
        if at.freed:
            naming = [(once_let_go(leaf, said, named=named), named, grant) for said, named, grant in naming]
        if any(said == "HOLD" for said, _, _ in naming):
            if says_something(event, leaf.path):
                return Sees(held=True)
            continue
        passing = [(named, grant) for said, named, grant in naming if said == "PASS"]
        if not passing or any(said == "BLOCK" for said, _, _ in naming):
            continue
        anything = True
        transforms = {_transform(grant, leaf.path) for _, grant in passing}
        assert len(transforms) == 1, "a rule set that says two things is refused"
        transform = transforms.pop()
        filters = [named for named, _ in passing]
        _put(value, event, leaf.path, filters, transform, secret)
        if not transform and not all(" in " in named for named in filters):
            shown.add(leaf.path)
    return Sees(value if anything else None, shown=frozenset(shown))


def _left_by_port(grant: Doc, path: str) -> bool:
    port = grant.get("transforms", {}).get("location") == "port"
    return port and path.startswith("location.") and path != "location.unLocode"


def _transform(grant: Doc, path: str) -> str:
    said = [text for named, text in grant.get("transforms", {}).items() if own(named, path)]
    return said[0] if said else ""


def _put(out: dict[str, Any], event: Any, path: str, filters: list[str], transform: str, secret: bytes) -> None:
    """Copies one leaf of the event to what is seen."""
    if '["' in path:
        name, key = path.removesuffix('"]').split('["')
        entries = out.setdefault(name, {})
        if key in event[name]:
            entries[key] = event[name][key]
        return
    steps = re.findall(r"[^.\[\]]+|\[\]", path)
    _copy(out, event, steps, filters, transform, secret)


def _copy(out: Any, value: Any, steps: list[str], filters: list[str], transform: str, secret: bytes) -> None:
    name, *rest = steps
    inner = value[name]
    if not rest:
        out[name] = changed(inner, transform, secret)
    elif inner is None:
        out[name] = None
    elif rest == ["[]"]:
        out[name] = [changed(item, transform, secret) for item in inner]
    elif rest[0] == "[]":
        kept = [item for item in inner if any(_passes_filter(named, item) for named in filters)]
        found = out.setdefault(name, [{} for _ in kept])
        assert len(found) == len(kept), "a rule set that filters one array in two ways is refused"
        for mine, item in zip(found, kept, strict=True):
            _copy(mine, item, rest[1:], filters, transform, secret)
    else:
        _copy(out.setdefault(name, {}), inner, rest, filters, transform, secret)


def changed(value: Any, transform: str, secret: bytes) -> Any:
    kind, _, size = transform.partition(":")
    if value is None or not kind:
        return value
    match kind:
        case "pseudonym":
            return pseudonym(secret, value)
        case "prefix":
            return value[: int(size)]
        case "band":
            return type(value)(value // int(size) * int(size))
        case _:
            step = HOUR if kind == "hour" else 24 * HOUR
            return value // step * step


def pseudonym(secret: bytes, text: str) -> str:
    digest = hashlib.blake2b(text.encode(), key=secret, digest_size=16, person=b"tg-pseudonym").digest()
    return "~" + b32encode(digest).decode().rstrip("=").lower()


def partner_secret(key: bytes, partner: str) -> bytes:
    return hashlib.blake2b(partner.encode(), key=key, digest_size=32, person=b"tg-pseudonym").digest()
