from __future__ import annotations

from dataclasses import replace

import pytest
from reports_hostile import HOSTILE, hostile_run
from reports_story import (
    ACCEPTED,
    CONTROL,
    FORWARDED,
    GENERATE,
    GENERIC,
    GOOD,
    HANDLE,
    KNOWN,
    REFUSED,
    TUPLE,
    UNNAMED,
    UNRECORDED,
    answered,
    case,
    edit,
    file_part,
    run_of,
    story,
    unexpected,
)

from upload_matrix.model.outcome import ClientReport, Outcome, OutcomeKind, Raised
from upload_matrix.model.result import Attempt, Finding
from upload_matrix.report.text import explain, summary
from upload_matrix.report.wording import display_width, heading, short
from upload_matrix.wire.form import Framing, WireForm

WIRES = story().wires


def test_a_code_that_is_the_status_once_more_makes_room_for_the_type():
    said = Outcome(OutcomeKind.REJECTED, status=400, code="400", type="INVALID_ARGUMENT")
    assert [short(said), heading(said), str(said)] == [
        "✗ 400 INVALID_ARGUMENT",
        "rejected 400 INVALID_ARGUMENT",
        "rejected 400 INVALID_ARGUMENT",
    ]


def test_a_rejected_upload_explained_in_full():
    assert explain(HANDLE, WIRES) == (
        f"""\
✗ rejected 400 invalid_value - unexpected
field-report/images.edit/gpt-image-1/openai/handle/webp/builtin

Asked
  operation=images.edit  model=gpt-image-1  client=openai  container=handle  image=webp
  mime_table=builtin
  target=emulator:openai-2026-02  environment=python-3.11-builtin  guess=(none)

Sent  POST /v1/images/edits, multipart/form-data, content-length, wire form {GENERIC.digest}
  part    filename     Content-Type              content                      format
  image   avatar.webp  application/octet-stream  shipped picture avatar/webp  webp
  model   (none)       (none)                    “gpt-image-1”
  prompt  (none)       (none)                    “make it blue”
  as written, image:
    Content-Disposition: form-data; name="image"; filename="avatar.webp"
    Content-Type: application/octet-stream

Answer  emulated (profile openai-2026-02, rule edits-model-branch) - not the vendor's words
  status   400
  type     invalid_request_error
  code     invalid_value
  param    model
  message  Invalid value: 'gpt-image-1'. Value must be 'dall-e-2'.

Client  raised openai.BadRequestError

Expected  accepted

Findings
  octet-stream: The Content-Type of part `image` is the generic `application/octet-stream`, while
    its bytes are webp.
    fix: image=("avatar.webp", data, "image/webp")
"""
    )


def test_an_unrecorded_request_explained_in_full():
    assert explain(replace(UNRECORDED, client=ClientReport()), WIRES) == (
        f"""\
? unrecorded - unresolved
field-report/images.edit/gpt-image-1/openai/bytesio/webp/system

Asked
  operation=images.edit  model=gpt-image-1  client=openai  container=bytesio  image=webp
  mime_table=system
  target=emulator:openai-2026-02  environment=python-3.11-system  guess=image/webp

Sent  POST /v1/images/edits, multipart/form-data, content-length, wire form {UNNAMED.digest}
  part    filename  Content-Type              content                      format
  image   upload    application/octet-stream  shipped picture avatar/webp  webp
  model   (none)    (none)                    “gpt-image-1”
  prompt  (none)    (none)                    “make it blue”
  as written, image:
    Content-Disposition: form-data; name="image"; filename="upload"
    Content-Type: application/octet-stream

Answer  none: no recording of wire form {UNNAMED.digest}
  From the nearest recording, {GENERIC.digest}, to this request:
    image.filename: avatar.webp -> upload

Expected  accepted

Way out  Record it with `--record-mode new_episodes`, or have the emulator answer without
  recordings: `--target emulator:PROFILE --disable-recording`.
"""
    )


def after(text: str, start: str) -> str:
    return start + text.partition(f"\n{start}")[2]


