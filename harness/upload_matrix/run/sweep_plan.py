"""From the options of a sweep to its plan (releases, variants, baseline) and the settings of its sessions."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from upload_matrix.answers.answering import Policy, recorded_folders
from upload_matrix.environments.kept import Blueprint, Way
from upload_matrix.environments.releases import LeftOut, select
from upload_matrix.environments.store import EnvironmentStore
from upload_matrix.files import read_text
from upload_matrix.judge.needs import Outlook
from upload_matrix.model.case import NODE, Case
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.price import parse_money
from upload_matrix.model.sweep import Guard, Release, Sweep
from upload_matrix.recordings import RecordMode
from upload_matrix.report import sweep_json
from upload_matrix.report.wording import plural
from upload_matrix.run import loading
from upload_matrix.run.cluster import Cluster, ClusterExecutor, Workers
from upload_matrix.run.collect import PRICES
from upload_matrix.run.environments import SDK, locator
from upload_matrix.run.loading import Loaded
from upload_matrix.run.measure import Executor, ThreadExecutor
from upload_matrix.run.session import Settings, client
from upload_matrix.run.sweep import Progress, SweepPlan, shard
from upload_matrix.spending import Ledger, LedgerAccount
from upload_matrix.spending.tables import load_prices
from upload_matrix.targets.sending import Live


@dataclass(frozen=True, slots=True)
class SweepOptions:
    """What the user gave; ``upload_matrix.cli.sweep`` says what each option means and its default."""

    matrices: tuple[str, ...]
    specs: tuple[str, ...]
    distribution: str | None
    python: str
    strategy: str | None
    guard: int
    deps: str
    spot_check: int
    pre: bool
    yanked: bool
    offline: bool
    workers: int | None
    scheduler: str | None
    part: str | None
    fresh: bool
    baseline: str | None
    fail_on: str
    update_baseline: bool
    target: str | None
    record_mode: str
    disable_recording: bool
    plan: bool
    yes: bool
    cassettes: str | None
    reports: str | None
    name: str
    max_cases: int
    mime_tables: tuple[str, ...]
    budget: str | None = None
    max_calls: int | None = None
    unknown_price: str | None = None
    ledger: str | None = None


BISECT_OVER = 12
"""Releases from which on not every one is measured by default."""


def baseline_of(options: SweepOptions) -> Sweep | None:
    """The sweep to judge against; None when there is none, or when it is to be made.

    Raises ConfigurationError when the file is missing or no sweep.
    """
    if options.baseline is None:
        if options.update_baseline:
            raise ConfigurationError("--update-baseline writes to --baseline FILE; name the file")
        return None
    path = Path(options.baseline)
    if path.is_file():
        return sweep_json.load(read_text(path), options.baseline)
    if options.update_baseline:
        return None
    raise ConfigurationError(
        f"--baseline {options.baseline}: no such file; make it with --update-baseline once"
    )


def distribution_of(wanted: str | None, loaded: Loaded) -> tuple[str, Loaded]:
    """The SDK that is swept, and what of the matrices is made with it.

    Those are the variants of its own clients and of clients that are no SDK, which run beside it. Where
    ``wanted`` names none, it is the clients' own. Raises ConfigurationError when that leaves a choice, or
    nothing.
    """
    names = dict.fromkeys(client(case) for case in loaded.cases)
    # What npm has is no release of a Python package, whatever its name.
    own = {name: loaded.clients[name].sdk for name in names if loaded.clients[name].runtime != NODE}
    there = list(dict.fromkeys(sdk for sdk in own.values() if sdk is not None))
    if wanted is None and len(there) > 1:
        raise ConfigurationError(
            f"the matrices' clients are of several SDKs; say which one to sweep: --distribution {there[0]} "
            f"(or {', '.join(there[1:])})"
        )
    chosen = wanted or next(iter(there), SDK)
    if chosen != SDK and chosen not in there:
        raise ConfigurationError(
            f"--distribution {chosen}: no client of the matrices is made of it"
            + (f"; theirs are {', '.join(there)}" if there else "")
        )
    taken = {name for name, sdk in own.items() if sdk in (None, chosen)}
    matrices = tuple(
        replace(matrix, cases=tuple(case for case in matrix.cases if client(case) in taken))
        for matrix in loaded.matrices
    )
    clients = {name: replace(each, sdk=each.sdk or chosen) for name, each in loaded.clients.items()}
    return chosen, replace(loaded, matrices=matrices, clients=clients)


def plan_of(
    options: SweepOptions, distribution: str, cases: Iterable[Case], store: EnvironmentStore
) -> tuple[SweepPlan, tuple[str, ...]]:
    """The plan, and sentences about it for the report.

    Raises ConfigurationError when an option fits nothing, and ReleasesError when no list of releases can
    be had.
    """
    if options.guard < 1:
        raise ConfigurationError(f"--guard {options.guard}: give the distance of releases, 1 or more")
    interpreter = store.interpreters.find(options.python)
    selection = select(
        options.specs or ("all",),
        store.releases.releases(distribution),
        python=interpreter.version,
        pre=options.pre,
        yanked=options.yanked,
    )
    releases = tuple(Release(item.version, item.date, item.yanked) for item in selection.chosen)
    if not releases:
        raise ConfigurationError(
            f"no release of {distribution} is left to measure with Python {interpreter.version}: "
            + "; ".join(f"{item.release.version}: {item.reason}" for item in selection.left_out[:5])
        )
    bisecting = options.strategy == "bisect" or (options.strategy is None and len(releases) > BISECT_OVER)
    own = None
    if options.part is not None:
        if options.strategy == "bisect":
            raise ConfigurationError(
                "--shard goes with --strategy all: what to halve depends on all releases"
            )
        bisecting = False
        own = _part(options.part, [release.name for release in releases])
    notes = [f"dependencies: {options.deps}", f"Python {interpreter.version}"]
    if selection.left_out:
        notes.append(
            f"{plural(len(selection.left_out), 'release')} left out: {_left_out(selection.left_out)}"
        )
    plan = SweepPlan(
        distribution=distribution,
        releases=releases,
        variants=tuple(case for case in cases if "sdk" not in case.axes),
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


def outlook_of(
    progress: Progress, baseline: Sweep | None, store: EnvironmentStore, *, elsewhere: bool
) -> Outlook:
    """What the sweep would do, by what is kept and measured already. Builds nothing.

    ``elsewhere`` says that the machines of a cluster build the environments.
    """
    plan = progress.plan
    names = [release.name for release in plan.releases if plan.own is None or release.name in plan.own]
    first = names if plan.guard is None else [names[index] for index in plan.guard.points(len(names))]
    python = store.interpreters.find(plan.python).version
    kept = None
    # A real environment is of its day: one that is kept from yesterday is built anew.
    if plan.way is not Way.REAL and not elsewhere:
        there = {
            entry.what
            for entry in store.list()
            if entry.complete and entry.way is plan.way and entry.python == python
        }
        kept = sum(Blueprint(plan.python, name, plan.way, plan.distribution).what in there for name in first)
    known = None if baseline is None else [name for name in names if name in baseline.results]
    return Outlook(
        distribution=plan.distribution,
        python=python,
        way=plan.way.value,
        releases=len(names),
        first=len(first),
        variants=len(plan.variants),
        kept=kept,
        elsewhere=elsewhere,
        resume=len(progress.results),
        known=None if known is None else len(known),
        new=None if known is None else tuple(name for name in names if name not in known),
    )


def _left_out(items: Sequence[LeftOut]) -> str:
    reasons: dict[str, int] = {}
    for item in items:
        reasons[item.reason] = reasons.get(item.reason, 0) + 1
    return ", ".join(f"{number} {reason}" for reason, number in sorted(reasons.items()))


def _part(text: str, names: list[str]) -> frozenset[str]:
    number, slash, of = text.partition("/")
    if not slash or not number.isdigit() or not of.isdigit() or not 1 <= int(number) <= int(of):
        raise ConfigurationError(f"--shard {text}: give I/N, as 2/5, with I from 1 to N")
    return shard(names, int(number), int(of))


def policy_of(options: SweepOptions) -> Policy:
    """How answers are come by."""
    cassettes = Path(options.cassettes or "cassettes")
    return Policy(
        cassettes=cassettes,
        mode=RecordMode(options.record_mode),
        today=datetime.now(tz=UTC).date(),
        recording=not options.disable_recording,
        # As it was when the sweep began: mode `once` must not change its mind half-way.
        recorded=recorded_folders(cassettes),
    )


@contextmanager
def limited(options: SweepOptions, loaded: Loaded) -> Iterator[Live]:
    """How a sweep asks live servers: within the limits it is given, and in the books.

    Raises ConfigurationError for an amount that is none, and for a price table or books that are at fault.
    """
    budget, unknown = (
        None if text is None else parse_money(text, name)
        for text, name in ((options.budget, "--budget"), (options.unknown_price, "--unknown-price"))
    )
    prices = load_prices([folder / PRICES for folder in loaded.folders])
    with Ledger(None if options.ledger is None else Path(options.ledger).absolute()) as ledger:
        run = ledger.open_run(
            budget=budget, max_calls=options.max_calls, unknown_price_as=unknown, label="sweep"
        )
        yield Live(account=LedgerAccount(ledger, run), prices=prices)


def settings_of(
    options: SweepOptions,
    loaded: Loaded,
    store: EnvironmentStore,
    policy: Policy,
    way: Way,
    live: Live | None = None,
) -> Settings:
    """The settings of sessions whose environments are built the given way; ``live`` is for what asks."""
    tables = loading.mime_tables(options.mime_tables, Path.cwd())
    settings = loading.settings_of((loaded,), policy, tables=tables, live=live or Live())
    # The spot check's environments have probes of their own, and so check this too.
    return replace(settings, locate=locator(store, way), one_probe=way is Way.OVERLAY)


def executors_of(
    options: SweepOptions,
    loaded: Loaded,
    plan: SweepPlan,
    store: EnvironmentStore,
    policy: Policy,
    cluster: Cluster | None = None,
) -> Callable[[Way], Executor]:
    """A function that makes the executor of a sweep for environments built a certain way.

    With a ``cluster`` it measures there, else in threads of this process.
    """
    workers = options.workers or os.cpu_count() or 1

    def executor(way: Way) -> Executor:
        settings = settings_of(options, loaded, store, policy, way)
        if cluster is not None:
            version = store.interpreters.find(plan.python).version
            measuring = Workers(plan.python, version, way, options.offline)
            return ClusterExecutor(settings, plan.variants, measuring, cluster)
        return ThreadExecutor(settings, plan.variants, python=plan.python, workers=workers)

    return executor
