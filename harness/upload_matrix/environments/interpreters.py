"""Interpreters that are installed: ``this``, ``3.9`` or a path, found with uv and tried before use."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from upload_matrix import vendors
from upload_matrix.model.case import NODE, OWN_PYTHON, PYTHON
from upload_matrix.model.errors import HarnessError, UnavailableError


class UnbuildableError(UnavailableError):
    """A release, or what it asks for, cannot be installed under this interpreter, whoever tries it when."""


class ReleasesError(HarnessError):
    """The package index did not give a list of releases; the message says what was asked and the way out."""


# uv, called as a program: from its cache first, over the network only when that is not enough.


_SECONDS_uv = 900.0
"""The longest a single call may take: a first build of a big distribution over a slow network."""

_REASON = 600
"""Characters of uv's words that are passed on."""

_LEFT_OUT = (
    "CONDA_PREFIX", "PYTHONHOME", "PYTHONPATH", "UV_CONSTRAINT", "UV_OVERRIDE", "UV_PRERELEASE",
    "UV_PROJECT", "UV_PROJECT_ENVIRONMENT", "UV_PYTHON", "UV_RESOLUTION", "UV_TARGET", "UV_WORKING_DIR",
    "UV_WORKING_DIRECTORY", "VIRTUAL_ENV",
)  # fmt: skip
"""Variables that would make uv build something other than what it is asked for."""

_USER = re.compile(r"(?<=://)[^/@\s]+@")
_CHATTER = re.compile(r"^(Using |warning: |Resolved |Audited |Prepared |Installed )")


class UvError(UnavailableError):
    """uv said no; the message is its reason in short, without credentials."""


class UvNoSolutionError(UvError, UnbuildableError):
    """uv said no to what was asked for: requirements contradict each other, a source does not build."""


_OF_THE_RELEASE = re.compile(
    r"No solution found|Failed to build|[Bb]uild backend|doesn't have a source distribution or wheel"
    r"|no wheels? with a matching|Failed to parse metadata|inconsistent"
)
_OF_THE_MOMENT = re.compile(
    r"Failed to (fetch|download)|error sending request|[Nn]etwork|dns error|[Tt]imed? ?out|No space left"
    r"|connection|Permission denied"
)
"""Words of uv about what was asked for, and about this machine now; what has both is about the latter."""


def uv_program() -> str:
    """uv's path: the one installed beside the harness, else that on PATH; raises UvError.

    It is a third of an installation, and who looks at no other interpreter or release needs none.
    """
    try:
        from uv import find_uv_bin

        return find_uv_bin()
    except (ImportError, FileNotFoundError):
        found = shutil.which("uv")
    if found is None:
        raise UvError("uv, which builds it, is not installed: pip install 'upload-matrix[sweep]'")
    return found


