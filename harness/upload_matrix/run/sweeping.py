"""What ``upload-matrix sweep`` does: plan, measure (going on where it was interrupted), judge, write.

Only targets that may cost something need agreement before they are asked: then what is sent is captured for
free, what would be asked is said, and only then asked. Emulated and recorded answers never wait.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from upload_matrix.answers.answering import Policy
from upload_matrix.environments.store import EnvironmentStore
from upload_matrix.files import read_text
from upload_matrix.judge.bisect import missing
from upload_matrix.judge.compare import FailOn
from upload_matrix.judge.gate import gate
from upload_matrix.judge.history import ChangePoint, history
from upload_matrix.judge.needs import Asking, Needs, Outlook, needs
from upload_matrix.model.errors import ConfigurationError, Exit
from upload_matrix.model.outcome import UNRESOLVED, OutcomeKind
from upload_matrix.model.plan import CallRecord
from upload_matrix.model.sweep import NPM, ReleaseResult, Sweep
from upload_matrix.recordings import RecordMode
from upload_matrix.report import (
    gate_report,
    html_report,
    plan_report,
    registry,
    sweep_json,
    sweep_report,
)
from upload_matrix.report.costs import so_far
from upload_matrix.report.document import markdown, terminal
from upload_matrix.report.streams import agreed
from upload_matrix.report.wording import plural
from upload_matrix.run import asking
from upload_matrix.run.cluster import Cluster
from upload_matrix.run.dask import connected
from upload_matrix.run.loading import Loaded, Request, load
from upload_matrix.run.measure import Executor
from upload_matrix.run.session import Settings
from upload_matrix.run.sweep import Progress, SweepPlan, run_sweep, spot_checked
from upload_matrix.run.sweep_display import SweepDisplay
from upload_matrix.run.sweep_plan import (
    SweepOptions,
    baseline_of,
    executors_of,
    limited,
    outlook_of,
    plan_of,
    policy_of,
    settings_of,
    swept_of,
)


@dataclass(frozen=True, slots=True)
class Finished:
    """What is to be printed (``json`` with ``--json``, else ``text``) and the command's exit code.

    ``page`` is the one to open: the gate's, where there is a gate; None where none was written.
    """

    text: str
    exit_code: int
    json: Iterator[str]
    page: Path | None = None


def run(options: SweepOptions, display: SweepDisplay, show: Callable[[str], None], width: int) -> Finished:
    """Carry a sweep out. ``display`` is told how it goes; ``show`` is given what is known beforehand.

    Raises ConfigurationError for what the user can fix, and ReleasesError when no list of releases can
    be had.
    """
    if options.scheduler is None:
        return _run(options, display, show, width, None)
    with connected(options.scheduler, options.workers) as cluster:
        return _run(options, display, show, width, cluster)


def _run(
    options: SweepOptions,
    display: SweepDisplay,
    show: Callable[[str], None],
    width: int,
    cluster: Cluster | None,
) -> Finished:
    registry.check_name(options.name)
    baseline = baseline_of(options)
    paths = tuple(Path(path) for path in options.matrices or ("matrix",))
    loaded = load(Request(paths, options.max_cases, options.target))
    store = EnvironmentStore(offline=options.offline)
    swept = swept_of(options, loaded)
    loaded = swept.loaded
    plan, notes = plan_of(options, swept, store)
    if cluster is not None and plan.distribution.startswith(NPM):
        raise ConfigurationError("--scheduler measures packages of Python alone; leave it out for npm's")
    policy = policy_of(options)
    asked = asking_of(plan, loaded, policy)
    waits = any(each.may_ask and not each.free for each in asked.values())
    if waits and not options.plan:
        live = [target for target, each in asked.items() if each.may_ask]
        asking.check_keys(settings_of(options, loaded, store, policy, plan), live)
    # Where an answer may cost something, capturing comes first, and reads recordings only.
    free = asking.replaying(policy) if waits or (options.plan and policy.recording) else policy
    executor_of = executors_of(options, loaded, plan, store, free, cluster)
    # The machines of a cluster build their own environments.
    ahead = store if cluster is None else None
    progress = Progress(plan)
    kept = store.root / "sweeps" / f"{plan.key()}.json"
    if kept.is_file() and not options.fresh:
        progress.resume(_earlier(kept, again=not waits))
        display.line(f"going on with an interrupted sweep: {len(progress.results)} releases are measured")

    def needed(already: frozenset[asking.Key] = frozenset()) -> Needs:
        targets = {case.id: case.target for case in plan.variants}
        return needs(progress.sweep(), targets, asked, asked=already, baseline=baseline)

    def measure_all(tell: bool, kept: Path | None = kept) -> None:
        measure(progress, executor_of(plan.way), ahead, display, kept, tell_changes=tell)

    if options.plan:
        outlook = outlook_of(progress, baseline, store, elsewhere=cluster is not None)
        for line in plan_report.outlook_lines(outlook):
            show(line)
        display.line("capturing what is sent; nobody is asked")
        measure_all(False, None)
        return _looked(outlook, needed(), progress.sweep())
    display.line(
        f"{len(plan.releases)} releases of {plan.distribution}, {len(plan.variants)} variants, "
        + ("every release" if plan.guard is None else f"by halving, every {options.guard}th anyway")
    )
    stopped = None
    if waits:
        with limited(options, loaded) as limits:
            settings = settings_of(options, loaded, store, policy, plan, live=limits)
            asked_notes, stopped = ask_all(options, settings, progress, needed, display, measure_all)
        notes += asked_notes
    else:
        measure_all(True)
    notes += spot_checked(progress, executor_of, ahead, options.spot_check)
    kept.unlink(missing_ok=True)
    done = finish(options, progress.sweep(notes), baseline, width)
    if stopped is None:
        return done
    return replace(done, text=f"{stopped}\n{done.text}", exit_code=Exit.BUDGET)


def _looked(outlook: Outlook, found: Needs, captured: Sweep) -> Finished:
    # That nobody has answered yet is what a plan is for.
    lacking = replace(missing(captured), untried=0, unread=0)
    lines = [
        *plan_report.needs_lines(found, lacking),
        "nothing was asked or written; leave out --plan to go on",
    ]
    code = Exit.UNRESOLVED if lacking else Exit.OK
    return Finished("\n".join(lines), code, iter([plan_report.dump(outlook, found, lacking)]))


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


def asking_of(plan: SweepPlan, loaded: Loaded, policy: Policy) -> Mapping[str, Asking]:
    """What each target of the sweep may be asked for.

    Raises ConfigurationError for a live target without recordings: every cell would be a call.
    """
    found = {}
    for target in dict.fromkeys(case.target for case in plan.variants):
        free = asking.is_free(target, loaded.targets)
        if not free and not policy.recording:
            raise ConfigurationError(
                f"--disable-recording with the target {target} would ask it once for every cell; leave it "
                "out, so that each distinct request is asked for once and its answer kept"
            )
        found[target] = Asking(asking.may_ask(target, policy), policy.mode.asks_anew, free)
    return found


def ask_all(
    options: SweepOptions,
    settings: Settings,
    progress: Progress,
    needed: Callable[[frozenset[asking.Key]], Needs],
    display: SweepDisplay,
    measure: Callable[[bool], None],
) -> tuple[tuple[str, ...], str | None]:
    """Capture, ask, and read the answers, until nothing is wanted or a limit ends it.

    Gives sentences for the report, and the one that says which limit it was, None for none.

    Halving may come to further releases once it knows the answers, and these send further forms: they are
    a plan of their own. ``needed`` says what is left to ask, without what was asked already; ``measure`` is
    told whether to show changes.
    """
    notes: list[str] = []
    already: set[asking.Key] = set()
    calls: list[CallRecord] = []
    settings = replace(settings, live=replace(settings.live, told=calls.append))

    def told(asked: asking.AskedLive) -> None:
        said = (plan_report.asked_line(asked.wanted, asked.outcome), so_far(calls))
        display.line(f"  asked {', '.join(filter(None, said))}")

    measure(False)
    while (found := needed(frozenset(already))).wanted:
        if not approved(options, found, display):
            notes.append(f"{len(found.wanted)} answers were not asked for, as nobody wanted them")
            break
        done, limit = asking.ask(
            settings,
            progress.plan.variants,
            progress.plan.python,
            found.wanted,
            told,
        )
        already.update((each.wanted.wire, each.wanted.target) for each in done)
        notes += [
            f"asked in vain: {plan_report.asked_line(each.wanted, each.outcome)}"
            for each in done
            if each.outcome.kind in UNRESOLVED
        ]
        asking.take_answers(progress, done)
        measure(True)
        if limit is not None:
            wanted = plural(len(found.wanted), "answer")
            left = len(found.wanted) - len(done)
            stopped = f"stopped by the budget: {left} of {wanted} not asked for: {limit}"
            return (*notes, stopped), stopped
    return tuple(notes), None


def approved(options: SweepOptions, found: Needs, display: SweepDisplay) -> bool:
    """Say what would be asked, and whether it may be.

    Raises ConfigurationError when that takes agreement and there is no terminal.
    """
    for line in plan_report.needs_lines(found):
        display.line(line)
    if not found.paid or options.yes:
        return True
    calls = sum(each.to_ask for each in found.paid)
    names = ", ".join(each.target for each in found.paid)
    return agreed(
        f"{plural(calls, 'call')} to {names}",
        f"ask for {calls}?",
        f"--yes asks; --plan only looks; --record-mode {RecordMode.NONE} asks nothing and shows new forms as "
        "unrecorded",
    )


_EVERY = 10
"""Releases after which what was measured is put on disk, and changes are counted."""


def measure(
    progress: Progress,
    executor: Executor,
    store: EnvironmentStore | None,
    display: SweepDisplay,
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
                    display.change(change)
        release = f"{progress.plan.distribution} {result.release}"
        display.measured(release, left, changes, known=bool(result.signatures()))

    try:
        with executor:
            run_sweep(progress, executor, store, release_done, display.ready)
    except BaseException:
        if progress.results and kept is not None:
            _save(progress, kept)
            display.line("interrupted; the same command goes on from here")
        raise
    finally:
        display.pause()


def _is_exact(progress: Progress, change: ChangePoint) -> bool:
    """Whether every release between the two was tried: before that, halving will still narrow it."""
    names = [release.name for release in progress.plan.releases]
    between = names[names.index(change.before) + 1 : names.index(change.after)]
    return all(name in progress.results for name in between)


def _save(progress: Progress, path: Path) -> None:
    registry.write_text(path, sweep_json.chunks(progress.sweep()))


def finish(options: SweepOptions, sweep: Sweep, baseline: Sweep | None, width: int) -> Finished:
    """Judge and write a sweep: ``NAME.json`` and ``NAME.md``, with a baseline ``NAME.gate.json`` and so on.

    ``width`` is in columns. Raises OSError when the disk says no.
    """
    folder = Path(options.reports or "reports")
    folder.mkdir(parents=True, exist_ok=True)
    report = sweep_report.readable(sweep)
    lines = [terminal(report, width)]
    lacking = missing(sweep)
    if options.part is not None and sweep.results:
        # The other releases are other shards' business.
        lacking = replace(lacking, untried=0)
    code: int = Exit.UNRESOLVED if lacking else Exit.OK
    written = [
        registry.write_text(folder / f"{options.name}.json", sweep_json.chunks(sweep)),
        registry.write_text(folder / f"{options.name}.md", (markdown(report),)),
    ]
    page = registry.write_text(folder / f"{options.name}.html", (html_report.sweep_page(sweep),))
    written.append(page)
    if baseline is not None:
        judged = replace(
            gate(baseline, sweep, fail_on=FailOn(options.fail_on)), baseline=_from_here(options.baseline)
        )
        verdict = gate_report.readable(judged)
        lines.insert(0, terminal(verdict, width))
        code = judged.exit_code
        written += [
            registry.write_text(folder / f"{options.name}.gate.json", gate_report.chunks(judged)),
            registry.write_text(folder / f"{options.name}.gate.md", (markdown(verdict),)),
        ]
        page = registry.write_text(folder / f"{options.name}.gate.html", html_report.gate_page(judged))
        written.append(page)
    if options.update_baseline and options.baseline is not None:
        if not sweep.counts.measured:
            lines.append(f"{options.baseline} stays as it is: this sweep could measure nothing")
        else:
            written.append(registry.write_text(Path(options.baseline), sweep_json.chunks(sweep)))
    lines += [f"wrote {path}" for path in written]
    return Finished("\n".join(lines), code, sweep_json.chunks(sweep), page)


def _from_here(name: str | None) -> str | None:
    """A file as a CI server names those of a repository: its path from here; None where it lies elsewhere."""
    if name is None:
        return None
    try:
        return Path(name).absolute().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return None
