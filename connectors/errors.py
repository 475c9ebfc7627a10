"""What can go wrong between us and a platform, by what the listener does about it.

ConnectorError              base; `str()` is a sentence for people and never holds a secret
  Unreachable               network, time-out, stall, closed stream: again soon, with jitter
  ServerTrouble             5xx or nonsense from the server: again, with growing waits
  RateLimited               429 or an empty budget: again after `retry_after_s`
  Refused                   401, 403, 404, 410, wrong parameters: again, but slowly, since a person
                            has to mend something; `check` shows the sentence at once
  Oversize                  one message is larger than we read: the connector steps over it
Unreadable(ValueError)      the one exception of every `parse`: this piece can never be a record
SecretMissing(ValueError)   an environment variable or a file that should hold a secret does not
"""

# ruff: noqa: N818 - they are named for what happened, as a sentence reads at the place where it is caught

from __future__ import annotations


class ConnectorError(Exception):
    """Something between us and the platform. `retry_after_s` is what the server asked for, if it did."""

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Unreachable(ConnectorError):
    """No connection, or one that broke, stalled or was closed."""


class ServerTrouble(ConnectorError):
    """The server answered that it cannot just now, or answered what its protocol does not know."""


class RateLimited(ConnectorError):
    """Too many requests, or a quota used up."""


class Refused(ConnectorError):
    """The server understood and said no; asking again soon does not help."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class Oversize(ConnectorError):
    """A message or a body above our cap."""


class Unreadable(ValueError):
    """A piece of input that is no record; `str()` says what is wrong with it."""


class SecretMissing(ValueError):
    """A secret is not where the configuration says; `str()` names the place, never the value."""
