"""Requests that differ never share a recording, an answer or a row; what is written of them holds no secret."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from canaries import FILE, KEY, RANDOM
from cassette_wires import Asked, edit, emulated, file, files, library, named, never, text
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from upload_matrix.model.answer import Silence
from upload_matrix.recordings import RecordMode, Redactor, load_rules, stored_form
from upload_matrix.recordings.bodies import is_recordable
from upload_matrix.wire.form import Framing, WireForm, canonical_json

PAIRS = {
    "prompts": [edit(text("prompt", f"a cookie: {word}")) for word in ("chocolate", "vanilla")],
    "names": [named(f"org-{word}-2024.png") for word in ("chart", "report")],
    "models": [edit(text("model", f"sk-{word}-intern")) for word in ("learn", "image")],
    "ids that are none": [named(f"file-abc{number}") for number in (123, 124)],
    "passwords": [edit(text("prompt", f"password: hunter{number}")) for number in (2, 3)],
    "password fields": [edit(text("password", word)) for word in ("opens", "wrong")],
    "keys": [edit(text("prompt", f"is {KEY}{digit} a key?")) for digit in "12"],
    "files": [edit(text("file_id", f"{FILE}{digit}")) for digit in "12"],
    "queries": [edit(query=f"code={word}") for word in ("a", "b")],
    "signatures": [edit(query=f"sig={RANDOM}{digit}") for digit in "12"],
    "names that are numbers": [named(number) for number in ("2024", "2025")],
    "folders of two systems": [named(name) for name in ("/home/anna/a.png", r"C:\home\anna\a.png")],
}


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_two_requests_are_two(pair, tmp_path):
    forms = [stored_form(wire) for wire in pair]
    assert forms[0].digest != forms[1].digest
    shelf = library(tmp_path)
    shelf.reply(pair[0], emulated)
    assert library(tmp_path, RecordMode.NONE).reply(pair[1], never).why is Silence.UNRECORDED


def test_what_could_be_guessed_is_neither_recorded_nor_played(tmp_path):
    ask = Asked(emulated())
    reply = library(tmp_path).reply(edit(text("prompt", "password: hunter2")), ask)
    assert (reply.why, ask.times, files(tmp_path)) == (Silence.UNRECORDED, 0, [])
    assert "shared: true" in reply.says
    assert "hunter2" not in reply.says


def test_what_a_pattern_of_ones_own_takes_out_is_told_apart_unless_it_is_shared(tmp_path):
    path = tmp_path / "redact.yaml"
    for shared, same in (("false", False), ("true", True)):
        path.write_text(f"patterns:\n- name: t\n  pattern: 'T-[0-9]+'\n  shared: {shared}\n", "utf-8")
        redactor = Redactor(load_rules(path))
        one, two = (stored_form(edit(text("prompt", f"T-{number}")), redactor) for number in (1, 2))
        assert (one == two) is same
        assert is_recordable(edit(text("prompt", "T-1")), redactor) is same
        assert "T-1" not in one.parts[0].text


def test_the_key_in_a_field_of_its_own_is_no_part_of_the_request():
    """As that in a header: who pays does not decide about an upload, and a replay has another key or none."""
    one, two = (edit(text("api_key", f"{RANDOM}{digit}")) for digit in "12")
    assert stored_form(one) == stored_form(two)
    assert is_recordable(one)


def test_an_object_with_a_name_twice_is_no_canonical_json():
    with pytest.raises(ValueError, match="a name twice"):
        canonical_json(b'{"a": {"b": 1, "b": 2}}')


WORDS = st.one_of(
    st.text(max_size=40),
    st.from_regex(
        r"(sk-|org-|file-|a cookie: |password: |key=|Bearer |\?sig=|/a/|tmp|C:\\)?[\w.-]{0,30}",
        fullmatch=True,
    ),
)


def form_of(kind: str, word: str) -> WireForm:
    if kind == "text":
        return edit(text("prompt", word))
    if kind == "name":
        return edit(file("image", word, "image/png"))
    if kind == "query":
        return edit(query=word)
    body = canonical_json(json.dumps({"prompt": word}).encode())
    return WireForm("POST", "/v1/x", Framing.CONTENT_LENGTH, "application/json", json=body)


@settings(deadline=None)
@given(st.sampled_from(["text", "name", "query", "json"]), WORDS, WORDS)
@example("text", "a cookie: chocolate", "a cookie: vanilla")
@example("name", "org-chart-2024.png", "org-report-2024.png")
def test_different_requests_have_different_identities(kind, one, two):
    """But for names that this machine made up, which the wire form already knows as such."""
    first, second = form_of(kind, one), form_of(kind, two)
    assume(first.digest != second.digest)
    assert stored_form(first).digest != stored_form(second).digest


@settings(deadline=None)
@given(st.sampled_from(["text", "name", "query", "json"]), WORDS)
def test_a_recordable_request_is_found_again(kind, word):
    wire = form_of(kind, word)
    form = stored_form(wire)
    assert stored_form(form) == form
    if is_recordable(wire):
        assert stored_form(wire, Redactor(secrets=["another-canary-of-a-run"])) == form


def test_a_mark_is_alike_on_every_machine_and_slow_to_guess():
    """100,000 rounds of PBKDF2; another number of them would leave committed recordings unfound."""
    assert stored_form(edit(text("prompt", KEY))).parts[0].text == "[redacted:api-key.3d12329cac62]"


AGAIN = """
import sys; sys.path[:0] = [{tests!r}, {support!r}]
from test_identity import PAIRS
from upload_matrix.recordings.bodies import is_recordable, stored_form
print(*[stored_form(wire).digest for pair in PAIRS.values() for wire in pair if is_recordable(wire)])
"""


def test_another_process_comes_to_the_same():
    here = [stored_form(wire).digest for pair in PAIRS.values() for wire in pair if is_recordable(wire)]
    here_too = Path(__file__).parent
    program = AGAIN.format(tests=str(here_too), support=str(here_too.parent / "support"))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == here
    assert len(here) == len(set(here)) >= 16


MATRIX = """
name: m
target: emulator:openai-2026-02
request: {size: 1024x1024}
axes:
  operation: [images.generate]
  client: [httpx]
  prompt: ["a cookie: chocolate", "a cookie: vanilla", "password: hunter2", "password: hunter3"]
"""


def test_a_run_asks_for_each_and_says_what_it_cannot_record(tmp_path):
    (tmp_path / "matrix").mkdir()
    (tmp_path / "matrix" / "m.yaml").write_text(MATRIX)

    def run(*words):
        done = subprocess.run(
            [sys.executable, "-m", "upload_matrix", *words],
            cwd=tmp_path,
            env={**os.environ, "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        report = json.loads((tmp_path / "reports" / "latest.json").read_text())
        wires = {attempt["wire"] for case in report["cases"] for attempt in case["attempts"]}
        return done.returncode, Counter(case["outcome"]["kind"] for case in report["cases"]), len(wires)

    assert run("run", "--record-mode", "once") == (3, {"accepted": 2, "unrecorded": 2}, 4)
    assert len(files(tmp_path / "cassettes")) == 2
    assert run("run") == (3, {"accepted": 2, "unrecorded": 2}, 4)
    assert run("run", "--disable-recording") == (0, {"accepted": 4}, 4)
    assert "hunter" not in "".join(path.read_text() for path in files(tmp_path / "cassettes"))
