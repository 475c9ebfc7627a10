from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import TypeAdapter

from streams.errors import UsageError
from streams.notifiers.build import build
from streams.notifiers.config import AnyChannel, Channel

# Apprise imports every plugin at the first address, and one of them a module that Python retires.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

CHANNELS: TypeAdapter[dict[str, AnyChannel]] = TypeAdapter(dict[str, Channel])
KEY = "0123456789abcdef0123456789abcdef"


def channels(folder: Path) -> dict[str, AnyChannel]:
    return CHANNELS.validate_python(
        {
            "screen": {"type": "console"},
            "duty": {"type": "email", "to": "duty@example.org", "host": "h", "username": "u",
                     "password_file": str(folder / "password")},
            "pager": {"type": "pagerduty", "routing_key_env": "PAGER_KEY"},
            "alerts": {"type": "alertmanager", "url": "http://127.0.0.1:9093", "bearer_env": "BEARER"},
            "hook": {"type": "webhook", "url": "https://example.org/in", "secret_env": "HOOK_SECRET"},
            "chat": {"type": "chat", "url_env": "CHAT_URL"},
        }
    )  # fmt: skip


def test_every_type_of_channel_becomes_a_notifier(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("hunter2\n")
    environ = {"PAGER_KEY": KEY, "BEARER": "b", "HOOK_SECRET": "s", "CHAT_URL": "json://127.0.0.1/x"}
    built = build(channels(tmp_path), environ)
    assert {name: notifier.kind for name, notifier in built.items()} == {
        "screen": "console", "duty": "email", "pager": "pagerduty",
        "alerts": "alertmanager", "hook": "webhook", "chat": "chat",
    }  # fmt: skip
    assert "hunter2" not in repr(vars(built["duty"]))


def test_all_that_is_missing_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        build(channels(tmp_path), {"CHAT_URL": "nonsense://secret-token"})
    said = str(caught.value).splitlines()
    assert said == [
        f"channels.duty.password: the file {tmp_path}/password cannot be read: No such file or directory",
        "channels.pager.routing_key: the environment variable PAGER_KEY is not set",
        "channels.alerts.bearer: the environment variable BEARER is not set",
        "channels.hook.secret: the environment variable HOOK_SECRET is not set",
        "channels.chat.url: Apprise knows no service of that address",
    ]
