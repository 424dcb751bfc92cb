from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from urllib.parse import quote

import pytest
from cassette_wires import edit, emulated, file, files, library, named, never

from upload_matrix.model.answer import Silence
from upload_matrix.model.errors import CassetteError
from upload_matrix.recordings import RecordMode
from upload_matrix.recordings.gate import guard, refuse_secrets

SECRET = "c4nary" + "/of+the" + "=Gateway?"
"""No pattern knows it: only the gate can."""

RAW = SECRET.encode()

DISGUISES = {
    "plain": SECRET,
    "hex": RAW.hex(),
    "hex in capitals": RAW.hex().upper(),
    "URL-encoded": quote(SECRET, safe=""),
    "URL-encoded in small letters": quote(SECRET, safe="").lower().replace("gateway", "Gateway"),
    "base64": base64.b64encode(RAW).decode(),
    "base64 after one byte": base64.b64encode(b"-" + RAW + b"more").decode(),
    "base64 after two bytes": base64.b64encode(b"--" + RAW + b"more!").decode(),
    "base64 for URLs": base64.urlsafe_b64encode(RAW + b"?>").decode().rstrip("="),
    "base64 of base64": base64.b64encode(b"x" + base64.b64encode(b"y" + RAW)).decode(),
    "base64 of hex": base64.b64encode(RAW.hex().encode()).decode(),
    "base64 of gzip": base64.b64encode(gzip.compress(RAW * 3)).decode(),
    "base64 of a cut gzip": base64.b64encode(gzip.compress(RAW * 3)[:-8]).decode(),
    "JSON with escapes": "".join(f"\\u{ord(letter):04X}" for letter in SECRET),
    "HTML's numbers": "".join(f"&#{ord(letter)};" for letter in SECRET),
    "HTML's hexadecimal numbers": "".join(f"&#X{ord(letter):x};" for letter in SECRET),
    "HTML's names": SECRET.replace("/", "&sol;").replace("+", "&plus;").replace("=", "&equals;"),
    "JSON in JSON": json.dumps(json.dumps(SECRET.replace("/", "\\/"))),
}


WHY = "not written, because it would hold secret number 4 of this run"


def assert_refused(root: Path, form, answer) -> None:
    """The answer is not kept; that one came is, so that nobody pays for it again."""
    shelf = library(root, secrets=("another-c4nary", "", "tiny", SECRET))
    reply = shelf.reply(form, lambda: answer)
    assert (reply.why, WHY in reply.says, SECRET in reply.says) == (Silence.UNKEPT, True, False)
    again = library(root).reply(form, never)
    assert (again.why, again.says) == (Silence.UNKEPT, reply.says)
    (path,) = files(root)
    refuse_secrets(path.read_bytes(), path, [SECRET])


def assert_not_sent(root: Path, form) -> None:
    reply = library(root, secrets=("another-c4nary", "", "tiny", SECRET)).reply(form, never)
    assert (reply.why, WHY in reply.says, SECRET in reply.says) == (Silence.BLOCKED, True, False)
    assert files(root) == []


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES)
def test_a_secret_of_the_run_is_refused_in_the_answer(tmp_path, disguise):
    assert_refused(tmp_path, edit(), emulated(f"you sent {disguise} here".encode()))


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES)
def test_a_secret_of_the_run_is_refused_in_json(tmp_path, disguise):
    assert_refused(tmp_path, edit(), emulated(json.dumps({"echo": [disguise]}).encode()))


@pytest.mark.parametrize("disguise", ["plain", "base64", "hex", "URL-encoded"])
def test_a_request_with_a_secret_of_the_run_is_not_sent(tmp_path, disguise):
    assert_not_sent(tmp_path, named(DISGUISES[disguise]))
    assert_not_sent(tmp_path, edit(file("image", "a.webp", "image/webp"), query=DISGUISES[disguise]))


def test_a_secret_of_the_run_is_refused_in_headers_and_binary_bodies(tmp_path):
    assert_refused(tmp_path / "a", edit(), emulated(headers=(("x-ratelimit-key", SECRET),)))
    assert_refused(tmp_path / "b", edit(), emulated(b"\xff\x00" + RAW))


def test_the_message_names_file_and_form_but_not_the_secret(tmp_path):
    path = tmp_path / "a.yaml"
    with pytest.raises(CassetteError) as caught:
        refuse_secrets(b"\n".join([b"x", RAW.hex().encode()]), path, ["first-c4nary", SECRET])
    assert str(caught.value) == (
        f"{path}: not written, because it would hold secret number 2 of this run (hex); let the server or "
        "gateway stop echoing it, or leave this case out of the recording"
    )


def test_a_secret_in_the_path_is_not_shown(tmp_path):
    secret = "c4nary-folder"
    with pytest.raises(CassetteError) as caught:
        refuse_secrets(b"", tmp_path / secret / "a.yaml", [secret])
    assert str(caught.value).startswith("the path: not written")
    assert secret not in str(caught.value)


@pytest.mark.parametrize("secrets", [(), ("",), ("gpt",), ("c4nary-not-there",)])
def test_what_holds_no_secret_passes(tmp_path, secrets):
    library(tmp_path, secrets=secrets).reply(edit(), emulated)
    assert len(files(tmp_path)) == 1


def test_the_old_recording_stays_when_the_new_one_is_refused(tmp_path):
    library(tmp_path).reply(edit(), emulated)
    before = {path: path.read_bytes() for path in files(tmp_path)}
    reply = library(tmp_path, RecordMode.ALL, secrets=(SECRET,)).reply(edit(), lambda: emulated(RAW))
    assert reply.why is Silence.UNKEPT
    assert {path: path.read_bytes() for path in files(tmp_path)} == before


def test_a_secret_is_found_four_encodings_deep():
    data = RAW + b"..."
    for _ in range(4):
        data = base64.b64encode(data)
    with pytest.raises(CassetteError, match="would hold secret number 1"):
        guard(data, [SECRET], "the test")
