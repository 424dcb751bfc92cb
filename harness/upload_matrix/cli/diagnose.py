"""``upload-matrix diagnose``: from a failing call to its cause and a fix that was tried."""

from __future__ import annotations

from typing import Any

import click

from upload_matrix.cli.completing import case_ids
from upload_matrix.cli.options import question_options


class WithCommand(click.Command):
    """Keeps what stands behind ``--`` apart: a program with its arguments, not ours."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, with the program put aside."""
        if "--" in args:
            place = args.index("--")
            ctx.meta["argv"] = tuple(args[place + 1 :])
            args = args[:place]
        return super().parse_args(ctx, args)


@click.command("diagnose", cls=WithCommand)
@click.argument("failing", required=False, shell_complete=case_ids)
@click.argument("passing", required=False, shell_complete=case_ids)
@click.option(
    "--sdk",
    "releases",
    multiple=True,
    metavar="VERSION",
    help="Releases of the SDK to try offline; repeatable. [default: a few that are built already]",
)
@click.option("--no-releases", is_flag=True, help="Try no other release of the SDK.")
@click.option(
    "--state",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Where answers are kept that no recording keeps, to go on after an interruption.",
)
@click.option(
    "--save",
    "keep",
    type=click.Path(),
    metavar="FOLDER",
    help="Keep the failing request as a folder, for isolate and bug-report; its key does not enter.",
)
@click.option(
    "--env",
    "variables",
    multiple=True,
    metavar="NAME[=URL]",
    help="The variable that the program reads its base URL from, and where that leads. Repeatable.",
)
@question_options
@click.pass_context
def command(ctx: click.Context, /, **values: Any) -> None:
    """Find out why a call fails: rule out suspect after suspect, the cheapest first, and try the fix.

    FAILING is a case's id or the folder of a saved request; or put a program of your own behind --, which is
    run unchanged (it gets a dummy key: the real one is put in where its requests leave). PASSING is a request
    known to pass, if there is one. Suspects: the model, the account, the SDK's release, the client's headers,
    the upload itself, other fields, a gateway; with --through the call is made with the gateway and without
    it, and all else without. What is recorded is never asked for again, so an interrupted diagnosis goes on
    where it was.

    Exit codes: 0 a cause was found, 1 the call is accepted now, 2 usage, 3 no cause was found, 4 stopped by a
    limit on money or calls.

    \b
    Examples:
      upload-matrix diagnose field-report/images.edit/gpt-image-1/openai/bytesio/webp/builtin
      upload-matrix diagnose avatar.request --target openai --max-calls 12
      upload-matrix diagnose avatar.request --through 'litellm --config litellm.yaml --port {port}'
      upload-matrix diagnose --target emulator:openai-2026-02 -- python app.py
      upload-matrix diagnose --env ANTHROPIC_BASE_URL -- python claude.py
    """
    from upload_matrix.diagnose.diagnosing import DiagnoseOptions, run
    from upload_matrix.isolate.questions import QuestionOptions

    names = ("failing", "passing", "releases", "no_releases", "state", "keep", "variables")
    own = {name: values.pop(name) for name in names}
    ctx.exit(run(DiagnoseOptions(QuestionOptions.of(values), argv=ctx.meta.get("argv", ()), **own)))
