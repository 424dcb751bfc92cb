"""Redaction on both sides: every canary of many vendors is found in every place, and harmless text is left alone.

The data is in ``redaction/``. ``python tests/recordings/test_redaction_corpus.py`` prints the figures.
"""

from __future__ import annotations

import base64
import gzip
import html
import json
import random
import re
import string
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from leak_scanner import leaks

from upload_matrix.recordings.bodies import redact_body
from upload_matrix.recordings.patterns import SECRET_NAMES
from upload_matrix.recordings.redactor import DEFAULT

DATA = Path(__file__).parent / "redaction"
KINDS = {
    "mixed": string.ascii_letters + string.digits,
    "hex": "0123456789abcdef",
    "upper": "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
    "lower": string.ascii_lowercase + string.digits,
    "digits": string.digits,
    "url": string.ascii_letters + string.digits + "-_",
    "base64": string.ascii_letters + string.digits + "+/",
    "masked": string.ascii_lowercase + string.digits,
}
_BLANK = re.compile(r"\{(\w+)(?::(\d+))?\}")
SHORTEST = 10
"""Characters that must not be left of what was filled in; of a shorter filling, all."""


def lines(name: str) -> list[str]:
    return [line for line in (DATA / name).read_text("utf-8").splitlines() if line and line[0] != "#"]


def filled(name: str, template: str) -> tuple[str, tuple[str, ...]]:
    """A template with random characters in its blanks, alike on every run, and what must not be left of it."""
    # Not for cryptography: the same canaries on every run.
    chance = random.Random(name)
    needles: list[str] = []

    def fill(blank: re.Match[str]) -> str:
        letters, length = KINDS[blank[1]], int(blank[2])
        text = "".join(chance.choice(letters) for _ in range(length))
        # As every generator of keys does it: a digit and a letter are always among them.
        if length >= 14 and blank[1] not in ("digits", "hex"):
            text = text[:6] + "7" + text[7:]
        if length >= 4:
            needles.extend(text[at : at + SHORTEST] for at in range(0, max(1, length - SHORTEST + 1), 5))
        return text

    text = _BLANK.sub(fill, template.replace("¦", "")).replace("\\n", "\n")
    return text.replace("\\\n", "\\n"), tuple(
        needle for needle in needles if needle.strip(string.digits) or len(needle) > 6
    )


SECRETS = dict(line.split(" | ", 1) for line in lines("secrets.txt"))
HARMLESS = lines("harmless.txt")
BOUNDARY = "canary-boundary"


def escaped(text: str) -> str:
    return "".join(c if c.isalnum() else f"\\u{ord(c):04x}" for c in text)


def events(text: str) -> bytes:
    """A stream that tells the text in small pieces, as a model does."""
    pieces = [text[at : at + 7] for at in range(0, len(text), 7)]
    return "".join(f"event: delta\ndata: {json.dumps({'delta': each})}\n\n" for each in pieces).encode()


def multipart(text: str) -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="note"\r\n\r\n'
    return f"{head}{text}\r\n--{BOUNDARY}--\r\n".encode()


def body(kind: str | None, data: bytes) -> bytes:
    return redact_body(data, kind, DEFAULT)


PLACES = {
    "text": lambda t: DEFAULT.text(f"it says {t} there").encode(),
    "a header": lambda t: str(DEFAULT.headers((("x-ratelimit-note", t),))).encode(),
    "JSON": lambda t: body("application/json", json.dumps({"a": [{"note": t}]}).encode()),
    "a name in JSON": lambda t: body("application/json", json.dumps({t: 1}).encode()),
    "a form": lambda t: body("application/x-www-form-urlencoded", f"a=1&note={quote_plus(t)}".encode()),
    "a query": lambda t: DEFAULT.text(f"https://example.test/v1?a=1&note={quote(t, safe='')}").encode(),
    "a multipart field": lambda t: body(f"multipart/form-data; boundary={BOUNDARY}", multipart(t)),
    "HTML": lambda t: body("text/html", f"<p>{html.escape(t)}</p>".encode()),
    "numbered entities": lambda t: body(None, "".join(f"&#{ord(c)};" for c in t).encode()),
    "hexadecimal entities": lambda t: body(None, "".join(f"&#x{ord(c):x};" for c in t).encode()),
    "percent-encoded": lambda t: DEFAULT.text("".join(f"%{byte:02X}" for byte in t.encode())).encode(),
    "JSON's escapes": lambda t: body(None, f'{{"cut": "{escaped(t)}'.encode()),
    "base64": lambda t: DEFAULT.text(base64.b64encode(t.encode()).decode()).encode(),
    "base64 for URLs": lambda t: DEFAULT.text(base64.urlsafe_b64encode(t.encode()).decode()).encode(),
    "gzip in base64": lambda t: DEFAULT.text(base64.b64encode(gzip.compress(t.encode())).decode()).encode(),
    "bytes": lambda t: body("application/octet-stream", b"\xff\x00 " + t.encode() + b" \xfe"),
    "split over events": lambda t: joined(body("text/event-stream", events(t))),
}


def joined(stream: bytes) -> bytes:
    """What a client puts together of a stream."""
    data = [line.removeprefix("data: ") for line in stream.decode().splitlines() if line.startswith("data: ")]
    return "".join(json.loads(each)["delta"] for each in data).encode()


def missed(name: str) -> list[str]:
    """The places in which a canary, or a piece of it, was left."""
    text, needles = filled(name, SECRETS[name])
    return [place for place, redacted in PLACES.items() if leaks(redacted(text), needles)]


def touched() -> list[str]:
    """The harmless lines that redaction changed."""
    return [line for line in HARMLESS if DEFAULT.text(line) != line or DEFAULT.value("prompt", line) != line]


@pytest.mark.parametrize("name", SECRETS)
def test_every_canary_is_found_in_every_place(name):
    text, needles = filled(name, SECRETS[name])
    assert needles, "or nothing would be looked for"
    assert leaks(text.encode(), needles) == set(needles), "or the scanner would see nothing"
    assert missed(name) == []


def test_harmless_text_is_left_alone():
    assert len(HARMLESS) >= 300
    assert len(SECRETS) >= 150
    assert len(touched()) <= len(HARMLESS) // 100, touched()


NAMES = lines("names.txt")


@pytest.mark.parametrize("name", NAMES)
def test_each_name_alone_tells_that_its_value_is_secret(name):
    words = name.split("-")
    spellings = (name, name.upper(), name.replace("-", "_"), words[0] + "".join(map(str.title, words[1:])))
    for spelling in spellings:
        assert DEFAULT.value(spelling, "canary weak") == "[redacted:secret]"
    assert b"weak" not in body("application/json", json.dumps({"a": {name: "weak"}}).encode())


def test_the_list_of_names_is_whole():
    assert sorted(SECRET_NAMES) == NAMES


if __name__ == "__main__":
    found = sum(not missed(name) for name in SECRETS)
    print(f"{found} of {len(SECRETS)} canaries found in all of {len(PLACES)} places")  # noqa: T201
    print(f"{len(touched())} of {len(HARMLESS)} harmless lines changed: {touched()}")  # noqa: T201
    for each in SECRETS:
        if missed(each):
            print(f"missed: {each} ({filled(each, SECRETS[each])[0]!r}) in {missed(each)}")  # noqa: T201
