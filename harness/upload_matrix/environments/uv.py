"""uv, called as a program: from its cache first, over the network only when that is not enough."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile

from uv import find_uv_bin

from upload_matrix.environments.errors import UnavailableError

_SECONDS = 900.0
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


class Uv:
    """The uv that is installed beside the harness. Thread-safe.

    ``index`` is the index to use in place of the configured one; with ``offline`` only uv's cache is asked.
    """

    def __init__(self, *, index: str | None = None, offline: bool = False) -> None:
        # Once and here: looking for the program is not safe in several threads at a time.
        self._program = find_uv_bin()
        self._index = index
        self._offline = offline

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
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise UvError(f"uv {arguments[0]} did not finish within {_SECONDS:.0f} s") from error
        if done.returncode != 0:
            raise UvError(reason(done.stderr.decode("utf-8", "replace")) or f"exit status {done.returncode}")
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
