"""The watches file: what somebody cares about, validated whole.

Every error names the line, the key, and what would be right; a wrong file is refused whole.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson
from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    PrivateAttr,
    Tag,
    ValidationError,
    model_validator,
)

from connectors.config import Connectors
from models import query as query_language
from models.misinformation import Claim, ClaimsError, lexicon_names, load_claims
from models.onnx_folder import OnnxFolder, OnnxFolderError
from models.phrases import phrase_words
from models.query import Query, QueryError
from models.spike import Sensitivity
from streams import yaml_lines
from streams.notifiers.config import Channel
from streams.records import Planned

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}\Z")
_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*:\S+\Z")


class WatchesError(ValueError):
    """The watches file is refused. `problems` has a sentence each, in the order of the file."""

    def __init__(self, path: str, problems: Sequence[str]) -> None:
        self.path = path
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{path} {problem}" for problem in problems))


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


def _name(value: str) -> str:
    if not _NAME.match(value):
        raise ValueError("must be of a-z, 0-9 and '-', 63 at the most, and not begin with '-'")
    return value


def _account(value: str) -> str:
    if not _ACCOUNT.match(value):
        raise ValueError("must name platform and account, such as 'x:12345' or 'mastodon:@name@host'")
    return value


def _phrase(value: str) -> str:
    if not phrase_words(value):
        raise ValueError("holds no word to look for")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be a time zone such as 'Europe/Paris'") from None
    return value


def _lexicon(value: str) -> str:
    if value not in lexicon_names():
        raise ValueError(f"must be one of {', '.join(sorted(lexicon_names()))}")
    return value


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("must have an offset: 2026-01-31T08:00:00+01:00")
    return value


Name = Annotated[str, AfterValidator(_name)]
Account = Annotated[str, AfterValidator(_account)]
Phrase = Annotated[str, AfterValidator(_phrase)]
Moment = Annotated[datetime, AfterValidator(_aware)]


def _parsed(value: str) -> str:
    try:
        parsed = query_language.parse(value)
    except QueryError as error:
        pointer = error.pointer().replace("\n", "\n    ")
        raise ValueError(f"{error.message}, at column {error.column}\n    {pointer}") from None
    for author in parsed.authors:
        if not _ACCOUNT.match(author):
            raise ValueError(
                f"author:{author} must name the platform too, such as author:x:12345 or "
                "author:mastodon:@name@host (accounts are compared as pseudonyms)"
            )
    return value


class MisinformationWords(_Strict):
    """What a watch holds to be worth a look."""

    lexicons: tuple[Annotated[str, AfterValidator(_lexicon)], ...] = ()
    phrases: tuple[Phrase, ...] = ()
    claims: str | None = None
    _claims: tuple[Claim, ...] = PrivateAttr(())

    @property
    def known_claims(self) -> tuple[Claim, ...]:
        return self._claims


class Watch(_Strict):
    """One thing somebody cares about."""

    name: Name
    query: Annotated[str, AfterValidator(_parsed)]
    title: str = ""
    sensitivity: Sensitivity = Sensitivity.BALANCED
    shadow: Sensitivity | None = None
    """A second sensitivity: what it would have told is recorded, and nobody is told."""
    urgent: tuple[Phrase, ...] = ()
    vip: tuple[Account, ...] = ()
    misinformation: MisinformationWords = MisinformationWords()
    notify: tuple[Name, ...] = ()

    @property
    def parsed(self) -> Query:
        return query_language.parse(self.query)

    @property
    def label(self) -> str:
        return self.title or self.name


class PlannedEvent(_Strict):
    """A planned event raises what is expected of its watches while it lasts; it mutes nothing."""

    name: str
    from_at: Moment = Field(validation_alias=AliasChoices("from", "from_at"))
    until_at: Moment = Field(validation_alias=AliasChoices("until", "until_at"))
    watches: tuple[Name, ...] = ()
    expect: Annotated[float, Field(ge=1, le=100)] = 3.0

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until_at <= self.from_at:
            raise ValueError("until must lie after from")
        return self

    @property
    def stored(self) -> Planned:
        return Planned(
            name=self.name,
            from_at=self.from_at,
            until_at=self.until_at,
            watches=self.watches,
            expect=self.expect,
        )

    def concerns(self, watch: str) -> bool:
        """An event without watches concerns them all."""
        return not self.watches or watch in self.watches


class OwnModel(_Strict):
    """`sentiment: {onnx: FOLDER}`: a local transformer of the user's own, beside the watches file."""

    onnx: str
    _folder: OnnxFolder | None = PrivateAttr(None)

    @property
    def folder(self) -> OnnxFolder:
        assert self._folder is not None, "read by parse_watches"
        return self._folder


