"""Handles and follower counts of Bluesky accounts: looked up lazily, 25 at a time, and remembered.

`app.bsky.actor.getProfiles` (docs.bsky.app). The stream names accounts by DID alone; a look-up that
fails costs a name, never a mention.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from connectors.base import Clock
from connectors.errors import ConnectorError, Unreadable
from connectors.http import Http
from connectors.pieces import Recent, count, items, load_object, obj, word
from connectors.ratelimit import read_budget

A_CALL: Final = 25
REMEMBERED: Final = 50_000
FRESH: Final = timedelta(hours=6)
PAUSE: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Profile:
    handle: str
    followers: int | None
    known_at: datetime


def parse_profiles(body: bytes, *, now: datetime) -> dict[str, Profile]:
    """DID -> profile; entries that make no sense are left out.

    Raises:
        Unreadable: the body is no JSON object.
    """
    found = {}
    for entry in items(load_object(body).get("profiles")):
        did, handle = word(obj(entry).get("did")), word(obj(entry).get("handle"), 253)
        if did is not None and handle is not None:
            found[did] = Profile(handle, count(obj(entry).get("followersCount")), now)
    return found


class Profiles:
    """The look-up. After a failure it pauses for a minute rather than hold up what is heard."""

    def __init__(self, api: str, http: Http, clock: Clock) -> None:
        self._url = f"{api.rstrip('/')}/xrpc/app.bsky.actor.getProfiles"
        self._http = http
        self._clock = clock
        self._known: Recent[str, Profile] = Recent(REMEMBERED)
        self._not_before: datetime | None = None
        self._left: float | None = None

    @property
    def measurements(self) -> Mapping[str, float]:
        return {} if self._left is None else {"budget_left": self._left}

    def learn(self, did: str, handle: str) -> None:
        """A name that the stream itself told of."""
        known = self._known.get(did)
        if known is not None:
            self._known.put(did, Profile(handle, known.followers, known.known_at))

    async def look_up(self, dids: Iterable[str]) -> dict[str, Profile]:
        """What is known of these accounts, asking for what is not."""
        found: dict[str, Profile] = {}
        missing = []
        now = self._clock.now()
        for did in sorted(dids):
            profile = self._known.get(did)
            if profile is not None:
                found[did] = profile
            if profile is None or profile.known_at < now - FRESH:
                missing.append(did)
        for begin in range(0, len(missing), A_CALL):
            found |= await self._ask(missing[begin : begin + A_CALL])
        return found

    async def _ask(self, dids: list[str]) -> dict[str, Profile]:
        now = self._clock.now()
        if self._not_before is not None and now < self._not_before:
            return {}
        url = self._url + "?" + "&".join(f"actors={did}" for did in dids)
        try:
            answer = await self._http.request(url)
            profiles = parse_profiles(answer.body, now=now) if answer.status == 200 else {}
        except (ConnectorError, Unreadable):
            self._not_before = now + PAUSE
            return {}
        budget = read_budget(answer.headers, now)
        if budget is not None:
            self._left = budget.remaining
        wait_s = 0.0 if budget is None else budget.wait_s(now, reserve=50)
        if answer.status != 200 or wait_s > 0:
            self._not_before = now + max(PAUSE, timedelta(seconds=wait_s))
        for did, profile in profiles.items():
            self._known.put(did, profile)
        return profiles
