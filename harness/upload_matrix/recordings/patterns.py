"""What secrets and personal ids look like: the built-in patterns, and the names that give a value away.

A pattern says where a secret may stand, ``is_key`` and its like whether what stands there is one: ``org-``
begins an account's id and ``org-chart-2024.png``. Each pattern takes time in proportion to the text: what
repeats is bounded on both sides by characters it cannot take itself, or starts at a place where it cannot
start again.
"""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, quote_plus

from upload_matrix import vendors
from upload_matrix.wire.coding import unbrotlied

# Whether what stands where a secret may stand is one, by form, length and entropy. Pure.
#
# Words, dates, versions and what code and documentation write in a secret's place are none. What is random
# is also too much to guess: a digest of it gives nothing away (see ``identity``).


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


SECRET = "[redacted:secret]"  # noqa: S105 - what stands in a secret's place
API_KEY = "[redacted:api-key]"
TOKEN = "[redacted:token]"  # noqa: S105
SIGNATURE = "[redacted:signature]"
ORGANIZATION = "[redacted:organization]"
PROJECT = "[redacted:project]"
USER = "[redacted:user]"
FILE = "[redacted:file-id]"
REQUEST = "[redacted:request-id]"

SECRET_NAMES = frozenset(
    {
        "access-key",
        "access-key-id",
        "access-token",
        "account-key",
        "api-key",
        "api-secret",
        "auth-token",
        "authorization",
        "aws-secret-access-key",
        "client-secret",
        "connection-string",
        "cookie",
        "id-token",
        "ocp-apim-subscription-key",
        "passphrase",
        "passwd",
        "password",
        "private-key",
        "proxy-authorization",
        "pwd",
        "refresh-token",
        "secret",
        "secret-access-key",
        "secret-key",
        "session-token",
        "set-cookie",
        "shared-access-key",
        "signing-secret",
        "subscription-key",
        "webhook-secret",
        "x-amz-security-token",
        "x-api-key",
        "x-auth-token",
        "x-goog-api-key",
        "xi-api-key",
    }
)
"""Fields and headers whose value is a secret whatever it looks like; see ``bare_name``."""

ID_NAMES = {
    "organization": ORGANIZATION,
    "organization-id": ORGANIZATION,
    "org-id": ORGANIZATION,
    "project-id": PROJECT,
    "request-id": REQUEST,
    "x-request-id": REQUEST,
    "x-ms-client-request-id": REQUEST,
    "cf-ray": REQUEST,
    **{name: REQUEST for vendor in vendors.known() for name in vendor.request_ids},
    **{
        name: f"[redacted:{what}]"
        for vendor in vendors.known()
        for name, what in vendor.hidden_headers.items()
    },
}
"""Fields and headers whose value names an account or a call, and what stands in its place."""

_MARKS = str.maketrans("", "", "-_")


def bare_name(name: str) -> str:
    """``API-Key``, ``api_key`` and ``apiKey`` as one name, also where a field is sent as an array."""
    return name.lower().removesuffix("[]").translate(_MARKS)


_COOKIES = frozenset({"cookie", "set-cookie"})
"""Words of every day; in text they are a header's name only before ``name=value``."""


def _alternatives(names: frozenset[str]) -> str:
    return "|".join(
        re.escape(name).replace(r"\-", "[-_ ]?")
        for name in sorted(names, key=lambda name: (-len(name), name))
    )


SIGNING = frozenset(
    {
        "sig", "signature", "hmac", "x-amz-signature", "x-amz-credential", "x-amz-security-token",
        "x-goog-signature", "x-goog-credential",
    }
)  # fmt: skip
"""Parameters that make a URL a signed one (Azure SAS, S3, Google, CloudFront), in small letters."""

SIGNED_WITH = re.compile(
    r"se|st|sp|sv|sr|spr|skoid|sktid|skt|ske|sks|skv|sip|x-(?:amz|goog)-[a-z-]+|awsaccesskeyid|"
    r"googleaccessid|expires|key-pair-id|policy"
)
"""Parameters that belong to a signature, and are nothing without one."""

KEY_PARAMETERS = re.compile(r"key|code|token|access_token|api[-_]?key|sas|jwt|subscription-key")
"""Parameters by which a key is handed over in a query, where their value looks like one."""

