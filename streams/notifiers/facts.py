"""An incident as plain JSON values, for machines: numbers and post ids, no post's text."""

from __future__ import annotations

from typing import Any

from streams.notifiers.base import Message
from streams.plain import plain


def facts(message: Message) -> dict[str, Any]:
    """The documented fields of one incident, as the signed webhook and the pager's details carry them."""
    incident, evidence = message.incident, message.incident.evidence
    return {
        "id": incident.id,
        "watch": incident.watch,
        "title": plain(message.title, 200),
        "signal": str(incident.signal),
        "state": str(incident.state),
        "severity": str(incident.severity),
        "revision": incident.revision,
        "opened_at": incident.opened_at.isoformat(),
        "updated_at": incident.updated_at.isoformat(),
        "resolved_at": None if incident.resolved_at is None else incident.resolved_at.isoformat(),
        "observed": incident.observed,
        "expected": incident.expected,
        "limit": incident.limit,
        "window_s": evidence.window_s,
        "summary": message.sentence,
        "drill": incident.drill,
        "evidence": {
            "since_at": evidence.since_at.isoformat(),
            "mentions": evidence.mentions,
            "originals": evidence.originals,
            "reposts": evidence.reposts,
            "near_duplicate_share": evidence.near_duplicate_share,
            "authors": evidence.authors,
            "new_authors": evidence.new_authors,
            "new_word_authors": evidence.new_word_authors,
            "top_authors_share": evidence.top_authors_share,
            "top_narrative_authors": evidence.top_narrative_authors,
            "narratives": [{"name": name, "mentions": count} for name, count in evidence.narratives],
            "platforms": {plain(name, 60): count for name, count in evidence.platforms},
            "languages": {plain(name, 60): count for name, count in evidence.languages},
            "negative_share": evidence.negative_share,
            "negative_share_usual": evidence.negative_share_usual,
            "misinformation": evidence.misinformation,
            "urgent": [plain(phrase, 200) for phrase in evidence.urgent],
            "posts": [plain(post, 300) for post in evidence.posts],
            "gap_s": evidence.gap_s,
            "peak": evidence.peak,
            "warming_up": evidence.warming_up,
            "signs": list(evidence.signs),
            "reasons": list(evidence.reasons),
        },
    }


def posts(message: Message) -> list[dict[str, str | None]]:
    """The representative posts; their text is there only where the channel asked for it."""
    return [
        {
            "id": plain(post.id, 300),
            "url": post.link,
            **({} if post.text is None else {"text": plain(post.text, 1_000)}),
        }
        for post in message.background.posts
    ]
