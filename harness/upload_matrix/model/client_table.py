"""What many clients send for the same calls: measured once each, with every container they have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from upload_matrix.model.conformance import ConformanceCheck

TABLE_FORMAT: Literal["upload-matrix clients"] = "upload-matrix clients"


@dataclass(frozen=True, slots=True)
class SentPart:
    """A file's part as it stood on the wire, by the names of its headers; ``attempt`` counts from 1."""

    attempt: int
    field: str
    filename: str | None
    content_type: str | None
    disposition: str
    framing: str


@dataclass(frozen=True, slots=True)
class ClientRun:
    """A scenario with a container: what was sent of the files, and the checks on it.

    ``attempts`` counts the requests. ``says`` is the program's word on its end, where that was no success.
    """

    scenario: str
    container: str
    checks: tuple[ConformanceCheck, ...]
    attempts: int = 0
    sent: tuple[SentPart, ...] = ()
    says: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredClient:
    """One client, by its place in the folder of clients (``go/create-part``).

    ``call`` is the path that it called. ``avoid`` is the line of code that avoids its trap. ``unavailable``
    says why it could not be measured, and the way to have it; then there are no ``runs``.
    """

    name: str
    title: str
    language: str
    call: str
    avoid: str = ""
    unavailable: str = ""
    runs: tuple[ClientRun, ...] = ()

    def run_of(self, scenario: str, container: str) -> ClientRun | None:
        """The run of a scenario with a container; None where it was not measured."""
        return next(
            (run for run in self.runs if (run.scenario, run.container) == (scenario, container)), None
        )

    def containers(self) -> tuple[str, ...]:
        """The containers that were measured, in order."""
        return tuple(dict.fromkeys(run.container for run in self.runs))


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredClients:
    """The table of all clients. ``versions``, by client, is what the machine had; all else follows."""

    format: Literal["upload-matrix clients"] = TABLE_FORMAT
    version: Literal[1] = 1
    versions: Mapping[str, Mapping[str, str]]
    clients: tuple[MeasuredClient, ...]
