"""``upload-matrix conform``: programs, servers and gateways prove what they do with uploads."""

from __future__ import annotations

from typing import Any, Literal

import click

from upload_matrix.ask.declared import (
    BEHIND_PORT,
    CLIENT_HEADER,
    HEADER,
    JSON,
    KEY_COMMAND,
    KEY_ENV,
    LIMITS,
    OPEN,
    YES,
)
from upload_matrix.cli import Group
from upload_matrix.cli.options import Decorator, options

_SCENARIO = click.option(
    "--scenario", "scenario_names", multiple=True, metavar="NAME", help="Only this one. Repeatable."
)
_SCENARIOS = click.option(
    "--scenarios",
    "scenario_files",
    multiple=True,
    type=click.Path(),
    help="A file or a folder with further scenarios. Repeatable.",
)


def _seconds(usual: float, words: str) -> Decorator:
    return click.option(
        "--seconds", type=click.FloatRange(min=0.1), default=usual, show_default=True, help=words
    )


_SECONDS = _seconds(120.0, "What a scenario may take.")
_EXPECTED = click.option(
    "--expected-failures",
    "expected",
    type=click.Path(),
    metavar="FILE",
    help="Ids of checks that may fail (SCENARIO/CHECK), one a line; one that passes is red too.",
)
_JUNIT = click.option(
    "--junit", type=click.Path(dir_okay=False), metavar="FILE", help="Write JUnit XML there."
)
_BADGE = click.option(
    "--badge", type=click.Path(dir_okay=False), metavar="FILE", help="Write a badge (SVG) there."
)
_OUTPUT = click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Write the report there; its ending says as what: .md, .html, .json, .xml, .svg.",
)
_OUTPUTS = click.option(
    "--output",
    "-o",
    "outputs",
    multiple=True,
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Write the report there; its ending says as what: .json, .md, .html. Repeatable.",
)
_REPORT = options(OPEN, JSON, as_json={"help": "The report as JSON, on stdout."})


@click.group("conform", cls=Group)
def command() -> None:
    """Put a program through scenarios of uploads, and check what it sends.

    \b
    Example:
      upload-matrix conform client -- python my_upload.py
    """


@command.command("client", context_settings={"allow_interspersed_args": False})
@click.argument("command_line", nargs=-1, required=True, metavar="[--] CMD...", type=click.UNPROCESSED)
@_SCENARIO
@_SCENARIOS
@click.option(
    "--container",
    "containers",
    multiple=True,
    metavar="NAME",
    help="Have CMD hand the file over as path, handle, stream, buffer, blob, file or told. Repeatable. "
    "[default: as it likes]",
)
@_SECONDS
@_EXPECTED
@_JUNIT
@_BADGE
@_OUTPUT
@_REPORT
@click.pass_context
def client(ctx: click.Context, /, **values: Any) -> None:
    """Have CMD make the call of every scenario, and check what it sends.

    CMD is started once a scenario, makes one call and ends. A server on 127.0.0.1 takes the call; what to
    send and where is in UPLOAD_MATRIX_URL, UPLOAD_MATRIX_FILE and further variables. A program that has no
    such feature ends with exit status 77, and says on stderr what it lacks.

    Exit codes: 0 all checks pass, or fail as expected; 1 one fails, or an expected failure passes;
    2 usage; 3 nothing was sent in any scenario, or a check could not be decided.

    \b
    Examples:
      upload-matrix conform client -- python my_upload.py
      upload-matrix conform client --container stream --scenario retry -- ./my-client
      upload-matrix conform client --expected-failures known.txt --junit conform.xml -- node upload.mjs
    """
    from upload_matrix.conform.conforming import ConformOptions, run

    ctx.exit(run(ConformOptions(**values)))


@command.command("clients")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--list", "lists", is_flag=True, help="Print the names of all clients, and stop.")
@click.option("--install", "installs", is_flag=True, help="Install what is missing, where that can be done.")
@click.option(
    "--clients",
    "folders",
    multiple=True,
    type=click.Path(),
    metavar="DIR",
    help="A folder with further clients, as LANGUAGE/NAME.yaml. Repeatable.",
)
@_SCENARIO
@_SCENARIOS
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Programs at once. [default: one a core]"
)
@_seconds(30.0, "What a call may take before its program is stopped.")
@click.option(
    "--baseline",
    type=click.Path(),
    metavar="FILE",
    help="A table measured before (JSON): a client of the same versions that sends something else is red.",
)
@_OUTPUTS
@_REPORT
@click.pass_context
def clients(ctx: click.Context, /, **values: Any) -> None:
    """Measure what the clients of many languages send for the same call, and what the trap of each is.

    NAME is a client (`go/create-part`), a language (`go`) or a pattern (`node/axios*`); all without one. Each
    is a program of a few lines with a YAML file beside it; it is built once and started once a scenario and
    container. What a client needs and is not here is named with the way to get it; --install gets it: with
    apt-get where that is allowed, npm's and PyPI's packages into the user's cache.

    Exit codes: 0 measured, 1 something differs from --baseline, 2 usage, 3 a client is not available here.

    \b
    Examples:
      upload-matrix conform clients go/create-form-file
      upload-matrix conform clients --install -o clients.json -o clients.html
      upload-matrix conform clients node --baseline clients.json
    """
    from upload_matrix.conform.tabulating import ClientTableOptions, run

    ctx.exit(run(ClientTableOptions(**values)))


