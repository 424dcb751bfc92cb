"""A small run that tells the field report's story, for every test of this folder.

The webp handle without a mime table is rejected, the tuple and the control pass, one form is
unrecorded, one call is refused by the client, and one failure is known.
"""

from __future__ import annotations

import hashlib

from upload_matrix.model.answer import Provenance, Source, Supply
from upload_matrix.model.outcome import ClientReport, Outcome, OutcomeKind, Raised
from upload_matrix.model.result import Attempt, CaseResult, Environment, Finding, Run, Verdict, VerdictKind
from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.form import Framing, WireForm

MESSAGE = "Invalid value: 'gpt-image-1'. Value must be 'dall-e-2'."
PROFILE = "openai-2026-02"
EMULATED = Source("emulator", Provenance.EMULATED, Supply.EMULATOR, profile=PROFILE)
RECORDED = Source("openai", Provenance.LIVE, Supply.RECORDED, recorded_on="2026-02-22")
FORWARDED = Source("openai", Provenance.LIVE, Supply.FORWARDED)

REJECTED = Outcome(
    OutcomeKind.REJECTED,
    status=400,
    type="invalid_request_error",
    code="invalid_value",
    param="model",
    message=MESSAGE,
)
ACCEPTED = Outcome(OutcomeKind.ACCEPTED, status=200)

OCTET_STREAM = Finding(
    "octet-stream",
    "image",
    "The Content-Type of part `image` is the generic `application/octet-stream`, while its bytes are webp.",
    'image=("avatar.webp", data, "image/webp")',
)


def text_part(name: str, text: str) -> Part:
    data = text.encode("utf-8", "surrogatepass")
    return Part(
        name=name,
        filename=None,
        content_type=None,
        disposition=f'form-data; name="{name}"',
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        text=text,
        characters=len(text),
    )


def file_part(
    filename: str | None = "avatar.webp",
    content_type: str | None = "image/webp",
    *,
    name: str = "image",
    asset: str | None = "avatar/webp",
) -> Part:
    """A shipped picture as it comes back from a report: known by name, not by digest."""
    written = "" if filename is None else f'; filename="{filename}"'
    return Part(
        name=name,
        filename=filename,
        content_type=content_type,
        disposition=f'form-data; name="{name}"{written}',
        size=1 if asset else 4096,
        sha256="" if asset else "ab" * 32,
        format="webp",
        asset=asset,
    )


def edit(*parts: Part, prompt: str = "make it blue") -> WireForm:
    return WireForm(
        "POST",
        "/v1/images/edits",
        Framing.CONTENT_LENGTH,
        "multipart/form-data",
        parts=(*parts, text_part("model", "gpt-image-1"), text_part("prompt", prompt)),
    )


GENERATE = WireForm(
    "POST",
    "/v1/images/generations",
    Framing.CONTENT_LENGTH,
    "application/json",
    json='{"model":"gpt-image-1","prompt":"make it blue"}',
)
GOOD = edit(file_part())
GENERIC = edit(file_part(content_type="application/octet-stream"))
UNNAMED = edit(file_part(filename="upload", content_type="application/octet-stream"))


def case(
    operation: str,
    container: str,
    mime_table: str,
    outcome: Outcome,
    *attempts: Attempt,
    verdict: Verdict | None = None,
    client: ClientReport | None = None,
    findings: tuple[Finding, ...] = (),
    matrix: str = "field-report",
) -> CaseResult:
    axes = {
        "operation": operation,
        "model": "gpt-image-1",
        "client": "openai",
        "container": container,
        "image": "n/a" if container == "n/a" else "webp",
        "mime_table": mime_table,
    }
    words = [value for value in axes.values() if value != "n/a"]
    return CaseResult(
        id="/".join([matrix, *words]),
        matrix=matrix,
        axes=axes,
        target=f"emulator:{PROFILE}",
        environment=f"python-3.11-{mime_table}",
        outcome=outcome,
        verdict=verdict or Verdict(VerdictKind.AS_EXPECTED, outcome.kind.value),
        client=client or ClientReport(returned="ImagesResponse", status=200),
        attempts=attempts,
        findings=findings,
        facts={"guess": "image/webp" if mime_table == "system" else None},
    )


