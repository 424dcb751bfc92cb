"""The servers and gateways that are measured here: one file of data each, found by looking in ``subjects``.

Words of a file: ``title`` and ``says``; ``kind`` (server or gateway); ``needs``, see ``conform.packages``;
``command``, with the placeholders of a gateway's, and ``files`` to be written beside it, in a folder that
``{folder}`` stands for; ``version``, a command whose output has the version, for what ``needs`` does not pin;
``environment``; ``headers`` that it is sent; ``models``, by call, that it is asked for in place of the usual
ones; ``root``, the path of its API.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from upload_matrix.ask.options import LiveOptions
from upload_matrix.conform.packages import PackageNeeds, environment, install, missing
from upload_matrix.conform.servers.conforming import gateway_report, server_report
from upload_matrix.conform.servers.scenarios import Scenario, scenarios
from upload_matrix.emulator.profile import OWN_ROOT
from upload_matrix.files import hint, read_yaml, yaml_files
from upload_matrix.gateway.process import GatewayProcess, free_port
from upload_matrix.gateway.spec import GatewaySpec
from upload_matrix.model.errors import ConfigurationError, UnavailableError
from upload_matrix.model.reception import MeasuredUpload, ServerReport, ServersReport
from upload_matrix.tap.http import LOOPBACK
from upload_matrix.targets.spec import ad_hoc

BUILT_IN = Path(__file__).with_name("subjects")
_FOLDER = "{folder}"
_VERSION = re.compile(r"\d+(?:\.\d+)+[\w.+~-]*")
_SECONDS = 30.0


class ServerSubject(BaseModel):
    """A server or a gateway that is measured; see the module."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    title: Annotated[str, Field(min_length=1)]
    kind: Literal["server", "gateway"]
    says: str = ""
    needs: PackageNeeds = PackageNeeds()
    command: Annotated[list[str], Field(min_length=1)]
    files: dict[str, str] = {}
    version: dict[str, list[str]] = {}
    environment: dict[str, str] = {}
    headers: dict[str, str] = {}
    models: dict[str, str] = {}
    root: str = OWN_ROOT
    seconds: Annotated[float, Field(gt=0)] = 120.0


def subjects(kind: str, folder: Path = BUILT_IN) -> Mapping[str, ServerSubject]:
    """Those of a kind by name, which is the file's. Raises ConfigurationError with file and line."""
    found = {path.stem: _read(path) for path in yaml_files((folder,), "servers and gateways")}
    return {name: each for name, each in sorted(found.items()) if each.kind == kind}


def _read(path: Path) -> ServerSubject:
    file = read_yaml(path, "a server or a gateway")
    try:
        return ServerSubject.model_validate(file.data)
    except ValidationError as error:
        raise file.errors(ServerSubject, error) from error


def named(kind: str, names: Sequence[str], folder: Path = BUILT_IN) -> Mapping[str, ServerSubject]:
    """Those that are named, all for none. Raises ConfigurationError for one that is not there."""
    found = subjects(kind, folder)
    for name in names:
        if name not in found:
            raise ConfigurationError(f"no {kind} is called {name!r}; {hint(name, found)}")
    return {name: each for name, each in found.items() if not names or name in names}


def measure_all(
    kind: Literal["server", "gateway"],
    wanted: Mapping[str, ServerSubject],
    say: Callable[[str], None],
    *,
    may_install: bool,
    told: Callable[[MeasuredUpload], None] = lambda _: None,
) -> ServersReport:
    """Measure one after the other what this machine has, or is told to install."""
    reports: dict[str, ServerReport] = {}
    unavailable: dict[str, str] = {}
    for name, subject in wanted.items():
        try:
            if may_install:
                install(subject.needs, say, _program(subject))
            lacking = missing(subject.needs, _program(subject))
            if not lacking:
                say(f"{name}: {subject.title}")
                reports[name] = measure_subject(name, subject, told)
        except (UnavailableError, ConfigurationError) as error:
            lacking = str(error)
        if lacking:
            unavailable[name] = lacking
            say(f"{name}: unavailable: {lacking}")
    return ServersReport(kind=kind, subjects=reports, unavailable=unavailable)


def _program(subject: ServerSubject) -> str | None:
    return None if subject.needs.npm or subject.needs.pip else subject.command[0]


def measure_subject(
    name: str, subject: ServerSubject, told: Callable[[MeasuredUpload], None] = lambda _: None
) -> ServerReport:
    """Start it, measure it, end it. Raises ConfigurationError where it cannot be started."""
    wanted = [each for each in scenarios() if each.only in (None, subject.kind)]

    def model(scenario: Scenario) -> str | None:
        return subject.models.get(scenario.call)

    with tempfile.TemporaryDirectory(prefix="upload-matrix-") as folder:
        spec = _spec(name, subject, Path(folder))
        if subject.kind == "gateway":
            report = gateway_report(spec, wanted, model, seconds=subject.seconds, told=told)
        else:
            with _Serving(spec) as serving:
                target = ad_hoc(
                    f"http://{LOOPBACK}:{serving.port}{subject.root}",
                    headers=subject.headers.items(),
                    name=name,
                )
                report = server_report(
                    target,
                    wanted,
                    model,
                    LiveOptions(),
                    seconds=subject.seconds,
                    told=told,
                    revive=serving.revive,
                )
        versions = {**subject.needs.versions(), **dict(_versions(subject, Path(folder)))}
    return replace(report, subject=subject.title, summary=subject.says, versions=versions)


def _spec(name: str, subject: ServerSubject, folder: Path) -> GatewaySpec:
    def placed(text: str) -> str:
        return text.replace(_FOLDER, str(folder))

    found = environment(subject.needs)
    variables: dict[str, str] = {key: found[key] for key in ("PATH", "NODE_PATH") if key in found}
    variables |= {key: placed(value) for key, value in subject.environment.items()}
    words = ("env", *(f"{key}={value}" for key, value in variables.items()), *map(placed, subject.command))
    return GatewaySpec(
        name,
        command=words,
        headers=tuple(subject.headers.items()),
        files=tuple((folder / file, placed(text)) for file, text in subject.files.items()),
        option=name,
    )


class _Serving:
    """A server that runs meanwhile at ``port``, and is started anew where it ended.

    Raises ConfigurationError.
    """

    def __init__(self, spec: GatewaySpec) -> None:
        self._spec = spec
        self.port = free_port()
        spec.write_files(self.port, "")
        self._process = self._start()

    def _start(self) -> GatewayProcess:
        words = self._spec.words(self.port, "")
        return GatewayProcess(words, self.port, os.environ, option=self._spec.option)

    def revive(self) -> bool:
        """Start it anew if it has ended, or what it started has."""
        if self._process.alive and self._process.listens():
            return False
        self._process.close()
        self._process = self._start()
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.close()


def _versions(subject: ServerSubject, folder: Path) -> Iterator[tuple[str, str]]:
    environ = environment(subject.needs)
    for name, words in subject.version.items():
        asked = subprocess.run(  # noqa: S603 - words of our own data
            words, capture_output=True, text=True, check=False, env=environ, timeout=_SECONDS, cwd=folder
        )
        found = _VERSION.search(asked.stdout + asked.stderr)
        yield name, found[0] if found else "not told"
