"""What secrets and personal ids look like: the built-in patterns, and the names that give a value away.

A pattern says where a secret may stand, and ``judging`` whether what stands there is one: ``org-`` begins an
account's id and ``org-chart-2024.png``. Each pattern takes time in proportion to the text: what repeats is
bounded on both sides by characters it cannot take itself, or starts at a place where it cannot start again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from upload_matrix.recordings.judging import (
    always,
    is_cookie,
    is_credentials,
    is_id,
    is_key,
    is_secret_value,
    is_token,
)

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
class Rule:
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
) -> Rule:
    return Rule(needles, re.compile(pattern, re.IGNORECASE), placeholder, judge, masked)


def _prefixed(prefixes: tuple[str, ...], placeholder: str, letters: str = "A-Za-z0-9_-") -> Rule:
    words = "|".join(re.escape(prefix) for prefix in sorted(prefixes, key=lambda word: (-len(word), word)))
    return _rule(prefixes, rf"{_AFTER}(?:{words})(?P<judged>[{letters}]{{8,}})", placeholder, is_key)


RULES: tuple[Rule, ...] = (
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
