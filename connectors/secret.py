"""Secrets come from the environment or from a file, and show themselves to nobody."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from connectors.errors import SecretMissing


def read_secret(
    what: str,
    *,
    variable: str | None,
    file: Path | None,
    environ: Mapping[str, str] = os.environ,
) -> SecretStr:
    """The secret that the configuration names; white space around it is cut off.

    Raises:
        SecretMissing: the variable is not set, the file cannot be read, or there is nothing in it.
    """
    if variable is not None:
        value, place = environ.get(variable), f"the environment variable {variable}"
        if value is None:
            raise SecretMissing(f"{what}: {place} is not set")
    elif file is None:
        raise SecretMissing(f"{what}: neither an environment variable nor a file is named")
    else:
        place = f"the file {file}"
        try:
            value = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            said = error.strerror if isinstance(error, OSError) else "not UTF-8"
            raise SecretMissing(f"{what}: {place} cannot be read: {said}") from None
    value = value.strip()
    if not value:
        raise SecretMissing(f"{what}: {place} is empty")
    if not value.isprintable() or any(character.isspace() for character in value):
        raise SecretMissing(f"{what}: {place} holds white space or control characters inside the secret")
    return SecretStr(value)
