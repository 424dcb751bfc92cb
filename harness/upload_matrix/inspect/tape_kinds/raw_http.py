"""A request as it stood on the wire, in a file; the answer may follow it."""

from __future__ import annotations

import re
from pathlib import Path

from upload_matrix.files import read_bytes, shown
from upload_matrix.inspect.tape_kinds.entry import MOST_CHARACTERS, TapeEntry, cut, day_of, length_of
from upload_matrix.model.errors import ConfigurationError

_REQUEST = re.compile(r"([A-Z]{1,20}) (\S+) HTTP/[0-9.]+")
_STATUS = re.compile(r"HTTP/[0-9.]+ (\d{3})")
_LONGEST_SIZE = 100
"""Bytes of a line with the size of a chunk."""
_BLANK = re.compile(rb"\r?\n\r?\n")


def entries(path: Path) -> list[bytes]:
    """The one exchange of a file; raises ConfigurationError for a file that is none."""
    data = read_bytes(path)
    if len(data) > MOST_CHARACTERS:
        raise ConfigurationError(f"{shown(path)}: {len(data)} bytes are too many for a request")
    if _REQUEST.match(data[:4096].decode("latin-1")) is None:
        raise ConfigurationError(
            f"{shown(path)}: no request: it does not begin like 'POST /v1/files HTTP/1.1'"
        )
    return [data]


def entry(data: bytes) -> TapeEntry:
    """The exchange."""
    first, headers, rest, lines = _message(data)
    found = _REQUEST.match(first)
    if found is None:
        raise ValueError(f"no request line: {first!r:.80}")
    body, rest, lost = _body(headers, rest)
    host = next((value for name, value in headers if name.lower() == "host"), "")
    absolute = re.match(r"https?://", found[2])
    if not host and not absolute:
        raise ValueError("no Host header")
    status: int | None = None
    answer_headers: tuple[tuple[str, str], ...] = ()
    answer_body: bytes | None = None
    if rest.lstrip(b"\r\n").startswith(b"HTTP/"):
        line, answer_headers, after, _ = _message(rest.lstrip(b"\r\n"))
        said = _STATUS.match(line)
        status = int(said[1]) if said else None
        answer_body, _, _ = _body(answer_headers, after)
    elif rest.strip():
        raise ValueError(f"{len(rest):,} bytes behind the body that are no answer")
    scheme = "http" if re.match(r"(localhost|127\.0\.0\.1|\[::1\])(:|$)", host) else "https"
    moment = next((value for name, value in answer_headers if name.lower() == "date"), "")
    framed = tuple(pair for pair in headers if pair[0].lower() != "transfer-encoding")
    chunked = ("where its chunks ended",) if len(framed) < len(headers) else ()
    return TapeEntry(
        found[1],
        found[2] if absolute else f"{scheme}://{host}{found[2]}",
        framed,
        body,
        status,
        tuple(pair for pair in answer_headers if pair[0].lower() != "transfer-encoding"),
        answer_body,
        day_of(moment),
        (*lost, *chunked, *(("how its lines ended",) if lines else ())),
    )


def _message(data: bytes) -> tuple[str, tuple[tuple[str, str], ...], bytes, bool]:
    """First line, headers, what follows the blank line, and whether the lines end without CR."""
    blank = _BLANK.search(data)
    head, rest = (data[: blank.start()], data[blank.end() :]) if blank else (data.rstrip(b"\r\n"), b"")
    first, *lines = head.decode("latin-1").replace("\r\n", "\n").split("\n")
    headers = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise ValueError(f"no header: {line!r:.80}")
        headers.append((name, value.strip()))
    return first, tuple(headers), rest, b"\r\n" not in (data[: blank.end()] if blank else data)


def _body(headers: tuple[tuple[str, str], ...], rest: bytes) -> tuple[bytes | None, bytes, tuple[str, ...]]:
    """The body by its framing, what follows it, and what was lost."""
    if any(name.lower() == "transfer-encoding" and "chunked" in value.lower() for name, value in headers):
        return *_chunks(rest), ()
    length = length_of(headers)
    if length is None:
        # An answer that follows begins a line.
        answer = re.search(rb"\r?\n\r?\n?(?=HTTP/1\.[01] \d{3} )", rest)
        return (rest, b"", ()) if answer is None else (rest[: answer.start()], rest[answer.end() :], ())
    if len(rest) >= length:
        return rest[:length], rest[length:], ()
    if not rest:
        return None, b"", ("the body",)
    return rest, b"", (cut(len(rest), length),)


def _chunks(rest: bytes) -> tuple[bytes, bytes]:
    pieces: list[bytes] = []
    at = 0
    while True:
        end = rest.find(b"\r\n", at, at + _LONGEST_SIZE)
        size = int(rest[at:end].split(b";")[0], 16) if end > at else -1
        at = end + 2
        if size < 0 or len(rest) < at + size + 2:
            raise ValueError("chunks that are cut off")
        if not size:
            return b"".join(pieces), rest[at + 2 :]
        pieces.append(rest[at : at + size])
        at += size + 2
