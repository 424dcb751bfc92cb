"""What secrets and personal ids look like: the built-in patterns, and the names that give a value away.

Each pattern takes time in proportion to the text: what repeats is bounded on both sides by characters it
cannot take itself, or starts at a place where it cannot start again.
"""

from __future__ import annotations

import re

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
        "cookie",
        "id-token",
        "ocp-apim-subscription-key",
        "passwd",
        "password",
        "private-key",
        "proxy-authorization",
        "refresh-token",
        "secret",
        "secret-access-key",
        "secret-key",
        "session-token",
        "set-cookie",
        "shared-access-key",
        "subscription-key",
        "x-amz-security-token",
        "x-api-key",
        "x-auth-token",
        "x-goog-api-key",
        "xi-api-key",
    }
)
"""Fields and headers whose value is a secret whatever it looks like; see ``bare_name``."""

ID_NAMES = {
    "openai-organization": ORGANIZATION,
    "organization": ORGANIZATION,
    "organization-id": ORGANIZATION,
    "org-id": ORGANIZATION,
    "openai-project": PROJECT,
    "project-id": PROJECT,
    "request-id": REQUEST,
    "x-request-id": REQUEST,
    "apim-request-id": REQUEST,
    "x-ms-request-id": REQUEST,
    "x-ms-client-request-id": REQUEST,
    "cf-ray": REQUEST,
}
"""Fields and headers whose value names an account or a call, and what stands in its place."""

_MARKS = str.maketrans("", "", "-_")


def bare_name(name: str) -> str:
    """``API-Key``, ``api_key`` and ``apiKey`` as one name, also where a field is sent as an array."""
    return name.lower().removesuffix("[]").translate(_MARKS)


def _alternatives(names: frozenset[str]) -> str:
    return "|".join(
        re.escape(name).replace(r"\-", "[-_]?") for name in sorted(names, key=lambda name: (-len(name), name))
    )


_QUERY = (
    "sig|signature|se|st|sp|sv|sr|spr|skoid|sktid|skt|ske|sks|skv|sip|"
    "x-amz-[a-z-]+|x-goog-[a-z-]+|awsaccesskeyid|googleaccessid|expires|key-pair-id|policy|"
    "key|code|token|access_token|api[-_]?key|sas|hmac|jwt|subscription-key"
)
"""Parameters of a signed URL (Azure SAS, S3, Google, CloudFront) and of keys handed over in a query."""


def _after(kind: str) -> str:
    """Not after a character of ``kind``, but after one that ends an escape: ``\\n`` in JSON shown as text."""
    return rf"(?:(?<!{kind})|(?<=\\[bfnrt])|(?<=\\u[0-9a-f]{{4}}))"


_AFTER = _after("[A-Za-z0-9]")
_AFTER_NAME = _after("[A-Za-z0-9_-]")
_AFTER_WORD = _after(r"[\w-]")
_AFTER_MASK = _after(r"[\w*-]")

