"""The short way to a form's comparable values is the long one's result."""

from dataclasses import replace

import pytest

from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.elements import MANY_PARTS, Dissector
from upload_matrix.wire.form import Framing, WireForm


def part(name, filename=None, content_type=None, text=None, headers=()):
    return Part(
        name, filename, content_type, f'form-data; name="{name}"', 4, "ab" * 32, text=text, headers=headers
    )


def form(*parts, **facts):
    return WireForm(
        "POST", "/v1/images/edits", Framing.CONTENT_LENGTH, "multipart/form-data", parts=parts, **facts
    )


FORMS = (
    form(part("image", "a.webp", "image/webp"), part("model", text="m"), part("prompt", text="p")),
    form(part("image[]", "a.webp"), part("image[]", "b.webp", headers=(("X", "1"),)), part("model")),
    form(part("image", "a.webp"), part("image[]", "b.webp"), query="a=1", fault="broke off"),
    form(),
    form(*(part(f"p{number}", text="x") for number in range(MANY_PARTS + 1))),
    WireForm("POST", "/v1/x", Framing.CHUNKED, "application/json", json='{"a":1,"b":[null],"c":"d"}'),
    WireForm("POST", "/v1/x", Framing.CHUNKED, "application/json", json="[1]"),
    WireForm("POST", "/v1/x", Framing.NONE, "text/plain", body_size=3, body_sha256="cd" * 32),
)


@pytest.mark.parametrize("number", range(len(FORMS)))
def test_comparable_values_are_those_of_the_anatomy(number):
    shared = Dissector()
    for each in (FORMS[number], replace(FORMS[number], media_type=None)):
        assert shared.comparable(each) == Dissector().dissect(each).comparable()
