"""`vigie`: the commands, and how every one of them ends."""

from __future__ import annotations

import errno
import os
import sys
from io import TextIOWrapper
from typing import Any, Final

import click

from connectors.recorded import FileError
from streams.commands import COMMANDS, load
from streams.errors import UnavailableError, UsageError, VigieError
from streams.store.errors import StoreError

_UNWRITABLE: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})


class _ReaderGoneError(Exception):
    """Nobody reads our output any more, as behind `| head -1`."""


class _Commands(click.Group):
    """Loads a command when it is asked for.

    click itself ends with 1 where a pipe broke, and 1 means something else here.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        return load(cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            raise _ReaderGoneError from None
        return code


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="vigie", prog_name="vigie")
@click.option("--debug", is_flag=True, help="show the traceback of an error")
@click.pass_context
def vigie(context: click.Context, debug: bool) -> None:
    """Social listening and crisis detection for public bodies.

    \b
    Exit codes: 0 fine; 1 ran, but something was parked (with --strict);
    2 usage, configuration or refused; 3 a needed part is unavailable.
    """
    context.obj = debug


def main() -> None:
    """Run a command. An expected error is one sentence on stderr and its documented exit code."""
    debug = "--debug" in sys.argv[1:]
    if sys.stdout is None:
        # Closed by who started us: an error where something is written, and no place for another file.
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal that cannot write a letter shows a question mark, and the command goes on.
            stream.reconfigure(errors="replace")
    try:
        sys.exit(vigie.main(standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        click.echo("stopped", err=True)
        sys.exit(130)
    except _ReaderGoneError:
        # Whoever read our output has seen enough.
        _drop_output()
        sys.exit(0)
    except (VigieError, StoreError, FileError) as error:
        if debug:
            raise
        click.echo(f"vigie: {error}", err=True)
        sys.exit(UsageError.exit_code if isinstance(error, FileError) else error.exit_code)
    except Exception as error:
        if debug:
            raise
        if isinstance(error, OSError) and error.errno in _UNWRITABLE and error.filename is None:
            _drop_output()
            click.echo(f"vigie: the output cannot be written: {error.strerror}", err=True)
            sys.exit(UnavailableError.exit_code)
        click.echo(
            f"vigie: unexpected {type(error).__name__}: {error}\n"
            "This is a fault in Vigie. Please report it with the output of the same command after --debug.",
            err=True,
        )
        sys.exit(70)


def _drop_output() -> None:
    """What is still buffered has nowhere to go."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
