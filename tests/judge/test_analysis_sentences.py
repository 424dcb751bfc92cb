from __future__ import annotations

import hashlib
from dataclasses import replace
from itertools import product

from analysis_builders import (
    ACCEPTED,
    EMULATOR,
    INVALID_VALUE,
    LIVE,
    edit,
    generate,
    result,
    run,
    story,
    upload,
)

from upload_matrix.judge.conclusions import sentences
from upload_matrix.judge.phrases import holding, listed, phrase, piecewise
from upload_matrix.wire.form import Framing, WireForm

OCTET = "application/octet-stream"
GOOD = edit()
BAD = edit(upload(content_type=OCTET))


def test_a_run_without_evidence_says_nothing():
    assert sentences(run([])) == ()


def test_the_type_decides_and_the_name_does_not():
    told = []
    for filename, kind in product(("avatar.webp", "upload"), ("image/webp", "image/png", OCTET)):
        told.append((edit(upload(filename, kind)), INVALID_VALUE if kind == OCTET else ACCEPTED))
    assert sentences(story(*told)) == (
        "The `Content-Type` of part `image` decides: `application/octet-stream` is rejected, `image/png` and "
        "`image/webp` are accepted, everything else equal (4 pairs of requests) (emulated).",
        "The filename of part `image` does not matter here: `avatar.webp` and `upload` give the same answer "
        "(2 pairs of requests) (emulated).",
    )


def test_live_evidence_is_not_called_emulated():
    assert sentences(story((GOOD, ACCEPTED), (BAD, INVALID_VALUE), source=LIVE)) == (
        "The `Content-Type` of part `image` decides: `application/octet-stream` is rejected, `image/webp` is "
        "accepted, everything else equal (1 pair of requests).",
    )


def test_a_condition_is_told_with_what_decides():
    told = [
        (edit(upload(content_type=kind), model=model), ACCEPTED)
        for kind, model in ((OCTET, "dall-e-2"), ("image/webp", "dall-e-2"), ("image/webp", "gpt-image-1"))
    ]
    assert sentences(story(*told, (BAD, INVALID_VALUE), source=LIVE)) == (
        "The field `model` decides where the `Content-Type` of part `image` is `application/octet-stream`: "
        "`gpt-image-1` is rejected, `dall-e-2` is accepted, everything else equal (1 pair of requests).",
        "The `Content-Type` of part `image` decides where the field `model` is `gpt-image-1`: "
        "`application/octet-stream` is rejected, `image/webp` is accepted, everything else equal "
        "(1 pair of requests).",
    )


def test_without_a_single_difference_the_next_experiment_is_named():
    told = (GOOD, ACCEPTED), (edit(upload("upload", OCTET)), INVALID_VALUE)
    assert sentences(story(*told, source=LIVE)) == (
        "No single difference is proven: the nearest accepted request differs in 2 things at once, "
        "the filename of part `image` and the `Content-Type` of part `image`; vary them one at a time.",
    )


def test_clients_that_sent_the_same_are_not_to_blame():
    results = [
        result(client, BAD, INVALID_VALUE, client=client) for client in ("openai", "httpx", "openai-async")
    ]
    assert sentences(run(results, BAD)) == (
        "`httpx`, `openai` and `openai-async` sent the same request, part by part, and got the same rejection (1 request): "
        "the client is not to blame (emulated).",
    )


def test_requests_without_parts_are_not_the_same_part_by_part():
    sent = generate()
    results = [
        result(client, sent, INVALID_VALUE, client=client, operation="images.generate")
        for client in ("openai", "httpx")
    ]
    assert sentences(run(results, sent)) == (
        "`httpx` and `openai` sent the same request, field by field, and got the same rejection (1 request): "
        "the client is not to blame (emulated).",
    )


def test_how_requests_are_alike_is_said_by_what_they_are_made_of():
    raw = WireForm("POST", "/v1/listen", Framing.CONTENT_LENGTH, "audio/wav", body_size=3)
    assert [piecewise([each]) for each in (BAD, generate(), raw)] == [
        "part by part",
        "field by field",
        "byte for byte",
    ]
    assert piecewise([BAD, raw]) == "in all that counts"


def test_the_control_passes():
    control = generate()
    results = [result("a", BAD, INVALID_VALUE), result("b", control, ACCEPTED, operation="images.generate")]
    assert sentences(run(results, BAD, control)) == (
        "The control `images.generate` passes with the same model (`gpt-image-1`), so model and account are "
        "in order (emulated).",
    )


def test_the_control_is_rejected_too():
    control = generate()
    results = [
        result("a", BAD, INVALID_VALUE),
        result("b", control, INVALID_VALUE, operation="images.generate"),
    ]
    assert sentences(run(results, BAD, control)) == (
        "The control `images.generate` is rejected with the same model (`gpt-image-1`): look at model and "
        "account first (emulated).",
    )


