"""A request of somebody's program as a case: a client, a way to hand the file over, the same fields.

So other releases of the SDK can be asked what they would send in its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from upload_matrix.isolate.subject import Subject
from upload_matrix.matrix.load import BUILTIN_OPERATIONS, load_operations
from upload_matrix.model.case import Case
from upload_matrix.model.media import preferred_extension
from upload_matrix.run.session import Settings
from upload_matrix.splice.rebuild import contents_of

_IMAGE = _MATRIX = "diagnosed"
_SECONDS = 60.0


@contextmanager
def as_case(subject: Subject, settings: Settings) -> Iterator[tuple[Case, Settings] | None]:
    """The case, and settings that know its file; None where a request cannot be put as one.

    Whether the case really sends the request is to be checked.
    """
    if subject.case is not None:
        yield subject.case, settings
        return
    wire = subject.request.wire
    operations = load_operations([BUILTIN_OPERATIONS]).values()
    operation = next((each for each in operations if wire.path.endswith(each.path)), None)
    files = wire.files()
    contents = contents_of(subject.request)
    fields = {part.name: part.text for part in wire.parts or () if not part.is_file}
    told = {name: text for name, text in fields.items() if text is not None}
    if operation is None or len(files) != 1 or len(told) < len(fields) or files[0].sha256 not in contents:
        yield None
        return
    part = files[0]
    named = part.filename if part.filename and Path(part.filename).name == part.filename else None
    suffix = preferred_extension(part.format) if part.format else ""
    with TemporaryDirectory(prefix="upload-matrix-") as folder:
        path = Path(folder, named if subject.container == "handle" and named else f"{part.name[:20]}{suffix}")
        path.write_bytes(contents[part.sha256])
        axes = {
            "client": subject.client or "openai",
            "container": subject.container or "handle",
            "image": _IMAGE,
        }
        case = Case(_MATRIX, _MATRIX, axes, operation, told, subject.target)
        yield (
            case,
            replace(
                settings,
                images={**settings.images, _IMAGE: path},
                timeouts={**settings.timeouts, _MATRIX: _SECONDS},
            ),
        )