PARAMETERS = re.compile(r"(?:^|(?<=[?&;]))[\w.%-]{1,64}=[^\s\"'<>\\#]+")
"""What stands after a URL's question mark, or is a form."""


def _after(kind: str) -> str:
    """Not after a character of ``kind``, but after one that ends an escape: ``\\n`` in JSON shown as text."""
    return rf"(?:(?<!{kind})|(?<=\\[bfnrt])|(?<=\\u[0-9a-f]{{4}}))"


_AFTER = _after("[A-Za-z0-9]")
_AFTER_NAME = _after("[A-Za-z0-9_-]")
_AFTER_WORD = _after(r"[\w-]")
_AFTER_MASK = _after(r"[\w*-]")
_SLASHES = r"(?:\\(?:u005c)?)*+"
_SEPARATOR = rf"{_SLASHES}[\"']?+\s*+(?::=|=>|[:=>]|,(?=\s*+\\*+[\"']))\s*+\[?+\s*+{_SLASHES}[\"']?+"
"""What stands between a name and its value: in code, JSON, XML, lists of pairs, and each of them in JSON."""
_NOT_YET = r"(?!(?:%20|%2B|%22|\+)*\[?redacted:)"

_KEY_PREFIXES = (
    "sk-", "sess-", "sk_", "pk_live_", "rk_live_", "whsec_",  # OpenAI and others, ElevenLabs, Stripe
    "xai-", "gsk_", "hf_", "api_org_", "r8_", "pplx-", "tgp_v1_", "fw_", "nvapi-", "csk-", "jina_", "tvly-",
    "pcsk_", "lsv2_pt_", "lsv2_sk_", "pk-lf-", "rpa_", "wandb_v1_",  # model makers and their tools
    "dop_v1_", "doo_v1_", "dor_v1_", "sbp_", "nfp_", "rnd_", "pscale_tkn_", "pscale_pw_", "hrku-", "fo1_",
    "shpat_", "shpca_", "shppa_", "shpss_", "sq0atp-", "sq0csp-", "ntn_", "lin_api_", "figd_",
    "nrak-", "glsa_", "dckr_pat_", "rubygems_", "age-secret-key-", "pmak-",
)  # fmt: skip
_TOKEN_PREFIXES = (
    "gho_", "ghp_", "ghs_", "ghu_", "ghr_", "github_pat_", "glpat-", "glptt-", "gldt-", "glrt-",
    "npm_", "pypi-", "xoxa-", "xoxb-", "xoxe-", "xoxp-", "xoxr-", "xoxs-", "xapp-", "gocspx-",
)  # fmt: skip
_DOTTED_PREFIXES = (
    "ya29.",
    "xoxe.",
    "hvs.",
    "hvb.",
    "dp.pt.",
    "sg.",
    "glc_",
    "sntrys_",
    "atatt3xff",
    "bce-v3/altak-",
    "absk",
)


@dataclass(frozen=True, slots=True)
class SecretRule:
    """Where a secret may stand (the group ``v``, or the whole match), what is one, and what takes its place.

    A text that has none of ``needles`` in small letters has no match. ``judge`` is asked about the group
    ``judged`` where there is one. ``masked``: only a few characters are left of it, and the vendors
    themselves show them.
    """

    needles: tuple[str, ...]
    pattern: re.Pattern[str]
    placeholder: str
    judge: Callable[[str], bool]
    masked: bool = False

    def within(self, text: str, mark: Callable[[str, str, bool], str]) -> str:
        """``text`` with what ``mark`` gives for placeholder, secret and ``masked`` in its place."""
        named = self.pattern.groupindex
        value = "v" if "v" in named else 0
        judged = "judged" if "judged" in named else value

        def change(found: re.Match[str]) -> str:
            if found[value].startswith("[redacted:") or not self.judge(found[judged]):
                return found[0]
            start, end = (at - found.start() for at in found.span(value))
            return found[0][:start] + mark(self.placeholder, found[value], self.masked) + found[0][end:]

        return self.pattern.sub(change, text)


def _rule(
    needles: tuple[str, ...],
    pattern: str,
    placeholder: str,
    judge: Callable[[str], bool] = always,
    *,
    masked: bool = False,
) -> SecretRule:
    return SecretRule(needles, re.compile(pattern, re.IGNORECASE), placeholder, judge, masked)