def test_a_refusal_shows_the_whole_chain_and_that_nothing_was_sent():
    assert after(explain(REFUSED, WIRES), "Sent") == (
        """\
Sent  nothing: no request came through

Client  raised
  openai.APIConnectionError: Connection error.
  caused by TypeError: write() argument must be str, not bytes

Expected  refused
"""
    )


def test_a_known_failure_names_its_reason_and_link():
    assert after(explain(KNOWN, WIRES), "Expected") == (
        """\
Expected  accepted
  the known failure of line 12 (unnamed BytesIO)
  https://example.org/issues/7
"""
    )


def test_retries_are_shown_one_by_one_and_a_repeated_form_once():
    emptied = edit(replace(file_part(), size=0, asset=None))
    outcome = Outcome(OutcomeKind.INCONCLUSIVE, status=503, message="overloaded")
    busy = replace(answered(GOOD, 503, FORWARDED), answer="<html>\nbusy\n</html>")
    retried = case(
        "images.edit",
        "generator",
        "system",
        outcome,
        busy,
        Attempt(emptied.digest),
        answered(GOOD, 503, FORWARDED),
        verdict=unexpected(outcome),
    )
    text = explain(retried, {GOOD.digest: GOOD, emptied.digest: emptied})
    assert after(text, "Sent").partition("\n\nClient")[0] == (
        f"""\
Sent (attempt 1 of 3)  POST /v1/images/edits, multipart/form-data, content-length, wire form
  {GOOD.digest}
  part    filename     Content-Type  content                      format
  image   avatar.webp  image/webp    shipped picture avatar/webp  webp
  model   (none)       (none)        “gpt-image-1”
  prompt  (none)       (none)        “make it blue”
  as written, image:
    Content-Disposition: form-data; name="image"; filename="avatar.webp"
    Content-Type: image/webp

Answer  live (openai, asked in this run)
  status  503
  <html>
  busy
  </html>

Sent (attempt 2 of 3)  POST /v1/images/edits, multipart/form-data, content-length, wire form
  {emptied.digest}
  part    filename     Content-Type  content         format
  image   avatar.webp  image/webp    empty, 0 bytes  webp
  model   (none)       (none)        “gpt-image-1”
  prompt  (none)       (none)        “make it blue”
  as written, image:
    Content-Disposition: form-data; name="image"; filename="avatar.webp"
    Content-Type: image/webp

Answer  none: it never came

Sent (attempt 3 of 3)  the same as attempt 1

Answer  live (openai, asked in this run)
  status   503
  message  overloaded"""
    )


def test_a_json_body_and_a_faulty_body_are_shown():
    assert '\n  {"model":"gpt-image-1","prompt":"make it blue"}\n' in explain(
        CONTROL, {GENERATE.digest: GENERATE}
    )
    broken = WireForm(
        "POST",
        "/v1/files",
        Framing.CHUNKED,
        body_size=1234,
        body_sha256="ab" * 32,
        fault="no boundary in the Content-Type",
    )
    text = explain(
        case("files.create", "raw", "system", ACCEPTED, answered(broken, 200)), {broken.digest: broken}
    )
    assert (
        f"Sent  POST /v1/files, no body type, chunked, wire form {broken.digest}\n"
        "  fault: no boundary in the Content-Type\n"
        "  1,234 bytes, sha256 abababababab\n"
    ) in text


def test_our_own_failure_says_so_and_asks_for_a_report():
    outcome = Outcome(OutcomeKind.HARNESS_ERROR, detail="the probe died: Segmentation fault")
    text = explain(case("images.edit", "handle", "system", outcome, client=ClientReport()), {})
    assert after(text, "Sent") == (
        """\
Sent  nothing: no request came through

  the probe died: Segmentation fault

Expected  harness_error

Way out  Not a word of the server's. If a client or container of your own failed, correct that; if
  not, it is a fault of upload-matrix: please report it with this text.
"""
    )


