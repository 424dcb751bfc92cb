"""What the redactor takes out: keys of many vendors, the user's own patterns, the run's own secrets."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from urllib.parse import quote, quote_plus

import brotli
import pytest
from canaries import FILE, KEY, ORGANIZATION, REQUEST, TOKEN
from cassette_wires import edit, emulated, files, library, never, text

from upload_matrix.model.answer import Silence
from upload_matrix.model.errors import CassetteError, ConfigurationError
from upload_matrix.recordings import RecordMode, Redactor, guard, load_rules
from upload_matrix.recordings.bodies import redact_body
from upload_matrix.recordings.custom import LONGEST_PATTERN, SecretPlace
from upload_matrix.recordings.identity import apart
from upload_matrix.recordings.redactor import DEFAULT
from upload_matrix.wire.coding import content_decoded, unbrotlied

HEX = "0123456789abcdef" * 2
MIXED = "C4naryC4naryC4naryC4naryC4naryC4nary"

VENDORS = {
    "OpenAI project": "sk-" + "proj-" + MIXED + "_x-" + MIXED,
    "OpenAI service account": "sk-" + "svcacct-" + MIXED,
    "OpenAI admin": "sk-" + "admin-" + MIXED,
    "Anthropic": "sk-" + "ant-api03-" + MIXED,
    "OpenRouter": "sk-" + "or-v1-" + HEX,
    "Google": "AI" + "za" + MIXED,
    "Google OAuth": "ya" + "29." + MIXED,
    "xAI": "xa" + "i-" + MIXED,
    "Groq": "gs" + "k_" + MIXED,
    "Hugging Face": "h" + "f_" + MIXED,
    "Replicate": "r" + "8_" + MIXED,
    "Perplexity": "pp" + "lx-" + HEX,
    "Together": "tg" + "p_v1_" + MIXED,
    "Databricks": "da" + "pi" + HEX,
    "ElevenLabs": "s" + "k_" + HEX,
    "Stripe": "s" + "k_live_" + MIXED,
    "Azure": MIXED + MIXED + "JQQ" + "J99" + "BCACYeBjFXJ3w3AAAB" + "ACOG4Qab",
    "AWS": "AK" + "IA" + "CANARYCANARY0123",
    "GitHub": "gh" + "p_" + MIXED,
    "GitHub, fine-grained": "github" + "_pat_" + MIXED,
    "GitLab": "gl" + "pat-" + MIXED,
    "Slack": "xo" + "xb-0123-" + MIXED,
    "private key": "-----BEGIN RSA PRIVATE " + f"KEY-----\n{MIXED}\n{MIXED}\n-----END RSA PRIVATE KEY-----",
    "credentials in a URL": "https://canary:C4nary@gateway.test/v1",
    "cookie": "Cookie: a=C4nary; b=C4nary, c",
    "Azure's old key": f"api-key: {HEX}",
    "subscription key": f'"Ocp-Apim-Subscription-Key": "{HEX}"',
    "environment": f"AZURE_OPENAI_API_KEY={HEX}",
    "session in a cookie header in JSON": json.dumps(json.dumps({"Set-Cookie": "s=C4nary; Path=/"})),
    "Azure SAS": f"https://b.test/c?sv=2026-01-01&se=2026-02-22T00%3A00Z&sp=r&sig={quote(MIXED + '=')}",
    "Google signed": f"https://b.test/c?X-Goog-Credential={MIXED}&X-Goog-Signature={HEX}",
    "CloudFront": f"https://b.test/c?Policy={MIXED}&Signature={MIXED}&Key-Pair-Id=K{HEX}",
    "a new file id": "file" + "_0" + HEX,
    "request id in JSON": f'{{"request_id": "{HEX}"}}',
}

LEFT = ("C4nary", "CANARY", HEX, "canary:")


def wrapped(data: bytes) -> str:
    return base64.encodebytes(data).decode()


WRAPPINGS = {
    "plain": lambda t: t,
    "in JSON": lambda t: json.dumps({"error": {"message": f"got ({t})"}}),
    "after an escape": lambda t: f'{{"cut off": "first\\n{json.dumps(t)[1:-1]}\\u000a',
    "with escapes": lambda t: "".join(c if c.isalnum() or c == "\\" else f"\\u{ord(c):04x}" for c in t),
    "percent-encoded": lambda t: f"value={quote(t, safe='')}",
    "base64": lambda t: base64.b64encode(t.encode()).decode(),
    "base64 over lines": lambda t: wrapped(b"." * 90 + t.encode()),
    "base64 over lines in JSON": lambda t: json.dumps(wrapped(b"." * 90 + t.encode())),
    "base64 twice": lambda t: base64.b64encode(base64.b64encode(t.encode())).decode(),
    "base64 of gzip": lambda t: base64.b64encode(gzip.compress(t.encode())).decode(),
    "base64 of zlib": lambda t: base64.b64encode(zlib.compress(t.encode())).decode(),
    "base64 of bare deflate": lambda t: base64.b64encode(zlib.compress(t.encode())[2:-4]).decode(),
    "base64 of bytes": lambda t: base64.b64encode(b"\xff\x00 " + t.encode() + b"\n\xfe").decode(),
}


def clean(redacted: str) -> None:
    for needle in LEFT:
        guard(redacted, [needle], "the test")


@pytest.mark.parametrize("wrap", WRAPPINGS.values(), ids=WRAPPINGS)
@pytest.mark.parametrize("secret", VENDORS.values(), ids=VENDORS)
def test_secrets_of_many_vendors_are_taken_out(secret, wrap):
    redacted = DEFAULT.text(wrap(secret))
    clean(redacted)
    assert DEFAULT.text(redacted) == redacted, "redacting twice changes nothing more"


BODIES = {
    "JSON": ("application/json", lambda t: json.dumps({"a": [{"b": t}], t: 1}).encode()),
    "form": ("application/x-www-form-urlencoded", lambda t: f"x=1&y={quote_plus(t)}&y=2".encode()),
    "multipart": (
        'multipart/form-data; boundary="cut here"',
        lambda t: (
            b'--cut here\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
            + t.encode()
            + b'\r\n--cut here\r\nContent-Disposition: form-data; name="b"; filename="b.gz"\r\n\r\n'
            + gzip.compress(t.encode())
            + b"\r\n--cut here--\r\n"
        ),
    ),
    "gzip": (None, lambda t: gzip.compress(t.encode())),
    "zlib among bytes": ("image/png", lambda t: b"\x89PNG\xff" + zlib.compress(t.encode()) + b"IEND"),
    "cut gzip among bytes": (None, lambda t: b"\xff" + gzip.compress(t.encode() * 9)[:-9] + b"\xff" * 9000),
    "bare deflate": (None, lambda t: zlib.compress(t.encode())[2:-4]),
    "bytes": ("application/octet-stream", lambda t: b"\xff\x00 " + t.encode() + b" \xfe"),
}


@pytest.mark.parametrize(("content_type", "body"), BODIES.values(), ids=BODIES)
@pytest.mark.parametrize(
    "secret", [KEY, f"api-key: {HEX}", f"Bearer {TOKEN}"], ids=["key", "named", "bearer"]
)
def test_bodies_of_every_kind(content_type, body, secret):
    redacted = redact_body(body(secret), content_type, DEFAULT)
    guard(redacted, [KEY[4:], HEX, TOKEN[:12], "canary"], "the test")
    assert redact_body(redacted, content_type, DEFAULT) == redacted


def test_a_fields_name_tells_in_every_kind_of_body():
    assert redact_body(b"api_key=weak&x=1", "application/x-www-form-urlencoded; a=b", DEFAULT) == (
        b"api_key=[redacted:secret]&x=1"
    )
    part = b'--b\r\nContent-Disposition: form-data; name="%s"\r\nCookie: weak\r\n\r\nweak\r\n--b--\r\n'
    assert redact_body(part % b"password", "multipart/form-data; boundary=b", DEFAULT) == (
        b'--b\r\nContent-Disposition: form-data; name="password"\r\nCookie: [redacted:secret]\r\n\r\n'
        b"[redacted:secret]\r\n--b--\r\n"
    )
    names = {
        "apiKey": "weak",
        "X-Api-Key": "weak",
        "organization_id": "weak",
        "requestId": "weak",
        "tokens": "5",
    }
    assert json.loads(redact_body(json.dumps(names).encode(), None, DEFAULT)) == {
        "apiKey": "[redacted:secret]",
        "X-Api-Key": "[redacted:secret]",
        "organization_id": "[redacted:organization]",
        "requestId": "[redacted:request-id]",
        "tokens": "5",
    }


HARMLESS = [
    b"x=1&y=%EA%B0%80+b&empty=&flag",
    b'{\n  "id": "img_1",\n  "usage": {\n    "input_tokens": 5\n  }\n}',
    b"\x89PNG\r\n\x1a\n" + zlib.compress(bytes(3000)),
    gzip.compress(b"nothing to hide", mtime=0),
    "고양이 100% 모자".encode(),
    b"",
]


@pytest.mark.parametrize("body", HARMLESS)
def test_harmless_bodies_stay_to_the_byte(body):
    kind = "application/x-www-form-urlencoded" if body.startswith(b"x=1") else None
    redacted = redact_body(body, kind, DEFAULT)
    assert redacted == body


def test_every_header_can_be_shown_without_its_secret():
    shown = DEFAULT.request_headers(
        (
            ("Authorization", f"Bearer {TOKEN}"),
            ("api-key", HEX),
            ("Cookie", "a=b"),
            ("x-request-id", HEX),
            ("user-agent", f"agent {KEY}"),
            ("accept", "*/*"),
        )
    )
    assert shown == (
        ("Authorization", "[redacted:secret]"),
        ("api-key", "[redacted:secret]"),
        ("Cookie", "[redacted:secret]"),
        ("x-request-id", "[redacted:request-id]"),
        ("user-agent", "agent [redacted:api-key]"),
        ("accept", "*/*"),
    )


OWN = "own/Secret+of=this?run"
OWN_FORMS = {
    "plain": OWN,
    "hex": OWN.encode().hex().upper(),
    "url": quote(OWN, safe=""),
    "json": json.dumps(json.dumps({"a": OWN})),
    "HTML": "".join(f"&#{ord(c)};" for c in OWN),
    "base64": base64.b64encode(OWN.encode()).decode(),
    "base64, not at its beginning": "x" + base64.b64encode(b"ab" + OWN.encode() + b"more").decode(),
    "base64 of gzip": base64.b64encode(gzip.compress(OWN.encode())).decode(),
}


@pytest.mark.parametrize("form", OWN_FORMS.values(), ids=OWN_FORMS)
def test_the_runs_own_secrets_are_taken_out_whatever_they_look_like(form):
    redactor = Redactor(secrets=["", "tiny", OWN])
    assert "tiny" in redactor.text("a tiny thing")
    redacted = redactor.text(f"say {form} twice {form}")
    guard(redacted, [OWN], "the test")
    with pytest.raises(CassetteError):
        guard(f"say {form} twice {form}", [OWN], "the test")


def test_a_secret_is_taken_out_three_encodings_deep():
    text = f"- {KEY} -"
    for _ in range(3):
        text = base64.b64encode(text.encode()).decode()
    redacted = DEFAULT.text(text)
    for _ in range(3):
        redacted = base64.b64decode(redacted).decode()
    assert redacted == "- [redacted:api-key] -"


def test_a_traceback_is_shown_without_secrets():
    error = RuntimeError(f"while sending {OWN}")
    error.__cause__ = ValueError(f"no such key: {KEY}")
    shown = Redactor(secrets=[OWN]).exception(error)
    guard(shown, [OWN, KEY], "the test")
    assert "RuntimeError: while sending [redacted:own-secret]" in shown
    assert "ValueError: no such key: [redacted:api-key]" in shown


def test_a_recording_can_have_the_runs_own_secret_taken_out_and_is_found_without_it(tmp_path):
    """A gateway that echoes the key costs no answer that was paid for."""
    shelf = library(tmp_path, secrets=[OWN], redactor=Redactor(secrets=[OWN]))
    body = json.dumps({"echo": OWN, "b": base64.b64encode(OWN.encode()).decode()}).encode()
    told = shelf.reply(edit(), lambda: emulated(body))
    assert json.loads(told.body)["echo"] == "[redacted:own-secret]"
    assert library(tmp_path, RecordMode.NONE).reply(edit(), never).body == told.body
    # A request is never changed by a run's own secret: a replay would look for another form.
    assert shelf.reply(edit(text("prompt", OWN)), never).why is Silence.BLOCKED


RULES = """\
patterns:
- name: ticket
  pattern: 'TICKET-(?P<n>[0-9]{4,})'
  shared: true
