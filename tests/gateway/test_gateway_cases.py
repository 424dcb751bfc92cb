"""Cases through real gateways on loopback: what each did to the upload is named, and who answered is known."""

import pytest
from gateway_builders import command

from upload_matrix.model.answer import Provenance, Supply
from upload_matrix.model.hop import Effect, Speaker
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.recordings import RecordMode
from upload_matrix.report.wording import LOST, way_out


def crossing_of(result):
    (crossing,) = result.hop.crossings
    return crossing


def rewritten(result):
    (forwarded,) = crossing_of(result).forwarded
    return {each.where: (each.before, each.after, each.effect) for each in forwarded.rewritings}


def test_a_gateway_that_passes_everything_on_leaves_the_verdict_to_the_target(through):
    session, (case,) = through("pass")

    result = session.run(case)

    assert result.outcome.kind is OutcomeKind.ACCEPTED
    assert result.hop.gateway == "gateway_program.py"
    assert result.hop.faithful
    assert result.hop.effects == ()
    crossing = crossing_of(result)
    assert crossing.speaker is Speaker.TARGET
    assert crossing.says is None
    (forwarded,) = crossing.forwarded
    assert forwarded.wire == result.attempts[0].wire
    assert forwarded.status == 200
    assert result.attempts[0].source == forwarded.source
    assert forwarded.source.provenance is Provenance.EMULATED


def test_a_gateway_that_leaves_the_path_as_it_is_is_sent_the_targets(through):
    session, (case,) = through(command("pass").replace("{upstream}", "{upstream_origin}"))

    result = session.run(case)

    assert result.hop.faithful
    assert crossing_of(result).speaker is Speaker.TARGET


def test_without_a_gateway_a_result_has_no_hop(through, tmp_path):
    session, (case,) = through("pass")
    direct = type(session)(replaced(session))
    try:
        assert direct.run(case).hop is None
    finally:
        direct.close()


def replaced(session):
    from dataclasses import replace

    return replace(session._settings, through=None)


@pytest.mark.parametrize(
    ("do", "container", "expected"),
    [
        ("rename", "tuple3", {"image.name": ("image", "image[]", Effect.REWRITTEN)}),
        ("drop-filename", "tuple3", {"image.filename": ("avatar.webp", None, Effect.DROPPED)}),
        ("drop-type", "tuple3", {"image.content_type": ("image/webp", None, Effect.DROPPED)}),
        (
            "fix-type",
            "bytes",
            {"image.content_type": ("application/octet-stream", "image/webp", Effect.MASKED)},
        ),
        ("fix-type", "tuple3", {}),
        ("drop-prompt", "tuple3", {"prompt": ("text 'a red door'", None, Effect.DROPPED)}),
        ("alias", "tuple3", {"fields.model": ("gpt-image-1", "openai/gpt-image-1", Effect.REWRITTEN)}),
    ],
)
def test_what_a_gateway_does_is_named(through, do, container, expected):
    session, (case,) = through(do, container)

    assert rewritten(session.run(case)) == expected


def test_bytes_decoded_as_text_are_corrupted(through):
    session, (case,) = through("as-text")

    result = session.run(case)

    assert result.hop.effects == (Effect.CORRUPTED,)
    sent, forwarded, effect = rewritten(result)["image.content"]
    assert sent == "asset:webp"
    assert forwarded.startswith("sha256:")
    assert effect is Effect.CORRUPTED


def test_a_file_that_is_left_out_is_dropped_and_not_the_targets_own_refusal_of_the_upload(through):
    session, (case,) = through("drop-file")

    result = session.run(case)

    assert result.outcome.kind is OutcomeKind.REJECTED
    assert not result.hop.faithful
    assert result.hop.effects == (Effect.DROPPED,)
    assert set(rewritten(result)) == {"image"}
    assert crossing_of(result).forwarded[0].introduced == ("file-missing",)


def test_a_repaired_upload_passes_where_the_same_call_fails_without_the_gateway(through):
    session, (case,) = through("fix-type", "bytes")
    masked = session.run(case)
    session, (case,) = through("pass", "bytes")
    plain = session.run(case)

    assert masked.outcome.kind is OutcomeKind.ACCEPTED
    assert masked.hop.effects == (Effect.MASKED,)
    assert masked.hop.crossings[0].forwarded[0].repaired == ("octet-stream",)
    assert plain.outcome.kind is OutcomeKind.REJECTED
    assert plain.hop.faithful
    assert masked.attempts[0].wire == plain.attempts[0].wire


def test_an_upload_that_becomes_json_keeps_its_bytes(through):
    session, (case,) = through("json")

    result = session.run(case)

    found = rewritten(result)
    assert found["image.encoding"] == ("bytes", "base64 in JSON", Effect.REWRITTEN)
    assert found["image.filename"] == ("avatar.webp", None, Effect.DROPPED)
    assert Effect.CORRUPTED not in result.hop.effects
    assert "fields.prompt" not in found


