"""Small runs of repeated cases, as they come out of a session, for the tests of this folder."""

from __future__ import annotations

from upload_matrix.model.answer import Provenance, Source, Supply
from upload_matrix.model.case import case_id
from upload_matrix.model.outcome import ClientReport, Outcome, OutcomeKind
from upload_matrix.model.price import Usage
from upload_matrix.model.result import Attempt, CaseResult, Run, Verdict, VerdictKind
from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.form import Framing, WireForm

LIVE = Source("vendor", Provenance.LIVE, Supply.RECORDED, recorded_on="2026-11-22")
EMULATED = Source("emulator:p", Provenance.EMULATED, Supply.RECORDED, profile="p")
USED = Usage(text_in=25, image_in=194, image_out=272)

YES = Outcome(OutcomeKind.ACCEPTED, status=200)
NO = Outcome(OutcomeKind.REJECTED, status=400, code="invalid_value", param="model", message="Not so.")
OTHER = Outcome(OutcomeKind.REJECTED, status=415, code="unsupported")
BUSY = Outcome(OutcomeKind.INCONCLUSIVE, status=503, detail="503")


def _part(name: str, text: str | None = None, content_type: str | None = None) -> Part:
    filename = None if text is not None else "a.webp"
    return Part(name, filename, content_type, f'form-data; name="{name}"', 4, "ab" * 32, text=text)


def edit(content_type: str = "image/webp", model: str = "gpt-image-1") -> WireForm:
    parts = (_part("image", content_type=content_type), _part("model", model))
    return WireForm("POST", "/v1/images/edits", Framing.CONTENT_LENGTH, "multipart/form-data", parts=parts)


def generate(model: str = "gpt-image-1") -> WireForm:
    json = f'{{"model":"{model}"}}'
    return WireForm("POST", "/v1/images/generations", Framing.CONTENT_LENGTH, "application/json", json=json)


def rounds(
    container: str,
    wire: WireForm | None,
    *outcomes: Outcome,
    source: Source = LIVE,
    usage: Usage | None = None,
    target: str = "vendor",
    read: ClientReport | None = None,
    **more: str,
) -> list[CaseResult]:
    """A result for each outcome, as repetitions 1, 2, 3..."""
    results = []
    for number, outcome in enumerate(outcomes, 1):
        axes = {"container": container, **more, "sample": str(number)}
        attempt = None
        if wire is not None:
            used = usage if outcome.kind is OutcomeKind.ACCEPTED else None
            attempt = Attempt(wire.digest, status=outcome.status, source=source, usage=used)
        results.append(
            CaseResult(
                id=case_id("m", axes),
                matrix="m",
                axes=axes,
                target=target,
                environment="builtin",
                outcome=outcome,
                verdict=Verdict(VerdictKind.AS_EXPECTED, "accepted"),
                client=read or ClientReport(returned="dict"),
                attempts=() if attempt is None else (attempt,),
            )
        )
    return results


def run_of(*groups: list[CaseResult], wires: tuple[WireForm, ...] = (), **facts: object) -> Run:
    known = (edit(), edit("application/octet-stream"), generate(), *wires)
    results = [result for group in groups for result in group]
    # In turns, as a session runs them.
    results.sort(key=lambda result: int(result.axes["sample"]))
    return Run(("m",), tuple(results), {wire.digest: wire for wire in known}, (), **facts)
