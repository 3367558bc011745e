"""The screens: an event side by side as each partner got it, a journey, answers, the quarantine, the sums."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from . import say, words
from .journeys import PARTNERS, PUBLISHERS, Journey, Told
from .stage import RULES
from .topics import Record, Topics
from .totals import WORDS, Expected

_WIDE = 112
"""From this width on, what the publisher said has a column of its own."""
_FIRST = next(iter(words.LABELS))


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold")
    return table


def read_toml(name: str) -> dict[str, Any]:
    return tomllib.loads((RULES / name).read_text())


def parties() -> None:
    """Who is who, as the rules say it."""
    table = _table("party", "is", "in", "publishes", "receives")
    for party in read_toml("parties.toml")["party"]:
        marks = ["yes" if side in party else "" for side in ("publisher", "partner")]
        table.add_row(party["id"], party["name"], party["zone"], *marks)
    say.table(table)


def sides(event: Told, explained: Mapping[str, Mapping[str, Any]], topics: Topics) -> None:
    """One event as each partner really received it, field by field."""
    grants = read_toml("grants.toml")["grant"]
    cells = {partner: _cells(event, partner, explained[partner], topics, grants) for partner in PARTNERS}
    wide = say.width() >= _WIDE
    table = _table(*(["field", f"{event.publisher} said"] if wide else ["said"]), *PARTNERS)
    for path, label in words.LABELS.items():
        said = "\n".join(words.values(event.body, path))
        if said:
            # Narrow: the value under its name, so that four partners still stand side by side.
            first = [Text(label), Text(said)] if wide else [Text.assemble(f"{label}\n", (said, "dim"))]
            table.add_row(*first, *(cells[partner][path] for partner in PARTNERS))
    for column in table.columns[-len(PARTNERS) :]:
        column.ratio = 1
    say.table(table)


def _cells(
    event: Told, partner: str, explained: Mapping[str, Any], topics: Topics, grants: Sequence[words.Grant]
) -> dict[str, Text]:
    """What a partner's topic holds of the event, and for every other field why not."""
    got = next((value for _, value in topics.events(partner) if value["eventId"] == event.event_id), None)
    if got is None:
        why = words.why_nothing(grants, event.publisher, partner, event.body)
        return {path: Text(f"nothing: {why}" if path == _FIRST else "", style="red") for path in words.LABELS}
    verdicts = {verdict["path"]: verdict for verdict in explained["fields"]}
    return {path: _cell(event.body, got, path, verdicts[path], grants) for path in words.LABELS}


def _cell(
    said: Mapping[str, Any],
    got: Mapping[str, Any],
    path: str,
    verdict: Mapping[str, Any],
    grants: Sequence[words.Grant],
) -> Text:
    """One field at one partner: what came, what was made of it, what was kept back and why."""
    delivered, whole = words.values(got, path), words.values(said, path)
    lines = [(value, "green") for value in delivered]
    if delivered and verdict["action"] in words.CHANGES:
        lines.append((words.changed(verdict, grants), "yellow"))
    if len(delivered) < len(whole):
        rest = "others: " if delivered else ""
        lines.append((f"{rest}{words.why_not(verdict)}", "dim"))
    return Text("\n").join(Text(line, style=style) for line, style in lines)


def journey(one: Journey, events: Sequence[Told], topics: Topics) -> None:
    """Every milestone of a box, and who got it: read from the partners' topics."""
    got = {partner: {value["eventId"] for _, value in topics.events(partner)} for partner in PARTNERS}
    wide = say.width() >= 100
    table = _table("time there", "port", "what", *(["by"] if wide else []), *PARTNERS)
    for event in events:
        body = event.body
        call, place = body.get("transportCall") or {}, body.get("location") or body.get("eventLocation") or {}
        code = next((body[name] for name in body if name.endswith("EventTypeCode")), body.get("eventSubtype", ""))
        early = " (est.)" if body.get("eventClassifierCode") == "EST" else ""
        vessel = [call.get("vessel", {}).get("vesselName", "")] if wide else []
        marks = [Text("yes" if event.event_id in got[partner] else "-", style="green") for partner in PARTNERS]
        table.add_row(
            words.clock(body.get("eventDateTime") or body["eventTime"])[:11],
            call.get("UNLocationCode") or place.get("UNLocationCode") or place.get("unLocode") or "",
            words.MILESTONES.get(code, code) + early,
            *vessel,
            *marks,
        )
    say.text(f"Container [bold]{one.box}[/], booking {one.booking}, bill of lading {one.bill}:")
    say.table(table)


