"""What ``run`` and ``record`` do: ask live servers first, where that is wanted, then run in pytest."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import itertools
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TextIO, cast

import pytest

from upload_matrix import suite
from upload_matrix.answers.answering import EMULATOR
from upload_matrix.ask.declared import GATEWAY, LIMITS, PLUGIN, Option
from upload_matrix.ask.options import LiveOptions, Through, announce, paths_of, taken
from upload_matrix.ask.recording import Manner, is_live, prepared
from upload_matrix.cli.run_display import RunDisplay
from upload_matrix.model.case import Case
from upload_matrix.model.errors import ConfigurationError, Exit
from upload_matrix.pytest_plugin.coordinator import NAME, Coordinator
from upload_matrix.pytest_plugin.state import parameter
from upload_matrix.report.json_report import chunks
from upload_matrix.report.opening import open_page
from upload_matrix.report.streams import Plain, moves, raw, say
from upload_matrix.run.loading import Loaded, Request, asks_auto, kept_model, load
from upload_matrix.starter import STARTER_MATRIX

REPLAY = "none"
PAGE = "html"
"""The format whose file ``--open`` opens."""


PROJECT = (
    ".git", "pyproject.toml", "setup.py", "setup.cfg", "package.json", "requirements.txt", "tests",
    "cassettes",
)  # fmt: skip
"""Any of these, and a folder is somebody's project."""


_QUIET = {True: ("-o", "console_output_style=classic"), False: ()}
"""On a terminal a line of our own counts, not pytest's percents."""

_USERS_OWN = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The commands' options, under their own names; ``live`` are those they share with others."""

    matrices: tuple[str, ...]
    live: LiveOptions
    keyword: str | None = None
    marks: str | None = None
    workers: str | None = None
    disable_recording: bool = False
    reports: str | None = None
    name: str = "latest"
    formats: str = "json,markdown,junit,html"
    as_json: bool = False
    dry_run: bool = False
    show: bool = False
    gateway: Through = field(default_factory=Through)

    @classmethod
    def of(cls, values: dict[str, Any]) -> RunOptions:
        """From click's values."""
        return cls(live=taken(LiveOptions, values), gateway=taken(Through, values), **values)


def with_starter(options: RunOptions) -> RunOptions:
    """The options with the built-in matrix where none is named, none is here, and nothing may be sent.

    In somebody's project a missing matrix is an error: standing in for it there would be a green run about
    other uploads than the project's own. Raises ConfigurationError.
    """
    live = options.live
    offline = (
        live.record_mode == "none"
        and live.base_url is None
        and (live.target or EMULATOR).startswith(EMULATOR)
    )
    if options.matrices or not offline or Path("matrix").exists():
        return options
    found = next((name for name in PROJECT if Path(name).exists()), None)
    if found is not None:
        raise ConfigurationError(
            f"matrix: no such folder here, in what is a project by its {found}; name a matrix, or let "
            "`upload-matrix init` write one"
        )
    say(
        "no folder matrix/ here: running the built-in starter matrix, answered by the emulator; "
        "`upload-matrix init` writes it into a project"
    )
    # Not its recordings: the emulator also knows an answer to what a later SDK may send.
    return replace(options, matrices=(str(STARTER_MATRIX),), disable_recording=True)


def run(options: RunOptions, *, always_plan: bool = False) -> int:
    """Carry it out; the exit code. ``always_plan`` shows the plan even where nothing costs anything.

    Raises ConfigurationError.
    """
    if options.show and PAGE not in map(str.strip, options.formats.split(",")):
        raise ConfigurationError(f"--open: there is no page to open; name {PAGE} in --format, too")
    paths = paths_of(options.matrices)
    request = options.live.request(paths)
    loaded = load(request)
    # Before pytest reads them: what is wrong is then said of the options that were typed.
    options.live.tables(), options.live.limits()
    words = _words(options, request)
    asks = options.live.record_mode != REPLAY and not options.disable_recording
    gateway = options.gateway.spec()
    if gateway is not None:
        announce(gateway, loaded, say)
    if asks and (always_plan or is_live(loaded)):
        return _ask_then_run(options, request, loaded, words)
    if options.disable_recording and is_live(loaded) and options.live.record_mode == REPLAY:
        _refuse_unplanned(loaded)
    words += [f"--record-mode={options.live.record_mode}", *_spelled(options.live, LIMITS)]
    words += ["--disable-recording"] if options.disable_recording else []
    return run_cases(
        words, paths, _replayed(options, request, loaded), as_json=options.as_json, show=options.show
    )


def _ask_then_run(options: RunOptions, request: Request, loaded: Loaded, words: list[str]) -> int:
    chosen: frozenset[str] | None = None
    if options.keyword or options.marks:
        found = selected(words, request.paths, loaded)
        if isinstance(found, int):
            return found
        chosen = found

    def select(cases: Sequence[Case]) -> Sequence[Case]:
        return cases if chosen is None else [case for case in cases if case.id in chosen]

    with (
        tempfile.TemporaryDirectory(prefix="upload-matrix-") as folder,
        prepared(
            options.live,
            request,
            Path(folder),
            say,
            Manner(options.dry_run, select, through=options.gateway.spec()),
        ) as done,
    ):
        if done is None:
            return 0
        words += [f"--record-mode={REPLAY}", f"--upload-answers={done.answers}"]
        if done.stopped is not None:
            say(done.stopped)
        status = run_cases(
            words,
            request.paths,
            _replayed(options, request, done.loaded),
            as_json=options.as_json,
            show=options.show,
        )
        return Exit.BUDGET if done.stopped is not None else status


