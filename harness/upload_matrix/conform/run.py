"""One scenario as it was run: what the program was asked to send, and what came of it. Plain data."""

from __future__ import annotations

from dataclasses import dataclass

from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.form import Captured

NOT_OFFERED_STATUS = 77
"""The exit status of a program that has no such feature; in automake's tests it stands for skipped."""


@dataclass(frozen=True, slots=True)
class AskedFile:
    """A file to send; ``on_disk`` is its name there, where that is another than the one to give."""

    name: str
    on_disk: str
    media_type: str
    data: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class UploadCall:
    """Which call of an API it is: its path below the base URL, the file's field, its text fields.

    ``several`` says whether the field takes more than one file, ``key`` which header carries the key.
    """

    path: str = "/images/edits"
    field: str = "image"
    texts: tuple[str, ...] = ("model", "prompt")
    several: bool = True
    key: str = "Authorization"


@dataclass(frozen=True, slots=True)
class AskedUpload:
    """What to send in a call. ``tries`` is how often the client may try in all."""

    files: tuple[AskedFile, ...]
    model: str
    prompt: str
    tries: int = 1
    call: UploadCall = UploadCall()

    @property
    def texts(self) -> tuple[tuple[str, str], ...]:
        """The text fields of the call with their values."""
        return tuple(
            (name, value)
            for name, value in (("model", self.model), ("prompt", self.prompt))
            if name in self.call.texts
        )


@dataclass(frozen=True, slots=True)
class ScenarioRun:
    """What came of a scenario, run once.

    ``attempts`` are the requests that the program sent, in order. ``key`` is what it was given as such, and
    ``folder`` the local one that its files lay in. ``status`` is None where the program had to be stopped;
    ``says`` is the line of its standard error that tells why it ended as it did.
    """

    asked: AskedUpload
    container: str
    key: str
    folder: str
    attempts: tuple[Captured, ...]
    status: int | None
    says: str = ""

    @property
    def stops_at_stream(self) -> bool:
        """Whether it was given a stream: who cannot rewind that is right not to try again."""
        return self.container == "stream"


def file_parts(sent: Captured, field: str) -> tuple[Part, ...]:
    """The parts of a request that carry the files: those of the field, else whatever looks like a file."""
    return sent.wire.parts_named(field) or tuple(part for part in sent.wire.parts or () if part.is_upload)
