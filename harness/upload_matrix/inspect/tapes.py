"""Other people's recordings of HTTP, read as requests: HAR files and cassettes here, the others beside it.

Recorders leave out what they cannot write or must not: headers, the bytes of files. What is known to be lost
is said beside each request, because a verdict on the rest would be about another upload.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from upload_matrix import vendors
from upload_matrix.files import read_bounded, read_text, read_yaml, shown
from upload_matrix.inspect.calls import caller_of
from upload_matrix.inspect.saved import SavedRequest
from upload_matrix.inspect.tape_kinds import curl, mitmproxy, raw_http, test_proxy
from upload_matrix.inspect.tape_kinds.entry import (
    BOUNDARY,
    LOST_CHARACTER,
    MOST_CHARACTERS,
    NO_TEXT,
    REWRITTEN,
    TapeEntry,
    cut,
    day_of,
    length_of,
    text_bytes,
    without_coding,
)
from upload_matrix.model.answer import Answer, NoAnswer, Provenance, Silence, Source, Supply
from upload_matrix.model.codec import parsed
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.wire.form import Captured, header
from upload_matrix.wire.read import wire_form
from upload_matrix.wire.write import head_of

_METHOD = re.compile(r"[A-Z]{1,20}")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class Taped:
    """A request of a recording, the ``number``-th in it, with what was ``lost`` of it in recording."""

    number: int
    saved: SavedRequest
    lost: tuple[str, ...] = ()


def read_tape(path: Path, kind: str) -> tuple[Taped, ...]:
    """The requests in a recording of a kind (see ``_KINDS``), in their order.

    Raises ConfigurationError, naming the file and the entry that cannot be read.
    """
    found = []
    entries, read = _KINDS[kind]
    for number, entry in enumerate(entries(path), 1):
        try:
            found.append(_taped(number, read(entry)))
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            why = f"has no {error}" if isinstance(error, KeyError) else str(error)
            raise ConfigurationError(
                f"{shown(path)}: entry {number} is no exchange of a {kind} file: {why}"
            ) from error
    return tuple(found)


# -- a HAR file (HTTP Archive 1.2) --


def _har_entries(path: Path) -> list[Any]:
    text = read_bounded(path, "a HAR file", MOST_CHARACTERS)
    try:
        entries = parsed(text)["log"]["entries"]
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"{shown(path)}: not a HAR file: it has no log.entries") from error
    if not isinstance(entries, list):
        raise ConfigurationError(f"{shown(path)}: not a HAR file: log.entries is no list")
    return entries


def _har(entry: Mapping[str, Any]) -> TapeEntry:
    request, response = entry["request"], entry.get("response") or {}
    posted = request.get("postData")
    body, lost = (b"", ()) if posted is None else _har_body(posted)
    headers = _har_headers(request["headers"])
    expected = length_of(headers)
    if posted is None and expected:
        body, lost = None, ("the body",)
    elif body is not None and posted is not None and expected not in (None, len(body)):
        # Some writers keep a character a byte.
        text = posted.get("text") or ""
        narrow = text.encode("latin-1") if all(ord(each) < 256 for each in text) else b""
        if len(narrow) == expected:
            body = narrow
        else:
            lost = (*lost, cut(len(body), expected or 0))
    content = response.get("content") or {}
    text = content.get("text")
    answer_body = None if text is None else text_bytes(text, content.get("encoding"))
    return TapeEntry(
        request["method"],
        request["url"],
        headers,
        body,
        response.get("status") or None,
        # The body is recorded decoded.
        without_coding(_har_headers(response.get("headers") or ())),
        answer_body,
        day_of(entry.get("startedDateTime")),
        lost,
    )


def _har_body(posted: Mapping[str, Any]) -> tuple[bytes | None, tuple[str, ...]]:
    text = posted.get("text")
    if not text:
        return (None, ("the body",)) if posted.get("params") or text is None else (b"", ())
    body = text_bytes(text, posted.get("encoding") or posted.get("_encoding"))
    broken = LOST_CHARACTER in text and body == text.encode("utf-8")
    return body, (NO_TEXT,) if broken else ()


def _har_headers(headers: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
    # Of HTTP/2, browsers write the pseudo-headers as well.
    return tuple((each["name"], each["value"]) for each in headers if not each["name"].startswith(":"))


# -- a cassette of vcrpy, or of Ruby's VCR --


def _vcr_entries(path: Path) -> list[Any]:
    data = (
        parsed(read_text(path))
        if path.suffix == ".json"
        else read_yaml(path, "a cassette", MOST_CHARACTERS).data
    )
    data = data if isinstance(data, dict) else {}
    entries = data.get("interactions", data.get("http_interactions"))
    asked, answered = data.get("requests"), data.get("responses")
    if isinstance(asked, list) and isinstance(answered, list) and len(asked) == len(answered):
        # What LangChain's tests write.
        entries = [{"request": each, "response": of_it} for each, of_it in zip(asked, answered, strict=True)]
    if not isinstance(entries, list):
        raise ConfigurationError(
            f"{shown(path)}: not a cassette: it has no interactions, nor http_interactions"
        )
    return entries


def _vcr(entry: Mapping[str, Any]) -> TapeEntry:
    request, response = entry["request"], entry.get("response") or {}
    body, lost = _vcr_body(request.get("body"))
    headers = _vcr_headers(request.get("headers") or {})
    expected = length_of(headers)
    if not body and expected:
        body, lost = None, ("the body",)
    elif body is not None and expected not in (None, len(body)) and REWRITTEN not in lost:
        lost = (*lost, cut(len(body), expected))
    status = response.get("status")
    answer_body, _ = _vcr_body(response.get("body"))
    return TapeEntry(
        str(request["method"]).upper(),
        request["uri"],
        headers,
        body,
        status["code"] if isinstance(status, dict) else None,
        _vcr_headers(response.get("headers") or {}),
        answer_body,
        day_of(entry.get("recorded_at")),
        lost,
    )


def _vcr_body(body: Any) -> tuple[bytes | None, tuple[str, ...]]:
    """Of vcrpy a text, bytes or None, in an answer under ``string``; of VCR in a mapping with an encoding."""
    if isinstance(body, dict):
        if "base64_string" in body:
            return text_bytes(body["base64_string"], "base64"), ()
        return _vcr_body(body.get("string"))
    if body is None:
        return b"", ()
    if isinstance(body, bytes):
        return body, ()
    if not isinstance(body, str):
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(), (REWRITTEN,)
    return body.encode("utf-8"), ((NO_TEXT,) if LOST_CHARACTER in body else ())


def _vcr_headers(headers: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    pairs = ((name, values if isinstance(values, list) else [values]) for name, values in headers.items())
    return tuple((str(name), str(value)) for name, values in pairs for value in values)


_KINDS: Mapping[str, tuple[Callable[[Path], Sequence[Any]], Callable[[Any], TapeEntry]]] = {
    "har": (_har_entries, _har),
    "vcr": (_vcr_entries, _vcr),
    "test-proxy": (test_proxy.entries, test_proxy.entry),
    "mitmproxy": (mitmproxy.entries, mitmproxy.entry),
    "curl": (curl.entries, curl.entry),
    "http": (raw_http.entries, raw_http.entry),
}
"""What finds the entries of a file, and what reads one of them.

