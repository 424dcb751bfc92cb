"""A request made into a matrix of one case, with the container that sends the same where there is one."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from upload_matrix import vendors
from upload_matrix.answers.answering import EMULATOR, Answering, Policy
from upload_matrix.ask.planning import capture
from upload_matrix.inspect.saved import SavedRequest
from upload_matrix.matrix.shape import NAME_PATTERN
from upload_matrix.model.answer import Answer, api_error
from upload_matrix.model.case import Case, Operation
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.recordings import RecordMode, guard
from upload_matrix.recordings.custom import project_rules
from upload_matrix.recordings.gate import WriteGate
from upload_matrix.recordings.redactor import Redactor
from upload_matrix.run.loading import Request, catalog, extension_folders, load, settings_of, targets
from upload_matrix.targets.sending import Live
from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.difference import diff
from upload_matrix.wire.form import WireForm, header
from upload_matrix.wire.media import preferred_extension
from upload_matrix.wire.read import PartReader, boundary_of
from upload_matrix.wire.stable import local_name

CONTAINERS = ("handle", "tuple2", "tuple3", "bytesio", "bytes", "named-bytesio", "path", "one-way", "spooled")
"""Tried first, in this order: where several send the same, the case has the one people write most."""

NO_CLIENT = "httpx"
"""The client of a case whose caller is none we have: it takes every container."""

_GIVEN = "upload"
_TRIED = 256 * 1024
"""Bytes of a file that are sent where containers are tried out."""

_BESIDE = frozenset({"path", "query"})
_OWN_NAME = re.compile(r"[\w][\w .-]{0,80}")


@dataclass(frozen=True, slots=True)
class CaseFile:
    """``differs`` is what the case sends otherwise than the request did, () when it sends the same.

    ``left_out`` are text fields that the operation does not have or that could not be kept.
    """

    path: Path
    container: str
    differs: tuple[str, ...]
    left_out: tuple[str, ...]


def write_case(
    folder: Path, name: str, saved: SavedRequest, operation: Operation, secrets: Sequence[str] = ()
) -> CaseFile:
    """Write ``folder/NAME.yaml`` and ``folder/NAME.files/``, with every container tried out offline.

    ``secrets`` are keys beside those that the request carries; none is written. Nothing is sent anywhere.
    Raises ConfigurationError for a name that is none or taken, and for a request without a file, and
    CassetteError for a file that holds one of the keys.
    """
    secrets = (*saved.secrets, *secrets)
    redactor = Redactor(project_rules(Path.cwd()), secrets)
    part = _upload(saved.request.wire, operation)
    files = folder / f"{name}.files"
    picture = files / _filename(part, redactor)
    files.mkdir(parents=True, exist_ok=True)
    try:
        with picture.open("wb") as file:
            for piece in WriteGate(secrets).checked(_content(saved, part), part.size, str(picture)):
                file.write(piece)
    except BaseException:
        picture.unlink()
        files.rmdir()
        raise
    fields, left_out = _fields(saved, operation, redactor)
    client = saved.caller.client if saved.caller.client not in (None, "fetch") else NO_CLIENT
    draft = _Draft(saved, operation, part, str(client), fields, folder, redactor)
    container, table, differs = _closest(draft, _containers(folder), picture)
    path = folder / f"{name}.yaml"
    relative = picture.relative_to(folder).as_posix()
    text = draft.text((container,), (table,), relative, differs, left_out)
    guard(text, secrets, str(path))
    path.write_text(text, "utf-8")
    return CaseFile(path, container, differs, left_out)


def check_name(folder: Path, name: str) -> None:
    """Raise ConfigurationError for a name that no matrix can have, or that is taken."""
    if not re.fullmatch(NAME_PATTERN, name):
        raise ConfigurationError(
            f"--save {name}: use small letters, digits, '.', '_' and '-', as avatar-refused"
        )
    taken = next(
        (path for suffix in (".yaml", ".files", ".request") if (path := folder / f"{name}{suffix}").exists()),
        None,
    )
    if taken is not None:
        raise ConfigurationError(f"--save {name}: {taken} is already there; choose another name")


@dataclass(frozen=True, slots=True)
class _Draft:
    """The matrix but for what is tried out."""

    saved: SavedRequest
    operation: Operation
    part: Part
    client: str
    fields: Mapping[str, str]
    folder: Path
    redactor: Redactor

    def text(
        self,
        containers: Sequence[str],
        tables: Sequence[str],
        picture: str,
        differs: Sequence[str] = (),
        left_out: Sequence[str] = (),
    ) -> str:
        wire, caller = self.saved.request.wire, self.redactor.text(str(self.saved.caller))
        lines = [f"# Sent by {caller} as wire form {wire.digest}; kept by `upload-matrix inspect --save`."]
        lines += [f"# This case does not send just that: {_comment(delta)}" for delta in differs]
        lines += [f"# Not carried along: the field {_comment(name)}" for name in left_out]
        lines += [f"description: {_quoted(f'{self.operation.name} as {caller} sent it.')}"]
        lines += [f"target: {self._target()}"]
        if self.fields:
            lines += [
                "request:",
                *(f"  {_key(key)}: {_quoted(text)}" for key, text in self.fields.items()),
            ]
        word = "image" if self.part.name.startswith("image") else "file"
        lines += [f"{word}s:", f"  {_GIVEN}: {_quoted(picture)}", "axes:"]
        lines += [f"  operation: {self.operation.name}", f"  client: {self.client}"]
        lines += [f"  container: [{', '.join(containers)}]", f"  {word}: {_GIVEN}"]
        lines += [f"  mime_table: [{', '.join(tables)}]"]
        if any(part.name == "mask" for part in wire.parts or ()):
            lines += ["  mask: png-tuple"]
        return "\n".join([*lines, *self._expected()]) + "\n"

    def _target(self) -> str:
        asked = self.saved.asked
        if asked.startswith(EMULATOR):
            return asked
        vendor = vendors.usual()
        if urlsplit(asked).hostname == urlsplit(vendor.base_url).hostname:
            return vendor.target
        shown = _comment(self.redactor.text(asked))
        newest = vendors.files("profiles")[-1].stem
        return f"{EMULATOR}{newest}  # {shown} was asked; describe it in targets/NAME.yaml"

    def _expected(self) -> Iterator[str]:
        reply = self.saved.reply
        if not isinstance(reply, Answer) or not 400 <= reply.status < 500:
            return
        yield "# As it was answered. Once it is fixed, expect `accepted`."
        yield "expect:"
        yield "  - outcome: rejected"
        yield f"    status: {reply.status}"
        code = api_error(reply.body).code
        if code is not None:
            yield f"    code: {_quoted(self.redactor.text(code))}"


def _containers(folder: Path) -> list[str]:
    """Every container a matrix in this folder may name, the usual ones first."""
    folders = extension_folders((folder,))
    known = catalog(folders, targets(folders)).axes["container"]
    usual = [word for word in CONTAINERS if word in known]
    return [*usual, *(word for word in known if word not in CONTAINERS)]


def _closest(draft: _Draft, containers: Sequence[str], picture: Path) -> tuple[str, str, tuple[str, ...]]:
    """Container, mime table and differences of the case that comes closest, the first among equals."""
    # In the folder itself, because the user's own clients, containers and operations lie beside it.
    trial = draft.folder / ".inspect-trial.yaml"
    with tempfile.TemporaryDirectory(prefix="upload-matrix-") as beside:
        # What a container makes of a file hangs on its name and its beginning, not on how long it is.
        with picture.open("rb") as file:
            beginning = file.read(_TRIED)
        stand_in = Path(beside) / picture.name
        stand_in.write_bytes(beginning)
        text = draft.text(containers, ("system", "builtin"), str(stand_in))
        try:
            trial.write_text(f"name: inspect-trial\n{text}", "utf-8")
            sent = _sent(trial)
        finally:
            trial.unlink(missing_ok=True)
    wanted = _with_content(_plain(draft.saved.request.wire), draft.part, beginning)
    best: tuple[str, str, tuple[str, ...]] | None = None
    for case, wire in sent:
        differs = tuple(
            draft.redactor.text(str(delta))
            for delta in diff(wanted, _plain(wire))
            if delta.where not in _BESIDE
        )
        if best is None or len(differs) < len(best[2]):
            best = (case.axes["container"], case.axes.get("mime_table", "system"), differs)
    if best is None:
        return containers[0], "system", ("no container could be tried here, so what it sends is not known",)
    return best if best[1] in ("system", "builtin") else (best[0], "system", best[2])


def _sent(trial: Path) -> list[tuple[Case, WireForm]]:
    """What each case of a matrix sends, in the matrix's order; cases that send nothing are left out."""
    loaded = load(Request((trial,)))
    with tempfile.TemporaryDirectory(prefix="upload-matrix-") as nothing_recorded:
        policy = Policy(
            cassettes=Path(nothing_recorded),
            mode=RecordMode.NONE,
            today=datetime.now(tz=UTC).date(),
            rules=project_rules(Path.cwd()),
        )
        settings = settings_of((loaded,), policy, tables={}, live=Live())
        with Answering(policy, settings.targets, settings.profiles) as answering:
            captures = capture(settings, answering, loaded.cases)
    by_case = {case: seen.request.wire for seen in captures.seen for case in seen.cases}
    return [(case, by_case[case.id]) for case in loaded.cases if case.id in by_case]


