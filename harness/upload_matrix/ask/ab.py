"""What ``ab`` does: find the two cases, ask for what is missing, replay both in turns, compare, write."""

from __future__ import annotations

import dataclasses
import shlex
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from upload_matrix.answers.answering import Policy
from upload_matrix.answers.given import read_given
from upload_matrix.ask.options import LiveOptions, paths_of
from upload_matrix.ask.recording import Manner, prepared
from upload_matrix.files import shown
from upload_matrix.judge.ab import Ab, compare_ab
from upload_matrix.model.case import Case
from upload_matrix.model.errors import ConfigurationError, Exit
from upload_matrix.model.plan import CallRecord, Plan
from upload_matrix.model.result import Run
from upload_matrix.recordings import RecordMode
from upload_matrix.recordings.custom import project_rules
from upload_matrix.report import ab_report
from upload_matrix.report.document import Readable, markdown, terminal
from upload_matrix.report.machine import MachineFacts, dump_machine
from upload_matrix.report.opening import open_page
from upload_matrix.report.registry import check_name, write_text
from upload_matrix.report.streams import columns, say
from upload_matrix.run.collect import Collector, Record, with_prices
from upload_matrix.run.environments import machine_facts
from upload_matrix.run.loading import Loaded, kept_model, load, sampled, settings_of
from upload_matrix.run.pairing import Changes, Pair, pair_of, targets_of
from upload_matrix.run.session import Session
from upload_matrix.targets.sending import Live

RUN_SUFFIX = ".ab.run.json"
_PACKAGES = ("upload-matrix", "openai", "httpx", "httpx2", "pillow")


@dataclass(frozen=True, slots=True)
class Replayed:
    """The run of both variants and their controls, with what a clock and this machine add."""

    run: Run
    facts: MachineFacts
    calls: tuple[CallRecord, ...]


def replayed(
    options: LiveOptions,
    loaded: Loaded,
    pair: Pair,
    matrices: Sequence[Path],
    answers: Path | None,
    calls: Sequence[CallRecord],
) -> Replayed:
    """Every round from recordings: controls, A, B. ``answers`` are those of this run that none keeps.

    Raises ConfigurationError.
    """
    started = datetime.now(tz=UTC)
    rules = project_rules(Path.cwd())
    policy = Policy(options.folder(), RecordMode.NONE, started.date(), given=answers, rules=rules)
    settings = settings_of([loaded], policy, tables=options.tables(), live=Live())
    collector = Collector()
    seconds: dict[str, float] = {}
    with Session(settings) as session:
        session.warm(pair.cases)
        for index, case in enumerate(rounds(pair, options.repeat)):
            began = time.perf_counter()
            result = session.run(case)
            seconds[case.id] = time.perf_counter() - began
            collector.add(Record(index, result, dict(session.wires), session.environments()))
        assets = session.assets()
    run = replace(collector.run(_notes(options, answers)), controls=tuple(case.id for case in pair.controls))
    facts = machine_facts(
        started.isoformat(timespec="seconds"), _PACKAGES, seconds=seconds, assets=assets, calls=tuple(calls)
    )
    return Replayed(with_prices(run, matrices), facts, tuple(calls))


def _notes(options: LiveOptions, answers: Path | None) -> tuple[str, ...]:
    """What a reader must know of how the comparison was asked for."""
    notes = []
    target = options.base_url or options.target
    if target is not None:
        notes.append(f"the cases were answered by `{target}`, not by their matrix's own target")
    note = None if answers is None else read_given(answers).note
    return (*notes, note) if note is not None else tuple(notes)


def rounds(pair: Pair, repeat: int) -> Iterator[Case]:
    """Controls, A, B, ``repeat`` times over: a bad minute of a server hits both alike."""
    for number in range(1, repeat + 1):
        for case in pair.cases:
            yield sampled(case, number)


def written(
    ab: Ab, done: Replayed, folder: Path, name: str, report: Readable, again: str
) -> tuple[Path, ...]:
    """Write ``NAME.ab.json``, ``NAME.ab.md``, ``NAME.ab.html`` and ``NAME.ab.run.json``; their paths."""
    from upload_matrix.report.html import comparison_page

    folder.mkdir(parents=True, exist_ok=True)
    return (
        write_text(folder / f"{name}{ab_report.SUFFIX}", ab_report.chunks(ab, done.run)),
        write_text(
            folder / f"{name}{ab_report.MARKDOWN_SUFFIX}",
            markdown(report),
        ),
        write_text(
            folder / f"{name}{comparison_page.AB_SUFFIX}",
            comparison_page.ab_chunks(ab, done.run, done.calls, again=again),
        ),
        write_text(folder / f"{name}{RUN_SUFFIX}", dump_machine(done.facts)),
    )


REPLAY = "none"
_FORMS = {".md": ab_report.MARKDOWN_SUFFIX, ".json": ab_report.SUFFIX, ".html": ".ab.html"}
"""By the ending of ``-o``: the ending of the file in the folder of reports that is the same."""


