"""What ends a command, each with the sentence a person reads and the documented exit code.

VigieError                 exit 2
├── UsageError             what was asked for cannot be done as asked: configuration, input, refusal
└── UnavailableError       a needed part is not there (exit 3): store, broker, package, disk
"""

from __future__ import annotations


class VigieError(Exception):
    """`str()` is a sentence for the person at the keyboard."""

    exit_code = 2


class UsageError(VigieError):
    """Wrong configuration or input, or a refusal: trying again changes nothing."""


class UnavailableError(VigieError):
    """A part that is needed is not available now."""

    exit_code = 3
