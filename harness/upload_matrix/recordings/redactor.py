"""The one place where secrets and personal ids are taken out of text, headers, fields and bodies. Pure.

Three sources of what is secret: what keys and ids look like (``patterns``), the user's own patterns
(``custom``), and the run's own secrets themselves. All are looked for as they are, percent-encoded, in
HTML's entities, base64 (nested), and in gzip, deflate and brotli within it. Placeholders are stable and
readable: ``[redacted:api-key]``. Redacting twice changes nothing more.
"""

from __future__ import annotations

import hashlib
import html
import re
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from urllib.parse import parse_qsl, quote, unquote, unquote_plus

from upload_matrix import vendors
from upload_matrix.recordings.custom import CustomRule, SecretPlace
from upload_matrix.recordings.identity import OTHER_KEY, RUN_KEY, apart
from upload_matrix.recordings.patterns import (
    ANY_CASE,
    BARE_ID_NAMES,
    BARE_SECRET_NAMES,
    FILE,
    KEY_PARAMETERS,
    PARAMETERS,
    RULES,
    RUNS,
    SECRET,
    SHORTEST,
    SIGNATURE,
    SIGNED_WITH,
    SIGNING,
    WRAPPED,
    bare_name,
    disguises,
    from_base64,
    is_key,
    is_random,
    is_secret_value,
    is_stand_in,
    names_a_secret,
    packed_runs,
    to_base64,
    unmarked,
    unwrapped,
    without_entities,
)

Headers = tuple[tuple[str, str], ...]

OWN_SECRET = "[redacted:own-secret]"  # noqa: S105 - what stands in a secret's place
COMPRESSED = "[redacted:compressed]"
"""In place of a whole compressed run: packed anew it would differ by zlib version."""
_COMPRESSED = COMPRESSED[:-1].encode()

LAYERS = 3
"""How many encodings deep a secret is looked for."""

_SAFE_HEADERS = frozenset(
    {"content-type", "location", "retry-after", "retry-after-ms", "x-should-retry"}
).union(*(vendor.harmless_headers for vendor in vendors.known()))
_SAFE_PREFIXES = ("x-ratelimit-", "x-upload-matrix-")

HEADER = "[redacted:header]"
"""In place of the value of a request's header that is not known to be harmless."""

_HARMLESS_HEADERS = frozenset(
    {
        "accept",
        "accept-charset",
        "accept-encoding",
        "accept-language",
        "anthropic-beta",
        "anthropic-version",
        "cache-control",
        "connection",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-length",
        "content-type",
        "date",
        "expect",
        "host",
        "keep-alive",
        "pragma",
        "priority",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
        "via",
    }
).union(*(vendor.harmless_headers for vendor in vendors.known()))
"""Headers of a request whose values are kept and shown: what the upload is, and who the client says it is."""
_HARMLESS_PREFIXES = ("sec-fetch-", "x-stainless-", "x-upload-matrix-")

_CREDENTIAL = re.compile(r"(?=\S*\d)(?=\S*[A-Za-z])\S{16,}")
"""A word that may be a key, under whatever name."""
_VALUE_MARKS = re.compile(r"[\s;,=]+")

_WORD = re.compile(r"[^\s&=?\"'<>]+")

_RUN = re.compile(r"[^\s\"]+")
_SHORTEST_PARAMETER = 8
_BETWEEN_PARAMETERS = re.compile(r"(&amp;|[&;])")
_ENTITY_LINE = re.compile(r"[^\n&]*+&[^\n]*")
_ESCAPE = re.compile(r"\\+u00(?!5[cC])([2-7][0-9a-fA-F])")
"""A JSON escape of a visible character, but for the backslash's."""

_SHORT = 500
"""Characters up to which a text's redaction is remembered."""