def _prefixed(prefixes: tuple[str, ...], placeholder: str, letters: str = "A-Za-z0-9_-") -> SecretRule:
    words = "|".join(re.escape(prefix) for prefix in sorted(prefixes, key=lambda word: (-len(word), word)))
    return _rule(prefixes, rf"{_AFTER}(?:{words})(?P<judged>[{letters}]{{8,}})", placeholder, is_key)


RULES: tuple[SecretRule, ...] = (
    # Whole blocks and whole lines before what may stand in them.
    _rule(
        ("private key",),
        r"-----BEGIN ([A-Z0-9 ]{0,40}PRIVATE KEY)-----(?:(?!-----)[\s\S]){0,20000}(?:-----END \1-----)?",
        "[redacted:private-key]",
    ),
    _rule(
        ("cookie",),
        rf"{_AFTER_WORD}(?:set-)?cookie2?{_SEPARATOR}{_NOT_YET}(?P<v>[^\r\n\"'\\<>]+)",
        SECRET,
        is_cookie,
    ),
    _rule(
        ("sk-", "sess-"),
        rf"{_AFTER}(?:sk|sess)-[A-Za-z0-9_-]{{0,64}}(?:\*{{3,}}|•{{3,}}|\.{{3}}(?=[A-Za-z0-9])|x{{6,}})"
        r"[A-Za-z0-9_*•-]{0,100}",
        API_KEY,
        masked=True,
    ),
    _rule(("key provided",), r"key provided: (?P<v>[^\s\"]+?)(?=[.,;]?(?:\s|\"|$))", API_KEY, masked=True),
    _rule(
        ("****", "••••", "\\u2022", "\xe2\x80\xa2"),
        # A bullet also as JSON's escape, and in UTF-8 read as Latin-1.
        rf"{_AFTER_MASK}[A-Za-z0-9_-]{{2,}}(?:\*{{4,}}|(?:•|\\u2022|\xe2\x80\xa2){{4,}})[A-Za-z0-9_-]{{2,}}(?![\w*•])",
        API_KEY,
        masked=True,
    ),
    _prefixed(_KEY_PREFIXES, API_KEY),
    _prefixed(_TOKEN_PREFIXES, TOKEN),
    _prefixed(_DOTTED_PREFIXES, TOKEN, "A-Za-z0-9_.+/=~%-"),
    # Keys with a form of their own: Google, Databricks, Azure (the old ones are known only by their name),
    # AWS, Alibaba, Tencent, Mailgun, Twilio, a bot of Telegram's.
    _rule(("aiza",), rf"{_AFTER}AIza[A-Za-z0-9_-]{{30,}}", API_KEY, is_key),
    _rule(("dapi",), rf"{_AFTER}dapi[0-9a-f]{{32}}(?:-\d+)?", API_KEY),
    _rule(("jqqj99",), rf"{_AFTER}[A-Za-z0-9]{{40,80}}JQQJ99[A-Za-z0-9]{{20,40}}", API_KEY),
    _rule(
        ("akia", "asia", "abia", "acca", "ltai", "akid"),
        rf"{_AFTER}(?-i:(?:AKIA|ASIA|ABIA|ACCA)(?=[A-Z]*[0-9])[A-Z0-9]{{16}}|"
        rf"(?:LTAI|AKID)(?=[A-Za-z]*[0-9])[A-Za-z0-9]{{16,40}})(?![A-Za-z0-9])",
        API_KEY,
    ),
    _rule(("key-",), rf"{_AFTER}key-[0-9a-f]{{32}}(?![A-Za-z0-9])", API_KEY, is_key),
    _rule(("sk",), rf"{_AFTER_NAME}(?-i:SK)[0-9a-f]{{32}}(?![A-Za-z0-9])", API_KEY, is_key),
    _rule((":aa",), rf"{_AFTER}\d{{8,10}}:AA[A-Za-z0-9_-]{{30,40}}", TOKEN, is_key),
    _rule(("eyj",), rf"{_AFTER_NAME}eyJ[\w-]{{8,}}\.[\w-]{{8,}}\.[\w-]*", TOKEN),
    _rule(
        ("bearer", "basic"),
        rf"{_AFTER}(?:bearer|basic)(?: +|\+){_NOT_YET}(?P<v>[\w.~+/=*-]{{8,}})",
        TOKEN,
        is_token,
    ),
    _rule(
        ("://",),
        r"(?<=://)[^\s/?#@\"'<>:]{0,256}:[^\s/?#@\"'<>]{1,256}(?=@)",
        "[redacted:credentials]",
        is_credentials,
    ),
    _rule(
        ("key", "token", "secret", "pass", "pwd", "authorization", "connection"),
        rf"{_AFTER}(?:{_alternatives(SECRET_NAMES - _COOKIES)}){_SEPARATOR}(?:(?:bearer|basic) +)?+"
        rf"{_NOT_YET}(?P<v>[^\s\"'\\,;&<>()]+)",
        SECRET,
        is_secret_value,
    ),
    _rule(
        ("token",),
        rf"{_AFTER_NAME}token{_SEPARATOR}{_NOT_YET}(?P<v>[^\s\"'\\,;&<>()]{{16,}})",
        TOKEN,
        is_key,
    ),
    _rule(("org-",), rf"{_AFTER}org-(?P<judged>[A-Za-z0-9_-]{{16,}})", ORGANIZATION, is_id),
    _rule(("proj_",), rf"{_AFTER}proj_(?P<judged>[A-Za-z0-9_-]{{16,}})", PROJECT, is_id),
    _rule(("user-",), rf"{_AFTER_NAME}user-(?P<judged>[A-Za-z0-9_-]{{16,}})", USER, is_id),
    _rule(
        ("file-", "file_"),
        rf"{_AFTER_NAME}file[-_](?!emulated-)(?P<judged>[A-Za-z0-9_-]{{16,}})",
        FILE,
        is_id,
    ),
    _rule(("req_",), rf"{_AFTER}req_(?P<judged>[A-Za-z0-9_-]{{12,}})", REQUEST, is_id),
    _rule(
        ("request",),
        r"request[ _-]?id(?:\\?[\"']?[:=] *\\?[\"']?| +)(?P<v>(?=[\w-]*\d)[\w-]{12,})",
        REQUEST,
        is_id,
    ),
)
"""In the order in which they are applied."""

