"""The watches file, read and validated whole.

Every error names the line, the key, and what would be right; a wrong file is refused whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError

from models.misinformation import ClaimsError, load_claims
from models.onnx_folder import OnnxFolder, OnnxFolderError
from streams import yaml_lines
from streams.watches import OwnModel, Watches
from streams.watches_problems import problem


class WatchesError(ValueError):
    """The watches file is refused. `problems` has a sentence each, in the order of the file."""

    def __init__(self, path: str, problems: Sequence[str]) -> None:
        self.path = path
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{path} {problem}" for problem in problems))


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
        problems = sorted({problem(located, found) for found in error.errors(include_url=False)})
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
