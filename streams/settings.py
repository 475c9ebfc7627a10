"""Settings of a process: defaults, then a settings file, then `VIGIE_...` in the environment.

Read once at the edge into one frozen object and passed down. Secrets are `SecretStr`: neither
`repr` nor a log line shows them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from streams import yaml_lines

PREFIX = "VIGIE_"
FILE_VARIABLE = "VIGIE_SETTINGS"


class SettingsError(ValueError):
    """A setting is wrong; `str()` names it, where it stands, and what would be right."""


class Settings(BaseModel):
    """Everything that is not about a watch. The field `lateness_s` is `VIGIE_LATENESS_S` outside."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    watches: str | None = Field(default=None, description="path of the watches file")
    store: str | None = Field(
        default=None, description="chdb:///path or clickhouse://user:password@host:9000/db"
    )
    kafka: str | None = Field(default=None, description="bootstrap servers, HOST:PORT[,HOST:PORT]")
    pseudonym_key: SecretStr | None = Field(
        default=None, description="secret under which authors are pseudonymised; at least 16 characters"
    )
    lateness_s: Annotated[int, Field(ge=0, le=86_400)] = Field(
        default=120,
        description="how much later than its source's newest post a post may come and still decide",
    )
    batch_mentions: Annotated[int, Field(ge=1, le=50_000)] = Field(
        default=4_000, description="mentions that travel through the steps together"
    )
    checkpoint_s: Annotated[float, Field(gt=0)] = Field(
        default=10.0, description="seconds between two checkpoints of the detector's state"
    )
    host: str = Field(default="127.0.0.1", description="address that whatever listens binds to")
    state_dir: str = Field(
        default=".vigie", description="where a process keeps what it must remember: connectors' cursors"
    )
    kafka_security: Literal["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"] = "plaintext"
    kafka_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    kafka_user: str | None = None
    kafka_password: SecretStr | None = None
    kafka_ca: str | None = Field(
        default=None, description="PEM file of the authority that signed the broker's certificate"
    )
    group: str = Field(
        default="vigie", description="the consumer groups are GROUP, -persist and -notify behind it"
    )
    topic_prefix: str = Field(
        default="", pattern=r"^[A-Za-z0-9._-]*$", description="put in front of every topic's name"
    )
    partitions: Annotated[int, Field(ge=1, le=1_000)] = Field(
        default=4, description="of mentions and enriched: the most workers that can share the posts"
    )
    tally_partitions: Annotated[int, Field(ge=1, le=1_000)] = Field(
        default=4, description="of tallies: the most workers that can share the watches"
    )
    replication: Annotated[int, Field(ge=1, le=10)] = 1
    retention_hours: Annotated[int, Field(ge=1)] = Field(
        default=168, description="how long topics keep what passed through them"
    )
    message_mentions: Annotated[int, Field(ge=1, le=2_000)] = Field(
        default=100, description="mentions in one Kafka message, at most"
    )
    max_message_bytes: Annotated[int, Field(ge=100_000, le=16_000_000)] = Field(
        default=1_000_000, description="the broker's limit for one message; a record beyond it is parked"
    )
    session_s: Annotated[int, Field(ge=6, le=60)] = Field(
        default=6,
        description="seconds after which a worker that fell silent loses its partitions; "
        "brokers refuse less than 6 unless told otherwise",
    )
    commit_s: Annotated[float, Field(gt=0, le=60)] = Field(
        default=1.0, description="seconds between two commits: what a killed worker does again"
    )
    persist_rows: Annotated[int, Field(ge=1, le=100_000)] = Field(
        default=10_000, description="most mentions that are written to the store together"
    )
    persist_s: Annotated[float, Field(gt=0, le=60)] = Field(
        default=0.5, description="longest wait for more mentions before a write"
    )
    sentiment_threads: Annotated[int, Field(ge=1, le=64)] = Field(
        default=2, description="of a slow sentiment engine; each holds encoders of its own (200 MB)"
    )
    metrics_port: Annotated[int, Field(ge=0, le=65_000)] = Field(
        default=9_108,
        description="of the main worker; persist, ingest, notify take the next; 0 serves none",
    )
    log_format: Literal["text", "json"] = "text"
    sql_seconds: Annotated[int, Field(ge=1)] = Field(
        default=60, description="longest run of an analyst's query"
    )
    sql_memory_mb: Annotated[int, Field(ge=64)] = Field(
        default=2_048, description="most memory of an analyst's query"
    )
    sql_rows: Annotated[int, Field(ge=1)] = Field(
        default=10_000_000, description="most rows of an analyst's answer"
    )
    sql_port: Annotated[int, Field(ge=0, le=65_535)] = Field(
        default=8_123, description="of the read-only ClickHouse-compatible endpoint; 0 takes a free one"
    )
    sql_user: str = Field(default="vigie", description="who may ask the endpoint, where a password is set")
    sql_password: SecretStr | None = Field(
        default=None, description="without one, the endpoint answers to this machine alone"
    )


def load_settings(environ: Mapping[str, str] = os.environ, **overrides: Any) -> Settings:
    """Read the settings; `overrides` (from the command line) win over everything where not None.

    Raises:
        SettingsError: unknown key, wrong value, unreadable file.
    """
    values: dict[str, Any] = {}
    path = environ.get(FILE_VARIABLE)
    if path:
        values |= _from_file(Path(path))
    values |= {
        name: text for name in Settings.model_fields if (text := environ.get(PREFIX + name.upper(), "")) != ""
    }
    values |= {name: value for name, value in overrides.items() if value is not None}
    try:
        settings = Settings(**values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = str(first["loc"][0]) if first["loc"] else "settings"
        raise SettingsError(f"{PREFIX}{name.upper()}: {first['msg']}") from None
    key = settings.pseudonym_key
    if key is not None and len(key.get_secret_value().encode()) < 16:
        raise SettingsError("VIGIE_PSEUDONYM_KEY is shorter than 16 characters")
    return settings


def _from_file(path: Path) -> dict[str, Any]:
    try:
        value = yaml_lines.load(path.read_text(encoding="utf-8")).value
    except (OSError, UnicodeDecodeError, yaml_lines.YamlError) as error:
        raise SettingsError(f"settings file {path}: {error}") from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise SettingsError(f"settings file {path}: it must be a list of `name: value` lines")
    unknown = sorted(set(map(str, value)) - set(Settings.model_fields))
    if unknown:
        known = ", ".join(sorted(Settings.model_fields))
        raise SettingsError(f"settings file {path}: {unknown[0]!r} is no setting; there are {known}")
    return value
