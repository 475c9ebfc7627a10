"""Every connector, in a plain dict: its section's name, and how to build what runs from a section.

`webhook` is not among them: it does not ask, it is called (`connectors.webhook`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from connectors import config
from connectors.aliases import Aliases
from connectors.base import Clock, Connector, SystemClock
from connectors.bluesky import Bluesky
from connectors.files import Folder
from connectors.mastodon import Instance
from connectors.mention import Mention
from connectors.rss import Feed
from connectors.secret import read_secret
from connectors.simulated.live import Simulated
from connectors.x import FilteredStream
from models.query import Query


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a connector may need besides its own section.

    `queries` are the watches', by name, for platforms that filter; `wanted` says whether a mention
    matches any, for look-ups that are worth their price only then. `state` is a folder for what
    must outlive the process; without it nothing does.
    """

    queries: Mapping[str, Query] = field(default_factory=dict)
    wanted: Callable[[Mention], bool] | None = None
    state: Path | None = None
    folder: Path = Path()
    clock: Clock = field(default_factory=SystemClock)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def path(self, named: str | None) -> Path | None:
        """A path of a section, where it names one."""
        return None if named is None else self.folder / named


def _bluesky(section: config.Connectors, around: Surroundings) -> list[Connector]:
    if section.bluesky is None:
        return []
    return [Bluesky(section.bluesky, clock=around.clock, wanted=around.wanted)]


def _mastodon(section: config.Connectors, around: Surroundings) -> list[Connector]:
    if section.mastodon is None:
        return []
    instances = section.mastodon.instances
    # All tokens first: one that is missing leaves nothing half built.
    tokens = [
        read_secret(
            f"mastodon {instance.url}",
            variable=instance.token_env,
            file=around.path(instance.token_file),
            environ=around.environ,
        )
        for instance in instances
    ]
    made: list[Connector] = []
    for instance, token in zip(instances, tokens, strict=True):
        host = urlsplit(instance.url).netloc.replace(":", "_")
        aliases = Aliases(None if around.state is None else around.state / f"mastodon-{host}.aliases")
        made.append(Instance(instance, token, clock=around.clock, aliases=aliases, wanted=around.wanted))
    return made


def _rss(section: config.Connectors, around: Surroundings) -> list[Connector]:
    if section.rss is None:
        return []
    rss = section.rss
    return [
        Feed(url, every_s=rss.every, allow_private=rss.allow_private, clock=around.clock) for url in rss.feeds
    ]


def _x(section: config.Connectors, around: Surroundings) -> list[Connector]:
    if section.x is None:
        return []
    bearer = read_secret(
        "x", variable=section.x.bearer_env, file=around.path(section.x.bearer_file), environ=around.environ
    )
    return [FilteredStream(section.x, bearer, queries=around.queries, clock=around.clock)]


def _files(section: config.Connectors, around: Surroundings) -> list[Connector]:
    if section.files is None:
        return []
    return [Folder(around.folder / section.files.folder, every_s=section.files.every, clock=around.clock)]


def _simulated(section: config.Connectors, around: Surroundings) -> list[Connector]:
    if section.simulated is None:
        return []
    return [Simulated(section.simulated.seed, clock=around.clock)]


CONNECTORS: Final[Mapping[str, Callable[[config.Connectors, Surroundings], list[Connector]]]] = {
    "bluesky": _bluesky,
    "mastodon": _mastodon,
    "rss": _rss,
    "x": _x,
    "files": _files,
    "simulated": _simulated,
}


def build(
    section: config.Connectors, around: Surroundings, *, only: Collection[str] | None = None
) -> list[Connector]:
    """What the section configures, ready to listen: one connector a feed, a server, a platform.

    `only` names sections. Build them inside the running event loop, close each at the end.

    Raises:
        SecretMissing: a secret is not where the section says.
        KeyError: `only` names what is no connector.
    """
    names = CONNECTORS if only is None else only
    made = [connector for name in names for connector in CONNECTORS[name](section, around)]
    seen: set[str] = set()
    for connector in made:
        if connector.name in seen:
            raise ValueError(f"{connector.name} stands twice under connectors")
        seen.add(connector.name)
    return made