class Redactor:
    """Takes out built-in patterns, ``custom`` ones and the run's own ``secrets``. Thread-safe.

    Secrets shorter than SHORTEST characters are left: they would be found everywhere by chance. With a
    ``run_key`` each placeholder tells which secret it stands for (see ``identity``).
    """

    def __init__(
        self, custom: Iterable[CustomRule] = (), secrets: Sequence[str] = (), run_key: bytes | None = None
    ) -> None:
        self._custom = tuple(custom)
        self._run_key = run_key
        self._secrets = tuple(secrets)
        self._own = _looking_for(self._secrets)
        # A run says the same few names and messages over and over.
        self._again = lru_cache(maxsize=2048)(self._redacted)

    @cached_property
    def for_forms(self) -> tuple[Redactor, Redactor]:
        """For requests that are stored: the same, telling apart what is taken out by patterns.

        Two, which differ in what does not last beyond this run.
        """
        one, other = (Redactor(self._custom, self._secrets, key) for key in (RUN_KEY, OTHER_KEY))
        return one, other

    def without_secrets(self) -> Redactor:
        """The same patterns, not knowing the run's own secrets: what a replay without a key can do too."""
        return Redactor(self._custom) if self._secrets else self

    def text(self, text: str, place: SecretPlace = SecretPlace.TEXT, layers: int = LAYERS) -> str:
        """``text`` (a message, a log line, a traceback, a URL) with everything secret replaced."""
        redact = self._again if len(text) <= _SHORT else self._redacted
        return redact(text, place, layers)

    def exception(self, error: BaseException) -> str:
        """The traceback of ``error`` and of what caused it, as Python prints it."""
        return self.text("".join(traceback.format_exception(error)))

    def value(self, name: str, text: str, place: SecretPlace = SecretPlace.FIELDS) -> str:
        """The value of a field or header called ``name``: all of it when the name tells, else as text."""
        bare = bare_name(name)
        if bare in BARE_SECRET_NAMES:
            if not text or is_stand_in(text):
                return text
            # A credential, like that in a header, is no part of what is asked: another key shares the answer.
            return SECRET if is_key(text) else self._mark(SECRET, text)
        if bare in BARE_ID_NAMES and text and (self._run_key is None or is_random(text)):
            return self._mark(BARE_ID_NAMES[bare], text)
        for rule in self._custom:
            if place in rule.where and bare in rule.names:
                text = rule.within_named(text, self._custom_mark(rule))
        return self.text(text, place)

    def headers(self, headers: Headers) -> Headers:
        """An answer's headers that may be kept, by allowlist, their values redacted too.

        Characters that no YAML file can hold are written as backslash escapes.
        """
        return tuple(
            (name, _writable(self.value(name, value, SecretPlace.HEADERS)))
            for name, value in headers
            if name.lower() in _SAFE_HEADERS or name.lower().startswith(_SAFE_PREFIXES)
        )

    def request_headers(self, headers: Headers) -> Headers:
        """Every header of a request by name, and the values of those known to be harmless, redacted too.

        Vendors and gateways take keys under names of their own, so only what is known is kept.
        """
        return tuple((name, _writable(self._request_value(name, value))) for name, value in headers)

    def _request_value(self, name: str, value: str) -> str:
        redacted = self.value(name, value, SecretPlace.HEADERS)
        lower = name.lower()
        if lower in _HARMLESS_HEADERS or lower.startswith(_HARMLESS_PREFIXES):
            return redacted
        # A value that was replaced as a whole says more by what stands there now.
        whole = redacted.startswith("[redacted:") and redacted.find("]") == len(redacted) - 1
        return redacted if whole or not redacted else HEADER

    def data(self, data: bytes, layers: int = LAYERS, place: SecretPlace = SecretPlace.TEXT) -> bytes:
        """Bytes of any kind: text, or compressed runs and text among other bytes."""
        if layers:
            data = self._unpacked(data, layers - 1, place)
        try:
            return self.text(data.decode("utf-8"), place, layers).encode("utf-8")
        except UnicodeDecodeError:
            # Latin-1 maps every byte to one character and back, so ASCII secrets are found in any bytes.
            return self.text(data.decode("latin-1"), place, layers).encode("latin-1")

    def _redacted(self, text: str, place: SecretPlace, layers: int) -> str:
        if self._own is not None:
            text = self._own.sub(OWN_SECRET, text)
        if layers:
            # First: a pattern would find the beginning of what is escaped, and leave the rest.
            if "&" in text:
                text = _ENTITY_LINE.sub(lambda found: self._entities(found[0], place, layers - 1), text)
            if "%" in text:
                text = _WORD.sub(lambda found: self._percent(found[0], place, layers - 1), text)
            if "\\u00" in text:
                text = _RUN.sub(lambda found: self._escaped(found[0], place, layers - 1), text)
        lowered = text.lower()
        for rule in RULES:
            if any(needle in lowered for needle in rule.needles):
                text = rule.within(text, self._mark)
        if "=" in text:
            text = PARAMETERS.sub(lambda found: self._parameters(found[0]), text)
        for custom in self._custom:
            if place in custom.where and not custom.names:
                text = custom.substituted(text, self._custom_mark(custom))
        if layers:
            text = WRAPPED.sub(lambda found: self._base64(found[0], place, layers - 1), text)
            for run in RUNS:
                text = run.sub(lambda found: self._base64(found[0], place, layers - 1), text)
        return text

    def _mark(self, placeholder: str, secret: str, masked: bool = False) -> str:
        """What takes a secret's place. Of a masked key only what vendors show themselves is to be guessed."""
        if self._run_key is None:
            # The call after an upload names its file by this id, also when it is replayed.
            is_named_again = placeholder == FILE and is_key(secret)
            return apart(placeholder, secret, b"", guessable=False) if is_named_again else placeholder
        return apart(placeholder, secret, self._run_key, guessable=not (masked or is_key(secret)))

    def _custom_mark(self, rule: CustomRule) -> Callable[[str], str]:
        """What takes the place of what a rule of the user's own finds: anything, so it may be guessed."""
        key = self._run_key
        if key is None or rule.shared:
            return lambda _: rule.replacement
        return lambda secret: apart(rule.replacement, secret, key, guessable=True)

    def _parameters(self, run: str) -> str:
        """The parameters of a query or form without signatures, and what belongs to these, and keys."""
        pieces = [piece.partition("=") for piece in _BETWEEN_PARAMETERS.split(run)]
        signed = any(name.lower() in SIGNING and _is_secret_parameter(value) for name, _, value in pieces)

        def clean(name: str, value: str) -> str:
            lower = name.lower()
            if value.startswith("[redacted:"):
                return value
            if signed and (lower in SIGNING or SIGNED_WITH.fullmatch(lower)):
                return self._mark(SIGNATURE, run)
            if KEY_PARAMETERS.fullmatch(lower) and _is_secret_parameter(value):
                return self._mark(SIGNATURE, value)
            return value

        return "".join(f"{name}={clean(name, value)}" if equals else name for name, equals, value in pieces)

    def _entities(self, line: str, place: SecretPlace, layers: int) -> str:
        plain = without_entities(line.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")
        if plain == line:
            return line
        redacted = self.text(plain, place, layers)
        return line if redacted == plain else html.escape(redacted, quote=False)

    def _percent(self, run: str, place: SecretPlace, layers: int) -> str:
        plain = unquote(run)
        if plain == run:
            return run
        redacted = self.text(plain, place, layers)
        return run if redacted == plain else quote(redacted, safe="/:[]+")

    def _escaped(self, run: str, place: SecretPlace, layers: int) -> str:
        plain = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), run)
        if plain == run:
            return run
        redacted = self.text(plain, place, layers)
        # A bare quote would end the string that this stands in, whatever it is nested in.
        return run if redacted == plain else redacted.replace('"', r"\u0022")

    def _base64(self, run: str, place: SecretPlace, layers: int) -> str:
        whole = unwrapped(run)
        data = from_base64(whole)
        if data is None:
            return run
        redacted = self.data(data, layers, place)
        if redacted == data:
            return run
        return redacted.decode() if redacted.startswith(_COMPRESSED) else to_base64(redacted, whole)

    def _unpacked(self, data: bytes, layers: int, place: SecretPlace) -> bytes:
        """``data`` with each compressed run that holds something secret replaced as a whole."""
        plain = unmarked(data)
        if plain is not None and (instead := self._compressed(plain, layers, place)) is not None:
            return instead
        pieces: list[bytes] = []
        kept = 0
        for start, end, plain in packed_runs(data):
            if (instead := self._compressed(plain, layers, place)) is not None:
                pieces += [data[kept:start], instead]
                kept = end
        return b"".join((*pieces, data[kept:]))

    def _compressed(self, plain: bytes, layers: int, place: SecretPlace) -> bytes | None:
        """What stands for a compressed run with the content ``plain``; None where that holds no secret."""
        redacted = self.data(plain, layers, place)
        if redacted == plain:
            return None
        if self._run_key is None:
            return COMPRESSED.encode()
        # Of the redacted content, whose marks tell secrets apart already: so nothing is to be guessed.
        digest = hashlib.sha256(redacted).hexdigest()
        return apart(COMPRESSED, digest, self._run_key, guessable=False).encode()


