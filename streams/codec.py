"""Records to bytes and back: NDJSON, one object a line, one or more lines a Kafka value.

A mention line is what anybody may write (`connectors.mention_line`); every other record carries its
name in `type`. Reading is strict: a record of the wrong shape is `Malformed`, never half a record.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from pydantic import TypeAdapter, ValidationError

from connectors.mention import Gap, Malformed, Mention, Retraction, Tick
from connectors.mention_line import LineError, parse_mention_line
from connectors.recorded import not_json
from streams.records import (
    DeadLetter,
    Decision,
    DetectorState,
    Enriched,
    Expectation,
    Incident,
    Notification,
    ShadowIncident,
    Tally,
)

Record = (
    Mention
    | Retraction
    | Gap
    | Tick
    | Enriched
    | Tally
    | Incident
    | ShadowIncident
    | Decision
    | Expectation
    | DetectorState
    | Notification
    | DeadLetter
)

_NAMES: Final[dict[str, type[Any]]] = {
    "gap": Gap,
    "tick": Tick,
    "enriched": Enriched,
    "tally": Tally,
    "incident": Incident,
    "shadow_incident": ShadowIncident,
    "decision": Decision,
    "expectation": Expectation,
    "detector_state": DetectorState,
    "notification": Notification,
}
_HEADS: Final = {cls: b'{"type":"%b",' % name.encode() for name, cls in _NAMES.items()} | {
    Mention: b"{",
    Retraction: b'{"type":"retraction",',
}
_READERS: Final = {name: TypeAdapter(cls) for name, cls in _NAMES.items()}
# What our own lines begin with, so that they are parsed once; others are looked at first.
_BY_HEAD: Final = {b'{"type":"%b"' % name.encode(): (name, reader) for name, reader in _READERS.items()}
_NOT_JSON: Final = (b"NaN", b"Infinity")
_OPTIONS: Final = orjson.OPT_UTC_Z | orjson.OPT_SERIALIZE_NUMPY


def encode(record: Record) -> bytes:
    """One line, without its line feed. The same record gives the same bytes."""
    if isinstance(record, DeadLetter):
        return _encode_dead_letter(record)
    return _HEADS[type(record)] + orjson.dumps(record, option=_OPTIONS)[1:]


def decode(line: bytes, *, now: datetime) -> Record:
    """Read one line of any kind, `now` being the reader's clock.

    Raises:
        LineError: what is wrong, in a sentence.
    """
    known = _BY_HEAD.get(line[: line.find(b",")])
    if known is not None and not any(word in line for word in _NOT_JSON):
        return _validated(*known, line)
    value = _loaded(line)
    if not isinstance(value, dict):
        raise LineError(f"not a JSON object but {type(value).__name__}: a line is one object")
    name = value.get("type")
    if name == "dead_letter":
        return _decode_dead_letter(value)
    reader = _READERS.get(name) if isinstance(name, str) else None
    if reader is None:
        return parse_mention_line(value, now=now)
    assert isinstance(name, str)
    return _validated(name, reader, line)


def _loaded(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise LineError(not_json(line, error)) from None


def _validated(name: str, reader: TypeAdapter[Any], line: bytes) -> Record:
    try:
        # From bytes, since JSON has no tuples and no times: strict reading allows for that there.
        record: Record = reader.validate_json(line, strict=True)
    except ValidationError as error:
        _loaded(line)
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "record"
        raise LineError(f"{name}: {where}: {first['msg']}") from None
    return record


def decode_lines(value: bytes, *, now: datetime) -> Iterator[Record | Malformed]:
    """Every line of a Kafka value that is not blank; what cannot be read comes as `Malformed`."""
    for number, line in enumerate(value.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            yield decode(line, now=now)
        except LineError as error:
            yield Malformed(reason=str(error), raw=line, position=f"line {number}")


def _encode_dead_letter(letter: DeadLetter) -> bytes:
    """Its raw bytes may be anything, so they travel in base64."""
    return orjson.dumps(
        {
            "type": "dead_letter",
            "at": letter.at,
            "origin": letter.origin,
            "position": letter.position,
            "reason": letter.reason,
            "raw_base64": base64.b64encode(letter.raw).decode("ascii"),
            "schema_version": letter.schema_version,
        },
        option=_OPTIONS,
    )


def _decode_dead_letter(value: dict[str, Any]) -> DeadLetter:
    try:
        return DeadLetter(
            at=datetime.fromisoformat(value["at"]).astimezone(UTC),
            origin=str(value["origin"]),
            position=str(value["position"]),
            reason=str(value["reason"]),
            raw=base64.b64decode(value["raw_base64"], validate=True),
        )
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise LineError(f"dead_letter: {error}") from None
