"""Matrices with everything around them: the user's own clients, containers and targets, and settings to run.

One way from paths to cases, for pytest and for every command.
"""

from __future__ import annotations

import ast
import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from upload_matrix import vendors
from upload_matrix.answers.answering import EMULATOR, Policy, kept_targets
from upload_matrix.answers.interruptions import INTERRUPTIONS, NEUTRAL
from upload_matrix.assets.pictures import IMAGES, MASKS, PREPARE
from upload_matrix.assets.studio import FILES, family_of
from upload_matrix.emulator.profile import is_dated, load_profile, profile_names
from upload_matrix.files import read_text, read_yaml, shown, write_whole
from upload_matrix.gateway.spec import GatewaySpec
from upload_matrix.matrix import Matrix, load_matrices
from upload_matrix.matrix.bodies import CARRIERS, DECLARED_TYPES, FILENAMES
from upload_matrix.matrix.document import way_out
from upload_matrix.matrix.load import load_operations
from upload_matrix.matrix.shape import DEFAULT_TIMEOUT
from upload_matrix.model.case import NODE, PYTHON, SAMPLE, Case, Catalog, ClientDeclaration, case_id
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.recordings.identity import folder_name
from upload_matrix.run.environments import MIME_TABLES, lazy_locator
from upload_matrix.run.session import Settings, client
from upload_matrix.run.settings import DEFAULT, around_matrices, variable
from upload_matrix.targets.models import AUTO
from upload_matrix.targets.sending import Live
from upload_matrix.targets.spec import TargetSpec, load_targets
from upload_matrix.wire.media import extension

# -- the words a matrix may use --
#
# Beside a matrix, the folders ``operations/``, ``targets/``, ``profiles/``, ``clients/`` and
# ``containers/`` add to what is built in: one file each, found by name.


PROBE_FOLDER = Path(__file__).resolve().parents[1] / "probe"


def extension_folders(matrices: Sequence[Path]) -> tuple[Path, ...]:
    """The folders in which the user's own operations, targets, clients and containers are looked for."""
    folders = (path if path.is_dir() else path.parent for path in matrices)
    return tuple(dict.fromkeys(folder.resolve() for folder in folders))


def targets(folders: Sequence[Path]) -> Mapping[str, TargetSpec]:
    """Live targets, built in and the user's."""
    return load_targets(folder / "targets" for folder in folders)


def profiles(folders: Sequence[Path]) -> Mapping[str, str]:
    """Emulator profiles by name: what ``load_profile`` takes, a built-in name or the path of the user's."""
    own = {
        path.stem: str(path)
        for folder in _existing(folders, "profiles")
        for path in sorted(folder.glob("*.yaml"))
    }
    return {**{name: name for name in profile_names()}, **own}


def catalog(folders: Sequence[Path], specs: Mapping[str, TargetSpec]) -> Catalog:
    """Everything a matrix may name; raises ConfigurationError when a file of the user's is at fault."""
    homes = [PROBE_FOLDER, *folders]
    declared = clients(folders)
    only_some = {word: line for client in declared.values() for word, line in client.containers.items()}
    return Catalog(
        operations=load_operations(_existing(folders, "operations")),
        axes={
            "client": {name: client.summary for name, client in declared.items()},
            "container": {**_containers(homes), **only_some},
            "image": {name: picture.summary for name, picture in IMAGES.items()},
            "file": {name: shipped.summary for name, shipped in FILES.items()},
            "mime_table": MIME_TABLES,
            "prepare": PREPARE,
            "carrier": CARRIERS,
            "declared_type": DECLARED_TYPES,
            "filename": FILENAMES,
            "mask": MASKS,
            "retries": {
                NEUTRAL: "one attempt, the client's own retries off",
                **{name: item.summary for name, item in INTERRUPTIONS.items()},
            },
        },
        targets=(*(f"{EMULATOR}{name}" for name in profiles(folders)), *sorted(specs)),
        clients=declared,
        families={name: family_of(shipped) for name, shipped in FILES.items()},
    )


def _existing(folders: Sequence[Path], name: str) -> list[Path]:
    return [folder / name for folder in folders if (folder / name).is_dir()]


def _sources(homes: Sequence[Path], name: str) -> Iterator[tuple[Path, ast.Module]]:
    for folder in _existing(homes, name):
        for path in sorted(folder.glob("*.py")):
            if not path.name.startswith("_"):
                try:
                    yield path, ast.parse(read_text(path))
                except (SyntaxError, ValueError) as error:
                    raise ConfigurationError(f"{path}: not Python: {error}") from error


def clients(folders: Sequence[Path]) -> Mapping[str, ClientDeclaration]:
    """Every client with what its file declares; read, not imported: a client needs its packages."""
    found: dict[str, ClientDeclaration] = {}
    for path, tree in _sources([PROBE_FOLDER, *folders], "clients"):
        literals = _literals(tree)
        for folder in literals.get("PATHS", ()):
            if not (path.parent / folder).is_dir():
                raise ConfigurationError(f"{path}: PATHS names {folder}, which is no folder beside this file")
        found[path.stem.replace("_", "-")] = _declaration(tree, literals)
    return found


