"""Whether what stands where a secret may stand is one, by form, length and entropy. Pure.

Words, dates, versions and what code and documentation write in a secret's place are none. What is random is
also too much to guess: a digest of it gives nothing away (see ``identity``).
"""

from __future__ import annotations

import base64
import binascii
import re

_SEGMENT = re.compile(r"[A-Za-z0-9]+")
_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_HEX = re.compile(r"(?=[0-9]*[A-Fa-f])(?=[A-Fa-f]*[0-9])[0-9A-Fa-f]+")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NO_WORD = re.compile(r"[^aeiouyAEIOUY0-9]{2,}")
_PIECE_LENGTH = 3.4
"""Characters from one change between capitals, small letters and digits to the next: at most 2.5 on average
in random text, 4 and more in ``MyPhotosFromItaly2024``. Random text also has pieces that are no words: of one
character, or without a vowel."""

_BETWEEN = re.compile(r"[-_./|:\[\]{}$%+=?*\s]+")
_WORD = re.compile(
    r"[A-Z]?[a-z]{1,19}|[A-Z]{1,19}|(?:[A-Z]?[a-z]+)(?:[A-Z][a-z]+){1,4}|[0-9]{1,4}|[vV][0-9]{1,3}"
)
_MASKED = re.compile(r"[*•]{3,}[A-Za-z0-9]{2,}|[A-Za-z0-9]{2,}[*•]{3,}")
_STAND_IN = re.compile(
    r"[*•.…]+|x{3,}|<[^>]*>?|\$\{?\w+\}?|%\w+%|\{+[^}]*\}*|\[redacted:[^\]]*\]|"
    r"(?:your|my|example|dummy|fake)(?:[-_ ][a-z]{1,19})+",
    re.IGNORECASE,
)
_CONFIGURATION = frozenset(
    {
        "bool", "boolean", "default", "disabled", "enabled", "false", "header", "hidden", "integer", "masked",
        "missing", "no", "none", "null", "off", "on", "optional", "password", "query", "required", "secret",
        "str", "string", "text", "token", "true", "type", "unknown", "unset", "yes",
    }
)  # fmt: skip
_SHORTEST_VALUE = 6
_COOKIE = re.compile(r"[\w!#$%&'*+.^`|~-]+=[^;\s]")
_BASE64_MARK = re.compile(r"[~+/=.]")


def always(_: str) -> bool:
    """Where the pattern says all."""
    return True


def is_random(text: str, least: int = 12) -> bool:
    """Whether ``text`` has an unbroken run of ``least`` or more letters and digits that is no name."""
    return bool(_UUID.search(text)) or any(_random(run, least) for run in _SEGMENT.findall(text))


def is_key(text: str) -> bool:
    """Whether a text with the beginning of a vendor's key is one."""
    return is_random(text) or any(
        len(run) >= 24 or (len(run) >= 20 and any(map(str.isdigit, run))) for run in _SEGMENT.findall(text)
    )


def is_id(text: str) -> bool:
    """Whether a text that begins as an id does is one: names of files begin so too."""
    return is_random(text, 16)


def is_secret_value(text: str) -> bool:
    """Whether the value of ``password``, ``api_key`` and the like in running text is no word about it."""
    if _MASKED.search(text):
        return True
    if len(text) < _SHORTEST_VALUE or is_stand_in(text):
        return False
    return not all(_WORD.fullmatch(run) or not run.isascii() for run in _BETWEEN.split(text) if run)


def is_stand_in(text: str) -> bool:
    """Whether a value only stands for one: ``required``, ``<your key>``, ``${API_KEY}``, ``****``."""
    return text.strip().lower() in _CONFIGURATION or bool(_STAND_IN.fullmatch(text.strip()))


def is_cookie(text: str) -> bool:
    """Whether what follows ``Cookie:`` is a cookie with a secret, or random: ``chocolate`` is neither."""
    pairs = (pair.partition("=") for pair in text.split(";"))
    secret = any(is_secret_value(value.strip()) for _, _, value in pairs)
    return is_key(text) or (secret and bool(_COOKIE.match(text)))


def is_token(text: str) -> bool:
    """Whether what follows ``Bearer`` or ``Basic`` is a token, not the next word."""
    if is_key(text):
        return True
    if len(text) >= 16 and any(map(str.isdigit, text)) and _BASE64_MARK.search(text):
        return True
    try:
        plain = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return b":" in plain and plain.isascii() and plain.decode("ascii").isprintable()


def is_credentials(text: str) -> bool:
    """Whether ``name:password`` before a URL's host is more than an example."""
    return not is_stand_in(text.partition(":")[2]) and text.partition(":")[2].lower() not in ("pass", "pw")


def _random(run: str, least: int) -> bool:
    if len(run) < least:
        return False
    pieces = _PIECE.findall(run)
    odd = sum(len(piece) == 1 or bool(_NO_WORD.fullmatch(piece)) for piece in pieces)
    if odd >= 3 or (odd and len(pieces) >= 4 and len(run) / len(pieces) <= _PIECE_LENGTH):
        return True
    return len(run) >= 16 and bool(_HEX.fullmatch(run))
