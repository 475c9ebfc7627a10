"""YAML with the line of every key, so that an error can name it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import yaml

Path = tuple[str | int, ...]
MAX_VALUES: Final = 200_000


class YamlError(ValueError):
    """The text is not the YAML we take; `str()` names the line."""


@dataclass(frozen=True, slots=True)
class Located:
    """A YAML document as plain values, with the 1-based line on which each path starts."""

    value: Any
    lines: dict[Path, int]

    def line(self, path: Path) -> int:
        """The line of `path`, or of the nearest parent that stands in the file."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)


def load(text: str) -> Located:
    """Read one YAML document of plain values.

    Raises:
        YamlError: it does not parse, or a key stands twice in one mapping.
    """
    try:
        loader = yaml.SafeLoader(text)
    except yaml.reader.ReaderError as error:
        raise YamlError(f"holds the character U+{error.character:04X}, which YAML refuses") from None
    try:
        node = loader.get_single_node()
        lines: dict[Path, int] = {}
        value = None if node is None else _value(loader, node, (), lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = "" if mark is None else f"line {mark.line + 1}, column {mark.column + 1}: "
        raise YamlError(f"{where}{error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise YamlError(str(error).replace("\n", " ")) from None
    except YamlError:
        raise
    except (ValueError, RecursionError) as error:
        raise YamlError(f"not readable as YAML: {error}") from None
    finally:
        loader.dispose()
    return Located(value, lines)


def _plain(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
    try:
        return loader.construct_object(node, deep=True)
    except ValueError as error:
        # What looks like a date and is none: the 45th of a 13th month.
        raise YamlError(f"line {node.start_mark.line + 1}: {node.value!r} is not readable: {error}") from None


def _value(loader: yaml.SafeLoader, node: yaml.Node, path: Path, lines: dict[Path, int]) -> Any:
    lines.setdefault(path, node.start_mark.line + 1)
    if len(lines) > MAX_VALUES:
        # A few lines of aliases of aliases can stand for more values than any memory holds.
        raise YamlError(f"line {node.start_mark.line + 1}: more than {MAX_VALUES:,} values")
    if isinstance(node, yaml.MappingNode):
        loader.flatten_mapping(node)
        mapping: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = _plain(loader, key_node)
            if not isinstance(key, str | int):
                raise YamlError(f"line {key_node.start_mark.line + 1}: a key must be a plain word")
            # YAML 1.1 reads a bare `on`, `off`, `yes` or `no` as a truth value: the word was meant.
            name = str(key_node.value) if isinstance(key, bool) else key
            if name in mapping:
                raise YamlError(f"line {key_node.start_mark.line + 1}: {name!r} stands twice here")
            lines[*path, name] = key_node.start_mark.line + 1
            mapping[name] = _value(loader, value_node, (*path, name), lines)
        return mapping
    if isinstance(node, yaml.SequenceNode):
        return [_value(loader, item, (*path, i), lines) for i, item in enumerate(node.value)]
    return _plain(loader, node)
