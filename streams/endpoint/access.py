"""Who may ask: a name and a password where one is set, and never a web page in somebody's browser. Pure."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from pydantic import SecretStr

from streams.errors import UsageError
from streams.store.errors import QueryRefused, StoreDenied

_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """`password` None lets in everybody who reaches the port, which then must be of this machine alone."""

    user: str = "vigie"
    password: SecretStr | None = None


def loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def check_exposure(host: str, access: Access) -> None:
    """Raises UsageError where others than this machine could ask without a password."""
    if access.password is None and not loopback(host):
        raise UsageError(
            f"{host} can be reached from other machines: set VIGIE_SQL_PASSWORD to a secret first "
            "(the user is VIGIE_SQL_USER, vigie by default)"
        )


def admit(headers: Mapping[str, str], access: Access) -> None:
    """Return for a request that may be answered.

    A page of the web that an analyst has open can send requests to this machine, and with a name that
    resolves to 127.0.0.1 it could read the answers: so without a password the name must be this machine's.

    Raises:
        StoreDenied: no name and password, or wrong ones.
        QueryRefused: the request comes from a web page.
    """
    if headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
        raise QueryRefused("refused, the request comes from a web page of somebody else")
    if access.password is None:
        if _name_of(headers.get("Host", "")) not in _HERE:
            raise QueryRefused(
                "refused, without a password this endpoint answers to 127.0.0.1 and localhost only"
            )
        return
    user, password = credentials(headers)
    wanted = access.password.get_secret_value()
    # Both are compared, whatever the first one says, so that time tells nothing.
    right = hmac.compare_digest(user.encode(), access.user.encode())
    right &= hmac.compare_digest(password.encode(), wanted.encode())
    if not right:
        raise StoreDenied("Authentication failed: the user or the password is wrong, or there is none")


def credentials(headers: Mapping[str, str]) -> tuple[str, str]:
    """Of `X-ClickHouse-User` and `-Key`, or of HTTP's basic authentication; empty where there are none."""
    if "X-ClickHouse-User" in headers or "X-ClickHouse-Key" in headers:
        return headers.get("X-ClickHouse-User", ""), headers.get("X-ClickHouse-Key", "")
    kind, _, token = headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(token.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return "", ""
    return user, password


def _name_of(host: str) -> str:
    """`[::1]:8123` -> `::1`"""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()