def test_advice_and_code_are_told_apart_in_a_fix():
    advice = Finding("empty-part", "image", "Part `image` is empty.", "Rewind the file before the call.")
    several = Finding("octet-stream", "image", "Generic.", 'data = path.read_bytes()\nimage=("a.webp", data)')
    text = explain(replace(HANDLE, findings=(advice, several)), WIRES)
    assert after(text, "Findings") == (
        """\
Findings
  empty-part: Part `image` is empty.
    fix: Rewind the file before the call.
  octet-stream: Generic.
    fix: data = path.read_bytes()
          image=("a.webp", data)
"""
    )


def test_wide_characters_keep_the_columns_in_line():
    wire = edit(file_part("사진 한 장.webp", "image/webp"))
    text = explain(
        case("images.edit", "handle", "system", ACCEPTED, answered(wire, 200)), {wire.digest: wire}
    )
    head, image, model = after(text, "Sent").split("\n")[1:4]
    starts = [
        display_width(line[: line.index(word)]) for line, word in ((head, "Content-T"), (image, "image/webp"))
    ]
    assert "사진 한 장.webp" in image
    assert starts == [display_width(model[: model.rindex("(none)")])] * 2


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_lines_keep_to_the_width(width):
    wire = edit(
        file_part("a-very-long-name-" * 8 + ".webp", "application/octet-stream"), prompt="blue " * 100
    )
    failed = replace(HANDLE, attempts=(answered(wire, 400),))
    lines = explain(failed, {wire.digest: wire}, width).split("\n")
    # A case's id and a raw header's long word stay whole, to be searched for.
    long = [line for line in lines if display_width(line) > width]
    assert all(line == failed.id or "a-very-long-name" in line for line in long)
    # And what decides is never cut.
    table = after("\n".join(lines), "Sent").partition("as written")[0]
    assert "a-very-long-name-" * 8 + ".webp" in table
    assert "application/octet-stream" in table


@pytest.mark.parametrize("word", HOSTILE)
def test_hostile_words_cannot_steer_the_terminal(word):
    run = hostile_run(word)
    texts = [explain(result, run.wires) for result in run.results] + [summary(run)]
    for text in texts:
        assert text.replace("\n", "").isprintable()


def test_the_summary_of_a_run():
    text = summary(story())
    head, _, sentences = text.partition("\n\n- ")
    assert head == (
        """\
✗ 1 of 7 cases is not as expected (1 unexpected, 1 known-failure, 1 unresolved)
  - handle: expected accepted, got 400 invalid_value (1 case)
Answers: emulated (profile openai-2026-02) - not the vendor's words
4 wire forms

  matrix        operation        accepted  rejected  not sent  unrecorded
  field-report  images.edit             2         2         1           1
  field-report  images.generate         1         -         -           -"""
    )
    assert sentences.startswith("The `Content-Type` of part `image` decides: `application/octet-stream`")
    assert sentences.count("\n- ") <= 2


@pytest.mark.parametrize(
    ("results", "says"),
    [
        ((), "? no case ran"),
        (TUPLE[:1], "✓ the case is as expected"),
        (TUPLE, "✓ all 2 cases are as expected"),
        ((*TUPLE, KNOWN), "✓ 2 of 3 cases are as expected (1 known-failure)"),
        ((TUPLE[0], UNRECORDED), "? 1 of 2 cases is as expected (1 unresolved)"),
        ((HANDLE, TUPLE[0]), "✗ 1 of 2 cases is not as expected"),
        ((HANDLE, replace(HANDLE, id="2")), "✗ 2 of 2 cases are not as expected"),
    ],
)
def test_the_first_line_is_the_result(results, says):
    assert summary(run_of(*results)).split("\n")[0] == says


def test_a_refused_raise_without_a_message_is_just_named():
    refused = replace(REFUSED, client=ClientReport(raised=(Raised("builtins.ValueError", ""),)))
    assert "\nClient  raised\n  builtins.ValueError\n" in explain(refused, WIRES)
