from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from connectors.duration import parse_duration, write_duration
from streams.notifiers.config import (
    AnyChannel,
    Channel,
    ConsoleChannel,
    EmailChannel,
    parse_quiet_hours,
)
from streams.records import Severity

CHANNEL: TypeAdapter[AnyChannel] = TypeAdapter(Channel)
PARIS = ZoneInfo("Europe/Paris")


def test_the_channel_of_the_contract() -> None:
    channel = CHANNEL.validate_python(
        {
            "type": "email",
            "to": ["duty@example.org"],
            "min_severity": "warning",
            "cooldown": "30m",
            "quiet_hours": "22:00-07:00",
        }
    )
    assert isinstance(channel, EmailChannel)
    assert channel.min_severity is Severity.WARNING
    assert channel.cooldown == timedelta(minutes=30)
    assert str(channel.quiet_hours) == "22:00-07:00"


@pytest.mark.parametrize("name", ["console", "log"])
def test_the_console_has_two_names(name: str) -> None:
    assert isinstance(CHANNEL.validate_python({"type": name}), ConsoleChannel)


def test_one_address_needs_no_list() -> None:
    channel = CHANNEL.validate_python({"type": "email", "to": "duty@example.org", "from": "v@example.org"})
    assert isinstance(channel, EmailChannel)
    assert (channel.to, channel.sender) == (("duty@example.org",), "v@example.org")


MAIL = {"type": "email", "to": ["duty@example.org"]}
HOOK = {"type": "webhook", "url": "https://example.org/in", "secret_env": "SECRET"}


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        ({}, "needs a type, one of console, email, pagerduty, alertmanager, webhook, chat"),
        ({"type": "mail"}, "needs a type, one of"),
        ({**MAIL, "password": "hunter2"}, "must not hold password itself: write password_env"),
        ({"type": "pagerduty", "routing_key": "k" * 32}, "write routing_key_env: NAME_OF_A_VARIABLE or"),
        ({"type": "chat", "url": "slack://token"}, "must not hold url itself: write url_env"),
        ({"type": "webhook", "url": "https://example.org", "secret": "s"}, "must not hold secret itself"),
        ({**HOOK, "secret_env": "hunter2!"}, "has a secret_env that is no name of an environment variable"),
        ({**HOOK, "secret_file": "s"}, "has both secret_env and secret_file: one of them is enough"),
        ({"type": "pagerduty"}, "needs routing_key_env: NAME_OF_A_VARIABLE or routing_key_file: PATH"),
        ({**HOOK, "url": "https://user:pw@example.org"}, "must hold neither user nor password"),
        ({**HOOK, "url": "ftp://example.org"}, "must be an address beginning with https:// or http://"),
        ({**HOOK, "url": "https://example.org/\nX: y"}, "must be an address beginning with"),
        ({**MAIL, "to": ["a@example.org\r\nBcc: b@example.org"]}, "must be a plain e-mail address"),
        ({**MAIL, "to": []}, "at least 1 item"),
        ({**MAIL, "cooldown": 30}, "must be a number with its unit, such as 30s, 5m, 2h or 1d"),
        ({**MAIL, "cooldown": "-5m"}, "must be a number with its unit"),
        ({**MAIL, "timeout": "0s"}, "greater than"),
        ({**MAIL, "quiet_hours": "late"}, "must be two times of day, such as '22:00-07:00'"),
        ({**MAIL, "quiet_hours": "25:00-07:00"}, "from 00:00 to 23:59"),
        ({**MAIL, "quiet_hours": "07:00-07:00"}, "must not begin and end at the same time"),
        ({**MAIL, "link": "https://example.org/{id}"}, "has a link that is no https:// address"),
        ({**MAIL, "quiet": "22:00-07:00"}, "Extra inputs are not permitted"),
        (
            {"type": "alertmanager", "url": "http://127.0.0.1:9093", "labels": {"a-b": "c"}},
            "has the label 'a-b'",
        ),
    ],
)
def test_what_is_wrong_is_said_and_no_secret_is_repeated(channel: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        CHANNEL.validate_python(channel)
    messages = [error["msg"] for error in caught.value.errors(include_url=False, include_input=False)]
    assert any(said in message for message in messages), messages
    assert not any("hunter2" in message or "k" * 32 in message for message in messages)


@given(st.integers(0, 999_999), st.sampled_from("smhd"))
def test_a_duration_is_written_as_it_is_read(count: int, unit: str) -> None:
    value = parse_duration(f"{count}{unit}")
    assert parse_duration(write_duration(value)) == value


def test_a_channel_survives_its_own_json() -> None:
    channel = CHANNEL.validate_python({**MAIL, "quiet_hours": "22:00-07:00", "cooldown": "90m"})
    assert channel.model_dump(mode="json")["cooldown"] == "90m"
    assert channel.model_dump(mode="json")["quiet_hours"] == "22:00-07:00"


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("span", "when", "inside"),
    [
        ("22:00-07:00", utc(2026, 1, 10, 21, 0), True),  # 22:00 in Paris
        ("22:00-07:00", utc(2026, 1, 10, 20, 59), False),
        ("22:00-07:00", utc(2026, 1, 11, 5, 59), True),
        ("22:00-07:00", utc(2026, 1, 11, 6, 0), False),
        ("22:00-07:00", utc(2026, 7, 10, 20, 0), True),  # summer: 22:00 in Paris
        ("12:00-14:00", utc(2026, 1, 10, 11, 30), True),
        ("12:00-14:00", utc(2026, 1, 10, 13, 0), False),
    ],
)
def test_quiet_hours_are_on_the_wall_clock(span: str, when: datetime, inside: bool) -> None:
    assert parse_quiet_hours(span).covers(when, PARIS) is inside


@pytest.mark.parametrize(
    ("when", "ends", "began"),
    [
        (utc(2026, 1, 10, 23), utc(2026, 1, 11, 6), utc(2026, 1, 10, 21)),
        (utc(2026, 1, 11, 3), utc(2026, 1, 11, 6), utc(2026, 1, 10, 21)),
        # The clock goes forward on 29 March 2026 and back on 25 October: the end stays at 07:00.
        (utc(2026, 3, 28, 23), utc(2026, 3, 29, 5), utc(2026, 3, 28, 21)),
        (utc(2026, 10, 24, 23), utc(2026, 10, 25, 6), utc(2026, 10, 24, 20)),
    ],
)
def test_the_night_ends_in_the_morning_also_when_the_clock_changes(
    when: datetime, ends: datetime, began: datetime
) -> None:
    quiet = parse_quiet_hours("22:00-07:00")
    assert quiet.ends_after(when, PARIS) == ends
    assert quiet.began_before(when, PARIS) == began


@given(st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001
def test_the_end_is_after_and_outside(when: datetime) -> None:
    quiet = parse_quiet_hours("22:00-07:00")
    ends = quiet.ends_after(when, PARIS)
    assert when < ends <= when + timedelta(hours=25)
    assert not quiet.covers(ends, PARIS)
    assert quiet.covers(ends - timedelta(seconds=1), PARIS)
