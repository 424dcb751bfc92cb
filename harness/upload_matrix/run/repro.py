"""Running a repro against a tap of its own, in a clean folder, and comparing what it sends with the original.

The program gets the tap's address and a dummy key through the variables that its SDK reads, and the same
answers as the original got. Nothing it sends leaves this machine.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from upload_matrix import vendors
from upload_matrix.environments.interpreters import Located, Seat
from upload_matrix.judge.phrases import piecewise
from upload_matrix.model.answer import Answer, Exchange, NoAnswer, Silence
from upload_matrix.model.case import NODE
from upload_matrix.model.errors import UnavailableError
from upload_matrix.model.outcome import ClientReport
from upload_matrix.model.story import Repro, ReproVerdict, Runtime, Script, Tried, Verified
from upload_matrix.tap.server import Tap
from upload_matrix.wire.difference import diff
from upload_matrix.wire.form import Captured, WireForm

SECONDS = 90.0
"""A repro that takes longer is ended."""

DUMMY_KEY = "upload-matrix-dummy"

_PASSED_ON = ("PATH", "HOME", "USERPROFILE", "SYSTEMROOT", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
"""The only variables of this process that a repro sees: no key, no proxy."""

_LAST_WORDS = 300
_NAMES = {Runtime.SDK: "python", Runtime.PYTHON: "python", Runtime.SHELL: "sh", Runtime.NODE: "node"}
_UNREADABLE = "UnreadableError"
"""What the probe raises where an SDK hands on a bare text; a repro prints what it was given."""


@dataclass(frozen=True, slots=True)
class Original:
    """What a repro is measured by: every request with the reply it got, and what the client told its caller.

    ``assets`` names shipped pictures by SHA-256, so that both wire forms name them alike; ``root`` is the
    path of the API's root.
    """

    wires: tuple[WireForm, ...]
    replies: tuple[Answer | NoAnswer, ...]
    said: ClientReport
    assets: Mapping[str, str]
    root: str


@dataclass(frozen=True, slots=True)
class ReproRun:
    """A program that came to its end: exit status, the last lines it wrote, and what it sent."""

    status: int
    output: str
    errors: str
    exchanges: tuple[Exchange, ...]


@dataclass(frozen=True, slots=True)
class Launcher:
    """Knows what repros run under. ``seat`` is the case's own environment, found through ``locate``."""

    locate: Callable[[Seat], Located]
    seat: Seat

    def command(self, script: Script, folder: Path) -> tuple[tuple[str, ...], Mapping[str, str]]:
        """The command for a script in ``folder`` with variables of its own; raises UnavailableError."""
        name = str(folder / script.file)
        if script.runtime is Runtime.SHELL:
            if shutil.which("curl") is None:
                raise UnavailableError("curl is not installed")
            return (_program("sh"), name), {}
        if script.runtime is Runtime.NODE:
            return (_program("node"), name), self._node(folder)
        if script.runtime is Runtime.PYTHON or self.seat.runtime == NODE:
            return (sys.executable, name), {}
        located = self.locate(self.seat)
        path = os.pathsep.join(map(str, located.pythonpath))
        return (located.python, name), {"PYTHONPATH": path} if path else {}

    def _node(self, folder: Path) -> Mapping[str, str]:
        """Puts the packages beside the script, where Node looks for them."""
        seat = self.seat if self.seat.runtime == NODE else Seat(runtime=NODE)
        modules = Path(self.locate(seat).python) / "node_modules"
        if not (modules / "openai" / "package.json").is_file():
            raise UnavailableError("the npm package openai is not installed (npm install openai)")
        (folder / "node_modules").symlink_to(modules.resolve(), target_is_directory=True)
        return {}


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise UnavailableError(f"{name} is not installed")
    return found


def try_out(repro: Repro, files: Mapping[str, bytes], original: Original, launcher: Launcher) -> Tried:
    """Run the ways to write a repro until one sends exactly what the original sent.

    ``files`` are the input files by name. The last way is kept when none does, and its differences said.
    """
    if not repro.scripts:
        return Tried(repro.file, None, Verified(ReproVerdict.NOT_VERIFIED, repro.missing or "not written"))
    tried: list[Tried] = []
    for script in repro.scripts:
        try:
            ran = run(script, files, original, launcher)
        except (UnavailableError, subprocess.TimeoutExpired) as error:
            why = (
                str(error) if isinstance(error, UnavailableError) else f"it did not end within {SECONDS:g} s"
            )
            tried.append(
                Tried(repro.file, script, Verified(ReproVerdict.NOT_VERIFIED, f"not verified: {why}"))
            )
            continue
        found = Tried(repro.file, script, judged(script, ran, original))
        if found.verified.verdict is ReproVerdict.IDENTICAL:
            return found
        tried.append(found)
    # Of ways that all differ the last is the most exact; of ways that could not be run the first reads best.
    ran_at_all = [each for each in tried if each.verified.verdict is ReproVerdict.DIFFERENT]
    return ran_at_all[-1] if ran_at_all else tried[0]


