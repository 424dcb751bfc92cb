"""A request as a folder of files, for whoever works on it later: isolate, diagnose, bug-report.

``NAME.request/`` holds

* ``head.txt``: request line and headers, line by line as they were sent (Latin-1, CR LF, with the blank
  line), values of headers not known to be harmless and other secrets replaced by placeholders, the tap's own
  host by the one who was meant;
* ``body.bin``: the body, byte for byte, without its framing (chunks);
* ``wire.json``: what the two say, for people and for a check: ``format`` (``upload-matrix request 1``), the
  wire form with its ``digest``, ``complete``, the ``caller``, who was ``asked`` (a base URL, or
  ``emulator:PROFILE``), and the ``answer`` as it was, scrubbed as in a recording, or why there was none; of
  somebody's recording also what the recorder ``lost``.

Bodies are the user's own and are not changed, but one that holds one of the program's keys is not written.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from upload_matrix.files import read_bytes, shown
from upload_matrix.inspect.calls import Caller
from upload_matrix.model.answer import Answer, NoAnswer, Silence
from upload_matrix.model.codec import decode, parsed
from upload_matrix.model.errors import CassetteError, ConfigurationError, Problem
from upload_matrix.recordings.bodies import scrubbed
from upload_matrix.recordings.gate import WriteGate
from upload_matrix.recordings.redactor import Redactor, request_secrets
from upload_matrix.tap.spool import Spool
from upload_matrix.wire.form import Captured, WireForm
from upload_matrix.wire.read import FormReader

SUFFIX = ".request"
"""How the folder's name ends."""

FORMAT = "upload-matrix request 1"

HEAD, BODY, WIRE = "head.txt", "body.bin", "wire.json"

_LINE = re.compile(rb"([A-Z]+) (\S+) HTTP/1\.[01]")


@dataclass(frozen=True, slots=True)
class SavedRequest:
    """A request with what is known of it. ``asked`` is who was meant to answer, ``reply`` what came.

    A large body lies in ``spool``; then that of ``request`` is empty. ``lost`` says what of the request a
    recorder did not keep: what is sent again is not all that was sent.
    """

    request: Captured
    caller: Caller
    asked: str
    reply: Answer | NoAnswer
    spool: Spool | None = None
    lost: tuple[str, ...] = ()

    def chunks(self) -> Iterator[bytes]:
        """The body in pieces. Raises LookupError when it was not kept."""
        return iter((self.request.body,)) if self.spool is None else self.spool.chunks()

    @property
    def size(self) -> int:
        """Bytes of the body."""
        return len(self.request.body) if self.spool is None else self.spool.size

    @property
    def secrets(self) -> tuple[str, ...]:
        """The keys that the request carries."""
        return request_secrets(_target(self.request.head), self.request.headers)


def save(folder: Path, saved: SavedRequest, secrets: Sequence[str] = ()) -> None:
    """Write ``folder``, which must not exist. ``secrets`` are keys beside those that the request carries.

    Raises ConfigurationError when it does or cannot be written, and CassetteError when the body or the answer
    holds one of the keys.
    """
    request = saved.request
    secrets = (*saved.secrets, *secrets)
    redactor = Redactor(secrets=secrets)
    gate = WriteGate(secrets)
    head = _head(request, saved.asked, redactor)
    gate.check(head, str(folder / HEAD))
    try:
        if folder.exists():
            raise ConfigurationError(f"{folder} is already there; choose another name, or remove it")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _appearing(folder) as made:
            (made / HEAD).write_bytes(head)
            # Read back from what is written: redaction may have changed the request line.
            form = _reader(head, _headers(head, folder / HEAD))
            with (made / BODY).open("wb") as file:
                for piece in gate.checked(saved.chunks(), saved.size, str(folder / BODY)):
                    file.write(piece)
                    form.feed(piece)
            wire = form.finish(None if request.complete else request.wire.fault)
            text = json.dumps(_document(saved, wire, redactor), ensure_ascii=False, indent=1) + "\n"
            gate.check(text.encode("utf-8", "surrogatepass"), str(folder / WIRE))
            (made / WIRE).write_text(text, "utf-8", errors="surrogatepass")
    except OSError as error:
        raise ConfigurationError(f"{folder} cannot be written: {error.strerror or error}") from error


@contextmanager
def _appearing(folder: Path) -> Iterator[Path]:
    """A folder to write to, which becomes ``folder`` once all is written, and else is removed."""
    made = folder.with_name(f".{folder.name}.{os.getpid()}")
    made.mkdir()
    try:
        yield made
        made.rename(folder)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise


