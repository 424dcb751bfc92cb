"""Running cases through pytest from the command line: the shipped test, its words, the exit code."""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

import pytest

from upload_matrix import suite
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.pytest_plugin.coordinator import NAME, Coordinator
from upload_matrix.pytest_plugin.state import parameter
from upload_matrix.report.json_report import chunks
from upload_matrix.report.streams import raw
from upload_matrix.run.loading import Loaded

UNRESOLVED = 3
INTERRUPTED = 130

_USERS_OWN = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")


def run_cases(words: Sequence[str], paths: tuple[Path, ...], loaded: Loaded, *, as_json: bool) -> int:
    """Run the cases of ``loaded`` (the matrices at ``paths``) and write the report; the exit code.

    Raises ConfigurationError when ``words`` (``-k``, ``-m``) select no case.
    """
    guest = _Guest(paths, loaded)
    status = _pytest(words, guest, sys.stderr if as_json else sys.stdout)
    if status == pytest.ExitCode.NO_TESTS_COLLECTED:
        chosen = " ".join(
            f"{word} {value!r}" for word, value in itertools.pairwise(words) if word in ("-k", "-m")
        )
        raise ConfigurationError(f"{chosen}: no case matches; `upload-matrix cases` lists them")
    coordinator = guest.coordinator
    if as_json and coordinator is not None and coordinator.run is not None:
        sys.stdout.writelines(chunks(coordinator.run))
    return exit_status(int(status), coordinator)


def selected(words: Sequence[str], paths: tuple[Path, ...], loaded: Loaded) -> frozenset[str] | int:
    """Ids of the cases that ``words`` (``-k``, ``-m``) select; an exit code when pytest refuses them."""
    guest = _Guest(paths, loaded)
    status = _pytest(["--collect-only", "-qqq", *words], guest, sys.stderr)
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        return exit_status(int(status), None)
    return frozenset(guest.collected)


def exit_status(status: int, coordinator: Coordinator | None) -> int:
    """The command's exit code for pytest's: the verdicts decide wherever pytest got to the cases."""
    if status == pytest.ExitCode.INTERRUPTED:
        return INTERRUPTED
    if status == pytest.ExitCode.USAGE_ERROR:
        return 2
    if status == pytest.ExitCode.INTERNAL_ERROR or coordinator is None or coordinator.run is None:
        return UNRESOLVED
    verdicts = coordinator.exit_code
    # A test that failed outside its case (a fixture, a worker that died) is ours, and unresolved.
    return UNRESOLVED if status == pytest.ExitCode.TESTS_FAILED and verdicts == 0 else verdicts


def _pytest(words: Sequence[str], guest: _Guest, stream: TextIO) -> int:
    folder = Path(suite.__file__).parent
    arguments = [
        "-c", str(folder / "pytest.ini"), f"--rootdir={Path.cwd()}", "-p", "no:cacheprovider",
        "--disable-plugin-autoload", "-p", "pytest_recording.plugin",
        "-p", "upload_matrix.pytest_plugin.hooks",
        "-q", "--no-header", "-rN", str(folder / "test_uploads.py"), *words,
    ]  # fmt: skip
    # Raw, because pytest has colours of its own; the plugin makes safe what it hands to pytest.
    with contextlib.redirect_stdout(raw(stream)), _without_the_users_own_options():
        return pytest.main(arguments, plugins=[guest])


@contextlib.contextmanager
def _without_the_users_own_options() -> Iterator[None]:
    """For the time being no options of pytest from the environment: those are about the user's own tests.

    xdist's workers inherit this.
    """
    kept = {name: os.environ.pop(name) for name in _USERS_OWN if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)


class _Guest:
    """Brings the loaded matrices into pytest, and takes the coordinator out of it.

    Loaded outside, a matrix that is at fault ends the command before pytest starts; the coordinator
    would be gone with pytest's configuration.
    """

    def __init__(self, paths: tuple[Path, ...], loaded: Loaded) -> None:
        self._paths = paths
        self._loaded = loaded
        self.coordinator: Coordinator | None = None
        self.collected: list[str] = []

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Hand the matrices over."""
        # Not before pytest has loaded it: it could not rewrite its assertions any more.
        from upload_matrix.pytest_plugin.hooks import STATE

        session.config.stash[STATE].library.adopt(self._paths, self._loaded)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note which cases are left after selection."""
        cases = (parameter(item)[1] for item in session.items)
        self.collected = [case.id for case in cases if case is not None]

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Fetch the coordinator while the plugin manager still knows it."""
        self.coordinator = config.pluginmanager.get_plugin(NAME)
