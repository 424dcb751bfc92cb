from __future__ import annotations

from dataclasses import replace

import pytest
from cassette_wires import REFUSAL, SILENT, Asked, edit, emulated, files, library, named, never

from upload_matrix.model.answer import NoAnswer, Silence, Supply
from upload_matrix.recordings import RecordMode, read_cassette

OLD, NEW = emulated(b"old"), emulated(b"new")
RECORDING = [RecordMode.ONCE, RecordMode.NEW_EPISODES, RecordMode.ALL, RecordMode.REWRITE]


@pytest.fixture
def recorded(tmp_path):
    """A folder with one old recording, of ``named("a.webp")``."""
    library(tmp_path).reply(named("a.webp"), lambda: OLD)
    return tmp_path


def test_the_modes_are_those_of_pytest_recording():
    assert [mode.value for mode in RecordMode] == ["none", "once", "new_episodes", "all", "rewrite"]


@pytest.mark.parametrize("mode", [RecordMode.NONE, RecordMode.ONCE, RecordMode.NEW_EPISODES])
def test_a_recorded_form_is_played(recorded, mode):
    shelf = library(recorded, mode)
    assert shelf.reply(named("a.webp"), never).body == b"old"
    assert (shelf.asked, shelf.played) == (0, {named("a.webp").digest})


def test_none_never_asks(recorded):
    shelf = library(recorded, RecordMode.NONE)
    assert shelf.reply(named("b.webp"), never) == NoAnswer(
        Silence.UNRECORDED,
        f"no recording of wire form {named('b.webp').digest} (POST /v1/images/edits) for target "
        "emulator:openai-2026-02, and record mode none only replays; record it with "
        "--record-mode new_episodes",
        named("a.webp").digest,
        ("image.filename: a.webp -> b.webp",),
    )
    assert (shelf.asked, shelf.played) == (0, frozenset())


def test_none_remembers_what_is_missing(recorded):
    shelf = library(recorded, RecordMode.NONE)
    missing = shelf.reply(named("b.webp"), never)
    library(recorded).reply(named("b.webp"), lambda: NEW)
    assert shelf.reply(named("b.webp"), never) is missing


def test_an_empty_folder_has_nothing_near(tmp_path):
    missing = library(tmp_path, RecordMode.NONE).reply(edit(), never)
    assert (missing.nearest, missing.differences) == (None, ())
    assert files(tmp_path) == []


def test_once_records_where_there_was_nothing(tmp_path):
    shelf = library(tmp_path, RecordMode.ONCE)
    shelf.reply(named("a.webp"), Asked(OLD))
    assert shelf.reply(named("b.webp"), Asked(NEW)).body == b"new"
    assert len(files(tmp_path)) == 2


def test_once_replays_where_there_was_something(recorded):
    missing = library(recorded, RecordMode.ONCE).reply(named("b.webp"), never)
    assert missing.why is Silence.UNRECORDED
    assert "the target had recordings when the run began, so record mode once only replays" in missing.says


def test_once_takes_the_coordinators_word(recorded):
    """A parallel worker starts when another has recorded already."""
    assert library(recorded, RecordMode.ONCE, fresh=True).reply(named("b.webp"), Asked(NEW)).body == b"new"


def test_once_looks_at_its_own_target_only(recorded):
    assert library(recorded, RecordMode.ONCE, "emulator:other").fresh


def test_new_episodes_asks_for_what_is_missing(recorded):
    shelf = library(recorded, RecordMode.NEW_EPISODES)
    ask = Asked(NEW)
    assert [shelf.reply(named("b.webp"), ask).body for _ in range(3)] == [b"new"] * 3
    assert (ask.times, shelf.asked) == (1, 1)


def test_new_episodes_sees_what_another_process_wrote_meanwhile(recorded):
    shelf = library(recorded)
    library(recorded).reply(named("b.webp"), Asked(NEW))
    assert shelf.reply(named("b.webp"), never).body == b"new"


@pytest.mark.parametrize("mode", [RecordMode.ALL, RecordMode.REWRITE])
def test_all_asks_anew_once_a_form(recorded, mode):
    shelf = library(recorded, mode)
    ask = Asked(NEW)
    assert [shelf.reply(named("a.webp"), ask).body for _ in range(3)] == [b"new"] * 3
    assert ask.times == 1
    assert [recording.answer.body for path in files(recorded) for recording in read_cassette(path)] == [
        b"new"
    ]


