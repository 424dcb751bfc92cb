"""Environments by blueprint: built when first asked for, kept, shared by all runs, repaired when broken.

An overlay is two entries: the release alone, and a virtual environment with its dependencies. The latter is
cached by what the release declares, not by a list of ours: releases that declare the same share one, and
the hundreds of releases of an SDK declare few different sets.
"""

from __future__ import annotations

import csv
import os
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.parser import HeaderParser
from functools import cache
from pathlib import Path

import yaml
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version
from platformdirs import user_cache_dir

from upload_matrix.environments.index import Index, configured_index
from upload_matrix.environments.interpreters import (
    Interpreter,
    Interpreters,
    ReleasesError,
    UnbuildableError,
    Uv,
    without_user,
)
from upload_matrix.environments.kept import (
    Blueprint,
    Built,
    Stored,
    Vault,
    Way,
    key_of,
    prune_entries,
    stored_entry,
)
from upload_matrix.environments.npm import check_only, install, node
from upload_matrix.model.errors import UnavailableError
from upload_matrix.model.sweep import NPM, package

# Fills a folder with packages: a release alone, or a virtual environment. Calls uv, then compiles.


_COMPILER = Path(__file__).with_name("compile_program.py")


def install_alone(uv: Uv, interpreter: Interpreter, requirement: str, folder: Path) -> None:
    """Install one release without its dependencies into ``folder``; raises UvError."""
    uv.run(
        "pip", "install", "--quiet", "--no-deps", "--python", str(interpreter.executable),
        "--target", str(folder), requirement,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Resolution:
    """How versions are chosen. ``as_of`` leaves out everything uploaded after that day (UTC); ``fresh``
    resolves as of now rather than from what uv last saw."""

    constraints: tuple[str, ...] = ()
    as_of: date | None = None
    fresh: bool = False


def install_venv(
    uv: Uv,
    interpreter: Interpreter,
    requirements: Sequence[str],
    folder: Path,
    resolution: Resolution,
) -> None:
    """Make a virtual environment with ``requirements`` and what they need in ``folder``; raises UvError."""
    uv.run(
        "venv", "--quiet", "--relocatable", "--no-project", "--no-python-downloads",
        "--python", str(interpreter.executable), str(folder),
    )  # fmt: skip
    if not requirements:
        return
    listed = folder / "constraints.txt"
    listed.write_text("\n".join(resolution.constraints), encoding="utf-8")
    as_of = resolution.as_of
    limits = ["--exclude-newer", f"{as_of.isoformat()}T23:59:59Z"] if as_of is not None else []
    uv.run(
        "pip", "install", "--quiet", "--python", str(program(folder)), "--constraint", str(listed), *limits,
        *requirements, fresh=resolution.fresh,
    )  # fmt: skip


def program(venv: Path) -> Path:
    """The Python of a virtual environment."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def packages(venv: Path) -> Path:
    """The folder with the packages of a virtual environment; raises UnavailableError when it has none."""
    for pattern in ("lib/*/site-packages", "Lib/site-packages"):
        for folder in venv.glob(pattern):
            return folder
    raise UnavailableError(f"{venv} is no virtual environment: it has no site-packages")


def compile_packages(interpreter: Interpreter, folders: Sequence[Path], pool: Path) -> None:
    """Compile what lies in ``folders`` for an interpreter, sharing bytecode in ``pool``.

    Raises UnavailableError when the compiler itself fails; a source that does not compile is no failure.
    """
    pool.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(  # noqa: S603 - our own program, under an interpreter that was tried before
        [str(interpreter.executable), "-I", str(_COMPILER), str(pool)],
        input="\n".join(map(str, folders)).encode(),
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        words = done.stderr.decode("utf-8", "replace").strip()[-400:]
        raise UnavailableError(f"Python {interpreter.version} could not compile the packages: {words}")


def is_whole(packages_folder: Path) -> bool:
    """Whether every file that the installed distributions list is there, in its recorded size."""
    records = list(packages_folder.glob("*.dist-info/RECORD"))
    for record in records:
        with record.open(encoding="utf-8", newline="") as stream:
            for path, _, size in csv.reader(stream):
                try:
                    actual = (packages_folder / path).stat().st_size
                except OSError:
                    return False
                if size and int(size) != actual:
                    return False
    return bool(records)


# A blueprint decided: its interpreter, the day it is resolved for, the entry it is kept as.


@dataclass(frozen=True, slots=True)
class EnvironmentPlan:
    """What is to be built, and ``name``, the entry of the vault it is kept as.

    ``as_of`` is the day its dependencies are resolved for, None where they are shared.
    """

    blueprint: Blueprint
    interpreter: Interpreter
    as_of: date | None
    key: str
    name: str

    @property
    def on_npm(self) -> bool:
        """Whether npm builds it."""
        return self.blueprint.distribution.startswith(NPM)

    @property
    def requirement(self) -> str:
        """``openai==1.109.1``, ``openai@6.49.0``."""
        if self.on_npm:
            return f"{package(self.blueprint.distribution)}@{self.blueprint.version}"
        return f"{self.blueprint.distribution}=={self.blueprint.version}"


@dataclass(frozen=True, slots=True)
class Planner:
    """Decides blueprints. ``index`` is part of what defines an environment, ``today`` that of real ones."""

    interpreters: Interpreters
    releases: Index
    index: str
    today: date | None

    def plan(self, blueprint: Blueprint) -> EnvironmentPlan:
        """The plan for a blueprint; raises UnavailableError when interpreter, version or date is missing."""
        on_npm = blueprint.distribution.startswith(NPM)
        interpreter = node() if on_npm else self.interpreters.find(blueprint.python)
        name = blueprint.distribution if on_npm else str(canonicalize_name(blueprint.distribution))
        try:
            version = blueprint.version if on_npm else str(Version(blueprint.version))
        except InvalidVersion as error:
            raise UnavailableError(f"{blueprint.version!r} is no version of {name}") from error
        as_of = self._as_of(blueprint)
        if version in never_installed().get(name, Never()).versions:
            raise UnbuildableError(f"it is never installed: {never_installed()[name].reason}")
        day = as_of.isoformat() if as_of is not None else None
        # An overlay is the release alone; what lies beside it is in its dependencies.
        beside = blueprint.beside if on_npm or blueprint.way is not Way.OVERLAY else ()
        more = (beside,) if beside else ()
        key = key_of(blueprint.way, interpreter.identity, name, version, self.index, day, *more)
        folder = (
            f"{name.replace('/', '+').replace(':', '-')}-{version}-{blueprint.way}-{interpreter.tag}-{key}"
        )
        return EnvironmentPlan(blueprint, interpreter, as_of, key, folder)

    def _as_of(self, blueprint: Blueprint) -> date | None:
        if blueprint.way is Way.OVERLAY:
            return None
        if blueprint.way is Way.REAL:
            return self.today or datetime.now(UTC).date()
        try:
            day = blueprint.date or self.releases.release(blueprint.distribution, blueprint.version).date
        except ReleasesError as error:
            raise UnavailableError(f"the day of {blueprint.what} is not known: {error}") from error
        if day is None:
            raise UnavailableError(
                f"the index does not tell when {blueprint.what} came out, so its dependencies cannot be "
                "resolved as of that day; use an index that gives upload times, or the way 'real'"
            )
        return day


# What building takes, and virtual environments: those of a release, and those that overlays share.


@dataclass(frozen=True, slots=True)
class Workshop:
    """uv, the vault that entries are kept in, and ``pool``, the folder of shared bytecode. Thread-safe.

    ``constraints`` hold shared dependencies; ``index`` is part of what defines them.
    """

    uv: Uv
    vault: Vault
    pool: Path
    index: str
    constraints: tuple[str, ...]
    refused: dict[str, UnavailableError] = field(default_factory=dict)
    """Shared dependencies that could not be built, with the reason: many releases need the same, and a
    resolver that said no is asked once. Written under the entry's lock."""

    def is_usable(self, name: str, *, thorough: bool) -> bool:
        """Whether an entry is complete: marker, packages and interpreter; file by file when ``thorough``."""
        marker = self.vault.marker(name)
        if marker is None:
            return False
        folder = self.vault.folder(name) / marker["packages"]
        if marker.get("npm"):
            return all((folder / part / "package.json").is_file() for part in marker["information"])
        whole = all((folder / part / "RECORD").is_file() for part in marker["information"])
        if marker["venv"]:
            whole = whole and program(self.vault.folder(name) / "venv").exists()
        return whole and (not thorough or is_whole(folder))

    def venv(self, plan: EnvironmentPlan, *, thorough: bool) -> Built:
        """A virtual environment with a release and its own dependencies; raises UnavailableError."""
        if not self.is_usable(plan.name, thorough=thorough):
            with self.vault.locked([plan.name]):
                # Another process may have built it while this one waited.
                if not self.is_usable(plan.name, thorough=thorough):
                    self._build_venv(plan)
        self.vault.touch(plan.name)
        return Built(program(self.vault.folder(plan.name) / "venv"), (), plan.blueprint.way, plan.key)

    def node(self, plan: EnvironmentPlan) -> Built:
        """A folder with a release that npm installed; raises UnavailableError."""
        if not self.is_usable(plan.name, thorough=False):
            with self.vault.locked([plan.name]):
                if not self.is_usable(plan.name, thorough=False):
                    self._build_node(plan)
        self.vault.touch(plan.name)
        return Built(self.vault.folder(plan.name), (), plan.blueprint.way, plan.key)

    def _build_node(self, plan: EnvironmentPlan) -> None:
        as_of = plan.as_of if plan.blueprint.way is Way.CONTEMPORARY else None
        name = package(plan.blueprint.distribution)
        with self.vault.draft(plan.name) as draft:
            wanted = [plan.requirement, *plan.blueprint.beside]
            install(draft, wanted, as_of=as_of, offline=self.uv.offline)
            if plan.blueprint.beside:
                check_only(draft, name, plan.blueprint.version)
            note = {
                "what": " with ".join([plan.blueprint.what, *plan.blueprint.beside]),
                "way": plan.blueprint.way,
                "key": plan.key,
                "python": plan.interpreter.kept_as,
                "venv": False,
                "npm": True,
                "packages": "node_modules",
                "information": [name],
            }
            self.vault.publish(draft, plan.name, note)

    def _build_venv(self, plan: EnvironmentPlan) -> None:
        # A day in the past is given to uv; today's is what the index says now.
        as_of = plan.as_of if plan.blueprint.way is Way.CONTEMPORARY else None
        with self.vault.draft(plan.name) as draft:
            resolution = Resolution(never_constraints(), as_of=as_of, fresh=True)
            wanted = [plan.requirement, *plan.blueprint.beside]
            install_venv(self.uv, plan.interpreter, wanted, draft / "venv", resolution)
            what = " with ".join([plan.blueprint.what, *([", ".join(wanted[1:])] if wanted[1:] else [])])
            note = {"what": what, "way": plan.blueprint.way, "key": plan.key}
            self._publish(draft, plan.interpreter, plan.name, note)

    def dependencies(self, interpreter: Interpreter, requires: tuple[str, ...], *, thorough: bool) -> Path:
        """The Python of the virtual environment with these dependencies; raises UnavailableError."""
        held = (*held_to(self.constraints, requires), *never_constraints())
        key = key_of("dependencies", interpreter.identity, requires, held, self.index)
        name = f"dependencies-{interpreter.tag}-{key}"
        if not self.is_usable(name, thorough=thorough):
            with self.vault.locked([name]):
                if name in self.refused:
                    raise type(self.refused[name])(str(self.refused[name]))
                if not self.is_usable(name, thorough=thorough):
                    try:
                        self._build_dependencies(interpreter, requires, held, key, name)
                    except UnavailableError as error:
                        self.refused[name] = error
                        raise
        self.vault.touch(name)
        return program(self.vault.folder(name) / "venv")

    def _build_dependencies(
        self,
        interpreter: Interpreter,
        requires: tuple[str, ...],
        held: tuple[str, ...],
        key: str,
        name: str,
    ) -> None:
        with self.vault.draft(name) as draft:
            install_venv(self.uv, interpreter, requires, draft / "venv", Resolution(held))
            what = f"dependencies: {', '.join(requires) or 'none'}"
            self._publish(draft, interpreter, name, {"what": what, "way": None, "key": key})

    def _publish(
        self, draft: Path, interpreter: Interpreter, name: str, note: Mapping[str, str | None]
    ) -> None:
        folder = packages(draft / "venv")
        compile_packages(interpreter, [folder], self.pool)
        places = {
            "python": interpreter.version,
            "venv": True,
            "packages": folder.relative_to(draft).as_posix(),
            "information": sorted(entry.name for entry in folder.glob("*.dist-info")),
        }
        self.vault.publish(draft, name, {**note, **places})


# What an installed release declares that it needs, and the versions shared dependencies are held to.


_CONSTRAINTS = Path(__file__).with_name("shared_constraints.txt")


@dataclass(frozen=True, slots=True)
class Never:
    """Releases of a package that are never installed, and why."""

    versions: tuple[str, ...] = ()
    reason: str = ""


@cache
def never_installed() -> Mapping[str, Never]:
    """By package, from the file beside this one."""
    text = Path(__file__).with_name("never_installed.yaml").read_text(encoding="utf-8")
    return {
        name: Never(tuple(map(str, told["versions"])), told["reason"])
        for name, told in yaml.safe_load(text).items()
    }


def never_constraints() -> tuple[str, ...]:
    """What keeps them out of what a resolver chooses."""
    return tuple(
        f"{name}!={version}" for name, never in never_installed().items() for version in never.versions
    )


def shared_constraints() -> tuple[str, ...]:
    """The constraints that shared dependencies are resolved under, from the file beside this one."""
    lines = _CONSTRAINTS.read_text(encoding="utf-8").splitlines()
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def held_to(constraints: tuple[str, ...], requires: tuple[str, ...]) -> tuple[str, ...]:
    """The constraints that leave what a release requires to be had: one that asks for more is not held."""
    asked = [(canonicalize_name(each.name), each.specifier) for each in map(Requirement, requires)]

    def fits(constraint: Requirement) -> bool:
        own = (each for name, each in asked if name == canonicalize_name(constraint.name))
        floors = (each for specifier in own for each in specifier if each.operator in (">=", ">", "~=", "=="))
        return all(constraint.specifier.contains(each.version.removesuffix(".*")) for each in floors)

    return tuple(each for each in constraints if fits(Requirement(each)))


def information_folder(packages: Path, distribution: str) -> Path:
    """The ``.dist-info`` folder of a distribution installed in ``packages``; raises UnavailableError."""
    wanted = canonicalize_name(distribution)
    for folder in packages.glob("*.dist-info"):
        if canonicalize_name(folder.name.partition("-")[0]) == wanted:
            return folder
    raise UnavailableError(f"the release installs no distribution called {distribution!r}")


def requirements(information: Path, markers: Mapping[str, str]) -> tuple[str, ...]:
    """What the release needs under an interpreter with these markers, extras left out; sorted.

    Conditions are decided here and taken off, so that releases that need the same share it however they
    wrote it down. Raises UnavailableError on metadata that cannot be read.
    """
    text = (information / "METADATA").read_text(encoding="utf-8", errors="replace")
    needed = set()
    for line in HeaderParser().parsestr(text, headersonly=True).get_all("Requires-Dist") or ():
        try:
            requirement = Requirement(line)
        except InvalidRequirement as error:
            raise UnavailableError(
                f"the release declares a dependency that cannot be read: {line!r}"
            ) from error
        if requirement.marker is None or requirement.marker.evaluate({**markers, "extra": ""}):
            requirement.marker = None
            needed.add(str(requirement))
    return tuple(sorted(needed))


# Overlays: releases installed alone, several at a time, each joined with the dependencies it declares.


def build_overlays(
    workshop: Workshop, plans: Sequence[EnvironmentPlan], *, thorough: bool
) -> dict[str, Built | UnavailableError]:
    """The overlays by their plan's name, built where missing; why, for those that cannot be."""
    results: dict[str, Built | UnavailableError] = {}
    missing = [plan for plan in plans if not workshop.is_usable(plan.name, thorough=thorough)]
    if missing:
        with workshop.vault.locked(plan.name for plan in missing):
            # Another process may have built some of them while this one waited.
            missing = [plan for plan in missing if not workshop.is_usable(plan.name, thorough=thorough)]
            results.update(_install(workshop, missing))
    for plan in plans:
        if plan.name not in results:
            try:
                results[plan.name] = _joined(workshop, plan, thorough=thorough)
            except UnavailableError as error:
                results[plan.name] = error
    return results


def _install(workshop: Workshop, plans: Sequence[EnvironmentPlan]) -> dict[str, UnavailableError]:
    """Install the releases alone, compile them together, publish them; those that could not be."""
    faults: dict[str, UnavailableError] = {}
    with ExitStack() as drafts:
        ready: list[tuple[EnvironmentPlan, Path]] = []
        for plan in plans:
            draft = drafts.enter_context(workshop.vault.draft(plan.name))
            try:
                install_alone(workshop.uv, plan.interpreter, plan.requirement, draft / "packages")
                ready.append((plan, draft))
            except UnavailableError as error:
                faults[plan.name] = error
        for interpreter in {plan.interpreter.identity: plan.interpreter for plan, _ in ready}.values():
            folders = [
                draft / "packages"
                for plan, draft in ready
                if plan.interpreter.identity == interpreter.identity
            ]
            compile_packages(interpreter, folders, workshop.pool)
        for plan, draft in ready:
            try:
                _publish(workshop, plan, draft)
            except UnavailableError as error:
                faults[plan.name] = error
    return faults


def _publish(workshop: Workshop, plan: EnvironmentPlan, draft: Path) -> None:
    information = information_folder(draft / "packages", plan.blueprint.distribution)
    note = {
        "what": plan.blueprint.what,
        "way": plan.blueprint.way,
        "key": plan.key,
        "python": plan.interpreter.version,
        "venv": False,
        "packages": "packages",
        "information": [information.name],
        "requires": requirements(information, plan.interpreter.markers),
    }
    workshop.vault.publish(draft, plan.name, note)


def _joined(workshop: Workshop, plan: EnvironmentPlan, *, thorough: bool) -> Built:
    marker = workshop.vault.marker(plan.name)
    if marker is None:
        raise UnavailableError("it was pruned while it was being built; run again")
    beside = plan.blueprint.beside
    python = workshop.dependencies(
        plan.interpreter, tuple(sorted({*marker["requires"], *beside})), thorough=thorough
    )
    if beside:
        _check_allowed(plan, packages(python.parent.parent))
    workshop.vault.touch(plan.name)
    return Built(python, (workshop.vault.folder(plan.name) / "packages",), Way.OVERLAY, plan.key)


def _check_allowed(plan: EnvironmentPlan, beside: Path) -> None:
    """Raise UnbuildableError when a package there asks for another release than is laid over it."""
    name = canonicalize_name(plan.blueprint.distribution)
    for information in sorted(beside.glob("*.dist-info")):
        for line in requirements(information, plan.interpreter.markers):
            asked = Requirement(line)
            if canonicalize_name(asked.name) == name and not asked.specifier.contains(
                plan.blueprint.version, prereleases=True
            ):
                who = information.name.removesuffix(".dist-info").replace("-", " ")
                raise UnbuildableError(f"{who} asks for {asked.name}{asked.specifier}")


_CHUNK = 8
"""Overlays that one thread builds together: a compiler is started once for them."""

Result = Built | UnavailableError
"""An environment, or why there is none."""


class EnvironmentStore:
    """The environments under ``root``, by default in the user's cache folder. Thread-safe.

    ``index`` is a package index in place of the configured one. ``offline`` builds from uv's cache alone.
    ``constraints`` hold the dependencies that overlays share, by default those of
    ``shared_constraints.txt``. ``today`` is the day that "resolved today" means, by default the day it is
    (UTC): on the next, a real environment is built anew.

    ``releases`` lists what is published, ``interpreters`` finds what is installed.
    """

    def __init__(
        self,
        root: Path | None = None,
        *,
        index: str | None = None,
        offline: bool = False,
        constraints: Sequence[str] | None = None,
        today: date | None = None,
    ) -> None:
        self.root = (root or Path(user_cache_dir("upload-matrix", appauthor=False))).absolute()
        configured = index or configured_index(os.environ)
        where = without_user(configured or "")
        held = shared_constraints() if constraints is None else tuple(constraints)
        uv = Uv(index=configured, offline=offline)
        self.releases = Index(self.root / "releases", index=configured, offline=offline)
        self.interpreters = Interpreters(uv)
        self._planner = Planner(self.interpreters, self.releases, where, today)
        self._workshop = Workshop(uv, Vault(self.root), self.root / "bytecode", where, held)

    def runtime(self, distribution: str, python: str) -> Interpreter:
        """What a release of a distribution runs under: ``python``, or Node. Raises UnavailableError."""
        return node() if distribution.startswith(NPM) else self.interpreters.find(python)

    def build(self, blueprint: Blueprint, *, thorough: bool = False) -> Built:
        """The environment, built unless it is there; raises UnavailableError.

        What is there is checked for its marker, interpreter and packages, with ``thorough`` file by file.
        That the SDK cannot be imported is not checked: it is an outcome, not a fault of the environment.
        """
        result = self.build_many([blueprint], thorough=thorough)[blueprint]
        if isinstance(result, UnavailableError):
            raise result
        return result

    def build_many(
        self,
        blueprints: Iterable[Blueprint],
        on_done: Callable[[Blueprint, Result], None] | None = None,
        *,
        thorough: bool = False,
    ) -> dict[Blueprint, Result]:
        """As ``build``, many side by side, a thread a core; why one cannot be built stands in its place.

        ``on_done`` is called in the caller's thread, in the order they are finished.
        """
        wanted = list(dict.fromkeys(blueprints))
        # npm builds each by itself, whatever the way.
        overlays = [
            blueprint
            for blueprint in wanted
            if blueprint.way is Way.OVERLAY and not blueprint.distribution.startswith(NPM)
        ]
        groups = [overlays[start : start + _CHUNK] for start in range(0, len(overlays), _CHUNK)]
        together = set(overlays)
        groups += [[blueprint] for blueprint in wanted if blueprint not in together]
        done: dict[Blueprint, Result] = {}
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            jobs = [threads.submit(self._build_group, group, thorough) for group in groups]
            try:
                for job in as_completed(jobs):
                    for blueprint, result in job.result().items():
                        done[blueprint] = result
                        if on_done is not None:
                            on_done(blueprint, result)
            except BaseException:
                threads.shutdown(wait=False, cancel_futures=True)
                raise
        return {blueprint: done[blueprint] for blueprint in wanted}

    def list(self) -> tuple[Stored, ...]:
        """Every entry of the store, by name."""
        return tuple(stored_entry(*entry) for entry in self._workshop.vault.entries())

    def prune(self, older_than: timedelta | None = None, *, dry_run: bool = False) -> tuple[Stored, ...]:
        """Remove entries not used for longer than ``older_than`` (None: all), and whatever is broken.

        Gives what was removed, or would be with ``dry_run``. What is being built right now is left alone.
        """
        before = datetime.now(UTC) - older_than if older_than is not None else None
        return prune_entries(self._workshop.vault, self._workshop.pool, before, dry_run=dry_run)

    def _build_group(self, blueprints: Sequence[Blueprint], thorough: bool) -> dict[Blueprint, Result]:
        """Overlays together, or one other environment."""
        results: dict[Blueprint, Result] = {}
        plans: dict[Blueprint, EnvironmentPlan] = {}
        for blueprint in blueprints:
            try:
                plans[blueprint] = self._planner.plan(blueprint)
            except UnavailableError as error:
                results[blueprint] = error
        built = self._build_plans(list(plans.values()), thorough)
        for blueprint, plan in plans.items():
            result = built[plan.name]
            if isinstance(result, UnavailableError):
                where = f"{blueprint.way}, {plan.interpreter}"
                result = type(result)(f"{blueprint.what} ({where}): {result}")
            results[blueprint] = result
        return results

    def _build_plans(self, plans: Sequence[EnvironmentPlan], thorough: bool) -> dict[str, Result]:
        try:
            if any(plan.on_npm for plan in plans):
                return {plan.name: self._workshop.node(plan) for plan in plans}
            if all(plan.blueprint.way is Way.OVERLAY for plan in plans):
                return build_overlays(self._workshop, plans, thorough=thorough)
            return {plan.name: self._workshop.venv(plan, thorough=thorough) for plan in plans}
        except UnavailableError as error:
            return {plan.name: error for plan in plans}
