"""Matrices with everything around them: the user's own clients, containers and targets, and settings to run.

One way from paths to cases, for pytest and for every command.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from upload_matrix.answers.answering import Live, Policy, kept_targets
from upload_matrix.environments.interpreters import Located, Seat
from upload_matrix.gateway.spec import GatewaySpec
from upload_matrix.matrix import Matrix, load_matrices
from upload_matrix.matrix.document import way_out
from upload_matrix.model.case import SAMPLE, Case, case_id
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.run.auto_model import with_model
from upload_matrix.run.environments import SDK, lazy_locator
from upload_matrix.run.session import Settings
from upload_matrix.run.vocabulary import MIME_TABLES, catalog, extension_folders, profiles, targets
from upload_matrix.targets.spec import TargetSpec

DEFAULT_MAX_CASES = 50_000


@dataclass(frozen=True, slots=True)
class Request:
    """What to load: matrix files or folders, at most ``max_cases`` of them.

    ``target`` replaces every case's own; ``added`` are targets given on the command line. Each case comes
    ``repeat`` times. ``models`` maps a target to the model that ``model: auto`` stands for there; None
    leaves ``auto`` as it is, for whoever is going to pick. In ``cassettes`` lie the descriptions of targets
    that were given by their URL when they were recorded.
    """

    paths: tuple[Path, ...]
    max_cases: int = DEFAULT_MAX_CASES
    target: str | None = None
    added: tuple[TargetSpec, ...] = ()
    repeat: int = 1
    models: Callable[[str], str] | None = None
    cassettes: Path | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """The matrices of some paths, and where their user's own clients, containers and targets lie."""

    matrices: tuple[Matrix, ...]
    folders: tuple[Path, ...]
    targets: Mapping[str, TargetSpec]
    profiles: Mapping[str, str]
    runtimes: Mapping[str, str]
    sdk_clients: frozenset[str] = frozenset()

    @property
    def cases(self) -> tuple[Case, ...]:
        """All cases, matrix by matrix."""
        return tuple(case for matrix in self.matrices for case in matrix.cases)


def load(request: Request) -> Loaded:
    """Load matrices with the vocabulary around them; raises ConfigurationError."""
    folders = extension_folders(request.paths)
    kept = {} if request.cassettes is None else kept_targets(request.cassettes)
    specs = {**kept, **targets(folders), **{spec.name: spec for spec in request.added}}
    words = catalog(folders, specs)
    target = request.target
    if target is not None and target not in words.targets:
        raise ConfigurationError(
            f"no target is called {target!r}; there are {', '.join(words.targets)} (or describe one in "
            "targets/NAME.yaml beside the matrix)"
        )
    matrices = load_matrices(request.paths, words, max_cases=request.max_cases)
    if target is not None:
        matrices = _each(matrices, lambda cases: (replace(case, target=target) for case in cases))
    models = request.models
    if models is not None:
        matrices = _each(matrices, lambda cases: (with_model(case, models) for case in cases))
    if request.repeat > 1:
        matrices = _repeated(matrices, request)
    runtimes = {name: client.runtime for name, client in words.clients.items()}
    sdk = frozenset(name for name, client in words.clients.items() if SDK in client.needs)
    return Loaded(matrices, folders, specs, profiles(folders), runtimes, sdk)


def _each(
    matrices: Iterable[Matrix], changed: Callable[[Sequence[Case]], Iterable[Case]]
) -> tuple[Matrix, ...]:
    return tuple(replace(matrix, cases=tuple(changed(matrix.cases))) for matrix in matrices)


def _repeated(matrices: Sequence[Matrix], request: Request) -> tuple[Matrix, ...]:
    """Every case ``repeat`` times, round by round: so a bad minute of a server hits all alike."""
    number = request.repeat * sum(len(matrix.cases) for matrix in matrices)
    if number > request.max_cases:
        raise ConfigurationError(
            f"--repeat {request.repeat} makes {number} cases, more than {request.max_cases}; repeat fewer "
            "cases, or raise --max-cases"
        )
    return _each(
        matrices,
        lambda cases: (_sampled(case, sample) for sample in range(request.repeat) for case in cases),
    )


def _sampled(case: Case, sample: int) -> Case:
    axes = {**case.axes, SAMPLE: str(sample + 1)}
    return replace(case, id=case_id(case.matrix, axes), axes=axes)


def mime_tables(texts: Iterable[str], here: Path, option: str = "--mime-table") -> dict[str, Path]:
    """NAME=FILE as names and paths below ``here``; raises ConfigurationError naming the ``option``."""
    tables = {}
    for text in texts:
        name, equals, file = text.partition("=")
        if not name or not equals or not (here / file).is_file():
            raise ConfigurationError(
                f"{option} {text}: give NAME=FILE with a mime.types file that exists, "
                "for instance system=tables/debian.types"
            )
        tables[name] = here / file
    return tables


def settings_of(
    loaded: Sequence[Loaded],
    policy: Policy,
    *,
    tables: Mapping[str, Path],
    live: Live,
    locate: Callable[[Seat], Located] | None = None,
    one_probe: bool = False,
    through: GatewaySpec | None = None,
) -> Settings:
    """What a session over these matrices is told; ``tables`` are mime tables given beside the matrices'.

    ``through`` is a gateway that every call takes.
    """
    matrices = [matrix for each in loaded for matrix in each.matrices]
    declared = {name: path for matrix in matrices for name, path in matrix.mime_tables.items()}
    for name in tables:
        if name not in MIME_TABLES and name not in declared:
            near = way_out(name, (*MIME_TABLES, *declared))
            raise ConfigurationError(f"the mime table {name!r} is none that a case could ask for; {near}")
    return Settings(
        policy=policy,
        targets={name: spec for each in loaded for name, spec in each.targets.items()},
        profiles={name: path for each in loaded for name, path in each.profiles.items()},
        timeouts={matrix.name: matrix.timeout for matrix in matrices},
        tables={**declared, **tables},
        images={name: path for matrix in matrices for name, path in matrix.images.items()},
        folders=tuple(dict.fromkeys(folder for each in loaded for folder in each.folders)),
        runtimes={name: runtime for each in loaded for name, runtime in each.runtimes.items()},
        sdk_clients=frozenset(name for each in loaded for name in each.sdk_clients),
        locate=locate or lazy_locator(),
        one_probe=one_probe,
        live=live,
        through=through,
    )
