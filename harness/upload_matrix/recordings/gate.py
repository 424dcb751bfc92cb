"""The write gate: the last look at the exact bytes before they reach a disk or a screen.

Redaction knows what secrets look like; the gate knows the secrets of this run themselves, and refuses
to write any of them, plain or in a usual disguise. The cassettes call it on every file. Whoever writes
something else (a report, a log, a page for a person) calls ``guard`` on the finished bytes, right before
they are written, because only there nothing can be added any more.
"""

from __future__ import annotations

import hashlib
import importlib
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from filelock import FileLock

from upload_matrix.model.errors import CassetteError
from upload_matrix.recordings.patterns import (
    ANY_CASE,
    RUNS,
    SHORTEST,
    WRAPPED,
    disguises,
    from_base64,
    packed_runs,
    unmarked,
    unwrapped,
    without_entities,
)

LOOKED_INTO = 4 * 1024 * 1024
"""Bytes up to which data that comes in pieces is searched within what is packed or encoded, too."""

_MEMORY = 64 * 1024 * 1024
_LAYERS = 4
_ESCAPE = re.compile(rb'\\(?:u00([0-7][0-9A-Fa-f])|(["\\/]))')


class WriteGate:
    """Looks for the ``secrets`` of a run, of which those shorter than SHORTEST characters are passed over.

    Thread-safe; made once, it serves any number of writes.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        self._disguises = {
            number: disguises(secret) for number, secret in enumerate(secrets, 1) if len(secret) >= SHORTEST
        }

    def check(self, data: bytes | str, where: str, way_out: str = "") -> None:
        """Raise CassetteError, which never shows the secret, when ``data`` or ``where`` holds one.

        ``where`` is the file or the place in words, ``way_out`` what the user can do about it.
        """
        if not self._disguises:
            return
        # The error names the place, so a place with a secret in it must not get that far.
        if found := self._found(_bytes(where)):
            raise CassetteError(_refusal("the path", *found, way_out))
        if found := self._found(_bytes(data)):
            raise CassetteError(_refusal(where, *found, way_out))

    def checked(self, pieces: Iterable[bytes], size: int, where: str, way_out: str = "") -> Iterator[bytes]:
        """``pieces`` of ``size`` bytes in all, each handed on once it is known to hold no secret.

        Up to LOOKED_INTO bytes they are put together and checked as ``check`` does. In more, secrets are
        looked for as they are and in their disguises, not within what is packed or encoded as a whole.
        """
        if size <= LOOKED_INTO:
            data = b"".join(pieces)
            self.check(data, where, way_out)
            yield data
            return
        self.check(b"", where, way_out)
        before = b""
        for piece in pieces:
            found = self._disguised(before + piece)
            if found:
                raise CassetteError(_refusal(where, *found, way_out))
            yield piece
            # A secret may lie across two pieces.
            before = (before + piece)[-self._longest :] if self._longest else b""

    @cached_property
    def _longest(self) -> int:
        needles = (needle for forms in self._disguises.values() for needle in forms.values())
        return max(map(len, needles), default=1) - 1

    @cached_property
    def _needles(self) -> Any:
        """All disguises as one pattern, in time that grows with the data alone."""
        # Not at the top: replays never need it.
        re2: Any = importlib.import_module("re2")
        words = [
            re2.escape(needle) if form not in ANY_CASE else b"(?i:" + re2.escape(needle) + b")"
            for forms in self._disguises.values()
            for form, needle in forms.items()
        ]
        options = re2.Options()
        options.encoding = re2.Options.Encoding.LATIN1
        options.max_mem = _MEMORY
        return re2.compile(b"|".join(words), options)

    def _disguised(self, data: bytes) -> tuple[int, str] | None:
        if not self._disguises or self._needles.search(data) is None:
            return None
        return self._found(data, layers=0)

    def _found(self, data: bytes, layers: int = _LAYERS) -> tuple[int, str] | None:
        """The number of the first secret found and the form it was found in."""
        for layer in _layers(data, layers):
            lowered = layer.lower()
            for number, forms in self._disguises.items():
                for form, needle in forms.items():
                    if needle in (lowered if form in ANY_CASE else layer):
                        return number, form
        return None


def guard(data: bytes | str, secrets: Sequence[str], where: str) -> None:
    """Raise CassetteError when ``data``, about to be written to ``where``, holds a secret of the run."""
    WriteGate(secrets).check(data, where, _GENERAL)


def refuse_secrets(data: bytes, path: Path, secrets: Sequence[str] | WriteGate) -> None:
    """As ``guard``, for a recording: the message says what can be done about one."""
    gate = secrets if isinstance(secrets, WriteGate) else WriteGate(secrets)
    gate.check(data, str(path), _RECORDING)


_GENERAL = "take it out of what is shown, or tell the Redactor about it with a pattern in redact.yaml"
_RECORDING = "let the server or gateway stop echoing it, or leave this case out of the recording"


def _refusal(where: str, number: int, form: str, way_out: str) -> str:
    says = f"{where}: not written, because it would hold secret number {number} of this run ({form})"
    return f"{says}; {way_out}" if way_out else says


def _bytes(data: bytes | str) -> bytes:
    return data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data


def _layers(data: bytes, depth: int) -> Iterator[bytes]:
    """``data`` and what is encoded in it, down to ``depth`` encodings."""
    yield data
    if depth == 0:
        return
    inner: list[bytes | None] = [plain for _, _, plain in packed_runs(data)]
    inner.append(unmarked(data))
    rewritten = (unquote_to_bytes(data) if b"%" in data else data, _unescaped(data), without_entities(data))
    inner.extend(each for each in rewritten if each != data)
    text = data.decode("latin-1")
    inner.extend(from_base64(found[0]) for run in RUNS for found in run.finditer(text))
    inner.extend(from_base64(unwrapped(found[0])) for found in WRAPPED.finditer(text))
    for layer in inner:
        if layer:
            yield from _layers(layer, depth - 1)


def _unescaped(data: bytes) -> bytes:
    """``data`` with JSON's escapes of ASCII characters resolved, wherever they stand."""
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]) if found[1] else found[2], data)


# Asking for one wire form at a time across processes: what one pays for, the others read.


_FOLDER = "upload-matrix-locks"


def alone(path: Path, sample: int | None = None) -> AbstractContextManager[object]:
    """Hold the lock of a recording that may not exist yet; waits for whoever holds it.

    With a ``sample`` it is that of asking for this one, without it that of writing the file: a file may
    be added to while an answer for it is waited for.

    The lock lies in the temporary folder, not beside the recording, which is under version control. It
    goes with its process, so one that was killed leaves nothing locked.
    """
    folder = Path(tempfile.gettempdir()) / _FOLDER
    folder.mkdir(exist_ok=True)
    what = str(path.absolute()) if sample is None else f"{path.absolute()}#{sample}"
    name = hashlib.sha256(what.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return FileLock(folder / f"{name}.lock")
