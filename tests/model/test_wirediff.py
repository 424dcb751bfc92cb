"""Two wire forms differ in what their digests are made of, and the difference says all of it."""

from dataclasses import replace

import pytest

from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.difference import diff
from upload_matrix.wire.form import Framing, WireForm

MODEL = Part("model", None, None, 'form-data; name="model"', 11, "aa", text="gpt-image-1", characters=11)
IMAGE = Part(
    "image",
    "a.webp",
    "image/webp",
    'form-data; name="image"; filename="a.webp"',
    70,
    "bb",
    "webp",
    asset="webp",
)
BASE = WireForm(
    "POST", "/v1/images/edits", Framing.CONTENT_LENGTH, "multipart/form-data", parts=(MODEL, IMAGE)
)


def words(other: WireForm) -> list[str]:
    return [str(delta) for delta in diff(BASE, other)]


def with_image(**changes) -> WireForm:
    return replace(BASE, parts=(MODEL, replace(IMAGE, **changes)))


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (BASE, []),
        (replace(BASE, framing=Framing.CHUNKED), ["framing: content-length -> chunked"]),
        (
            with_image(content_type="application/octet-stream"),
            ["image.content_type: image/webp -> application/octet-stream"],
        ),
        (with_image(content_type=None), ["image.content_type: image/webp -> (none)"]),
        (
            with_image(filename="upload", disposition='form-data; name="image"; filename="upload"'),
            ["image.filename: a.webp -> upload"],
        ),
        (
            with_image(disposition='form-data; name="image"; filename=a.webp'),
            [
                'image.disposition: form-data; name="image"; filename="a.webp" -> form-data; name="image"; filename=a.webp'
            ],
        ),
        (with_image(size=0), ["image.content: asset:webp -> empty"]),
        (with_image(headers=(("X-A", "1"),)), ["image.headers: (none) -> X-A: 1"]),
        (
            replace(BASE, parts=(replace(MODEL, text="m2", sha256="cc", size=2, characters=2), IMAGE)),
            ["fields.model: gpt-image-1 -> m2"],
        ),
        (
            replace(BASE, parts=(replace(MODEL, content_type="text/plain"), IMAGE)),
            ["model.content_type: (none) -> text/plain"],
        ),
        (replace(BASE, parts=(IMAGE, MODEL)), ["order: model, image -> image, model"]),
        (
            replace(BASE, parts=(MODEL, IMAGE, IMAGE)),
            ["image#2: (none) -> file 'a.webp' (image/webp, asset:webp)"],
        ),
        (replace(BASE, parts=None, json="{}", media_type="application/json"), None),
        (replace(BASE, fault="broke off"), ["fault: (none) -> broke off"]),
    ],
)
def test_every_difference_is_said_and_only_differences(other, said):
    assert (other.digest == BASE.digest) is (words(other) == [])
    if said is not None:
        assert words(other) == said


def test_json_bodies_differ_field_by_field():
    old = WireForm(
        "POST", "/v1/images/generations", Framing.CONTENT_LENGTH, "application/json", json='{"a":1,"b":"x"}'
    )
    new = replace(old, json='{"a":2,"c":null,"b":"x"}')
    assert [str(delta) for delta in diff(old, new)] == ["fields.a: 1 -> 2", "fields.c: (none) -> null"]


@pytest.mark.parametrize(
    ("first", "second"), [("3", "47"), ("tmpabcd1234", "tmp_x9y8z7w"), ("tmpabcd1234.png", "tmp00000000.png")]
)
def test_names_that_differ_from_run_to_run_make_one_form(first, second):
    forms = [
        with_image(filename=name, disposition=f'form-data; name="image"; filename="{name}"')
        for name in (first, second)
    ]
    assert forms[0].digest == forms[1].digest
    assert (
        forms[0].digest
        != with_image(filename="real", disposition='form-data; name="image"; filename="real"').digest
    )


def test_a_shipped_picture_is_the_same_whatever_its_encoder_made_of_it():
    assert with_image(sha256="other", size=71).digest == BASE.digest
    assert with_image(asset=None).digest != BASE.digest
