"""A schema is refused when it is registered, or everything works with it."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

import fastavro
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.properties import strategies
from tests.properties.model import written
from tests.properties.oracle import check_rules, timeless

from tidegate.errors import BadSchema
from tidegate.events.projection import Fields, Whole, project, reader_json
from tidegate.events.schemas import Schema

MUTATIONS = 20
JUNK: tuple[Any, ...] = (
    *(
        None,
        True,
        0,
        -1,
        3,
        2**40,
        1.5,
        "",
        "a b",
        "a.b",
        "int",
        "null",
        "record",
        "R0",
        "x.R0",
        "é",
        "\ud800",
        "decimal",
    ),
    *(
        [],
        {},
        [[]],
        ["null"],
        ["null", "null"],
        [["null"]],
        ["bytes", "string", "int", "float"],
        {"type": "int"},
        {"type": "map"},
    ),
    *(
        {"type": ["null"]},
        {"type": {"type": "int"}},
        {"type": "array", "items": "null"},
        {"type": "fixed", "name": "Q", "size": 1},
    ),
    *(
        {"type": "enum", "name": "Q", "symbols": ["A", "A"]},
        {"type": "bytes", "logicalType": "decimal", "precision": 0},
    ),
)
KEYS = (
    "type",
    "name",
    "namespace",
    "fields",
    "items",
    "values",
    "symbols",
    "size",
    "default",
    "logicalType",
    "precision",
)


@settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(strategies.records(), st.integers(0, 2**32))
def test_a_damaged_schema_is_refused_or_works(record: Any, seed: int) -> None:
    # Given a schema that is right, as JSON
    random = Random(seed)
    right = written(record)

    for _ in range(MUTATIONS):
        # When a part of it is changed, and it is registered
        damaged = copy.deepcopy(right)
        _damage(damaged, random)
        try:
            schema = Schema.of(damaged)
        except BadSchema as refusal:
            assert str(refusal)
            continue

        # Then its scanner compiles, Avro's rules hold for it, and so they do for what is made of it
        assert schema.scan
        everything = Fields(tuple((field.name, Whole()) for field in schema.record.fields))
        for each in (project(schema, everything).schema.json, reader_json(schema, [everything])):
            check_rules(each)
            fastavro.parse_schema(each)
        check_rules(_without_defaults(damaged))
        fastavro.parse_schema(timeless(_without_defaults(damaged)))


def _parts(schema: Any) -> list[Any]:
    """All lists and objects in a JSON value."""
    inner = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    return [schema, *(part for each in inner for part in _parts(each))] if isinstance(schema, (dict, list)) else []


def _damage(schema: Any, random: Random) -> None:
    part = random.choice(_parts(schema))
    other = copy.deepcopy(random.choice([*JUNK, *JUNK, *_parts(schema)]))
    if isinstance(part, dict):
        key = random.choice([*part, random.choice(KEYS)])
        if random.random() < 0.2:
            part.pop(key, None)
        else:
            part[key] = other
    elif part:
        part[random.randrange(len(part))] = other
    else:
        part.append(other)


def _without_defaults(schema: Any) -> Any:
    """Defaults are not checked: a wrong one shows when an event that lacks the field is encoded."""
    return json.loads(json.dumps(schema), object_hook=lambda part: {k: v for k, v in part.items() if k != "default"})
