"""What ``upload-matrix sweep`` does: plan, measure (going on where it was interrupted), judge, write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from upload_matrix.cli.sweep_finish import UNRESOLVED, Finished, finish
from upload_matrix.cli.sweep_live import ask_all, asking_of, needs_of, needs_word
from upload_matrix.cli.sweep_measure import measure
from upload_matrix.cli.sweep_options import SweepOptions
from upload_matrix.cli.sweep_plan import baseline_of, outlook_of, plan_of
from upload_matrix.cli.sweep_settings import policy_of, settings_of, surveys_of
from upload_matrix.cli.sweep_telling import Teller
from upload_matrix.environments.store import EnvironmentStore
from upload_matrix.files import read_text
from upload_matrix.judge.certainty import missing
from upload_matrix.judge.needs import Needs
from upload_matrix.judge.outlook import Outlook
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.model.sweep import Sweep
from upload_matrix.report import plan_json, plan_text, registry, sweep_json
from upload_matrix.run.asking import check_keys, replaying
from upload_matrix.run.crew import Cluster
from upload_matrix.run.crew_dask import connected
from upload_matrix.run.loading import Request, load
from upload_matrix.run.sweep import Progress, spot_checked


def run(options: SweepOptions, teller: Teller, show: Callable[[str], None], width: int) -> Finished:
    """Carry a sweep out. ``teller`` is told how it goes; ``show`` is given what is known beforehand.

    Raises ConfigurationError for what the user can mend, and ReleasesError when no list of releases can
    be had.
    """
    if options.scheduler is None:
        return _run(options, teller, show, width, None)
    with connected(options.scheduler, options.workers) as cluster:
        return _run(options, teller, show, width, cluster)


def _run(
    options: SweepOptions, teller: Teller, show: Callable[[str], None], width: int, cluster: Cluster | None
) -> Finished:
    registry.check_name(options.name)
    baseline = baseline_of(options)
    paths = tuple(Path(path) for path in options.matrices or ("matrix",))
    loaded = load(Request(paths, options.max_cases, options.target))
    store = EnvironmentStore(offline=options.offline)
    plan, notes = plan_of(options, loaded.cases, store)
    policy = policy_of(options)
    asking = asking_of(plan, loaded, policy)
    waits = needs_word(asking)
    if waits and not options.plan:
        live = [target for target, each in asking.items() if each.may_ask]
        check_keys(settings_of(options, loaded, store, policy, plan.way), live)
    # Where an answer may cost something, capturing comes first, and reads recordings only.
    free = replaying(policy) if waits or (options.plan and policy.recording) else policy
    survey_of = surveys_of(options, loaded, plan, store, free, cluster)
    # The machines of a cluster build their own environments.
    ahead = store if cluster is None else None
    progress = Progress(plan)
    kept = store.root / "sweeps" / f"{plan.key()}.json"
    if kept.is_file() and not options.fresh:
        progress.resume(_earlier(kept, again=not waits))
        teller.line(f"going on with an interrupted sweep: {len(progress.results)} releases are measured")

    def measure_all(tell: bool, kept: Path | None = kept) -> None:
        measure(progress, survey_of(plan.way), ahead, teller, kept, tell_changes=tell)

    if options.plan:
        outlook = outlook_of(progress, baseline, store, elsewhere=cluster is not None)
        for line in plan_text.outlook_lines(outlook):
            show(line)
        teller.line("capturing what is sent; nobody is asked")
        measure_all(False, None)
        return _looked(outlook, needs_of(progress, asking, baseline), progress.sweep())
    teller.line(
        f"{len(plan.releases)} releases of {plan.distribution}, {len(plan.variants)} variants, "
        + ("every release" if plan.guard is None else f"by halving, every {options.guard}th anyway")
    )
    if waits:
        settings = settings_of(options, loaded, store, policy, plan.way)
        notes += ask_all(options, settings, progress, asking, baseline, teller, measure_all)
    else:
        measure_all(True)
    notes += spot_checked(progress, survey_of, ahead, options.spot_check)
    kept.unlink(missing_ok=True)
    return finish(options, progress.sweep(notes), baseline, width)


def _looked(outlook: Outlook, found: Needs, captured: Sweep) -> Finished:
    # That nobody has answered yet is what a plan is for.
    lacking = replace(missing(captured), untried=0, unread=0)
    lines = [
        *plan_text.needs_lines(found, lacking),
        "nothing was asked or written; leave out --plan to go on",
    ]
    code = UNRESOLVED if lacking else 0
    return Finished("\n".join(lines), code, iter([plan_json.dump(outlook, found, lacking)]))


def _earlier(path: Path, *, again: bool) -> Sweep:
    """What an interrupted sweep had measured, without releases of which it could find out nothing.

    ``again`` also leaves out what nobody answered, to be tried anew.
    """
    sweep = sweep_json.load(read_text(path), str(path))
    known = {name: result for name, result in sweep.results.items() if result.signatures()}
    if again:
        known = {
            name: result
            for name, result in known.items()
            if all(cell.outcome.kind is not OutcomeKind.UNRECORDED for cell in result.cells.values())
        }
    return replace(sweep, results=known)
