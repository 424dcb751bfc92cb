"""Several recordings of one wire form: each asked for by its number, kept, and found again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cassette_wires import SILENT, Asked, edit, emulated, files, library, live, live_library, named, never
from vcr.persisters.filesystem import FilesystemPersister
from vcr.serializers import yamlserializer

from upload_matrix.model.answer import Silence
from upload_matrix.model.errors import CassetteError
from upload_matrix.recordings import RecordMode, read_cassette
from upload_matrix.recordings.library import entries


def told(shelf, sample, ask=never, wire=None):
    return shelf.reply(wire or edit(), ask, sample)


def record(root, *bodies: bytes, mode=RecordMode.NEW_EPISODES, first=0):
    shelf = library(root, mode)
    for number, body in enumerate(bodies, first):
        told(shelf, number, Asked(emulated(body)))
    return shelf


def bodies(root) -> dict[int, bytes]:
    (path,) = files(root)
    return {recording.sample: recording.answer.body for recording in read_cassette(path)}


def test_samples_share_a_file_and_are_replayed_by_number(tmp_path):
    record(tmp_path, b"a", b"b", b"c")
    shelf = library(tmp_path, RecordMode.NONE)
    assert [told(shelf, number).body for number in (2, 0, 1)] == [b"c", b"a", b"b"]
    assert bodies(tmp_path) == {0: b"a", 1: b"b", 2: b"c"}
    assert shelf.played == {edit().digest}


def test_one_sample_makes_the_file_it_always_made_and_another_leaves_its_bytes(tmp_path):
    record(tmp_path, b"a\n\n")
    (path,) = files(tmp_path)
    alone = path.read_bytes()
    assert b"sample" not in alone
    record(tmp_path, b"b", first=1)
    assert path.read_bytes().startswith(alone)
    head, pieces = entries(path.read_bytes())
    assert head + pieces[0] == alone
    assert pieces[1].endswith(b"    sample: 1\n")


def test_vcrpy_reads_every_sample(tmp_path):
    record(tmp_path, b'{"a": 1}', b"b", b"")
    (path,) = files(tmp_path)
    requests, responses = FilesystemPersister.load_cassette(path, yamlserializer)
    assert len(requests) == 3
    assert [response["body"]["string"] for response in responses] == [b'{\n  "a": 1\n}', b"b", b""]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_order_of_asking_does_not_show(tmp_path, order):
    shelf = library(tmp_path / "mixed")
    for number in order:
        told(shelf, number, Asked(emulated(b"abc"[number : number + 1])))
    record(tmp_path / "straight", b"a", b"b", b"c")
    one, two = files(tmp_path)
    assert one.read_bytes() == two.read_bytes()


def test_only_what_is_missing_is_asked_for(tmp_path):
    record(tmp_path, b"a", b"b")
    shelf = library(tmp_path)
    ask = Asked(emulated(b"c"))
    assert [told(shelf, number, ask).body for number in (0, 1, 2, 2)] == [b"a", b"b", b"c", b"c"]
    assert (ask.times, shelf.asked) == (1, 1)


def test_a_sample_that_got_no_usable_answer_is_asked_for_again_and_the_others_stay(tmp_path):
    shelf = library(tmp_path)
    assert told(shelf, 0, Asked(emulated(b"busy", 503))).status == 503
    assert told(shelf, 1, Asked(SILENT)) is SILENT
    told(shelf, 2, Asked(emulated(b"c")))
    again = library(tmp_path)
    assert [again.recorded(edit(), number) is None for number in range(4)] == [True, True, False, True]
    told(again, 0, Asked(emulated(b"a")))
    assert bodies(tmp_path) == {0: b"a", 2: b"c"}


def test_a_missing_sample_says_how_many_there_are(tmp_path):
    record(tmp_path, b"a", b"b")
    missing = told(library(tmp_path, RecordMode.NONE), 4)
    assert missing.why is Silence.UNRECORDED
    assert f"no recording of sample 4 of wire form {edit().digest}" in missing.says
    assert "which has 2, and record mode none only replays" in missing.says


@pytest.mark.parametrize("mode", [RecordMode.ALL, RecordMode.REWRITE])
def test_asking_anew_replaces_sample_by_sample(tmp_path, mode):
    record(tmp_path, b"a", b"b", b"c")
    shelf = library(tmp_path, mode)
    assert shelf.recorded(edit(), 1) is None, "only this run's own answers count"
    told(shelf, 1, Asked(emulated(b"new")))
    assert shelf.recorded(edit(), 1).body == b"new"
    told(shelf, 2, Asked(SILENT))
    assert bodies(tmp_path) == {0: b"a", 1: b"new", 2: b"c"}


@pytest.mark.parametrize(
    ("samples", "left"), [(None, {0, 1, 2}), (2, {0, 1}), (3, {0, 1, 2}), (9, {0, 1, 2})]
)
def test_a_complete_rewrite_can_drop_samples_nobody_wants_any_more(tmp_path, samples, left):
    record(tmp_path, b"a", b"b", b"c")
    shelf = library(tmp_path, RecordMode.REWRITE)
    told(shelf, 0, Asked(emulated(b"new")))
    assert shelf.finish(complete=False, samples=samples) == ()
    assert set(bodies(tmp_path)) == {0, 1, 2}
    shelf.finish(complete=True, samples=samples)
    assert set(bodies(tmp_path)) == left


def test_an_unsound_file_is_replaced_when_asked_anew_and_refused_otherwise(tmp_path):
    record(tmp_path, b"a", b"b")
    (path,) = files(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"sample: 1", b"sample: 0"))
    with pytest.raises(CassetteError, match=r"2 recordings with the same sample number.*new_episodes"):
        told(library(tmp_path), 1)
    record(tmp_path, b"new", mode=RecordMode.ALL)
    assert bodies(tmp_path) == {0: b"new"}
    path.write_bytes(path.read_bytes().replace(b"    wire:", b"    sample: -1\n    wire:"))
    with pytest.raises(CassetteError, match=r"recorded\.sample is -1"):
        read_cassette(path)


def test_a_file_laid_out_by_somebody_else_is_played_and_not_added_to(tmp_path):
    record(tmp_path, b"a")
    (path,) = files(tmp_path)
    text = path.read_text("utf-8").replace("- request:\n", "-\n    request:\n").replace("\n  re", "\n    re")
    path.write_text(_deeper(text), "utf-8")
    assert told(library(tmp_path), 0).body == b"a"
    with pytest.raises(CassetteError, match="not laid out as this harness writes it"):
        told(library(tmp_path), 1, Asked(emulated(b"b")))
    assert bodies(tmp_path) == {0: b"a"}


def _deeper(text: str) -> str:
    """The same YAML as JSON, which is YAML too."""
    import yaml

    return json.dumps(
        yaml.safe_load(text.replace("-\n    request:", "- request:").replace("\n    re", "\n  re"))
    )


def test_a_checkout_with_other_line_ends_can_be_added_to(tmp_path):
    record(tmp_path, b"a")
    (path,) = files(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    record(tmp_path, b"b", first=1)
    assert bodies(tmp_path) == {0: b"a", 1: b"b"}
    assert b"\r" not in path.read_bytes()


def test_planning_looks_without_playing(tmp_path):
    record(tmp_path, b"a", b"b")
    shelf = library(tmp_path)
    assert [shelf.recorded(edit(), number) is None for number in range(3)] == [False, False, True]
    assert (shelf.recorded(edit(), 1).body, shelf.recorded(named("x.webp"))) == (b"b", None)
    assert [recording.sample for recording in shelf.samples(edit())] == [0, 1]
    assert (shelf.played, shelf.asked) == (frozenset(), 0)
    record(tmp_path, b"c", first=2)
    assert shelf.recorded(edit(), 2) is not None, "what another process wrote meanwhile"


def test_what_was_found_missing_is_still_missing_for_planning(tmp_path):
    shelf = library(tmp_path, RecordMode.NONE)
    told(shelf, 0)
    assert shelf.recorded(edit()) is None


def test_live_samples_have_their_own_dates(tmp_path):
    live_library(tmp_path).reply(edit(), live, 0)
    (path,) = files(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"2026-11-22", b"2025-01-01"))
    live_library(tmp_path).reply(edit(), live, 1)
    days = [recording.answer.source.recorded_on for recording in read_cassette(path)]
    assert days == ["2025-01-01", "2026-11-22"]


def test_samples_of_one_form_are_asked_for_side_by_side(tmp_path):
    shelf = library(tmp_path)
    together = threading.Barrier(4, timeout=20)

    def ask():
        together.wait()
        return emulated()

    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(shelf.reply, edit(), ask, number) for number in range(4)]
        assert [future.result(30).status for future in waiting] == [400] * 4
    assert set(bodies(tmp_path)) == {0, 1, 2, 3}


WRITER = """
import sys
from pathlib import Path
from cassette_wires import edit, emulated, library
root, first = Path(sys.argv[1]), int(sys.argv[2])
shelf = library(root)
sys.stdin.readline()
for number in range(first, 12, 2):
    shelf.reply(edit(), lambda: emulated(b"answer %d" % number), number)
"""


def test_two_processes_add_to_one_file_and_lose_nothing(tmp_path):
    paths = [str(Path(__file__).parent), *sys.path]
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), str(first)],
            stdin=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
        for first in (0, 1)
    ]
    for writer in writers:
        writer.communicate(b"\n", timeout=60)
    assert [writer.returncode for writer in writers] == [0, 0]
    assert bodies(tmp_path) == {number: b"answer %d" % number for number in range(12)}
