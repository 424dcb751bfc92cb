"""Programs that a diagnosis runs: somebody's own, pointed at the tap, and the one that sends the fix."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from upload_matrix import vendors
from upload_matrix.inspect.calls import caller_of
from upload_matrix.inspect.command import run, status_words
from upload_matrix.inspect.routes import environment, leads
from upload_matrix.inspect.there import files_there
from upload_matrix.inspect.witness import MadeCall, Uncaught, Witness
from upload_matrix.isolate.asker import Asker
from upload_matrix.isolate.passage import Passage
from upload_matrix.isolate.subject import Subject, container_of, likely_container
from upload_matrix.judge.fix_code import Program, program, written_for
from upload_matrix.judge.handed_over import advice
from upload_matrix.judge.isolate.result import Vote, reply_of
from upload_matrix.model.answer import Answer, Exchange, NoAnswer, Silence
from upload_matrix.model.diagnosis import Fix
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.estimate import operation_of
from upload_matrix.recordings import stored_form
from upload_matrix.recordings.redactor import redact_text
from upload_matrix.run.environments import NPM_PREFIX
from upload_matrix.tap.server import Tap
from upload_matrix.wire.form import Captured
from upload_matrix.wire.write import contents_of

DUMMY_KEY = "sk-upload-matrix-dummy"
"""What the program gets for its key: the real one is put in where requests leave for the target."""


_STANDARD_ERROR = 2
"""The descriptor that the program's output goes to: standard output is the report's."""


@dataclass(frozen=True, slots=True)
class ProgramRun:
    """A program that was run: its status in words, and what it sent, attempt by attempt.

    ``made`` has the call behind each exchange, None where the program was not seen to make it; ``raised`` are
    the errors that it did not catch.
    """

    status: str
    exchanges: tuple[Exchange, ...]
    made: tuple[MadeCall | None, ...] = ()
    raised: tuple[Uncaught, ...] = ()


def run_program(
    argv: Sequence[str],
    asker: Asker,
    environ: Mapping[str, str],
    *,
    ask: bool,
    keys: Sequence[str] = (),
    passage: Passage | None = None,
    variables: Sequence[str] = (),
) -> ProgramRun:
    """Run a program with its API variables pointed at the tap, its uploads answered by the asker's target.

    ``keys`` are further variables that hold a key, and get the dummy like the SDKs' own; ``variables``
    further ones that hold the base URL.
    ``ask`` False answers from recordings only: nothing leaves this machine before a plan is agreed to.
    Otherwise calls take ``passage``, where there is one.
    Raises ConfigurationError when there is no such program.
    """
    witness = Witness()
    with closing(witness), Tap({}) as tap:
        channel = tap.open(_answerer(asker, passage, ask=ask))
        root = asker.answering.root(asker.target)
        names = [lead.name for lead in leads(environ, None, variables)]
        changed = environment(
            environ, {name: vendors.base_url_for(name, channel.url, root) for name in names}
        )
        others = (vendor.variables.keys for vendor in vendors.known() if environ.get(vendor.variables.key))
        own = (*vendors.usual().variables.keys, *(key for each in others for key in each))
        changed |= dict.fromkeys((*own, *keys), DUMMY_KEY)
        status = run(argv, witness.environment(changed), _STANDARD_ERROR)
        exchanges = tap.release(channel, raised=status != 0)
        if channel.failure is not None:
            raise channel.failure
        wires = [exchange.request.wire for exchange in exchanges]
        made = tuple(witness.call(wire.method, wire.path) for wire in wires)
        raised = witness.raised()
    return ProgramRun(status_words(status), exchanges, made, raised)


def failing_call(ran: ProgramRun, name: str, target: str) -> Subject:
    """The last upload that was rejected, else the last that got no answer, else the last one.

    Raises ConfigurationError when the program sent nothing.
    """
    complete = [exchange for exchange in ran.exchanges if exchange.request.complete]
    uploads = [
        exchange
        for exchange in complete
        if exchange.request.wire.parts is not None or exchange.request.wire.uploads()
    ] or complete
    if not uploads and ran.raised:
        raise ConfigurationError(_raised(name, ran.raised[0]))
    if not uploads:
        raise ConfigurationError(
            f"{name}: the program ended with {ran.status} and sent nothing to the tap; it has to read "
            f"{vendors.usual().variables.base_url} (or UPLOAD_MATRIX_URL, which is the same URL) as its "
            "SDK does; where the URL stands in its code, `upload-matrix inspect --proxy --save NAME -- CMD` "
            "keeps its call, and `upload-matrix diagnose matrix/NAME.request` takes that"
        )
    rejected = [each for each in uploads if reply_of(each.reply).vote is Vote.REJECTED]
    silent = [each for each in uploads if isinstance(each.reply, NoAnswer)]
    chosen = (rejected or silent or uploads)[-1]
    made = dict(zip((id(each) for each in ran.exchanges), ran.made, strict=False)).get(id(chosen))
    return _seen(subject_of(chosen.request, name, target), made)


def _raised(name: str, raised: Uncaught) -> str:
    """Why a program sent nothing: its own error, the line, and what to hand over instead."""
    where = "" if raised.place is None else f" at {raised.place.anywhere}: {raised.place.source}"
    said = advice(raised.error, raised.message, raised.handed_over)
    words = f"{name}: the program raised {raised.error} before it sent anything{where}\n{raised.message}"
    return redact_text(words if said is None else f"{words}\n{said}")


def _seen(subject: Subject, made: MadeCall | None) -> Subject:
    """The subject with the line that made its call, and the container that was handed over there."""
    if made is None or made.place is None:
        return subject
    containers = [container for each in made.handed_over.values() if (container := container_of(each))]
    source = f": `{redact_text(made.place.source)}`" if made.place.source else ""
    return replace(
        subject,
        container=containers[0] if len(containers) == 1 else subject.container,
        made=f"the call is made at {made.place.anywhere}{source}",
    )


def subject_of(request: Captured, name: str, target: str) -> Subject:
    """A request with what can be told of its origin from the request itself."""
    client = caller_of(request.headers).client
    files = request.wire.uploads()
    return Subject(name, target, request, client, likely_container(files[0]) if files else None)


def _answerer(asker: Asker, passage: Passage | None, *, ask: bool) -> Callable[[Captured], Answer | NoAnswer]:
    def answer(request: Captured) -> Answer | NoAnswer:
        if ask:
            return asker.once(request) if passage is None else passage.take(request).reply
        recorded = asker.answering.recorded(asker.target, request.wire)
        says = "only looking at what is sent: nothing left this machine"
        return NoAnswer(Silence.UNRECORDED, says) if recorded is None else recorded

    return answer


# -- the fix: its answer, and a program that sends it, run against the same target --


_SECONDS = 180

_PASSED = ("PATH", "PYTHONPATH", "HOME", "LANG", "LC_ALL", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP")
"""What the program gets of our environment: nothing that may hold a key or a proxy."""


def fix_of(says: str, fixed: Captured, client: str | None, asker: Asker) -> Fix:
    """Ask about the fixed request, where that is not known yet, and run its program."""
    reply = asker.once(fixed)
    vote = reply_of(reply).vote
    emulated = reply_of(reply).emulated
    accepted = None if vote not in (Vote.ACCEPTED, Vote.REJECTED) else vote is Vote.ACCEPTED
    paths = files_there(fixed.wire)
    written = program(client, fixed.wire, paths)
    # Shown with the values that recordings have, which hold no secret; run with the request's own.
    told = program(client, stored_form(fixed.wire), paths)
    if written is None:
        why = "this request cannot be written as a few lines of code"
        return Fix(says, fixed.wire.digest, accepted, note=why, emulated=emulated)
    code_accepted: bool | None = None
    notes = []
    if accepted:
        code_accepted, note = _run(written, fixed, asker)
        notes += [note] if note is not None else []
    if client is not None and fixed.wire.parts is not None and written_for(client) != client:
        notes.append(f"written for the SDK, as there is no writer for {client}")
    return Fix(
        says,
        fixed.wire.digest,
        accepted,
        written.language,
        None if told is None else told.code,
        code_accepted,
        "; ".join(notes) or None,
        emulated,
    )


def _run(written: Program, fixed: Captured, asker: Asker) -> tuple[bool | None, str | None]:
    """Whether the program's request was accepted (None: it could not be run), and what to say of it."""
    # The parts of shipped pictures go by their names here too.
    assets = {each.sha256: each.asset for each in fixed.wire.uploads() if each.asset is not None}
    with TemporaryDirectory(prefix="upload-matrix-") as name, Tap(assets) as tap:
        folder = Path(name)
        argv = _argv(written, folder)
        if isinstance(argv, str):
            return None, argv
        contents = contents_of(fixed)
        for file, digest in written.files.items():
            (folder / file).write_bytes(contents[digest])
        channel = tap.open(asker.once)
        root = asker.answering.root(asker.target)
        own = {name: os.environ[name] for name in _PASSED if name in os.environ}
        names = vendors.vendor_of(operation_of(fixed.wire)).variables
        url = vendors.base_url_for(names.base_url, channel.url, root)
        variables = environment(own, {names.base_url: url})
        try:
            # A program of our own writing, in a folder of its own; it knows no key but the dummy.
            done = subprocess.run(  # noqa: S603
                argv,
                cwd=folder,
                env=variables | {names.key: DUMMY_KEY},
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return None, f"it did not end within {_SECONDS} seconds"
        exchanges = tap.release(channel, raised=done.returncode != 0)
        if channel.failure is not None:
            raise channel.failure
        if not exchanges:
            return None, f"it sent nothing: {redact_text(done.stderr.strip()[-200:])}"
        passed = reply_of(exchanges[-1].reply).vote is Vote.ACCEPTED and done.returncode == 0
        same = exchanges[-1].request.wire.digest == fixed.wire.digest
        return (
            passed,
            None if same else "what it sends is written differently on the wire, and was asked anew",
        )


def _argv(written: Program, folder: Path) -> Sequence[str] | str:
    """The command that runs it, or why there is none."""
    if written.language == "python":
        (folder / "fix.py").write_text(written.code, "utf-8")
        return [sys.executable, "fix.py"]
    if written.language == "javascript":
        node, prefix = shutil.which("node"), os.environ.get(NPM_PREFIX)
        if node is None or prefix is None:
            return f"it takes node, and {NPM_PREFIX} with the folder where openai is installed"
        (folder / "node_modules").symlink_to(Path(prefix, "node_modules").absolute())
        (folder / "fix.mjs").write_text(written.code, "utf-8")
        return [node, "fix.mjs"]
    shell = shutil.which("sh")
    if shell is None or shutil.which("curl") is None:
        return "it takes sh and curl, which are not installed"
    (folder / "fix.sh").write_text(written.code, "utf-8")
    return [shell, "fix.sh"]
