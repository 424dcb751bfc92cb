"""What a function uploads, and which difference between two uploads decides."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from upload_matrix.answers.answering import EMULATOR
from upload_matrix.api.view import View
from upload_matrix.ask.options import LiveOptions
from upload_matrix.inspect.calls import Sight
from upload_matrix.inspect.command import Inspection, InspectSettings, Listener, Opened, inspect_command
from upload_matrix.inspect.inspecting import to_save
from upload_matrix.inspect.output import answer_words
from upload_matrix.inspect.routes import AnsweredBy, environment
from upload_matrix.inspect.saved import SUFFIX, save
from upload_matrix.isolate.isolated import Isolated, Search
from upload_matrix.isolate.isolating import between, story_of
from upload_matrix.isolate.questions import QuestionOptions, opened
from upload_matrix.judge.fix_code import FixCode
from upload_matrix.model.errors import HarnessError
from upload_matrix.model.result import Finding
from upload_matrix.recordings import RecordMode
from upload_matrix.report.document import (
    BeforeAfter,
    Block,
    Code,
    Headline,
    Listing,
    Paragraph,
    Readable,
    Section,
    Table,
)
from upload_matrix.report.isolation import IsolationDocument, isolation_document
from upload_matrix.report.isolation import readable as isolation_readable
from upload_matrix.report.markdown import finding_blocks
from upload_matrix.report.wording import head, other_body, plural, rows
from upload_matrix.wire.difference import Difference, diff
from upload_matrix.wire.form import WireForm


@dataclass(frozen=True, repr=False)
class DifferencesView(View):
    """What differs between two uploads, in the order in which a reader meets it on the wire."""

    differences: tuple[Difference, ...]

    def readable(self) -> Readable:
        """A row a difference, before and after."""
        if not self.differences:
            return Readable("Differences", (Paragraph("The two send the same."),))
        told = tuple((Code(each.where), Code(each.before), Code(each.after)) for each in self.differences)
        return Readable("Differences", (BeforeAfter(told),))


@dataclass(frozen=True, repr=False)
class UploadView(View):
    """One request of a function: ``wire`` is its form, ``findings`` what is wrong with it and counts.

    ``accepted`` is None where nobody answered; ``answer`` says what came of it, in a line. ``fix`` is code to
    copy, where there is any. Keys are taken out of all that is shown.
    """

    number: int
    title: str
    wire: WireForm
    findings: tuple[Finding, ...]
    answer: str
    accepted: bool | None
    fix: FixCode | None
    folder: Path

    def diff(self, other: UploadView) -> DifferencesView:
        """What differs from another upload."""
        return DifferencesView(diff(self.wire, other.wire))

    def save(self, name: str | Path) -> Path:
        """Keep the request, without its keys, as a folder for ``isolate``, ``diagnose`` and ``bug-report``.

        ``.request`` is put behind the name. Raises FileExistsError when it is there.
        """
        path = Path(name)
        path = path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX)
        if not self.folder.exists():
            raise HarnessError(f"upload #{self.number} was not kept: its body was too large")
        shutil.copytree(self.folder, path)
        return path

    def readable(self) -> Readable:
        """The parts as they stood on the wire, the findings with their fixes, the answer."""
        return Readable(self.title, tuple(self.blocks()))

    def blocks(self) -> Iterator[Block]:
        """The same below a title of somebody else's."""
        body = other_body(self.wire)
        told = rows(self.wire)
        if told:
            yield Table(
                head(self.wire), tuple(tuple(Code(cell) if cell else "" for cell in row) for row in told)
            )
        elif body is not None:
            yield Paragraph(Code(body[:_BODY_SHOWN]))
        for finding in self.findings:
            yield from finding_blocks(finding)
        if self.fix is not None and self.findings:
            yield Paragraph("The whole call:")
            yield Listing(self.fix.code, self.fix.language)
        yield Paragraph(("Answer: ", self.answer))


_BODY_SHOWN = 400


