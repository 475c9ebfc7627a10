"""Known false claims: a file that people keep, and the statements a text is compared with.

version: 1
claims:
  - id: dam-of-salvane              # a-z 0-9 -, once in the file
    texts:                          # how it is told; several wordings find more
      fr: ["Le barrage de la Salvane a cédé"]
      en: ["The Salvane dam has burst"]
    answer: "The dam holds: checked by the prefecture on 30 October."
    url: https://example.org/dam    # where the correction stands; optional
    from: 2025-10-29                # first and last day on which it is looked for; optional
    until: 2025-12-31

ClaimsError(ValueError)    the file is refused; `problems` has a sentence each, with line and key
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import yaml

from models.claim_match import MIN_CONTENT_WORDS, content_stems
from models.text import words_of

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}\Z")
_LANG = re.compile(r"[a-z]{2,3}\Z")
_KEYS: Final = ("id", "texts", "answer", "url", "from", "until")


class ClaimsError(ValueError):
    """The claims file is refused. `problems` has a sentence each, in the order of the file."""

    def __init__(self, name: str, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{name} {problem}" for problem in problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A statement known to be false: its wordings, and what to answer.

    It is looked for from the day `from_on` to the day `until_on`, both included; None is without end.
    """

    id: str
    texts: tuple[str, ...]
    answer: str
    url: str | None = None
    from_on: date | None = None
    until_on: date | None = None

    @property
    def full_answer(self) -> str:
        """The correction, and where it stands."""
        return self.answer if self.url is None else f"{self.answer} {self.url}"

    def valid_on(self, day: date) -> bool:
        return (self.from_on is None or self.from_on <= day) and (
            self.until_on is None or day <= self.until_on
        )


def load_claims(text: str, *, name: str = "claims.yaml") -> tuple[Claim, ...]:
    """Read and validate the text of a claims file; `name` stands in its errors.

    Raises:
        ClaimsError: something in it is wrong.
    """
    try:
        loader = yaml.SafeLoader(text)
    except yaml.reader.ReaderError as error:
        raise ClaimsError(
            name, [f"holds the character U+{error.character:04X}, which YAML refuses"]
        ) from None
    try:
        root = loader.get_single_node()
        reader = _Reader(loader)
        claims = tuple(reader.claims(root))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = "" if mark is None else f"line {mark.line + 1}, column {mark.column + 1}: "
        raise ClaimsError(name, [f"{where}{error.problem or error.context}"]) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        said = str(error).replace("\n", " ")
        raise ClaimsError(name, [f"is not readable as YAML: {said}"]) from None
    finally:
        loader.dispose()
    if reader.problems:
        raise ClaimsError(name, [said for _, said in sorted(reader.problems)])
    return claims


