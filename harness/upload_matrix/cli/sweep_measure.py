"""Measuring for ``upload-matrix sweep``: what is done goes to disk now and then, and is told as it goes."""

from __future__ import annotations

from pathlib import Path

from upload_matrix.cli.sweep_telling import Teller
from upload_matrix.environments.store import EnvironmentStore
from upload_matrix.judge.history import ChangePoint, history
from upload_matrix.model.sweep import ReleaseResult
from upload_matrix.report import registry, sweep_json
from upload_matrix.run.survey import Surveying
from upload_matrix.run.sweep import Progress, run_sweep

_EVERY = 10
"""Releases after which what was measured is put on disk, and changes are counted."""


def measure(
    progress: Progress,
    survey: Surveying,
    store: EnvironmentStore | None,
    teller: Teller,
    kept: Path | None = None,
    *,
    tell_changes: bool = True,
) -> None:
    """Measure until nothing is left to find, into ``progress``.

    ``store`` is as in ``run_sweep``. With ``kept``, what is done is put there now and then, and in any
    case when it ends early. ``tell_changes`` False only counts changes: before answers are there, half of
    each would be missing.
    """
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
    seen = changes = 0
    told: set[tuple[str, str]] = set()

    def release_done(result: ReleaseResult, left: int) -> None:
        nonlocal seen, changes
        seen += 1
        if left == 0 or seen % _EVERY == 0:
            if kept is not None:
                _save(progress, kept)
            found = history(progress.sweep()).changes
            changes = len(found)
            for change in found:
                place = (change.before, change.after)
                if tell_changes and place not in told and _is_exact(progress, change):
                    told.add(place)
                    teller.change(change)
        release = f"{progress.plan.distribution} {result.release}"
        teller.measured(release, left, changes, known=bool(result.signatures()))

    try:
        with survey:
            run_sweep(progress, survey, store, release_done, teller.ready)
    except BaseException:
        if progress.results and kept is not None:
            _save(progress, kept)
            teller.line("interrupted; the same command goes on from here")
        raise
    finally:
        teller.pause()


def _is_exact(progress: Progress, change: ChangePoint) -> bool:
    """Whether every release between the two was tried: before that, halving will still narrow it."""
    names = [release.name for release in progress.plan.releases]
    between = names[names.index(change.before) + 1 : names.index(change.after)]
    return all(name in progress.results for name in between)


def _save(progress: Progress, path: Path) -> None:
    registry.write_text(path, sweep_json.chunks(progress.sweep()))
