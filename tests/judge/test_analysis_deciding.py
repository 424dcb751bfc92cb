from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from analysis_builders import (
    ACCEPTED,
    EMULATOR,
    INVALID_VALUE,
    LIVE,
    deciding,
    edit,
    indifferent,
    multipart,
    result,
    run,
    story,
    text,
    upload,
)

from upload_matrix.judge.differences import Deciding, Indifferent, nearest_passing
from upload_matrix.judge.evidence import SharedForm, TargetPlace, gather, shared_forms
from upload_matrix.model.answer import Provenance
from upload_matrix.model.outcome import Outcome, OutcomeKind
from upload_matrix.wire.difference import Difference
from upload_matrix.wire.form import Framing, WireForm

HERE = TargetPlace("emulator", "openai-2026-02", Provenance.EMULATED)
OCTET = "application/octet-stream"
GOOD = edit()
BAD = edit(upload(content_type=OCTET))
OTHER_ERROR = replace(INVALID_VALUE, code="invalid_type")


def wheres(found):
    return [each.where for each in found]


def test_one_element_decides():
    assert deciding(story((GOOD, ACCEPTED), (BAD, INVALID_VALUE))) == (
        Deciding(
            where="image.content_type",
            place=HERE,
            accepted=("image/webp",),
            rejected=(OCTET,),
            count=1,
            pairs=((GOOD.digest, BAD.digest),),
            examples=("case-1", "case-2"),
        ),
    )


def test_pairs_of_one_element_add_up_to_one_statement():
    told = []
    for filename, content_type in product(("a.webp", "b.webp"), ("image/webp", "image/png", OCTET, None)):
        outcome = ACCEPTED if content_type in ("image/webp", "image/png") else INVALID_VALUE
        told.append((edit(upload(filename, content_type)), outcome))
    (found,) = deciding(story(*told))
    assert (found.where, found.accepted, found.rejected, found.count, len(found.pairs)) == (
        "image.content_type",
        ("image/png", "image/webp"),
        (OCTET, None),
        8,
        8,
    )
    assert indifferent(story(*told)) == (
        Indifferent("image.filename", HERE, ("a.webp", "b.webp"), 2, among_accepted=True),
    )


@pytest.mark.parametrize(
    ("where", "good", "bad"),
    [
        ("image.filename", edit(), edit(upload(None))),
        ("image.filename", edit(), edit(upload("image"))),
        ("image.content", edit(), edit(upload(data="other"))),
        ("image.content", edit(), edit(upload(data="other", media_format="png"))),
        ("image.headers", edit(), edit(upload(headers=(("Content-Transfer-Encoding", "binary"),)))),
        (
            "image.disposition",
            edit(),
            edit(upload(disposition="form-data; name=image; filename=avatar.webp")),
        ),
        ("image.name", edit(), edit(upload(name="image[]"))),
        ("fields.model", edit(), edit(model="gpt-image-2")),
        ("response_format", edit(), multipart(*GOOD.parts or (), text("response_format", "b64_json"))),
        ("mask", edit(), edit(upload(), upload("mask.png", "image/png", name="mask"))),
        ("image#2", edit(), edit(upload(), upload("more.webp"))),
        ("order", multipart(text("a", "1"), text("b", "2")), multipart(text("b", "2"), text("a", "1"))),
        ("framing", edit(), replace(edit(), framing=Framing.CHUNKED)),
        ("query", edit(), replace(edit(), query="api-version=1")),
        (
            "prompt.content_type",
            edit(),
            replace(
                edit(),
                parts=(edit().parts[0], replace(edit().parts[1], content_type="text/plain"), edit().parts[2]),
            ),
        ),
    ],
)
def test_whatever_it_is_that_decides(where, good, bad):
    for told in (((good, ACCEPTED), (bad, INVALID_VALUE)), ((bad, ACCEPTED), (good, INVALID_VALUE))):
        assert wheres(deciding(story(*told))) == [where]
    assert wheres(indifferent(story((good, ACCEPTED), (bad, ACCEPTED)))) == [where]


def body(text_of_json):
    return WireForm("POST", "/v1/x", Framing.CONTENT_LENGTH, "application/json", json=text_of_json)


