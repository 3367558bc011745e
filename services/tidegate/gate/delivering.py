"""Delivering one event: the record bodies that its route's partners get."""

from __future__ import annotations

from binascii import hexlify
from collections.abc import Sequence

from tidegate.events.facts import Marks
from tidegate.events.identity import DIGEST_SIZE
from tidegate.events.shapes import SHAPED
from tidegate.gate.bodies import sized
from tidegate.gate.routing import Route, Router

_CE_ID = sized(b"ce_id") + sized(b"0" * 2 * DIGEST_SIZE)[:1]
_CE_EVENTREF = sized(b"ce_eventref") + sized(b"0" * 2 * DIGEST_SIZE)[:1]


def event_headers(identity: bytes, event_ref: bytes) -> bytes:
    """The two headers that change with the event: ``ce_id`` of this version, ``ce_eventref`` of all its versions."""
    return b"".join((_CE_ID, hexlify(identity[DIGEST_SIZE:]), _CE_EVENTREF, hexlify(event_ref)))


def bodies_of(
    route: Route,
    router: Router,
    b: bytes,
    m: Marks,
    *,
    key: bytes | None,
    key_kind: int,
    headers: bytes,
) -> list[bytes]:
    """One body for each delivery of the route, in its order. Operations run once, however many partners share them."""
    x: Sequence[bytes] = ()
    if route.operations:
        steps = router.operations.steps
        x = values = [b""] * len(steps)
        for place in route.operations:
            i, j, rewrite = steps[place]
            values[place] = rewrite(b[m[i] : m[j]])
    shown = sized(key) if key_kind or key is None else b""
    if route.plain and m[-1] & SHAPED:
        plan = router.cutter.plan(route, route.deliveries, m, x, -1 if key is None else key_kind)
        if plan is not None:
            return plan.bodies(b, headers, x, shown, key)
    found = []
    for view in route.deliveries:
        value = view.join(b, m, x)
        count, attributes = (0, b"") if view.attributes is None else view.attributes(b, m)
        name = shown if key is None or key_kind in view.key_kinds else view.partner.keys[key]
        found.append(b"".join((name, sized(value), view.heads[count], headers, attributes)))
    return found
