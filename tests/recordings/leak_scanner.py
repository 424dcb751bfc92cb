"""Finds planted secrets in anything that was written, decoded or not. Shares no code with what it checks."""

from __future__ import annotations

import base64
import binascii
import gzip
import html
import re
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote_to_bytes

DEPTH = 3
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{12,}={0,2}")
_ESCAPED = re.compile(rb"\\u([0-9a-fA-F]{4})")


def leaks(data: bytes, needles: Iterable[str]) -> set[str]:
    """The ``needles`` that stand in ``data``, however packed; hexadecimal and UTF-16 count too."""
    found = set()
    for layer in layers(data, DEPTH):
        for needle in needles:
            raw = needle.encode()
            forms = (raw, raw.hex().encode(), raw[::-1], needle.encode("utf-16-le"))
            if any(form in layer or form in layer.lower() for form in forms):
                found.add(needle)
    return found


def leaks_in_files(root: Path, needles: Iterable[str], *, but: Iterable[Path] = ()) -> dict[str, set[str]]:
    """What leaked into which file below ``root``, the files' names included."""
    skipped = set(but)
    found: dict[str, set[str]] = {}
    for path in root.rglob("*"):
        if path in skipped or not path.is_file():
            continue
        name = path.relative_to(root).as_posix()
        if hits := leaks(path.read_bytes(), needles) | leaks(name.encode(), needles):
            found[name] = hits
    return found


def layers(data: bytes, depth: int) -> Iterator[bytes]:
    yield data
    if depth == 0 or not data:
        return
    seen = {data}
    for inner in _inner(data):
        if inner and inner not in seen:
            seen.add(inner)
            yield from layers(inner, depth - 1)


def _inner(data: bytes) -> Iterator[bytes]:
    yield unquote_to_bytes(data.replace(b"+", b" "))
    yield html.unescape(data.decode("latin-1")).encode("utf-8", "replace")
    yield _ESCAPED.sub(lambda m: chr(int(m[1], 16)).encode("utf-8", "surrogatepass"), data).replace(
        b"\\", b""
    )
    if b"\n" in data:
        yield re.sub(rb"\s+|\\n|\\r", b"", data)
    for match in re.finditer(rb"\x1f\x8b\x08|x[\x01\x5e\x9c\xda]", data):
        for unpack in (_gunzip, zlib.decompressobj().decompress):
            try:
                yield unpack(data[match.start() :])
            except (OSError, EOFError, zlib.error):
                continue
    for match in _BASE64.finditer(data):
        for run in dict.fromkeys((match[0], *re.split(rb"[-_]", match[0]))):
            for shift in range(4 if run == match[0] else 1):
                body = run[shift:].rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
                try:
                    decoded = base64.b64decode(body[: len(body) // 4 * 4] + _rest(body))
                except (binascii.Error, ValueError):
                    continue
                if _says_something(decoded):
                    yield decoded


def _says_something(data: bytes) -> bool:
    """Text for six characters, or something packed: else it was a word or a digest, and no base64."""
    return bool(re.search(rb"[ -~]{6}|\x1f\x8b\x08|x[\x01\x5e\x9c\xda]", data))


def _rest(body: bytes) -> bytes:
    rest = body[len(body) // 4 * 4 :]
    return rest + b"=" * (-len(rest) % 4) if len(rest) > 1 else b""


def _gunzip(data: bytes) -> bytes:
    return zlib.decompressobj(wbits=31).decompress(data) or gzip.decompress(data)