def test_json_fields_decide_by_value_and_by_being_there():
    found = deciding(
        story(
            (body('{"a":"1"}'), ACCEPTED),
            (body('{"a":"2"}'), INVALID_VALUE),
            (body('{"a":"1","b":[2]}'), INVALID_VALUE),
        )
    )
    assert [(each.where, each.accepted, each.rejected) for each in found] == [
        ("fields.a", ("1",), ("2",)),
        ("fields.b", (None,), ("[2]",)),
    ]


def test_bodies_of_no_known_kind_decide_as_a_whole():
    good, bad = (
        WireForm("POST", "/v1/x", Framing.CONTENT_LENGTH, "image/png", body_size=3, body_sha256=sha * 64)
        for sha in "ab"
    )
    assert wheres(deciding(story((good, ACCEPTED), (bad, INVALID_VALUE)))) == ["body"]


def test_another_body_with_a_fault_is_two_differences():
    good = WireForm("POST", "/v1/x", Framing.CONTENT_LENGTH, "image/png", body_size=3, body_sha256="a" * 64)
    bad = replace(good, body_sha256="b" * 64, fault="broke off")
    assert deciding(story((good, ACCEPTED), (bad, INVALID_VALUE))) == ()


def test_two_differences_prove_nothing():
    told = (GOOD, ACCEPTED), (edit(upload("upload", OCTET)), INVALID_VALUE)
    assert deciding(story(*told)) == ()
    assert indifferent(story(*told)) == ()


def test_a_further_difference_in_a_text_part_is_not_overlooked():
    """aiohttp gives text parts a Content-Type, and so may differ from httpx in more than it seems."""
    parts = BAD.parts or ()
    typed = replace(BAD, parts=(*(replace(part, content_type="text/plain") for part in parts[:2]), parts[2]))
    assert deciding(story((GOOD, ACCEPTED), (typed, INVALID_VALUE))) == ()


def test_another_way_to_write_the_name_is_a_further_difference():
    bare = edit(upload("b.webp", disposition="form-data; name=image; filename=b.webp"))
    assert deciding(story((GOOD, ACCEPTED), (bare, INVALID_VALUE))) == ()


def test_another_path_is_another_question():
    moved = replace(BAD, path="/v1/images/variations")
    assert deciding(story((GOOD, ACCEPTED), (moved, INVALID_VALUE))) == ()


def test_answers_of_two_places_are_not_compared():
    results = [result("a", GOOD, ACCEPTED, source=EMULATOR), result("b", BAD, INVALID_VALUE, source=LIVE)]
    assert deciding(run(results, GOOD, BAD)) == ()
    profiled = replace(EMULATOR, profile="another")
    results = [result("a", GOOD, ACCEPTED), result("b", BAD, INVALID_VALUE, source=profiled)]
    assert deciding(run(results, GOOD, BAD)) == ()


def test_a_form_that_was_accepted_and_rejected_is_no_evidence():
    results = [
        result("a", GOOD, ACCEPTED),
        result("b", BAD, INVALID_VALUE),
        result("c", BAD, ACCEPTED),
    ]
    assert deciding(run(results, GOOD, BAD)) == ()


def test_inconclusive_answers_are_no_evidence():
    busy = Outcome(OutcomeKind.INCONCLUSIVE, status=429)
    assert deciding(story((GOOD, ACCEPTED), (BAD, busy))) == ()


def test_an_exception_with_a_further_part_has_its_absence_as_the_condition():
    mask = upload("mask.png", "image/png", name="mask")
    masked = edit(upload(content_type=OCTET), mask)
    (found, _) = deciding(story((GOOD, ACCEPTED), (BAD, INVALID_VALUE), (masked, ACCEPTED)))
    assert (found.where, found.elsewhere, found.condition) == (
        "image.content_type",
        (OCTET,),
        ("mask", None),
    )


def test_exceptions_are_looked_for_where_the_pairs_were_judged():
    other = edit(upload(content_type=OCTET), model="dall-e-2")
    results = [
        result("a", GOOD, ACCEPTED),
        result("b", BAD, INVALID_VALUE),
        result("c", other, ACCEPTED, source=LIVE),
    ]
    (found,) = deciding(run(results, GOOD, BAD, other))
    assert (found.elsewhere, found.condition) == ((), None)


