"""The text part of a mail: complete in itself, for those who read mail without HTML."""

from __future__ import annotations

from streams.incidents.wording import TONGUES
from streams.notifiers.base import Digest, Kind, Message
from streams.notifiers.mail_facts import Row, figures, made_of, moment, posts, times
from streams.notifiers.mail_words import MAIL_WORDS
from streams.plain import plain

_SPARKS = "▁▂▃▄▅▆▇█"


def text(message: Message) -> str:
    labels = MAIL_WORDS[message.language]
    parts: list[str] = []
    if message.kind is Kind.TEST:
        parts.append(labels.test)
    elif message.incident.drill:
        parts.append(labels.drill)
    parts.append(f"{plain(message.title, 120)}\n{message.sentence}.")
    rows = [*figures(message), *times(message)]
    parts.append("\n".join(_line(row, labels.colon) for row in rows))
    if line := sparkline(message):
        parts.append(f"{labels.chart}\n{line}")
    if rows := made_of(message):
        parts.append("\n".join([labels.made_of, *(f"- {_line(row, labels.colon)}" for row in rows)]))
    if found := posts(message):
        lines = [labels.posts]
        for post in found:
            lines.append(f"- {post.link or plain(post.id, 300)}")
            if post.text:
                lines.append(f"  {TONGUES[message.language].quoted([plain(post.text, 500)])}")
        parts.append("\n".join(lines))
    if message.link is not None:
        parts.append(f"{labels.open_link}{labels.colon}{message.link}")
    parts.append("-- \n" + labels.footer.format(channel=message.channel, incident=message.incident.id))
    return "\n\n".join(parts) + "\n"


def digest_text(digest: Digest) -> str:
    labels = MAIL_WORDS[digest.language]
    since = moment(digest.since_at, digest.messages[0])
    parts = [labels.digest.format(since=since)]
    for message in digest.messages:
        lines = [
            message.subject,
            f"{message.sentence}.",
            *(_line(row, labels.colon) for row in times(message)),
        ]
        if message.link is not None:
            lines.append(message.link)
        parts.append("\n".join(lines))
    parts.append("-- \n" + labels.digest_footer.format(channel=digest.channel))
    return "\n\n".join(parts) + "\n"


def sparkline(message: Message) -> str:
    """A character a bar, `·` where there was nothing; empty without bars."""
    bars = message.background.bars
    most = max((bar.mentions for bar in bars), default=0)
    if most == 0:
        return ""
    return "".join(
        _SPARKS[min(len(_SPARKS) - 1, bar.mentions * len(_SPARKS) // (most + 1))] if bar.mentions else "·"
        for bar in bars
    )


def _line(row: Row, colon: str) -> str:
    return f"{row[0]}{colon}{row[1]}"
