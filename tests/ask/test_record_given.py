"""What a recording run hands to its replay answers the request it was given to, and no other."""

from datetime import date

import pytest

from upload_matrix.answers.answering import Answering, Policy
from upload_matrix.answers.given import Given, write_given
from upload_matrix.model.answer import Answer, NoAnswer, Provenance, Silence, Source, Supply
from upload_matrix.recordings import RecordMode
from upload_matrix.targets.spec import TargetSpec
from upload_matrix.wire.form import Captured
from upload_matrix.wire.read import wire_form

SPECS = {name: TargetSpec(name, f"https://{name}.example.test/v1") for name in ("one", "other")}
BUSY = Answer(503, (("x-id", "7"),), b"busy\xff", Source("one", Provenance.LIVE, Supply.FORWARDED), None)
SILENT = NoAnswer(Silence.UNREACHABLE, "one gave no answer: nothing came for 60 s")


def request(text: bytes) -> Captured:
    headers = ((b"Content-Length", b"%d" % len(text)),)
    return Captured(
        b"", headers, text, wire_form("POST", "/v1/images/edits", headers, text, {}), complete=True
    )


@pytest.mark.parametrize("given", [BUSY, SILENT], ids=["an answer", "silence"])
def test_an_answer_given_is_that_of_its_target_its_request_and_its_sample(tmp_path, given):
    path = tmp_path / "given.json"
    policy = Policy(tmp_path, RecordMode.NONE, date(2026, 11, 22), given=path)
    write_given(path, Given({("one", request(b"a").wire.digest, 1): given}))
    with Answering(policy, SPECS) as answering:
        assert answering.answerer("one", 1)(request(b"a")) == given
        for target, sample, body in (("other", 1, b"a"), ("one", 0, b"a"), ("one", 1, b"b")):
            reply = answering.answerer(target, sample)(request(body))
            assert isinstance(reply, NoAnswer)
            assert reply.why is Silence.UNRECORDED
