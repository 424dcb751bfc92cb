"""What ``run`` and ``record`` do: ask live servers first, where that is wanted, then run in pytest."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click

from upload_matrix.cli.live_options import LiveOptions
from upload_matrix.cli.pytest_run import run_cases, selected
from upload_matrix.cli.recording import BUDGET_EXIT, cassettes_of, is_live, paths_of, prepared, request_of
from upload_matrix.cli.through_options import Through, announce
from upload_matrix.model.case import Case
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.run.loading import Loaded, Request, asks_auto, kept_model, load

REPLAY = "none"


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
    through: str | None = None
    behind_port: int | None = None
    through_key_env: str | None = None

    @property
    def gateway(self) -> Through:
        """The options of a gateway in between."""
        return Through(self.through, self.behind_port, self.through_key_env)

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> RunOptions:
        """From click's values."""
        names = {field.name for field in dataclasses.fields(LiveOptions)}
        live = LiveOptions(**{name: value for name, value in given.items() if name in names})
        return cls(live=live, **{name: value for name, value in given.items() if name not in names})


def run(options: RunOptions, *, always_plan: bool = False) -> int:
    """Carry it out; the exit code. ``always_plan`` shows the plan even where nothing costs anything.

    Raises ConfigurationError.
    """
    paths = paths_of(options.matrices)
    request = request_of(options.live, paths)
    loaded = load(request)
    # Before pytest reads them, whose messages speak of switches that nobody typed.
    options.live.tables(), options.live.limits()
    words = _words(options, request)
    asks = options.live.record_mode != REPLAY and not options.disable_recording
    gateway = options.gateway.spec()
    if gateway is not None:
        announce(gateway, loaded, partial(click.echo, err=True))
    if asks and (always_plan or is_live(loaded)):
        return _ask_then_run(options, request, loaded, words)
    if options.disable_recording and is_live(loaded) and options.live.record_mode == REPLAY:
        _refuse_unplanned(loaded)
    words += [f"--record-mode={options.live.record_mode}", *_limits(options.live)]
    words += ["--disable-recording"] if options.disable_recording else []
    return run_cases(words, paths, _replayed(options, request, loaded), as_json=options.as_json)


def _ask_then_run(options: RunOptions, request: Request, loaded: Loaded, words: list[str]) -> int:
    def say(line: str) -> None:
        click.echo(line, err=True)

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
            dry_run=options.dry_run,
            select=select,
            through=options.gateway.spec(),
        ) as done,
    ):
        if done is None:
            return 0
        words += [f"--record-mode={REPLAY}", f"--upload-answers={done.answers}"]
        if done.stopped is not None:
            say(done.stopped)
        status = run_cases(
            words, request.paths, _replayed(options, request, done.loaded), as_json=options.as_json
        )
        return BUDGET_EXIT if done.stopped is not None else status


def _replayed(options: RunOptions, request: Request, loaded: Loaded) -> Loaded:
    """The matrices as they are run: each case as often as asked, its model the one that was recorded."""
    if options.live.repeat == 1 and not any(map(asks_auto, loaded.cases)):
        return loaded
    kept = partial(kept_model, cassettes_of(options.live))
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
    words += [f"--upload-mime-table={table}" for table in live.mime_tables]
    words += [f"--upload-report={options.name}", f"--upload-formats={options.formats}"]
    words += [f"--upload-max-cases={live.max_cases}", f"--upload-repeat={live.repeat}"]
    if live.base_url is not None:
        # A replay asks for no key; that there is one was checked when the target was made.
        words += [f"--upload-base-url={live.base_url}", f"--upload-key-env={live.key_env or 'NO_KEY'}"]
    words += [f"--upload-target={request.target}"] if request.target and live.base_url is None else []
    words += [f"--upload-cassettes={live.cassettes}"] if live.cassettes else []
    words += [f"--upload-reports={options.reports}"] if options.reports else []
    words += [f"--upload-control={case}" for case in live.controls]
    words += ["-k", options.keyword] if options.keyword else []
    words += ["-m", options.marks] if options.marks else []
    words += ["-p", "xdist.plugin", "-n", options.workers] if options.workers else []
    return words + options.gateway.words()


def _limits(live: LiveOptions) -> list[str]:
    words = [f"--upload-budget={live.budget}"] if live.budget is not None else []
    words += [f"--upload-max-calls={live.max_calls}"] if live.max_calls is not None else []
    words += [f"--upload-unknown-price={live.unknown_price}"] if live.unknown_price is not None else []
    return words + ([f"--upload-ledger={live.ledger}"] if live.ledger is not None else [])