@dataclass(frozen=True, slots=True)
class AbOptions:
    """The command's options, under their own names; ``live`` are those it shares with others."""

    words: tuple[str, ...]
    live: LiveOptions
    target_b: str | None = None
    model_b: str | None = None
    sdk_b: str | None = None
    sets: tuple[str, ...] = ()
    dry_run: bool = False
    reports: str | None = None
    name: str = "latest"
    as_json: bool = False
    output: str | None = None
    show: bool = False

    @property
    def matrices(self) -> tuple[str, ...]:
        """The words that are files or folders."""
        return tuple(word for word in self.words if _is_path(word))

    def cases(self) -> tuple[str, str | None]:
        """A's and B's words; raises ConfigurationError unless there are one or two."""
        found = [word for word in self.words if not _is_path(word)]
        if not 1 <= len(found) <= 2:
            raise ConfigurationError(
                f"ab compares two cases; {len(found)} of the words given are no file or folder"
            )
        return found[0], found[1] if len(found) == 2 else None

    def changes(self) -> Changes:
        """What B has other than A; raises ConfigurationError."""
        fields: dict[str, str] = {}
        for text in (*self.sets, *([f"model={self.model_b}"] if self.model_b is not None else ())):
            name, equals, value = text.partition("=")
            if not name or not equals or not value:
                raise ConfigurationError(f"--set-b {text}: give FIELD=VALUE, such as quality=low")
            if name in fields:
                raise ConfigurationError(f"--set-b {text}: {name} is given twice")
            fields[name] = value
        return Changes(self.target_b, self.sdk_b, fields)


def _is_path(word: str) -> bool:
    return word.endswith((".yaml", ".yml")) or Path(word).exists()


def run_ab(options: AbOptions) -> int:
    """Carry it out; the exit code. Raises ConfigurationError."""
    check_name(options.name)
    if options.output is not None and Path(options.output).suffix not in _FORMS:
        raise ConfigurationError(
            f"-o {options.output}: a comparison is written as .md, .json or .html; end the name so"
        )
    if options.live.record_mode == REPLAY:
        return _replay_only(options)
    pairs: list[Pair] = []

    request = options.live.request(paths_of(options.matrices))
    targets = targets_of(load(request))

    def select(cases: Sequence[Case]) -> Sequence[Case]:
        pairs.append(_pair(options, cases, targets))
        return pairs[-1].cases

    with (
        tempfile.TemporaryDirectory(prefix="upload-matrix-") as folder,
        prepared(
            options.live,
            request,
            Path(folder),
            say,
            Manner(options.dry_run, select, lambda plan: _say_if_same(plan, pairs[-1])),
        ) as done,
    ):
        if done is None:
            return 0
        if done.stopped is not None:
            say(done.stopped)
        status = _compared(options, done.loaded, pairs[-1], done.answers, done.calls)
        return Exit.BUDGET if done.stopped is not None else status


def _replay_only(options: AbOptions) -> int:
    """From recordings alone: nothing is planned, no ledger is opened."""
    kept = partial(kept_model, options.live.folder())
    request = options.live.request(paths_of(options.matrices))
    loaded = load(dataclasses.replace(request, models=kept))
    return _compared(options, loaded, _pair(options, loaded.cases, targets_of(loaded)), None, ())


def _pair(options: AbOptions, cases: Sequence[Case], targets: Collection[str]) -> Pair:
    a, b = options.cases()
    return pair_of(cases, targets, a, b, options.changes(), options.live.controls)


def _compared(
    options: AbOptions, loaded: Loaded, pair: Pair, answers: Path | None, calls: Sequence[CallRecord]
) -> int:
    done = replayed(options.live, loaded, pair, paths_of(options.matrices), answers, calls)
    ab = compare_ab(done.run, pair.a.id, pair.b.id)
    report = ab_report.readable(ab, done.run, done.calls, again=_again(options))
    paths = written(ab, done, Path(options.reports or "reports"), options.name, report, _again(options))
    stream = sys.stderr if options.as_json else sys.stdout
    stream.write(terminal(report, columns(stream)))
    also: tuple[Path, ...] = ()
    if options.output is not None:
        same = next(path for path in paths if path.name.endswith(_FORMS[Path(options.output).suffix]))
        output = Path(options.output)
        output.parent.mkdir(parents=True, exist_ok=True)
        also = (write_text(output, same.read_text("utf-8")),)
    stream.writelines(f"wrote {shown(path)}\n" for path in (*paths, *also))
    for said in filter(None, (open_page(path) for path in paths if options.show and path.suffix == ".html")):
        say(said)
    if options.as_json:
        sys.stdout.writelines(ab_report.chunks(ab, done.run))
    return ab.exit_code


def _say_if_same(plan: Plan, pair: Pair) -> None:
    def forms(case: Case) -> set[tuple[str, str]]:
        return {(wanted.target, wanted.wire) for wanted in plan.wanted if case.id in wanted.cases}

    if forms(pair.a) and forms(pair.a) == forms(pair.b):
        say(f"A and B send {ab_report.SAME_REQUEST}. Nothing is sent for B.")


def _again(options: AbOptions) -> str:
    """The command that compares the same recordings again."""
    words = ["upload-matrix", "ab", *options.words]
    for name, value in (
        ("--target", options.live.asked_target()),
        ("--target-b", options.target_b),
        ("--model-b", options.model_b),
        ("--sdk-b", options.sdk_b),
    ):
        words += [] if value is None else [name, value]
    for value in options.sets:
        words += ["--set-b", value]
    for value in options.live.controls:
        words += ["--control", value]
    return shlex.join([*words, "--repeat", str(options.live.repeat), "--record-mode", REPLAY])