- name: shout
  pattern: canary
  ignore_case: true
  where: text
  replacement: '[hush]'
- name: team
  names: [x-team, team_id]
  shared: true
- name: half
  names: person
  pattern: '@.*'
  replacement: '@[someone]'
"""


@pytest.fixture
def rules(tmp_path):
    path = tmp_path / "redact.yaml"
    path.write_text(RULES, "utf-8")
    return Redactor(load_rules(path))


def test_patterns_of_ones_own(rules):
    assert rules.text("see TICKET-12345 and 가\udc80 CANARY") == "see [redacted:ticket] and 가\udc80 [hush]"
    assert rules.text(base64.b64encode(b"in TICKET-12345 there").decode()) == (
        base64.b64encode(b"in [redacted:ticket] there").decode()
    )
    assert rules.value("note", "TICKET-12345 Canary") == "[redacted:ticket] Canary", "only in text"
    assert rules.value("Team-ID", "blue") == "[redacted:team]"
    assert rules.value("person", "ada@example.test") == "ada@[someone]"
    assert rules.value("other", "ada@example.test") == "ada@example.test"
    assert rules.request_headers((("X-Team", "blue"), ("x-teams", "blue"))) == (
        ("X-Team", "[redacted:team]"),
        ("x-teams", "[redacted:header]"),
    )
    assert rules.value("x-team", "", SecretPlace.HEADERS) == ""


def test_patterns_of_ones_own_reach_recordings(rules, tmp_path):
    form = edit(text("team_id", "blue"), text("prompt", "for TICKET-12345"))
    body = json.dumps({"error": {"message": "TICKET-99999", "team_id": "blue"}}).encode()
    library(tmp_path / "c", redactor=rules).reply(form, lambda: emulated(body))
    (path,) = files(tmp_path / "c")
    data = path.read_text("utf-8")
    assert "blue" not in data
    assert "TICKET-" not in data
    other = edit(text("team_id", "red"), text("prompt", "for TICKET-77777"))
    assert library(tmp_path / "c", RecordMode.NONE, redactor=rules).reply(other, never).status == 400


FAULTS = {
    "no list": ("patterns: 5", "1:11: `patterns`: give a list of patterns"),
    "other key": ("rules: []", "1:1: `rules` is not known here; there are patterns"),
    "not a mapping": ("patterns: [a]", "1:12: give a mapping with name, pattern, names"),
    "no name": ("patterns:\n- pattern: a", "2:3: `name` is missing"),
    "bad name": ("patterns:\n- name: A b\n  pattern: a", "2:9: `name`: 'A b': use small letters"),
    "twice": (
        "patterns:\n- name: a\n  pattern: B\n- name: a\n  pattern: C",
        "4:3: `name`: 'a' stands twice",
    ),
    "neither": ("patterns:\n- name: a", "2:3: give a `pattern`, or `names`"),
    "bad pattern": ("patterns:\n- name: a\n  pattern: '(b'", "3:12: `pattern`: '(b': missing )"),
    "look-around": (
        "patterns:\n- name: a\n  pattern: '(?<=b)c'",
        "(RE2's expressions have no look-around and no back-references)",
    ),
    "back-reference": (
        "patterns:\n- name: a\n  pattern: '(b)\\1'",
        "3:12: `pattern`: '(b)\\\\1': invalid escape",
    ),
    "too greedy of memory": ("patterns:\n- name: a\n  pattern: '((a{1,1000}){1,1000})'", "3:12: `pattern`"),
    "too long": (f"patterns:\n- name: a\n  pattern: {'x' * (LONGEST_PATTERN + 1)}", "3:12: `pattern`: 1001"),
    "nothing": ("patterns:\n- name: a\n  pattern: 'x*'", "3:12: `pattern`: 'x*' matches nothing at all"),
    "where": (
        "patterns:\n- name: a\n  pattern: b\n  where: [bodies]",
        "4:10: `where`: 'bodies' is not one of",
    ),
    "names in text": (
        "patterns:\n- name: a\n  names: b\n  where: text",
        "4:10: `where`: text has no names; leave out",
    ),
    "replacement": (
        "patterns:\n- name: a\n  pattern: b\n  replacement: 비밀",
        "4:16: `replacement`: use printable ASCII",
    ),
    "replacement again": (
        "patterns:\n- name: a\n  pattern: b\n  replacement: bb",
        "4:16: `replacement`: 'bb' is itself changed by the pattern",
    ),
    "flag": (
        "patterns:\n- name: a\n  pattern: b\n  ignore_case: 2",
        "4:16: `ignore_case`: give true or false",
    ),
    "not YAML": ("patterns: [", "not YAML"),
    "nested without end": ("patterns: " + "[" * 5_000, "nested too deep for redaction rules"),
}


@pytest.mark.parametrize(("document", "says"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_named_with_its_place(tmp_path, document, says):
    path = tmp_path / "redact.yaml"
    path.write_text(document, "utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_rules(path)
    assert says in str(caught.value)
    assert str(caught.value).startswith(f"{path}:")


def test_all_faults_are_told_at_once_and_an_empty_file_is_none(tmp_path):
    path = tmp_path / "redact.yaml"
    path.write_text("patterns:\n- name: A\n  pattern: '('\n- wrong: 1\n", "utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_rules(path)
    assert len(str(caught.value).splitlines()) >= 4
    path.write_text("# nothing yet\n", "utf-8")
    assert load_rules(path) == ()
    with pytest.raises(ConfigurationError, match="no such file"):
        load_rules(tmp_path / "nowhere.yaml")


def test_no_pattern_can_bring_a_run_to_a_halt(tmp_path):
    """With backtracking this takes longer than the universe will."""
    path = tmp_path / "redact.yaml"
    path.write_text("patterns:\n- name: evil\n  pattern: '(a+)+B|(x|x)*Y|(.*)(.*)(.*)C'\n", "utf-8")
    redactor = Redactor(load_rules(path))
    assert redactor.text("a " * 2000 + "!") == "a " * 2000 + "!"


def test_ids_of_ones_account_are_taken_out_of_text():
    assert DEFAULT.text(f"{ORGANIZATION} {REQUEST} {FILE}") == (
        f"[redacted:organization] [redacted:request-id] {apart('[redacted:file-id]', FILE, b'', guessable=False)}"
    )


def test_several_gzip_members_are_one_body_and_a_cut_one_is_none():
    members = gzip.compress(b"a") + gzip.compress(b"b")
    assert content_decoded(members, "gzip") == b"ab"
    assert content_decoded(members[:-3], "gzip") is None
    assert content_decoded(b"plain", "zstd") is None


def test_brotli_is_read_where_it_is_installed():
    assert content_decoded(brotli.compress(b"hello" * 50), "br") == b"hello" * 50


DECOMPRESSOR = brotli.Decompressor


class BrotliBefore12:
    """A decompressor as of `brotli` 1.1, which many packages bring: it takes no limit of its output."""

    def __init__(self) -> None:
        self._unpacker = DECOMPRESSOR()

    def process(self, data: bytes) -> bytes:
        return self._unpacker.process(data)

    def is_finished(self) -> bool:
        return self._unpacker.is_finished()


@pytest.mark.parametrize("decompressor", [DECOMPRESSOR, BrotliBefore12])
def test_brotli_of_any_release_is_read_within_the_limit(monkeypatch, decompressor):
    monkeypatch.setattr(brotli, "Decompressor", decompressor)
    packed = brotli.compress(b"hello" * 50)
    assert unbrotlied(packed, 250) == b"hello" * 50
    assert unbrotlied(packed, 249) is None
    assert unbrotlied(packed[:-3], 250) is None
    assert unbrotlied(packed + b"zz", 250) is None
    assert unbrotlied(b"no brotli at all", 250) is None
    assert unbrotlied(brotli.compress(bytes(100_000_000)), 1 << 20) is None