_CALL = click.option(
    "--call", "calls", multiple=True, metavar="NAME", help="Only this call, as images.edit. Repeatable."
)
_MODEL = click.option(
    "--model",
    "models",
    multiple=True,
    metavar="[CALL=]NAME",
    help="The model to ask for, of one call or of all. Repeatable.",
)


def _server_options(command: Any) -> Any:
    """What `server` and `gateway` share with each other, and with `client`."""
    for each in reversed((_CALL, _SCENARIO, _MODEL, _SECONDS, _EXPECTED, _JUNIT, _BADGE, _OUTPUT, _REPORT)):
        command = each(command)
    return command


@command.command("server")
@click.argument("url")
@options(
    KEY_ENV,
    KEY_COMMAND,
    HEADER,
    *LIMITS,
    YES,
    key_env={"help": "The variable that holds its key."},
    key_command={"help": "A program that prints its key."},
    headers={"help": "Sent with every request."},
)
@_server_options
@click.pass_context
def server(ctx: click.Context, /, url: str, **values: Any) -> None:
    """Ask an OpenAI-compatible server at URL what it makes of uploads, correct ones and callers' mistakes.

    URL is its base URL, with /v1 as a rule. Each call is made as its document has it; where that is taken, it
    is made again with one thing different each: the field as `image[]`, no type, no filename, in chunks,
    large, an empty file, base64 without a data URL, a wrong key ... Where it is known what OpenAI does with
    it, or what a standard asks for, the answer is held against that. Of a call that is not taken as it is
    nothing is concluded. A server that is not on this machine is asked after you agreed, within the budget.

    Exit codes: 0 as it should be, or as expected; 1 the server does otherwise than is known to be right, or
    an expected failure passes; 2 usage; 3 not known; 4 stopped by a limit on money or calls.

    \b
    Examples:
      upload-matrix conform server http://127.0.0.1:8000/v1
      upload-matrix conform server http://127.0.0.1:8000/v1 --call images.edit --model my-model -o server.html
      upload-matrix conform server https://llm.example/v1 --key-env LLM_KEY --max-calls 40 --yes
    """
    from upload_matrix.ask.options import LiveOptions, taken
    from upload_matrix.conform.servers.conforming import ServerOptions, ServerQuestions, run_server

    live = taken(LiveOptions, values)
    ctx.exit(run_server(ServerOptions(url, live, ServerQuestions(**values))))


@command.command("gateway")
@click.argument("gateway", metavar="CMD|URL")
@options(BEHIND_PORT)
@click.option("--key-env", metavar="NAME", help="The variable with the key that the gateway itself wants.")
@options(CLIENT_HEADER)
@_server_options
@click.pass_context
def gateway(ctx: click.Context, /, **values: Any) -> None:
    """Find out what a gateway masks, rewrites, corrupts and drops of uploads that pass it.

    CMD starts it, in one word for the shell: {port} is where it shall listen, {upstream} where it shall
    forward to ({upstream_root} without /v1, {upstream_origin} for one that leaves the path as it is); or URL
    is where one runs already, which forwards to --behind-port. A tap stands behind it and the emulator
    answers, so nothing leaves this machine.

    Exit codes: 0 as it should be, or as expected; 1 uploads are harmed or masked, or an expected failure
    passes; 2 usage; 3 not known: no call comes through as its document has it.

    \b
    Examples:
      upload-matrix conform gateway 'litellm --config litellm.yaml --port {port}'
      upload-matrix conform gateway 'mitmdump --mode reverse:{upstream_origin} --listen-port {port}'
      upload-matrix conform gateway http://127.0.0.1:4000/v1 --behind-port 4011 --key-env GATEWAY_KEY
    """
    from upload_matrix.ask.options import taken
    from upload_matrix.conform.servers.conforming import GatewayQuestions, ServerQuestions, run_gateway

    questions = taken(ServerQuestions, values)
    ctx.exit(run_gateway(GatewayQuestions(**values, questions=questions)))


def _table_of(kind: Literal["server", "gateway"], does: str, example: str) -> click.Command:
    """All subjects of a kind, each measured as one alone is."""

    @click.command(
        f"{kind}s",
        help=f"""{does}, and lay them beside each other.

        Each is a file of data: how to get it, how to start it. What this machine lacks is named as
        unavailable.

        Exit codes: 0 measured; 2 usage; 3 none of them is on this machine.

        \b
        Examples:
          upload-matrix conform {kind}s
          upload-matrix conform {kind}s {example}
        """,
    )
    @click.argument("names", nargs=-1, metavar=f"[{kind.upper()}]...")
    @_OUTPUTS
    @click.option(
        "--install",
        is_flag=True,
        help="Install what is missing: apt-get as root, npm and pip in the user's cache.",
    )
    @_REPORT
    @click.pass_context
    def table(ctx: click.Context, /, **values: Any) -> None:
        from upload_matrix.conform.servers.tables import SubjectTableOptions, run_table

        ctx.exit(run_table(kind, SubjectTableOptions(**values)))

    return table


for _each in (
    _table_of(
        "server",
        "Ask all servers that are known here, mock servers for the most part",
        "prism mockoon --install -o servers.md",
    ),
    _table_of(
        "gateway",
        "Have uploads pass all gateways that are known here",
        "nginx litellm --install -o gateways.html",
    ),
):
    command.add_command(_each)