def test_a_request_without_the_part_is_no_exception_to_a_part_without_a_type():
    untyped = edit(upload(content_type=None))
    without = multipart(text("model", "m"))
    (found,) = deciding(story((GOOD, ACCEPTED), (untyped, INVALID_VALUE), (without, ACCEPTED)))
    assert (found.rejected, found.elsewhere) == ((None,), ())


def test_a_refused_value_that_passes_elsewhere_gets_its_condition():
    """The model is blamed by the message; it decides only where the type is lost."""
    told = [
        (edit(upload(content_type=kind), model=model), ACCEPTED)
        for kind, model in ((OCTET, "dall-e-2"), ("image/webp", "dall-e-2"), ("image/webp", "gpt-image-1"))
    ]
    told.append((BAD, INVALID_VALUE))
    found = {each.where: (each.elsewhere, each.condition) for each in deciding(story(*told))}
    assert found == {
        "fields.model": (("gpt-image-1",), ("image.content_type", OCTET)),
        "image.content_type": ((OCTET,), ("fields.model", "gpt-image-1")),
    }


def test_an_exception_that_no_single_element_explains_is_still_told():
    told = [
        (GOOD, ACCEPTED),
        (BAD, INVALID_VALUE),
        (edit(model="dall-e-2"), ACCEPTED),
        (edit(upload(content_type=OCTET), model="dall-e-2"), INVALID_VALUE),
        (edit(upload(content_type=OCTET, data="other"), model="dall-e-2"), ACCEPTED),
        (edit(upload(content_type=OCTET, data="another"), model="dall-e-2"), ACCEPTED),
        (edit(upload(data="third"), model="dall-e-2"), ACCEPTED),
        (edit(upload(content_type=OCTET, data="third"), model="dall-e-2"), INVALID_VALUE),
    ]
    found = {each.where: each for each in deciding(story(*told))}
    assert (found["image.content_type"].elsewhere, found["image.content_type"].condition) == ((OCTET,), None)


def test_equally_rejected_forms_show_indifference_more_weakly():
    renamed = edit(upload("b.webp", OCTET))
    assert indifferent(story((BAD, INVALID_VALUE), (renamed, INVALID_VALUE))) == (
        Indifferent("image.filename", HERE, ("avatar.webp", "b.webp"), 1, among_accepted=False),
    )
    assert indifferent(story((BAD, INVALID_VALUE), (renamed, OTHER_ERROR))) == ()


def test_what_decides_somewhere_is_nowhere_called_indifferent():
    told = (
        (GOOD, ACCEPTED),
        (BAD, INVALID_VALUE),
        (edit(model="dall-e-2"), ACCEPTED),
        (edit(upload(content_type=OCTET), model="dall-e-2"), ACCEPTED),
    )
    assert indifferent(story(*told)) == ()


def test_the_nearest_form_that_passes_with_what_separates_it():
    far = edit(upload("upload", OCTET, data="other"), model="gpt-image-2")
    near = edit(upload("upload", "image/webp"))
    bad = edit(upload("upload", OCTET))
    assert nearest_passing(
        story((far, ACCEPTED), (near, ACCEPTED), (GOOD, ACCEPTED), (bad, INVALID_VALUE))
    ) == {bad.digest: (near.digest, (Difference("image.content_type", "image/webp", OCTET),))}


def test_array_notation_does_not_hide_the_nearest_form():
    bad = edit(upload(name="image[]", content_type=OCTET))
    other = edit(upload("b.webp", "image/png"))
    octet = edit(upload(content_type=OCTET))
    nearest = nearest_passing(story((other, ACCEPTED), (octet, ACCEPTED), (bad, INVALID_VALUE)))
    assert nearest[bad.digest][0] == octet.digest


def test_what_both_lack_counts_as_shared():
    masked = edit(upload(content_type=OCTET), upload("mask.png", "image/png", name="mask"))
    near = edit(upload("b.webp", "image/png"))
    nearest = nearest_passing(story((masked, ACCEPTED), (near, ACCEPTED), (BAD, INVALID_VALUE)))
    assert nearest[BAD.digest][0] == near.digest


def test_without_a_passing_form_on_the_same_path_there_is_no_nearest():
    elsewhere = replace(GOOD, path="/v1/images/variations")
    assert nearest_passing(story((elsewhere, ACCEPTED), (BAD, INVALID_VALUE))) == {}


