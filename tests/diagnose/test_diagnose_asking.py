"""Asking: recordings first, each once, limits, and what no recording can say."""

import json
from dataclasses import replace

import pytest
from diagnose_world import TARGET, File, asking, edit

from upload_matrix.diagnose.steps import plain_request
from upload_matrix.isolate.asker import Memory
from upload_matrix.isolate.isolated import End, run_isolation
from upload_matrix.isolate.subject import Subject
from upload_matrix.judge.isolate.asking import SearchOptions
from upload_matrix.judge.isolate.result import PassingBy
from upload_matrix.model.answer import Answer, NoAnswer, Silence, Supply
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.recordings import RecordMode

GOOD = File(filename="a.webp", type="image/webp")

CANARY = "sk-" + "canary0123456789" * 2


def supply(reply):
    return reply.source.supply


def test_the_first_answer_is_recorded_and_given_again(tmp_path):
    with asking(tmp_path) as asker:
        assert supply(asker.once(edit(GOOD))) is Supply.EMULATOR
        assert supply(asker.once(edit(GOOD))) is Supply.RECORDED
        assert (asker.tally().calls, asker.tally().recorded) == (1, 1)
    with asking(tmp_path) as asker:
        assert supply(asker.ask(edit(GOOD))) is Supply.RECORDED


def test_a_key_that_differs_between_two_requests_is_not_in_their_isolation(tmp_path):
    failing, passing = edit(File(), user=CANARY), edit(GOOD, user="me")
    with asking(tmp_path) as asker:
        subject = Subject("the call", TARGET, failing, "openai", "bytesio")
        isolated, _ = run_isolation(subject, End(passing, PassingBy.GIVEN, "another"), asker, SearchOptions())
    assert "fields.user" in {change.where for change in isolated.result.exonerated}
    assert CANARY not in repr(isolated)


def test_a_question_asked_again_gets_another_answer(tmp_path):
    with asking(tmp_path) as asker:
        assert [supply(asker.ask(edit(GOOD))) for _ in range(3)] == [Supply.EMULATOR] * 3
    with asking(tmp_path) as asker:
        supplies = [supply(asker.ask(edit(GOOD))) for _ in range(4)]
    assert supplies == [Supply.RECORDED] * 3 + [Supply.EMULATOR]
    (file,) = tmp_path.rglob("*.yaml")
    assert file.read_text().count("- request:") == 4


def test_fresh_asks_anew_beside_recordings_but_not_twice_in_a_run(tmp_path):
    with asking(tmp_path) as asker:
        asker.once(edit(GOOD))
        assert supply(asker.ask(edit(GOOD), fresh=True)) is Supply.RECORDED
    with asking(tmp_path) as asker:
        assert supply(asker.ask(edit(GOOD), fresh=True)) is Supply.EMULATOR


def test_no_more_is_asked_than_allowed_and_it_says_so(tmp_path):
    with asking(tmp_path, most=1) as asker:
        asker.once(edit(GOOD))
        refused = asker.once(edit(File()))
        assert isinstance(refused, NoAnswer)
        assert refused.why is Silence.BUDGET
        assert "calls allowed: 1" in asker.stopped
        assert isinstance(asker.once(edit(GOOD)), Answer), "a recording costs nothing"


def test_a_request_that_reads_otherwise_than_meant_never_leaves(tmp_path):
    request = edit(GOOD)
    changed = replace(request, body=request.body.replace(b"a.webp", b"b.webp"))
    with asking(tmp_path) as asker:
        for reply in (asker.once(changed), asker.ask(changed), asker.ask(changed, recordable=False)):
            assert isinstance(reply, NoAnswer)
            assert reply.why is Silence.BLOCKED
        assert asker.tally().calls == 0
    assert not list(tmp_path.rglob("*.yaml"))


def test_what_recordings_do_not_tell_apart_is_kept_aside(tmp_path):
    state = tmp_path / "state.json"
    plain = plain_request(edit(File()))
    with asking(tmp_path / "c", state=state) as asker:
        assert supply(asker.ask(plain, recordable=False)) is Supply.EMULATOR
    assert not list((tmp_path / "c").rglob("*.yaml"))
    with asking(tmp_path / "c", state=state) as asker:
        again = asker.ask(plain, recordable=False)
        assert supply(again) is Supply.RECORDED
        assert again.status == 400
        other = edit(File(), headers=(("X-Other", "1"),))
        assert supply(asker.ask(other, recordable=False)) is Supply.EMULATOR


def test_nothing_aside_is_asked_while_replaying(tmp_path):
    with asking(tmp_path, mode=RecordMode.NONE) as asker:
        assert asker.ask(plain_request(edit(File())), recordable=False).why is Silence.UNRECORDED
        assert asker.ask(edit(File())).why is Silence.UNRECORDED


def test_the_state_holds_no_secret(tmp_path):
    state = tmp_path / "state.json"
    with asking(tmp_path, state=state) as asker:
        answer = asker.once(edit(File()))
    body = json.dumps({"error": {"message": f"key {CANARY} is bad"}})
    Memory(state).put("k", replace(answer, body=body.encode()))
    written = state.read_text()
    assert CANARY[8:30] not in written
    assert CANARY.encode() not in Memory(state).take("k", TARGET).body
    assert b"is bad" in Memory(state).take("k", TARGET).body
    assert Memory(state).take("k", TARGET).status == 400


@pytest.mark.parametrize(
    "text", ["{}", "no json", '{"upload-matrix answers": {"a": [{"status": "x"}]}}', "[]"]
)
def test_a_state_that_is_none_is_said_to_be(tmp_path, text):
    (tmp_path / "s.json").write_text(text)
    with pytest.raises(ConfigurationError, match=r"s\.json: not the state of a diagnosis"):
        Memory(tmp_path / "s.json")