def _plain(wire: WireForm) -> WireForm:
    """The form with every file known by its digest: a picture of the user's may be a shipped one."""
    parts = None if wire.parts is None else tuple(replace(part, asset=None) for part in wire.parts)
    return replace(wire, parts=parts)


def _with_content(wire: WireForm, part: Part, content: bytes) -> WireForm:
    """The form with ``content`` in place of what ``part`` held."""
    digest = hashlib.sha256(content).hexdigest()
    return replace(
        wire,
        parts=tuple(
            replace(each, size=len(content), sha256=digest) if each.sha256 == part.sha256 else each
            for each in wire.parts or ()
        ),
    )


def _upload(wire: WireForm, operation: Operation) -> Part:
    upload = operation.upload
    parts = () if upload is None else wire.parts_named(upload.name)
    files = [part for part in parts if part.size] or [part for part in wire.parts or () if part.is_upload]
    if not files:
        raise ConfigurationError("--save: the request has no file, so there is no case to make of it")
    return files[0]


def _filename(part: Part, redactor: Redactor) -> str:
    """The file's name on disk: its own where that is one and holds no secret, else one after its format."""
    own = local_name(part.filename or "") or part.filename or ""
    if _OWN_NAME.fullmatch(own) and "." in own and redactor.text(own) == own:
        return own
    return f"{_GIVEN}{preferred_extension(part.format) if part.format else '.bin'}"


