"""What building takes, and virtual environments: those of a release, and those that overlays share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from upload_matrix.environments.blueprint import Built, Way, key_of
from upload_matrix.environments.builders import (
    compile_packages,
    install_venv,
    is_whole,
    packages,
    program,
)
from upload_matrix.environments.errors import UnavailableError
from upload_matrix.environments.interpreters import Interpreter
from upload_matrix.environments.plans import Plan
from upload_matrix.environments.uv import Uv
from upload_matrix.environments.vault import Vault


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
    refused: dict[str, str] = field(default_factory=dict)
    """Shared dependencies that could not be built, with the reason: many releases need the same, and a
    resolver that said no is asked once. Written under the entry's lock."""

    def is_usable(self, name: str, *, thorough: bool) -> bool:
        """Whether an entry is complete: marker, packages and interpreter; file by file when ``thorough``."""
        marker = self.vault.marker(name)
        if marker is None:
            return False
        folder = self.vault.folder(name) / marker["packages"]
        whole = all((folder / part / "RECORD").is_file() for part in marker["information"])
        if marker["venv"]:
            whole = whole and program(self.vault.folder(name) / "venv").exists()
        return whole and (not thorough or is_whole(folder))

    def venv(self, plan: Plan, *, thorough: bool) -> Built:
        """A virtual environment with a release and its own dependencies; raises UnavailableError."""
        if not self.is_usable(plan.name, thorough=thorough):
            with self.vault.locked([plan.name]):
                # Another process may have built it while this one waited.
                if not self.is_usable(plan.name, thorough=thorough):
                    self._build_venv(plan)
        self.vault.touch(plan.name)
        return Built(program(self.vault.folder(plan.name) / "venv"), (), plan.blueprint.way, plan.key)

    def _build_venv(self, plan: Plan) -> None:
        # A day in the past is given to uv; today's is what the index says now.
        as_of = plan.as_of if plan.blueprint.way is Way.CONTEMPORARY else None
        with self.vault.draft(plan.name) as draft:
            install_venv(
                self.uv, plan.interpreter, [plan.requirement], draft / "venv", as_of=as_of, fresh=True
            )
            note = {"what": plan.blueprint.what, "way": plan.blueprint.way, "key": plan.key}
            self._publish(draft, plan.interpreter, plan.name, note)

    def dependencies(self, interpreter: Interpreter, requires: tuple[str, ...], *, thorough: bool) -> Path:
        """The Python of the virtual environment with these dependencies; raises UnavailableError."""
        key = key_of("dependencies", interpreter.identity, requires, self.constraints, self.index)
        name = f"dependencies-{interpreter.tag}-{key}"
        if not self.is_usable(name, thorough=thorough):
            with self.vault.locked([name]):
                if name in self.refused:
                    raise UnavailableError(self.refused[name])
                if not self.is_usable(name, thorough=thorough):
                    try:
                        self._build_dependencies(interpreter, requires, key, name)
                    except UnavailableError as error:
                        self.refused[name] = str(error)
                        raise
        self.vault.touch(name)
        return program(self.vault.folder(name) / "venv")

    def _build_dependencies(
        self, interpreter: Interpreter, requires: tuple[str, ...], key: str, name: str
    ) -> None:
        with self.vault.draft(name) as draft:
            install_venv(self.uv, interpreter, requires, draft / "venv", constraints=self.constraints)
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
