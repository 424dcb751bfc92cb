"""A curl command line as the request that it makes: no shell, no curl is run, no file elsewhere is read."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from upload_matrix.files import read_bounded, read_bytes, shown
from upload_matrix.inspect.tape_kinds.entry import BOUNDARY, MOST_CHARACTERS, TapeEntry
from upload_matrix.model.errors import ConfigurationError

_BOUNDARY = "------------------------upload-matrix"
_TYPES = {
    ".gif": "image/gif", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png",
    ".svg": "image/svg+xml", ".txt": "text/plain", ".htm": "text/html", ".html": "text/html",
    ".pdf": "application/pdf", ".xml": "application/xml",
}  # fmt: skip
"""Types that curl knows by a name's extension (Curl_mime_contenttype in lib/mime.c of curl 8)."""

_FORM = "multipart/form-data"
_GENERIC = "application/octet-stream"
_WITH_VALUE = {
    "-X": "method", "--request": "method", "--url": "url",
    "-H": "header", "--header": "header", "-A": "agent", "--user-agent": "agent",
    "-F": "form", "--form": "form", "--form-string": "form-string",
    "-d": "data", "--data": "data", "--data-ascii": "data", "--data-raw": "raw", "--data-binary": "binary",
    "--json": "json", "--data-urlencode": "urlencode",
    "-o": "", "--output": "", "-m": "", "--max-time": "", "--connect-timeout": "", "--retry": "", "-w": "",
    "--write-out": "", "-u": "user", "--user": "user", "-x": "", "--proxy": "", "-D": "", "--dump-header": "",
}  # fmt: skip
_ALONE = frozenset(
    {
        *(
            "-s",
            "-S",
            "-L",
            "-k",
            "-v",
            "-i",
            "-f",
            "-N",
            "-g",
            "-#",
            "-O",
            "-sS",
            "-fsSL",
            "-sL",
            "-fsS",
            "-sv",
        ),
        *("--silent", "--show-error", "--location", "--insecure", "--verbose", "--include", "--fail"),
        *(
            "--no-buffer",
            "--globoff",
            "--compressed",
            "--http1.1",
            "--http2",
            "--fail-with-body",
            "--progress-bar",
        ),
    }
)
_PLAIN = re.compile(r"[^\s'\"\\$|;&<>]+")
_DOUBLE = re.compile(r'((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", "'": "'", '"': '"', "0": "\0", "a": "\a", "b": "\b"}


@dataclass(slots=True)
class CurlCall:
    """What the words of a command line ask for, in order; ``folder`` is where its files are looked for."""

    folder: Path
    method: str | None = None
    url: str | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)
    forms: list[tuple[str, str]] = field(default_factory=list)
    data: list[bytes] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    is_whole: bool = True


def entries(path: Path) -> list[CurlCall]:
    """The one call of a file; raises ConfigurationError for a file that is none, or not understood."""
    text = _without_carets(read_bounded(path, "a command line", MOST_CHARACTERS))
    try:
        return [_call(_words(text), path.parent, text)]
    except ValueError as error:
        raise ConfigurationError(f"{shown(path)}: no curl command line: {error}") from error


def entry(call: CurlCall) -> TapeEntry:
    """The call as a request without an answer."""
    headers, body = list(call.headers), b"".join(call.data)
    if call.forms:
        given = next((value for name, value in headers if name.lower() == "content-type"), _FORM)
        body = _form(call, "form-data" if given.lower().startswith(_FORM) else "attachment")
        headers = [pair for pair in headers if pair[0].lower() != "content-type"]
        # curl adds its boundary to whatever type it was told, a second one where that names one.
        headers.append(("Content-Type", f"{given}; boundary={_BOUNDARY}"))
    elif call.data and not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/x-www-form-urlencoded"))
    if call.url is None:
        raise ValueError("no URL")
    method = call.method or ("POST" if call.forms or call.data else "GET")
    url = call.url if re.match(r"https?://", call.url) else f"http://{call.url}"
    whole = body if call.is_whole else None
    length = () if not body else (("Content-Length", str(len(body))),)
    return TapeEntry(method, url, (*headers, *length), whole, None, (), None, None, tuple(call.lost))


