"""What ``upload-matrix sweep`` does: plan, measure (going on where it was interrupted), judge, write."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from harness.analysis.gate import gate
from harness.analysis.history import history
from harness.engine.answering import Policy
from harness.engine.cassettes import RecordMode
from harness.engine.environment.blueprint import Way
from harness.engine.environment.selection import select
from harness.engine.environment.store import EnvironmentStore
from harness.model.errors import ConfigurationError
from harness.model.outcome import OutcomeKind
from harness.model.sweep import Guard, Release
from harness.plugin.options import mime_table
from harness.plugin.parametrize import Loaded, load
from harness.reports import registry, sweep_json, sweep_markdown, sweep_text
from harness.session.environments import SDK, locator
from harness.session.session import Settings
from harness.session.survey import Survey
from harness.session.sweep import Progress, SweepPlan, run_sweep, shard, spot_checked

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.model.sweep import Sweep

BISECT_OVER = 12
"""Releases from which on not every one is measured by default."""

_UNRESOLVED = frozenset({OutcomeKind.HARNESS_ERROR, OutcomeKind.UNRECORDED, OutcomeKind.INCONCLUSIVE})
_SAVE_EVERY = 10
"""Releases after which what was measured is put on disk."""


@dataclass(frozen=True, slots=True)
class SweepOptions:
    """The command's options, under their own names."""

    matrices: tuple[str, ...]
    specs: tuple[str, ...]
    python: str
    strategy: str | None
    guard: int
    deps: str
    spot_check: int
    pre: bool
    yanked: bool
    offline: bool
    workers: int | None
    part: str | None
    fresh: bool
    baseline: str | None
    update_baseline: bool
    target: str | None
    record_mode: str
    disable_recording: bool
    cassettes: str
    reports: str
    name: str
    max_cases: int
    mime_tables: tuple[str, ...]
    as_json: bool


@dataclass(frozen=True, slots=True)
class Finished:
    """A sweep with what is to be printed and the command's exit code."""

    sweep: Sweep
    text: str
    exit_code: int


def run(options: SweepOptions, say: Callable[[str], None]) -> Finished:
    """Carry a sweep out; ``say`` is given lines about how it goes.

    Raises ConfigurationError for what the user can mend, and ReleasesError when no list of releases can
    be had.
    """
    registry.check_name(options.name)
    if options.guard < 1:
        raise ConfigurationError(f"--guard {options.guard}: give the distance of releases, 1 or more")
    baseline = _baseline(options)
    loaded = load(
        tuple(Path(path) for path in options.matrices or ("matrix",)), options.max_cases, options.target
    )
    store = EnvironmentStore(offline=options.offline)
    plan, notes = _plan(options, loaded, store)
    survey_of = _surveys(options, loaded, plan, store)
    progress = Progress(plan)
    kept = store.root / "sweeps" / f"{plan.key()}.json"
    if kept.is_file() and not options.fresh:
        progress.resume(sweep_json.load(kept.read_text("utf-8"), str(kept)))
        say(f"going on with an interrupted sweep: {len(progress.results)} releases are measured")
    say(
        f"{len(plan.releases)} releases of {plan.distribution}, {len(plan.variants)} variants, "
        + ("every release" if plan.guard is None else f"by halving, every {options.guard}th anyway")
    )
    _measure(progress, survey_of(plan.way), store, kept, say)
    notes += spot_checked(progress, survey_of, store, options.spot_check)
    kept.unlink(missing_ok=True)
    sweep = progress.sweep(notes)
    return _finish(options, sweep, baseline)


def _baseline(options: SweepOptions) -> Sweep | None:
    if options.baseline is None:
        if options.update_baseline:
            raise ConfigurationError("--update-baseline writes to --baseline FILE; name the file")
        return None
    path = Path(options.baseline)
    if path.is_file():
        return sweep_json.load(path.read_text("utf-8"), options.baseline)
    if options.update_baseline:
        return None
    raise ConfigurationError(
        f"--baseline {options.baseline}: no such file; make it with --update-baseline once"
    )


def _plan(
    options: SweepOptions, loaded: Loaded, store: EnvironmentStore
) -> tuple[SweepPlan, tuple[str, ...]]:
    interpreter = store.interpreters.find(options.python)
    selection = select(
        options.specs or ("all",),
        store.releases.releases(SDK),
        python=interpreter.version,
        pre=options.pre,
        yanked=options.yanked,
    )
    releases = tuple(Release(item.version, item.date, item.yanked) for item in selection.chosen)
    if not releases:
        raise ConfigurationError(
            f"no release of {SDK} is left to measure with Python {interpreter.version}: "
            + "; ".join(f"{item.release.version}: {item.reason}" for item in selection.left_out[:5])
        )
    bisecting = options.strategy == "bisect" or (options.strategy is None and len(releases) > BISECT_OVER)
    own = None
    if options.part is not None:
        if bisecting and options.strategy == "bisect":
            raise ConfigurationError(
                "--shard goes with --strategy all: what to halve depends on all releases"
            )
        bisecting = False
        own = _part(options.part, [release.name for release in releases])
    notes = [f"dependencies: {options.deps}", f"Python {interpreter.version}"]
    if selection.left_out:
        notes.append(f"{len(selection.left_out)} releases left out: " + _left_out(selection.left_out))
    plan = SweepPlan(
        distribution=SDK,
        releases=releases,
        variants=tuple(case for case in loaded.cases if "sdk" not in case.axes),
        python=options.python,
        way=Way(options.deps),
        guard=Guard(every=options.guard) if bisecting else None,
        own=own,
    )
    if not plan.variants:
        raise ConfigurationError(
            "a sweep takes its releases from --sdk; leave the axis `sdk` out of the matrix"
        )
    return plan, tuple(notes)


