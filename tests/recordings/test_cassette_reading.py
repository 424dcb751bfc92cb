from __future__ import annotations

import re

import pytest
from cassette_wires import edit, emulated, files, library, live, live_library, named, never

from upload_matrix.model.errors import CassetteError
from upload_matrix.recordings import RecordMode, read_cassette

WAY_OUT = "delete the file and record it again with --record-mode new_episodes"


@pytest.fixture
def path(tmp_path):
    library(tmp_path).reply(edit(), emulated)
    (path,) = files(tmp_path)
    return path


def problem(path) -> str:
    """What reading the file says after its name, from a command and from a run alike."""
    with pytest.raises(CassetteError) as caught:
        library(path.parents[2], RecordMode.NONE).reply(edit(), never)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert message.endswith(f"; {WAY_OUT}")
    return message.removeprefix(f"{path}: ").removesuffix(f"; {WAY_OUT}")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            '"gpt-image-1"',
            '"gpt-image-2"',
            "the text of part 'model' is not what its sha256 says (edited by hand?)",
        ),
        ("asset:", "asse:", "unexpected keyword argument 'asse'"),
        ('filename: "upload"', 'filename: "upload.png"', "edited by hand?"),
        ('filename: "upload"', "filename: upload", "line 15 of the request's body: 'filename: upload'"),
        ("framing: ", "faming: ", "the request's body is not a wire form: 'framing'"),
        ('framing: "content-length"', 'framing: "guess"', "'guess' is not a valid Framing"),
        ("- name", "name", "belongs to no part"),
        ("version: 1", "version: 2", "version is 2, and 1 is the one known here"),
        ("version: 1", "edition: 1", "version is missing"),
        ("code: 400", "code: many", "response.status.code is 'many'"),
        ("recorded:", "taken:", "recorded is missing"),
        ("provenance: emulated", "provenance: live", "a live recording says on which day"),
        ("provenance: emulated", "provenance: rumour", "'rumour' is not a valid Provenance"),
        ("interactions:", "interactions: [", "while parsing"),
    ],
)
def test_an_edited_file_is_named_with_what_is_wrong(path, old, new, says):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8", newline="\n")
    assert says in problem(path)


@pytest.mark.parametrize(
    "data", [b"", b"just text", b"\xff\xfe\x00", b"- 1", b"version: 1\ninteractions: []\n"]
)
def test_a_file_of_another_kind_is_named(path, data):
    path.write_bytes(data)
    problem(path)


def test_an_unreadable_file_is_named(tmp_path):
    with pytest.raises(CassetteError, match=re.escape(f"{tmp_path / 'gone.yaml'}: no such file")):
        read_cassette(tmp_path / "gone.yaml")


def test_a_recording_of_another_target_is_not_played(tmp_path):
    """An emulated answer copied among the live ones must never pass for the vendor's."""
    library(tmp_path).reply(edit(), emulated)
    (emulated_path,) = files(tmp_path)
    copy = tmp_path / "openai" / "images.edits" / emulated_path.name
    copy.parent.mkdir(parents=True)
    copy.write_bytes(emulated_path.read_bytes())
    with pytest.raises(CassetteError, match="is a recording of 'emulator:openai-2026-02', but lies where"):
        live_library(tmp_path, RecordMode.NONE).reply(edit(), never)


def test_an_answer_of_another_target_is_not_written(tmp_path):
    with pytest.raises(CassetteError, match="is a recording of 'openai', but lies where those of"):
        library(tmp_path).reply(edit(), live)
    assert files(tmp_path) == []


def test_a_renamed_recording_is_not_played(path):
    path.rename(path.with_name(f"{named('b.webp').digest}.yaml"))
    with pytest.raises(CassetteError, match=f"holds wire form {edit().digest}, not the one it is named for"):
        library(path.parents[2], RecordMode.NONE).reply(named("b.webp"), never)


def test_a_checkout_with_other_line_ends_reads_the_same(path):
    before = read_cassette(path)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_cassette(path) == before