SentimentChoice = Annotated[
    Annotated[Literal["fast", "accurate", "vader"], Tag("shipped")] | Annotated[OwnModel, Tag("own")],
    Discriminator(lambda value: "own" if isinstance(value, dict | OwnModel) else "shipped"),
]


class Watches(_Strict):
    """The file as a whole. `config_hash` names its content on every incident."""

    version: Literal[1]
    timezone: Annotated[str, AfterValidator(_zone)] = "Europe/Paris"
    language: Literal["fr", "en"] = "fr"
    sentiment: SentimentChoice = "fast"
    keep_unmatched: bool = False
    # Strict: YAML's `yes` is no day.
    retention_days: Annotated[int, Field(ge=1, le=36_500, strict=True)] = 365
    watches: tuple[Watch, ...] = ()
    channels: dict[Name, Channel] = Field(default_factory=dict)
    connectors: Connectors = Connectors()
    calendar: tuple[PlannedEvent, ...] = ()
    _config_hash: str = PrivateAttr("")

    @property
    def config_hash(self) -> str:
        return self._config_hash

    @property
    def planned(self) -> tuple[Planned, ...]:
        """The calendar, as the store keeps it."""
        return tuple(event.stored for event in self.calendar)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def watch(self, name: str) -> Watch:
        """Raises KeyError where no watch has that name."""
        return next(watch for watch in self.watches if watch.name == name)

    def __contains__(self, name: object) -> bool:
        return any(watch.name == name for watch in self.watches)


def load_watches(path: Path) -> Watches:
    """Read and validate a watches file.

    Raises:
        WatchesError: the file cannot be read, or something in it is wrong.
    """
    name = str(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise WatchesError(name, [f"is not UTF-8: byte {error.start + 1}"]) from None
    except IsADirectoryError:
        raise WatchesError(name, ["is a directory, not a watches file"]) from None
    except OSError as error:
        raise WatchesError(name, [f"cannot be read: {error.strerror}"]) from None
    return parse_watches(text, name=name, folder=path.parent)


def parse_watches(text: str, *, name: str = "watches", folder: Path = Path()) -> Watches:
    """Validate the text of a watches file; paths in it are relative to `folder`.

    Raises:
        WatchesError: something in it is wrong.
    """
    try:
        located = yaml_lines.load(text)
    except yaml_lines.YamlError as error:
        raise WatchesError(name, [str(error)]) from None
    if not isinstance(located.value, dict):
        raise WatchesError(name, ["line 1: a watches file begins with 'version: 1'"])
    try:
        # Null counts as absent, as everywhere in the contract.
        watches = Watches.model_validate(_without_nulls(located.value))
    except ValidationError as error:
        problems = sorted({_problem(located, found) for found in error.errors(include_url=False)})
        raise WatchesError(name, [text for _, text in problems]) from None
    read: list[str] = []
    problems = [
        *_references(located, watches),
        *_claims(located, watches, folder, read),
        *_own_model(located, watches, folder, read),
    ]
    if problems:
        raise WatchesError(name, [text for _, text in sorted(problems)])
    content = orjson.dumps([watches.model_dump(mode="json"), read], option=orjson.OPT_SORT_KEYS)
    watches._config_hash = hashlib.sha256(content).hexdigest()[:16]
    return watches


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value


def _key(path: Iterable[str | int]) -> str:
    parts = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path)
    return parts.removeprefix(".")


# What pydantic says of a type is about Python, and whoever writes YAML need not know that.
_IN_WORDS: Final = {
    "tuple_type": "must be a list, such as [this, that]",
    "list_type": "must be a list, such as [this, that]",
    "dict_type": "must hold `name: value` lines",
    "model_type": "must hold `name: value` lines",
    "string_type": "must be text; quotes around it make it so",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_type": "must be a whole number",
}


def _shown(value: object) -> str:
    return str(value) if isinstance(value, date) else repr(value)


