"""``tidegate schemas``: what publishers may send and what partners can read."""

from __future__ import annotations

import json
from pathlib import Path

import click

from tidegate.cli.shared import show_json
from tidegate.errors import BadInput, UnknownSchema
from tidegate.events.builtin import HEARTBEAT_SCHEMA, NOTICE_SCHEMA, builtin, writer_schemas
from tidegate.events.schemas import Registry, Schema
from tidegate.provision.folders import compile_rules, read_rules, reader_schema
from tidegate.rules import leaves

_RULES = click.option(
    "--rules",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="A rule set: its schemas and projections too.",
)


@click.group()
def schemas() -> None:
    """List, show and export Avro schemas.

    Ids are made of the content: one id means one schema, for ever. Every field carries its class in confluent:tags.
    """


def _registry(folder: Path | None) -> Registry:
    if folder is None:
        return Registry([*writer_schemas(), builtin(NOTICE_SCHEMA), builtin(HEARTBEAT_SCHEMA)])
    return Registry(Schema.of(schema) for schema in compile_rules(read_rules(folder)).schemas.values())


def _schema(folder: Path | None, schema_id: int) -> Schema:
    try:
        return _registry(folder).get(schema_id)
    except UnknownSchema as exc:
        where = "'tidegate schemas list' has all ids" if folder else "a projection of a rule set needs --rules DIR"
        raise BadInput(f"{exc}; {where}") from None


@schemas.command("list")
@_RULES
@click.option("--json", "as_json", is_flag=True, help="One JSON array, for programs.")
def list_schemas(folder: Path | None, as_json: bool) -> None:
    """List all schemas by id."""
    found = [
        {"id": schema.schema_id, "name": schema.name, "fields": len(leaves(schema)), "guid": str(schema.guid)}
        for schema in _registry(folder)
    ]
    if as_json:
        show_json(found)
        return
    for one in found:
        click.echo(f"{one['id']:>11}  {one['name']}  {one['fields']} fields")


@schemas.command()
@click.argument("schema_id", type=int)
@_RULES
@click.option("--json", "as_json", is_flag=True, help="The schema itself.")
def show(schema_id: int, folder: Path | None, as_json: bool) -> None:
    """Show the fields of a schema, each with its class."""
    schema = _schema(folder, schema_id)
    if as_json:
        show_json(schema.json)
        return
    click.echo(f"{schema.name}, id {schema.schema_id}, GUID {schema.guid}")
    for leaf in leaves(schema):
        click.echo(f"  {leaf.field_class:<18} {leaf.path}")


@schemas.command()
@click.option("--partner", help="The one schema that reads everything a partner may get (needs --rules).")
@click.option("--schema-id", type=int, help="Any schema by id.")
@_RULES
def export(partner: str | None, schema_id: int | None, folder: Path | None) -> None:
    """Print a schema as JSON, for code generators and other registries."""
    if (partner is None) == (schema_id is None):
        raise BadInput("say either --partner or --schema-id")
    if partner is not None:
        if folder is None:
            raise BadInput("--partner needs --rules DIR: what a partner may get is a matter of rules")
        schema = reader_schema(read_rules(folder), partner)
    else:
        schema = _schema(folder, schema_id or 0).json
    click.echo(json.dumps(schema, indent=2, ensure_ascii=False))