def _content(saved: SavedRequest, part: Part) -> Iterator[bytes]:
    """The bytes of a part, taken out of the body."""
    content_type = header(saved.request.headers, b"content-type") or b""
    place = next(number for number, each in enumerate(saved.request.wire.parts or ()) if each is part)
    pieces: list[bytes] = []

    def take(number: int, data: bytes) -> None:
        if number == place:
            pieces.append(data)

    reader = PartReader(boundary_of(content_type.decode("latin-1")) or "", taken=take)
    for chunk in saved.chunks():
        reader.feed(chunk)
        yield from pieces
        pieces.clear()
    reader.finish()
    yield from pieces


def _fields(
    saved: SavedRequest, operation: Operation, redactor: Redactor
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The text fields a case can carry, and the names of those it cannot."""
    fields: dict[str, str] = {}
    left_out = []
    for part in saved.request.wire.parts or ():
        if part.is_file or operation.file_field(part.name.partition("[")[0]) is not None:
            continue
        if part.text is None or part.name not in operation.text_fields or part.name in fields:
            left_out.append(redactor.text(part.name))
        else:
            fields[part.name] = redactor.value(part.name, part.text)
    return fields, tuple(dict.fromkeys(left_out))


def _quoted(text: str) -> str:
    """``text`` as YAML: JSON is YAML too."""
    return json.dumps(text, ensure_ascii=not text.isprintable())


def _key(name: str) -> str:
    return name if name.isidentifier() and name.isascii() else _quoted(name)


def _comment(text: str) -> str:
    return json.dumps(text, ensure_ascii=not text.isprintable())[1:-1]
