"""An operation: an API call with (or, as a control, without) an upload, described as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Encoding(StrEnum):
    """How the request body is written."""

    MULTIPART = "multipart"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class FileField:
    """A field that takes a file; ``repeatable`` when the API takes several."""

    name: str
    required: bool = True
    repeatable: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """``name`` is also the attribute path on an SDK client: ``images.edit`` is ``client.images.edit``.

    ``path`` is below the API root (``/images/edits``). ``control`` names the operation that shares the
    model and the account but not the upload, for comparison.
    """

    name: str
    method: str
    path: str
    encoding: Encoding
    file_fields: tuple[FileField, ...] = ()
    text_fields: tuple[str, ...] = ()
    control: str | None = None
    summary: str = ""

    def file_field(self, name: str) -> FileField | None:
        """The file field called ``name``, or None."""
        return next((field for field in self.file_fields if field.name == name), None)

    @property
    def upload(self) -> FileField | None:
        """The file field under test: the first one; None for a control without an upload."""
        return self.file_fields[0] if self.file_fields else None
