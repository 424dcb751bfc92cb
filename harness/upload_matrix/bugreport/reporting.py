"""What ``bug-report`` does: find the case, run it again offline, tell its story, try the repros, write."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import urlsplit

from upload_matrix import vendors
from upload_matrix.answers.answering import EMULATOR, emulated_root
from upload_matrix.bugreport import folder as bug
from upload_matrix.bugreport.folder import check_template
from upload_matrix.bugreport.story import Story
from upload_matrix.bugreport.story_of_case import (
    BugReportOptions,
    CaseAgain,
    FoundCall,
    load_for,
    settings_for,
    story_again,
    story_of,
)
from upload_matrix.environments.interpreters import Seat
from upload_matrix.files import read_text, zipped
from upload_matrix.inspect import saved
from upload_matrix.isolate.subject import find_case
from upload_matrix.judge.outcome import decide
from upload_matrix.model.answer import Answer, Exchange, NoAnswer, Provenance, Silence, Source, Supply
from upload_matrix.model.codec import parsed
from upload_matrix.model.diagnosis import Diagnosis
from upload_matrix.model.errors import ConfigurationError, Exit
from upload_matrix.model.estimate import model_of
from upload_matrix.model.hop import Effect
from upload_matrix.model.outcome import UNRESOLVED, ClientReport, OutcomeKind
from upload_matrix.model.result import CaseResult, Run
from upload_matrix.model.story import ReproVerdict, Tried
from upload_matrix.recordings import Redactor, guard
from upload_matrix.recordings.custom import project_rules
from upload_matrix.report import diagnosis as diagnosis_report
from upload_matrix.report import json_report
from upload_matrix.report.diagnosis import DiagnosisDocument
from upload_matrix.report.rendering import format_of
from upload_matrix.report.visible import visible
from upload_matrix.report.wording import FAILED
from upload_matrix.run.environments import lazy_locator
from upload_matrix.run.repro import Launcher, Original, try_out
from upload_matrix.run.retrace import Retracing
from upload_matrix.run.telling import told_of
from upload_matrix.wire.form import WireForm

# -- the story of a saved request (``NAME.request``), and of a diagnosis: its call made again, or as saved --


def saved_story(folder: Path, known: Answer | None = None) -> tuple[Story, Original]:
    """The story, and what its repros are measured by. ``known`` answers where no answer was saved.

    Raises ConfigurationError for a folder that is no saved request, and for a request that was accepted or
    not answered.
    """
    kept = saved.load(folder)
    reply = known if known is not None and not isinstance(kept.reply, Answer) else kept.reply
    exchange = Exchange(1, kept.request, reply)
    # What the program made of the answer is not known: nothing rests on it, and nothing is said of it.
    outcome = replace(decide(ClientReport(returned="an answer"), [exchange]), detail=None)
    if outcome.kind is OutcomeKind.ACCEPTED or (
        outcome.kind in UNRESOLVED and outcome.kind is not OutcomeKind.INCONCLUSIVE
    ):
        raise ConfigurationError(f"{folder}: this request was {outcome}: nothing to report about it")
    redactor = Redactor(project_rules(Path.cwd()))
    emulated = kept.asked.startswith(EMULATOR)
    base_url = vendors.usual().base_url if emulated else kept.asked.rstrip("/")
    root = emulated_root(kept.asked) if emulated else urlsplit(base_url).path
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


def diagnosed_story(options: BugReportOptions, text: str, path: Path) -> FoundCall:
    """The story of the diagnosis in ``path``, whose text is given.

    Its call is a case of the matrices, or a saved request: the folder that is named beside the diagnosis,
    else what the diagnosis itself names. Raises ConfigurationError when the call is not to be had, is another
    one now, or was accepted.
    """
    found = diagnosis_report.load(text, str(path))
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
        return FoundCall(story, original, Seat(), lazy_locator(), vendors.usual().variables.keys)
    return _of_case(options, found, name, path)


def _of_case(options: BugReportOptions, found: DiagnosisDocument, name: str, path: Path) -> FoundCall:
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
    wires = {each.digest: each for each in again.stored}
    run = Run((case.matrix,), (again.result,), wires, (again.environment,))

    def kept(reply: object) -> bool:
        return rebuilt is None or not (isinstance(reply, Answer) and reply.source is rebuilt.source)

    whole = story_again(CaseAgain(run, again.result, case, again, settings, kept), {})
    story = replace(whole.story, frequency=(_frequency(diagnosis),), expected=None, diagnosis=found)
    return replace(whole, story=story)


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
        f"Requests asked about while it was diagnosed: {diagnosis.calls}; known before: {diagnosis.recorded}."
    )
    if diagnosis.emulated:
        says += " Emulated answers are always the same: they do not tell how often a live server does this."
    return says


BLAMABLE = FAILED | {OutcomeKind.INCONCLUSIVE}
"""Outcomes that somebody else can do something about."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, in words and as JSON."""

    text: str
    json: str
    exit_code: int


def report(options: BugReportOptions) -> Written:
    """Write the folder; raises ConfigurationError, UnavailableError and what else ``HarnessError`` covers."""
    path = Path(options.report)
    output = Path(options.output or "bug-report")
    _check_output(output, force=options.force)
    if options.template is not None:
        check_template(options.template)
    found = _found(options, path)
    repros, files = bug.repros(found.story)
    launcher = Launcher(found.locate, found.seat)
    tried = tuple(try_out(repro, files, found.original, launcher) for repro in repros)
    written = bug.folder(found.story, tried, files, options.template)
    secrets = tuple(os.environ[name] for name in found.key_variables if os.environ.get(name))
    for name, data in written.items():
        guard(data, secrets, str(output / name))
    _write(written, output)
    archive = None
    if not options.no_zip:
        archive = output.with_name(f"{output.name}.zip")
        archive.write_bytes(zipped({f"{output.name}/{name}": data for name, data in written.items()}))
    return _finished(found, tried, output, archive)


