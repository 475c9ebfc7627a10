"""What docs/notifications.md promises is what is sent."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import TypeAdapter

from streams.notifiers.config import TYPES, AnyChannel, Channel
from streams.notifiers.policy import FINAL, HELD, LASTING, RETRIED
from streams.notifiers.webhook import payload
from tests.streams.notifiers.incidents import OPENED, message

DOCS = (Path(__file__).parents[3] / "docs" / "notifications.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", DOCS, re.DOTALL)
    assert found is not None
    return found[1]


def keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: None if name in {"platforms", "languages"} else keys(item) for name, item in value.items()
        }
    return None


def test_the_payload_has_the_documented_keys_and_no_others() -> None:
    assert keys(json.loads(block("json"))) == keys(json.loads(json.dumps(payload(message(), OPENED))))


def test_the_example_is_a_valid_channels_section() -> None:
    section = yaml.safe_load(block("yaml"))["channels"]
    read = TypeAdapter(dict[str, Channel]).validate_python(section)
    assert {name: channel.type for name, channel in read.items()} == {"duty": "email", "pager": "pagerduty"}


def test_every_type_key_and_outcome_is_documented() -> None:
    for name in TYPES:
        assert f"| `{name}`" in DOCS
    for model in get_args(AnyChannel):
        for name, field in model.model_fields.items():
            if name != "type":
                documented = (f"`{field.alias or name}`", f"{field.alias or name}`/`_file`")
                short = name.endswith("_file") and f"`{name.removesuffix('_file')}_env`/`_file`" in DOCS
                assert short or any(each in DOCS for each in documented), name
    for word in (*FINAL, HELD, RETRIED, LASTING):
        assert f"`{word}`" in DOCS