``vcr`` is a cassette of vcrpy, of Ruby's VCR or of LangChain's tests, which differ in their outermost words.
"""


# -- an exchange as a request of ours --


def _taped(number: int, exchange: TapeEntry) -> Taped:
    url = urlsplit(exchange.url)
    if _METHOD.fullmatch(exchange.method) is None:
        raise ValueError(f"no method: {exchange.method!r:.40}")
    if url.scheme not in ("http", "https") or not url.hostname:
        raise ValueError(f"no URL of HTTP: {exchange.url!r:.80}")
    lost = list(exchange.lost)
    headers = tuple(_headers(_unmarked(exchange.headers)))
    body = exchange.body or b""
    if header(headers, b"content-type") is None and (body or exchange.body is None):
        put_in = _is_object(body)
        headers = (*headers, (b"Content-Type", b"application/json")) if put_in else headers
        lost.append(
            "the Content-Type of the request" + (" (JSON is put in, which the body is)" if put_in else "")
        )
    if header(headers, b"content-length") is None and header(headers, b"transfer-encoding") is None and body:
        headers = (*headers, (b"Content-Length", b"%d" % len(body)))
        lost.append("how the body's end was told (a Content-Length is put in)")
    # Of a body that the recorder changed, the length that was sent no longer holds.
    headers = tuple(
        (name, b"%d" % len(body) if name.lower() == b"content-length" else value) for name, value in headers
    )
    path = re.sub(r"[^!-~]", lambda found: _percent(found[0]), url.path or "/")
    query = re.sub(r"[^!-~]", lambda found: _percent(found[0]), url.query)
    target = path + (f"?{query}" if query else "")
    whole = exchange.body is not None
    wire = wire_form(exchange.method, target, headers, body, {}, None if whole else "it was not recorded")
    request = Captured(head_of(wire, headers), headers, body, wire, complete=whole)
    asked = f"{url.scheme}://{url.netloc.rpartition('@')[2]}{_root(path)}"
    saved = SavedRequest(request, caller_of(headers), asked, _reply(exchange, asked))
    saved = replace(saved, lost=tuple(each for each in lost if each != BOUNDARY))
    return Taped(number, saved, tuple(lost))


_MARK = re.compile(r"\W*(redacted|sanitized|filtered|scrubbed)\W*|\*+", re.IGNORECASE)
_TELLING = frozenset({"content-type", "content-length", "content-encoding", "transfer-encoding"})


def _unmarked(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Headers without those that tell of the body and that a recorder wrote a mark in."""
    return tuple(
        pair for pair in pairs if pair[0].lower() not in _TELLING or not _MARK.fullmatch(str(pair[1]))
    )


def _is_object(body: bytes) -> bool:
    try:
        return isinstance(parsed(body), dict)
    except ValueError:
        return False


def _headers(pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[bytes, bytes]]:
    for name, value in pairs:
        if _NAME.fullmatch(name) is None:
            raise ValueError(f"no name of a header: {name!r:.40}")
        written = str(value).encode("utf-8", "surrogatepass")
        if re.search(rb"[\r\n\0]", written):
            raise ValueError(f"a header of more than a line: {name}")
        yield name.encode("ascii"), written


def _percent(character: str) -> str:
    return "".join(f"%{each:02X}" for each in character.encode("utf-8", "surrogatepass"))


def _root(path: str) -> str:
    """The root of the API in a path, empty where the path is none that a vendor has."""
    roots = sorted((root for vendor in vendors.known() for root in vendor.roots), key=len, reverse=True)
    return next((root for root in roots if path.startswith(f"{root}/")), "")


def _reply(exchange: TapeEntry, asked: str) -> Answer | NoAnswer:
    if not isinstance(exchange.status, int) or not 100 <= exchange.status < 600:
        return NoAnswer(Silence.UNRECORDED, "no answer was recorded")
    return Answer(
        exchange.status,
        _unmarked(exchange.answer_headers),
        exchange.answer_body or b"",
        Source(asked, Provenance.LIVE, Supply.RECORDED, recorded_on=exchange.day),
    )
