"""The words a matrix may use, gathered from the folders where their things live.

Beside a matrix, the folders ``operations/``, ``targets/``, ``profiles/``, ``clients/`` and
``containers/`` add to what is built in: one file each, found by name.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from upload_matrix.answers.answering import EMULATOR
from upload_matrix.answers.interruptions import INTERRUPTIONS, NEUTRAL
from upload_matrix.assets.pictures import IMAGES, MASKS, PREPARE
from upload_matrix.emulator.profile import profile_names
from upload_matrix.files import read_text
from upload_matrix.matrix.load import BUILTIN_OPERATIONS, load_operations
from upload_matrix.model.catalog import Catalog
from upload_matrix.model.client import PYTHON, ClientDeclaration
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.targets.spec import BUILTIN, TargetSpec, load_targets

PROBE_FOLDER = Path(__file__).resolve().parents[1] / "probe"

MIME_TABLES = {
    "system": "Python's table with this machine's mime.types files, as every program here has it",
    "builtin": "Python's own table with no file of the system, as in a slim container",
}


def extension_folders(matrices: Sequence[Path]) -> tuple[Path, ...]:
    """The folders in which the user's own operations, targets, clients and containers are looked for."""
    folders = (path if path.is_dir() else path.parent for path in matrices)
    return tuple(dict.fromkeys(folder.resolve() for folder in folders))


def targets(folders: Sequence[Path]) -> Mapping[str, TargetSpec]:
    """Live targets, built in and the user's."""
    return load_targets([BUILTIN, *(folder / "targets" for folder in folders)])


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
        operations=load_operations([BUILTIN_OPERATIONS, *_existing(folders, "operations")]),
        axes={
            "client": {name: client.summary for name, client in declared.items()},
            "container": {**_containers(homes), **only_some},
            "image": {name: picture.summary for name, picture in IMAGES.items()},
            "mime_table": MIME_TABLES,
            "prepare": PREPARE,
            "mask": MASKS,
            "retries": {
                NEUTRAL: "one attempt, the client's own retries off",
                **{name: item.summary for name, item in INTERRUPTIONS.items()},
            },
        },
        targets=(*(f"{EMULATOR}{name}" for name in profiles(folders)), *sorted(specs)),
        clients=declared,
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
    return {
        path.stem.replace("_", "-"): _declaration(tree)
        for path, tree in _sources([PROBE_FOLDER, *folders], "clients")
    }


def _declaration(tree: ast.Module) -> ClientDeclaration:
    literals: dict[str, Any] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                literals[node.targets[0].id] = ast.literal_eval(node.value)
            except ValueError:
                continue  # something computed, which is no declaration
    return ClientDeclaration(
        summary=_first_line(ast.get_docstring(tree)),
        runtime=literals.get("RUNTIME", PYTHON),
        accepts=literals.get("ACCEPTS", {}),
        declines=literals.get("DECLINES", {}),
        ignores=tuple(literals.get("IGNORES", ())),
        containers=literals.get("CONTAINERS", {}),
        needs=tuple(literals.get("NEEDS", ())),
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