def feedback(publisher: str, event_ids: Iterable[str], topics: Topics) -> None:
    """What a publisher is told of some events."""
    wanted = set(event_ids)
    table = _table("event", "outcome", "the publisher is told")
    for record in topics.of(f"feedback.{publisher}"):
        said = json.loads(record.value or b"{}")
        if "outcome" in said and (said["eventId"] in wanted or said["eventId"] is None):
            for one in said["feedbackElements"] or [{"severity": "", "message": "", "propertyPath": ""}]:
                path = "" if one["propertyPath"] == "$" else f" ({one['propertyPath']})"
                name = said["eventId"] or "(unreadable)"
                table.add_row(name[:18], said["outcome"], f"{one['severity']}: {one['message']}{path}")
    say.table(table)


def quarantine(topics: Topics) -> None:
    """What waits for a person, and why."""
    table = _table("came in at", "reason", "detail", "for")
    for record in topics.of("quarantine"):
        place = f"{record.header('tg_topic')}/{record.header('tg_partition')}/{record.header('tg_offset')}"
        detail = ", ".join(_findings(record)) or record.header("tg_detail")
        detail = words.QUARANTINED.get(detail, detail)
        table.add_row(place, record.header("tg_reason"), detail, record.header("tg_partner"))
    say.table(table)


def _findings(record: Record) -> Iterable[str]:
    for finding in json.loads(record.headers.get("tg_findings", b"[]")):
        yield f"{words.QUARANTINED.get(finding['code'], finding['code'])} ({finding['propertyPath']})"


def versions(event: Told, partner: str, topics: Topics) -> None:
    """All versions of one event at a partner: one reference, an id for each."""
    table = _table("ce_eventref", "ce_id", "gross mass, kg", "time")
    for record, value in topics.events(partner):
        if value["eventId"] == event.event_id:
            mass = "".join(words.values(value, "cargo.grossMassKg"))
            ids = [f"{record.header(name)[:12]}…" for name in ("ce_eventref", "ce_id")]
            table.add_row(*ids, mass, words.clock(value["eventTime"]))
    say.table(table)


def notices(event: Told, topics: Topics) -> None:
    """The notice of a retraction at every partner, and whether that partner ever had the event."""
    table = _table("partner", "notice", "ce_eventref", "of")
    for partner in PARTNERS:
        for record in topics.notices(partner):
            reference = record.header("ce_eventref")
            mine = [v["eventId"] for r, v in topics.events(partner) if r.header("ce_eventref") == reference]
            of = f"event {mine[0][:13]}…, which it has" if event.event_id in mine else "an event that it never got"
            table.add_row(partner, record.header("ce_notice"), f"{reference[:12]}…", of)
    say.table(table)


def sums(expected: Expected, topics: Topics) -> None:
    """The six outcomes by publisher, and the deliveries by partner."""
    audited = topics.audited
    table = _table("outcome", *PUBLISHERS, "all")
    for word in WORDS:
        counts = [audited.outcomes[publisher, word] for publisher in PUBLISHERS]
        table.add_row(word, *map(_number, counts), _number(sum(counts)))
    table.add_section()
    for name, counted in (("sum", audited.outcomes), ("published", expected.outcomes)):
        counts = [sum(counted[publisher, word] for word in WORDS) for publisher in PUBLISHERS]
        table.add_row(name, *map(_number, counts), _number(sum(counts)), style="bold")
    _right(table)
    say.table(table)
    table = _table("partner", "deliveries by the audit", "in its topic", "retraction notices")
    for partner in PARTNERS:
        seen = (audited.deliveries[partner], topics.delivered(partner), len(topics.notices(partner)))
        table.add_row(partner, *map(_number, seen))
    _right(table)
    say.table(table)


def _right(table: Table) -> None:
    for column in table.columns[1:]:
        column.justify = "right"


def _number(count: int) -> str:
    return f"{count:,}"
