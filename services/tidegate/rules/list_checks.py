"""Checks of negative lists: whose they are, of when, and that a verified one leaves nothing off it by an omission."""

from __future__ import annotations

from tidegate.law import Law
from tidegate.rules.paper_dates import Wrong
from tidegate.rules.paper_documents import ListItem, NegativeListDocument
from tidegate.rules.reports import nearest


def wrong_list(said: NegativeListDocument, law: Law) -> Wrong:
    """What is wrong with a list, and where inside its table it belongs. Whether its paths mean fields is not asked."""
    yield from _area(said, law)
    if said.verified and said.published is None:
        yield f"{said.id} is verified and has no day of publication; add published", ("verified",)
    if said.verified and said.kind != "negative":
        yield f"{said.id} names what is free and not what is not, and no row reads it", ("verified",)
    if said.verified and not any(item.fields for item in said.items):
        why = "is verified and names no field, so everything would be off it; add items with fields"
        yield f"{said.id} {why}", ("verified",)
    if said.adopted and said.published and said.published < said.adopted:
        yield "published is before adopted", ("published",)
    for index, item in enumerate(said.items):
        yield from _item(item, index, said)


def _area(said: NegativeListDocument, law: Law) -> Wrong:
    """An area has lists of its own from a day on; before it, the list was of a part of it."""
    since = law.edges.lists.get(said.area)
    if said.kind != "negative":
        return
    if since is None:
        yield f"{said.area!r} is no area with a list of its own{nearest(said.area, law.edges.lists)}", ("area",)
    elif said.published is not None and said.published < since:
        yield f"{said.area} has lists of its own since {since} only; name the area of this one", ("published",)


def _item(item: ListItem, index: int, of: NegativeListDocument) -> Wrong:
    """An item that nobody has put to fields would leave whatever it is about off the list."""
    if item.fields and item.elsewhere:
        yield f"{item.item!r} names fields and is elsewhere; keep one", ("items", index, "elsewhere")
    if of.verified and not (item.fields or item.elsewhere):
        why = "names no field, so what it is about would be off the list"
        mend = "add fields, or elsewhere = true if no field of an event is about it"
        yield f"{of.id} is verified, and its item {item.item!r} {why}; {mend}", ("items", index)