def _replayed(options: RunOptions, request: Request, loaded: Loaded) -> Loaded:
    """The matrices as they are run: each case as often as asked, its model the one that was recorded."""
    if options.live.repeat == 1 and not any(map(asks_auto, loaded.cases)):
        return loaded
    kept = partial(kept_model, options.live.folder())
    return load(dataclasses.replace(request, repeat=options.live.repeat, models=kept))


def _refuse_unplanned(loaded: Loaded) -> None:
    targets = ", ".join(sorted({case.target for case in loaded.cases}))
    raise ConfigurationError(
        f"--disable-recording would ask {targets} once for every case, with no plan and nothing kept; use "
        "`upload-matrix record`, or --record-mode new_episodes"
    )


def _words(options: RunOptions, request: Request) -> list[str]:
    """What pytest is told, beside how answers are come by."""
    live = options.live
    words = [f"--upload-matrix={path}" for path in options.matrices or ("matrix",)]
    words += [f"--upload-report={options.name}", f"--upload-formats={options.formats}"]
    # With its own URL a target needs no name. A replay asks for no key; that there is one was checked before.
    server = (request.target, None) if live.base_url is None else (None, live.key_env or "NO_KEY")
    words += _spelled(dataclasses.replace(live, target=server[0], key_env=server[1]), PLUGIN)
    words += _spelled(options.gateway, GATEWAY)
    words += [f"--upload-reports={options.reports}"] if options.reports else []
    words += ["-k", options.keyword] if options.keyword else []
    words += ["-m", options.marks] if options.marks else []
    return words + (["-p", "xdist.plugin", "-n", options.workers] if options.workers else [])


def _spelled(values: LiveOptions | Through, declared: Sequence[Option]) -> list[str]:
    """The declared options among ``values`` as the plugin spells them."""
    words = []
    for option in declared:
        value = getattr(values, option.key, None)
        many = value if isinstance(value, tuple) else () if value is None else (value,)
        words += [f"--upload-{option.name}={each}" for each in many]
    return words


def run_cases(
    words: Sequence[str], paths: tuple[Path, ...], loaded: Loaded, *, as_json: bool, show: bool = False
) -> int:
    """Run the cases of ``loaded`` (the matrices at ``paths``) and write the report; the exit code.

    ``show`` opens its page.

    Raises ConfigurationError when ``words`` (``-k``, ``-m``) select no case.
    """
    guest = _Guest(paths, loaded)
    stream = sys.stderr if as_json else sys.stdout
    status = _pytest(words, stream, guest, RunDisplay(stream, os.environ))
    if status == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    if status == pytest.ExitCode.NO_TESTS_COLLECTED:
        chosen = " ".join(
            f"{word} {value!r}" for word, value in itertools.pairwise(words) if word in ("-k", "-m")
        )
        raise ConfigurationError(f"{chosen}: no case matches; `upload-matrix cases` lists them")
    coordinator = guest.coordinator
    if as_json and coordinator is not None and coordinator.run is not None:
        sys.stdout.writelines(chunks(coordinator.run))
    pages = () if coordinator is None or not show else coordinator.written
    for said in filter(None, (open_page(path) for path in pages if path.suffix == f".{PAGE}")):
        say(said)
    return exit_status(int(status), coordinator)


def selected(words: Sequence[str], paths: tuple[Path, ...], loaded: Loaded) -> frozenset[str] | int:
    """Ids of the cases that ``words`` (``-k``, ``-m``) select; an exit code when pytest refuses them."""
    guest = _Guest(paths, loaded)
    # Its list of cases is no answer to anything; what is wrong with the words stands on standard error.
    listed = io.StringIO()
    status = _pytest(["--collect-only", "-qqq", *words], listed, guest)
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        sys.stderr.write("" if status == pytest.ExitCode.USAGE_ERROR else listed.getvalue())
        return exit_status(int(status), None)
    return frozenset(guest.collected)


def exit_status(status: int, coordinator: Coordinator | None) -> int:
    """The command's exit code for pytest's: the verdicts decide wherever pytest got to the cases."""
    if status == pytest.ExitCode.INTERRUPTED:
        return Exit.INTERRUPTED
    if status == pytest.ExitCode.USAGE_ERROR:
        return Exit.USAGE
    if status == pytest.ExitCode.INTERNAL_ERROR or coordinator is None or coordinator.run is None:
        return Exit.UNRESOLVED
    verdicts = coordinator.exit_code
    # A test that failed outside its case (a fixture, a worker that died) is ours, and unresolved.
    return Exit.UNRESOLVED if status == pytest.ExitCode.TESTS_FAILED and verdicts == 0 else verdicts


def _pytest(words: Sequence[str], stream: TextIO, *plugins: object) -> int:
    folder = Path(suite.__file__).parent
    arguments = [
        "-c", str(folder / "pytest.ini"), f"--rootdir={Path.cwd()}", "-p", "no:cacheprovider",
        "--disable-plugin-autoload", "-p", "pytest_recording.plugin",
        "-p", "upload_matrix.pytest_plugin.hooks",
        "-q", "--no-header", "-rN",
        *_QUIET[moves(stream, os.environ)], str(folder / "test_uploads.py"), *words,
    ]  # fmt: skip
    # Raw, because pytest has colours of its own; the plugin makes safe what it hands to pytest.
    # What it says of a wrong option goes through ours.
    uncoloured = cast("TextIO", Plain(sys.stderr))
    with (
        contextlib.redirect_stdout(raw(stream)),
        contextlib.redirect_stderr(uncoloured),
        _without_the_users_own_options(),
    ):
        return pytest.main(arguments, plugins=plugins)


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
