"""The write gate: the last look at the exact bytes before they reach a disk.

Redaction knows what secrets look like; the gate knows the secrets of this run themselves, and refuses
to write any of them, plain or in a usual disguise.
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes

from harness.engine.cassettes.encoded import RUNS, from_base64, gunzipped
from harness.model.errors import CassetteError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

SHORTEST = 6
"""Characters from which a secret is looked for; a shorter one would be found everywhere by chance."""

_LAYERS = 4
_ESCAPE = re.compile(rb'\\(?:u00([0-7][0-9A-Fa-f])|(["\\/]))')


def refuse_secrets(data: bytes, path: Path, secrets: Sequence[str]) -> None:
    """Raise CassetteError, which never shows the secret, when ``data`` or ``path`` holds one."""
    disguises = {
        number: _disguises(secret) for number, secret in enumerate(secrets, 1) if len(secret) >= SHORTEST
    }
    if not disguises:
        return
    # The error names the path, so a path with a secret in it must not get that far.
    if found := _found(str(path).encode("utf-8", "surrogatepass"), disguises):
        raise CassetteError(_refusal("the recording's path", *found))
    if found := _found(data, disguises):
        raise CassetteError(_refusal(str(path), *found))


def _refusal(where: str, number: int, form: str) -> str:
    return (
        f"{where}: not written, because it would hold secret number {number} of this run ({form}); "
        "let the server or gateway stop echoing it, or leave this case out of the recording"
    )


def _found(data: bytes, disguises: Mapping[int, Mapping[str, bytes]]) -> tuple[int, str] | None:
    """The number of the first secret found and the form it was found in."""
    for layer in _layers(data, _LAYERS):
        lowered = layer.lower()
        for number, forms in disguises.items():
            for form, needle in forms.items():
                # Hex and percent-encoding may be written in either case; base64 and text may not.
                if needle in (lowered if form in ("hex", "URL-encoded") else layer):
                    return number, form
    return None


def _disguises(secret: str) -> Mapping[str, bytes]:
    data = secret.encode("utf-8", "surrogatepass")
    forms = {
        "plain": data,
        "hex": data.hex().encode("ascii"),
        "URL-encoded": quote(data, safe="").lower().encode("ascii"),
        "JSON-escaped": json.dumps(secret)[1:-1].encode("ascii"),
    }
    for shift in range(3):
        core = _base64_core(data, shift)
        forms[f"base64, {shift} in"] = core
        forms[f"URL-safe base64, {shift} in"] = core.translate(bytes.maketrans(b"+/", b"-_"))
    return forms


def _base64_core(data: bytes, shift: int) -> bytes:
    """The characters that stand for ``data`` alone when ``shift`` other bytes precede it in its group."""
    text = base64.b64encode(bytes(shift) + data)
    start = (0, 2, 3)[shift]
    end = (0, 3, 2)[(shift + len(data)) % 3]
    return text[start : len(text) - end]


def _layers(data: bytes, depth: int) -> Iterator[bytes]:
    """``data`` and what is encoded in it, down to ``depth`` encodings."""
    yield data
    if depth == 0:
        return
    inner: list[bytes | None] = [gunzipped(data)]
    if b"%" in data and (unquoted := unquote_to_bytes(data)) != data:
        inner.append(unquoted)
    if (unescaped := _unescaped(data)) != data:
        inner.append(unescaped)
    text = data.decode("latin-1")
    inner.extend(from_base64(found[0]) for run in RUNS for found in run.finditer(text))
    for layer in inner:
        if layer:
            yield from _layers(layer, depth - 1)


def _unescaped(data: bytes) -> bytes:
    """``data`` with JSON's escapes of ASCII characters resolved, wherever they stand."""
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]) if found[1] else found[2], data)