def _is_secret_parameter(value: str) -> bool:
    return len(value) >= _SHORTEST_PARAMETER and not value.isdigit() and is_secret_value(unquote_plus(value))


def request_secrets(target: str, headers: Iterable[tuple[bytes, bytes]]) -> tuple[str, ...]:
    """The credentials a request carries: in headers not known to be harmless, and in its query.

    ``target`` is its path with the query. A header's value counts where the name tells, and its words where
    they may be keys.
    """
    found: list[str] = []
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1").strip()
        if (
            name in _HARMLESS_HEADERS
            or name.startswith(_HARMLESS_PREFIXES)
            or bare_name(name) in BARE_ID_NAMES
        ):
            continue
        if names_a_secret(name):
            found += _long_enough(name, (value, value.split(" ")[-1]))
        found += _basic_login(value)
        found += filter(_CREDENTIAL.fullmatch, _VALUE_MARKS.split(value))
    for name, value in parse_qsl(target.partition("?")[2], encoding="latin-1"):
        if names_a_secret(name):
            found += _long_enough(name, (value,))
    return tuple(dict.fromkeys(filter(None, found)))


def _long_enough(name: str, values: Iterable[str]) -> Iterable[str]:
    """All values of what is known to be a secret, else those that are not found everywhere by chance."""
    return values if bare_name(name) in BARE_SECRET_NAMES else (value for value in values if len(value) >= 8)


