"""The steps that ask or run something, each for one suspect."""

from __future__ import annotations

from urllib.parse import urlsplit

from upload_matrix.diagnose.as_case import as_case
from upload_matrix.diagnose.bench import Bench, control_request, plain_request
from upload_matrix.diagnose.releases import SDK_CLIENTS, reproduces, sent_by
from upload_matrix.isolate.asker import answered
from upload_matrix.isolate.passage import Crossed, Passage
from upload_matrix.judge.suspects import alive, control, hop, releases, rest
from upload_matrix.model.answer import Provenance
from upload_matrix.model.asked import operation_of
from upload_matrix.model.diagnosis import Answered, Inquiry, Stand
from upload_matrix.model.errors import HarnessError
from upload_matrix.splice.headers import mixed_headers
from upload_matrix.targets.models import fetch_models, models_path, retired, unlisted

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
