"""Facts of live answers in a run's report, or in recordings, for ``facts contribute``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from upload_matrix import __version__
from upload_matrix.facts.bundle import CONTRIBUTED, Bundle, anonymous
from upload_matrix.facts.fact import Fact, FactSource, Grade
from upload_matrix.files import read_text, shown
from upload_matrix.inspect.importing import counted, redacted
from upload_matrix.judge.observed import observed, vendor_of_host
from upload_matrix.model.answer import Answer, NoAnswer, Provenance
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.result import Run
from upload_matrix.recordings.care import inventory
from upload_matrix.recordings.redactor import DEFAULT
from upload_matrix.report import json_report
from upload_matrix.report.wording import plural
from upload_matrix.targets.spec import TargetSpec
from upload_matrix.wire.form import WireForm


@dataclass(frozen=True, slots=True)
class Contribution:
    """A bundle, and why what was there is not in it, in words."""

    bundle: Bundle
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Answered:
    kind: str
    wire: WireForm
    answer: Answer


def contribution(path: Path, targets: Mapping[str, TargetSpec], today: date) -> Contribution:
    """What a report (a file) or a folder of recordings shows of live servers.

    ``targets`` by name tell whose server answered. Raises ConfigurationError for a file of another kind, and
    for one with emulated answers alone: nobody learns of a server from those.
    """
    versions: dict[str, str] = {}
    if path.is_dir():
        seen = list(_recorded(path))
    else:
        run = json_report.load(read_text(path), shown(path))
        versions = _versions(run)
        seen = list(_reported(run))
    live = [each for each in seen if each.answer.source.provenance is Provenance.LIVE]
    if seen and not live:
        raise ConfigurationError(
            f"{shown(path)}: all answers are emulated; a contribution is of a live server "
            "(`upload-matrix run --target NAME`)"
        )
    facts: list[Fact] = []
    why: list[str] = []
    for each in live:
        found, reason = _facts(each, targets)
        facts += found
        why += [] if found else [reason]
    emulated = len(seen) - len(live)
    left_out = [f"{why.count(reason):,}: {reason}" for reason in dict.fromkeys(why)]
    left_out += (
        [f"{plural(emulated, 'emulated answer')}, of which nobody learns of a server"] if emulated else []
    )
    bundle = Bundle(made=today, program=__version__, versions=versions, facts=counted(facts))
    return Contribution(bundle, tuple(left_out))


def _reported(run: Run) -> Iterator[_Answered]:
    for result in run.results:
        for attempt in result.attempts if result.hop is None else ():
            wire = run.wires.get(attempt.wire)
            if wire is not None and attempt.status is not None and attempt.source is not None:
                body = (attempt.answer or "").encode("utf-8", "replace")
                yield _Answered("report", wire, Answer(attempt.status, (), body, attempt.source))


def _recorded(folder: Path) -> Iterator[_Answered]:
    for entry in inventory(folder):
        for each in entry.recordings:
            if not isinstance(each.reply, NoAnswer):
                yield _Answered("recording", each.wire, each.answer)


def _versions(run: Run) -> dict[str, str]:
    """The clients' versions; of several the environments' names stand before them."""
    found: dict[str, str] = {}
    for environment in run.environments:
        for name, version in environment.clients.items():
            known = found.setdefault(name, str(version))
            if known != str(version):
                found[f"{environment.name} {name}"] = str(version)
    return dict(sorted(found.items()))


def _facts(each: _Answered, targets: Mapping[str, TargetSpec]) -> tuple[tuple[Fact, ...], str]:
    name = each.answer.source.target
    spec = targets.get(name)
    if spec is None:
        return (), f"no target is called {name}, so whose server answered is not known"
    host = urlsplit(spec.base_url).hostname or ""
    vendor = vendor_of_host(host)
    if vendor is None:
        return (), f"the target {name} is at {host}, which is nobody's known here"
    if each.answer.source.recorded_on is None:
        return (), "the day of the answer is not known"
    source = FactSource(CONTRIBUTED, each.kind, each.wire.digest)
    found = observed(each.wire, each.answer, vendor, source, Grade.CONTRIBUTED)
    return tuple(
        anonymous(redacted(fact, DEFAULT)) for fact in found
    ), "a request without a file that can be told"


def words(facts: Iterable[Fact]) -> Iterator[str]:
    """A line a fact, for whoever is to agree to it before it leaves the machine."""
    for fact in facts:
        said = fact.error.code if fact.error is not None and fact.error.code else ""
        yield (
            f"{fact.vendor} {fact.operation}: {fact.sniffed or '?'} as {fact.declared} by {fact.carrier}, "
            f"{fact.status} {said}".rstrip()
        )