class _Reader:
    """Walks the nodes of the document, so that a problem can name its line. Collects all problems."""

    def __init__(self, loader: yaml.SafeLoader) -> None:
        self.problems: list[tuple[int, str]] = []
        self._loader = loader

    def claims(self, root: yaml.Node | None) -> Iterator[Claim]:
        if not isinstance(root, yaml.MappingNode):
            self._refuse(root, "", "a claims file begins with 'version: 1', then 'claims:'")
            return
        top = self._mapping(root, "", ("version", "claims"))
        version = top.get("version")
        if version is None or self._value(version) != 1:
            self._refuse(version or root, "version", "must be 1")
        listed = top.get("claims")
        if not isinstance(listed, yaml.SequenceNode):
            self._refuse(listed or root, "claims", "must be a list, an entry '- id: ...' a claim")
            return
        seen: dict[str, int] = {}
        for number, node in enumerate(listed.value, 1):
            claim = self._claim(node, f"claims[{number}]")
            if claim is None:
                continue
            line = _line(node)
            if claim.id in seen:
                self._refuse(
                    node, f"claims[{number}].id", f"{claim.id!r} stands on line {seen[claim.id]} too"
                )
            seen.setdefault(claim.id, line)
            yield claim

    def _claim(self, node: yaml.Node, key: str) -> Claim | None:
        if not isinstance(node, yaml.MappingNode):
            self._refuse(node, key, "must have the keys id, texts and answer")
            return None
        before = len(self.problems)
        entry = self._mapping(node, key, _KEYS)
        name = self._text(entry, node, key, "id", "such as dam-has-burst")
        if name is not None and not _ID.match(name):
            self._refuse(entry["id"], f"{key}.id", f"is {name!r}: it must be of a-z, 0-9 and '-'")
        answer = self._text(entry, node, key, "answer", "what to reply, in a sentence")
        url = self._text(entry, node, key, "url", "") if "url" in entry else None
        if url is not None and not re.match(r"https?://\S+\Z", url):
            self._refuse(entry["url"], f"{key}.url", f"is {url!r}: it must begin with https:// or http://")
        texts = tuple(self._texts(entry.get("texts"), node, f"{key}.texts"))
        first, last = self._day(entry, key, "from"), self._day(entry, key, "until")
        if first is not None and last is not None and last < first:
            self._refuse(entry["until"], f"{key}.until", f"is {last}: it must not lie before from, {first}")
        if len(self.problems) > before or name is None or answer is None:
            return None
        return Claim(id=name, texts=texts, answer=answer, url=url, from_on=first, until_on=last)

    def _texts(self, node: yaml.Node | None, claim: yaml.Node, key: str) -> Iterator[str]:
        """Wordings, as a list or as lists by language."""
        if isinstance(node, yaml.MappingNode):
            for lang_node, listed in node.value:
                lang = str(lang_node.value)
                if not _LANG.match(lang):
                    self._refuse(lang_node, f"{key}.{lang}", "must be a language such as fr or en")
                yield from self._wordings(listed, f"{key}.{lang}")
        else:
            yield from self._wordings(node or claim, key)

    def _wordings(self, node: yaml.Node, key: str) -> Iterator[str]:
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            self._refuse(node, key, 'must be a list of wordings: ["The dam has burst"]')
            return
        for number, item in enumerate(node.value, 1):
            value = self._value(item)
            where = f"{key}[{number}]"
            if not isinstance(value, str) or not value.strip():
                self._refuse(item, where, "must be a sentence")
            elif len(content_stems(words_of(value))) < MIN_CONTENT_WORDS:
                self._refuse(
                    item,
                    where,
                    f"is {value!r}: so few words are in too many posts; "
                    f"write {MIN_CONTENT_WORDS} that carry meaning, such as who, what and where",
                )
            else:
                yield value

    def _day(self, entry: dict[str, yaml.Node], key: str, name: str) -> date | None:
        node = entry.get(name)
        value = None if node is None else self._value(node)
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date) or value is None:
            return value
        self._refuse(node, f"{key}.{name}", f"is {value!r}: it must be a day such as 2026-01-31")
        return None

    def _text(
        self, entry: dict[str, yaml.Node], parent: yaml.Node, key: str, name: str, right: str
    ) -> str | None:
        node = entry.get(name)
        value = None if node is None else self._value(node)
        if isinstance(value, str) and value.strip():
            return value.strip()
        said = "is missing" if value is None else f"is {value!r}: it must be text"
        self._refuse(node or parent, f"{key}.{name}", f"{said}; write {right}" if right else said)
        return None

    def _mapping(self, node: yaml.MappingNode, key: str, known: Sequence[str]) -> dict[str, yaml.Node]:
        """The entries of a mapping by key; null counts as absent."""
        self._loader.flatten_mapping(node)
        entries: dict[str, yaml.Node] = {}
        for key_node, value_node in node.value:
            name = str(key_node.value)
            where = f"{key}.{name}".removeprefix(".")
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else f": known are {', '.join(known)}"
                self._refuse(key_node, where, f"is not known here{hint}")
            elif name in entries:
                self._refuse(key_node, where, "stands twice here")
            elif value_node.tag != "tag:yaml.org,2002:null":
                entries[name] = value_node
        return entries

    def _value(self, node: yaml.Node) -> Any:
        return self._loader.construct_object(node, deep=True)

    def _refuse(self, node: yaml.Node | None, key: str, said: str) -> None:
        line = 1 if node is None else _line(node)
        self.problems.append((line, f"line {line}: {key} {said}" if key else f"line {line}: {said}"))


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
