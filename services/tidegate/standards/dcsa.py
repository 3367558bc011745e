"""What the versions of DCSA Track & Trace share: how a table of properties is applied to one event.

A version is data (``dcsa22_table``, ``dcsa30_table``); here is what a row of it means. Every property is gathered
by its name first, rows place what was gathered, and what is left over is kept under ``extensions`` by its own path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from tidegate.standards import names, values
from tidegate.standards.draft import Draft
from tidegate.standards.gather import Given, Slot, Table, first, gather, table_of
from tidegate.standards.shape import EVENT, MAX_EVENT_ID, Code, Kind, Leaf, Record, plain, record_of

EVENT_ID, EVENT_TIME = "eventID", "eventDateTime"
NO_ID = f"This event has no {EVENT_ID}. Give every event an id of its own and send it again; none is made up here"
NO_EVENT_TIME = f"This event has no {EVENT_TIME}; none is made up here. Say when it happened, with its offset from UTC"
LONG_ID = f"{EVENT_ID} is longer than {MAX_EVENT_ID} characters. Send a shorter one"

Words: TypeAlias = Mapping[str, str]
"""Codes as a standard spells them, to the canonical spelling; a code that is not there is spelt alike."""
Lines: TypeAlias = tuple[tuple[str, ...], ...]
"""Parts of an address: groups are joined by commas, the parts of a group by blanks."""
AS_IT_IS: Words = {}
DEGREES = {"latitude": values.degrees(90), "longitude": values.degrees(180)}
"""Fields of the canonical location that are degrees, which DCSA writes as text."""


@dataclass(frozen=True, slots=True)
class Row:
    """A canonical field, and the properties that fill it, best first. Of several the first that is given is taken."""

    path: str
    record: str
    """Record that holds the field; empty for the event itself."""
    name: str
    shape: Leaf | Code
    sources: tuple[str, ...]
    words: Words = field(default_factory=dict)
    degrees: Callable[[object], values.Taken] | None = None
    only: str = ""
    """The one source, where there is but one."""
    plain_text: bool = False
    """Whether any text is taken as it is."""


def row(path: str, sources: tuple[str, ...], words: Words = AS_IT_IS) -> Row:
    """A row, with all that does not change looked up."""
    record, _, name = path.rpartition(".")
    shape = plain(EVENT, path)
    text = isinstance(shape, Leaf) and shape.kind is Kind.TEXT and not words
    only = sources[0] if len(sources) == 1 else ""
    return Row(path, record, name, shape, sources, words, DEGREES.get(name), only, text)


@dataclass(frozen=True, slots=True)
class List:
    """An array of the sender's, and the canonical list that it fills."""

    source: str
    name: str
    record: Record
    fields: tuple[tuple[tuple[str, ...], str, Leaf | Code, Words], ...]
    """Properties of an element, best first, and the field of the record that they fill."""
    needed: tuple[str, ...]
    """The properties without any of which an element has no place in the list."""
    table: Table


def list_of(source: str, name: str, properties: Mapping[str, tuple[str, ...]], words: Mapping[str, Words] = {}) -> List:
    """A list whose elements have ``properties``: by field of the canonical record, best first."""
    record = record_of(EVENT, name)
    needed = next(sent for own, sent in properties.items() if own in record.required)
    fields = tuple((sent, own, plain(record, own), words.get(own, AS_IT_IS)) for own, sent in properties.items())
    return List(source, name, record, fields, needed, table_of(one for sent in properties.values() for one in sent))


def identity(draft: Draft, given: Given, event: dict[str, object]) -> None:
    """The id of the event; an ERROR without one."""
    rel, value = given.pop(EVENT_ID, ("", None))
    if value is None:
        draft.error(f".{EVENT_ID}", NO_ID, "V8")
        return
    draft.put_taken(event, "eventId", "eventId", values.text(value), rel, value)
    event_id = event["eventId"]
    if not isinstance(event_id, str):
        draft.error(rel, NO_ID, "V8")
    elif len(event_id) > MAX_EVENT_ID:
        event["eventId"] = None
        draft.error(rel, LONG_ID)


def time(draft: Draft, given: Given, event: dict[str, object]) -> None:
    """The time of the event as a moment, as text, and with its offset; an ERROR where that would need a guess."""
    rel, value = given.pop(EVENT_TIME, ("", None))
    if value is None:
        draft.error(f".{EVENT_TIME}", NO_EVENT_TIME, "V8")
        return
    moment = draft.moment(rel, value)
    if moment is None:
        return
    event["eventTime"], event["eventTimeRaw"] = moment.micros, value
    for name in ("eventTime", "eventTimeRaw"):
        draft.origins[name] = rel
    if moment.offset_minutes is not None:
        event["utcOffsetMinutes"], event["offsetSource"] = moment.offset_minutes, "GIVEN"
        draft.origins["utcOffsetMinutes"] = draft.origins["offsetSource"] = rel


