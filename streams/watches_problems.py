"""What pydantic finds wrong with a watches file, in words: the line, the key, and what would be right."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from streams import yaml_lines
from streams.watches import MisinformationWords, OwnModel, PlannedEvent, Watch, Watches


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


def problem(located: yaml_lines.Located, error: Any) -> tuple[int, str]:
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
