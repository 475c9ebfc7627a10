"""The two ways to subscribe to Jetstream, made one: `/subscribe` (v1) and `subscribeEvents` (v2).

github.com/bluesky-social/jetstream, docs/README.md section 5. The address says which it is. Both take
a time in microseconds as the cursor; v2 wraps each event, says in words where v1 is silent, and
sends frames compressed with a dictionary that it hands out itself.

v1's own compression is not used: its dictionary, made of pieces of people's posts, would have to be
shipped with us, and a frame does not say which edition it needs.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from yarl import URL

from connectors.errors import ConnectorError, Oversize, ServerTrouble, Unreachable, Unreadable
from connectors.http import Http
from connectors.pieces import obj, word
from connectors.zstd import ZstdDecompressor, ZstdDict, ZstdError

log = logging.getLogger(__name__)

V2: Final = "network.bsky.jetstream.subscribeEvents"
SUBPROTOCOL: Final = "xrpc.v1.json"
MAX_FRAME_BYTES: Final = 1024 * 1024
MAX_DICTIONARY_BYTES: Final = 4 * 1024 * 1024
_DICTIONARY: Final = "/xrpc/network.bsky.jetstream.getZstdDictionary"
# `#sync` says that a repository is read anew, post by post, which then come as commits.
_KINDS: Final = ("commit", "identity", "account")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def is_v2(endpoint: str) -> bool:
    return URL(endpoint).path.endswith(f"/xrpc/{V2}")


def parameters(
    endpoint: str, *, collections: Iterable[str], cursor_us: int | None, dictionary: ZstdDict | None
) -> list[tuple[str, str]]:
    """The query of a subscription."""
    two = is_v2(endpoint)
    params = [("collections" if two else "wantedCollections", name) for name in collections]
    if two:
        params += [("kinds", kind) for kind in _KINDS]
    params.append(("maxMessageSizeBytes", str(MAX_FRAME_BYTES)))
    if cursor_us is not None:
        params.append(("cursor", str(cursor_us)))
    if dictionary is not None:
        params.append(("zstdDictionary", str(dictionary.dict_id)))
    return params


def unwrap(frame: Mapping[str, Any]) -> Mapping[str, Any] | ConnectorError | None:
    """An event in the form of v1; what the stream says about its own end; None for mere advice.

    Raises:
        Unreadable: a frame of v2 that is neither.
    """
    if "$type" not in frame:
        return frame
    if frame["$type"] == "error":
        told = ": ".join(filter(None, (word(frame.get("error"), 100), word(frame.get("message"), 300))))
        return Unreachable(f"the server ends the stream: {told or 'without a reason'}")
    payload = obj(frame.get("payload"))
    name, _, kind = str(payload.get("$type")).partition("#")
    if frame["$type"] != "message" or name != V2 or not kind:
        raise Unreadable("$type is no message of this stream")
    if kind == "info":
        log.info("jetstream: %s: %s", word(payload.get("name"), 100), word(payload.get("message"), 300))
        return None
    return {
        "did": payload.get("did"),
        "time_us": _microseconds(payload.get("witnessedAt") or payload.get("time")),
        "kind": kind,
        kind: payload if kind == "commit" else payload.get(kind),
    }


def _microseconds(value: object) -> int | None:
    try:
        return (datetime.fromisoformat(str(value)) - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, TypeError, OverflowError):
        return None


class Dictionaries:
    """The dictionary of each v2 host, fetched once; hosts that have none send their frames plain."""

    def __init__(self) -> None:
        self._known: dict[str, ZstdDict | None] = {}

    async def of(self, endpoint: str, http: Http) -> ZstdDict | None:
        """The host's current dictionary; None where it speaks v1 or hands out none.

        Raises:
            ConnectorError: the host cannot be asked just now.
        """
        if endpoint not in self._known:
            self._known[endpoint] = await _fetched(endpoint, http) if is_v2(endpoint) else None
        return self._known[endpoint]

    async def renewed(self, endpoint: str, http: Http) -> bool:
        """Ask again, since the host refused us: whether it has another dictionary by now."""
        before, after = self._known.get(endpoint), await _fetched(endpoint, http)
        self._known[endpoint] = after
        return (before and before.dict_id) != (after and after.dict_id)


async def _fetched(endpoint: str, http: Http) -> ZstdDict | None:
    url = URL(endpoint)
    asked = url.with_scheme("https" if url.scheme == "wss" else "http").with_path(_DICTIONARY)
    answer = await http.request(str(asked), max_bytes=MAX_DICTIONARY_BYTES)
    if answer.status == 429 or answer.status >= 500:
        raise ServerTrouble(f"{url.host} answered {answer.status} and gave no dictionary")
    try:
        return ZstdDict(answer.body) if answer.status == 200 else None
    except (ValueError, ZstdError):
        log.warning("%s: its dictionary cannot be read, so its frames come plain", url.host)
        return None


def decompress(frame: bytes, dictionary: ZstdDict) -> bytes:
    """What a compressed frame holds; one that cannot be read as it came, since a parser says what it is.

    Raises:
        Oversize: it holds more than we read.
    """
    try:
        reader = ZstdDecompressor(zstd_dict=dictionary)
        text = reader.decompress(frame, max_length=MAX_FRAME_BYTES + 1)
    except ZstdError:
        return frame
    if len(text) > MAX_FRAME_BYTES:
        raise Oversize(f"a frame of more than {MAX_FRAME_BYTES:,} bytes")
    return text if reader.eof else frame