@pytest.mark.parametrize("mode", [RecordMode.ALL, RecordMode.REWRITE])
@pytest.mark.parametrize("reply", [SILENT, emulated(b"busy", 503)])
def test_all_keeps_the_old_recording_until_an_answer_comes(recorded, mode, reply):
    shelf = library(recorded, mode)
    assert shelf.reply(named("a.webp"), Asked(reply)).says if reply is SILENT else True
    shelf.reply(named("a.webp"), Asked(reply))
    assert shelf.finish(complete=True) == ()
    assert library(recorded, RecordMode.NONE).reply(named("a.webp"), never).body == b"old"


@pytest.mark.parametrize("mode", RECORDING)
@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_an_inconclusive_answer_is_passed_on_and_not_kept(tmp_path, mode, status):
    shelf = library(tmp_path, mode)
    ask = Asked(emulated(b"busy", status), emulated(REFUSAL))
    assert shelf.reply(edit(), ask).status == status
    assert files(tmp_path) == []
    assert shelf.reply(edit(), ask).status == 400, "a retry asks again"
    assert (ask.times, shelf.asked, len(files(tmp_path))) == (2, 2, 1)


@pytest.mark.parametrize("mode", RECORDING)
def test_silence_is_passed_on_and_not_kept(tmp_path, mode):
    assert library(tmp_path, mode).reply(edit(), Asked(SILENT)) is SILENT
    assert files(tmp_path) == []


@pytest.mark.parametrize("mode", RECORDING)
def test_who_asked_gets_the_asked_source_and_the_next_a_recorded_one(tmp_path, mode):
    shelf = library(tmp_path, mode)
    supplies = [shelf.reply(edit(), Asked(NEW)).source.supply for _ in range(2)]
    assert supplies == [Supply.EMULATOR, Supply.RECORDED]


def test_unplayed_recordings_are_told(recorded):
    library(recorded).reply(named("b.webp"), Asked(NEW))
    shelf = library(recorded, RecordMode.NONE)
    shelf.reply(named("a.webp"), never)
    assert [path.stem for path in shelf.unplayed()] == [named("b.webp").digest]
    assert shelf.unplayed({named("b.webp").digest}) == ()


@pytest.mark.parametrize("mode", [*RECORDING, RecordMode.NONE])
@pytest.mark.parametrize("complete", [True, False])
def test_only_a_complete_rewrite_removes_what_it_did_not_meet(recorded, mode, complete):
    shelf = library(recorded, mode)
    shelf.reply(edit(path="/v1/images/variations"), Asked(NEW))
    (old,) = [path for path in files(recorded) if path.stem == named("a.webp").digest]
    removes = complete and mode is RecordMode.REWRITE
    assert shelf.finish(complete=complete) == ((old,) if removes else ())
    assert old.exists() is not removes
    assert old.parent.exists() is not removes


def test_rewrite_keeps_what_other_processes_and_other_targets_met(recorded):
    library(recorded, target="emulator:other").reply(edit(), lambda: _from("emulator:other"))
    shelf = library(recorded, RecordMode.REWRITE)
    assert shelf.finish(complete=True, played_elsewhere={named("a.webp").digest}) == ()
    assert len(files(recorded)) == 2


def test_rewrite_loses_nothing_when_the_run_crashes(recorded):
    shelf = library(recorded, RecordMode.REWRITE)
    shelf.reply(named("b.webp"), Asked(NEW))
    assert len(files(recorded)) == 2


def _from(target):
    return replace(NEW, source=replace(NEW.source, target=target))


def test_the_nearest_recording_is_of_the_same_call_before_it_is_alike(tmp_path):
    shelf = library(tmp_path)
    shelf.reply(edit(path="/v1/images/variations"), Asked(NEW))
    far = edit(*(named("c.webp").parts[::-1] + named("d.webp").parts))
    shelf.reply(far, Asked(NEW))
    missing = library(tmp_path, RecordMode.NONE).reply(edit(), never)
    assert missing.nearest == far.digest


def test_ties_go_to_the_smaller_digest(tmp_path):
    shelf = library(tmp_path)
    for name in ("b.webp", "c.webp", "d.webp"):
        shelf.reply(named(name), Asked(NEW))
    missing = library(tmp_path, RecordMode.NONE).reply(named("a.webp"), never)
    assert missing.nearest == min(named(name).digest for name in ("b.webp", "c.webp", "d.webp"))
