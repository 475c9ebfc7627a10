from __future__ import annotations

import asyncio
from datetime import timedelta

from pydantic import TypeAdapter

from streams.desk import Desk
from streams.notifiers.base import Delivered, Digest, GiveUp, Kind, Message, Outcome
from streams.notifiers.config import AnyChannel, Channel
from streams.notify_trial import sample, test_channels
from tests.streams.notifiers.incidents import OPENED, PARIS

CHANNELS: TypeAdapter[dict[str, AnyChannel]] = TypeAdapter(dict[str, Channel])
DESK = Desk(
    channels=CHANNELS.validate_python(
        {
            "duty": {"type": "email", "to": "duty@example.org", "min_severity": "critical",
                     "quiet_hours": "00:00-23:59"},
            "screen": {"type": "console"},
            "other": {"type": "console"},
        }
    ),
    routes={"crue": ("screen", "duty")},
    titles={"crue": "Crue"},
    language="fr",
    zone=PARIS,
)  # fmt: skip


class Fixed:
    kind = "fixed"

    def __init__(self, answer: Outcome) -> None:
        self.answer = answer
        self.told: list[Message | Digest] = []

    async def deliver(self, message: Message | Digest) -> Outcome:
        self.told.append(message)
        return self.answer

    async def close(self) -> None:
        return None


def test_each_channel_of_the_watch_is_tried_once_and_quoted() -> None:
    notifiers = {
        "duty": Fixed(GiveUp("535 no")), "screen": Fixed(Delivered("written")), "other": Fixed(Delivered()),
    }  # fmt: skip
    answers = asyncio.run(test_channels("crue", DESK, notifiers, at=OPENED))
    assert [(answer.channel, answer.type, answer.arrived, answer.said) for answer in answers] == [
        ("screen", "console", True, "written"),
        ("duty", "email", False, "535 no"),
    ]
    assert notifiers["other"].told == []
    [message] = notifiers["duty"].told
    assert isinstance(message, Message)
    assert message.kind is Kind.TEST
    assert message.subject.startswith("[ESSAI] Crue")


def test_a_second_test_is_no_repeat_of_the_first() -> None:
    first, second = (sample("crue", DESK, OPENED + timedelta(seconds=s)) for s in (0, 1))
    assert first.id != second.id
