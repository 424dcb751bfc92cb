"""A request as files: read back as it was, without its key, and into a matrix that sends the same."""

import json
import tracemalloc
from base64 import b64encode
from dataclasses import replace

import pytest

from upload_matrix.inspect.as_case import check_name, write_case
from upload_matrix.inspect.calls import Caller
from upload_matrix.inspect.saved import SavedRequest, load, save
from upload_matrix.matrix.load import load_operations
from upload_matrix.model.answer import Answer, NoAnswer, Provenance, Silence, Source, Supply
from upload_matrix.model.errors import CassetteError, ConfigurationError
from upload_matrix.recordings.gate import WriteGate
from upload_matrix.run.loading import Request
from upload_matrix.run.loading import load as load_matrix
from upload_matrix.tap.spool import Spool
from upload_matrix.wire.form import Captured
from upload_matrix.wire.read import wire_form

KEY = "sk-" + "canary0123456789" * 2
EDIT = load_operations()["images.edit"]
SOURCE = Source("https://api.openai.com", Provenance.LIVE, Supply.FORWARDED)
WEBP = b"RIFF....WEBPVP8 "
CALLER = Caller("openai", "OpenAI/Python", "3.54.0", "CPython 3.11.7", 0)


def text(name, value):
    return f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()


def file(filename, content_type, content=WEBP, name="image"):
    head = f'Content-Disposition: form-data; name="{name}"; filename="{filename}"\r\nContent-Type: {content_type}'
    return f"--b\r\n{head}\r\n\r\n".encode() + content + b"\r\n"


def request(*parts, path="/v1/images/edits", broken=None, more=()):
    body = b"".join(parts) + b"--b--\r\n"
    headers = (
        (b"Host", b"127.0.0.1:4711"),
        (b"authorization", f"Bearer {KEY}".encode()),
        (b"OpenAI-Organization", b"org-canary12345678"),
        (b"X-Own", b"caf\xe9"),
        (b"Content-Type", b"multipart/form-data; boundary=b"),
        (b"Content-Length", str(len(body)).encode()),
        *more,
    )
    lines = [f"POST {path} HTTP/1.1".encode(), *(name + b": " + value for name, value in headers), b"", b""]
    wire = wire_form("POST", path, headers, body, {}, broken)
    return Captured(b"\r\n".join(lines), headers, body, wire, complete=broken is None)


def saved(*parts, reply=None, **more):
    sent = request(
        *(parts or (text("model", "gpt-image-1"), file("upload", "application/octet-stream"))), **more
    )
    return SavedRequest(
        sent, CALLER, "https://api.openai.com/v1", reply or NoAnswer(Silence.BLOCKED, "not asked")
    )


def rejection(body):
    return Answer(400, (("content-type", "application/json"), ("set-cookie", "a=canary")), body, SOURCE)


REJECTED = rejection(b'{"error": {"message": "no", "code": "invalid_value"}}')


def test_it_comes_back_as_it_was(tmp_path):
    given = saved(reply=REJECTED)
    save(tmp_path / "a.request", given)
    back = load(tmp_path / "a.request")
    assert (back.request.wire, back.request.body) == (given.request.wire, given.request.body)
    assert [name for name, _ in back.request.headers] == [name for name, _ in given.request.headers]
    assert dict(back.request.headers)[b"X-Own"] == b"[redacted:header]"
    assert dict(back.request.headers)[b"Host"] == b"api.openai.com"
    assert (back.caller, back.asked, back.request.complete) == (CALLER, given.asked, True)
    assert (back.reply.status, json.loads(back.reply.body)) == (400, json.loads(REJECTED.body))
    assert back.reply.source == SOURCE


def test_no_secret_is_in_any_file(tmp_path):
    echo = rejection(f'{{"error": {{"message": "Incorrect API key provided: {KEY}"}}}}'.encode())
    save(tmp_path / "a.request", saved(reply=echo, path=f"/v1/images/edits?key={KEY}"))
    for path in (tmp_path / "a.request").iterdir():
        data = path.read_bytes()
        assert b"canary" not in data, path
    assert load(tmp_path / "a.request").request.wire.query == "key=[redacted:own-secret]"