def _basic_login(value: str) -> tuple[str, ...]:
    kind, _, encoded = value.partition(" ")
    plain = from_base64(encoded.strip()) if kind.lower() == "basic" else None
    return () if plain is None else tuple(plain.decode("latin-1").split(":", 1))


def environment_secrets(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The credentials in a program's environment: values whose variable is named as one, and that may be."""
    return tuple(
        value for name, value in environ.items() if names_a_secret(name) and _CREDENTIAL.fullmatch(value)
    )


def _writable(text: str) -> str:
    """``text`` with characters that no file can hold as backslash escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _looking_for(secrets: Sequence[str]) -> re.Pattern[str] | None:
    exact: set[str] = set()
    any_case: set[str] = set()
    for secret in secrets:
        if len(secret) < SHORTEST:
            continue
        for form, needle in disguises(secret).items():
            # Read as both, so that a needle is found in text and in bytes seen as Latin-1.
            texts = {needle.decode("latin-1"), needle.decode("utf-8", "surrogatepass")}
            (any_case if form in ANY_CASE else exact).update(texts)
    if not exact and not any_case:
        return None
    # The longest first: one form may begin with another.
    words = [re.escape(word) for word in sorted(exact, key=lambda word: (-len(word), word))]
    words += [f"(?i:{re.escape(word)})" for word in sorted(any_case, key=lambda word: (-len(word), word))]
    return re.compile("|".join(words))


DEFAULT = Redactor()
"""The built-in patterns alone."""


def redact_text(text: str) -> str:
    """``text`` with everything secret replaced by placeholders."""
    return DEFAULT.text(text)
