"""Whether the machines of a cluster are alike: a difference between them must not pass for a release's."""

from __future__ import annotations

from collections.abc import Mapping

from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.result import Environment
from upload_matrix.run.crew_task import Report

_Seen = tuple[str, "Mapping[str, str | None]"]


class Alike:
    """Compares environments by what they are called without their release: Python and mime table.

    ``python`` is the version that the coordinator's interpreter of that name has.
    """

    def __init__(self, python: str) -> None:
        self._python = _minor(python)
        self._first: dict[str, tuple[str, Environment]] = {}

    def check(self, report: Report) -> None:
        """Raises ConfigurationError naming what differs from the coordinator or from the first report."""
        for environment in report.measured.result.environments:
            if environment.python[:1].isdigit() and _minor(environment.python) != self._python:
                raise ConfigurationError(
                    f"worker {report.where} runs Python {_minor(environment.python)}, this machine "
                    f"{self._python}: name one that all have with --python"
                )
            name = environment.name.replace(f"openai-{report.measured.result.release}", "openai")
            where, first = self._first.setdefault(name, (report.where, environment))
            for extension, guess in environment.guesses.items():
                if guess != first.guesses.get(extension):
                    raise ConfigurationError(
                        f"mime table {environment.mime_table} makes {guess} of {extension} on worker "
                        f"{report.where}, but {first.guesses.get(extension)} on {where}: give all the same "
                        f"with --mime-table {environment.mime_table}=FILE"
                    )


def _minor(python: str) -> str:
    return ".".join(python.split(".")[:2])
