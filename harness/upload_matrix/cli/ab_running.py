"""What ``ab`` does: find the two cases, ask for what is missing, replay both in turns, compare, write."""

from __future__ import annotations

import dataclasses
import shlex
import sys
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click

from upload_matrix.cli.ab_replay import replayed, written
from upload_matrix.cli.live_options import LiveOptions
from upload_matrix.cli.recording import BUDGET_EXIT, cassettes_of, paths_of, prepared, request_of
from upload_matrix.judge.ab import compare_ab
from upload_matrix.model.call import CallRecord
from upload_matrix.model.case import Case
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.plan import Plan
from upload_matrix.report import ab_report
from upload_matrix.report.registry import check_name
from upload_matrix.run.loading import Loaded, kept_model, load
from upload_matrix.run.pairing import Changes, Pair, pair_of, targets_of

REPLAY = "none"


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
    reports: str = "reports"
    name: str = "latest"
    as_json: bool = False

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> AbOptions:
        """From click's values."""
        names = {field.name for field in dataclasses.fields(LiveOptions)}
        live = LiveOptions(**{name: value for name, value in given.items() if name in names})
        return cls(live=live, **{name: value for name, value in given.items() if name not in names})

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
    if options.live.record_mode == REPLAY:
        return _replay_only(options)
    pairs: list[Pair] = []

    request = request_of(options.live, paths_of(options.matrices))
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
            _say,
            dry_run=options.dry_run,
            select=select,
            looked=lambda plan: _say_if_same(plan, pairs[-1]),
        ) as done,
    ):
        if done is None:
            return 0
        if done.stopped is not None:
            _say(done.stopped)
        status = _compared(options, done.loaded, pairs[-1], done.answers, done.calls)
        return BUDGET_EXIT if done.stopped is not None else status


def _replay_only(options: AbOptions) -> int:
    """From recordings alone: nothing is planned, no ledger is opened."""
    kept = partial(kept_model, cassettes_of(options.live))
    request = request_of(options.live, paths_of(options.matrices))
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
    paths = written(ab, done, Path(options.reports), options.name, _again(options))
    text = ab_report.render(ab, done.run, calls)
    click.echo(text, nl=False, err=options.as_json)
    for path in paths:
        click.echo(f"wrote {path}", err=options.as_json)
    if options.as_json:
        sys.stdout.writelines(ab_report.chunks(ab, done.run))
    return ab.exit_code


def _say(line: str) -> None:
    click.echo(line, err=True)


def _say_if_same(plan: Plan, pair: Pair) -> None:
    def forms(case: Case) -> set[tuple[str, str]]:
        return {(wanted.target, wanted.wire) for wanted in plan.wanted if case.id in wanted.cases}

    if forms(pair.a) and forms(pair.a) == forms(pair.b):
        _say(f"A and B send {ab_report.SAME_REQUEST}. Nothing is sent for B.")


def _again(options: AbOptions) -> str:
    """The command that compares the same recordings again."""
    words = ["upload-matrix", "ab", *options.words]
    for name, value in (
        ("--target", request_of(options.live, ()).target),
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