def load(folder: Path) -> SavedRequest:
    """Read what ``save`` wrote; raises ConfigurationError, naming the file that is at fault."""
    head, body, text = (_bytes(folder / name) for name in (HEAD, BODY, WIRE))
    try:
        document = parsed(text)
        if document["format"] != FORMAT:
            raise ConfigurationError(f"{folder / WIRE}: not {FORMAT!r} but {document['format']!r}")
        caller = Caller(**document["caller"])
        reply = _reply(document)
        complete, digest, fault = document["complete"], document["digest"], document["wire"]["fault"]
        asked = document["asked"]
        lost = tuple(str(each) for each in document.get("lost", ()))
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"{folder / WIRE}: not a saved request: {error!r}") from error
    headers = _headers(head, folder / HEAD)
    wire = _reader(head, headers).finish(None if complete else fault, body)
    request = Captured(head, headers, body, wire, complete)
    if request.wire.digest != digest:
        raise ConfigurationError(
            f"{folder}: {HEAD} and {BODY} make the wire form {request.wire.digest}, but {WIRE} says "
            f"{digest}; one of them was changed: save the request again"
        )
    return SavedRequest(request, caller, asked, reply, lost=lost)


def _target(head: bytes) -> str:
    """The path of a request with its query."""
    return head.partition(b"\n")[0].decode("latin-1").partition(" ")[2].rpartition(" ")[0]


def _head(request: Captured, asked: str, redactor: Redactor) -> bytes:
    line, _, _ = request.head.partition(b"\n")
    lines = [redactor.text(line.decode("latin-1").rstrip("\r"))]
    pairs = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers)
    # The tap's own port is this run's; whom the request was meant for is not.
    host = asked.partition("://")[2].partition("/")[0] or "127.0.0.1"
    for name, value in redactor.request_headers(pairs):
        shown = host if name.lower() == "host" else value
        lines.append(f"{name}: {shown}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "backslashreplace")


def _document(saved: SavedRequest, wire: WireForm, redactor: Redactor) -> dict[str, Any]:
    caller = {
        name: redactor.text(value) if isinstance(value, str) else value
        for name, value in asdict(saved.caller).items()
    }
    document: dict[str, Any] = {
        "format": FORMAT,
        "digest": wire.digest,
        "complete": saved.request.complete,
        "asked": redactor.text(saved.asked),
        "caller": caller,
        "wire": asdict(wire),
    }
    if saved.lost:
        document["lost"] = [redactor.text(each) for each in saved.lost]
    if isinstance(saved.reply, NoAnswer):
        document["no_answer"] = {"why": saved.reply.why.value, "says": redactor.text(saved.reply.says)}
        return document
    answer = saved.reply
    try:
        answer, _ = scrubbed(answer, redactor)
        body = _body(answer.body)
    except CassetteError as error:
        # A body that cannot be looked into is not written; the rest is still worth having.
        answer = replace(answer, headers=redactor.headers(answer.headers))
        body = {"text": "", "left_out": str(error)}
    document["answer"] = {
        "status": answer.status,
        "headers": [list(pair) for pair in answer.headers],
        **body,
        "source": asdict(answer.source),
        "rule": answer.rule,
    }
    return document


def _body(body: bytes) -> dict[str, str]:
    try:
        return {"text": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode("ascii")}


def _reply(document: dict[str, Any]) -> Answer | NoAnswer:
    if "no_answer" in document:
        silence = document["no_answer"]
        return NoAnswer(Silence(silence["why"]), silence["says"])
    found = document["answer"]
    body = found["text"].encode("utf-8") if "text" in found else base64.b64decode(found["base64"])
    # What is disputed is known today, and not from a file.
    source = {**found["source"], "disputed": None}
    answer: Answer = decode(Answer, {**found, "body": body, "source": source})
    return answer


def _bytes(path: Path) -> bytes:
    try:
        return read_bytes(path)
    except ConfigurationError as error:
        raise ConfigurationError(
            f"{error}; a saved request is a folder with {HEAD}, {BODY} and {WIRE}"
        ) from error


def _headers(head: bytes, path: Path) -> tuple[tuple[bytes, bytes], ...]:
    found = []
    for number, line in enumerate(head.replace(b"\r\n", b"\n").strip(b"\n").split(b"\n")[1:], 2):
        name, colon, value = line.partition(b":")
        if not colon:
            raise ConfigurationError.at(
                Problem(shown(path), number, 1, "not a header; write it as 'Name: value'")
            )
        found.append((name, value.strip()))
    return tuple(found)


def _reader(head: bytes, headers: tuple[tuple[bytes, bytes], ...]) -> FormReader:
    found = _LINE.match(head)
    if found is None:
        raise ConfigurationError(
            f"{HEAD} does not begin with a request line such as 'POST /v1/files HTTP/1.1'"
        )
    return FormReader(found[1].decode("ascii"), found[2].decode("latin-1"), headers)