def answered(wire: WireForm, status: int, source: Source = EMULATED, rule: str | None = None) -> Attempt:
    headers = (("User-Agent", "OpenAI/Python 3.54.0"),)
    return Attempt(wire.digest, status=status, source=source, rule=rule, headers=headers)


def unexpected(outcome: Outcome, expected: str = "accepted") -> Verdict:
    return Verdict(VerdictKind.UNEXPECTED, expected, f"expected {expected}, got {outcome}")


HANDLE = case(
    "images.edit",
    "handle",
    "builtin",
    REJECTED,
    answered(GENERIC, 400, rule="edits-model-branch"),
    verdict=unexpected(REJECTED),
    client=ClientReport(
        raised=(Raised("openai.BadRequestError", f"Error code: 400 - {MESSAGE}"),), status=400
    ),
    findings=(OCTET_STREAM,),
)
NO_RECORDING = "no recording of wire form " + UNNAMED.digest
UNRECORDED = case(
    "images.edit",
    "bytesio",
    "system",
    Outcome(OutcomeKind.UNRECORDED, detail=NO_RECORDING),
    Attempt(
        UNNAMED.digest,
        no_answer=NO_RECORDING,
        nearest=GENERIC.digest,
        nearest_differences=("image.filename: avatar.webp -> upload",),
    ),
    verdict=Verdict(
        VerdictKind.UNRESOLVED, "accepted", f"expected accepted, got unrecorded ({NO_RECORDING})"
    ),
)
REFUSAL = (
    Raised("openai.APIConnectionError", "Connection error."),
    Raised("TypeError", "write() argument must be str, not bytes"),
)
REFUSED = case(
    "images.edit",
    "path-string",
    "builtin",
    Outcome(OutcomeKind.NOT_SENT, detail="TypeError: write() argument must be str, not bytes"),
    verdict=Verdict(VerdictKind.AS_EXPECTED, "refused"),
    client=ClientReport(raised=REFUSAL),
)
KNOWN = case(
    "images.edit",
    "bytesio",
    "builtin",
    REJECTED,
    answered(UNNAMED, 400, rule="edits-model-branch"),
    verdict=Verdict(
        VerdictKind.KNOWN_FAILURE,
        "accepted",
        f"expected accepted, got {REJECTED}; the known failure of line 12 (unnamed BytesIO)",
        "https://example.org/issues/7",
    ),
)
TUPLE = [
    case("images.edit", "tuple", table, ACCEPTED, answered(GOOD, 200)) for table in ("builtin", "system")
]
CONTROL = case("images.generate", "n/a", "builtin", ACCEPTED, answered(GENERATE, 200))


def run_of(*results: CaseResult, wires: tuple[WireForm, ...] = (), **facts: object) -> Run:
    known = {wire.digest: wire for wire in (GOOD, GENERIC, UNNAMED, GENERATE, *wires)}
    named = {attempt.wire for result in results for attempt in result.attempts}
    return Run(
        matrices=tuple(dict.fromkeys(result.matrix for result in results)),
        results=results,
        wires={digest: wire for digest, wire in known.items() if digest in named},
        environments=(
            Environment("python-3.11-builtin", "3.11.7", "builtin", {"openai": "3.54.0"}, {".webp": None}),
            Environment(
                "python-3.11-system", "3.11.7", "system", {"openai": "3.54.0"}, {".webp": "image/webp"}
            ),
        ),
        **facts,
    )


def story() -> Run:
    return run_of(HANDLE, *TUPLE, UNRECORDED, KNOWN, REFUSED, CONTROL)
