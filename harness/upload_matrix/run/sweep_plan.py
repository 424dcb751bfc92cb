"""From the options of a sweep to its plan (releases, variants, baseline) and the settings of its sessions."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from upload_matrix.answers.answering import Policy, recorded_folders
from upload_matrix.environments.kept import Blueprint, Way
from upload_matrix.environments.releases import ALL, LeftOut, select
from upload_matrix.environments.store import EnvironmentStore
from upload_matrix.files import read_text
from upload_matrix.judge.needs import Outlook
from upload_matrix.matrix import Matrix
from upload_matrix.model.case import NODE
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.price import parse_money
from upload_matrix.model.sweep import NPM, Guard, Release, Scope, Sweep, package
from upload_matrix.recordings import RecordMode
from upload_matrix.report import sweep_json
from upload_matrix.report.wording import plural
from upload_matrix.run import loading
from upload_matrix.run.cluster import Cluster, ClusterExecutor, Workers
from upload_matrix.run.collect import PRICES
from upload_matrix.run.environments import SDK, installed_version, locator
from upload_matrix.run.loading import Loaded
from upload_matrix.run.measure import Executor, ThreadExecutor
from upload_matrix.run.session import Settings, client
from upload_matrix.run.sweep import Progress, SweepPlan, shard
from upload_matrix.spending import Ledger, LedgerAccount
from upload_matrix.spending.tables import load_prices
from upload_matrix.targets.sending import Live

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SweepOptions:
    """What the user gave; ``upload_matrix.cli.sweep`` says what each option means and its default."""

    matrices: tuple[str, ...]
    specs: tuple[str, ...]
    distribution: str | None
    beside: tuple[str, ...]
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
    headers: bool = False


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


def scope_of(options: SweepOptions, matrices: Sequence[Matrix]) -> Scope:
    """What the matrices and the options say together; an option goes before a file.

    What a file excludes holds in any case, unless another package is swept than the file's. Raises
    ConfigurationError when two files contradict each other.
    """
    told = [matrix for matrix in matrices if matrix.sweep != Scope()]
    wanted = options.distribution or _only(told, "distribution", lambda scope: scope.distribution)
    meant = [matrix for matrix in told if matrix.sweep.distribution in (None, wanted)]
    scopes = [matrix.sweep for matrix in meant]
    return Scope(
        distribution=wanted,
        releases=options.specs or _only(meant, "releases", lambda scope: scope.releases) or (ALL,),
        beside=options.beside or _only(meant, "beside", lambda scope: scope.beside) or (),
        before=min((scope.before for scope in scopes if scope.before is not None), default=None),
        exclude=tuple(each for scope in scopes for each in scope.exclude),
    )


def _only(matrices: Sequence[Matrix], key: str, of: Callable[[Scope], T]) -> T | None:
    """The one value that the files have of a key; None where none has any."""
    found = {of(matrix.sweep): matrix for matrix in matrices if of(matrix.sweep)}
    if len(found) > 1:
        raise ConfigurationError(
            f"{' and '.join(matrix.name for matrix in found.values())} say different things under "
            f"`sweep: {key}`; sweep one of them, or say it with an option"
        )
    return next(iter(found), None)


@dataclass(frozen=True, slots=True)
class Swept:
    """What is swept: ``distribution`` with the ``scope`` of its releases, by the variants that are left in
    ``loaded``. ``beside`` is installed with each release; ``since`` is the first that the client can drive,
    and why."""

    distribution: str
    loaded: Loaded
    scope: Scope
    beside: tuple[str, ...] = ()
    since: tuple[str, str] | None = None


def swept_of(options: SweepOptions, loaded: Loaded) -> Swept:
    """The package that is swept, and what of the matrices is made with it.

    Where one of the clients is that package, its variants are taken and those of clients that are no SDK,
    which run beside it. Where none is, it is a dependency: the clients that name it are taken (else all),
    each held to the release that is installed here, unless ``--with`` says another. Where nothing names a
    package, it is the clients' own. Raises ConfigurationError when that leaves a choice, or nothing.
    """
    scope = scope_of(options, loaded.matrices)
    declared = loaded.clients
    names = dict.fromkeys(client(case) for case in loaded.cases)
    nodes = [name for name in names if declared[name].runtime == NODE]
    others = [name for name in names if declared[name].runtime != NODE]
    wanted = scope.distribution
    # What npm has is no release of a Python package, whatever its name.
    on_npm = bool(nodes) and not others if wanted is None or not wanted.startswith(NPM) else True
    pool = nodes if on_npm else others
    sdks = _distinct(declared[name].sdk for name in pool) or _distinct(declared[name].home for name in pool)
    if wanted is None and len(sdks) > 1:
        raise ConfigurationError(
            f"the matrices' clients are of several SDKs; say which one to sweep: --distribution {sdks[0]} "
            f"(or {', '.join(sdks[1:])})"
        )
    chosen = next(iter(sdks), SDK) if wanted is None else package(wanted)
    held = {_name_of(text, on_npm) for text in scope.beside}
    made = [name for name in pool if declared[name].home == chosen]
    users = [name for name in pool if chosen in declared[name].distributions]
    known = any(each.home == chosen and (each.runtime == NODE) == on_npm for each in declared.values())
    if not pool or (not (made or users or held) and known):
        raise ConfigurationError(
            f"--distribution {wanted or chosen}: no client of the matrices is made of it"
            + (f"; theirs are {', '.join(sdks)}" if sdks else "")
        )
    taken = (
        [name for name in pool if name in made or declared[name].home in held or declared[name].sdk is None]
        if made
        else users or pool
    )
    beside = scope.beside
    if not made:
        homes = _distinct(declared[name].home for name in taken)
        beside += tuple(_installed(name, on_npm) for name in homes if name not in held)
    matrices = tuple(
        replace(matrix, cases=tuple(case for case in matrix.cases if client(case) in taken))
        for matrix in loaded.matrices
    )
    clients = {
        name: replace(each, sdk=chosen if name in taken else each.sdk or chosen)
        for name, each in declared.items()
    }
    return Swept(
        f"{NPM}{chosen}" if on_npm else chosen,
        replace(loaded, matrices=matrices, clients=clients),
        scope,
        beside,
        next((since for name in made if (since := declared[name].since) is not None), None),
    )


def _distinct(values: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(value for value in values if value is not None))


def _name_of(requirement: str, on_npm: bool) -> str:
    """Whose requirement it is; raises ConfigurationError."""
    if on_npm:
        return requirement[: requirement.rfind("@")] if requirement.rfind("@") > 0 else requirement
    try:
        return str(canonicalize_name(Requirement(requirement).name))
    except InvalidRequirement as error:
        raise ConfigurationError(
            f"--with {requirement}: not a requirement; write it as openai==2.8.0"
        ) from error


def _installed(name: str, on_npm: bool) -> str:
    version = None if on_npm else installed_version(name)
    if version is None:
        at = "@" if on_npm else "=="
        raise ConfigurationError(
            f"which release of {name} is to be held? It is not installed here: --with {name}{at}VERSION"
        )
    return f"{name}=={version}"


def plan_of(
    options: SweepOptions, swept: Swept, store: EnvironmentStore
) -> tuple[SweepPlan, tuple[str, ...]]:
    """The plan, and sentences about it for the report.

    Raises ConfigurationError when an option fits nothing, and ReleasesError when no list of releases can
    be had.
    """
    if options.guard < 1:
        raise ConfigurationError(f"--guard {options.guard}: give the distance of releases, 1 or more")
    interpreter = store.runtime(swept.distribution, options.python)
    distribution, since = swept.distribution, swept.since
    selection = select(
        swept.scope.releases,
        store.releases.releases(distribution),
        python=interpreter.version,
        pre=options.pre,
        yanked=options.yanked,
        scope=swept.scope,
        since=None if since is None else since[0],
    )
    releases = tuple(Release(item.version, item.date, item.yanked) for item in selection.chosen)
    if not releases:
        raise ConfigurationError(
            f"no release of {distribution} is left to measure with {interpreter}: "
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
    on_npm = distribution.startswith(NPM)
    how = "each release's own, as npm chose them when it was installed here"
    chosen_by_npm = on_npm and options.deps == Way.OVERLAY
    notes = [f"dependencies: {how if chosen_by_npm else options.deps}", str(interpreter)]
    if on_npm:
        notes.append("installed by npm, install scripts not run")
    if swept.beside:
        notes.append(f"installed with every release: {', '.join(swept.beside)}")
    if since is not None and selection.older:
        notes.append(
            f"`{ALL}` begins with {since[0]}, {since[1]}; not tried: "
            f"{plural(selection.older, 'older release')}"
        )
    if selection.left_out:
        notes.append(
            f"{plural(len(selection.left_out), 'release')} left out: {_left_out(selection.left_out)}"
        )
    plan = SweepPlan(
        distribution=distribution,
        releases=releases,
        variants=tuple(case for case in swept.loaded.cases if "sdk" not in case.axes),
        python=NODE if on_npm else options.python,
        way=Way(options.deps),
        guard=Guard(every=options.guard) if bisecting else None,
        own=own,
        beside=swept.beside,
        headers=options.headers,
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
    runtime = store.runtime(plan.distribution, plan.python)
    kept = None
    # A real environment is of its day: one that is kept from yesterday is built anew.
    if plan.way is not Way.REAL and not elsewhere:
        there = {
            entry.what
            for entry in store.list()
            if entry.complete and entry.way is plan.way and entry.python == runtime.kept_as
        }
        kept = sum(Blueprint(plan.python, name, plan.way, plan.distribution).what in there for name in first)
    known = None if baseline is None else [name for name in names if name in baseline.results]
    return Outlook(
        distribution=plan.distribution,
        python=runtime.version,
        runtime=runtime.runtime,
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
    plan: SweepPlan,
    *,
    way: Way | None = None,
    live: Live | None = None,
) -> Settings:
    """The settings of sessions whose environments are built the plan's ``way``, or another; ``live`` is for
    what asks."""
    way = way or plan.way
    tables = loading.mime_tables(options.mime_tables, Path.cwd())
    settings = loading.settings_of((loaded,), policy, tables=tables, live=live or Live())
    # The spot check's environments have probes of their own, and so check this too.
    return replace(
        settings,
        locate=locator(store, way, plan.beside),
        every_header=plan.headers,
        one_probe=way is Way.OVERLAY,
    )


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
        settings = settings_of(options, loaded, store, policy, plan, way=way)
        if cluster is not None:
            version = store.runtime(plan.distribution, plan.python).version
            measuring = Workers(plan.python, version, way, options.offline, plan.beside)
            return ClusterExecutor(settings, plan.variants, measuring, cluster)
        return ThreadExecutor(settings, plan.variants, python=plan.python, workers=workers)

    return executor
