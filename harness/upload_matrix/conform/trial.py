"""A program run through one scenario: files and variables are laid out, it runs, and what it sent is kept."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import IO

from upload_matrix.conform.checks import attempts_of
from upload_matrix.conform.run import AskedUpload, ScenarioRun
from upload_matrix.conform.scenario import ClientScenario
from upload_matrix.model.answer import Answer, Provenance, Source, Supply
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.tap.server import Tap
from upload_matrix.wire.form import Captured
from upload_matrix.wire.stable import LOCAL_PATH, without_per_run

_SOURCE = Source("upload-matrix conform", Provenance.EMULATED, Supply.SCRIPTED)
_ANY_ORIGIN = (
    ("access-control-allow-origin", "*"),
    ("access-control-allow-methods", "*"),
    # A browser does not take `*` for Authorization.
    ("access-control-allow-headers", "authorization, content-type, *"),
)
"""What a page in a browser needs, which comes from elsewhere."""

_JSON = (("content-type", "application/json"), *_ANY_ORIGIN)
_SUCCESS = json.dumps(
    {
        "created": 1700000000,
        "data": [{"b64_json": "aW1hZ2U="}],
        # A file that was uploaded, and a text that was heard, for SDKs that look at what they get.
        "id": "file-1",
        "object": "file",
        "type": "file",
        "filename": "a",
        "mime_type": "image/webp",
        "bytes": 1,
        "size_bytes": 1,
        "created_at": 1700000000,
        "purpose": "ocr",
        "source": "upload",
        "sample_type": "ocr_input",
        "text": "heard",
    }
).encode()
"""An answer that every call can be glad of."""

_FAILURE = b'{"error": {"message": "the scenario asks for it", "type": "server_error", "param": null}}'

_PROXIES = re.compile(r"^(all|http|https|ftp|no)_proxy$", re.IGNORECASE)
_LAST_WORDS = 64 * 1024
_SAID = 300
"""Characters of a program's word on its end."""


@dataclass(frozen=True, slots=True)
class TestedProgram:
    """What to run. ``folder`` is where, None for the current one; ``seconds`` is what a scenario may take."""

    argv: tuple[str, ...]
    environ: Mapping[str, str]
    folder: Path | None = None
    seconds: float = 120.0

    __test__ = False


def try_scenario(program: TestedProgram, scenario: ClientScenario, container: str, tap: Tap) -> ScenarioRun:
    """Run the program once. Raises ConfigurationError where it cannot be run at all."""
    key = f"upload-matrix-dummy-{secrets.token_hex(8)}"
    asked_number = count()

    def answer(request: Captured) -> Answer:
        if request.wire.method == "OPTIONS":
            return Answer(204, _ANY_ORIGIN, b"", _SOURCE)
        number = next(asked_number)
        if number < len(scenario.answers):
            return Answer(scenario.answers[number], _JSON, _FAILURE, _SOURCE)
        return Answer(200, _JSON, _SUCCESS, _SOURCE)

    channel = tap.open(answer)
    with tempfile.TemporaryDirectory(prefix="upload-matrix-") as folder:
        place = Path(folder) / "files"
        paths = _laid_out(place, scenario.asked)
        variables = _variables(scenario, container, f"{channel.url}/v1", key, paths)
        environ = {name: value for name, value in program.environ.items() if not _PROXIES.match(name)}
        status, errors = _run(program, environ | variables)
    if status is None:
        # It was stopped, maybe in the middle of a request, which counts as far as it came.
        tap.settle()
    exchanges = tap.release(channel, raised=status != 0)
    hidden = {str(place): LOCAL_PATH, folder: LOCAL_PATH, channel.url: "<base url>", key: "<key>"}
    says = f"it still ran after {program.seconds:.0f} s, and was stopped" if status is None else ""
    return ScenarioRun(
        asked=scenario.asked,
        container=container,
        key=key,
        folder=str(place),
        attempts=attempts_of(tuple(each.request for each in exchanges)),
        status=status,
        says=says or last_words(errors, hidden),
    )


def _laid_out(place: Path, asked: AskedUpload) -> tuple[Path, ...]:
    place.mkdir()
    paths = tuple(place / each.on_disk for each in asked.files)
    for path, each in zip(paths, asked.files, strict=True):
        path.write_bytes(each.data)
    return paths


def _variables(
    scenario: ClientScenario, container: str, base_url: str, key: str, paths: Sequence[Path]
) -> dict[str, str]:
    """What the program is told; see docs/how-to/conform.md."""
    asked = scenario.asked
    first = asked.files[0]
    return {
        "UPLOAD_MATRIX_SCENARIO": scenario.name,
        "UPLOAD_MATRIX_CONTAINER": container,
        "UPLOAD_MATRIX_BASE_URL": base_url,
        "OPENAI_BASE_URL": base_url,
        "UPLOAD_MATRIX_URL": base_url + asked.call.path,
        "UPLOAD_MATRIX_API_KEY": key,
        "OPENAI_API_KEY": key,
        "UPLOAD_MATRIX_FIELD": asked.call.field,
        "UPLOAD_MATRIX_FILE": str(paths[0]),
        "UPLOAD_MATRIX_FILES": "\n".join(map(str, paths)),
        "UPLOAD_MATRIX_FILENAME": first.name,
        "UPLOAD_MATRIX_TYPE": first.media_type,
        "UPLOAD_MATRIX_TYPES": "\n".join(each.media_type for each in asked.files),
        **{f"UPLOAD_MATRIX_{name.upper()}": value for name, value in asked.texts},
        "UPLOAD_MATRIX_TRIES": str(asked.tries),
        "NO_PROXY": "*",
        "no_proxy": "*",
    }


def _run(program: TestedProgram, environ: Mapping[str, str]) -> tuple[int | None, str]:
    """The exit status, None when it had to be stopped, and the end of its standard error."""
    with tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(  # noqa: S603 - the user's own command line, as a list
                list(program.argv),
                env=dict(environ),
                cwd=program.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise ConfigurationError(
                f"{program.argv[0]}: there is no such program; give its path, or fix PATH"
            ) from error
        except OSError as error:
            raise ConfigurationError(f"{program.argv[0]} cannot be run: {error.strerror or error}") from error
        status: int | None
        try:
            status = process.wait(program.seconds)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            # Whatever it started ends with it.
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        return status, _read(errors)


def _read(errors: IO[bytes]) -> str:
    size = errors.seek(0, os.SEEK_END)
    errors.seek(max(0, size - _LAST_WORDS))
    return errors.read().decode("utf-8", "replace")


_RAISED = re.compile(
    r"^(?:\s*(?:Uncaught|Caused by:?|Exception in thread \S+)\s+)?[\w.$:]*(?:Error|Exception|error|fatal)\b",
    re.IGNORECASE,
)


def last_words(errors: str, hidden: Mapping[str, str]) -> str:
    """The line of a standard error that tells what was raised, else the first; without this machine's own.

    ``hidden`` are texts with what stands for each.
    """
    for text, stand_in in sorted(hidden.items(), key=lambda pair: -len(pair[0])):
        errors = errors.replace(text, stand_in)
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    raised = [line for line in lines if _RAISED.match(line)]
    told = (raised or lines or [""])[0]
    return (without_per_run(told) or "")[:_SAID]
