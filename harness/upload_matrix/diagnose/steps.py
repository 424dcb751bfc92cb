"""The steps of a diagnosis, each for one suspect: what they share, what they ask, what that cost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from upload_matrix import vendors
from upload_matrix.answers.answering import Answering
from upload_matrix.ask.planning import capture
from upload_matrix.isolate.asker import Asker, answered
from upload_matrix.isolate.isolated import End
from upload_matrix.isolate.passage import Crossed, Passage
from upload_matrix.isolate.subject import Subject
from upload_matrix.judge.isolate.asking import SearchOptions
from upload_matrix.judge.suspects import alive, control, hop, releases, rest
from upload_matrix.judge.suspects.releases import SentByRelease
from upload_matrix.matrix.load import load_operations
from upload_matrix.model.answer import Answer, NoAnswer, Provenance
from upload_matrix.model.case import Case
from upload_matrix.model.diagnosis import Answered, Inquiry, Stand
from upload_matrix.model.errors import HarnessError
from upload_matrix.model.estimate import model_of, operation_of
from upload_matrix.recordings import stored_form
from upload_matrix.run.session import Settings
from upload_matrix.targets.models import fetch_models, models_path, retired, unlisted
from upload_matrix.targets.spec import TargetSpec
from upload_matrix.wire.form import Captured, Framing, WireForm, canonical_json
from upload_matrix.wire.media import preferred_extension
from upload_matrix.wire.splice import mixed_headers
from upload_matrix.wire.write import body_headers, contents_of, head_of

GENERATE_FIELDS = ("model", "prompt", "n", "size", "quality")
"""What the control takes over from the failing call: nothing that only an edit has."""


@dataclass
class Bench:
    """``subject`` is the failing call, ``spec`` its target's description (None: the emulator), ``today`` the
    day by which models live or not. ``given`` is a passing request that the user named, ``near`` are
    recorded ones, nearest first.

    ``releases`` are the SDK releases to try, ``why_no_releases`` why there are none. ``settings`` run cases
    offline, for suspect 2. ``say`` is told of each step. ``passage`` is the gateway that the call takes, None
    for a call without one; all but suspect 7 is asked without it.
    """

    subject: Subject
    asker: Asker
    spec: TargetSpec | None
    today: date
    options: SearchOptions
    settings: Settings
    given: End | None = None
    near: Sequence[End] = ()
    releases: tuple[str, ...] = ()
    why_no_releases: str | None = None
    say: Callable[[str], None] = lambda _: None
    passage: Passage | None = None
    headers: set[str] = field(default_factory=set)
    """Names of the headers of the target's answers."""

    @property
    def model(self) -> str | None:
        """The model the failing call names."""
        return model_of(self.subject.request.wire)

    def ask(self, request: Captured, *, recordable: bool = True) -> Answered:
        """The target's answer, its recording where there is one."""
        reply: Answer | NoAnswer = (
            self.asker.once(request) if recordable else self.asker.ask(request, recordable=False)
        )
        if isinstance(reply, Answer):
            self.headers.update(name for name, _ in reply.headers)
        return answered(reply)

    def counted(self, step: Callable[[], Inquiry]) -> Inquiry:
        """A step's inquiry with what it cost."""
        before, emulated = self.asker.tally(), self.asker.emulated
        inquiry = step()
        cost = self.asker.since(before, emulated)
        return replace(
            inquiry,
            calls=cost.calls,
            recorded=cost.recorded,
            spent=cost.spent,
            emulated=inquiry.emulated or cost.emulated,
        )


def control_request(failing: WireForm, headers: tuple[tuple[bytes, bytes], ...]) -> Captured:
    """``images.generate`` with the failing call's model, prompt and size, and no upload."""
    fields: Mapping[str, str | int | None] = {name: failing.field(name) for name in GENERATE_FIELDS}
    document = {
        name: int(value) if name == "n" and str(value).isdigit() else value
        for name, value in fields.items()
        if value is not None
    }
    if len(str(document.get("prompt", ""))) > 1000 or "prompt" not in document:
        document["prompt"] = "a red circle"
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    path = failing.path.replace("/images/edits", "/images/generations")
    path = path.replace("/images/variations", "/images/generations")
    wire = WireForm(
        "POST", path, Framing.CONTENT_LENGTH, "application/json", failing.query, json=canonical_json(body)
    )
    lines = (*headers, *body_headers(b"application/json", None, Framing.CONTENT_LENGTH, len(body)))
    return Captured(head_of(wire, lines), lines, body, wire, complete=True)


def plain_request(failing: Captured) -> Captured:
    """The same body with no header but what it needs and ``Accept``."""
    needed = (b"content-type", b"content-length", b"transfer-encoding", b"content-encoding")
    own = tuple((name, value) for name, value in failing.headers if name.lower() in needed)
    lines = ((b"Accept", b"*/*"), *own)
    return Captured(head_of(failing.wire, lines), lines, failing.body, failing.wire, failing.complete)


# -- suspect 2: other releases of the SDK, offline --


SDK_CLIENTS = frozenset({"openai", "openai-async", "openai-raw-response", "azure"})
"""Clients whose requests come from the SDK that has releases."""


def sent_by(
    subject: Subject, case: Case, settings: Settings, answering: Answering, releases: Sequence[str]
) -> tuple[SentByRelease, ...]:
    """What each release sends for ``case``. Nothing is asked; recordings say what is accepted."""
    placed = {release: case.on(sdk=release) for release in releases}
    captures = capture(settings, answering, tuple(placed.values()))
    found = []
    for release, each in placed.items():
        seen = next((item for item in captures.seen if each.id in item.cases), None)
        if seen is None:
            found.append(SentByRelease(release, None, why=captures.silent.get(each.id)))
            continue
        answer = answering.recorded(subject.target, seen.request.wire)
        accepted = 200 <= answer.status < 300 if isinstance(answer, Answer) else None
        found.append(SentByRelease(release, seen.wire, accepted))
    return tuple(found)