def _left_out(items: tuple[object, ...]) -> str:
    reasons: dict[str, int] = {}
    for item in items:
        reason = getattr(item, "reason", "")
        reasons[reason] = reasons.get(reason, 0) + 1
    return ", ".join(f"{number} {reason}" for reason, number in sorted(reasons.items()))


def _part(text: str, names: list[str]) -> frozenset[str]:
    number, slash, of = text.partition("/")
    if not slash or not number.isdigit() or not of.isdigit() or not 1 <= int(number) <= int(of):
        raise ConfigurationError(f"--shard {text}: give I/N, as 2/5, with I from 1 to N")
    return shard(names, int(number), int(of))


def _surveys(
    options: SweepOptions, loaded: Loaded, plan: SweepPlan, store: EnvironmentStore
) -> Callable[[Way], Survey]:
    matrices = loaded.matrices
    tables = {name: path for matrix in matrices for name, path in matrix.mime_tables.items()}
    tables.update(mime_table(text, Path.cwd()) for text in options.mime_tables)
    workers = options.workers or os.cpu_count() or 1

    def survey(way: Way) -> Survey:
        settings = Settings(
            policy=Policy(
                cassettes=Path(options.cassettes),
                mode=RecordMode(options.record_mode),
                today=datetime.now(tz=UTC).date(),
                recording=not options.disable_recording,
            ),
            targets=loaded.targets,
            profiles=loaded.profiles,
            timeouts={matrix.name: matrix.timeout for matrix in matrices},
            tables=tables,
            images={name: path for matrix in matrices for name, path in matrix.images.items()},
            folders=loaded.folders,
            runtimes=loaded.runtimes,
            locate=locator(store, way),
        )
        return Survey(settings, plan.variants, python=plan.python, workers=workers)

    return survey


def _measure(
    progress: Progress, survey: Survey, store: EnvironmentStore, kept: Path, say: Callable[[str], None]
) -> None:
    """Measure, putting what is done on disk now and then, and in any case when it ends early."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    seen = 0
    known: set[tuple[str, str]] = set()

    def told(release: str, left: int) -> None:
        nonlocal seen
        seen += 1
        say(f"  {progress.plan.distribution} {release} measured, {left} left of this batch")
        if left == 0 or seen % _SAVE_EVERY == 0:
            _save(progress, kept)
        if left == 0:
            for change in history(progress.sweep()).changes:
                if (change.before, change.after) not in known:
                    known.add((change.before, change.after))
                    for line in sweep_text.change_lines(change):
                        say(f"  {line}")

    try:
        with survey:
            run_sweep(progress, survey, store, told)
    except BaseException:
        if progress.results:
            _save(progress, kept)
            say("interrupted; the same command goes on from here")
        raise


def _save(progress: Progress, path: Path) -> None:
    registry.write_text(path, sweep_json.chunks(progress.sweep()))


def _finish(options: SweepOptions, sweep: Sweep, baseline: Sweep | None) -> Finished:
    folder = Path(options.reports)
    folder.mkdir(parents=True, exist_ok=True)
    lines = [sweep_text.summary(sweep)]
    nothing = all(result.unavailable is not None for result in sweep.results.values())
    code = 3 if nothing or _unresolved(sweep) else 0
    if baseline is not None:
        judged = gate(baseline, sweep)
        lines.append(sweep_text.gate_summary(judged))
        code = judged.exit_code
    written = [
        registry.write_text(folder / f"{options.name}.json", sweep_json.chunks(sweep)),
        registry.write_text(folder / f"{options.name}.md", (sweep_markdown.render(sweep),)),
    ]
    if options.update_baseline and options.baseline is not None:
        written.append(registry.write_text(Path(options.baseline), sweep_json.chunks(sweep)))
    lines += [f"wrote {path}" for path in written]
    return Finished(sweep, "\n".join(lines), code)


def _unresolved(sweep: Sweep) -> bool:
    return any(
        cell.outcome.kind in _UNRESOLVED
        for result in sweep.results.values()
        for cell in result.cells.values()
    )
