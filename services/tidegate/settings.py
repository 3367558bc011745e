"""Settings: one TOML file, overridden by ``TIDEGATE_*`` variables. The only reader of the environment.

``TIDEGATE_KAFKA__BOOTSTRAP=broker:9092`` sets ``bootstrap`` in ``[kafka]``. The file is the one that ``--config`` or
``TIDEGATE_CONFIG`` names, else ``tidegate.toml`` in the current folder, if it is there. A setting that is unknown or
has a value that it cannot have is a ``BadSettings`` with the nearest right name.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tidegate.errors import BadSettings

PREFIX = "TIDEGATE_"
FILE_VARIABLE = "TIDEGATE_CONFIG"
TEST_PREFIX = "TIDEGATE_TEST_"
DEFAULT_FILE = Path("tidegate.toml")

Seconds = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(gt=0)]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class KafkaSettings(Model):
    """Where the broker is and how to speak to it. The security settings are passed through to the clients."""

    bootstrap: str = "127.0.0.1:9092"
    topic_prefix: str = ""
    group: str = "tidegate"
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "PLAIN"
    sasl_username: str | None = None
    sasl_password: str | None = Field(default=None, repr=False)
    ssl_cafile: Path | None = None
    ssl_certfile: Path | None = None
    ssl_keyfile: Path | None = None
    ssl_check_hostname: bool = True
    connect_s: Seconds = 8.0
    """How long a command waits for a broker that does not answer."""


class RedisSettings(Model):
    """Where claims are kept."""

    url: str = Field(default="redis://127.0.0.1:6379/0", repr=False)
    on_claims_lost: Literal["rebuild", "go_on"] = "rebuild"
    """After a wipe: read the claims of the horizon back from the audit, or go on and let duplicates pass, counted."""
    timeout_s: Seconds = 5.0


class LaneSettings(Model):
    """Time limits of a lane. They depend on each other: request < transaction < transaction_timeout.

    The defaults are those under which the protocol was broken on purpose: see ARCHITECTURE.md, crash table.
    """

    session_s: Seconds = 6.0
    """After this long without a heartbeat a process loses its lanes."""
    heartbeat_s: Seconds = 1.5
    rebalance_s: Seconds = 8.0
    request_s: Seconds = 6.0
    transaction_s: Seconds = 10.0
    """Own deadline of one transaction; past it the lane is taken over again."""
    transaction_timeout_s: Seconds = 15.0
    """After this long the broker aborts a transaction by itself."""
    start_s: Seconds = 10.0
    stop_s: Seconds = 10.0
    """How long a graceful stop may take before the process ends anyway."""
    drop_s: Seconds = 1.0
    """How long a client may take to close when it is dropped after trouble."""
    retry_s: Seconds = 0.5
    """First pause between two takeovers of one lane after trouble; it doubles up to ``retry_max_s``."""
    retry_max_s: Seconds = 5.0
    fences: Count = 5
    """So many fences in a row without a committed transaction, with nothing else to explain them, end the process."""
    rules_confirm_s: Seconds = 5.0
    rules_stale_s: Seconds = 15.0
    """A lane that could not confirm for this long that it has read ``rules`` to its end stalls."""


class HubSettings(Model):
    """One hub process."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 9464
    """For ``/metrics``, ``/livez``, ``/readyz``. 0 picks a free one."""
    batch: Annotated[int, Field(gt=0, le=10_000)] = 2_000
    """At most so many records in one transaction. The log of a lane is read back in steps that hang on it."""
    batch_bytes: Count = 4 << 20
    """At most about so many bytes of values in one transaction."""
    catalog_s: Seconds = 5.0
    """How often topics are looked at for new, changed and stray ones."""
    stuck_s: Seconds = 120.0
    """``/livez`` turns bad when a lane lags without progress for this long and no named dependency is away."""
    child_memory_mb: Count = 1_024
    child_s: Seconds = 10.0
    """Limits of the child process in which a suspect record is tried."""
    quarantine_share: Annotated[float, Field(gt=0, le=1)] = 0.5
    """Past this share of a publisher's records of a minute that fail, a lane takes nothing more of it in; 1 never."""
    quarantine_least: Count = 100
    """So few failures of a publisher in a minute and a lane stop nothing, whatever their share."""
    held_warning_s: Seconds = 7 * 86_400.0
    """How long before the quarantine's retention takes a held delivery the hub and ``quarantine list`` warn of it."""
    held_check_s: Seconds = 3_600.0
    """How often a hub looks for such deliveries."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"


class Settings(Model):
    """All settings, by table."""

    kafka: KafkaSettings = KafkaSettings()
    redis: RedisSettings = RedisSettings()
    lane: LaneSettings = LaneSettings()
    hub: HubSettings = HubSettings()
    keyring: Path = Path("keyring.toml")


def load_settings(file: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process. Raises ``BadSettings``."""
    env = os.environ if environment is None else environment  # noqa: TID251 - this is the one place
    named = file or (Path(env[FILE_VARIABLE]) if env.get(FILE_VARIABLE) else None)
    said = _read(named) if named else (_read(DEFAULT_FILE) if DEFAULT_FILE.exists() else {})
    for name, value in env.items():
        if name.startswith(PREFIX) and name != FILE_VARIABLE and not name.startswith(TEST_PREFIX):
            _put(said, name, value)
    try:
        settings = Settings.model_validate(said)
    except ValidationError as exc:
        raise BadSettings("\n".join(_sentence(error) for error in exc.errors())) from None
    _check_order(settings.lane)
    return settings


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text())
    except FileNotFoundError:
        raise BadSettings(f"there is no settings file {file}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise BadSettings(f"{file}: {exc}") from None
    except RecursionError:
        raise BadSettings(f"{file} is nested too deep; settings are tables of single values") from None


def _put(said: dict[str, Any], name: str, value: str) -> None:
    """Puts a variable where its name says: ``TIDEGATE_KAFKA__BOOTSTRAP`` into table ``kafka``."""
    path = name.removeprefix(PREFIX).lower().split("__")
    known = dict(_names())
    if ".".join(path) not in known:
        raise BadSettings(f"{name} is not a setting{_nearest(name, list(known.values()))}")
    table = said
    for part in path[:-1]:
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            raise BadSettings(f"{part} in the settings file is a table, [{part}]")
    table[path[-1]] = value


def _names() -> Iterator[tuple[str, str]]:
    """Every setting as ``(dotted name, variable)``."""
    for name, info in Settings.model_fields.items():
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            for inner in info.annotation.model_fields:
                yield f"{name}.{inner}", f"{PREFIX}{name.upper()}__{inner.upper()}"
        else:
            yield name, f"{PREFIX}{name.upper()}"


def _nearest(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""


def _sentence(error: Any) -> str:
    name = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        tables = [*Settings.model_fields, *(dotted for dotted, _ in _names())]
        return f"{name} is not a setting{_nearest(name, tables)}"
    return f"{name}: {error['msg'].lower()}"  # never the value: it may be a password


def _check_order(lane: LaneSettings) -> None:
    if not lane.request_s < lane.transaction_s < lane.transaction_timeout_s:
        raise BadSettings(
            "lane.request_s, lane.transaction_s and lane.transaction_timeout_s have to grow in this order"
        )
    if not lane.heartbeat_s * 3 <= lane.session_s <= lane.rebalance_s:
        raise BadSettings("lane.session_s has to be at least three heartbeats and at most lane.rebalance_s")
    if lane.rules_confirm_s >= lane.rules_stale_s:
        raise BadSettings("lane.rules_confirm_s has to be below lane.rules_stale_s")
