"""The replay of an A/B comparison, in turns, and its files."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from upload_matrix.answers.answering import Live, Policy
from upload_matrix.answers.given import read_given
from upload_matrix.cli.live_options import LiveOptions
from upload_matrix.cli.recording import cassettes_of
from upload_matrix.judge.ab import Ab
from upload_matrix.model.call import CallRecord
from upload_matrix.model.case import Case
from upload_matrix.model.result import Run
from upload_matrix.recordings import RecordMode
from upload_matrix.recordings.custom import project_rules
from upload_matrix.report import ab_report
from upload_matrix.report.machine import MachineFacts, dump_machine
from upload_matrix.report.registry import write_text
from upload_matrix.run.collect import Collector, Record, with_prices
from upload_matrix.run.loading import Loaded, settings_of
from upload_matrix.run.pairing import Pair, sampled
from upload_matrix.run.session import Session

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
    policy = Policy(cassettes_of(options), RecordMode.NONE, started.date(), given=answers, rules=rules)
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
    versions = {name: _version(name) for name in _PACKAGES}
    facts = MachineFacts(
        started=started.isoformat(timespec="seconds"),
        finished=datetime.now(tz=UTC).isoformat(timespec="seconds"),
        seconds=seconds,
        platform=platform.platform(),
        python=platform.python_version(),
        pillow=versions["pillow"],
        assets=assets,
        packages={name: version for name, version in versions.items() if version is not None},
        calls=tuple(calls),
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


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def rounds(pair: Pair, repeat: int) -> Iterator[Case]:
    """Controls, A, B, ``repeat`` times over: a bad minute of a server hits both alike."""
    for number in range(1, repeat + 1):
        for case in pair.cases:
            yield sampled(case, number)


def written(ab: Ab, done: Replayed, folder: Path, name: str, again: str) -> tuple[Path, ...]:
    """Write ``NAME.ab.json``, ``NAME.ab.md``, ``NAME.ab.html`` and ``NAME.ab.run.json``; their paths."""
    from upload_matrix.report.html import ab_page

    folder.mkdir(parents=True, exist_ok=True)
    return (
        write_text(folder / f"{name}{ab_report.SUFFIX}", ab_report.chunks(ab, done.run)),
        write_text(
            folder / f"{name}{ab_report.MARKDOWN_SUFFIX}",
            ab_report.markdown(ab, done.run, done.calls, again=again),
        ),
        write_text(folder / f"{name}{ab_page.SUFFIX}", ab_page.chunks(ab, done.run, done.calls, again=again)),
        write_text(folder / f"{name}{RUN_SUFFIX}", dump_machine(done.facts)),
    )