def test_an_answer_of_the_gateways_own_is_not_the_targets(through):
    session, (case,) = through("own-400")

    result = session.run(case)

    assert result.outcome.kind is OutcomeKind.REJECTED
    assert result.outcome.code == "gateway_says_no"
    crossing = crossing_of(result)
    assert crossing.speaker is Speaker.GATEWAY
    assert crossing.forwarded == ()
    assert crossing.says == "nothing was forwarded: the 400 is the gateway's own"
    source = result.attempts[0].source
    assert (source.target, source.provenance, source.supply) == (
        "gateway_program.py",
        Provenance.GATEWAY,
        Supply.GATEWAY,
    )
    assert not result.hop.faithful


def test_a_502_over_the_targets_200_is_the_gateways(through):
    session, (case,) = through("own-502")

    result = session.run(case)

    assert result.outcome.kind is OutcomeKind.INCONCLUSIVE
    crossing = crossing_of(result)
    assert crossing.speaker is Speaker.GATEWAY
    assert crossing.says == "the target answered 200, the gateway made 502 of it"
    assert (crossing.forwarded[0].status, result.hop.lost) == (200, 1)
    assert way_out(result) == LOST


def test_the_targets_refusal_in_other_words_stays_the_targets(through):
    session, (case,) = through("reword", "bytes")

    result = session.run(case)

    crossing = crossing_of(result)
    assert crossing.speaker is Speaker.REWORDED
    assert crossing.says == "the target answered 400, the gateway made 500 of it"
    assert crossing.forwarded[0].status == 400
    assert crossing.forwarded[0].rule is not None
    assert result.attempts[0].rule == crossing.forwarded[0].rule


def test_upstream_attempts_are_counted_apart_from_the_clients(through):
    session, (case,) = through("retry", client="openai", extra="  retries: [after-500]\n")

    result = session.run(case)

    assert result.outcome.kind is OutcomeKind.ACCEPTED
    assert len(result.attempts) == 1
    assert [each.status for each in crossing_of(result).forwarded] == [500, 200]
    assert crossing_of(result).speaker is Speaker.TARGET


def test_a_retry_that_forwards_something_else_shows(through):
    session, (case,) = through("empty-retry")

    result = session.run(case)

    first, second = crossing_of(result).forwarded
    assert first.rewritings == ()
    assert {each.where for each in second.rewritings} == {"image", "model", "prompt"}
    assert {each.effect for each in second.rewritings} == {Effect.DROPPED}
    assert not result.hop.faithful


def test_a_gateway_that_hangs_up_is_nobodys_refusal_and_is_started_anew(through):
    session, cases = through("hang-up", "tuple3, bytes")

    results = [session.run(case) for case in cases]

    for result in results:
        assert result.outcome.kind is OutcomeKind.INCONCLUSIVE
        assert crossing_of(result).speaker is Speaker.NOBODY
        assert "closed without an answer" in result.outcome.detail


def test_what_is_not_recorded_behind_the_gateway_is_unrecorded(through):
    session, (case,) = through("fix-type", "bytes", recording=True)

    result = session.run(case)

    assert result.outcome.kind is OutcomeKind.UNRECORDED
    (forwarded,) = crossing_of(result).forwarded
    assert forwarded.status is None
    assert "no recording" in forwarded.no_answer.lower()


def test_recordings_are_of_what_was_forwarded(through, tmp_path):
    session, (case,) = through("fix-type", "bytes", recording=True, mode=RecordMode.ONCE)
    first = session.run(case)
    session.close()
    session, (case,) = through("fix-type", "bytes", recording=True)

    result = session.run(case)

    assert result.outcome.kind is OutcomeKind.ACCEPTED
    (forwarded,) = crossing_of(result).forwarded
    assert forwarded.source.supply is Supply.RECORDED
    assert first.asked == result.asked == (forwarded.wire,)
    assert [path.stem for path in (tmp_path / "cassettes").rglob("*.yaml")] == [forwarded.wire]


@pytest.mark.parametrize("client", ["openai", "aiohttp"])
def test_any_client_goes_through(through, client):
    session, (case,) = through("pass", "bytes", client=client)

    result = session.run(case)

    assert result.hop.faithful
    assert result.outcome.kind in (OutcomeKind.REJECTED, OutcomeKind.ACCEPTED)


def test_two_runs_give_the_same_hop(through):
    hops = []
    for _ in range(2):
        session, cases = through("fix-type", "bytes, tuple3, handle")
        hops.append([session.run(case).hop for case in cases])
        session.close()

    assert hops[0] == hops[1]