VENDORS = (
    "Api-Key", "Authorization", "CF-Access-Client-Secret", "Cookie", "DeepL-Auth-Key", "Helicone-Auth",
    "Ocp-Apim-Subscription-Key", "Portkey-Virtual-Key", "Private-Token", "Proxy-Authorization", "X-Access-Token",
    "X-Amz-Security-Token", "X-Api-Key", "X-Api-Token", "X-Auth-Key", "X-Auth-Token", "X-Braintrust-Key",
    "X-Functions-Key", "X-Gitlab-Token", "X-Goog-Api-Key", "X-Goog-Iam-Authorization-Token", "X-Kong-Credential",
    "X-Litellm-Api-Key", "X-Ms-Token-Aad-Access-Token", "X-Our-Gateway", "X-Portkey-Api-Key", "X-Rapidapi-Key",
    "X-Session", "X-Shared-Passphrase", "X-Vault-Token", "Xi-Api-Key",
)  # fmt: skip
CANARY = "canary0123456789abcdef0123456789"


def files_under(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", VENDORS)
def test_a_header_keeps_its_name_and_not_its_value_unless_known_to_be_harmless(tmp_path, name):
    sent = saved(more=((name.encode(), CANARY.encode()), (b"User-Agent", b"curl/7.88.1")))
    save(tmp_path / "a.request", sent)
    assert [path for path, data in files_under(tmp_path).items() if CANARY.encode() in data] == []
    headers = dict(load(tmp_path / "a.request").request.headers)
    assert headers[name.encode()].startswith(b"[redacted:")
    assert headers[b"User-Agent"] == b"curl/7.88.1"
    with pytest.raises(CassetteError):
        save(tmp_path / "b.request", saved(text("user", CANARY), more=((name.encode(), CANARY.encode()),)))


IN_A_FILE = file("a.webp", "image/webp", WEBP + CANARY.encode())


@pytest.mark.parametrize(
    ("sent", "own"),
    [
        (saved(IN_A_FILE, path=f"/v1/images/edits?key={CANARY}"), ()),
        (saved(IN_A_FILE, path=f"/v1/images/edits?a=b&api_key={CANARY}"), ()),
        (saved(IN_A_FILE, more=((b"X-Vault-Token", CANARY.encode()),)), ()),
        (saved(IN_A_FILE, more=((b"X-Login", b"Basic Y2FuYXJ5OmNhbmFyeTAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5"),)), ()),
        (saved(IN_A_FILE), (CANARY,)),
    ],
)  # fmt: skip
def test_a_file_that_holds_a_key_of_the_program_is_written_nowhere(tmp_path, sent, own):
    with pytest.raises(CassetteError):
        save(tmp_path / "a.request", sent, own)
    with pytest.raises(CassetteError):
        write_case(tmp_path, "a", sent, EDIT, own)
    assert files_under(tmp_path) == {}


def test_what_a_case_says_of_a_request_holds_none_of_its_keys(tmp_path):
    parts = (text(CANARY, "1"), text("prompt", CANARY), file(f"{CANARY}.webp", f"image/{CANARY}"))
    sent = saved(*parts, more=((b"X-Vault-Token", CANARY.encode()),), reply=rejection(
        f'{{"error": {{"message": "no", "code": "{CANARY}"}}}}'.encode()
    ))  # fmt: skip
    sent = replace(sent, caller=Caller(None, CANARY, CANARY, None, None))
    case = write_case(tmp_path, "mine", sent, EDIT)
    assert [path for path, data in files_under(tmp_path).items() if CANARY.encode() in data] == []
    assert CANARY not in f"{case.differs} {case.left_out} {sorted(tmp_path.rglob('*'))}"
    assert "image.content_type: image/[redacted:own-secret] -> " in "\n".join(case.differs)


@pytest.mark.parametrize("size", [10, 5 * 1024 * 1024])
def test_a_body_with_the_requests_own_key_is_not_written(tmp_path, size):
    with pytest.raises(CassetteError) as raised:
        save(tmp_path / "a.request", saved(text("user", KEY), file("a.webp", "image/webp", b"x" * size)))
    assert KEY not in str(raised.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", [KEY.encode(), b64encode(KEY.encode()), KEY.encode().hex().encode()])
@pytest.mark.parametrize("cut", [1, 7])
def test_a_key_that_lies_across_two_pieces_of_a_large_body_is_found(form, cut):
    pieces = [b"x" * 3_000_000 + form[:cut], form[cut:] + b"x" * 3_000_000]
    with pytest.raises(CassetteError):
        list(WriteGate((KEY,)).checked(pieces, sum(map(len, pieces)), "body.bin"))
    harmless = [b"x" * 3_000_000 + form[:cut], b"-", form[cut:] + b"x" * 3_000_000]
    assert list(WriteGate((KEY,)).checked(harmless, sum(map(len, harmless)), "body.bin")) == harmless


def test_a_large_body_is_saved_and_made_a_case_of_without_being_held_in_memory(tmp_path):
    content = bytes(range(256)) * 256
    whole = saved(text("prompt", "x"), text("model", "m"), file("a.webp", "image/webp", WEBP + content * 512))
    spool = Spool(tmp_path)
    spool.write(whole.request.body)
    spool.finish()
    kept = replace(whole, request=replace(whole.request, body=b""), spool=spool)
    del whole
    folder = tmp_path / "matrix"
    tracemalloc.start()
    try:
        save(folder / "a.request", kept)
        case = write_case(folder, "a", kept, EDIT)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (case.container, case.differs) == ("handle", ())
    assert most < 16 * 1024 * 1024
    body = b"".join(spool.chunks())
    assert (folder / "a.request" / "body.bin").read_bytes() == body
    assert (folder / "a.files" / "a.webp").read_bytes() == WEBP + content * 512
    assert load(folder / "a.request").request.wire == kept.request.wire


def test_no_answer_and_a_request_that_broke_off(tmp_path):
    save(tmp_path / "a.request", saved(broken="the client closed the connection"))
    back = load(tmp_path / "a.request")
    assert back.reply == NoAnswer(Silence.BLOCKED, "not asked")
    assert (back.request.complete, back.request.wire.fault) == (False, "the client closed the connection")


def test_a_changed_body_is_noticed(tmp_path):
    save(tmp_path / "a.request", saved())
    body = tmp_path / "a.request" / "body.bin"
    body.write_bytes(body.read_bytes().replace(b"WEBP", b"WAVE"))
    with pytest.raises(ConfigurationError, match=r"one of them was changed"):
        load(tmp_path / "a.request")


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("wire.json", b"[]", r"wire\.json: not a saved request"),
        ("wire.json", b'{"format": "x"}', r"wire\.json: not 'upload-matrix request 1' but 'x'"),
        ("head.txt", b"nonsense\r\n\r\n", r"head\.txt does not begin with a request line"),
        ("head.txt", b"POST / HTTP/1.1\r\nnonsense\r\n\r\n", r"head\.txt:2:1: not a header"),
        ("body.bin", None, r"body\.bin: no such file"),
    ],
)
def test_files_that_are_none(tmp_path, name, data, says):
    save(tmp_path / "a.request", saved())
    path = tmp_path / "a.request" / name
    path.unlink() if data is None else path.write_bytes(data)
    with pytest.raises(ConfigurationError, match=says):
        load(tmp_path / "a.request")


