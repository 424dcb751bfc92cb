"""Environments by blueprint: built when first asked for, kept, shared by all runs, repaired when broken.

An overlay is two entries: the release alone, and a virtual environment with its dependencies. The latter is
cached by what the release declares, not by a list of ours: releases that declare the same share one, and
the hundreds of releases of an SDK declare few different sets.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from platformdirs import user_cache_dir

from upload_matrix.environments.blueprint import Blueprint, Built, Stored, Way
from upload_matrix.environments.errors import UnavailableError
from upload_matrix.environments.indexes import configured_index
from upload_matrix.environments.interpreters import Interpreters
from upload_matrix.environments.overlays import build_overlays
from upload_matrix.environments.plans import Plan, Planner
from upload_matrix.environments.pruning import prune_entries, stored_entry
from upload_matrix.environments.releases import Index
from upload_matrix.environments.requirements import shared_constraints
from upload_matrix.environments.uv import Uv, without_user
from upload_matrix.environments.vault import Vault
from upload_matrix.environments.workshop import Workshop

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
        workers: int | None = None,
    ) -> dict[Blueprint, Result]:
        """As ``build``, many side by side; why one cannot be built stands in the result in its place.

        ``on_done`` is called in the caller's thread, in the order they are finished. ``workers`` is the
        number of threads, by default one a core.
        """
        wanted = list(dict.fromkeys(blueprints))
        overlays = [blueprint for blueprint in wanted if blueprint.way is Way.OVERLAY]
        groups = [overlays[start : start + _CHUNK] for start in range(0, len(overlays), _CHUNK)]
        groups += [[blueprint] for blueprint in wanted if blueprint.way is not Way.OVERLAY]
        done: dict[Blueprint, Result] = {}
        with ThreadPoolExecutor(workers or os.cpu_count()) as threads:
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
        plans: dict[Blueprint, Plan] = {}
        for blueprint in blueprints:
            try:
                plans[blueprint] = self._planner.plan(blueprint)
            except UnavailableError as error:
                results[blueprint] = error
        built = self._build_plans(list(plans.values()), thorough)
        for blueprint, plan in plans.items():
            result = built[plan.name]
            if isinstance(result, UnavailableError):
                where = f"{blueprint.way}, Python {plan.interpreter.version}"
                result = UnavailableError(f"{blueprint.what} ({where}): {result}")
            results[blueprint] = result
        return results

    def _build_plans(self, plans: Sequence[Plan], thorough: bool) -> dict[str, Result]:
        if all(plan.blueprint.way is Way.OVERLAY for plan in plans):
            return build_overlays(self._workshop, plans, thorough=thorough)
        try:
            return {plan.name: self._workshop.venv(plan, thorough=thorough) for plan in plans}
        except UnavailableError as error:
            return {plan.name: error for plan in plans}
