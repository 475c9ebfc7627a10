"""What is gone for good: posts and accounts that were deleted at the source."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from connectors.mention import Retraction
from streams.store import rows
from streams.store.engine import Engine, put
from streams.store.statements import listed, statement

Scope = Literal["mention", "account"]


def retracted(engine: Engine, scope: Scope, subjects: Sequence[str]) -> dict[str, datetime]:
    """Which of these ids of mentions, or pseudonyms of accounts, are gone, and since when."""
    if not subjects or (scope,) not in engine.rows(statement("retraction_scopes")):
        return {}
    found = engine.rows(statement("retracted"), {"scope": scope, "subjects": listed(subjects)})
    return {subject: rows.from_unix_ms(at_ms) for subject, at_ms in found}


def retract(engine: Engine, retractions: Sequence[Retraction]) -> None:
    """The word is written before the tombstones: cut off between the two, every view is right."""
    posts = {word.mention_id: word for word in retractions if word.mention_id is not None}
    accounts = {
        word.author_id: word for word in retractions if word.mention_id is None and word.author_id is not None
    }
    if not posts and not accounts:
        return
    put(engine, "retractions_raw", rows.retractions("mention", posts))
    put(engine, "retractions_raw", rows.retractions("account", accounts))
    engine.run(statement("bury"), {"ids": listed([*posts]), "accounts": listed([*accounts])})