def distance(one, other):
    """Elements of the file part that differ: the variety in the test below."""
    mine, yours = one.parts[-1], other.parts[-1]
    differs = (
        mine.filename != yours.filename,
        mine.content_type != yours.content_type,
        mine.content != yours.content,
        one.field("model") != other.field("model"),
    )
    # Another filename is another disposition as well.
    return sum(differs) + differs[0]


def variety():
    names = ("a.webp", "b.webp", "upload")
    types = ("image/webp", "image/png", OCTET)
    return [
        edit(upload(name, kind, data=data), model=model)
        for name, kind, data, model in product(names, types, ("one", "two", "three"), ("x", "y", "z"))
    ]


def test_nearest_is_as_near_as_comparing_every_pair_finds():
    forms = variety()
    told = [(form, ACCEPTED if number % 5 == 0 else INVALID_VALUE) for number, form in enumerate(forms)]
    accepted = {form.digest: form for form, outcome in told if outcome is ACCEPTED}
    nearest = nearest_passing(story(*told))
    rejected = [form for form, outcome in told if outcome is INVALID_VALUE]
    assert list(nearest) == [form.digest for form in rejected]
    for form in rejected:
        found = distance(accepted[nearest[form.digest][0]], form)
        assert found == min(distance(other, form) for other in accepted.values())


def test_single_differences_are_those_that_comparing_every_pair_finds():
    forms = variety()
    told = [(form, ACCEPTED if number % 3 else INVALID_VALUE) for number, form in enumerate(forms)]
    expected: dict[str, int] = {}
    passed = [form for form, outcome in told if outcome is ACCEPTED]
    failed = [form for form, outcome in told if outcome is not ACCEPTED]
    for one, other in product(passed, failed):
        mine, yours = one.parts[-1], other.parts[-1]
        differ = [
            f"image.{what}"
            for what in ("filename", "content_type", "content")
            if (getattr(mine, what) != getattr(yours, what))
        ]
        if one.field("model") != other.field("model"):
            differ.append("fields.model")
        if len(differ) == 1:
            expected[differ[0]] = expected.get(differ[0], 0) + 1
    assert {found.where: found.count for found in deciding(story(*told))} == expected
    assert expected


def test_of_thousands_of_pairs_a_few_are_kept():
    told = [(edit(upload(f"{n}.webp")), ACCEPTED if n % 2 else INVALID_VALUE) for n in range(2000)]
    (found,) = deciding(story(*told))
    assert (found.where, found.count, len(found.pairs)) == ("image.filename", 1_000_000, 20)


def test_a_part_per_byte_is_compared_as_a_whole():
    buffers = [multipart(*(text(f"image[{n}]", value) for n in range(3000))) for value in "12"]
    told = (GOOD, ACCEPTED), (buffers[0], INVALID_VALUE), (buffers[1], INVALID_VALUE)
    assert deciding(story(*told)) == ()
    assert list(nearest_passing(story(*told))) == [buffer.digest for buffer in buffers]


def test_forms_that_several_clients_sent_alike():
    results = [
        result("a", BAD, INVALID_VALUE, client="openai"),
        result("b", BAD, INVALID_VALUE, client="httpx"),
        result("c", GOOD, ACCEPTED, client="openai"),
        result("d", GOOD, ACCEPTED, client="openai"),
    ]
    assert shared_forms(gather(run(results, GOOD, BAD))) == (
        SharedForm((BAD.digest,), HERE, ("openai", "httpx"), INVALID_VALUE, 2),
    )


def test_the_order_of_parts_does_not_make_a_request_another():
    turned = replace(BAD, parts=tuple(reversed(BAD.parts)))
    results = [
        result("a", BAD, INVALID_VALUE, client="openai"),
        result("b", turned, INVALID_VALUE, client="httpx"),
    ]
    assert shared_forms(gather(run(results, BAD, turned))) == (
        SharedForm((BAD.digest, turned.digest), HERE, ("openai", "httpx"), INVALID_VALUE, 2),
    )


def test_a_form_answered_in_two_ways_is_not_shared_evidence():
    results = [
        result("a", BAD, INVALID_VALUE, client="openai"),
        result("b", BAD, OTHER_ERROR, client="httpx"),
    ]
    assert shared_forms(gather(run(results, BAD))) == ()
