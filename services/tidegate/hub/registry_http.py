"""The paths of the schema registry, as clients of Confluent's expect them.

Bodies and error codes are those of Confluent's Schema Registry API: 40401 no such subject, 40402 no such version, 40403
no such schema, 42202 not a version at all. Nothing can be written.
"""

from __future__ import annotations

import json
import re
from typing import Any

from aiohttp import web

from tidegate.events.schemas import Schema
from tidegate.hub.registry import SchemaBook, Subject

CONTENT_TYPE = "application/vnd.schemaregistry.v1+json"
_LARGEST = 2**31 - 1


class _Refused(Exception):
    """An answer that is none, with the code that Confluent's clients know it by."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class RegistryPages:
    """Answers from a book of schemas."""

    def __init__(self, book: SchemaBook) -> None:
        self._book = book

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/subjects", self._answer),
            web.get("/subjects/{subject}/versions", self._answer),
            web.get("/subjects/{subject}/versions/{version}", self._answer),
            web.get("/schemas/ids/{id}", self._answer),
            web.get("/schemas/guids/{guid}", self._answer),
        ]

    async def _answer(self, request: web.Request) -> web.Response:
        await self._book.refresh()
        try:
            said, status = self._find(request.match_info), 200
        except _Refused as refused:
            said, status = {"error_code": refused.code, "message": str(refused)}, refused.code // 100
        return web.Response(text=json.dumps(said, ensure_ascii=False), status=status, content_type=CONTENT_TYPE)

    def _find(self, asked: web.UrlMappingMatchInfo) -> Any:
        if "id" in asked:
            return _text(self._by_id(asked["id"]))
        if "guid" in asked:
            return _text(self._by_guid(asked["guid"]))
        if "subject" not in asked:
            return sorted(self._book.subjects)
        subject = self._book.subjects.get(asked["subject"])
        if subject is None:
            raise _Refused(40401, f"Subject '{asked['subject']}' not found.")
        if "version" not in asked:
            return list(range(1, len(subject.schemas) + 1))
        version = _version(subject, asked["version"])
        schema = subject.schemas[version - 1]
        return {"subject": asked["subject"], "version": version, "id": schema.schema_id, **_text(schema)}

    def _by_id(self, said: str) -> Schema:
        schema = self._book.by_id.get(int(said)) if re.fullmatch(r"[0-9]{1,10}", said) else None
        if schema is None:
            raise _Refused(40403, f"Schema {said} not found")
        return schema

    def _by_guid(self, said: str) -> Schema:
        for schema in self._book.by_id.values():
            if str(schema.guid) == said.lower():
                return schema
        raise _Refused(40403, f"Schema {said} not found")


def _version(subject: Subject, said: str) -> int:
    """The number that ``said`` stands for. Confluent's clients also write -1 for the latest."""
    if said in ("latest", "-1"):
        return subject.latest
    number = int(said) if re.fullmatch(r"[0-9]{1,10}", said) else 0
    if not 1 <= number <= _LARGEST:
        raise _Refused(
            42202,
            f"The specified version '{said}' is not a valid version id. Allowed values are between [1, 2^31-1] "
            'and the string "latest"',
        )
    if number > len(subject.schemas):
        raise _Refused(40402, f"Version {number} not found.")
    return number


def _text(schema: Schema) -> dict[str, str]:
    return {"schema": schema.text, "guid": str(schema.guid)}