def _problem(located: yaml_lines.Located, error: Any) -> tuple[int, str]:
    """(line, sentence) of one pydantic error."""
    # pydantic puts the tag of a union's member into the path: only what stands in the file is shown.
    path: yaml_lines.Path = ()
    value = located.value
    for part in error["loc"]:
        if (isinstance(value, dict) and part in value) or (
            isinstance(value, list) and isinstance(part, int) and part < len(value)
        ):
            value = value[part]
        elif error["type"] in {"missing", "extra_forbidden"} and part == error["loc"][-1]:
            value = None
        else:
            continue
        path = (*path, part)
    line = located.line(path)
    match error["type"]:
        case "missing":
            said = "is missing"
        case "extra_forbidden":
            said = "is not known here"
            near = difflib.get_close_matches(str(path[-1]), _known_keys(path), n=1)
            said += f"; did you mean {near[0]!r}?" if near else ""
        case "literal_error" | "enum":
            said = f"is {value!r}: it must be {error['ctx']['expected']}"
        case "value_error":
            said = f"{error['ctx']['error']}"
            if not isinstance(value, dict | list) and "\n" not in said:
                said = f"is {_shown(value)}: {said}"
        case kind:
            wrong = _IN_WORDS.get(kind) or error["msg"][0].lower() + error["msg"][1:]
            said = f"is {_shown(value)}: {wrong}" if not isinstance(value, dict | list) else wrong
    return line, f"line {line}: {_key(path)} {said}"


def _known_keys(path: yaml_lines.Path) -> list[str]:
    """Names that could have been meant by the last part of `path`."""
    model: Any = {
        0: Watches,
        "watches": Watch,
        "misinformation": MisinformationWords,
        "calendar": PlannedEvent,
        "sentiment": OwnModel,
    }
    parents = [part for part in path[:-1] if isinstance(part, str)]
    found = model.get(parents[-1] if parents else 0)
    names = [] if found is None else [*found.model_fields]
    return [name.removesuffix("_at") for name in names]


def _references(located: yaml_lines.Located, watches: Watches) -> Iterable[tuple[int, str]]:
    """Names that stand twice, and names of things that are not there."""
    seen: set[str] = set()
    for i, watch in enumerate(watches.watches):
        if watch.name in seen:
            line = located.line(("watches", i, "name"))
            yield line, f"line {line}: watches[{i + 1}].name {watch.name!r} stands twice"
        seen.add(watch.name)
        if watch.shadow is watch.sensitivity:
            line = located.line(("watches", i, "shadow"))
            where = f"line {line}: watches[{i + 1}].shadow"
            yield line, f"{where} {watch.shadow.value!r} is in force already: name another, or none"
        for j, channel in enumerate(watch.notify):
            if channel not in watches.channels:
                line = located.line(("watches", i, "notify", j))
                there = ", ".join(watches.channels) or "none"
                yield (
                    line,
                    f"line {line}: watches[{i + 1}].notify names the channel {channel!r}; there are: {there}",
                )
    for i, event in enumerate(watches.calendar):
        for j, name in enumerate(event.watches):
            if name not in watches:
                line = located.line(("calendar", i, "watches", j))
                yield line, f"line {line}: calendar[{i + 1}].watches names {name!r}, which is no watch"


def _claims(
    located: yaml_lines.Located, watches: Watches, folder: Path, texts: list[str]
) -> Iterable[tuple[int, str]]:
    """Read the files of known claims, adding their content to `texts` for the hash."""
    for i, watch in enumerate(watches.watches):
        claims = watch.misinformation.claims
        if claims is None:
            continue
        line = located.line(("watches", i, "misinformation", "claims"))
        where = f"line {line}: watches[{i + 1}].misinformation.claims"
        try:
            text = (folder / claims).read_text(encoding="utf-8-sig")
            watch.misinformation._claims = load_claims(text, name=claims)
            texts.append(text)
        except OSError as error:
            yield line, f"{where}: {folder / claims} cannot be read: {error.strerror}"
        except UnicodeDecodeError:
            yield line, f"{where}: {folder / claims} is not UTF-8"
        except ClaimsError as error:
            yield line, f"{where}: {error}"


def _own_model(
    located: yaml_lines.Located, watches: Watches, folder: Path, read: list[str]
) -> Iterable[tuple[int, str]]:
    """Look into the folder of the user's own model; its digest goes into the hash."""
    own = watches.sentiment
    if isinstance(own, OwnModel):
        try:
            own._folder = OnnxFolder.read(folder / own.onnx)
            read.append(own._folder.digest)
        except OnnxFolderError as error:
            line = located.line(("sentiment", "onnx"))
            yield line, f"line {line}: sentiment.onnx: {error}"
