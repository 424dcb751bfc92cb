"""Taking secrets and personal ids out of text and headers, before anything is written. Pure.

What is looked for: API keys (masked ones too, as a 401 echoes them), bearer tokens, organisation,
project, user, file and request ids, signed URL queries, and values under telling names; in plain text,
percent-encoded, and in base64 that decodes to text or to gzip. Placeholders are stable and readable:
``[redacted:api-key]``. Redacting twice changes nothing more.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from harness.engine.cassettes.encoded import RUNS, from_base64, gunzipped, to_base64

if TYPE_CHECKING:
    from collections.abc import Callable

_SAFE_HEADERS = frozenset(
    {
        "content-type",
        "location",
        "openai-version",
        "retry-after",
        "retry-after-ms",
        "x-should-retry",
    }
)
_SAFE_PREFIXES = ("x-ratelimit-", "x-upload-matrix-")

SECRET_NAMES = frozenset(
    {
        "access_token",
        "api-key",
        "api_key",
        "apikey",
        "authorization",
        "client_secret",
        "cookie",
        "openai-organization",
        "openai-project",
        "password",
        "proxy-authorization",
        "refresh_token",
        "set-cookie",
        "x-api-key",
    }
)
"""Names of fields and headers whose value is redacted whatever it looks like."""

SECRET_VALUE = "[redacted:secret]"  # noqa: S105 - what stands in a secret's place

_SIGNED = (
    "sig|signature|se|st|sp|sv|sr|spr|skoid|sktid|skt|ske|sks|skv|sip|"
    "x-amz-[a-z-]+|x-goog-[a-z-]+|awsaccesskeyid|googleaccessid|expires|key-pair-id|policy|"
    "key|code|token|access_token|api[-_]?key"
)
_NAMES = "|".join(sorted(map(re.escape, SECRET_NAMES), key=len, reverse=True))

_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), replacement)
    for pattern, replacement in (
        (r"(?<![A-Za-z0-9])(?:sk|sess)-[A-Za-z0-9_*-]{6,}", "[redacted:api-key]"),
        (r"(key provided: )[^\s\"]+?(?=[.,;]?(?:\s|\"|$))", r"\1[redacted:api-key]"),
        (r"(?<![\w*-])[A-Za-z0-9_-]{2,}\*{4,}[A-Za-z0-9_-]{2,}(?![\w*])", "[redacted:api-key]"),
        (r"(?<![A-Za-z0-9_-])eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*", "[redacted:token]"),
        (
            r"\b(bearer) +(?:(?=[^\s\"]*\d)[\w.~+/=*-]{8,}|[\w.~+/=*-]{20,})",
            r"\1 [redacted:token]",
        ),
        (
            rf"(?<![\w-])({_NAMES})(\\*+[\"']?+\s*+[:=]\s*+\[?+\s*+\\*+[\"']?+)(?:(?:bearer|basic) +)?"
            r"(?!\[?redacted:)[^\s\"'\\,;&<>()]+",
            r"\1\2[redacted:secret]",
        ),
        (rf"((?:^|[?&;])(?:{_SIGNED})=)[^&;\s\"'<>\\#]+", r"\1[redacted:signature]"),
        (r"(?<![A-Za-z0-9])org-[A-Za-z0-9_-]{6,}", "[redacted:organization]"),
        (r"(?<![A-Za-z0-9])proj_[A-Za-z0-9_-]{6,}", "[redacted:project]"),
        (
            r"(?<=/)user-[A-Za-z0-9_-]{6,}|(?<![A-Za-z0-9_-])user-[A-Za-z0-9]{20,}",
            "[redacted:user]",
        ),
        (
            r"(?<![A-Za-z0-9_])file-(?!emulated-)(?:(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{6,}|[A-Za-z0-9]{16,})",
            "[redacted:file-id]",
        ),
        (r"(?<![A-Za-z0-9])req_[A-Za-z0-9_-]{6,}", "[redacted:request-id]"),
        (r"(request[ -]id:? +)(?=[\w-]*\d)[\w-]{8,}", r"\1[redacted:request-id]"),
    )
)

_WORD = re.compile(r"[^\s&=?\"'<>]+")

_SHORT = 500
"""Characters up to which a text's redaction is remembered."""

_LAYERS = 3
"""How many encodings deep a secret is looked for."""


def redact_text(text: str, layers: int = _LAYERS) -> str:
    """``text`` with everything secret replaced by placeholders."""
    # A run says the same few names and messages over and over.
    return _redacted_again(text, layers) if len(text) <= _SHORT else _redacted(text, layers)


def _redacted(text: str, layers: int) -> str:
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    if layers:
        if "%" in text:
            text = _WORD.sub(lambda found: _percent(found[0], layers - 1), text)
        for run in RUNS:
            text = run.sub(lambda found: _base64(found[0], layers - 1), text)
    return text


@lru_cache(maxsize=2048)
def _redacted_again(text: str, layers: int) -> str:
    return _redacted(text, layers)


def redact_value(name: str, text: str) -> str:
    """The value of a field called ``name``: all of it when the name tells, else as redact_text."""
    if name.lower() in SECRET_NAMES:
        return SECRET_VALUE if text else text
    return redact_text(text)


def redact_headers(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """The answer's headers that may be kept, by allowlist, their values redacted too.

    Characters that no YAML file can hold are written as backslash escapes.
    """
    return tuple(
        (name, redact_text(value).encode("utf-8", "backslashreplace").decode("utf-8"))
        for name, value in headers
        if name.lower() in _SAFE_HEADERS or name.lower().startswith(_SAFE_PREFIXES)
    )


def _percent(run: str, layers: int) -> str:
    plain = unquote(run)
    if plain == run:
        return run
    return _changed(plain, run, layers, lambda redacted: quote(redacted, safe="/:[]"))


def _base64(run: str, layers: int) -> str:
    data = from_base64(run)
    if data is None:
        return run
    unzipped = gunzipped(data)
    try:
        plain = (data if unzipped is None else unzipped).decode("utf-8")
    except UnicodeDecodeError:
        return run
    if unzipped is not None:
        # Compressed anew it would differ by zlib version, and no client looks into it.
        return _changed(plain, run, layers, lambda _: "[redacted:compressed]")
    return _changed(plain, run, layers, lambda redacted: to_base64(redacted.encode("utf-8"), run))


def _changed(plain: str, run: str, layers: int, write: Callable[[str], str]) -> str:
    redacted = redact_text(plain, layers)
    return run if redacted == plain else write(redacted)
