"""Views at work: what a plan says one partner sees, as functions over an event's bytes and marks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from tidegate.events import avro
from tidegate.events.avro import Node, Primitive
from tidegate.events.facts import Marks, text_reader
from tidegate.events.identity import Purpose, derive
from tidegate.events.memo import Memo
from tidegate.events.projection import Operation, Selection
from tidegate.events.rewriting import Join, Rewrite, compile_join, compile_rewrite
from tidegate.events.schemas import Schema
from tidegate.events.slots import Slot
from tidegate.events.transforms import long_of, pseudonym, text_of
from tidegate.events.wire import prefix
from tidegate.gate.bodies import header, sized, varint
from tidegate.gate.lineage import ONWARD, PROOF, onward_digest, proof_of, stamp_text
from tidegate.rules import View
from tidegate.rules.plan import PartnerPlan

KEY_PATHS = ("equipment.reference", "documents[].reference", "transport.callReference", "eventId")
"""What a record key may be; the place in this tuple plus one is its kind. 0 is a key that is none of them."""

Attributes: TypeAlias = Callable[[bytes, Marks], tuple[int, bytes]]
"""How many headers of an event's own a delivery has beside its ids, and their bytes."""
CE_SPECVERSION = "1.0"
CONTENT_TYPE = "application/avro"


class Partner:
    """A partner while a plan is in force: its place in the plan, its secret, its pseudonyms so far."""

    def __init__(self, name: str, index: int, plan: PartnerPlan, secret: bytes) -> None:
        self.name = name
        self.index = index
        self.severities = plan.severities
        self.secret = derive(secret, Purpose.PSEUDONYM, name)
        self.onward = onward_digest(secret, name)
        self.keys: Memo[bytes] = Memo(lambda key: sized(pseudonym(self.secret, key)))
        """The sized pseudonyms of record keys: order and joins survive, the key does not leave."""


@dataclass(slots=True)
class Operations:
    """The operations of one section, each once however many views share it. A pseudonym is one partner's own."""

    schema: Schema
    steps: list[tuple[int, int, Rewrite]] = field(default_factory=list)
    _known: dict[tuple[Operation, bytes], int] = field(default_factory=dict)

    def index(self, operation: Operation, secret: bytes) -> int:
        keyed = secret if _has_pseudonym(operation.selection) else b""
        found = self._known.get((operation, keyed))
        if found is None:
            slot = self.schema.slot[operation.path]
            # What a shipment's documents and references become comes again with each of its milestones.
            remembered = Memo(compile_rewrite(slot.node, operation.selection, secret))
            found = self._known[operation, keyed] = len(self.steps)
            self.steps.append((slot.start, slot.end, remembered.__getitem__))
        return found


def _has_pseudonym(selection: Selection) -> bool:
    return "pseudonym" in repr(selection)


@dataclass(frozen=True, slots=True, eq=False)
class Delivering:
    """One view of one partner, ready to be applied.

    ``join`` gives the framed value: ``prefix`` and the ``pieces``, which are stretches between two marks, or places of
    operations. ``heads[n]`` holds the number of headers and those that never change, for a record
    with n attributes; what changes with the event follows. ``attributes`` gives the number and the headers of the
    CloudEvents attributes of an event, where this view carries any.
    """

    partner: Partner
    schema_id: int
    join: Join
    prefix: bytes
    pieces: tuple[tuple[int, int] | int, ...]
    operations: tuple[int, ...]
    key_kinds: frozenset[int]
    heads: tuple[bytes, ...]
    verdicts: int
    attributes: Attributes | None = None
    counts: tuple[tuple[str, str], ...] = ()
    """In which buckets persons are counted when this leaves, and where in the event they are found."""