# -- words, as a POSIX shell makes them --


def _without_carets(text: str) -> str:
    """A line of Windows' cmd, as browsers copy them too: a caret keeps what follows it plain."""
    if re.search(r'\^(\r?\n|")', text) is None:
        return text
    return re.sub(r"\^(.)", r"\1", re.sub(r"\^\r?\n", " ", text))


def _words(text: str) -> list[str]:
    text = re.sub(r"(?m)^\s*\$ ", "", text.strip()).replace("\\\r\n", " ").replace("\\\n", " ")
    words: list[str] = []
    word: list[str] = []
    at = 0
    while at < len(text):
        letter = text[at]
        if letter in " \t\r\n":
            words += ["".join(word)] if word else []
            word, at = [], at + 1
            continue
        if letter in "|;&<>":
            raise ValueError(f"{letter!r}: only a call of curl alone is read")
        piece, at = _piece(text, at)
        word.append(piece)
    return [*words, *(["".join(word)] if word else [])]


def _piece(text: str, at: int) -> tuple[str, int]:
    """What a quoted part, an escape or a letter stands for, and where it ends."""
    if text.startswith("$'", at):
        return _escaped(text, at + 2)
    letter = text[at]
    if letter == "'":
        end = text.find("'", at + 1)
        if end < 0:
            raise ValueError("a quote that is not closed")
        return text[at + 1 : end], end + 1
    if letter == '"':
        return _double(text, at + 1)
    if letter == "\\" and at + 1 < len(text):
        return text[at + 1], at + 2
    plain = _PLAIN.match(text, at)
    return (plain[0], plain.end()) if plain else (letter, at + 1)


def _double(text: str, at: int) -> tuple[str, int]:
    found = _DOUBLE.match(text, at)
    if found is None:
        raise ValueError("a quote that is not closed")
    return re.sub(r'\\(["\\$`])', r"\1", found[1]), found.end()


def _escaped(text: str, at: int) -> tuple[str, int]:
    found = []
    while at < len(text) and text[at] != "'":
        hexadecimal = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4}))").match(text, at)
        if hexadecimal:
            found.append(chr(int(hexadecimal[1] or hexadecimal[2], 16)))
            at = hexadecimal.end()
        elif text[at] == "\\" and at + 1 < len(text):
            found.append(_ESCAPES.get(text[at + 1], text[at : at + 2]))
            at += 2
        else:
            found.append(text[at])
            at += 1
    if at >= len(text):
        raise ValueError("a quote that is not closed")
    return "".join(found), at + 1


# -- what the words ask for --


def _call(words: Sequence[str], folder: Path, text: str) -> CurlCall:
    if not words or Path(words[0]).name not in ("curl", "curl.exe"):
        raise ValueError("it does not begin with curl")
    call = CurlCall(folder)
    # Within single quotes a shell puts in nothing.
    open_text = re.sub(r"\$'(?:\\.|[^'\\])*'|'[^']*'", "", text, flags=re.DOTALL)
    names = dict.fromkeys(re.findall(r"\$\{?\w+\}?|\$\([^)\n]{0,40}\)?|`[^`\n]{1,40}`", open_text))
    call.lost += [f"what a shell puts in the place of {each}" for each in names]
    for option, value in _options(words[1:]):
        _take(call, option, value)
    return call


