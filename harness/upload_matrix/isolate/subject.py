"""A request in question: a case's, captured with nothing sent, or one that was saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from upload_matrix.answers.answering import Answering
from upload_matrix.ask.planning import capture
from upload_matrix.judge.handed_over import Argument
from upload_matrix.model.case import Case
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.run.loading import Loaded
from upload_matrix.run.session import Settings, client
from upload_matrix.wire.form import Captured
from upload_matrix.wire.upload import Upload


@dataclass(frozen=True, slots=True)
class Subject:
    """``name`` is a case's id, a folder, or a command; ``case`` is None where it was no case.

    ``client`` and ``container`` say what sent it, as far as that is known; ``made`` is the line of the
    program that made the call, with its file and number. ``lost`` is what a recorder did not keep of it.
    """

    name: str
    target: str
    request: Captured
    client: str | None = None
    container: str | None = None
    case: Case | None = None
    made: str | None = None
    lost: tuple[str, ...] = ()


def find_case(loaded: Loaded, name: str) -> Case:
    """The case with this id, or the only one whose id ends so; raises ConfigurationError."""
    by_id = {case.id: case for case in loaded.cases}
    if name in by_id:
        return by_id[name]
    ending = [case for case in loaded.cases if case.id.endswith(f"/{name}")]
    if len(ending) == 1:
        return ending[0]
    if ending:
        few = ", ".join(case.id for case in ending[:3])
        raise ConfigurationError(f"{name}: {len(ending)} cases end so ({few}); give a whole id")
    close = get_close_matches(name, by_id, n=1, cutoff=0.4)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise ConfigurationError(
        f"{name}: there is no such case among {len(by_id)} of the matrices, and no saved request of that "
        f"name.{hint} `upload-matrix cases` lists them"
    )


def captured_case(settings: Settings, answering: Answering, case: Case) -> Subject:
    """Run one case offline and take what it sends; raises ConfigurationError when that is nothing."""
    captures = capture(settings, answering, [case])
    if not captures.seen:
        why = captures.silent.get(case.id, "it sent nothing")
        raise ConfigurationError(f"{case.id} sends no request, so there is nothing to look into: {why}")
    return _subject(case, captures.seen[0].request)


def captured_cases(settings: Settings, answering: Answering, cases: Sequence[Case]) -> tuple[Subject, ...]:
    """What these cases send, each distinct request once under the first case that sends it."""
    by_id = {case.id: case for case in cases}
    seen = capture(settings, answering, cases).seen
    return tuple(_subject(by_id[each.cases[0]], each.request) for each in seen)


def _subject(case: Case, request: Captured) -> Subject:
    return Subject(case.id, case.target, request, client(case), case.axis("container"), case)


_NAMED_BY_CLIENT = frozenset({"upload"})
"""The filename that httpx gives what has none."""


_CONTAINERS = {
    "BufferedReader": "handle",
    "SpooledTemporaryFile": "spooled",
    "PosixPath": "path",
    "WindowsPath": "path",
    "bytes": "bytes",
}
"""The matrix's words for what is handed over, by type."""


def container_of(argument: Argument) -> str | None:
    """The matrix's word for what a program was seen to hand over; None for what it has no word for."""
    if argument.kind == "BytesIO":
        return "bytesio" if argument.name is None else "named-bytesio"
    if argument.kind == "tuple":
        return {2: "tuple2", 3: "tuple3"}.get(len(argument.of))
    return _CONTAINERS.get(argument.kind)


def likely_container(upload: Upload) -> str:
    """How a file was most likely handed over, in the matrix's words.

    A part without a name of its own was bytes or an unnamed BytesIO; with one, but without a good type, a
    handle. Only for words about the code: what is isolated does not hang on it.
    """
    return "bytesio" if upload.filename in _NAMED_BY_CLIENT or upload.filename == upload.name else "handle"
