"""Asking the process that holds an embedded store, where we cannot open it ourselves."""

from __future__ import annotations

import http.client
import re
from collections.abc import Mapping
from typing import Final, Protocol
from urllib.parse import urlencode, urlsplit

from streams.endpoint.access import Access
from streams.endpoint.answers import AUTHENTICATION_FAILED, READONLY
from streams.store import values
from streams.store.base import DEFAULT_FORMAT
from streams.store.errors import QueryFailed, QueryRefused, StoreDenied, StoreError, StoreUnavailable

_ERROR = re.compile(r"Code: (\d+)\. DB::Exception: (.*?)\.?( \([A-Z_]+\))?\s*\Z", re.DOTALL)
_PATIENCE_S: Final = 3_600


class Asker(Protocol):
    """What a `Store` and an `EndpointClient` have in common: a person's question."""

    def select(
        self,
        sql: str,
        *,
        format: str = DEFAULT_FORMAT,  # noqa: A002 - ClickHouse's own word
        params: Mapping[str, object] | None = None,
    ) -> bytes: ...


class EndpointClient:
    """See `base.Store.select`: the same question, the same answers, the same errors."""

    def __init__(self, address: str, access: Access) -> None:
        self._address = address
        self._access = access

    def select(
        self,
        sql: str,
        *,
        format: str = DEFAULT_FORMAT,  # noqa: A002 - ClickHouse's own word
        params: Mapping[str, object] | None = None,
    ) -> bytes:
        fields = {f"param_{name}": text for name, text in values.parameters(params).items()}
        parts = urlsplit(self._address)
        headers = {}
        if self._access.password is not None:
            headers["X-ClickHouse-User"] = self._access.user
            headers["X-ClickHouse-Key"] = self._access.password.get_secret_value()
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_PATIENCE_S)
        try:
            query = urlencode({"default_format": format} | fields)
            connection.request("POST", f"/?{query}", body=sql.encode("utf-8"), headers=headers)
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise StoreUnavailable(f"{self._address} does not answer: {type(error).__name__}") from None
        finally:
            connection.close()
        if response.status != http.client.OK:
            raise _error(body.decode("utf-8", "replace"), self._address)
        return body


def _error(text: str, address: str) -> StoreError:
    found = _ERROR.search(text)
    if found is None:
        return StoreUnavailable(f"{address} gives no sensible answer")
    code, message = int(found.group(1)), found.group(2)
    if code == READONLY:
        return QueryRefused(message)
    if code == AUTHENTICATION_FAILED:
        return StoreDenied(
            f"{message}: the process that holds the store asks for VIGIE_SQL_USER and VIGIE_SQL_PASSWORD"
        )
    return QueryFailed(message, code)
