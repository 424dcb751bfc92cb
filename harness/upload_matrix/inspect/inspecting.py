"""What ``upload-matrix inspect`` does: options to settings, the run, what is saved, the exit code."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from upload_matrix.ask.options import Through
from upload_matrix.files import hint
from upload_matrix.inspect.as_case import check_name, write_case
from upload_matrix.inspect.calls import choose
from upload_matrix.inspect.command import Inspected, Inspection, InspectSettings, inspect_command
from upload_matrix.inspect.output import JsonListener, TextListener, delivery_of
from upload_matrix.inspect.proxy.setup import ProxyOptions
from upload_matrix.inspect.routes import AnsweredBy
from upload_matrix.inspect.saved import SUFFIX, SavedRequest, save
from upload_matrix.judge.delivered import Delivery
from upload_matrix.judge.findings import CODES
from upload_matrix.matrix.load import load_operations
from upload_matrix.model.case import Operation
from upload_matrix.model.errors import ConfigurationError, Exit
from upload_matrix.model.hop import Effect
from upload_matrix.model.result import Severity
from upload_matrix.wire.form import Captured

_DAMAGE = frozenset({Effect.CORRUPTED, Effect.DROPPED})
"""What a gateway does to an upload that is a finding of its own. What it repairs is the upload's own."""


@dataclass(frozen=True, slots=True)
class InspectOptions:
    """As the command line gives them; see ``inspect --help``."""

    command_line: tuple[str, ...]
    profile: str | None
    no_answer: bool
    upstream: str | None
    variables: tuple[str, ...]
    listen: bool
    port: int
    save: str | None
    number: int | None
    folder: str
    ignore: tuple[str, ...]
    fail_on: str
    keep_status: bool
    no_witness: bool
    output: str | None
    as_json: bool
    canary: str | None = None
    proxy: bool = False
    opened_hosts: tuple[str, ...] = ()
    way: Through = field(default_factory=Through)

    @property
    def waits(self) -> bool:
        """Whether no program is run, but clients of any kind awaited; a proxy needs none to be of use."""
        return self.listen or (self.proxy and not self.command_line)


def run(options: InspectOptions) -> int:
    """Inspect, and give the exit code. Raises ConfigurationError."""
    _check(options)
    folder = Path(options.folder)
    operations = _operations(folder)
    listener: JsonListener | TextListener
    with _stream(options) as stream:
        ignored = frozenset(options.ignore)
        if options.as_json:
            listener = JsonListener(stream, ignored, options.canary)
        else:
            listener = TextListener(stream, os.environ, ignored, options.canary)
        settings = InspectSettings(
            answers=_answers(options),
            profile=options.profile or InspectSettings().profile,
            upstream=options.upstream,
            variables=options.variables,
            operations=operations,
            # In JSON's place on stdout nothing else may stand.
            stdout=sys.stderr if options.as_json and options.output is None else None,
            port=options.port,
            through=options.way.spec(),
            witness=not options.no_witness,
            proxy=ProxyOptions(options.opened_hosts) if options.proxy else None,
        )
        with (
            _interrupted() if options.waits else contextlib.nullcontext() as wait,
            inspect_command(options.command_line, settings, listener, wait) as inspection,
        ):
            status = _status(inspection, options)
            listener.ended(inspection, status)
            if options.save is not None:
                for line in _saved(inspection, options, folder, operations):
                    listener.note(line)
    return status


def _check(options: InspectOptions) -> None:
    if options.waits == bool(options.command_line):
        raise ConfigurationError(
            "--listen runs no program: leave out the one or the other"
            if options.listen
            else "give the program to run, as in: upload-matrix inspect -- python app.py (or --listen)"
        )
    if options.opened_hosts and not options.proxy:
        raise ConfigurationError("--open names what --proxy opens; give --proxy too")
    if options.profile is not None and options.no_answer:
        raise ConfigurationError("--emulator and --no-answer: only one of them can answer")
    if options.upstream is not None and (options.profile is not None or options.no_answer):
        raise ConfigurationError("--upstream is asked by nobody with --emulator or --no-answer")
    unknown = [code for code in options.ignore if code not in CODES]
    if unknown:
        way_out = hint(unknown[0], CODES)
        raise ConfigurationError(f"--ignore {unknown[0]}: not the code of a finding; {way_out}")
    if options.save is not None:
        check_name(Path(options.folder), options.save)
    elif options.number is not None:
        raise ConfigurationError("--request says which to save; give --save NAME too")


def _answers(options: InspectOptions) -> AnsweredBy:
    if options.no_answer:
        return AnsweredBy.NOBODY
    return AnsweredBy.SERVER if options.profile is None else AnsweredBy.EMULATOR


def _operations(folder: Path) -> Mapping[str, Operation]:
    own = folder / "operations"
    return load_operations([own] if own.is_dir() else [])


