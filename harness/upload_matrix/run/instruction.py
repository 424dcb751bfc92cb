"""From a case to the line of instruction its probe gets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from upload_matrix.answers.interruptions import NEUTRAL, RETRIES
from upload_matrix.assets.pictures import MASK_CONTAINERS, Studio, Upload
from upload_matrix.environments.interpreters import INSTALLED, Seat
from upload_matrix.environments.interpreters import THIS_seat as THIS
from upload_matrix.model.case import Case
from upload_matrix.model.client import NODE, OWN_PYTHON, PYTHON
from upload_matrix.model.media import extension
from upload_matrix.model.operation import FileField
from upload_matrix.model.result import Environment

NO_MASK = "none"


def seat(case: Case, runtimes: Mapping[str, str]) -> Seat:
    """The environment a case asks for; the mime table is ``system`` where it makes no difference.

    ``runtimes`` are those of clients by name. A client with a Python of its own runs there, unless the case
    asks for a release of the SDK or an interpreter: then that is what it is about.
    """
    runtime = runtimes.get(client(case), PYTHON)
    sdk = case.axis("sdk") or INSTALLED
    if runtime == NODE:
        return Seat(sdk=sdk, runtime=NODE)
    table = case.axis("mime_table") or "system"
    python = case.axis("python") or THIS
    if runtime.startswith(OWN_PYTHON) and (sdk, python) == (INSTALLED, THIS):
        return Seat(table, runtime=runtime)
    return Seat(table, sdk, python)


def retries(case: Case) -> str:
    """The interruption a case asks for; ``none`` leaves the client's own retries off."""
    return case.axis("retries") or NEUTRAL


def client(case: Case) -> str:
    """The client that makes the call."""
    return case.axis("client") or "openai"


def instruction(case: Case, number: int, studio: Studio, base_url: str, timeout: float) -> dict[str, Any]:
    """What the probe is told; see ``probe.py`` for its form. Raises ConfigurationError."""
    operation = case.operation
    return {
        "id": number,
        "client": client(case),
        "call": operation.name,
        "method": operation.method,
        "path": operation.path,
        "encoding": operation.encoding.value,
        "base_url": base_url,
        "timeout": timeout,
        "retries": 0 if retries(case) == NEUTRAL else RETRIES,
        "fields": dict(case.request),
        "files": list(_files(case, studio)),
    }


def _files(case: Case, studio: Studio) -> list[dict[str, Any]]:
    upload = case.operation.upload
    if upload is None:
        return []
    picture = studio.upload(case.axis("image") or "png", case.axis("prepare") or "as-is")
    files = [_file(upload, case.axis("container") or "handle", picture)]
    mask = case.axis("mask") or NO_MASK
    field = case.operation.file_field("mask")
    if mask != NO_MASK and field is not None:
        files.append(_file(field, MASK_CONTAINERS[mask], studio.mask()))
    return files


def _file(field: FileField, container: str, upload: Upload) -> dict[str, Any]:
    return {
        "field": field.name,
        "repeatable": field.repeatable,
        "container": container,
        "path": str(upload.path),
        "type": upload.type,
        "companion": str(upload.companion),
    }


def facts(case: Case, studio: Studio, environment: Environment) -> dict[str, str | None]:
    """What the environment makes of this case's file before anything is sent: ``guess`` of ``catalog.FACTS``.

    The SDK's release is the environment's own and not told again with each result.
    """
    if case.operation.upload is None:
        return {}
    picture = studio.upload(case.axis("image") or "png", case.axis("prepare") or "as-is")
    return {"guess": environment.guesses.get(extension(picture.path.name))}
