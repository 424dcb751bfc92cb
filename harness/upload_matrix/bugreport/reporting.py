"""What ``bug-report`` does: find the case, run it again offline, tell its story, try the repros, write."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from upload_matrix.bugreport import folder as bug
from upload_matrix.bugreport.report import check_template
from upload_matrix.bugreport.story_of_case import KEY_VARIABLES, BugReportOptions, Found, story_of
from upload_matrix.bugreport.story_of_saved import diagnosed_story, saved_story
from upload_matrix.environments.interpreters import Seat
from upload_matrix.files import read_text
from upload_matrix.model.codec import parsed
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.exits import Exit
from upload_matrix.model.hop import Effect
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.model.result import CaseResult, Run
from upload_matrix.model.story import Tried, Verdict
from upload_matrix.recordings import guard
from upload_matrix.report import diagnosis
from upload_matrix.report.json_report import load
from upload_matrix.report.rendering import format_of
from upload_matrix.report.wording import visible
from upload_matrix.run.environments import lazy_locator
from upload_matrix.run.repro import Launcher, try_out

FAILED = frozenset(
    {
        OutcomeKind.REJECTED,
        OutcomeKind.REFUSED,
        OutcomeKind.UNPARSED,
        OutcomeKind.ALTERED,
        OutcomeKind.INCONCLUSIVE,
    }
)
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
        archive.write_bytes(bug.zipped(written, output.name))
    return _finished(found, tried, output, archive)


def _check_output(output: Path, *, force: bool) -> None:
    if output.exists() and (not output.is_dir() or any(output.iterdir())) and not force:
        raise ConfigurationError(
            f"-o {output}: there is something already; choose another folder, or --force"
        )


def _found(options: BugReportOptions, path: Path) -> Found:
    if path.is_dir():
        if options.case_id is not None:
            raise ConfigurationError(f"{path}: a saved request holds no case; leave {options.case_id!r} out")
        story, original = saved_story(path)
        return Found(story, original, Seat(), lazy_locator(), KEY_VARIABLES)
    text = read_text(path)
    if format_of(text) == diagnosis.FORMAT:
        if options.way.spec() is not None:
            raise ConfigurationError("--through: a diagnosis is told as it is; leave it out")
        return diagnosed_story(options, text, path)
    run = load(text, str(path))
    result = _case(run, options.case_id, path)
    return story_of(options, run, result, _facts(path))


def _damaged(result: CaseResult) -> bool:
    """Whether a gateway forwarded less or something else than was sent: it may pass and be wrong."""
    effects = () if result.hop is None else result.hop.effects
    return Effect.CORRUPTED in effects or Effect.DROPPED in effects


def _case(run: Run, wanted: str | None, path: Path) -> CaseResult:
    failing = [result for result in run.results if result.outcome.kind in FAILED or _damaged(result)]
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
    if result.outcome.kind not in FAILED and not told:
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


def _finished(found: Found, tried: tuple[Tried, ...], output: Path, archive: Path | None) -> Written:
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
        each.script is not None and each.script.own and each.verified.verdict is Verdict.DIFFERENT
        for each in tried
    )
    verified = any(each.verified.verdict is Verdict.IDENTICAL for each in tried)
    if own_differs:
        lines.insert(0, "? the repro with the case's own client sends something else than the case did")
    elif not verified:
        lines.insert(0, "? no repro was verified: none could be run and compared with the original")
    text = json.dumps(document, ensure_ascii=False, indent=1)
    return Written("\n".join(lines), text, Exit.OK if verified and not own_differs else Exit.UNRESOLVED)