def _options(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    left = deque(words)
    while left:
        word = left.popleft()
        name, equals, value = word.partition("=")
        if word.startswith("--") and equals and name in _WITH_VALUE:
            yield _WITH_VALUE[name], value
        elif word in _WITH_VALUE or (word[:2] in _WITH_VALUE and word[:2] != "--"):
            joined = word not in _WITH_VALUE
            if not joined and not left:
                raise ValueError(f"{word} has no value")
            yield _WITH_VALUE[word[:2] if joined else word], word[2:] if joined else left.popleft()
        elif word.startswith("-") and word not in _ALONE:
            raise ValueError(f"the option {word} is not known here")
        elif not word.startswith("-"):
            yield "url", word


def _take(call: CurlCall, option: str, value: str) -> None:
    match option:
        case "method":
            call.method = value.upper()
        case "url":
            if call.url is not None:
                raise ValueError(f"more than one URL: {value!r:.80}")
            call.url = value
        case "header":
            name, colon, content = value.partition(":")
            if colon:
                call.headers.append((name.strip(), content.strip()))
        case "agent":
            call.headers.append(("User-Agent", value))
        case "user":
            call.lost.append("the name and password of -u")
        case "form" | "form-string":
            call.forms.append((option, value))
        case "data" | "binary" | "raw" | "json" | "urlencode":
            _add_data(call, option, value)


def _add_data(call: CurlCall, option: str, value: str) -> None:
    if option == "json":
        known = {name.lower() for name, _ in call.headers}
        pairs = (("Content-Type", "application/json"), ("Accept", "application/json"))
        call.headers += [pair for pair in pairs if pair[0].lower() not in known]
    elif call.data:
        call.data.append(b"&")
    if option == "urlencode":
        name, equals, content = value.partition("=")
        if not equals or "@" in name:
            raise ValueError(f"--data-urlencode {value!r:.40} is not known here")
        call.data.append(
            urlencode({name: content}).encode() if name else urlencode({"": content}).encode()[1:]
        )
    elif value.startswith("@") and option != "raw":
        found = _file(call, value[1:])
        call.data.append(re.sub(rb"[\r\n\0]", b"", found) if option == "data" else found)
    else:
        call.data.append(value.encode("utf-8", "surrogatepass"))


def _form(call: CurlCall, disposition: str) -> bytes:
    body = b""
    for option, value in call.forms:
        name, equals, content = value.partition("=")
        if not equals:
            raise ValueError(f"-F {value!r:.40} has no =")
        head = f'Content-Disposition: {disposition}; name="{_quoted(name)}"'
        if option == "form-string" or content[:1] not in ("@", "<"):
            text, kind = (content, "") if option == "form-string" else _with_type(content)[:2]
            head += f"\r\nContent-Type: {kind}" if kind else ""
            data = text.encode("utf-8", "surrogatepass")
        else:
            path, kind, filename = _with_type(content[1:])
            data = _file(call, path)
            if content[0] == "@":
                shown_name = filename or Path(path).name
                head += f'; filename="{_quoted(shown_name)}"'
                kind = kind or _TYPES.get(Path(shown_name).suffix.lower(), _GENERIC)
            head += f"\r\nContent-Type: {kind}" if kind else ""
        body += f"--{_BOUNDARY}\r\n{head}\r\n\r\n".encode() + data + b"\r\n"
    call.lost.append(BOUNDARY)
    return body + f"--{_BOUNDARY}--\r\n".encode()


def _quoted(text: str) -> str:
    return text.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")


def _with_type(content: str) -> tuple[str, str, str]:
    """A form's value, its ``;type=`` and its ``;filename=``."""
    value, *rest = content.split(";")
    told = dict(each.strip().partition("=")[::2] for each in rest)
    if not set(told) <= {"type", "filename", "headers", "encoder"}:
        return content, "", ""
    return _bare(value), told.get("type", ""), _bare(told.get("filename", ""))


def _bare(text: str) -> str:
    """A value without the quotes that curl takes off."""
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def _file(call: CurlCall, name: str) -> bytes:
    """A file that lies beside the command line, or below; of any other only its absence is known."""
    folder = call.folder.resolve()
    path = (folder / name).resolve()
    if name != "-" and path.is_relative_to(folder) and path.is_file():
        return read_bytes(path)
    call.is_whole = False
    call.lost.append(f"the bytes of {name!r:.80}, which is not beside the command line")
    return b""