@contextlib.contextmanager
def _stream(options: InspectOptions) -> Iterator[TextIO]:
    if options.output is None:
        yield sys.stdout if options.as_json else sys.stderr
        return
    path = Path(options.output)
    try:
        path.touch()
    except OSError as error:
        raise ConfigurationError(f"--output {path}: {error.strerror or error}") from error
    with path.open("w", encoding="utf-8") as stream:
        yield stream


@contextlib.contextmanager
def _interrupted() -> Iterator[Callable[[], object]]:
    """A function that waits for Ctrl-C or SIGTERM; one that comes before it is called is noted meanwhile."""
    over = threading.Event()
    ends = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: over.set()) for number in ends]
    try:
        yield over.wait
    finally:
        for number, handler in zip(ends, before, strict=True):
            signal.signal(number, handler)


def _status(inspection: Inspection, options: InspectOptions) -> int:
    if not inspection.exchanges:
        return Exit.UNRESOLVED
    if any(_fails(one, options) for one in inspection.exchanges):
        return Exit.WRONG
    if any(_DAMAGE & set(one.hop.effects) for one in inspection.exchanges if one.hop is not None):
        return Exit.WRONG
    told = (delivery_of(one.sight, one.told, options.canary).delivery for one in inspection.exchanges)
    if Delivery.IGNORED in told:
        return Exit.WRONG
    hops = [one.hop for one in inspection.exchanges if one.hop is not None]
    if any(hop.lost or hop.rejected or set(hop.introduced) - set(options.ignore) for hop in hops):
        return Exit.WRONG
    if not inspection.uploads and not any(
        one.sight.passed.wire.refers_to_files() for one in inspection.exchanges
    ):
        return Exit.UNRESOLVED
    if inspection.traffic is not None and inspection.traffic.missed:
        return Exit.UNRESOLVED
    if options.keep_status and inspection.exit_status is not None:
        ended = inspection.exit_status
        # As a shell has it for a program that a signal ended.
        return ended if ended >= 0 else 128 - ended
    return Exit.OK


def _fails(one: Inspected, options: InspectOptions) -> bool:
    """Whether a request has a finding that is a reason to fail.

    One that fails somewhere is an error where the request was rejected: then it may well have failed here.
    """
    rejected = one.told.status is not None and 400 <= one.told.status < 500
    least = Severity(options.fail_on)
    if rejected and least is Severity.ERROR:
        least = Severity.WARNING
    found = (each.finding for each in one.sight.noticed if each.finding.code not in options.ignore)
    return any(each.severity.at_least(least) for each in found)


def _saved(
    inspection: Inspection, options: InspectOptions, folder: Path, operations: Mapping[str, Operation]
) -> Iterator[str]:
    """Save what is asked for; a line on each thing written."""
    name = options.save or ""
    chosen = _chosen(inspection, options.number)
    if chosen is None:
        yield f"--save {name}: nothing was saved, because no upload was seen"
        return
    number = chosen.sight.number
    try:
        saved = to_save(inspection, chosen)
        save(folder / f"{name}{SUFFIX}", saved, inspection.secrets)
    except LookupError as error:
        yield f"--save {name}: nothing was saved: {error}"
        return
    yield f"request #{number} is saved as {folder / f'{name}{SUFFIX}'}"
    operation = chosen.sight.operation
    if operation is None or operation.name not in operations:
        path = chosen.sight.redactor.text(saved.request.wire.path)
        yield f"no case was made of it: no file in {folder / 'operations'} describes {path}"
        return
    case = write_case(folder, name, saved, operation, inspection.secrets)
    if case.differs:
        yield f"{case.path} comes closest with the container {case.container}; it differs in:"
        yield from (f"  {delta}" for delta in case.differs)
    else:
        yield f"{case.path} sends the same, with the container {case.container} (tried)"


def to_save(inspection: Inspection, one: Inspected) -> SavedRequest:
    """A request with its answer and what is known of both, its body still where it is kept.

    Raises LookupError when the answer's body was not kept.
    """
    passed = one.sight.passed
    request = Captured(passed.head, passed.headers, b"", passed.wire, passed.complete)
    asked = inspection.opened.upstreams[passed.route.name]
    return SavedRequest(request, one.sight.caller, asked, one.reply(), passed.body)


def _chosen(inspection: Inspection, number: int | None) -> Inspected | None:
    if number is not None:
        found = next((each for each in inspection.exchanges if each.sight.number == number), None)
        if found is None:
            raise ConfigurationError(
                f"--request {number}: there were {len(inspection.exchanges)} requests, counted from 1"
            )
        return found
    pair = choose([(each.sight, each.told) for each in inspection.exchanges])
    return None if pair is None else next(each for each in inspection.exchanges if each.sight is pair[0])
