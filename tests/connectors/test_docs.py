"""docs/connectors.md shows a section that is valid, and every key there is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from connectors.config import Connectors

PAGE = (Path(__file__).parents[2] / "docs" / "connectors.md").read_text(encoding="utf-8")
SHOWN = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0])["connectors"]


def undocumented(section: BaseModel, shown: Any, path: str) -> list[str]:
    """Keys of a section that the page does not show; `..._file` stands beside `..._env`."""
    missing = [f"{path}.{name}" for name in type(section).model_fields if not _is_shown(name, shown)]
    for name, value in section:
        inner = value[0] if isinstance(value, tuple) else value
        if isinstance(inner, BaseModel):
            of = shown[name][0] if isinstance(shown[name], list) else shown[name]
            missing += undocumented(inner, of, f"{path}.{name}")
    return missing


def _is_shown(name: str, shown: dict[str, Any]) -> bool:
    return name in shown or (name.endswith("_file") and f"{name.removesuffix('_file')}_env" in shown)


def test_every_key_is_documented() -> None:
    section = Connectors.model_validate(SHOWN)
    missing = undocumented(section, SHOWN, "connectors")
    # For those who run a local server in X's place.
    assert missing == ["connectors.x.api"]


@pytest.mark.parametrize("section", ["bluesky", "rss", "x", "webhook", "files", "simulated"])
def test_what_is_shown_is_the_default_or_needed(section: str) -> None:
    read = getattr(Connectors.model_validate(SHOWN), section)
    told = {"feeds", "folder", "api", "endpoints", "bearer_env", "secret_env", "monthly_posts"}
    for name, field in type(read).model_fields.items():
        if name not in told and name in SHOWN[section]:
            assert getattr(read, name) == field.default, name