class Uv:
    """uv, beside the harness or on PATH. Thread-safe. Raises UvError where there is none.

    ``index`` is the index to use in place of the configured one; with ``offline`` only uv's cache is asked.
    """

    def __init__(self, *, index: str | None = None, offline: bool = False) -> None:
        # Once and here: looking for the program is not safe in several threads at a time.
        self._program = uv_program()
        self._index = index
        self._offline = offline

    @property
    def offline(self) -> bool:
        """Whether only what was downloaded before may be used."""
        return self._offline

    def run(self, *arguments: str, fresh: bool = False, home: str | None = None) -> str:
        """What uv writes to standard output; raises UvError.

        The cache alone is asked first, which is several times faster: uv asks the index again even when
        its cache is warm. ``fresh`` asks the index at once, for what is to be resolved as of now.
        ``home`` is the folder uv works in, by default an empty one, so that no project's settings count.
        """
        if self._offline:
            return self._call((*arguments, "--offline"), home)
        if fresh:
            return self._call(arguments, home)
        try:
            return self._call((*arguments, "--offline"), home)
        except UvError:
            return self._call(arguments, home)

    def _call(self, arguments: tuple[str, ...], home: str | None) -> str:
        if home is None:
            with tempfile.TemporaryDirectory(prefix="upload-matrix-") as empty:
                return self._call(arguments, empty)
        command = [self._program, *arguments, "--no-progress", "--color", "never"]
        try:
            done = subprocess.run(  # noqa: S603 - uv itself, with arguments of our own making
                command,
                cwd=home,
                env=self._environ(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_SECONDS_uv,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise UvError(f"uv {arguments[0]} did not finish within {_SECONDS_uv:.0f} s") from error
        if done.returncode != 0:
            said = done.stderr.decode("utf-8", "replace")
            of_it = _OF_THE_RELEASE.search(said) and not _OF_THE_MOMENT.search(said) and not self._offline
            kind = UvNoSolutionError if of_it else UvError
            raise kind(reason(said) or f"exit status {done.returncode}")
        return done.stdout.decode("utf-8", "replace")

    def _environ(self) -> dict[str, str]:
        environ = {name: value for name, value in os.environ.items() if name not in _LEFT_OUT}
        if self._index is not None:
            # By environment, not by argument: an index URL may carry a password, and arguments are public.
            environ["UV_DEFAULT_INDEX"] = self._index
        return environ


def without_user(text: str) -> str:
    """``text`` with user names and passwords taken out of its URLs."""
    return _USER.sub("", text)


def reason(stderr: str) -> str:
    """uv's complaint in one line: its error and causes, without its chatter and without credentials."""
    lines = [line.strip() for line in stderr.splitlines() if not _CHATTER.match(line)]
    words = " ".join(line.removeprefix("error:").removeprefix("cause:").strip() for line in lines if line)
    words = without_user(words)
    return words if len(words) <= _REASON else words[: _REASON - 1] + "…"


THIS = "this"
"""The interpreter that runs the harness."""

NODE_RUNTIME = "Node"

_SECONDS = 60.0

# Runs on any Python 3. The markers are those a dependency's condition may name (PEP 508).
_DESCRIBE = """
import json, os, platform, sys, sysconfig
v = sys.implementation.version
print(json.dumps({
    "version": "%d.%d.%d" % sys.version_info[:3],
    "tag": sys.implementation.cache_tag,
    "home": os.path.realpath(sys.base_prefix),
    "platform": sysconfig.get_platform(),
    "markers": {
        "implementation_name": sys.implementation.name,
        "implementation_version": "%d.%d.%d" % v[:3],
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": platform.python_version(),
        "python_version": "%d.%d" % sys.version_info[:2],
        "sys_platform": sys.platform,
    },
}))
"""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python (or Node) that runs: its program, full version, bytecode tag (``cpython-311``) and its place.

    ``home`` is the installation a virtual environment is made from. ``markers`` are the values of the
    environment markers a dependency's condition may name.
    """

    executable: Path
    version: str
    tag: str
    home: str
    platform: str
    markers: Mapping[str, str]
    runtime: str = "Python"

    def __str__(self) -> str:
        return f"{self.runtime} {self.version}"

    @property
    def kept_as(self) -> str:
        """How a kept environment names it: ``3.11.7``, ``Node 20.20.2``."""
        return str(self) if self.runtime == NODE_RUNTIME else self.version

    @property
    def identity(self) -> tuple[str, ...]:
        """What tells this interpreter from another; the same in each virtual environment made from it."""
        return (self.tag, self.version, self.home, self.platform)


class Interpreters:
    """Finds interpreters, each once. Thread-safe."""

    def __init__(self, uv: Uv) -> None:
        self._uv = uv
        self._found: dict[str, Interpreter | UnavailableError] = {}
        self._lock = threading.Lock()

    def find(self, wanted: str) -> Interpreter:
        """The interpreter meant by ``this``, a version or a path; raises UnavailableError."""
        with self._lock:
            if wanted not in self._found:
                try:
                    self._found[wanted] = self._find(wanted)
                except UnavailableError as error:
                    self._found[wanted] = error
            found = self._found[wanted]
        if isinstance(found, UnavailableError):
            raise UnavailableError(str(found))
        return found

    def _find(self, wanted: str) -> Interpreter:
        if wanted == THIS:
            return _described(Path(sys.executable), "the interpreter of this run")
        if not re.fullmatch(r"[a-z]*-?[0-9]+(\.[0-9]+)*t?", wanted):
            return _described(Path(wanted).absolute(), wanted)
        try:
            # A shim of a version manager that does not run is passed over by uv, which says so.
            found = self._uv.run(
                "python", "find", "--no-python-downloads", "--no-project", "--system", wanted, fresh=True
            ).strip()
        except UvError as error:
            raise UnavailableError(_missing(wanted, str(error))) from error
        interpreter = _described(Path(found), wanted)
        number = re.search(r"[0-9.]+", wanted)
        if number and not f"{interpreter.version}.".startswith(f"{number[0]}."):
            raise UnavailableError(_missing(wanted, f"{found} is {interpreter.version}"))
        return interpreter


def _missing(wanted: str, why: str) -> str:
    number = re.sub(r"^[a-z]*-?", "", wanted)
    if "/shims/" in why.replace("\\", "/"):
        why = "a version manager's shim of it is on PATH, but does not run"
    return (
        f"Python {wanted} is not installed: install Python {number} and have it on PATH, give the path "
        f"of its executable, or `uv python install {wanted}` ({why})"
    )


def _described(executable: Path, wanted: str) -> Interpreter:
    try:
        done = subprocess.run(  # noqa: S603 - the interpreter the user chose
            [str(executable), "-I", "-c", _DESCRIBE],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=True,
        )
        said = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise UnavailableError(
            f"the Python {executable} ({wanted}) does not run: {error}; "
            "give the path of an interpreter, not of a version manager's shim"
        ) from error
    return Interpreter(
        executable, said["version"], said["tag"], said["home"], said["platform"], said["markers"]
    )


# What a case asks of its environment, and where that is found on this machine.


THIS_seat = "this"
"""The interpreter that runs the harness."""

INSTALLED = "installed"
"""The client libraries that are installed beside the harness."""


@dataclass(frozen=True, slots=True)
class Seat:
    """An interpreter (``this``, ``3.9``, a path), a release of an SDK (``installed``, ``1.109.1``) and a
    mime table (``system``, ``builtin`` or the name of a file's), or Node with a release of an SDK, or the
    Python of a client's own (runtime ``python:litellm``) with a mime table. ``distribution`` is the SDK."""

    table: str = "system"
    sdk: str = INSTALLED
    python: str = THIS_seat
    runtime: str = PYTHON
    distribution: str = field(default_factory=lambda: vendors.usual().sdk)

    @property
    def beside(self) -> bool:
        """Whether this is the environment that the harness itself runs in, whatever the mime table."""
        return self == Seat(self.table)

    @property
    def name(self) -> str:
        """``builtin``, ``litellm/builtin``, ``python-3.9/openai-1.109.1/builtin``."""
        if self.runtime == NODE:
            return "node" if self.sdk == INSTALLED else f"node/{self.distribution}-{self.sdk}"
        if self.runtime.startswith(OWN_PYTHON):
            return f"{self.runtime.removeprefix(OWN_PYTHON)}/{self.table}"
        words = [] if self.python == THIS_seat else [f"python-{self.python}"]
        words += [] if self.sdk == INSTALLED else [f"{self.distribution}-{self.sdk}"]
        return "/".join([*words, self.table])


@dataclass(frozen=True, slots=True)
class Located:
    """An interpreter to start, and the folders that come first on its import path."""

    python: str
    pythonpath: tuple[Path, ...] = ()


def installed_only(_: Seat) -> Located:
    """The environment the harness itself runs in, whatever was asked."""
    return Located(sys.executable)
