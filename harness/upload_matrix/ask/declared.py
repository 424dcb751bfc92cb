"""The options that several commands and the pytest plugin share: each is declared here, once, as data.

The command line makes click's of them (``cli.options``), the plugin pytest's, as ``--upload-NAME``. Nothing
that takes time is imported, so that every ``--help`` answers at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike

from upload_matrix.model.setting import RECORD_MODES


@dataclass(frozen=True, slots=True)
class Option:
    """``--name`` (or ``-k``, written with its dash); ``kind`` is str, int, float, PathLike,
    or bool for a flag.

    Its value is found under ``dest``, which is the name where it is empty.
    """

    name: str
    help: str | None = None
    metavar: str | None = None
    kind: type = str
    dest: str = ""
    default: str | int | None = None
    multiple: bool = False
    minimum: int | None = None
    choices: tuple[str, ...] = ()

    @property
    def flag(self) -> str:
        """As it is typed on the command line."""
        return self.name if self.name.startswith("-") else f"--{self.name}"

    @property
    def key(self) -> str:
        """The name of its value."""
        return self.dest or self.name.replace("-", "_")


# Which cases, and what is written of them.
KEYWORD = Option("-k", "Only cases whose id matches, as in pytest.", "EXPR", dest="keyword")
MARKS = Option("-m", "Only cases with these axes, as \"upload(client='httpx')\".", "EXPR", dest="marks")
MATRIX = Option("matrix", None, "PATH", PathLike, "matrices", multiple=True)
MAX_CASES = Option("max-cases", "Refuse a larger matrix.", kind=int, default=50_000)
MIME_TABLE = Option(
    "mime-table",
    "Read the mime table NAME (system, builtin) from a mime.types FILE, so that a run does not depend on "
    "this machine.",
    "NAME=FILE",
    dest="mime_tables",
    multiple=True,
)
REPORTS = Option("reports", "Where reports are written. [default: reports]", "DIR", PathLike)
NAME = Option("name", "The report's name: NAME.json, NAME.md...", default="latest")
FORMATS = Option("format", "Report formats.", "LIST", dest="formats", default="json,markdown,junit,html")
JSON = Option("json", "The same as JSON.", kind=bool, dest="as_json")
OPEN = Option("open", "Open the page in the browser when it is written.", kind=bool, dest="show")
DRY_RUN = Option("dry-run", "Print the plan and stop; nothing is sent.", kind=bool)
FAIL_ON = Option(
    "fail-on",
    "Which changes are red (exit code 1): what was accepted and no longer is, or any change at all. What "
    "cannot be decided is 3 in any case.",
    default="regression",
    choices=("regression", "change"),
)

# Who answers.
TARGET = Option("target", "Have this target answer instead of the matrix's own.", "NAME")
TIMEOUT = Option("timeout", "Seconds a case may take, instead of what its matrix says.", "SECONDS", float)
BASE_URL = Option("base-url", "Have this server answer, which speaks as OpenAI's does.", "URL")
KEY_ENV = Option("key-env", "The variable that holds the key for --base-url.", "NAME")
KEY_COMMAND = Option("key-command", "A program that prints the key for --base-url.", "CMD")
HEADER = Option("header", "Sent to --base-url as well.", "'NAME: VALUE'", dest="headers", multiple=True)
THROUGH = Option(
    "through",
    "Have every call take a gateway: a command with {port} and, where it is told so, {upstream} (also in "
    "OPENAI_BASE_URL), {upstream_root}, which is without /v1, or {upstream_origin} for one that leaves the "
    "path as it is; or the URL of one that runs. The report then tells what it forwarded.",
    "CMD|URL",
)
BEHIND_PORT = Option("behind-port", "With a URL: the port the gateway forwards to.", "N", int)
THROUGH_KEY_ENV = Option(
    "through-key-env", "The variable with the key that the gateway itself wants.", "NAME"
)
CLIENT_HEADER = Option(
    "client-header",
    "Sent to the gateway with every call, as gateways want it that route by headers; its value is not shown.",
    "'NAME: VALUE'",
    dest="client_headers",
    multiple=True,
)

# What is recorded, and what asking may take.
CASSETTES = Option("cassettes", "Where recordings lie. [default: cassettes]", "DIR", PathLike)
RECORD_MODE = Option(
    "record-mode",
    "Which requests may be sent, and what is kept; as in pytest-recording.",
    default="none",
    choices=RECORD_MODES,
)
DISABLE_RECORDING = Option(
    "disable-recording", "Leave cassettes aside: every request goes to its target.", kind=bool
)
REPEAT = Option(
    "repeat", "Answers wanted to each request, asked round by round.", "N", int, default=1, minimum=1
)
CONCURRENCY = Option(
    "concurrency",
    "Requests under way at once, at most; fewer when the server says it is too many.",
    kind=int,
    default=4,
    minimum=1,
)
CONTROL = Option(
    "control",
    "With --repeat: a case known to pass, asked first in every round. Repeatable.",
    "CASE",
    dest="controls",
    multiple=True,
)
MAX_AGE = Option(
    "max-age",
    "Where requests may be sent: ask anew for live recordings older than this.",
    "DAYS",
    int,
    minimum=0,
)
BUDGET = Option("budget", "What the calls may cost together; a hard limit.", "USD")
MAX_CALLS = Option("max-calls", "How many calls may be made; a hard limit.", "N", int, minimum=0)
UNKNOWN_PRICE = Option(
    "unknown-price", "What a call of unknown price counts as. Without it a budget refuses such calls.", "USD"
)
LEDGER = Option("ledger", "The books. [default: the user's own]", "FILE", PathLike)
YES = Option("yes", "Make the calls without asking, as in CI.", kind=bool)

# Which releases of the SDK, and how they are had.
PYTHON = Option("python", "this, a version (3.9) or a path.", default="this")
PRE = Option("pre", "Ranges take pre-releases too.", kind=bool)
YANKED = Option("yanked", "Ranges take yanked releases too.", kind=bool)
OFFLINE = Option("offline", "From what was downloaded before, asking no index.", kind=bool)

FOLDERS = (CASSETTES, REPORTS)
SERVER = (TARGET, BASE_URL, KEY_ENV, KEY_COMMAND, HEADER)
LIMITS = (BUDGET, MAX_CALLS, UNKNOWN_PRICE, LEDGER)
GATEWAY = (THROUGH, BEHIND_PORT, THROUGH_KEY_ENV, CLIENT_HEADER)
ASKING = (
    *(RECORD_MODE, REPEAT, CONCURRENCY, *SERVER, CASSETTES, *LIMITS),
    *(CONTROL, MAX_AGE, YES, MAX_CASES, MIME_TABLE, TIMEOUT),
)
"""Of every command that may ask live servers."""

PLUGIN = (CASSETTES, REPORTS, TARGET, BASE_URL, KEY_ENV, MAX_CASES, MIME_TABLE, REPEAT, CONTROL, TIMEOUT)
"""What the pytest plugin has too, beside ``LIMITS`` and ``GATEWAY``."""