def test_nothing_is_written_over(tmp_path):
    save(tmp_path / "a.request", saved())
    with pytest.raises(ConfigurationError, match="already there"):
        save(tmp_path / "a.request", saved())
    with pytest.raises(ConfigurationError, match="already there"):
        check_name(tmp_path, "a")
    with pytest.raises(ConfigurationError, match="use small letters"):
        check_name(tmp_path, "../A")


def test_a_case_that_sends_the_same(tmp_path):
    parts = (text("prompt", "배경"), text("model", "gpt-image-1"), file("upload", "application/octet-stream"))
    case = write_case(tmp_path, "mine", saved(*parts, reply=REJECTED), EDIT)
    assert (case.container, case.differs, case.left_out) == ("bytesio", (), ())
    (loaded,) = load_matrix(Request((tmp_path / "mine.yaml",))).cases
    assert dict(loaded.axes) == {
        "operation": "images.edit",
        "client": "openai",
        "container": "bytesio",
        "image": "upload",
        "mime_table": "system",
        "prepare": "as-is",
        "mask": "none",
    }
    assert dict(loaded.request) == {"prompt": "배경", "model": "gpt-image-1"}
    assert loaded.target == "openai"
    (expected,) = loaded.expectations
    assert (expected.outcome, expected.status, expected.code) == ("rejected", 400, "invalid_value")
    assert (tmp_path / "mine.files" / "upload.webp").read_bytes() == WEBP
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.files", "mine.yaml"]


def test_a_case_that_comes_closest_says_what_differs(tmp_path):
    parts = (text("prompt", "x"), text("own_field", "1"), file("cat.webp", "image/x-odd"))
    case = write_case(tmp_path, "mine", saved(*parts), EDIT)
    assert case.left_out == ("own_field",)
    assert "image.content_type: image/x-odd -> image/webp" in case.differs
    written = (tmp_path / "mine.yaml").read_text("utf-8")
    assert "# This case does not send just that: image.content_type: image/x-odd -> image/webp" in written
    assert (tmp_path / "mine.files" / "cat.webp").is_file()


def test_a_request_without_a_file_makes_no_case(tmp_path):
    with pytest.raises(ConfigurationError, match="the request has no file"):
        write_case(tmp_path, "mine", saved(text("model", "m")), EDIT)
    assert list(tmp_path.iterdir()) == []
