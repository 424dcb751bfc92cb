"""A blueprint decided: its interpreter, the day it is resolved for, the entry it is kept as."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from upload_matrix.environments.blueprint import Blueprint, Way, key_of
from upload_matrix.environments.errors import ReleasesError, UnavailableError
from upload_matrix.environments.interpreters import Interpreter, Interpreters
from upload_matrix.environments.releases import Index


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be built, and ``name``, the entry of the vault it is kept as.

    ``as_of`` is the day its dependencies are resolved for, None where they are shared.
    """

    blueprint: Blueprint
    interpreter: Interpreter
    as_of: date | None
    key: str
    name: str

    @property
    def requirement(self) -> str:
        """``openai==1.109.1``."""
        return f"{self.blueprint.distribution}=={self.blueprint.version}"


@dataclass(frozen=True, slots=True)
class Planner:
    """Decides blueprints. ``index`` is part of what defines an environment, ``today`` that of real ones."""

    interpreters: Interpreters
    releases: Index
    index: str
    today: date | None

    def plan(self, blueprint: Blueprint) -> Plan:
        """The plan for a blueprint; raises UnavailableError when interpreter, version or date is missing."""
        interpreter = self.interpreters.find(blueprint.python)
        name = str(canonicalize_name(blueprint.distribution))
        try:
            version = str(Version(blueprint.version))
        except InvalidVersion as error:
            raise UnavailableError(f"{blueprint.version!r} is no version of {name}") from error
        as_of = self._as_of(blueprint)
        day = as_of.isoformat() if as_of is not None else None
        key = key_of(blueprint.way, interpreter.identity, name, version, self.index, day)
        folder = f"{name}-{version}-{blueprint.way}-{interpreter.tag}-{key}"
        return Plan(blueprint, interpreter, as_of, key, folder)

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
