"""Where a finding about the canonical event stands in what the sender wrote.

Our publisher says in a header which form the sender used, and where values stood that do not stand in the usual
place.
So the hub, which sees Avro only, points at the sender's own property. What the header says goes back to the sender.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from tidegate.events.findings import Finding
from tidegate.standards import dcsa22_table, dcsa30_table, names, recognition
from tidegate.standards.dcsa import EVENT_ID, EVENT_TIME, List
from tidegate.standards.mapped import Mapped, Paths

FORM_HEADER = "tg_form"
"""Kafka header of a record: the form in which its sender wrote it, then lines ``canonical path=path as sent``."""
MAX_HEADER = 2_048
"""Bytes; what does not fit is left out, and its findings point at the usual place."""
_PATH = re.compile(r"[.\[][^\x00-\x1f]{0,300}")
_INDEX = re.compile(r"\[(\d+)\]")


def _lists(listed: Iterable[tuple[str, List]], item: int) -> dict[str, str]:
    found: dict[str, str] = {}
    for source, one in listed:
        for sources, name, _, _ in one.fields:
            found.setdefault(f"{one.name}[].{name}", f"{source}[].{sources[min(item, len(sources) - 1)]}")
        found.setdefault(one.name, source)
    return found


_SAME = {"eventId": EVENT_ID, **dict.fromkeys(("eventTime", "eventTimeRaw", "utcOffsetMinutes"), EVENT_TIME)}


def _2_2() -> dict[str, str]:
    place = {f"location.{name}": f"{dcsa22_table.EVENT_PLACE}.{sent}" for name, sent in dcsa22_table.PLACE.items()}
    return {
        **_lists([(one.source, one) for one in dcsa22_table.ARRAYS], 0),
        **{path: sources[0] for path, sources in dcsa22_table.FIELDS.items()},
        **place,
        **_SAME,
        "eventSubtype": dcsa22_table.SUBTYPES["EQUIPMENT"],
        "transport": "transportCall",
        "location": dcsa22_table.EVENT_PLACE,
        "transport.delayReasonCodes": "delayReasonCode",
    }


def _3_0(item: int) -> dict[str, str]:
    listed = [(dcsa30_table.DOCUMENTS.source, dcsa30_table.DOCUMENTS)]
    listed += [(one.source, one) for one in dcsa30_table.LISTS if not one.source.endswith("Party")]
    table = {path: sources[min(item, len(sources) - 1)] for path, sources in dcsa30_table.FIELDS.items()}
    return {
        **_lists(listed, item),
        **table,
        **_SAME,
        "location.name": dcsa30_table.FIELDS["location.name"][0],
        "eventSubtype": dcsa30_table.SUBTYPES["EQUIPMENT"][0][item],
        "transport": dcsa30_table.CALL,
        "location": dcsa30_table.PLACE,
        "equipment": "equipmentDetails",
        "transport.delayReasonCodes": dcsa30_table.DELAYS,
    }


_USUAL: Mapping[str, Mapping[str, str]] = {
    "dcsa-2.2": _2_2(),
    "dcsa-3.0-2026-01": _3_0(1),
    "dcsa-3.0-2026-05": _3_0(0),
}


def usual(form: str, path: str) -> str | None:
    """Where a standard has the field at ``path``, relative to the event; None where it has no such field."""
    extension = path.removeprefix("extensions[").removesuffix("]") if path.startswith("extensions[") else None
    if form == "canonical":
        return names.child(".extensions", extension) if extension is not None else f".{path}"
    if extension is not None:
        return extension if extension.startswith("[") else f".{extension}"
    table = _USUAL.get(form)
    if table is None:
        return None
    index = _INDEX.search(path)
    sent = table.get(_INDEX.sub("[]", path))
    if sent is None:
        return None
    return f".{sent.replace('[]', index[0]) if index else sent}"


def base_of(mapped: Mapped) -> str:
    """The JSONPath of the item from which an event was mapped."""
    return mapped.paths.base if isinstance(mapped.paths, Paths) else names.ROOT


def in_the_document(mapped: Mapped, findings: Iterable[Finding]) -> list[Finding]:
    """Findings of the canonical event, pointing into the document from which it was mapped."""
    base = base_of(mapped)
    found = []
    for finding in findings:
        path = finding.path.removeprefix("$.")
        sent = mapped.paths.get(path)
        found.append(replace(finding, path=sent if sent is not None else base + (usual(mapped.form, path) or "")))
    return found


def header(mapped: Mapped) -> tuple[tuple[str, bytes], ...]:
    """The headers with which a mapped event is sent."""
    if not mapped.form or not isinstance(mapped.paths, Paths):
        return ()
    said = mapped.form.encode()
    for path, sent in mapped.paths.origins.items():
        if sent == usual(mapped.form, path) or path.startswith("extensions["):
            continue
        line = f"\n{path}={sent}".encode()
        if len(said) + len(line) <= MAX_HEADER and _PATH.fullmatch(sent):
            said += line
    return ((FORM_HEADER, said),)


def as_sent(findings: Sequence[Finding], said: bytes | None) -> tuple[Finding, ...]:
    """Findings of a record that point at its sender's own properties, as far as the header ``said`` tells them."""
    if not said or len(said) > 2 * MAX_HEADER:
        return tuple(findings)
    form, *lines = said.decode(errors="replace").split("\n")
    if form not in recognition.FORMS:
        return tuple(findings)
    told = dict(line.split("=", 1) for line in lines if "=" in line)
    found = []
    for finding in findings:
        path = finding.path.removeprefix("$.")
        sent = told.get(path) or (usual(form, path) if finding.path != "$" else "")
        if sent is None or (sent and not _PATH.fullmatch(sent)):
            sent = ""
        found.append(replace(finding, path=f"${sent}"))
    return tuple(found)
