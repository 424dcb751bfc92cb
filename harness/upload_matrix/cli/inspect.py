"""``upload-matrix inspect``: a program's own uploads, as they come, with what is wrong and the fix."""

from __future__ import annotations

from typing import Any

import click

from upload_matrix.ask.declared import GATEWAY, JSON
from upload_matrix.cli.completing import codes
from upload_matrix.cli.options import options
from upload_matrix.cli.watching import watch_option, watch_program


@click.command("inspect", context_settings={"allow_interspersed_args": False})
@click.argument("command_line", nargs=-1, metavar="[--] CMD...", type=click.UNPROCESSED)
@click.option(
    "--emulator",
    "profile",
    is_flag=False,
    flag_value="openai-2026-02",
    metavar="[PROFILE]",
    help="The emulator answers; nothing is sent. [PROFILE default: openai-2026-02, without OpenAI's chat and "
    "Responses; openai-2026-11 has them]",
)
@click.option("--no-answer", is_flag=True, help="Nobody answers: the program is told so, nothing is sent.")
@click.option("--upstream", metavar="URL", help="Pass requests on to this base URL instead.")
@click.option(
    "--env",
    "variables",
    multiple=True,
    metavar="NAME[=URL]",
    help="A further variable that holds the base URL, and where it leads. Repeatable.",
)
@click.option(
    "--proxy",
    is_flag=True,
    help="Catch base URLs in code too, by an intercepting proxy; needs upload-matrix[proxy].",
)
@click.option(
    "--open",
    "opened_hosts",
    multiple=True,
    metavar="HOST",
    help="A further host that --proxy opens, as gateway.example.com or *.example.com. Repeatable.",
)
@click.option("--listen", is_flag=True, help="Run nothing: print the URL, and watch it until Ctrl-C.")
@click.option("--port", type=int, default=0, help="Port on 127.0.0.1. [default: a free one]")
@click.option(
    "--canary", metavar="WORD", help="A word that the file holds and the call asks for: has to come back."
)
@click.option("--save", metavar="NAME", help="Keep a request: matrix/NAME.yaml and matrix/NAME.request/.")
@click.option(
    "--request",
    "number",
    type=int,
    metavar="N",
    help="Which to save. [default: the first rejected upload, else with findings, else any]",
)
@click.option(
    "--matrix",
    "folder",
    type=click.Path(file_okay=False),
    default="matrix",
    show_default=True,
    help="The folder for --save; operations/ in it are known too.",
)
@click.option(
    "--ignore",
    multiple=True,
    metavar="CODE",
    shell_complete=codes,
    help="A finding that is no reason for exit code 1.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "note"]),
    default="error",
    show_default=True,
    help="The least severe finding that gives exit code 1; a warning at a rejected request is an error.",
)
@click.option(
    "--keep-status", is_flag=True, help="Where there is no finding, exit with the program's own status."
)
@click.option(
    "--no-witness",
    is_flag=True,
    help="Load nothing into the program; lines of its code are then not named.",
)
@options(*GATEWAY)
@click.option("--output", "-o", type=click.Path(dir_okay=False), help="Write to this file, not the terminal.")
@options(JSON, as_json={"help": "JSON lines, on stdout; the program's goes to stderr."})
@watch_option
@click.pass_context
def command(ctx: click.Context, /, **values: Any) -> None:
    """Run CMD unchanged and show every upload it makes: parts, names, types, bytes, findings, fixes.

    The variables that SDKs read their base URL from (OPENAI_BASE_URL; OPENAI_API_BASE, AZURE_OPENAI_ENDPOINT
    and those of other vendors where they, or the vendor's key, are set) lead to a tap on 127.0.0.1 for the
    time of the run. From there requests go on to where they were meant to go, chunk by chunk, with the
    program's own key, which is neither kept nor shown; answers come back unchanged. A program that takes its
    URL in code finds it in UPLOAD_MATRIX_URL. What is shown goes to stderr, so that the program's own output
    stays what it is.

    With --through requests take a gateway, and what it forwards is shown beside what was sent. It is given a
    dummy key (or that of --through-key-env); the real one, from OPENAI_API_KEY, is put in behind it. Requests
    then go one by one, and are held in memory.

    With --proxy an intercepting proxy stands in the program's way besides (HTTPS_PROXY and the like), with a
    certificate authority of its own that lives for the run. It opens the hosts of known vendors and those of
    --open; all else passes through it unread. Chromium is given its flags. Without CMD it waits, and what is
    to be set up on an emulated phone is printed: its address, and the file of its certificate.

    Exit codes: 0 no findings, 1 findings (or a gateway corrupts or drops something, or an answer tells that
    an accepted file was ignored), 2 usage, 3 no upload was seen, or --proxy could not open something. How the
    program itself ended is said in the last line.

    \b
    Examples:
      upload-matrix inspect -- python app.py
      upload-matrix inspect --emulator -- node app.mjs
      upload-matrix inspect --no-answer --json -- pytest tests/uploads
      upload-matrix inspect --through 'litellm --config c.yaml --port {port}' -- python app.py
      upload-matrix inspect --proxy --emulator -- python in-code.py
      upload-matrix inspect --save avatar-refused -- ./upload.sh
      upload-matrix inspect --env ANTHROPIC_BASE_URL=https://api.anthropic.com -- python other.py
    """
    if values.pop("watch"):
        ctx.exit(watch_program(values))

    from upload_matrix.ask.options import Through, taken
    from upload_matrix.inspect.inspecting import InspectOptions, run

    ctx.exit(run(InspectOptions(way=taken(Through, values), **values)))