_PATTERNS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    # Whole blocks and whole lines before what may stand in them.
    (
        ("private key",),
        r"-----BEGIN ([A-Z0-9 ]{0,40}PRIVATE KEY)-----(?:(?!-----)[\s\S]){0,20000}(?:-----END \1-----)?",
        "[redacted:private-key]",
    ),
    (
        ("cookie",),
        rf"{_AFTER_WORD}((?:set-)?cookie2?)(\\*+[\"']?+\s*+[:=]\s*+\[?+\s*+\\*+[\"']?+)"
        r"(?!(?:%20|%2B|%22|\+)*\[?redacted:)[^\r\n\"'\\<>]+",
        r"\1\2" + SECRET,
    ),
    # OpenAI, Anthropic, OpenRouter, DeepSeek...; a masked one too, as a 401 echoes it.
    (("sk-", "sess-"), rf"{_AFTER}(?:sk|sess)-[A-Za-z0-9_*-]{{6,}}", API_KEY),
    (
        ("sk_", "pk_", "rk_"),
        rf"{_AFTER}(?:sk|pk|rk)_(?:(?:live|test)_[A-Za-z0-9]{{8,}}|[0-9a-f]{{32,}})",
        API_KEY,
    ),
    (("key provided",), r"(key provided: )[^\s\"]+?(?=[.,;]?(?:\s|\"|$))", r"\1" + API_KEY),
    (("****",), rf"{_AFTER_MASK}[A-Za-z0-9_-]{{2,}}\*{{4,}}[A-Za-z0-9_-]{{2,}}(?![\w*])", API_KEY),
    # Google, xAI, Groq, Hugging Face, Replicate, Perplexity, Together, Fireworks, Databricks, NVIDIA.
    (("aiza",), rf"{_AFTER}AIza[A-Za-z0-9_-]{{30,}}", API_KEY),
    (("ya29.", "gocspx-"), rf"{_AFTER}(?:ya29\.|GOCSPX-)[A-Za-z0-9_-]{{10,}}", TOKEN),
    (
        ("xai-", "gsk_", "hf_", "r8_", "pplx-", "tgp_v1_", "fw_", "nvapi-"),
        rf"{_AFTER}(?:xai-|gsk_|hf_|r8_|pplx-|tgp_v1_|fw_|nvapi-)(?=[A-Za-z_-]{{0,64}}\d)[A-Za-z0-9_-]{{16,}}",
        API_KEY,
    ),
    (("dapi",), rf"{_AFTER}dapi[0-9a-f]{{32}}(?:-\d+)?", API_KEY),
    # Azure's new keys; the old ones are 32 hex digits and known only by their name.
    (("jqqj99",), rf"{_AFTER}[A-Za-z0-9]{{40,80}}JQQJ99[A-Za-z0-9]{{20,40}}", API_KEY),
    # AWS, GitHub, GitLab, Slack, npm, PyPI: they come along in gateways' messages.
    (
        ("akia", "asia", "abia", "acca"),
        rf"{_AFTER}(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{{16}}(?![A-Za-z0-9])",
        API_KEY,
    ),
    (
        ("gho_", "ghp_", "ghs_", "ghu_", "ghr_", "github_pat_", "glpat-", "npm_", "pypi-", "xox"),
        rf"{_AFTER}(?:gh[opsur]_|github_pat_|glpat-|npm_|pypi-|xox[abeprs]-)"
        r"(?=[A-Za-z_-]{0,64}\d)[A-Za-z0-9_-]{16,}",
        TOKEN,
    ),
    (("eyj",), rf"{_AFTER_NAME}eyJ[\w-]{{8,}}\.[\w-]{{8,}}\.[\w-]*", TOKEN),
    (
        ("bearer",),
        rf"{_AFTER}(bearer)( +|\+)(?:(?=[^\s\"]*\d)[\w.~+/=*-]{{8,}}|[\w.~+/=*-]{{20,}})",
        r"\1\2" + TOKEN,
    ),
    (("://",), r"(?<=://)[^\s/?#@\"'<>:]{1,256}:[^\s/?#@\"'<>]{1,256}(?=@)", "[redacted:credentials]"),
    (
        ("key", "token", "secret", "passw", "authorization", "cookie"),
        rf"{_AFTER}({_alternatives(SECRET_NAMES)})"
        r"(\\*+[\"']?+\s*+[:=]\s*+\[?+\s*+\\*+[\"']?+)(?:(?:bearer|basic) +)?+"
        r"(?!(?:%20|%2B|%22|\+)*\[?redacted:)[^\s\"'\\,;&<>()]+",
        r"\1\2" + SECRET,
    ),
    (("=",), rf"((?:^|[?&;])(?:{_QUERY})=)(?!\[redacted:)[^&;\s\"'<>\\#]+", r"\1" + SIGNATURE),
    (("org-",), rf"{_AFTER}org-[A-Za-z0-9_-]{{6,}}", ORGANIZATION),
    (("proj_",), rf"{_AFTER}proj_[A-Za-z0-9_-]{{6,}}", PROJECT),
    (("user-",), rf"(?<=/)user-[A-Za-z0-9_-]{{6,}}|{_AFTER_NAME}user-[A-Za-z0-9]{{20,}}", USER),
    (
        ("file-",),
        rf"{_AFTER_NAME}file-(?!emulated-)(?:(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{{6,}}|[A-Za-z0-9]{{16,}})",
        FILE,
    ),
    (("file_",), rf"{_AFTER_NAME}file_(?=[A-Za-z]*\d)[A-Za-z0-9]{{16,}}", FILE),
    (("req_",), rf"{_AFTER}req_[A-Za-z0-9_-]{{6,}}", REQUEST),
    (("request",), r"(request[ _-]?id(?:\\?[\"']?[:=] *\\?[\"']?| +))(?=[\w-]*\d)[\w-]{8,}", r"\1" + REQUEST),
)

RULES: tuple[tuple[tuple[str, ...], re.Pattern[str], str], ...] = tuple(
    (needles, re.compile(pattern, re.IGNORECASE), replacement) for needles, pattern, replacement in _PATTERNS
)
"""In the order in which they are applied: a text in small letters with none of the first has no match."""

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