def run(script: Script, files: Mapping[str, bytes], original: Original, launcher: Launcher) -> ReproRun:
    """Run one script; raises UnavailableError, and subprocess.TimeoutExpired (the program is gone then)."""
    with tempfile.TemporaryDirectory(prefix="upload-matrix-repro-") as name, Tap(original.assets) as tap:
        folder = Path(name)
        for file, data in {**files, **script.needs, script.file: script.text.encode()}.items():
            (folder / file).write_bytes(data)
        channel = tap.open(_again(original if script.every else _last(original)))
        command, variables = launcher.command(script, folder)
        done = subprocess.run(  # noqa: S603 - a program written by us, under a runtime the user has
            command,
            cwd=folder,
            env={**_environment(channel.url, original.root), **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        exchanges = tap.release(channel, raised=done.returncode != 0)
        lacking = re.search(rb"^ModuleNotFoundError: No module named '([\w.]+)'", done.stderr, re.MULTILINE)
        if lacking is not None and not exchanges:
            raise UnavailableError(f"the package {lacking[1].decode()} is not installed")

        def cleaned(data: bytes) -> str:
            text = data.decode("utf-8", "replace")
            return text.replace(channel.url, "<tap>").replace(f"{folder}{os.sep}", "")

        return ReproRun(done.returncode, cleaned(done.stdout), cleaned(done.stderr), exchanges)


def _environment(url: str, root: str) -> dict[str, str]:
    """What a repro finds in its environment. Azure's SDK puts its own path below the endpoint."""
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    others = {
        name: value
        for each in vendors.known()
        for name, value in (
            (each.variables.base_url, vendors.base_url_for(each.variables.base_url, url, root)),
            (each.variables.key, DUMMY_KEY),
        )
    }
    return {
        **kept,
        **others,
        "OPENAI_BASE_URL": url + root,
        "OPENAI_API_KEY": DUMMY_KEY,
        "AZURE_OPENAI_ENDPOINT": (url + root).removesuffix("/v1"),
        "AZURE_OPENAI_API_KEY": DUMMY_KEY,
        "NO_PROXY": "127.0.0.1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONIOENCODING": "utf-8",
    }


def _last(original: Original) -> Original:
    return Original(original.wires[-1:], original.replies[-1:], original.said, original.assets, original.root)


def _again(original: Original) -> Callable[[Captured], Answer | NoAnswer]:
    """Gives the original's replies in their order; a request too many gets none."""
    left = list(original.replies)

    def answer(_: Captured) -> Answer | NoAnswer:
        return left.pop(0) if left else NoAnswer(Silence.BLOCKED, "the original sent no further request")

    return answer


def judged(script: Script, ran: ReproRun, original: Original) -> Verified:
    """What a run shows: the wire forms compared one by one and, for the case's own client, the end too."""
    wires = original.wires if script.every else original.wires[-1:]
    sent = tuple(exchange.request.wire for exchange in ran.exchanges)
    differences = tuple(_differences(wires, sent))
    ends = _ends(ran, original.said) if script.own else None
    if not differences:
        return Verified(ReproVerdict.IDENTICAL, _identical(wires), ends=ends)
    if not sent:
        says = f"differs: it sent no request; its last words: {_last_words(ran)}"
    else:
        says = f"differs in what it sends: {'; '.join(differences)}"
    return Verified(ReproVerdict.DIFFERENT, says, differences, ends)


def _identical(wires: Sequence[WireForm]) -> str:
    if not wires:
        return "verified identical: run against the tap, it sent no request, like the original"
    forms = ", then ".join(wire.digest for wire in wires)
    which = "the request is" if len(wires) == 1 else f"all {len(wires)} requests are"
    how = piecewise(wires)
    return f"verified identical: run against the tap, {which} {how} that of the original ({forms})"


def _differences(wires: Sequence[WireForm], sent: Sequence[WireForm]) -> list[str]:
    found = []
    if len(wires) != len(sent):
        found.append(f"{len(sent)} requests instead of {len(wires)}")
    several = len(wires) > 1
    for number, (before, after) in enumerate(zip(wires, sent, strict=False), 1):
        prefix = f"request {number}: " if several else ""
        found += [f"{prefix}{delta}" for delta in diff(before, after)]
    return found


def _ends(ran: ReproRun, said: ClientReport) -> str:
    """How the program ended, beside how the client did in the case."""
    raised = said.raised[0].name if said.raised else None
    if raised is not None and raised.endswith(_UNREADABLE):
        given = ran.output.strip().partition("\n")[0]
        same = ran.status == 0 and given in {"str", "bytes", "NoneType", "string", "object"}
        what = f"it is given a bare {given}" if given else f"it ends with status {ran.status}"
        return f"ends as in the case: {what}" if same else f"ends differently: {what}"
    if raised is not None:
        # A traceback names the class with its module, as the probe does; Node's last lines do likewise.
        short = raised.rpartition(".")[2]
        lines = [line.strip() for line in ran.errors.splitlines()]
        same = ran.status != 0 and any(
            line.split(":")[0] in (raised, short) or f"{short}:" in line or line.startswith(f"{short} ")
            for line in lines
        )
        return (
            f"ends as in the case: raises {raised}"
            if same
            else f"ends differently: {raised} was to be raised, but {_last_words(ran)}"
        )
    if ran.status == 0:
        return "ends as in the case: the call returns"
    return f"ends differently: the call was to return, but {_last_words(ran)}"


def _last_words(ran: ReproRun) -> str:
    lines = [line.strip() for line in ran.errors.splitlines() if line.strip()]
    words = lines[-1][:_LAST_WORDS] if lines else "it said nothing"
    return f"exit status {ran.status}: {words}"
