"""Authors become pseudonyms here, at the edge, before any topic or table.

A pseudonym is a keyed HMAC-SHA256 (RFC 2104) cut to 128 bits: without the key it can be neither
reversed nor recomputed from a list of known accounts. VIP lists and `author:` terms pass through
the same function, so that they meet. The mark in front makes the step idempotent.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import replace
from functools import lru_cache
from typing import Final

from connectors.mention import Mention, Retraction

MARK: Final = "~"
_PSEUDONYM = re.compile(r"~[0-9a-f]{32}\Z")


def is_pseudonym(value: str) -> bool:
    return _PSEUDONYM.match(value) is not None


class Pseudonymiser:
    """Replaces a platform's author id and handle by pseudonyms under one secret key."""

    __slots__ = ("_author",)

    def __init__(self, key: bytes) -> None:
        if len(key) < 16:
            raise ValueError("the pseudonym key must have at least 16 bytes")

        # The same loud accounts come again and again; the cache is bounded and holds no key.
        @lru_cache(maxsize=65_536)
        def author(platform: str, native: str) -> str:
            if is_pseudonym(native):
                return native
            if native.startswith("@"):
                native = "@" + native[1:].casefold()
            name = f"{platform.casefold()}:{native}"
            return MARK + hmac.digest(key, name.encode("utf-8", "surrogatepass"), "sha256")[:16].hex()

        self._author = author

    def author(self, platform: str, native: str) -> str:
        """The pseudonym of an account: by its id (`12345`) or by its handle (`@name`)."""
        return self._author(platform, native)

    def term(self, value: str) -> str:
        """The pseudonym of `platform:@handle` or `platform:id`, as VIP lists and `author:` terms write it."""
        platform, _, native = value.partition(":")
        return self.author(platform, native)

    def mention(self, mention: Mention) -> Mention:
        """The mention with its author replaced. A handle without an id serves as the id."""
        handle = mention.author_handle
        if handle is not None and not is_pseudonym(handle):
            handle = self._author(mention.platform, "@" + handle.removeprefix("@"))
        author = mention.author_id
        author = handle if author is None else self._author(mention.platform, author)
        if author == mention.author_id and handle == mention.author_handle:
            return mention
        return mention.with_author(author, handle)

    def retraction(self, retraction: Retraction) -> Retraction:
        if retraction.author_id is None:
            return retraction
        return replace(retraction, author_id=self.author(retraction.platform, retraction.author_id))
