"""Operations as data: one YAML file each, so that a new upload API needs no code."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field

from upload_matrix.files import read_bytes, shown, yaml_files
from upload_matrix.matrix.document import read_document
from upload_matrix.matrix.faults import Faults, shaped
from upload_matrix.matrix.fields import EncodingWord, MethodWord, Shape, Text, Truth
from upload_matrix.matrix.layout import RESERVED
from upload_matrix.matrix.words import quoted, way_out
from upload_matrix.model.catalog import FACTS
from upload_matrix.model.errors import MatrixError, Problem
from upload_matrix.model.operation import Encoding, FileField, Operation

BUILTIN_OPERATIONS = Path(__file__).resolve().parent / "builtin_operations"
"""The folder of the operations that come with the harness."""

_FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\[\]-]*")


class FileFieldShape(Shape):
    """One entry of ``file_fields``."""

    required: Truth = True
    repeatable: Truth = False


class OperationShape(Shape):
    """An operation file. ``name`` is the attribute path on an SDK client, ``path`` is below the API root."""

    name: Annotated[Text, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$")]
    summary: Text = ""
    method: MethodWord
    path: Annotated[Text, Field(pattern=r"^/[^\s?#]*$")]
    encoding: EncodingWord
    file_fields: dict[str, FileFieldShape] = Field(default={})
    text_fields: list[Text] = Field(default=[])
    control: Text | None = None


def load_operations(folders: Sequence[Path]) -> Mapping[str, Operation]:
    """The operations in ``folders``, by name; a later folder's takes the place of an earlier one's.

    Raises ConfigurationError for a folder without operations, and MatrixError with all problems of all
    files.
    """
    operations: dict[str, Operation] = {}
    controls: list[tuple[Operation, Faults]] = []
    problems: list[Problem] = []
    for folder in folders:
        here: dict[str, Path] = {}
        for path in yaml_files([folder], "an operation"):
            try:
                operation, faults = _loaded(path, here)
            except MatrixError as error:
                problems.extend(error.problems)
                continue
            here[operation.name] = path
            operations[operation.name] = operation
            controls.append((operation, faults))
    for operation, faults in controls:
        if operation.control is not None and operation.control not in operations:
            near = way_out(operation.control, operations)
            faults.add(("control",), f"`control`: {quoted(operation.control)} is not an operation; {near}")
            problems.extend(faults.problems)
    if problems:
        raise MatrixError(tuple(problems))
    return operations


def _loaded(path: Path, siblings: Mapping[str, Path]) -> tuple[Operation, Faults]:
    faults = Faults(read_document(read_bytes(path), shown(path)))
    faults.problems.extend(faults.document.flaws)
    shape = shaped(OperationShape, faults, needed=frozenset(OperationShape.model_fields))
    if shape is not None:
        _check_fields(shape, faults)
        if shape.name in siblings:
            says = f"the name {quoted(shape.name)} is already taken by {shown(siblings[shape.name])}"
            faults.add(("name",), says)
    if shape is None or faults.problems:
        raise MatrixError(tuple(faults.problems))
    operation = Operation(
        name=shape.name,
        method=shape.method,
        path=shape.path,
        encoding=Encoding(shape.encoding),
        file_fields=tuple(
            FileField(name, required=field.required, repeatable=field.repeatable)
            for name, field in shape.file_fields.items()
        ),
        text_fields=tuple(shape.text_fields),
        control=shape.control,
        summary=shape.summary,
    )
    return operation, faults


def _check_fields(shape: OperationShape, faults: Faults) -> None:
    if shape.encoding == "json" and shape.file_fields:
        faults.add(("file_fields",), "`encoding: json` carries no files; use `multipart`", key=True)
    for name in shape.file_fields:
        if not _FIELD_NAME.fullmatch(name):
            faults.add(("file_fields", name), f"{quoted(name)} is not a field name", key=True)
    for position, name in enumerate(shape.text_fields):
        path = ("text_fields", position)
        if not _FIELD_NAME.fullmatch(name):
            faults.add(path, f"{quoted(name)} is not a field name")
        elif name in shape.file_fields:
            faults.add(path, f"{quoted(name)} is a file field too; keep one of the two")
        elif name in RESERVED or name in FACTS:
            faults.add(
                path, f"{quoted(name)} has a meaning of its own in a matrix, so no text field may have it"
            )
        elif name in shape.text_fields[:position]:
            faults.add(path, f"{quoted(name)} stands here twice")