def fields(draft: Draft, given: Given, rows: Iterable[Row], targets: Mapping[str, dict[str, object]]) -> None:
    """Place what the rows name. ``targets`` are the records by name; the event itself has the empty name."""
    take, origins = given.pop, draft.origins
    for one in rows:
        slot = take(one.only, None) if one.only else first(given, one.sources)
        if slot is None:
            continue
        rel, value = slot
        if one.plain_text and type(value) is str:  # nearly all
            targets[one.record][one.name] = value
            origins[one.path] = rel
        elif one.degrees is not None:
            draft.put_taken(targets[one.record], one.name, one.path, one.degrees(value), rel, value)
        else:
            draft.put(targets[one.record], one.name, one.path, one.shape, rel, spelt(one.words, value))


def spelt(words: Words, value: object) -> object:
    """A code in the canonical spelling; whatever is none of the words stays as it is."""
    return words.get(value, value) if words and isinstance(value, str) else value


def elements(draft: Draft, listed: List, slot: Slot | None, taken: list[dict[str, object]]) -> None:
    """Add what an array holds to the canonical list. One object where an array is expected is taken as its element."""
    rel, sent = slot or ("", None)
    if isinstance(sent, list):
        for index, value in enumerate(sent):
            element(draft, listed, names.element(rel, index), value, taken)
    elif sent is not None:
        draft.odd(rel, sent, f"{names.dotted(rel)} is not an array")


def element(draft: Draft, listed: List, rel: str, value: object, taken: list[dict[str, object]]) -> None:
    """Add one element. One without the value that makes it one (a seal without number) is kept under ``extensions``."""
    if not isinstance(value, dict):
        if draft.usable(rel, value):
            draft.odd(rel, value, f"An element of {listed.source} is not an object")
        return
    given: Given = {}
    gather(draft, value, listed.table, rel, given)
    needed = next((given[name] for name in listed.needed if name in given), None)
    if needed is None or values.text(needed[1])[0] is None:
        if given:
            draft.warn(rel, f"An element of {listed.source} has no {listed.needed[0]}; it is kept under extensions")
        for here, inner in given.values():
            draft.keep(here, inner)
        return
    target, prefix = listed.record.blank(), f"{listed.name}[{len(taken)}]."
    for sources, name, shape, words in listed.fields:
        slot = given.pop(sources[0], None) if len(sources) == 1 else first(given, sources)
        if slot is not None:
            draft.put(target, name, prefix + name, shape, slot[0], spelt(words, slot[1]))
    for here, inner in given.values():
        draft.keep(here, inner)
    taken.append(target)


def texts(draft: Draft, slot: Slot | None, what: str, path: str, taken: list[str]) -> None:
    """Add one text or a list of them to ``taken``, the canonical list at ``path``. ``what`` is one of them in words."""
    rel, sent = slot or ("", None)
    several = isinstance(sent, list)
    for index, part in enumerate(sent if isinstance(sent, list) else [sent]):
        here = names.element(rel, index) if several else rel
        if not draft.usable(here, part):
            continue
        if isinstance(part, str):
            draft.origins[f"{path}[{len(taken)}]"] = here
            taken.append(part)
        else:
            draft.odd(here, part, f"{what} is not text")


def address(draft: Draft, given: Given, base: str, lines: Lines) -> Slot | None:
    """The address whose parts stand under ``base``, in one line."""
    rel, found = "", []
    for group in lines:
        words = []
        for part in group:
            slot = given.pop(f"{base}.{part}", None)
            if slot is None:
                continue
            word, remark = values.text(slot[1])
            if isinstance(word, str):
                rel = slot[0].rpartition(".")[0]
                words.append(word)
            else:
                draft.odd(*slot, f"{part} of the address {remark}")
        if words:
            found.append(" ".join(words))
    return (rel, ", ".join(found)) if found else None


def keep_rest(draft: Draft, given: Given, objects: frozenset[str]) -> None:
    """Keep what no row has taken. ``objects`` are the properties that should have been objects."""
    for path, (rel, value) in given.items():
        if path in objects:
            draft.odd(rel, value, f"{names.dotted(rel)} is not an object")
        else:
            draft.info(rel, left_over(rel))
            draft.keep(rel, value)


def left_over(rel: str) -> str:
    """What is said of a property that no row has taken."""
    return f"{names.dotted(rel)} is kept under extensions: another value fills its field, or it has none here"