def compile_view(view: View, partner: Partner, operations: Operations, source: str, notice: bytes) -> Delivering:
    """``source`` is what the partner sees as ``ce_source``; ``notice`` is the framed value of a notice."""
    schema = operations.schema
    if view.notice:
        constant = notice
        return Delivering(
            partner,
            view.schema_id,
            lambda b, m, x: constant,
            constant,
            (),
            (),
            frozenset(),
            (_head("logistics.Notice", view.schema_id, source, extra=1) + header("ce_notice", b"retracted"),),
            view.verdicts,
        )
    places = {piece: operations.index(piece, partner.secret) for piece in view.pieces if isinstance(piece, Operation)}
    return Delivering(
        partner,
        view.schema_id,
        compile_join(prefix(view.schema_id), view.pieces, places),
        prefix(view.schema_id),
        tuple(places[one] if isinstance(one, Operation) else (one.start, one.end) for one in view.pieces),
        tuple(sorted(places.values())),
        frozenset(KEY_PATHS.index(path) + 1 for path in view.key_paths),
        tuple(_head(schema.name, view.schema_id, source, extra=extra, stamp=view.stamp) for extra in range(4)),
        view.verdicts,
        _with_proof(_attributes(view, schema, partner.secret), view, schema, partner),
        view.counts,
    )


def _head(ce_type: str, schema_id: int, source: str, *, extra: int, stamp: tuple[str, ...] | None = None) -> bytes:
    """The constant headers. The number before them counts ``ce_id`` and ``ce_eventref`` too, which follow.

    ``ce_onward`` says where alone a stamped delivery may go on to; its proof is one of the event's own headers.
    """
    constant = [
        header("ce_specversion", CE_SPECVERSION.encode()),
        header("ce_type", ce_type.encode()),
        header("ce_source", source.encode()),
        header("ce_dataschema", f"/schemas/ids/{schema_id}".encode()),
        header("content-type", CONTENT_TYPE.encode()),
        *([] if stamp is None else [header(ONWARD, stamp_text(stamp))]),
    ]
    return varint(len(constant) + extra + 2) + b"".join(constant)


def _with_proof(attributes: Attributes | None, view: View, schema: Schema, partner: Partner) -> Attributes | None:
    """The attributes of an event, with the proof of its stamp where the view carries one."""
    if view.stamp is None:
        return attributes
    stamp, event_id = stamp_text(view.stamp), text_reader(schema.slot["eventId"])

    def proven(b: bytes, m: Marks) -> tuple[int, bytes]:
        count, others = (0, b"") if attributes is None else attributes(b, m)
        return count + 1, others + header(PROOF, proof_of(partner.onward, stamp, event_id(b, m) or b""))

    return proven


def _attributes(view: View, schema: Schema, secret: bytes) -> Attributes | None:
    """``ce_subject`` and ``ce_time``, only as far as the fields behind them are seen, after their transforms."""
    shown: list[tuple[str, Slot, Rewrite | None, Callable[[bytes], bytes]]] = []
    for name, path, selection, show in (
        ("ce_subject", "equipment.reference", view.subject, text_of),
        ("ce_time", "eventTime", view.time, _time_text),
    ):
        if selection is not None and (show is not _time_text or _is_time(schema.slot[path].node)):
            slot = schema.slot[path]
            shown.append((name, slot, compile_rewrite(slot.node, selection, secret), show))
    if not shown:
        return None

    def attributes(b: bytes, m: Marks) -> tuple[int, bytes]:
        count, out = 0, b""
        for name, slot, rewrite, show in shown:
            value = b[m[slot.start] : m[slot.end]]
            if rewrite is not None and value:
                value = rewrite(value)
            if slot.null_index is not None:
                value = value[1:]
            text = show(value) if value else b""
            if text:
                count += 1
                out += header(name, text)
        return count, out

    return attributes


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _is_time(node: Node) -> bool:
    inner = avro.child(node)
    return isinstance(inner, Primitive) and inner.logical == "timestamp-micros"


def _time_text(value: bytes) -> bytes:
    """An event time as RFC 3339; nothing for one that RFC 3339 cannot write, where a publisher may send such."""
    try:
        moment = _EPOCH + timedelta(microseconds=long_of(value))
    except OverflowError:
        return b""
    return moment.isoformat().replace("+00:00", "Z").encode()


def keyed_source(secret: bytes, publisher: str, partner: str) -> str:
    """What a partner sees as the source of a publisher that is not shown to it: a pseudonym of the partner's own."""
    return pseudonym(derive(secret, Purpose.SOURCE, partner), publisher.encode()).decode()


def operations_of(deliveries: Sequence[Delivering]) -> tuple[int, ...]:
    """All operations that some deliveries need, each once."""
    return tuple(sorted({index for delivering in deliveries for index in delivering.operations}))