def _literals(tree: ast.Module) -> dict[str, Any]:
    literals: dict[str, Any] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                literals[node.targets[0].id] = ast.literal_eval(node.value)
            except ValueError:
                continue  # something computed, which is no declaration
    return literals


def _declaration(tree: ast.Module, literals: Mapping[str, Any]) -> ClientDeclaration:
    runtime, distributions = literals.get("RUNTIME", PYTHON), tuple(literals.get("DISTRIBUTIONS", ()))
    own = distributions and (runtime == NODE or distributions[0] in {each.sdk for each in vendors.known()})
    return ClientDeclaration(
        summary=_first_line(ast.get_docstring(tree)),
        runtime=runtime,
        accepts=literals.get("ACCEPTS", {}),
        declines=literals.get("DECLINES", {}),
        ignores=tuple(literals.get("IGNORES", ())),
        containers=literals.get("CONTAINERS", {}),
        needs=tuple(literals.get("NEEDS", ())),
        distributions=distributions,
        sdk=distributions[0] if own else None,
        since=literals.get("SINCE"),
    )


def _containers(homes: Sequence[Path]) -> Mapping[str, str]:
    """Container names with the first line of their function's text, in the order they are listed."""
    found: dict[str, str] = {}
    for path, tree in _sources(homes, "containers"):
        texts = {
            node.name: _first_line(ast.get_docstring(node))
            for node in tree.body
            if isinstance(node, ast.FunctionDef)
        }
        table = next(
            (
                node.value
                for node in tree.body
                if isinstance(node, ast.Assign)
                and isinstance(node.targets[0], ast.Name)
                and node.targets[0].id == "CONTAINERS"
            ),
            None,
        )
        if not isinstance(table, ast.Dict):
            raise ConfigurationError(f"{path}: a container file ends in CONTAINERS = {{name: function, ...}}")
        for key, value in zip(table.keys, table.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                found[key.value] = texts.get(value.id, "") if isinstance(value, ast.Name) else ""
    return found


def _first_line(text: str | None) -> str:
    return (text or "").partition("\n")[0].strip()


# -- ``model: auto``: the model that was picked for a target, kept beside its recordings --
#
# Picking asks the server (see ``targets.models``) and is done when requests are about to be sent. What was
# picked is written down, so that a replay sends the same request without asking anybody.


_AUTO_MODEL_FILE = "auto-model.yaml"


def asks_auto(case: Case) -> bool:
    """Whether a case leaves its model to be picked."""
    return case.request.get("model") == AUTO


def with_model(case: Case, model_of: Callable[[str], str]) -> Case:
    """The case with the model that ``model_of`` its target gives, when it asks for that."""
    if not asks_auto(case):
        return case
    model = model_of(case.target)
    axes = {name: model if name == "model" else value for name, value in case.axes.items()}
    return replace(case, id=case_id(case.matrix, axes), axes=axes, request={**case.request, "model": model})


def kept_model(cassettes: Path, target: str) -> str:
    """The model picked when the target was recorded; raises ConfigurationError when none was."""
    path = _auto_model_path(cassettes, target)
    if not path.exists():
        raise ConfigurationError(
            f"model: {AUTO}: no model was picked for target {target} yet; `upload-matrix record` picks one "
            f"and keeps it in {path}, or name a model in the matrix"
        )
    model = read_yaml(path, "the choice of a model").data.get("model")
    if not isinstance(model, str) or not model:
        raise ConfigurationError(f"{path}: no `model` in it; delete the file and record again")
    return model


def keep_model(cassettes: Path, target: str, model: str, *, today: date, emulated: bool) -> Path:
    """Write down what was picked, by whom it is listed, and when; the file."""
    path = _auto_model_path(cassettes, target)
    document = {"model": model, "provenance": "emulated" if emulated else "live"}
    if not emulated:
        document["picked_on"] = today.isoformat()
    words = f"# What `model: {AUTO}` stands for in the recordings of target {target}.\n"
    write_whole(path, (words + yaml.safe_dump(document, sort_keys=False)).encode())
    return path


def _auto_model_path(cassettes: Path, target: str) -> Path:
    return cassettes / folder_name(target) / _AUTO_MODEL_FILE


# -- loading --

DEFAULT_MAX_CASES = 50_000


@dataclass(frozen=True, slots=True)
class Request:
    """What to load: matrix files or folders, at most ``max_cases`` of them.

    ``target`` replaces every case's own; ``added`` are targets given on the command line. Each case comes
    ``repeat`` times. ``models`` maps a target to the model that ``model: auto`` stands for there; None
    leaves ``auto`` as it is, for whoever is going to pick. In ``cassettes`` lie the descriptions of targets
    that were given by their URL when they were recorded. ``timeout`` (seconds) replaces every matrix's own.
    Without ``with_cases`` only what lies beside the
    matrices is loaded: targets, profiles, clients.
    """

    paths: tuple[Path, ...]
    max_cases: int = DEFAULT_MAX_CASES
    target: str | None = None
    added: tuple[TargetSpec, ...] = ()
    repeat: int = 1
    models: Callable[[str], str] | None = None
    cassettes: Path | None = None
    with_cases: bool = True
    timeout: float | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """The matrices of some paths, and where their user's own clients, containers and targets lie."""

    matrices: tuple[Matrix, ...]
    folders: tuple[Path, ...]
    targets: Mapping[str, TargetSpec]
    profiles: Mapping[str, str]
    clients: Mapping[str, ClientDeclaration]

    @property
    def cases(self) -> tuple[Case, ...]:
        """All cases, matrix by matrix."""
        return tuple(case for matrix in self.matrices for case in matrix.cases)


def holds_matrices(folder: Path) -> bool:
    """Whether a folder has matrix files directly in it: one with only ``targets/`` has no case."""
    return folder.is_dir() and any(path.suffix in (".yaml", ".yml") for path in folder.iterdir())


def load(request: Request) -> Loaded:
    """Load matrices with the vocabulary around them; raises ConfigurationError."""
    if request.timeout is not None and not 0 < request.timeout < math.inf:
        raise ConfigurationError(f"--timeout {request.timeout:g}: give a number of seconds above 0")
    folders = extension_folders(request.paths)
    kept = {} if request.cassettes is None else kept_targets(request.cassettes)
    specs = {**kept, **targets(folders), **{spec.name: spec for spec in request.added}}
    words = catalog(folders, specs)
    known = words.targets
    around = around_matrices(os.environ, Path.cwd())
    usual = around["target"] if around["target"].origin not in (DEFAULT, variable("target")) else None
    if usual is not None:
        words = replace(words, targets=tuple(dict.fromkeys((str(usual.value), *words.targets))))
    target = request.target
    if target is not None and target not in known and not _is_dated(target):
        raise ConfigurationError(
            f"no target is called {target!r}; there are {', '.join(known)} (or describe one in "
            "targets/NAME.yaml beside the matrix)"
        )
    matrices: tuple[Matrix, ...] = ()
    if request.with_cases:
        seconds = float(around["timeout"].value or DEFAULT_TIMEOUT)
        matrices = load_matrices(request.paths, words, max_cases=request.max_cases, timeout=seconds)
        if request.timeout is not None or around["timeout"].origin == variable("timeout"):
            timeout = seconds if request.timeout is None else request.timeout
            matrices = tuple(replace(matrix, timeout=timeout) for matrix in matrices)
    if target is None and usual is not None and usual.value not in known:
        takers = [matrix for matrix in matrices if usual.value in matrix.targets]
        if takers and not _is_dated(str(usual.value)):
            near = way_out(str(usual.value), known)
            raise ConfigurationError(
                f"{usual.origin}: `target`: no target is called {usual.value!r}, and {shown(takers[0].path)} "
                f"names none of its own; {near}"
            )
    if target is not None:
        matrices = _each(matrices, lambda cases: (replace(case, target=target) for case in cases))
    models = request.models
    if models is not None:
        matrices = _each(matrices, lambda cases: (with_model(case, models) for case in cases))
    if request.repeat > 1:
        matrices = _repeated(matrices, request)
    return Loaded(matrices, folders, specs, profiles(folders), words.clients)


def _is_dated(target: str) -> bool:
    """Whether a target is a vendor as of a date, emulated; raises ConfigurationError where there is none."""
    name = target.removeprefix(EMULATOR)
    if name == target or not is_dated(name):
        return False
    load_profile(name)
    return True


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
        lambda cases: (sampled(case, sample + 1) for sample in range(request.repeat) for case in cases),
    )


