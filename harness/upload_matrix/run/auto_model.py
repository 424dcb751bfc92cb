"""``model: auto``: the model that was picked for a target, kept beside its recordings.

Picking asks the server (see ``engine.targets.models``) and is done when requests are about to be sent. What
was picked is written down, so that a replay sends the same request without asking anybody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import yaml

from upload_matrix.files import read_text
from upload_matrix.model.case import Case, case_id
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.recordings.naming import folder_name
from upload_matrix.targets.models import AUTO

FILE = "auto-model.yaml"


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
    path = _path(cassettes, target)
    if not path.exists():
        raise ConfigurationError(
            f"model: {AUTO}: no model was picked for target {target} yet; `upload-matrix record` picks one "
            f"and keeps it in {path}, or name a model in the matrix"
        )
    text = read_text(path)
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path}: not sound YAML: {error}") from error
    model = document.get("model") if isinstance(document, dict) else None
    if not isinstance(model, str) or not model:
        raise ConfigurationError(f"{path}: no `model` in it; delete the file and record again")
    return model


def keep_model(cassettes: Path, target: str, model: str, *, today: date, emulated: bool) -> Path:
    """Write down what was picked, by whom it is listed, and when; the file."""
    path = _path(cassettes, target)
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {"model": model, "provenance": "emulated" if emulated else "live"}
    if not emulated:
        document["picked_on"] = today.isoformat()
    words = f"# What `model: {AUTO}` stands for in the recordings of target {target}.\n"
    temporary = path.with_name(f".{path.name}.part")
    temporary.write_text(words + yaml.safe_dump(document, sort_keys=False), "utf-8")
    temporary.replace(path)
    return path


def _path(cassettes: Path, target: str) -> Path:
    return cassettes / folder_name(target) / FILE