BARE_SECRET_NAMES = frozenset(map(bare_name, SECRET_NAMES))
BARE_ID_NAMES = {bare_name(name): placeholder for name, placeholder in ID_NAMES.items()}

_NAME_MARKS = (
    "key",
    "token",
    "secret",
    "auth",
    "passw",
    "cookie",
    "credential",
    "signature",
    "session",
    "jwt",
)
_QUERY_SECRETS = frozenset({"code", "sig", "sas", "hmac"})


def names_a_secret(name: str) -> bool:
    """Whether a header, a parameter of a query or a variable of this name may hold a credential."""
    bare = bare_name(name)
    return bare in BARE_SECRET_NAMES | _QUERY_SECRETS or any(mark in bare for mark in _NAME_MARKS)


# The forms in which a known secret may stand in text or bytes without looking like itself. Pure.


SHORTEST = 6
"""Characters from which a secret is looked for; a shorter one would be found everywhere by chance."""

ANY_CASE = frozenset({"hex", "URL-encoded", "form-encoded"})
"""Forms whose escapes may be written in capitals or small letters; base64 and text may not."""

_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def disguises(secret: str) -> Mapping[str, bytes]:
    """The bytes to look for, by the form's name; those of ANY_CASE are in small letters."""
    data = secret.encode("utf-8", "surrogatepass")
    forms = {
        "plain": data,
        "hex": data.hex().encode("ascii"),
        "URL-encoded": quote(data, safe="").lower().encode("ascii"),
        "form-encoded": quote_plus(data).lower().encode("ascii"),
        "JSON-escaped": json.dumps(secret)[1:-1].encode("ascii"),
        "HTML-escaped": html.escape(secret).encode("utf-8", "surrogatepass"),
        "UTF-16": secret.encode("utf-16-le", "surrogatepass"),
        "UTF-16, big end first": secret.encode("utf-16-be", "surrogatepass"),
    }
    for shift in range(3):
        core = base64_core(data, shift)
        forms[f"base64, {shift} in"] = core
        forms[f"URL-safe base64, {shift} in"] = core.translate(_URL_SAFE)
    return forms


def base64_core(data: bytes, shift: int) -> bytes:
    """The characters that stand for ``data`` alone when ``shift`` other bytes precede it in its group."""
    text = base64.b64encode(bytes(shift) + data)
    start = (0, 2, 3)[shift]
    end = (0, 3, 2)[(shift + len(data)) % 3]
    return text[start : len(text) - end]


