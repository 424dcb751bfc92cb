"""The command line, one file a command; the group here finds them. A front door: may import every room.

A command's file imports what it needs inside the function, so that every ``--help`` answers at once.
To add a command, add a file with a ``command`` and name it in ``COMMANDS``.
"""

from __future__ import annotations

import errno
import importlib
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click

from upload_matrix import __version__
from upload_matrix.model.errors import ConfigurationError, Exit, HarnessError
from upload_matrix.report.streams import WIDEST, guarded

NAME = "upload-matrix"
COMPLETE = "_UPLOAD_MATRIX_COMPLETE"
"""The variable by which a shell asks what can follow."""

_NEVER_CUT = 1_000

COMMANDS = (
    "run",
    "init",
    "record",
    "ab",
    "costs",
    "cases",
    "serve",
    "isolate",
    "diagnose",
    "sweep",
    "inspect",
    "conform",
    "import",
    "cassettes",
    "environments",
    "compare",
    "report",
    "site",
    "bug-report",
    "facts",
    "explain",
    "completion",
    "schema",
    "doctor",
)
"""In the order of the help page; ``bug-report`` is in ``bug_report.py``, ``import`` in ``importing.py``."""


class Refused(click.ClickException):
    """An error of the user's input, printed without a traceback."""

    exit_code = Exit.USAGE


class Unresolved(click.ClickException):
    """Something of ours or of this machine stands in the way: no statement about any upload."""

    exit_code = Exit.UNRESOLVED


class HelpPage(click.HelpFormatter):
    """A page of help in which no name is broken at its hyphens, and which uses a wide terminal."""

    _WHOLE = "\N{NON-BREAKING HYPHEN}"

    def __init__(
        self, indent_increment: int = 2, width: int | None = None, max_width: int | None = None
    ) -> None:
        super().__init__(indent_increment, width, max_width or WIDEST)

    def write(self, string: str) -> None:
        """Write lines that were broken before."""
        super().write(string.replace(self._WHOLE, "-"))

    def write_text(self, text: str) -> None:
        """Write a paragraph."""
        super().write_text(text.replace("-", self._WHOLE))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write names, each with what it is."""
        whole = [(name, words.replace("-", self._WHOLE)) for name, words in rows]
        super().write_dl(whole, col_max, col_spacing)


# click offers no other place that holds for the commands of a group, too.
click.Context.formatter_class = HelpPage


class Group(click.Group):
    """Commands that are listed with the whole first sentence of their help."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """As click does, with nothing cut."""
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, each.get_short_help_str(_NEVER_CUT)) for name, each in found if each is not None]
            )


class Commands(Group):
    """Finds commands by name, and turns configuration errors into a message with exit code 2."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The commands in a useful order rather than the alphabet's."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name, None when there is none."""
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        module = importlib.import_module(f"upload_matrix.cli.{'importing' if name == 'import' else name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the closest command in the message when there is none."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"No such command {args[0]!r}.{hint}")
        name, command, rest = super().resolve_command(ctx, args)
        if command is not None and name is not None:
            from upload_matrix.cli.settings import defaults

            ctx.default_map = {name: defaults(ctx, command, rest, os.environ)}
        return name, command, rest

    def main(self, *args: Any, **options: Any) -> Any:
        """As click does, on streams that foreign words cannot steer."""
        with guarded():
            return super().main(*args, **options)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; whatever goes wrong ends with a message and an exit code, never a traceback."""
        _end_gently()
        try:
            return super().invoke(ctx)
        except (click.Abort, KeyboardInterrupt) as error:
            # A terminal shows ^C where the cursor stood, in the middle of a line.
            said = str(error) or "stopped before the end; what was recorded until then is kept"
            click.echo(f"\n{said}" if sys.stderr.isatty() else said, err=True)
            raise click.exceptions.Exit(Exit.INTERRUPTED) from error
        except (click.ClickException, click.exceptions.Exit):
            raise
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG):
                # A write that failed names no file.
                raise Refused(
                    f"a file cannot be written: {error.strerror}; make room, or name another place"
                ) from error
            if error.filename is None:
                raise Unresolved(_own_failure(error)) from error
            raise Refused(f"{os.fspath(error.filename)}: {error.strerror or error}") from error
        except Exception as error:
            if isinstance(error, ConfigurationError):
                from upload_matrix.report.excerpt import excerpted

                _annotate(error)
                raise Refused(excerpted(error)) from error
            if isinstance(error, HarnessError):
                raise Unresolved(str(error)) from error
            if isinstance(error, RuntimeError) and str(error).startswith("Symlink loop from"):
                # pathlib before Python 3.13 has no better word for it.
                raise Refused(str(error)) from error
            if os.environ.get("UPLOAD_MATRIX_TRACEBACK"):
                raise
            raise Unresolved(_own_failure(error)) from error


def _annotate(error: ConfigurationError) -> None:
    """Put what is wrong with a file beside its lines, where GitHub Actions runs the command."""
    if error.problems and os.environ.get("GITHUB_ACTIONS") == "true":
        from upload_matrix.report.alerts import of_problems
        from upload_matrix.report.streams import raw

        click.echo(of_problems(error.problems), file=raw(sys.stderr), nl=False)


def _own_failure(error: Exception) -> str:
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else ""  # noqa: PTH119
    return (
        f"upload-matrix itself failed: {type(error).__name__}: {error}{where}. Nothing is said about any "
        "upload; please report it, with what UPLOAD_MATRIX_TRACEBACK=1 shows"
    )


def _end_gently() -> None:
    """Have SIGTERM end a command as Ctrl-C does: what is under way is seen to its end, and kept."""
    import signal
    import threading

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="upload-matrix")
def commands() -> None:
    """See what an SDK put on the wire when an upload is refused, and which difference decides.

    \b
    Start here:
      upload-matrix inspect -- CMD   what a program uploads, and what is wrong
      upload-matrix diagnose -- CMD  why its call fails, and the fix
      upload-matrix init             a matrix, a test, a CI workflow for a project
      upload-matrix run              run the matrices in matrix/, write a report
      upload-matrix cases            list the cases without running them
      upload-matrix doctor           mime types, clients, settings and keys here

    Exit codes: 0 as expected, 1 a regression or an unexpected pass, 2 usage or configuration,
    3 unresolved (infrastructure, missing recording), 4 stopped by the budget, 130 ended by Ctrl-C.
    """


def main(args: Sequence[str] | None = None) -> None:
    """The entry point of ``upload-matrix``."""
    commands.main(args=args, prog_name=NAME, complete_var=COMPLETE)