def reproduces(subject: Subject, case: Case, settings: Settings, answering: Answering) -> bool:
    """Whether ``case`` sends the subject's request here, with the SDK that is installed."""
    captures = capture(settings, answering, [case])
    wanted = stored_form(subject.request.wire).digest
    return any(seen.wire == wanted for seen in captures.seen)


_IMAGE = _MATRIX = "diagnosed"
_SECONDS = 60.0


@contextmanager
def as_case(subject: Subject, settings: Settings) -> Iterator[tuple[Case, Settings] | None]:
    """The request of somebody's program as a case, with settings that know its file; None where it is none.

    So other releases of the SDK can be asked what they would send in its place. Whether the case really sends
    the request is to be checked.
    """
    if subject.case is not None:
        yield subject.case, settings
        return
    wire = subject.request.wire
    operations = load_operations().values()
    operation = next((each for each in operations if vendors.ends_in(wire.path, each.path)), None)
    files = wire.uploads()
    contents = contents_of(subject.request)
    fields = {part.name: part.text for part in wire.parts or () if not part.is_upload}
    told = {name: text for name, text in fields.items() if text is not None}
    in_form = all(each.carrier == "multipart" for each in files)
    if (
        operation is None
        or not in_form
        or len(files) != 1
        or len(told) < len(fields)
        or files[0].sha256 not in contents
    ):
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
                files={**settings.files, _IMAGE: path},
                timeouts={**settings.timeouts, _MATRIX: _SECONDS},
            ),
        )


# -- the steps --


CONTROLLED = frozenset({"images.edit", "images.variations"})
"""Operations that ``images.generate`` is a control for."""


def model_alive(bench: Bench, answer: Answered) -> Inquiry:
    """Suspect 0: the target is asked for its models, which costs nothing."""
    model = bench.model
    path = "/v1/models" if bench.spec is None else models_path(bench.spec)
    try:
        listed = fetch_models(bench.asker.answering.direct(bench.subject.target), bench.subject.target, path)
    except HarnessError as error:
        return alive.judge(model, listed=None, silent=str(error), answer=answer)
    gone = missing = None
    if model is not None:
        gone = retired(model, listed, bench.today)
        missing = (
            unlisted(model, listed, bench.today)
            if bench.spec is None
            else unlisted(model, listed, bench.today, bench.spec.api)
        )
    return alive.judge(model, listed=len(listed), retired=gone, unlisted=missing, answer=answer)


def has_control(bench: Bench) -> bool:
    """Whether there is a control for the failing call."""
    return operation_of(bench.subject.request.wire) in CONTROLLED


def ask_control(bench: Bench) -> Answered | None:
    """Suspect 1: ``images.generate`` with the same model."""
    if not has_control(bench):
        return None
    headers = bench.subject.request.headers
    return bench.ask(
        control_request(bench.subject.request.wire, mixed_headers(headers, headers, frozenset()))
    )


def judge_control(bench: Bench, failing: Answered, answer: Answered | None) -> Inquiry:
    """What its answer means."""
    return control.judge(operation_of(bench.subject.request.wire), bench.model, failing, answer)


def other_releases(bench: Bench) -> Inquiry:
    """Suspect 2: the same call in other releases of the SDK, offline."""
    wire = bench.subject.request.wire.digest
    client = bench.subject.client
    if client not in SDK_CLIENTS:
        says = f"the call is not made by the Python SDK but by {client or 'another client'}"
        return Inquiry(releases.NUMBER, releases.NAME, Stand.NOT_APPLICABLE, says)
    if not bench.releases:
        return releases.judge(wire, (), why_not=bench.why_no_releases or "no release was named")
    answering = bench.asker.answering
    with as_case(bench.subject, bench.settings) as made:
        if made is None:
            return releases.judge(wire, (), why_not="this request cannot be put as a case of a matrix")
        case, settings = made
        if not reproduces(bench.subject, case, settings, answering):
            why = "the SDK that is installed here sends something else for the same file and fields"
            return releases.judge(wire, (), why_not=why)
        return releases.judge(wire, sent_by(bench.subject, case, settings, answering, bench.releases))


def plain_rest(bench: Bench, failing: Answered) -> Inquiry:
    """Suspect 4: the same bytes with no header but those they need."""
    if bench.asker.replaying:
        why = "nothing may be sent, and recordings do not tell headers apart"
        return rest.judge(failing, None, why_not=why)
    return rest.judge(failing, bench.ask(plain_request(bench.subject.request), recordable=False))


def through_gateway(bench: Bench, passage: Passage, direct: Answered) -> tuple[Inquiry, Crossed]:
    """Suspect 7: the failing call through the gateway that it takes, beside the target's own answer to it."""
    crossed = passage.take(bench.subject.request)
    return hop.compared(passage.name, direct, answered(crossed.reply), crossed.crossing), crossed


def gateway(bench: Bench) -> Inquiry:
    """Suspect 7: what lies between, as far as addresses and headers tell."""
    spec = bench.spec
    host = None if spec is None else urlsplit(spec.base_url).hostname
    emulated = spec is not None and spec.provenance is Provenance.EMULATED
    return hop.judge(host, sorted(bench.headers), emulated=emulated)
