"""The compose file as `docker compose` would see it: read, with the variables of a `.env` filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).parents[2]
COMPOSE: Final = ROOT / "docker-compose.yml"
GRAFANA_ALONE: Final = ROOT / "deploy" / "grafana" / "compose.yml"
_VARIABLE: Final = re.compile(r"\$\{(?P<name>[A-Z0-9_]+)(?P<rest>:-(?P<default>[^}]*))?\}")


def compose(variables: Mapping[str, str] | None = None, file: Path = COMPOSE) -> dict[str, Any]:
    """Raises KeyError for a variable that has neither a value nor a default: then `up` would need an edit."""
    values = variables or {}

    def fill(match: re.Match[str]) -> str:
        name = match["name"]
        if values.get(name):
            return values[name]
        if match["rest"] is None:
            raise KeyError(name)
        return match["default"]

    content: dict[str, Any] = yaml.safe_load(_VARIABLE.sub(fill, file.read_text(encoding="utf-8")))
    return content


def variables() -> dict[str, str | None]:
    """Every variable that the file asks for, and its default."""
    found = _VARIABLE.finditer(COMPOSE.read_text(encoding="utf-8"))
    return {match["name"]: match["default"] for match in found}


def env_example() -> dict[str, str]:
    """Every variable of .env.example, also those that are commented out, and its value."""
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    pairs = (re.fullmatch(r"#?([A-Z][A-Z0-9_]*)=(.*)", line) for line in lines)
    return {match[1]: match[2] for match in pairs if match is not None}
