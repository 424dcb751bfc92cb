"""Reports of any kind, and a run of matrices that gives one."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from upload_matrix.api.view import View
from upload_matrix.files import read_text
from upload_matrix.judge.outcome import exit_code
from upload_matrix.model.errors import ConfigurationError, Exit, HarnessError
from upload_matrix.model.result import Run
from upload_matrix.report import registry
from upload_matrix.report.document import Readable
from upload_matrix.report.rendering import read
from upload_matrix.report.wording import heading


@dataclass(frozen=True, repr=False)
class ReportView(View):
    """A report that was read: ``kind`` is ``run``, ``sweep``, ``gate``, ``comparison``, ``A/B``,
    ``isolation`` or
    ``diagnosis``, ``subject`` the object that it is of, ``name`` the file."""

    name: str
    kind: str
    subject: Any

    @property
    def exit_code(self) -> int | None:
        """What the command that wrote it ended with: 0 as expected, 1 a regression, 3 unresolved.

        None for kinds whose exit code is not the report's (a sweep, an isolation, a diagnosis).
        """
        if isinstance(self.subject, Run):
            if not self.subject.results:
                return int(Exit.UNRESOLVED)
            return int(exit_code(result.verdict for result in self.subject.results))
        found = getattr(self.subject, "exit_code", None)
        return None if found is None else int(found)

    def cases(self) -> list[dict[str, str]]:
        """The cases of a run, a flat dictionary each: ``pandas.DataFrame(report.cases())`` makes a table of
        it.

        Keys are ``id``, ``matrix``, the axes, ``outcome`` and ``verdict``. Raises
        ConfigurationError for a report of another kind.
        """
        if not isinstance(self.subject, Run):
            raise ConfigurationError(f"{self.name} is of a {self.kind}: only a run has cases")
        return [
            {
                "id": result.id,
                "matrix": result.matrix,
                **result.axes,
                "outcome": heading(result.outcome),
                "verdict": result.verdict.kind.value,
            }
            for result in self.subject.results
        ]

    def render(self, form: str, **options: Any) -> str:
        """It in another format: ``json``, ``markdown``, ``html``, ``junit``, ``sarif``, ...

        Raises ConfigurationError, with the closest word, for a format that this kind does not have.
        """
        (report,) = registry.find([form], self.kind)
        return report.shaped(self.subject, **options) if options else report.render(self.subject)

    def markdown(self) -> str:
        """It as Markdown."""
        return self.render("markdown")

    def readable(self) -> Readable:
        """Reports render themselves; see ``render``."""
        raise NotImplementedError(f"a {self.kind} has no one readable form; use render('markdown')")

    def __str__(self) -> str:
        return self.markdown()


def read_report(path: str | Path) -> ReportView:
    """Read the JSON of a run, a sweep, a gate, a comparison, an A/B, an isolation or a diagnosis.

    Raises ConfigurationError naming the file and what is wrong with it.
    """
    path = Path(path)
    found = read(read_text(path), str(path))
    return ReportView(found.name, found.kind, found.subject)


def run_matrix(
    *matrices: str | Path,
    keyword: str | None = None,
    target: str | None = None,
    record_mode: str = "none",
    cassettes: str | Path | None = None,
    folder: str | Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> ReportView:
    """Run matrices as ``upload-matrix run`` does, in a process of its own, and give the report.

    ``matrices`` are files or folders, by default ``matrix/`` below ``folder``, which is the current one
    unless given. ``keyword`` selects as ``pytest -k``, ``target`` answers in place of the matrices' own.
    Nothing is sent to a server unless ``record_mode`` says so, and then only within limits that were agreed
    to on the command line, so a live target is recorded there. Red cases are the report's, not an
    exception. Raises ConfigurationError for what is wrong with a matrix, HarnessError when no report came.
    """
    words = [*map(str, matrices), "--record-mode", record_mode]
    for option, value in (("-k", keyword), ("--target", target), ("--cassettes", cassettes)):
        words += [] if value is None else [option, str(value)]
    with tempfile.TemporaryDirectory(prefix="upload-matrix-") as kept:
        command = [sys.executable, "-m", "upload_matrix", "run", *words]
        # pytest in a process of its own: in a notebook's it would leave its hooks and its modules behind.
        done = subprocess.run(  # noqa: S603 - our own command, as a list: no shell reads it
            [*command, "--reports", kept, "--name", "run", "--format", "json"],
            cwd=folder,
            env=None if environ is None else dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        written = Path(kept, "run.json")
        if written.exists():
            return read_report(written)
    said = done.stderr.strip().removeprefix("Error: ") or done.stdout.strip()
    raise (ConfigurationError if done.returncode == Exit.USAGE else HarnessError)(said)