def test_a_control_with_another_model_proves_nothing():
    control = generate("gpt-image-2")
    results = [result("a", BAD, INVALID_VALUE), result("b", control, ACCEPTED, operation="images.generate")]
    assert sentences(run(results, BAD, control)) == ()


def test_the_same_operation_without_multipart_is_not_called_its_control():
    variant = replace(generate(), path="/v1/images/edits")
    results = [result("a", BAD, INVALID_VALUE), result("b", variant, ACCEPTED)]
    assert sentences(run(results, BAD, variant)) == ()


def test_a_control_is_judged_where_the_upload_was():
    control = generate()
    results = [
        result("a", BAD, INVALID_VALUE, source=EMULATOR),
        result("b", control, ACCEPTED, operation="images.generate", source=LIVE),
    ]
    assert sentences(run(results, BAD, control)) == ()


def test_the_mime_table_is_named_with_its_guess():
    results = [
        result(
            f"{container}/{table}",
            GOOD if guess else BAD,
            ACCEPTED if guess else INVALID_VALUE,
            source=LIVE,
            axes={"container": container, "mime_table": table},
            facts={"guess": guess},
        )
        for container in ("handle", "path")
        for table, guess in (("builtin", None), ("debian", "image/webp"))
    ]
    assert sentences(run(results, GOOD, BAD))[1:] == (
        "The same code sends something else under another mime table: `builtin` guesses no type and is "
        "rejected, `debian` guesses `image/webp` and is accepted (2 comparisons).",
    )


def test_a_mime_table_that_changes_the_wire_but_not_the_outcome_is_not_named():
    results = [
        result(table, wire, INVALID_VALUE, source=LIVE, axes={"mime_table": table})
        for table, wire in (("builtin", BAD), ("debian", GOOD))
    ]
    assert [said for said in sentences(run(results, GOOD, BAD)) if "mime table" in said] == []


def test_a_mime_table_that_changes_nothing_is_not_named():
    results = [
        result(table, GOOD, ACCEPTED, source=LIVE, axes={"mime_table": table})
        for table in ("builtin", "debian")
    ]
    assert sentences(run(results, GOOD)) == ()


def test_several_places_are_named():
    results = [
        result(f"{source.target}-{n}", wire, outcome, source=source)
        for source in (EMULATOR, LIVE)
        for n, (wire, outcome) in enumerate(((GOOD, ACCEPTED), (BAD, INVALID_VALUE)))
    ]
    body = (
        "the `Content-Type` of part `image` decides: `application/octet-stream` is rejected, `image/webp` is "
        "accepted, everything else equal (1 pair of requests)"
    )
    assert sentences(run(results, GOOD, BAD)) == (
        f"`emulator` with profile `openai-2026-02`: {body} (emulated).",
        f"`openai`: {body}.",
    )


def test_wavering_answers_are_told():
    results = [result("a", GOOD, ACCEPTED), result("b", GOOD, INVALID_VALUE)]
    assert sentences(run(results, GOOD)) == (
        "1 wire form got both accepted and rejected: something that is not on the wire decides there, and no "
        "conclusion rests on it (emulated).",
    )


def test_phrases_name_what_a_reader_knows():
    assert [phrase(where) for where in ("image[].filename", "fields.size", "framing", "mask", "a.b")] == [
        "the filename of part `image[]`",
        "the field `size`",
        "the framing of the body",
        "whether `mask` is sent",
        "whether `a.b` is sent",
    ]


def test_conditions_read_as_a_sentence():
    assert [holding(*told) for told in (("fields.n", "2"), ("mask", None), ("mask", "a file"))] == [
        "the field `n` is `2`",
        "`mask` is not sent",
        "`mask` is sent as `a file`",
    ]


def test_long_lists_are_cut():
    assert listed(["a", None]) == "`a` and (absent)"
    assert listed(list("abcdefgh")) == "`a`, `b`, `c`, `d`, `e`, `f` and 2 more"


def test_a_file_of_ones_own_has_the_name_that_the_matrix_gives_it():
    one, other = edit(upload(data="one")), edit(upload(data="other"))

    def told(first, second):
        axes = ({"file": first}, {"file": second})
        results = (
            result(f"c{n}", w, ACCEPTED, axes=a)
            for n, (w, a) in enumerate(zip((one, other), axes, strict=True))
        )
        return next(each for each in sentences(run(results, one, other)) if "content of part" in each)

    assert "`photo` and `logo` give the same answer" in told("photo", "logo")
    # Without a name, the first digits of the digest stand for it.
    digest = hashlib.sha256(b"one").hexdigest()
    assert f"`sha256:{digest[:12]}…`" in told("n/a", "logo")
    assert digest not in told("n/a", "logo")
