"""How people talk about a topic in one language: sentences, what they add, hashtags, emoji, headlines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

import yaml

from connectors.simulated.grammar import Draw, GrammarError, Piece, compile_pattern, say

LANGUAGES: Final = ("fr", "en")

# Which moods a topic's second sentence is drawn from; a name that stands twice is drawn twice as often.
_MOODS: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        "river": ("plain", "plain", "plain", "good", "bad"),
        "flood": ("fear", "fear", "fear", "anger", "anger"),
        "dam": ("plain", "plain", "good"),
        "doubt": ("fear",),
        "water": ("plain", "plain", "plain", "bad"),
        "taste": ("anger", "bad", "bad"),
        "hospital": ("plain", "plain", "good", "bad"),
        "announcement": ("plain", "plain", "good"),
        "fire": ("plain", "plain", "good"),
        "elections": ("plain", "plain", "bad"),
        "chatter": ("plain", "good", "good", "bad"),
        "final": ("good",),
    }
)
_EMOJI: Final = MappingProxyType(
    {
        "plain": ("👀", "📍", "🙂", "ℹ️"),
        "good": ("😊", "👏", "❤️", "🌞"),
        "bad": ("😒", "🙄", "😤", "😡"),
        "fear": ("😱", "🆘", "😢", "🌊"),
        "anger": ("😡", "🤬", "😠"),
    }
)
SECOND_SENTENCE: Final = 0.45
SECOND_SENTENCE_IN_FEAR: Final = 0.8
"""Who is afraid says more: and of a thousand posts in six hours, few should look like copies."""

HASHTAG: Final = 0.24
EMOJI: Final = 0.1
STRAY: Final = 0.004
"""Of how many posts about the final the words are those of a watch, and nothing excludes them."""


@dataclass(frozen=True, slots=True)
class Topic:
    """Everything that is said about one subject. Topics without `moods` are copied, never added to."""

    say: tuple[Piece, ...]
    head: tuple[Piece, ...]
    stray: tuple[Piece, ...]
    tags: tuple[str, ...]
    moods: tuple[tuple[tuple[Piece, ...], tuple[str, ...]], ...]
    """(second sentences, emoji) of each mood."""
    second: float = SECOND_SENTENCE


class Voice:
    """One language."""

    def __init__(self, topics: Mapping[str, Topic]) -> None:
        self._topics = topics

    def post(self, topic: str, draw: Draw) -> str:
        """What an ordinary account writes."""
        about = self._topics[topic]
        patterns = about.stray if about.stray and draw() < STRAY else about.say
        text = _sentence(patterns, draw)
        if not about.moods:
            return text
        more, emoji = about.moods[int(draw() * len(about.moods))]
        if draw() < about.second:
            text = f"{text} {_sentence(more, draw)}"
        if draw() < HASHTAG:
            text = f"{text} {about.tags[int(draw() * len(about.tags))]}"
        if draw() < EMOJI:
            text = f"{text} {emoji[int(draw() * len(emoji))]}"
        return text

    def headline(self, topic: str, draw: Draw) -> str:
        """What a newspaper's feed says: a headline and a sentence."""
        about = self._topics[topic]
        return f"{_sentence(about.head, draw)}. {_sentence(about.say, draw)}"

    def has_headlines(self, topic: str) -> bool:
        return bool(self._topics[topic].head)


def _sentence(patterns: Sequence[Piece], draw: Draw) -> str:
    text = say(patterns[int(draw() * len(patterns))], draw)
    return text[0].upper() + text[1:]


@cache
def voice(language: str) -> Voice:
    """The voice of a language of `LANGUAGES`, compiled once a process."""
    content = files(__package__).joinpath("texts", f"{language}.yaml").read_text(encoding="utf-8")
    return read_voice(yaml.safe_load(content))


def read_voice(content: Mapping[str, Any]) -> Voice:
    """Compile the content of a file of `texts/`.

    Raises:
        GrammarError: a pattern is wrong, or a topic says nothing.
    """
    words: Mapping[str, Sequence[str]] = content["words"]
    for name, listed in words.items():
        if not all(isinstance(word, str) for word in listed):
            raise GrammarError(f"a word of {name!r} is no text: put it in quotation marks")

    def compiled(patterns: Sequence[str]) -> tuple[Piece, ...]:
        return tuple(compile_pattern(pattern, words) for pattern in patterns)

    moods = {name: (compiled(patterns), _EMOJI[name]) for name, patterns in content["add"].items()}
    topics = {}
    for name, about in content["topics"].items():
        if not about.get("say"):
            raise GrammarError(f"the topic {name!r} says nothing")
        topics[name] = Topic(
            say=compiled(about["say"]),
            head=compiled(about.get("head", ())),
            stray=compiled(about.get("stray", ())),
            tags=tuple(about["tags"]),
            moods=tuple(moods[mood] for mood in _MOODS.get(name, ())),
            second=SECOND_SENTENCE_IN_FEAR if "fear" in _MOODS.get(name, ()) else SECOND_SENTENCE,
        )
    return Voice(topics)
