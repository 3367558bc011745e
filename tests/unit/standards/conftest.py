"""What the tests of standards share: our samples, the Avro schemas, and public data where somebody has it."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastavro
import pytest

from tidegate import standards
from tidegate.standards import Mapped

REPO = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def sample() -> Callable[[str], Any]:
    """Parses one of our own samples."""
    return lambda name: standards.parse((REPO / "tests/samples" / name).read_bytes())


@pytest.fixture(scope="session")
def public_message() -> Callable[[str], Any]:
    """Parses a public DCSA message; skips where the public data is not there."""
    # tests/conftest.py clears TIDEGATE_*; then the folder beside the repository is looked at.
    given = os.environ.get("TIDEGATE_TEST_DATA")  # noqa: TID251  where the data is, not how the product is set up
    folder = Path(given) if given else REPO / "../shared/data"

    def parse(name: str) -> Any:
        path = folder / "dcsa/messages" / name
        if not path.exists():
            pytest.skip(f"public data is not there: {path} (set TIDEGATE_TEST_DATA to its folder)")
        return standards.parse(path.read_bytes())

    return parse


@pytest.fixture(scope="session")
def encode() -> Callable[[Mapped], bytes]:
    """Encodes what was mapped by its Avro schema."""
    schemas = {
        kind: fastavro.parse_schema(json.loads((REPO / "schemas" / folder / "v1.avsc").read_text()))
        for kind, folder in (("event", "shipment-event"), ("retraction", "event-retraction"))
    }

    def write(mapped: Mapped) -> bytes:
        assert mapped.kind is not None
        out = io.BytesIO()
        fastavro.schemaless_writer(out, schemas[mapped.kind], mapped.event)
        return out.getvalue()

    return write


@pytest.fixture
def map_one() -> Callable[..., Mapped]:
    """Maps a DCSA 2.2 event: a valid gate-out, changed by the arguments; None leaves a property out."""

    def read(**changes: Any) -> Mapped:
        event = {
            "eventID": "e-1",
            "eventType": "EQUIPMENT",
            "eventClassifierCode": "ACT",
            "eventDateTime": "2026-03-10T09:41:00+08:00",
            "eventCreatedDateTime": "2026-03-10T01:45:00Z",
            "equipmentEventTypeCode": "GTOT",
        }
        sent = {name: value for name, value in (event | changes).items() if value is not None}
        (mapped,) = standards.read([sent])
        return mapped

    return read