@dataclass(frozen=True, repr=False)
class InspectionView(View):
    """What a function uploaded: ``uploads`` in the order they came, ``requests`` how many calls there were
    in all.

    ``result`` is what the function returned, ``error`` what it raised; an exception is evidence here and goes
    no further.
    """

    uploads: tuple[UploadView, ...]
    requests: int
    result: Any = None
    error: Exception | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings that count."""
        return tuple(finding for upload in self.uploads for finding in upload.findings)

    def readable(self) -> Readable:
        """A section an upload."""
        found = plural(len(self.findings), "finding")
        said = f"{plural(len(self.uploads), 'upload')} in {plural(self.requests, 'request')}, {found}"
        lead: list[Block] = [Headline(said if self.uploads else "no upload was seen: nothing is known")]
        if self.error is not None:
            lead.append(Paragraph(("The call raised ", Code(f"{type(self.error).__name__}: {self.error}"))))
        sections = (Section(upload.title, tuple(upload.blocks())) for upload in self.uploads)
        return Readable("Uploads", tuple(lead), tuple(sections))


class _Urls(Listener):
    """Remembers where the tap listens."""

    def __init__(self) -> None:
        self.seen: Opened | None = None

    def opened(self, opened: Opened) -> None:
        """The tap listens."""
        self.seen = opened


def inspect_call(
    call: Callable[[], Any],
    *,
    emulator: str | None = None,
    no_answer: bool = False,
    upstream: str | None = None,
    variables: tuple[str, ...] = (),
) -> InspectionView:
    """Call a function with the tap in its way, and give what it uploaded, with what is wrong and the fix.

    As ``upload-matrix inspect`` does for a program: the variables that SDKs read their base URL from lead
    to the tap while ``call`` runs, so the client has to be made inside it. Requests go on to the real
    server, with your own key, unless ``emulator`` names a profile that answers in its place
    (``openai-2026-02``), or ``no_answer`` has nobody asked. ``upstream`` and ``variables`` are the
    command's ``--upstream`` and ``--env``. The variables are the process's: do not inspect two calls at
    once. Raises ConfigurationError.
    """
    answers = AnsweredBy.SERVER if emulator is None else AnsweredBy.EMULATOR
    settings = InspectSettings(
        answers=AnsweredBy.NOBODY if no_answer else answers,
        profile=emulator or InspectSettings().profile,
        upstream=upstream,
        variables=variables,
        witness=False,
    )
    urls = _Urls()
    came: dict[str, Any] = {}

    def play() -> None:
        assert urls.seen is not None
        sends = settings.answers is AnsweredBy.SERVER
        with _variables(environment(settings.environ, urls.seen.urls, sends=sends)):
            try:
                came["result"] = call()
            except Exception as error:  # noqa: BLE001 - what the caller's function raises came of it
                came["error"] = error

    kept = Path(tempfile.mkdtemp(prefix="upload-matrix-"))
    _KEPT.append(kept)
    name = getattr(call, "__name__", "call").strip("<>")
    with inspect_command((), settings, urls, play) as inspection:
        return InspectionView(
            tuple(_uploads(inspection, kept / name)),
            len(inspection.exchanges),
            came.get("result"),
            came.get("error"),
        )


_KEPT: list[Path] = []
"""Folders of requests that views of this process refer to."""


def _forget() -> None:
    for folder in _KEPT:
        shutil.rmtree(folder, ignore_errors=True)


atexit.register(_forget)


def _uploads(inspection: Inspection, stem: Path) -> Iterator[UploadView]:
    for one in inspection.uploads:
        sight, told = one.sight, one.told
        folder = stem.with_name(f"{stem.name}-{sight.number}{SUFFIX}")
        # What is too large to keep is shown all the same; `save` then says so.
        with contextlib.suppress(LookupError):
            save(folder, to_save(inspection, one), inspection.secrets)
        wire = sight.passed.wire
        yield UploadView(
            sight.number,
            sight.redactor.text(_title(sight)),
            wire,
            tuple(each.finding for each in sight.faults),
            sight.redactor.text(answer_words(told)),
            None if told.status is None or told.silence is not None else told.status < _CLIENT_ERROR,
            next((each.code for each in sight.faults if each.code is not None), None),
            folder,
        )


_CLIENT_ERROR = 400


def _title(sight: Sight) -> str:
    wire = sight.passed.wire
    again = f", attempt {sight.attempt}" if sight.attempt > 1 else ""
    return f"Upload #{sight.number}: {wire.method} {wire.path}{again}"


@contextlib.contextmanager
def _variables(changed: Mapping[str, str]) -> Iterator[None]:
    """The process's environment changed so, for the time being."""
    before = {name: os.environ.get(name) for name in changed}
    os.environ.update(changed)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@dataclass(frozen=True, repr=False)
class IsolationView(View):
    """Which difference decides: ``cause`` has the differences that do, together; () where none was found.

    ``document`` is the whole report's data; printed, it begins with what was found, or why nothing was.
    """

    cause: tuple[Difference, ...]
    document: IsolationDocument

    def readable(self) -> Readable:
        """The whole report."""
        return isolation_readable(self.document)


def isolate_cause(
    failing: UploadView | str | Path,
    passing: UploadView | str | Path | None = None,
    *,
    target: str | None = None,
    matrices: tuple[str | Path, ...] = (),
    cassettes: str | Path | None = None,
) -> IsolationView:
    """Find the smallest difference on the wire that decides between a failing and a passing request.

    Each is an upload that ``inspect_call`` saw, the folder of a saved request, or the id of a case of
    ``matrices``. Without ``passing`` it is the nearest that a recording says is accepted, else the failing
    one repaired. ``target`` is who is asked: ``emulator:openai-2026-02``, or a live server's name, whose
    recordings alone answer here: a search that costs money is agreed to on the command line. Raises
    ConfigurationError, and HarnessError where no passing request is found.
    """
    with tempfile.TemporaryDirectory(prefix="upload-matrix-") as folder:
        # What was asked about is not kept beside the user's recordings, and asking an emulator costs nothing.
        kept = Path(folder, "cassettes") if cassettes is None else Path(cassettes)
        emulated = target is None or target.startswith(EMULATOR)
        mode = RecordMode.NEW_EPISODES if emulated and cassettes is None else RecordMode.NONE
        live = LiveOptions(target=target, cassettes=str(kept), record_mode=mode.value)
        options = QuestionOptions(live, matrices=tuple(map(str, matrices)))
        with opened(options, "isolate") as inquiry:
            subject = inquiry.subject(_named(failing))
            found = between(inquiry, subject, None if passing is None else _named(passing))
    if isinstance(found, Search):
        raise HarnessError(_in_vain(found))
    return _isolation(found)


def _named(request: UploadView | str | Path) -> str:
    return str(request.folder if isinstance(request, UploadView) else request)


def _isolation(found: Isolated) -> IsolationView:
    return IsolationView(found.result.cause, isolation_document(story_of(found)))


def _in_vain(found: Search) -> str:
    if found.stopped is not None:
        return f"stopped: {found.stopped}"
    tried = "; ".join(f"{each.end.says}: {each.answer}" for each in found.tried)
    return f"no passing request was found{f' (tried {tried})' if tried else ''}; name one as `passing`"