def _check_output(output: Path, *, force: bool) -> None:
    if output.exists() and (not output.is_dir() or any(output.iterdir())) and not force:
        raise ConfigurationError(
            f"-o {output}: there is something already; choose another folder, or --force"
        )


def _found(options: BugReportOptions, path: Path) -> FoundCall:
    if path.is_dir():
        if options.case_id is not None:
            raise ConfigurationError(f"{path}: a saved request holds no case; leave {options.case_id!r} out")
        story, original = saved_story(path)
        return FoundCall(story, original, Seat(), lazy_locator(), vendors.usual().variables.keys)
    text = read_text(path)
    if format_of(text) == diagnosis_report.FORMAT:
        if options.way.spec() is not None:
            raise ConfigurationError("--through: a diagnosis is told as it is; leave it out")
        return diagnosed_story(options, text, path)
    run = json_report.load(text, str(path))
    result = _case(run, options.case_id, path)
    return story_of(options, run, result, _facts(path))


def _damaged(result: CaseResult) -> bool:
    """Whether a gateway forwarded less or something else than was sent: it may pass and be wrong."""
    effects = () if result.hop is None else result.hop.effects
    return Effect.CORRUPTED in effects or Effect.DROPPED in effects


def _case(run: Run, wanted: str | None, path: Path) -> CaseResult:
    failing = [result for result in run.results if result.outcome.kind in BLAMABLE or _damaged(result)]
    if wanted is None:
        if len(failing) == 1:
            return failing[0]
        ids = "\n  ".join(result.id for result in failing[:20])
        raise ConfigurationError(
            f"{path}: which case? Give the id of one that fails; there are {len(failing)}"
            + (f":\n  {ids}" if failing else "")
        )
    result = next((each for each in run.results if each.id == wanted), None)
    if result is None:
        near = get_close_matches(wanted, [each.id for each in run.results], n=1, cutoff=0.4)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ConfigurationError(f"{path}: holds no case {wanted!r}{hint}")
    told = result.hop is not None and result.hop.effects and result.outcome.kind is OutcomeKind.ACCEPTED
    if result.outcome.kind not in BLAMABLE and not told:
        way_out = (
            "nothing to report about it"
            if result.outcome.kind is OutcomeKind.ACCEPTED
            else "that says nothing about the upload: run it again until it does"
        )
        raise ConfigurationError(f"{path}: {wanted} is {result.outcome.kind.value}: {way_out}")
    return result


def _facts(path: Path) -> Mapping[str, object]:
    """The run's times and machine, from the file beside the report; empty when it is not there."""
    beside = path.with_name(f"{path.stem}.run.json")
    if not beside.is_file():
        return {}
    text = read_text(beside)
    try:
        document = parsed(text)
    except ValueError as error:
        raise ConfigurationError(f"{beside}: not JSON: {error}; move it away, or run again") from error
    return document if isinstance(document, dict) else {}


def _write(files: Mapping[str, bytes], output: Path) -> None:
    """All files into a folder beside the wanted one, then put in its place: there is no half report."""
    output.parent.mkdir(parents=True, exist_ok=True)
    fresh = output.with_name(f".{output.name}.{os.getpid()}.part")
    try:
        for name, data in files.items():
            path = fresh / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            if name.endswith(".sh"):
                path.chmod(0o755)
        output.mkdir(exist_ok=True)
        for path in fresh.iterdir():
            place = output / path.name
            if place.is_dir() and not place.is_symlink():
                shutil.rmtree(place)
            path.replace(place)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _finished(found: FoundCall, tried: tuple[Tried, ...], output: Path, archive: Path | None) -> Written:
    lines = [f"{output / 'report.md'}: {visible(str(found.story.outcome))}"]
    if found.story.emulated:
        lines.append("EMULATED: the answers are not the vendor's words. Do not send this as a live failure.")
    for each in tried:
        ends = f"; {each.verified.ends}" if each.verified.ends else ""
        lines.append(f"  {each.file}: {visible(each.verified.says + ends)}")
    if archive is not None:
        lines.append(str(archive))
    document = {
        "report": str(output / "report.md"),
        "zip": None if archive is None else str(archive),
        "emulated": found.story.emulated,
        "repros": [
            {
                "file": each.file,
                "verdict": each.verified.verdict.value,
                "says": each.verified.says,
                "differences": list(each.verified.differences),
                "ends": each.verified.ends,
            }
            for each in tried
        ],
    }
    own_differs = any(
        each.script is not None and each.script.own and each.verified.verdict is ReproVerdict.DIFFERENT
        for each in tried
    )
    verified = any(each.verified.verdict is ReproVerdict.IDENTICAL for each in tried)
    if own_differs:
        lines.insert(0, "? the repro with the case's own client sends something else than the case did")
    elif not verified:
        lines.insert(0, "? no repro was verified: none could be run and compared with the original")
    text = json.dumps(document, ensure_ascii=False, indent=1)
    return Written("\n".join(lines), text, Exit.OK if verified and not own_differs else Exit.UNRESOLVED)
