"""HTML as people read it: paragraphs become lines, links keep their address."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from typing import Final

# A parser's worst case grows with the square of its input; no post is longer.
MAX_HTML_CHARS: Final = 100_000
_BLOCKS: Final = frozenset(
    {"address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption", "figure"}
    | {"footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol"}
    | {"p", "pre", "section", "table", "tr", "ul"}
)
_SILENT: Final = frozenset({"script", "style", "template", "noscript", "head"})
_TAG: Final = re.compile(r"<[^<>]*>")
_BLANKS: Final = re.compile(r"[ \t\r\f\v]+")
_LINES: Final = re.compile(r" ?\n[ \n]*")


def html_to_text(html: str) -> str:
    """Plain text. A link to elsewhere gives its address; mentions and hashtags give their words."""
    html = html[:MAX_HTML_CHARS]
    if "<" not in html and "&" not in html:
        return _tidy(html)
    parser = _Text()
    try:
        parser.feed(html)
        parser.close()
    except AssertionError:
        # html.parser gives up on malformed marked sections (`<![x`) this way.
        return _tidy(unescape(_TAG.sub(" ", html)))
    return _tidy("".join(parser.out))


def _tidy(text: str) -> str:
    return _LINES.sub("\n", _BLANKS.sub(" ", text)).strip()


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self._silent: list[str] = []
        self._link: str | None = None
        self._link_words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent.append(tag)
        elif tag in _BLOCKS:
            self._say("\n")
        elif tag == "a":
            self._end_link()
            values = dict(attrs)
            href, classes = values.get("href") or "", (values.get("class") or "").split()
            if href.startswith(("http://", "https://")) and not {"mention", "hashtag"} & set(classes):
                self._link = href
        elif tag == "img" and (alt := dict(attrs).get("alt")):
            # Custom emoji and pictures that stand for words.
            self._say(alt)

    def handle_endtag(self, tag: str) -> None:
        if self._silent and tag == self._silent[-1]:
            self._silent.pop()
        elif tag in _BLOCKS:
            self._say("\n")
        elif tag == "a":
            self._end_link()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._say(data)

    def close(self) -> None:
        super().close()
        self._end_link()

    def _say(self, text: str) -> None:
        (self.out if self._link is None else self._link_words).append(text)

    def _end_link(self) -> None:
        """Words that are the address, perhaps shortened, are given once; others are kept beside it."""
        if self._link is None:
            return
        words, link = "".join(self._link_words).strip(), self._link
        self._link, self._link_words = None, []
        shown = words.removesuffix("…").removesuffix("...").split("://")[-1]
        self.out.append(link if not words or (shown and shown in link) else f"{words} {link}")
