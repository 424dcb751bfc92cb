"""Small makers of wire forms, exchanges and runs, so that a test shows only what it is about."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from reports_story import text_part as text

from upload_matrix.judge.differences import Deciding, Indifferent, find_differences
from upload_matrix.judge.evidence import gather
from upload_matrix.model.answer import Answer, Exchange, NoAnswer, Provenance, Silence, Source, Supply
from upload_matrix.model.case import Encoding, FileField, Operation, Takes
from upload_matrix.model.outcome import ClientReport, Outcome, OutcomeKind
from upload_matrix.model.result import Attempt, CaseResult, Run, Verdict, VerdictKind
from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.form import Captured, Framing, WireForm

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

COMPARES_TYPES = Takes(types=("image/png", "image/jpeg", "image/webp"))
EDIT = Operation(
    name="images.edit",
    method="POST",
    path="/images/edits",
    encoding=Encoding.MULTIPART,
    file_fields=(
        FileField("image", repeatable=True, takes=(COMPARES_TYPES,)),
        FileField("mask", required=False),
    ),
    text_fields=("model", "prompt"),
    control="images.generate",
)

EMULATOR = Source("emulator", Provenance.EMULATED, Supply.EMULATOR, profile="openai-2026-02")
LIVE = Source("openai", Provenance.LIVE, Supply.RECORDED, recorded_on="2026-11-20")

ACCEPTED = Outcome(OutcomeKind.ACCEPTED, status=200)
INVALID_VALUE = Outcome(
    OutcomeKind.REJECTED,
    status=400,
    type="invalid_request_error",
    code="invalid_value",
    param="model",
    message="Invalid value: 'gpt-image-1'. Value must be 'dall-e-2'.",
)


def upload(
    filename: str | None = "avatar.webp",
    content_type: str | None = "image/webp",
    *,
    name: str = "image",
    disposition: str | None = None,
    data: str = "picture",
    size: int = 1000,
    media_format: str | None = "webp",
    headers: tuple[tuple[str, str], ...] = (),
) -> Part:
    written = "" if filename is None else f'; filename="{filename}"'
    return Part(
        name=name,
        filename=filename,
        content_type=content_type,
        disposition=disposition or f'form-data; name="{name}"{written}',
        size=size,
        sha256=hashlib.sha256(data.encode()).hexdigest(),
        format=media_format,
        headers=headers,
    )


def multipart(*parts: Part, framing: Framing = Framing.CONTENT_LENGTH, fault: str | None = None) -> WireForm:
    return WireForm(
        "POST", "/v1/images/edits", framing, "multipart/form-data", parts=tuple(parts), fault=fault
    )


def edit(*files: Part, model: str = "gpt-image-1") -> WireForm:
    """The usual edit: model, prompt, then the files (one good picture when none is given)."""
    return multipart(text("model", model), text("prompt", "a hat"), *(files or (upload(),)))


def generate(model: str = "gpt-image-1") -> WireForm:
    body = f'{{"model":"{model}","prompt":"a hat"}}'
    return WireForm("POST", "/v1/images/generations", Framing.CONTENT_LENGTH, "application/json", json=body)


def answered(
    status: int, body: bytes = b"", *, attempt: int = 1, headers: tuple[tuple[str, str], ...] = ()
) -> Exchange:
    return Exchange(attempt, captured(), Answer(status, headers, body, EMULATOR))


def unanswered(why: Silence, says: str, *, attempt: int = 1, complete: bool = True) -> Exchange:
    return Exchange(attempt, captured(complete=complete), NoAnswer(why, says))


def captured(*, complete: bool = True) -> Captured:
    return Captured(b"POST / HTTP/1.1\r\n\r\n", (), b"", edit(), complete)


def result(
    case: str,
    wire: WireForm | None,
    outcome: Outcome,
    *,
    source: Source = EMULATOR,
    verdict: VerdictKind = VerdictKind.AS_EXPECTED,
    operation: str = "images.edit",
    client: str = "openai",
    axes: Mapping[str, str] | None = None,
    facts: Mapping[str, str | None] | None = None,
) -> CaseResult:
    attempts = () if wire is None else (Attempt(wire.digest, outcome.status, source),)
    return CaseResult(
        id=case,
        matrix="m",
        axes={"operation": operation, "client": client, **(axes or {})},
        target=source.target,
        environment="here",
        outcome=outcome,
        verdict=Verdict(verdict, "accepted"),
        client=ClientReport(),
        attempts=attempts,
        facts=facts or {},
    )


def run(results: Iterable[CaseResult], *wires: WireForm) -> Run:
    return Run(("m",), tuple(results), {wire.digest: wire for wire in wires}, ())


def story(*told: tuple[WireForm, Outcome], source: Source = EMULATOR) -> Run:
    """A run with one case per form, called ``case-1``, ``case-2``..."""
    results = (result(f"case-{n}", wire, outcome, source=source) for n, (wire, outcome) in enumerate(told, 1))
    return run(results, *(wire for wire, _ in told))


def deciding(told: Run) -> tuple[Deciding, ...]:
    return find_differences(gather(told))[0]


def indifferent(told: Run) -> tuple[Indifferent, ...]:
    return find_differences(gather(told))[1]
