"""The notify step: what was decided is told, once where nothing goes wrong, and never less than once."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, TypeAdapter

from streams import metrics
from streams.background import LookUp, no_background
from streams.desk import Desk
from streams.notifiers.base import Background, Delivered, Digest, GiveUp, Message, Notifier, Outcome, Retry
from streams.notifiers.build import build
from streams.notifiers.config import AnyChannel, Channel
from streams.notifiers.email import EmailNotifier, MailServer
from streams.notifiers.policy import OUTCOMES, Past, Verdict, plan
from streams.notifiers.retry import RetryPolicy
from streams.notify import Switchboard, unannounced
from streams.outbox import MemoryOutbox
from streams.records import Incident, Notification, Severity
from streams.store.open import open_store
from tests.servers.alertmanager import Alertmanager
from tests.servers.hook import HANG_UP, HookServer, Reply
from tests.servers.pagerduty import PagerDutyServer
from tests.servers.smtp import PASSWORD, USERNAME, SmtpServer
from tests.streams.notifiers.incidents import ID, OPENED, PARIS, incident, life

CHANNELS: TypeAdapter[dict[str, AnyChannel]] = TypeAdapter(dict[str, Channel])
KEY = "0123456789abcdef0123456789abcdef"
ENVIRON = {"PAGER_KEY": KEY, "HOOK_SECRET": "s3cret"}
EAGER = RetryPolicy(first_s=0.01, most_s=0.05)
MINUTE = timedelta(minutes=1)


@dataclass
class Clock:
    now: datetime = OPENED

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Scripted:
    """Answers as it is told, then delivers; `told` has what it was given."""

    script: list[Outcome | Exception] = field(default_factory=list)
    told: list[Message | Digest] = field(default_factory=list)
    kind: str = "scripted"

    async def deliver(self, message: Message | Digest) -> Outcome:
        self.told.append(message)
        answer = self.script.pop(0) if self.script else Delivered("ok")
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def close(self) -> None:
        return None

    @property
    def events(self) -> list[str]:
        return [
            f"{each.kind} {each.incident.revision}" if isinstance(each, Message) else f"digest {each.key}"
            for each in self.told
        ]


def desk(**channels: Mapping[str, Any]) -> Desk:
    return Desk(
        channels=CHANNELS.validate_python(channels),
        routes={"crue-herault": tuple(channels)},
        titles={"crue-herault": "Crue de l’Hérault"},
        language="en",
        zone=PARIS,
    )


MAIL = {"type": "email", "to": "duty@example.org", "cooldown": "0"}


@dataclass
class Room:
    """A switchboard over scripted notifiers and a clock that the test moves."""

    desk: Desk
    clock: Clock = field(default_factory=Clock)
    outbox: MemoryOutbox = field(default_factory=MemoryOutbox)
    notifiers: dict[str, Scripted] = field(default_factory=dict)
    look_up: LookUp = no_background

    def __post_init__(self) -> None:
        self.notifiers = {name: Scripted() for name in self.desk.channels}
        self.board = Switchboard(
            self.outbox, self.desk, self.notifiers, clock=self.clock, look_up=self.look_up, draw=lambda: 0.0
        )

    def tell(self, *states: Incident, at: datetime | None = None) -> int:
        if at is not None:
            self.clock.now = at
        self.outbox.offer(states)
        return asyncio.run(self.board.tell())

    def notes(self, channel: str = "duty", incident: str = ID) -> list[tuple[str, int, str]]:
        notes = self.outbox.notifications(channel, incident)
        return [(note.event, note.revision, note.outcome) for note in notes]


def test_each_state_is_told_once_and_recorded() -> None:
    room = Room(desk(duty=MAIL))
    for state in life():
        assert room.tell(state, at=state.updated_at) == 1
        assert room.tell(at=state.updated_at + MINUTE) == 0
    assert room.notifiers["duty"].events == ["opened 1", "updated 2", "resolved 3"]
    assert [each.first for each in room.notifiers["duty"].told if isinstance(each, Message)] == [
        True, False, False,
    ]  # fmt: skip
    assert room.notes() == [
        ("opened", 1, "delivered"), ("updated", 2, "delivered"), ("resolved", 3, "delivered"),
    ]  # fmt: skip


def test_a_watch_is_told_to_its_own_channels_alone() -> None:
    room = Room(desk(duty=MAIL))
    room.tell(incident(watch="another", id="another-volume-1"))
    assert room.notifiers["duty"].told == []
    assert room.notes(incident="another-volume-1") == []


def test_one_matter_that_two_watches_see_is_told_once_and_the_other_is_on_record() -> None:
    both = replace(desk(duty=MAIL), routes={"crue-herault": ("duty",), "ecoles": ("duty",)})
    room = Room(both)
    second = [
        replace(state, id="ecoles-volume-1", watch="ecoles", opened_at=OPENED + 5 * MINUTE)
        for state in life("warning")
    ]
    room.tell(*life("warning")[:1], *second[:1], at=OPENED + 5 * MINUTE)
    assert room.notifiers["duty"].events == ["opened 1"]
    assert room.notes(incident="ecoles-volume-1") == [("opened", 1, "skipped")]
    (note,) = room.outbox.notifications("duty", "ecoles-volume-1")
    assert note.detail == f"same matter: told as {ID}"
    worse = replace(second[1], severity=Severity.CRITICAL)
    room.tell(worse, second[2], *life("warning")[1:], at=second[2].updated_at)
    told = [(each.incident.watch, each.kind.value) for each in room.notifiers["duty"].told
            if isinstance(each, Message)]  # fmt: skip
    assert sorted(told) == [
        ("crue-herault", "opened"), ("crue-herault", "resolved"), ("crue-herault", "updated"),
        ("ecoles", "resolved"), ("ecoles", "updated"),
    ]  # fmt: skip


def test_what_fails_is_tried_again_when_it_is_time_and_in_order() -> None:
    room = Room(desk(duty=MAIL))
    room.notifiers["duty"].script = [Retry("busy"), Retry("busy", after_s=90.0)]
    opened, updated, resolved = life()
    room.tell(opened, updated, resolved, at=OPENED + timedelta(hours=2))
    start = room.clock.now
    assert room.tell(at=start + timedelta(seconds=1)) == 0
    assert room.tell(at=start + timedelta(seconds=2)) == 1
    assert room.tell(at=start + timedelta(seconds=60)) == 0, "the server asked for 90 s"
    assert room.tell(at=start + timedelta(seconds=92)) == 3
    assert room.notifiers["duty"].events == [
        "opened 1", "opened 1", "opened 1", "updated 2", "resolved 3",
    ]  # fmt: skip
    attempts = [(note.outcome, note.attempt, note.detail) for note in room.outbox.notifications("duty", ID)]
    assert attempts[:3] == [("retry", 1, "busy"), ("retry", 2, "busy"), ("delivered", 3, "ok")]


def test_what_is_refused_is_given_up_loudly_and_the_next_state_has_its_turn(
    caplog: pytest.LogCaptureFixture,
) -> None:
    room = Room(desk(duty=MAIL))
    room.notifiers["duty"].script = [GiveUp("400 bad")]
    opened, updated, _ = life()
    room.tell(opened, updated, at=updated.updated_at)
    assert room.notes() == [("opened", 1, "failed"), ("updated", 2, "delivered")]
    assert "channel duty refuses crue-herault-volume-20260310T1305Z revision 1: 400 bad" in caplog.text


def test_after_the_deadline_it_is_given_up_loudly(caplog: pytest.LogCaptureFixture) -> None:
    room = Room(desk(duty={**MAIL, "give_up_after": "10m"}))
    room.notifiers["duty"].script = [Retry("down")] * 1_000
    room.tell(incident())
    for seconds in range(0, 1_200, 5):
        room.tell(at=OPENED + timedelta(seconds=seconds))
    outcomes = Counter(outcome for _, _, outcome in room.notes())
    assert outcomes["failed"] == 1
    assert 5 < outcomes["retry"] < 20, "the waits grow"
    assert "is given up" in caplog.text


def test_a_fault_of_a_notifier_is_a_failed_attempt_and_its_words_are_kept_back() -> None:
    room = Room(desk(duty=MAIL))
    room.notifiers["duty"].script = [RuntimeError("the password is hunter2")]
    room.tell(incident())
    [note] = room.outbox.notifications("duty", ID)
    assert (note.outcome, note.detail) == ("retry", "RuntimeError in the notifier")


EVENING = datetime(2026, 3, 10, 22, 30, tzinfo=UTC)
MORNING = datetime(2026, 3, 11, 6, 0, tzinfo=UTC)
NIGHTLY = {**MAIL, "quiet_hours": "22:00-07:00"}


def test_a_night_is_told_in_one_digest_in_the_morning() -> None:
    room = Room(desk(duty=NIGHTLY))
    flood = incident(severity="warning", at=EVENING)
    rumour = [
        incident(severity="warning", id="rumour", at=EVENING + MINUTE),
        incident("resolved", 2, severity="warning", id="rumour", at=EVENING + 90 * MINUTE),
    ]
    assert room.tell(flood, *rumour, at=EVENING + 91 * MINUTE) == 0
    assert room.tell(at=MORNING - MINUTE) == 0
    assert room.tell(at=MORNING) == 1
    assert room.tell(at=MORNING + MINUTE) == 0
    [digest] = room.notifiers["duty"].told
    assert isinstance(digest, Digest)
    assert digest.key == "duty-digest-20260311T0600Z"
    assert digest.since_at == datetime(2026, 3, 10, 21, 0, tzinfo=UTC)
    assert {(each.incident.id, each.incident.revision) for each in digest.messages} == {
        (ID, 1),
        ("rumour", 2),
    }
    assert room.notes() == [("opened", 1, "held"), ("opened", 1, "digest")]
    assert room.notes(incident="rumour") == [
        ("opened", 1, "skipped"), ("resolved", 2, "held"), ("resolved", 2, "digest"),
    ]  # fmt: skip


def test_after_the_digest_the_end_is_told_by_itself() -> None:
    room = Room(desk(duty=NIGHTLY))
    room.tell(incident(severity="warning", at=EVENING), at=EVENING)
    room.tell(at=MORNING)
    end = incident("resolved", 2, severity="warning", at=MORNING + 60 * MINUTE)
    room.tell(end, at=end.updated_at)
    assert room.notifiers["duty"].events == ["digest duty-digest-20260311T0600Z", "resolved 2"]


def test_a_digest_that_fails_is_tried_again_as_one() -> None:
    room = Room(desk(duty=NIGHTLY))
    room.notifiers["duty"].script = [Retry("busy")]
    room.tell(
        incident(severity="warning", at=EVENING), incident(severity="warning", id="b", at=EVENING), at=EVENING
    )
    room.tell(at=MORNING)
    room.tell(at=MORNING + MINUTE)
    assert room.notifiers["duty"].events == ["digest duty-digest-20260311T0600Z"] * 2
    assert room.notes()[-1] == room.notes(incident="b")[-1] == ("opened", 1, "digest")


def test_a_critical_one_is_told_at_night_with_the_reason_on_record() -> None:
    room = Room(desk(duty=NIGHTLY))
    room.tell(incident(severity="warning", at=EVENING), at=EVENING)
    room.tell(incident("updated", 2, at=EVENING + 5 * MINUTE), at=EVENING + 5 * MINUTE)
    assert room.notifiers["duty"].events == ["updated 2"]
    details = [note.detail for note in room.outbox.notifications("duty", ID)]
    assert details == [
        "held by quiet hours: quiet hours 22:00-07:00",
        "superseded: held back until revision 2, which says more",
        "ok",
    ]


def test_an_alert_is_said_to_last_until_it_is_over() -> None:
    room = Room(desk(duty={"type": "alertmanager", "url": "http://127.0.0.1:9093", "resend_every": "2m"}))
    room.tell(incident())
    for seconds in range(0, 601, 30):
        room.tell(at=OPENED + timedelta(seconds=seconds))
    assert room.notifiers["duty"].events == ["opened 1"] + ["lasting 1"] * 5
    end = incident("resolved", 2, at=OPENED + 11 * MINUTE)
    room.tell(end, at=end.updated_at)
    assert room.tell(at=OPENED + 30 * MINUTE) == 0
    assert room.notifiers["duty"].events[-1] == "resolved 2"
    repeats = [note for note in room.outbox.notifications("duty", ID) if note.event == "lasting"]
    assert [note.attempt for note in repeats] == [1, 2, 3, 4, 5]


def test_the_chart_comes_from_the_store_and_a_store_that_is_away_stops_nobody() -> None:
    asked: list[tuple[str, bool]] = []

    def look_up(told: Incident, with_text: bool) -> Background:
        asked.append((told.id, with_text))
        raise RuntimeError("no store")

    room = Room(desk(duty=MAIL, press={**MAIL, "include_text": True}), look_up=look_up)
    assert room.tell(incident()) == 2
    assert sorted(asked) == [(ID, False), (ID, True)]


def test_what_a_replay_keeps_to_itself_is_told_by_nobody() -> None:
    room = Room(desk(duty=MAIL))
    room.outbox.remember(unannounced(room.desk, life(), at=OPENED, reason="replayed without --notify"))
    assert room.tell(*life()) == 0
    assert room.notes() == [
        ("opened", 1, "skipped"), ("updated", 2, "skipped"), ("resolved", 3, "skipped"),
    ]  # fmt: skip


# On the wire


def over_http(pager: str, alerts: str, hook: str, **common: Any) -> dict[str, dict[str, Any]]:
    return {
        "pager": {"type": "pagerduty", "url": pager, "routing_key_env": "PAGER_KEY", **common},
        "alerts": {"type": "alertmanager", "url": alerts, **common},
        "hook": {"type": "webhook", "url": hook, "secret_env": "HOOK_SECRET", **common},
    }


def run_until(
    outbox: MemoryOutbox,
    at: Desk,
    notifiers: Mapping[str, Notifier],
    states: Sequence[Incident],
    done: Callable[[], bool],
    clock: Callable[[], datetime],
) -> None:
    """Offer the states one by one to a running switchboard, and stop it when `done`."""

    async def go() -> None:
        board = Switchboard(outbox, at, notifiers, clock=clock, policy=EAGER)
        stop = asyncio.Event()
        running = asyncio.create_task(board.run(stop, poll_s=0.01))
        try:
            async with asyncio.timeout(30):
                for state in states:
                    outbox.offer([state])
                # What is waited for happens in servers' threads and in other processes.
                while not done():  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        finally:
            stop.set()
            await running
            await board.close()

    asyncio.run(go())


def finals(outbox: MemoryOutbox, channel: str) -> list[tuple[int, str]]:
    notes = outbox.notifications(channel, ID)
    return sorted(
        (note.revision, note.outcome)
        for note in notes
        if note.outcome in {"delivered", "failed"} and note.event != "lasting"
    )


def settled(outbox: MemoryOutbox, at: Desk) -> Callable[[], bool]:
    return lambda: all(len(finals(outbox, channel)) == 3 for channel in at.channels)


@pytest.mark.live
def test_undisturbed_the_life_of_an_incident_arrives_once_everywhere(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    states = [replace(state, opened_at=now, updated_at=now) for state in life()]
    states[-1] = replace(states[-1], resolved_at=now)
    with ExitStack() as stack:
        alerts = stack.enter_context(Alertmanager(tmp_path))
        pager = stack.enter_context(PagerDutyServer())
        hook = stack.enter_context(HookServer())
        mail = stack.enter_context(SmtpServer(tmp_path))
        at = desk(**over_http(pager.url, alerts.url, hook.url), duty=MAIL)
        mail_server = MailServer(
            host="127.0.0.1", port=mail.port, security="starttls", sender=USERNAME, username=USERNAME,
            password=SecretStr(PASSWORD), ca_file=str(mail.ca_file), timeout_s=5.0,
        )  # fmt: skip

        def connected() -> dict[str, Notifier]:
            return {
                **build({name: channel for name, channel in at.channels.items() if name != "duty"}, ENVIRON),
                "duty": EmailNotifier(name="duty", server=mail_server, to=("duty@example.org",)),
            }

        outbox = MemoryOutbox()
        outbox.offer(states[:1])
        run_until(
            outbox, at, connected(), states[:2],
            lambda: len(alerts.told.requests) == 1 and all(len(finals(outbox, c)) == 2 for c in at.channels),
            lambda: datetime.now(UTC),
        )  # fmt: skip
        run_until(outbox, at, connected(), states[2:], settled(outbox, at), lambda: datetime.now(UTC))
        alerts.told.wait_for(2)
        assert alerts.notices() == [("firing", ID), ("resolved", ID)]
    assert [event["event_action"] for event in pager.events] == ["trigger", "trigger", "resolve"]
    events = [json.loads(request.body)["event"] for request in hook.requests]
    assert events == ["opened", "updated", "resolved"]
    assert len(mail.box.mails) == 3


TROUBLE = [Reply(503), Reply(429, headers={"Retry-After": "0"}), HANG_UP, Reply(500), HANG_UP]


def test_with_5xx_429_and_broken_connections_everything_still_arrives_in_order() -> None:
    with PagerDutyServer(*TROUBLE) as pager, HookServer(*TROUBLE) as hook, HookServer(*TROUBLE) as alerts:
        at = desk(**over_http(pager.url, alerts.url, hook.url))
        outbox = MemoryOutbox()
        run_until(outbox, at, build(at.channels, ENVIRON), life(), settled(outbox, at), later)
    for channel in at.channels:
        assert finals(outbox, channel) == [(1, "delivered"), (2, "delivered"), (3, "delivered")]
        retries = [n for n in outbox.notifications(channel, ID) if n.outcome == "retry"]
        assert len(retries) == len(TROUBLE), "every attempt is on record"
    assert [event["event_action"] for event in pager.events] == ["trigger", "trigger", "resolve"]


def later() -> datetime:
    """Wall time, moved to when the incident was: waits are real, and nothing is too old to tell."""
    return OPENED + timedelta(hours=2) + (datetime.now(UTC) - _STARTED)


_STARTED = datetime.now(UTC)


def test_refused_until_the_server_is_there_and_then_told() -> None:
    with HookServer() as gone:
        pass
    at = desk(hook={"type": "webhook", "url": gone.url, "secret_env": "HOOK_SECRET"})
    outbox = MemoryOutbox()
    with ExitStack() as stack:
        back: list[HookServer] = []

        def done() -> bool:
            notes = outbox.notifications("hook", ID)
            if not back and sum(note.outcome == "retry" for note in notes) >= 3:
                back.append(stack.enter_context(HookServer(port=gone.port)))
            return settled(outbox, at)()

        run_until(outbox, at, build(at.channels, ENVIRON), life(), done, later)
    assert finals(outbox, "hook") == [(1, "delivered"), (2, "delivered"), (3, "delivered")]
    assert [json.loads(request.body)["event"] for request in back[0].requests] == [
        "opened", "updated", "resolved",
    ]  # fmt: skip


def test_with_400_it_is_given_up_recorded_and_not_tried_again() -> None:
    with HookServer(*[Reply(400, b"no")] * 3) as hook:
        at = desk(hook={"type": "webhook", "url": hook.url, "secret_env": "HOOK_SECRET"})
        outbox = MemoryOutbox()
        run_until(outbox, at, build(at.channels, ENVIRON), life(), settled(outbox, at), later)
    assert finals(outbox, "hook") == [(1, "failed"), (2, "failed"), (3, "failed")]
    assert len(hook.requests) == 3


def test_a_slow_channel_keeps_no_other_waiting() -> None:
    release = threading.Event()
    with HookServer(Reply(200, hold=release)) as slow, PagerDutyServer() as pager:
        at = desk(
            slow={"type": "webhook", "url": slow.url, "secret_env": "HOOK_SECRET", "timeout": "20s"},
            pager={"type": "pagerduty", "url": pager.url, "routing_key_env": "PAGER_KEY"},
        )
        outbox = MemoryOutbox()

        def done() -> bool:
            if len(finals(outbox, "pager")) == 3 and not release.is_set():
                assert finals(outbox, "slow") == []
                release.set()
            return settled(outbox, at)()

        run_until(outbox, at, build(at.channels, ENVIRON), life(), done, later)


# A kill


@pytest.mark.slow
def test_after_a_kill_everything_arrives_with_the_same_key_and_one_repeat_at_most(tmp_path: Path) -> None:
    """The worst moment: the other side has the message, and the answer is not on record yet.

    The teller is killed there at each of the three messages, and started again each time.
    """
    chdb = pytest.importorskip("chdb", reason="no chDB here: install it with `pip install vigie[embedded]`")
    assert chdb
    store_url = f"chdb://{tmp_path / 'store'}"
    with HookServer() as hook:
        teller: list[subprocess.Popen[bytes]] = []
        to_kill = [1, 3, 5]

        def kill(_: object) -> None:
            if len(hook.requests) in to_kill:
                os.kill(teller[-1].pid, signal.SIGKILL)
                teller[-1].wait()

        hook.on_request = kill
        codes = []
        for todo in ("decide", "tell", "tell", "tell", "tell"):
            teller.append(
                subprocess.Popen(
                    [sys.executable, "-m", "tests.streams.killed_teller", store_url, hook.url, todo],
                    cwd=Path(__file__).parents[2],
                )
            )
            codes.append(teller[-1].wait(120))
    assert codes == [-signal.SIGKILL, -signal.SIGKILL, -signal.SIGKILL, 0, 0]
    keys = [request.headers["idempotency-key"] for request in hook.requests]
    assert keys == [f"{ID}/1", f"{ID}/1", f"{ID}/2", f"{ID}/2", f"{ID}/3", f"{ID}/3"]
    store = open_store(store_url)
    try:
        rows = store.query("SELECT event, outcome FROM notifications ORDER BY revision")
    finally:
        store.close()
    assert [tuple(row) for row in rows] == [
        ("opened", "delivered"), ("updated", "delivered"), ("resolved", "delivered"),
    ]  # fmt: skip


def test_once_told_to_stop_no_further_message_is_begun() -> None:
    """The one under way is finished and recorded: whoever takes over repeats nothing."""
    room = Room(desk(duty=MAIL))
    room.clock.now = OPENED + timedelta(hours=2)
    room.outbox.offer(life())

    async def stopped_while_the_first_is_told() -> None:
        stop = asyncio.Event()
        notifier = room.notifiers["duty"]
        sound = notifier.deliver

        async def deliver(message: Message | Digest) -> Outcome:
            stop.set()
            return await sound(message)

        notifier.deliver = deliver  # type: ignore[method-assign]
        await room.board.run(stop)

    asyncio.run(stopped_while_the_first_is_told())
    assert room.notifiers["duty"].events == ["opened 1"]
    assert room.notes() == [("opened", 1, "delivered")]


def test_every_attempt_is_counted_by_channel_and_outcome() -> None:
    counted = {
        outcome: metrics.NOTIFICATIONS.labels(channel="counted", outcome=outcome) for outcome in OUTCOMES
    }
    before = {outcome: counter._value.get() for outcome, counter in counted.items()}
    room = Room(desk(counted=MAIL))
    room.notifiers["counted"].script = [Retry("not now"), Delivered("ok")]
    room.tell(life()[0])
    room.tell(at=OPENED + MINUTE)
    after = {outcome: counter._value.get() - before[outcome] for outcome, counter in counted.items()}
    assert {outcome: count for outcome, count in after.items() if count} == {"retry": 1, "delivered": 1}


def test_a_plan_is_made_of_the_two_logs_alone() -> None:
    """Killed between decision and record, the next process comes to the same plan from the same logs."""
    room = Room(desk(duty=MAIL))
    room.tell(life()[0])
    notes: list[Notification] = list(room.outbox.notifications("duty", ID))
    for kept in ([], notes):
        fresh = MemoryOutbox()
        fresh.offer(life())
        fresh.remember(kept)
        [found] = plan(
            life(), Past.of(fresh.notifications("duty", ID)), room.desk.channels["duty"],
            now=OPENED + timedelta(hours=2), zone=PARIS,
        )  # fmt: skip
        assert found.verdict is Verdict.DELIVER
        assert found.incident.revision == (2 if kept else 1)
