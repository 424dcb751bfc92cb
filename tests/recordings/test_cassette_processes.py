from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cassette_wires import edit, emulated, files, library, named, never

from upload_matrix.recordings import RecordMode, read_cassette

WRITER = """
import sys
from pathlib import Path
from cassette_wires import edit, emulated, library
from upload_matrix.recordings import RecordMode
root, word = Path(sys.argv[1]), sys.argv[2]
sys.stdin.readline()
for _ in range(40):
    library(root, RecordMode.ALL).reply(edit(), lambda: emulated(word.encode() * 5000))
"""


def test_two_processes_write_the_same_form(tmp_path):
    paths = [str(Path(__file__).parent), *sys.path]
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), word],
            stdin=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
        for word in ("one", "two")
    ]
    for writer in writers:
        writer.stdin.write(b"\n")
        writer.stdin.flush()
    whole = {b"one" * 5000, b"two" * 5000}
    while any(writer.poll() is None for writer in writers):
        for path in tmp_path.rglob("*.yaml"):
            assert {recording.answer.body for recording in read_cassette(path)} <= whole
    for writer in writers:
        writer.stdin.close()
    assert [writer.returncode for writer in writers] == [0, 0]
    (path,) = files(tmp_path)
    assert read_cassette(path)[0].answer.body in whole


def test_requests_of_one_form_ask_once_and_others_do_not_wait(tmp_path):
    shelf = library(tmp_path)
    other_done = threading.Event()
    asked = []

    def slow():
        asked.append(1)
        assert other_done.wait(20), "a request of another form waited for this one"
        return emulated()

    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(shelf.reply, edit(), slow) for _ in range(7)]
        pool.submit(shelf.reply, named("other.webp"), emulated).result(20)
        other_done.set()
        bodies = {future.result(20).body for future in waiting}
    assert (len(asked), shelf.asked, len(bodies)) == (1, 2, 1)


@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_a_crash_while_writing_leaves_the_old_file(tmp_path, monkeypatch, moment):
    library(tmp_path).reply(edit(), lambda: emulated(b"old"))
    (path,) = files(tmp_path)
    before = path.read_bytes()

    def crash(*_):
        raise OSError("the disk is gone")

    monkeypatch.setattr(os, moment, crash)
    with pytest.raises(OSError, match="the disk is gone"):
        library(tmp_path, RecordMode.ALL).reply(edit(), lambda: emulated(b"new"))
    assert files(tmp_path) == [path]
    assert path.read_bytes() == before


def test_an_answer_is_on_the_disk_before_it_is_returned(tmp_path, monkeypatch):
    steps = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        monkeypatch.setattr(
            os, name, lambda *args, _name=name, _real=real: (steps.append(_name), _real(*args))
        )
    library(tmp_path).reply(edit(), emulated)
    assert steps == ["fsync", "replace", "fsync"], "the bytes, the name, and the name on the disk"


def test_after_the_first_replay_no_file_is_touched(tmp_path):
    library(tmp_path).reply(edit(), emulated)
    shelf = library(tmp_path, RecordMode.NONE)
    first = shelf.reply(edit(), never)
    for path in files(tmp_path):
        path.unlink()
    assert shelf.reply(edit(), never) is first


def test_a_failed_question_can_be_asked_again(tmp_path):
    shelf = library(tmp_path)
    with pytest.raises(AssertionError):
        shelf.reply(edit(), never)
    assert shelf.reply(edit(), emulated).status == 400


ASKER = """
import os, sys, time
from pathlib import Path
from cassette_wires import edit, emulated, library
from upload_matrix.recordings import RecordMode
root = Path(sys.argv[1])

def ask():
    with open(root / "asked.log", "a") as log:
        log.write("asked\\n")
    time.sleep(0.5)
    return emulated()

shelf = library(root, RecordMode.NEW_EPISODES)
print("ready", flush=True)
sys.stdin.readline()
print(shelf.reply(edit(), ask).status)
"""


def test_processes_that_need_the_same_form_pay_for_it_once(tmp_path):
    paths = [str(Path(__file__).parent), *sys.path]
    askers = [
        subprocess.Popen(
            [sys.executable, "-c", ASKER, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
        for _ in range(3)
    ]
    for asker in askers:
        assert asker.stdout.readline() == b"ready\n"
    told = [asker.communicate(b"\n", timeout=30)[0] for asker in askers]
    assert told == [b"400\n"] * 3
    assert (tmp_path / "asked.log").read_text() == "asked\n"
