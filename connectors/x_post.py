"""One line of X's stream as it is read: a post, or what the stream says about itself.

An edited post has a new id; ours is that of its first version, so that the edit replaces it.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from connectors.errors import ConnectorError, RateLimited, Unreachable, Unreadable
from connectors.mention import Engagement, Kind, Mention
from connectors.pieces import body_text, count, flag, items, lang, load_object, moment, obj, required, word

PLATFORM: Final = "x"
FIELDS: Final = {
    "tweet.fields": "created_at,lang,public_metrics,author_id,conversation_id,referenced_tweets,entities,"
    "edit_history_tweet_ids,possibly_sensitive,note_tweet",
    "expansions": "author_id,referenced_tweets.id",
    "user.fields": "username,name,verified,created_at,public_metrics",
}
"""What has to be asked for, of the stream and of the search, so that a post is all there."""
_NO_LANGUAGE: Final = frozenset({"und", "zxx", "art", "qam", "qct", "qht", "qme", "qst"})


def parse(line: bytes, *, now: datetime) -> Mention | ConnectorError:
    """One line of the stream: a post, or what the stream says about itself. `counted_at` is its own time.

    Raises:
        Unreadable: neither, or a post whose required parts are wrong.
    """
    return parse_value(load_object(line), now=now)


def parse_value(value: Mapping[str, Any], *, now: datetime) -> Mention | ConnectorError:
    """As `parse`, of what is read already."""
    if "data" not in value:
        problem = obj(next(iter(items(value.get("errors"))), value))
        told = word(problem.get("detail"), 500) or word(problem.get("title"), 500)
        if told is None:
            raise Unreadable("neither a post nor a problem that we know")
        if (
            problem.get("connection_issue") == "TooManyConnections"
            or "cap" in str(problem.get("title")).lower()
        ):
            return RateLimited(told)
        return Unreachable(told)
    data, includes = obj(value["data"]), obj(value.get("includes"))
    post_id = required(data.get("id"), "data.id")
    versions = [id_ for id_ in items(data.get("edit_history_tweet_ids")) if word(id_)]
    references = {
        str(obj(reference).get("type")): word(obj(reference).get("id"))
        for reference in items(data.get("referenced_tweets"))
    }
    parent, quoted, reposted = (references.get(kind) for kind in ("replied_to", "quoted", "retweeted"))
    kind: Kind = "repost" if reposted else "reply" if parent else "quote" if quoted else "post"
    author_id = word(data.get("author_id"))
    author = _included(includes, "users", author_id)
    username = word(author.get("username"))
    created_at = moment(data.get("created_at"), "data.created_at", now)
    metrics = obj(data.get("public_metrics"))
    language = lang(data.get("lang"))
    # A repost's own text is cut off; the post it repeats comes along.
    original = _included(includes, "tweets", reposted) if reposted else {}
    return Mention(
        platform=PLATFORM,
        native_id=versions[0] if versions else post_id,
        text=_text(original if word(original.get("text"), 10**6) else data),
        created_at=created_at,
        observed_at=now,
        counted_at=created_at,
        kind=kind,
        lang=None if language in _NO_LANGUAGE else language,
        url=f"https://x.com/{username or 'i/web'}/status/{post_id}",
        author_id=author_id,
        author_handle=username,
        author_followers=count(obj(author.get("public_metrics")).get("followers_count")),
        author_verified=flag(author.get("verified")),
        parent_id=parent,
        repost_of=reposted or quoted,
        engagement=Engagement(
            likes=count(metrics.get("like_count")),
            reposts=count(metrics.get("retweet_count")),
            replies=count(metrics.get("reply_count")),
        ),
        edited_at=created_at if len(versions) > 1 else None,
    )


def _included(includes: Mapping[str, Any], kind: str, id_: str | None) -> dict[str, Any]:
    return next((obj(one) for one in items(includes.get(kind)) if id_ and obj(one).get("id") == id_), {})


def _text(post: Mapping[str, Any]) -> str:
    """Long posts whole, links as their targets, `&amp;` as what it stands for."""
    note = obj(post.get("note_tweet"))
    source = note if isinstance(note.get("text"), str) else post
    text = body_text(source.get("text"), "data.text")
    for link in items(obj(source.get("entities")).get("urls"))[:50]:
        short, target = word(obj(link).get("url")), word(obj(link).get("expanded_url"), 8_192)
        if short and target:
            text = text.replace(short, target)
    return html.unescape(text)
