"""The passing case to set beside a failing one, and the frequency in words."""

from upload_matrix.judge.partner import frequency, pair
from upload_matrix.model.answer import Provenance, Source, Supply
from upload_matrix.model.outcome import ClientReport, Outcome, OutcomeKind
from upload_matrix.model.result import Attempt, CaseResult, Run, Verdict, VerdictKind
from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.form import Framing, WireForm

LIVE = Source("openai", Provenance.LIVE, Supply.FORWARDED)
EMULATED = Source("emulator:x", Provenance.EMULATED, Supply.EMULATOR, "x")


def edit(content_type, filename="a.webp"):
    disposition = f'form-data; name="image"; filename="{filename}"'
    parts = (Part("image", filename, content_type, disposition, 3, "ab" * 32),)
    return WireForm("POST", "/v1/images/edits", Framing.CONTENT_LENGTH, "multipart/form-data", parts=parts)


GOOD, NAMED, BAD = (
    edit("image/webp"),
    edit("image/webp", "upload"),
    edit("application/octet-stream", "upload"),
)


def case(kind, wire, *, source=LIVE, target="openai", **axes):
    axes = {"operation": "images.edit", "client": "openai", "container": "bytesio", **axes}
    attempts = () if wire is None else (Attempt(wire.digest, 400, source),)
    verdict = Verdict(VerdictKind.AS_EXPECTED, "whatever")
    name = "/".join(axes.values())
    return CaseResult(name, "m", axes, target, "system", Outcome(kind), verdict, ClientReport(), attempts)


def run(*results):
    return Run(("m",), results, {wire.digest: wire for wire in (GOOD, NAMED, BAD)}, ())


REJECTED, ACCEPTED, REFUSED = OutcomeKind.REJECTED, OutcomeKind.ACCEPTED, OutcomeKind.NOT_SENT


def test_of_passing_requests_the_nearest_on_the_wire_is_taken():
    failing = case(REJECTED, BAD)
    # One axis away, but two differences on the wire; two axes away, and one difference.
    far, near = (
        case(ACCEPTED, GOOD, container="handle"),
        case(ACCEPTED, NAMED, container="tuple3", client="httpx"),
    )
    found = pair(run(far, near, failing), failing)
    assert found.passing == near
    assert [str(delta) for delta in found.deltas] == [
        "image.content_type: image/webp -> application/octet-stream"
    ]
    assert found.axes == (("client", "httpx", "openai"), ("container", "tuple3", "bytesio"))


def test_what_the_client_refuses_is_compared_by_its_axes():
    failing = case(REFUSED, None, container="closed-handle")
    near, far = (
        case(ACCEPTED, GOOD, container="handle"),
        case(ACCEPTED, GOOD, container="handle", client="httpx"),
    )
    found = pair(run(far, near, failing), failing)
    assert (found.passing, found.deltas) == (near, ())


def test_another_target_or_operation_is_no_partner():
    failing = case(REJECTED, BAD)
    others = (
        case(ACCEPTED, GOOD, target="azure"),
        case(ACCEPTED, GOOD, operation="images.variations"),
        case(REJECTED, GOOD, container="handle"),
    )
    assert pair(run(*others, failing), failing) is None


def test_repetitions_and_everybody_who_sent_the_same_are_counted():
    failing = case(REJECTED, BAD, sample="1")
    again = case(ACCEPTED, BAD, sample="2")
    other = case(REJECTED, BAD, client="httpx")
    assert frequency(run(failing, again, other), failing) == (
        "This case was run 2 times: rejected once, accepted once.",
        "The same request was sent by 3 cases of the run: rejected 2 times, accepted once.",
    )


def test_an_emulated_frequency_is_none():
    failing = case(REJECTED, BAD, source=EMULATED)
    assert "always the same" in frequency(run(failing), failing)[-1]
