"""Values to Avro bytes and back, by fastavro, and by an encoder of ours for values of just the right types.

fastavro is never shown bytes that the scanner has not accepted: hostile ones end the whole process (see ``scanner``).
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

import fastavro

from tidegate.errors import InvalidEvent
from tidegate.events import avro
from tidegate.events.encoder import UNFIT, Encode, compile_encoder
from tidegate.events.schemas import Schema
from tidegate.events.wire import frame


@lru_cache(maxsize=512)
def _parsed(text: str) -> Any:
    # Parsed once: an unparsed schema costs three times the encoding itself. Defaults are not checked, because fastavro
    # calls the 0 of a double wrong.
    return fastavro.parse_schema(_timeless(json.loads(text)), _ignore_default_error=True)


@lru_cache(maxsize=512)
def _fast(text: str) -> Encode | None:
    return compile_encoder(avro.parse(json.loads(text)))


def _timeless(schema: Any) -> Any:
    """The schema without logical types: values stay the numbers that the bytes hold, exact and without a time zone."""
    if isinstance(schema, dict):
        return {key: _timeless(value) for key, value in schema.items() if key != "logicalType"}
    if isinstance(schema, list):
        return [_timeless(item) for item in schema]
    return schema


def encode(schema: Schema, value: Mapping[str, Any]) -> bytes:
    """Avro bytes without framing. Times are microseconds (or what the schema's long means), dates are days.

    Raises ``InvalidEvent`` when the value cannot be written, or not as what the scanner accepts (fastavro writes an int
    of any size, and a thousand million nulls).
    """
    fast = _fast(schema.text)
    if fast is not None:
        try:
            return fast(value)
        except UNFIT:
            pass  # fastavro says what is wrong, or takes it
    out = io.BytesIO()
    try:
        fastavro.schemaless_writer(out, _parsed(schema.text), value, strict_allow_default=True)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as exc:
        raise InvalidEvent(f"the value is not a {schema.name}: {exc}", 0) from exc
    avro_bytes = out.getvalue()
    schema.scan(avro_bytes, 0)
    return avro_bytes


def encode_framed(schema: Schema, value: Mapping[str, Any]) -> bytes:
    return frame(schema, encode(schema, value))


def decode(schema: Schema, avro_bytes: bytes) -> dict[str, Any]:
    """The value of bytes without framing. They are scanned first, so hostile ones raise ``InvalidEvent``."""
    schema.scan(avro_bytes, 0)
    return cast(dict[str, Any], fastavro.schemaless_reader(io.BytesIO(avro_bytes), _parsed(schema.text), None))