# Bytes hidden one layer down: base64 runs, gzip, deflate, brotli, and what they decode to. Pure.


RUNS = tuple(re.compile(rf"[A-Za-z0-9{marks}]{{16,}}={{0,2}}") for marks in ("+/_-", "+/", "_-"))
"""What may be base64. Either alphabet first, so that neither is cut where the other's marks stand; then
each alone, because a path's slashes or a name's hyphens may stand right beside it."""

WRAPPED = re.compile(
    r"(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{40,}+(?:\r?\n|\\r\\n|\\n)[ \t]*)+[A-Za-z0-9+/]*={0,2}"
)
"""Base64 over several lines, as mail and PEM have it, also where JSON wrote the line's end."""

EMBEDDED = 16 * 1024 * 1024
"""Bytes of what a compressed run inside other bytes holds that are looked at."""

_STEP = 4096
_GZIP = b"\x1f\x8b\x08"
_PACKED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
_ENTITY = re.compile(rb"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_BREAKS = re.compile(r"\s|\\[rn]")
_TO_STANDARD = str.maketrans("-_", "+/")


def without_entities(data: bytes) -> bytes:
    """UTF-8 with HTML's entities (``&#45;``, ``&hyphen;``) resolved."""
    return _ENTITY.sub(lambda found: html.unescape(found[0].decode("ascii")).encode("utf-8"), data)


def from_base64(run: str) -> bytes | None:
    """The bytes of a base64 text in either alphabet, padded or not; None when it is none."""
    body = run.rstrip("=").translate(_TO_STANDARD)
    try:
        return base64.b64decode(body + "=" * (-len(body) % 4), validate=True)
    except binascii.Error:
        return None


def unwrapped(lines: str) -> str:
    """Base64 over several lines (see WRAPPED) as one run."""
    return _BREAKS.sub("", lines)


def to_base64(data: bytes, like: str) -> str:
    """``data`` in base64, in the alphabet and with the padding habit of ``like``."""
    url_safe = "-" in like or "_" in like
    text = (base64.urlsafe_b64encode(data) if url_safe else base64.b64encode(data)).decode("ascii")
    unpadded = not like.endswith("=") and (url_safe or len(like) % 4)
    return text.rstrip("=") if unpadded else text


def packed_runs(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Start, end and content of every gzip or zlib stream in ``data``, as far as each goes.

    Of each at most EMBEDDED bytes of content are given.
    """
    start = 0
    while found := _PACKED.search(data, start):
        end, plain = _unpacked(data, found.start(), 31 if found[0] == _GZIP else 15)
        if plain:
            yield found.start(), end, plain
        start = end if plain else found.start() + 1


def unmarked(data: bytes) -> bytes | None:
    """What ``data`` holds when all of it is bare deflate or brotli, which no mark announces; else None."""
    unpacker = zlib.decompressobj(wbits=-15)
    try:
        plain = unpacker.decompress(data, EMBEDDED)
    except zlib.error:
        plain = b""
    if plain and unpacker.eof and not unpacker.unused_data:
        return plain
    return unbrotlied(data, EMBEDDED)


def _unpacked(data: bytes, start: int, wbits: int) -> tuple[int, bytes]:
    """Where the stream that starts at ``start`` ends, and its content; a cut one goes to the end."""
    unpacker = zlib.decompressobj(wbits=wbits)
    pieces: list[bytes] = []
    room = EMBEDDED
    # In steps: of one in which zlib meets an error it gives nothing.
    for at in range(start, len(data), _STEP):
        before = unpacker.copy()
        try:
            pieces.append(unpacker.decompress(data[at : at + _STEP], room))
        except zlib.error:
            pieces.append(_up_to_the_error(before, data[at : at + _STEP]))
            break
        if unpacker.eof:
            return min(at + _STEP, len(data)) - len(unpacker.unused_data), b"".join(pieces)
        room -= len(pieces[-1])
        if room <= 0:
            break
    return len(data), b"".join(pieces)


def _up_to_the_error(unpacker: Any, data: bytes) -> bytes:
    pieces: list[bytes] = []
    for at in range(len(data)):
        try:
            pieces.append(unpacker.decompress(data[at : at + 1]))
        except zlib.error:
            break
    return b"".join(pieces)