def sampled(case: Case, number: int) -> Case:
    """The case as its ``number``-th repetition, counted from 1."""
    return case.on(**{SAMPLE: str(number)})


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
    through: GatewaySpec | None = None,
) -> Settings:
    """What a session over these matrices is told; ``tables`` are mime tables given beside the matrices'.

    ``through`` is a gateway that every call takes.
    """
    matrices = [matrix for each in loaded for matrix in each.matrices]
    declared = {name: path for matrix in matrices for name, path in matrix.mime_tables.items()}
    own = {name: path for matrix in matrices for name, path in {**matrix.images, **matrix.files}.items()}
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
        files=own,
        endings=_endings(matrices, own),
        folders=tuple(dict.fromkeys(folder for each in loaded for folder in each.folders)),
        clients={name: declared for each in loaded for name, declared in each.clients.items()},
        shown=frozenset(
            distribution
            for each in loaded
            for name in {client(case) for case in each.cases}
            for distribution in each.clients[name].distributions
        ),
        locate=lazy_locator(),
        live=live,
        through=through,
    )


def _endings(matrices: Iterable[Matrix], own: Mapping[str, Path]) -> tuple[str, ...]:
    """The extensions of the files that cases hand over, so that environments tell what they make of them."""
    words = {case.axes.get("file", case.axes.get("image", "")) for each in matrices for case in each.cases}
    names = (own[word].name if word in own else FILES[word].filename for word in words & {*own, *FILES})
    return tuple(sorted({extension(name) for name in names} - {""}))
