"""The JSON Schema of a mention line, from the record that it becomes.

    python -m streams.schema > docs/mention-line.schema.json

What may be left out, what ids may be and how long things are is the reader's leniency
(`connectors.mention_line`); everything else is the record's own. A test compares the committed file.
"""

from __future__ import annotations

import sys
from typing import Any, Final

import orjson
from pydantic import TypeAdapter

from connectors.mention import Mention
from connectors.mention_line import MAX_COUNT, MAX_ID_CHARS, MAX_TEXT_CHARS, MAX_URL_CHARS, PLATFORM

REQUIRED: Final = ("platform", "native_id", "text", "created_at")
_IDS: Final = ("native_id", "author_id", "parent_id", "repost_of")
_COUNTS: Final = ("author_followers",)
_DESCRIPTIONS: Final = {
    "platform": "a short name, such as mastodon",
    "native_id": "the platform's own id; with the platform it identifies the post",
    "text": "the text; it may be empty",
    "created_at": "when the platform says it was written: RFC 3339 with an offset, not before 2000",
    "kind": "what sort of post it is",
    "lang": "the language as the platform claims it, such as fr or en-GB; a help on short texts",
    "url": "where the post can be seen",
    "author_id": "the platform's own id of the author; replaced by a pseudonym before anything is stored",
    "author_handle": "the author's name on the platform; replaced by a pseudonym before anything is stored",
    "author_followers": "how many accounts follow the author",
    "author_verified": "whether the platform vouches for the author",
    "parent_id": "the id of the post that is answered",
    "repost_of": "the id of the post that is repeated",
    "engagement": "reactions as the platform counted them",
    "edited_at": "the newest edit; a later one replaces what is stored",
    "media": "addresses of pictures and films; at most 64 are kept",
    "drill": "true for an exercise: never in real counts",
    "observed_at": "when it was seen; by default when it counts",
    "counted_at": "where it counts; by default when it was written",
    "late": "true where it came too late to be decided upon",
    "schema_version": "of the record",
}


def mention_line_schema() -> dict[str, Any]:
    """Draft 2020-12. Unknown keys are allowed, and null counts as absent."""
    record = TypeAdapter(Mention).json_schema()
    definitions = record["$defs"]
    engagement = definitions["Engagement"]
    engagement["properties"] = {name: _optional(_COUNT) for name in engagement["properties"]}
    properties: dict[str, Any] = {
        "type": {"description": "absent; a retraction has another shape", "enum": ["mention", None]}
    }
    for name, found in record["properties"].items():
        value = {key: kept for key, kept in found.items() if key not in ("title", "default")}
        if name in _IDS:
            value = _ID
        elif name in _COUNTS:
            value = _COUNT
        properties[name] = {
            "description": _DESCRIPTIONS[name],
            **(_limited(name, value) if name in REQUIRED else _optional(_limited(name, value))),
        }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Mention line",
        "description": "One public post, one JSON object a line. Unknown keys are ignored; "
        "null counts as absent.",
        "type": "object",
        "required": list(REQUIRED),
        "properties": properties,
        "$defs": {"Engagement": {key: kept for key, kept in engagement.items() if key != "title"}},
    }


_ID: Final[dict[str, Any]] = {
    "anyOf": [{"type": "string", "minLength": 1, "maxLength": MAX_ID_CHARS}, {"type": "integer"}]
}
_COUNT: Final[dict[str, Any]] = {"type": "integer", "minimum": 0, "maximum": MAX_COUNT}
_LIMITS: Final[dict[str, dict[str, Any]]] = {
    "platform": {"pattern": PLATFORM},
    "text": {"maxLength": MAX_TEXT_CHARS},
    "url": {"maxLength": MAX_URL_CHARS},
    "author_handle": {"maxLength": MAX_ID_CHARS},
    "lang": {"maxLength": 35},
}


def _limited(name: str, value: dict[str, Any]) -> dict[str, Any]:
    limits = _LIMITS.get(name, {})
    options = value.get("anyOf")
    if options is None:
        return {**value, **limits}
    return {
        "anyOf": [{**option, **limits} if option.get("type") == "string" else option for option in options]
    }


def _optional(value: dict[str, Any]) -> dict[str, Any]:
    options = value.get("anyOf", [value])
    return {"anyOf": options if {"type": "null"} in options else [*options, {"type": "null"}]}


def render() -> bytes:
    return orjson.dumps(mention_line_schema(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


if __name__ == "__main__":
    sys.stdout.buffer.write(render())
