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
    log_format: Literal["text", "json"] = "text"
    sql_seconds: Annotated[int, Field(ge=1)] = Field(
        default=60, description="longest run of an analyst's query"
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
