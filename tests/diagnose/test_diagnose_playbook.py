"""The playbook on an emulator: the right suspect, no call that is not needed, a fix that was tried."""

import pytest
from diagnose_world import OCTETS, TARGET, File, asking, bench_of, edit

from upload_matrix.diagnose.playbook import diagnose
from upload_matrix.isolate.isolated import End
from upload_matrix.judge.isolate.result import PassingBy
from upload_matrix.model.diagnosis import Confidence, Stand
from upload_matrix.recordings import RecordMode


def stands(found):
    return {inquiry.number: inquiry.stand for inquiry in found.diagnosis.inquiries}


def causes(found):
    return [[change.where for change in cause.changes] for cause in found.isolated.result.causes]


def run(tmp_path, request, target=TARGET, **more):
    with asking(tmp_path, target) as asker:
        return diagnose(bench_of(asker, request, tmp_path, **more))


def test_a_bare_bytesio_is_found_and_fixed_within_ten_calls(tmp_path):
    found = run(tmp_path, edit(File()))
    diagnosis = found.diagnosis
    assert causes(found) == [["image.content_type"]]
    assert stands(found) == {
        0: Stand.RULED_OUT,
        1: Stand.RULED_OUT,
        2: Stand.OPEN,
        3: Stand.RULED_OUT,
        4: Stand.RULED_OUT,
        5: Stand.CAUSE,
        6: Stand.RULED_OUT,
        7: Stand.NOT_APPLICABLE,
    }
    assert diagnosis.confidence is Confidence.PROVEN
    assert diagnosis.calls <= 10
    assert diagnosis.emulated
    assert "(emulated)" in diagnosis.verdict
    assert diagnosis.fix.accepted
    assert diagnosis.fix.code_accepted
    assert '("image.webp", Path("image.webp").read_bytes(), "image/webp")' in diagnosis.fix.code
    assert any("unnamed BytesIO" in says for says in diagnosis.notes)
    assert any("names `model`" in says for says in diagnosis.unexplained)


def test_it_goes_on_from_what_was_answered_before(tmp_path):
    state = tmp_path / "state.json"
    with asking(tmp_path / "c", most=3, state=state) as asker:
        first = diagnose(bench_of(asker, edit(File()), tmp_path / "c")).diagnosis
    assert first.stopped is not None
    assert first.calls == 3
    assert not first.found
    with asking(tmp_path / "c", state=state) as asker:
        second = diagnose(bench_of(asker, edit(File()), tmp_path / "c")).diagnosis
    assert second.confidence is Confidence.PROVEN
    with asking(tmp_path / "c", state=state) as asker:
        third = diagnose(bench_of(asker, edit(File()), tmp_path / "c")).diagnosis
    assert third.calls == 0
    assert third.verdict == second.verdict
    assert first.calls + second.calls <= 10


def test_a_model_that_is_gone_is_said_before_anything_is_paid_for(tmp_path):
    found = run(tmp_path, edit(File(), model="gpt-image-1"), "emulator:openai-2026-11")
    standing = stands(found)
    assert standing[0] is Stand.CAUSE
    assert {standing[number] for number in (1, 2, 3, 4, 5, 6)} == {Stand.NOT_NEEDED}
    assert found.diagnosis.calls == 1  # the failing call itself
    assert found.diagnosis.confidence is Confidence.LIKELY
    assert found.diagnosis.fix is None


def test_a_field_is_found_where_no_fix_of_the_upload_helps(tmp_path):
    found = run(tmp_path, edit(File(filename="a.webp", type="image/webp"), prompt="x" * 32_001))
    assert causes(found) == [["fields.prompt"]]
    assert stands(found)[5] is Stand.RULED_OUT
    assert stands(found)[6] is Stand.CAUSE
    assert found.diagnosis.confidence is Confidence.PROVEN


def test_two_independent_causes_are_both_named(tmp_path):
    found = run(tmp_path, edit(File(), prompt="x" * 32_001))
    assert sorted(map(tuple, causes(found))) == [("fields.prompt",), ("image.content_type",)]
    assert stands(found)[5] is stands(found)[6] is Stand.CAUSE
    assert found.diagnosis.fix.accepted
    assert found.diagnosis.fix.code_accepted
    assert "a red circle" in found.diagnosis.fix.code


def test_a_call_that_is_accepted_is_nothing_to_diagnose(tmp_path):
    found = run(tmp_path, edit(File(filename="a.webp", type="image/webp")))
    assert found.diagnosis.inquiries == ()
    assert found.diagnosis.verdict.startswith("The call is accepted now")
    assert found.diagnosis.confidence is Confidence.NONE


@pytest.mark.parametrize("client", ["openai", "openai-async", "httpx", "requests", "curl"])
def test_the_fix_is_a_program_in_the_callers_client_that_was_run(tmp_path, client):
    fix = run(tmp_path, edit(File(), size="1024x1024", n="1"), client=client).diagnosis.fix
    assert fix.accepted
    assert fix.code_accepted, fix.note
    word = {"openai": "OpenAI()", "openai-async": "AsyncOpenAI()"}.get(client, client)
    assert word in fix.code
    assert "redacted" not in fix.code


def test_a_fix_for_a_client_without_a_writer_says_so(tmp_path):
    fix = run(tmp_path, edit(File()), client="aiohttp").diagnosis.fix
    assert fix.code_accepted
    assert "no writer for aiohttp" in fix.note


def test_nothing_is_asked_while_replaying(tmp_path):
    with asking(tmp_path) as asker:
        diagnose(bench_of(asker, edit(File()), tmp_path))
    before = sorted(path.read_bytes() for path in tmp_path.rglob("*.yaml"))
    with asking(tmp_path, mode=RecordMode.NONE) as asker:
        found = diagnose(bench_of(asker, edit(File()), tmp_path))
    assert found.diagnosis.calls == 0
    assert stands(found)[5] is Stand.CAUSE
    assert stands(found)[4] is Stand.OPEN
    assert sorted(path.read_bytes() for path in tmp_path.rglob("*.yaml")) == before


def test_a_given_passing_request_is_used(tmp_path):
    given = End(
        edit(File(filename="b.webp", type="image/webp"), prompt="another"), PassingBy.GIVEN, "the good one"
    )
    found = run(tmp_path, edit(File()), given=given)
    assert found.isolated.passing == "the good one"
    assert causes(found) == [["image.content_type"]]
    assert {change.where for change in found.isolated.result.exonerated} == {
        "image.filename",
        "fields.prompt",
    }
    assert OCTETS not in found.diagnosis.fix.code
