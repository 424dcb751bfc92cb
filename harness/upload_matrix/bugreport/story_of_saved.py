"""The story of a saved request (``NAME.request``), and of a diagnosis: its call made again, or as saved."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from upload_matrix.answers.answering import EMULATOR, EMULATOR_ROOT
from upload_matrix.bugreport.story import Story
from upload_matrix.bugreport.story_of_case import (
    KEY_VARIABLES,
    VENDOR,
    BugReportOptions,
    Found,
    load_for,
    settings_for,
    told,
)
from upload_matrix.environments.interpreters import Seat
from upload_matrix.inspect import saved
from upload_matrix.isolate.subject import find_case
from upload_matrix.judge.findings import find
from upload_matrix.judge.outcome import decide
from upload_matrix.judge.verdict import judge
from upload_matrix.model.answer import Answer, NoAnswer, Provenance, Silence, Source, Supply
from upload_matrix.model.asked import model_of
from upload_matrix.model.case import Case
from upload_matrix.model.diagnosis import Diagnosis
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.exchange import Exchange
from upload_matrix.model.outcome import UNRESOLVED, ClientReport, OutcomeKind
from upload_matrix.model.result import CaseResult, Run
from upload_matrix.recordings import Redactor
from upload_matrix.recordings.custom import project_rules
from upload_matrix.report.diagnosis import DiagnosisDocument, load
from upload_matrix.run.environments import lazy_locator
from upload_matrix.run.repro import Original
from upload_matrix.run.retrace import Retraced, Retracing
from upload_matrix.run.session import attempt_of
from upload_matrix.run.telling import told_of
from upload_matrix.wire.form import WireForm


def saved_story(folder: Path, known: Answer | None = None) -> tuple[Story, Original]:
    """The story, and what its repros are measured by. ``known`` answers where no answer was saved.

    Raises ConfigurationError for a folder that is no saved request, and for a request that was accepted or
    not answered.
    """
    kept = saved.load(folder)
    reply = known if known is not None and not isinstance(kept.reply, Answer) else kept.reply
    exchange = Exchange(1, kept.request, reply)
    # What the program made of the answer is not known, so that nothing rests on it.
    outcome = decide(ClientReport(returned="an answer"), [exchange])
    if outcome.kind is OutcomeKind.ACCEPTED or (
        outcome.kind in UNRESOLVED and outcome.kind is not OutcomeKind.INCONCLUSIVE
    ):
        raise ConfigurationError(f"{folder}: this request was {outcome}: nothing to report about it")
    redactor = Redactor(project_rules(Path.cwd()))
    emulated = kept.asked.startswith(EMULATOR)
    base_url = VENDOR if emulated else kept.asked.rstrip("/")
    root = EMULATOR_ROOT if emulated else urlsplit(base_url).path
    story = Story(
        id=folder.name,
        target=kept.asked,
        base_url=base_url,
        root=root,
        outcome=outcome,
        said=ClientReport(),
        told=(told_of(exchange, urlsplit(base_url).netloc, redactor, kept=reply is not known),),
        frequency=("The request was seen once.",),
    )
    return story, Original((kept.request.wire,), (reply,), ClientReport(), {}, root)


_JSON = (("content-type", "application/json"),)


def diagnosed_story(options: BugReportOptions, text: str, path: Path) -> Found:
    """The story of the diagnosis in ``path``, whose text is given.

    Its call is a case of the matrices, or a saved request: the folder that is named beside the diagnosis,
    else what the diagnosis itself names. Raises ConfigurationError when the call is not to be had, is another
    one now, or was accepted.
    """
    found = load(text, str(path))
    diagnosis = found.diagnosis
    if diagnosis.answer.accepted:
        raise ConfigurationError(f"{path}: the call is accepted: nothing to report about it")
    name = options.case_id or diagnosis.subject
    folder = Path(name)
    if not (folder / saved.WIRE).is_file() and (beside := path.parent / name / saved.WIRE).is_file():
        folder = beside.parent
    if (folder / saved.WIRE).is_file():
        story, original = saved_story(folder, _answer(diagnosis))
        _check_wire(diagnosis, found, original.wires[-1], str(folder))
        story = replace(story, frequency=(_frequency(diagnosis),), diagnosis=found)
        return Found(story, original, Seat(), lazy_locator(), KEY_VARIABLES)
    return _of_case(options, found, name, path)


def _of_case(options: BugReportOptions, found: DiagnosisDocument, name: str, path: Path) -> Found:
    diagnosis = found.diagnosis
    form = None if found.isolation is None else found.isolation.forms[1]
    loaded = load_for(options, None if form is None else model_of(form))
    try:
        case = replace(find_case(loaded, name), target=diagnosis.target)
    except ConfigurationError as error:
        raise ConfigurationError(
            f"{path}: the call {name!r} is neither a saved request nor a case of the matrices here: of a "
            "program, give the folder that `diagnose --save FOLDER` wrote as a second argument; of a matrix, "
            f"name it with --matrix. {error}"
        ) from error
    settings = settings_for(options, loaded)
    rebuilt = _answer(diagnosis)
    silent = NoAnswer(Silence.UNREACHABLE, diagnosis.answer.message or "nothing answered")
    with Retracing(settings) as retracing:
        again = retracing.run(case, lambda _: rebuilt or silent)
    if not again.exchanges:
        raise ConfigurationError(f"{case.id} sends no request any more: diagnose it again")
    _check_wire(diagnosis, found, again.exchanges[0].request.wire, case.id)
    result = _result(case, again)
    wires = {each.digest: each for each in again.stored}
    run = Run((case.matrix,), (result,), wires, (again.environment,))

    def kept(reply: object) -> bool:
        return rebuilt is None or not (isinstance(reply, Answer) and reply.source is rebuilt.source)

    whole = told(run, result, case, again, settings, {}, None, kept)
    story = replace(whole.story, frequency=(_frequency(diagnosis),), expected=None, diagnosis=found)
    return replace(whole, story=story)


def _result(case: Case, again: Retraced) -> CaseResult:
    """What a run would say of it."""
    facts = {"guess": again.guess}
    today = datetime.now(tz=UTC).date()
    return CaseResult(
        id=case.id,
        matrix=case.matrix,
        axes=case.axes,
        target=case.target,
        environment=again.environment.name,
        outcome=again.outcome,
        verdict=judge(case, again.outcome, facts, today=today),
        client=again.report,
        attempts=tuple(attempt_of(each, again.redactor) for each in again.exchanges),
        findings=find(again.stored, case.operation),
        facts=facts,
    )


def _check_wire(diagnosis: Diagnosis, found: DiagnosisDocument, wire: WireForm, name: str) -> None:
    """A report about another request than the one that was diagnosed would be no evidence."""
    known = {diagnosis.wire} | ({found.isolation.forms[1].digest} if found.isolation is not None else set())
    if wire.digest in known or (found.isolation is not None and _alike(found.isolation.forms[1], wire)):
        return
    raise ConfigurationError(
        f"{name} is not the request that was diagnosed ({diagnosis.wire}, and this is {wire.digest}): if the "
        "diagnosis was given --mime-table, give it here too; else diagnose it again"
    )


def _alike(form: WireForm, wire: WireForm) -> bool:
    """Whether two forms differ in nothing but that one knows a shipped picture by name and one by digest."""

    def plain(each: WireForm) -> WireForm:
        parts = each.parts
        if parts is None:
            return each
        named = {place for place, part in enumerate(form.parts or ()) if part.asset is not None}
        return replace(
            each,
            parts=tuple(
                replace(part, asset="picture", size=1, sha256="") if place in named else part
                for place, part in enumerate(parts)
            ),
        )

    return plain(form).digest == plain(wire).digest


def _answer(diagnosis: Diagnosis) -> Answer | None:
    """The failing call's answer put together from what a diagnosis keeps of it."""
    answer = diagnosis.answer
    if answer.status is None:
        return None
    error = {"message": answer.message, "type": None, "param": answer.param, "code": answer.code}
    emulated = answer.emulated
    source = Source(
        diagnosis.target,
        Provenance.EMULATED if emulated else Provenance.LIVE,
        Supply.EMULATOR if emulated else Supply.FORWARDED,
        profile=diagnosis.target.removeprefix(EMULATOR) if emulated else None,
    )
    return Answer(answer.status, _JSON, json.dumps({"error": error}, ensure_ascii=False).encode(), source)


def _frequency(diagnosis: Diagnosis) -> str:
    says = (
        f"While it was diagnosed, {diagnosis.calls} requests were asked about and {diagnosis.recorded} known."
    )
    if diagnosis.emulated:
        says += " Emulated answers are always the same: they do not tell how often a live server does this."
    return says
